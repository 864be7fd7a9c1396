/*
 * Shared inside src/codec: the scratch memory, one plane, one frame, and the constants of the block
 * layout that both the writer and the reader of schemas/block.md need.
 */
#ifndef FC_CODEC_INTERNAL_H
#define FC_CODEC_INTERNAL_H

#include "fc_codec.h"

/* Payload arrays are moved in bulk and split as little-endian words. */
_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__,
               "featcache needs a little-endian machine");

/* ---- layout of a block: schemas/block.md ---- */
#define FC_BLOCK_MAGIC        "FCBK"
#define FC_BLOCK_VERSION      3   /* 1 where a block has no column codes */
#define FC_BLOCK_FOUR_STREAMS 2   /* column codes as they were before: read, not written */
#define FC_BLOCK_FIXED_BYTES  36u /* the fixed part of the header */
#define FC_FRAME_ENTRY_BYTES  9u  /* transform u8, stored bytes u32, CRC u32 */
#define FC_BLOCK_CRC_BYTES    4u
#define FC_BLOCK_DENSE        0x01u /* each content number is the one before plus 1 */
#define FC_BLOCK_ROWS_SAME    0x02u /* all items have the same number of rows, written once */
#define FC_BLOCK_CHUNKS       0x04u /* first_row and total_rows of each item are written */
#define FC_BLOCK_ERROR        0x08u /* the measured error is written */
#define FC_BLOCK_TIME_EACH    0x10u /* a time axis for each item */
#define FC_BLOCK_TIME_SAME    0x20u /* one regular time axis that all items share */
#define FC_BLOCK_COLUMNS      0x40u /* column codes are written: column_code.h */
#define FC_BLOCK_FLAGS_KNOWN  0x7fu

/* How the bytes of a frame are stored. The numbers are on disk. */
typedef enum fc_transform {
    FC_TRANSFORM_RAW = 0,           /* as they are */
    FC_TRANSFORM_PLANES = 1,        /* split into byte planes on field boundaries */
    FC_TRANSFORM_ZERO_PLANES = 2,   /* a bit mask of nonzero elements, and the planes of those */
    FC_TRANSFORM_ZSTD = 3,          /* one zstd frame with matches, over the raw bytes */
    FC_TRANSFORM_SIGN_PLANES = 4,   /* planes, each sign xor the sign one position before */
    FC_TRANSFORM_COLUMN_PLANES = 5, /* planes, the first in codes by column: column_code.h */
    FC_N_TRANSFORMS = 6
} fc_transform;

/* How one plane is stored. The numbers are on disk. */
typedef enum fc_plane_coding {
    FC_PLANE_RAW = 0,
    FC_PLANE_CONSTANT = 1, /* one byte, repeated */
    FC_PLANE_ZSTD = 2,     /* varint length and a zstd frame without its magic number */
    FC_PLANE_SEVEN = 3,    /* bit 0 is the same in all: one byte for it, and seven bits each */
} fc_plane_coding;

/* For tests and the benchmark: which transforms the encoder may use, bits 1 << fc_transform.
 * Raw is always allowed; forcing anything else keeps it even where it does not pay. */
#define FC_TRANSFORMS_ALL 0x3fu

#define FC_SEEN_SLOTS 4096u

typedef struct fc_column_code fc_column_code;

struct fc_codec {
    void *huffman;  /* ZSTD_CCtx: entropy coding, next to no matches */
    void *matcher;  /* ZSTD_CCtx: real matches */
    void *inflater; /* ZSTD_DCtx */
    unsigned allowed;
    bool forced;
    uint64_t *seen;          /* FC_SEEN_SLOTS keys: which eight bytes have come by */
    fc_column_code *columns; /* of the block being written */
    fc_buf whole;            /* the rows of that block, where they have to lie together */
    fc_buf raw;              /* one frame, stored form */
    fc_buf planes;           /* the planes of one frame, side by side */
    fc_buf nonzero;          /* the nonzero elements of one frame */
    fc_buf mask;             /* one bit an element */
    fc_buf packed;           /* one zstd frame */
    fc_buf candidate;        /* a frame as the transform on trial stores it */
    fc_buf best;             /* the smallest so far */
    fc_buf frames;           /* all frames of the block being written */
};

/* Set what the encoder may use; `forced` stores even what does not pay. */
void fc__codec_allow(fc_codec *c, unsigned transforms, bool forced);
/* Grow `b` to hold n bytes of scratch; its content is lost. */
fc_status fc__scratch(fc_buf *b, size_t n, fc_error *err);

/* ---- zstd, one frame in one shot, stored without the four bytes of the magic number ---- */

/* One frame of n bytes; *out is valid until the next call on this codec. `matches`: look for real
 * matches, else entropy coding only. */
fc_status fc__zstd_pack(fc_codec *c, const void *bytes, size_t n, bool matches, const uint8_t **out,
                        size_t *out_bytes, fc_error *err);
/* Exactly one frame that fills exactly `out_bytes`, or FC_E_CORRUPT. */
fc_status fc__zstd_unpack(fc_codec *c, const uint8_t *stored, size_t n, uint8_t *out,
                          size_t out_bytes, fc_error *err);

/* ---- planes: element words to byte planes and back ---- */

/* Planes an element of `dtype` has: its bytes. */
size_t fc__plane_count(fc_dtype dtype);
/* n elements to planes; plane p starts at out + p * n. The first plane holds the exponent (f32 and
 * bf16 rotated left by one bit, so that it is one whole byte, and the sign is bit 0 of the last).
 */
void fc__planes_split(fc_dtype dtype, const uint8_t *elements, size_t n, uint8_t *out);
void fc__planes_join(fc_dtype dtype, const uint8_t *const planes[4], size_t n, uint8_t *elements);
/* The elements that are not all-zero bits to `out` (room for n), one bit each to mask (LSB first,
 * (n + 7) / 8 bytes). Returns how many. */
size_t fc__zeros_squeeze(fc_dtype dtype, const uint8_t *elements, size_t n, uint8_t *mask,
                         uint8_t *out);
/* How many elements have only zero bits. */
size_t fc__zeros_count(fc_dtype dtype, const uint8_t *elements, size_t n);
/* Ones in the mask; FC_E_CORRUPT when a bit past n is set. */
fc_status fc__mask_count(const uint8_t *mask, size_t n, size_t *ones, fc_error *err);
/* The inverse of squeeze; behind its last element `squeezed` has FC_SPREAD_SLACK readable bytes. */
void fc__zeros_expand(fc_dtype dtype, const uint8_t *squeezed, const uint8_t *mask, size_t n,
                      uint8_t *elements);

/* Elements between one and the next of the same channel: the last axis of a row. */
size_t fc__sign_lag(const fc_item_layout *layout);
/* Xor the sign of each element with the sign `lag` elements before it, `in` to `out`; and back, in
 * place. f32, f16 and bf16. */
void fc__signs_predict(fc_dtype dtype, const uint8_t *in, size_t n, size_t lag, uint8_t *out);
void fc__signs_restore(fc_dtype dtype, uint8_t *elements, size_t n, size_t lag);
/* How many of the n - lag elements that have one before them have the other sign. */
size_t fc__signs_changed(fc_dtype dtype, const uint8_t *elements, size_t n, size_t lag);

/* n bytes to (7 n + 7) / 8: bit 0 of each is left out, element i fills the bits from 7 i on, LSB
 * first. `plane` and `out` do not overlap. */
void fc__seven_pack(const uint8_t *plane, size_t n, uint8_t *out);
size_t fc__seven_bytes(size_t n);
/* The inverse, with `low` (0 or 1) as bit 0; FC_E_CORRUPT when a bit past the last one is set. */
fc_status fc__seven_unpack(const uint8_t *packed, size_t n, uint8_t low, uint8_t *plane,
                           fc_error *err);

/* Append one plane as its coding stores it; the coding is chosen by what pays. */
fc_status fc__plane_encode(fc_codec *c, const uint8_t *plane, size_t n, fc_buf *out, fc_error *err);
/* Read one plane of n bytes: *plane is `scratch` (room for n), or points into the stored bytes. */
fc_status fc__plane_decode(fc_codec *c, fc_reader *r, size_t n, uint8_t *scratch,
                           const uint8_t **plane, fc_error *err);

/* ---- frames ---- */

/* Store n_rows rows at `raw` the smallest way that pays, appended to *out; by column codes where
 * the block has them (c->columns), which has been found to pay. */
fc_status fc__frame_encode(fc_codec *c, const fc_item_layout *layout, bool columns,
                           const uint8_t *raw, size_t n_rows, fc_buf *out, fc_transform *transform,
                           fc_error *err);
/* The inverse: fills exactly n_rows rows at `raw`, or FC_E_CORRUPT. `columns`: the block's column
 * codes, NULL where it has none. */
fc_status fc__frame_decode(fc_codec *c, const fc_item_layout *layout, const fc_column_code *columns,
                           fc_transform transform, const uint8_t *stored, size_t n, size_t n_rows,
                           uint8_t *raw, fc_error *err);

/* ---- blocks ---- */

typedef struct fc_frame_ref {
    fc_transform transform;
    uint32_t stored_bytes;
    uint32_t crc;
    size_t offset; /* from the start of the block */
} fc_frame_ref;

struct fc_block_view {
    const uint8_t *bytes; /* borrowed */
    size_t n;
    uint32_t seed;
    uint32_t flags;
    fc_item_layout layout;
    fc_quant_error error;
    size_t row_bytes;
    size_t n_items, n_frames;
    uint64_t n_rows, rows_per_frame;
    unsigned transforms; /* bits of the transforms in use */
    fc_block_entry *entries;
    size_t entries_capacity;
    fc_frame_ref *frames;
    size_t frames_capacity;
    int64_t *intervals;
    size_t intervals_capacity;
    fc_column_code *columns; /* valid with FC_BLOCK_COLUMNS; made for the first block that has it */
};

/* FC_E_INVALID unless a block can hold items of this layout. */
fc_status fc__layout_check(const fc_item_layout *layout, fc_error *err);
/* Append the header of `n_frames` frames; `frames` gives transform, stored bytes and CRC, `columns`
 * the column codes or NULL. */
fc_status fc__block_header_write(const fc_item_layout *layout, const fc_item *items, size_t n_items,
                                 const fc_quant_error *e, const fc_column_code *columns,
                                 uint64_t rows_per_frame, const fc_frame_ref *frames,
                                 size_t n_frames, uint32_t seed, fc_buf *out, fc_error *err);
/* Parse the part of the header between the row shape and the frame directory into v->entries. */
fc_status fc__block_directory_read(fc_block_view *v, fc_reader *r, fc_error *err);
/* Append that part. */
fc_status fc__block_directory_write(const fc_item *items, size_t n_items, uint32_t flags,
                                    fc_buf *out, fc_error *err);
/* The FC_BLOCK_* flags that fit these items. */
uint32_t fc__block_directory_flags(const fc_item *items, size_t n_items);

#endif /* FC_CODEC_INTERNAL_H */
