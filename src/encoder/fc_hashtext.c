/*
 * builtin/hashtext: its parameters, its outputs, and the steps of one text.
 */
#include "fc_hashtext.h"

#include <stdlib.h>

#include "fc_alloc.h"
#include "fc_builtin_list.h"

/* Positions in the table and in an array of values. */
enum {
    DIM,
    TOKEN_DIM,
    NGRAM_MIN,
    NGRAM_MAX,
    NGRAM_WEIGHT,
    PAIR_WEIGHT,
    SHORT_WEIGHT,
    MAX_TOKENS,
    LOWERCASE,
    LANGUAGE,
    N_PARAMS
};

static const fc_param_spec params[N_PARAMS] = {
    [DIM] = {"dim", FC_PARAM_INT, 16, 16384, 1024, NULL, "length of the output `pooled`"},
    [TOKEN_DIM] = {"token_dim", FC_PARAM_INT, 16, 4096, 256, NULL,
                   "length of a row of the output `tokens`"},
    [NGRAM_MIN] = {"ngram_min", FC_PARAM_INT, 1, 8, 3, NULL,
                   "characters of the shortest n-gram, the marks of a word's ends counted"},
    [NGRAM_MAX] = {"ngram_max", FC_PARAM_INT, 1, 8, 5, NULL, "characters of the longest n-gram"},
    [NGRAM_WEIGHT] = {"ngram_weight", FC_PARAM_REAL, 0, 4, 1, NULL,
                      "weight of all n-grams of a word together, against 1 for its stem"},
    [PAIR_WEIGHT] = {"pair_weight", FC_PARAM_REAL, 0, 4, 0.4, NULL,
                     "weight of a pair of neighbouring stems, against 1 for a stem"},
    [SHORT_WEIGHT] = {"short_weight", FC_PARAM_REAL, 0.01, 1, 0.6, NULL,
                      "factor on a word's weight for each letter it has less than four"},
    [MAX_TOKENS] = {"max_tokens", FC_PARAM_INT, 1, 65536, 512, NULL,
                    "rows of `tokens` at most; `pooled` takes all of the text"},
    [LOWERCASE] = {"lowercase", FC_PARAM_FLAG, 0, 1, 1, NULL, "whether case is folded"},
    [LANGUAGE] = {"language", FC_PARAM_CHOICE, 0, 0, 0, fc__stem_languages,
                  "the Snowball stemmer, or none"},
};

static fc_hashtext_rule rule_of(const double *v)
{
    return (fc_hashtext_rule){
        .dim = (uint32_t)v[DIM],
        .token_dim = (uint32_t)v[TOKEN_DIM],
        .ngram_min = (uint32_t)v[NGRAM_MIN],
        .ngram_max = (uint32_t)v[NGRAM_MAX],
        .ngram_weight = v[NGRAM_WEIGHT],
        .pair_weight = v[PAIR_WEIGHT],
        .short_weight = v[SHORT_WEIGHT],
        .max_tokens = (uint32_t)v[MAX_TOKENS],
        .text = {.fold_case = v[LOWERCASE] != 0},
        .language = fc__stem_languages[(size_t)v[LANGUAGE]],
    };
}

static fc_status check(const double *v, fc_error *err)
{
    if (v[NGRAM_MIN] > v[NGRAM_MAX])
        return fc_error_set(err, FC_E_INVALID,
                            "ngram_min is %d and ngram_max %d: the first has to be the smaller",
                            (int)v[NGRAM_MIN], (int)v[NGRAM_MAX]);
    return FC_OK;
}

static void outputs(const double *values, fc_builtin_output *out)
{
    const fc_hashtext_rule rule = rule_of(values);

    out[FC_HASHTEXT_TOKENS] =
        (fc_builtin_output){"tokens", FC_F16, 2, {0, rule.token_dim, 0, 0}, false};
    out[FC_HASHTEXT_POOLED] = (fc_builtin_output){"pooled", FC_F32, 1, {rule.dim, 0, 0, 0}, true};
}

static fc_status create(void **self, const double *values, fc_error *err)
{
    const fc_status st = fc__builtin_check(&fc__builtin_hashtext, values, err);
    fc_hashtext_rule *rule;

    *self = NULL;
    if (st != FC_OK)
        return st;
    rule = fc__alloc_array(1, sizeof(*rule));
    if (rule == NULL)
        return fc__nomem(err, sizeof(*rule), "a text encoder");
    *rule = rule_of(values);
    *self = rule;
    return FC_OK;
}

static void destroy(void *self)
{
    free(self);
}

static void worker_destroy(void *worker)
{
    fc_hashtext_worker *w = worker;

    if (w == NULL)
        return;
    fc__feature_counts_dispose(&w->words);
    fc__feature_counts_dispose(&w->pairs);
    fc__feature_counts_dispose(&w->stems);
    free(w->sums);
    fc__stemmer_destroy(w->stemmer);
    free(w);
}

static fc_status worker_create(const void *self, void **worker, fc_error *err)
{
    const fc_hashtext_rule *rule = self;
    const size_t n = rule->dim > rule->token_dim ? rule->dim : rule->token_dim;
    fc_hashtext_worker *w = fc__alloc_array(1, sizeof(*w));
    fc_status st = FC_OK;

    *worker = NULL;
    if (w == NULL)
        return fc__nomem(err, sizeof(*w), "a text worker");
    w->sums = fc__alloc_array(n, sizeof(*w->sums));
    if (w->sums == NULL)
        st = fc__nomem(err, n * sizeof(*w->sums), "a text worker");
    if (st == FC_OK)
        st = fc__stemmer_create(&w->stemmer, rule->language, err);
    if (st != FC_OK) {
        worker_destroy(w);
        return st;
    }
    *worker = w;
    return FC_OK;
}

static fc_status prepare(const void *self, void *worker, const fc_input *in, fc_prepared *out,
                         fc_error *err)
{
    const fc_hashtext_rule *rule = self;
    fc_hashtext_worker *w = worker;

    fc_buf_clear(&out->bytes);
    return fc__text_prepare(in->bytes, in->n_bytes, in->limits, &rule->text, w->stemmer,
                            &out->bytes, err);
}

static fc_status run(const void *self, void *worker, const fc_prepared *const *in, size_t n,
                     const bool *wanted, fc_features *const *out, fc_error *err)
{
    const fc_hashtext_rule *rule = self;
    fc_status st = FC_OK;

    for (size_t i = 0; i < n && st == FC_OK; i++) {
        fc_tensor *to = out[i]->outputs;

        if (wanted[FC_HASHTEXT_TOKENS])
            st = fc__hashtext_tokens(rule, worker, &in[i]->bytes, &to[FC_HASHTEXT_TOKENS], err);
        if (st == FC_OK && wanted[FC_HASHTEXT_POOLED])
            st = fc__hashtext_pooled(rule, worker, &in[i]->bytes, &to[FC_HASHTEXT_POOLED], err);
    }
    return st;
}

static const fc_encoder_ops ops = {
    .kind = "hashtext",
    .destroy = destroy,
    .worker_create = worker_create,
    .worker_destroy = worker_destroy,
    .prepare = prepare,
    .run = run,
};

const fc_builtin fc__builtin_hashtext = {
    .name = "builtin/hashtext",
    .modality = FC_TEXT,
    .code_version = FC_HASHTEXT_CODE_VERSION,
    .params = params,
    .n_params = N_PARAMS,
    .n_outputs = FC_HASHTEXT_N_OUTPUTS,
    .batch_hint = 1,
    .check = check,
    .outputs = outputs,
    .create = create,
    .ops = &ops,
    .versions = fc__text_prep_versions,
};
