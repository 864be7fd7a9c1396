/*
 * Document frequencies as what builtin/hashtext learns: a note holds the keys of a text's stems,
 * each once, 8 bytes each.
 */
#include <stdlib.h>

#include "fc_alloc.h"
#include "fc_hashtext.h"

static bool wanted(const void *self)
{
    const fc_hashtext *h = self;

    return h->rule.wants_idf && h->idf == NULL;
}

static fc_status note(const void *self, void *worker, const fc_prepared *in, fc_buf *out,
                      fc_error *err)
{
    fc_hashtext_worker *w = worker;
    fc_reader r = fc_reader_over(in->bytes.data, in->bytes.size);
    fc_prepared_word word;
    fc_status st = FC_OK;

    (void)self;
    fc__feature_counts_clear(&w->stems);
    while (st == FC_OK && fc__text_prepared_next(&r, &word)) {
        const fc_feature_count item = {
            .key = fc__feature_key(FC_FEATURE_STEM, word.stem, word.stem_n)};

        st = fc__feature_counts_add(&w->stems, &item, err);
    }
    for (size_t i = 0; i < w->stems.n && st == FC_OK; i++)
        st = fc_buf_append_u64(out, w->stems.items[i].key, err);
    return st;
}

static fc_status begin(void **sum, fc_error *err)
{
    fc_idf_counts *c = NULL;
    const fc_status st = fc__idf_counts_create(&c, err);

    *sum = c;
    return st;
}

static fc_status add(void *sum, const fc_buf *notes, fc_error *err)
{
    const size_t n = notes->size / sizeof(uint64_t);
    uint64_t *keys = fc__alloc_array(n + 1, sizeof(*keys));
    fc_reader r = fc_reader_over(notes->data, notes->size);
    fc_status st;

    if (keys == NULL)
        return fc__nomem(err, n * sizeof(*keys), "document frequencies");
    for (size_t i = 0; i < n; i++)
        keys[i] = fc_read_u64(&r);
    st = fc__idf_counts_add(sum, keys, n, err);
    free(keys);
    return st;
}

static fc_status end(const void *sum, fc_buf *text, fc_error *err)
{
    return fc__idf_counts_write(sum, text, err);
}

static void destroy(void *sum)
{
    fc__idf_counts_destroy(sum);
}

const fc_learning fc__hashtext_learning = {
    .data = "idf",
    .wanted = wanted,
    .note = note,
    .begin = begin,
    .add = add,
    .end = end,
    .destroy = destroy,
};
