/*
 * The options of a fit, kept with what it made, so that the same fit can be run again on other
 * groups.
 */
#ifndef FC_FIT_OPTIONS_KEPT_H
#define FC_FIT_OPTIONS_KEPT_H

#include "fc_json.h"
#include "fc_yaml.h"
#include "fit_plan.h"

/* The object under the key "options" of a fit's record. Encoders are written as the versions that
 * the plan found, not as the names that were given. What changes nothing of the result is left out:
 * threads, memory, callbacks. */
void fc__fit_options_write(fc_json *j, const fc_fit_plan *plan, const fc_space_fit_options *opts);

/* As read again. `opts` borrows from the rest, and `encoders` from `document`. */
typedef struct fc_kept_fit_options {
    fc_space_fit_options opts;
    const char **encoders;
    fc_yaml *document;
} fc_kept_fit_options;

/* Out of the record's JSON. FC_E_CORRUPT: it holds no options of a fit. Dispose also after a
 * failure. */
fc_status fc__fit_options_read(fc_kept_fit_options *out, const char *record_json, fc_error *err);
void fc__fit_options_dispose(fc_kept_fit_options *k);

#endif /* FC_FIT_OPTIONS_KEPT_H */
