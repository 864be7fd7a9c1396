/*
 * Figures, tables and verdicts of a page (fc_page.h): inline SVG without script, drawn in the
 * page's own colours so that it reads in light and dark. Values that are not finite are left out.
 *
 * Threads: as the page.
 */
#ifndef FC_PAGE_PLOT_H
#define FC_PAGE_PLOT_H

#include "fc_page.h"

/* What a reader looks for first, in a colour of its own. */
typedef enum fc_verdict_tone { FC_TONE_GOOD, FC_TONE_CARE, FC_TONE_BAD } fc_verdict_tone;

/* The verdict in large letters, and the sentence that gives its reason. */
void fc__page_verdict(fc_page *p, fc_verdict_tone tone, const char *word, const char *reason);

/* A table: heads, rows of as many cells, end. A cell that begins like a number stands right. */
void fc__page_table_begin(fc_page *p, const char *const *heads, size_t n);
void fc__page_table_row(fc_page *p, const char *const *cells, size_t n);
void fc__page_table_end(fc_page *p);

/* Where a figure is drawn. An axis whose ends are equal goes by what is drawn. */
typedef struct fc_plot_frame {
    const char *title; /* above it */
    const char *x_label, *y_label;
    double x_low, x_high, y_low, y_high;
    const char *caption; /* below it; NULL: none */
} fc_plot_frame;

#define FC_PLOT_SERIES_MAX 6

typedef struct fc_plot_series {
    const char *name; /* in the key; NULL: not in it */
    const double *x, *y;
    size_t n;
    const double *low, *high; /* curves: a band of n around y; NULL: none */
    bool dashed;              /* curves: what others are held against, such as a null value */
} fc_plot_series;

/* Lines through the points of each series, in their order. */
void fc__page_curves(fc_page *p, const fc_plot_frame *frame, const fc_plot_series *series,
                     size_t n);
/* A dot a point; of more than FC_PLOT_DOTS_MAX in a series every k-th. */
#define FC_PLOT_DOTS_MAX 3000
void fc__page_scatter(fc_page *p, const fc_plot_frame *frame, const fc_plot_series *series,
                      size_t n);

/* Values of which a histogram is made. */
typedef struct fc_plot_values {
    const char *name; /* in the key; NULL: not in it */
    const float *values;
    size_t n;
} fc_plot_values;

/* Shares in `bins` equal bins (0: 40) from x_low to x_high, one over the other; values beyond the
 * ends count in the outer bins. */
void fc__page_histogram(fc_page *p, const fc_plot_frame *frame, const fc_plot_values *of, size_t n,
                        uint32_t bins);

/* A figure with its interval, on a line from `low_end` to `high_end`, with its null value marked.
 * low, high and null are left out where they are NaN. */
typedef struct fc_plot_measure {
    const char *name;
    double value, low, high, null;
    double low_end, high_end;
    const char *note; /* small print; NULL: none */
} fc_plot_measure;

void fc__page_measures(fc_page *p, const fc_plot_measure *measures, size_t n);

#endif /* FC_PAGE_PLOT_H */
