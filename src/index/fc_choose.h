/*
 * Which kind of index `auto` builds: kinds that suit the number of rows and their dimension are
 * built over a sample of the rows and measured there.
 */
#ifndef FC_CHOOSE_H
#define FC_CHOOSE_H

#include "fc_segment.h"

/* Fill m->tried and m->sample_rows. What fits opts' memory is measured at the recall that opts ask
 * for, with rows that are not in the sample as queries; times are estimates for all rows. The
 * outcome of what is good enough is FC_TRIED_SLOWER: the caller takes the fastest. The sample is a
 * temporary file in `folder`. Choosing by time is the one thing here that two runs may do
 * differently; the sample and the queries are the same in each.
 * FC_E_CANCELLED, FC_E_NOMEM, FC_E_IO. */
fc_status fc__choose(const char *folder, const fc_vec_file *vec, const fc_segment_options *opts,
                     fc_segment_measure *m, fc_error *err);
/* The fastest kind that is good enough and has not been taken; NULL when there is none. */
fc_tried_kind *fc__choose_next(fc_segment_measure *m);

/* The kinds that come into question, the most promising first; at most FC_TRIED_MAX. Lists: of the
 * IVF kinds. */
size_t fc__choose_kinds(char kinds[FC_TRIED_MAX][32], uint32_t dim, unsigned lists);
/* The power of two from sqrt(2 x count) up, 256 to 32768. */
unsigned fc__choose_lists(uint64_t count);

#endif /* FC_CHOOSE_H */
