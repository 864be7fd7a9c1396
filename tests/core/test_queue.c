/*
 * The bounded queue: nothing lost, nothing doubled, order kept, everyone woken. Run under TSan too.
 */
#include "fc_test.h"

#include <pthread.h>
#include <stdatomic.h>

#include "fc_queue.h"

#define N_ITEMS   20000
#define N_THREADS 4

typedef struct traffic {
    fc_queue *q;
    uintptr_t first;
    atomic_uchar *seen;
    atomic_size_t n_popped;
    size_t capacity;
} traffic;

static void *produce(void *arg)
{
    traffic *t = arg;

    for (uintptr_t i = 0; i < N_ITEMS; i++)
        if (fc__queue_push(t->q, (void *)(t->first + i + 1)) != FC_OK)
            return t;
    return NULL;
}

/* From each producer the items come in its order, whatever the others do. */
static void *consume(void *arg)
{
    traffic *t = arg;
    uintptr_t last[N_THREADS] = {0};
    void *item;

    while (fc__queue_pop(t->q, &item) == FC_OK) {
        const uintptr_t i = (uintptr_t)item - 1;

        if (i < last[i / N_ITEMS] || fc__queue_length(t->q) > t->capacity)
            return t;
        last[i / N_ITEMS] = i;
        atomic_fetch_add(&t->seen[i], 1);
        atomic_fetch_add(&t->n_popped, 1);
    }
    return NULL;
}

static void test_queue__many_to_many_loses_and_doubles_nothing(void **state)
{
    static atomic_uchar seen[N_THREADS * N_ITEMS];
    pthread_t producers[N_THREADS], consumers[N_THREADS];
    traffic in[N_THREADS], out[N_THREADS];
    size_t total = 0;
    fc_error err = FC_ERROR_INIT;
    fc_queue *q = NULL;
    void *failed;

    (void)state;
    assert_status(FC_OK, fc__queue_create(&q, 7, &err), &err);
    for (size_t i = 0; i < N_THREADS; i++) {
        in[i] = (traffic){.q = q, .first = i * N_ITEMS};
        out[i] = (traffic){.q = q, .seen = seen, .capacity = 7};
        assert_int_equal(pthread_create(&consumers[i], NULL, consume, &out[i]), 0);
        assert_int_equal(pthread_create(&producers[i], NULL, produce, &in[i]), 0);
    }
    for (size_t i = 0; i < N_THREADS; i++) {
        pthread_join(producers[i], &failed);
        assert_null(failed);
    }
    fc__queue_close(q);
    for (size_t i = 0; i < N_THREADS; i++) {
        pthread_join(consumers[i], &failed);
        assert_null(failed);
        total += atomic_load(&out[i].n_popped);
    }
    assert_int_equal(total, N_THREADS * N_ITEMS);
    for (size_t i = 0; i < N_THREADS * N_ITEMS; i++)
        assert_int_equal(atomic_load(&seen[i]), 1);
    fc__queue_destroy(q, NULL);
}

static void test_queue__close_lets_readers_drain(void **state)
{
    fc_error err = FC_ERROR_INIT;
    fc_queue *q = NULL;
    int items[3];
    void *item;

    (void)state;
    assert_status(FC_OK, fc__queue_create(&q, 3, &err), &err);
    assert_int_equal(fc__queue_try_pop(q, &item), FC_E_BUSY);
    for (size_t i = 0; i < 3; i++)
        assert_int_equal(fc__queue_push(q, &items[i]), FC_OK);
    assert_int_equal(fc__queue_length(q), 3);
    fc__queue_close(q);
    assert_int_equal(fc__queue_push(q, &items[0]), FC_E_CANCELLED);
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(i == 1 ? fc__queue_try_pop(q, &item) : fc__queue_pop(q, &item), FC_OK);
        assert_ptr_equal(item, &items[i]);
    }
    assert_int_equal(fc__queue_pop(q, &item), FC_E_NOT_FOUND);
    assert_null(item);
    assert_int_equal(fc__queue_try_pop(q, &item), FC_E_NOT_FOUND);
    fc__queue_destroy(q, NULL);
}

static void *push_one(void *arg)
{
    static int item;

    return (void *)(intptr_t)fc__queue_push(arg, &item);
}

static void *pop_one(void *arg)
{
    void *item;

    return (void *)(intptr_t)fc__queue_pop(arg, &item);
}

/* Half the rounds stop those who wait before they begin to, half after: both must end. */
static void test_queue__stopping_wakes_everyone(void **state)
{
    fc_error err = FC_ERROR_INIT;
    int item;

    (void)state;
    for (int round = 0; round < 40; round++) {
        pthread_t pushers[2], poppers[2];
        fc_queue *full = NULL, *empty = NULL;
        void *got;

        assert_status(FC_OK, fc__queue_create(&full, 1, &err), &err);
        assert_status(FC_OK, fc__queue_create(&empty, 1, &err), &err);
        assert_int_equal(fc__queue_push(full, &item), FC_OK);
        for (int i = 0; i < 2; i++) {
            pthread_create(&pushers[i], NULL, push_one, full);
            pthread_create(&poppers[i], NULL, pop_one, empty);
        }
        if (round % 2 == 0)
            usleep(2000);
        if (round % 4 < 2) {
            fc__queue_cancel(full);
            fc__queue_cancel(empty);
        } else {
            fc__queue_close(full);
            fc__queue_close(empty);
        }
        for (int i = 0; i < 2; i++) {
            pthread_join(pushers[i], &got);
            assert_int_equal((intptr_t)got, FC_E_CANCELLED);
            pthread_join(poppers[i], &got);
            assert_int_equal((intptr_t)got, round % 4 < 2 ? FC_E_CANCELLED : FC_E_NOT_FOUND);
        }
        fc__queue_destroy(empty, NULL);
        fc__queue_destroy(full, NULL);
    }
}

static void test_queue__cancel_hides_what_is_there_and_destroy_releases_it(void **state)
{
    fc_error err = FC_ERROR_INIT;
    fc_queue *q = NULL;
    void *item;

    (void)state;
    assert_status(FC_OK, fc__queue_create(&q, 0, &err), &err); /* 0 means 1 */
    assert_int_equal(fc__queue_push(q, malloc(10)), FC_OK);
    assert_int_equal(fc__queue_length(q), 1);
    fc__queue_cancel(q);
    assert_int_equal(fc__queue_pop(q, &item), FC_E_CANCELLED);
    assert_int_equal(fc__queue_try_pop(q, &item), FC_E_CANCELLED);
    assert_int_equal(fc__queue_push(q, &item), FC_E_CANCELLED);
    fc__queue_destroy(q, free); /* the leak checker sees whether it did */
    fc__queue_destroy(NULL, free);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_queue__many_to_many_loses_and_doubles_nothing),
        cmocka_unit_test(test_queue__close_lets_readers_drain),
        cmocka_unit_test(test_queue__stopping_wakes_everyone),
        cmocka_unit_test(test_queue__cancel_hides_what_is_there_and_destroy_releases_it),
    };

    alarm(100); /* a lost wake-up hangs; end as a failure */
    return cmocka_run_group_tests_name("queue", tests, NULL, NULL);
}
