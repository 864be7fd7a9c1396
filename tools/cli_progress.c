/*
 * The bar. Rate and time left come from the last 16 seconds, not from the start: a run that goes on
 * after a stop skips what is done at a hundred times the speed of the rest.
 */
#include "cli_progress.h"

#include <inttypes.h>
#include <stdarg.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#define REDRAW_S     0.2
#define LINE_EVERY_S 10.0
#define POINT_S      0.5
#define BAR_CELLS    24

enum { WHEN_AUTO, WHEN_ALWAYS, WHEN_NEVER };

static double now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

void cli_progress_begin(cli_progress *p, unsigned when)
{
    memset(p, 0, sizeof(*p));
    pthread_mutex_init(&p->lock, NULL);
    p->bar = when == WHEN_ALWAYS || (when == WHEN_AUTO && isatty(STDERR_FILENO));
    p->lines = when == WHEN_AUTO && !p->bar;
    /* What is over at once needs no bar; who asked for one sees the first state. */
    p->next = now() + (when == WHEN_ALWAYS ? 0 : p->bar ? 2 * REDRAW_S : LINE_EVERY_S);
    p->watch.progress = cli_progress_watch;
    p->watch.cancelled = cli_stopped;
    p->watch.context = p;
}

static void erase(cli_progress *p)
{
    if (p->drawn)
        fputs("\r\033[K", stderr);
    p->drawn = false;
}

/* Keep points half a second apart, the oldest given up; a new phase starts anew. */
static void add_point(cli_progress *p, const cli_progress_state *s, double at)
{
    if (strncmp(p->what, s->what, sizeof(p->what) - 1) != 0) {
        snprintf(p->what, sizeof(p->what), "%s", s->what);
        p->n_points = 0;
    }
    if (p->n_points > 0 && at - p->points[p->n_points - 1].at < POINT_S)
        return;
    if (p->n_points == CLI_PROGRESS_POINTS) {
        memmove(p->points, p->points + 1, sizeof(p->points) - sizeof(p->points[0]));
        p->n_points--;
    }
    p->points[p->n_points++] = (cli_progress_point){at, s->fraction, s->done};
}

/* "12345 samples, 530/s, 1 min 20 s left, 2 failed" */
static void describe(const cli_progress *p, const cli_progress_state *s, double at, char *out,
                     size_t room)
{
    const cli_progress_point *first = &p->points[0];
    const double span = at - first->at;
    char words[CLI_WORD_BYTES];
    size_t n = 0;

    out[0] = '\0';
    if (s->unit != NULL) {
        n += (size_t)snprintf(out + n, room - n, "  %" PRIu64 " %s", s->done, s->unit);
        if (span >= POINT_S && s->done > first->done)
            n += (size_t)snprintf(out + n, room - n, "  %.0f/s",
                                  (double)(s->done - first->done) / span);
    }
    if (span >= POINT_S && first->fraction >= 0 && s->fraction > first->fraction) {
        const double left = (1 - s->fraction) * span / (s->fraction - first->fraction);

        /* An estimate has no hundredths. */
        if (left < 60)
            snprintf(words, sizeof(words), "%.0f s", left);
        n += (size_t)snprintf(out + n, room - n, "  %s left",
                              left < 60 ? words : cli_seconds(left, words));
    }
    if (s->failed > 0)
        snprintf(out + n, room - n, "  %" PRIu64 " failed", s->failed);
}

static int columns(void)
{
    struct winsize size;

    return ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 20 ? size.ws_col : 80;
}

/* The bar takes the room that the words leave: at most 24 cells, none where six do not fit. */
static void draw_bar(cli_progress *p, const cli_progress_state *s, const char *words)
{
    static const char full[] = "########################";
    static const char empty[] = "........................";
    const int width = columns() - 1; /* a line that wraps could not be erased */
    char line[320];
    char percent[16] = "";
    char bar[2 * BAR_CELLS + 8] = "";
    int cells;

    erase(p);
    if (s->fraction >= 0)
        snprintf(percent, sizeof(percent), " %3.0f%%", s->fraction * 100);
    cells = width - (int)(strlen(p->what) + strlen(percent) + strlen(words)) - 3;
    cells = cells > BAR_CELLS ? BAR_CELLS : cells;
    if (s->fraction >= 0 && cells >= BAR_CELLS / 4) {
        const int done = (int)(s->fraction * cells);

        snprintf(bar, sizeof(bar), " [%.*s%.*s]", done, full, cells - done, empty);
    }
    snprintf(line, sizeof(line), "%s%s%s%s", p->what, bar, percent, words);
    fprintf(stderr, "%.*s", width, line);
    fflush(stderr);
    p->drawn = true;
}

static void print_line(const cli_progress *p, const cli_progress_state *s, const char *words)
{
    if (s->fraction < 0)
        cli_message("%s%s", p->what, words);
    else
        cli_message("%s %.0f%%%s", p->what, s->fraction * 100, words);
}

void cli_progress_update(cli_progress *p, const cli_progress_state *given)
{
    const double at = now();
    cli_progress_state s = *given;
    char words[160];

    if (!p->bar && !p->lines)
        return;
    s.fraction = s.fraction > 1 ? 1 : s.fraction;
    pthread_mutex_lock(&p->lock);
    add_point(p, &s, at);
    if (at >= p->next) {
        p->next = at + (p->bar ? REDRAW_S : LINE_EVERY_S);
        describe(p, &s, at, words, sizeof(words));
        if (p->bar)
            draw_bar(p, &s, words);
        else
            print_line(p, &s, words);
    }
    pthread_mutex_unlock(&p->lock);
}

void cli_progress_message(cli_progress *p, const char *fmt, ...)
{
    char text[2 * FC_ERROR_MESSAGE_BYTES];
    va_list args;

    va_start(args, fmt);
    vsnprintf(text, sizeof(text), fmt, args);
    va_end(args);
    pthread_mutex_lock(&p->lock);
    erase(p);
    cli_message("%s", text);
    pthread_mutex_unlock(&p->lock);
}

void cli_progress_hide(cli_progress *p)
{
    pthread_mutex_lock(&p->lock);
    erase(p);
    pthread_mutex_unlock(&p->lock);
}

void cli_progress_end(cli_progress *p)
{
    pthread_mutex_lock(&p->lock);
    erase(p);
    p->bar = p->lines = false;
    pthread_mutex_unlock(&p->lock);
    pthread_mutex_destroy(&p->lock);
}

void cli_progress_watch(void *context, const char *what, uint64_t done, uint64_t total)
{
    const cli_progress_state s = {
        .what = what, .fraction = total > 0 ? (double)done / (double)total : -1, .done = done};

    cli_progress_update(context, &s);
}
