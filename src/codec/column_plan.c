/*
 * Which column of a block gets which code: k-means over columns, where the distance is the number
 * of bits the column takes in the code of a class (each step makes the codes that fit the classes,
 * then gives each column the cheapest), started from columns ordered by magnitude. Bits are counted
 * in 1/256 by integers alone, so the same data give the same block on every machine.
 */
#include "column_code.h"

#include <stdlib.h>
#include <string.h>

#include "fc_alloc.h"

#define STEPS         3
#define SAMPLES       64u
#define ROWS_MIN      16u        /* fewer say too little about a column */
#define ZERO_SHIFT    5          /* from 1 zero in 32 the mask of zeros is better */
#define GAIN_SHIFT    8          /* the whole block has to become 1/256 smaller */
#define TABLE_COST    (60u * 8u) /* bits of a code's lengths in the header; a zstd table is alike */
#define PLANE_FRAMING 40u        /* bits a stream-cut plane wastes in a frame */
#define SIGN          0x80u

/* -log2(count / total) in 1/256 bits; a count of 0 costs as half an occurrence. */
static uint32_t cost(uint32_t count, uint32_t total)
{
    uint32_t part[2] = {2 * total, count > 0 ? 2 * count : 1}, log[2];

    for (int k = 0; k < 2; k++) {
        const unsigned top = 31u - (unsigned)__builtin_clz(part[k]);
        uint64_t m = (uint64_t)part[k] << (31 - top); /* 1.31 */

        log[k] = top;
        for (int bit = 0; bit < 8; bit++) {
            m = (m * m) >> 31;
            log[k] = log[k] << 1 | (uint32_t)(m >> 32);
            m >>= m >> 32;
        }
    }
    return log[0] - log[1];
}

static uint64_t entropy(const uint32_t counts[256])
{
    uint64_t bits = 0;
    uint32_t total = 0;

    for (unsigned s = 0; s < 256; s++)
        total += counts[s];
    for (unsigned s = 0; s < 256; s++)
        if (counts[s] > 0)
            bits += (uint64_t)counts[s] * cost(counts[s], total);
    return bits >> 8;
}

/* The first plane of all elements. */
static fc_status take_tops(fc_codec *c, fc_dtype dtype, const uint8_t *raw, size_t n,
                           const uint8_t **tops, fc_error *err)
{
    fc_status st = fc__scratch(&c->planes, fc__plane_count(dtype) * n, err);

    if (st == FC_OK)
        fc__planes_split(dtype, raw, n, c->planes.data);
    *tops = c->planes.data;
    return st;
}

/* How many elements have the other sign than their column mostly has; flip[j] says which that is.
 * The sign of an f16 is the top bit of its first plane. */
static fc_status usual_signs(fc_column_code *code, const uint8_t *tops, size_t n, size_t *unusual,
                             fc_error *err)
{
    const size_t rows = n / code->n;
    uint32_t *minus = fc__alloc_array(code->n, sizeof(*minus));

    if (minus == NULL)
        return fc__nomem(err, code->n * sizeof(*minus), "the signs of a block's columns");
    for (size_t row = 0; row < rows; row++)
        for (size_t j = 0; j < code->n; j++)
            minus[j] += tops[row * code->n + j] >> 7;
    *unusual = 0;
    for (size_t j = 0; j < code->n; j++) {
        const bool mostly = 2 * minus[j] > rows;

        code->flip.data[j] = mostly ? SIGN : 0;
        *unusual += mostly ? rows - minus[j] : minus[j];
    }
    free(minus);
    return FC_OK;
}

static uint64_t entropy_of(const uint8_t *tops, size_t n)
{
    uint32_t counts[256] = {0};

    for (size_t i = 0; i < n; i++)
        counts[tops[i]]++;
    return entropy(counts);
}

/* Make signs predictable by whichever way says most; *tops are then the first plane of what is
 * left, and *bits_of_one what one code for all columns takes as the other transforms would store
 * it. */
static fc_status choose_signs(fc_codec *c, fc_dtype dtype, const uint8_t *raw, size_t n,
                              size_t frame, const uint8_t **tops, uint64_t *bits_of_one,
                              fc_error *err)
{
    fc_column_code *code = c->columns;
    const size_t pairs = n - code->n, lagging = fc__signs_changed(dtype, raw, n, code->n);
    const bool lags = lagging < pairs / 16 * 7 || lagging > pairs / 16 * 9;
    const size_t size = fc_dtype_size(dtype);
    size_t unusual = n;
    fc_status st = FC_OK;

    if (dtype == FC_F16 || !lags)
        st = take_tops(c, dtype, raw, n, tops, err);
    if (st == FC_OK && dtype == FC_F16)
        st = usual_signs(code, *tops, n, &unusual, err);
    if (st == FC_OK && lags) {
        st = fc__scratch(&c->nonzero, n * size, err);
        for (size_t at = 0; st == FC_OK && at < n; at += frame) /* each frame starts anew */
            fc__signs_predict(dtype, raw + at * size, n - at < frame ? n - at : frame, code->n,
                              c->nonzero.data + at * size);
        if (st == FC_OK)
            st = take_tops(c, dtype, c->nonzero.data, n, tops, err);
    }
    if (st != FC_OK)
        return st;
    *bits_of_one = entropy_of(*tops, n);
    code->signs = lags ? FC_SIGNS_LAG : FC_SIGNS_KEPT;
    if (unusual < n / 16 * 7 && unusual < lagging) {
        code->signs = FC_SIGNS_USUAL;
        if (lags)
            st = take_tops(c, dtype, raw, n, tops, err);
        if (st == FC_OK)
            fc__columns_flip(code, c->planes.data, n);
    }
    return st;
}

typedef struct magnitude {
    uint32_t sum, column;
} magnitude;

static int by_sum(const void *a, const void *b)
{
    const magnitude *x = a, *y = b;

    if (x->sum != y->sum)
        return x->sum < y->sum ? -1 : 1;
    return x->column < y->column ? -1 : 1;
}

/* Equal shares of the columns by how large their elements are: without the sign the top byte grows
 * with the magnitude. */
static fc_status first_classes(fc_column_code *code, uint8_t keep, const uint8_t *tops, size_t n,
                               size_t stride, fc_error *err)
{
    magnitude *m = fc__alloc_array(code->n, sizeof(*m));

    if (m == NULL)
        return fc__nomem(err, code->n * sizeof(*m), "the classes of a block's columns");
    for (size_t j = 0; j < code->n; j++)
        m[j] = (magnitude){.column = (uint32_t)j};
    for (size_t at = 0; at + code->n <= n; at += stride)
        for (size_t j = 0; j < code->n; j++)
            m[j].sum += tops[at + j] & keep;
    qsort(m, code->n, sizeof(*m), by_sum);
    for (size_t j = 0; j < code->n; j++)
        code->class_of.data[m[j].column] = (uint8_t)(j * FC_COLUMN_CLASSES / code->n);
    free(m);
    return FC_OK;
}

/* Occurrences by class, of every `stride`-th element's row. */
static void count_classes(const fc_column_code *code, const uint8_t *tops, size_t n, size_t stride,
                          uint32_t counts[FC_COLUMN_CLASSES][256])
{
    memset(counts, 0, FC_COLUMN_CLASSES * sizeof(counts[0]));
    for (size_t at = 0; at + code->n <= n; at += stride)
        for (size_t j = 0; j < code->n; j++)
            counts[code->class_of.data[j]][tops[at + j]]++;
}

/* Each column to the class in whose code it takes the fewest bits. `bits` holds n sums a class. */
static void reassign(fc_column_code *code, const uint8_t *tops, size_t n, size_t stride,
                     uint32_t (*bits)[FC_COLUMN_CLASSES])
{
    uint32_t counts[FC_COLUMN_CLASSES][256], costs[256][FC_COLUMN_CLASSES];

    count_classes(code, tops, n, stride, counts);
    for (size_t k = 0; k < FC_COLUMN_CLASSES; k++) {
        uint32_t total = 1;

        for (unsigned s = 0; s < 256; s++)
            total += counts[k][s];
        for (unsigned s = 0; s < 256; s++)
            costs[s][k] = cost(counts[k][s], total);
    }
    memset(bits, 0, code->n * sizeof(bits[0]));
    for (size_t at = 0; at + code->n <= n; at += stride)
        for (size_t j = 0; j < code->n; j++)
            for (size_t k = 0; k < FC_COLUMN_CLASSES; k++)
                bits[j][k] += costs[tops[at + j]][k];
    for (size_t j = 0; j < code->n; j++) {
        size_t best = 0;

        for (size_t k = 1; k < FC_COLUMN_CLASSES; k++)
            best = bits[j][k] < bits[j][best] ? k : best;
        code->class_of.data[j] = (uint8_t)best;
    }
}

static fc_status find_classes(fc_column_code *code, fc_dtype dtype, const uint8_t *tops, size_t n,
                              fc_error *err)
{
    const size_t rows = n / code->n, stride = code->n * (rows > SAMPLES ? rows / SAMPLES : 1);
    uint32_t(*bits)[FC_COLUMN_CLASSES] = fc__alloc_array(code->n, sizeof(*bits));
    fc_status st;

    if (bits == NULL)
        return fc__nomem(err, code->n * sizeof(*bits), "the classes of a block's columns");
    st = first_classes(code, dtype == FC_F16 ? 0x7f : 0xff, tops, n, stride, err);
    for (int step = 0; st == FC_OK && step < STEPS; step++)
        reassign(code, tops, n, stride, bits);
    free(bits);
    return st;
}

/* Codes of the classes that are in use, and whether they save enough against one code. */
static bool make_codes(fc_column_code *code, fc_dtype dtype, const uint8_t *tops, size_t n,
                       uint64_t bits_of_one, size_t n_frames)
{
    const uint64_t raw_bits = (uint64_t)n * fc_dtype_size(dtype) * 8;
    uint32_t counts[FC_COLUMN_CLASSES][256];
    uint64_t bits = code->n * (code->signs == FC_SIGNS_USUAL ? 3 : 2) + n_frames * PLANE_FRAMING;

    code->n_classes = FC_COLUMN_CLASSES;
    count_classes(code, tops, n, code->n, counts);
    for (size_t k = 0; k < FC_COLUMN_CLASSES; k++) {
        fc__huffman_lengths(counts[k], code->lengths[k]);
        fc__huffman_codes(code->lengths[k], code->codes[k]);
        bits += TABLE_COST;
        for (unsigned s = 0; s < 256; s++)
            bits += (uint64_t)counts[k][s] * FC_HUFFMAN_CODE_BITS(code->codes[k][s]);
    }
    return bits + (raw_bits >> GAIN_SHIFT) < bits_of_one;
}

fc_status fc__columns_plan(fc_codec *c, const fc_item_layout *layout, const uint8_t *raw, size_t n,
                           size_t frame, bool always, bool *pays, fc_error *err)
{
    const fc_dtype dtype = layout->dtype;
    const size_t columns = fc__sign_lag(layout);
    const size_t n_frames = (n + frame - 1) / frame;
    fc_column_code *code = c->columns;
    const uint8_t *tops = NULL;
    uint64_t bits_of_one = 0;
    bool worth;
    fc_status st;

    *pays = false;
    if (dtype == FC_I8 || columns < FC_COLUMNS_MIN || columns > FC_COLUMNS_MAX || n < 2 * columns)
        return FC_OK;
    if (!always && (n < ROWS_MIN * columns || fc__zeros_count(dtype, raw, n) > n >> ZERO_SHIFT))
        return FC_OK;
    code->n = columns;
    st = fc__scratch(&code->class_of, columns, err);
    if (st == FC_OK)
        st = fc__scratch(&code->flip, columns, err);
    if (st == FC_OK)
        st = choose_signs(c, dtype, raw, n, frame, &tops, &bits_of_one, err);
    if (st == FC_OK)
        st = find_classes(code, dtype, tops, n, err);
    if (st != FC_OK)
        return st;
    worth = make_codes(code, dtype, tops, n, bits_of_one + n_frames * TABLE_COST, n_frames);
    *pays = worth || always;
    return FC_OK;
}
