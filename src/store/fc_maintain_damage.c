/*
 * Telling damages: at once, or, where blocks are hit, at the end, with the samples whose content
 * was in them.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "fc_alloc.h"
#include "fc_maintain.h"

#define RANGES_MAX 65536 /* beyond these, damages are told without their samples */

void fc__damage_tell(fc_damages *d, const char *dataset, const char *id, const char *where,
                     const char *fmt, ...)
{
    char reason[FC_ERROR_MESSAGE_BYTES];
    fc_damage damage = {.where = where, .reason = reason, .dataset = dataset, .id = id};
    va_list args;

    va_start(args, fmt);
    vsnprintf(reason, sizeof(reason), fmt, args);
    va_end(args);
    d->n++;
    if (id != NULL)
        d->n_samples_hit++;
    if (d->each != NULL)
        d->each(d->context, &damage);
}

/* "sample rows from key 0102.. to key 0304..", "content row ..." */
static void hole_words(const fc_hole *h, char *out, size_t size)
{
    char low[FC_KEY_TEXT_BYTES] = "the start", high[FC_KEY_TEXT_BYTES] = "the end";

    if (h->table == 0) {
        snprintf(out, size, "table of tables");
    } else if (h->table == FC_TABLE_END) {
        snprintf(out, size, "list of free pages");
    } else if (h->one) {
        snprintf(out, size, "%s", fc__key_text(h->table, h->low, low));
    } else if (h->low.n == 0 && h->high.n == 0) {
        snprintf(out, size, "table '%s'", fc__table_name(h->table));
    } else {
        if (h->low.n > 0)
            fc__key_text(h->table, h->low, low);
        if (h->high.n > 0)
            fc__key_text(h->table, h->high, high);
        snprintf(out, size, "table '%s', from %s to before %s", fc__table_name(h->table), low,
                 high);
    }
}

void fc__damage_hole(fc_damages *d, const fc_hole *h)
{
    char where[2 * FC_KEY_TEXT_BYTES + 64];

    hole_words(h, where, sizeof(where));
    fc__damage_tell(d, NULL, NULL, where, "%s", h->reason);
}

fc_status fc__damage_range(fc_damages *d, const fc_hit_range *range, const char *where,
                           const char *reason, fc_error *err)
{
    fc_hit_range *r;
    fc_status st;

    if (d->n_ranges >= RANGES_MAX) {
        if (!range->more)
            fc__damage_tell(d, NULL, NULL, where, "%s", reason);
        return FC_OK;
    }
    st = fc__grow_array(&d->ranges, &d->capacity, d->n_ranges + 1, sizeof(*d->ranges), err);
    if (st != FC_OK)
        return st;
    r = &d->ranges[d->n_ranges];
    *r = *range;
    r->n_hit = 0;
    r->where = fc__strdup(where);
    r->reason = fc__strdup(reason);
    if (r->where == NULL || r->reason == NULL) {
        free(r->where);
        free(r->reason);
        return fc__nomem(err, strlen(reason), "a damage");
    }
    d->n_ranges++;
    return FC_OK;
}

/* Position of a block key as one number of three parts. */
typedef struct position {
    fc_version_id version;
    fc_output_id output;
    uint64_t content;
    uint32_t chunk;
} position;

static position position_of(fc_span key, bool end)
{
    position p =
        end ? (position){UINT32_MAX, UINT16_MAX, UINT64_MAX, UINT32_MAX} : (position){0, 0, 0, 0};

    if (key.n > 0)
        (void)fc__key_block_read(key, &p.version, &p.output, &p.content, &p.chunk);
    return p;
}

static bool output_inside(const position *low, const position *high, fc_version_id version,
                          fc_output_id output)
{
    const uint64_t a = (uint64_t)low->version << 16 | low->output;
    const uint64_t b = (uint64_t)high->version << 16 | high->output;
    const uint64_t x = (uint64_t)version << 16 | output;

    return x >= a && x <= b;
}

fc_status fc__damage_block_hole(fc_damages *d, const fc_hole *h, const fc_encoder_record *encoders,
                                size_t n_encoders, fc_error *err)
{
    const position low = position_of(h->low, false), high = position_of(h->high, true);
    char where[2 * FC_KEY_TEXT_BYTES + 64];
    size_t n_told = 0;
    fc_status st = FC_OK;

    hole_words(h, where, sizeof(where));
    for (size_t i = 0; i < n_encoders && st == FC_OK; i++)
        for (size_t k = 0; k < encoders[i].info.n_outputs && st == FC_OK; k++) {
            const fc_version_id version = encoders[i].info.id;
            const fc_output_id output = encoders[i].info.outputs[k].id;
            fc_hit_range r = {.version = version,
                              .output = output,
                              .modality = encoders[i].info.modality,
                              .more = n_told > 0,
                              .last = UINT64_MAX};
            const bool starts = version == low.version && output == low.output;
            const bool ends = version == high.version && output == high.output;

            if (!output_inside(&low, &high, version, output) ||
                (ends && high.content == 0 && high.chunk == 0))
                continue;
            if (starts)
                r.first = low.content;
            if (ends)
                r.last = high.content - (high.chunk == 0);
            st = fc__damage_range(d, &r, where, h->reason, err);
            n_told++;
        }
    if (n_told == 0)
        fc__damage_tell(d, NULL, NULL, where, "%s", h->reason);
    return st;
}

/* ---- samples that are hit ---- */

typedef struct hits {
    fc_damages *d;
    fc_dataset_name_fn name;
    void *context;
    uint8_t last[4 + FC_ID_HASH_BYTES]; /* data set and id of the sample counted last */
    bool any;
} hits;

static int by_output_then_first(const void *a, const void *b)
{
    const fc_hit_range *x = a, *y = b;

    if (x->version != y->version)
        return x->version < y->version ? -1 : 1;
    if (x->output != y->output)
        return x->output < y->output ? -1 : 1;
    return x->first < y->first ? -1 : x->first > y->first;
}

static void tell_hit(hits *h, fc_hit_range *r, fc_span key, const fc_sample_record *s)
{
    uint32_t dataset, first;
    const uint8_t *hash;
    fc_damage damage = {.where = r->where, .reason = r->reason, .id = s->id};

    (void)fc__key_sample_read(key, &dataset, &hash, &first);
    damage.dataset = h->name(h->context, dataset);
    if (r->n_hit++ < FC_DAMAGE_SAMPLES_MAX && h->d->each != NULL)
        h->d->each(h->d->context, &damage);
    if (!h->any || memcmp(h->last, key.data, sizeof(h->last)) != 0)
        h->d->n_samples_hit++;
    h->any = true;
    memcpy(h->last, key.data, sizeof(h->last));
}

/* Ranges of one output are in the order of their first contents and may reach over one another only
 * where holes do, which is rare: each output's are searched from the first that may fit. */
static void hit_output(hits *h, fc_hit_range *list, size_t n, fc_span key,
                       const fc_sample_record *s)
{
    size_t low = 0, high = n;

    while (low < high) { /* the first that starts behind the content */
        const size_t mid = (low + high) / 2;

        if (list[mid].first <= s->content)
            low = mid + 1;
        else
            high = mid;
    }
    if (low > 0 && list[low - 1].last >= s->content &&
        (list[low - 1].modality == FC_MODALITY_NONE || list[low - 1].modality == s->modality))
        tell_hit(h, &list[low - 1], key, s);
}

static fc_status sample_row(void *context, fc_table table, fc_span key, fc_span value,
                            fc_error *err)
{
    hits *h = context;
    fc_hit_range *list = h->d->ranges;
    fc_error ignored = FC_ERROR_INIT;
    fc_sample_record s;

    (void)err;
    if (key.n != 24 || !fc__row_intact(table, key, value) ||
        fc__sample_read(&s, key, fc__row_body(value), &ignored) != FC_OK)
        return FC_OK;
    for (size_t i = 0, end; i < h->d->n_ranges; i = end) {
        for (end = i + 1; end < h->d->n_ranges && list[end].version == list[i].version &&
                          list[end].output == list[i].output;)
            end++;
        hit_output(h, list + i, end - i, key, &s);
    }
    return FC_OK;
}

fc_status fc__damage_hits(fc_damages *d, fc_tree *t, fc_dataset_name_fn name, void *context,
                          fc_error *err)
{
    hits h = {.d = d, .name = name, .context = context};
    const fc_tree_visitor v = {sample_row, NULL, &h};
    fc_status st;

    if (d->n_ranges == 0)
        return FC_OK;
    qsort(d->ranges, d->n_ranges, sizeof(*d->ranges), by_output_then_first);
    memset(t->seen, 0, (size_t)(t->n_pages / 8 + 1)); /* the rows were walked before */
    st = fc__tree_walk(t, FC_TABLE_SAMPLE, &v, err);
    for (size_t i = 0; i < d->n_ranges; i++)
        d->n += !d->ranges[i].more;
    for (size_t i = 0; i < d->n_ranges && st == FC_OK && d->each != NULL; i++) {
        const fc_hit_range *r = &d->ranges[i];
        char more[64];
        fc_damage damage = {.where = r->where, .reason = r->reason};

        if (r->n_hit > 0 ? r->n_hit <= FC_DAMAGE_SAMPLES_MAX : r->more)
            continue;
        snprintf(more, sizeof(more), "... and %llu more samples",
                 (unsigned long long)(r->n_hit - FC_DAMAGE_SAMPLES_MAX));
        if (r->n_hit > 0)
            damage.reason = more;
        d->each(d->context, &damage);
    }
    return st;
}

void fc__damages_dispose(fc_damages *d)
{
    for (size_t i = 0; i < d->n_ranges; i++) {
        free(d->ranges[i].where);
        free(d->ranges[i].reason);
    }
    free(d->ranges);
    *d = (fc_damages){.n = 0};
}
