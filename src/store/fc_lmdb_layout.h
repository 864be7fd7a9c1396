/*
 * Layout of LMDB 0.9 data files on a 64-bit little-endian machine, for what looks at pages itself:
 * the checks that keep LMDB from following damage.
 */
#ifndef FC_LMDB_LAYOUT_H
#define FC_LMDB_LAYOUT_H

/* A meta page: pages 0 and 1, the one of transaction t is page t & 1. */
#define FC_LMDB_META_BYTES      152u
#define FC_LMDB_META_MAGIC      16u
#define FC_LMDB_META_FORMAT     20u
#define FC_LMDB_META_PAGE       40u /* page size: md_pad of the free list's record */
#define FC_LMDB_META_FREE_DEPTH 46u
#define FC_LMDB_META_FREE       80u /* root page of the free list */
#define FC_LMDB_META_MAIN_DEPTH 94u
#define FC_LMDB_META_MAIN       128u /* root page of the table of tables */
#define FC_LMDB_META_LAST       136u /* last page in use */
#define FC_LMDB_META_TXN        144u
#define FC_LMDB_MAGIC           0xBEEFC0DEu
#define FC_LMDB_FORMAT          1u
#define FC_LMDB_NO_PAGE         UINT64_MAX
#define FC_LMDB_PAGE_MIN        512u
#define FC_LMDB_PAGE_MAX        32768u

/* Every page but the later ones of a large value. */
#define FC_LMDB_PAGE_HEADER 16u
#define FC_LMDB_PAGE_FLAGS  10u
#define FC_LMDB_PAGE_LOWER  12u
#define FC_LMDB_PAGE_UPPER  14u
#define FC_LMDB_BRANCH      0x01u
#define FC_LMDB_LEAF        0x02u
#define FC_LMDB_OVERFLOW    0x04u /* the first page of a large value */
#define FC_LMDB_META        0x08u

/* A node: data size or child page in three halves, flags, key length, key, data. */
#define FC_LMDB_NODE_HEADER    8u
#define FC_LMDB_NODE_FLAGS     4u
#define FC_LMDB_NODE_KEY       6u
#define FC_LMDB_NODE_BIG       0x01u /* the data is the number of the first page of the value */
#define FC_LMDB_NODE_TABLE     0x02u /* the data is a record of a table */
#define FC_LMDB_KEY_MAX        511u
#define FC_LMDB_TABLE_BYTES    48u
#define FC_LMDB_TABLE_DEPTH    6u
#define FC_LMDB_TABLE_BRANCHES 8u  /* number of branch pages */
#define FC_LMDB_TABLE_LEAVES   16u /* number of leaf pages */
#define FC_LMDB_TABLE_ENTRIES  32u
#define FC_LMDB_TABLE_ROOT     40u
#define FC_LMDB_DEPTH_MAX      32

#endif /* FC_LMDB_LAYOUT_H */
