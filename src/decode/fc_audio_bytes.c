/*
 * Borrowed bytes as a file that libsndfile can read and seek in.
 */
#include <string.h>

#include "fc_audio_internal.h"

static sf_count_t total(const fc_audio_bytes *b)
{
    return (sf_count_t)b->prefix_n + b->n;
}

static sf_count_t get_length(void *user)
{
    return total(user);
}

static sf_count_t seek(sf_count_t offset, int whence, void *user)
{
    fc_audio_bytes *b = user;
    const sf_count_t base = whence == SEEK_SET ? 0 : whence == SEEK_CUR ? b->at : total(b);
    sf_count_t to;

    /* As a file would, but never outside of the bytes. */
    if (__builtin_add_overflow(base, offset, &to) || to < 0 || to > total(b))
        return -1;
    b->at = to;
    return to;
}

static sf_count_t get(void *to, sf_count_t count, void *user)
{
    fc_audio_bytes *b = user;
    const sf_count_t own = (sf_count_t)b->prefix_n;
    uint8_t *out = to;
    sf_count_t done = 0;

    while (done < count && b->at < total(b)) {
        const uint8_t *from = b->at < own ? b->prefix + b->at : b->bytes + (b->at - own);
        const sf_count_t left = (b->at < own ? own : total(b)) - b->at;
        const sf_count_t n = count - done < left ? count - done : left;

        memcpy(out + done, from, (size_t)n);
        b->at += n;
        done += n;
    }
    return done;
}

static sf_count_t refuse_put(const void *from, sf_count_t count, void *user)
{
    (void)from;
    (void)count;
    (void)user;
    return 0;
}

static sf_count_t tell(void *user)
{
    const fc_audio_bytes *b = user;

    return b->at;
}

SF_VIRTUAL_IO fc__audio_virtual_io(void)
{
    return (SF_VIRTUAL_IO){get_length, seek, get, refuse_put, tell};
}
