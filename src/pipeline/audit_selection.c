/*
 * Selections of samples: parsed once, then held against each sample.
 */
#include "audit_selection.h"

#include <stdlib.h>
#include <string.h>

#include "fc_alloc.h"
#include "search_rows.h"

#define SECOND_NS INT64_C(1000000000)
#define DAY_S     INT64_C(86400)

/* --- times --- */

/* `count` digits at `*text`, which moves behind them and behind `mark` (0: none). */
static bool digits(const char **text, const char *end, size_t count, char mark, int64_t *out)
{
    *out = 0;
    for (size_t i = 0; i < count; i++, (*text)++) {
        if (*text == end || **text < '0' || **text > '9')
            return false;
        *out = *out * 10 + (**text - '0');
    }
    if (mark == '\0')
        return true;
    return *text < end && *(*text)++ == mark;
}

/* Days from 1970-01-01 in the proleptic Gregorian calendar (Hinnant, "chrono-compatible low-level
 * date algorithms", days_from_civil). */
static int64_t days_of(int64_t year, int64_t month, int64_t day)
{
    const int64_t y = year - (month <= 2), era = y / 400, of_era = y - era * 400;
    const int64_t of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;

    return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
}

static bool is_date(int64_t year, int64_t month, int64_t day)
{
    static const int64_t lengths[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    const bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

    if (year < 1970 || year > 2200 || month < 1 || month > 12 || day < 1)
        return false;
    return day <= lengths[month - 1] + (month == 2 && leap);
}

bool fc__parse_time(const char *text, size_t n, int64_t *ns)
{
    const char *at = text, *end = text + n;
    int64_t year, month, day, hour = 0, minute = 0, second = 0;

    if (!digits(&at, end, 4, '-', &year) || !digits(&at, end, 2, '-', &month) ||
        !digits(&at, end, 2, '\0', &day) || !is_date(year, month, day))
        return false;
    if (at != end && (*at++ != 'T' || !digits(&at, end, 2, ':', &hour) ||
                      !digits(&at, end, 2, ':', &minute) || !digits(&at, end, 2, 'Z', &second)))
        return false;
    if (at != end || hour > 23 || minute > 59 || second > 59)
        return false;
    *ns = (days_of(year, month, day) * DAY_S + hour * 3600 + minute * 60 + second) * SECOND_NS;
    return true;
}

/* --- parsing --- */

static bool is_key(const char *part, size_t n, const char *key, const char **value, size_t *n_value)
{
    const size_t k = strlen(key);

    if (n < k || strncmp(part, key, k) != 0)
        return false;
    *value = part + k;
    *n_value = n - k;
    return true;
}

static fc_status take_time(fc_selection *sel, const char *value, size_t n, bool is_since,
                           fc_error *err)
{
    if (!fc__parse_time(value, n, is_since ? &sel->since_ns : &sel->until_ns))
        return fc_error_set(err, FC_E_INVALID,
                            "selection '%.120s': '%.*s' is no time; give YYYY-MM-DD or "
                            "YYYY-MM-DDThh:mm:ssZ",
                            sel->text, (int)(n < 40 ? n : 40), value);
    sel->timed = true;
    return FC_OK;
}

static fc_status take_dataset(fc_selection *sel, fc_snapshot *s, const char *name, size_t n,
                              fc_error *err)
{
    char *copy;
    fc_status st;

    if (sel->filter.dataset != NULL)
        return fc_error_set(err, FC_E_INVALID,
                            "selection '%.120s' names two data sets; give where=dataset in (...)",
                            sel->text);
    copy = fc__strndup(name, n);
    if (copy == NULL)
        return fc__nomem(err, n, "a selection");
    st = fc_snapshot_find_dataset(s, copy, &sel->filter.dataset, &sel->filter.version, err);
    free(copy);
    return st;
}

static fc_status take_split(fc_selection *sel, const char *value, size_t n, fc_error *err)
{
    if (n == 0 || sel->split != NULL)
        return fc_error_set(err, FC_E_INVALID, "selection '%.120s': give one split by its name",
                            sel->text);
    sel->split = fc__strndup(value, n);
    return sel->split != NULL ? FC_OK : fc__nomem(err, n, "a selection");
}

/* One part; *used: its bytes. */
static fc_status take_part(fc_selection *sel, fc_snapshot *s, const char *part, size_t *used,
                           fc_error *err)
{
    const char *value;
    size_t n_value, n = strcspn(part, ";");

    *used = n;
    if (is_key(part, n, "where=", &value, &n_value)) {
        *used = strlen(part);
        return fc__filter_parse(&sel->where, value, err);
    }
    if (is_key(part, n, "split=", &value, &n_value))
        return take_split(sel, value, n_value, err);
    if (is_key(part, n, "since=", &value, &n_value))
        return take_time(sel, value, n_value, true, err);
    if (is_key(part, n, "until=", &value, &n_value))
        return take_time(sel, value, n_value, false, err);
    if (n == 0 || memchr(part, '=', n) != NULL)
        return fc_error_set(err, FC_E_INVALID,
                            "selection '%.120s': '%.*s' is no part; give NAME, NAME@N, split=, "
                            "since=, until=, and where= at the end",
                            sel->text, (int)(n < 60 ? n : 60), part);
    return take_dataset(sel, s, part, n, err);
}

fc_status fc__selection_parse(fc_selection *out, fc_snapshot *s, const char *text, fc_error *err)
{
    const char *at = text;
    size_t used;
    fc_status st;

    *out = (fc_selection){.text = text, .since_ns = INT64_MIN, .until_ns = INT64_MAX};
    st = fc_snapshot_datasets(s, &out->datasets, &out->n_datasets, err);
    while (st == FC_OK) {
        st = take_part(out, s, at, &used, err);
        at += st == FC_OK ? used : 0;
        if (*at == '\0')
            break;
        at++; /* ';' */
    }
    out->filter.where = out->where;
    if (st == FC_OK && out->since_ns >= out->until_ns)
        return fc_error_set(err, FC_E_INVALID, "selection '%.120s': it ends before it begins",
                            text);
    return st;
}

void fc__selection_dispose(fc_selection *sel)
{
    fc__filter_destroy(sel->where);
    free(sel->split);
    *sel = (fc_selection){.text = NULL};
}

/* --- scanning --- */

typedef struct scanning {
    const fc_selection *sel;
    fc_live_fn each;
    void *context;
} scanning;

static bool in_time(const fc_selection *sel, const fc_sample *sample)
{
    for (size_t i = 0; i < sel->n_datasets; i++) {
        const fc_dataset_info *d = &sel->datasets[i];

        if (strcmp(d->name, sample->dataset) != 0)
            continue;
        for (size_t v = 0; v < d->n_versions; v++)
            if (d->versions[v].number == sample->since)
                return d->versions[v].created_ns >= sel->since_ns &&
                       d->versions[v].created_ns < sel->until_ns;
    }
    return false;
}

static fc_status hold_against(void *context, const fc_sample *sample, fc_error *err)
{
    const scanning *s = context;

    if (s->sel->split != NULL && strcmp(s->sel->split, sample->split) != 0)
        return FC_OK;
    if (s->sel->timed && !in_time(s->sel, sample))
        return FC_OK;
    return s->each(s->context, sample, err);
}

fc_status fc__selection_scan(const fc_selection *sel, fc_snapshot *s, fc_live_fn each,
                             void *context, fc_error *err)
{
    scanning scan = {sel, each, context};

    return fc__live_scan(s, &sel->filter, hold_against, &scan, err);
}

static fc_status add_content(void *context, const fc_sample *sample, fc_error *err)
{
    return fc__live_set_add(context, sample->content, err);
}

fc_status fc__selection_contents(fc_selection *sel, fc_snapshot *s, const fc_picked *picked,
                                 uint64_t **contents, size_t *n, fc_error *err)
{
    fc_live_set live = {.bits = NULL};
    fc_status st;

    *contents = NULL;
    *n = 0;
    sel->filter.covered_version = picked->encoder->id;
    sel->filter.covered_output = picked->output->id;
    st = fc__selection_scan(sel, s, add_content, &live, err);
    if (st == FC_OK)
        st = fc__lane_contents_in(s, picked, &live.set, contents, n, err);
    fc__live_set_dispose(&live);
    return st;
}
