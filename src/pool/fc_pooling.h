/*
 * Pooling: from the rows of an item (the cells of a map, the tokens of a text, the frames of a
 * sound) to one vector. An item is n_rows x dim, row-major; a map of h x w x c has h * w rows of c.
 *
 * Threads: plain functions over the caller's memory.
 */
#ifndef FC_POOLING_H
#define FC_POOLING_H

#include <featcache/types.h>

/* The numbers are written to disk and never change. */
typedef enum fc_pooling_kind {
    FC_POOLING_NONE = 1, /* the item is a vector: one row */
    FC_POOLING_MEAN = 2,
    FC_POOLING_MAX = 3,
    FC_POOLING_MEAN_MAX = 4, /* mean, then max: 2 x dim */
    FC_POOLING_FIRST = 5,    /* the class token: "cls" */
    FC_POOLING_LAST = 6,     /* the last token of a decoder */
    FC_POOLING_GEM = 7,      /* (mean of max(x, 1e-6)^p)^(1/p), Radenovic et al. 2019 */
    FC_POOLING_ATTENTION = 8 /* a softmax over rows for each learned query: n_queries x dim */
} fc_pooling_kind;

typedef struct fc_pooling {
    fc_pooling_kind kind;
    uint32_t skip_first, skip_last; /* rows left out at the ends, such as [CLS] and [SEP] or a
                                       decoder's attention sink; where nothing would be left, none
                                       are left out */
    float p;                        /* GeM: 1 is the mean, large the maximum; 0: 3 */
    uint32_t n_queries;             /* attention: 1 to 64; 0: 1 here, what a fit takes there */
} fc_pooling;

/* "mean", "max", "mean+max", "cls", "last", "gem", "attention", "none"; with what differs from the
 * default after colons: "mean:skip=1", "gem:p=4", "attention:queries=4", "mean:skip=1:skip-last=1".
 * p is 1 to 100. FC_E_INVALID says what there is. */
fc_status fc__pooling_parse(fc_pooling *out, const char *text, fc_error *err);
/* The same in words that parse again; room for 64. */
void fc__pooling_name(const fc_pooling *p, char out[64]);
/* Elements of the pooled vector. */
size_t fc__pooling_dim(const fc_pooling *p, size_t dim);

/* Pool n_rows > 0 rows into out. `mask` (n_rows; NULL: all true) says which rows count; where it
 * leaves none, all count; what is skipped are ends of what it leaves. `queries`: n_queries x dim
 * for attention, else unused: row r weighs softmax over rows of (query . row). `weights`: NULL, or
 * receives n_queries x n_rows (1 x n_rows for mean, first, last): what each row counted; zeros for
 * max and GeM. Sums are in double and in row order. FC_E_FORMAT for a result that is not finite;
 * FC_E_INVALID for no rows, or more than one with FC_POOLING_NONE. */
fc_status fc__pool_rows(const fc_pooling *p, const float *rows, size_t n_rows, size_t dim,
                        const bool *mask, const float *queries, float *out, float *weights,
                        fc_error *err);

#endif /* FC_POOLING_H */
