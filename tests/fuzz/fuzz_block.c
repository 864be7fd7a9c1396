/*
 * Blocks from outside, with checksums put right so that everything behind them is reached: no
 * overread, no abort, and what opens and decodes must survive being written and read again.
 */
#include <stdlib.h>
#include <string.h>

#include "codec/block_reseal.h"

#define SEED    0x0badf00du
#define RAW_MAX (4u * 1024u * 1024u) /* larger ones only cost time */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A promise broken must end the run, in every build. */
static void must(bool holds)
{
    if (!holds)
        abort();
}

static void write_again(fc_codec *c, const fc_block_view *v, const uint8_t *rows)
{
    const size_t n = fc__block_n_items(v), row_bytes = fc__layout_row_bytes(fc__block_layout(v));
    const fc_block_entry *entries = fc__block_entries(v);
    fc_item *items = calloc(n, sizeof(*items));
    uint8_t *again = malloc((size_t)fc__block_raw_bytes(v) + 1);
    fc_block_view *copy = NULL;
    fc_buf out = FC_BUF_INIT;

    must(items != NULL && again != NULL);
    for (size_t i = 0; i < n; i++)
        items[i] = (fc_item){.content = entries[i].content,
                             .n_rows = entries[i].n_rows,
                             .first_row = entries[i].first_row,
                             .total_rows = entries[i].total_rows,
                             .bytes = rows + entries[i].row_offset * row_bytes,
                             .time = entries[i].time,
                             .provenance = entries[i].provenance};
    must(fc__block_encode(c, fc__block_layout(v), items, n, fc__block_error(v), SEED, &out, NULL) ==
         FC_OK);
    must(fc__block_view_create(&copy, out.data, out.size, SEED, NULL) == FC_OK);
    must(fc__block_raw_bytes(copy) == fc__block_raw_bytes(v));
    must(fc__block_decode(c, copy, 0, fc__block_n_rows(v), again, NULL) == FC_OK);
    must(memcmp(again, rows, (size_t)fc__block_raw_bytes(v)) == 0);
    fc__block_view_destroy(copy);
    fc_buf_dispose(&out);
    free(again);
    free(items);
}

static void read_rows(fc_codec *c, const fc_block_view *v)
{
    const uint64_t n = fc__block_n_rows(v);
    uint8_t *rows = malloc((size_t)fc__block_raw_bytes(v) + 1);
    float *values = malloc((size_t)n * fc__layout_row_elements(fc__block_layout(v)) * 4 + 4);
    fc_status st;

    must(rows != NULL && values != NULL);
    st = fc__block_decode(c, v, 0, n, rows, NULL);
    must(fc__block_check(c, v, NULL) == st);
    if (st == FC_OK) {
        must(fc__block_decode_f32(c, v, n / 3, n - n / 3, values, NULL) == FC_OK);
        write_again(c, v, rows);
    }
    free(values);
    free(rows);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static fc_codec *codec; /* its scratch is reused, as a store does */
    uint8_t *block = malloc(size + (size == 0));
    fc_block_view *v = NULL;
    fc_error err = FC_ERROR_INIT;

    if (codec == NULL)
        must(fc__codec_create(&codec, NULL) == FC_OK);
    must(block != NULL);
    if (size > 0)
        memcpy(block, data, size);
    reseal(block, size, SEED);
    if (fc__block_view_create(&v, block, size, SEED, &err) == FC_OK) {
        for (size_t i = 0; i < fc__block_n_items(v) && i < 64; i++)
            must(fc__block_find(v, fc__block_entries(v)[i].content) == &fc__block_entries(v)[i]);
        if (fc__block_raw_bytes(v) <= RAW_MAX)
            read_rows(codec, v);
    } else {
        must(err.message[0] != '\0');
    }
    fc__block_view_destroy(v);
    free(block);
    return 0;
}
