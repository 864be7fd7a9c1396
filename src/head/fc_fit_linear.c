/*
 * Linear heads, reports.
 */
#include "fc_fit_linear.h"

#include <stdlib.h>
#include <string.h>

#include "fc_alloc.h"

static fc_status copy_floats(float **out, const double *x, size_t stride, size_t rows,
                             size_t columns, fc_error *err)
{
    *out = fc__alloc_bare(rows, columns * sizeof(**out));
    if (*out == NULL)
        return fc__nomem(err, rows * columns * sizeof(**out), "a head");
    for (size_t r = 0; r < rows; r++)
        for (size_t c = 0; c < columns; c++)
            (*out)[r * columns + c] = (float)x[r * stride + c];
    return FC_OK;
}

static fc_status linear_input(fc_head_input *in, const fc_fit_input *from, const fc_fit_layout *l,
                              size_t i, bool unit, const fc_fit_standard *standard,
                              const double *weight, size_t first, uint32_t dim, fc_error *err)
{
    fc_status st;

    in->pooling = from->pooling;
    in->dim = from->dim;
    in->unit = unit;
    st = copy_floats(&in->mean, standard->mean + l->at[i], 0, 1, l->pooled[i], err);
    if (st == FC_OK)
        st = copy_floats(&in->scale, standard->scale + l->at[i], 0, 1, l->pooled[i], err);
    if (st == FC_OK && weight != NULL)
        st = copy_floats(&in->weight, weight + first, l->dim, dim, l->pooled[i], err);
    return st;
}

fc_status fc__fit_linear_head(fc_head *out, const fc_fit_branch *branch, const fc_fit_layout *l,
                              bool unit, const fc_fit_standard *standard, const double *weight,
                              const double *bias, uint32_t dim, fc_error *err)
{
    fc_status st = FC_OK;
    size_t first = 0;

    *out = (fc_head){.dim = dim,
                     .fuse = l->n_inputs == 1 ? FC_FUSE_ONE : FC_FUSE_SUM,
                     .n_inputs = (uint32_t)l->n_inputs};
    for (size_t i = 0; i < l->n_inputs && st == FC_OK; i++) {
        st = linear_input(&out->inputs[i], &branch->inputs[i], l, i, unit, standard, weight, first,
                          dim, err);
        first += l->pooled[i];
    }
    /* Once for all inputs: in a sum each adds its own. */
    if (st == FC_OK && bias != NULL)
        st = copy_floats(&out->inputs[0].bias, bias, 0, 1, dim, err);
    if (st != FC_OK)
        fc__head_dispose(out);
    return st;
}

size_t fc__fit_sample_size(const fc_fit_data *data, const fc_fit_options *opts)
{
    const uint64_t room = opts->memory_bytes / 8 / opts->folds;
    uint64_t width = 0;

    for (size_t b = 0; b < data->n_branches; b++) {
        fc_fit_layout l;

        fc__fit_layout(&data->branches[b], &l);
        width += l.width * sizeof(float);
    }
    if (room / width >= FC_FIT_SAMPLE_DEFAULT)
        return FC_FIT_SAMPLE_DEFAULT;
    return room / width < FC_FIT_GROUPS_LEAST ? FC_FIT_GROUPS_LEAST : (size_t)(room / width);
}

static fc_status check_variation(const fc_fit_sums *s, size_t branch, const char *name,
                                 fc_error *err)
{
    fc_fit_standard standard;
    bool varies = false;
    fc_status st = fc__fit_standard(&standard, s, branch, s->folds, err);

    for (size_t k = 0; k < s->layout[branch].width && st == FC_OK; k++)
        varies = varies || standard.scale[k] > 0;
    fc__fit_standard_dispose(&standard);
    if (st == FC_OK && !varies)
        st = fc_error_set(err, FC_E_INVALID, "%s: all its features are constant", name);
    return st;
}

/* Some groups may have lost all their items to zeros and NaN. */
fc_status fc__fit_check_sums(const fc_fit_sums *s, const fc_fit_data *data, fc_error *err)
{
    fc_status st = FC_OK;

    for (size_t b = 0; b < s->n_branches && st == FC_OK; b++) {
        const char *name = fc_modality_name(data->branches[b].modality);

        if (s->n_groups[b] < FC_FIT_GROUPS_LEAST)
            return fc_error_set(err, FC_E_INVALID,
                                "%s: %llu groups are left of it, where vectors are not zero and "
                                "finite; at least %d are needed",
                                name, (unsigned long long)s->n_groups[b], FC_FIT_GROUPS_LEAST);
        st = check_variation(s, b, name, err);
    }
    return st;
}

fc_status fc__fit_cancelled(const fc_fit_options *opts, fc_error *err)
{
    if (opts->cancelled != NULL && opts->cancelled(opts->context))
        return fc_error_set(err, FC_E_CANCELLED, "the fit was stopped");
    return FC_OK;
}

fc_status fc__fit_tried(fc_fit_report *report, fc_json *j, fc_buf *out, fc_error *err)
{
    fc_status st = fc_json_status(j, err);

    if (st == FC_OK) {
        report->tried_json = fc__strndup((const char *)out->data, out->size);
        if (report->tried_json == NULL)
            st = fc__nomem(err, out->size, "a report");
    }
    fc_buf_dispose(out);
    return st;
}
