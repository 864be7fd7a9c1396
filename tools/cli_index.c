/* What a segment of the search index is, and what was measured for it. */
#include "cli_index.h"

static json_t *tried_json(const fc_index_built *b)
{
    json_t *list = json_array();

    for (size_t i = 0; i < b->n_tried; i++)
        json_array_append_new(
            list, json_pack("{s:s,s:s,s:f,s:f,s:f,s:I}", "kind", b->tried[i].kind, "outcome",
                            b->tried[i].outcome, "recall", b->tried[i].recall, "microseconds",
                            b->tried[i].microseconds, "seconds", b->tried[i].seconds, "bytes",
                            (json_int_t)b->tried[i].bytes));
    return list;
}

static json_t *curve_json(const fc_index_built *b)
{
    json_t *list = json_array();

    for (size_t i = 0; i < b->n_curve; i++)
        json_array_append_new(
            list, json_pack("{s:s,s:I,s:f,s:f}", "parameters", b->curve[i].parameters, "times",
                            (json_int_t)b->curve[i].times, "recall", b->curve[i].recall,
                            "microseconds", b->curve[i].microseconds));
    return list;
}

json_t *cli_index_built(const fc_index_built *b)
{
    return json_pack("{s:s,s:I,s:f,s:f,s:f,s:I,s:o,s:o}", "kind", b->kind, "rows",
                     (json_int_t)b->rows, "target", b->target, "recall", b->recall, "microseconds",
                     b->microseconds, "sample_rows", (json_int_t)b->sample_rows, "tried",
                     tried_json(b), "curve", curve_json(b));
}
