/*
 * Which device is picked, from lists of providers as runtimes have them: no GPU is needed to see
 * it.
 */
#include "fc_test.h"

#include "fc_runtime.h"

static const char *const cpu_only[] = {"AzureExecutionProvider", "CPUExecutionProvider", NULL};
static const char *const with_cuda[] = {"TensorrtExecutionProvider", "CUDAExecutionProvider",
                                        "CPUExecutionProvider", NULL};

static void test_device__is_what_is_asked_for_and_there(void **state)
{
    static const struct {
        const char *text;
        const char *const *providers;
        fc_status status;
        const char *name;
    } cases[] = {
        {NULL, with_cuda, FC_OK, "cpu"},
        {"cpu", with_cuda, FC_OK, "cpu"},
        {"auto", cpu_only, FC_OK, "cpu"},
        {"auto", with_cuda, FC_OK, "cuda:0"},
        {"cuda", with_cuda, FC_OK, "cuda:0"},
        {"cuda:3", with_cuda, FC_OK, "cuda:3"},
        {"cuda:12", with_cuda, FC_OK, "cuda:12"},
        {"cuda", cpu_only, FC_E_UNSUPPORTED, NULL},
        {"cuda:1", cpu_only, FC_E_UNSUPPORTED, NULL},
        {"cuda:", with_cuda, FC_E_INVALID, NULL},
        {"cuda:x", with_cuda, FC_E_INVALID, NULL},
        {"cuda:-1", with_cuda, FC_E_INVALID, NULL},
        {"cuda:100", with_cuda, FC_E_INVALID, NULL},
        {"CPU", with_cuda, FC_E_INVALID, NULL},
        {"", with_cuda, FC_E_INVALID, NULL},
        {"gpu", cpu_only, FC_E_INVALID, NULL},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        fc_error err = FC_ERROR_INIT;
        char name[16];
        fc_device d;

        assert_status(cases[i].status, fc__device_pick(&d, cases[i].text, cases[i].providers, &err),
                      &err);
        if (cases[i].status != FC_OK) {
            assert_non_null(strstr(err.message, cases[i].text));
            continue;
        }
        fc__device_name(&d, name);
        assert_string_equal(name, cases[i].name);
        /* "auto" is to say so where it finds no GPU. */
        assert_int_equal(d.fell_back,
                         cases[i].text != NULL && !d.cuda && strcmp(cases[i].text, "auto") == 0);
    }
}

static void test_device__may_be_given_by_encoder(void **state)
{
    static const struct {
        const char *list, *encoder, *want; /* want NULL: refused */
    } cases[] = {
        {NULL, "clip", "cpu"},
        {"auto", "clip", "auto"},
        {"clip=cuda:1", "clip", "cuda:1"},
        {"clip=cuda:1", "clips", "cpu"},
        {"auto,clip=cpu,yamnet=cuda:2", "yamnet", "cuda:2"},
        {"clip=cpu,yamnet=cuda:2,auto", "clip", "cpu"},
        {"clip=cpu,yamnet=cuda:2,auto", "other", "auto"},
        {"", "clip", NULL},
        {"cpu,", "clip", NULL},
        {"clip=", "clip", NULL},
        {"=cpu", "clip", NULL},
        {"cpu,auto", "clip", NULL},
        {"clip=cpu,clip=auto", "clip", NULL},
        {"clip=cuda:1234567890123", "clip", NULL},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char out[FC_DEVICE_TEXT_BYTES];
        fc_error err = FC_ERROR_INIT;

        assert_status(cases[i].want != NULL ? FC_OK : FC_E_INVALID,
                      fc__device_for(out, cases[i].list, cases[i].encoder, &err), &err);
        if (cases[i].want != NULL)
            assert_string_equal(out, cases[i].want);
    }
}

static bool is_clip(const void *context, const char *name, size_t n)
{
    (void)context;
    return n == 4 && memcmp(name, "clip", 4) == 0;
}

static void test_device__names_of_no_encoder_are_found(void **state)
{
    size_t n = 0;

    (void)state;
    assert_null(fc__device_unknown(NULL, is_clip, NULL, &n));
    assert_null(fc__device_unknown("auto,clip=cpu", is_clip, NULL, &n));
    assert_string_equal(fc__device_unknown("clip=cpu,yamnet=auto", is_clip, NULL, &n),
                        "yamnet=auto");
    assert_int_equal(n, 6);
}

static void test_runtime__says_how_to_get_what_is_not_there(void **state)
{
    fc_error err = FC_ERROR_INIT;
    fc_runtime *rt = NULL;

    (void)state;
    assert_status(FC_E_UNSUPPORTED, fc__runtime_open(&rt, "./no/such/library.so", &err), &err);
    assert_null(rt);
    assert_non_null(strstr(err.message, fc__runtime_built_in() ? "no/such/library.so"
                                                               : "cmake/get-onnxruntime.sh"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_device__is_what_is_asked_for_and_there),
        cmocka_unit_test(test_device__may_be_given_by_encoder),
        cmocka_unit_test(test_device__names_of_no_encoder_are_found),
        cmocka_unit_test(test_runtime__says_how_to_get_what_is_not_there),
    };

    return cmocka_run_group_tests_name("device", tests, NULL, NULL);
}
