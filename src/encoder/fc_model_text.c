/*
 * Models that take texts: their parameters, their tokenizer, and a text into tokens.
 */
#include "fc_model_text.h"

#include <stdlib.h>
#include <string.h>

#include "fc_alloc.h"
#include "fc_card_build.h"
#include "fc_model_file.h"
#include "fc_text_prep.h"

/* Raised with every change that can change an id or what is made of one: the tokenizers count. */
#define TEXT_CODE_VERSION 1

/* Enough texts to find some of nearly one length. */
#define BATCH_HINT 64
/* Of attention, to estimate the memory that a text takes. */
#define HEADS 16

static const char *const cuts[] = {"end", "start", "refuse", NULL};

enum {
    MAX_TOKENS,
    CUT,
    SPECIAL,
    FIXED_LENGTH,
    CAUSAL,
    PAD_ID,
    MIN_TOKENS,
    FILL_ID,
    FIRST_POSITION,
    N_PARAMS
};

#define ID_MAX 2147483647.0

static const fc_param_spec params[N_PARAMS] = {
    [MAX_TOKENS] = {"max_tokens", FC_PARAM_INT, 1, 65536, 512, NULL,
                    "tokens of a text at most, special ones counted"},
    [CUT] = {"cut", FC_PARAM_CHOICE, 0, 0, FC_CUT_END, cuts,
             "what a longer text loses, its end or its start, or that it is refused"},
    [SPECIAL] = {"special", FC_PARAM_FLAG, 0, 1, 1, NULL,
                 "whether the tokenizer's special tokens are put around a text"},
    [FIXED_LENGTH] = {"fixed_length", FC_PARAM_FLAG, 0, 1, 0, NULL,
                      "whether every text is padded to max_tokens, as some models were trained"},
    [CAUSAL] = {"causal", FC_PARAM_FLAG, 0, 1, 0, NULL,
                "of a model without a mask: whether a token sees only those before it, so that "
                "texts of different length may share a batch"},
    [PAD_ID] = {"pad_id", FC_PARAM_INT, 0, ID_MAX, 0, NULL, "token that pads"},
    [MIN_TOKENS] = {"min_tokens", FC_PARAM_INT, 1, 1024, 1, NULL,
                    "tokens of a text at least: fill_id stands in front of fewer"},
    [FILL_ID] = {"fill_id", FC_PARAM_INT, -1, ID_MAX, -1, NULL,
                 "token in front of a text of fewer than min_tokens; -1 refuses such texts"},
    [FIRST_POSITION] = {"first_position", FC_PARAM_INT, 0, 65536, 0, NULL,
                        "position of the first token, of a model that is fed with positions"},
};

fc_model_text_rule fc__model_text_rule(const double *v)
{
    return (fc_model_text_rule){.max_tokens = (uint32_t)v[MAX_TOKENS],
                                .cut = (fc_text_cut)(int)v[CUT],
                                .special = v[SPECIAL] != 0,
                                .fixed_length = v[FIXED_LENGTH] != 0,
                                .causal = v[CAUSAL] != 0,
                                .pad_id = (uint32_t)v[PAD_ID],
                                .min_tokens = (uint32_t)v[MIN_TOKENS],
                                .fill_id = (int64_t)v[FILL_ID],
                                .first_position = (uint32_t)v[FIRST_POSITION]};
}

static fc_status check(const double *v, fc_error *err)
{
    if (v[MIN_TOKENS] > v[MAX_TOKENS])
        return fc_error_set(err, FC_E_INVALID, "min_tokens is %.0f, more than max_tokens, %.0f",
                            v[MIN_TOKENS], v[MAX_TOKENS]);
    return FC_OK;
}

/* --- one text */

typedef struct text_worker {
    fc_token_scratch *scratch;
    fc_tokens tokens;
    fc_buf prefixed;
} text_worker;

static void worker_destroy(void *worker)
{
    text_worker *w = worker;

    if (w == NULL)
        return;
    fc__token_scratch_destroy(w->scratch);
    fc__tokens_dispose(&w->tokens);
    fc_buf_dispose(&w->prefixed);
    free(w);
}

static fc_status worker_create(const void *self, void **worker, fc_error *err)
{
    const fc_model_encoder *m = self;
    text_worker *w = fc__alloc_array(1, sizeof(*w));
    fc_status st;

    *worker = NULL;
    if (w == NULL)
        return fc__nomem(err, sizeof(*w), "a worker of a text encoder");
    w->tokens = (fc_tokens)FC_TOKENS_INIT;
    w->prefixed = (fc_buf)FC_BUF_INIT;
    st = fc__token_scratch_create(&w->scratch, m->texts->tokenizer, err);
    if (st != FC_OK) {
        worker_destroy(w);
        return st;
    }
    *worker = w;
    return FC_OK;
}

static fc_token_options options_of(const fc_model_text_rule *rule)
{
    return (fc_token_options){.bare = !rule->special,
                              .max_length = rule->max_tokens,
                              .cut_left = rule->cut == FC_CUT_START};
}

/* How many fill tokens belong in front of n. */
static fc_status count_fill(const fc_model_text_rule *rule, size_t n, size_t *out, fc_error *err)
{
    *out = n < rule->min_tokens ? rule->min_tokens - n : 0;
    if (*out == 0 || rule->fill_id >= 0)
        return FC_OK;
    if (n == 0)
        return fc_error_set(err, FC_E_FORMAT,
                            "the text has no tokens (a card can feed one all the same: fill_id)");
    return fc_error_set(err, FC_E_FORMAT,
                        "the text has %zu tokens; this card wants %u at least (or a fill_id)", n,
                        rule->min_tokens);
}

/* Ids, and below them types: what run() feeds, as i32 of 2 x n. */
static fc_status keep_tokens(const fc_model_text_rule *rule, const fc_tokens *tokens,
                             fc_tensor *out, fc_error *err)
{
    uint64_t shape[2] = {2, 0};
    size_t fill = 0;
    int32_t *x;
    fc_status st = count_fill(rule, tokens->n, &fill, err);

    shape[1] = tokens->n + fill;
    if (st == FC_OK)
        st = fc_tensor_alloc(out, FC_I32, 2, shape, err);
    if (st != FC_OK)
        return st;
    x = out->data;
    for (size_t i = 0; i < fill; i++) {
        x[i] = (int32_t)rule->fill_id;
        x[shape[1] + i] = 0;
    }
    for (size_t i = 0; i < tokens->n; i++) {
        if (tokens->ids[i] > INT32_MAX || tokens->types[i] > INT32_MAX)
            return fc_error_set(err, FC_E_FORMAT, "token %zu has the id %u; the largest is %d", i,
                                tokens->ids[i], INT32_MAX);
        x[fill + i] = (int32_t)tokens->ids[i];
        x[shape[1] + fill + i] = (int32_t)tokens->types[i];
    }
    return FC_OK;
}

/* The text behind the prefix, in a buffer of the worker. */
static fc_status put_prefix(const char *prefix, fc_buf *room, const char **text, size_t *n,
                            fc_error *err)
{
    fc_status st;

    fc_buf_clear(room);
    st = fc_buf_append_text(room, prefix, err);
    if (st == FC_OK)
        st = fc_buf_append(room, *text, *n, err);
    *text = (const char *)room->data;
    *n = room->size;
    return st;
}

/* Attention weighs every token against every other, in each head: a text that would take more than
 * a quarter of the machine's memory for that is refused, for the kernel would end the program. How
 * many heads there are a graph does not say; 16 is what models of some hundred million parameters
 * have. */
static fc_status check_memory(uint64_t n_tokens, fc_error *err)
{
    const uint64_t bytes = n_tokens * n_tokens * HEADS * sizeof(float);
    const uint64_t memory = fc__machine_bytes();

    if (memory == 0 || bytes <= memory / 4)
        return FC_OK;
    return fc_error_set(
        err, FC_E_LIMIT,
        "%llu tokens: attention among them takes some %llu MB, and this machine has "
        "%llu MB of memory; lower max_tokens",
        (unsigned long long)n_tokens, (unsigned long long)(bytes >> 20),
        (unsigned long long)(memory >> 20));
}

static fc_status prepare(const void *self, void *worker, const fc_input *in, fc_prepared *out,
                         fc_error *err)
{
    const struct fc_model_texts *texts = ((const fc_model_encoder *)self)->texts;
    const fc_token_options options = options_of(&texts->rule);
    text_worker *w = worker;
    const char *text = NULL;
    size_t n = 0;
    fc_status st = fc__text_whole(in->bytes, in->n_bytes, in->limits, &text, &n, err);

    if (st == FC_OK && texts->prefix != NULL)
        st = put_prefix(texts->prefix, &w->prefixed, &text, &n, err);
    if (st == FC_OK)
        st = fc__tokenizer_encode(texts->tokenizer, w->scratch, text, n, &options, &w->tokens, err);
    if (st == FC_OK && w->tokens.cut && texts->rule.cut == FC_CUT_REFUSE)
        return fc_error_set(err, FC_E_LIMIT,
                            "longer than max_tokens, %u, and this card cuts nothing (%zu bytes)",
                            texts->rule.max_tokens, n);
    if (st == FC_OK)
        st = check_memory(texts->rule.fixed_length ? texts->rule.max_tokens : w->tokens.n, err);
    if (st == FC_OK && w->tokens.cut)
        out->loss = texts->rule.cut == FC_CUT_START
                        ? "longer than max_tokens, the start was cut off"
                        : "longer than max_tokens, the end was cut off";
    return st == FC_OK ? keep_tokens(&texts->rule, &w->tokens, &out->tensor, err) : st;
}

static fc_status name_row(const void *self, const fc_prepared *in, size_t row, fc_buf *out,
                          fc_error *err)
{
    const struct fc_model_texts *texts = ((const fc_model_encoder *)self)->texts;
    const int32_t *ids = in->tensor.data;

    if (in->tensor.rank != 2 || row >= in->tensor.shape[1] || ids[row] < 0)
        return FC_E_NOT_FOUND;
    return fc__tokenizer_text(texts->tokenizer, (uint32_t)ids[row], out, err);
}

/* --- the tokenizer */

void fc__model_texts_destroy(struct fc_model_texts *t)
{
    if (t == NULL)
        return;
    fc__tokenizer_destroy(t->tokenizer);
    free(t->prefix);
    for (size_t i = 0; i < FC_TEXT_ROLES; i++)
        free(t->names[i]);
    free(t);
}

static fc_status open_tokenizer(struct fc_model_texts *t, const fc_card *card,
                                const fc_neural_options *neural, fc_error *err)
{
    fc_buf bytes = FC_BUF_INIT;
    fc_error why = FC_ERROR_INIT;
    fc_sha256 hash;
    fc_status st;

    if (card->tokenizer == NULL)
        return fc_error_set(err, FC_E_CORRUPT, "%s: card '%s' has no tokenizer", card->origin,
                            card->name);
    st = fc__tokenizer_read(card->tokenizer, neural, &bytes, &hash, err);
    if (st == FC_OK)
        st = fc__model_check_hash(card, FC_CARD_TOKENIZER_PART, "tokenizer", card->tokenizer, &hash,
                                  err);
    if (st == FC_OK) {
        st = fc__tokenizer_create(&t->tokenizer, bytes.data, bytes.size, &why);
        if (st != FC_OK)
            fc_error_set(err, st, "%s: %.460s", card->tokenizer, why.message);
    }
    fc_buf_dispose(&bytes);
    return st;
}

/* That max_tokens leaves room for the special tokens, before the first text. */
static fc_status try_options(const struct fc_model_texts *t, const fc_card *card, fc_error *err)
{
    const fc_token_options options = options_of(&t->rule);
    fc_token_scratch *scratch = NULL;
    fc_tokens tokens = FC_TOKENS_INIT;
    fc_error why = FC_ERROR_INIT;
    fc_status st = fc__token_scratch_create(&scratch, t->tokenizer, err);

    if (st == FC_OK) {
        st = fc__tokenizer_encode(t->tokenizer, scratch, "", 0, &options, &tokens, &why);
        if (st == FC_E_INVALID)
            st = FC_E_FORMAT; /* it is the card that is wrong */
        if (st != FC_OK)
            fc_error_set(err, st, "%s: max_tokens: %.460s", card->origin, why.message);
    }
    fc__tokens_dispose(&tokens);
    fc__token_scratch_destroy(scratch);
    return st;
}

fc_status fc__model_texts_create(fc_model_encoder *m, const fc_card *card,
                                 const fc_onnx_model *model, const fc_neural_options *neural,
                                 fc_error *err)
{
    struct fc_model_texts *t = fc__alloc_array(1, sizeof(*t));
    const char *prefix;
    fc_status st = FC_OK;

    if (t == NULL)
        return fc__nomem(err, sizeof(*t), "a text encoder");
    m->texts = t;
    t->rule = fc__model_text_rule(m->values);
    for (size_t i = 0; i < FC_TEXT_ROLES; i++) {
        const char *name = fc__card_part_value(card, fc__card_text_parts[i]);
        const fc_onnx_value *v = name != NULL ? fc__onnx_input(model, name) : NULL;

        t->names[i] = name != NULL ? fc__strdup(name) : NULL;
        if (name != NULL && t->names[i] == NULL)
            return fc__nomem(err, strlen(name), "a text encoder");
        t->types[i] = v != NULL && v->type == FC_ONNX_I32 ? FC_I32 : FC_I64;
    }
    prefix = fc__card_part_value(card, FC_CARD_PREFIX_PART);
    if (prefix != NULL && (t->prefix = fc__strdup(prefix)) == NULL)
        return fc__nomem(err, strlen(prefix), "a text encoder");
    st = open_tokenizer(t, card, neural, err);
    return st == FC_OK ? try_options(t, card, err) : st;
}

static const fc_encoder_ops ops = {
    .kind = FC_MODEL_ENCODER,
    .destroy = fc__model_destroy,
    .worker_create = worker_create,
    .worker_destroy = worker_destroy,
    .prepare = prepare,
    .run = fc__model_run,
    .name_row = name_row,
};

const fc_builtin fc__model_text = {
    .name = FC_MODEL_ENCODER,
    .modality = FC_TEXT,
    .code_version = TEXT_CODE_VERSION,
    .params = params,
    .n_params = N_PARAMS,
    .batch_hint = BATCH_HINT,
    .check = check,
    .ops = &ops,
    .versions = fc__tokenizer_versions,
};
