/*
 * What kinds cost, and what `auto` takes within a cap on memory.
 */
#include "fc_test.h"

#include "fc_faiss.h"

#define GIB (UINT64_C(1) << 30)

static void test_kind__auto_fits_a_gibibyte_up_to_millions_of_rows(void **state)
{
    const struct {
        uint64_t count;
        uint32_t dim;
        const char *kind;
    } cases[] = {{60000, 8, "HNSW32"},
                 {60000, 17, "PCA16,IVF512,PQ8x4fs"},
                 {60000, 784, "PCA128,IVF512,PQ64x4fs"},
                 {60000, 1764, "RR512,PCA128,IVF512,PQ64x4fs"},
                 {1000000, 1024, "PCA128,IVF2048,PQ64x4fs"},
                 {1000000, 1764, "RR512,PCA128,IVF2048,PQ64x4fs"},
                 {5000000, 1764, "RR512,PCA128,IVF1024,PQ64x4fs"}};

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char kind[32];
        fc_faiss_plan plan;

        fc__kind_auto(kind, cases[i].count, cases[i].dim, GIB);
        assert_string_equal(kind, cases[i].kind);
        plan = fc__kind_plan(kind, cases[i].count, cases[i].dim, GIB);
        assert_true(plan.bytes <= GIB);
        assert_true(plan.n_train <= cases[i].count);
        if (strstr(kind, "IVF") != NULL) /* FAISS warns on stderr below 39 rows a centroid */
            assert_true(plan.n_train >= 39 * strtoul(strstr(kind, "IVF") + 3, NULL, 10));
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

static void test_kind__effort_rises_and_ends(void **state)
{
    const char *const kinds[] = {"HNSW32", "IVF512,Flat", "IVF4,PQ4", "PQ8", "Whatever"};

    (void)state;
    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
        fc_faiss_effort effort, last = {{""}, 0};
        unsigned number, last_number = 0;
        size_t level = 0;

        for (; fc__kind_effort(kinds[i], level, &effort); level++) {
            const char *equals = strchr(effort.parameters, '=');

            number = equals != NULL ? (unsigned)strtoul(equals + 1, NULL, 10) : 0;
            assert_true(effort.times >= last.times && number >= last_number);
            assert_in_range(effort.times, 1, FC_FAISS_TIMES_MAX);
            if (strncmp(kinds[i], "IVF4,", 5) == 0)
                assert_string_equal(effort.parameters, "nprobe=4"); /* never more than there are */
            last = effort;
            last_number = number;
        }
        assert_in_range(level, 1, 20);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_kind__auto_fits_a_gibibyte_up_to_millions_of_rows),
        cmocka_unit_test(test_kind__plans_cover_what_is_stored),
        cmocka_unit_test(test_kind__effort_rises_and_ends),
    };

    return cmocka_run_group_tests_name("faiss_kind", tests, NULL, NULL);
}
