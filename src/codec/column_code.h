/*
 * Codes by column: dimensions of an embedding differ in how large they are and to which side they
 * lean, so the top byte of an element (sign, exponent) is cheaper to tell once its column is known.
 * The columns of a block fall into up to four classes with a prefix code each; codes, classes and
 * the usual sign of each column stand once in the header of the block (schemas/block.md,
 * "columns"), so that every frame still decodes alone.
 *
 * Sentence vectors in f16 take 0.8 % less than with one zstd Huffman table a frame; an entropy of
 * bytes that does not know the column cannot reach that.
 */
#ifndef FC_COLUMN_CODE_H
#define FC_COLUMN_CODE_H

#include "codec_internal.h"

#define FC_HUFFMAN_BITS  11u /* the longest code: a table of 4 KiB a class stays in the L1 cache */
#define FC_HUFFMAN_TABLE (1u << FC_HUFFMAN_BITS)
#define FC_HUFFMAN_ONLY  12u /* in place of a length: the only symbol, which takes no bits */

#define FC_HUFFMAN_CODED           (1u << 31) /* in codes[]: this byte has a code, if only one of no bits */
#define FC_HUFFMAN_CODE_BITS(code) ((code) >> 16 & 15u)

#define FC_COLUMN_CLASSES 4u
#define FC_COLUMN_STREAMS 8u     /* element i is in stream i % 8 */
#define FC_COLUMNS_MIN    8u     /* at least FC_COLUMN_STREAMS: the walk over columns wraps once */
#define FC_COLUMNS_MAX    65536u /* so that a header cannot ask for more memory than this */

/* How signs are made predictable before the planes are split. The numbers are on disk. */
typedef enum fc_column_signs {
    FC_SIGNS_KEPT = 0,
    FC_SIGNS_LAG = 1,   /* xor the sign one row before, as FC_TRANSFORM_SIGN_PLANES does */
    FC_SIGNS_USUAL = 2, /* f16: xor the usual sign of the column */
} fc_column_signs;

/* What the header says, and the tables that follow from it. Arrays grow and are used again. */
struct fc_column_code {
    fc_column_signs signs;
    size_t n;         /* columns */
    size_t n_streams; /* when decoding: FC_COLUMN_STREAMS, or half as many in an older block */
    size_t n_classes;
    uint8_t lengths[FC_COLUMN_CLASSES][256];
    fc_buf class_of; /* n bytes */
    fc_buf flip;     /* n bytes, 0x80 where the usual sign is minus; all 0 unless FC_SIGNS_USUAL */
    fc_buf
        table_of; /* n + FC_COLUMN_STREAMS uint16_t: where the table of each column starts; wraps */
    /* for decoding: symbol << 8 | bits */
    uint16_t tables[FC_COLUMN_CLASSES][FC_HUFFMAN_TABLE];
    uint32_t codes[FC_COLUMN_CLASSES][256]; /* for encoding: FC_HUFFMAN_CODED | bits << 16 | code */
};

/* ---- prefix codes of bytes ---- */

/* Lengths 1 to FC_HUFFMAN_BITS of the symbols that occur, 0 of the others; FC_HUFFMAN_ONLY where
 * one alone occurs. */
void fc__huffman_lengths(const uint32_t counts[256], uint8_t lengths[256]);
/* True when each bit string decodes to one symbol (or there is none); *n_symbols is how many. */
bool fc__huffman_complete(const uint8_t lengths[256], size_t *n_symbols);
void fc__huffman_codes(const uint8_t lengths[256], uint32_t codes[256]);
/* Indexed by the next FC_HUFFMAN_BITS bits. `lengths` is complete. */
void fc__huffman_table(const uint8_t lengths[256], uint16_t table[FC_HUFFMAN_TABLE]);

/* ---- the section of the header ---- */

fc_status fc__columns_write(const fc_column_code *code, fc_buf *out, fc_error *err);
/* Parse it for rows whose last axis has n columns, and make the tables; or FC_E_CORRUPT.
 * `n_streams` is what the layout of the block has: FC_COLUMN_STREAMS, half as many in an older one.
 */
fc_status fc__columns_read(fc_column_code *code, fc_dtype dtype, size_t n, size_t n_streams,
                           fc_reader *r, fc_error *err);
void fc__columns_dispose(fc_column_code *code);

/* ---- planning, from the data of one block ---- */

/* Choose signs, classes and codes for n elements (whole rows) at `raw`, f32, f16 or bf16, that will
 * be cut into frames of `frame` elements: every byte those come to hold gets a code. *pays is
 * false, and the code not usable, where it would not save 1/256 of the block; `always` makes it
 * usable wherever it can be written. */
fc_status fc__columns_plan(fc_codec *c, const fc_item_layout *layout, const uint8_t *raw, size_t n,
                           size_t frame, bool always, bool *pays, fc_error *err);

/* ---- the first plane of a frame ---- */

/* Xor the usual sign of each column into the top bit of n bytes (whole rows), or back. */
void fc__columns_flip(const fc_column_code *code, uint8_t *plane, size_t n);
/* Append: the bytes of each stream, varints, and the streams. The frame starts at column 0. A byte
 * that the plan has not seen is FC_E_INVALID: nothing is written that would not read back. */
fc_status fc__column_plane_encode(const fc_column_code *code, const uint8_t *plane, size_t n,
                                  fc_buf *out, fc_error *err);
/* Read it back to n bytes at `plane`; `scratch` is grown as needed. */
fc_status fc__column_plane_decode(const fc_column_code *code, fc_reader *r, size_t n,
                                  fc_buf *scratch, uint8_t *plane, fc_error *err);

#endif /* FC_COLUMN_CODE_H */
