/*
 * Stands in for the method until it is there.
 */
#include "fc_fit.h"

fc_status fc__fit_contrastive(const fc_fit_data *data, const fc_fit_options *opts, fc_head *heads,
                              fc_fit_report *report, fc_error *err)
{
    (void)data;
    (void)opts;
    (void)heads;
    (void)report;
    return fc_error_set(err, FC_E_UNSUPPORTED, "the method contrastive is not built in yet");
}
