/*
 * Encoding the blocks of a commit, spread over the writer's threads, into edits in their order.
 */
#include <stdlib.h>

#include "fc_store_internal.h"

#define IN_FLIGHT 32u

static void encode(fc_codec *c, fc_block_job *job)
{
    const uint32_t seed = fc__key_crc(FC_TABLE_BLOCK, job->key.bytes, job->key.n);

    job->status = fc__block_encode(c, &job->layout, job->items, job->n_items, &job->error, seed,
                                   &job->out, &job->message);
    if (job->status == FC_OK)
        job->status = fc__row_seal(FC_TABLE_BLOCK, &job->key, &job->out, &job->message);
}

void fc__encode_work(void *context, uint32_t worker, void *item)
{
    const fc_writer *w = context;

    encode(w->codecs[worker], item);
}

static void run_all(fc_writer *w, fc_block_job *jobs, size_t n)
{
    size_t pushed = 0, done = 0;

    while (done < n) {
        void *item;

        if (pushed < n && pushed - done < IN_FLIGHT) {
            /* A pool that is only closed with the writer takes what it has room for. */
            if (fc__pool_push(w->pool, &jobs[pushed]) != FC_OK)
                encode(w->codecs[0], &jobs[pushed]), done++;
            pushed++;
            continue;
        }
        if (fc__pool_next(w->pool, &item) != FC_OK)
            return;
        done++;
    }
}

static fc_status count_added(fc_writer *w, const fc_block_job *job, fc_error *err)
{
    fc_version_id version = 0;
    fc_output_id output = 0;
    uint64_t content;
    uint32_t chunk;

    (void)fc__key_block_read(fc__key_span(&job->key), &version, &output, &content, &chunk);
    return fc__writer_count_bytes(w, version, output, job->out.size, 0, err);
}

fc_status fc__encode_jobs(fc_writer *w, fc_block_job *jobs, size_t n, fc_error *err)
{
    fc_status st = FC_OK;

    for (size_t i = 0; i < n; i++)
        jobs[i].status = FC_E_CANCELLED;
    if (w->pool != NULL && n > 1)
        run_all(w, jobs, n);
    else
        for (size_t i = 0; i < n; i++)
            encode(w->codecs[0], &jobs[i]);
    for (size_t i = 0; i < n; i++) {
        if (st == FC_OK && jobs[i].status != FC_OK)
            st = fc_error_set(err, jobs[i].status, "%s", jobs[i].message.message);
        if (st == FC_OK)
            st = count_added(w, &jobs[i], err);
        if (st == FC_OK)
            st = fc__edits_put_owned(&w->edits, FC_TABLE_BLOCK, &jobs[i].key, &jobs[i].out, err);
        fc_buf_dispose(&jobs[i].out);
        free(jobs[i].items);
        jobs[i].items = NULL;
    }
    return st;
}
