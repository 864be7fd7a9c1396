/*
 * Ready projections: .npy and .safetensors as other programs write them, and files that are not.
 */
#include "head_goldens.h"

#include "fc_buf.h"
#include "fc_head.h"
#include "fc_head_import.h"

static const fc_pooling none = {.kind = FC_POOLING_NONE};

static void golden_path(char out[1024], const char *name)
{
    snprintf(out, 1024, "%s/tests/golden/heads/%s", getenv("FC_SOURCE_DIR"), name);
}

static void test_head_import__reads_what_others_write(void **state)
{
    static const char *const names[] = {"import_f32.safetensors",  "import_f16.safetensors",
                                        "import_bf16.safetensors", "import_weight.npy",
                                        "import_f16.npy",          "import_f64.npy"};

    (void)state;
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        fc_error err = FC_ERROR_INIT;
        fc_head h;
        char path[1024];

        golden_path(path, names[i]);
        assert_status(FC_OK, fc__head_import(&h, path, &none, 5, &err), &err);
        assert_int_equal(h.dim, 3);
        assert_true(fc__head_takes_vectors(&h));
        assert_golden("import_weight", h.inputs[0].weight, 15, 0);
        assert_int_equal(h.inputs[0].bias != NULL, i < 3);
        if (i < 3)
            assert_golden("import_bias", h.inputs[0].bias, 3, 0);
        fc__head_dispose(&h);
    }
}

static void test_head_import__takes_attention(void **state)
{
    fc_pooling p = {.kind = FC_POOLING_ATTENTION};
    fc_tensor w = golden_load("import_weight");
    fc_error err = FC_ERROR_INIT;
    fc_head h;
    char path[1024];

    (void)state;
    golden_path(path, "import_attention.safetensors");
    assert_status(FC_OK, fc__head_import(&h, path, &p, 5, &err), &err);
    assert_int_equal(h.inputs[0].pooling.n_queries, 2);
    assert_memory_equal(h.inputs[0].queries, w.data, 10 * sizeof(float));
    assert_memory_equal(h.inputs[0].mean, (float *)w.data + 10, 5 * sizeof(float));
    assert_non_null(h.inputs[0].scale);
    fc__head_dispose(&h);
    p.n_queries = 3;
    assert_status(FC_E_FORMAT, fc__head_import(&h, path, &p, 5, &err), &err);
    assert_status(FC_E_FORMAT, fc__head_import(&h, path, &none, 5, &err), &err);
    assert_non_null(strstr(err.message, "queries"));
    golden_path(path, "import_f32.safetensors");
    p.n_queries = 0;
    assert_status(FC_E_FORMAT, fc__head_import(&h, path, &p, 5, &err), &err);
    fc_tensor_dispose(&w);
}

static void refuse(const char *name, const void *bytes, size_t n, fc_status want, const char *words)
{
    char *path = fc_test_path(name);
    fc_error err = FC_ERROR_INIT;
    fc_head h;

    fc_test_write_file(path, bytes, n);
    assert_status(want, fc__head_import(&h, path, &none, 5, &err), &err);
    if (strstr(err.message, words) == NULL)
        fail_msg("'%s' does not say '%s'", err.message, words);
    assert_int_equal(h.n_inputs, 0);
    free(path);
}

static void refuse_header(const char *json, size_t n_data, fc_status want, const char *words)
{
    fc_buf b = FC_BUF_INIT;
    fc_error err = FC_ERROR_INIT;
    const uint8_t zeros[64] = {0};

    assert_true(n_data <= sizeof(zeros));
    fc_buf_append_u64(&b, strlen(json), &err);
    fc_buf_append(&b, json, strlen(json), &err);
    assert_status(FC_OK, fc_buf_append(&b, zeros, n_data, &err), &err);
    refuse("x.safetensors", b.data, b.size, want, words);
    fc_buf_dispose(&b);
}

static void test_head_import__refuses_broken_safetensors(void **state)
{
    static const uint8_t huge[16] = {0, 0, 0, 0, 0, 0, 0, 0x80};

    (void)state;
    refuse("x.safetensors", "", 0, FC_E_FORMAT, "not a .safetensors");
    refuse("x.safetensors", huge, sizeof(huge), FC_E_FORMAT, "cut off");
    refuse_header("{", 0, FC_E_FORMAT, "JSON");
    refuse_header("[]", 0, FC_E_FORMAT, "JSON");
    refuse_header("{}", 0, FC_E_FORMAT, "no single matrix");
    refuse_header("{\"weight\": 3}", 0, FC_E_FORMAT, "dtype");
    refuse_header("{\"weight\":{\"dtype\":\"I64\",\"shape\":[1,5],\"data_offsets\":[0,40]}}", 40,
                  FC_E_UNSUPPORTED, "I64");
    refuse_header("{\"weight\":{\"dtype\":\"F32\",\"shape\":[1,5],\"data_offsets\":[0,20]}}", 19,
                  FC_E_FORMAT, "past the end");
    refuse_header("{\"weight\":{\"dtype\":\"F32\",\"shape\":[1,5],\"data_offsets\":[4,0]}}", 20,
                  FC_E_FORMAT, "past the end");
    refuse_header("{\"weight\":{\"dtype\":\"F32\",\"shape\":[1,5],\"data_offsets\":[0,16]}}", 20,
                  FC_E_FORMAT, "as its shape says");
    refuse_header("{\"weight\":{\"dtype\":\"F32\",\"shape\":[-1,5],\"data_offsets\":[0,20]}}", 20,
                  FC_E_FORMAT, "more elements");
    refuse_header("{\"weight\":{\"dtype\":\"F32\",\"shape\":[4294967296,4294967296],"
                  "\"data_offsets\":[0,20]}}",
                  20, FC_E_FORMAT, "more elements");
    refuse_header("{\"weight\":{\"dtype\":\"F32\",\"shape\":[1,4],\"data_offsets\":[0,16]}}", 16,
                  FC_E_FORMAT, "N x 5");
    refuse_header("{\"weight\":{\"dtype\":\"F32\",\"shape\":[5,1],\"data_offsets\":[0,20]}}", 20,
                  FC_E_FORMAT, "transpose");
    refuse_header("{\"a.weight\":{\"dtype\":\"F32\",\"shape\":[1,5],\"data_offsets\":[0,20]},"
                  "\"b.weight\":{\"dtype\":\"F32\",\"shape\":[1,5],\"data_offsets\":[0,20]}}",
                  20, FC_E_FORMAT, "a.weight, b.weight");
    refuse_header("{\"weight\":{\"dtype\":\"F32\",\"shape\":[1,5],\"data_offsets\":[0,20]},"
                  "\"logit_scale\":{\"dtype\":\"F32\",\"shape\":[],\"data_offsets\":[0,4]}}",
                  20, FC_E_FORMAT, "logit_scale");
    refuse_header("{\"weight\":{\"dtype\":\"F32\",\"shape\":[1,5],\"data_offsets\":[0,20]},"
                  "\"bias\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]}}",
                  20, FC_E_FORMAT, "'bias' has 2 elements");
    refuse_header("{\"weight\":1,\"weight\":2}", 0, FC_E_FORMAT, "JSON");
}

static void test_head_import__refuses_what_is_no_matrix(void **state)
{
    fc_tensor w = golden_load("import_bias");
    fc_error err = FC_ERROR_INIT;
    char path[1024];
    uint8_t *bytes;
    size_t n;
    fc_head h;

    (void)state;
    golden_path(path, "import_bias.npy");
    assert_status(FC_E_FORMAT, fc__head_import(&h, path, &none, 5, &err), &err);
    assert_non_null(strstr(err.message, "matrix"));
    golden_path(path, "nothing.npy");
    assert_status(FC_E_NOT_FOUND, fc__head_import(&h, path, &none, 5, &err), &err);
    golden_path(path, "import_weight.npy");
    assert_status(FC_E_FORMAT, fc__head_import(&h, path, &none, 3, &err), &err);
    assert_non_null(strstr(err.message, "transpose"));
    assert_status(FC_E_INVALID, fc__head_import(&h, path, &none, 0, &err), &err);
    bytes = fc_test_read_file(path, &n);
    refuse("cut.npy", bytes, n - 1, FC_E_FORMAT, "cut off");
    memset(bytes + n - 4, 0xFF, 4);
    refuse("nan.npy", bytes, n, FC_E_FORMAT, "not finite");
    refuse("matrix.bin", bytes, n, FC_E_FORMAT, "by its name");
    free(bytes);
    fc_tensor_dispose(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_head_import__reads_what_others_write),
        cmocka_unit_test(test_head_import__takes_attention),
        cmocka_unit_test(test_head_import__refuses_broken_safetensors),
        cmocka_unit_test(test_head_import__refuses_what_is_no_matrix),
    };

    return cmocka_run_group_tests_name("head_import", tests, NULL, NULL);
}
