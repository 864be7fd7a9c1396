/*
 * The frame of a figure: what of the data lies where, its axes with round numbers, its key. Not for
 * other folders.
 */
#ifndef FC_PLOT_AXES_H
#define FC_PLOT_AXES_H

#include "fc_page_plot.h"

/* Of the drawing, in units of the SVG. */
#define FC_PLOT_WIDTH  640
#define FC_PLOT_HEIGHT 260
#define FC_PLOT_LEFT   56
#define FC_PLOT_RIGHT  12
#define FC_PLOT_TOP    10
#define FC_PLOT_BOTTOM 40

typedef struct fc_plot_range {
    double low, high;
} fc_plot_range;

/* Nothing yet; then one value more, where it is finite. */
#define FC_PLOT_RANGE_EMPTY \
    {                       \
        INFINITY, -INFINITY \
    }
void fc__plot_range_add(fc_plot_range *r, double x);
/* `given` where its ends differ, else `seen`, made wide enough to divide by. */
fc_plot_range fc__plot_range_of(double given_low, double given_high, fc_plot_range seen);

/* Distance of about n round marks over a range: 1, 2 or 5 times a power of ten (Heckbert 1990). */
double fc__plot_step(fc_plot_range r, unsigned n);

typedef struct fc_plot_axes {
    fc_plot_range x, y;
} fc_plot_axes;

double fc__plot_x(const fc_plot_axes *a, double x); /* both within the frame */
double fc__plot_y(const fc_plot_axes *a, double y);

/* The figure with its title, the SVG, the axes; then what the caller draws; then the key (names[i]
 * NULL: left out) and the caption. */
void fc__plot_open(fc_page *p, const fc_plot_frame *frame, const fc_plot_axes *a);
void fc__plot_close(fc_page *p, const fc_plot_frame *frame, const char *const *names, size_t n);

/* printf() into the page; numbers only: text from outside goes through fc__page_put_text(). */
void fc__plot_put(fc_page *p, const char *fmt, ...) FC_PRINTF(2, 3);

#endif /* FC_PLOT_AXES_H */
