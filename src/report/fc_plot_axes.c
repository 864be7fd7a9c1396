/*
 * Ranges, round marks, the frame and the key of a figure.
 */
#include "fc_plot_axes.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>

#define MARKS_MAX 12 /* of an axis, whatever rounding does */

void fc__plot_put(fc_page *p, const char *fmt, ...)
{
    char text[512];
    va_list args;

    va_start(args, fmt);
    (void)vsnprintf(text, sizeof(text), fmt, args);
    va_end(args);
    fc__page_put(p, text);
}

void fc__plot_range_add(fc_plot_range *r, double x)
{
    if (!isfinite(x))
        return;
    r->low = fmin(r->low, x);
    r->high = fmax(r->high, x);
}

fc_plot_range fc__plot_range_of(double given_low, double given_high, fc_plot_range seen)
{
    if (given_low < given_high)
        return (fc_plot_range){given_low, given_high};
    if (!(seen.low <= seen.high))
        return (fc_plot_range){0, 1};
    if (!(seen.high - seen.low > 1e-12 * fmax(fabs(seen.low), fabs(seen.high))))
        return (fc_plot_range){seen.low - 0.5, seen.high + 0.5};
    return seen;
}

double fc__plot_step(fc_plot_range r, unsigned n)
{
    const double rough = (r.high - r.low) / n;
    const double power = pow(10.0, floor(log10(rough)));
    const double share = rough / power;

    return power * (share < 1.5 ? 1 : share < 3.5 ? 2 : share < 7.5 ? 5 : 10);
}

static double place(fc_plot_range r, double x)
{
    const double share = (x - r.low) / (r.high - r.low);

    return share < 0 ? 0 : share > 1 ? 1 : share;
}

double fc__plot_x(const fc_plot_axes *a, double x)
{
    return FC_PLOT_LEFT + place(a->x, x) * (FC_PLOT_WIDTH - FC_PLOT_LEFT - FC_PLOT_RIGHT);
}

double fc__plot_y(const fc_plot_axes *a, double y)
{
    return FC_PLOT_HEIGHT - FC_PLOT_BOTTOM -
           place(a->y, y) * (FC_PLOT_HEIGHT - FC_PLOT_BOTTOM - FC_PLOT_TOP);
}

/* A mark at 0 comes out as a rounding error of the steps before it. */
static double cleaned(double mark, double step)
{
    return fabs(mark) < 1e-9 * step ? 0 : mark;
}

static void put_marks(fc_page *p, const fc_plot_axes *a)
{
    const double dx = fc__plot_step(a->x, 6), dy = fc__plot_step(a->y, 4);
    unsigned n = 0;

    for (double x = ceil(a->x.low / dx - 1e-9) * dx; x <= a->x.high + dx * 1e-9 && n < MARKS_MAX;
         x += dx, n++)
        fc__plot_put(p, "<text x=\"%.1f\" y=\"%d\" text-anchor=\"middle\">%.4g</text>",
                     fc__plot_x(a, x), FC_PLOT_HEIGHT - FC_PLOT_BOTTOM + 14, cleaned(x, dx));
    n = 0;
    for (double y = ceil(a->y.low / dy - 1e-9) * dy; y <= a->y.high + dy * 1e-9 && n < MARKS_MAX;
         y += dy, n++)
        fc__plot_put(p,
                     "<path class=\"g\" d=\"M%d %.1fH%d\"/>"
                     "<text x=\"%d\" y=\"%.1f\" text-anchor=\"end\">%.4g</text>",
                     FC_PLOT_LEFT, fc__plot_y(a, y), FC_PLOT_WIDTH - FC_PLOT_RIGHT,
                     FC_PLOT_LEFT - 6, fc__plot_y(a, y) + 4, cleaned(y, dy));
}

static void put_label(fc_page *p, const char *place_of, const char *label)
{
    if (label == NULL)
        return;
    fc__page_put(p, place_of);
    fc__page_put_text(p, label);
    fc__page_put(p, "</text>");
}

void fc__plot_open(fc_page *p, const fc_plot_frame *frame, const fc_plot_axes *a)
{
    char at[96];

    fc__page_put(p, "<figure class=\"plot\"><b>");
    fc__page_put_text(p, frame->title);
    fc__plot_put(p, "</b><svg class=\"plot\" viewBox=\"0 0 %d %d\" role=\"img\"><title>",
                 FC_PLOT_WIDTH, FC_PLOT_HEIGHT);
    fc__page_put_text(p, frame->title);
    fc__page_put(p, "</title>");
    put_marks(p, a);
    fc__plot_put(p, "<path class=\"a\" d=\"M%d %dV%dH%d\"/>", FC_PLOT_LEFT, FC_PLOT_TOP,
                 FC_PLOT_HEIGHT - FC_PLOT_BOTTOM, FC_PLOT_WIDTH - FC_PLOT_RIGHT);
    (void)snprintf(at, sizeof(at), "<text x=\"%d\" y=\"%d\" text-anchor=\"middle\">",
                   (FC_PLOT_LEFT + FC_PLOT_WIDTH - FC_PLOT_RIGHT) / 2, FC_PLOT_HEIGHT - 8);
    put_label(p, at, frame->x_label);
    (void)snprintf(at, sizeof(at),
                   "<text transform=\"translate(12 %d) rotate(-90)\" text-anchor=\"middle\">",
                   (FC_PLOT_TOP + FC_PLOT_HEIGHT - FC_PLOT_BOTTOM) / 2);
    put_label(p, at, frame->y_label);
}

void fc__plot_close(fc_page *p, const fc_plot_frame *frame, const char *const *names, size_t n)
{
    fc__page_put(p, "</svg><div class=\"key\">");
    for (size_t i = 0; i < n; i++) {
        if (names[i] == NULL)
            continue;
        fc__plot_put(p, "<span><i class=\"s%zu\"></i>", i);
        fc__page_put_text(p, names[i]);
        fc__page_put(p, "</span> ");
    }
    fc__page_put(p, "</div>");
    if (frame->caption != NULL) {
        fc__page_put(p, "<figcaption class=\"note\">");
        fc__page_put_text(p, frame->caption);
        fc__page_put(p, "</figcaption>");
    }
    fc__page_put(p, "</figure>\n");
}
