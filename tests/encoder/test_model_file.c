/*
 * Hashes of model files, kept by the identity of the file: used while it is the same, and never for
 * a file that has changed.
 */
#include "fc_test.h"

#include <dirent.h>

#include "fc_model_file.h"

/* A file has to be older than two seconds for its times to be trusted. */
#define SETTLE_US 2100000

static fc_sha256 hash_of(const char *path, const char *folder)
{
    fc_neural_options neural = FC_NEURAL_OPTIONS_INIT;
    fc_error err = FC_ERROR_INIT;
    fc_buf bytes = FC_BUF_INIT;
    fc_sha256 hash;

    neural.cache_folder = folder;
    assert_status(FC_OK, fc__model_read(path, &neural, &bytes, &hash, &err), &err);
    fc_buf_dispose(&bytes);
    return hash;
}

/* The only file of the folder, on the heap; NULL: none. More than one fails. */
static char *kept(const char *folder)
{
    DIR *dir = opendir(folder);
    const struct dirent *entry;
    char *path = NULL;

    while (dir != NULL && (entry = readdir(dir)) != NULL) {
        if (entry->d_name[0] == '.')
            continue;
        assert_null(path);
        assert_true(asprintf(&path, "%s/%s", folder, entry->d_name) > 0);
    }
    if (dir != NULL)
        closedir(dir);
    return path;
}

static void test_model_file__is_hashed_once_while_it_is_the_same(void **state)
{
    char *path = fc_test_path("m.onnx"), *folder = fc_test_path("hashes"), *file;
    fc_sha256 right, other, got;
    fc_error err = FC_ERROR_INIT;
    char hex[FC_SHA256_HEX_BYTES];

    (void)state;
    assert_status(FC_OK, fc__sha256("a model", 7, &right, &err), &err);
    assert_status(FC_OK, fc__sha256("another", 7, &other, &err), &err);
    fc_test_write_file(path, "a model", 7);
    got = hash_of(path, folder);
    assert_memory_equal(&got, &right, sizeof(got));
    assert_null(kept(folder)); /* too young */

    usleep(SETTLE_US);
    got = hash_of(path, folder);
    assert_memory_equal(&got, &right, sizeof(got));
    assert_non_null(file = kept(folder));

    /* Seen to be used: another hash in its place is what comes back. */
    fc__sha256_hex(&other, hex);
    fc_test_write_file(file, hex, sizeof(hex) - 1);
    got = hash_of(path, folder);
    assert_memory_equal(&got, &other, sizeof(got));

    /* What is no hash is not. */
    hex[7] = 'x';
    fc_test_write_file(file, hex, sizeof(hex) - 1);
    got = hash_of(path, folder);
    assert_memory_equal(&got, &right, sizeof(got));
    fc_test_write_file(file, hex, 11);
    got = hash_of(path, folder);
    assert_memory_equal(&got, &right, sizeof(got));

    /* Another content of the same size under the same path. */
    fc_test_write_file(path, "another", 7);
    got = hash_of(path, folder);
    assert_memory_equal(&got, &other, sizeof(got));
    free(file);
    free(folder);
    free(path);
}

/* Of a tokenizer the same, and by the same folder. */
static void test_model_file__tokenizers_too(void **state)
{
    char *path = fc_test_path("tokenizer.json"), *folder = fc_test_path("more"), *file;
    fc_error err = FC_ERROR_INIT;
    fc_buf bytes = FC_BUF_INIT;
    const fc_neural_options neural = {.cache_folder = folder};
    fc_sha256 right, got;

    (void)state;
    assert_status(FC_OK, fc__sha256("{}", 2, &right, &err), &err);
    fc_test_write_file(path, "{}", 2);
    usleep(SETTLE_US);
    assert_status(FC_OK, fc__tokenizer_read(path, &neural, &bytes, &got, &err), &err);
    assert_memory_equal(&got, &right, sizeof(got));
    assert_int_equal(bytes.size, 2);
    assert_non_null(file = kept(folder));
    fc_buf_dispose(&bytes);
    free(file);
    free(path);
    path = fc_test_path("no.json");
    assert_status(FC_E_NOT_FOUND, fc__tokenizer_read(path, &neural, &bytes, &got, &err), &err);
    assert_non_null(strstr(err.message, "open the tokenizer"));
    fc_buf_dispose(&bytes);
    free(folder);
    free(path);
}

static void test_model_file__refuses_what_is_no_file(void **state)
{
    char *path = fc_test_path("not/there.onnx");
    fc_error err = FC_ERROR_INIT;
    fc_buf bytes = FC_BUF_INIT;
    fc_sha256 hash;

    (void)state;
    assert_status(FC_E_NOT_FOUND, fc__model_read(path, NULL, &bytes, &hash, &err), &err);
    assert_status(FC_E_INVALID, fc__model_read(fc_test_tmpdir(), NULL, &bytes, &hash, &err), &err);
    assert_status(FC_E_INVALID, fc__model_read("/dev/zero", NULL, &bytes, &hash, &err), &err);
    fc_buf_dispose(&bytes);
    free(path);
}

/* A sparse file of 40 MB: twice that is more than three fourths of 100 MB, and not of 120. */
static void test_model_file__keeps_to_the_memory(void **state)
{
    char *path = fc_test_path("large.onnx");
    fc_neural_options neural = FC_NEURAL_OPTIONS_INIT;
    fc_buf bytes = FC_BUF_INIT;
    fc_error err = FC_ERROR_INIT;
    fc_sha256 hash;

    (void)state;
    fc_test_write_text(path, "x");
    assert_int_equal(truncate(path, 40 << 20), 0);
    neural.memory_bytes = 100 << 20;
    assert_status(FC_E_LIMIT, fc__model_read(path, &neural, &bytes, &hash, &err), &err);
    assert_non_null(strstr(err.message,
                           "has 40 MB, and running it takes twice that at least; models "
                           "may take 75 MB: raise --memory"));
    assert_int_equal(bytes.capacity, 0);
    neural.memory_bytes = 120 << 20;
    assert_status(FC_OK, fc__model_read(path, &neural, &bytes, &hash, &err), &err);
    fc_buf_dispose(&bytes);
    free(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_model_file__is_hashed_once_while_it_is_the_same),
        cmocka_unit_test(test_model_file__tokenizers_too),
        cmocka_unit_test(test_model_file__refuses_what_is_no_file),
        cmocka_unit_test(test_model_file__keeps_to_the_memory),
    };

    return cmocka_run_group_tests_name("model_file", tests, NULL, NULL);
}
