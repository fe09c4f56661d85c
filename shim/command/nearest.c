#include "command/nearest.h"

#include <ctype.h>
#include <string.h>

enum { LENGTH_MAX = 63, DISTANCE_MAX = 2 };

struct nearest nearest_to(const char *word)
{
    size_t half = (strlen(word) + 1) / 2;

    return (struct nearest){word, NULL, half < DISTANCE_MAX + 1 ? half : DISTANCE_MAX + 1};
}

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* How many letters must be put in, left out, replaced or exchanged with their neighbour. */
static size_t distance(const char *a, const char *b)
{
    size_t rows[3][LENGTH_MAX + 1];
    size_t *before = rows[0], *last = rows[1], *now = rows[2], *swap;
    size_t i, j, length_a = strlen(a), length_b = strlen(b);

    if (length_a > LENGTH_MAX || length_b > LENGTH_MAX)
        return LENGTH_MAX;
    for (j = 0; j <= length_b; j++)
        last[j] = j;
    for (i = 1; i <= length_a; i++) {
        now[0] = i;
        for (j = 1; j <= length_b; j++) {
            int x = tolower((unsigned char)a[i - 1]), y = tolower((unsigned char)b[j - 1]);

            now[j] = least(least(last[j], now[j - 1]) + 1, last[j - 1] + (x != y));
            if (i > 1 && j > 1 && x == tolower((unsigned char)b[j - 2]) &&
                y == tolower((unsigned char)a[i - 2]))
                now[j] = least(now[j], before[j - 2] + 1);
        }
        swap = before;
        before = last;
        last = now;
        now = swap;
    }
    return last[length_b];
}

void nearest_consider(struct nearest *nearest, const char *candidate)
{
    size_t far = distance(nearest->word, candidate);

    if (far >= nearest->distance)
        return;
    nearest->distance = far;
    nearest->found = candidate;
}
