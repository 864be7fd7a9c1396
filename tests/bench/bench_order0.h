/*
 * The order-0 limit by fields: how few bytes coding each field of the numbers (zero mask, sign,
 * exponent, bytes of the mantissa) by its entropy alone could come to. What the codec is measured
 * against.
 */
#ifndef BENCH_ORDER0_H
#define BENCH_ORDER0_H

#include <math.h>
#include <string.h>

#include "fc_codec.h"

static inline double order0_bits(const uint64_t *counts, size_t n_symbols)
{
    double total = 0, sum = 0;

    for (size_t i = 0; i < n_symbols; i++)
        if (counts[i] > 0) {
            total += (double)counts[i];
            sum += (double)counts[i] * log2((double)counts[i]);
        }
    return total > 0 ? total * log2(total) - sum : 0;
}

typedef struct order0_fields {
    unsigned exponent_bits, mantissa_bits;
} order0_fields;

/* Bits of n float words: entropy of mask, sign, exponent, and of the mantissa's bytes. */
static inline double order0_floats(const uint8_t *bytes, size_t n, size_t word, order0_fields f)
{
    uint64_t zero[2] = {0}, sign[2] = {0}, exponent[256] = {0}, mantissa[3][256] = {{0}};
    double bits;

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
    bits = order0_bits(zero, 2) + order0_bits(sign, 2) + order0_bits(exponent, 256);
    for (int m = 0; m < 3; m++)
        bits += order0_bits(mantissa[m], 256);
    return bits;
}

/* int8: the values' entropy, scales as they are. */
static inline double order0_int8(const uint8_t *bytes, size_t n_rows, size_t row_bytes)
{
    uint64_t counts[256] = {0};

    for (size_t r = 0; r < n_rows; r++)
        for (size_t i = 4; i < row_bytes; i++)
            counts[bytes[r * row_bytes + i]]++;
    return order0_bits(counts, 256) + 32.0 * (double)n_rows;
}

/* In bytes, of n bytes of rows in stored form. */
static inline double order0_limit(const fc_item_layout *layout, const uint8_t *stored, size_t n)
{
    const size_t row = fc__layout_row_bytes(layout), n_rows = n / row;
    const size_t n_elements = n_rows * fc__layout_row_elements(layout);

    switch (layout->dtype) {
    case FC_F32:
        return order0_floats(stored, n_elements, 4, (order0_fields){8, 23}) / 8;
    case FC_F16:
        return order0_floats(stored, n_elements, 2, (order0_fields){5, 10}) / 8;
    case FC_BF16:
        return order0_floats(stored, n_elements, 2, (order0_fields){8, 7}) / 8;
    default:
        return order0_int8(stored, n_rows, row) / 8;
    }
}

#endif /* BENCH_ORDER0_H */
