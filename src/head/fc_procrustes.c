/*
 * Orthogonal Procrustes out of the thin singular value decomposition: its factors have orthonormal
 * columns, so W has them on the narrower side, which is what padding with zeros comes to.
 */
#include "fc_procrustes.h"

#include <cblas.h>
#include <math.h>
#include <stdlib.h>

#include "fc_alloc.h"
#include "fc_lapack.h"

fc_status fc__procrustes(double *cross, size_t p, size_t q, double *w, double *trace, fc_error *err)
{
    const size_t rank = p < q ? p : q;
    double *values = fc__alloc_bare(rank, sizeof(*values));
    double *u = fc__alloc_bare(p, rank * sizeof(*u));
    double *vt = fc__alloc_bare(rank, q * sizeof(*vt));
    fc_status st = FC_OK;

    if (values == NULL || u == NULL || vt == NULL)
        st = fc__nomem(err, (p + q) * rank * sizeof(*u), "a turn");
    if (st == FC_OK)
        st = fc__svd_f64(cross, p, q, values, u, vt, err);
    if (st == FC_OK) {
        double sum = 0;

        cblas_dgemm(CblasRowMajor, CblasTrans, CblasTrans, (int)q, (int)p, (int)rank, 1.0, vt,
                    (int)q, u, (int)rank, 0.0, w, (int)p);
        for (size_t i = 0; i < rank; i++)
            sum += values[i];
        if (trace != NULL)
            *trace = sum;
    }
    free(vt);
    free(u);
    free(values);
    return st;
}

double fc__procrustes_residual(double x2, double y2, double trace)
{
    const double left = x2 + y2 - 2 * trace;

    if (!(y2 > 0))
        return NAN;
    return left > 0 ? sqrt(left / y2) : 0; /* rounding may leave less than nothing */
}
