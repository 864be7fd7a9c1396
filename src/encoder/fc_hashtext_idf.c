/*
 * Frozen document frequencies: reading them, and the weight of a stem. Logarithms are from
 * fc_fixed.h, so that the bits are the same on every machine.
 */
#include "fc_hashtext_idf.h"

#include <stdlib.h>
#include <string.h>

#include "fc_alloc.h"
#include "fc_fixed.h"
#include "fc_text.h"

#define FORMAT 1

struct fc_idf {
    size_t n;
    double rest; /* the weight of all stems that are not here */
    uint32_t keys[FC_IDF_STEMS_MAX];
    double weights[FC_IDF_STEMS_MAX];
};

static double weight_of(uint32_t n_texts, uint32_t df)
{
    return fc__fixed_log((1.0 + (double)n_texts) / (1.0 + (double)df)) + 1.0;
}

static fc_status corrupt(fc_error *err, const char *what)
{
    return fc_error_set(err, FC_E_CORRUPT, "the document frequencies: %s", what);
}

static fc_status read_stems(fc_idf *idf, fc_reader *r, uint32_t n_texts, fc_error *err)
{
    for (size_t i = 0; i < idf->n; i++) {
        const uint32_t key = fc_read_u32(r), df = fc_read_u32(r);

        if (i > 0 && key <= idf->keys[i - 1])
            return corrupt(err, "stems out of order");
        if (df == 0 || df > n_texts)
            return corrupt(err, "a stem in none, or in more than all texts");
        idf->keys[i] = key;
        idf->weights[i] = weight_of(n_texts, df);
    }
    return FC_OK;
}

static fc_status read_all(fc_idf *idf, const fc_buf *bytes, fc_error *err)
{
    fc_reader r = fc_reader_over(bytes->data, bytes->size);
    const uint8_t format = fc_read_u8(&r);
    const uint32_t n_texts = fc_read_u32(&r), rest = fc_read_u32(&r);
    const uint32_t n = fc_read_u32(&r);

    if (r.failed || format != FORMAT)
        return corrupt(err, "not of a format that is known");
    if (n > FC_IDF_STEMS_MAX || fc_reader_left(&r) != (size_t)n * 8)
        return corrupt(err, "another number of stems");
    if (n_texts == 0 || rest > n_texts)
        return corrupt(err, "no texts");
    idf->n = n;
    idf->rest = weight_of(n_texts, rest);
    return read_stems(idf, &r, n_texts, err);
}

fc_status fc__idf_read(fc_idf **out, const char *text, fc_error *err)
{
    fc_idf *idf = fc__alloc_array(1, sizeof(*idf));
    fc_buf bytes = FC_BUF_INIT;
    fc_status st;

    *out = NULL;
    if (idf == NULL)
        return fc__nomem(err, sizeof(*idf), "document frequencies");
    st = fc__base64_decode(&bytes, text, strlen(text), err);
    if (st == FC_E_FORMAT)
        st = corrupt(err, "not in base64");
    if (st == FC_OK)
        st = read_all(idf, &bytes, err);
    fc_buf_dispose(&bytes);
    if (st != FC_OK) {
        free(idf);
        return st;
    }
    *out = idf;
    return FC_OK;
}

double fc__idf_weight(const fc_idf *idf, uint64_t key)
{
    const uint32_t wanted = (uint32_t)(key >> 32);
    size_t low = 0, high;

    if (idf == NULL)
        return 1.0;
    for (high = idf->n; low < high;) {
        const size_t middle = low + (high - low) / 2;

        if (idf->keys[middle] < wanted)
            low = middle + 1;
        else
            high = middle;
    }
    return low < idf->n && idf->keys[low] == wanted ? idf->weights[low] : idf->rest;
}

void fc__idf_destroy(fc_idf *idf)
{
    free(idf);
}
