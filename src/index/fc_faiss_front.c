/*
 * Reading a linear transform off FAISS: its C interface learns transforms and applies them, but
 * does not show them. What it makes of zero is the offset, of the unit vectors the columns.
 */
#include "fc_faiss.h"

#include <stdlib.h>
#include <string.h>

#include <faiss/c_api/IndexFlat_c.h>
#include <faiss/c_api/IndexPreTransform_c.h>
#include <faiss/c_api/Index_c.h>
#include <faiss/c_api/index_factory_c.h>

#include "fc_alloc.h"

#define COLUMNS 256u /* read off at once */

/* What `index`, empty again afterwards, stores of n vectors. */
static bool store(FaissIndex *index, const float *vectors, size_t n, float *to, uint32_t out)
{
    FaissIndex *flat = faiss_IndexPreTransform_index(faiss_IndexPreTransform_cast(index));
    float *stored = NULL;
    size_t size = 0;

    if (faiss_Index_reset(index) != 0 || faiss_Index_add(index, (idx_t)n, vectors) != 0)
        return false;
    faiss_IndexFlat_xb(faiss_IndexFlat_cast(flat), &stored, &size);
    if (size != n * out)
        return false;
    memcpy(to, stored, size * sizeof(float));
    return faiss_Index_reset(index) == 0;
}

static bool read_off(FaissIndex *index, fc_front *f, float *units, float *images)
{
    if (!store(index, units, 1, f->offset, f->out)) /* zeros as yet */
        return false;
    for (uint32_t first = 0; first < f->in; first += COLUMNS) {
        const uint32_t n = f->in - first < COLUMNS ? f->in - first : COLUMNS;

        for (uint32_t i = 0; i < n; i++)
            units[(size_t)i * f->in + first + i] = 1.0f;
        if (!store(index, units, n, images, f->out))
            return false;
        for (uint32_t i = 0; i < n; i++) {
            units[(size_t)i * f->in + first + i] = 0.0f;
            for (uint32_t j = 0; j < f->out; j++)
                f->map[(size_t)j * f->in + first + i] =
                    images[(size_t)i * f->out + j] - f->offset[j];
        }
    }
    return true;
}

fc_status fc__faiss_learn(fc_front *f, const char *name, const float *rows, size_t n, fc_error *err)
{
    const size_t columns = f->in < COLUMNS ? f->in : COLUMNS;
    float *units = fc__alloc_array(columns * f->in, sizeof(float));
    float *images = fc__alloc_array(columns * f->out, sizeof(float));
    FaissIndex *index = NULL;
    char kind[64];
    fc_status st = FC_OK;

    snprintf(kind, sizeof(kind), "%s,Flat", name);
    if (units == NULL || images == NULL)
        st = fc__nomem(err, columns * (f->in + f->out) * sizeof(float), "the map of an index");
    else if (faiss_index_factory(&index, (int)f->in, kind, METRIC_L2) != 0 ||
             faiss_Index_train(index, rows != NULL ? (idx_t)n : 1, rows != NULL ? rows : units) !=
                 0 ||
             !read_off(index, f, units, images))
        st = fc__faiss_error(err, FC_E_INVALID, name);
    if (index != NULL)
        faiss_Index_free(index);
    free(units);
    free(images);
    return st;
}
