/*
 * What the codec saves and how fast it is, for each precision: ratio against raw, the order-0 limit
 * of the same data by fields (zero mask, sign, exponent, mantissa bytes), encode and decode rates
 * on one core with checksums, and the latency of one random row with everything warm.
 *
 *     bench_codec [--seconds S] [FILE.npy ...]
 *
 * A .npy file is f32, C order; axis 0 counts items. Without files: seeded unit Gaussian rows, ReLU
 * rows with half zeros, and maps.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "fc_alloc.h"
#include "fc_codec.h"
#include "fc_rng.h"
#include "fc_vec.h"

#define SEED        0x12345678u
#define DEFAULT_S   0.5
#define RANDOM_ROWS 4096

/* One data set as f32 items, all of one shape. */
typedef struct data {
    const char *name;
    float *values;
    uint32_t rank; /* of an item */
    uint64_t shape[FC_MAX_RANK];
    size_t n_items;
} data;

/* A data set in one precision, as blocks. */
typedef struct blocks {
    fc_item_layout layout;
    fc_buf stored;
    size_t rows_per_item, items_per_block, raw_bytes;
    fc_buf *encoded;
    fc_block_view **views;
    size_t n, encoded_bytes;
} blocks;

static void die(const char *what, const fc_error *err)
{
    fprintf(stderr, "bench_codec: %s%s%s\n", what, err != NULL ? ": " : "",
            err != NULL ? err->message : "");
    exit(1);
}

/* Time on the processor: what one core does, also when others use the machine. */
static uint64_t cpu_ns(void)
{
    struct timespec t;

    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (uint64_t)t.tv_sec * UINT64_C(1000000000) + (uint64_t)t.tv_nsec;
}

static void need(fc_status st, const char *what, const fc_error *err)
{
    if (st != FC_OK)
        die(what, err);
}

static size_t item_elements(const data *d)
{
    size_t n = 1;

    for (uint32_t i = 0; i < d->rank; i++)
        n *= (size_t)d->shape[i];
    return n;
}

/* The header of a .npy file, version 1 or 2; only what numpy.save writes for f32 in C order. */
static data read_npy(const char *path)
{
    data d = {.name = strrchr(path, '/') != NULL ? strrchr(path, '/') + 1 : path};
    FILE *f = fopen(path, "rb");
    unsigned char lead[12];
    char header[4096], *at;
    size_t length, n;

    if (f == NULL || fread(lead, 1, 10, f) != 10 || memcmp(lead, "\x93NUMPY", 6) != 0)
        die(path, &(fc_error){.message = "not a .npy file that can be read"});
    length = (size_t)lead[8] | (size_t)lead[9] << 8;
    if (lead[6] != 1 || length >= sizeof(header) || fread(header, 1, length, f) != length)
        die(path, &(fc_error){.message = "not version 1 of .npy"});
    header[length] = '\0';
    at = strstr(header, "'shape': (");
    if (strstr(header, "'<f4'") == NULL || strstr(header, "'fortran_order': False") == NULL ||
        at == NULL)
        die(path, &(fc_error){.message = "not f32 in C order"});
    at += strlen("'shape': (");
    d.n_items = strtoull(at, &at, 10);
    while (*at == ',' && d.rank < FC_MAX_RANK) {
        const uint64_t axis = strtoull(at + 1, &at, 10);

        if (axis > 0)
            d.shape[d.rank++] = axis;
    }
    n = d.n_items * item_elements(&d);
    d.values = malloc(n * sizeof(float));
    if (d.rank == 0 || d.values == NULL || fread(d.values, sizeof(float), n, f) != n)
        die(path, &(fc_error){.message = "its data cannot be read"});
    fclose(f);
    return d;
}

typedef enum synthetic { DENSE, RELU, MAPS } synthetic;

static data make_data(synthetic kind)
{
    static const char *const names[] = {"gaussian 384", "relu 1280", "maps 14x14x112"};
    static const data shapes[] = {
        {.rank = 1, .shape = {384}, .n_items = 8192},
        {.rank = 1, .shape = {1280}, .n_items = 2048},
        {.rank = 3, .shape = {14, 14, 112}, .n_items = 128},
    };
    data d = shapes[kind];
    fc_rng rng = fc__rng_seed(20 + (uint64_t)kind);
    const size_t n = item_elements(&d);

    d.name = names[kind];
    d.values = malloc(d.n_items * n * sizeof(float));
    if (d.values == NULL)
        die("no memory", NULL);
    for (size_t i = 0; i < d.n_items; i++) {
        float *x = d.values + i * n;

        for (size_t k = 0; k < n; k++) {
            x[k] = (float)fc__rng_normal(&rng);
            if (kind == RELU && x[k] < 0)
                x[k] = 0.0f;
            if (kind == MAPS) /* neighbours alike, channels of different size */
                x[k] = (k >= 112 ? 0.7f * x[k - 112] : 0.0f) + x[k] * (float)(1 + k % 7);
        }
        if (kind == DENSE)
            need(fc__vec_normalise(x, n), "a zero row", NULL);
    }
    return d;
}

/* ---- order-0 limit ---- */

static double entropy_bits(const uint64_t *counts, size_t n_symbols)
{
    double total = 0, sum = 0;

    for (size_t i = 0; i < n_symbols; i++)
        if (counts[i] > 0) {
            total += (double)counts[i];
            sum += (double)counts[i] * log2((double)counts[i]);
        }
    return total > 0 ? total * log2(total) - sum : 0;
}

typedef struct fields {
    unsigned exponent_bits, mantissa_bits;
} fields;

/* Bits of n float words: entropy of mask, sign, exponent, and of the mantissa's bytes. */
static double float_limit(const uint8_t *bytes, size_t n, size_t word, fields f)
{
    static uint64_t zero[2], sign[2], exponent[256], mantissa[3][256];
    double bits;

    memset(zero, 0, sizeof(zero));
    memset(sign, 0, sizeof(sign));
    memset(exponent, 0, sizeof(exponent));
    memset(mantissa, 0, sizeof(mantissa));
    for (size_t i = 0; i < n; i++) {
        uint32_t v = 0;
        int left = (int)f.mantissa_bits;

        memcpy(&v, bytes + i * word, word);
        zero[v == 0]++;
        if (v == 0)
            continue;
        sign[v >> (f.exponent_bits + f.mantissa_bits)]++;
        exponent[(v >> f.mantissa_bits) & ((1u << f.exponent_bits) - 1)]++;
        for (int m = 0; left > 0; m++, left -= 8) {
            /* from the top: bytes of the mantissa, the last one what is left */
            const int take = left < 8 ? left : 8;

            mantissa[m][(v >> (left - take)) & ((1u << take) - 1)]++;
        }
    }
    bits = entropy_bits(zero, 2) + entropy_bits(sign, 2) + entropy_bits(exponent, 256);
    for (int m = 0; m < 3; m++)
        bits += entropy_bits(mantissa[m], 256);
    return bits;
}

/* int8: the values' entropy, scales as they are. */
static double int8_limit(const uint8_t *bytes, size_t n_rows, size_t row_bytes)
{
    static uint64_t counts[256];

    memset(counts, 0, sizeof(counts));
    for (size_t r = 0; r < n_rows; r++)
        for (size_t i = 4; i < row_bytes; i++)
            counts[bytes[r * row_bytes + i]]++;
    return entropy_bits(counts, 256) + 32.0 * (double)n_rows;
}

static double limit_bytes(const blocks *b)
{
    const size_t row = fc__layout_row_bytes(&b->layout), n_rows = b->raw_bytes / row;
    const size_t n = n_rows * fc__layout_row_elements(&b->layout);

    switch (b->layout.dtype) {
    case FC_F32:
        return float_limit(b->stored.data, n, 4, (fields){8, 23}) / 8;
    case FC_F16:
        return float_limit(b->stored.data, n, 2, (fields){5, 10}) / 8;
    case FC_BF16:
        return float_limit(b->stored.data, n, 2, (fields){8, 7}) / 8;
    default:
        return int8_limit(b->stored.data, n_rows, row) / 8;
    }
}

/* ---- the codec ---- */

static void quantise(const data *d, fc_dtype dtype, blocks *b, fc_quant_error *e)
{
    fc_error err = FC_ERROR_INIT;
    size_t item_bytes;

    *b = (blocks){.layout = {.dtype = dtype, .item_rank = d->rank}};
    b->layout.row_rank = d->rank == 1 ? 1 : d->rank - 1;
    b->rows_per_item = d->rank == 1 ? 1 : (size_t)d->shape[0];
    memcpy(b->layout.row_shape, d->shape + (d->rank == 1 ? 0 : 1),
           b->layout.row_rank * sizeof(d->shape[0]));
    need(fc__item_quantise(&b->layout, d->values, d->n_items * b->rows_per_item, &b->stored, e,
                           &err),
         "quantise", &err);
    b->raw_bytes = b->stored.size;
    item_bytes = b->rows_per_item * fc__layout_row_bytes(&b->layout);
    b->items_per_block = item_bytes < FC_BLOCK_RAW_BYTES ? FC_BLOCK_RAW_BYTES / item_bytes : 1;
    b->n = (d->n_items + b->items_per_block - 1) / b->items_per_block;
    b->encoded = fc__alloc_array(b->n, sizeof(b->encoded[0]));
    b->views = fc__alloc_array(b->n, sizeof(b->views[0]));
}

static void encode_all(fc_codec *c, const data *d, blocks *b)
{
    const size_t item_bytes = b->rows_per_item * fc__layout_row_bytes(&b->layout);
    fc_item *items = fc__alloc_array(b->items_per_block, sizeof(*items));
    fc_error err = FC_ERROR_INIT;

    b->encoded_bytes = 0;
    for (size_t k = 0; k < b->n; k++) {
        const size_t first = k * b->items_per_block;
        size_t n = d->n_items - first;

        n = n < b->items_per_block ? n : b->items_per_block;
        for (size_t i = 0; i < n; i++)
            items[i] = (fc_item){.content = first + i,
                                 .n_rows = b->rows_per_item,
                                 .total_rows = b->rows_per_item,
                                 .bytes = b->stored.data + (first + i) * item_bytes,
                                 .provenance = 1};
        fc_buf_clear(&b->encoded[k]);
        need(fc__block_encode(c, &b->layout, items, n, NULL, SEED, &b->encoded[k], &err), "encode",
             &err);
        b->encoded_bytes += b->encoded[k].size;
    }
    free(items);
}

/* In order, as a scan of the store does it: header, checksums, all rows. Stored form, or f32. */
static void decode_all(fc_codec *c, blocks *b, void *out, bool f32)
{
    fc_error err = FC_ERROR_INIT;

    for (size_t k = 0; k < b->n; k++) {
        need(fc__block_view_reset(b->views[k], b->encoded[k].data, b->encoded[k].size, SEED, &err),
             "header", &err);
        need(f32 ? fc__block_decode_f32(c, b->views[k], 0, fc__block_n_rows(b->views[k]), out, &err)
                 : fc__block_decode(c, b->views[k], 0, fc__block_n_rows(b->views[k]), out, &err),
             "decode", &err);
    }
}

/* One row of a random item, header parsed each time; microseconds a row. */
static double random_rows(fc_codec *c, blocks *b, const data *d, float *out)
{
    fc_rng rng = fc__rng_seed(99);
    fc_error err = FC_ERROR_INIT;
    const uint64_t start = cpu_ns();

    for (size_t i = 0; i < RANDOM_ROWS; i++) {
        const uint64_t content = fc__rng_below(&rng, d->n_items);
        const size_t k = (size_t)content / b->items_per_block;
        const fc_block_entry *e;

        need(fc__block_view_reset(b->views[k], b->encoded[k].data, b->encoded[k].size, SEED, &err),
             "header", &err);
        e = fc__block_find(b->views[k], content);
        need(fc__block_decode_f32(c, b->views[k],
                                  e->row_offset + fc__rng_below(&rng, b->rows_per_item), 1, out,
                                  &err),
             "row", &err);
    }
    return (double)(cpu_ns() - start) / 1000.0 / RANDOM_ROWS;
}

static void verify(fc_codec *c, blocks *b)
{
    uint8_t *out = malloc(b->raw_bytes);
    size_t at = 0;
    fc_error err = FC_ERROR_INIT;

    for (size_t k = 0; k < b->n; k++) {
        need(
            fc__block_view_create(&b->views[k], b->encoded[k].data, b->encoded[k].size, SEED, &err),
            "header", &err);
        need(fc__block_decode(c, b->views[k], 0, fc__block_n_rows(b->views[k]), out + at, &err),
             "decode", &err);
        at += (size_t)fc__block_raw_bytes(b->views[k]);
    }
    if (at != b->raw_bytes || memcmp(out, b->stored.data, at) != 0)
        die("decoded bytes differ from what was encoded", NULL);
    free(out);
}

static void measure(fc_codec *c, const data *d, fc_dtype dtype, double seconds)
{
    blocks b;
    fc_quant_error e = {0};
    void *out;
    double limit, rates[3], us;

    quantise(d, dtype, &b, &e);
    encode_all(c, d, &b);
    verify(c, &b);
    out = malloc(FC_BLOCK_RAW_MAX * sizeof(float) / fc_dtype_size(dtype));
    if (out == NULL)
        die("no memory", NULL);
    for (int what = 0; what < 3; what++) {
        const uint64_t start = cpu_ns();
        double spent = 0;
        size_t rounds = 0;

        for (; spent < seconds; rounds++, spent = (double)(cpu_ns() - start) * 1e-9) {
            if (what == 0)
                encode_all(c, d, &b);
            else
                decode_all(c, &b, out, what == 2);
        }
        rates[what] = (double)rounds * (double)b.raw_bytes / spent * 1e-6;
    }
    (void)random_rows(c, &b, d, out);
    us = random_rows(c, &b, d, out);
    limit = limit_bytes(&b);
    printf("%-18s %-5s %7.3f %7.3f %7.2f %8.0f %8.0f %8.0f %7.1f  %8.1e  %s\n", d->name,
           fc_dtype_name(dtype), (double)b.raw_bytes / (double)b.encoded_bytes,
           (double)b.raw_bytes / limit, 100.0 * limit / (double)b.encoded_bytes, rates[0], rates[1],
           rates[2], us, fc__quant_relative_rms(&e), fc__block_transform_name(b.views[0]));
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

static void measure_all(fc_codec *c, data d, double seconds)
{
    static const fc_dtype dtypes[] = {FC_F32, FC_F16, FC_BF16, FC_I8};

    for (size_t t = 0; t < sizeof(dtypes) / sizeof(dtypes[0]); t++)
        measure(c, &d, dtypes[t], seconds);
    free(d.values);
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
    need(fc__codec_create(&c, &err), "codec", &err);
    printf("simd %s, one core; MB/s of raw bytes in CPU time, header and checksums included\n",
           fc__simd_name());
    printf("%-18s %-5s %7s %7s %7s %8s %8s %8s %7s  %8s  %s\n", "data", "dtype", "ratio", "limit",
           "% of", "encode", "decode", "to f32", "row us", "rel rms", "transform");
    for (int i = first; i < argc; i++)
        measure_all(c, read_npy(argv[i]), seconds);
    for (int k = DENSE; first >= argc && k <= MAPS; k++)
        measure_all(c, make_data((synthetic)k), seconds);
    fc__codec_destroy(c);
    return 0;
}
