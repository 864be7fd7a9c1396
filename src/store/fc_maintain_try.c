/*
 * What an output would take in another precision: some of its blocks decoded, quantised and encoded
 * as a writer would, and thrown away.
 */
#include <stdlib.h>

#include "fc_alloc.h"
#include "fc_maintain.h"
#include "fc_rng.h"

#define RUN_BLOCKS                                                                \
    4u /* neighbours that are taken together, for smaller items fill fewer blocks \
        */

typedef struct trial {
    fc_snapshot *s;
    fc_codec *codec;
    fc_block_view *view;
    fc_item_layout from, to;
    fc_buf bytes; /* of the items held, quantised */
    fc_item *held;
    size_t *at; /* parallel to held: where in bytes */
    size_t n_held, capacity, at_capacity;
    fc_quant_error error; /* of those held */
    fc_quant_error all;
    fc_buf block;
    fc_precision_trial *out;
    fc_error *err;
} trial;

/* One block of what is held; only its size matters. */
static fc_status cut(trial *t)
{
    fc_status st;

    if (t->n_held == 0)
        return FC_OK;
    for (size_t i = 0; i < t->n_held; i++)
        t->held[i].bytes = t->bytes.data + t->at[i];
    fc_buf_clear(&t->block);
    st = fc__block_encode(t->codec, &t->to, t->held, t->n_held, &t->error, 0, &t->block, t->err);
    t->out->bytes_then += t->block.size + 4; /* the checksum behind it */
    t->all.sum_squared_error += t->error.sum_squared_error;
    t->all.sum_squared += t->error.sum_squared;
    t->all.n_elements += t->error.n_elements;
    t->error = (fc_quant_error){0, 0, 0, 0};
    t->n_held = 0;
    fc_buf_clear(&t->bytes);
    return st;
}

static fc_status hold(trial *t, const fc_block_entry *e, const float *rows)
{
    const size_t n = (size_t)e->n_rows * fc__layout_row_bytes(&t->to);
    fc_status st = FC_OK;

    if (t->n_held > 0 &&
        (t->bytes.size + n > FC_BLOCK_RAW_BYTES || t->n_held >= FC_BLOCK_ITEMS || e->first_row > 0))
        st = cut(t);
    if (st == FC_OK)
        st = fc__grow_array(&t->held, &t->capacity, t->n_held + 1, sizeof(*t->held), t->err);
    if (st == FC_OK)
        st = fc__grow_array(&t->at, &t->at_capacity, t->n_held + 1, sizeof(*t->at), t->err);
    if (st != FC_OK)
        return st;
    t->at[t->n_held] = t->bytes.size;
    t->held[t->n_held] = (fc_item){
        .content = e->content,
        .n_rows = e->n_rows,
        .first_row = e->first_row,
        .total_rows = e->total_rows,
        /* Explicit intervals would have to outlive the view. */
        .time = e->time.kind == FC_TIME_EXPLICIT ? (fc_time_axis){.kind = FC_TIME_NONE} : e->time,
        .provenance = e->provenance};
    st = fc__item_quantise(&t->to, rows, e->n_rows, &t->bytes, &t->error, t->err);
    t->n_held += st == FC_OK;
    /* A chunk of a large item lies alone. */
    return st == FC_OK && e->n_rows != e->total_rows ? cut(t) : st;
}

static fc_status take(trial *t, fc_span key, fc_span value)
{
    const uint32_t seed = fc__key_crc(FC_TABLE_BLOCK, key.data, key.n);
    const size_t row = fc__layout_row_elements(&t->from);
    fc_error inner = FC_ERROR_INIT;
    const fc_block_entry *e;
    float *rows = NULL;
    fc_status st = t->view == NULL
                       ? fc__block_view_create(&t->view, value.data, value.n, seed, &inner)
                       : fc__block_view_reset(t->view, value.data, value.n, seed, &inner);

    if (st == FC_OK) {
        rows = fc__alloc_array((size_t)fc__block_n_rows(t->view) + 1, row * sizeof(*rows));
        st = rows != NULL ? fc__block_decode_f32(t->codec, t->view, 0, fc__block_n_rows(t->view),
                                                 rows, &inner)
                          : fc__nomem(&inner, row, "a block");
    }
    if (st != FC_OK) {
        free(rows);
        return st == FC_E_CORRUPT ? fc__corrupt(t->err, FC_TABLE_BLOCK, key, inner.message)
                                  : fc_error_set(t->err, st, "%s", inner.message);
    }
    e = fc__block_entries(t->view);
    for (size_t i = 0; i < fc__block_n_items(t->view) && st == FC_OK; i++)
        st = hold(t, &e[i], rows + e[i].row_offset * row);
    t->out->n_blocks++;
    t->out->bytes_now += value.n + 4;
    free(rows);
    return st;
}

/* Runs of neighbouring blocks, spread evenly, the first at a place that the seed chooses. */
static bool chosen(uint64_t at, uint64_t n_all, uint64_t n_wanted, uint64_t start)
{
    const uint64_t n_runs = n_wanted / RUN_BLOCKS > 0 ? n_wanted / RUN_BLOCKS : 1;
    const uint64_t n_groups = (n_all + RUN_BLOCKS - 1) / RUN_BLOCKS;
    const uint64_t group = (at / RUN_BLOCKS + start) % n_groups;

    if (n_all <= n_wanted)
        return true;
    /* Of n_groups, those where the running share of n_runs steps up. */
    return (group + 1) * n_runs / n_groups > group * n_runs / n_groups;
}

static fc_status walk(trial *t, fc_version_id version, fc_output_id output, uint64_t n_all,
                      uint64_t n_wanted, uint64_t start)
{
    const fc_key from = fc__key_block(version, output, 0, 0);
    fc_cursor c = FC_CURSOR_INIT;
    fc_span key, value;
    uint64_t at = 0;
    fc_status st = fc__cursor_open(&c, &t->s->txn, FC_TABLE_BLOCK, t->err);

    if (st == FC_OK)
        st = fc__cursor_seek(&c, &from, &key, &value, t->err);
    for (; st == FC_OK && fc__span_has_prefix(key, from.bytes, 6); at++) {
        if (chosen(at, n_all, n_wanted, start))
            st = take(t, key, value);
        else
            st = cut(t);
        if (st == FC_OK)
            st = fc__cursor_next(&c, &key, &value, t->err);
    }
    fc__cursor_close(&c);
    return st == FC_OK || st == FC_E_NOT_FOUND ? cut(t) : st;
}

fc_status fc__snapshot_try_precision(fc_snapshot *s, const fc_output_stat *stat, fc_dtype precision,
                                     uint64_t n_blocks, uint64_t seed, fc_precision_trial *out,
                                     fc_error *err)
{
    trial t = {.s = s, .out = out, .err = err};
    fc_rng rng = fc__rng_seed(seed);
    const fc_output_info *info;
    fc_output_info other;
    fc_status st = fc__snapshot_output(s, stat->version, stat->output, &info, err);

    *out = (fc_precision_trial){.n_blocks = 0};
    if (st == FC_OK)
        st = fc__snapshot_codec(s, &t.codec, err);
    if (st != FC_OK || stat->n_blocks == 0)
        return st;
    other = *info;
    other.precision = precision;
    if (!fc__output_layout(info, &t.from) || !fc__output_layout(&other, &t.to))
        return fc_error_set(err, FC_E_INVALID, "output '%s' cannot be stored as %s", info->name,
                            fc_dtype_name(precision));
    st = walk(&t, stat->version, stat->output, stat->n_blocks, n_blocks,
              fc__rng_below(&rng, stat->n_blocks / RUN_BLOCKS + 1));
    out->rms_error = fc__quant_relative_rms(&t.all);
    fc__block_view_destroy(t.view);
    fc_buf_dispose(&t.bytes);
    fc_buf_dispose(&t.block);
    free(t.held);
    free(t.at);
    return st;
}
