/*
 * The first plane of a frame in codes by column: eight bit streams, element i in stream i % 8,
 * codes from the top bit of each byte down. To take a code is to wait for a load that depends on
 * the code before it; eight such chains overlap in the processor, which keeps it busy (with four it
 * waited).
 */
#include "column_code.h"

#include <string.h>

#include "fc_bytes.h"

#define PAD_BYTES        16u /* zeros behind the streams, so that a refill may read eight at once */
#define CODES_A_REFILL   5u  /* 5 x 11 bits fit the 56 that a refill leaves at least */
#define ELEMENTS_A_ROUND ((size_t)(CODES_A_REFILL * FC_COLUMN_STREAMS))
/* Bytes: 7 bits that were taken before the last refill's own, and its codes. */
#define REFILL_MOVES_MOST ((7u + CODES_A_REFILL * FC_HUFFMAN_BITS) / 8)

_Static_assert(CODES_A_REFILL *FC_HUFFMAN_BITS <= 56, "a refill holds 56 bits at least");
_Static_assert(FC_COLUMN_STREAMS == 8, "decode_rounds() names eight");

/* Its own function, so that the compiler knows that nothing overlaps and uses vectors. */
static void xor_row(uint8_t *restrict row, const uint8_t *restrict flip, size_t n)
{
    for (size_t j = 0; j < n; j++)
        row[j] ^= flip[j];
}

void fc__columns_flip(const fc_column_code *code, uint8_t *plane, size_t n)
{
    for (size_t at = 0; at < n; at += code->n)
        xor_row(plane + at, code->flip.data, code->n);
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

/* At least 56 bits afterwards; eight bytes must be readable where this moves to. */
static inline void refill(stream *s)
{
    const unsigned n = taken(s);

    s->at += n >> 3;
    s->bits = (fc_get_be64(s->at) | 1) << (n & 7);
}

/* The same, never past `last`: what then comes out is caught by ends_well(). */
static inline void refill_within(stream *s, const uint8_t *last)
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

/* Rounds, of those there are, in which no stream can move past `last`. */
static size_t safe_rounds(const stream s[FC_COLUMN_STREAMS], const uint8_t *last, size_t rounds)
{
    const uint8_t *furthest = s[0].at;
    size_t safe;

    for (size_t k = 1; k < FC_COLUMN_STREAMS; k++)
        furthest = s[k].at > furthest ? s[k].at : furthest;
    safe = (size_t)(last - furthest) / REFILL_MOVES_MOST;
    return safe < rounds ? safe : rounds;
}

/* Whole rounds from element 0 on while no stream comes near `last`; returns the elements done. */
static size_t decode_rounds(const fc_column_code *code, stream s[FC_COLUMN_STREAMS],
                            const uint8_t *last, size_t n, uint8_t *plane)
{
    const uint16_t *const tables = code->tables[0];
    const uint16_t *const table_of = (const uint16_t *)(const void *)code->table_of.data;
    const size_t n_columns = code->n;
    stream a = s[0], b = s[1], c = s[2], d = s[3], e = s[4], f = s[5], g = s[6], h = s[7];
    size_t rounds, column = 0;
    uint8_t *to = plane;

    while ((rounds = safe_rounds(s, last, (n - (size_t)(to - plane)) / ELEMENTS_A_ROUND)) > 0) {
        for (; rounds > 0; rounds--) {
            refill(&a);
            refill(&b);
            refill(&c);
            refill(&d);
            refill(&e);
            refill(&f);
            refill(&g);
            refill(&h);
            for (unsigned k = 0; k < CODES_A_REFILL; k++, to += FC_COLUMN_STREAMS) {
                const uint16_t *t = table_of + column;

                to[0] = take(&a, tables + t[0]);
                to[1] = take(&b, tables + t[1]);
                to[2] = take(&c, tables + t[2]);
                to[3] = take(&d, tables + t[3]);
                to[4] = take(&e, tables + t[4]);
                to[5] = take(&f, tables + t[5]);
                to[6] = take(&g, tables + t[6]);
                to[7] = take(&h, tables + t[7]);
                column += FC_COLUMN_STREAMS;
                column -= column >= n_columns ? n_columns : 0;
            }
        }
        s[0] = a, s[1] = b, s[2] = c, s[3] = d, s[4] = e, s[5] = f, s[6] = g, s[7] = h;
    }
    return (size_t)(to - plane);
}

static void decode_streams(const fc_column_code *code, stream s[FC_COLUMN_STREAMS],
                           const uint8_t *last, size_t n, uint8_t *plane)
{
    const uint16_t *table_of = (const uint16_t *)(const void *)code->table_of.data;

    const size_t n_streams = code->n_streams;
    size_t i = n_streams == FC_COLUMN_STREAMS ? decode_rounds(code, s, last, n, plane) : 0;

    for (; i < n; i++) {
        stream *one = &s[i % n_streams];

        refill_within(one, last);
        plane[i] = take(one, code->tables[0] + table_of[i % code->n]);
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

    for (size_t k = 0; k < code->n_streams; k++) {
        const uint64_t size = fc_read_varint(r);

        if (r->failed || size > fc_reader_left(r))
            return fc_error_set(err, FC_E_CORRUPT, "frame: ends inside a plane");
        s[k].size = (size_t)size;
        total += (size_t)size; /* eight times what is left, at most */
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
    for (size_t k = 0, at = 0; k < code->n_streams; at += s[k++].size)
        s[k] = (stream){.bits = fc_get_be64(scratch->data + at) | 1,
                        .at = scratch->data + at,
                        .begin = scratch->data + at,
                        .size = s[k].size};
    decode_streams(code, s, scratch->data + total + PAD_BYTES / 2, n, plane);
    for (size_t k = 0; k < code->n_streams; k++)
        whole = whole && ends_well(&s[k]);
    return whole ? FC_OK
                 : fc_error_set(err, FC_E_CORRUPT, "frame: a plane's bit streams are not whole");
}
