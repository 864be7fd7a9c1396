/*
 * The stages side by side: the scan on a thread, the workers of the pool, the writer on the calling
 * thread. Whichever fails first, the others end.
 */
#include <stdlib.h>

#include "fc_alloc.h"
#include "ingest_run.h"

static fc_status push_batch(void *context, fc_run_batch *batch, fc_error *err)
{
    fc_run *run = context;

    (void)err;
    return fc__pool_push(run->pool, batch);
}

static void *scan_main(void *context)
{
    fc_run *run = context;

    run->scan_status = fc__run_scan(run, push_batch, run, &run->scan_err);
    fc__pool_close(run->pool);
    return NULL;
}

typedef struct worker_list {
    fc_run_worker **workers;
    uint32_t n;
} worker_list;

static void work(void *context, uint32_t worker, void *item)
{
    const worker_list *list = context;

    fc__run_worker_batch(list->workers[worker], item);
}

static void destroy_workers(worker_list *list)
{
    for (uint32_t i = 0; list->workers != NULL && i < list->n; i++)
        fc__run_worker_destroy(list->workers[i]);
    free(list->workers);
}

static fc_status create_workers(worker_list *list, fc_run *run, fc_error *err)
{
    fc_status st = FC_OK;

    list->n = run->n_jobs;
    list->workers = fc__alloc_array(list->n, sizeof(*list->workers));
    if (list->workers == NULL)
        return fc__nomem(err, list->n * sizeof(*list->workers), "workers");
    for (uint32_t i = 0; i < list->n && st == FC_OK; i++)
        st = fc__run_worker_create(&list->workers[i], run, err);
    return st;
}

/* Run the stages side by side until the source is done, the caller stops it, or one fails. */
fc_status fc__run_stages(fc_run *run, fc_ingest_report *report, fc_error *err)
{
    worker_list workers = {NULL, 0};
    fc_status st;

    st = create_workers(&workers, run, err);
    if (st != FC_OK)
        goto done;
    st = fc__pool_create(&run->pool, run->n_jobs, (size_t)run->n_jobs * 2 + 2, work, &workers, err);
    if (st != FC_OK)
        goto done;
    if (pthread_create(&run->scan_thread, NULL, scan_main, run) != 0) {
        st = fc_error_set(err, FC_E_NOMEM, "cannot start a thread to scan the source");
        goto done;
    }
    st = fc__run_write(run, report, err);
    if (st != FC_OK) {
        run->abandoned = true;
        fc__pool_cancel(run->pool);
    }
    pthread_join(run->scan_thread, NULL);
    if (st == FC_OK && run->scan_status != FC_OK) {
        st = run->scan_status;
        if (err != NULL)
            *err = run->scan_err;
    }

done:
    fc__pool_destroy(run->pool, fc__run_batch_destroy);
    run->pool = NULL;
    destroy_workers(&workers);
    return st;
}
