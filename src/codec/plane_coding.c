/*
 * One plane: raw, constant, seven bits a byte, or through zstd, whichever pays.
 *
 * A mantissa plane is noise and is stored as it is: that is smaller than a failed try and several
 * times faster to read. Which planes are worth a try is decided by the collision count of their
 * histogram (sum of squares), which needs no logarithm and so is the same on every machine.
 */
#include "codec_internal.h"

#include <string.h>

#define PLANE_MIN_BYTES  32u /* below, the Huffman table costs more than it saves */
#define PLANE_GAIN_SHIFT 6   /* a plane is compressed if that saves 1/64 of it */
/* In collisions(). Near uniform, entropy is 8 - (collisions - 1) / (2 ln 2): from here 1 % is
 * saved. */
#define TRY_FROM 1.12
/* One value in 7 of 10 bytes: Huffman spends at least a bit on each, and matches may do better. */
#define RUNS_FROM 128.0
/* Bit 0 is constant and the others are noise: half as many values, so twice the collisions. */
#define SEVEN_BELOW (2.0 * TRY_FROM)

/* Four tables, so that runs of one value do not wait for the counter just written. */
static void histogram(const uint8_t *plane, size_t n, uint32_t counts[256])
{
    uint32_t part[4][256];
    size_t i = 0;

    memset(part, 0, sizeof(part));
    for (; i + 4 <= n; i += 4) {
        part[0][plane[i]]++;
        part[1][plane[i + 1]]++;
        part[2][plane[i + 2]]++;
        part[3][plane[i + 3]]++;
    }
    for (; i < n; i++)
        part[0][plane[i]]++;
    for (size_t v = 0; v < 256; v++)
        counts[v] = part[0][v] + part[1][v] + part[2][v] + part[3][v];
}

/* Probability that two bytes are equal, times 256: 1 for noise, 2 when one bit is constant. */
static double collisions(const uint32_t counts[256], size_t n)
{
    double sum = 0;

    for (size_t v = 0; v < 256; v++)
        sum += (double)counts[v] * ((double)counts[v] - 1.0);
    return 256.0 * sum / ((double)n * ((double)n - 1.0));
}

static fc_status append_raw(const uint8_t *plane, size_t n, fc_buf *out, fc_error *err)
{
    const fc_status st = fc_buf_append_u8(out, FC_PLANE_RAW, err);

    return st == FC_OK ? fc_buf_append(out, plane, n, err) : st;
}

static fc_status append_constant(uint8_t value, fc_buf *out, fc_error *err)
{
    const fc_status st = fc_buf_append_u8(out, FC_PLANE_CONSTANT, err);

    return st == FC_OK ? fc_buf_append_u8(out, value, err) : st;
}

/* True when bit 0 is the same in all bytes: a plane with the signs of a ReLU. */
static bool low_bit_is_constant(const uint32_t counts[256], size_t n)
{
    size_t odd = 0;

    for (size_t v = 1; v < 256; v += 2)
        odd += counts[v];
    return odd == 0 || odd == n;
}

/* Exactly 7/8 without a table, and several times faster to read than Huffman codes. */
static fc_status append_seven(const uint8_t *plane, size_t n, fc_buf *out, fc_error *err)
{
    fc_status st = fc_buf_append_u8(out, FC_PLANE_SEVEN, err);

    if (st == FC_OK)
        st = fc_buf_append_u8(out, plane[0] & 1, err);
    if (st == FC_OK)
        st = fc_buf_reserve(out, fc__seven_bytes(n), err);
    if (st != FC_OK)
        return st;
    fc__seven_pack(plane, n, out->data + out->size);
    out->size += fc__seven_bytes(n);
    return FC_OK;
}

/* Replace what is in *out after `start` by this plane through zstd, if that is smaller. */
static fc_status try_zstd(fc_codec *c, const uint8_t *plane, size_t n, bool matches, size_t start,
                          fc_buf *out, fc_error *err)
{
    const size_t now = out->size - start;
    const uint8_t *packed;
    size_t packed_bytes;
    fc_status st = fc__zstd_pack(c, plane, n, matches, &packed, &packed_bytes, err);

    if (st != FC_OK || packed_bytes + 4 >= now || packed_bytes + 4 > n - (n >> PLANE_GAIN_SHIFT))
        return st;
    out->size = start;
    st = fc_buf_append_u8(out, FC_PLANE_ZSTD, err);
    return st == FC_OK ? fc_buf_append_bytes(out, packed, packed_bytes, err) : st;
}

fc_status fc__plane_encode(fc_codec *c, const uint8_t *plane, size_t n, fc_buf *out, fc_error *err)
{
    const size_t start = out->size;
    uint32_t counts[256];
    double equal;
    fc_status st;

    if (n < PLANE_MIN_BYTES)
        return append_raw(plane, n, out, err);
    histogram(plane, n, counts);
    if (counts[plane[0]] == n)
        return append_constant(plane[0], out, err);
    equal = collisions(counts, n);
    if (equal < SEVEN_BELOW && low_bit_is_constant(counts, n))
        return append_seven(plane, n, out, err);
    st = append_raw(plane, n, out, err);
    if (st != FC_OK || equal < TRY_FROM)
        return st;
    st = try_zstd(c, plane, n, false, start, out, err);
    if (st == FC_OK && equal > RUNS_FROM)
        st = try_zstd(c, plane, n, true, start, out, err);
    return st;
}

static fc_status decode_seven(fc_reader *r, size_t n, uint8_t *scratch, fc_error *err)
{
    const uint8_t low = fc_read_u8(r);
    const uint8_t *packed = fc_read_span(r, fc__seven_bytes(n));

    if (r->failed || low > 1)
        return fc_error_set(err, FC_E_CORRUPT, "frame: a plane of seven bits is not whole");
    return fc__seven_unpack(packed, n, low, scratch, err);
}

fc_status fc__plane_decode(fc_codec *c, fc_reader *r, size_t n, uint8_t *scratch,
                           const uint8_t **plane, fc_error *err)
{
    const uint8_t coding = fc_read_u8(r);
    const uint8_t *stored = NULL;
    size_t stored_bytes = 0;

    *plane = scratch;
    if (coding == FC_PLANE_RAW)
        *plane = fc_read_span(r, n);
    else if (coding == FC_PLANE_CONSTANT)
        memset(scratch, fc_read_u8(r), n);
    else if (coding == FC_PLANE_SEVEN)
        return decode_seven(r, n, scratch, err);
    else if (coding == FC_PLANE_ZSTD)
        stored = fc_read_bytes(r, &stored_bytes);
    else
        return fc_error_set(err, FC_E_CORRUPT, "frame: plane coding %u is not known", coding);
    if (r->failed)
        return fc_error_set(err, FC_E_CORRUPT, "frame: ends inside a plane");
    return coding == FC_PLANE_ZSTD ? fc__zstd_unpack(c, stored, stored_bytes, scratch, n, err)
                                   : FC_OK;
}
