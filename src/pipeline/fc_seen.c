/*
 * An external sort of 16-byte hashes: sorted runs in one unnamed temporary file, merged through a
 * small buffer each. The last run stays in memory; below the memory limit there is no file at all.
 */
#include "fc_seen.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "fc_alloc.h"
#include "fc_file.h"

#define HASH              FC_SEEN_HASH_BYTES
#define MIN_MEMORY        (64u * 1024u)
#define RUN_BUFFER_HASHES 4096u

/* A sorted run on its way through the merge. */
typedef struct run {
    uint64_t at, end; /* byte offsets in the file still to be read */
    uint8_t *buffer;  /* memory run: the whole of it, not owned */
    size_t next, filled;
    bool in_memory;
} run;

struct fc_seen {
    char *folder;
    int fd;
    uint8_t *hashes;
    size_t n, capacity, limit;
    uint64_t count, file_bytes;
    run *runs;
    size_t n_runs, runs_capacity;
    bool sorted;
    uint8_t last[HASH]; /* last hash taken out of the merge */
    bool has_last;
    uint64_t duplicates;
    fc_status status;
};

static int compare(const void *a, const void *b)
{
    return memcmp(a, b, HASH);
}

fc_status fc__seen_create(fc_seen **out, const char *folder, size_t memory_bytes, fc_error *err)
{
    fc_seen *s = calloc(1, sizeof(*s));

    *out = NULL;
    if (s == NULL)
        return fc__nomem(err, sizeof(*s), "the set of samples seen");
    s->fd = -1;
    s->folder = fc__strdup(folder);
    if (s->folder == NULL) {
        free(s);
        return fc__nomem(err, strlen(folder), "a path");
    }
    if (memory_bytes < MIN_MEMORY)
        memory_bytes = MIN_MEMORY;
    s->limit = memory_bytes / HASH;
    *out = s;
    return FC_OK;
}

static fc_status write_all(fc_seen *s, const uint8_t *bytes, size_t n, fc_error *err)
{
    while (n > 0) {
        const ssize_t wrote = pwrite(s->fd, bytes, n, (off_t)s->file_bytes);

        if (wrote < 0) {
            if (errno == EINTR)
                continue;
            return fc__io_error(err, errno, "cannot write a temporary file in", s->folder);
        }
        bytes += wrote;
        n -= (size_t)wrote;
        s->file_bytes += (uint64_t)wrote;
    }
    return FC_OK;
}

/* An unnamed file: gone with the process, however it ends. */
static fc_status open_temporary(fc_seen *s, fc_error *err)
{
    char *name;

    s->fd = open(s->folder, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
    if (s->fd >= 0)
        return FC_OK;
    name = fc__path_join(s->folder, ".seen-XXXXXX"); /* a file system without O_TMPFILE */
    if (name == NULL)
        return fc__nomem(err, strlen(s->folder), "a path");
    s->fd = mkostemp(name, O_CLOEXEC);
    if (s->fd >= 0)
        unlink(name);
    free(name);
    if (s->fd < 0)
        return fc__io_error(err, errno, "cannot make a temporary file in", s->folder);
    return FC_OK;
}

/* Sort what is in memory and append it to the file as one run. */
static fc_status spill(fc_seen *s, fc_error *err)
{
    const uint64_t start = s->file_bytes;
    fc_status st;

    if (s->fd < 0) {
        st = open_temporary(s, err);
        if (st != FC_OK)
            return st;
    }
    st = fc__grow_array(&s->runs, &s->runs_capacity, s->n_runs + 1, sizeof(*s->runs), err);
    if (st != FC_OK)
        return st;
    qsort(s->hashes, s->n, HASH, compare);
    st = write_all(s, s->hashes, s->n * HASH, err);
    if (st != FC_OK)
        return st;
    s->runs[s->n_runs++] = (run){.at = start, .end = s->file_bytes};
    s->n = 0;
    return FC_OK;
}

fc_status fc__seen_add(fc_seen *s, const uint8_t hash[HASH], fc_error *err)
{
    fc_status st;

    if (s->n == s->limit) {
        st = spill(s, err);
        if (st != FC_OK)
            return st;
    }
    st = fc__grow_array(&s->hashes, &s->capacity, s->n + 1, HASH, err);
    if (st != FC_OK)
        return st;
    memcpy(s->hashes + s->n * HASH, hash, HASH);
    s->n++;
    s->count++;
    return FC_OK;
}

uint64_t fc__seen_count(const fc_seen *s)
{
    return s->count;
}

/* Refill a file run's buffer; false at its end or on an error. */
static bool refill(fc_seen *s, run *r)
{
    size_t want = RUN_BUFFER_HASHES * HASH, got = 0;

    if (r->at == r->end)
        return false;
    if (want > r->end - r->at)
        want = (size_t)(r->end - r->at);
    while (got < want) {
        const ssize_t n = pread(s->fd, r->buffer + got, want - got, (off_t)(r->at + got));

        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0) {
            s->status = FC_E_IO;
            return false;
        }
        got += (size_t)n;
    }
    r->at += want;
    r->next = 0;
    r->filled = want / HASH;
    return true;
}

/* The run's first hash that has not been taken, or NULL at its end. */
static const uint8_t *peek(fc_seen *s, run *r)
{
    if (r->next == r->filled && (r->in_memory || !refill(s, r)))
        return NULL;
    return r->buffer + r->next * HASH;
}

/* Runs form a binary heap by their first hash; one whose end was reached is dropped. */
static void sift_down(fc_seen *s, size_t i)
{
    for (;;) {
        size_t least = i;

        for (size_t child = 2 * i + 1; child <= 2 * i + 2 && child < s->n_runs; child++)
            if (compare(peek(s, &s->runs[child]), peek(s, &s->runs[least])) < 0)
                least = child;
        if (least == i)
            return;
        {
            const run swap = s->runs[i];

            s->runs[i] = s->runs[least];
            s->runs[least] = swap;
        }
        i = least;
    }
}

static void drop_run(fc_seen *s, size_t i)
{
    if (!s->runs[i].in_memory)
        free(s->runs[i].buffer);
    s->runs[i] = s->runs[--s->n_runs];
}

fc_status fc__seen_sort(fc_seen *s, fc_error *err)
{
    fc_status st;

    if (s->n > 0)
        qsort(s->hashes, s->n, HASH, compare);
    st = fc__grow_array(&s->runs, &s->runs_capacity, s->n_runs + 1, sizeof(*s->runs), err);
    if (st != FC_OK)
        return st;
    for (size_t i = 0; i < s->n_runs; i++) {
        s->runs[i].buffer = fc__alloc_array(RUN_BUFFER_HASHES, HASH);
        if (s->runs[i].buffer == NULL)
            return fc__nomem(err, RUN_BUFFER_HASHES * HASH, "a merge buffer");
    }
    s->runs[s->n_runs++] = (run){.buffer = s->hashes, .filled = s->n, .in_memory = true};
    for (size_t i = s->n_runs; i-- > 0;)
        if (peek(s, &s->runs[i]) == NULL)
            drop_run(s, i);
    for (size_t i = s->n_runs; i-- > 0;)
        sift_down(s, i);
    s->sorted = true;
    return fc__seen_status(s, err);
}

/* Take the least hash out of the merge. */
static void take(fc_seen *s)
{
    const uint8_t *least = peek(s, &s->runs[0]);

    if (s->has_last && compare(least, s->last) == 0)
        s->duplicates++;
    memcpy(s->last, least, HASH);
    s->has_last = true;
    s->runs[0].next++;
    if (peek(s, &s->runs[0]) == NULL)
        drop_run(s, 0);
    sift_down(s, 0);
}

bool fc__seen_has(fc_seen *s, const uint8_t hash[HASH])
{
    while (s->n_runs > 0 && compare(peek(s, &s->runs[0]), hash) <= 0)
        take(s);
    return s->status != FC_OK || (s->has_last && compare(s->last, hash) == 0);
}

fc_status fc__seen_status(const fc_seen *s, fc_error *err)
{
    if (s->status != FC_OK)
        return fc_error_set(err, s->status, "cannot read back a temporary file in %s", s->folder);
    return FC_OK;
}

uint64_t fc__seen_duplicates(const fc_seen *s)
{
    return s->duplicates;
}

void fc__seen_destroy(fc_seen *s)
{
    if (s == NULL)
        return;
    if (s->sorted)
        while (s->n_runs > 0)
            drop_run(s, 0);
    free(s->runs);
    free(s->hashes);
    free(s->folder);
    if (s->fd >= 0)
        close(s->fd);
    free(s);
}
