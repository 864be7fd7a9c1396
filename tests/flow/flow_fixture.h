/*
 * What the ingest tests share: sources of texts and small pictures, one call that ingests and keeps
 * the report and the failures, and one line that sums up the newest version of a data set.
 */
#ifndef FLOW_FIXTURE_H
#define FLOW_FIXTURE_H

#include "fc_test.h"

#include <sys/inotify.h>
#include <sys/stat.h>
#include <time.h>

#include <featcache/ingest.h>
#include <featcache/maintain.h>

#include "fc_buf.h"
#include "fc_decode.h"
#include "fc_jpeg_write.h"

#define FLOW_TEXT  "builtin/hashtext"
#define FLOW_IMAGE "builtin/hog"

typedef struct flow {
    char source[1024], store[1024];
    fc_ingest_options opts; /* of the next run; flow_begin() sets them, tests change them */
    fc_ingest_report report;
    char failures[4096]; /* "id: reason\n" of the last run */
    char notices[1024];
    fc_error err;
} flow;

static const char *const flow_text_only[] = {FLOW_TEXT};

static inline void flow_failure(void *context, const char *id, const char *reason)
{
    flow *f = context;
    const size_t n = strlen(f->failures);

    snprintf(f->failures + n, sizeof(f->failures) - n, "%s: %s\n", id, reason);
}

static inline void flow_notice(void *context, const char *message)
{
    flow *f = context;

    snprintf(f->notices, sizeof(f->notices), "%s", message);
}

/* A new folder for sources and a place for the store, both of this test alone. */
static inline void flow_begin(flow *f, const char *name)
{
    memset(f, 0, sizeof(*f));
    snprintf(f->source, sizeof(f->source), "%s/%s-src", fc_test_tmpdir(), name);
    snprintf(f->store, sizeof(f->store), "%s/%s-store", fc_test_tmpdir(), name);
    assert_int_equal(mkdir(f->source, 0755), 0);
    f->opts = (fc_ingest_options)FC_INGEST_OPTIONS_INIT;
    f->opts.dataset = "set";
    f->opts.jobs = 2;
    f->opts.failure = flow_failure;
    f->opts.notice = flow_notice;
    f->opts.context = f;
}

static inline void flow_end(flow *f)
{
    fc_ingest_report_dispose(&f->report);
}

static inline void flow_path(const flow *f, const char *name, char out[1200])
{
    snprintf(out, 1200, "%s/%s", f->source, name);
}

static inline void flow_text(const flow *f, const char *name, const char *text)
{
    char path[1200];

    flow_path(f, name, path);
    fc_test_write_text(path, text);
}

static inline void flow_remove(const flow *f, const char *name)
{
    char path[1200];

    flow_path(f, name, path);
    assert_int_equal(remove(path), 0);
}

/* A picture that differs by seed. */
static inline void flow_jpeg(const flow *f, const char *name, unsigned seed)
{
    uint8_t pixels[40 * 32 * 3];
    const fc_image image = {.width = 40, .height = 32, .pixels = pixels};
    char path[1200];
    fc_buf out = FC_BUF_INIT;
    fc_error err = FC_ERROR_INIT;

    for (size_t i = 0; i < sizeof(pixels); i++)
        pixels[i] = (uint8_t)((i * (seed + 3)) % 251 + (i / 120) * seed);
    assert_status(FC_OK, fc__jpeg_write(&image, 90, &out, &err), &err);
    flow_path(f, name, path);
    fc_test_write_file(path, out.data, out.size);
    fc_buf_dispose(&out);
}

/* Notes every file of a folder that is opened from now on. */
static inline int flow_watch(const char *folder)
{
    const int watch = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);

    assert_true(watch >= 0);
    assert_true(inotify_add_watch(watch, folder, IN_OPEN) >= 0);
    return watch;
}

/* Whether a file with `part` in its name was opened since the last call. */
static inline bool flow_opened(int watch, const char *part)
{
    char buffer[8192] __attribute__((aligned(8)));
    bool opened = false;
    ssize_t n;

    while ((n = read(watch, buffer, sizeof(buffer))) > 0)
        for (ssize_t at = 0; at < n;) {
            const struct inotify_event *e = (const void *)(buffer + at);

            opened = opened ||
                     (e->len > 0 && (e->mask & IN_ISDIR) == 0 && strstr(e->name, part) != NULL);
            at += (ssize_t)(sizeof(*e) + e->len);
        }
    return opened;
}

/* Until file times written so far are older than a clock tick: then they tell a later change. */
static inline void flow_settle(void)
{
    const struct timespec pause = {0, 60000000};

    nanosleep(&pause, NULL);
}

static inline fc_status flow_run_sources(flow *f, const char *const *sources, size_t n)
{
    fc_ingest_report_dispose(&f->report);
    f->failures[0] = '\0';
    f->notices[0] = '\0';
    return fc_ingest(f->store, sources, n, &f->opts, &f->report, &f->err);
}

static inline fc_status flow_run(flow *f)
{
    const char *const sources[] = {f->source};

    return flow_run_sources(f, sources, 1);
}

/* Ingest the folder and expect these counts. */
#define flow_expect(f, n_samples, n_unchanged, n_encoded, n_reused, n_failed)  \
    do {                                                                       \
        assert_status(FC_OK, flow_run(f), &(f)->err);                          \
        flow_counts(f, n_samples, n_unchanged, n_encoded, n_reused, n_failed); \
    } while (0)

#define flow_counts(f, n_samples, n_unchanged, n_encoded, n_reused, n_failed)                    \
    do {                                                                                         \
        char got_[128], want_[128];                                                              \
        const fc_ingest_report *r_ = &(f)->report;                                               \
        snprintf(want_, sizeof(want_), "%d samples %d unchanged %d encoded %d reused %d failed", \
                 n_samples, n_unchanged, n_encoded, n_reused, n_failed);                         \
        snprintf(got_, sizeof(got_), "%d samples %d unchanged %d encoded %d reused %d failed",   \
                 (int)r_->samples, (int)r_->unchanged, (int)r_->encoded, (int)r_->reused,        \
                 (int)r_->failed);                                                               \
        assert_string_equal(got_, want_);                                                        \
    } while (0)

typedef struct flow_count_context {
    int n;
} flow_count_context;

static inline bool flow_count_one(void *context, const fc_failure *failure)
{
    (void)failure;
    ((flow_count_context *)context)->n++;
    return false;
}

static inline void flow_damage(void *context, const fc_damage *damage)
{
    (void)context;
    print_message("%s: %s\n", damage->where, damage->reason);
}

/* Everything decoded, all counts and digests computed anew. */
static inline void flow_verify(const char *store_path)
{
    fc_verify_report report;
    fc_error err = FC_ERROR_INIT;

    assert_status(FC_OK, fc_verify(store_path, true, flow_damage, NULL, &report, &err), &err);
    assert_int_equal(report.n_damages, 0);
}

static inline const char *flow_encoder(fc_snapshot *s, fc_version_id id)
{
    const fc_encoder_info *list;
    size_t n;
    fc_error err = FC_ERROR_INIT;

    assert_status(FC_OK, fc_snapshot_encoders(s, &list, &n, &err), &err);
    for (size_t i = 0; i < n; i++)
        if (list[i].id == id)
            return list[i].name;
    fail_msg("coverage of an encoder version %u that the store does not have", id);
    return NULL;
}

/* "n3 DIGEST;encoder/output:count:digest;... failures=0" of a data set's newest sealed version.
 * What has nothing is left out: it is there where a sample of an earlier version needed it. */
static inline char *flow_state(const char *store_path, const char *dataset)
{
    fc_store_options opts = FC_STORE_OPTIONS_INIT;
    const fc_dataset_info *info;
    const fc_dataset_version *v;
    flow_count_context failures = {0};
    fc_store *store = NULL;
    fc_snapshot *s = NULL;
    fc_error err = FC_ERROR_INIT;
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);

    flow_verify(store_path);
    opts.flags = FC_STORE_READ_ONLY;
    assert_non_null(out);
    assert_status(FC_OK, fc_store_open(&store, store_path, &opts, &err), &err);
    assert_status(FC_OK, fc_snapshot_begin(&s, store, &err), &err);
    assert_status(FC_OK, fc_snapshot_find_dataset(s, dataset, &info, &v, &err), &err);
    fprintf(out, "n%d%s %s;", (int)v->n_samples, v->partial ? " partial" : "", v->digest);
    for (size_t i = 0; i < v->n_coverage; i++)
        if (v->coverage[i].count > 0)
            fprintf(out, "%s/%u:%d:%s;", flow_encoder(s, v->coverage[i].version),
                    v->coverage[i].output, (int)v->coverage[i].count, v->coverage[i].digest);
    assert_status(FC_OK, fc_snapshot_failures(s, dataset, flow_count_one, &failures, &err), &err);
    fprintf(out, " failures=%d", failures.n);
    fclose(out);
    fc_snapshot_end(s);
    fc_store_close(store);
    return text;
}

/* The data set as the store has it now must be what a fresh ingest of the same source makes. */
static inline void flow_equals_fresh(flow *f)
{
    char kept[1024], *mine, *fresh;

    memcpy(kept, f->store, sizeof(kept));
    mine = flow_state(f->store, "set");
    snprintf(f->store, sizeof(f->store), "%.900s-fresh", kept);
    fc_test_remove_tree(f->store);
    assert_status(FC_OK, flow_run(f), &f->err);
    fresh = flow_state(f->store, "set");
    assert_string_equal(mine, fresh);
    free(mine);
    free(fresh);
    memcpy(f->store, kept, sizeof(kept));
}

#endif /* FLOW_FIXTURE_H */
