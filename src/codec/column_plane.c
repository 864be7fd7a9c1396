/*
 * The first plane of a frame in codes by column: four bit streams, element i in stream i % 4, codes
 * from the top bit of each byte down. Four chains of dependent loads overlap in the processor,
 * which is what makes this run at 1 GB of raw f16 a second and more.
 */
#include "column_code.h"

#include <string.h>

#include "fc_bytes.h"

#define PAD_BYTES        16u /* zeros behind the streams, so that a refill may read eight at once */
#define CODES_A_REFILL   5u  /* 5 x 11 bits fit the 56 that a refill leaves at least */
#define ELEMENTS_A_ROUND ((size_t)(CODES_A_REFILL * FC_COLUMN_STREAMS))

_Static_assert(CODES_A_REFILL *FC_HUFFMAN_BITS <= 56, "a refill holds 56 bits at least");

void fc__columns_flip(const fc_column_code *code, uint8_t *plane, size_t n)
{
    for (size_t at = 0; at < n; at += code->n)
        for (size_t j = 0; j < code->n; j++)
            plane[at + j] ^= code->flip.data[j];
}

/* Append the codes of elements first, first + 4, ... */
static fc_status encode_stream(const fc_column_code *code, const uint8_t *plane, size_t first,
                               size_t n, fc_buf *out, fc_error *err)
{
    const size_t most = ((n - first) / FC_COLUMN_STREAMS + 1) * FC_HUFFMAN_BITS / 8 + 9;
    const uint8_t *class_of = code->class_of.data;
    fc_status st = fc_buf_reserve(out, most, err);
    uint64_t bits = 0; /* filled from the top */
    uint32_t coded = FC_HUFFMAN_CODED;
    unsigned held = 0;
    size_t column = first % code->n;
    uint8_t *at;

    if (st != FC_OK)
        return st;
    at = out->data + out->size;
    for (size_t i = first; i < n; i += FC_COLUMN_STREAMS) {
        const uint32_t symbol = code->codes[class_of[column]][plane[i]];
        const unsigned length = FC_HUFFMAN_CODE_BITS(symbol);

        coded &= symbol;
        if (length > 0) {
            bits |= (uint64_t)(symbol & 0xffffu) << (64 - held - length);
            held += length;
        }
        if (held >= 48) {
            fc_put_be64(at, bits);
            at += 6;
            bits <<= 48;
            held -= 48;
        }
        column += FC_COLUMN_STREAMS;
        column -= column >= code->n ? code->n : 0;
    }
    for (; held > 0; held = held > 8 ? held - 8 : 0) {
        *at++ = (uint8_t)(bits >> 56);
        bits <<= 8;
    }
    out->size = (size_t)(at - out->data);
    return coded != 0 ? FC_OK
                      : fc_error_set(err, FC_E_INVALID, "frame: a byte has no code in its column");
}

fc_status fc__column_plane_encode(const fc_column_code *code, const uint8_t *plane, size_t n,
                                  fc_buf *out, fc_error *err)
{
    fc_buf streams = FC_BUF_INIT;
    size_t end = 0;
    fc_status st = FC_OK;

    for (size_t s = 0; st == FC_OK && s < FC_COLUMN_STREAMS; s++) {
        if (s < n)
            st = encode_stream(code, plane, s, n, &streams, err);
        if (st == FC_OK)
            st = fc_buf_append_varint(out, streams.size - end, err);
        end = streams.size;
    }
    if (st == FC_OK && end > 0)
        st = fc_buf_append(out, streams.data, end, err);
    fc_buf_dispose(&streams);
    return st;
}

/* One bit stream being read: the next bit is the top one of `bits`, and the lowest 1 in it is a
 * mark that moves up as bits are taken, so that nothing else has to count them (as in zstd's
 * decoder). */
typedef struct stream {
    uint64_t bits;
    const uint8_t *at; /* where `bits` was loaded from */
    const uint8_t *begin;
    size_t size;
} stream;

static inline unsigned taken(const stream *s)
{
    return (unsigned)__builtin_ctzll(s->bits);
}

/* At least 56 bits afterwards. Never past `last`: what then comes out is caught by ends_well(). */
static inline void refill(stream *s, const uint8_t *last)
{
    const unsigned n = taken(s);

    s->at += n >> 3;
    s->at = s->at < last ? s->at : last;
    s->bits = (fc_get_be64(s->at) | 1) << (n & 7);
}

static inline uint8_t take(stream *s, const uint16_t *table)
{
    const uint16_t entry = table[s->bits >> (64 - FC_HUFFMAN_BITS)];

    s->bits <<= entry & 63u;
    return (uint8_t)(entry >> 8);
}

/* Every stream used up to its last byte, and no further; what is left of that byte is 0. */
static bool ends_well(const stream *s)
{
    const size_t read = (size_t)(s->at - s->begin) * 8 + taken(s);

    return read <= s->size * 8 && s->size * 8 - read < 8 &&
           (read == s->size * 8 || (uint8_t)(s->begin[s->size - 1] << (read & 7)) == 0);
}

static void decode_streams(const fc_column_code *code, stream s[FC_COLUMN_STREAMS],
                           const uint8_t *last, size_t n, uint8_t *plane)
{
    const uint16_t *tables = code->tables[0];
    const uint16_t *table_of = (const uint16_t *)(const void *)code->table_of.data;
    const size_t n_columns = code->n;
    stream a = s[0], b = s[1], c = s[2], d = s[3];
    size_t i = 0, column = 0;

    for (; i + ELEMENTS_A_ROUND <= n; i += ELEMENTS_A_ROUND) {
        refill(&a, last);
        refill(&b, last);
        refill(&c, last);
        refill(&d, last);
        for (unsigned k = 0; k < CODES_A_REFILL; k++) {
            const uint16_t *t = table_of + column;

            plane[i + FC_COLUMN_STREAMS * k] = take(&a, tables + t[0]);
            plane[i + FC_COLUMN_STREAMS * k + 1] = take(&b, tables + t[1]);
            plane[i + FC_COLUMN_STREAMS * k + 2] = take(&c, tables + t[2]);
            plane[i + FC_COLUMN_STREAMS * k + 3] = take(&d, tables + t[3]);
            column += FC_COLUMN_STREAMS;
            column -= column >= n_columns ? n_columns : 0;
        }
    }
    s[0] = a;
    s[1] = b;
    s[2] = c;
    s[3] = d;
    for (; i < n; i++) {
        stream *one = &s[i % FC_COLUMN_STREAMS];

        refill(one, last);
        plane[i] = take(one, tables + table_of[column]);
        column = column + 1 == n_columns ? 0 : column + 1;
    }
}

fc_status fc__column_plane_decode(const fc_column_code *code, fc_reader *r, size_t n,
                                  fc_buf *scratch, uint8_t *plane, fc_error *err)
{
    stream s[FC_COLUMN_STREAMS] = {{.bits = 0}};
    const uint8_t *bytes;
    size_t total = 0;
    bool whole = true;
    fc_status st;

    for (size_t k = 0; k < FC_COLUMN_STREAMS; k++) {
        const uint64_t size = fc_read_varint(r);

        if (r->failed || size > fc_reader_left(r))
            return fc_error_set(err, FC_E_CORRUPT, "frame: ends inside a plane");
        s[k].size = (size_t)size;
        total += (size_t)size; /* four times what is left, at most */
    }
    bytes = fc_read_span(r, total);
    if (bytes == NULL)
        return fc_error_set(err, FC_E_CORRUPT, "frame: ends inside a plane");
    st = fc__scratch(scratch, total + PAD_BYTES, err);
    if (st != FC_OK)
        return st;
    if (total > 0)
        memcpy(scratch->data, bytes, total);
    memset(scratch->data + total, 0, PAD_BYTES);
    for (size_t k = 0, at = 0; k < FC_COLUMN_STREAMS; at += s[k++].size)
        s[k] = (stream){.bits = fc_get_be64(scratch->data + at) | 1,
                        .at = scratch->data + at,
                        .begin = scratch->data + at,
                        .size = s[k].size};
    decode_streams(code, s, scratch->data + total + PAD_BYTES / 2, n, plane);
    for (size_t k = 0; k < FC_COLUMN_STREAMS; k++)
        whole = whole && ends_well(&s[k]);
    return whole ? FC_OK
                 : fc_error_set(err, FC_E_CORRUPT, "frame: a plane's bit streams are not whole");
}
