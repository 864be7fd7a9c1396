/*
 * What the codec's tests share: items of seeded data, encoding them, and comparing what a block
 * gives back with what went in.
 */
#ifndef FC_CODEC_FIXTURE_H
#define FC_CODEC_FIXTURE_H

#include "fc_test.h"

#include <math.h>

#include "block_reseal.h"
#include "column_code.h"
#include "fc_bytes.h"
#include "fc_hash.h"
#include "fc_rng.h"

#define TEST_SEED 0x5eed1234u

typedef enum fill {
    FILL_GAUSSIAN, /* dense features */
    FILL_RELU,     /* zero about half the time */
    FILL_SPARSE,   /* nearly all zero */
    FILL_REPEAT,   /* the same few elements again and again */
    FILL_CONSTANT, /* one value */
    FILL_LEAN,     /* dense, each of 384 dimensions mostly of one sign */
    FILL_DRIFT,    /* columns of their own scale, whose sign holds for a while */
    FILL_NOISE,    /* random bits: nothing to save */
    N_FILLS
} fill;

/* Items, their rows in one array, and the layout they share. */
typedef struct batch {
    fc_item_layout layout;
    fc_item *items;
    size_t n_items;
    size_t n_rows;
    uint8_t *rows;
    size_t bytes;
} batch;

static inline fc_item_layout layout_of(fc_dtype dtype, uint32_t item_rank, uint64_t a, uint64_t b,
                                       uint64_t c)
{
    fc_item_layout l = {.dtype = dtype,
                        .item_rank = item_rank,
                        .row_rank = item_rank == 1 ? 1 : item_rank - 1,
                        .row_shape = {a, b, c, 0}};

    return l;
}

/* Element i of a fill, as f32. */
static inline float fill_value(fill kind, fc_rng *rng, size_t i)
{
    const float x = (float)fc__rng_normal(rng);

    switch (kind) {
    case FILL_RELU:
        return x > 0 ? x : 0.0f;
    case FILL_SPARSE:
        return x > 2.3f ? x : 0.0f;
    case FILL_REPEAT:
        return (float)((i * i) % 7) * 0.37f - 1.0f;
    case FILL_LEAN:
        return fabsf(x) * (fc__rng_below(rng, 7) == 0 ? -1.0f : 1.0f) *
               ((i % 384 * 2654435761u) & 0x800 ? -1.0f : 1.0f);
    case FILL_DRIFT:
        return fabsf(x) * (float)(1 << (i % 5)) * ((i / 30011 + i % 7) & 1 ? -1.0f : 1.0f);
    case FILL_CONSTANT:
        return 0.731f;
    default:
        return x;
    }
}

/* Stored bytes of `n` rows. Noise is random bits, NaNs and all. */
static inline void fill_rows(const fc_item_layout *layout, fill kind, uint64_t seed, size_t n,
                             uint8_t *out)
{
    const size_t d = fc__layout_row_elements(layout), bytes = n * fc__layout_row_bytes(layout);
    fc_rng rng = fc__rng_seed(seed);
    fc_buf stored = FC_BUF_INIT;
    fc_error err = FC_ERROR_INIT;
    float *x;

    if (kind == FILL_NOISE) {
        for (size_t i = 0; i < bytes; i++)
            out[i] = (uint8_t)fc__rng_u64(&rng);
        return;
    }
    x = malloc(n * d * sizeof(*x) + 1);
    assert_non_null(x);
    for (size_t i = 0; i < n * d; i++)
        x[i] = fill_value(kind, &rng, i);
    assert_status(FC_OK, fc__item_quantise(layout, x, n, &stored, NULL, &err), &err);
    assert_int_equal(stored.size, bytes);
    if (bytes > 0)
        memcpy(out, stored.data, bytes);
    fc_buf_dispose(&stored);
    free(x);
}

/* n_items items; item i has rows_of[i % n_rows_of] rows. Content numbers have gaps. */
static inline batch make_batch(fc_item_layout layout, fill kind, size_t n_items,
                               const size_t *rows_of, size_t n_rows_of)
{
    batch b = {.layout = layout, .n_items = n_items};
    const size_t row_bytes = fc__layout_row_bytes(&layout);
    size_t row = 0;

    for (size_t i = 0; i < n_items; i++)
        b.n_rows += rows_of[i % n_rows_of];
    b.bytes = b.n_rows * row_bytes;
    b.rows = malloc(b.bytes + 1);
    b.items = calloc(n_items, sizeof(b.items[0]));
    assert_non_null(b.rows);
    assert_non_null(b.items);
    fill_rows(&layout, kind, 7, b.n_rows, b.rows);
    for (size_t i = 0; i < n_items; i++) {
        b.items[i].content = 1000 + i + i / 3;
        b.items[i].n_rows = b.items[i].total_rows = rows_of[i % n_rows_of];
        b.items[i].bytes = b.rows + row * row_bytes;
        b.items[i].provenance = 1;
        row += rows_of[i % n_rows_of];
    }
    return b;
}

static inline void free_batch(batch *b)
{
    free(b->items);
    free(b->rows);
}

static inline fc_codec *make_codec(void)
{
    fc_codec *c = NULL;
    fc_error err = FC_ERROR_INIT;

    assert_status(FC_OK, fc__codec_create(&c, &err), &err);
    return c;
}

/* The block of `b`, in memory of its exact size. */
static inline fc_buf encode_batch(fc_codec *c, const batch *b)
{
    fc_buf grown = FC_BUF_INIT, out = FC_BUF_INIT;
    fc_error err = FC_ERROR_INIT;

    assert_status(
        FC_OK, fc__block_encode(c, &b->layout, b->items, b->n_items, NULL, TEST_SEED, &grown, &err),
        &err);
    out.data = malloc(grown.size);
    assert_non_null(out.data);
    memcpy(out.data, grown.data, grown.size);
    out.size = out.capacity = grown.size;
    fc_buf_dispose(&grown);
    return out;
}

static inline fc_block_view *open_block(const fc_buf *block)
{
    fc_block_view *v = NULL;
    fc_error err = FC_ERROR_INIT;

    assert_status(FC_OK, fc__block_view_create(&v, block->data, block->size, TEST_SEED, &err),
                  &err);
    return v;
}

/* The names of its transforms; valid until the next call. */
static inline const char *block_name(const fc_block_view *v)
{
    static char name[FC_TRANSFORM_NAME_BYTES];

    fc__block_transform_name(v, name);
    return name;
}

/* Every entry and every byte of the block are those of `b`. */
static inline void assert_holds(fc_codec *c, const fc_block_view *v, const batch *b)
{
    const size_t row_bytes = fc__layout_row_bytes(&b->layout);
    uint8_t *rows = malloc(b->bytes + 1);
    fc_error err = FC_ERROR_INIT;
    size_t row = 0;

    assert_non_null(rows);
    assert_int_equal(fc__block_n_items(v), b->n_items);
    assert_int_equal(fc__block_n_rows(v), b->n_rows);
    assert_int_equal(fc__block_raw_bytes(v), b->bytes);
    assert_int_equal(fc__block_layout(v)->dtype, b->layout.dtype);
    assert_int_equal(fc__block_layout(v)->item_rank, b->layout.item_rank);
    assert_int_equal(fc__block_layout(v)->row_rank, b->layout.row_rank);
    assert_memory_equal(fc__block_layout(v)->row_shape, b->layout.row_shape,
                        sizeof(b->layout.row_shape));
    for (size_t i = 0; i < b->n_items; i++) {
        const fc_block_entry *e = &fc__block_entries(v)[i];

        assert_int_equal(e->content, b->items[i].content);
        assert_int_equal(e->n_rows, b->items[i].n_rows);
        assert_int_equal(e->row_offset, row);
        assert_int_equal(e->first_row, b->items[i].first_row);
        assert_int_equal(e->total_rows, b->items[i].total_rows);
        assert_int_equal(e->provenance, b->items[i].provenance);
        row += (size_t)b->items[i].n_rows;
    }
    assert_status(FC_OK, fc__block_decode(c, v, 0, b->n_rows, rows, &err), &err);
    assert_memory_equal(rows, b->rows, b->n_rows * row_bytes);
    assert_status(FC_OK, fc__block_check(c, v, &err), &err);
    free(rows);
}

#endif /* FC_CODEC_FIXTURE_H */
