/*
 * The built-in text encoder: stems, pairs of stems and character n-grams by signed feature hashing
 * (Weinberger et al. 2009), n-grams with marks at the ends of the word (as fastText). Internal to
 * the encoder's files.
 *
 * Hashes are XXH3 (a fixed specification) and a fixed mixing; sums are double in the order of the
 * text; so the bits are the same on every machine.
 */
#ifndef FC_HASHTEXT_H
#define FC_HASHTEXT_H

#include "fc_builtin.h"
#include "fc_hashtext_idf.h"
#include "fc_text_prep.h"

/* Raise with every change that can change a bit of any output. */
#define FC_HASHTEXT_CODE_VERSION 1

/* Outputs, in the order of the specs. */
enum { FC_HASHTEXT_TOKENS, FC_HASHTEXT_POOLED, FC_HASHTEXT_N_OUTPUTS };

typedef struct fc_hashtext_rule {
    uint32_t dim, token_dim;
    uint32_t ngram_min, ngram_max;
    double ngram_weight, pair_weight; /* against a stem's 1 */
    double short_weight;              /* a factor for each letter a word has less than four */
    uint32_t max_tokens;
    fc_text_rule text; /* its `stop` is the encoder's */
    const char *language;
    const char *stop_list; /* its name, of fc__stop_lists */
    bool wants_idf;
    const fc_idf *idf; /* the encoder's; NULL: every stem weighs 1 */
} fc_hashtext_rule;

#define FC_HASHTEXT_N_PARAMS 16
#define FC_HASHTEXT_N_LATER  6 /* from `normalise` on */
extern const fc_param_spec fc__hashtext_params[FC_HASHTEXT_N_PARAMS];
/* Rules between parameters, as fc_builtin.check. */
fc_status fc__hashtext_check(const double *values, fc_error *err);
/* The rule of checked values; without its stop words. */
fc_hashtext_rule fc__hashtext_rule_of(const double *values);

/* The encoder itself. */
typedef struct fc_hashtext {
    fc_hashtext_rule rule;
    fc_stop_words *stop; /* NULL: none */
    fc_idf *idf;         /* NULL: not asked for, or not yet counted */
} fc_hashtext;

/* The document frequencies of the texts of an ingest, as what the encoder learns. */
extern const fc_learning fc__hashtext_learning;

/* What a feature stands for: the same letters as a stem and as an n-gram are two features. */
typedef enum fc_feature_kind {
    FC_FEATURE_STEM = 1,
    FC_FEATURE_PAIR = 2,
    FC_FEATURE_NGRAM = 3
} fc_feature_kind;

/* Identity of a feature: 64 bits of a hash over its bytes and kind. */
uint64_t fc__feature_key(fc_feature_kind kind, const void *bytes, size_t n);
uint64_t fc__feature_pair(uint64_t left, uint64_t right);

/* A vector being summed up. `salt` chooses one of several hash functions. */
typedef struct fc_feature_sum {
    double *sums;
    uint32_t dim;
    uint32_t salt;
    double energy; /* the sum of squared weights: what the norm is expected to be */
} fc_feature_sum;

void fc__feature_begin(fc_feature_sum *s, uint32_t salt);
/* Where a feature goes, and with which sign. */
uint32_t fc__feature_slot(const fc_feature_sum *s, uint64_t key, double *sign);
void fc__feature_add(fc_feature_sum *s, uint64_t key, double weight);
/* Each n-gram of a word, so that together they weigh `weight`. */
void fc__feature_add_ngrams(fc_feature_sum *s, const fc_hashtext_rule *rule, const char *word,
                            size_t n, double weight);
/* False when collisions have cancelled the features: then begin again with the next salt. */
bool fc__feature_alive(const fc_feature_sum *s);
/* The unit vector of the sums. */
void fc__feature_finish(const fc_feature_sum *s, float *out);

#define FC_FEATURE_SALTS 64

/* How often each key came, in the order in which they came first. */
typedef struct fc_feature_count {
    uint64_t key;
    uint32_t count;
    uint32_t n;       /* bytes of text */
    const char *text; /* borrowed; NULL where only the key matters */
    double weight;
} fc_feature_count;

typedef struct fc_feature_counts {
    fc_feature_count *items;
    size_t n, capacity;
    uint32_t *index; /* open addressing: 1 + position in items, 0 is free */
    size_t index_size;
} fc_feature_counts;

#define FC_FEATURE_COUNTS_INIT \
    {                          \
        NULL, 0, 0, NULL, 0    \
    }

void fc__feature_counts_clear(fc_feature_counts *c);
/* Count one; the first one's text and weight stay. */
fc_status fc__feature_counts_add(fc_feature_counts *c, const fc_feature_count *item, fc_error *err);
/* Count one more of a key that is there; false: it is not. */
bool fc__feature_counts_again(fc_feature_counts *c, uint64_t key);
void fc__feature_counts_dispose(fc_feature_counts *c);

typedef struct fc_hashtext_worker {
    fc_stemmer *stemmer;
    double *sums; /* as long as the longer of dim and token_dim */
    fc_feature_counts stems, pairs, words;
} fc_hashtext_worker;

/* `prepared` is what fc__text_prepare wrote. Document frequencies weigh in `pooled` alone: a stem
 * and the n-grams of its word by the stem's weight, a pair by the root of both. */
fc_status fc__hashtext_tokens(const fc_hashtext_rule *rule, fc_hashtext_worker *w,
                              const fc_buf *prepared, fc_tensor *out, fc_error *err);
fc_status fc__hashtext_pooled(const fc_hashtext_rule *rule, fc_hashtext_worker *w,
                              const fc_buf *prepared, fc_tensor *out, fc_error *err);

#endif /* FC_HASHTEXT_H */
