/*
 * Which groups an evaluation asks about, and that no fit has learnt from them.
 */
#ifndef FC_EVAL_ASKED_H
#define FC_EVAL_ASKED_H

#include <featcache/eval.h>

#include "eval_method.h"

typedef struct fc_eval_asked {
    fc_space_groups groups;
    fc_side side;      /* whose groups are asked about, */
    bool all;          /* or all of them */
    char name[64];     /* of the split */
    bool own_training; /* the split that the fit learnt from, asked for by its name */
} fc_eval_asked;

/* Read the groups and find those that `opts` asks about, of a space as `m` knows it. Dispose of
 * out->groups also after a failure. FC_E_INVALID: no such split; the message lists them. */
fc_status fc__eval_asked_read(fc_eval_asked *out, fc_snapshot *s, const fc_space_eval_options *opts,
                              const fc_eval_method *m, fc_error *err);
/* FC_E_INVALID where the fit of `m` has learnt from groups that are asked about, unless they were
 * asked for by name; *seen: it has. */
fc_status fc__eval_asked_check(const fc_eval_asked *asked, const fc_eval_method *m, bool *seen,
                               fc_error *err);
/* Of the queries, those whose content is also in a group that was learnt from: by the record of
 * `m`, or (anew) on the train side. */
fc_status fc__eval_asked_known(const fc_eval_asked *asked, const fc_eval_method *m, bool anew,
                               const fc_eval_side *queries, uint64_t *n, fc_error *err);

#endif /* FC_EVAL_ASKED_H */
