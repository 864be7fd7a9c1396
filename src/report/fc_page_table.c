/*
 * Verdicts, tables, and figures each on a line with its interval and its null value.
 */
#include "fc_page_plot.h"

#include <ctype.h>
#include <math.h>

#include "fc_plot_axes.h"

void fc__page_verdict(fc_page *p, fc_verdict_tone tone, const char *word, const char *reason)
{
    fc__plot_put(p, "<div class=\"verdict %s\"><b>",
                 tone == FC_TONE_GOOD   ? "good"
                 : tone == FC_TONE_CARE ? "care"
                                        : "bad");
    fc__page_put_text(p, word);
    fc__page_put(p, "</b>");
    fc__page_put_text(p, reason);
    fc__page_put(p, "</div>\n");
}

/* --- tables --- */

static bool is_numeric(const char *cell)
{
    return isdigit((unsigned char)cell[0]) ||
           ((cell[0] == '-' || cell[0] == '+' || cell[0] == '.') &&
            (isdigit((unsigned char)cell[1]) || cell[1] == '.'));
}

void fc__page_table_begin(fc_page *p, const char *const *heads, size_t n)
{
    fc__page_put(p, "<div class=\"wide-table\"><table><thead><tr>");
    for (size_t i = 0; i < n; i++) {
        fc__page_put(p, "<th>");
        fc__page_put_text(p, heads[i]);
        fc__page_put(p, "</th>");
    }
    fc__page_put(p, "</tr></thead><tbody>\n");
}

void fc__page_table_row(fc_page *p, const char *const *cells, size_t n)
{
    fc__page_put(p, "<tr>");
    for (size_t i = 0; i < n; i++) {
        fc__page_put(p, is_numeric(cells[i]) ? "<td class=\"n\">" : "<td>");
        fc__page_put_text(p, cells[i]);
        fc__page_put(p, "</td>");
    }
    fc__page_put(p, "</tr>\n");
}

void fc__page_table_end(fc_page *p)
{
    fc__page_put(p, "</tbody></table></div>\n");
}

/* --- measures --- */

static void put_number(fc_page *p, double x)
{
    if (isfinite(x))
        fc__plot_put(p, "<td class=\"n\">%.4g</td>", x);
    else
        fc__page_put(p, "<td class=\"n\"></td>");
}

static double place(const fc_plot_measure *m, double x)
{
    const double span = m->high_end > m->low_end ? m->high_end - m->low_end : 1;
    const double share = (x - m->low_end) / span;

    return 2 + 196 * (share < 0 ? 0 : share > 1 ? 1 : share);
}

/* The track, the null as an upright line, the interval as a thick one, the value as a dot. */
static void put_track(fc_page *p, const fc_plot_measure *m)
{
    fc__page_put(p,
                 "<td><svg class=\"measure\" viewBox=\"0 0 200 16\" preserveAspectRatio=\"none\" "
                 "role=\"img\"><path class=\"t\" d=\"M2 8H198\"/>");
    if (isfinite(m->null))
        fc__plot_put(p, "<path class=\"z\" d=\"M%.1f 1V15\"><title>null %.4g</title></path>",
                     place(m, m->null), m->null);
    if (isfinite(m->low) && isfinite(m->high))
        fc__plot_put(p, "<path class=\"i\" d=\"M%.1f 8H%.1f\"><title>%.4g to %.4g</title></path>",
                     place(m, m->low), place(m, m->high), m->low, m->high);
    if (isfinite(m->value))
        fc__plot_put(p,
                     "<rect class=\"v\" x=\"%.1f\" y=\"2\" width=\"2\" height=\"12\">"
                     "<title>%.4g</title></rect>",
                     place(m, m->value) - 1, m->value);
    fc__page_put(p, "</svg></td>");
}

void fc__page_measures(fc_page *p, const fc_plot_measure *measures, size_t n)
{
    fc__page_put(p, "<div class=\"wide-table\"><table class=\"measures\"><thead><tr><th></th>"
                    "<th class=\"n\">value</th><th class=\"n\">95 % interval</th>"
                    "<th class=\"n\">null</th><th></th></tr></thead><tbody>\n");
    for (size_t i = 0; i < n; i++) {
        const fc_plot_measure *m = &measures[i];

        fc__page_put(p, "<tr><td>");
        fc__page_put_text(p, m->name);
        if (m->note != NULL) {
            fc__page_put(p, "<div class=\"note\">");
            fc__page_put_text(p, m->note);
            fc__page_put(p, "</div>");
        }
        fc__page_put(p, "</td>");
        put_number(p, m->value);
        if (isfinite(m->low) && isfinite(m->high))
            fc__plot_put(p, "<td class=\"n\">%.4g to %.4g</td>", m->low, m->high);
        else
            fc__page_put(p, "<td class=\"n\"></td>");
        put_number(p, m->null);
        put_track(p, m);
        fc__page_put(p, "</tr>\n");
    }
    fc__page_put(p, "</tbody></table></div>\n");
}
