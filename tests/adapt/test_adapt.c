/*
 * Adapters: maps against NumPy, planted changes undone, choices on rows that the fit did not see.
 */
#include "head_goldens.h"

#include <stdlib.h>
#include <string.h>

#include "fc_adapt_maps.h"
#include "fc_procrustes.h"
#include "fc_rng.h"
#include "fc_vec.h"

#define TOLERANCE 2e-5 /* of single precision over three maps */

/* Pairs of seeded rows. */
typedef struct fixture {
    fc_adapt_pairs pairs;
    float *source, *target;
    uint64_t *contents;
} fixture;

static void fixture_create(fixture *f, size_t n, size_t p, size_t q)
{
    f->source = calloc(n * p, sizeof(float));
    f->target = calloc(n * q, sizeof(float));
    f->contents = calloc(n, sizeof(uint64_t));
    assert_true(f->source != NULL && f->target != NULL && f->contents != NULL);
    for (size_t i = 0; i < n; i++)
        f->contents[i] = 3 * i + 1;
    f->pairs = (fc_adapt_pairs){n, p, q, f->source, f->target, f->contents};
}

static void fixture_dispose(fixture *f)
{
    free(f->source);
    free(f->target);
    free(f->contents);
}

static void normalise(fixture *f)
{
    for (size_t i = 0; i < f->pairs.n; i++) {
        assert_int_equal(fc__vec_normalise(f->source + i * f->pairs.p, f->pairs.p), FC_OK);
        assert_int_equal(fc__vec_normalise(f->target + i * f->pairs.q, f->pairs.q), FC_OK);
    }
}

/* A random orthogonal matrix, q x p. */
static double *random_turn(fc_rng *rng, size_t q, size_t p)
{
    double *cross = malloc(p * q * sizeof(*cross)), *w = malloc(p * q * sizeof(*w));
    fc_error err = FC_ERROR_INIT;

    assert_true(cross != NULL && w != NULL);
    for (size_t i = 0; i < p * q; i++)
        cross[i] = fc__rng_normal(rng);
    assert_status(FC_OK, fc__procrustes(cross, p, q, w, NULL, &err), &err);
    free(cross);
    return w;
}

/* Targets with more variance in their first elements; the source is their turn back, with noise. */
static void plant(fixture *f, double noise, double offset)
{
    const size_t n = f->pairs.n, p = f->pairs.p, q = f->pairs.q;
    fc_rng rng = fc__rng_seed(n + p + q);
    double *w = random_turn(&rng, q, p);

    for (size_t i = 0; i < n; i++) {
        for (size_t k = 0; k < q; k++)
            f->target[i * q + k] =
                (float)(fc__rng_normal(&rng) / (1 + (double)k * 8 / (double)q) + offset);
        for (size_t a = 0; a < p; a++) {
            double sum = noise * fc__rng_normal(&rng);

            for (size_t k = 0; k < q; k++)
                sum += w[k * p + a] * (double)f->target[i * q + k];
            f->source[i * p + a] = (float)sum;
        }
    }
    free(w);
    normalise(f);
}

static fc_adapt_report fit(const fixture *f, const fc_adapt_options *opts, fc_head *head)
{
    fc_adapt_report report;
    fc_error err = FC_ERROR_INIT;

    assert_status(FC_OK, fc__adapt_fit(head, &f->pairs, opts, &report, &err), &err);
    return report;
}

/* --- maps ---------------------------------------------------------------------------------------
 */

static void check_map(const char *golden, const fixture *f, const fc_head *head)
{
    float *out = malloc(f->pairs.n * f->pairs.q * sizeof(*out));
    bool *ok = malloc(f->pairs.n * sizeof(*ok));
    fc_error err = FC_ERROR_INIT;
    fc_tensor want = golden_load_of("adapt", golden);

    assert_true(out != NULL && ok != NULL);
    assert_status(FC_OK, fc__head_apply_vectors(head, f->source, f->pairs.n, out, ok, &err), &err);
    assert_close(golden, want.data, out, f->pairs.n * f->pairs.q, TOLERANCE);
    fc_tensor_dispose(&want);
    free(ok);
    free(out);
}

static void test_adapt__ridge_and_its_cut_agree_with_numpy(void **state)
{
    fc_tensor x = golden_load_of("adapt", "map_x"), y = golden_load_of("adapt", "map_y");
    const fc_adapt_options opts = {.penalty = 0.3, .n_threads = 1};
    fc_adapt_directions directions;
    fc_head full, cut;
    fc_error err = FC_ERROR_INIT;
    size_t rows[120];
    const fc_adapt_part all = {rows, 120};
    fixture f;

    (void)state;
    fixture_create(&f, 120, 10, 7);
    memcpy(f.source, x.data, 120 * 10 * sizeof(float));
    memcpy(f.target, y.data, 120 * 7 * sizeof(float));
    for (size_t i = 0; i < 120; i++)
        rows[i] = i;
    assert_status(FC_OK, fc__adapt_ridge(&full, &f.pairs, &all, &opts, NULL, &err), &err);
    check_map("map_ridge", &f, &full);
    assert_status(FC_OK, fc__adapt_directions(&directions, &full, &f.pairs, &all, &err), &err);
    assert_status(FC_OK, fc__adapt_cut(&cut, &full, &directions, 3, &err), &err);
    check_map("map_lowrank", &f, &cut);
    fc__head_dispose(&cut);
    fc__head_dispose(&full);
    fc__adapt_directions_dispose(&directions);
    fixture_dispose(&f);
    fc_tensor_dispose(&y);
    fc_tensor_dispose(&x);
}

/* --- what is kept -------------------------------------------------------------------------------
 */

static void check_planted(size_t p, size_t q, double noise, double offset, double least)
{
    const fc_adapt_options opts = {.method = FC_ADAPT_PROCRUSTES, .n_threads = 1};
    fc_head head;
    fc_adapt_report r;
    fixture f;

    fixture_create(&f, 600, p, q);
    plant(&f, noise, offset);
    r = fit(&f, &opts, &head);
    if (!(r.adapted.value[2] >= least))
        fail_msg("%zu to %zu, noise %g: recall@10 %.3f, wanted %.3f", p, q, noise,
                 r.adapted.value[2], least);
    assert_true(r.adapted.range[2].low <= r.adapted.value[2]);
    assert_true(r.adapted.range[2].high >= r.adapted.value[2]);
    assert_int_equal(r.n_test, 120);
    assert_int_equal(r.n_fit + r.n_choose + r.n_test, 600);
    assert_int_equal(r.n_gallery, 600);
    assert_true(fabs(r.chance[2] - 10.0 / 599) < 1e-12);
    if (p == q)
        assert_true(r.bare.value[2] < 0.1 && r.gain.range[2].low > 0.5);
    fc__head_dispose(&head);
    fixture_dispose(&f);
}

static void test_adapt__planted_turns_are_undone(void **state)
{
    (void)state;
    check_planted(48, 48, 0, 0, 0.999);
    check_planted(48, 48, 0, 0.2, 0.999);
    check_planted(48, 48, 0.01, 0, 0.85);
}

/* From more elements to fewer, and back. */
static void test_adapt__widths_may_differ(void **state)
{
    (void)state;
    check_planted(96, 32, 0, 0, 0.999);
    check_planted(32, 96, 0, 0, 0.5); /* two thirds of the target are not in the source */
}

/* Where nothing has changed but noise, the turn must not be worse than doing nothing: it is chosen
 * on rows that the fit did not see. Few pairs of many elements, so that a turn overfits. */
static void test_adapt__nothing_is_chosen_where_a_turn_overfits(void **state)
{
    const fc_adapt_options opts = {.method = FC_ADAPT_PROCRUSTES, .n_threads = 1};
    fc_rng rng = fc__rng_seed(5);
    fc_head head;
    fc_adapt_report r;
    fixture f;

    (void)state;
    fixture_create(&f, 400, 96, 96);
    for (size_t i = 0; i < 400 * 96; i++) {
        f.target[i] = (float)fc__rng_normal(&rng);
        f.source[i] = f.target[i] + 0.5f * (float)fc__rng_normal(&rng);
    }
    normalise(&f);
    r = fit(&f, &opts, &head);
    assert_string_equal(r.how, "as it is");
    assert_null(head.inputs[0].weight);
    for (size_t k = 0; k < FC_ADAPT_KS; k++)
        assert_true(r.gain.value[k] == 0);
    assert_int_equal(r.n_tried, 3);
    assert_true(r.tried[0].chosen && !r.tried[1].chosen);
    fc__head_dispose(&head);
    fixture_dispose(&f);
}

/* A squeeze along axes is no turn: ridge undoes it, and auto finds out. What is squeezed is the
 * gallery, so that undoing it helps. */
static void test_adapt__auto_takes_what_finds_most(void **state)
{
    const fc_adapt_options opts = {.use = FC_ADAPT_GALLERY_MAPPED, .n_threads = 1};
    fc_rng rng = fc__rng_seed(8);
    fc_head head;
    fc_adapt_report r;
    double procrustes = 0, best = 0;
    fixture f;

    (void)state;
    fixture_create(&f, 800, 16, 16);
    for (size_t i = 0; i < 800; i++)
        for (size_t k = 0; k < 16; k++) {
            f.target[i * 16 + k] = (float)fc__rng_normal(&rng);
            f.source[i * 16 + k] = f.target[i * 16 + k] * (float)exp(-0.3 * (double)k);
        }
    normalise(&f);
    r = fit(&f, &opts, &head);
    assert_true(r.method != FC_ADAPT_PROCRUSTES);
    for (size_t i = 0; i < r.n_tried; i++) {
        best = fmax(best, r.tried[i].score);
        if (r.tried[i].method == FC_ADAPT_PROCRUSTES)
            procrustes = fmax(procrustes, r.tried[i].score);
        if (r.tried[i].chosen)
            assert_true(r.tried[i].method == r.method);
    }
    assert_true(best > procrustes);
    assert_non_null(r.ridge_json);
    fc__adapt_report_dispose(&r);
    fc__head_dispose(&head);
    fixture_dispose(&f);
}

/* Mapped vectors as a gallery: only of rows that the fit did not see. */
static void test_adapt__a_mapped_gallery_is_held_out(void **state)
{
    const fc_adapt_options opts = {
        .method = FC_ADAPT_PROCRUSTES, .use = FC_ADAPT_GALLERY_MAPPED, .n_threads = 1};
    fc_head head;
    fc_adapt_report r;
    fixture f;

    (void)state;
    fixture_create(&f, 600, 48, 48);
    plant(&f, 0, 0);
    r = fit(&f, &opts, &head);
    assert_int_equal(r.n_gallery, 120);
    assert_int_equal(r.n_queries, 120);
    assert_true(r.adapted.value[2] > 0.999);
    assert_true(fabs(r.score_slope - 1) < 0.02 && fabs(r.score_shift) < 0.02);
    fc__head_dispose(&head);
    fixture_dispose(&f);
}

static void test_adapt__the_seed_decides(void **state)
{
    const fc_adapt_options opts = {.method = FC_ADAPT_RIDGE, .seed = 3, .n_threads = 1};
    fc_buf bytes[2] = {FC_BUF_INIT, FC_BUF_INIT};
    fc_error err = FC_ERROR_INIT;
    fixture f;

    (void)state;
    fixture_create(&f, 200, 12, 9);
    plant(&f, 0.1, 0.1);
    for (int i = 0; i < 2; i++) {
        fc_head head;
        fc_adapt_report r = fit(&f, &opts, &head);

        assert_status(FC_OK, fc__head_write(&head, &bytes[i], &err), &err);
        fc__adapt_report_dispose(&r);
        fc__head_dispose(&head);
    }
    assert_int_equal(bytes[0].size, bytes[1].size);
    assert_memory_equal(bytes[0].data, bytes[1].data, bytes[0].size);
    fc_buf_dispose(&bytes[0]);
    fc_buf_dispose(&bytes[1]);
    fixture_dispose(&f);
}

static void refuse(const fixture *f, const fc_adapt_options *opts, const char *words)
{
    fc_head head;
    fc_adapt_report r;
    fc_error err = FC_ERROR_INIT;

    assert_status(FC_E_INVALID, fc__adapt_fit(&head, &f->pairs, opts, &r, &err), &err);
    if (strstr(err.message, words) == NULL)
        fail_msg("wanted '%s' in '%s'", words, err.message);
}

static void test_adapt__refuses_what_cannot_be_learnt_from(void **state)
{
    const fc_adapt_options opts = {.n_threads = 1}, steep = {.rank = 17, .n_threads = 1};
    fixture f;

    (void)state;
    fixture_create(&f, 60, 16, 16);
    plant(&f, 0, 0);
    refuse(&f, &steep, "a rank of 17");
    f.pairs.n = 49;
    refuse(&f, &opts, "49 items");
    f.pairs.n = 60;
    for (size_t i = 1; i < 60; i++)
        memcpy(f.target + i * 16, f.target, 16 * sizeof(float));
    refuse(&f, &opts, "the old version are one vector");
    fixture_dispose(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_adapt__ridge_and_its_cut_agree_with_numpy),
        cmocka_unit_test(test_adapt__planted_turns_are_undone),
        cmocka_unit_test(test_adapt__widths_may_differ),
        cmocka_unit_test(test_adapt__nothing_is_chosen_where_a_turn_overfits),
        cmocka_unit_test(test_adapt__auto_takes_what_finds_most),
        cmocka_unit_test(test_adapt__a_mapped_gallery_is_held_out),
        cmocka_unit_test(test_adapt__the_seed_decides),
        cmocka_unit_test(test_adapt__refuses_what_cannot_be_learnt_from),
    };

    return cmocka_run_group_tests_name("adapt", tests, NULL, NULL);
}
