/* A record, from cJSON's tree to a struct line. */
#include "command/report_record.h"

#include <string.h>

#include "command/report_keys.h"

const char *record_string(const cJSON *value)
{
    return cJSON_IsString(value) && value->valuestring[0] != '\0' ? value->valuestring : NULL;
}

int64_t record_number(const cJSON *value, int64_t most, int64_t missing)
{
    if (!cJSON_IsNumber(value) || !(value->valuedouble >= 0) ||
        value->valuedouble > (double)most)
        return missing;
    return (int64_t)value->valuedouble;
}

static int64_t time_of(const cJSON *value)
{
    int64_t time_us;

    return cJSON_IsString(value) && line_time(value->valuestring, &time_us) ? time_us : 0;
}

/* {"engine","id","name"}, or a string. */
static const char *record_container(const cJSON *value)
{
    const char *name;

    if (!cJSON_IsObject(value))
        return record_string(value);
    name = record_string(cJSON_GetObjectItemCaseSensitive(value, "name"));
    return name != NULL ? name : record_string(cJSON_GetObjectItemCaseSensitive(value, "id"));
}

static void read_would(struct line *line, const cJSON *list)
{
    const cJSON *value;

    cJSON_ArrayForEach(value, list)
        for (unsigned int i = 0; i < IF_COUNT; i++)
            if (cJSON_IsTrue(value) && value->string != NULL &&
                strcmp(value->string, what_if_name((enum what_if)i)) == 0)
                line->would[i] = true;
}

static void read_holder(struct line_holder *holder, const cJSON *object)
{
    const cJSON *value;

    cJSON_ArrayForEach(value, object) {
        switch (report_key(value->string)) {
        case KEY_STATE: holder->state = record_string(value); break;
        case KEY_COMM: holder->comm = record_string(value); break;
        case KEY_UNIT: holder->unit = record_string(value); break;
        case KEY_CONTAINER: holder->container = record_container(value); break;
        case KEY_PID: holder->pid = (int32_t)record_number(value, INT32_MAX, 0); break;
        case KEY_STARTED:
            if (holder->since_us == 0)
                holder->since_us = time_of(value);
            break;
        case KEY_BOUND_AT:
            if (time_of(value) != 0)
                holder->since_us = time_of(value);
            break;
        default: break;
        }
    }
}

static void read_cures(struct line *line, const cJSON *list)
{
    const cJSON *cure, *value;

    cJSON_ArrayForEach(cure, list) {
        struct line_cure *to = &line->cures[line->cure_count];

        if (line->cure_count == LINE_CURES_MAX)
            return;
        *to = (struct line_cure){NULL, NULL, NULL};
        cJSON_ArrayForEach(value, cure) {
            switch (report_key(value->string)) {
            case KEY_ID: to->id = record_string(value); break;
            case KEY_RISK: to->risk = record_string(value); break;
            case KEY_TEXT: to->text = record_string(value); break;
            default: break;
            }
        }
        line->cure_count += to->id != NULL;
    }
}

enum line_kind record_kind(const char *event, bool worked)
{
    if (event == NULL)
        return LINE_BROKEN;
    if (strcmp(event, "bind_failed") == 0 || strcmp(event, "listen_failed") == 0)
        return LINE_FAILED;
    return worked && (strcmp(event, "bind") == 0 || strcmp(event, "listen") == 0) ? LINE_WORKED
                                                                                 : LINE_OTHER;
}

void record_read(struct line *line, const cJSON *record)
{
    const cJSON *value;
    bool worked = false;
    double version = 0;

    cJSON_ArrayForEach(value, record) {
        switch (report_key(value->string)) {
        case KEY_V: version = cJSON_IsNumber(value) ? value->valuedouble : 0; break;
        case KEY_TIME: line->time_us = time_of(value); break;
        case KEY_EVENT: line->event = record_string(value); break;
        case KEY_ID: line->id = record_string(value); break;
        case KEY_HOST: line->host = record_string(value); break;
        case KEY_BOOT: line->boot = record_string(value); break;
        case KEY_VERSION: line->version = record_string(value); break;
        case KEY_UNIT: line->unit = record_string(value); break;
        case KEY_CONTAINER: line->container = record_container(value); break;
        case KEY_COMM: line->comm = record_string(value); break;
        case KEY_PID: line->pid = (int32_t)record_number(value, INT32_MAX, 0); break;
        case KEY_TID: line->tid = (int32_t)record_number(value, INT32_MAX, 0); break;
        case KEY_FD: line->fd = (int32_t)record_number(value, INT32_MAX, -1); break;
        case KEY_PROTO: line->proto = record_string(value); break;
        case KEY_ADDRESS: line->address = record_string(value); break;
        case KEY_PORT: line->port = record_number(value, UINT32_MAX, -1); break;
        case KEY_REASON: line->reason = record_string(value); break;
        case KEY_REPEATS:
            line->repeats = (uint64_t)record_number(value, INT64_C(1) << 53, 0);
            break;
        case KEY_WALK: line->walks = record_number(value, INT64_MAX / 2, 0) > 0; break;
        case KEY_FREES_IN_MS: line->frees_in_ms = record_number(value, INT64_C(1) << 53, -1); break;
        case KEY_RESULT: worked = cJSON_IsNumber(value) && value->valuedouble == 0; break;
        case KEY_WOULD_SUCCEED: read_would(line, value); break;
        case KEY_HOLDERS: read_holder(&line->holder, value->child); break;
        case KEY_CURES: read_cures(line, value); break;
        default: break;
        }
    }
    line->kind = version != 1            ? LINE_NEWER
                 : line->time_us == 0    ? LINE_BROKEN
                                         : record_kind(line->event, worked);
}
