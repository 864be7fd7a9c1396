/*
 * Models of texts: a text is the same alone and beside any others, to 1e-5 of the largest value,
 * and has its own rows and no others, for each model of the pack
 * (FC_SHARED_DIR) and for seeded exports of other families. The texts differ in length by
 * two orders of magnitude, so that they are padded, bucketed and cut.
 */
#include "model_rig.h"

#define N_TEXTS 12

static const char *const parts[] = {"a",
                                    " small dog",
                                    " running on the beach",
                                    ", next to the sea at 12:45;",
                                    " Café naïve Straße — Łódź, İstanbul",
                                    " 我喜欢在海边散步。東京は夜です",
                                    " 🎉👍🏽"};

/* The i-th text: of 1 to `most` parts, 100 at most, the lengths mixed. */
static char *make_text(size_t i, size_t most)
{
    static const size_t n_parts[N_TEXTS] = {3, 1, 70, 2, 17, 1, 100, 5, 64, 18, 2, 90};
    const size_t n = n_parts[i] < most ? n_parts[i] : most;
    char *text = NULL;
    size_t size = 0;
    FILE *f = open_memstream(&text, &size);

    assert_non_null(f);
    for (size_t k = 0; k < n; k++)
        fputs(parts[(i * 3 + k * (i + 1)) % (sizeof(parts) / sizeof(parts[0]))], f);
    fclose(f);
    return text;
}

static void prepare_text(fc_encoder_worker *w, size_t i, size_t most, fc_prepared *out)
{
    char *text = make_text(i, most);
    const fc_input in = {FC_TEXT, (const uint8_t *)text, strlen(text), 0, 0, "a text", NULL};
    fc_error err = FC_ERROR_INIT;

    assert_status(FC_OK, fc__encoder_prepare(w, &in, out, &err), &err);
    free(text);
}

/* Run the texts order[0 .. n) at once; each has to be what it was alone. */
static void check_together(fc_encoder_worker *w, const fc_encoder *e, const fc_prepared *prepared,
                           const fc_features *alone, const size_t *order, size_t n)
{
    const fc_prepared *in[N_TEXTS];
    fc_features together[N_TEXTS], *out[N_TEXTS];
    fc_error err = FC_ERROR_INIT;

    for (size_t i = 0; i < n; i++) {
        together[i] = (fc_features)FC_FEATURES_INIT;
        in[i] = &prepared[order[i]];
        out[i] = &together[i];
    }
    assert_status(FC_OK, fc__encoder_run(w, in, n, NULL, out, &err), &err);
    for (size_t i = 0; i < n; i++) {
        for (size_t k = 0; k < fc__encoder_n_outputs(e); k++)
            assert_near(&alone[order[i]].outputs[k], &together[i].outputs[k],
                        fc__encoder_outputs(e)[k].name);
        fc__features_dispose(&together[i]);
    }
}

static void check_texts(fc_encoder *e, size_t most)
{
    static const size_t forth[N_TEXTS] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11};
    static const size_t some[] = {6, 1, 5}, pair[] = {10, 7};
    fc_prepared prepared[N_TEXTS];
    fc_features alone[N_TEXTS];
    fc_encoder_worker *w = NULL;
    fc_error err = FC_ERROR_INIT;
    assert_status(FC_OK, fc__encoder_worker_create(&w, e, &err), &err);
    for (size_t i = 0; i < N_TEXTS; i++) {
        const fc_prepared *in = &prepared[i];
        fc_features *out = &alone[i];

        prepared[i] = (fc_prepared)FC_PREPARED_INIT;
        alone[i] = (fc_features)FC_FEATURES_INIT;
        prepare_text(w, i, most, &prepared[i]);
        assert_status(FC_OK, fc__encoder_run(w, &in, 1, NULL, &out, &err), &err);
        /* As many rows as tokens. */
        for (size_t k = 0; k < alone[i].n_outputs; k++)
            if (alone[i].outputs[k].rank == 2)
                assert_int_equal(alone[i].outputs[k].shape[0], prepared[i].tensor.shape[1]);
    }
    check_together(w, e, prepared, alone, forth, N_TEXTS);
    check_together(w, e, prepared, alone, some, 3);
    check_together(w, e, prepared, alone, pair, 2);
    for (size_t i = 0; i < N_TEXTS; i++) {
        fc__features_dispose(&alone[i]);
        fc__prepared_dispose(&prepared[i]);
    }
    fc__encoder_worker_destroy(w);
    fc__encoder_destroy(e);
}

static void check_pack(const char *card, const char *folder, size_t most)
{
    pack p;

    find_pack(&p);
    check_texts(load(&p, card, folder), most);
}

/* A small export of an architecture with seeded weights, and a small tokenizer (tests/golden). */
static void check_seeded(const char *model, const char *tokenizer, const char *rest)
{
    char text[1500], origin[1000];
    pack p;

    find_runtime(&p);
    snprintf(text, sizeof(text),
             "name: it\nmodality: text\nmodel: neural/%s.onnx\ntokenizer: tokenizer/%s.json\n%s",
             model, tokenizer, rest);
    snprintf(origin, sizeof(origin), "%s/tests/golden/card.yaml", getenv("FC_SOURCE_DIR"));
    check_texts(load_text(&p, text, strlen(text), origin), 30);
}

static void test_texts__minilm_is_the_same_in_any_batch(void **state)
{
    (void)state;
    check_pack("all-minilm-l6-v2", "text_bert", 100);
}

static void test_texts__smollm2_is_the_same_in_any_batch(void **state)
{
    (void)state;
    check_pack("smollm2-135m", "text_gpt", 8);
}

/* The vector is taken at the token that ends the text, which is also what pads. */
static void test_texts__clip_is_the_same_in_any_batch(void **state)
{
    (void)state;
    check_seeded("clip_text", "clip",
                 "params: { max_tokens: 77, causal: true, pad_id: 2133 }\n"
                 "outputs:\n"
                 "  - { name: text_embeds, layout: vector, shape: [16] }\n"
                 "  - { name: tokens, tensor: last_hidden_state, shape: [n, 8] }\n");
}

/* Every text has 64 tokens, padding in sight of the model; rows are those of the text. */
static void test_texts__siglip_is_the_same_in_any_batch(void **state)
{
    (void)state;
    check_seeded("siglip_text", "siglip",
                 "params: { max_tokens: 64, fixed_length: true, pad_id: 1 }\n"
                 "outputs:\n"
                 "  - { name: pooled, tensor: pooler_output, layout: vector, shape: [8] }\n"
                 "  - { name: tokens, tensor: last_hidden_state, shape: [n, 8] }\n");
}

/* Without a mask and without a word on what its tokens see, nothing is padded. */
static void test_texts__a_model_without_a_mask_is_never_padded(void **state)
{
    (void)state;
    check_seeded(
        "siglip_text", "siglip",
        "params: { max_tokens: 64 }\n"
        "outputs:\n"
        "  - { name: pooled, tensor: pooler_output, layout: vector, shape: [8] }\n"
        "  - { name: mean, tensor: last_hidden_state, pool: mean, layout: rows, shape: [8] }\n");
}

static void test_texts__tokens_of_768_are_the_same_in_any_batch(void **state)
{
    (void)state;
    check_seeded(
        "bert768", "bert_cased",
        "params: { max_tokens: 512 }\n"
        "outputs:\n"
        "  - { name: mean, tensor: last_hidden_state, layout: rows, pool: mean, shape: [768] }\n"
        "  - { name: tokens, tensor: last_hidden_state, shape: [n, 768] }\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_texts__minilm_is_the_same_in_any_batch),
        cmocka_unit_test(test_texts__smollm2_is_the_same_in_any_batch),
        cmocka_unit_test(test_texts__clip_is_the_same_in_any_batch),
        cmocka_unit_test(test_texts__siglip_is_the_same_in_any_batch),
        cmocka_unit_test(test_texts__a_model_without_a_mask_is_never_padded),
        cmocka_unit_test(test_texts__tokens_of_768_are_the_same_in_any_batch),
    };

    return cmocka_run_group_tests_name("model_texts", tests, NULL, NULL);
}
