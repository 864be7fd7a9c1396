/*
 * Curves, dots and histograms.
 */
#include "fc_page_plot.h"

#include <math.h>

#include "fc_plot_axes.h"

#define BINS_DEFAULT 40u
#define BINS_MAX     200u

static size_t at_most(size_t n)
{
    return n < FC_PLOT_SERIES_MAX ? n : FC_PLOT_SERIES_MAX;
}

static fc_plot_axes axes_of(const fc_plot_frame *frame, const fc_plot_series *series, size_t n)
{
    fc_plot_range x = FC_PLOT_RANGE_EMPTY, y = FC_PLOT_RANGE_EMPTY;

    for (size_t s = 0; s < n; s++)
        for (size_t i = 0; i < series[s].n; i++) {
            if (!isfinite(series[s].x[i]) || !isfinite(series[s].y[i]))
                continue;
            fc__plot_range_add(&x, series[s].x[i]);
            fc__plot_range_add(&y, series[s].y[i]);
            if (series[s].low != NULL) {
                fc__plot_range_add(&y, series[s].low[i]);
                fc__plot_range_add(&y, series[s].high[i]);
            }
        }
    return (fc_plot_axes){fc__plot_range_of(frame->x_low, frame->x_high, x),
                          fc__plot_range_of(frame->y_low, frame->y_high, y)};
}

static void close_series(fc_page *p, const fc_plot_frame *frame, const fc_plot_series *series,
                         size_t n)
{
    const char *names[FC_PLOT_SERIES_MAX];

    for (size_t i = 0; i < n; i++)
        names[i] = series[i].name;
    fc__plot_close(p, frame, names, n);
}

/* Forth along one edge of the band, back along the other. */
static void put_band(fc_page *p, const fc_plot_axes *a, const fc_plot_series *s, size_t number)
{
    bool any = false;

    if (s->low == NULL || s->high == NULL)
        return;
    for (size_t i = 0; i < 2 * s->n; i++) {
        const size_t at = i < s->n ? i : 2 * s->n - 1 - i;
        const double y = i < s->n ? s->low[at] : s->high[at];

        if (!isfinite(s->x[at]) || !isfinite(s->low[at]) || !isfinite(s->high[at]))
            continue;
        if (!any)
            fc__plot_put(p, "<path class=\"band s%zu\" d=\"", number);
        fc__plot_put(p, "%c%.1f %.1f", any ? 'L' : 'M', fc__plot_x(a, s->x[at]), fc__plot_y(a, y));
        any = true;
    }
    if (any)
        fc__page_put(p, "Z\"/>");
}

static void put_line(fc_page *p, const fc_plot_axes *a, const fc_plot_series *s, size_t number)
{
    bool drawing = false; /* a gap where a value is not finite */

    fc__plot_put(p, "<path class=\"line s%zu\"%s d=\"", number,
                 s->dashed ? " stroke-dasharray=\"5 4\"" : "");
    for (size_t i = 0; i < s->n; i++) {
        const bool there = isfinite(s->x[i]) && isfinite(s->y[i]);

        if (there)
            fc__plot_put(p, "%c%.1f %.1f", drawing ? 'L' : 'M', fc__plot_x(a, s->x[i]),
                         fc__plot_y(a, s->y[i]));
        drawing = there;
    }
    fc__page_put(p, "\"/>");
}

void fc__page_curves(fc_page *p, const fc_plot_frame *frame, const fc_plot_series *series,
                     size_t n_series)
{
    const size_t n = at_most(n_series);
    const fc_plot_axes a = axes_of(frame, series, n);

    fc__plot_open(p, frame, &a);
    for (size_t i = 0; i < n; i++)
        put_band(p, &a, &series[i], i);
    for (size_t i = 0; i < n; i++)
        put_line(p, &a, &series[i], i);
    close_series(p, frame, series, n);
}

void fc__page_scatter(fc_page *p, const fc_plot_frame *frame, const fc_plot_series *series,
                      size_t n_series)
{
    const size_t n = at_most(n_series);
    const fc_plot_axes a = axes_of(frame, series, n);

    fc__plot_open(p, frame, &a);
    for (size_t s = 0; s < n; s++) {
        const size_t step = (series[s].n + FC_PLOT_DOTS_MAX - 1) / FC_PLOT_DOTS_MAX;

        fc__plot_put(p, "<g class=\"dots s%zu\">", s);
        for (size_t i = 0; i < series[s].n; i += step)
            if (isfinite(series[s].x[i]) && isfinite(series[s].y[i]))
                fc__plot_put(p, "<circle cx=\"%.1f\" cy=\"%.1f\" r=\"2\"/>",
                             fc__plot_x(&a, series[s].x[i]), fc__plot_y(&a, series[s].y[i]));
        fc__page_put(p, "</g>");
    }
    close_series(p, frame, series, n);
}

/* Shares of the values in each bin. */
static void count_bins(const fc_plot_values *of, fc_plot_range x, uint32_t bins, double *shares)
{
    size_t n = 0;

    for (uint32_t b = 0; b < bins; b++)
        shares[b] = 0;
    for (size_t i = 0; i < of->n; i++) {
        const double share = ((double)of->values[i] - x.low) / (x.high - x.low);

        if (!isfinite(of->values[i]))
            continue;
        n++;
        shares[share <= 0 ? 0 : share >= 1 ? bins - 1 : (uint32_t)(share * bins)] += 1.0;
    }
    for (uint32_t b = 0; b < bins && n > 0; b++)
        shares[b] /= (double)n;
}

static void put_steps(fc_page *p, const fc_plot_axes *a, const double *shares, uint32_t bins,
                      size_t number)
{
    const double width = (a->x.high - a->x.low) / bins;

    fc__plot_put(p, "<path class=\"steps s%zu\" d=\"M%.1f %.1f", number, fc__plot_x(a, a->x.low),
                 fc__plot_y(a, 0));
    for (uint32_t b = 0; b < bins; b++)
        fc__plot_put(p, "V%.1fH%.1f", fc__plot_y(a, shares[b]),
                     fc__plot_x(a, a->x.low + (b + 1) * width));
    fc__plot_put(p, "V%.1fZ\"/>", fc__plot_y(a, 0));
}

void fc__page_histogram(fc_page *p, const fc_plot_frame *frame, const fc_plot_values *of,
                        size_t n_sets, uint32_t wanted)
{
    double shares[FC_PLOT_SERIES_MAX][BINS_MAX];
    const uint32_t bins = wanted == 0 ? BINS_DEFAULT : wanted < BINS_MAX ? wanted : BINS_MAX;
    const size_t n = at_most(n_sets);
    fc_plot_range x = FC_PLOT_RANGE_EMPTY, y = {0, 0};
    const char *names[FC_PLOT_SERIES_MAX];
    fc_plot_axes a;

    for (size_t s = 0; s < n; s++)
        for (size_t i = 0; i < of[s].n; i++)
            fc__plot_range_add(&x, (double)of[s].values[i]);
    a.x = fc__plot_range_of(frame->x_low, frame->x_high, x);
    for (size_t s = 0; s < n; s++) {
        names[s] = of[s].name;
        count_bins(&of[s], a.x, bins, shares[s]);
        for (uint32_t b = 0; b < bins; b++)
            fc__plot_range_add(&y, shares[s][b]);
    }
    a.y = fc__plot_range_of(frame->y_low, frame->y_high, y);
    a.y.low = 0;
    fc__plot_open(p, frame, &a);
    for (size_t s = 0; s < n; s++)
        put_steps(p, &a, shares[s], bins, s);
    fc__plot_close(p, frame, names, n);
}
