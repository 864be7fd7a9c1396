/*
 * The registry: every built-in is described well enough for a card to be checked by it.
 */
#include "fc_test.h"

#include <math.h>

#include "fc_builtin.h"

static size_t count_choices(const fc_param_spec *p)
{
    size_t n = 0;

    while (p->choices[n] != NULL)
        n++;
    return n;
}

static void test_builtin__every_table_is_sound(void **state)
{
    size_t n;
    const fc_builtin *const *all = fc__builtins(&n);

    (void)state;
    assert_int_equal(n, 6);
    for (size_t i = 0; i < n; i++) {
        double values[FC_BUILTIN_MAX_PARAMS];
        fc_error err = FC_ERROR_INIT;

        assert_ptr_equal(fc__builtin_find(all[i]->name), all[i]);
        assert_true(all[i]->n_params <= FC_BUILTIN_MAX_PARAMS);
        assert_true(all[i]->n_outputs <= FC_BUILTIN_MAX_OUTPUTS);
        assert_true(all[i]->code_version > 0);
        for (size_t k = 0; k < all[i]->n_params; k++) {
            const fc_param_spec *p = &all[i]->params[k];

            assert_non_null(p->name);
            assert_non_null(p->help);
            assert_int_equal(fc__builtin_param(all[i], p->name), k); /* no name twice */
            assert_int_equal(p->kind == FC_PARAM_CHOICE || p->kind == FC_PARAM_LIST,
                             p->choices != NULL);
            if (p->choices != NULL)
                assert_true(count_choices(p) > 1);
            if (p->kind == FC_PARAM_LIST)
                assert_true(all[i]->read_file != NULL && all[i]->take_data != NULL);
        }
        assert_true(all[i]->n_later <= all[i]->n_params);
        fc__builtin_defaults(all[i], values);
        assert_status(FC_OK, fc__builtin_check(all[i], values, &err), &err);
    }
    assert_null(fc__builtin_find("builtin/none"));
}

/* Each parameter of each built-in: just outside its range, not whole, not a number. */
static void test_builtin__values_outside_their_range_are_named(void **state)
{
    size_t n, tried = 0;
    const fc_builtin *const *all = fc__builtins(&n);

    (void)state;
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < all[i]->n_params; k++) {
            const fc_param_spec *p = &all[i]->params[k];
            const bool ranged = p->kind == FC_PARAM_INT || p->kind == FC_PARAM_REAL;
            const double max = ranged               ? p->max
                               : p->choices != NULL ? (double)count_choices(p) - 1
                                                    : 1;
            const double wrong[] = {(ranged ? p->min : 0) - 1, max + 1, NAN, INFINITY, 0.5};
            const size_t n_wrong = p->kind == FC_PARAM_REAL ? 4 : 5;

            for (size_t j = 0; j < n_wrong; j++, tried++) {
                double values[FC_BUILTIN_MAX_PARAMS];
                fc_error err = FC_ERROR_INIT;
                void *self = NULL;

                fc__builtin_defaults(all[i], values);
                values[k] = wrong[j];
                assert_status(FC_E_INVALID, all[i]->create(&self, values, &err), &err);
                assert_null(self);
                if (strstr(err.message, p->name) == NULL)
                    fail_msg("'%s' does not name %s", err.message, p->name);
            }
        }
    assert_true(tried > 80);
}

static void check_pair(const char *builtin, const char *param, double value, const char *word)
{
    const fc_builtin *b = fc__builtin_find(builtin);
    double values[FC_BUILTIN_MAX_PARAMS];
    fc_error err = FC_ERROR_INIT;

    fc__builtin_defaults(b, values);
    values[fc__builtin_param(b, param)] = value;
    assert_status(FC_E_INVALID, fc__builtin_check(b, values, &err), &err);
    if (strstr(err.message, word) == NULL)
        fail_msg("'%s' does not say '%s'", err.message, word);
}

static void test_builtin__rules_between_parameters_hold(void **state)
{
    (void)state;
    check_pair("builtin/hog", "size", 113, "multiple of 14");
    check_pair("builtin/hashtext", "ngram_min", 6, "ngram_max");
    check_pair("builtin/mfcc", "n_mels", 12, "n_mfcc");
    check_pair("builtin/mfcc", "hop_ms", 10.03, "hop_ms");
    check_pair("builtin/mfcc", "window_ms", 2.03, "window_ms");
    check_pair("builtin/mfcc", "fmax", 15, "mel bands from 20 to 15 Hz");
    check_pair("builtin/mfcc", "fmax", 9000, "half the rate");
    check_pair("builtin/mfcc", "window_ms", 2, "n_mels");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_builtin__every_table_is_sound),
        cmocka_unit_test(test_builtin__values_outside_their_range_are_named),
        cmocka_unit_test(test_builtin__rules_between_parameters_hold),
    };

    return cmocka_run_group_tests_name("builtin", tests, NULL, NULL);
}
