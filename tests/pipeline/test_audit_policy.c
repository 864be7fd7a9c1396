/*
 * Unit tests of src/pipeline/audit_policy.c: the built-in policy is the one that schemas/policy.md
 * shows; what a file changes, and how its mistakes are told.
 */
#include "fc_test.h"

#include "audit_policy.h"

static fc_drift_policy parse(const char *yaml)
{
    fc_drift_policy p;
    fc_error err = FC_ERROR_INIT;

    assert_status(FC_OK, fc__policy_parse(&p, yaml, strlen(yaml), "p.yaml", NULL, &err), &err);
    return p;
}

static void refuse(const char *yaml, const char *part)
{
    fc_drift_policy p;
    fc_error err = FC_ERROR_INIT;
    fc_buf problems = FC_BUF_INIT;

    assert_int_equal(fc__policy_parse(&p, yaml, strlen(yaml), "p.yaml", &problems, &err),
                     FC_E_FORMAT);
    if (strstr(err.message, part) == NULL)
        fail_msg("'%s' is not in '%s'", part, err.message);
    fc_buf_dispose(&problems);
}

static void assert_same(const fc_drift_policy *a, const fc_drift_policy *b)
{
    assert_string_equal(a->name, b->name);
    assert_int_equal(a->by_value, b->by_value);
    assert_int_equal(a->small_group, b->small_group);
    assert_int_equal(a->fail_on, b->fail_on);
    for (size_t s = 0; s < FC_N_POLICY_SECTIONS; s++) {
        assert_int_equal(a->n_bounds[s], b->n_bounds[s]);
        for (size_t i = 0; i < a->n_bounds[s]; i++) {
            const fc_drift_bound *x = &a->bounds[s][i], *y = &b->bounds[s][i];

            assert_int_equal(x->figure, y->figure);
            assert_int_equal(x->has_least, y->has_least);
            assert_int_equal(x->has_most, y->has_most);
            assert_float_equal(x->least, y->least, 0);
            assert_float_equal(x->most, y->most, 0);
        }
    }
}

static void test_audit_policy__the_schema_shows_the_built_in_one(void **state)
{
    const char *source = getenv("FC_SOURCE_DIR");
    char path[1024];
    size_t size;
    char *text;
    const fc_drift_policy built_in = fc__policy_built_in();
    fc_drift_policy shown;
    char *yaml, *end;

    (void)state;
    snprintf(path, sizeof(path), "%s/schemas/policy.md", source != NULL ? source : "../..");
    text = (char *)fc_test_read_file(path, &size);
    assert_non_null(text);
    yaml = strstr(text, "```yaml\n");
    assert_non_null(yaml);
    yaml += strlen("```yaml\n");
    end = strstr(yaml, "```");
    assert_non_null(end);
    *end = '\0';
    shown = parse(yaml);
    assert_same(&shown, &built_in);
    free(text);
}

static void test_audit_policy__what_is_not_in_the_file_stays(void **state)
{
    const fc_drift_policy p = parse("compatible: { cka: { least: 0.9, most: 1 } }\n");

    (void)state;
    assert_string_equal(p.name, "p.yaml");
    assert_int_equal(p.n_bounds[FC_POLICY_COMPATIBLE], 1);
    assert_int_equal(p.bounds[FC_POLICY_COMPATIBLE][0].figure, FC_FIGURE_CKA);
    assert_true(p.bounds[FC_POLICY_COMPATIBLE][0].has_most);
    assert_int_equal(p.n_bounds[FC_POLICY_ADAPTER], 1);
    assert_int_equal(p.n_bounds[FC_POLICY_GROUPS], 1);
    assert_int_equal(p.fail_on, FC_DRIFT_RE_ENCODE);
    assert_string_equal(fc__policy_fail_on(&p), "re-encode");
}

static void test_audit_policy__every_word_is_taken(void **state)
{
    fc_drift_policy p =
        parse("name: n\njudge: value\npositions: { cosine_p1: { least: 0 } }\n"
              "groups: {}\nadapter: {}\nsmall_group: 5\nfail_on: adapter advised\n");

    (void)state;
    assert_true(p.by_value);
    assert_int_equal(p.n_bounds[FC_POLICY_POSITIONS], 1);
    assert_int_equal(p.n_bounds[FC_POLICY_GROUPS], 0);
    assert_int_equal(p.n_bounds[FC_POLICY_ADAPTER], 0);
    assert_int_equal(p.small_group, 5);
    assert_int_equal(p.fail_on, FC_DRIFT_ADAPTER);
    p = parse("fail_on: never\n");
    assert_true(p.fail_on > FC_DRIFT_RE_ENCODE);
    assert_string_equal(fc__policy_fail_on(&p), "never");
}

static void test_audit_policy__mistakes_are_told_with_their_line(void **state)
{
    (void)state;
    refuse("compatible:\n  neighbors: { least: 1 }\n", "p.yaml:2: ");
    refuse("compatible: {}\n", "compatible has no bound");
    refuse("adapter:\n  adapted: {}\n", "a bound has no end");
    refuse("adapter:\n  adapted: 0.9\n", "p.yaml:2: ");
    refuse("adapter: { adapted: { least: 2, most: 1 } }\n", "above most");
    refuse("groups: { cka: { least: 1 } }\n", "p.yaml:1: ");
    refuse("fail_on: sometimes\n", "p.yaml:1: ");
    refuse("small_group: 0\n", "p.yaml:1: ");
    refuse("- a\n", "a policy is a map");
    refuse("nonsense: 1\n", "p.yaml:1: ");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_audit_policy__the_schema_shows_the_built_in_one),
        cmocka_unit_test(test_audit_policy__what_is_not_in_the_file_stays),
        cmocka_unit_test(test_audit_policy__every_word_is_taken),
        cmocka_unit_test(test_audit_policy__mistakes_are_told_with_their_line),
    };

    return cmocka_run_group_tests_name("audit_policy", tests, NULL, NULL);
}
