/*
 * The prose about cards against the program: schemas/card.md lists every parameter and output as
 * the built-ins' tables have them, its example parses, and so does each card in schemas/encoders.
 */
#include "fc_test.h"

#include <dirent.h>

#include "fc_builtin.h"
#include "fc_card.h"
#include "fc_model.h"

static char *source_path(const char *name)
{
    const char *root = getenv("FC_SOURCE_DIR");
    char *path = NULL;

    if (root == NULL)
        fc_test_skip("FC_SOURCE_DIR is not set: run by ctest");
    assert_true(asprintf(&path, "%s/%s", root, name) > 0);
    return path;
}

/* schemas/card.md as a string; the caller frees it. */
static char *read_prose(void)
{
    char *path = source_path("schemas/card.md");
    size_t n = 0;
    char *text = (char *)fc_test_read_file(path, &n);

    free(path);
    text = realloc(text, n + 1);
    assert_non_null(text);
    text[n] = '\0';
    return text;
}

static void value_range(const fc_param_spec *spec, char *out, size_t size)
{
    char low[32], high[32];
    size_t at = 0;

    snprintf(low, sizeof(low), "%.15g", spec->min);
    snprintf(high, sizeof(high), "%.15g", spec->max);
    switch (spec->kind) {
    case FC_PARAM_INT:
        snprintf(out, size, "whole number, %s to %s", low, high);
        return;
    case FC_PARAM_REAL:
        snprintf(out, size, "number, %s to %s", low, high);
        return;
    case FC_PARAM_FLAG:
        snprintf(out, size, "`true` or `false`");
        return;
    case FC_PARAM_CHOICE:
        for (size_t i = 0; spec->choices[i] != NULL; i++)
            at += (size_t)snprintf(out + at, size - at, "%s`%s`", i > 0 ? ", " : "",
                                   spec->choices[i]);
        return;
    case FC_PARAM_LIST:
        for (size_t i = 0; spec->choices[i + 1] != NULL; i++)
            at += (size_t)snprintf(out + at, size - at, "`%s`, ", spec->choices[i]);
        snprintf(out + at, size - at, "or the path of a file");
        return;
    }
}

static void value_text(const fc_param_spec *spec, char out[64])
{
    if (spec->kind == FC_PARAM_FLAG)
        snprintf(out, 64, "%s", spec->initial != 0.0 ? "true" : "false");
    else if (spec->choices != NULL)
        snprintf(out, 64, "%s", spec->choices[(size_t)spec->initial]);
    else
        snprintf(out, 64, "%.15g", spec->initial);
}

static void assert_row(const char *prose, const char *row)
{
    if (strstr(prose, row) == NULL)
        fail_msg("schemas/card.md lacks the line\n%s", row);
}

static void assert_params(const char *prose, const fc_builtin *b)
{
    for (size_t i = 0; i < b->n_params; i++) {
        const fc_param_spec *spec = &b->params[i];
        char range[1024], initial[64], row[2048];

        value_range(spec, range, sizeof(range));
        value_text(spec, initial);
        snprintf(row, sizeof(row), "| `%s` | %s | `%s` | %s |\n", spec->name, range, initial,
                 spec->help);
        assert_row(prose, row);
    }
}

static void test_schema__lists_every_parameter(void **state)
{
    size_t n_builtins = 0;
    const fc_builtin *const *all = fc__builtins(&n_builtins);
    char *prose = read_prose();

    (void)state;
    for (size_t b = 0; b < n_builtins; b++)
        assert_params(prose, all[b]);
    assert_params(prose, fc__model_kind(FC_TEXT));
    free(prose);
}

static void test_schema__lists_every_output(void **state)
{
    size_t n_builtins = 0;
    const fc_builtin *const *all = fc__builtins(&n_builtins);
    char *prose = read_prose();

    (void)state;
    for (size_t b = 0; b < n_builtins; b++) {
        fc_error err = FC_ERROR_INIT;
        fc_card *card = NULL;

        assert_status(FC_OK, fc__card_load(&card, all[b]->name, NULL, &err), &err);
        for (size_t k = 0; k < card->n_outputs; k++) {
            const fc_output_spec *spec = &card->outputs[k];
            char shape[128] = "", row[512];

            for (uint32_t a = 0; a < spec->rank; a++) {
                char axis[32] = "n";

                if (spec->shape[a] != 0)
                    snprintf(axis, sizeof(axis), "%llu", (unsigned long long)spec->shape[a]);
                strcat(shape, a > 0 ? " x " : "");
                strcat(shape, axis);
            }
            snprintf(row, sizeof(row), "| `%s` | `%s` | %s | %s | %s |\n", all[b]->name, spec->name,
                     shape, fc_dtype_name(spec->precision), spec->searchable ? "yes" : "no");
            assert_row(prose, row);
        }
        fc__card_destroy(card);
    }
    free(prose);
}

static void test_schema__the_example_in_the_prose_parses(void **state)
{
    char *prose = read_prose();
    const char *start = strstr(prose, "```yaml\n");
    const char *end = start != NULL ? strstr(start, "\n```\n") : NULL;
    fc_error err = FC_ERROR_INIT;
    fc_card *card = NULL;

    (void)state;
    assert_non_null(end);
    start += strlen("```yaml\n");
    assert_status(FC_OK,
                  fc__card_parse(&card, start, (size_t)(end + 1 - start), "card.md", NULL, &err),
                  &err);
    assert_string_equal(card->name, "hog-fine");
    fc__card_destroy(card);
    free(prose);
}

static void test_schema__every_example_card_loads(void **state)
{
    char *folder = source_path("schemas/encoders");
    DIR *dir = opendir(folder);
    const struct dirent *entry;
    size_t n = 0;

    (void)state;
    assert_non_null(dir);
    while ((entry = readdir(dir)) != NULL) {
        const char *dot = strrchr(entry->d_name, '.');
        fc_error err = FC_ERROR_INIT;
        fc_encoder *encoder = NULL;
        fc_card *card = NULL;
        char *path = NULL;

        if (dot == NULL || strcmp(dot, ".yaml") != 0)
            continue;
        assert_true(asprintf(&path, "%s/%s", folder, entry->d_name) > 0);
        assert_status(FC_OK, fc__card_load(&card, path, NULL, &err), &err);
        /* A card is found by the name of its file. */
        assert_int_equal(strlen(card->name), dot - entry->d_name);
        assert_memory_equal(card->name, entry->d_name, strlen(card->name));
        assert_status(FC_OK, fc__encoder_create(&encoder, card, &err), &err);
        fc__encoder_destroy(encoder);
        fc__card_destroy(card);
        free(path);
        n++;
    }
    assert_true(n >= 3);
    closedir(dir);
    free(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_schema__lists_every_parameter),
        cmocka_unit_test(test_schema__lists_every_output),
        cmocka_unit_test(test_schema__the_example_in_the_prose_parses),
        cmocka_unit_test(test_schema__every_example_card_loads),
    };

    return cmocka_run_group_tests_name("card_schema", tests, NULL, NULL);
}
