/*
 * From a set of content numbers to runs of rows.
 */
#include "fc_rows.h"

#include <stdlib.h>

#include "fc_alloc.h"

static fc_status add_row(fc_row_runs *r, size_t *capacity, uint64_t row, fc_error *err)
{
    r->n_rows++;
    if (r->n_runs > 0 && r->runs[r->n_runs - 1].first + r->runs[r->n_runs - 1].n == row) {
        r->runs[r->n_runs - 1].n++;
        return FC_OK;
    }
    if (r->n_runs == *capacity) {
        fc_status st = fc__grow_array(&r->runs, capacity, r->n_runs + 1, sizeof(*r->runs), err);

        if (st != FC_OK)
            return st;
    }
    r->runs[r->n_runs++] = (fc_row_run){row, 1};
    return FC_OK;
}

/* Contents without a gap, all of them in the set: the usual case, told without asking for each. */
static bool has_all(const fc_vec_file *vec, const fc_content_set *allowed)
{
    const uint64_t first = vec->h.first_content, last = vec->h.last_content;

    if (last - first != vec->h.count - 1 || first < allowed->base ||
        last - allowed->base >= allowed->n)
        return false;
    for (uint64_t at = first - allowed->base; at <= last - allowed->base;) {
        const uint64_t left = last - allowed->base - at + 1;

        if (at % 64 == 0 && left >= 64) {
            if (allowed->bits[at / 64] != UINT64_MAX)
                return false;
            at += 64;
        } else {
            if (((allowed->bits[at / 64] >> (at % 64)) & 1u) == 0)
                return false;
            at++;
        }
    }
    return true;
}

fc_status fc__row_runs_create(fc_row_runs *out, const fc_vec_file *vec,
                              const fc_content_set *allowed, fc_error *err)
{
    size_t capacity = 0;
    fc_status st = FC_OK;

    *out = (fc_row_runs){0};
    if (allowed == NULL || has_all(vec, allowed)) {
        st = add_row(out, &capacity, 0, err);
        if (st == FC_OK)
            out->runs[0].n = out->n_rows = vec->h.count;
        return st;
    }
    for (uint64_t row = 0; row < vec->h.count && st == FC_OK; row++)
        if (fc__content_set_has(allowed, vec->contents[row]))
            st = add_row(out, &capacity, row, err);
    return st;
}

void fc__row_runs_dispose(fc_row_runs *r)
{
    free(r->runs);
    *r = (fc_row_runs){0};
}
