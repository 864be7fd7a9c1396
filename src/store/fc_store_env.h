/*
 * Inside the store: environments, transactions, tables. Everything that touches LMDB goes through
 * what is declared here, so that checksums, bounds and error words are in one place.
 */
#ifndef FC_STORE_ENV_H
#define FC_STORE_ENV_H

#include <lmdb.h>
#include <pthread.h>
#include <string.h>
#include <sys/types.h>

#include <featcache/store.h>

#include "fc_buf.h"
#include "fc_hash.h"

#define FC_STORE_FORMAT 1u

/* Table numbers are part of every checksum and never change. */
typedef enum fc_table {
    FC_TABLE_META = 1,
    FC_TABLE_CONTENT = 2,
    FC_TABLE_BLOCK = 3,
    FC_TABLE_ENCODER = 4,
    FC_TABLE_DATASET = 5,
    FC_TABLE_SAMPLE = 6,
    FC_TABLE_HOLDER = 7,
    FC_TABLE_FAILURE = 8,
    FC_TABLE_HEAD = 9,
    FC_TABLE_SPACE = 10,
    FC_TABLE_SEGMENT = 11,
    FC_TABLE_END = 12
} fc_table;

/* "content", "block", ... : the name of the LMDB database. */
const char *fc__table_name(fc_table table);

/* Borrowed bytes. */
typedef struct fc_span {
    const uint8_t *data;
    size_t n;
} fc_span;

/* ---- keys: schemas/store.md ---- */

#define FC_KEY_MAX          192 /* the longest is a data set's name, NUL and u32 */
#define FC_DATASET_NAME_MAX 128
#define FC_SPACE_NAME_MAX   63
#define FC_ID_HASH_BYTES    16
#define FC_VERSION_OPEN     UINT32_C(0xFFFFFFFF) /* last version of a row that is current */

typedef struct fc_key {
    uint8_t bytes[FC_KEY_MAX];
    size_t n;
} fc_key;

fc_key fc__key_meta(void);
fc_key fc__key_content(const fc_sha256 *hash);
fc_key fc__key_block(fc_version_id version, fc_output_id output, uint64_t content, uint32_t chunk);
fc_key fc__key_encoder(fc_version_id version);
fc_key fc__key_dataset(const char *name, uint32_t version); /* version 0: the header row */
fc_key fc__key_sample(uint32_t dataset, const uint8_t id_hash[16], uint32_t first);
fc_key fc__key_holder(uint64_t content, uint32_t dataset, const uint8_t id_hash[16],
                      uint32_t first);
fc_key fc__key_failure(uint32_t dataset, const uint8_t id_hash[16], fc_version_id version);
fc_key fc__key_segment(const char *space, fc_version_id version, fc_output_id output);
fc_key fc__key_space(const char *name, uint32_t version);
fc_key fc__key_head(const uint8_t id[16]);

/* The other way. False where the bytes are no such key. */
bool fc__key_block_read(fc_span key, fc_version_id *version, fc_output_id *output,
                        uint64_t *content, uint32_t *chunk);
bool fc__key_dataset_read(fc_span key, const char **name, uint32_t *version);
bool fc__key_space_read(fc_span key, const char **name, uint32_t *version);
bool fc__key_segment_read(fc_span key, const char **space, fc_version_id *version,
                          fc_output_id *output);
bool fc__key_sample_read(fc_span key, uint32_t *dataset, const uint8_t **id_hash, uint32_t *first);
bool fc__key_holder_read(fc_span key, uint64_t *content, uint32_t *dataset, const uint8_t **id_hash,
                         uint32_t *first);
bool fc__key_failure_read(fc_span key, uint32_t *dataset, const uint8_t **id_hash,
                          fc_version_id *version);

/* CRC-32C over table number, key length and key: what the value's checksum goes on from, and the
 * seed of a block's own checksums. */
uint32_t fc__key_crc(fc_table table, const void *key, size_t n);
/* Words for a message: "block of encoder version 3, output 1, content 17, chunk 0". */
#define FC_KEY_TEXT_BYTES 224
const char *fc__key_text(fc_table table, fc_span key, char out[FC_KEY_TEXT_BYTES]);
/* Set FC_E_CORRUPT with the words for table and key and what is wrong there. */
fc_status fc__corrupt(fc_error *err, fc_table table, fc_span key, const char *what);
fc_span fc__key_span(const fc_key *key);

/* ---- environments: one a data.mdb in this process ---- */

typedef struct fc_env {
    struct fc_env *next;
    size_t refs;
    dev_t device;
    ino_t inode;
    pid_t pid; /* an environment does not survive fork() */
    bool read_only;
    MDB_env *mdb;
    MDB_dbi dbi[FC_TABLE_END];
    size_t page_bytes;
    char *path; /* the folder, for messages */
    uint8_t store_id[16];
    const uint8_t *pages; /* the file once more, for the guard; NULL: none */
    size_t pages_bytes;
    uint64_t map_epoch; /* counts changes of the maps */
    /* Transactions of this process, against changes of the map: guarded by lock. */
    pthread_mutex_t lock;
    pthread_cond_t changed;
    size_t active;
    bool growing;
    fc_status failed; /* after a write whose outcome is unknown */
} fc_env;

/* Make a store at `path` in a temporary folder beside it and rename it; somebody else having been
 * faster is FC_OK. */
fc_status fc__env_create(const char *path, uint64_t map_bytes, fc_error *err);
/* Open, or share what this process has open already. */
fc_status fc__env_open(fc_env **out, const char *path, uint64_t map_bytes, bool read_only,
                       fc_error *err);
void fc__env_close(fc_env *env);

struct fc_txn;

/* Checks of the two meta pages and the file size, by reading, before LMDB maps anything. */
fc_status fc__env_check_file(const char *folder, fc_error *err);
/* FC_E_CORRUPT unless every page in use is among the n_pages that the open file has. */
fc_status fc__pages_reachable(int fd, const char *path, uint32_t page_bytes, uint64_t n_pages,
                              fc_error *err);
/* LMDB trusts its pages, and a damaged one is a crash: walk the trees that `txn` (live, for
 * reading) sees, with pread, and say FC_E_CORRUPT where a page is not what it should be. */
fc_status fc__env_check_pages(struct fc_txn *txn, fc_error *err);
/* FC_E_UNSUPPORTED where `path` lies on a network file system. */
fc_status fc__refuse_network(const char *path, fc_error *err);

/* The flags an environment is opened with, for the test that WRITEMAP, NOSYNC, ... stay out. */
unsigned fc__env_flags(bool read_only);
/* A bare LMDB environment with those flags, outside the registry. */
fc_status fc__env_open_mdb(MDB_env **out, const char *path, uint64_t map_bytes, bool read_only,
                           fc_error *err);
/* Mark it failed after a write whose outcome is unknown (an errno or LMDB code). */
void fc__env_fail(fc_env *env, int rc);
/* LMDB return code to status; the message names the store and what to do. */
fc_status fc__mdb_error(const fc_env *env, int rc, const char *doing, fc_error *err);
/* Whether an EIO is that of a disk, a quota or a file-size limit that has no room left. */
bool fc__env_disk_full(const fc_env *env);
fc_status fc__mdb_error_at(const char *path, int rc, const char *doing, fc_error *err);

/* ---- transactions ---- */

typedef struct fc_txn {
    fc_env *env;
    MDB_txn *mdb; /* NULL: none */
    bool write;
    bool live;              /* counted as active: begun and neither ended nor reset */
    struct fc_guard *guard; /* checks pages before LMDB follows them; NULL: none */
} fc_txn;

#define FC_TXN_INIT                    \
    {                                  \
        NULL, NULL, false, false, NULL \
    }

fc_status fc__txn_begin(fc_txn *t, fc_env *env, bool write, fc_error *err);
/* Also after an error the transaction is gone. EIO and the like mark the environment failed. A full
 * map is FC_E_FULL with *map_full set. */
fc_status fc__txn_commit(fc_txn *t, bool *map_full, fc_error *err);
void fc__txn_end(fc_txn *t); /* abort; an empty one is a no-op */
/* A read transaction let go for now, keeping its slot; renew sees the newest state. */
void fc__txn_reset(fc_txn *t);
fc_status fc__txn_renew(fc_txn *t, fc_error *err);
/* ---- the guard: fc_guard.c ---- */

typedef struct fc_guard fc_guard;
/* Part of begin and renew; *again: the snapshot is gone already, begin anew. */
fc_status fc__guard_begin(fc_txn *t, bool *again, fc_error *err);
void fc__guard_end(fc_txn *t);
/* Check the pages that lead to `key` and to its neighbours. Reads of LMDB come after it. */
fc_status fc__guard_key(fc_txn *t, fc_table table, fc_span key, fc_error *err);
/* With no transaction running: (un)map the pages for the guard. */
void fc__guard_map(fc_env *env);
void fc__guard_unmap(fc_env *env);

/* Double the map (at least to `need` bytes more). Waits a bounded time for the transactions of this
 * process. */
fc_status fc__env_grow(fc_env *env, uint64_t need, fc_error *err);

/* ---- rows ---- */

/* The value without its checksum, checked. FC_E_NOT_FOUND without a message. For blocks the
 * trailing checksum is not compared: header and frames have their own, seeded by the key. */
fc_status fc__row_get(fc_txn *t, fc_table table, const fc_key *key, fc_span *value, fc_error *err);
/* `value` already ends with its checksum. */
fc_status fc__row_put(fc_txn *t, fc_table table, fc_span key, fc_span value, bool *map_full,
                      fc_error *err);
fc_status fc__row_delete(fc_txn *t, fc_table table, fc_span key, bool *map_full, fc_error *err);
/* Append the checksum of (table, key, value) to value. */
fc_status fc__row_seal(fc_table table, const fc_key *key, fc_buf *value, fc_error *err);

typedef struct fc_cursor {
    fc_txn *txn;
    fc_table table;
    MDB_cursor *mdb; /* NULL: closed */
} fc_cursor;

#define FC_CURSOR_INIT           \
    {                            \
        NULL, FC_TABLE_END, NULL \
    }

fc_status fc__cursor_open(fc_cursor *c, fc_txn *t, fc_table table, fc_error *err);
void fc__cursor_close(fc_cursor *c);
/* First row whose key is at least `key`. All of these: FC_E_NOT_FOUND at the end, no message. */
fc_status fc__cursor_seek(fc_cursor *c, const fc_key *key, fc_span *found, fc_span *value,
                          fc_error *err);
/* Last row whose key is at most `key`. */
fc_status fc__cursor_seek_back(fc_cursor *c, const fc_key *key, fc_span *found, fc_span *value,
                               fc_error *err);
/* Compare the checksums of the rows on either side of `key`. */
fc_status fc__cursor_check_gap(fc_cursor *c, const fc_key *key, fc_error *err);
fc_status fc__cursor_next(fc_cursor *c, fc_span *key, fc_span *value, fc_error *err);
fc_status fc__cursor_prev(fc_cursor *c, fc_span *key, fc_span *value, fc_error *err);

static inline bool fc__span_has_prefix(fc_span s, const void *prefix, size_t n)
{
    return s.n >= n && memcmp(s.data, prefix, n) == 0;
}

#endif /* FC_STORE_ENV_H */
