/*
 * The block codec: items (tensors of one encoder output) to bytes and back.
 *
 * This folder is the only one that knows the block layout (schemas/block.md). A block is
 *
 *     header | frame 0 | frame 1 | ... | (the store adds a CRC-32C over table, key and value)
 *
 * The header carries the layout version, stored dtype, item shape, the directory of content numbers
 * and rows, time axes, provenance runs, the measured error of a lossy precision, the frame
 * directory (raw bytes, stored bytes, transform, CRC of each), and its own CRC. Each frame holds 16
 * to 32 KiB of raw stored-dtype bytes (more when a single row is larger), and decodes alone.
 *
 * All header and frame CRCs are seeded with the key of the block (`seed` below), so that a block or
 * frame under another key fails.
 *
 * Threads: an fc_codec holds scratch memory: one a thread. Everything else is plain values.
 */
#ifndef FC_CODEC_H
#define FC_CODEC_H

#include "fc_buf.h"
#include "fc_time_axis.h"

#define FC_BLOCK_RAW_BYTES (256u * 1024u) /* a block is cut near this many raw bytes */
#define FC_FRAME_RAW_BYTES (32u * 1024u)  /* a frame is cut near this many raw bytes */
/* What a reader accepts at most, whatever a header says. */
#define FC_BLOCK_RAW_MAX   (64u * 1024u * 1024u)
#define FC_BLOCK_ITEMS_MAX (1u << 20)

/* Scratch memory and zstd contexts. */
typedef struct fc_codec fc_codec;
fc_status fc__codec_create(fc_codec **out, fc_error *err);
void fc__codec_destroy(fc_codec *c);

/* What all items of one output share. `row_shape` is the shape after axis 0. A vector of d elements
 * is one row of d: rank 1 items have n_rows 1 and row_shape {d}; a map 14 x 14 x C has 14 rows of
 * {14, C}; a sequence T x d has T rows of {d}. */
typedef struct fc_item_layout {
    fc_dtype dtype;     /* stored: FC_F32, FC_F16, FC_BF16, FC_I8 */
    uint32_t item_rank; /* 1 vector; 2 sequence; 3 map; up to FC_MAX_RANK */
    uint32_t row_rank;  /* axes of a row: 1 for vector and sequence, 2 for a map */
    uint64_t row_shape[FC_MAX_RANK];
} fc_item_layout;

/* Elements in one row; 0 when the layout is not valid (zero axis, overflow, over 2^31). */
size_t fc__layout_row_elements(const fc_item_layout *layout);
/* Bytes of one stored row: elements x dtype size, plus 4 for the scale of an int8 row. */
size_t fc__layout_row_bytes(const fc_item_layout *layout);

/* One item in stored form (see fc__item_quantise): `bytes` holds n_rows rows of row_bytes. An int8
 * row is its f32 scale (little-endian) followed by the int8 values. */
typedef struct fc_item {
    uint64_t content;    /* content number */
    uint64_t n_rows;     /* rows here; an item may have 0 rows (an empty text) */
    uint64_t first_row;  /* in a chunk: index of the first row here; else 0 */
    uint64_t total_rows; /* rows of the whole item; = n_rows unless this is a chunk */
    const uint8_t *bytes;
    fc_time_axis time;
    uint16_t provenance; /* what computed it: id within the encoder version's list */
} fc_item;

/* Error of a lossy precision, over the items of a block or an output: sums, so that they add up. */
typedef struct fc_quant_error {
    double sum_squared_error; /* sum (x - stored)^2 */
    double sum_squared;       /* sum x^2 */
    double max_abs;           /* max |x - stored| */
    uint64_t n_elements;
} fc_quant_error;

/* f32 rows to stored bytes, appended to `out`; adds to *e (may be NULL). A non-finite input, or one
 * that overflows the precision (f16), is FC_E_FORMAT with row and column in the message. */
fc_status fc__item_quantise(const fc_item_layout *layout, const float *rows, uint64_t n_rows,
                            fc_buf *out, fc_quant_error *e, fc_error *err);
/* Stored rows to f32. */
void fc__item_dequantise(const fc_item_layout *layout, const uint8_t *bytes, uint64_t n_rows,
                         float *out);

/* Relative root mean square error: sqrt(sum (x - stored)^2 / sum x^2); 0 where nothing is stored.
 */
double fc__quant_relative_rms(const fc_quant_error *e);

/* Encode items (ascending content numbers, all of one layout; total raw <= FC_BLOCK_RAW_MAX) into
 * one block, appended to *out. Tries the transforms on each plane and keeps the smallest that pays.
 * `seed` is CRC-32C over (table, key), given by the store. `e` is the measured error of the items.
 */
fc_status fc__block_encode(fc_codec *c, const fc_item_layout *layout, const fc_item *items,
                           size_t n_items, const fc_quant_error *e, uint32_t seed, fc_buf *out,
                           fc_error *err);

/* One entry of a block's directory. */
typedef struct fc_block_entry {
    uint64_t content;
    uint64_t n_rows;     /* rows of the item in this block */
    uint64_t row_offset; /* index of its first row within the block */
    uint64_t first_row, total_rows;
    uint16_t provenance;
    fc_time_axis time; /* explicit intervals point into the view's memory */
} fc_block_entry;

/* A parsed header over borrowed bytes. */
typedef struct fc_block_view fc_block_view;

/* Parse and check the header of the block at `bytes` (without the store's trailing CRC); the frames
 * are not read. `bytes` must outlive the view. FC_E_CORRUPT, FC_E_VERSION with a reason. */
fc_status fc__block_view_create(fc_block_view **out, const uint8_t *bytes, size_t n, uint32_t seed,
                                fc_error *err);
void fc__block_view_destroy(fc_block_view *v);
/* Re-use a view object for another block: no allocation in the hot loop once it has grown. */
fc_status fc__block_view_reset(fc_block_view *v, const uint8_t *bytes, size_t n, uint32_t seed,
                               fc_error *err);

const fc_item_layout *fc__block_layout(const fc_block_view *v);
size_t fc__block_n_items(const fc_block_view *v);
const fc_block_entry *fc__block_entries(const fc_block_view *v); /* ascending content numbers */
uint64_t fc__block_n_rows(const fc_block_view *v);
uint64_t fc__block_raw_bytes(const fc_block_view *v);
const fc_quant_error *fc__block_error(const fc_block_view *v);
/* Entry of `content`, or NULL. */
const fc_block_entry *fc__block_find(const fc_block_view *v, uint64_t content);
/* Names of the transforms in use, for stat and bench: such as "planes" or "zero+planes,raw". */
#define FC_TRANSFORM_NAME_BYTES 64
void fc__block_transform_name(const fc_block_view *v, char out[FC_TRANSFORM_NAME_BYTES]);

/* Decode rows [first, first + n) of the block into stored form, n x row_bytes. Touches only the
 * frames that hold them; checks the CRC of each. */
fc_status fc__block_decode(fc_codec *c, const fc_block_view *v, uint64_t first, uint64_t n,
                           uint8_t *out, fc_error *err);
/* The same, to f32: n x row_elements. */
fc_status fc__block_decode_f32(fc_codec *c, const fc_block_view *v, uint64_t first, uint64_t n,
                               float *out, fc_error *err);
/* Check every frame: CRC, exact decode, padding. */
fc_status fc__block_check(fc_codec *c, const fc_block_view *v, fc_error *err);

#endif /* FC_CODEC_H */
