/*
 * A window over the bytes of a manifest: what has been read and not yet consumed.
 */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "fc_dataset_impl.h"

#define READ_BYTES ((size_t)256 << 10)

char *fc__window_at(const fc_window *w)
{
    return (char *)w->bytes.data + w->start;
}

size_t fc__window_left(const fc_window *w)
{
    return w->bytes.size - w->start;
}

fc_status fc__window_more(fc_window *w, fc_error *err)
{
    fc_status st;
    ssize_t got;

    if (w->start > 0) {
        memmove(w->bytes.data, w->bytes.data + w->start, w->bytes.size - w->start);
        w->bytes.size -= w->start;
        w->start = 0;
    }
    /* One more than is read: room for a terminator. */
    st = fc_buf_reserve(&w->bytes, READ_BYTES + 1, err);
    if (st != FC_OK)
        return st;
    do
        got = read(w->fd, w->bytes.data + w->bytes.size, READ_BYTES);
    while (got < 0 && errno == EINTR);
    if (got < 0)
        return fc__io_error(err, errno, "cannot read", w->name);
    w->at_end = got == 0;
    w->bytes.size += (size_t)got;
    return FC_OK;
}

void fc__window_consume(fc_window *w, size_t n)
{
    const char *at = fc__window_at(w), *end = at + n;

    while (at < end && (at = memchr(at, '\n', (size_t)(end - at))) != NULL) {
        w->line++;
        at++;
    }
    w->start += n;
    w->consumed += n;
}

fc_status fc__window_line(fc_window *w, size_t *n, bool *too_long, fc_error *err)
{
    size_t seen = 0;

    *too_long = false;
    for (;;) {
        const size_t left = fc__window_left(w);
        const char *end = left > seen ? memchr(fc__window_at(w) + seen, '\n', left - seen) : NULL;
        fc_status st;

        if (end != NULL || w->at_end) {
            *n = end != NULL ? (size_t)(end - fc__window_at(w)) + 1 : left;
            return FC_OK;
        }
        seen = left;
        if (seen > FC_MANIFEST_LINE_MAX) {
            /* No use for its beginning: memory stays bounded. */
            *too_long = true;
            fc__window_consume(w, seen);
            seen = 0;
        }
        st = fc__window_more(w, err);
        if (st != FC_OK)
            return st;
    }
}
