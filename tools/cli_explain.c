/* What carried a score, as text or as JSON. */
#include <math.h>
#include <stdlib.h>

#include "cli_ask.h"

#define SHOWN 5

static json_t *times_json(const fc_explanation *e)
{
    json_t *list = json_array();

    for (size_t i = 0; i < e->n_rows; i++)
        json_array_append_new(list, json_pack("[o,o]", cli_json_real(e->times[2 * i], 6),
                                              cli_json_real(e->times[2 * i + 1], 6)));
    return list;
}

/* Where the grid lies over the picture. */
static void put_frame(json_t *object, const fc_explanation *e)
{
    json_t *frame = json_array();

    for (size_t i = 0; i < 4; i++)
        json_array_append_new(frame, cli_json_real(e->frame[i], 6));
    json_object_set_new(object, "frame", frame);
    json_object_set_new(
        object, "picture",
        json_pack("[o,o]", cli_json_count(e->picture_width), cli_json_count(e->picture_height)));
    if (e->orientation > 1)
        json_object_set_new(object, "orientation", json_integer(e->orientation));
}

static json_t *one_json(const fc_explanation *e)
{
    json_t *rows = json_array(), *tokens;
    json_t *object;

    for (size_t i = 0; i < e->n_rows; i++)
        json_array_append_new(rows, cli_json_real((double)e->rows[i], 6));
    object = json_pack("{s:o,s:o,s:o,s:o}", "encoder", cli_json_text(e->encoder), "output",
                       cli_json_text(e->output), "rest", cli_json_real(e->rest, 6), "rows", rows);
    if (e->height > 0)
        json_object_set_new(
            object, "grid",
            json_pack("[o,o]", cli_json_count(e->height), cli_json_count(e->width)));
    if (e->picture_width > 0)
        put_frame(object, e);
    if (e->tokens != NULL) {
        tokens = json_array();
        for (size_t i = 0; i < e->n_rows; i++)
            json_array_append_new(tokens, cli_json_text(e->tokens[i]));
        json_object_set_new(object, "tokens", tokens);
    }
    if (e->times != NULL)
        json_object_set_new(object, "times", times_json(e));
    return object;
}

json_t *cli_explanation_json(const fc_explanation *e)
{
    json_t *object = one_json(e), *further = json_array();

    for (e = e->next; e != NULL; e = e->next)
        json_array_append_new(further, one_json(e));
    if (json_array_size(further) > 0)
        json_object_set(object, "further", further);
    json_decref(further);
    return object;
}

/* The place of a row: a token, a span, a cell or a number. */
static void put_row(const fc_explanation *e, size_t i)
{
    if (e->tokens != NULL)
        cli_put_text(stdout, e->tokens[i]);
    else if (e->times != NULL)
        printf("%.2f-%.2f s", e->times[2 * i], e->times[2 * i + 1]);
    else if (e->width > 0)
        printf("row %zu column %zu", i / e->width + 1, i % e->width + 1);
    else
        printf("row %zu", i + 1);
    printf(" %+.3f", (double)e->rows[i]);
}

static void put_one(const fc_explanation *e)
{
    size_t shown[SHOWN], n = 0;

    /* The few that add most, by one pass for each. */
    for (size_t round = 0; round < SHOWN && round < e->n_rows; round++) {
        size_t best = e->n_rows;

        for (size_t i = 0; i < e->n_rows; i++) {
            bool taken = false;

            for (size_t k = 0; k < n; k++)
                taken = taken || shown[k] == i;
            if (!taken && (best == e->n_rows || e->rows[i] > e->rows[best]))
                best = i;
        }
        shown[n++] = best;
    }
    fputs("              ", stdout);
    for (size_t k = 0; k < n; k++) {
        fputs(k > 0 ? ", " : "", stdout);
        put_row(e, shown[k]);
    }
    putchar('\n');
}

void cli_put_explanation(const fc_explanation *e)
{
    for (; e != NULL; e = e->next)
        put_one(e);
}
