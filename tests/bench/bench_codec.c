/*
 * What the codec saves and how fast it is, for each precision: ratio against raw, the order-0 limit
 * of the same data by fields (zero mask, sign, exponent, mantissa bytes), encode and decode rates
 * on one core with checksums, and the latency of one random row with everything warm.
 *
 *     bench_codec [--seconds S] [FILE.npy ...]
 *
 * Axis 0 of a .npy file of floats counts items. Without files: seeded unit Gaussian rows, ReLU
 * rows with half zeros, and maps.
 */
#include "fc_alloc.h"

#include "bench_data.h"
#include "bench_order0.h"

#define SEED        0x12345678u
#define DEFAULT_S   0.5
#define RANDOM_ROWS 4096

/* A data set in one precision, as blocks. */
typedef struct blocks {
    fc_item_layout layout;
    fc_buf stored;
    size_t rows_per_item, items_per_block, raw_bytes;
    fc_buf *encoded;
    fc_block_view **views;
    size_t n, encoded_bytes;
} blocks;

static void quantise(const bench_data *d, fc_dtype dtype, blocks *b, fc_quant_error *e)
{
    fc_error err = FC_ERROR_INIT;
    size_t item_bytes;

    *b =
        (blocks){.layout = bench_layout(d, dtype), .rows_per_item = (size_t)bench_rows_per_item(d)};
    bench_need(fc__item_quantise(&b->layout, d->values.data, bench_items(d) * b->rows_per_item,
                                 &b->stored, e, &err),
               "quantise", &err);
    b->raw_bytes = b->stored.size;
    item_bytes = b->rows_per_item * fc__layout_row_bytes(&b->layout);
    b->items_per_block = item_bytes < FC_BLOCK_RAW_BYTES ? FC_BLOCK_RAW_BYTES / item_bytes : 1;
    b->n = (bench_items(d) + b->items_per_block - 1) / b->items_per_block;
    b->encoded = fc__alloc_array(b->n, sizeof(b->encoded[0]));
    b->views = fc__alloc_array(b->n, sizeof(b->views[0]));
}

static void encode_all(fc_codec *c, const bench_data *d, blocks *b)
{
    const size_t item_bytes = b->rows_per_item * fc__layout_row_bytes(&b->layout);
    fc_item *items = fc__alloc_array(b->items_per_block, sizeof(*items));
    fc_error err = FC_ERROR_INIT;

    b->encoded_bytes = 0;
    for (size_t k = 0; k < b->n; k++) {
        const size_t first = k * b->items_per_block;
        size_t n = bench_items(d) - first;

        n = n < b->items_per_block ? n : b->items_per_block;
        for (size_t i = 0; i < n; i++)
            items[i] = (fc_item){.content = first + i,
                                 .n_rows = b->rows_per_item,
                                 .total_rows = b->rows_per_item,
                                 .bytes = b->stored.data + (first + i) * item_bytes,
                                 .provenance = 1};
        fc_buf_clear(&b->encoded[k]);
        bench_need(fc__block_encode(c, &b->layout, items, n, NULL, SEED, &b->encoded[k], &err),
                   "encode", &err);
        b->encoded_bytes += b->encoded[k].size;
    }
    free(items);
}

/* In order, as a scan of the store does it: header, checksums, all rows. Stored form, or f32. */
static void decode_all(fc_codec *c, blocks *b, void *out, bool f32)
{
    fc_error err = FC_ERROR_INIT;

    for (size_t k = 0; k < b->n; k++) {
        bench_need(
            fc__block_view_reset(b->views[k], b->encoded[k].data, b->encoded[k].size, SEED, &err),
            "header", &err);
        bench_need(
            f32 ? fc__block_decode_f32(c, b->views[k], 0, fc__block_n_rows(b->views[k]), out, &err)
                : fc__block_decode(c, b->views[k], 0, fc__block_n_rows(b->views[k]), out, &err),
            "decode", &err);
    }
}

/* One row of a random item, header parsed each time; microseconds a row. */
static double random_rows(fc_codec *c, blocks *b, const bench_data *d, float *out)
{
    fc_rng rng = fc__rng_seed(99);
    fc_error err = FC_ERROR_INIT;
    const double start = bench_cpu();

    for (size_t i = 0; i < RANDOM_ROWS; i++) {
        const uint64_t content = fc__rng_below(&rng, bench_items(d));
        const size_t k = (size_t)content / b->items_per_block;
        const fc_block_entry *e;

        bench_need(
            fc__block_view_reset(b->views[k], b->encoded[k].data, b->encoded[k].size, SEED, &err),
            "header", &err);
        e = fc__block_find(b->views[k], content);
        bench_need(fc__block_decode_f32(c, b->views[k],
                                        e->row_offset + fc__rng_below(&rng, b->rows_per_item), 1,
                                        out, &err),
                   "row", &err);
    }
    return (bench_cpu() - start) * 1e6 / RANDOM_ROWS;
}

static void verify(fc_codec *c, blocks *b)
{
    uint8_t *out = malloc(b->raw_bytes);
    size_t at = 0;
    fc_error err = FC_ERROR_INIT;

    for (size_t k = 0; k < b->n; k++) {
        bench_need(
            fc__block_view_create(&b->views[k], b->encoded[k].data, b->encoded[k].size, SEED, &err),
            "header", &err);
        bench_need(
            fc__block_decode(c, b->views[k], 0, fc__block_n_rows(b->views[k]), out + at, &err),
            "decode", &err);
        at += (size_t)fc__block_raw_bytes(b->views[k]);
    }
    if (at != b->raw_bytes || memcmp(out, b->stored.data, at) != 0)
        bench_die("decoded bytes differ from what was encoded", NULL);
    free(out);
}

static void measure(fc_codec *c, const bench_data *d, fc_dtype dtype, double seconds)
{
    char name[FC_TRANSFORM_NAME_BYTES];
    blocks b;
    fc_quant_error e = {0};
    void *out;
    double limit, rates[3], us;

    quantise(d, dtype, &b, &e);
    encode_all(c, d, &b);
    verify(c, &b);
    out = malloc(FC_BLOCK_RAW_MAX * sizeof(float) / fc_dtype_size(dtype));
    if (out == NULL)
        bench_die("no memory", NULL);
    for (int what = 0; what < 3; what++) {
        const double start = bench_cpu();
        double spent = 0;
        size_t rounds = 0;

        for (; spent < seconds; rounds++, spent = bench_cpu() - start) {
            if (what == 0)
                encode_all(c, d, &b);
            else
                decode_all(c, &b, out, what == 2);
        }
        rates[what] = (double)rounds * (double)b.raw_bytes / spent * 1e-6;
    }
    (void)random_rows(c, &b, d, out);
    us = random_rows(c, &b, d, out);
    limit = order0_limit(&b.layout, b.stored.data, b.stored.size);
    fc__block_transform_name(b.views[0], name);
    printf("%-18s %-5s %7.3f %7.3f %7.2f %8.0f %8.0f %8.0f %7.1f  %8.1e  %s\n", d->name,
           fc_dtype_name(dtype), (double)b.raw_bytes / (double)b.encoded_bytes,
           (double)b.raw_bytes / limit, 100.0 * limit / (double)b.encoded_bytes, rates[0], rates[1],
           rates[2], us, fc__quant_relative_rms(&e), name);
    fflush(stdout);
    for (size_t k = 0; k < b.n; k++) {
        fc__block_view_destroy(b.views[k]);
        fc_buf_dispose(&b.encoded[k]);
    }
    free(b.views);
    free(b.encoded);
    free(out);
    fc_buf_dispose(&b.stored);
}

static void measure_all(fc_codec *c, bench_data d, double seconds)
{
    static const fc_dtype dtypes[] = {FC_F32, FC_F16, FC_BF16, FC_I8};

    for (size_t t = 0; t < sizeof(dtypes) / sizeof(dtypes[0]); t++)
        measure(c, &d, dtypes[t], seconds);
    fc_tensor_dispose(&d.values);
}

int main(int argc, char **argv)
{
    fc_error err = FC_ERROR_INIT;
    double seconds = DEFAULT_S;
    fc_codec *c = NULL;
    int first = 1;

    if (argc > 2 && strcmp(argv[1], "--seconds") == 0) {
        seconds = strtod(argv[2], NULL);
        first = 3;
    }
    bench_need(fc__codec_create(&c, &err), "codec", &err);
    printf("simd %s, one core; MB/s of raw bytes in CPU time, header and checksums included\n",
           fc__simd_name());
    printf("%-18s %-5s %7s %7s %7s %8s %8s %8s %7s  %8s  %s\n", "data", "dtype", "ratio", "limit",
           "% of", "encode", "decode", "to f32", "row us", "rel rms", "transform");
    for (int i = first; i < argc; i++)
        measure_all(c, bench_read(argv[i]), seconds);
    for (int k = 0; first >= argc && k < BENCH_KINDS; k++)
        measure_all(c, bench_make((bench_kind)k, 1), seconds);
    fc__codec_destroy(c);
    return 0;
}
