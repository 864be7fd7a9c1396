/*
 * builtin/hashtext: its outputs, and the steps of one text.
 */
#include "fc_hashtext.h"

#include <stdlib.h>
#include <string.h>

#include "fc_alloc.h"
#include "fc_builtin_list.h"

static void outputs(const double *values, fc_builtin_output *out)
{
    const fc_hashtext_rule rule = fc__hashtext_rule_of(values);

    out[FC_HASHTEXT_TOKENS] =
        (fc_builtin_output){"tokens", FC_F16, 2, {0, rule.token_dim, 0, 0}, false};
    out[FC_HASHTEXT_POOLED] = (fc_builtin_output){"pooled", FC_F32, 1, {rule.dim, 0, 0, 0}, true};
}

static void destroy(void *self)
{
    fc_hashtext *h = self;

    if (h == NULL)
        return;
    fc__stop_words_destroy(h->stop);
    fc__idf_destroy(h->idf);
    free(h);
}

/* The set of `words`, which become those of the rule. */
static fc_status take_stop_words(fc_hashtext *h, const char *words, fc_error *err)
{
    const fc_status st =
        fc__stop_words_create(&h->stop, words, h->rule.text.form, h->rule.text.fold_case, err);

    h->rule.text.stop = h->stop;
    return st;
}

static fc_status create(void **self, const double *values, fc_error *err)
{
    const char *words;
    fc_hashtext *h;
    fc_status st;

    *self = NULL;
    st = fc__builtin_check(&fc__builtin_hashtext, values, err);
    if (st != FC_OK)
        return st;
    h = fc__alloc_array(1, sizeof(*h));
    if (h == NULL)
        return fc__nomem(err, sizeof(*h), "a text encoder");
    h->rule = fc__hashtext_rule_of(values);
    words = fc__stop_list(h->rule.stop_list);
    if (words != NULL)
        st = take_stop_words(h, words, err);
    if (st != FC_OK) {
        destroy(h);
        return st;
    }
    *self = h;
    return FC_OK;
}

static fc_status take_idf(fc_hashtext *h, const char *text, fc_error *err)
{
    const fc_status st = fc__idf_read(&h->idf, text, err);

    h->rule.idf = h->idf;
    return st;
}

static fc_status take_data(void *self, const fc_builtin_data *data, size_t n, fc_error *err)
{
    fc_hashtext *h = self;
    const bool wants_list = strcmp(h->rule.stop_list, "file") == 0;

    for (size_t i = 0; i < n; i++) {
        fc_status st;

        if (strcmp(data[i].name, "stop_words") == 0 && wants_list && h->stop == NULL)
            st = take_stop_words(h, data[i].text, err);
        else if (strcmp(data[i].name, "idf") == 0 && h->rule.wants_idf && h->idf == NULL)
            st = take_idf(h, data[i].text, err);
        else
            st = fc_error_set(err, FC_E_CORRUPT, "data '%s' that no parameter asks for",
                              data[i].name);
        if (st != FC_OK)
            return st;
    }
    if (wants_list && h->stop == NULL)
        return fc_error_set(err, FC_E_CORRUPT, "stop words of a file, and not the words");
    return FC_OK;
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
    const fc_hashtext_rule *rule = &((const fc_hashtext *)self)->rule;
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
    const fc_hashtext_rule *rule = &((const fc_hashtext *)self)->rule;
    fc_hashtext_worker *w = worker;

    fc_buf_clear(&out->bytes);
    return fc__text_prepare(in->bytes, in->n_bytes, in->limits, &rule->text, w->stemmer,
                            &out->bytes, err);
}

static fc_status run(const void *self, void *worker, const fc_prepared *const *in, size_t n,
                     const bool *wanted, fc_features *const *out, fc_error *err)
{
    const fc_hashtext_rule *rule = &((const fc_hashtext *)self)->rule;
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

/* The word of a row of the tokens. */
static fc_status name_row(const void *self, const fc_prepared *in, size_t row, fc_buf *out,
                          fc_error *err)
{
    fc_reader r = fc_reader_over(in->bytes.data, in->bytes.size);
    fc_prepared_word word;
    fc_status st;

    if (row >= ((const fc_hashtext *)self)->rule.max_tokens)
        return FC_E_NOT_FOUND;
    for (size_t i = 0; i <= row; i++)
        if (!fc__text_prepared_next(&r, &word))
            return FC_E_NOT_FOUND;
    st = fc_buf_append(out, word.word, word.word_n, err);
    return st == FC_OK ? fc_buf_append_text(out, "", err) : st;
}

static const fc_encoder_ops ops = {
    .kind = "hashtext",
    .destroy = destroy,
    .worker_create = worker_create,
    .worker_destroy = worker_destroy,
    .prepare = prepare,
    .run = run,
    .name_row = name_row,
};

const fc_builtin fc__builtin_hashtext = {
    .name = "builtin/hashtext",
    .modality = FC_TEXT,
    .code_version = FC_HASHTEXT_CODE_VERSION,
    .params = fc__hashtext_params,
    .n_params = FC_HASHTEXT_N_PARAMS,
    .n_later = FC_HASHTEXT_N_LATER,
    .n_outputs = FC_HASHTEXT_N_OUTPUTS,
    .batch_hint = 1,
    .check = fc__hashtext_check,
    .outputs = outputs,
    .create = create,
    .ops = &ops,
    .read_file = fc__stop_list_read,
    .take_data = take_data,
    .learning = &fc__hashtext_learning,
    .versions = fc__text_prep_versions,
};
