/*
 * From what a segment keeps of its choice to the public form.
 */
#include "index_built.h"

#include <string.h>

void fc__index_tell_built(const fc_index_options *opts, const fc_segment_info *info,
                          const fc_segment_measure *m)
{
    static const char *const outcomes[] = {[FC_TRIED_SLOWER] = "slower",
                                           [FC_TRIED_CHOSEN] = "chosen",
                                           [FC_TRIED_MISSES] = "misses",
                                           [FC_TRIED_LARGE] = "large",
                                           [FC_TRIED_FAILED] = "failed"};
    fc_index_tried tried[FC_TRIED_MAX];
    fc_index_point curve[FC_CURVE_MAX];
    const fc_index_built built = {.kind = info->kind,
                                  .rows = info->count,
                                  .target = (double)m->target,
                                  .recall = (double)m->recall,
                                  .microseconds = (double)m->microseconds,
                                  .sample_rows = m->sample_rows,
                                  .n_tried = m->n_tried,
                                  .n_curve = m->n_curve,
                                  .tried = tried,
                                  .curve = curve};

    if (opts->built == NULL)
        return;
    for (size_t i = 0; i < m->n_tried; i++) {
        const fc_tried_kind *t = &m->tried[i];

        tried[i] = (fc_index_tried){.outcome = outcomes[t->outcome],
                                    .recall = (double)t->recall,
                                    .microseconds = (double)t->microseconds,
                                    .seconds = (double)t->seconds,
                                    .bytes = t->bytes};
        memcpy(tried[i].kind, t->kind, sizeof(tried[i].kind));
    }
    for (size_t i = 0; i < m->n_curve; i++) {
        const fc_effort_point *p = &m->curve[i];

        curve[i] = (fc_index_point){.times = p->times,
                                    .recall = (double)p->recall,
                                    .microseconds = (double)p->microseconds};
        memcpy(curve[i].parameters, p->parameters, sizeof(curve[i].parameters));
    }
    opts->built(opts->built_context, &built);
}
