/*
 * The columns section of a block's header: written, and read with every check that bytes from
 * outside need. schemas/block.md is the layout.
 */
#include "column_code.h"

#include <string.h>

/* Lengths as nibbles, low first: 1 to 12 as they are, 0 and two nibbles for a run of unused ones.
 */
static fc_status write_lengths(const uint8_t lengths[256], fc_buf *out, fc_error *err)
{
    uint8_t packed[(3 * 256 + 1) / 2] = {0};
    size_t n = 0;

    for (unsigned s = 0; s < 256;) {
        unsigned run = 0;

        while (s + run < 256 && lengths[s + run] == 0)
            run++;
        if (run > 0) {
            n++; /* a nibble of 0 */
            for (unsigned k = 0; k < 2; k++, n++)
                packed[n / 2] |= (uint8_t)((((run - 1) >> (4 * k)) & 15u) << (4 * (n & 1)));
            s += run;
        } else {
            packed[n / 2] |= (uint8_t)(lengths[s++] << (4 * (n & 1)));
            n++;
        }
    }
    return fc_buf_append(out, packed, (n + 1) / 2, err);
}

/* `bits` of each of n bytes, shifted down by `shift`, side by side. */
static fc_status write_bits(const uint8_t *values, size_t n, unsigned bits, unsigned shift,
                            fc_buf *out, fc_error *err)
{
    const unsigned each = 8 / bits;
    fc_status st = FC_OK;

    for (size_t i = 0; st == FC_OK && i < n; i += each) {
        unsigned byte = 0;

        for (size_t k = 0; k < each && i + k < n; k++)
            byte |= (unsigned)(values[i + k] >> shift) << (bits * k);
        st = fc_buf_append_u8(out, (uint8_t)byte, err);
    }
    return st;
}

fc_status fc__columns_write(const fc_column_code *code, fc_buf *out, fc_error *err)
{
    fc_status st = fc_buf_append_u8(out, (uint8_t)code->signs, err);

    if (st == FC_OK)
        st = fc_buf_append_u8(out, (uint8_t)code->n_classes, err);
    if (st == FC_OK && code->signs == FC_SIGNS_USUAL)
        st = write_bits(code->flip.data, code->n, 1, 7, out, err);
    if (st == FC_OK && code->n_classes > 1)
        st = write_bits(code->class_of.data, code->n, 2, 0, out, err);
    for (size_t k = 0; st == FC_OK && k < code->n_classes; k++)
        st = write_lengths(code->lengths[k], out, err);
    return st;
}

static fc_status bad(fc_error *err, const char *what)
{
    return fc_error_set(err, FC_E_CORRUPT, "block: its column codes %s", what);
}

static unsigned next_nibble(fc_reader *r, unsigned *held, bool *holds)
{
    if (!*holds)
        *held = fc_read_u8(r);
    *holds = !*holds;
    return *holds ? *held & 15u : *held >> 4;
}

static fc_status read_lengths(uint8_t lengths[256], size_t *n_symbols, fc_reader *r, fc_error *err)
{
    unsigned held = 0;
    bool holds = false;

    memset(lengths, 0, 256);
    for (unsigned s = 0; s < 256 && !r->failed;) {
        const unsigned v = next_nibble(r, &held, &holds);

        if (v == 0) {
            const unsigned low = next_nibble(r, &held, &holds);

            s += (low | next_nibble(r, &held, &holds) << 4) + 1;
            if (s > 256)
                return bad(err, "have a run past the last symbol");
        } else {
            lengths[s++] = (uint8_t)v;
        }
    }
    if (r->failed)
        return bad(err, "lie past the end of the header");
    if ((holds && held >> 4 != 0) || !fc__huffman_complete(lengths, n_symbols))
        return bad(err, "are not a prefix code");
    return FC_OK;
}

static fc_status read_bits(uint8_t *values, size_t n, unsigned bits, unsigned shift, fc_reader *r,
                           fc_error *err)
{
    const unsigned each = 8 / bits, mask = (1u << bits) - 1;
    const uint8_t *packed = fc_read_span(r, (n + each - 1) / each);

    if (packed == NULL)
        return bad(err, "lie past the end of the header");
    for (size_t i = 0; i < n; i += each)
        for (size_t k = 0; k < each && i + k < n; k++)
            values[i + k] = (uint8_t)((packed[i / each] >> (bits * k) & mask) << shift);
    if (n % each != 0 && packed[n / each] >> (bits * (n % each)) != 0)
        return bad(err, "have bits past the last column");
    return FC_OK;
}

/* Every column has a class that exists and has symbols; where its table is. */
static fc_status place_columns(fc_column_code *code, const size_t n_symbols[FC_COLUMN_CLASSES],
                               fc_error *err)
{
    uint16_t *table_of = (uint16_t *)(void *)code->table_of.data;
    bool all = true;

    for (size_t j = 0; j < code->n; j++) {
        const uint8_t class_of = code->class_of.data[j]; /* two bits: below FC_COLUMN_CLASSES */

        all = all && n_symbols[class_of] > 0;
        table_of[j] = (uint16_t)(class_of * FC_HUFFMAN_TABLE);
    }
    if (!all)
        return bad(err, "give a column no code");
    for (size_t j = 0; j < FC_COLUMN_STREAMS; j++)
        table_of[code->n + j] = table_of[j];
    return FC_OK;
}

fc_status fc__columns_read(fc_column_code *code, fc_dtype dtype, size_t n, size_t n_streams,
                           fc_reader *r, fc_error *err)
{
    const uint8_t signs = fc_read_u8(r), n_classes = fc_read_u8(r);
    size_t n_symbols[FC_COLUMN_CLASSES] = {0};
    fc_status st;

    if (r->failed || n < FC_COLUMNS_MIN || n > FC_COLUMNS_MAX || dtype == FC_I8 ||
        signs > FC_SIGNS_USUAL || (signs == FC_SIGNS_USUAL && dtype != FC_F16) || n_classes < 1 ||
        n_classes > FC_COLUMN_CLASSES)
        return bad(err, "do not fit its items");
    code->signs = (fc_column_signs)signs;
    code->n_classes = n_classes;
    code->n = n;
    code->n_streams = n_streams;
    st = fc__scratch(&code->class_of, n, err);
    if (st == FC_OK)
        st = fc__scratch(&code->flip, n, err);
    if (st == FC_OK)
        st = fc__scratch(&code->table_of, (n + FC_COLUMN_STREAMS) * sizeof(uint16_t), err);
    if (st != FC_OK)
        return st;
    memset(code->class_of.data, 0, n);
    memset(code->flip.data, 0, n);
    if (signs == FC_SIGNS_USUAL)
        st = read_bits(code->flip.data, n, 1, 7, r, err);
    if (st == FC_OK && n_classes > 1)
        st = read_bits(code->class_of.data, n, 2, 0, r, err);
    for (size_t k = 0; st == FC_OK && k < n_classes; k++) {
        st = read_lengths(code->lengths[k], &n_symbols[k], r, err);
        if (st == FC_OK)
            fc__huffman_table(code->lengths[k], code->tables[k]);
    }
    return st == FC_OK ? place_columns(code, n_symbols, err) : st;
}

void fc__columns_dispose(fc_column_code *code)
{
    fc_buf_dispose(&code->class_of);
    fc_buf_dispose(&code->flip);
    fc_buf_dispose(&code->table_of);
}
