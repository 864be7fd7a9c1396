/*
 * Scans sample rows into a bit set. One pass over the sealed samples; memory is one bit a content.
 */
#include "search_live.h"

#include <stdlib.h>
#include <string.h>

#include "fc_alloc.h"
#include "fc_store_read.h"

bool fc__live_filter_is_open(const fc_live_filter *f)
{
    return f->dataset == NULL && f->modalities == 0 && f->where == NULL;
}

bool fc__live_filter_matches(const fc_live_filter *f, const fc_sample *sample)
{
    const fc_filter_row row = {.id = sample->id,
                               .dataset = sample->dataset,
                               .modality = fc_modality_name(sample->modality),
                               .group = sample->group,
                               .split = sample->split,
                               .path = sample->path,
                               .meta = fc__sample_meta(sample)};

    if (f->modalities != 0 && (f->modalities & (1u << sample->modality)) == 0)
        return false;
    return f->where == NULL || fc__filter_matches(f->where, &row);
}

static fc_status scan_dataset(fc_snapshot *s, const char *name, uint32_t version,
                              const fc_live_filter *f, fc_live_fn each, void *context,
                              fc_error *err)
{
    const fc_sample *sample;
    fc_samples *it;
    fc_status st;

    st = fc_samples_open(&it, s, name, version, err);
    if (st != FC_OK)
        return st;
    while ((st = fc_samples_next(it, &sample, err)) == FC_OK) {
        if (fc__live_filter_matches(f, sample))
            st = each(context, sample, err);
        if (st != FC_OK)
            break;
    }
    fc_samples_close(it);
    return st == FC_E_NOT_FOUND ? FC_OK : st;
}

const fc_dataset_version *fc__newest_sealed(const fc_dataset_info *d)
{
    for (size_t i = d->n_versions; i-- > 0;)
        if (d->versions[i].state == FC_SEALED)
            return &d->versions[i];
    return NULL;
}

static bool version_covers(const fc_dataset_version *v, fc_version_id version, fc_output_id output)
{
    for (size_t i = 0; v != NULL && i < v->n_coverage; i++)
        if (v->coverage[i].version == version && v->coverage[i].output == output)
            return v->coverage[i].sealed;
    return false;
}

bool fc__dataset_covers(const fc_dataset_info *d, const fc_dataset_version *pinned,
                        fc_version_id version, fc_output_id output)
{
    return version == 0 || version_covers(pinned, version, output) ||
           version_covers(fc__newest_sealed(d), version, output);
}

fc_status fc__live_scan(fc_snapshot *s, const fc_live_filter *f, fc_live_fn each, void *context,
                        fc_error *err)
{
    const fc_dataset_info *list;
    size_t n;
    fc_status st;

    if (f->dataset != NULL)
        return fc__dataset_covers(f->dataset, f->version, f->covered_version, f->covered_output)
                   ? scan_dataset(s, f->dataset->name, f->version->number, f, each, context, err)
                   : FC_OK;
    st = fc_snapshot_datasets(s, &list, &n, err);
    for (size_t i = 0; st == FC_OK && i < n; i++) {
        const fc_dataset_version *v = fc__newest_sealed(&list[i]);

        if (v != NULL && fc__dataset_covers(&list[i], NULL, f->covered_version, f->covered_output))
            st = scan_dataset(s, list[i].name, v->number, f, each, context, err);
    }
    return st;
}

fc_status fc__live_set_add(fc_live_set *set, uint64_t content, fc_error *err)
{
    if (content >= set->set.n) {
        const uint64_t n = content < 512 ? 1024 : content * 2;
        uint64_t *bits;

        if (n / 64 > SIZE_MAX / sizeof(uint64_t))
            return fc__nomem(err, SIZE_MAX, "a set of contents");
        bits = realloc(set->bits, (size_t)(n / 64 + 1) * sizeof(uint64_t));
        if (bits == NULL)
            return fc__nomem(err, (size_t)(n / 8), "a set of contents");
        memset(bits + (set->set.n == 0 ? 0 : set->set.n / 64 + 1), 0,
               (size_t)(n / 64 + 1 - (set->set.n == 0 ? 0 : set->set.n / 64 + 1)) *
                   sizeof(uint64_t));
        set->bits = bits;
        set->set.bits = bits;
        set->set.n = n;
    }
    if (!fc__content_set_has(&set->set, content)) {
        set->bits[content / 64] |= UINT64_C(1) << (content % 64);
        set->set.n_set++;
    }
    return FC_OK;
}

void fc__live_set_remove(fc_live_set *set, uint64_t content)
{
    if (fc__content_set_has(&set->set, content)) {
        set->bits[content / 64] &= ~(UINT64_C(1) << (content % 64));
        set->set.n_set--;
    }
}

void fc__live_set_dispose(fc_live_set *set)
{
    free(set->bits);
    memset(set, 0, sizeof(*set));
}

static fc_status add_content(void *context, const fc_sample *sample, fc_error *err)
{
    return fc__live_set_add(context, sample->content, err);
}

fc_status fc__live_contents(fc_snapshot *s, const fc_live_filter *f, fc_live_set *out,
                            fc_error *err)
{
    return fc__live_scan(s, f, add_content, out, err);
}
