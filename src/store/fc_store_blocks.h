/*
 * Inside the store: finding blocks by content number and reading items out of them.
 *
 * Blocks of one output never overlap: the block that can hold a content is the last one that starts
 * at or before it. An item larger than a block lies in chunks under (content, 0), (content, 1), ...
 */
#ifndef FC_STORE_BLOCKS_H
#define FC_STORE_BLOCKS_H

#include "fc_codec.h"
#include "fc_store_env.h"

/* Items a block may hold, so that tiny ones do not make a directory that outweighs them. */
#define FC_BLOCK_ITEMS 16384u

/* A walk over the blocks of one output. The transaction must outlive it. */
typedef struct fc_blocks {
    fc_cursor cursor;
    fc_version_id version;
    fc_output_id output;
    fc_item_layout layout; /* what every block must have */
    fc_block_view *view;   /* of the block it stands on */
    fc_block_view *chunk;  /* of a further chunk */
    bool at;               /* it stands on a block */
    bool chunked;          /* which holds the first rows of one item */
    uint64_t first, last;  /* content numbers of the block */
    uint64_t gap_from; /* content numbers that are known to be in no block: [gap_from, gap_to) */
    uint64_t gap_to;
    fc_key key;     /* of the block */
    fc_span value;  /* of the block, without the trailing checksum */
    fc_buf decoded; /* the whole block in stored form, once a second item was asked for */
    bool has_decoded;
    unsigned n_asked;
    fc_buf item; /* one item in stored form */
} fc_blocks;

#define FC_BLOCKS_INIT                         \
    {                                          \
        .cursor = { NULL, FC_TABLE_END, NULL } \
    }

fc_status fc__blocks_open(fc_blocks *b, fc_txn *t, fc_version_id version,
                          const fc_output_info *output, fc_error *err);
void fc__blocks_close(fc_blocks *b);
/* Stand on the last block that starts at or before `content`, whether it holds it or not.
 * FC_E_NOT_FOUND without a message: there is none. */
fc_status fc__blocks_seek(fc_blocks *b, uint64_t content, fc_error *err);
/* Stand on the first block that reaches `content` or lies behind it. */
fc_status fc__blocks_seek_from(fc_blocks *b, uint64_t content, fc_error *err);
/* The next block; further chunks of an item are no blocks of their own here. */
fc_status fc__blocks_next(fc_blocks *b, fc_error *err);
/* Content number of the first block behind `content`, from its key alone. */
fc_status fc__blocks_peek_after(fc_blocks *b, uint64_t content, uint64_t *first, fc_error *err);
/* How many chunks the item that the block starts has (1 when it is whole). */
fc_status fc__blocks_count_chunks(fc_blocks *b, uint32_t *n, fc_error *err);
/* The entry of `content`, seeking where needed; FC_E_NOT_FOUND without a message. */
fc_status fc__blocks_find(fc_blocks *b, uint64_t content, const fc_block_entry **entry,
                          fc_error *err);
/* All rows of the item of an entry of the present block (entry->total_rows of them), in stored form
 * or as f32, chunks joined. */
fc_status fc__blocks_item(fc_blocks *b, fc_codec *c, const fc_block_entry *entry, uint8_t *out,
                          fc_error *err);
fc_status fc__blocks_item_f32(fc_blocks *b, fc_codec *c, const fc_block_entry *entry, float *out,
                              fc_error *err);
/* The same, borrowed until the next call on b; a second item of a block decodes all of it once. */
fc_status fc__blocks_item_bytes(fc_blocks *b, fc_codec *c, const fc_block_entry *entry,
                                const uint8_t **bytes, size_t *n, fc_error *err);
/* A codec failure, with the words for the block in front. */
fc_status fc__blocks_fault(const fc_blocks *b, fc_status st, const fc_error *inner, fc_error *err);

/* Hash of an item: dtype, shape and stored bytes. */
fc_u128 fc__item_hash(fc_xxh128 *state, const fc_item_layout *layout, uint64_t n_rows,
                      const uint8_t *bytes, size_t n);
/* Hashes of the items of `contents` (ascending, repeats allowed). */
fc_status fc__blocks_hashes(fc_blocks *b, fc_codec *c, fc_xxh128 *state, const uint64_t *contents,
                            size_t n, fc_u128 *hashes, bool *found, fc_error *err);

#endif /* FC_STORE_BLOCKS_H */
