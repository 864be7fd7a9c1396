/*
 * The resizer's loops give the same bits on every instruction set, and read nothing outside the
 * picture.
 */
#include "fc_test.h"

#include <sys/mman.h>

#include "fc_rng.h"
#include "fc_vec.h"
#include "fc_vec_resize.h"

enum { MAX_OUT = 40, MAX_TAPS = 70, MAX_LINES = 11, MAX_SIDE = 200 };

typedef struct plan {
    fc_resize_taps taps[MAX_OUT];
    int32_t weights[MAX_OUT][MAX_TAPS];
    int16_t split[MAX_OUT][FC_RESIZE_SPLIT(MAX_TAPS)];
} plan;

static int restore(void **state)
{
    (void)state;
    return fc__simd_force(NULL) ? 0 : -1;
}

/* Weights that sum to 1, with lobes below zero and above one, as real filters have. */
static void make_taps(fc_rng *rng, plan *p, uint32_t n_out, uint32_t n_in)
{
    memset(p, 0, sizeof(*p));
    for (uint32_t x = 0; x < n_out; x++) {
        const uint32_t most = n_in < MAX_TAPS ? n_in : MAX_TAPS;
        const uint32_t n = (uint32_t)fc__rng_below(rng, most + 1);
        fc_resize_taps *t = &p->taps[x];
        int32_t left = 1 << FC_RESIZE_BITS;

        t->count = n;
        t->first = (uint32_t)fc__rng_below(rng, n_in - n + 1);
        for (uint32_t k = 0; k < n; k++) {
            const int32_t w = (int32_t)fc__rng_below(rng, 1 << 23) - (1 << 22);

            p->weights[x][k] = k % 2 == 0 ? w / (int32_t)(n / 2 + 1) : -w / (int32_t)(n / 2 + 1);
            left -= p->weights[x][k];
            p->split[x][k / 4 * 8 + k % 4] =
                (int16_t)(p->weights[x][k] & ((1 << FC_RESIZE_LOW_BITS) - 1));
            p->split[x][k / 4 * 8 + k % 4 + 4] = (int16_t)(p->weights[x][k] >> FC_RESIZE_LOW_BITS);
        }
        t->outside = fc__rng_below(rng, 2) == 0 ? 0 : left / 4;
        t->weights = p->weights[x];
        t->split = p->split[x];
    }
}

/* n random bytes that end where a page without access begins. */
static uint8_t *guarded(fc_rng *rng, size_t n, void **map, size_t *map_n)
{
    const size_t page = (size_t)sysconf(_SC_PAGESIZE);
    uint8_t *at;

    *map_n = (n + page - 1) / page * page + page;
    *map = mmap(NULL, *map_n, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    assert_true(*map != MAP_FAILED);
    assert_int_equal(mprotect((uint8_t *)*map + *map_n - page, page, PROT_NONE), 0);
    at = (uint8_t *)*map + *map_n - page - n;
    for (size_t i = 0; i < n; i++)
        at[i] = (uint8_t)(fc__rng_below(rng, 4) == 0 ? 255 : fc__rng_below(rng, 256));
    return at;
}

static void check_across(fc_rng *rng, uint32_t channels)
{
    static const uint8_t ground[4] = {255, 0, 77, 31};
    const uint32_t n_in = 1 + (uint32_t)fc__rng_below(rng, MAX_SIDE);
    const uint32_t n_out = 1 + (uint32_t)fc__rng_below(rng, MAX_OUT);
    const size_t n_lines = 1 + (size_t)fc__rng_below(rng, MAX_LINES);
    uint8_t want[MAX_LINES * MAX_OUT * 4], got[sizeof(want)];
    plan p;
    void *map;
    size_t map_n;
    uint8_t *in = guarded(rng, (size_t)n_in * channels * n_lines, &map, &map_n);
    fc_resize_lines l = {.in = in,
                         .in_stride = (size_t)n_in * channels,
                         .in_end = in + (size_t)n_in * channels * n_lines,
                         .out = want,
                         .out_stride = (size_t)n_out * channels,
                         .n_lines = n_lines,
                         .channels = channels,
                         .ground = ground};

    make_taps(rng, &p, n_out, n_in);
    memset(want, 1, sizeof(want));
    memset(got, 1, sizeof(got));
    fc__resize_across_plain(p.taps, n_out, &l);
    l.out = got;
    fc__resize_across(p.taps, n_out, &l);
    assert_memory_equal(got, want, sizeof(want)); /* and nothing behind the last pixel */
    munmap(map, map_n);
}

static void check_down(fc_rng *rng)
{
    const size_t stride = 1 + (size_t)fc__rng_below(rng, 150);
    const uint32_t n_in = 1 + (uint32_t)fc__rng_below(rng, MAX_SIDE);
    uint8_t want[150], got[150], ground[150];
    plan p;
    void *map;
    size_t map_n;
    uint8_t *lines = guarded(rng, stride * n_in, &map, &map_n);

    for (size_t i = 0; i < sizeof(ground); i++)
        ground[i] = (uint8_t)fc__rng_below(rng, 256);
    make_taps(rng, &p, 1, n_in);
    fc__resize_down_plain(&p.taps[0], lines, stride, ground, want);
    fc__resize_down(&p.taps[0], lines, stride, ground, got);
    assert_memory_equal(got, want, stride);
    munmap(map, map_n);
}

static void test_vec_resize__is_the_same_on_every_instruction_set(void **state)
{
    static const char *const versions[] = {"plain", "avx2", "avx512"};

    (void)state;
    for (size_t v = 0; v < 3; v++) {
        fc_rng rng = fc__rng_seed(v + 1);

        if (!fc__simd_force(versions[v])) {
            print_message("SKIPPED: this CPU has no %s\n", versions[v]);
            continue;
        }
        for (int round = 0; round < 600; round++) {
            check_across(&rng, 1 + (uint32_t)round % 4);
            check_down(&rng);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(test_vec_resize__is_the_same_on_every_instruction_set, restore),
    };

    return cmocka_run_group_tests_name("vec_resize", tests, NULL, NULL);
}
