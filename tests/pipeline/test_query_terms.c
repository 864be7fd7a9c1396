/*
 * Queries of several inputs through the public API: what they find, what is left out, and what is
 * no term.
 */
#include "query_fixture.h"

#include <math.h>

/* Terms as a caller gives them: sums find what is between their inputs, and what is no term is
 * told.
 */
static void test_query__terms(void **state)
{
    const float zero[4] = {0, 0, 0, 0};
    fc_query_term terms[FC_QUERY_TERMS_MAX + 1] = {
        {.kind = FC_QUERY_TEXT, .value = "a red bird sings in the tree", .weight = 1},
        {.kind = FC_QUERY_ID, .value = "set/fish.txt", .weight = 2}};
    fc_query q = FC_QUERY_INIT;
    asking a;

    (void)state;
    begin(&a, "terms");
    q.terms = terms;
    q.n_terms = 2;
    q.k = 2;
    q.include_self = true;
    expect_hits(&a, &q, "fish.txt bird.txt");
    assert_int_equal(a.result->query_modality, FC_TEXT);
    assert_int_equal(a.result->n_terms, 2);
    assert_null(a.result->input);
    assert_null(a.result->terms[0].sample);
    assert_string_equal(a.result->terms[1].sample->id, "fish.txt");
    assert_string_equal(a.result->terms[0].encoder, "hashtext");
    terms[1].weight = -2;
    assert_status(FC_OK, ask(&a, &q), &a.flow.err);
    assert_string_equal(a.result->hits[0].id, "bird.txt");
    q.include_self = false; /* the sample that is named is left out, whatever its weight */
    q.k = 10;
    assert_status(FC_OK, ask(&a, &q), &a.flow.err);
    assert_int_equal(a.result->n_hits, 3);
    assert_null(strstr(a.hits, "fish.txt"));
    terms[1] = (fc_query_term){.kind = FC_QUERY_TEXT, .value = terms[0].value, .weight = -1};
    expect_error(&a, &q, FC_E_INVALID, "cancel out");
    terms[1].weight = 0;
    expect_error(&a, &q, FC_E_INVALID, "term 2: its weight is 0");
    terms[1].weight = NAN;
    expect_error(&a, &q, FC_E_INVALID, "term 2: its weight");
    terms[1].weight = 1e308; /* sums of weights may not fit: the other counts for nothing */
    assert_status(FC_OK, ask(&a, &q), &a.flow.err);
    terms[1] = (fc_query_term){.kind = (fc_query_kind)9, .value = "x", .weight = 1};
    expect_error(&a, &q, FC_E_INVALID, "kind 9");
    terms[1] = (fc_query_term){.kind = FC_QUERY_TEXT, .weight = 1};
    expect_error(&a, &q, FC_E_INVALID, "term 2: a value is missing");
    terms[1] = (fc_query_term){.kind = FC_QUERY_TEXT, .value = "x", .weight = 1, .end_s = 2};
    expect_error(&a, &q, FC_E_INVALID, "a span needs a file");
    terms[1] =
        (fc_query_term){.kind = FC_QUERY_VECTOR, .vector = zero, .vector_dim = 4, .weight = 1};
    expect_error(&a, &q, FC_E_INVALID, "4 elements");
    terms[1] = (fc_query_term){.kind = FC_QUERY_FILE, .value = "/nowhere.png", .weight = 1};
    expect_error(&a, &q, FC_E_NOT_FOUND, "nowhere.png");
    terms[1] = (fc_query_term){.kind = FC_QUERY_ID, .value = "set/bird.jpg", .weight = 1};
    expect_error(&a, &q, FC_E_INVALID, "--space");
    q.n_terms = FC_QUERY_TERMS_MAX + 1;
    expect_error(&a, &q, FC_E_INVALID, "at most 64");
    q.n_terms = 1;
    q.text = "both";
    expect_error(&a, &q, FC_E_INVALID, "exactly one");
    q.text = NULL;
    q.calibrate = "fair";
    expect_error(&a, &q, FC_E_INVALID, "--space");
    end(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_query__terms),
    };

    return cmocka_run_group_tests_name("query_terms", tests, NULL, NULL);
}
