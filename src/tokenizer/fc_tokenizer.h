/*
 * Text into the token numbers that a text encoder takes: a tokenizer as Hugging Face's
 * `tokenizer.json` describes it, with the ids of the Python package `tokenizers`.
 *
 *     fc__tokenizer_open(&t, "tokenizer.json", &err);
 *     fc__token_scratch_create(&scratch, t, &err);          one a thread
 *     fc__tokenizer_encode(t, scratch, text, n, NULL, &tokens, &err);
 *     ... tokens.ids, tokens.n ...
 *     fc__tokens_dispose(&tokens);
 *
 * What it knows, by the `type` in the file; anything else is FC_E_UNSUPPORTED and named:
 *   models            WordPiece, BPE (also byte-level), Unigram
 *   normalizers       BertNormalizer, NFC, NFD, NFKC, NFKD, Lowercase, Strip, StripAccents, Nmt,
 *                     Precompiled, Replace, Prepend, Sequence
 *   pre-tokenizers    BertPreTokenizer, ByteLevel, Metaspace, Split, Punctuation, Digits,
 * Whitespace, WhitespaceSplit, CharDelimiterSplit, Sequence post-processors   TemplateProcessing,
 * BertProcessing, RobertaProcessing, ByteLevel, Sequence One text at a time: no pairs. No dropout,
 * which is for training.
 *
 * Threads: a tokenizer is immutable and may be shared; a scratch and a list are one thread's.
 */
#ifndef FC_TOKENIZER_H
#define FC_TOKENIZER_H

#include "fc_buf.h"

typedef struct fc_tokenizer fc_tokenizer;
typedef struct fc_token_scratch fc_token_scratch;

/* The largest file that is read. */
#define FC_TOKENIZER_MAX_BYTES (UINT64_C(256) << 20)

/* What one text became: n entries each. Start from FC_TOKENS_INIT; a list may be used again. */
typedef struct fc_tokens {
    uint32_t *ids;
    uint32_t *types; /* token_type_ids */
    uint8_t *mask;   /* attention_mask: 1, and 0 for padding */
    size_t n;
    size_t capacity;
    bool cut; /* there was more than max_length */
} fc_tokens;

#define FC_TOKENS_INIT                \
    {                                 \
        NULL, NULL, NULL, 0, 0, false \
    }

/* How a text is to be encoded. All zero: the whole text with its special tokens, unpadded. */
typedef struct fc_token_options {
    bool bare;             /* without the post-processor's special tokens */
    uint32_t max_length;   /* tokens, special ones counted; 0: no cut */
    bool cut_left;         /* a cut keeps the end, not the beginning */
    uint32_t pad_length;   /* pad up to this many; 0: no padding */
    uint32_t pad_multiple; /* and up to a multiple of this; 0: no */
    bool pad_left;         /* padding stands in front */
    uint32_t pad_id, pad_type;
} fc_token_options;

/* From the n bytes of a tokenizer.json. FC_E_FORMAT not as such a file must be; FC_E_UNSUPPORTED a
 * part that is not known here; FC_E_LIMIT over FC_TOKENIZER_MAX_BYTES; FC_E_NOMEM. The message says
 * which part of the file is meant. */
fc_status fc__tokenizer_create(fc_tokenizer **out, const void *json, size_t n, fc_error *err);
/* The same from a file; also FC_E_NOT_FOUND, FC_E_IO. */
fc_status fc__tokenizer_open(fc_tokenizer **out, const char *path, fc_error *err);
void fc__tokenizer_destroy(fc_tokenizer *t);

/* What the file itself asks for under `truncation` and `padding`. Nothing uses it unasked: it is
 * the caller who decides. Padding to the longest of a batch is left at 0. */
fc_token_options fc__tokenizer_file_options(const fc_tokenizer *t);
/* The id of a token, added ones first; FC_E_NOT_FOUND (no message). */
fc_status fc__tokenizer_find(const fc_tokenizer *t, const char *token, uint32_t *id);
/* Append the text of a token as the vocabulary has it ("##ing", "<s>"), to show it.
 * FC_E_NOT_FOUND (no message): no token has this id. */
fc_status fc__tokenizer_text(const fc_tokenizer *t, uint32_t id, fc_buf *out, fc_error *err);
/* One more than the largest id: what an embedding table must hold. */
uint32_t fc__tokenizer_size(const fc_tokenizer *t);
/* The libraries whose tables of Unicode it uses, "PCRE2 10.42, utf8proc 2.8.0": for provenance. */
const char *fc__tokenizer_versions(void);

/* Memory for one thread's work with t, which it must not outlive. */
fc_status fc__token_scratch_create(fc_token_scratch **out, const fc_tokenizer *t, fc_error *err);
void fc__token_scratch_destroy(fc_token_scratch *s);

/* The tokens of n bytes of text; what *out held is overwritten. `options` may be NULL: all zero.
 * FC_E_FORMAT the text is not UTF-8, or holds what the model has no token for and no unknown token;
 * FC_E_INVALID max_length leaves no room for the special tokens; FC_E_LIMIT a regular expression
 * took too long; FC_E_NOMEM. */
fc_status fc__tokenizer_encode(const fc_tokenizer *t, fc_token_scratch *s, const char *text,
                               size_t n, const fc_token_options *options, fc_tokens *out,
                               fc_error *err);

/* Pad as the options say, but up to `length`: for the rows of a batch. Longer lists stay. */
fc_status fc__tokens_pad(fc_tokens *tokens, size_t length, const fc_token_options *options,
                         fc_error *err);
void fc__tokens_dispose(fc_tokens *tokens);

#endif /* FC_TOKENIZER_H */
