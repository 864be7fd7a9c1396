/*
 * The writer: its lock, its commit, and how it ends when something fails.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fc_alloc.h"
#include "fc_store_internal.h"

#define LOCK_NAME   "writer.lock"
#define THREADS_MAX 256u
#define IN_FLIGHT   64u

static fc_status busy(const char *path, int fd, fc_error *err)
{
    char text[32] = "";
    const ssize_t n = pread(fd, text, sizeof(text) - 1, 0);
    const long pid = n > 0 ? strtol(text, NULL, 10) : 0;

    if (pid > 0)
        return fc_error_set(err, FC_E_BUSY,
                            "%s is being written by process %ld; wait until it has ended", path,
                            pid);
    return fc_error_set(err, FC_E_BUSY,
                        "%s is being written by another process; wait until it ended", path);
}

/* A lock on an open file goes with the process, however it ends. */
static fc_status take_lock(fc_writer *w, fc_error *err)
{
    char *path = fc__path_join(w->store->path, LOCK_NAME);
    char text[32];
    fc_status st = FC_OK;

    if (path == NULL)
        return fc__nomem(err, strlen(w->store->path) + 16, "a path");
    w->lock = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0666);
    if (w->lock < 0) {
        st = fc__io_error(err, errno, "open", path);
    } else if (flock(w->lock, LOCK_EX | LOCK_NB) != 0) {
        st = errno == EWOULDBLOCK ? busy(w->store->path, w->lock, err)
                                  : fc__io_error(err, errno, "lock", path);
        close(w->lock);
        w->lock = -1;
    } else {
        const int n = snprintf(text, sizeof(text), "%ld\n", (long)getpid());

        /* The number is for people; the lock holds without it, on a full disk too. */
        if (ftruncate(w->lock, 0) == 0 && pwrite(w->lock, text, (size_t)n, 0) != n)
            (void)!ftruncate(w->lock, 0);
    }
    free(path);
    return st;
}

static fc_status make_workers(fc_writer *w, fc_error *err)
{
    fc_status st = fc__xxh128_create(&w->hasher, err);

    w->codecs = fc__alloc_array(w->n_threads, sizeof(*w->codecs));
    if (st == FC_OK && w->codecs == NULL)
        st = fc__nomem(err, w->n_threads * sizeof(*w->codecs), "codecs");
    for (uint32_t i = 0; i < w->n_threads && st == FC_OK; i++)
        st = fc__codec_create(&w->codecs[i], err);
    if (st == FC_OK && w->n_threads > 1)
        st = fc__pool_create(&w->pool, w->n_threads, IN_FLIGHT, fc__encode_work, w, err);
    return st;
}

/* What the writer keeps in memory of the store. */
static fc_status load_state(fc_writer *w, fc_error *err)
{
    fc_status st = fc__txn_begin(&w->reader, w->store->env, false, err);

    /* Reads are guarded page by page. What a write touches besides - the way to rows that are only
     * put, the list of free pages - is looked at whole, once. */
    if (st == FC_OK)
        st = fc__env_check_pages(&w->reader, err);
    if (st == FC_OK)
        st = fc__meta_row_get(&w->reader, &w->meta, err);
    if (st == FC_OK)
        st = fc__encoders_load(&w->reader, &w->encoders, &w->n_encoders, err);
    w->durable_next = w->meta.next_content;
    if (st == FC_OK)
        fc__txn_reset(&w->reader);
    return st;
}

fc_status fc__writer_open(fc_writer **out, fc_store *store, const fc_writer_options *opts,
                          fc_error *err)
{
    fc_writer *w;
    fc_status st;

    *out = NULL;
    if (fc__store_is_read_only(store))
        return fc_error_set(err, FC_E_INVALID, "%s is open read-only", store->path);
    w = fc__alloc_array(1, sizeof(*w));
    if (w == NULL)
        return fc__nomem(err, sizeof(*w), "a writer");
    w->store = store;
    w->lock = -1;
    w->n_threads = opts != NULL && opts->n_threads > 0 ? opts->n_threads : 1;
    if (w->n_threads > THREADS_MAX)
        w->n_threads = THREADS_MAX;
    st = take_lock(w, err);
    if (st == FC_OK)
        st = make_workers(w, err);
    if (st == FC_OK)
        st = load_state(w, err);
    if (st != FC_OK) {
        fc__writer_close(w);
        return st;
    }
    *out = w;
    return FC_OK;
}

void fc__writer_close(fc_writer *w)
{
    if (w == NULL)
        return;
    if (w->pool != NULL) {
        fc__pool_close(w->pool);
        fc__pool_destroy(w->pool, NULL);
    }
    fc__txn_end(&w->reader);
    fc__batch_dispose(&w->batch);
    fc__edits_dispose(&w->edits);
    fc__idmap_dispose(&w->session);
    fc__known_free(w);
    fc__encoders_free(w->encoders, w->n_encoders);
    for (uint32_t i = 0; w->codecs != NULL && i < w->n_threads; i++)
        fc__codec_destroy(w->codecs[i]);
    free(w->codecs);
    fc__xxh128_destroy(w->hasher);
    free(w->fresh);
    free(w->written);
    fc_buf_dispose(&w->scratch);
    fc_buf_dispose(&w->value);
    if (w->lock >= 0) {
        (void)!ftruncate(w->lock, 0);
        /* Before the close: a forked child may hold the descriptor too. */
        (void)flock(w->lock, LOCK_UN);
        close(w->lock);
    }
    free(w);
}

fc_status fc__writer_fail(fc_writer *w, fc_status st, const fc_error *err)
{
    if (w->failed == FC_OK && st != FC_OK) {
        w->failed = st;
        if (err != NULL)
            w->failure = *err;
    }
    return st;
}

fc_status fc__writer_check(const fc_writer *w, fc_error *err)
{
    if (w->failed == FC_OK)
        return FC_OK;
    return fc_error_set(err, w->failed, "an earlier write failed (%.400s); close the store",
                        w->failure.message);
}

fc_status fc__writer_look(fc_writer *w, fc_error *err)
{
    return w->reader.live ? FC_OK : fc__txn_renew(&w->reader, err);
}

void fc__writer_unlook(fc_writer *w)
{
    fc__txn_reset(&w->reader);
}

fc_encoder_record *fc__writer_encoder_record(fc_writer *w, fc_version_id version)
{
    for (size_t i = 0; i < w->n_encoders; i++)
        if (w->encoders[i].info.id == version)
            return &w->encoders[i];
    return NULL;
}

fc_status fc__writer_output(fc_writer *w, fc_version_id version, fc_output_id output,
                            const fc_encoder_record **encoder, const fc_output_info **info,
                            fc_error *err)
{
    *encoder = fc__writer_encoder_record(w, version);
    *info = *encoder != NULL ? fc__encoder_output(&(*encoder)->info, output) : NULL;
    if (*info != NULL)
        return FC_OK;
    return fc_error_set(err, FC_E_INVALID, "%s has no output %u of encoder version %u",
                        w->store->path, output, version);
}

fc_status fc__writer_apply(fc_writer *w, fc_error *err)
{
    fc_error inner = FC_ERROR_INIT;
    fc_status st;

    fc__writer_unlook(w);
    st = fc__edits_apply(&w->edits, w->store->env, &inner);
    fc__edits_clear(&w->edits);
    if (st == FC_OK) {
        w->durable_next = w->meta.next_content;
        w->meta_dirty = false;
        return FC_OK;
    }
    fc__writer_fail(w, st, &inner);
    return fc_error_set(err, st, "%s", inner.message);
}

static fc_status plan_contents(fc_writer *w, fc_error *err)
{
    fc_status st = FC_OK;

    for (size_t i = 0; i < w->batch.n_contents && st == FC_OK; i++) {
        const fc_pending_content *c = &w->batch.contents[i];
        const fc_key key = fc__key_content(&c->hash);

        fc_buf_clear(&w->value);
        st = fc__content_write(&c->hash, c->content, &w->value, err);
        if (st == FC_OK)
            st = fc__edits_put(&w->edits, FC_TABLE_CONTENT, &key, &w->value, err);
    }
    return st;
}

fc_status fc__writer_commit(fc_writer *w, fc_error *err)
{
    const fc_batch *b = &w->batch;
    fc_error inner = FC_ERROR_INIT;
    fc_status st = fc__writer_check(w, err);

    if (st != FC_OK)
        return st;
    if (b->n_items == 0 && b->n_rows == 0 && b->n_contents == 0 && b->n_failures == 0)
        return FC_OK;
    st = fc__writer_look(w, &inner);
    if (st == FC_OK)
        st = plan_contents(w, &inner);
    if (st == FC_OK)
        st = fc__merge_items(w, &inner);
    if (st == FC_OK)
        st = fc__cover_fresh(w, &inner);
    if (st == FC_OK)
        st = fc__plan_rows(w, &inner);
    if (st == FC_OK)
        st = fc__plan_failures(w, &inner);
    if (st == FC_OK)
        st = fc__known_write(w, &inner);
    fc__writer_unlook(w);
    fc__batch_clear(&w->batch);
    if (st == FC_OK)
        return fc__writer_apply(w, err);
    /* What is in memory no longer matches the store: this writer is done. */
    fc__edits_clear(&w->edits);
    fc__writer_fail(w, st, &inner);
    return fc_error_set(err, st, "%s", inner.message);
}

fc_status fc__writer_count_bytes(fc_writer *w, fc_version_id version, fc_output_id output,
                                 uint64_t added, uint64_t replaced, fc_error *err)
{
    size_t i = 0;
    fc_status st = FC_OK;

    while (i < w->n_written && (w->written[i].version != version || w->written[i].output != output))
        i++;
    if (i == w->n_written) {
        st = fc__grow_array(&w->written, &w->written_capacity, i + 1, sizeof(*w->written), err);
        if (st != FC_OK)
            return st;
        w->written[w->n_written++] = (fc_written){version, output, 0};
    }
    w->written[i].bytes += added - replaced; /* modulo 2^64: the sum is what counts */
    return st;
}

uint64_t fc__writer_stored_bytes(const fc_writer *w, fc_version_id version, fc_output_id output)
{
    for (size_t i = 0; i < w->n_written; i++)
        if (w->written[i].version == version && w->written[i].output == output)
            return w->written[i].bytes;
    return 0;
}
