/*
 * Contents of both out of the block headers, a sample of them, their rows.
 */
#include "adapter_pairs.h"

#include <stdlib.h>
#include <string.h>

#include "fc_alloc.h"
#include "fc_rng.h"
#include "fc_store_read.h"
#include "fc_vec.h"
#include "search_rows.h"

void fc__adapter_pairs_dispose(fc_adapter_pairs *p)
{
    free(p->source);
    free(p->target);
    free(p->contents);
    *p = (fc_adapter_pairs){.n_common = 0};
}

fc_status fc__adapter_pick(fc_snapshot *s, const char *text, const char *output, fc_picked *out,
                           fc_error *err)
{
    const fc_pick_wish wish = {.encoder = text, .output = output, .modality = FC_MODALITY_NONE};

    return fc__pick_output(s, &wish, out, err);
}

static fc_status list_side(fc_snapshot *s, const fc_picked *picked, uint64_t **out, size_t *n,
                           fc_error *err)
{
    fc_status st =
        fc__snapshot_item_contents(s, picked->encoder->id, picked->output->id, out, n, err);

    if (st == FC_OK && *n == 0)
        st =
            fc_error_set(err, FC_E_NOT_FOUND,
                         "the store has no '%s' of encoder %s@%.8s: it was not ingested, or "
                         "collected (featcache gc)",
                         picked->output->name, picked->encoder->name, picked->encoder->fingerprint);
    return st;
}

/* Knuth's selection sampling (TAOCP 2, 3.4.2, algorithm S): the order stays. */
static size_t draw(uint64_t *list, size_t n, size_t wanted, uint64_t seed)
{
    fc_rng rng = fc__rng_seed(seed);
    size_t taken = 0;

    for (size_t i = 0; i < n && taken < wanted; i++)
        if (fc__rng_below(&rng, n - i) < wanted - taken)
            list[taken++] = list[i];
    return taken;
}

static fc_status read_side(fc_snapshot *s, const fc_picked *picked, const uint64_t *contents,
                           size_t n, float **out, fc_error *err)
{
    const size_t dim = (size_t)picked->output->shape[0];
    const uint64_t shape[2] = {n, dim};
    bool *found = fc__alloc_array(n, sizeof(*found));
    fc_tensor rows;
    fc_status st;

    *out = fc__alloc_bare(n, dim * sizeof(**out));
    if (*out == NULL || found == NULL) {
        free(found);
        return fc__nomem(err, n * dim * sizeof(**out), "rows");
    }
    rows = fc_tensor_view(*out, FC_F32, 2, shape);
    st = fc_snapshot_get_rows(s, picked->encoder->id, picked->output->id, contents, n, &rows, found,
                              err);
    for (size_t i = 0; i < n && st == FC_OK; i++)
        if (!fc__all_finite(*out + i * dim, dim))
            st =
                fc_error_set(err, FC_E_FORMAT,
                             "'%s' of encoder %s@%.8s has an element that is not finite in content "
                             "%llu: encode that anew",
                             picked->output->name, picked->encoder->name,
                             picked->encoder->fingerprint, (unsigned long long)contents[i]);
    free(found);
    return st;
}

/* Unit rows; pairs with a zero vector go. */
static void normalise(fc_adapter_pairs *p)
{
    fc_adapt_pairs *r = &p->pairs;
    size_t kept = 0;

    for (size_t i = 0; i < r->n; i++) {
        float *x = p->source + i * r->p, *y = p->target + i * r->q;

        if (fc__vec_normalise(x, r->p) != FC_OK || fc__vec_normalise(y, r->q) != FC_OK) {
            p->n_skipped++;
            continue;
        }
        memmove(p->source + kept * r->p, x, r->p * sizeof(*x));
        memmove(p->target + kept * r->q, y, r->q * sizeof(*y));
        p->contents[kept++] = p->contents[i];
    }
    r->n = kept;
}

static fc_status list_common(fc_adapter_pairs *out, fc_snapshot *s, const fc_picked *source,
                             const fc_picked *target, fc_error *err)
{
    uint64_t *other = NULL;
    size_t n = 0, n_other = 0;
    fc_status st = list_side(s, source, &out->contents, &n, err);

    if (st == FC_OK)
        st = list_side(s, target, &other, &n_other, err);
    if (st == FC_OK)
        out->n_common = fc__common_contents(out->contents, n, other, n_other);
    free(other);
    return st;
}

fc_status fc__adapter_pairs_read(fc_adapter_pairs *out, fc_snapshot *s, const fc_picked *source,
                                 const fc_picked *target, uint64_t n_sample, uint64_t seed,
                                 uint64_t memory_bytes, fc_error *err)
{
    const size_t p = (size_t)source->output->shape[0], q = (size_t)target->output->shape[0];
    size_t n, bytes;
    fc_status st;

    *out = (fc_adapter_pairs){.n_common = 0};
    st = list_common(out, s, source, target, err);
    if (st != FC_OK)
        return st;
    n = out->n_common < n_sample ? (size_t)out->n_common : (size_t)n_sample;
    /* Rows, and the copies of them that are compared. */
    if (!fc__mul(n, 3 * (p + q) * sizeof(float), &bytes) || bytes > memory_bytes)
        return fc_error_set(err, FC_E_LIMIT,
                            "%zu pairs of %zu and %zu elements need some %zu MiB of memory, %llu "
                            "are allowed: take fewer (--sample)",
                            n, p, q, n / 1024 * 3 * (p + q) * sizeof(float) / 1024,
                            (unsigned long long)(memory_bytes >> 20));
    n = draw(out->contents, (size_t)out->n_common, n, seed);
    st = read_side(s, source, out->contents, n, &out->source, err);
    if (st == FC_OK)
        st = read_side(s, target, out->contents, n, &out->target, err);
    out->pairs = (fc_adapt_pairs){n, p, q, out->source, out->target, out->contents};
    if (st == FC_OK)
        normalise(out);
    return st;
}
