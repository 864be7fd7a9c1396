/*
 * FAISS behind a small interface: indexes over the rows of one .vec file, L2 over unit vectors, so
 * that labels are row positions and the order is that of cosine. Distances stay inside: whoever
 * asks compares the rows again over the mapped vectors.
 *
 * Threads: a finished index may be searched by many threads. Each call sets the calling thread's
 * OpenMP share; a process that forks does so before the first call with more than one thread.
 */
#ifndef FC_FAISS_H
#define FC_FAISS_H

#include <stdio.h>

#include "fc_vec_file.h"

typedef struct fc_faiss fc_faiss;

#define FC_FAISS_TIMES_MAX 1000u

/* What a kind comes to, before anything is allocated. */
typedef struct fc_faiss_plan {
    uint64_t n_train; /* rows to train on; 0 when the kind needs no training */
    uint64_t bytes;   /* memory at the peak of the build */
} fc_faiss_plan;

/* True for the exact scan: "flat" in any case. */
bool fc__kind_is_flat(const char *kind);
/* FC_E_INVALID for what FAISS could build but we cannot use, with the reason. */
fc_status fc__kind_check(const char *kind, fc_error *err);
/* Trains on fewer rows where that keeps it within `memory` bytes. */
fc_faiss_plan fc__kind_plan(const char *kind, uint64_t count, uint32_t dim, uint64_t memory);
/* Lists of an IVF kind; 0 for another. */
unsigned fc__kind_lists(const char *kind);
/* Dimensions behind the transforms in front. */
uint32_t fc__kind_inner_dim(const char *kind, uint32_t dim);
/* Bytes of a row's code within the index. */
uint64_t fc__kind_code_bytes(const char *kind, uint32_t dim);
/* Search efforts stand in a grid: `reach` is how much of the index is looked at (lists, links),
 * `times` how many candidates a hit are compared again; more of either costs more and finds more.
 * False past the end of either. Slack is INFINITY; recall and microseconds are 0. */
bool fc__kind_effort(const char *kind, size_t reach, size_t times, fc_effort_point *out);

/* Train and fill. FC_E_INVALID with FAISS's words for a kind it cannot build. */
fc_status fc__faiss_build(fc_faiss **out, const char *kind, const fc_vec_file *vec,
                          const fc_segment_options *opts, fc_error *err);
/* Only before others search: parameters are the index's own. "" changes nothing. */
fc_status fc__faiss_set(fc_faiss *f, const char *parameters, fc_error *err);
/* Serialise to / from where the stream stands. The bytes read must have been verified: FAISS
 * believes them. */
fc_status fc__faiss_save(const fc_faiss *f, FILE *to, fc_error *err);
fc_status fc__faiss_load(fc_faiss **out, FILE *from, uint64_t count, uint32_t dim, fc_error *err);
/* labels: n x fetch row positions, nearest first, -1 where there are fewer. */
fc_status fc__faiss_search(const fc_faiss *f, const float *queries, size_t n, size_t fetch,
                           int64_t *labels, float *distances, fc_error *err);
void fc__faiss_destroy(fc_faiss *f);

/* The container (fc_faiss_file.c; schemas/segment.md). */
fc_status fc__faiss_file_write(const char *path, const fc_vec_header *h,
                               const fc_effort_point *effort, const fc_segment_measure *measure,
                               const fc_faiss *f, fc_error *err);
/* Header, then the hash of the payload, then FAISS. *measure is zeroed where the file has none.
 * FC_E_NOT_FOUND, FC_E_CORRUPT, FC_E_VERSION. */
fc_status fc__faiss_file_read(fc_faiss **out, fc_effort_point *effort, fc_segment_measure *measure,
                              const char *path, const fc_vec_header *h, fc_error *err);
/* What was measured alone: the payload is not read, nor checked. */
fc_status fc__faiss_file_look(fc_segment_measure *measure, const char *path, const fc_vec_header *h,
                              fc_error *err);
/* The same checks as fc__faiss_file_read() without building the index. */
fc_status fc__faiss_file_verify(const char *path, const fc_vec_header *h, fc_error *err);

/* What was measured, as the container keeps it (fc_faiss_measure.c). */
#define FC_MEASURE_BYTES 3840u
void fc__measure_encode(const fc_segment_measure *m, uint8_t out[FC_MEASURE_BYTES]);
/* FC_E_CORRUPT: the checksum, or counts that cannot be. `path` is for the message. */
fc_status fc__measure_decode(fc_segment_measure *m, const uint8_t bytes[FC_MEASURE_BYTES],
                             const char *path, fc_error *err);

#endif /* FC_FAISS_H */
