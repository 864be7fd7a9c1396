/*
 * The normalizers of a tokenizer: a text brought into the form that its model was trained on.
 *
 * Threads: a list of normalizers is immutable once read.
 */
#ifndef FC_NORMALIZER_H
#define FC_NORMALIZER_H

#include <jansson.h>

#include "fc_buf.h"
#include "fc_charsmap.h"
#include "fc_token_regex.h"

typedef enum fc_normal_kind {
    FC_NORMAL_BERT,
    FC_NORMAL_FORM, /* NFC, NFD, NFKC, NFKD */
    FC_NORMAL_LOWER,
    FC_NORMAL_STRIP,
    FC_NORMAL_ACCENTS,
    FC_NORMAL_NMT,
    FC_NORMAL_CHARSMAP,
    FC_NORMAL_REPLACE,
    FC_NORMAL_PREPEND
} fc_normal_kind;

typedef struct fc_normal {
    fc_normal_kind kind;
    bool clean, ideographs, accents, lower; /* BERT */
    bool compose, compat;                   /* a form */
    bool left, right;                       /* strip */
    fc_charsmap *charsmap;
    fc_token_regex *pattern; /* replace */
    char *text;              /* replace, prepend */
    size_t text_n;
} fc_normal;

typedef struct fc_normals {
    fc_normal *list;
    size_t n, capacity;
} fc_normals;

/* What normalising needs of one thread. */
typedef struct fc_normal_room {
    fc_buf bufs[3];
    const uint8_t *classes; /* borrowed from the tokenizer */
    fc_regex_room *regex;   /* borrowed */
} fc_normal_room;

/* From the file's "normalizer"; null is none. FC_E_FORMAT, FC_E_UNSUPPORTED, FC_E_NOMEM. */
fc_status fc__normals_read(fc_normals *out, const json_t *part, fc_error *err);
void fc__normals_dispose(fc_normals *list);

/* The normal form of n bytes of valid UTF-8: *out, *out_n borrow from `room`, or from the text
 * where nothing changed, until the next call. FC_E_LIMIT from a regular expression; FC_E_NOMEM. */
fc_status fc__normals_run(const fc_normals *list, fc_normal_room *room, const char *text, size_t n,
                          const char **out, size_t *out_n, bool *headless, fc_error *err);

/* The single ones, each appending to `out`. */
fc_status fc__normal_bert(const fc_normal *how, fc_normal_room *room, const char *s, size_t n,
                          fc_buf *out, fc_error *err);
fc_status fc__normal_form(const uint8_t *classes, bool compose, bool compat, const char *s,
                          size_t n, fc_buf *out, fc_error *err);
fc_status fc__normal_lower(const char *s, size_t n, fc_buf *out, fc_error *err);
fc_status fc__normal_accents(const uint8_t *classes, uint8_t dropped, const char *s, size_t n,
                             fc_buf *out, fc_error *err);
fc_status fc__normal_nmt(const char *s, size_t n, fc_buf *out, fc_error *err);
/* The lower case of a code point, as Rust's standard library has it; returns how many bytes. */
size_t fc__normal_lower_char(uint32_t cp, char out[8]);

#endif /* FC_NORMALIZER_H */
