/*
 * Figures of an audit of drift, out of its report.
 */
#include <math.h>

#include "audit_page_parts.h"

#define POINTS_MAX 2000

static void add_histogram(fc_page *page, const fc_audit_drift_report *r)
{
    const fc_plot_values of = {NULL, r->cosines, r->n_cosines};
    const double p1 = r->overall.figures[FC_FIGURE_COSINE_P1].value;
    /* As much of the axis as the values need, but not of their rounding. */
    const double spread = fmax(3 * (1 - p1), 1e-4);
    const fc_plot_frame frame = {.title = "Cosine between a sample's old and new features",
                                 .x_label = "cosine",
                                 .y_label = "share of samples",
                                 .x_low = fmax(1 - spread, -1),
                                 .x_high = 1,
                                 .caption = "What lies further left counts in the first bar."};

    if (r->cosines != NULL)
        fc__page_histogram(page, &frame, &of, 1, 0);
}

static void add_curve(fc_page *page, const fc_audit_drift_report *r)
{
    double k[FC_DRIFT_CURVE_MAX], y[FC_DRIFT_CURVE_MAX], low[FC_DRIFT_CURVE_MAX],
        high[FC_DRIFT_CURVE_MAX], null[FC_DRIFT_CURVE_MAX];
    const fc_plot_series series[2] = {
        {.name = "both versions", .x = k, .y = y, .n = r->n_curve, .low = low, .high = high},
        {.name = "lists drawn at random", .x = k, .y = null, .n = r->n_curve, .dashed = true}};
    const fc_plot_frame frame = {.title = "Neighbours in common",
                                 .x_label = "nearest neighbours looked at",
                                 .y_label = "share in both lists",
                                 .y_low = 0,
                                 .y_high = 1,
                                 .caption = "The band is the 95 % interval over queries."};

    for (size_t i = 0; i < r->n_curve; i++) {
        k[i] = r->curve_k[i];
        y[i] = r->curve[i].value;
        low[i] = r->curve[i].low;
        high[i] = r->curve[i].high;
        null[i] = r->curve[i].null_value;
    }
    if (r->n_curve > 0)
        fc__page_curves(page, &frame, series, 2);
}

static void add_scatter(fc_page *page, const fc_audit_drift_report *r)
{
    double places[4][POINTS_MAX];
    const size_t n = r->n_points < POINTS_MAX ? r->n_points : POINTS_MAX;
    const fc_plot_series series[2] = {{.name = "old", .x = places[0], .y = places[1], .n = n},
                                      {.name = "new", .x = places[2], .y = places[3], .n = n}};
    const fc_plot_frame frame = {
        .title = "Both versions in two dimensions",
        .x_label = "first component",
        .y_label = "second component",
        .caption = r->overall.dim_from == r->overall.dim_to
                       ? "Unit rows along the first two principal components of the old version."
                       : "Unit rows along the first two principal components of the old version; "
                         "the new ones are turned into its space first (orthogonal Procrustes)."};

    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < 4; k++)
            places[k][i] = (double)r->points[4 * i + k];
    if (n > 0)
        fc__page_scatter(page, &frame, series, 2);
}

void fc__drift_page_plots(fc_page *page, const fc_audit_drift_report *r)
{
    fc__page_section(page, "At a glance");
    add_curve(page, r);
    add_histogram(page, r);
    add_scatter(page, r);
}

void fc__drift_page_measures(fc_page *page, const fc_drift_view *v)
{
    fc_plot_measure list[FC_N_FIGURES];
    size_t n = 0;

    for (int f = 0; f < FC_N_FIGURES; f++) {
        const fc_audit_measure *m = &v->figures[f];
        const bool wide = f == FC_FIGURE_PROCRUSTES || f == FC_FIGURE_NORM_RATIO;

        /* Those without a scale of their own stand in the table alone. */
        if (v->why[f] != NULL || f == FC_FIGURE_MMD || f == FC_FIGURE_ENERGY)
            continue;
        list[n++] = (fc_plot_measure){.name = fc_drift_figure_name((fc_drift_figure)f),
                                      .value = m->value,
                                      .low = m->low,
                                      .high = m->high,
                                      .null = m->null_value,
                                      .low_end = fmin(0, fmin(m->value, m->null_value)),
                                      .high_end = wide ? fmax(1.5, m->value) : 1,
                                      .note = fc_drift_figure_about((fc_drift_figure)f)};
    }
    fc__page_measures(page, list, n);
}
