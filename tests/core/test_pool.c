/*
 * The ordered pool: results in the order of their pushes whatever the delays, a bound that holds,
 * every item released once. Run under TSan too.
 */
#include "fc_test.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>

#include "fc_queue.h"
#include "fc_rng.h"

typedef struct item {
    uint32_t number, delay_us;
    atomic_uint n_worked, n_released;
} item;

typedef struct context {
    uint32_t n_threads;
    atomic_uint inside, most_inside, bad_worker;
} context;

static void work(void *arg, uint32_t worker, void *thing)
{
    context *c = arg;
    item *it = thing;
    const unsigned now = atomic_fetch_add(&c->inside, 1) + 1;
    unsigned most = atomic_load(&c->most_inside);

    while (now > most && !atomic_compare_exchange_weak(&c->most_inside, &most, now))
        ;
    if (worker >= c->n_threads)
        atomic_fetch_add(&c->bad_worker, 1);
    if (it->delay_us > 0)
        usleep(it->delay_us);
    atomic_fetch_add(&it->n_worked, 1);
    atomic_fetch_sub(&c->inside, 1);
}

typedef struct feeder {
    fc_pool *pool;
    item *items;
    size_t n;
    atomic_size_t n_pushed;
} feeder;

static void *feed(void *arg)
{
    feeder *f = arg;

    for (size_t i = 0; i < f->n; i++) {
        if (fc__pool_push(f->pool, &f->items[i]) != FC_OK)
            return NULL;
        atomic_fetch_add(&f->n_pushed, 1);
    }
    fc__pool_close(f->pool);
    return NULL;
}

static item *make_items(size_t n, uint64_t seed)
{
    fc_rng rng = fc__rng_seed(seed);
    item *items = calloc(n, sizeof(*items));

    assert_non_null(items);
    for (size_t i = 0; i < n; i++) {
        items[i].number = (uint32_t)i;
        /* Most are quick, a few hold the line up. */
        items[i].delay_us = fc__rng_below(&rng, 20) == 0 ? (uint32_t)fc__rng_below(&rng, 3000) : 0;
    }
    return items;
}

static void run_once(uint32_t n_threads, size_t in_flight, size_t n, uint64_t seed)
{
    context c = {.n_threads = n_threads > 0 ? n_threads : 1};
    feeder f = {.items = make_items(n, seed), .n = n};
    fc_error err = FC_ERROR_INIT;
    pthread_t thread;
    void *got;

    assert_status(FC_OK, fc__pool_create(&f.pool, n_threads, in_flight, work, &c, &err), &err);
    pthread_create(&thread, NULL, feed, &f);
    for (size_t i = 0; i < n; i++) {
        assert_int_equal(fc__pool_next(f.pool, &got), FC_OK);
        assert_int_equal(((item *)got)->number, i);
        assert_int_equal(atomic_load(&((item *)got)->n_worked), 1);
        /* Inside is pushed and not taken; the feeder counts after its push, so one less is sure. */
        assert_true(atomic_load(&f.n_pushed) <= i + 1 + (in_flight > 0 ? in_flight : 1));
    }
    assert_int_equal(fc__pool_next(f.pool, &got), FC_E_NOT_FOUND);
    assert_null(got);
    pthread_join(thread, NULL);
    fc__pool_destroy(f.pool, NULL);
    assert_int_equal(atomic_load(&c.bad_worker), 0);
    assert_true(atomic_load(&c.most_inside) <= c.n_threads);
    free(f.items);
}

static void test_pool__results_come_in_push_order(void **state)
{
    (void)state;
    run_once(1, 1, 300, 1);
    run_once(4, 1, 300, 2);
    run_once(4, 3, 1000, 3);
    run_once(8, 64, 3000, 4);
    run_once(0, 0, 100, 5); /* 0 means 1, of both */
    run_once(3, 1000, 500, 6);
}

static void *push_blocked(void *arg)
{
    static item extra;

    return (void *)(intptr_t)fc__pool_push(arg, &extra);
}

static void *next_blocked(void *arg)
{
    void *got;

    return (void *)(intptr_t)fc__pool_next(arg, &got);
}

/* Two wait; the second result is there first, and its worker wakes nobody: whoever takes the first
 * must pass the word on. */
static void test_pool__each_of_two_takers_is_woken(void **state)
{
    context c = {.n_threads = 2};
    item items[2];
    fc_error err = FC_ERROR_INIT;
    fc_pool *pool = NULL;
    pthread_t takers[2];
    void *got;

    (void)state;
    memset(items, 0, sizeof(items));
    items[0].delay_us = 50000;
    assert_status(FC_OK, fc__pool_create(&pool, 2, 2, work, &c, &err), &err);
    for (int i = 0; i < 2; i++)
        pthread_create(&takers[i], NULL, next_blocked, pool);
    for (int i = 0; i < 2; i++)
        assert_int_equal(fc__pool_push(pool, &items[i]), FC_OK);
    for (int i = 0; i < 2; i++) {
        pthread_join(takers[i], &got);
        assert_int_equal((intptr_t)got, FC_OK);
    }
    fc__pool_destroy(pool, NULL);
}

/* A finished item that nobody took still counts: the bound is on memory, not on work. */
static void test_pool__push_waits_until_an_item_is_taken(void **state)
{
    context c = {.n_threads = 2};
    item items[2];
    fc_error err = FC_ERROR_INIT;
    fc_pool *pool = NULL;
    pthread_t thread;
    void *got;

    (void)state;
    memset(items, 0, sizeof(items));
    assert_status(FC_OK, fc__pool_create(&pool, 2, 2, work, &c, &err), &err);
    assert_int_equal(fc__pool_push(pool, &items[0]), FC_OK);
    assert_int_equal(fc__pool_push(pool, &items[1]), FC_OK);
    pthread_create(&thread, NULL, push_blocked, pool);
    usleep(20000);
    assert_int_equal(pthread_tryjoin_np(thread, &got), EBUSY);
    assert_int_equal(fc__pool_next(pool, &got), FC_OK);
    assert_ptr_equal(got, &items[0]);
    pthread_join(thread, &got);
    assert_int_equal((intptr_t)got, FC_OK);
    fc__pool_destroy(pool, NULL);
}

static void test_pool__cancel_wakes_push_and_next(void **state)
{
    fc_error err = FC_ERROR_INIT;

    (void)state;
    for (int round = 0; round < 20; round++) {
        context c = {.n_threads = 1};
        item one;
        fc_pool *full = NULL, *empty = NULL;
        pthread_t pusher, taker;
        void *got;

        memset(&one, 0, sizeof(one));
        assert_status(FC_OK, fc__pool_create(&full, 1, 1, work, &c, &err), &err);
        assert_status(FC_OK, fc__pool_create(&empty, 1, 1, work, &c, &err), &err);
        assert_int_equal(fc__pool_push(full, &one), FC_OK);
        pthread_create(&pusher, NULL, push_blocked, full);
        pthread_create(&taker, NULL, next_blocked, empty);
        if (round % 2 == 0)
            usleep(2000);
        fc__pool_cancel(full);
        fc__pool_cancel(empty);
        pthread_join(pusher, &got);
        assert_int_equal((intptr_t)got, FC_E_CANCELLED);
        pthread_join(taker, &got);
        assert_int_equal((intptr_t)got, FC_E_CANCELLED);
        assert_int_equal(fc__pool_next(full, &got), FC_E_CANCELLED);
        fc__pool_destroy(full, NULL);
        fc__pool_destroy(empty, NULL);
    }
}

static void release(void *thing)
{
    atomic_fetch_add(&((item *)thing)->n_released, 1);
}

/* Destroyed at any moment, closed or not: every item was taken by next() or released, once; and
 * those of a closed pool were worked on. */
static void test_pool__destroy_releases_each_item_not_taken_once(void **state)
{
    enum { N = 40 };
    fc_error err = FC_ERROR_INIT;

    (void)state;
    for (uint64_t round = 0; round < 60; round++) {
        context c = {.n_threads = 3};
        item *items = make_items(N, round);
        const size_t n_taken = (size_t)(round % 10);
        fc_pool *pool = NULL;
        void *got;

        assert_status(FC_OK, fc__pool_create(&pool, 3, N, work, &c, &err), &err);
        for (size_t i = 0; i < N; i++)
            assert_int_equal(fc__pool_push(pool, &items[i]), FC_OK);
        for (size_t i = 0; i < n_taken; i++)
            assert_int_equal(fc__pool_next(pool, &got), FC_OK);
        if (round % 2 == 0)
            fc__pool_close(pool);
        fc__pool_destroy(pool, release);
        for (size_t i = 0; i < N; i++) {
            assert_int_equal(atomic_load(&items[i].n_released), i < n_taken ? 0 : 1);
            if (round % 2 == 0)
                assert_int_equal(atomic_load(&items[i].n_worked), 1);
        }
        free(items);
    }
    fc__pool_destroy(NULL, NULL);
}

#define N_SIGNALLED 4

static atomic_uint n_signals_in_workers;
static pthread_barrier_t all_marked;
static _Thread_local volatile sig_atomic_t is_worker;

static void on_signal(int number)
{
    (void)number;
    if (is_worker)
        atomic_fetch_add(&n_signals_in_workers, 1);
}

/* Each worker takes one item, since none returns before all have one. Threads that a library has
 * started by itself are nobody's workers. */
static void mark(void *unused, uint32_t worker, void *token)
{
    (void)unused;
    (void)worker;
    (void)token;
    is_worker = 1;
    pthread_barrier_wait(&all_marked);
}

/* Ctrl-C belongs to the program: no worker's read or write is interrupted. */
static void test_pool__workers_take_no_signals(void **state)
{
    struct sigaction action = {.sa_handler = on_signal}, before;
    fc_error err = FC_ERROR_INIT;
    fc_pool *pool = NULL;
    sigset_t set, old;
    void *got;
    int token;

    (void)state;
    pthread_barrier_init(&all_marked, NULL, N_SIGNALLED);
    sigaction(SIGUSR1, &action, &before);
    assert_status(FC_OK, fc__pool_create(&pool, N_SIGNALLED, N_SIGNALLED, mark, NULL, &err), &err);
    for (int i = 0; i < N_SIGNALLED; i++)
        assert_int_equal(fc__pool_push(pool, &token), FC_OK);
    for (int i = 0; i < N_SIGNALLED; i++)
        assert_int_equal(fc__pool_next(pool, &got), FC_OK);
    /* Blocked here, the signal would go to any worker that let it in. */
    sigemptyset(&set);
    sigaddset(&set, SIGUSR1);
    pthread_sigmask(SIG_BLOCK, &set, &old);
    for (int i = 0; i < 20; i++) {
        kill(getpid(), SIGUSR1);
        usleep(500);
    }
    pthread_sigmask(SIG_SETMASK, &old, NULL);
    fc__pool_destroy(pool, NULL);
    assert_int_equal(atomic_load(&n_signals_in_workers), 0);
    pthread_barrier_destroy(&all_marked);
    sigaction(SIGUSR1, &before, NULL);
}

static void test_clock__runs_forward_and_tells_the_date(void **state)
{
    uint64_t last = fc__now_ns();

    (void)state;
    for (int i = 0; i < 1000; i++) {
        const uint64_t now = fc__now_ns();

        assert_true(now >= last);
        last = now;
    }
    assert_true(fc__wall_ns() / 1000000000 > 1700000000); /* after 2023 */
    assert_true(llabs((long long)(fc__wall_ns() / 1000000000 - time(NULL))) <= 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pool__results_come_in_push_order),
        cmocka_unit_test(test_pool__each_of_two_takers_is_woken),
        cmocka_unit_test(test_pool__push_waits_until_an_item_is_taken),
        cmocka_unit_test(test_pool__cancel_wakes_push_and_next),
        cmocka_unit_test(test_pool__destroy_releases_each_item_not_taken_once),
        cmocka_unit_test(test_pool__workers_take_no_signals),
        cmocka_unit_test(test_clock__runs_forward_and_tells_the_date),
    };

    alarm(100); /* a lost wake-up hangs; end as a failure */
    return cmocka_run_group_tests_name("pool", tests, NULL, NULL);
}
