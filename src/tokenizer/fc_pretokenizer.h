/*
 * The pre-tokenizers of a tokenizer: a normalised text cut into the pieces that its model sees one
 * by one.
 *
 * Threads: a list of pre-tokenizers is immutable once read; a room is one thread's.
 */
#ifndef FC_PRETOKENIZER_H
#define FC_PRETOKENIZER_H

#include <jansson.h>

#include "fc_buf.h"
#include "fc_token_regex.h"

typedef enum fc_pretoken_kind {
    FC_CUT_BERT,
    FC_CUT_BYTES, /* ByteLevel */
    FC_CUT_META,  /* Metaspace */
    FC_CUT_CLASS, /* by a class of characters: Punctuation, Digits, WhitespaceSplit, one character
                   */
    FC_CUT_REGEX, /* Split */
    FC_CUT_WORDS  /* Whitespace: words, and what is neither word nor whitespace */
} fc_pretoken_kind;

/* What becomes of what separates. */
typedef enum fc_cut_way {
    FC_WAY_REMOVED,
    FC_WAY_ISOLATED,
    FC_WAY_PREVIOUS,   /* goes with the piece before it */
    FC_WAY_NEXT,       /* goes with the piece behind it */
    FC_WAY_CONTIGUOUS, /* separators that follow each other are one piece */
} fc_cut_way;

typedef enum fc_prepend { FC_PREPEND_NEVER, FC_PREPEND_FIRST, FC_PREPEND_ALWAYS } fc_prepend;

typedef struct fc_pretoken {
    fc_pretoken_kind kind;
    fc_cut_way way;
    uint8_t classes;              /* of FC_CUT_CLASS; 0: whitespace, or the one character below */
    uint32_t only;                /* 0: none */
    bool prefix_space, gpt_words; /* ByteLevel */
    bool invert;                  /* Split: the matches are the pieces */
    bool split;                   /* Metaspace */
    fc_prepend prepend;
    char mark[5]; /* Metaspace: what stands for a blank */
    size_t mark_n;
    fc_token_regex *pattern;
} fc_pretoken;

typedef struct fc_pretokens {
    fc_pretoken *list;
    size_t n, capacity;
} fc_pretokens;

/* Called with each piece, in order; anything but FC_OK ends the walk. n > 0. */
typedef fc_status fc_piece_take(void *user, const char *piece, size_t n, fc_error *err);

/* What cutting needs of one thread. */
typedef struct fc_cut_room {
    fc_buf *bufs;           /* two for each pre-tokenizer */
    const uint8_t *classes; /* borrowed from the tokenizer */
    fc_regex_room *regex;   /* borrowed */
} fc_cut_room;

/* From the file's "pre_tokenizer"; null is none. FC_E_FORMAT, FC_E_UNSUPPORTED, FC_E_NOMEM. */
fc_status fc__pretokens_read(fc_pretokens *out, const json_t *part, fc_error *err);
void fc__pretokens_dispose(fc_pretokens *list);

/* Cut n bytes of valid UTF-8; `first`: the text begins here (not behind an added token). The status
 * of `take`, or FC_E_LIMIT from a regular expression, or FC_E_NOMEM. */
fc_status fc__pretokens_run(const fc_pretokens *list, fc_cut_room *room, const char *s, size_t n,
                            bool first, fc_piece_take *take, void *user, fc_error *err);

/* GPT-2's words: bytes of the one at s (n > 0), as the expression
 * 's|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+ has it. */
size_t fc__gpt_word(const uint8_t *classes, const char *s, size_t n);
/* Append the bytes of s as the characters that stand for them in a byte-level vocabulary. */
fc_status fc__bytes_as_chars(const char *s, size_t n, fc_buf *out, fc_error *err);

#endif /* FC_PRETOKENIZER_H */
