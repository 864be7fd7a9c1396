/*
 * Merging the items of a batch into the blocks that are there.
 *
 * New items go, output by output and region by region, where their content numbers belong: a region
 * is a block that is there (when an item falls inside its range, or fits in its room), the new
 * items up to the next block, and that next block too when all of it fits into one. What was in the
 * blocks is taken over in stored form, never through f32. Blocks never overlap.
 */
#include <stdlib.h>

#include "fc_alloc.h"
#include "fc_store_internal.h"

#define WAVE_BYTES ((size_t)64 << 20) /* raw bytes gathered before blocks are encoded */

/* One item of a region; bytes and intervals are borrowed from the batch or from a source. */
typedef struct region_item {
    fc_item item;
    fc_quant_error error;
} region_item;

/* A block that was there, taken apart. */
typedef struct source {
    uint8_t *bytes;
    int64_t *intervals;
} source;

typedef struct merge {
    fc_writer *w;
    fc_blocks blocks;
    const fc_item_layout *layout;
    size_t row_bytes;
    region_item *region;
    size_t n_region, region_capacity;
    source *sources; /* live until their wave is encoded */
    size_t n_sources, sources_capacity;
    fc_block_job *jobs;
    size_t n_jobs, jobs_capacity;
    size_t wave_bytes;
} merge;

static int by_output_then_content(const void *a, const void *b)
{
    const fc_pending_item *x = *(fc_pending_item *const *)a, *y = *(fc_pending_item *const *)b;

    if (x->version != y->version)
        return x->version < y->version ? -1 : 1;
    if (x->output != y->output)
        return x->output < y->output ? -1 : 1;
    if (x->item.content != y->item.content)
        return x->item.content < y->item.content ? -1 : 1;
    return x->order < y->order ? -1 : x->order > y->order;
}

/* ---- taking a block apart ---- */

/* An item's share of its block's error, by elements. */
static fc_quant_error share(const fc_quant_error *e, uint64_t part, uint64_t whole)
{
    const double f = whole > 0 ? (double)part / (double)whole : 0.0;

    return (fc_quant_error){.sum_squared_error = e->sum_squared_error * f,
                            .sum_squared = e->sum_squared * f,
                            .max_abs = e->max_abs,
                            .n_elements = (uint64_t)((double)e->n_elements * f + 0.5)};
}

/* Explicit time axes point into the view, which goes on to the next block: copied. */
static fc_status copy_intervals(source *s, region_item *items, size_t n, fc_error *err)
{
    size_t total = 0, at = 0;

    for (size_t i = 0; i < n; i++)
        if (items[i].item.time.kind == FC_TIME_EXPLICIT)
            total += 2 * (size_t)items[i].item.n_rows;
    if (total == 0)
        return FC_OK;
    s->intervals = fc__alloc_array(total, sizeof(*s->intervals));
    if (s->intervals == NULL)
        return fc__nomem(err, total * sizeof(*s->intervals), "time axes");
    for (size_t i = 0; i < n; i++) {
        fc_time_axis *t = &items[i].item.time;
        const size_t k = 2 * (size_t)items[i].item.n_rows;

        if (t->kind != FC_TIME_EXPLICIT)
            continue;
        memcpy(s->intervals + at, t->intervals, k * sizeof(*s->intervals));
        t->intervals = s->intervals + at;
        at += k;
    }
    return FC_OK;
}

/* Append the items of the block that m->blocks stands on to the region, and delete the block. */
static fc_status take_block(merge *m, fc_error *err)
{
    const fc_block_view *view = m->blocks.view;
    const fc_block_entry *e = fc__block_entries(view);
    const size_t n = fc__block_n_items(view), at = m->n_region;
    const uint64_t rows = fc__block_n_rows(view);
    fc_error inner = FC_ERROR_INIT;
    source s = {NULL, NULL};
    fc_status st = fc__grow_array(&m->region, &m->region_capacity, at + n, sizeof(*m->region), err);

    if (st == FC_OK)
        st = fc__grow_array(&m->sources, &m->sources_capacity, m->n_sources + 1,
                            sizeof(*m->sources), err);
    if (st != FC_OK)
        return st;
    s.bytes = fc__alloc_array((size_t)rows, m->row_bytes); /* capped by the codec */
    if (s.bytes == NULL)
        return fc__nomem(err, (size_t)rows * m->row_bytes, "a block");
    st = fc__block_decode(m->w->codecs[0], view, 0, rows, s.bytes, &inner);
    if (st != FC_OK) {
        free(s.bytes);
        return fc__blocks_fault(&m->blocks, st, &inner, err);
    }
    for (size_t i = 0; i < n; i++)
        m->region[at + i] =
            (region_item){.item = {.content = e[i].content,
                                   .n_rows = e[i].n_rows,
                                   .total_rows = e[i].n_rows,
                                   .bytes = s.bytes + e[i].row_offset * m->row_bytes,
                                   .time = e[i].time,
                                   .provenance = e[i].provenance},
                          .error = share(fc__block_error(view), e[i].n_rows, rows)};
    st = copy_intervals(&s, m->region + at, n, err);
    m->sources[m->n_sources++] = s;
    m->n_region += n;
    m->wave_bytes += (size_t)rows * m->row_bytes;
    if (st == FC_OK)
        st = fc__edits_delete(&m->w->edits, FC_TABLE_BLOCK, &m->blocks.key, err);
    if (st == FC_OK)
        st = fc__writer_count_bytes(m->w, m->blocks.version, m->blocks.output, 0,
                                    m->blocks.value.n + sizeof(uint32_t), err);
    return st;
}

/* ---- cutting a region into blocks ---- */

static fc_quant_error error_sum(const region_item *items, size_t n)
{
    fc_quant_error sum = {0, 0, 0, 0};

    for (size_t i = 0; i < n; i++) {
        sum.sum_squared_error += items[i].error.sum_squared_error;
        sum.sum_squared += items[i].error.sum_squared;
        sum.n_elements += items[i].error.n_elements;
        if (items[i].error.max_abs > sum.max_abs)
            sum.max_abs = items[i].error.max_abs;
    }
    return sum;
}

static fc_status add_job(merge *m, const fc_item *first, size_t n, uint32_t chunk,
                         fc_block_job **out, fc_error *err)
{
    fc_status st =
        fc__grow_array(&m->jobs, &m->jobs_capacity, m->n_jobs + 1, sizeof(*m->jobs), err);
    fc_block_job *job;

    if (st != FC_OK)
        return st;
    job = &m->jobs[m->n_jobs];
    *job = (fc_block_job){
        .key = fc__key_block(m->blocks.version, m->blocks.output, first->content, chunk),
        .layout = *m->layout,
        .n_items = n};
    job->items = fc__alloc_array(n, sizeof(*job->items));
    if (job->items == NULL)
        return fc__nomem(err, n * sizeof(*job->items), "a block");
    m->n_jobs++;
    *out = job;
    return FC_OK;
}

static fc_status emit_block(merge *m, const region_item *items, size_t n, fc_error *err)
{
    fc_block_job *job;
    const fc_status st = add_job(m, &items[0].item, n, 0, &job, err);

    if (st != FC_OK)
        return st;
    for (size_t i = 0; i < n; i++)
        job->items[i] = items[i].item;
    job->error = error_sum(items, n);
    return FC_OK;
}

/* Rows [first, first + n) of an item that is larger than a block. */
static fc_item slice(const fc_item *whole, uint64_t first, uint64_t n, size_t row_bytes)
{
    fc_item part = *whole;

    part.n_rows = n;
    part.first_row = first;
    part.bytes = whole->bytes + first * row_bytes;
    if (part.time.kind == FC_TIME_REGULAR)
        part.time.start_ns += (int64_t)first * part.time.hop_ns;
    else if (part.time.kind == FC_TIME_EXPLICIT)
        part.time.intervals += 2 * first;
    return part;
}

static fc_status emit_chunks(merge *m, const region_item *r, fc_error *err)
{
    const uint64_t fit = FC_BLOCK_RAW_BYTES / m->row_bytes, step = fit > 0 ? fit : 1;
    fc_status st = FC_OK;
    uint32_t chunk = 0;

    for (uint64_t at = 0; at < r->item.n_rows && st == FC_OK; at += step, chunk++) {
        const uint64_t left = r->item.n_rows - at, n = left < step ? left : step;
        fc_block_job *job;

        st = add_job(m, &r->item, 1, chunk, &job, err);
        if (st != FC_OK)
            break;
        job->items[0] = slice(&r->item, at, n, m->row_bytes);
        job->error = share(&r->error, n, r->item.n_rows);
    }
    return st;
}

static size_t raw_bytes(const merge *m, const fc_item *item)
{
    return (size_t)item->n_rows * m->row_bytes;
}

/* Items [from, to), each smaller than a block. A tail is filled block by block, so that what comes
 * next finds room; inside, a block that overflows is cut into even parts. */
static fc_status emit_run(merge *m, size_t from, size_t to, bool tail, fc_error *err)
{
    size_t total = 0, limit = FC_BLOCK_RAW_BYTES, acc = 0, start = from;
    fc_status st = FC_OK;

    for (size_t i = from; i < to; i++)
        total += raw_bytes(m, &m->region[i].item);
    if (!tail && total > FC_BLOCK_RAW_BYTES) {
        const size_t parts = (total + FC_BLOCK_RAW_BYTES - 1) / FC_BLOCK_RAW_BYTES;

        limit = (total + parts - 1) / parts;
    }
    for (size_t i = from; i < to && st == FC_OK; i++) {
        const size_t raw = raw_bytes(m, &m->region[i].item);

        if (i > start &&
            (acc >= limit || acc + raw > FC_BLOCK_RAW_BYTES || i - start >= FC_BLOCK_ITEMS)) {
            st = emit_block(m, m->region + start, i - start, err);
            start = i;
            acc = 0;
        }
        acc += raw;
    }
    if (st == FC_OK && start < to)
        st = emit_block(m, m->region + start, to - start, err);
    return st;
}

static fc_status emit_region(merge *m, bool tail, fc_error *err)
{
    size_t start = 0;
    fc_status st = FC_OK;

    for (size_t i = 0; i < m->n_region && st == FC_OK; i++) {
        if (raw_bytes(m, &m->region[i].item) <= FC_BLOCK_RAW_BYTES)
            continue;
        st = emit_run(m, start, i, false, err);
        if (st == FC_OK)
            st = emit_chunks(m, &m->region[i], err);
        start = i + 1;
    }
    return st == FC_OK ? emit_run(m, start, m->n_region, tail, err) : st;
}

/* ---- waves ---- */

static void free_sources(merge *m)
{
    for (size_t i = 0; i < m->n_sources; i++) {
        free(m->sources[i].bytes);
        free(m->sources[i].intervals);
    }
    m->n_sources = 0;
}

static fc_status encode_wave(merge *m, fc_error *err)
{
    const fc_status st = fc__encode_jobs(m->w, m->jobs, m->n_jobs, err);

    m->n_jobs = 0;
    m->wave_bytes = 0;
    free_sources(m);
    return st;
}

/* ---- regions ---- */

static fc_status add_fresh(merge *m, const fc_pending_item *p, fc_error *err)
{
    fc_writer *w = m->w;
    fc_status st =
        fc__grow_array(&w->fresh, &w->fresh_capacity, w->n_fresh + 1, sizeof(*w->fresh), err);

    if (st == FC_OK)
        st = fc__grow_array(&m->region, &m->region_capacity, m->n_region + 1, sizeof(*m->region),
                            err);
    if (st != FC_OK)
        return st;
    w->fresh[w->n_fresh++] =
        (fc_fresh_item){p->version, p->output, p->item.content,
                        fc__item_hash(w->hasher, m->layout, p->item.n_rows, p->item.bytes,
                                      (size_t)p->item.n_rows * m->row_bytes)};
    m->region[m->n_region++] = (region_item){p->item, p->error};
    m->wave_bytes += raw_bytes(m, &p->item);
    return FC_OK;
}

static int region_by_content(const void *a, const void *b)
{
    const region_item *x = a, *y = b;

    return x->item.content < y->item.content ? -1 : x->item.content > y->item.content;
}

/* Whether an item is among those of the block that m->blocks stands on. */
static bool is_there(const merge *m, uint64_t content)
{
    return m->blocks.at && content >= m->blocks.first && content <= m->blocks.last &&
           fc__block_find(m->blocks.view, content) != NULL;
}

static bool has_room(const merge *m, size_t raw)
{
    return !m->blocks.chunked && fc__block_n_items(m->blocks.view) < FC_BLOCK_ITEMS &&
           fc__block_raw_bytes(m->blocks.view) + raw <= FC_BLOCK_RAW_BYTES;
}

/* One region, from items[0] on; *used items went into it (or were there). */
static fc_status merge_region(merge *m, fc_pending_item *const *items, size_t n, size_t *used,
                              fc_error *err)
{
    const size_t n_fresh = m->w->n_fresh;
    bool take, have_next;
    uint64_t next = UINT64_MAX;
    size_t i = 0, raw = 0;
    fc_status st = fc__blocks_seek(&m->blocks, items[0]->item.content, err);

    m->n_region = 0;
    if (st != FC_OK && st != FC_E_NOT_FOUND)
        return st;
    *used = 1;
    if (is_there(m, items[0]->item.content))
        return FC_OK;
    take = m->blocks.at && !m->blocks.chunked &&
           (m->blocks.last >= items[0]->item.content || has_room(m, raw_bytes(m, &items[0]->item)));
    st = fc__blocks_peek_after(&m->blocks, items[0]->item.content, &next, err);
    have_next = st == FC_OK;
    if (st != FC_OK && st != FC_E_NOT_FOUND)
        return st;
    for (;;) {
        /* What is there already is left out before its block is taken: sorted both, no copy stays.
         */
        for (; i < n && (!have_next || items[i]->item.content < next); i++) {
            if (is_there(m, items[i]->item.content) ||
                (i > 0 && items[i]->item.content == items[i - 1]->item.content))
                continue;
            st = add_fresh(m, items[i], err);
            if (st != FC_OK)
                return st;
            raw += raw_bytes(m, &items[i]->item);
        }
        if (take) {
            raw += (size_t)fc__block_raw_bytes(m->blocks.view);
            st = take_block(m, err);
        }
        if (st != FC_OK && st != FC_E_NOT_FOUND)
            return st;
        /* The next block comes along when all of it fits: descending numbers make no crumbs. */
        if (!have_next || m->w->n_fresh == n_fresh)
            break;
        st = fc__blocks_seek(&m->blocks, next, err);
        if (st != FC_OK)
            return st;
        take = has_room(m, raw) && m->n_region < FC_BLOCK_ITEMS;
        if (!take)
            break;
        st = fc__blocks_peek_after(&m->blocks, next, &next, err);
        have_next = st == FC_OK;
        if (st != FC_OK && st != FC_E_NOT_FOUND)
            return st;
    }
    *used = i;
    qsort(m->region, m->n_region, sizeof(*m->region), region_by_content);
    return emit_region(m, !have_next, err);
}

/* All items of one output. */
static fc_status merge_output(fc_writer *w, fc_pending_item *const *items, size_t n, fc_error *err)
{
    merge m = {.w = w, .blocks = FC_BLOCKS_INIT};
    const fc_encoder_record *encoder;
    const fc_output_info *info;
    size_t used;
    fc_status st = fc__writer_output(w, items[0]->version, items[0]->output, &encoder, &info, err);

    if (st == FC_OK)
        st = fc__blocks_open(&m.blocks, &w->reader, items[0]->version, info, err);
    m.layout = &m.blocks.layout;
    m.row_bytes = fc__layout_row_bytes(m.layout);
    for (size_t i = 0; i < n && st == FC_OK; i += used) {
        st = merge_region(&m, items + i, n - i, &used, err);
        if (st == FC_OK && m.wave_bytes >= WAVE_BYTES)
            st = encode_wave(&m, err);
    }
    if (st == FC_OK)
        st = encode_wave(&m, err);
    for (size_t i = 0; i < m.n_jobs; i++)
        free(m.jobs[i].items);
    free_sources(&m);
    free(m.sources);
    free(m.jobs);
    free(m.region);
    fc__blocks_close(&m.blocks);
    return st;
}

fc_status fc__merge_items(fc_writer *w, fc_error *err)
{
    fc_batch *b = &w->batch;
    fc_status st = FC_OK;

    w->n_fresh = 0;
    if (b->n_items > 1)
        qsort(b->items, b->n_items, sizeof(fc_pending_item *), by_output_then_content);
    for (size_t i = 0, end; i < b->n_items && st == FC_OK; i = end) {
        for (end = i + 1; end < b->n_items && b->items[end]->version == b->items[i]->version &&
                          b->items[end]->output == b->items[i]->output;)
            end++;
        st = merge_output(w, b->items + i, end - i, err);
    }
    if (st == FC_OK && w->n_fresh > 0) {
        w->meta.unsealed_items += w->n_fresh;
        w->meta_dirty = true;
    }
    return st;
}
