/*
 * Spreading by a mask: what each instruction set gives is what the plain loops give, which is what
 * the mask says; no byte behind the slack is read and none behind the last element is written.
 */
#include "fc_spread.h"

#include "../fc_test.h"
#include "fc_dispatch.h"
#include "fc_rng.h"

#define N 200

typedef void (*spread_fn)(const uint8_t *in, const uint8_t *mask, size_t n, uint8_t *out);

static int restore(void **state)
{
    (void)state;
    return fc__simd_force(NULL) ? 0 : -1;
}

/* One element after the other, as the header says it. */
static void by_hand(size_t size, const uint8_t *in, const uint8_t *mask, size_t n, uint8_t *out)
{
    for (size_t i = 0; i < n; i++, out += size) {
        memset(out, 0, size);
        if ((mask[i / 8] >> i % 8 & 1) != 0) {
            memcpy(out, in, size);
            in += size;
        }
    }
}

static void check(fc_rng *rng, size_t size, spread_fn spread, size_t n, uint32_t ones_of_8)
{
    uint8_t mask[N / 8 + 1] = {0}, want[4 * N], *got = malloc(n * size + 1);
    size_t kept = 0;
    uint8_t *in;

    assert_non_null(got);
    for (size_t i = 0; i < n; i++) {
        const bool one = fc__rng_below(rng, 8) < ones_of_8;

        mask[i / 8] |= (uint8_t)(one << i % 8);
        kept += one;
    }
    in = malloc(kept * size + FC_SPREAD_SLACK); /* exact, so that sanitizers see a byte too far */
    assert_non_null(in);
    for (size_t i = 0; i < kept * size + FC_SPREAD_SLACK; i++)
        in[i] = (uint8_t)(1 + fc__rng_below(rng, 255));
    by_hand(size, in, mask, n, want);
    got[n * size] = 0xa5;
    spread(in, mask, n, got);
    assert_memory_equal(got, want, n * size);
    assert_int_equal(got[n * size], 0xa5);
    free(in);
    free(got);
}

static void test_spread__is_the_same_on_every_instruction_set(void **state)
{
    static const char *const versions[] = {"plain", "avx2", "avx512"};

    (void)state;
    for (size_t v = 0; v < 3; v++) {
        fc_rng rng = fc__rng_seed(v + 1);

        if (!fc__simd_force(versions[v])) {
            print_message("SKIPPED: this CPU has no %s\n", versions[v]);
            continue;
        }
        for (size_t n = 0; n <= N; n++)
            for (uint32_t ones = 0; ones <= 8; ones += 2) {
                check(&rng, 1, fc__spread8, n, ones);
                check(&rng, 2, fc__spread16, n, ones);
                check(&rng, 4, fc__spread32, n, ones);
            }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(test_spread__is_the_same_on_every_instruction_set, restore),
    };

    return cmocka_run_group_tests_name("spread", tests, NULL, NULL);
}
