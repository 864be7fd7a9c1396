/*
 * The tests of a comparison and its verdict. The four tests of the verdict are one family (Holm);
 * so are the components, for which their least corrected p-value stands.
 */
#include <math.h>
#include <stdlib.h>

#include "audit_data_run.h"
#include "fc_alloc.h"
#include "fc_component_shift.h"
#include "fc_domain_auc.h"

#define N_VERDICT 4u

static fc_audit_test test_of(const fc_permuted *p, double p_holm)
{
    return (fc_audit_test){p->value, p->null_mean, p->null_high, p->p_value, p_holm};
}

static fc_status add_components(fc_data_audit_run *run, const fc_two_samples *samples,
                                const fc_test_options *test, fc_error *err)
{
    fc_audit_data_report *report = &run->out->public;
    const size_t wanted = run->opts->n_components;
    fc_component_shift *found = fc__alloc_array(wanted, sizeof(*found));
    fc_audit_component *list = NULL;
    size_t n = 0;
    fc_status st = found == NULL ? fc__nomem(err, wanted * sizeof(*found), "components")
                                 : fc__component_shift(found, wanted, &n, samples, test, err);

    if (st == FC_OK)
        st = fc__audit_own(&run->out->owned, n, sizeof(*list), &list, err);
    report->components_p = 1;
    for (size_t i = 0; i < n && st == FC_OK; i++) {
        list[i] = (fc_audit_component){
            .variance = found[i].variance,
            .mean_reference = found[i].mean_x,
            .mean_current = found[i].mean_y,
            .wasserstein = test_of(&found[i].wasserstein, found[i].wasserstein_holm),
            .psi = test_of(&found[i].psi, found[i].psi_holm)};
        report->components_p = fmin(report->components_p, found[i].wasserstein_holm);
    }
    report->components = list;
    report->n_components = st == FC_OK ? n : 0;
    free(found);
    return st;
}

static fc_status decide(fc_audit_data_report *r, fc_error *err)
{
    double p[N_VERDICT] = {r->mmd.p, r->energy.p, r->auc_p, r->components_p};
    const fc_status st = fc__holm(p, N_VERDICT, err);

    if (st != FC_OK)
        return st;
    r->mmd.p_holm = p[0];
    r->energy.p_holm = p[1];
    r->auc_p_holm = p[2];
    r->components_p_holm = p[3];
    for (size_t i = 0; i < N_VERDICT; i++)
        r->drift = r->drift || p[i] <= r->alpha;
    return FC_OK;
}

fc_status fc__data_audit_test(fc_data_audit_run *run, fc_error *err)
{
    const fc_two_samples samples = fc__data_audit_samples(run);
    const fc_test_options test = {.n_permutations = run->opts->n_permutations,
                                  .seed = run->opts->seed,
                                  .n_threads = run->opts->n_threads};
    fc_audit_data_report *report = &run->out->public;
    fc_kernel_result kernel;
    fc_domain_result domain;
    fc_status st = fc__data_audit_step(run, "kernels", 0, err);

    if (st == FC_OK)
        st = fc__kernel_tests(&kernel, &samples, &test, err);
    if (st == FC_OK)
        st = fc__data_audit_step(run, "classifier", 0, err);
    if (st == FC_OK)
        st = fc__domain_auc(&domain, &samples, &test, err);
    if (st == FC_OK)
        st = fc__data_audit_step(run, "components", 0, err);
    if (st == FC_OK)
        st = add_components(run, &samples, &test, err);
    if (st != FC_OK)
        return st;
    report->mmd = test_of(&kernel.mmd, 1);
    report->energy = test_of(&kernel.energy, 1);
    report->bandwidth = kernel.bandwidth;
    report->auc = (fc_audit_measure){domain.auc.value, domain.auc.range.low, domain.auc.range.high,
                                     domain.auc.null_value};
    report->auc_p = domain.p_value;
    return decide(report, err);
}
