/*
 * Words for people: text from outside made safe for a terminal, and sizes, times and shapes.
 * Ids, metadata and file names may hold escape sequences; none of them reaches the terminal.
 */
#include <inttypes.h>
#include <math.h>
#include <string.h>
#include <time.h>

#include "cli.h"

#define SHOWN_MAX 16

size_t cli_next_character(const char *text, uint32_t *cp)
{
    const unsigned char *s = (const unsigned char *)text;
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    size_t n;

    if (s[0] < 0x80) {
        *cp = s[0];
        return 1;
    }
    n = s[0] >= 0xF0 ? 4 : s[0] >= 0xE0 ? 3 : 2;
    *cp = n == 4 ? s[0] & 0x07u : n == 3 ? s[0] & 0x0Fu : s[0] & 0x1Fu;
    for (size_t i = 1; i < n; i++) {
        if ((s[i] & 0xC0u) != 0x80u) { /* the end of the string, too */
            *cp = UINT32_MAX;
            return 1;
        }
        *cp = *cp << 6 | (s[i] & 0x3Fu);
    }
    if (s[0] < 0xC2 || s[0] > 0xF4 || *cp < least[n] || *cp > 0x10FFFF ||
        (*cp >= 0xD800 && *cp < 0xE000)) {
        *cp = UINT32_MAX;
        return 1;
    }
    return n;
}

/* Controls, marks that turn the direction of text, and what a terminal lays out in its own way. */
static bool is_unsafe(uint32_t cp)
{
    return (cp >= 0x7F && cp < 0xA0) || cp == 0x061C || cp == 0x200E || cp == 0x200F ||
           (cp >= 0x2028 && cp <= 0x202E) || (cp >= 0x2066 && cp <= 0x2069) || cp == 0xFEFF ||
           (cp >= 0xFFF9 && cp <= 0xFFFB);
}

/* How the character at @s is shown; *used: its bytes. @return its width. */
static int show(const char *s, size_t *used, char out[SHOWN_MAX])
{
    uint32_t cp;

    *used = cli_next_character(s, &cp);
    if (cp == UINT32_MAX || cp < 0x20 || cp == 0x7F)
        return snprintf(out, SHOWN_MAX, "\\x%02X", (unsigned)(unsigned char)s[0]);
    if (is_unsafe(cp))
        return snprintf(out, SHOWN_MAX, "\\u{%X}", (unsigned)cp);
    memcpy(out, s, *used);
    out[*used] = '\0';
    return 1;
}

void cli_put_text_n(FILE *to, const char *s, size_t n)
{
    char shown[SHOWN_MAX];

    for (size_t i = 0, used; i < n && s[i] != '\0'; i += used) {
        show(s + i, &used, shown);
        fputs(shown, to);
    }
}

void cli_put_text(FILE *to, const char *s)
{
    cli_put_text_n(to, s, SIZE_MAX);
}

int cli_text_width(const char *s)
{
    char shown[SHOWN_MAX];
    int width = 0;

    for (size_t used; *s != '\0'; s += used)
        width += show(s, &used, shown);
    return width;
}

void cli_put_padded(FILE *to, const char *s, int width)
{
    const int missing = (width < 0 ? -width : width) - cli_text_width(s);

    if (width < 0 && missing > 0)
        fprintf(to, "%*s", missing, "");
    cli_put_text(to, s);
    if (width > 0 && missing > 0)
        fprintf(to, "%*s", missing, "");
}

const char *cli_times(uint64_t raw, uint64_t stored, char out[CLI_WORD_BYTES])
{
    const bool smaller = raw >= stored;

    snprintf(out, CLI_WORD_BYTES, "%.2f times %s",
             smaller ? (double)raw / (double)stored : (double)stored / (double)raw,
             smaller ? "smaller" : "larger");
    return out;
}

const char *cli_bytes(uint64_t bytes, char out[CLI_WORD_BYTES])
{
    static const char *const units[] = {"B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
    double value = (double)bytes;
    size_t u = 0;

    while (value >= 1024 && u + 1 < sizeof(units) / sizeof(units[0])) {
        value /= 1024;
        u++;
    }
    if (u == 0 || value == floor(value))
        snprintf(out, CLI_WORD_BYTES, "%.0f %s", value, units[u]);
    else
        snprintf(out, CLI_WORD_BYTES, "%.*f %s", value < 10 ? 2 : 1, value, units[u]);
    return out;
}

const char *cli_seconds(double seconds, char out[CLI_WORD_BYTES])
{
    const uint64_t whole = seconds < 1e12 ? (uint64_t)(seconds + 0.5) : 0;

    if (seconds < 10)
        snprintf(out, CLI_WORD_BYTES, "%.2f s", seconds);
    else if (whole < 60)
        snprintf(out, CLI_WORD_BYTES, "%" PRIu64 " s", whole);
    else if (whole < 3600)
        snprintf(out, CLI_WORD_BYTES, "%" PRIu64 " min %" PRIu64 " s", whole / 60, whole % 60);
    else
        snprintf(out, CLI_WORD_BYTES, "%" PRIu64 " h %" PRIu64 " min", whole / 3600,
                 whole / 60 % 60);
    return out;
}

const char *cli_time(int64_t ns, char out[CLI_WORD_BYTES])
{
    const time_t t = (time_t)(ns / 1000000000);
    struct tm tm;

    out[0] = '\0';
    if (ns != 0 && gmtime_r(&t, &tm) != NULL)
        strftime(out, CLI_WORD_BYTES, "%Y-%m-%dT%H:%M:%SZ", &tm);
    return out;
}

const char *cli_shape(const fc_output_info *output, char out[CLI_WORD_BYTES])
{
    size_t n = 0;

    out[0] = '\0';
    for (uint32_t a = 0; a < output->rank && a < FC_MAX_RANK && n < CLI_WORD_BYTES; a++) {
        const char *times = a > 0 ? "x" : "";

        if (a == 0 && output->shape[0] == 0)
            n += (size_t)snprintf(out + n, CLI_WORD_BYTES - n, "T");
        else
            n += (size_t)snprintf(out + n, CLI_WORD_BYTES - n, "%s%" PRIu64, times,
                                  output->shape[a]);
    }
    return out;
}
