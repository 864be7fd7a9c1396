/*
 * The ticker reads the run's atomic counters; it holds no lock that a stage could wait for.
 */
#include "ingest_progress.h"

#include <errno.h>
#include <stdlib.h>
#include <time.h>

#include "fc_alloc.h"

#define TICK_NS 200000000L

struct fc_progress_ticker {
    fc_run *run;
    const char *_Atomic phase;
    uint64_t start_ns;
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t ended;
    bool end;
};

static void tell(fc_progress_ticker *t)
{
    fc_run *run = t->run;
    fc_ingest_progress p = {.phase = t->phase,
                            .samples = run->n_scanned,
                            .encoded = run->n_encoded,
                            .reused = run->n_reused,
                            .failed = run->n_failed + run->n_failed_before,
                            .seconds = (double)(fc__now_ns() - t->start_ns) * 1e-9};
    const int64_t ppm = run->fraction_ppm;

    for (size_t e = 0; e < run->n_encoders; e++) {
        p.reused += run->encoders[e].unchanged_reused;
        p.failed += run->encoders[e].unchanged_failed;
    }
    p.fraction = ppm < 0 ? -1.0 : (double)ppm * 1e-6;
    run->opts->progress(run->opts->context, &p);
}

static void *ticker_main(void *context)
{
    fc_progress_ticker *t = context;

    pthread_mutex_lock(&t->lock);
    while (!t->end) {
        struct timespec until;

        clock_gettime(CLOCK_REALTIME, &until);
        until.tv_nsec += TICK_NS;
        if (until.tv_nsec >= 1000000000L) {
            until.tv_nsec -= 1000000000L;
            until.tv_sec++;
        }
        if (pthread_cond_timedwait(&t->ended, &t->lock, &until) == ETIMEDOUT)
            tell(t);
    }
    pthread_mutex_unlock(&t->lock);
    return NULL;
}

fc_status fc__progress_start(fc_progress_ticker **out, fc_run *run, fc_error *err)
{
    fc_progress_ticker *t;

    *out = NULL;
    if (run->opts->progress == NULL)
        return FC_OK;
    t = calloc(1, sizeof(*t));
    if (t == NULL)
        return fc__nomem(err, sizeof(*t), "progress");
    t->run = run;
    t->phase = "scan and encode";
    t->start_ns = fc__now_ns();
    pthread_mutex_init(&t->lock, NULL);
    pthread_cond_init(&t->ended, NULL);
    if (pthread_create(&t->thread, NULL, ticker_main, t) != 0) {
        pthread_cond_destroy(&t->ended);
        pthread_mutex_destroy(&t->lock);
        free(t);
        return fc_error_set(err, FC_E_NOMEM, "cannot start a thread for progress");
    }
    *out = t;
    return FC_OK;
}

void fc__progress_phase(fc_progress_ticker *t, const char *phase)
{
    if (t != NULL)
        t->phase = phase;
}

void fc__progress_stop(fc_progress_ticker *t)
{
    if (t == NULL)
        return;
    pthread_mutex_lock(&t->lock);
    t->end = true;
    pthread_cond_signal(&t->ended);
    pthread_mutex_unlock(&t->lock);
    pthread_join(t->thread, NULL);
    tell(t);
    pthread_cond_destroy(&t->ended);
    pthread_mutex_destroy(&t->lock);
    free(t);
}
