/*
 * Inside the store: what the files fc_maintain_*.c share.
 *
 * Everything that reads a store which may be damaged goes through fc_tree, which follows LMDB's
 * pages itself, with pread, and believes nothing: LMDB trusts its pages, and a damaged one is a
 * crash.
 */
#ifndef FC_MAINTAIN_STORE_H
#define FC_MAINTAIN_STORE_H

#include "fc_store_internal.h"
#include "fc_store_maintain.h"

/* Write counts and digests of all data-set versions and their coverage anew, from what is there. */
fc_status fc__store_recount(fc_env *env, fc_error *err);

/* ---- pages ---- */

#define FC_TREE_DEPTH 32

typedef struct fc_tree_table {
    bool found;
    uint64_t root, entries;
    uint64_t pages; /* branches and leaves */
    uint32_t depth;
} fc_tree_table;

/* One state of a data.mdb. */
typedef struct fc_tree {
    int fd;
    bool owns_fd;
    char *path;
    uint32_t page_bytes;
    uint64_t n_pages; /* the state's; the file may be shorter when it is truncated */
    uint64_t main_root, free_root, txn;
    uint32_t main_depth, free_depth;
    fc_tree_table tables[FC_TABLE_END];
    uint8_t *seen, *freed; /* a bit a page: reached; in the list of free pages */
    bool free_list_read;   /* wholly */
    bool maybe_old;        /* a meta page is damaged: there may be a newer state */
    uint8_t *pages[FC_TREE_DEPTH];
    fc_buf big; /* a value that has pages of its own */
} fc_tree;

#define FC_TREE_INIT \
    {                \
        .fd = -1     \
    }

/* A stretch of keys, low <= key < high (n 0: no bound), that cannot be read; `one`: only `low`. */
typedef struct fc_hole {
    fc_table table; /* 0: the table of tables; FC_TABLE_END: the list of free pages */
    fc_span low, high;
    bool one;
    const char *reason;
} fc_hole;

typedef struct fc_tree_visitor {
    /* The value with its checksum, which has not been looked at. NULL: values are not read, only
     * whether their pages are what they should be. */
    fc_status (*row)(void *context, fc_table table, fc_span key, fc_span value, fc_error *err);
    fc_status (*hole)(void *context, const fc_hole *hole, fc_error *err);
    void *context;
} fc_tree_visitor;

/* The state that a live read transaction sees. */
fc_status fc__tree_open(fc_tree *t, fc_txn *txn, fc_error *err);
/* The newest state of the file in `folder`, which nobody may be writing. With both meta pages
 * damaged it opens with no tables. */
fc_status fc__tree_open_file(fc_tree *t, const char *folder, fc_error *err);
void fc__tree_close(fc_tree *t);
/* Find the tables; what is wrong on the way are holes. */
fc_status fc__tree_load(fc_tree *t, const fc_tree_visitor *v, fc_error *err);
/* All rows of a table in order. Rows out of order are holes. */
fc_status fc__tree_walk(fc_tree *t, fc_table table, const fc_tree_visitor *v, fc_error *err);
/* The list of free pages, against the pages reached so far. */
fc_status fc__tree_walk_free(fc_tree *t, const fc_tree_visitor *v, fc_error *err);
/* Rows of leaf pages that no walk has reached and that are not known to be free. */
fc_status fc__tree_scan(fc_tree *t, const fc_tree_visitor *v, fc_error *err);

/* Whether the value's last four bytes are its checksum under (table, key). */
bool fc__row_intact(fc_table table, fc_span key, fc_span value);
/* The value without its checksum. */
static inline fc_span fc__row_body(fc_span value)
{
    return (fc_span){value.data, value.n < 4 ? 0 : value.n - 4};
}

/* Bit `at` of a map of pages or contents. */
static inline bool fc__bit_get(const uint8_t *bits, uint64_t at)
{
    return (((unsigned)bits[at / 8] >> (at % 8)) & 1u) != 0;
}

static inline void fc__bit_set(uint8_t *bits, uint64_t at)
{
    bits[at / 8] = (uint8_t)(bits[at / 8] | 1u << (at % 8));
}

/* ---- damages, and the samples they hit ---- */

#define FC_DAMAGE_SAMPLES_MAX 1000

typedef struct fc_hit_range {
    fc_version_id version;
    fc_output_id output;
    fc_modality modality; /* of the samples that can have items there; 0: any */
    uint64_t first, last; /* content numbers that may have lost their item */
    bool more;            /* belongs to the damage of the range before */
    char *where, *reason;
    uint64_t n_hit;
} fc_hit_range;

typedef struct fc_damages {
    fc_damage_fn each; /* may be NULL */
    void *context;
    uint64_t n, n_samples_hit;
    fc_hit_range *ranges; /* told at the end, with their samples */
    size_t n_ranges, capacity;
} fc_damages;

/* `dataset` and `id` may be NULL. */
void fc__damage_tell(fc_damages *d, const char *dataset, const char *id, const char *where,
                     const char *fmt, ...) FC_PRINTF(5, 6);
void fc__damage_hole(fc_damages *d, const fc_hole *hole);
/* One that hits the samples of contents first to last; told by fc__damage_hits(). */
fc_status fc__damage_range(fc_damages *d, const fc_hit_range *range, const char *where,
                           const char *reason, fc_error *err);
/* The contents that a hole among the blocks may have had: one range an output known of. */
fc_status fc__damage_block_hole(fc_damages *d, const fc_hole *hole,
                                const fc_encoder_record *encoders, size_t n_encoders,
                                fc_error *err);
typedef const char *(*fc_dataset_name_fn)(void *context, uint32_t number);
/* Tell all ranges, each with the samples it hits. */
fc_status fc__damage_hits(fc_damages *d, fc_tree *t, fc_dataset_name_fn name, void *context,
                          fc_error *err);
void fc__damages_dispose(fc_damages *d);

/* ---- progress ---- */

void fc__watch_tell(const fc_watch *watch, const char *what, uint64_t done, uint64_t total);
fc_status fc__watch_check(const fc_watch *watch, fc_error *err); /* FC_E_CANCELLED */

/* ---- a folder that is whole or absent ---- */

typedef struct fc_new_folder {
    char *parent, *temporary;
    const char *to;
    int lock;
} fc_new_folder;

/* FC_E_EXISTS when there is something at `to`. An empty store is made in a temporary folder beside
 * it. */
fc_status fc__new_folder_begin(fc_new_folder *f, const char *to, uint64_t map_bytes, fc_error *err);
/* Sync and rename. */
fc_status fc__new_folder_commit(fc_new_folder *f, fc_error *err);
/* Removes what is not committed. */
void fc__new_folder_dispose(fc_new_folder *f);

/* Rows into a new store, in transactions of a bounded size. */
typedef struct fc_copy {
    fc_env *to;
    fc_edits edits;
    const fc_watch *watch;
    const char *what;
    uint64_t done, total;
} fc_copy;

fc_status fc__copy_row(fc_copy *c, fc_table table, fc_span key, fc_span value, fc_error *err);
fc_status fc__copy_flush(fc_copy *c, bool all, fc_error *err);

/* Error of `part` of `whole` rows of a block: sums by the rows, the largest as it is. */
fc_quant_error fc__error_share(const fc_quant_error *e, uint64_t part, uint64_t whole);

/* ---- the blocks of one output, filled up ---- */

/* Copy the blocks that `key` and `value` (with its checksum) begin, joined with what came before;
 * rows must come in order. */
/* An output brought to another precision on the way: fc_maintain_convert.c. */
typedef struct fc_conversion {
    fc_version_id version;
    fc_output_id output;
    fc_dtype precision;
    uint64_t n_items;     /* done */
    fc_quant_error error; /* of theirs, against what was stored */
    fc_buf value;
} fc_conversion;

/* Rows that are not copied: live segments of the output, whose vectors were made of what was. */
bool fc__conversion_drops(const fc_conversion *c, fc_table table, fc_span key);
/* Copy a row of meta or of an encoder: a new generation, the output's new precision. */
fc_status fc__conversion_row(fc_conversion *c, fc_copy *to, fc_table table, fc_span key,
                             fc_span value, fc_error *err);
/* fc__store_compact(), with a conversion (may be NULL). */
fc_status fc__store_rewrite(const char *path, fc_conversion *conversion, const fc_watch *watch,
                            fc_compact_report *report, fc_error *err);

typedef struct fc_repack fc_repack;
fc_status fc__repack_create(fc_repack **out, fc_writer *w, fc_copy *to, fc_error *err);
/* Borrowed until the end; NULL: none. Its blocks are decoded, and coded in the other precision. */
void fc__repack_convert(fc_repack *r, fc_conversion *conversion);
fc_status fc__repack_row(fc_repack *r, fc_span key, fc_span value, fc_error *err);
fc_status fc__repack_end(fc_repack *r, fc_error *err);
uint64_t fc__repack_blocks(const fc_repack *r);
void fc__repack_destroy(fc_repack *r);

/* ---- repair ---- */

/* Rows of a damaged store into a new one, as they are. */
fc_status fc__repair_copy(fc_tree *t, fc_copy *copy, fc_error *err);
/* Make the heap of intact rows a store: rows that refer to nothing go, what can be derived is made.
 */
fc_status fc__repair_fix(fc_env *env, const fc_watch *watch, fc_error *err);
fc_status fc__repair_fix_blocks(fc_txn *txn, fc_copy *copy, const fc_encoder_record *encoders,
                                size_t n_encoders, uint64_t *next_content, fc_error *err);

#endif /* FC_MAINTAIN_STORE_H */
