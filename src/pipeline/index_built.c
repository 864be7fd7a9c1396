/*
 * From what a segment keeps of its choice to the public form.
 */
#include "index_built.h"

#include <string.h>

void fc__index_built_form(fc_built_form *out, const fc_segment_info *info,
                          const fc_segment_measure *m)
{
    static const char *const outcomes[] = {[FC_TRIED_SLOWER] = "slower",
                                           [FC_TRIED_CHOSEN] = "chosen",
                                           [FC_TRIED_MISSES] = "misses",
                                           [FC_TRIED_LARGE] = "large",
                                           [FC_TRIED_FAILED] = "failed"};

    out->built = (fc_index_built){.kind = info->kind,
                                  .rows = info->count,
                                  .target = (double)m->target,
                                  .recall = (double)m->recall,
                                  .microseconds = (double)m->microseconds,
                                  .sample_rows = m->sample_rows,
                                  .n_tried = m->n_tried,
                                  .n_curve = m->n_curve,
                                  .tried = out->tried,
                                  .curve = out->curve};
    for (size_t i = 0; i < m->n_tried; i++) {
        const fc_tried_kind *t = &m->tried[i];

        out->tried[i] = (fc_index_tried){.outcome = outcomes[t->outcome],
                                         .recall = (double)t->recall,
                                         .microseconds = (double)t->microseconds,
                                         .seconds = (double)t->seconds,
                                         .bytes = t->bytes};
        memcpy(out->tried[i].kind, t->kind, sizeof(out->tried[i].kind));
    }
    for (size_t i = 0; i < m->n_curve; i++) {
        const fc_effort_point *p = &m->curve[i];

        out->curve[i] = (fc_index_point){.times = p->times,
                                         .recall = (double)p->recall,
                                         .microseconds = (double)p->microseconds};
        memcpy(out->curve[i].parameters, p->parameters, sizeof(out->curve[i].parameters));
    }
}

void fc__index_tell_built(const fc_index_options *opts, const fc_segment_info *info,
                          const fc_segment_measure *m)
{
    fc_built_form form;

    if (opts->built == NULL)
        return;
    fc__index_built_form(&form, info, m);
    opts->built(opts->built_context, &form.built);
}
