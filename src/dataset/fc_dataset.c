/*
 * Opening a source, whatever kind it is, and what its kinds share: the sample that is handed out,
 * bad samples and how values are shown in messages.
 */
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "fc_alloc.h"
#include "fc_dataset_impl.h"
#include "fc_text.h"

#define SHOW_BYTES_MAX 80

const char *fc__show(char out[FC_SHOW_BYTES], const char *s, size_t n)
{
    size_t m = 0;

    for (size_t i = 0, used = 0; i < n; i += used) {
        char shown[FC_ESCAPE_MAX];
        const size_t k = fc__escape_terminal_next(s + i, n - i, &used, shown);

        if (m + k > SHOW_BYTES_MAX) {
            memcpy(out + m, "...", 3);
            m += 3;
            break;
        }
        memcpy(out + m, shown, k);
        m += k;
    }
    out[m] = '\0';
    return out;
}

void fc__sample_reset(fc_dataset_reader *r)
{
    fc__meta_clear(&r->meta);
    r->problem = (fc_error)FC_ERROR_INIT;
    r->sample = (fc_source_sample){.id = "", .group = "", .split = "", .meta = &r->meta};
}

/* An id that can be kept: valid UTF-8 by escaping, and not over the cap. */
static fc_status keep_id(fc_dataset_reader *r, const char *id, fc_error *err)
{
    fc_buf escaped = FC_BUF_INIT;
    size_t n = strlen(id);
    fc_status st;

    if (fc__utf8_valid_prefix(id, n) == n)
        st = fc_buf_append_text(&escaped, id, err);
    else
        st = fc__escape_terminal(&escaped, id, n, err);
    if (st == FC_OK) {
        n = escaped.size < FC_SAMPLE_ID_MAX ? escaped.size : FC_SAMPLE_ID_MAX;
        n = fc__utf8_valid_prefix((const char *)escaped.data, n); /* no half character */
        fc_buf_clear(&r->id);
        st = fc_buf_append(&r->id, escaped.data, n, err);
        if (st == FC_OK)
            st = fc_buf_append_u8(&r->id, 0, err);
    }
    fc_buf_dispose(&escaped);
    return st;
}

fc_status fc__sample_bad(fc_dataset_reader *r, fc_status status, const char *id, fc_error *err,
                         const char *fmt, ...)
{
    const unsigned long long line = r->sample.line;
    char line_id[32], what[FC_ERROR_MESSAGE_BYTES];
    size_t n;
    va_list args;
    fc_status st;

    va_start(args, fmt);
    vsnprintf(what, sizeof(what), fmt, args);
    va_end(args);
    if (id == NULL) {
        snprintf(line_id, sizeof(line_id), "line:%llu", line);
        id = line_id;
    }
    n = strlen(id);
    st = keep_id(r, id, err);
    if (st != FC_OK)
        return st;
    if (line != 0)
        fc_error_set(&r->problem, status, "%s:%llu: %s", r->source, line, what);
    else /* whoever shows a reason shows the id before it */
        fc_error_set(&r->problem, status, "%s",
                     strncmp(what, id, n) == 0 && strncmp(what + n, ": ", 2) == 0 ? what + n + 2
                                                                                  : what);
    r->sample.status = status;
    r->sample.problem = r->problem.message;
    r->sample.id = (const char *)r->id.data;
    return FC_OK;
}

/* ---- opening ---- */

/* The root folder `path`: its absolute name and a descriptor. */
static fc_status open_root(fc_dataset_reader *r, const char *path, fc_error *err)
{
    r->root = realpath(path, NULL);
    if (r->root == NULL)
        return fc__io_error(err, errno, "cannot open", path);
    r->root_fd = open(r->root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (r->root_fd < 0)
        return fc__io_error(err, errno, "cannot open the folder", path);
    return FC_OK;
}

/* The folder that the source, a file, is in. */
static fc_status open_parent(fc_dataset_reader *r, fc_error *err)
{
    char *folder = fc__strdup(r->source);
    fc_status st;

    if (folder == NULL)
        return fc__nomem(err, strlen(r->source), "a path");
    st = open_root(r, dirname(folder), err);
    free(folder);
    return st;
}

/* Past a byte order mark, where there is one. */
static fc_status skip_mark(fc_window *w, fc_error *err)
{
    fc_status st = FC_OK;

    while (st == FC_OK && fc__window_left(w) < 3 && !w->at_end)
        st = fc__window_more(w, err);
    if (st == FC_OK && fc__window_left(w) >= 3 && memcmp(fc__window_at(w), "\xEF\xBB\xBF", 3) == 0)
        fc__window_consume(w, 3);
    return st;
}

static fc_status open_manifest(fc_dataset_reader *r, bool csv, fc_error *err)
{
    fc_manifest *m;
    struct stat s;
    fc_status st;

    m = r->manifest = fc__alloc_array(1, sizeof(*m));
    if (m == NULL)
        return fc__nomem(err, sizeof(*m), "a manifest reader");
    m->folder_fd = -1;
    m->window = (fc_window){.fd = -1, .name = r->source, .line = 1};
    st = open_parent(r, err);
    if (st != FC_OK)
        return st;
    /* O_NONBLOCK: a FIFO is refused below instead of waited for. */
    m->window.fd = open(r->source, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    if (m->window.fd < 0 || fstat(m->window.fd, &s) != 0)
        return fc__io_error(err, errno, "cannot open", r->source);
    if (!S_ISREG(s.st_mode))
        return fc_error_set(err, FC_E_INVALID, "%s: a manifest must be a regular file", r->source);
    m->window.file_size = (uint64_t)s.st_size;
    st = skip_mark(&m->window, err);
    return st == FC_OK && csv ? fc__csv_open(&m->csv, &m->window, err) : st;
}

/* An archive or an array, by its bytes. */
static fc_status open_container(fc_dataset_reader *r, fc_error *err)
{
    uint8_t head[FC_SNIFF_BYTES];
    const char *base;
    fc_file_id file;
    fc_status st;
    ssize_t n;
    int fd = -1;

    st = open_parent(r, err);
    if (st != FC_OK)
        return st;
    base = strrchr(r->source, '/') != NULL ? strrchr(r->source, '/') + 1 : r->source;
    st = fc__open_beneath(r->root_fd, base, &fd, err);
    if (st != FC_OK)
        return st;
    n = pread(fd, head, sizeof(head), 0);
    switch (n > 0 ? fc__sniff_container(head, (size_t)n) : FC_CONTAINER_NONE) {
    case FC_CONTAINER_ZIP:
    case FC_CONTAINER_TAR:
    case FC_CONTAINER_COMPRESSED:
        st = fc__file_identify_fd(fd, base, &file, err);
        if (st == FC_OK) {
            st = fc__members_open(&r->members, fd, base, "", &file, err);
            fd = -1;
        }
        break;
    case FC_CONTAINER_NPY:
        st = fc__npy_rows_open(&r->rows, fd, base, err);
        break;
    case FC_CONTAINER_NONE:
        st = fc_error_set(err, FC_E_INVALID,
                          "%s is no source: wanted a folder, a manifest whose name ends in .csv "
                          "or .jsonl, a zip or tar archive, or a .npy",
                          r->source);
        break;
    }
    if (fd >= 0)
        close(fd);
    return st;
}

static fc_status open_source(fc_dataset_reader *r, fc_error *err)
{
    struct stat s;
    fc_status st;

    if (stat(r->source, &s) != 0)
        return fc__io_error(err, errno, "cannot open", r->source);
    if (S_ISDIR(s.st_mode)) {
        st = open_root(r, r->source, err);
        return st == FC_OK ? fc__walk_open(&r->walk, r->root_fd, r->source, err) : st;
    }
    if (fc__has_ending(r->source, "csv"))
        return open_manifest(r, true, err);
    if (fc__has_ending(r->source, "jsonl"))
        return open_manifest(r, false, err);
    if (S_ISREG(s.st_mode))
        return open_container(r, err);
    return fc_error_set(err, FC_E_INVALID, "%s is no source: neither a folder nor a regular file",
                        r->source);
}

fc_status fc__dataset_open(fc_dataset_reader **out, const char *source,
                           const fc_dataset_options *opts, fc_error *err)
{
    fc_dataset_reader *r = fc__alloc_array(1, sizeof(*r));
    fc_status st;

    *out = NULL;
    if (r == NULL)
        return fc__nomem(err, sizeof(*r), "a data-set reader");
    r->root_fd = -1;
    if (opts != NULL)
        r->archives = opts->archives;
    st = fc__group_rule_init(&r->group_rule, opts != NULL ? opts->group_pattern : NULL, err);
    if (st != FC_OK)
        goto failed;
    r->source = fc__strdup(source);
    if (r->source == NULL) {
        st = fc__nomem(err, strlen(source), "a path");
        goto failed;
    }
    st = open_source(r, err);
    if (st != FC_OK)
        goto failed;
    fc__sample_reset(r);
    *out = r;
    return FC_OK;

failed:
    fc__dataset_close(r);
    return st;
}

fc_status fc__dataset_next(fc_dataset_reader *r, const fc_source_sample **sample, fc_error *err)
{
    fc_status st;

    *sample = NULL;
    if (r->walk != NULL) {
        st = fc__walk_next(r, err);
    } else if (r->rows != NULL) {
        st = fc__npy_rows_next(r, err);
    } else if (r->members != NULL) {
        bool found = false;

        st = fc__members_next(r, r->members, &found, err);
        if (st == FC_OK && !found)
            st = FC_E_NOT_FOUND;
    } else if (r->manifest->csv != NULL) {
        st = fc__csv_next(r, err);
    } else {
        st = fc__jsonl_next(r, err);
    }
    if (st == FC_OK)
        *sample = &r->sample;
    return st;
}

void fc__dataset_set_known(fc_dataset_reader *r, const fc_known *known)
{
    r->known = *known;
}

uint64_t fc__dataset_vector_dim(const fc_dataset_reader *r)
{
    return r->rows != NULL ? fc__npy_rows_vector_dim(r->rows) : 0;
}

const char *fc__dataset_root(const fc_dataset_reader *r)
{
    return r->root;
}

int fc__dataset_root_fd(const fc_dataset_reader *r)
{
    return r->root_fd;
}

double fc__dataset_fraction(const fc_dataset_reader *r)
{
    const fc_window *w;

    if (r->walk != NULL)
        return fc__walk_fraction(r->walk);
    if (r->rows != NULL)
        return fc__npy_rows_fraction(r->rows);
    if (r->members != NULL)
        return fc__members_fraction(r->members);
    w = &r->manifest->window;
    /* A file that grows while it is read would count past its end. */
    if (w->consumed >= w->file_size)
        return 1.0;
    return (double)w->consumed / (double)w->file_size;
}

uint64_t fc__dataset_hidden(const fc_dataset_reader *r)
{
    return r->walk != NULL ? fc__walk_hidden(r->walk) : 0;
}

static void close_manifest(fc_manifest *m)
{
    if (m == NULL)
        return;
    fc__jsonl_forget(m);
    fc__csv_close(m->csv);
    if (m->folder_fd >= 0)
        close(m->folder_fd);
    fc_buf_dispose(&m->folder);
    fc_buf_dispose(&m->last_path);
    fc_buf_dispose(&m->window.bytes);
    if (m->window.fd >= 0)
        close(m->window.fd);
    free(m);
}

void fc__dataset_close(fc_dataset_reader *r)
{
    if (r == NULL)
        return;
    close_manifest(r->manifest);
    fc__walk_close(r->walk);
    fc__members_close(r->members);
    fc__npy_rows_close(r->rows);
    fc__group_rule_dispose(&r->group_rule);
    fc__meta_dispose(&r->meta);
    fc_buf_dispose(&r->group);
    fc_buf_dispose(&r->id);
    fc_buf_dispose(&r->path);
    if (r->root_fd >= 0)
        close(r->root_fd);
    free(r->root);
    free(r->source);
    free(r);
}
