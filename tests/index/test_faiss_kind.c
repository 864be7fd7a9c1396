/*
 * What kinds cost, which ones `auto` looks at, and how hard they can search.
 */
#include "fc_test.h"

#include "fc_choose.h"

#define GIB (UINT64_C(1) << 30)

/* For every size there is a kind that a gibibyte suffices for, and none has a name too long or is
 * trained on so few rows that FAISS warns on stderr. */
static void test_kind__some_fit_a_gibibyte_up_to_millions_of_rows(void **state)
{
    const struct {
        uint64_t count;
        uint32_t dim;
        const char *first;
    } cases[] = {{60000, 8, "HNSW32"},
                 {60000, 17, "PCAR16,IVF512,PQ8x4fs"},
                 {60000, 128, "PCAR128,IVF512,PQ64x4fs"},
                 {60000, 784, "PCAR128,IVF512,PQ64x4fs"},
                 {60000, 1764, "RR512,PCAR128,IVF512,PQ64x4fs"},
                 {1000000, 1024, "PCAR128,IVF2048,PQ64x4fs"},
                 {5000000, 1764, "RR512,PCAR128,IVF4096,PQ64x4fs"}};

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char kinds[FC_TRIED_MAX][32];
        const unsigned lists = fc__choose_lists(cases[i].count);
        const size_t n = fc__choose_kinds(kinds, cases[i].dim, lists);
        size_t n_fit = 0;

        assert_in_range(n, 2, FC_TRIED_MAX);
        assert_string_equal(kinds[0], cases[i].first);
        for (size_t k = 0; k < n; k++) {
            fc_faiss_plan plan = fc__kind_plan(kinds[k], cases[i].count, cases[i].dim, GIB);
            fc_error err = FC_ERROR_INIT;

            assert_status(FC_OK, fc__kind_check(kinds[k], &err), &err);
            assert_true(plan.n_train <= cases[i].count);
            if (fc__kind_lists(kinds[k]) > 0)
                assert_true(plan.n_train >= 39 * (uint64_t)fc__kind_lists(kinds[k]));
            n_fit += plan.bytes <= GIB;
        }
        if (cases[i].count < 2000000)
            assert_true(n_fit > 0);
    }
}

/* The estimate is never below the memory that the parts need by their definition. */
static void test_kind__plans_cover_what_is_stored(void **state)
{
    const struct {
        const char *kind;
        uint64_t least; /* bytes a row */
    } cases[] = {{"HNSW32", 4 * 100 + 2 * 32 * 4},
                 {"IVF100,Flat", 4 * 100 + 8},
                 {"IVF100,SQ8", 100 + 8},
                 {"IVF100,SQfp16", 200 + 8},
                 {"PQ50x8", 50},
                 {"PQ50x4fs", 25},
                 {"PCA64,IVF100,PQ32x4fs", 16 + 8},
                 {"OPQ16_64,IVF100,PQ16", 16 + 8},
                 {"SomethingNew", 4 * 100}};
    const uint64_t n = 10000000;

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        const fc_faiss_plan plan = fc__kind_plan(cases[i].kind, n, 100, GIB);

        assert_true(plan.bytes >= n * cases[i].least + plan.n_train * 400);
        assert_true(plan.bytes <= 4 * n * cases[i].least + GIB);
    }
}

/* More of either side of the grid is more, both end, and lists are never more than there are. */
static void test_kind__effort_rises_and_ends(void **state)
{
    const char *const kinds[] = {"HNSW32", "IVF512,Flat", "IVF4,PQ4", "PQ8", "Whatever"};
    const size_t reaches[] = {10, 15, 4, 1, 1};

    (void)state;
    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
        fc_effort_point p;
        unsigned last = 0, n_times = 0, last_times = 0;
        size_t reach = 0;

        for (; fc__kind_effort(kinds[i], reach, 0, &p); reach++) {
            const char *equals = strchr(p.parameters, '=');
            const unsigned number = equals != NULL ? (unsigned)strtoul(equals + 1, NULL, 10) : 1;

            assert_true(number > last);
            last = number;
            assert_in_range(p.times, 1, FC_FAISS_TIMES_MAX);
        }
        assert_in_range(reach, reaches[i], 24);
        if (strncmp(kinds[i], "IVF4,", 5) == 0)
            assert_int_equal(last, 4);
        for (; fc__kind_effort(kinds[i], 0, n_times, &p); n_times++) {
            assert_true(p.times > last_times);
            last_times = p.times;
        }
        assert_in_range(n_times, 1, 16);
        assert_int_equal(n_times > 1, strstr(kinds[i], "PQ") != NULL);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_kind__some_fit_a_gibibyte_up_to_millions_of_rows),
        cmocka_unit_test(test_kind__plans_cover_what_is_stored),
        cmocka_unit_test(test_kind__effort_rises_and_ends),
    };

    return cmocka_run_group_tests_name("faiss_kind", tests, NULL, NULL);
}
