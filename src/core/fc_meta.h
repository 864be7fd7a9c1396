/*
 * Metadata of a sample: an ordered list of named values (text, number, truth), as manifests give
 * them and --where tests them. One serialised form for the store, one JSON form for people.
 */
#ifndef FC_META_H
#define FC_META_H

#include "fc_buf.h"
#include "fc_json.h"

#define FC_SAMPLE_ID_MAX    4096 /* bytes of a sample's id */
#define FC_META_ENTRIES_MAX 256
#define FC_META_KEY_MAX     128
#define FC_META_VALUE_MAX   65536

typedef enum fc_meta_kind { FC_META_STRING = 0, FC_META_NUMBER = 1, FC_META_BOOL = 2 } fc_meta_kind;

typedef struct fc_meta_entry {
    char *key;
    fc_meta_kind kind;
    char *text;    /* as it came: "12.50", "true", "red" */
    double number; /* FC_META_NUMBER: its value; FC_META_BOOL: 0 or 1 */
} fc_meta_entry;

typedef struct fc_meta {
    fc_meta_entry *entries;
    size_t n;
    size_t capacity;
} fc_meta;

#define FC_META_INIT \
    {                \
        NULL, 0, 0   \
    }

/* Append; copies. A key twice is FC_E_FORMAT; caps are FC_E_LIMIT. For kind NUMBER the text is
 * parsed (C locale, finite), FC_E_FORMAT when it is none. */
fc_status fc__meta_add(fc_meta *m, const char *key, size_t key_n, fc_meta_kind kind,
                       const char *text, size_t text_n, fc_error *err);
/* Whether NUL-terminated `text` is wholly one finite decimal number, in any locale ("12.50",
 * "-1e3"; not " 1", "0x1", "inf"); its value in *out. */
bool fc__meta_number(const char *text, double *out);
/* Copies of all entries of `from` into an empty *to; on failure it is left empty. */
fc_status fc__meta_copy(fc_meta *to, const fc_meta *from, fc_error *err);
/* Entry of `key`, or NULL. */
const fc_meta_entry *fc__meta_find(const fc_meta *m, const char *key);
/* Serialise; and parse untrusted bytes (FC_E_CORRUPT) into an empty *m. */
fc_status fc__meta_write(const fc_meta *m, fc_buf *out, fc_error *err);
fc_status fc__meta_read(fc_meta *m, const uint8_t *bytes, size_t n, fc_error *err);
/* A JSON object. */
void fc__meta_json(const fc_meta *m, fc_json *j);
void fc__meta_clear(fc_meta *m);
void fc__meta_dispose(fc_meta *m);

#endif /* FC_META_H */
