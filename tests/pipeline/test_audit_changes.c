/*
 * Unit tests of src/pipeline/audit_changes.c, audit_changes_text.c and audit_provenance.c: each
 * kind of difference between two encoder versions is found, named, and nothing else is.
 */
#include "fc_test.h"

#include "audit_changes.h"
#include "audit_provenance.h"
#include "fc_card.h"

#define HERE "encoder=builtin/hog code_version=3 featcache=0.1.0 simd=avx2 "
#define LIBS "libraries=\"libjpeg-turbo 2.1.5, libpng 1.6.39\""

/* An encoder of the store by hand; the card is freed by release(). */
typedef struct version {
    fc_encoder_info info;
    fc_output_info outputs[3];
    const char *provenances[3];
    char *card;
} version;

static void give(version *v, const char *name, const char *card, size_t n_outputs)
{
    v->card = strdup(card);
    assert_non_null(v->card);
    v->provenances[0] = HERE LIBS;
    v->info = (fc_encoder_info){.id = 1,
                                .name = name,
                                .modality = FC_IMAGE,
                                .card = v->card,
                                .n_outputs = n_outputs,
                                .outputs = v->outputs,
                                .n_provenances = 1,
                                .provenances = v->provenances};
    v->outputs[0] = (fc_output_info){1, "pooled", FC_F32, 1, {96}, true};
    v->outputs[1] = (fc_output_info){2, "map", FC_F16, 3, {7, 7, 24}, false};
    v->outputs[2] = (fc_output_info){3, "rows", FC_I8, 2, {0, 24}, false};
}

static void of_yaml(version *v, const char *yaml)
{
    fc_error err = FC_ERROR_INIT;
    fc_card *card;

    assert_status(FC_OK, fc__card_parse(&card, yaml, strlen(yaml), "a.yaml", NULL, &err), &err);
    give(v, "a", card->canonical, 1);
    fc__card_destroy(card);
}

/* A model's card, as a store has it. */
static void of_model(version *v, const char *from, const char *parts)
{
    char text[1024];

    snprintf(text, sizeof(text),
             "{\"model\":\"/m.onnx\",\"name\":\"a\",\"outputs\":[{\"from\":\"%s\",\"name\":"
             "\"pooled\",\"precision\":\"f32\",\"searchable\":true,\"shape\":[96]}],\"parts\":{%s},"
             "\"schema\":\"featcache.card/1\"}",
             from, parts);
    give(v, "a", text, 1);
}

static void release(version *v)
{
    free(v->card);
}

/* Each difference a line, then the summary. */
static void assert_changes(const version *a, const version *b, const char *want)
{
    fc_version_changes changes;
    fc_error err = FC_ERROR_INIT;
    fc_buf text = FC_BUF_INIT;

    assert_status(FC_OK, fc__version_changes(&changes, &a->info, &b->info, &err), &err);
    for (size_t i = 0; i < changes.n; i++) {
        assert_true(changes.differs[changes.list[i].part]);
        assert_status(FC_OK, fc__version_change_text(&changes.list[i], &text, &err), &err);
        assert_status(
            FC_OK,
            fc_buf_append_fmt(&text, &err, " [%s]\n", fc__version_part_name(changes.list[i].part)),
            &err);
    }
    assert_status(FC_OK, fc__version_changes_summary(&changes, &text, &err), &err);
    assert_string_equal((const char *)text.data, want);
    fc_buf_dispose(&text);
    fc__version_changes_dispose(&changes);
}

#define HOG "name: a\nmodality: image\nencoder: builtin/hog\n"

static void test_changes__name_parameters_of_a_built_in(void **state)
{
    version a, b;

    (void)state;
    of_yaml(&a, HOG "params: { filter: bilinear }\n");
    of_yaml(&b, HOG "variant: gpu\nparams: { size: 224, filter: bicubic }\n");
    assert_changes(&a, &b,
                   "params.filter: bilinear -> bicubic [parameters]\n"
                   "params.size: 112 -> 224 [parameters]\n"
                   "variant: empty -> gpu [variant]\n"
                   "the same encoder; other parameters (params.filter, params.size)");
    release(&a);
    release(&b);
}

static void test_changes__say_when_nothing_differs(void **state)
{
    version a, b;

    (void)state;
    of_yaml(&a, HOG);
    of_yaml(&b, HOG);
    assert_changes(&a, &b, "the same encoder on the same input; nothing differs");
    release(&b);
    of_yaml(&b, HOG "variant: gpu\n");
    assert_changes(&a, &b,
                   "variant: empty -> gpu [variant]\n"
                   "the same encoder on the same input; only its name or variant differs");
    release(&a);
    release(&b);
}

static void test_changes__tell_a_model_from_its_preprocessing(void **state)
{
    version a, b;

    (void)state;
#define PARTS(sha, filter)                                                                                             \
    "\"code_version\":\"1\",\"encoder\":\"onnx\",\"modality\":\"image\",\"model.input\":\"x\",\"model.sha256\":\"" sha \
    "\",\"params.filter\":\"" filter "\",\"variant\":\"\""
    of_model(&a, "pool=none", PARTS("aa", "bilinear"));
    of_model(&b, "pool=none", PARTS("aa", "bicubic"));
    assert_changes(&a, &b,
                   "params.filter: bilinear -> bicubic [preprocessing]\n"
                   "the same model; other preprocessing (params.filter)");
    release(&b);
    of_model(&b, "pool=mean", PARTS("bb", "bilinear"));
    assert_changes(&a, &b,
                   "model.sha256: aa -> bb [model]\n"
                   "outputs.pooled.from: pool=none -> pool=mean [outputs]\n"
                   "another model or encoder; other outputs (outputs.pooled.from)");
    release(&a);
    release(&b);
}

/* What is not in the fingerprint is still named: how outputs are stored, which there are. */
static void test_changes__name_outputs_and_precision(void **state)
{
    version a, b;

    (void)state;
    of_yaml(&a, HOG);
    of_yaml(&b, HOG);
    a.info.n_outputs = 2;
    b.outputs[0].precision = FC_I8;
    b.outputs[1] = b.outputs[2];
    b.info.n_outputs = 2;
    assert_changes(&a, &b,
                   "outputs.pooled.precision: f32 -> int8 [stored precision]\n"
                   "outputs.map: 7 x 7 x 24 -> not there [outputs]\n"
                   "outputs.rows: not there -> n x 24 [outputs]\n"
                   "the same encoder on the same input; other outputs (outputs.map, outputs.rows) "
                   "and stored precision (outputs.pooled.precision)");
    b.outputs[0] = (fc_output_info){1, "pooled", FC_F32, 1, {128}, true};
    b.info.n_outputs = a.info.n_outputs = 1;
    assert_changes(&a, &b,
                   "outputs.pooled.shape: 96 -> 128 [outputs]\n"
                   "the same encoder on the same input; other outputs (outputs.pooled.shape)");
    release(&a);
    release(&b);
}

static void test_changes__name_what_computed(void **state)
{
    version a, b;

    (void)state;
    of_yaml(&a, HOG);
    of_yaml(&b, HOG);
    a.provenances[0] = HERE LIBS " runtime=\"onnxruntime 1.16.3\" device=cpu";
    b.provenances[0] = "encoder=builtin/hog code_version=3 featcache=0.1.0 simd=avx512 "
                       "libraries=\"libjpeg-turbo 2.1.5, libpng 1.6.44\" "
                       "runtime=\"onnxruntime 1.17.1\" device=cuda:0";
    assert_changes(&a, &b,
                   "device: cpu -> cuda:0 [device]\n"
                   "libraries.libpng: 1.6.39 -> 1.6.44 [libraries]\n"
                   "runtime: onnxruntime 1.16.3 -> onnxruntime 1.17.1 [runtime]\n"
                   "simd: avx2 -> avx512 [instruction set]\n"
                   "the same encoder on the same input; other runtime (runtime), device (device), "
                   "instruction set (simd) and libraries (libraries.libpng)");
    release(&a);
    release(&b);
}

/* Blocks of one version may have been computed here and there. */
static void test_changes__show_every_provenance_of_a_version(void **state)
{
    version a, b;

    (void)state;
    of_yaml(&a, HOG);
    of_yaml(&b, HOG);
    b.provenances[1] = "simd=avx512 cloud=x";
    b.provenances[2] = HERE LIBS;
    b.info.n_provenances = 3;
    assert_changes(&a, &b,
                   "cloud: not there -> x [provenance]\n"
                   "simd: avx2 -> avx2, avx512 [instruction set]\n"
                   "the same encoder on the same input; other instruction set (simd) and "
                   "provenance (cloud)");
    release(&a);
    release(&b);
}

static void test_changes__refuse_a_card_that_is_none(void **state)
{
    fc_error err = FC_ERROR_INIT;
    fc_version_changes changes;
    version a, b;

    (void)state;
    of_yaml(&a, HOG);
    give(&b, "a", "{\"name\":\"a\"}", 1);
    assert_status(FC_E_CORRUPT, fc__version_changes(&changes, &a.info, &b.info, &err), &err);
    assert_int_equal(changes.n, 0);
    release(&a);
    release(&b);
}

/* Texts of a store are bytes from outside: none may run past its end. */
static void test_provenance__takes_any_text(void **state)
{
    static const char *const odd[] = {"",
                                      "=",
                                      "a=",
                                      "a=\"",
                                      "a=\"b",
                                      "a b",
                                      "\"=",
                                      "=\"x\" y=",
                                      "libraries",
                                      "libraries=\",, a,\"",
                                      "x==",
                                      "\n=",
                                      "libraries=\"b-1.2,c-\""};
    fc_error err = FC_ERROR_INIT;

    (void)state;
    for (size_t i = 0; i < sizeof(odd) / sizeof(odd[0]); i++) {
        char *exact = strdup(odd[i]); /* ASan sees a read behind it */
        const char *text = exact;
        fc_provenance_facts f;

        assert_non_null(exact);
        assert_status(FC_OK, fc__provenance_facts(&f, &text, 1, &err), &err);
        assert_true(f.n <= 2);
        fc__provenance_facts_dispose(&f);
        free(exact);
    }
}

static void test_provenance__splits_libraries(void **state)
{
    const char *text = "libraries=\"libsndfile-1.2.0, libjpeg-turbo 2.1.5, cairo, a b 3\"";
    static const char *const want[][2] = {{"libraries.a b", "3"},
                                          {"libraries.cairo", ""},
                                          {"libraries.libjpeg-turbo", "2.1.5"},
                                          {"libraries.libsndfile", "1.2.0"}};
    fc_error err = FC_ERROR_INIT;
    fc_provenance_facts f;

    (void)state;
    assert_status(FC_OK, fc__provenance_facts(&f, &text, 1, &err), &err);
    assert_int_equal(f.n, 4);
    for (size_t i = 0; i < 4; i++) {
        assert_string_equal(f.list[i].key, want[i][0]);
        assert_string_equal(f.list[i].value, want[i][1]);
    }
    fc__provenance_facts_dispose(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_changes__name_parameters_of_a_built_in),
        cmocka_unit_test(test_changes__say_when_nothing_differs),
        cmocka_unit_test(test_changes__tell_a_model_from_its_preprocessing),
        cmocka_unit_test(test_changes__name_outputs_and_precision),
        cmocka_unit_test(test_changes__name_what_computed),
        cmocka_unit_test(test_changes__show_every_provenance_of_a_version),
        cmocka_unit_test(test_changes__refuse_a_card_that_is_none),
        cmocka_unit_test(test_provenance__takes_any_text),
        cmocka_unit_test(test_provenance__splits_libraries),
    };

    return cmocka_run_group_tests_name("audit_changes", tests, NULL, NULL);
}
