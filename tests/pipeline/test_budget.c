/*
 * The budget of files and pixels is never overdrawn, and a header tells what an image will take.
 */
#include "fc_test.h"

#include <pthread.h>
#include <stdatomic.h>

#include "fc_decode.h"
#include "fc_jpeg_write.h"
#include "fc_limits.h"
#include "ingest_budget.h"

#define TOTAL     100u
#define N_THREADS 6
#define N_ROUNDS  3000

typedef struct shared {
    fc_budget *budget;
    _Atomic uint64_t held, most;
} shared;

static void *worker(void *context)
{
    shared *s = context;

    for (unsigned i = 0; i < N_ROUNDS; i++) {
        const uint64_t n = 1 + (i * 37 + (uintptr_t)pthread_self() / 4096) % TOTAL;
        uint64_t now, most;

        fc__budget_take(s->budget, n);
        now = atomic_fetch_add(&s->held, n) + n;
        most = s->most;
        while (now > most && !atomic_compare_exchange_weak(&s->most, &most, now))
            ;
        atomic_fetch_sub(&s->held, n);
        fc__budget_give(s->budget, n);
    }
    return NULL;
}

static void test_budget__is_never_overdrawn(void **state)
{
    pthread_t threads[N_THREADS];
    static shared s;
    fc_error err = FC_ERROR_INIT;

    (void)state;
    assert_status(FC_OK, fc__budget_create(&s.budget, TOTAL, &err), &err);
    for (int i = 0; i < N_THREADS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, worker, &s), 0);
    for (int i = 0; i < N_THREADS; i++)
        pthread_join(threads[i], NULL);
    assert_true(s.most <= TOTAL);
    assert_true(s.most > 0);
    assert_int_equal(s.held, 0);
    fc__budget_destroy(s.budget);
}

static void test_budget__trying_never_waits(void **state)
{
    fc_error err = FC_ERROR_INIT;
    fc_budget *b;

    (void)state;
    assert_status(FC_OK, fc__budget_create(&b, TOTAL, &err), &err);
    assert_true(fc__budget_try(b, TOTAL - 10));
    assert_false(fc__budget_try(b, 11));
    assert_false(fc__budget_try(b, UINT64_MAX));
    assert_true(fc__budget_try(b, 10));
    assert_false(fc__budget_try(b, 1));
    fc__budget_give(b, TOTAL);
    assert_true(fc__budget_try(b, TOTAL));
    fc__budget_give(b, TOTAL);
    fc__budget_take(b, TOTAL + 5); /* more than there is: alone */
    assert_false(fc__budget_try(b, 1));
    fc__budget_give(b, TOTAL + 5);
    fc__budget_destroy(b);
}

static uint64_t cost_within(const void *bytes, size_t n, uint64_t max_pixels)
{
    char *path = fc_test_path("cost");
    uint64_t cost, pixels, same;
    FILE *file;

    fc_test_write_file(path, bytes, n);
    file = fopen(path, "rb");
    assert_non_null(file);
    cost = fc__file_cost(fileno(file), n, max_pixels, &pixels);
    /* What is in memory costs the same. */
    assert_int_equal(fc__bytes_cost(bytes, n, n, max_pixels, &same), cost);
    assert_int_equal(same, pixels);
    assert_true(pixels == 0 || pixels <= cost - n);
    fclose(file);
    free(path);
    return cost;
}

static uint64_t cost_of(const void *bytes, size_t n)
{
    return cost_within(bytes, n, FC_DEFAULT_MAX_PIXELS);
}

static void test_budget__an_image_costs_its_pixels(void **state)
{
    static uint8_t pixels[300 * 200 * 3];
    const fc_image image = {.width = 300, .height = 200, .pixels = pixels};
    uint8_t png[24] = {0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n', 0, 0, 0, 13,
                       'I',  'H', 'D', 'R', 0,    0,    4,    0,    0, 0, 2, 0};
    fc_buf jpeg = FC_BUF_INIT;
    fc_error err = FC_ERROR_INIT;
    size_t sof = 0;

    (void)state;
    assert_status(FC_OK, fc__jpeg_write(&image, 80, &jpeg, &err), &err);
    assert_int_equal(cost_of(jpeg.data, jpeg.size), jpeg.size + 300 * 200 * 4);
    while (jpeg.data[sof] != 0xff || jpeg.data[sof + 1] != 0xc0)
        sof++;
    jpeg.data[sof + 1] = 0xc2; /* progressive: coefficients beside the pixels */
    assert_int_equal(cost_of(jpeg.data, jpeg.size), jpeg.size + 300 * 200 * 10);
    for (size_t cut = 0; cut < sof + 9; cut++) /* no frame header: the decoder will refuse it */
        assert_true(cost_of(jpeg.data, cut) <= 4 * cut);
    assert_int_equal(cost_of(png, sizeof(png)), 2 * 24 + 2 * 1024 * 512 * 4);
    memset(png + 16, 0xff, 8); /* 2^32 x 2^32: refused before it is decoded */
    assert_int_equal(cost_of(png, sizeof(png)), 2 * 24);
    /* A cap that was raised takes memory. */
    png[16] = png[20] = 0;
    png[17] = png[21] = 0;
    png[18] = png[22] = 0x60; /* 24576 and more, on both sides */
    assert_int_equal(cost_of(png, sizeof(png)), 2 * 24);
    assert_int_equal(cost_within(png, sizeof(png), UINT64_C(1) << 32),
                     2 * 24 + (16 << 20) +
                         (0x6000 + (uint64_t)png[19]) * (0x6000 + (uint64_t)png[23]) * 4);
    assert_int_equal(cost_of("a text", 6), 6 * 4);
    /* 300 x 200 without loss, in a container, and with loss. */
    assert_int_equal(cost_of("RIFF\0\0\0\0WEBPVP8L\0\0\0\0\x2f\x2b\xc1\x31\0\0\0\0\0", 30),
                     30 + 300 * 200 * 8);
    assert_int_equal(cost_of("RIFF\0\0\0\0WEBPVP8X\0\0\0\0\0\0\0\0\x2b\1\0\xc7\0\0\0\0", 32),
                     32 + 300 * 200 * 8);
    assert_int_equal(cost_of("RIFF\0\0\0\0WEBPVP8 \0\0\0\0\0\0\0\x9d\1\x2a\x2c\1\xc8\0", 30),
                     30 + 300 * 200 * 4);
    assert_int_equal(cost_of("", 0), 0);
    fc_buf_dispose(&jpeg);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_budget__is_never_overdrawn),
        cmocka_unit_test(test_budget__trying_never_waits),
        cmocka_unit_test(test_budget__an_image_costs_its_pixels),
    };

    return cmocka_run_group_tests_name("budget", tests, NULL, NULL);
}
