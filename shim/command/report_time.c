#include "command/report_line.h"
#include "report/json_text.h"

/* WIDTH decimal digits at *AT, which is moved on; -1 if they are none. */
static int64_t digits(const char **at, int width)
{
    int64_t number = 0;

    for (; width > 0; width--, ++*at) {
        if (**at < '0' || **at > '9')
            return -1;
        number = number * 10 + (**at - '0');
    }
    return number;
}

/* Days since 1970-01-01; years begin in March, as json_time() counts them. */
static int64_t days_of(int64_t year, int64_t month, int64_t day)
{
    int64_t y = month <= 2 ? year - 1 : year;
    int64_t of_year = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;

    return y * 365 + y / 4 - y / 100 + y / 400 + of_year - 719468;
}

static int64_t days_in(int64_t year, int64_t month)
{
    return month == 12 ? 31 : days_of(year, month + 1, 1) - days_of(year, month, 1);
}

static int64_t fraction_us(const char **at)
{
    int64_t us = 0, unit = 100000;

    for (; **at >= '0' && **at <= '9'; ++*at, unit /= 10)
        us += (**at - '0') * unit;
    return us;
}

/* "Z" or nothing, "+01:00", "-0330": in minutes. INT64_MIN if it is none of these. */
static int64_t offset_minutes(const char **at)
{
    int64_t sign = **at == '-' ? -1 : 1, hours, minutes;

    if (**at == 'Z')
        ++*at;
    else if (**at == '+' || **at == '-') {
        ++*at;
        hours = digits(at, 2);
        *at += **at == ':';
        minutes = digits(at, 2);
        return hours < 0 || hours > 23 || minutes < 0 || minutes > 59
                   ? INT64_MIN
                   : sign * (hours * 60 + minutes);
    }
    return 0;
}

bool line_time(const char *text, int64_t *time_us)
{
    const char *at = text;
    int64_t year = digits(&at, 4), month = *at == '-' ? (at++, digits(&at, 2)) : -1;
    int64_t day = *at == '-' ? (at++, digits(&at, 2)) : -1;
    int64_t hour = 0, minute = 0, second = 0, us = 0, offset = 0;

    if (year < 1970 || month < 1 || month > 12 || day < 1 || day > days_in(year, month))
        return false;
    if (*at == 'T' || *at == ' ') {
        at++;
        hour = digits(&at, 2);
        minute = *at == ':' ? (at++, digits(&at, 2)) : -1;
        if (*at == ':')
            at++, second = digits(&at, 2);
        if (*at == '.')
            at++, us = fraction_us(&at);
    }
    offset = offset_minutes(&at);
    if (*at != '\0' || offset == INT64_MIN || hour < 0 || hour > 23 || minute < 0 || minute > 59 ||
        second < 0 || second > 60)
        return false;
    *time_us = ((days_of(year, month, day) * 24 + hour) * 60 + minute - offset) * 60000000 +
               second * 1000000 + us;
    return *time_us >= 0 && *time_us <= JSON_TIME_LAST_US;
}
