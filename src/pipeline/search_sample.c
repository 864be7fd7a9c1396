/*
 * Draws contents out of the set that an index can find; the same ones for the same set.
 */
#include "search_sample.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fc_alloc.h"
#include "fc_rng.h"

#define SEED  UINT64_C(20170711)
#define CHUNK ((size_t)1024)

void fc__sample_dispose(fc_lane_sample *sample)
{
    free(sample->mean);
    free(sample->bank);
    free(sample->contents);
    free(sample->drawn);
    memset(sample, 0, sizeof(*sample));
}

/* All contents that the index can find; the caller frees *out. */
static fc_status list_contents(const fc_content_set *set, uint64_t **out, size_t *n, fc_error *err)
{
    *out = fc__alloc_array((size_t)set->n_set, sizeof(**out));
    *n = 0;
    if (*out == NULL)
        return fc__nomem(err, (size_t)set->n_set * sizeof(**out), "a sample");
    for (uint64_t at = 0; at < set->n && *n < set->n_set; at++)
        if (fc__content_set_has(set, set->base + at))
            (*out)[(*n)++] = set->base + at;
    return FC_OK;
}

void fc__sample_key(const fc_output_index *index, char out[FC_SAMPLE_KEY_BYTES])
{
    snprintf(out, FC_SAMPLE_KEY_BYTES, "%u/%u/%s/%llu/%s@%u", (unsigned)index->version,
             (unsigned)index->output, index->key, (unsigned long long)index->generation,
             index->pinned_dataset, (unsigned)index->pinned_version);
}

/* Draw once for each state of the index. */
static fc_status draw(fc_lane_sample *sample, const fc_output_index *index, fc_error *err)
{
    char key[FC_SAMPLE_KEY_BYTES];
    fc_rng rng = fc__rng_seed(SEED);
    size_t n;
    fc_status st;

    fc__sample_key(index, key);
    if (strcmp(key, sample->key) == 0)
        return FC_OK;
    fc__sample_dispose(sample);
    st = list_contents(&index->live.set, &sample->drawn, &n, err);
    if (st != FC_OK)
        return st;
    sample->n_drawn = n < FC_SAMPLE_MEAN_ROWS ? n : FC_SAMPLE_MEAN_ROWS;
    for (size_t i = 0; i < sample->n_drawn; i++) {
        const size_t other = i + (size_t)fc__rng_below(&rng, n - i);
        const uint64_t content = sample->drawn[other];

        sample->drawn[other] = sample->drawn[i];
        sample->drawn[i] = content;
    }
    memcpy(sample->key, key, sizeof(key));
    return FC_OK;
}

static int by_number(const void *a, const void *b)
{
    const uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

    return (x > y) - (x < y);
}

/* The first n that were drawn, in the order of blocks; the caller frees them. */
static uint64_t *in_order(const fc_lane_sample *sample, size_t n)
{
    uint64_t *contents = fc__alloc_array(n, sizeof(*contents));

    if (contents == NULL)
        return NULL;
    memcpy(contents, sample->drawn, n * sizeof(*contents));
    if (n > 1)
        qsort(contents, n, sizeof(*contents), by_number);
    return contents;
}

static fc_status add_up(fc_lane_sample *sample, const fc_space_branch *branch, fc_snapshot *s,
                        const uint64_t *contents, size_t dim, fc_error *err)
{
    float *rows = fc__alloc_bare(CHUNK * dim, sizeof(*rows));
    bool ok[CHUNK];
    size_t counted = 0;
    fc_status st = rows == NULL ? fc__nomem(err, CHUNK * dim * sizeof(*rows), "a sample") : FC_OK;

    for (size_t at = 0; at < sample->n_drawn && st == FC_OK; at += CHUNK) {
        const size_t left = sample->n_drawn - at, n = left < CHUNK ? left : CHUNK;

        st = fc__branch_rows(branch, s, contents + at, n, rows, ok, err);
        for (size_t i = 0; i < n && st == FC_OK; i++) {
            counted += ok[i];
            for (size_t k = 0; k < dim && ok[i]; k++)
                sample->mean[k] += (double)rows[i * dim + k];
        }
    }
    for (size_t k = 0; k < dim && counted > 0; k++)
        sample->mean[k] /= (double)counted;
    free(rows);
    return st;
}

fc_status fc__sample_mean(fc_lane_sample *sample, const fc_lanes *lanes, size_t i, fc_snapshot *s,
                          const double **mean, fc_error *err)
{
    const size_t dim = lanes->list[i].index.dim;
    uint64_t *contents;
    fc_status st = draw(sample, &lanes->list[i].index, err);

    *mean = sample->mean;
    if (st != FC_OK || sample->mean != NULL)
        return st;
    contents = in_order(sample, sample->n_drawn);
    sample->mean = fc__alloc_array(dim, sizeof(*sample->mean));
    st = contents == NULL || sample->mean == NULL
             ? fc__nomem(err, dim * sizeof(*sample->mean), "a sample")
             : add_up(sample, lanes->branches[i], s, contents, dim, err);
    free(contents);
    if (st != FC_OK)
        fc__sample_dispose(sample);
    *mean = sample->mean;
    return st;
}

/* Leave out rows without a direction. */
static void close_up(fc_lane_sample *sample, const bool *ok, size_t n, size_t dim)
{
    for (size_t i = 0; i < n; i++) {
        if (!ok[i])
            continue;
        if (sample->n_bank != i) {
            memcpy(sample->bank + sample->n_bank * dim, sample->bank + i * dim,
                   dim * sizeof(*sample->bank));
            sample->contents[sample->n_bank] = sample->contents[i];
        }
        sample->n_bank++;
    }
}

fc_status fc__sample_bank(fc_lane_sample *sample, const fc_lanes *lanes, size_t i, fc_snapshot *s,
                          fc_error *err)
{
    const size_t dim = lanes->list[i].index.dim;
    bool ok[FC_SAMPLE_BANK_ROWS];
    size_t n;
    fc_status st = draw(sample, &lanes->list[i].index, err);

    if (st != FC_OK || sample->bank != NULL)
        return st;
    n = sample->n_drawn < FC_SAMPLE_BANK_ROWS ? sample->n_drawn : FC_SAMPLE_BANK_ROWS;
    sample->contents = in_order(sample, n);
    sample->bank = fc__alloc_bare(n * dim, sizeof(*sample->bank));
    st = sample->contents == NULL || sample->bank == NULL
             ? fc__nomem(err, n * dim * sizeof(*sample->bank), "a bank of vectors")
             : fc__branch_rows(lanes->branches[i], s, sample->contents, n, sample->bank, ok, err);
    if (st == FC_OK)
        close_up(sample, ok, n, dim);
    else
        fc__sample_dispose(sample);
    return st;
}
