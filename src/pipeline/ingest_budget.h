/*
 * The memory that all workers of an ingest may hold together in files and decoded pixels.
 *
 * A worker takes what its sample will need before it reads the file, and gives it back when the
 * sample is done; others wait meanwhile. So large files cost time, not memory, however many workers
 * there are. Whoever waits for it holds no claim that is not settled and no prepared sample
 * (ingest_group.h), so that no two can wait for each other.
 *
 * The same counter shares out the processors of a run among those who run models.
 *
 * Threads: all functions from any.
 */
#ifndef FC_INGEST_BUDGET_H
#define FC_INGEST_BUDGET_H

#include <featcache/types.h>

typedef struct fc_budget fc_budget;

fc_status fc__budget_create(fc_budget **out, uint64_t bytes, fc_error *err);
void fc__budget_destroy(fc_budget *b);
uint64_t fc__budget_total(const fc_budget *b);
/* Waits until `bytes` (at most the total) are free. */
void fc__budget_take(fc_budget *b, uint64_t bytes);
/* The same without waiting; false: they are not free now. */
bool fc__budget_try(fc_budget *b, uint64_t bytes);
void fc__budget_give(fc_budget *b, uint64_t bytes);

/* What the file open at `fd` takes while it is encoded: its bytes, and for a JPEG, a PNG or a WebP
 * its pixels as the header tells them (a progressive JPEG keeps its coefficients too, a lossless
 * WebP is held twice); these are in *pixels, 0 where it is no such picture. Sound is streamed and
 * adds a megabyte; of all else - text, meshes, arrays - three times the bytes. An image whose
 * header is broken or over the decoder's cap counts with its bytes only: it is refused before it is
 * decoded. */
uint64_t fc__file_cost(int fd, uint64_t size, uint64_t max_pixels, uint64_t *pixels);
/* The same for what has only its first n bytes in memory: a member of an archive, a row. */
uint64_t fc__bytes_cost(const uint8_t *head, size_t n, uint64_t size, uint64_t max_pixels,
                        uint64_t *pixels);

#endif /* FC_INGEST_BUDGET_H */
