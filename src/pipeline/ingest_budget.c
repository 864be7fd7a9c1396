/*
 * A counter under a lock, and the headers of images that tell what decoding will take.
 */
#include "ingest_budget.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "fc_alloc.h"
#include "fc_bytes.h"

#define PIXEL_BYTES       4u                   /* three channels, and the resampling's rows */
#define PROGRESSIVE_BYTES 10u                  /* three coefficients of two bytes beside that */
#define LOSSLESS_BYTES    8u                   /* libwebp holds such a picture a second time */
#define INFLATED_MAX      (UINT64_C(16) << 20) /* of a PNG at once (fc_png_inflate.c) */
#define TEXT_FACTOR       3u /* a text: folded, and its words; a mesh or an array: as floats */
#define STREAM_BYTES      (UINT64_C(1) << 20) /* a sound is decoded piece by piece */
#define HEAD_BYTES        32
#define JPEG_SEGMENTS_MAX 4096

struct fc_budget {
    pthread_mutex_t lock;
    pthread_cond_t given;
    uint64_t total, taken;
};

fc_status fc__budget_create(fc_budget **out, uint64_t bytes, fc_error *err)
{
    fc_budget *b = calloc(1, sizeof(*b));

    *out = b;
    if (b == NULL)
        return fc__nomem(err, sizeof(*b), "a budget");
    pthread_mutex_init(&b->lock, NULL);
    pthread_cond_init(&b->given, NULL);
    b->total = bytes;
    return FC_OK;
}

void fc__budget_destroy(fc_budget *b)
{
    if (b == NULL)
        return;
    pthread_cond_destroy(&b->given);
    pthread_mutex_destroy(&b->lock);
    free(b);
}

uint64_t fc__budget_total(const fc_budget *b)
{
    return b->total;
}

void fc__budget_take(fc_budget *b, uint64_t bytes)
{
    pthread_mutex_lock(&b->lock);
    while (b->taken + bytes > b->total && b->taken > 0)
        pthread_cond_wait(&b->given, &b->lock);
    b->taken += bytes;
    pthread_mutex_unlock(&b->lock);
}

bool fc__budget_try(fc_budget *b, uint64_t bytes)
{
    bool free_now;

    pthread_mutex_lock(&b->lock);
    free_now = bytes <= b->total - (b->taken < b->total ? b->taken : b->total);
    b->taken += free_now ? bytes : 0;
    pthread_mutex_unlock(&b->lock);
    return free_now;
}

void fc__budget_give(fc_budget *b, uint64_t bytes)
{
    pthread_mutex_lock(&b->lock);
    b->taken -= bytes;
    pthread_cond_broadcast(&b->given);
    pthread_mutex_unlock(&b->lock);
}

static uint64_t be(const uint8_t *at, size_t n)
{
    uint64_t v = 0;

    for (size_t i = 0; i < n; i++)
        v = v << 8 | at[i];
    return v;
}

/* Where the first bytes are: a file, or memory. */
typedef struct source {
    int fd; /* -1: memory */
    const uint8_t *head;
    size_t n;
    uint64_t max_pixels;
} source;

/* What the pixels take; nothing where they are more than the decoder will have. */
static uint64_t pixels_cost(const source *s, uint64_t width, uint64_t height, uint64_t each)
{
    uint64_t pixels;

    return __builtin_mul_overflow(width, height, &pixels) || pixels > s->max_pixels ? 0
                                                                                    : pixels * each;
}

static bool read_at(const source *s, uint64_t at, uint8_t *out, size_t n)
{
    if (s->fd >= 0)
        return pread(s->fd, out, n, (off_t)at) == (ssize_t)n;
    if (at > s->n || n > s->n - at)
        return false;
    memcpy(out, s->head + at, n);
    return true;
}

/* Segment by segment to the frame header, wherever metadata pushes it. */
static uint64_t jpeg_cost(const source *s)
{
    uint64_t at = 2;
    uint8_t head[9];

    for (int i = 0; i < JPEG_SEGMENTS_MAX && read_at(s, at, head, 4) && head[0] == 0xff; i++) {
        const uint8_t marker = head[1];

        if (marker == 0xff) { /* fill */
            at++;
        } else if (marker >= 0xc0 && marker <= 0xcf && marker != 0xc4 && marker != 0xc8 &&
                   marker != 0xcc) {
            const bool progressive = (marker & 3u) == 2;

            if (!read_at(s, at, head, 9))
                return 0;
            return pixels_cost(s, be(head + 7, 2), be(head + 5, 2),
                               progressive ? PROGRESSIVE_BYTES : PIXEL_BYTES);
        } else {
            at += 2 + be(head + 2, 2);
        }
    }
    return 0;
}

/* The first chunk says the size in one of three ways. */
static uint64_t webp_cost(const source *s, const uint8_t *head)
{
    const uint32_t packed = fc_get_le32(head + 21);

    if (memcmp(head + 12, "VP8X", 4) == 0) /* what is in it comes later */
        return pixels_cost(s, (fc_get_le32(head + 24) & 0xffffff) + 1,
                           (fc_get_le32(head + 26) >> 8) + 1, LOSSLESS_BYTES);
    if (memcmp(head + 12, "VP8L", 4) == 0)
        return pixels_cost(s, (packed & 0x3fff) + 1, ((packed >> 14) & 0x3fff) + 1, LOSSLESS_BYTES);
    return pixels_cost(s, fc_get_le16(head + 26) & 0x3fff, fc_get_le16(head + 28) & 0x3fff,
                       PIXEL_BYTES);
}

static bool is_sound(const uint8_t *head)
{
    return (memcmp(head, "RIFF", 4) == 0 && memcmp(head + 8, "WAVE", 4) == 0) ||
           memcmp(head, "fLaC", 4) == 0 || memcmp(head, "OggS", 4) == 0 ||
           memcmp(head, "ID3", 3) == 0 || (head[0] == 0xff && (head[1] & 0xe6u) == 0xe2);
}

static bool is_png(const uint8_t *head)
{
    static const uint8_t png[8] = {0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n'};

    return memcmp(head, png, sizeof(png)) == 0;
}

/* Of a picture that is no SVG; 0 of anything else. */
static uint64_t picture_cost(const source *s, const uint8_t *head)
{
    if (is_png(head))
        return pixels_cost(s, be(head + 16, 4), be(head + 20, 4), PIXEL_BYTES);
    if (head[0] == 0xff && head[1] == 0xd8)
        return jpeg_cost(s);
    if (memcmp(head, "RIFF", 4) == 0 && memcmp(head + 8, "WEBP", 4) == 0)
        return webp_cost(s, head);
    return 0;
}

static bool is_picture(const uint8_t *head)
{
    return (head[0] == 0xff && head[1] == 0xd8) ||
           (memcmp(head, "RIFF", 4) == 0 && memcmp(head + 8, "WEBP", 4) == 0);
}

static uint64_t cost_of(const source *s, uint64_t size, uint64_t *pixels)
{
    uint8_t head[HEAD_BYTES] = {0};

    (void)read_at(s, 0, head, size < sizeof(head) ? (size_t)size : sizeof(head));
    *pixels = picture_cost(s, head);
    if (is_png(head)) /* its data joined, and inflated */
        return 2 * size + *pixels + (*pixels < INFLATED_MAX ? *pixels : INFLATED_MAX);
    if (is_picture(head))
        return size + *pixels;
    return size + (is_sound(head) ? STREAM_BYTES : TEXT_FACTOR * size);
}

uint64_t fc__file_cost(int fd, uint64_t size, uint64_t max_pixels, uint64_t *pixels)
{
    const source s = {.fd = fd, .max_pixels = max_pixels};

    return cost_of(&s, size, pixels);
}

uint64_t fc__bytes_cost(const uint8_t *head, size_t n, uint64_t size, uint64_t max_pixels,
                        uint64_t *pixels)
{
    const source s = {.fd = -1, .head = head, .n = n, .max_pixels = max_pixels};

    return cost_of(&s, size, pixels);
}
