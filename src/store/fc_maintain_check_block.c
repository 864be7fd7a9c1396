/*
 * Verify: blocks. Checksum of the whole value, header, layout against the output's, directory
 * against the key, ranges that do not overlap, chunks that follow one another; what a damaged block
 * costs is found out item by item.
 */
#include <stdio.h>
#include <stdlib.h>

#include "fc_alloc.h"
#include "fc_maintain_check.h"

fc_status fc__check_bad_output(fc_check *c, fc_version_id version, fc_output_id output,
                               fc_error *err)
{
    fc_status st;

    if (fc__check_is_bad(c, version, output))
        return FC_OK;
    st = fc__grow_array(&c->bad, &c->bad_capacity, c->n_bad + 1, sizeof(*c->bad), err);
    if (st == FC_OK)
        c->bad[c->n_bad++] = (fc_check_output){version, output};
    return st;
}

bool fc__check_is_bad(const fc_check *c, fc_version_id version, fc_output_id output)
{
    for (size_t i = 0; i < c->n_bad; i++)
        if (c->bad[i].version == version && c->bad[i].output == output)
            return true;
    return false;
}

typedef struct block {
    fc_span key;
    fc_version_id version;
    fc_output_id output;
    uint64_t content;
    uint32_t chunk;
    const fc_encoder_record *encoder; /* NULL: missing */
    const fc_output_info *info;
} block;

static fc_status damaged(fc_check *c, const block *b, uint64_t first, uint64_t last,
                         const char *reason, bool more, fc_error *err)
{
    const fc_hit_range r = {.version = b->version,
                            .output = b->output,
                            .modality =
                                b->encoder != NULL ? b->encoder->info.modality : FC_MODALITY_NONE,
                            .first = first,
                            .last = last,
                            .more = more};
    char where[FC_KEY_TEXT_BYTES];
    const fc_status st = fc__check_bad_output(c, b->version, b->output, err);

    return st == FC_OK ? fc__damage_range(&c->damages, &r,
                                          fc__key_text(FC_TABLE_BLOCK, b->key, where), reason, err)
                       : st;
}

/* The header holds: which items cannot be decoded? */
static fc_status damaged_items(fc_check *c, const block *b, const char *reason, fc_error *err)
{
    const fc_block_entry *e = fc__block_entries(c->view);
    const size_t row_bytes = fc__layout_row_bytes(fc__block_layout(c->view));
    uint8_t *out = malloc((size_t)fc__block_raw_bytes(c->view) + row_bytes + 1);
    size_t n = 0;
    fc_status st = FC_OK;

    if (out == NULL)
        return fc__nomem(err, (size_t)fc__block_raw_bytes(c->view), "a block");
    for (size_t i = 0; i < fc__block_n_items(c->view) && st == FC_OK; i++) {
        fc_error ignored = FC_ERROR_INIT;

        if (fc__block_decode(c->codec, c->view, e[i].row_offset, e[i].n_rows, out, &ignored) !=
            FC_OK)
            st = damaged(c, b, e[i].content, e[i].content, reason, n++ > 0, err);
    }
    free(out);
    if (st == FC_OK && n == 0) {
        fc__check_row(c, FC_TABLE_BLOCK, b->key,
                      "checksum mismatch, though every item in it can be read");
        st = fc__check_bad_output(c, b->version, b->output, err);
    }
    return st;
}

static const char *directory_fault(const fc_check *c, const block *b)
{
    const fc_block_entry *e = fc__block_entries(c->view);
    const size_t n = fc__block_n_items(c->view);
    const bool follows =
        c->block.any && c->block.version == b->version && c->block.output == b->output;

    if (n == 0 || e[0].content != b->content)
        return "its directory does not fit its key";
    if (b->chunk > 0) {
        if (!follows || c->block.first != b->content || c->block.chunk + 1 != b->chunk)
            return "the chunk before is missing";
        return n == 1 && e[0].first_row == c->block.done && e[0].total_rows == c->block.total &&
                       e[0].n_rows > 0 && e[0].n_rows <= e[0].total_rows - e[0].first_row
                   ? NULL
                   : "its rows do not follow those of the chunk before";
    }
    if (follows && c->block.last >= b->content)
        return "it overlaps the block before";
    for (size_t i = 0; i < n; i++) {
        if (e[i].first_row != 0 || (n > 1 && e[i].n_rows != e[i].total_rows) ||
            e[i].n_rows > e[i].total_rows)
            return "its directory does not fit its key";
        if (c->has_meta && e[i].content >= c->meta.next_content)
            return "it has an item of a content whose number has not been given out yet";
        if (c->sound && c->contents != NULL && e[i].content < c->n_contents &&
            !fc__bit_get(c->contents, e[i].content))
            return "it has an item of a content that has no row";
        if (b->encoder != NULL && e[i].provenance >= b->encoder->info.n_provenances)
            return "an item's provenance is missing from the encoder's list";
    }
    return NULL;
}

static const char *owner_fault(const fc_check *c, const block *b)
{
    fc_item_layout layout;

    if (b->encoder == NULL)
        return "its encoder version is missing";
    if (b->info == NULL)
        return "its encoder version has no such output";
    if (!fc__output_layout(b->info, &layout) ||
        !fc__layout_equal(&layout, fc__block_layout(c->view)))
        return "precision or shape are not those of the output";
    return NULL;
}

/* All chunks of the item that the blocks before belong to must have come. */
static fc_status finish_item(fc_check *c, const block *next, fc_error *err)
{
    const fc_key key = c->block.key;
    const bool goes_on = next != NULL && next->version == c->block.version &&
                         next->output == c->block.output && next->content == c->block.first &&
                         next->chunk > 0;
    block b = {.key = fc__key_span(&key),
               .version = c->block.version,
               .output = c->block.output,
               .encoder = fc__check_encoder(c, c->block.version)};

    if (!c->block.any || goes_on || c->block.done >= c->block.total)
        return FC_OK;
    c->block.done = c->block.total;
    return damaged(c, &b, c->block.first, c->block.first, "chunks of its item are missing", false,
                   err);
}

static void remember(fc_check *c, const block *b, bool parsed)
{
    const fc_block_entry *e = parsed ? fc__block_entries(c->view) : NULL;
    const size_t n = parsed ? fc__block_n_items(c->view) : 0;

    c->block.any = true;
    c->block.version = b->version;
    c->block.output = b->output;
    c->block.first = b->content;
    c->block.last = n > 0 ? e[n - 1].content : b->content;
    c->block.chunk = b->chunk;
    /* Behind a chunk that cannot be parsed nothing is known of the rest, which is damaged anyway.
     */
    c->block.done = n > 0 ? e[0].first_row + e[0].n_rows : 0;
    c->block.total = n == 1 ? e[0].total_rows : c->block.done;
    c->block.key.n = b->key.n;
    memcpy(c->block.key.bytes, b->key.data, b->key.n);
}

/* The header cannot be parsed: all contents up to the next block may have been in it. Where that is
 * shows when it comes by. */
static fc_status damaged_header(fc_check *c, const block *b, const char *reason, fc_error *err)
{
    const uint64_t last = b->chunk > 0 ? b->content : UINT64_MAX;
    const fc_status st = damaged(c, b, b->content, last, reason, false, err);

    c->open_range = st == FC_OK && b->chunk == 0 ? c->damages.n_ranges : 0;
    return st;
}

static void close_range(fc_check *c, const block *next)
{
    fc_hit_range *r = c->open_range > 0 ? &c->damages.ranges[c->open_range - 1] : NULL;

    if (r != NULL && r->version == next->version && r->output == next->output)
        r->last = next->content > r->first ? next->content - 1 : r->first;
    c->open_range = 0;
}

static fc_status check_parsed(fc_check *c, const block *b, bool intact, fc_error *err)
{
    const char *fault = owner_fault(c, b);
    fc_error inner = FC_ERROR_INIT;
    fc_status st;

    if (fault == NULL)
        fault = directory_fault(c, b);
    if (fault != NULL) {
        const size_t n = fc__block_n_items(c->view);

        return damaged(c, b, b->content,
                       n > 0 ? fc__block_entries(c->view)[n - 1].content : b->content, fault, false,
                       err);
    }
    c->report->n_items += b->chunk == 0 ? fc__block_n_items(c->view) : 0;
    if (!intact)
        return damaged_items(c, b, "checksum mismatch", err);
    if (!c->full)
        return FC_OK;
    st = fc__block_check(c->codec, c->view, &inner);
    if (st == FC_E_CORRUPT)
        return damaged_items(c, b, inner.message, err);
    return st == FC_OK ? FC_OK : fc_error_set(err, st, "%s", inner.message);
}

fc_status fc__check_block_row(fc_check *c, fc_span key, fc_span value, fc_error *err)
{
    const bool intact = fc__row_intact(FC_TABLE_BLOCK, key, value);
    const fc_span body = fc__row_body(value);
    fc_error inner = FC_ERROR_INIT;
    block b = {.key = key};
    fc_status st;

    if (!fc__key_block_read(key, &b.version, &b.output, &b.content, &b.chunk)) {
        fc__check_row(c, FC_TABLE_BLOCK, key, "the key has another layout");
        return FC_OK;
    }
    c->report->n_blocks++;
    b.encoder = fc__check_encoder(c, b.version);
    b.info = b.encoder != NULL ? fc__encoder_output(&b.encoder->info, b.output) : NULL;
    close_range(c, &b);
    st = finish_item(c, &b, err);
    if (st != FC_OK)
        return st;
    st = c->view == NULL
             ? fc__block_view_create(&c->view, body.data, body.n,
                                     fc__key_crc(FC_TABLE_BLOCK, key.data, key.n), &inner)
             : fc__block_view_reset(c->view, body.data, body.n,
                                    fc__key_crc(FC_TABLE_BLOCK, key.data, key.n), &inner);
    if (st == FC_E_NOMEM)
        return fc_error_set(err, st, "%s", inner.message);
    if (st != FC_OK) {
        st = damaged_header(c, &b, intact ? inner.message : "checksum mismatch, in its header too",
                            err);
        remember(c, &b, false);
        return st;
    }
    st = check_parsed(c, &b, intact, err);
    remember(c, &b, true);
    return st;
}

fc_status fc__check_block_end(fc_check *c, fc_error *err)
{
    return finish_item(c, NULL, err);
}
