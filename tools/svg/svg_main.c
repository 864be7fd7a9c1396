/*
 * featcache-svg: arguments, the drawing from standard input, the reply to standard output. svg.h
 * says what both look like.
 */
#include "svg.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MAX_INPUT ((size_t)8 << 20)
#define MAX_SIDE  16384u

static bool number(const char *text, uint64_t min, uint64_t max, uint64_t *out)
{
    char *end;

    errno = 0;
    *out = strtoull(text, &end, 10);
    return text[0] >= '0' && text[0] <= '9' && *end == '\0' && errno == 0 && *out >= min &&
           *out <= max;
}

static bool read_order(int argc, char **argv, svg_order *order)
{
    uint64_t side, ground, max_pixels, ms, mib;

    if (argc != 6 || !number(argv[1], 1, MAX_SIDE, &side) || !number(argv[2], 0, 255, &ground) ||
        !number(argv[3], 1, UINT64_MAX, &max_pixels) || !number(argv[4], 1, 86400000, &ms) ||
        !number(argv[5], 1, 1 << 20, &mib))
        return false;
    *order = (svg_order){(uint32_t)side, (uint8_t)ground, max_pixels, (uint32_t)ms, (uint32_t)mib};
    return true;
}

/* All of standard input; NULL when that fails or is more than MAX_INPUT. */
static uint8_t *read_input(size_t *n)
{
    uint8_t *bytes = malloc(MAX_INPUT + 1);

    *n = 0;
    while (bytes != NULL && *n <= MAX_INPUT) {
        const ssize_t got = read(STDIN_FILENO, bytes + *n, MAX_INPUT + 1 - *n);

        if (got == 0)
            return bytes;
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            break;
        *n += (size_t)got;
    }
    free(bytes);
    return NULL;
}

static bool write_all(const void *bytes, size_t n)
{
    const char *at = bytes;

    while (n > 0) {
        const ssize_t done = write(STDOUT_FILENO, at, n);

        if (done < 0 && errno == EINTR)
            continue;
        if (done <= 0)
            return false;
        at += done;
        n -= (size_t)done;
    }
    return true;
}

static int reply(const char *line)
{
    write_all(line, strlen(line));
    write_all("\n", 1);
    return 1;
}

int main(int argc, char **argv)
{
    char problem[256] = "", head[64];
    uint32_t width = 0, height = 0;
    svg_order order;
    uint8_t *bytes, *pixels;
    size_t n;
    bool sent;

    if (!read_order(argc, argv, &order))
        return reply("usage featcache-svg SIDE GROUND MAX_PIXELS MILLISECONDS MEBIBYTES");
    svg_confine(&order);
    bytes = read_input(&n);
    if (bytes == NULL)
        return reply("usage the drawing cannot be read, or has more than 8 MiB");
    pixels = svg_draw(bytes, n, &order, &width, &height, problem);
    if (pixels == NULL)
        return reply(problem);
    snprintf(head, sizeof(head), "image %u %u\n", width, height);
    sent = write_all(head, strlen(head)) && write_all(pixels, (size_t)width * height * 3);
    _exit(sent ? 0 : 1); /* what librsvg's libraries would tidy up, the kernel does */
}
