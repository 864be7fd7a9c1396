/*
 * Unit tests of src/encoder/fc_encoder*.c: an encoder gives what its card asks for, and what is
 * wrong with an input, a card or a feature is refused in words.
 */
#include "fc_test.h"

#include "fake_builtin.h"
#include "fc_encoder_internal.h"

typedef struct rig {
    fc_card *card;
    fc_encoder *encoder;
    fc_encoder_worker *worker;
    fc_prepared prepared;
    fc_features features;
    fc_error err;
} rig;

static void rig_up(rig *r, const fc_card_draft *draft)
{
    memset(r, 0, sizeof(*r));
    r->card = fake_card(draft);
    assert_status(FC_OK, fc__encoder_create_with(&r->encoder, r->card, &fake_builtin, &r->err),
                  &r->err);
    /* The encoder keeps nothing of the card. */
    fc__card_destroy(r->card);
    r->card = NULL;
    assert_status(FC_OK, fc__encoder_worker_create(&r->worker, r->encoder, &r->err), &r->err);
}

static void rig_down(rig *r)
{
    fc__features_dispose(&r->features);
    fc__prepared_dispose(&r->prepared);
    fc__encoder_worker_destroy(r->worker);
    fc__encoder_destroy(r->encoder);
    assert_int_equal(fake_made, fake_released);
}

static fc_input text_input(const char *text)
{
    return (fc_input){FC_TEXT, (const uint8_t *)text, strlen(text), 0, 0, "one.txt", NULL};
}

static fc_status encode(rig *r, const char *text, const bool *wanted)
{
    const fc_input in = text_input(text);
    const fc_prepared *batch[] = {&r->prepared};
    fc_features *out[] = {&r->features};

    assert_status(FC_OK, fc__encoder_prepare(r->worker, &in, &r->prepared, &r->err), &r->err);
    return fc__encoder_run(r->worker, batch, 1, wanted, out, &r->err);
}

static void test_encoder__gives_all_outputs_of_the_card(void **state)
{
    fc_card_draft draft = fake_draft();
    rig r;

    (void)state;
    rig_up(&r, &draft);
    assert_int_equal(fc__encoder_n_outputs(r.encoder), 3);
    assert_int_equal(fc__encoder_modality(r.encoder), FC_TEXT);
    assert_int_equal(fc__encoder_batch_hint(r.encoder), 5);
    assert_status(FC_OK, encode(&r, "A", NULL), &r.err);
    assert_int_equal(r.features.n_outputs, 3);
    assert_int_equal(fc_tensor_count(&r.features.outputs[0]), 16);
    assert_int_equal(fc_tensor_count(&r.features.outputs[1]), 12);
    assert_int_equal(fc_tensor_count(&r.features.outputs[2]), 4);
    assert_true(((float *)r.features.outputs[2].data)[3] == 65.0f);
    rig_down(&r);
}

static void test_encoder__gives_only_the_chosen_outputs_in_their_order(void **state)
{
    fc_card_draft draft = fake_draft();
    rig r;

    (void)state;
    draft.chosen[0] = false;
    rig_up(&r, &draft);
    assert_int_equal(fc__encoder_n_outputs(r.encoder), 2);
    assert_string_equal(fc__encoder_outputs(r.encoder)[0].name, "seq");
    assert_string_equal(fc__encoder_outputs(r.encoder)[1].name, "pooled");
    assert_status(FC_OK, encode(&r, "B", NULL), &r.err);
    assert_int_equal(r.features.n_outputs, 2);
    assert_int_equal(r.features.outputs[0].rank, 2);
    assert_int_equal(r.features.outputs[1].rank, 1);
    rig_down(&r);
}

/* `wanted` counts the card's outputs, not the built-in's. */
static void test_encoder__leaves_out_what_is_not_wanted(void **state)
{
    const bool wanted[] = {false, true};
    fc_card_draft draft = fake_draft();
    rig r;

    (void)state;
    draft.chosen[1] = false;
    rig_up(&r, &draft);
    assert_status(FC_OK, encode(&r, "C", wanted), &r.err);
    assert_int_equal(r.features.n_outputs, 2);
    assert_int_equal(r.features.outputs[0].rank, 0);
    assert_int_equal(r.features.outputs[1].rank, 1);
    /* A second run into the same features releases the first. */
    assert_status(FC_OK, encode(&r, "D", NULL), &r.err);
    assert_int_equal(r.features.outputs[0].rank, 3);
    rig_down(&r);
}

static void test_encoder__runs_a_batch_as_it_runs_one(void **state)
{
    fc_card_draft draft = fake_draft();
    fc_prepared prepared[3] = {FC_PREPARED_INIT, FC_PREPARED_INIT, FC_PREPARED_INIT};
    fc_features features[3] = {FC_FEATURES_INIT, FC_FEATURES_INIT, FC_FEATURES_INIT};
    const fc_prepared *in[] = {&prepared[0], &prepared[1], &prepared[2]};
    fc_features *out[] = {&features[0], &features[1], &features[2]};
    const char *const texts[] = {"x", "y", "z"};
    rig r;

    (void)state;
    rig_up(&r, &draft);
    for (size_t i = 0; i < 3; i++) {
        const fc_input one = text_input(texts[i]);

        assert_status(FC_OK, fc__encoder_prepare(r.worker, &one, &prepared[i], &r.err), &r.err);
    }
    assert_status(FC_OK, fc__encoder_run(r.worker, in, 3, NULL, out, &r.err), &r.err);
    for (size_t i = 0; i < 3; i++) {
        assert_true(((float *)features[i].outputs[2].data)[0] == (float)texts[i][0]);
        fc__features_dispose(&features[i]);
        fc__prepared_dispose(&prepared[i]);
    }
    rig_down(&r);
}

static void test_encoder__refuses_features_that_are_not_as_promised(void **state)
{
    static const struct {
        fake_mode mode;
        const char *message;
    } cases[] = {
        {FAKE_NAN, "output 'pooled' has NaN at element 1 of 4; features must be finite"},
        {FAKE_INF, "output 'map' has infinity at element 5 of 16; features must be finite"},
        {FAKE_ZERO, "output 'pooled' is all zeros; a vector without direction cannot be searched "
                    "by cosine (is the input blank?)"},
        {FAKE_WIDE, "output 'pooled' is 5 (f32); 4 (f32) was promised"},
        {FAKE_EMPTY, "output 'seq' is 0 x 4 (f32); n x 4 (f32) was promised"},
        {FAKE_LAZY, "output 'map' is empty (f32); 2 x 2 x 4 (f32) was promised"},
        {FAKE_FAILS, "the fake failed"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        fc_card_draft draft = fake_draft();
        rig r;

        draft.values[1] = cases[i].mode;
        rig_up(&r, &draft);
        assert_status(FC_E_FORMAT, encode(&r, "E", NULL), &r.err);
        assert_string_equal(r.err.message, cases[i].message);
        assert_int_equal(r.features.n_outputs, 0);
        assert_null(r.features.outputs);
        rig_down(&r);
    }
}

/* Zero is only wrong where cosine needs a direction: a map may be blank. */
static void test_encoder__takes_zeros_in_what_is_not_searched(void **state)
{
    const bool wanted[] = {true, true, false};
    fc_card_draft draft = fake_draft();
    rig r;

    (void)state;
    draft.values[1] = FAKE_ZERO;
    rig_up(&r, &draft);
    assert_status(FC_OK, encode(&r, "F", wanted), &r.err);
    rig_down(&r);
}

static void test_encoder__refuses_inputs_before_any_work(void **state)
{
    fc_card_draft draft = fake_draft();
    fc_input in;
    rig r;

    (void)state;
    rig_up(&r, &draft);
    in = text_input("x");
    in.modality = FC_IMAGE;
    assert_status(FC_E_INVALID, fc__encoder_prepare(r.worker, &in, &r.prepared, &r.err), &r.err);
    assert_string_equal(r.err.message, "one.txt: builtin/fake takes text, not image");
    in = text_input("x");
    in.end_s = 2.5;
    assert_status(FC_E_INVALID, fc__encoder_prepare(r.worker, &in, &r.prepared, &r.err), &r.err);
    assert_string_equal(r.err.message, "one.txt: a time span of text; leave start_s and end_s out");
    in = text_input("");
    assert_status(FC_E_FORMAT, fc__encoder_prepare(r.worker, &in, &r.prepared, &r.err), &r.err);
    assert_string_equal(r.err.message, "one.txt: empty; there is nothing to encode");
    /* What a failed preparation left behind is released. */
    in = text_input("!");
    assert_status(FC_E_FORMAT, fc__encoder_prepare(r.worker, &in, &r.prepared, &r.err), &r.err);
    assert_null(r.prepared.bytes.data);
    rig_down(&r);
}

static void test_encoder__tells_what_computes(void **state)
{
    fc_card_draft draft = fake_draft();
    rig r;

    (void)state;
    rig_up(&r, &draft);
    assert_non_null(
        strstr(fc__encoder_provenance(r.encoder), "encoder=builtin/fake code_version=7 "));
    assert_non_null(strstr(fc__encoder_provenance(r.encoder), "libraries=\"libfake 1.2\""));
    assert_null(strchr(fc__encoder_provenance(r.encoder), '\n'));
    rig_down(&r);
}

/* Cards of a store that this program cannot run: each says what differs. */
static void test_encoder__refuses_a_card_of_another_program(void **state)
{
    static const struct {
        const char *from, *to;
        fc_status status;
        const char *message;
    } cases[] = {
        {"\"code_version\":\"7\"", "\"code_version\":\"6\"", FC_E_VERSION,
         "encoder 'fake' was made by builtin/fake code version 6, this program has 7: encode anew, "
         "or use the program that made it"},
        {"\"params.size\":\"4\",", "", FC_E_CORRUPT, "the store: card 'fake' lacks params.size"},
        {"\"params.size\":\"4\",", "\"params.size\":\"4\",\"params.sort\":\"1\",", FC_E_CORRUPT,
         "the store: card 'fake' has 5 parameters, builtin/fake knows 4"},
        {"\"code_version\":\"7\",", "\"code_version\":\"7\",\"data.x\":\"1\",", FC_E_CORRUPT,
         "the store: card 'fake' has data.x, which builtin/fake does not take"},
        {"\"params.size\"", "\"params.sizf\"", FC_E_CORRUPT,
         "the store: card 'fake' lacks params.size"},
        {"\"params.size\":\"4\"", "\"params.size\":\"04\"", FC_E_CORRUPT,
         "the store: card 'fake' has params.size '04', which is no value of it"},
        {"\"params.mode\":\"good\"", "\"params.mode\":\"bad\"", FC_E_CORRUPT,
         "the store: card 'fake' has params.mode 'bad', which is no value of it"},
        {"\"params.signed\":\"true\"", "\"params.signed\":\"1\"", FC_E_CORRUPT,
         "the store: card 'fake' has params.signed '1', which is no value of it"},
        {"\"modality\":\"text\"", "\"modality\":\"image\"", FC_E_CORRUPT,
         "the store: card 'fake' is of image, builtin/fake takes text"},
        {"[2,2,4]", "[2,2,5]", FC_E_CORRUPT,
         "the store: card 'fake' has an output 'map' that builtin/fake has not"},
        {"\"params.size\":\"4\"", "\"params.size\":\"99\"", FC_E_CORRUPT,
         "the store: card 'fake': size is 99: it has to be from 2 to 64"},
    };
    fc_card_draft draft = fake_draft();
    fc_card *good = fake_card(&draft);

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        const char *at = strstr(good->canonical, cases[i].from);
        fc_error err = FC_ERROR_INIT;
        fc_encoder *encoder = NULL;
        fc_card *card = NULL;
        char *json = NULL;

        assert_non_null(at);
        assert_true(asprintf(&json, "%.*s%s%s", (int)(at - good->canonical), good->canonical,
                             cases[i].to, at + strlen(cases[i].from)) > 0);
        assert_status(FC_OK, fc__card_from_canonical(&card, json, strlen(json), &err), &err);
        assert_status(cases[i].status, fc__encoder_create_with(&encoder, card, &fake_builtin, &err),
                      &err);
        assert_null(encoder);
        assert_string_equal(err.message, cases[i].message);
        fc__card_destroy(card);
        free(json);
    }
    fc__card_destroy(good);
}

static void test_encoder__says_when_there_is_no_such_built_in(void **state)
{
    fc_card_draft draft = fake_draft();
    fc_card *card = fake_card(&draft);
    fc_error err = FC_ERROR_INIT;
    fc_encoder *encoder = NULL;

    (void)state;
    assert_status(FC_E_UNSUPPORTED, fc__encoder_create(&encoder, card, &err), &err);
    assert_string_equal(err.message, "encoder 'fake' is of kind 'builtin/fake', which this program "
                                     "does not have");
    assert_null(encoder);
    fc__card_destroy(card);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_encoder__gives_all_outputs_of_the_card),
        cmocka_unit_test(test_encoder__gives_only_the_chosen_outputs_in_their_order),
        cmocka_unit_test(test_encoder__leaves_out_what_is_not_wanted),
        cmocka_unit_test(test_encoder__runs_a_batch_as_it_runs_one),
        cmocka_unit_test(test_encoder__refuses_features_that_are_not_as_promised),
        cmocka_unit_test(test_encoder__takes_zeros_in_what_is_not_searched),
        cmocka_unit_test(test_encoder__refuses_inputs_before_any_work),
        cmocka_unit_test(test_encoder__tells_what_computes),
        cmocka_unit_test(test_encoder__refuses_a_card_of_another_program),
        cmocka_unit_test(test_encoder__says_when_there_is_no_such_built_in),
    };

    return cmocka_run_group_tests_name("encoder", tests, NULL, NULL);
}
