/*
 * builtin/hashtext: near texts are near, nothing cancels, and the bits are the same everywhere.
 */
#include "builtin_rig.h"

#include "fc_hashtext.h"

static void encode(builtin_rig *r, const char *text, builtin_result *out)
{
    builtin_encode(r, text, strlen(text), out);
}

/* Cosine of two texts' pooled vectors. */
static double near(builtin_rig *r, const char *a, const char *b)
{
    builtin_result x, y;
    double dot;

    encode(r, a, &x);
    encode(r, b, &y);
    dot = tensor_dot(&x.outputs[FC_HASHTEXT_POOLED], &y.outputs[FC_HASHTEXT_POOLED]);
    builtin_result_dispose(&y);
    builtin_result_dispose(&x);
    return dot;
}

static void open_default(builtin_rig *r)
{
    builtin_rig_init(r, "builtin/hashtext");
    builtin_rig_open(r);
}

static void check_lengths(const builtin_result *x)
{
    const fc_tensor *tokens = &x->outputs[FC_HASHTEXT_TOKENS];

    for (uint64_t i = 0; i < tokens->shape[0]; i++) {
        float *at = (float *)tokens->data + i * tokens->shape[1];
        const fc_tensor row = fc_tensor_view(at, FC_F32, 1, &tokens->shape[1]);

        assert_float_equal(tensor_dot(&row, &row), 1.0, 1e-5);
    }
    assert_float_equal(tensor_dot(&x->outputs[FC_HASHTEXT_POOLED], &x->outputs[FC_HASHTEXT_POOLED]),
                       1.0, 1e-5);
}

static void test_hashtext__every_script_gives_unit_features(void **state)
{
    static const struct {
        const char *text;
        uint64_t tokens;
    } cases[] = {
        {"a red bird", 3},
        {"x", 1},
        {"\xf0\x9f\x90\xa6\xef\xb8\x8f", 1},                                 /* an emoji */
        {"\xe7\xba\xa2\xe8\x89\xb2\xe7\x9a\x84\xe9\xb8\x9f", 4},             /* Chinese */
        {"\xd0\xba\xd1\x80\xd0\xb0\xd1\x81\xd0\xbd\xd0\xb0\xd1\x8f", 1},     /* Russian */
        {"\xe0\xb8\x99\xe0\xb8\x81\xe0\xb8\xaa\xe0\xb8\xb5\xe0\xb9\x81", 1}, /* Thai */
        {"42", 1},
    };
    builtin_rig r;

    (void)state;
    open_default(&r);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        builtin_result x;

        encode(&r, cases[i].text, &x);
        builtin_check_shapes(&r, &x);
        assert_int_equal(x.outputs[FC_HASHTEXT_TOKENS].shape[0], cases[i].tokens);
        check_lengths(&x);
        builtin_result_dispose(&x);
    }
    builtin_rig_close(&r);
}

/* The bits, over both outputs. A change here is a change of FC_HASHTEXT_CODE_VERSION. */
static void test_hashtext__bits_are_pinned(void **state)
{
    static const struct {
        const char *text, *hash;
    } pins[] = {
        {"A red bird sits on the old fence; the bird sings.", "5a0cdcd6a394ea130b88fddc90717475"},
        {"Gr\xc3\xbc\xc3\x9f"
         "e aus K\xc3\xb6ln, don\xe2\x80\x99t worry 42",
         "97c3b96b07d1152210199d3ecad5cb09"},
        {"\xe7\xba\xa2\xe8\x89\xb2\xe7\x9a\x84\xe9\xb8\x9f \xf0\x9f\x90\xa6",
         "a2ae267f85c2cc1713527c23a6e5bc42"},
    };
    builtin_rig r;

    (void)state;
    open_default(&r);
    for (size_t i = 0; i < sizeof(pins) / sizeof(pins[0]); i++) {
        char hex[FC_U128_HEX_BYTES];
        builtin_result x;

        encode(&r, pins[i].text, &x);
        builtin_hash(&r, &x, hex);
        assert_string_equal(hex, pins[i].hash);
        builtin_result_dispose(&x);
    }
    builtin_rig_close(&r);
}

static void test_hashtext__a_worker_remembers_nothing(void **state)
{
    char first[FC_U128_HEX_BYTES], again[FC_U128_HEX_BYTES];
    builtin_result x;
    builtin_rig r;

    (void)state;
    open_default(&r);
    encode(&r, "one small bird", &x);
    builtin_hash(&r, &x, first);
    builtin_result_dispose(&x);
    encode(&r, "quite another and much longer text about nothing at all", &x);
    builtin_result_dispose(&x);
    encode(&r, "one small bird", &x);
    builtin_hash(&r, &x, again);
    builtin_result_dispose(&x);
    assert_string_equal(first, again);
    builtin_rig_close(&r);
}

static void test_hashtext__near_texts_are_near(void **state)
{
    builtin_rig r;

    (void)state;
    open_default(&r);
    /* Case, composition, word forms, a slip of the pen, word order: falling, and all above what
     * two texts without a common word have. */
    assert_float_equal(near(&r, "Caf\xc3\xa9 au lait", "CAFE\xcc\x81 au lait"), 1.0, 1e-6);
    assert_true(near(&r, "the red birds", "a red bird") > 0.6);
    assert_true(near(&r, "an elephant in the zoo", "an elefant in the zoo") > 0.5);
    assert_true(near(&r, "dog bites man", "man bites dog") > 0.75);
    assert_true(near(&r, "dog bites man", "man bites dog") < 0.999);
    assert_true(near(&r, "\xe7\xba\xa2\xe8\x89\xb2\xe7\x9a\x84\xe9\xb8\x9f",
                     "\xe4\xb8\x80\xe5\x8f\xaa\xe7\xba\xa2\xe8\x89\xb2\xe9\xb8\x9f") > 0.4);
    assert_true(near(&r, "\xf0\x9f\x90\xa6", "\xf0\x9f\x90\xa6 \xf0\x9f\x90\xa6") > 0.8);
    assert_true(near(&r, "a red bird", "quantum chromodynamics") < 0.15);
    builtin_rig_close(&r);
}

/* Words that carry nothing must not outweigh the one that does. */
static void test_hashtext__short_words_count_less(void **state)
{
    builtin_rig r;

    (void)state;
    open_default(&r);
    assert_true(near(&r, "the bird on the fence", "bird fence") >
                near(&r, "the bird on the fence", "the on the"));
    builtin_rig_close(&r);
}

/* A hundred times "cat" is not a hundred times as much. */
static void test_hashtext__repetition_is_sublinear(void **state)
{
    char text[16 * 100 + 32] = "elephant ";
    builtin_rig r;

    (void)state;
    for (int i = 0; i < 100; i++)
        strcat(text, "giraffe ");
    open_default(&r);
    assert_true(near(&r, text, "elephant") > 0.07);
    assert_true(near(&r, text, "giraffe") > 0.6);
    builtin_rig_close(&r);
}

/* With 16 slots and nothing but stems, many pairs of words fall on one slot with opposite signs:
 * their sum is zero, which has no direction. The next hash function takes over. */
static void test_hashtext__collisions_never_cancel_a_text(void **state)
{
    double sums[16];
    const fc_feature_sum first = {.sums = sums, .dim = 16, .salt = 0};
    size_t cancelled = 0;
    builtin_rig r;

    (void)state;
    builtin_rig_init(&r, "builtin/hashtext");
    builtin_rig_set(&r, "dim", 16);
    builtin_rig_set(&r, "ngram_weight", 0);
    builtin_rig_set(&r, "pair_weight", 0);
    builtin_rig_set(&r, "language", 1); /* none: the word is its own stem */
    builtin_rig_open(&r);
    for (unsigned i = 0; i < 2000; i++) {
        char a[16], b[16], text[40];
        double sign_a, sign_b;
        uint32_t slot_a, slot_b;
        builtin_result x;

        snprintf(a, sizeof(a), "left%u", i);
        snprintf(b, sizeof(b), "right%u", i);
        snprintf(text, sizeof(text), "%s %s", a, b);
        slot_a = fc__feature_slot(&first, fc__feature_key(FC_FEATURE_STEM, a, strlen(a)), &sign_a);
        slot_b = fc__feature_slot(&first, fc__feature_key(FC_FEATURE_STEM, b, strlen(b)), &sign_b);
        cancelled += slot_a == slot_b && sign_a != sign_b;
        encode(&r, text, &x);
        check_lengths(&x);
        builtin_result_dispose(&x);
    }
    print_message("%zu of 2000 pairs of words cancelled under the first hash function\n",
                  cancelled);
    assert_in_range(cancelled, 30, 95); /* 1 in 32 expected: 62.5, deviation 7.8 */
    builtin_rig_close(&r);
}

/* Slots and signs are spread evenly: what keeps collisions rare and unbiased. */
static void test_hashtext__slots_and_signs_are_even(void **state)
{
    enum { DIM = 64, N = 64000 };
    double sums[DIM], sign_total = 0;
    const fc_feature_sum s = {.sums = sums, .dim = DIM};
    size_t count[DIM] = {0};

    (void)state;
    for (uint32_t i = 0; i < N; i++) {
        double sign;

        count[fc__feature_slot(&s, fc__feature_key(FC_FEATURE_NGRAM, &i, sizeof(i)), &sign)]++;
        sign_total += sign;
    }
    for (size_t i = 0; i < DIM; i++)
        assert_in_range(count[i], 1000 - 160, 1000 + 160); /* five deviations of 31 */
    assert_true(sign_total < 5 * 253 && sign_total > -5 * 253);
}

static void test_hashtext__tokens_are_capped_and_pooled_is_not(void **state)
{
    builtin_result x;
    builtin_rig r;

    (void)state;
    builtin_rig_init(&r, "builtin/hashtext");
    builtin_rig_set(&r, "max_tokens", 2);
    builtin_rig_open(&r);
    encode(&r, "one two three four", &x);
    assert_int_equal(x.outputs[FC_HASHTEXT_TOKENS].shape[0], 2);
    builtin_result_dispose(&x);
    assert_true(near(&r, "one two elephant giraffe", "elephant giraffe") > 0.6);
    builtin_rig_close(&r);
}

/* A token's row depends on the word alone, not on its place. */
static void test_hashtext__a_word_has_one_row(void **state)
{
    builtin_result x;
    const float *rows;
    builtin_rig r;

    (void)state;
    open_default(&r);
    encode(&r, "bird on bird", &x);
    rows = x.outputs[FC_HASHTEXT_TOKENS].data;
    assert_memory_equal(rows, rows + 2 * 256, 256 * sizeof(float));
    assert_memory_not_equal(rows, rows + 256, 256 * sizeof(float));
    builtin_result_dispose(&x);
    builtin_rig_close(&r);
}

/* A hundred thousand words, most of them different. */
static void test_hashtext__a_long_text_is_taken_whole(void **state)
{
    fc_buf text = FC_BUF_INIT;
    fc_error err = FC_ERROR_INIT;
    builtin_result x;
    builtin_rig r;

    (void)state;
    for (unsigned i = 0; i < 100000; i++)
        assert_status(FC_OK, fc_buf_append_fmt(&text, &err, "w%u ", i * 7919u % 65537u), &err);
    open_default(&r);
    builtin_encode(&r, text.data, text.size, &x);
    builtin_check_shapes(&r, &x);
    assert_int_equal(x.outputs[FC_HASHTEXT_TOKENS].shape[0], 512);
    check_lengths(&x);
    builtin_result_dispose(&x);
    builtin_rig_close(&r);
    fc_buf_dispose(&text);
}

static void test_hashtext__a_text_without_words_is_refused(void **state)
{
    const fc_input in = {FC_TEXT, (const uint8_t *)"?!", 2, 0, 0, "t", NULL};
    fc_prepared prepared = {.tensor = FC_TENSOR_INIT, .bytes = FC_BUF_INIT};
    builtin_rig r;

    (void)state;
    open_default(&r);
    assert_status(FC_E_FORMAT, r.builtin->ops->prepare(r.self, r.worker, &in, &prepared, &r.err),
                  &r.err);
    assert_non_null(strstr(r.err.message, "no words"));
    fc_buf_dispose(&prepared.bytes);
    builtin_rig_close(&r);
}

/* Cosine of two texts with one parameter set. */
static double near_with(const char *param, double value, const char *a, const char *b)
{
    builtin_rig r;
    double cosine;

    builtin_rig_init(&r, "builtin/hashtext");
    builtin_rig_set(&r, param, value);
    builtin_rig_open(&r);
    cosine = near(&r, a, b);
    builtin_rig_close(&r);
    return cosine;
}

/* Each parameter that came later, at its default and otherwise. */
static void test_hashtext__parameters_of_the_words_are_used(void **state)
{
    static const char full_width[] =
        "\xef\xbd\x86\xef\xbd\x89\xef\xbd\x93\xef\xbd\x88";              /* "fish" */
    static const char han[] = "\xe7\xba\xa2\xe8\x89\xb2\xe9\xb8\x9f";    /* ABC */
    static const char turned[] = "\xe9\xb8\x9f\xe8\x89\xb2\xe7\xba\xa2"; /* CBA */
    const double english = 3;                                            /* of fc__stop_lists */

    (void)state;
    assert_string_equal(fc__stop_lists[3], "english");
    assert_true(near_with("normalise", 0, full_width, "fish") < 0.5);
    assert_float_equal(near_with("normalise", 1, full_width, "fish"), 1.0, 1e-6);
    assert_float_equal(near_with("words", 0, "x_y", "x y"), 1.0, 1e-6);
    assert_true(near_with("words", 1, "x_y", "x y") < 0.5);
    assert_true(near_with("stop_words", 0, "the red bird of the wood", "red bird wood") < 0.95);
    assert_float_equal(
        near_with("stop_words", english, "the red bird of the wood", "red bird wood"), 1.0, 1e-6);
    assert_true(near_with("cjk", 0, han, turned) > 0.4); /* the same characters */
    assert_true(near_with("cjk", 1, han, turned) < 0.2); /* no pair in common */
}

static void test_hashtext__repairs_when_asked(void **state)
{
    static const char broken[] = "caf\xe9 owl";
    builtin_rig r;

    (void)state;
    for (int repair = 0; repair < 2; repair++) {
        const fc_input in = {FC_TEXT, (const uint8_t *)broken, sizeof(broken) - 1, 0, 0, "test",
                             NULL};
        fc_prepared prepared = FC_PREPARED_INIT;
        fc_status st;

        builtin_rig_init(&r, "builtin/hashtext");
        builtin_rig_set(&r, "repair", repair);
        builtin_rig_open(&r);
        st = r.builtin->ops->prepare(r.self, r.worker, &in, &prepared, &r.err);
        assert_status(repair ? FC_OK : FC_E_FORMAT, st, &r.err);
        fc__prepared_dispose(&prepared);
        builtin_rig_close(&r);
    }
}

/* A list of one's own comes with the card; a card from a store that lacks it, or has one too many,
 * is damaged. */
static void test_hashtext__takes_the_data_that_its_card_asks_for(void **state)
{
    static const fc_builtin_data list = {"stop_words", "red the"}, other = {"colours", "red"};
    static const fc_builtin_data twice[] = {{"stop_words", "red"}, {"stop_words", "red"}};
    const fc_builtin *b = fc__builtin_find("builtin/hashtext");
    size_t file = 0;
    builtin_rig r;

    (void)state;
    while (strcmp(fc__stop_lists[file], "file") != 0)
        file++;
    builtin_rig_init(&r, "builtin/hashtext");
    builtin_rig_open(&r);
    assert_status(FC_OK, b->take_data(r.self, NULL, 0, &r.err), &r.err);
    assert_status(FC_E_CORRUPT, b->take_data(r.self, &list, 1, &r.err), &r.err);
    builtin_rig_close(&r);

    builtin_rig_init(&r, "builtin/hashtext");
    builtin_rig_set(&r, "stop_words", (double)file);
    builtin_rig_open(&r);
    assert_status(FC_E_CORRUPT, b->take_data(r.self, NULL, 0, &r.err), &r.err);
    assert_status(FC_E_CORRUPT, b->take_data(r.self, &other, 1, &r.err), &r.err);
    assert_status(FC_OK, b->take_data(r.self, &list, 1, &r.err), &r.err);
    assert_float_equal(near(&r, "the red bird", "bird"), 1.0, 1e-6);
    builtin_rig_close(&r);

    builtin_rig_init(&r, "builtin/hashtext");
    builtin_rig_set(&r, "stop_words", (double)file);
    builtin_rig_open(&r);
    assert_status(FC_E_CORRUPT, b->take_data(r.self, twice, 2, &r.err), &r.err);
    builtin_rig_close(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_hashtext__every_script_gives_unit_features),
        cmocka_unit_test(test_hashtext__bits_are_pinned),
        cmocka_unit_test(test_hashtext__a_worker_remembers_nothing),
        cmocka_unit_test(test_hashtext__near_texts_are_near),
        cmocka_unit_test(test_hashtext__short_words_count_less),
        cmocka_unit_test(test_hashtext__repetition_is_sublinear),
        cmocka_unit_test(test_hashtext__collisions_never_cancel_a_text),
        cmocka_unit_test(test_hashtext__slots_and_signs_are_even),
        cmocka_unit_test(test_hashtext__tokens_are_capped_and_pooled_is_not),
        cmocka_unit_test(test_hashtext__a_word_has_one_row),
        cmocka_unit_test(test_hashtext__a_long_text_is_taken_whole),
        cmocka_unit_test(test_hashtext__a_text_without_words_is_refused),
        cmocka_unit_test(test_hashtext__parameters_of_the_words_are_used),
        cmocka_unit_test(test_hashtext__repairs_when_asked),
        cmocka_unit_test(test_hashtext__takes_the_data_that_its_card_asks_for),
    };

    return cmocka_run_group_tests_name("hashtext", tests, NULL, NULL);
}
