/*
 * The linear map in front of an index: principal components, turned at random or not. FAISS learns
 * it; it is kept and applied here, so that kinds which are tried can share what was learnt, and so
 * that reduced vectors serve codes (fc_codes.h) as well as FAISS.
 *
 * Threads: a finished map may be used by many threads.
 */
#ifndef FC_FRONT_H
#define FC_FRONT_H

#include <stdio.h>

#include "fc_vec_file.h"

typedef struct fc_front {
    uint32_t in, out; /* out 0: no map, vectors are taken as they are */
    float *map;       /* out x in */
    float *offset;    /* out */
    float *mean;      /* in: of the rows it was learnt from */
} fc_front;

/* What kinds share: components of the rows of `from`, as many as were asked for so far. */
typedef struct fc_front_pool {
    const fc_vec_file *from;
    char before[16]; /* the part before PCA: "RR512," or "" */
    fc_front learnt; /* out components, by variance */
} fc_front_pool;

/* How many characters of a kind are a front that is kept here: "PCAR128," "RR512,PCAR128,"; 0:
 * none, or one that FAISS keeps within the index. */
size_t fc__front_length(const char *kind);
/* The front of `kind`, learnt from up to n_train rows of pool->from where the pool has too little.
 * No front: *out is left without a map. FC_E_INVALID with FAISS's words. */
fc_status fc__front_make(fc_front *out, const char *kind, fc_front_pool *pool, uint64_t n_train,
                         fc_error *err);
/* n vectors of `in` to n of `out`, which may not overlap. */
void fc__front_apply(const fc_front *f, const float *vectors, size_t n, float *reduced);
/* To and from where the stream stands: map, offset and mean, FC_E_IO when it ends early. Sizes have
 * been checked against what the stream holds. */
fc_status fc__front_save(const fc_front *f, FILE *to, fc_error *err);
fc_status fc__front_load(fc_front *f, uint32_t in, uint32_t out, FILE *from, fc_error *err);
void fc__front_dispose(fc_front *f);
void fc__front_pool_dispose(fc_front_pool *p);

/* Learn a transform by its factory name and read it off, into f whose arrays are there
 * (fc_faiss_front.c). Rows NULL: it needs none, as a random rotation. */
fc_status fc__faiss_learn(fc_front *f, const char *name, const float *rows, size_t n,
                          fc_error *err);

#endif /* FC_FRONT_H */
