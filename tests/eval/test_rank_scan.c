/*
 * Ranks against a comparison of all pairs in NumPy, whatever the chunks are; and what is asked of
 * sides without anything to find.
 */
#include "retrieval_golden.h"

#include <inttypes.h>

#include "fc_rank_scan.h"

#define DIM      12
#define N_GROUPS 20

typedef struct side {
    fc_rank_side rank;
    uint64_t contents[128];
    size_t first[129];
    uint32_t groups[256];
    const float *vectors;
    size_t n_calls;
} side;

typedef struct fixture {
    side queries, gallery;
    char *query_rows, *gallery_rows;
    fc_rank_answer want[128];
    size_t n_want, n_without, n_alone;
    fc_error err;
} fixture;

static fc_status rows_of(void *self, size_t first, size_t n, float *out, bool *ok, fc_error *err)
{
    side *s = self;

    (void)err;
    s->n_calls++;
    assert_true(first + n <= s->rank.n);
    memcpy(out, s->vectors + first * DIM, n * DIM * sizeof(float));
    for (size_t i = 0; i < n; i++) {
        ok[i] = false;
        for (size_t k = 0; k < DIM; k++)
            ok[i] = ok[i] || out[i * DIM + k] != 0.0f;
    }
    return FC_OK;
}

static void add_item(side *s, const char *line)
{
    size_t n_groups = s->first[s->rank.n];
    char *at;

    s->contents[s->rank.n] = strtoull(line, &at, 10);
    while (*at != '\0')
        s->groups[n_groups++] = (uint32_t)strtoul(at, &at, 10);
    s->first[++s->rank.n] = n_groups;
}

static void side_init(side *s, const char *vectors)
{
    s->vectors = (const float *)(const void *)vectors;
    s->rank.contents = s->contents;
    s->rank.first = s->first;
    s->rank.groups = s->groups;
    s->rank.rows = rows_of;
    s->rank.self = s;
}

static int setup(void **state)
{
    fixture *fx = calloc(1, sizeof(*fx));
    size_t n;
    char *text, *at, *line;

    assert_non_null(fx);
    fx->query_rows = retrieval_golden("queries.f32", &n);
    fx->gallery_rows = retrieval_golden("gallery.f32", &n);
    side_init(&fx->queries, fx->query_rows);
    side_init(&fx->gallery, fx->gallery_rows);
    text = at = retrieval_golden("ranks.txt", &n);
    while ((line = retrieval_line(&at)) != NULL) {
        fc_rank_answer *a = &fx->want[fx->n_want];

        if (line[0] == 'q')
            add_item(&fx->queries, line + 2);
        else if (line[0] == 'g')
            add_item(&fx->gallery, line + 2);
        else if (line[0] == 'n')
            assert_int_equal(sscanf(line, "n %zu %zu", &fx->n_without, &fx->n_alone), 2);
        else if (sscanf(line,
                        "a %" SCNu32 " %" SCNu32 " %" SCNu64 " %" SCNu64 " %" SCNu64 " %" SCNu64
                        " %" SCNu64,
                        &a->item, &a->group, &a->rank.above, &a->rank.tied, &a->rank.relevant,
                        &a->n_relevant, &a->n_gallery) == 7)
            fx->n_want++;
        else
            fail_msg("%s: not understood", line);
    }
    free(text);
    *state = fx;
    return 0;
}

static int teardown(void **state)
{
    fixture *fx = *state;

    free(fx->query_rows);
    free(fx->gallery_rows);
    free(fx);
    return 0;
}

static void test_rank_scan__agrees_with_all_pairs(void **state)
{
    const size_t chunk_rows[] = {1, 7, 33, 1000};
    fixture *fx = *state;

    for (size_t c = 0; c < 4; c++) {
        const fc_rank_ask ask = {.queries = fx->queries.rank,
                                 .gallery = fx->gallery.rank,
                                 .dim = DIM,
                                 .n_groups = N_GROUPS,
                                 .chunk_bytes = chunk_rows[c] * DIM * sizeof(float)};
        fc_rank_answer *got;
        size_t n, n_without, n_alone;

        assert_status(FC_OK, fc__rank_scan(&ask, &got, &n, &n_without, &n_alone, &fx->err),
                      &fx->err);
        assert_int_equal(n, fx->n_want);
        assert_int_equal(n_without, fx->n_without);
        assert_int_equal(n_alone, fx->n_alone);
        for (size_t i = 0; i < n; i++)
            if (memcmp(&got[i], &fx->want[i], sizeof(got[i])) != 0)
                fail_msg("answer %zu, chunks of %zu: item %u group %u: %" PRIu64 " above, %" PRIu64
                         " tied, %" PRIu64 " relevant, of %" PRIu64 " in %" PRIu64,
                         i, chunk_rows[c], got[i].item, got[i].group, got[i].rank.above,
                         got[i].rank.tied, got[i].rank.relevant, got[i].n_relevant,
                         got[i].n_gallery);
        free(got);
    }
}

/* A side that fits is read once, however many chunks the other one has. */
static void test_rank_scan__reads_a_side_that_fits_once(void **state)
{
    fixture *fx = *state;
    const fc_rank_ask ask = {
        .queries = fx->queries.rank, .gallery = fx->gallery.rank, .dim = DIM, .n_groups = N_GROUPS};
    fc_rank_answer *got;
    size_t n, n_without, n_alone;

    assert_status(FC_OK, fc__rank_scan(&ask, &got, &n, &n_without, &n_alone, &fx->err), &fx->err);
    assert_int_equal(fx->gallery.n_calls, 1);
    assert_int_equal(fx->queries.n_calls, 1);
    free(got);
}

static void test_rank_scan__empty_sides_have_no_answers(void **state)
{
    fixture *fx = *state;
    fc_rank_ask ask = {
        .queries = fx->queries.rank, .gallery = fx->gallery.rank, .dim = DIM, .n_groups = N_GROUPS};
    fc_rank_answer *got;
    size_t n, n_without, n_alone;

    ask.gallery.n = 0;
    assert_status(FC_OK, fc__rank_scan(&ask, &got, &n, &n_without, &n_alone, &fx->err), &fx->err);
    assert_int_equal(n, 0);
    assert_int_equal(n_alone, fx->n_want + fx->n_alone);
    free(got);
    ask.gallery = fx->gallery.rank;
    ask.queries.n = 0;
    assert_status(FC_OK, fc__rank_scan(&ask, &got, &n, &n_without, &n_alone, &fx->err), &fx->err);
    assert_int_equal(n + n_without + n_alone, 0);
    free(got);
}

static fc_status rows_fail(void *self, size_t first, size_t n, float *out, bool *ok, fc_error *err)
{
    (void)self, (void)first, (void)n, (void)out, (void)ok;
    return fc_error_set(err, FC_E_CORRUPT, "a block is damaged");
}

static void test_rank_scan__passes_on_why_rows_cannot_be_had(void **state)
{
    fixture *fx = *state;
    fc_rank_ask ask = {
        .queries = fx->queries.rank, .gallery = fx->gallery.rank, .dim = DIM, .n_groups = N_GROUPS};
    fc_rank_answer *got;
    size_t n, n_without, n_alone;

    ask.gallery.rows = rows_fail;
    assert_status(FC_E_CORRUPT, fc__rank_scan(&ask, &got, &n, &n_without, &n_alone, &fx->err),
                  &fx->err);
    assert_null(got);
}

/* Constant features: everything is tied, and every measure is that of chance. */
static void test_rank_scan__constant_features_are_chance(void **state)
{
    fixture *fx = *state;
    const fc_rank_ask ask = {
        .queries = fx->queries.rank, .gallery = fx->gallery.rank, .dim = DIM, .n_groups = N_GROUPS};
    float rows[128 * DIM];
    fc_rank_answer *got;
    size_t n, n_without, n_alone;

    for (size_t i = 0; i < 128 * DIM; i++)
        rows[i] = 0.28867513f; /* 1 / sqrt(12) */
    fx->queries.vectors = fx->gallery.vectors = rows;
    assert_status(FC_OK, fc__rank_scan(&ask, &got, &n, &n_without, &n_alone, &fx->err), &fx->err);
    assert_true(n > 40);
    for (size_t i = 0; i < n; i++) {
        const fc_first_rank chance = fc__first_rank_of_chance(got[i].n_gallery, got[i].n_relevant);

        assert_memory_equal(&got[i].rank, &chance, sizeof(chance));
    }
    free(got);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_rank_scan__agrees_with_all_pairs, setup, teardown),
        cmocka_unit_test_setup_teardown(test_rank_scan__reads_a_side_that_fits_once, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(test_rank_scan__empty_sides_have_no_answers, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(test_rank_scan__passes_on_why_rows_cannot_be_had, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(test_rank_scan__constant_features_are_chance, setup,
                                        teardown),
    };

    return cmocka_run_group_tests_name("rank_scan", tests, NULL, NULL);
}
