/*
 * Garbage collection: everything of one encoder version; and contents that no sample row of any
 * data-set version points at, with their items.
 *
 * The first is one transaction, so that coverage and blocks go together. Items that no sample holds
 * count in no coverage: they go in as many transactions as memory asks for, each leaving a store
 * that is right.
 */
#include <stdlib.h>

#include "fc_alloc.h"
#include "fc_bytes.h"
#include "fc_maintain.h"
#include "fc_store_canary.h"

#define FLUSH_BYTES ((uint64_t)64 << 20)
#define FLUSH_ROWS  262144u

typedef struct gc {
    fc_store *store;
    fc_writer *w;
    bool dry;
    fc_gc_report *report;
    fc_version_id version; /* that goes; 0: none */
    uint8_t *held;         /* a bit a content number that a sample row points at */
    uint64_t n_contents;
    fc_block_view *view;
} gc;

static fc_status apply(gc *g, bool all, fc_error *err)
{
    fc_edits *e = &g->w->edits;

    if (g->dry) {
        fc__edits_clear(e);
        return FC_OK;
    }
    if (!all && e->bytes < FLUSH_BYTES && e->n < FLUSH_ROWS)
        return FC_OK;
    return fc__writer_apply(g->w, err);
}

static fc_status delete_row(gc *g, fc_table table, fc_span key, fc_error *err)
{
    fc_key k = {.n = key.n};

    memcpy(k.bytes, key.data, key.n);
    return fc__edits_delete(&g->w->edits, table, &k, err);
}

static fc_status look(gc *g, fc_span key, fc_span value, fc_error *err)
{
    const uint32_t seed = fc__key_crc(FC_TABLE_BLOCK, key.data, key.n);
    fc_error inner = FC_ERROR_INIT;
    const fc_status st = g->view == NULL
                             ? fc__block_view_create(&g->view, value.data, value.n, seed, &inner)
                             : fc__block_view_reset(g->view, value.data, value.n, seed, &inner);

    return st == FC_E_CORRUPT ? fc__corrupt(err, FC_TABLE_BLOCK, key, inner.message)
           : st != FC_OK      ? fc_error_set(err, st, "%s", inner.message)
                              : FC_OK;
}

static uint64_t items_in_view(const gc *g)
{
    const fc_block_entry *e = fc__block_entries(g->view);
    uint64_t n = 0;

    for (size_t i = 0; i < fc__block_n_items(g->view); i++)
        n += e[i].first_row == 0;
    return n;
}

/* ---- an encoder version ---- */

typedef fc_status (*row_fn)(gc *g, fc_span key, fc_span value, fc_error *err);

static fc_status each_row(gc *g, fc_table table, const fc_key *from, row_fn row, fc_error *err)
{
    fc_cursor c = FC_CURSOR_INIT;
    fc_span key, value;
    fc_status st = fc__cursor_open(&c, &g->w->reader, table, err);

    if (st == FC_OK)
        st = fc__cursor_seek(&c, from, &key, &value, err);
    while (st == FC_OK) {
        st = row(g, key, value, err);
        if (st == FC_OK)
            st = fc__cursor_next(&c, &key, &value, err);
    }
    fc__cursor_close(&c);
    return st == FC_E_NOT_FOUND ? FC_OK : st;
}

static fc_status version_block(gc *g, fc_span key, fc_span value, fc_error *err)
{
    fc_error ignored = FC_ERROR_INIT;

    if (key.n < 4 || fc_get_be32(key.data) != g->version)
        return FC_E_NOT_FOUND; /* behind the last of the version */
    /* A damaged block goes too; what it held is not counted. */
    if (look(g, key, value, &ignored) == FC_OK)
        g->report->n_items += items_in_view(g);
    g->report->n_bytes += value.n + 4;
    return delete_row(g, FC_TABLE_BLOCK, key, err);
}

static fc_status version_failure(gc *g, fc_span key, fc_span value, fc_error *err)
{
    uint32_t dataset;
    fc_version_id version;
    const uint8_t *hash;

    (void)value;
    return fc__key_failure_read(key, &dataset, &hash, &version) && version == g->version
               ? delete_row(g, FC_TABLE_FAILURE, key, err)
               : FC_OK;
}

static bool segment_is_of(fc_span key, fc_version_id version)
{
    return key.n >= 7 && fc_get_be32(key.data + key.n - 6) == version;
}

static fc_status version_segment(gc *g, fc_span key, fc_span value, fc_error *err)
{
    (void)value;
    return segment_is_of(key, g->version) ? delete_row(g, FC_TABLE_SEGMENT, key, err) : FC_OK;
}

/* Every version of every data set loses its entries. */
static fc_status drop_coverage(gc *g, fc_error *err)
{
    fc_known_dataset *ignored;
    fc_error not_found = FC_ERROR_INIT;
    fc_status st = FC_OK;

    /* No data set has number 0: asking for it loads the headers of all. */
    (void)fc__known_dataset_number(g->w, 0, &ignored, &not_found);
    if (!g->w->all_datasets)
        return fc_error_set(err, FC_E_CORRUPT, "%s", not_found.message);
    for (size_t i = 0; i < g->w->n_datasets && st == FC_OK; i++) {
        fc_known_dataset *d = g->w->datasets[i];

        st = fc__known_all_versions(g->w, d, err);
        for (size_t k = 0; k < d->n_versions && st == FC_OK; k++) {
            fc_version_record *v = &d->versions[k].record;
            size_t kept = 0;

            for (size_t e = 0; e < v->n_coverage; e++)
                if (v->coverage[e].version != g->version)
                    v->coverage[kept++] = v->coverage[e];
            d->versions[k].dirty = d->versions[k].dirty || kept != v->n_coverage;
            v->n_coverage = kept;
        }
    }
    return st;
}

static fc_status drop_canary(gc *g, fc_error *err)
{
    const fc_encoder_record *r = fc__writer_encoder_record(g->w, g->version);
    fc_key key;

    if (r == NULL || fc__artefact_is_none(&r->canary))
        return FC_OK;
    key = fc__key_head(r->canary.bytes);
    return fc__edits_delete(&g->w->edits, FC_TABLE_HEAD, &key, err);
}

static fc_status drop_version(gc *g, fc_error *err)
{
    const fc_key blocks = fc__key_block(g->version, 0, 0, 0), encoder = fc__key_encoder(g->version);
    const fc_key any = {.n = 1};
    fc_status st = each_row(g, FC_TABLE_BLOCK, &blocks, version_block, err);

    if (st == FC_OK)
        st = each_row(g, FC_TABLE_FAILURE, &any, version_failure, err);
    if (st == FC_OK)
        st = each_row(g, FC_TABLE_SEGMENT, &any, version_segment, err);
    if (st == FC_OK)
        st = drop_coverage(g, err);
    if (st == FC_OK)
        st = drop_canary(g, err);
    if (st == FC_OK)
        st = fc__edits_delete(&g->w->edits, FC_TABLE_ENCODER, &encoder, err);
    /* Sealed data has changed: whoever remembers answers by generation must ask again. */
    g->w->meta.generation++;
    g->w->meta_dirty = true;
    if (st == FC_OK)
        st = fc__known_write(g->w, err);
    g->report->n_versions = 1;
    return st == FC_OK ? apply(g, true, err) : st;
}

/* ---- contents that nothing points at ---- */

static bool is_held(const gc *g, uint64_t content)
{
    return content >= g->n_contents || fc__bit_get(g->held, content);
}

static fc_status mark_held(gc *g, fc_span key, fc_span value, fc_error *err)
{
    uint64_t content;
    uint32_t dataset, first;
    const uint8_t *hash;

    (void)value;
    if (!fc__key_holder_read(key, &content, &dataset, &hash, &first))
        return fc__corrupt(err, FC_TABLE_HOLDER, key, "the key has another layout");
    if (content < g->n_contents)
        fc__bit_set(g->held, content);
    return FC_OK;
}

static fc_status drop_content(gc *g, fc_span key, fc_span value, fc_error *err)
{
    if (value.n != 8)
        return fc__corrupt(err, FC_TABLE_CONTENT, key, "the row has another layout");
    if (is_held(g, fc_get_le64(value.data)))
        return FC_OK;
    g->report->n_contents++;
    return delete_row(g, FC_TABLE_CONTENT, key, err);
}

/* The items of the view that stay, as a block of their own. */
static fc_status rewrite(gc *g, fc_span key, size_t n_kept, size_t *bytes, fc_error *err)
{
    const fc_block_entry *e = fc__block_entries(g->view);
    const fc_item_layout *layout = fc__block_layout(g->view);
    const size_t row_bytes = fc__layout_row_bytes(layout);
    const uint64_t rows = fc__block_n_rows(g->view);
    fc_item *items = fc__alloc_array(n_kept, sizeof(*items));
    uint8_t *all = fc__alloc_array((size_t)rows, row_bytes);
    fc_buf value = FC_BUF_INIT;
    fc_quant_error sum;
    uint64_t kept_rows = 0;
    fc_key k;
    size_t n = 0;
    fc_status st = FC_OK;

    if (items == NULL || all == NULL)
        st = fc__nomem(err, (size_t)rows * row_bytes, "a block");
    if (st == FC_OK)
        st = fc__block_decode(g->w->codecs[0], g->view, 0, rows, all, err);
    for (size_t i = 0; st == FC_OK && i < fc__block_n_items(g->view); i++)
        if (is_held(g, e[i].content)) {
            items[n++] = (fc_item){.content = e[i].content,
                                   .n_rows = e[i].n_rows,
                                   .total_rows = e[i].total_rows,
                                   .bytes = all + e[i].row_offset * row_bytes,
                                   .time = e[i].time,
                                   .provenance = e[i].provenance};
            kept_rows += e[i].n_rows;
        }
    if (st == FC_OK) {
        sum = fc__error_share(fc__block_error(g->view), kept_rows, rows);
        k = fc__key_block(fc_get_be32(key.data), fc_get_be16(key.data + 4), items[0].content, 0);
        st = fc__block_encode(g->w->codecs[0], layout, items, n, &sum,
                              fc__key_crc(FC_TABLE_BLOCK, k.bytes, k.n), &value, err);
    }
    if (st == FC_OK)
        st = fc__row_seal(FC_TABLE_BLOCK, &k, &value, err);
    *bytes = value.size;
    if (st == FC_OK)
        st = fc__edits_put_owned(&g->w->edits, FC_TABLE_BLOCK, &k, &value, err);
    fc_buf_dispose(&value);
    free(items);
    free(all);
    return st;
}

static fc_status drop_items(gc *g, fc_span key, fc_span value, fc_error *err)
{
    const fc_block_entry *e;
    size_t n_kept = 0, bytes = 0, n;
    fc_status st;

    /* Of the version that goes: deleted already, or, in a dry run, counted already. */
    if (key.n < 4 || (g->version != 0 && fc_get_be32(key.data) == g->version))
        return FC_OK;
    st = look(g, key, value, err);
    if (st != FC_OK)
        return st;
    e = fc__block_entries(g->view);
    n = fc__block_n_items(g->view);
    for (size_t i = 0; i < n; i++) {
        if (is_held(g, e[i].content))
            n_kept++;
        else
            g->report->n_items += e[i].first_row == 0;
    }
    if (n_kept == n)
        return FC_OK;
    st = delete_row(g, FC_TABLE_BLOCK, key, err);
    if (st == FC_OK && n_kept > 0)
        st = rewrite(g, key, n_kept, &bytes, err);
    /* What is left of a block may compress worse, but never grows it by more than its header. */
    g->report->n_bytes += value.n + 4 > bytes ? value.n + 4 - bytes : 0;
    return st;
}

/* The walk over the blocks, stopped for each transaction that has grown large enough. */
static fc_status drop_blocks(gc *g, fc_error *err)
{
    fc_key at = {.n = 1};
    bool more = true;
    fc_status st = FC_OK;

    while (more && st == FC_OK) {
        fc_cursor c = FC_CURSOR_INIT;
        fc_span key, value;

        st = fc__writer_look(g->w, err);
        if (st == FC_OK)
            st = fc__cursor_open(&c, &g->w->reader, FC_TABLE_BLOCK, err);
        if (st == FC_OK)
            st = fc__cursor_seek(&c, &at, &key, &value, err);
        while (st == FC_OK && g->w->edits.bytes < FLUSH_BYTES && g->w->edits.n < FLUSH_ROWS) {
            st = drop_items(g, key, value, err);
            if (st == FC_OK)
                st = fc__cursor_next(&c, &key, &value, err);
        }
        more = st == FC_OK;
        if (more) {
            at.n = key.n;
            memcpy(at.bytes, key.data, key.n);
        }
        fc__cursor_close(&c);
        if (st == FC_OK || st == FC_E_NOT_FOUND)
            st = apply(g, true, err);
    }
    return st;
}

/* Whether a sample points at the content; one without a row goes, too. */
static fc_status content_held(gc *g, const fc_sha256 *content, bool *held, fc_error *err)
{
    uint64_t number;
    const fc_status st = fc__content_get(&g->w->reader, content, &number, err);

    *held = st == FC_OK && is_held(g, number);
    return st == FC_E_NOT_FOUND ? FC_OK : st;
}

/* A canary keeps bytes of samples: who removes the samples wants the bytes gone. */
static fc_status drop_canary_inputs(gc *g, fc_encoder_record *r, fc_error *err)
{
    fc_error inner = FC_ERROR_INIT;
    fc_canary c;
    fc_status st = fc__canary_get(&g->w->reader, r, &c, &inner);
    const size_t n = c.n_inputs;
    size_t kept = 0;

    if (st == FC_E_NOT_FOUND || st == FC_E_CORRUPT || st == FC_E_VERSION)
        return FC_OK;
    if (st != FC_OK)
        return fc_error_set(err, st, "%s", inner.message);
    for (size_t i = 0; i < n && st == FC_OK; i++) {
        bool held = true;

        st = content_held(g, &c.inputs[i].content, &held, err);
        if (held && kept != i) {
            c.inputs[kept] = c.inputs[i];
            c.inputs[i] = (fc_canary_input){.name = NULL};
        } else if (!held) {
            fc__canary_input_dispose(&c.inputs[i]);
        }
        kept += held;
    }
    c.n_inputs = kept;
    if (st == FC_OK && kept < n)
        st = fc__plan_canary(g->w, r, &c, err);
    fc__canary_dispose(&c);
    return st;
}

static fc_status drop_unheld(gc *g, fc_error *err)
{
    const fc_key any = {.n = 1};
    fc_status st = fc__writer_look(g->w, err);

    g->n_contents = g->w->meta.next_content;
    g->held = fc__alloc_array((size_t)(g->n_contents / 8 + 1), 1);
    if (g->held == NULL)
        return fc__nomem(err, (size_t)(g->n_contents / 8), "a map of contents");
    if (st == FC_OK)
        st = each_row(g, FC_TABLE_HOLDER, &any, mark_held, err);
    /* Items first: a content row may be missing for a time, an item of a content that has none not.
     */
    if (st == FC_OK)
        st = drop_blocks(g, err);
    if (st == FC_OK)
        st = fc__writer_look(g->w, err);
    if (st == FC_OK)
        st = each_row(g, FC_TABLE_CONTENT, &any, drop_content, err);
    for (size_t i = 0; i < g->w->n_encoders && st == FC_OK && !g->dry; i++)
        if (g->w->encoders[i].info.id != g->version)
            st = drop_canary_inputs(g, &g->w->encoders[i], err);
    return st == FC_OK ? apply(g, true, err) : st;
}

/* ---- */

/* What was live for the encoder version, for the caller to remove the files. */
static fc_status live_segments(gc *g, const char *encoder, char (**out)[33], size_t *n,
                               fc_error *err)
{
    const fc_encoder_info *info;
    fc_segment_row *rows = NULL;
    fc_snapshot *s;
    size_t capacity = 0, n_rows = 0;
    fc_status st = fc_snapshot_begin(&s, g->store, err);

    if (st != FC_OK)
        return st;
    st = fc_snapshot_find_encoder(s, encoder, &info, err);
    if (st == FC_OK)
        g->version = info->id;
    if (st == FC_OK)
        st = fc__snapshot_segment_rows(s, &rows, &n_rows, err);
    for (size_t i = 0; st == FC_OK && i < n_rows; i++) {
        const fc_live_segments *live = &rows[i].live;

        if (rows[i].version != g->version || live->n == 0)
            continue;
        st = fc__grow_array(out, &capacity, *n + live->n, sizeof(**out), err);
        if (st == FC_OK) {
            memcpy(*out + *n, live->hashes, live->n * sizeof(**out));
            *n += live->n;
        }
    }
    fc__segment_rows_free(rows, n_rows);
    fc_snapshot_end(s);
    return st;
}

fc_status fc__store_gc(fc_store *store, const char *encoder, bool dry_run, fc_gc_report *report,
                       char (**dropped)[33], size_t *n_dropped, fc_error *err)
{
    gc g = {.store = store, .dry = dry_run, .report = report};
    fc_status st;

    *report = (fc_gc_report){0};
    *dropped = NULL;
    *n_dropped = 0;
    /* The writer first: what is counted must not change before it goes. */
    st = fc__writer_open(&g.w, store, NULL, err);
    if (st == FC_OK && encoder != NULL)
        st = live_segments(&g, encoder, dropped, n_dropped, err);
    if (st == FC_OK)
        st = fc__writer_look(g.w, err);
    if (st == FC_OK && g.version != 0)
        st = drop_version(&g, err);
    if (st == FC_OK)
        st = drop_unheld(&g, err);
    fc__block_view_destroy(g.view);
    free(g.held);
    fc__writer_close(g.w);
    return st;
}
