/*
 * Tests of fc_audit_drift(): changes that were planted in the features are found, measured as they
 * must be, and judged; what cannot be compared is refused with the way out.
 */
#include "audit_fixture.h"

#define N   600
#define DIM 64

/* Rows of the old and of the new version; what a test does not set is the same in both. */
typedef struct planted {
    float *x, *y;
    audit_version versions[2];
    audit_store a;
    fc_audit_drift_options opts;
    fc_audit_drift_report *report;
    char *problems;
} planted;

static void plant(planted *p)
{
    memset(p, 0, sizeof(*p));
    p->x = malloc(N * DIM * sizeof(float));
    p->y = malloc(N * DIM * sizeof(float));
    assert_non_null(p->x);
    assert_non_null(p->y);
    audit_random_rows(p->x, N, DIM, 7);
    memcpy(p->y, p->x, N * DIM * sizeof(float));
    p->versions[0] = (audit_version){"a", p->x, 0, N, 0, DIM, NULL};
    p->versions[1] = (audit_version){"b", p->y, 0, N, 0, DIM, NULL};
    p->opts = (fc_audit_drift_options)FC_AUDIT_DRIFT_OPTIONS_INIT;
    p->opts.from = "#1";
    p->opts.to = "#2";
    p->opts.n_permutations = 99;
    p->opts.n_threads = 2;
}

static fc_status audit(planted *p, const char *name)
{
    audit_begin(&p->a, name, p->versions, N);
    return fc_audit_drift(&p->report, p->a.store, &p->opts, &p->problems, &p->a.err);
}

static void audit_again(planted *p)
{
    fc_audit_drift_destroy(p->report);
    assert_status(FC_OK, fc_audit_drift(&p->report, p->a.store, &p->opts, &p->problems, &p->a.err),
                  &p->a.err);
}

static void uproot(planted *p)
{
    fc_audit_drift_destroy(p->report);
    fc_string_free(p->problems);
    audit_end(&p->a);
    free(p->x);
    free(p->y);
}

static double value(const planted *p, fc_drift_figure f)
{
    return p->report->overall.figures[f].value;
}

#define assert_near(got, want, tolerance)                                                \
    do {                                                                                 \
        const double got_ = (got), want_ = (want);                                       \
        if (!(fabs(got_ - want_) <= (tolerance)))                                        \
            fail_msg("%s is %.9g, wanted %.9g within %g", #got, got_, want_, tolerance); \
    } while (0)

#define assert_says(p, part)                                           \
    do {                                                               \
        if (strstr((p)->a.err.message, part) == NULL)                  \
            fail_msg("'%s' is not in '%s'", part, (p)->a.err.message); \
    } while (0)

static void test_audit_drift__same_features_are_compatible_with_perfect_figures(void **state)
{
    planted p;
    const fc_drift_view *v;

    (void)state;
    plant(&p);
    assert_status(FC_OK, audit(&p, "same"), &p.a.err);
    v = &p.report->overall;
    assert_int_equal(p.report->verdict, FC_DRIFT_COMPATIBLE);
    assert_false(p.report->fails);
    assert_int_equal(v->n, N);
    assert_int_equal(v->n_queries, N);
    assert_int_equal(v->n_gallery, N);
    for (fc_drift_figure f = FC_FIGURE_NEIGHBOURS; f <= FC_FIGURE_CKA_BIASED; f++)
        assert_near(value(&p, f), 1, 1e-6);
    assert_near(value(&p, FC_FIGURE_PROCRUSTES), 0, 1e-6);
    assert_near(value(&p, FC_FIGURE_AUC), .5, .05);
    assert_true(v->mmd_p > .9);
    assert_string_equal(v->change, "none");
    /* Null values are those of nothing in common. */
    assert_near(v->figures[FC_FIGURE_NEIGHBOURS].null_value, 10. / (N - 1), 1e-9);
    assert_near(v->figures[FC_FIGURE_COSINE].null_value, 0, .01);
    assert_int_equal(p.report->n_moved, 0);
    assert_int_equal(p.report->from.n_alone, 0);
    /* Data set, two splits. */
    assert_int_equal(p.report->n_groups, 3);
    assert_string_equal(p.report->groups[1].is, "train");
    assert_int_equal(p.report->groups[1].n, 400);
    /* The variant alone differs. */
    assert_int_equal(p.report->n_changes, 1);
    assert_string_equal(p.report->changes[0].part, "variant");
    uproot(&p);
}

static void test_audit_drift__a_rotation_needs_an_adapter(void **state)
{
    double *rotation = malloc(DIM * DIM * sizeof(double));
    planted p;

    (void)state;
    assert_non_null(rotation);
    plant(&p);
    audit_rotation(rotation, DIM, 3);
    audit_turn(p.x, rotation, p.y, N, DIM);
    assert_status(FC_OK, audit(&p, "rotated"), &p.a.err);
    assert_int_equal(p.report->verdict, FC_DRIFT_ADAPTER);
    assert_false(p.report->fails);
    assert_string_equal(p.report->overall.change, "rotation");
    assert_near(value(&p, FC_FIGURE_NEIGHBOURS), 1, 1e-3);
    assert_near(value(&p, FC_FIGURE_CKA), 1, 1e-5);
    assert_near(value(&p, FC_FIGURE_PROCRUSTES), 0, 1e-5);
    assert_near(value(&p, FC_FIGURE_ADAPTED), 1, 1e-3);
    assert_near(value(&p, FC_FIGURE_ADAPTED_OLD), 1, 1e-3);
    /* On the old index a rotated query finds what chance finds. */
    assert_near(value(&p, FC_FIGURE_OLD_INDEX), 10. / (N - 1), .02);
    assert_near(value(&p, FC_FIGURE_COSINE), 0, .05);
    assert_int_equal(p.report->n_moved, 10);
    assert_int_equal(p.report->moved[0].n_old, 10);
    assert_near(p.report->moved[0].overlap, 1, 1e-6);
    free(rotation);
    uproot(&p);
}

static void test_audit_drift__a_scale_changes_nothing_but_norms(void **state)
{
    planted p;

    (void)state;
    plant(&p);
    for (size_t i = 0; i < N * DIM; i++)
        p.y[i] = 2.5f * p.x[i];
    assert_status(FC_OK, audit(&p, "scaled"), &p.a.err);
    assert_int_equal(p.report->verdict, FC_DRIFT_COMPATIBLE);
    assert_string_equal(p.report->overall.change, "scale");
    assert_near(value(&p, FC_FIGURE_NORM_RATIO), 2.5, 1e-5);
    assert_near(value(&p, FC_FIGURE_COSINE), 1, 1e-6);
    assert_near(value(&p, FC_FIGURE_CKA), 1, 1e-6);
    uproot(&p);
}

/* Noise of size a beside unit rows: a cosine of 1 / sqrt(1 + a^2) (shared/REFERENCE-VALUES). */
static void add_noise(planted *p, double a)
{
    float *noise = malloc(N * DIM * sizeof(float));

    assert_non_null(noise);
    audit_random_rows(noise, N, DIM, 99);
    for (size_t i = 0; i < N * DIM; i++)
        p->y[i] = p->x[i] + (float)a * noise[i];
    free(noise);
}

static void test_audit_drift__noise_loses_neighbours_before_cosine_and_cka(void **state)
{
    planted p;

    (void)state;
    plant(&p);
    add_noise(&p, .3);
    assert_status(FC_OK, audit(&p, "noise"), &p.a.err);
    assert_int_equal(p.report->verdict, FC_DRIFT_RE_ENCODE);
    assert_true(p.report->fails);
    assert_string_equal(p.report->overall.change, "noise");
    assert_near(value(&p, FC_FIGURE_COSINE), 1 / sqrt(1 + .09), .002);
    assert_true(value(&p, FC_FIGURE_CKA) > .85);
    assert_true(value(&p, FC_FIGURE_NEIGHBOURS) < .7);
    /* The sample that moved most has the least cosine of all. */
    assert_int_equal(p.report->n_moved, 10);
    assert_near(p.report->moved[0].cosine, (double)p.report->cosines[0], 1e-7);
    assert_true(p.report->moved[0].cosine <= p.report->moved[9].cosine);
    assert_non_null(strstr(p.report->reason, "neighbours is"));
    uproot(&p);
}

static void test_audit_drift__rows_paired_wrongly_share_nothing(void **state)
{
    planted p;

    (void)state;
    plant(&p);
    for (size_t i = 0; i < N; i++)
        memcpy(p.y + i * DIM, p.x + (i + 1) % N * DIM, DIM * sizeof(float));
    assert_status(FC_OK, audit(&p, "permuted"), &p.a.err);
    assert_int_equal(p.report->verdict, FC_DRIFT_RE_ENCODE);
    assert_string_equal(p.report->overall.change, "rows");
    assert_near(value(&p, FC_FIGURE_NEIGHBOURS), 10. / (N - 1), .01);
    assert_near(value(&p, FC_FIGURE_CKA), 0, .01);
    uproot(&p);
}

static void test_audit_drift__other_dimensions_leave_out_what_does_not_apply(void **state)
{
    planted p;

    (void)state;
    plant(&p);
    /* The first half of the numbers, which is a projection of the old rows. */
    for (size_t i = 0; i < N; i++)
        memmove(p.y + i * DIM / 2, p.x + i * DIM, DIM / 2 * sizeof(float));
    p.versions[1].dim = DIM / 2;
    assert_status(FC_OK, audit(&p, "narrow"), &p.a.err);
    assert_true(isnan(value(&p, FC_FIGURE_COSINE)));
    assert_true(isnan(value(&p, FC_FIGURE_OLD_INDEX)));
    assert_true(isnan(value(&p, FC_FIGURE_MMD)));
    assert_string_equal(p.report->overall.why[FC_FIGURE_COSINE],
                        "the versions have different dimensions");
    assert_true(value(&p, FC_FIGURE_NEIGHBOURS) > .1);
    assert_true(value(&p, FC_FIGURE_ADAPTED) > .1);
    assert_false(p.report->verdict == FC_DRIFT_COMPATIBLE);
    assert_int_equal(p.report->n_moved, 10);
    assert_true(isnan(p.report->moved[0].cosine));
    assert_true(p.report->moved[0].overlap <= p.report->moved[9].overlap);
    assert_null(p.report->cosines);
    uproot(&p);
}

static void test_audit_drift__a_group_that_lost_its_neighbours_is_found(void **state)
{
    const char *const by[] = {"kind"};
    planted p;
    bool found = false;

    (void)state;
    plant(&p);
    /* All odd samples of the new version are other rows. */
    audit_random_rows(p.y, N, DIM, 5);
    for (size_t i = 0; i < N; i += 2)
        memcpy(p.y + i * DIM, p.x + i * DIM, DIM * sizeof(float));
    p.opts.by = by;
    p.opts.n_by = 1;
    assert_status(FC_OK, audit(&p, "groups"), &p.a.err);
    for (size_t i = 0; i < p.report->n_groups; i++) {
        const fc_drift_group *g = &p.report->groups[i];

        if (strcmp(g->by, "kind") != 0)
            continue;
        found = true;
        assert_int_equal(g->n, N / 2);
        if (strcmp(g->is, "odd") == 0) {
            assert_near(g->cosine.value, 0, .05);
            assert_true(g->fails);
        } else {
            assert_near(g->cosine.value, 1, 1e-6);
        }
        assert_true(g->cosine.low <= g->cosine.value && g->cosine.value <= g->cosine.high);
    }
    assert_true(found);
    uproot(&p);
}

static void test_audit_drift__the_same_seed_gives_the_same_report(void **state)
{
    double first[FC_N_FIGURES];
    planted p;

    (void)state;
    plant(&p);
    add_noise(&p, .3);
    p.opts.n_queries = 100;
    p.opts.n_sample = 200;
    p.opts.seed = 11;
    assert_status(FC_OK, audit(&p, "seeded"), &p.a.err);
    assert_int_equal(p.report->overall.n_queries, 100);
    for (size_t f = 0; f < FC_N_FIGURES; f++)
        first[f] = p.report->overall.figures[f].value;
    audit_again(&p);
    for (size_t f = 0; f < FC_N_FIGURES; f++)
        assert_float_equal(p.report->overall.figures[f].value, first[f], 0);
    /* With another number of threads matrix products add up in another order. */
    p.opts.n_threads = 1;
    audit_again(&p);
    for (size_t f = 0; f < FC_N_FIGURES; f++)
        assert_near(p.report->overall.figures[f].value, first[f], 1e-6);
    p.opts.seed = 12;
    audit_again(&p);
    assert_true(value(&p, FC_FIGURE_NEIGHBOURS) != first[FC_FIGURE_NEIGHBOURS]);
    uproot(&p);
}

static void test_audit_drift__maps_are_compared_pooled_and_by_position(void **state)
{
    static size_t rows_of[N / 4];
    planted p;

    (void)state;
    plant(&p);
    /* Items of four rows; the rows of each are turned round in the new version, which pooling does
     * not see. One item has fewer in the old one. */
    for (size_t i = 0; i < N; i++)
        memcpy(p.y + i * DIM, p.x + (i / 4 * 4 + (i + 1) % 4) * DIM, DIM * sizeof(float));
    for (size_t i = 0; i < N / 4; i++)
        rows_of[i] = i == 5 ? 3 : 4;
    p.versions[0] = (audit_version){"a", p.x, 0, N / 4, 4, DIM, rows_of};
    p.versions[1] = (audit_version){"b", p.y, 0, N / 4, 4, DIM, NULL};
    p.opts.n_queries = 100;
    assert_status(FC_OK, audit(&p, "maps"), &p.a.err);
    assert_string_equal(p.report->pooling, "mean");
    assert_int_equal(p.report->overall.n, N / 4);
    assert_true(value(&p, FC_FIGURE_COSINE) > .99);
    assert_int_equal(p.report->positions.n, N - 4);
    assert_int_equal(p.report->n_unalike, 1);
    assert_near(p.report->positions.figures[FC_FIGURE_COSINE].value, 0, .05);
    uproot(&p);
}

static void test_audit_drift__unpaired_items_are_counted(void **state)
{
    planted p;

    (void)state;
    plant(&p);
    p.versions[0].n = N - 100;
    p.versions[1].first = 50;
    p.versions[1].values = p.y + 50 * DIM;
    p.versions[1].n = N - 50;
    assert_status(FC_OK, audit(&p, "unpaired"), &p.a.err);
    assert_int_equal(p.report->overall.n, N - 150);
    assert_int_equal(p.report->from.n_alone, 50);
    assert_int_equal(p.report->to.n_alone, 100);
    assert_near(value(&p, FC_FIGURE_COSINE), 1, 1e-6);
    uproot(&p);
}

static void test_audit_drift__what_cannot_be_compared_is_refused(void **state)
{
    planted p;

    (void)state;
    plant(&p);
    p.versions[1].n = 49;
    assert_status(FC_E_INVALID, audit(&p, "few"), &p.a.err);
    assert_says(&p, "49 contents have features of both versions, at least 50 are needed");
    assert_says(&p, "551 have those of the old one alone");
    uproot(&p);

    plant(&p);
    for (size_t i = 1; i < N; i++)
        memcpy(p.y + i * DIM, p.y, DIM * sizeof(float));
    assert_status(FC_E_INVALID, audit(&p, "constant"), &p.a.err);
    assert_says(&p, "are the same for all 600 samples");
    uproot(&p);

    plant(&p);
    p.y[17 * DIM + 3] = NAN;
    assert_status(FC_E_FORMAT, audit(&p, "nan"), &p.a.err);
    assert_says(&p, "set/s0017");
    assert_says(&p, "are not finite");
    uproot(&p);

    plant(&p);
    p.opts.to = "#1";
    assert_status(FC_E_INVALID, audit(&p, "one"), &p.a.err);
    assert_says(&p, "both versions are");
    p.opts.to = "gone";
    assert_status(FC_E_NOT_FOUND, fc_audit_drift(&p.report, p.a.store, &p.opts, NULL, &p.a.err),
                  &p.a.err);
    assert_says(&p, "what gc has removed comes back by featcache ingest");
    uproot(&p);
}

static void write_policy(const char *text, char path[1024])
{
    snprintf(path, 1024, "%s/policy.yaml", fc_test_tmpdir());
    fc_test_write_text(path, text);
}

static void test_audit_drift__a_policy_changes_bounds_and_what_fails(void **state)
{
    char path[1024];
    planted p;

    (void)state;
    plant(&p);
    add_noise(&p, .3);
    write_policy("name: lax\ncompatible:\n  cka: { least: 0.5 }\ngroups: {}\nfail_on: never\n",
                 path);
    p.opts.policy = path;
    assert_status(FC_OK, audit(&p, "policy"), &p.a.err);
    assert_int_equal(p.report->verdict, FC_DRIFT_COMPATIBLE);
    assert_string_equal(p.report->policy, "lax");
    write_policy("compatible:\n  cosine: { least: 0.99 }\nadapter:\n  adapted: { least: 0.1 }\n"
                 "fail_on: adapter advised\n",
                 path);
    audit_again(&p);
    assert_int_equal(p.report->verdict, FC_DRIFT_ADAPTER);
    assert_true(p.report->fails);
    write_policy("compatible:\n  procrustes: { most: 0.01 }\nfail_on: never\n", path);
    audit_again(&p);
    assert_int_equal(p.report->verdict, FC_DRIFT_RE_ENCODE);
    assert_false(p.report->fails);
    uproot(&p);
}

static void test_audit_drift__a_policy_with_mistakes_is_refused_with_all_of_them(void **state)
{
    char path[1024];
    planted p;

    (void)state;
    plant(&p);
    write_policy("compatible:\n  neighbors: { least: 0.5 }\n  cka: { lest: 0.5 }\n"
                 "fail_on: always\ngroups: { cka: { least: 1 } }\n",
                 path);
    p.opts.policy = path;
    assert_status(FC_E_FORMAT, audit(&p, "mistakes"), &p.a.err);
    assert_non_null(p.problems);
    assert_non_null(strstr(p.problems, "policy.yaml:2: "));
    assert_non_null(strstr(p.problems, "neighbours"));
    assert_non_null(strstr(p.problems, "policy.yaml:3: "));
    assert_non_null(strstr(p.problems, "policy.yaml:4: "));
    assert_non_null(strstr(p.problems, "policy.yaml:5: "));
    uproot(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_audit_drift__same_features_are_compatible_with_perfect_figures),
        cmocka_unit_test(test_audit_drift__a_rotation_needs_an_adapter),
        cmocka_unit_test(test_audit_drift__a_scale_changes_nothing_but_norms),
        cmocka_unit_test(test_audit_drift__noise_loses_neighbours_before_cosine_and_cka),
        cmocka_unit_test(test_audit_drift__rows_paired_wrongly_share_nothing),
        cmocka_unit_test(test_audit_drift__other_dimensions_leave_out_what_does_not_apply),
        cmocka_unit_test(test_audit_drift__a_group_that_lost_its_neighbours_is_found),
        cmocka_unit_test(test_audit_drift__the_same_seed_gives_the_same_report),
        cmocka_unit_test(test_audit_drift__maps_are_compared_pooled_and_by_position),
        cmocka_unit_test(test_audit_drift__unpaired_items_are_counted),
        cmocka_unit_test(test_audit_drift__what_cannot_be_compared_is_refused),
        cmocka_unit_test(test_audit_drift__a_policy_changes_bounds_and_what_fails),
        cmocka_unit_test(test_audit_drift__a_policy_with_mistakes_is_refused_with_all_of_them),
    };

    return cmocka_run_group_tests_name("audit_drift", tests, NULL, NULL);
}
