/*
 * Counting in how many texts each stem is, and which of the counts are kept.
 */
#include <stdlib.h>
#include <string.h>

#include "fc_alloc.h"
#include "fc_hashtext.h"
#include "fc_text.h"

struct fc_idf_counts {
    fc_feature_counts stems;
    uint64_t n_texts;
};

/* A stem as it is kept. */
typedef struct kept_stem {
    uint32_t key, df;
} kept_stem;

fc_status fc__idf_counts_create(fc_idf_counts **out, fc_error *err)
{
    *out = fc__alloc_array(1, sizeof(**out)); /* zeroed: no stems */
    return *out != NULL ? FC_OK : fc__nomem(err, sizeof(**out), "document frequencies");
}

void fc__idf_counts_destroy(fc_idf_counts *c)
{
    if (c == NULL)
        return;
    fc__feature_counts_dispose(&c->stems);
    free(c);
}

uint64_t fc__idf_counts_texts(const fc_idf_counts *c)
{
    return c->n_texts;
}

fc_status fc__idf_counts_add(fc_idf_counts *c, const uint64_t *keys, size_t n, fc_error *err)
{
    fc_status st = FC_OK;

    if (c->n_texts == UINT32_MAX)
        return FC_OK; /* more would not change a weight by anything that counts */
    c->n_texts++;
    for (size_t i = 0; i < n && st == FC_OK; i++) {
        const fc_feature_count item = {.key = keys[i]};

        if (!fc__feature_counts_again(&c->stems, keys[i]) && c->stems.n < FC_IDF_COUNTED_MAX)
            st = fc__feature_counts_add(&c->stems, &item, err);
    }
    return st;
}

/* The most frequent first; of equals, the smaller key. */
static int by_frequency(const void *a, const void *b)
{
    const kept_stem *x = a, *y = b;

    if (x->df != y->df)
        return x->df > y->df ? -1 : 1;
    return (x->key > y->key) - (x->key < y->key);
}

static int by_key(const void *a, const void *b)
{
    const kept_stem *x = a, *y = b;

    if (x->key != y->key)
        return x->key < y->key ? -1 : 1;
    return (y->df > x->df) - (y->df < x->df); /* of twins the frequent one first */
}

/* Two stems whose halves of a key are equal are one to whoever reads: the frequent one stays. */
static size_t drop_twins(kept_stem *stems, size_t n)
{
    size_t to = 0;

    for (size_t i = 0; i < n; i++)
        if (to == 0 || stems[i].key != stems[to - 1].key)
            stems[to++] = stems[i];
    return to;
}

/* How many texts have a stem that is not kept, on average. */
static uint32_t mean_of(const kept_stem *stems, size_t n)
{
    uint64_t sum = n / 2; /* to the nearest */

    for (size_t i = 0; i < n; i++)
        sum += stems[i].df;
    return n == 0 ? 0 : (uint32_t)(sum / n);
}

static fc_status write_stems(const fc_idf_counts *c, const kept_stem *stems, size_t n,
                             uint32_t rest, fc_buf *out, fc_error *err)
{
    fc_buf bytes = FC_BUF_INIT;
    fc_status st;

    st = fc_buf_append_u8(&bytes, 1, err);
    if (st == FC_OK)
        st = fc_buf_append_u32(&bytes, (uint32_t)c->n_texts, err);
    if (st == FC_OK)
        st = fc_buf_append_u32(&bytes, rest, err);
    if (st == FC_OK)
        st = fc_buf_append_u32(&bytes, (uint32_t)n, err);
    for (size_t i = 0; i < n && st == FC_OK; i++) {
        st = fc_buf_append_u32(&bytes, stems[i].key, err);
        if (st == FC_OK)
            st = fc_buf_append_u32(&bytes, stems[i].df, err);
    }
    if (st == FC_OK)
        st = fc__base64(out, bytes.data, bytes.size, err);
    fc_buf_dispose(&bytes);
    return st;
}

fc_status fc__idf_counts_write(const fc_idf_counts *c, fc_buf *out, fc_error *err)
{
    kept_stem *stems = fc__alloc_array(c->stems.n + 1, sizeof(*stems));
    size_t n = c->stems.n, kept;
    fc_status st;

    if (stems == NULL)
        return fc__nomem(err, n * sizeof(*stems), "document frequencies");
    for (size_t i = 0; i < n; i++)
        stems[i] = (kept_stem){(uint32_t)(c->stems.items[i].key >> 32), c->stems.items[i].count};
    qsort(stems, n, sizeof(*stems), by_frequency);
    kept = n < FC_IDF_STEMS_MAX ? n : FC_IDF_STEMS_MAX;
    qsort(stems, kept, sizeof(*stems), by_key);
    st = write_stems(c, stems, drop_twins(stems, kept), mean_of(stems + kept, n - kept), out, err);
    free(stems);
    return st;
}
