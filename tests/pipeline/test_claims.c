/*
 * Claims: of many workers that meet the same content, exactly one computes it, and the others hear
 * what came of it.
 */
#include "fc_test.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "ingest_claims.h"

#define N_THREADS  8
#define N_CONTENTS 300

typedef struct shared {
    fc_claims *claims;
    _Atomic int n_computed[N_CONTENTS];
    _Atomic int n_failed_heard, n_errors;
} shared;

static fc_sha256 hash_of(int i)
{
    fc_sha256 h = {{0}};

    h.bytes[0] = (uint8_t)i;
    h.bytes[1] = (uint8_t)(i >> 8);
    return h;
}

/* Every third content fails. */
static void *worker(void *context)
{
    shared *s = context;

    for (int i = 0; i < N_CONTENTS; i++) {
        const fc_sha256 h = hash_of(i);
        const struct timespec pause = {0, 20000};
        char *reason = NULL;
        bool mine = false;

        if (fc__claims_take(s->claims, &h, 0, &mine, &reason, NULL) != FC_OK)
            s->n_errors++;
        if (mine) {
            s->n_computed[i]++;
            nanosleep(&pause, NULL);
            fc__claims_settle(s->claims, &h, 0, i % 3 == 0 ? "broken" : NULL);
        } else if (reason != NULL) {
            s->n_failed_heard += strcmp(reason, "broken") == 0 && i % 3 == 0;
            s->n_errors += i % 3 != 0;
        }
        free(reason);
    }
    return NULL;
}

static void test_claims__one_computes_and_all_hear(void **state)
{
    static shared s;
    pthread_t threads[N_THREADS];
    fc_error err = FC_ERROR_INIT;

    (void)state;
    assert_status(FC_OK, fc__claims_create(&s.claims, &err), &err);
    for (int t = 0; t < N_THREADS; t++)
        assert_int_equal(pthread_create(&threads[t], NULL, worker, &s), 0);
    for (int t = 0; t < N_THREADS; t++)
        pthread_join(threads[t], NULL);
    assert_int_equal(s.n_errors, 0);
    for (int i = 0; i < N_CONTENTS; i++)
        assert_int_equal(s.n_computed[i], 1);
    assert_int_equal(s.n_failed_heard, (N_CONTENTS + 2) / 3 * (N_THREADS - 1));
    fc__claims_destroy(s.claims);
}

/* After a drop the store answers, so the content can be claimed again. */
static void test_claims__a_dropped_claim_is_free(void **state)
{
    const fc_sha256 h = hash_of(7);
    fc_error err = FC_ERROR_INIT;
    fc_claims *claims;
    char *reason;
    bool mine;

    (void)state;
    assert_status(FC_OK, fc__claims_create(&claims, &err), &err);
    assert_status(FC_OK, fc__claims_take(claims, &h, 1, &mine, &reason, &err), &err);
    assert_true(mine);
    fc__claims_settle(claims, &h, 1, NULL);
    assert_status(FC_OK, fc__claims_take(claims, &h, 1, &mine, &reason, &err), &err);
    assert_false(mine);
    assert_null(reason);
    assert_status(FC_OK, fc__claims_take(claims, &h, 2, &mine, &reason, &err), &err);
    assert_true(mine); /* another encoder is another claim */
    fc__claims_settle(claims, &h, 2, NULL);
    fc__claims_drop(claims, &h, 1);
    assert_status(FC_OK, fc__claims_take(claims, &h, 1, &mine, &reason, &err), &err);
    assert_true(mine);
    fc__claims_settle(claims, &h, 1, NULL);
    fc__claims_destroy(claims);
}

/* Who has claims of its own asks without waiting, and settles them before it waits. */
static void test_claims__trying_never_waits(void **state)
{
    const fc_sha256 h = hash_of(8);
    fc_error err = FC_ERROR_INIT;
    fc_claims *claims;
    char *reason;
    bool mine;

    (void)state;
    assert_status(FC_OK, fc__claims_create(&claims, &err), &err);
    assert_status(FC_OK, fc__claims_try(claims, &h, 1, &mine, &reason, &err), &err);
    assert_true(mine);
    assert_int_equal(fc__claims_try(claims, &h, 1, &mine, &reason, &err), FC_E_BUSY);
    assert_false(mine);
    assert_string_equal(err.message, "");
    fc__claims_settle(claims, &h, 1, "broken");
    assert_status(FC_OK, fc__claims_try(claims, &h, 1, &mine, &reason, &err), &err);
    assert_false(mine);
    assert_string_equal(reason, "broken");
    free(reason);
    fc__claims_destroy(claims);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_claims__one_computes_and_all_hear),
        cmocka_unit_test(test_claims__a_dropped_claim_is_free),
        cmocka_unit_test(test_claims__trying_never_waits),
    };

    return cmocka_run_group_tests_name("claims", tests, NULL, NULL);
}
