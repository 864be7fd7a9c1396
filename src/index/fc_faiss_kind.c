/*
 * Kinds of index, told from their FAISS factory string: what may be asked for, and what it costs.
 */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "fc_faiss.h"

#define TRAIN_ROWS_MIN UINT64_C(32768)
#define TRAIN_A_LIST   64
#define TRAIN_LEAST    39 /* rows a centroid: FAISS warns on stderr below */
#define ADD_ROWS       UINT64_C(4096)

bool fc__kind_is_flat(const char *kind)
{
    return strcasecmp(kind, "flat") == 0;
}

fc_status fc__kind_check(const char *kind, fc_error *err)
{
    if (kind[0] == '\0' || strlen(kind) > 31)
        return fc_error_set(err, FC_E_INVALID,
                            "index kind '%.40s': 1 to 31 characters, such as HNSW32", kind);
    if (strstr(kind, "IDMap") != NULL)
        return fc_error_set(err, FC_E_INVALID,
                            "index kind '%s': leave out IDMap, rows are numbered already", kind);
    if (strstr(kind, "RFlat") != NULL || strstr(kind, "Refine") != NULL)
        return fc_error_set(err, FC_E_INVALID,
                            "index kind '%s': leave out the refinement, candidates are always "
                            "compared again over the stored vectors",
                            kind);
    return FC_OK;
}

/* The number right after `name` where it begins one of the comma-separated parts; 0 if absent. */
static unsigned part_number(const char *kind, const char *name)
{
    const size_t n = strlen(name);

    for (const char *at = kind; at != NULL; at = strchr(at, ',')) {
        at += *at == ',';
        if (strncmp(at, name, n) == 0 && at[n] >= '0' && at[n] <= '9')
            return (unsigned)strtoul(at + n, NULL, 10);
    }
    return 0;
}

uint32_t fc__kind_inner_dim(const char *kind, uint32_t dim)
{
    static const char *const names[] = {"PCA", "PCAR", "PCAW", "PCAWR", "RR"};
    const char *opq = strstr(kind, "OPQ");

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        const unsigned to = part_number(kind, names[i]);

        if (to > 0 && to < dim)
            return to;
    }
    if (opq != NULL && (opq = strchr(opq, '_')) != NULL) {
        const unsigned to = (unsigned)strtoul(opq + 1, NULL, 10);

        if (to > 0 && to < dim)
            return to;
    }
    return dim;
}

/* Bytes of one row's code; what is not known counts as plain f32. */
static uint64_t code_bytes(const char *kind, uint32_t dim)
{
    const unsigned pq = part_number(kind, "PQ");
    const char *sq = strstr(kind, "SQ");

    if (pq > 0)
        return strstr(kind, "x4") != NULL ? (pq + 1) / 2 : pq * UINT64_C(2);
    if (sq != NULL)
        return sq[2] == 'f' ? 2 * (uint64_t)dim : dim;
    return 4 * (uint64_t)dim;
}

uint64_t fc__kind_code_bytes(const char *kind, uint32_t dim)
{
    return code_bytes(kind, fc__kind_inner_dim(kind, dim));
}

unsigned fc__kind_lists(const char *kind)
{
    return part_number(kind, "IVF");
}

/* Rows to train on: what is wanted, or fewer where `room` bytes are not enough for these. */
static uint64_t training_rows(unsigned lists, uint64_t count, uint64_t row_bytes, uint64_t room)
{
    const uint64_t wanted = (uint64_t)lists * TRAIN_A_LIST;
    uint64_t least = (uint64_t)lists * TRAIN_LEAST, n = room / row_bytes;

    least = least > 256 * TRAIN_LEAST ? least : 256 * TRAIN_LEAST;
    n = n > least ? n : least;
    if (n > (wanted > TRAIN_ROWS_MIN ? wanted : TRAIN_ROWS_MIN))
        n = wanted > TRAIN_ROWS_MIN ? wanted : TRAIN_ROWS_MIN;
    return n < count ? n : count;
}

fc_faiss_plan fc__kind_plan(const char *kind, uint64_t count, uint32_t dim, uint64_t memory)
{
    const uint32_t inner = fc__kind_inner_dim(kind, dim);
    const unsigned lists = part_number(kind, "IVF"), links = part_number(kind, "HNSW");
    const uint64_t rotated = part_number(kind, "RR"), wide = rotated > 0 ? rotated : dim;
    const uint64_t sample_row = 4 * (dim + rotated + inner); /* and its copies behind transforms */
    const bool trained = lists > 0 || inner != dim || strstr(kind, "PQ") != NULL ||
                         strstr(kind, "SQ") != NULL || strstr(kind, "PCA") != NULL;
    fc_faiss_plan plan = {0, 0};

    /* Growing arrays hold up to twice what is in them; links of HNSW: 2 x M at the base. */
    plan.bytes = 2 * count * (code_bytes(kind, inner) + (lists > 0 ? 8 : 0));
    plan.bytes += count * links * 10;
    plan.bytes += (uint64_t)lists * inner * 4 + ADD_ROWS * sample_row;
    /* Covariance and its eigenvectors, after a rotation where there is one; the rotation. */
    if (inner != dim)
        plan.bytes += 3 * wide * wide * 8 + rotated * dim * 8;
    if (trained)
        plan.n_train =
            training_rows(lists, count, sample_row, memory > plan.bytes ? memory - plan.bytes : 0);
    plan.bytes += plan.n_train * sample_row;
    return plan;
}
