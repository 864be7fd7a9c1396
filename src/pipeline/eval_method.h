/*
 * A space as it is evaluated: as it is stored, or fitted anew to one split.
 */
#ifndef FC_EVAL_METHOD_H
#define FC_EVAL_METHOD_H

#include "eval_sides.h"
#include "fit_options.h"
#include "fit_run.h"
#include "space_embed.h"

typedef struct fc_eval_method {
    const char *name; /* as given */
    uint32_t version;
    bool fitted; /* heads were learnt from groups: `fit` and `record` are there */
    fc_kept_fit_options fit;
    fc_fit_record record;
    fc_head_cache cache;
    fc_space_view view; /* what rows are made with */
    bool has_view;
    fc_fitted anew; /* of fc__eval_method_refit() */
} fc_eval_method;

/* The stored space. FC_E_NOT_FOUND, FC_E_CORRUPT. Dispose also after a failure. */
fc_status fc__eval_method_open(fc_eval_method *out, fc_snapshot *s, const char *name,
                               fc_error *err);
/* Fit its heads to the train side of `groups`, with the options that made those stored; nothing
 * where they were not learnt. `run` says threads, memory and callbacks. */
fc_status fc__eval_method_refit(fc_eval_method *m, fc_snapshot *s, const fc_space_groups *groups,
                                const fc_space_fit_options *run, fc_error *err);
void fc__eval_method_dispose(fc_eval_method *m);

/* FC_E_INVALID where nothing stored of the space takes `modality`; the message says what does. */
fc_status fc__eval_method_takes(const fc_eval_method *m, fc_modality modality, fc_error *err);
/* Rows of a side through the branches of one modality, as fc_rank_side.rows asks for them: of each
 * content by the first branch that has it. */
typedef struct fc_eval_rows {
    const fc_eval_method *method;
    fc_snapshot *snapshot;
    fc_modality modality;
    const uint64_t *contents;
} fc_eval_rows;

fc_status fc__eval_rows(void *self, size_t first, size_t n, float *out, bool *ok, fc_error *err);
/* A side with its rows, which go by its contents from now on; both are borrowed. */
fc_rank_side fc__eval_rank_side(const fc_eval_side *side, fc_eval_rows *rows);

#endif /* FC_EVAL_METHOD_H */
