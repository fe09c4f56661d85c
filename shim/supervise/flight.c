#include "supervise/flight.h"

#include <limits.h>
#include <stddef.h>

static struct flight flights[FLIGHTS_MAX];

struct flight *flight_take(void)
{
    for (size_t i = 0; i < FLIGHTS_MAX; i++)
        if (flights[i].phase == FLIGHT_FREE)
            return &flights[i];
    return NULL;
}

struct flight *flight_of(int32_t tid)
{
    for (size_t i = 0; i < FLIGHTS_MAX; i++)
        if (flights[i].phase != FLIGHT_FREE && flights[i].notice.tid == tid)
            return &flights[i];
    return NULL;
}

struct flight *flight_due(int64_t now_ms, int *next_ms)
{
    int64_t least = INT64_MAX;

    for (size_t i = 0; i < FLIGHTS_MAX; i++) {
        struct flight *flight = &flights[i];

        if (flight->phase != FLIGHT_PAUSES && flight->phase != FLIGHT_AGAIN)
            continue;
        if (flight->until_ms <= now_ms)
            return flight;
        if (flight->until_ms - now_ms < least)
            least = flight->until_ms - now_ms;
    }
    *next_ms = least == INT64_MAX ? -1 : least > INT_MAX ? INT_MAX : (int)least;
    return NULL;
}

unsigned int flight_traced(void)
{
    unsigned int count = 0;

    for (size_t i = 0; i < FLIGHTS_MAX; i++)
        count += flights[i].phase == FLIGHT_RUNS || flights[i].phase == FLIGHT_PAUSES;
    return count;
}
