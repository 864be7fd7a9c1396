/*
 * Items of a fit as rows.
 */
#include "fc_fit_rows.h"

#include <string.h>

#include "fc_vec.h"

void fc__fit_layout(const fc_fit_branch *branch, fc_fit_layout *out)
{
    *out = (fc_fit_layout){.n_inputs = branch->n_inputs};
    for (size_t i = 0; i < branch->n_inputs; i++) {
        out->at[i] = out->width;
        out->pooled[i] = fc__pooling_dim(&branch->inputs[i].pooling, branch->inputs[i].dim);
        out->width += out->pooled[i] + 1;
        out->dim += out->pooled[i];
    }
    out->width++;
}

static bool is_zero(const float *x, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (x[i] != 0)
            return false;
    return true;
}

fc_status fc__fit_read_row(const fc_fit_data *data, const fc_fit_layout *layout, size_t group,
                           size_t branch, size_t index, bool unit, float *row, bool *taken,
                           fc_error *err)
{
    const fc_fit_branch *b = &data->branches[branch];
    fc_head_item items[FC_HEAD_INPUTS_MAX] = {{NULL, 0}};
    fc_status st = data->item(data->self, group, branch, index, items, err);

    *taken = false;
    if (st != FC_OK)
        return st;
    memset(row, 0, layout->width * sizeof(*row));
    for (size_t i = 0; i < layout->n_inputs; i++) {
        float *to = row + layout->at[i];

        if (items[i].rows == NULL)
            continue;
        st = fc__pool_rows(&b->inputs[i].pooling, items[i].rows, items[i].n_rows, b->inputs[i].dim,
                           NULL, NULL, to, NULL, err);
        if (st != FC_OK && st != FC_E_FORMAT)
            return st;
        if (st != FC_OK || is_zero(to, layout->pooled[i]) ||
            (unit && fc__vec_normalise(to, layout->pooled[i]) != FC_OK)) {
            *taken = false;
            return FC_OK;
        }
        to[layout->pooled[i]] = 1;
        *taken = true;
    }
    row[layout->width - 1] = 1;
    return FC_OK;
}

/* Two rounds of splitmix64's finaliser, which every bit of both goes through. */
uint64_t fc__fit_hash(uint64_t key, uint64_t seed)
{
    uint64_t z = key;

    for (int round = 0; round < 2; round++) {
        z += UINT64_C(0x9E3779B97F4A7C15) + seed;
        z = (z ^ (z >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
        z = (z ^ (z >> 27)) * UINT64_C(0x94D049BB133111EB);
        z ^= z >> 31;
    }
    return z;
}

uint32_t fc__fit_fold(uint64_t key, uint64_t seed, uint32_t folds)
{
    return (uint32_t)(((fc__fit_hash(key, seed) >> 32) * folds) >> 32);
}
