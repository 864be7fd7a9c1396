/*
 * Document frequencies: scikit-learn's weights, what is kept of many stems, and that only what was
 * written reads back.
 */
#include "builtin_rig.h"
#include "decode/text_golden.h"

#include <math.h>

#include "fc_card.h"
#include "fc_hashtext.h"
#include "fc_text.h"

/* To the last bits: cmocka's own comparison is of floats. */
static void assert_weight(double got, double want)
{
    if (!(fabs(got - want) <= 1e-14))
        fail_msg("a weight of %.17g, not %.17g", got, want);
}

static uint64_t key_of(const char *word)
{
    return fc__feature_key(FC_FEATURE_STEM, word, strlen(word));
}

/* A rig of a text encoder that wants idf and does not stem. */
static void open_wanting(builtin_rig *r)
{
    size_t none = 0;

    builtin_rig_init(r, "builtin/hashtext");
    while (strcmp(fc__stem_languages[none], "none") != 0)
        none++;
    builtin_rig_set(r, "language", (double)none);
    builtin_rig_set(r, "idf", 1);
    builtin_rig_open(r);
}

/* Let the encoder note one text, and add it to the sum. */
static void learn(builtin_rig *r, void *sum, const char *text)
{
    const fc_input in = {FC_TEXT, (const uint8_t *)text, strlen(text), 0, 0, "test", NULL};
    const fc_learning *how = r->builtin->learning;
    fc_prepared prepared = FC_PREPARED_INIT;
    fc_buf note = FC_BUF_INIT;

    assert_status(FC_OK, r->builtin->ops->prepare(r->self, r->worker, &in, &prepared, &r->err),
                  &r->err);
    assert_status(FC_OK, how->note(r->self, r->worker, &prepared, &note, &r->err), &r->err);
    assert_status(FC_OK, how->add(sum, &note, &r->err), &r->err);
    fc_buf_dispose(&note);
    fc__prepared_dispose(&prepared);
}

/* What was learnt, as a string; the caller frees it. */
static char *finish(const fc_learning *how, void *sum)
{
    fc_error err = FC_ERROR_INIT;
    fc_buf text = FC_BUF_INIT;

    assert_status(FC_OK, how->end(sum, &text, &err), &err);
    assert_status(FC_OK, fc_buf_append_u8(&text, 0, &err), &err);
    how->destroy(sum);
    return (char *)text.data;
}

static fc_idf *read_idf(const char *text)
{
    fc_error err = FC_ERROR_INIT;
    fc_idf *idf;

    assert_status(FC_OK, fc__idf_read(&idf, text, &err), &err);
    return idf;
}

static void test_idf__weighs_as_scikit_learn_does(void **state)
{
    text_golden g = text_golden_open("idf.tsv");
    const fc_learning *how = &fc__hashtext_learning;
    void *sum = NULL;
    char *text = NULL;
    fc_idf *idf = NULL;
    size_t n_words = 0;
    builtin_rig r;

    (void)state;
    open_wanting(&r);
    assert_true(how->wanted(r.self));
    assert_status(FC_OK, how->begin(&sum, &r.err), &r.err);
    while (text_golden_next(&g)) {
        if (strcmp(g.raw[0], "text") == 0) {
            learn(&r, sum, g.fields[1]);
            continue;
        }
        if (idf == NULL) {
            text = finish(how, sum);
            idf = read_idf(text);
        }
        assert_weight(fc__idf_weight(idf, key_of(g.fields[1])), strtod(g.raw[2], NULL));
        n_words++;
    }
    assert_int_equal(n_words, 59);
    /* 90 texts, and none has it: all stems are kept. */
    assert_weight(fc__idf_weight(idf, key_of("never")), 1.0 + log(91.0));
    assert_weight(fc__idf_weight(NULL, key_of("never")), 1.0);
    fc__idf_destroy(idf);
    free(text);
    builtin_rig_close(&r);
    text_golden_close(&g);
}

/* Of more stems than are kept, the most frequent; the others weigh as their mean. */
static void test_idf__keeps_the_most_frequent(void **state)
{
    const size_t n = FC_IDF_STEMS_MAX + 1000;
    uint64_t *keys = malloc(n * sizeof(*keys));
    fc_error err = FC_ERROR_INIT;
    fc_buf text = FC_BUF_INIT;
    fc_idf_counts *c;
    fc_idf *idf;

    (void)state;
    assert_non_null(keys);
    for (size_t i = 0; i < n; i++) {
        char word[32];

        snprintf(word, sizeof(word), "stem%zu", i);
        keys[i] = key_of(word);
    }
    assert_status(FC_OK, fc__idf_counts_create(&c, &err), &err);
    assert_status(FC_OK, fc__idf_counts_add(c, keys, n, &err), &err);
    assert_status(FC_OK, fc__idf_counts_add(c, keys, FC_IDF_STEMS_MAX, &err), &err);
    assert_status(FC_OK, fc__idf_counts_add(c, keys, 10, &err), &err);
    assert_int_equal(fc__idf_counts_texts(c), 3);
    assert_status(FC_OK, fc__idf_counts_write(c, &text, &err), &err);
    assert_true(text.size < 44000); /* what a card has room for */
    assert_status(FC_OK, fc_buf_append_u8(&text, 0, &err), &err);
    idf = read_idf((const char *)text.data);
    for (size_t i = 0; i < n; i++) {
        const double df = i < 10 ? 3 : i < FC_IDF_STEMS_MAX ? 2 : 1;

        assert_weight(fc__idf_weight(idf, keys[i]), 1.0 + log(4.0 / (1.0 + df)));
    }
    assert_weight(fc__idf_weight(idf, key_of("never")), 1.0 + log(4.0 / 2.0));
    fc__idf_destroy(idf);
    fc__idf_counts_destroy(c);
    fc_buf_dispose(&text);
    free(keys);
}

/* Past the cap, stems that are there are counted on; new ones are not taken. */
static void test_idf__counts_a_bounded_number_of_stems(void **state)
{
    const size_t n = FC_IDF_COUNTED_MAX + 3;
    uint64_t *keys = malloc(n * sizeof(*keys));
    fc_error err = FC_ERROR_INIT;
    fc_buf text = FC_BUF_INIT;
    fc_idf_counts *c;
    fc_idf *idf;

    (void)state;
    assert_non_null(keys);
    for (size_t i = 0; i < n; i++)
        keys[i] = (uint64_t)(i + 1) << 32 | i;
    assert_status(FC_OK, fc__idf_counts_create(&c, &err), &err);
    for (int i = 0; i < 3; i++) {
        assert_status(FC_OK, fc__idf_counts_add(c, keys, i == 0 ? n : 5, &err), &err);
        assert_status(FC_OK, fc__idf_counts_add(c, &keys[n - 1], 1, &err), &err);
    }
    assert_status(FC_OK, fc__idf_counts_write(c, &text, &err), &err);
    assert_status(FC_OK, fc_buf_append_u8(&text, 0, &err), &err);
    idf = read_idf((const char *)text.data);
    assert_weight(fc__idf_weight(idf, keys[0]), 1.0 + log(7.0 / 4.0));
    /* In four texts, and counted in none: it weighs as the rest, which one text has each. */
    assert_weight(fc__idf_weight(idf, keys[n - 1]), 1.0 + log(7.0 / 2.0));
    fc__idf_destroy(idf);
    fc__idf_counts_destroy(c);
    fc_buf_dispose(&text);
    free(keys);
}

/* A text of one stem in one of two texts, its bytes changed by `change`. */
static fc_status read_changed(size_t at, uint8_t value, size_t n)
{
    static const uint8_t good[] = {1, 2, 0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 5, 0,
                                   0, 0, 1, 0, 0, 0, 6, 0, 0, 0, 2, 0, 0, 0, 0};
    uint8_t bytes[sizeof(good)];
    fc_buf text = FC_BUF_INIT;
    fc_error err = FC_ERROR_INIT;
    fc_idf *idf;
    fc_status st;

    memcpy(bytes, good, sizeof(good));
    bytes[at] = value;
    assert_status(FC_OK, fc__base64(&text, bytes, n, &err), &err);
    assert_status(FC_OK, fc_buf_append_u8(&text, 0, &err), &err);
    st = fc__idf_read(&idf, (const char *)text.data, &err);
    assert_true((idf != NULL) == (st == FC_OK));
    fc__idf_destroy(idf);
    fc_buf_dispose(&text);
    return st;
}

static void test_idf__refuses_what_was_not_written(void **state)
{
    const size_t n = 29;
    fc_error err = FC_ERROR_INIT;
    fc_idf *idf;

    (void)state;
    assert_int_equal(read_changed(0, 1, n), FC_OK);
    assert_int_equal(read_changed(0, 2, n), FC_E_CORRUPT);  /* another format */
    assert_int_equal(read_changed(1, 0, n), FC_E_CORRUPT);  /* no texts */
    assert_int_equal(read_changed(5, 3, n), FC_E_CORRUPT);  /* the rest in more than all */
    assert_int_equal(read_changed(9, 3, n), FC_E_CORRUPT);  /* more stems than there are */
    assert_int_equal(read_changed(11, 1, n), FC_E_CORRUPT); /* more than may be */
    assert_int_equal(read_changed(13, 6, n), FC_E_CORRUPT); /* a stem twice */
    assert_int_equal(read_changed(13, 7, n), FC_E_CORRUPT); /* out of order */
    assert_int_equal(read_changed(17, 0, n), FC_E_CORRUPT); /* in no text */
    assert_int_equal(read_changed(17, 3, n), FC_E_CORRUPT); /* in more than all */
    assert_int_equal(read_changed(0, 1, n + 1), FC_E_CORRUPT);
    for (size_t cut = 0; cut < n; cut++)
        assert_int_equal(read_changed(0, 1, cut), FC_E_CORRUPT);
    assert_status(FC_E_CORRUPT, fc__idf_read(&idf, "AQ=", &err), &err);
    assert_status(FC_E_CORRUPT, fc__idf_read(&idf, "!!!!", &err), &err);
}

static double near(builtin_rig *r, const char *a, const char *b)
{
    builtin_result x, y;
    double dot;

    builtin_encode(r, a, strlen(a), &x);
    builtin_encode(r, b, strlen(b), &y);
    dot = tensor_dot(&x.outputs[FC_HASHTEXT_POOLED], &y.outputs[FC_HASHTEXT_POOLED]);
    builtin_result_dispose(&y);
    builtin_result_dispose(&x);
    return dot;
}

/* The rare word decides in `pooled`; rows of `tokens` are as they were. */
static void test_idf__makes_the_rare_word_decide(void **state)
{
    const fc_learning *how = &fc__hashtext_learning;
    char tokens[2][FC_U128_HEX_BYTES];
    fc_builtin_data data = {"idf", NULL};
    builtin_result x;
    double before;
    void *sum = NULL;
    char *text;
    builtin_rig r;

    (void)state;
    open_wanting(&r);
    before = near(&r, "photograph kingfisher", "photograph landscape");
    builtin_encode(&r, "photograph kingfisher", 21, &x);
    fc__u128_hex(fc__xxh128(x.outputs[FC_HASHTEXT_TOKENS].data, 2 * 256 * sizeof(float)),
                 tokens[0]);
    builtin_result_dispose(&x);
    assert_status(FC_OK, how->begin(&sum, &r.err), &r.err);
    for (int i = 0; i < 50; i++)
        learn(&r, sum, i == 7 ? "photograph kingfisher" : "photograph landscape");
    text = finish(how, sum);
    data.text = text;
    assert_status(FC_OK, r.builtin->take_data(r.self, &data, 1, &r.err), &r.err);
    assert_false(how->wanted(r.self));
    assert_true(near(&r, "photograph kingfisher", "photograph landscape") < before - 0.1);
    builtin_encode(&r, "photograph kingfisher", 21, &x);
    fc__u128_hex(fc__xxh128(x.outputs[FC_HASHTEXT_TOKENS].data, 2 * 256 * sizeof(float)),
                 tokens[1]);
    builtin_result_dispose(&x);
    assert_string_equal(tokens[0], tokens[1]);
    assert_status(FC_E_CORRUPT, r.builtin->take_data(r.self, &data, 1, &r.err), &r.err); /* twice */
    builtin_rig_close(&r);
    /* Nobody asked for it. */
    builtin_rig_init(&r, "builtin/hashtext");
    builtin_rig_open(&r);
    assert_false(how->wanted(r.self));
    assert_status(FC_E_CORRUPT, r.builtin->take_data(r.self, &data, 1, &r.err), &r.err);
    builtin_rig_close(&r);
    free(text);
}

static fc_card *parse_card(const char *params)
{
    char text[256];
    fc_error err = FC_ERROR_INIT;
    fc_card *card = NULL;

    snprintf(text, sizeof(text),
             "name: t\nmodality: text\nencoder: builtin/hashtext\nparams: {%s}\n", params);
    assert_status(FC_OK, fc__card_parse(&card, text, strlen(text), "t.yaml", NULL, &err), &err);
    return card;
}

/* Frozen counts are part of the version; a card without them finds them in the same card. */
static void test_idf__is_frozen_into_its_card(void **state)
{
    static const char text[] = "AQIAAAAAAAAAAAAAAA==";
    fc_card *frozen = parse_card("idf: true"), *again = NULL, *plain = parse_card("idf: true");
    fc_card *other = parse_card("idf: true, words: unicode"), *longer = parse_card("idf: true");
    fc_sha256 before = frozen->fingerprint;
    char *much = malloc(70000);
    fc_buf out = FC_BUF_INIT;
    fc_error err = FC_ERROR_INIT;
    fc_encoder *e = NULL;
    bool recalled;
    size_t n_diff;

    (void)state;
    assert_status(FC_OK, fc__card_freeze(frozen, "idf", text, &err), &err);
    assert_memory_not_equal(&before, &frozen->fingerprint, sizeof(before));
    assert_status(
        FC_OK, fc__card_from_canonical(&again, frozen->canonical, strlen(frozen->canonical), &err),
        &err);
    assert_memory_equal(&again->fingerprint, &frozen->fingerprint, sizeof(before));
    assert_status(FC_OK, fc__encoder_create(&e, again, &err), &err);
    assert_null(fc__encoder_learning(e));
    fc__encoder_destroy(e);
    assert_status(FC_OK, fc__encoder_create(&e, plain, &err), &err);
    assert_ptr_equal(fc__encoder_learning(e), &fc__hashtext_learning);
    fc__encoder_destroy(e);

    assert_status(FC_OK, fc__card_recall(other, frozen, "idf", &recalled, &err), &err);
    assert_false(recalled);
    assert_status(FC_OK, fc__card_recall(plain, other, "idf", &recalled, &err), &err);
    assert_false(recalled); /* it has learnt nothing */
    assert_status(FC_OK, fc__card_recall(plain, frozen, "idf", &recalled, &err), &err);
    assert_true(recalled);
    assert_string_equal(plain->canonical, frozen->canonical);

    assert_non_null(much);
    memset(much, 'A', 69999);
    much[69999] = '\0';
    assert_status(FC_E_LIMIT, fc__card_freeze(other, "idf", much, &err), &err);
    much[44000] = '\0';
    assert_status(FC_OK, fc__card_freeze(longer, "idf", much, &err), &err);
    assert_status(FC_OK, fc__card_explain(frozen, longer, &out, &n_diff, &err), &err);
    assert_int_equal(n_diff, 1);
    assert_true(out.size < 300); /* a line for the eye */
    assert_non_null(strstr((const char *)out.data, "AAAA... (44000 bytes) in t.yaml"));
    fc_buf_dispose(&out);
    free(much);
    fc__card_destroy(frozen);
    fc__card_destroy(again);
    fc__card_destroy(plain);
    fc__card_destroy(other);
    fc__card_destroy(longer);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_idf__weighs_as_scikit_learn_does),
        cmocka_unit_test(test_idf__keeps_the_most_frequent),
        cmocka_unit_test(test_idf__counts_a_bounded_number_of_stems),
        cmocka_unit_test(test_idf__refuses_what_was_not_written),
        cmocka_unit_test(test_idf__makes_the_rare_word_decide),
        cmocka_unit_test(test_idf__is_frozen_into_its_card),
    };

    return cmocka_run_group_tests_name("hashtext_idf", tests, NULL, NULL);
}
