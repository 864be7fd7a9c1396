/*
 * The notices about data sets come from the snapshot's lists alone. That of names reads samples
 * until each name has been met: the first one has them all, as a rule, and only a slip of the
 * keyboard costs a pass over all samples.
 */
#include "search_notes.h"

#include <stdlib.h>
#include <string.h>

#include "fc_alloc.h"
#include "fc_store_read.h"
#include "fc_suggest.h"

#define NAMES_MAX  32  /* of a filter that are looked for */
#define KEYS_MAX   256 /* columns among which the nearest is looked for */
#define SETS_SHOWN 3   /* data sets that a line names */

/* ---- data sets ---- */

/* Whose version it is, where the question leaves it open: the whole of a name, or any encoder. */
static bool could_be_searched(const fc_notes_wish *w, const fc_encoder_info *e,
                              const fc_output_info *o)
{
    return o->searchable && e->modality == w->picked->encoder->modality &&
           (w->encoder == NULL || strcmp(e->name, w->picked->encoder->name) == 0);
}

static uint64_t count_of(const fc_dataset_version *v, fc_version_id version, fc_output_id output)
{
    for (size_t i = 0; i < v->n_coverage; i++)
        if (v->coverage[i].version == version && v->coverage[i].output == output)
            return v->coverage[i].sealed ? v->coverage[i].count : 0;
    return 0;
}

/* Samples of the version that another encoder version covers best, beyond those that the one
 * searched has. */
static uint64_t count_missed(const fc_notes_wish *w, const fc_dataset_version *v,
                             const fc_encoder_info *list, size_t n, const fc_encoder_info **by)
{
    uint64_t best = count_of(v, w->picked->encoder->id, w->picked->output->id);
    const uint64_t mine = best;

    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < list[i].n_outputs; k++) {
            const uint64_t c = count_of(v, list[i].id, list[i].outputs[k].id);

            if (list[i].id != w->picked->encoder->id && c > best &&
                could_be_searched(w, &list[i], &list[i].outputs[k])) {
                best = c;
                *by = &list[i];
            }
        }
    return best - mine;
}

typedef struct missed {
    uint64_t n;
    size_t n_sets;
    fc_buf sets; /* the first names, for the message */
    const fc_encoder_info *by;
} missed;

static fc_status add_missed(missed *m, const fc_notes_wish *w, const fc_dataset_info *d,
                            const fc_encoder_info *encoders, size_t n_encoders, fc_error *err)
{
    const fc_dataset_version *v =
        w->filter->dataset != NULL ? w->filter->version : fc__newest_sealed(d);
    const uint64_t n = v != NULL ? count_missed(w, v, encoders, n_encoders, &m->by) : 0;

    if (n == 0)
        return FC_OK;
    m->n += n;
    m->n_sets++;
    if (m->n_sets > SETS_SHOWN)
        return m->n_sets > SETS_SHOWN + 1 ? FC_OK : fc_buf_append_fmt(&m->sets, err, ", ...");
    return fc_buf_append_fmt(&m->sets, err, "%s%s", m->n_sets > 1 ? ", " : "", d->name);
}

static fc_status note_missed(const missed *m, const fc_notes_wish *w, fc_result_builder *out,
                             fc_error *err)
{
    const fc_encoder_info *mine;

    if (m->n == 0)
        return FC_OK;
    mine = w->picked->encoder;
    return fc__result_note(
        out, err,
        "%llu sample%s of %s %s not searched: encoded with %s@%.8s, but not with %s@%.8s, which "
        "this query searches; ingest them with its card too, or search --encoder %s@%.8s",
        (unsigned long long)m->n, m->n == 1 ? "" : "s", (const char *)m->sets.data,
        m->n == 1 ? "is" : "are", m->by->name, m->by->fingerprint, mine->name, mine->fingerprint,
        m->by->name, m->by->fingerprint);
}

static fc_status note_datasets(fc_snapshot *s, const fc_notes_wish *w, fc_result_builder *out,
                               fc_error *err)
{
    /* Who names one version by its fingerprint or number wants that one. */
    const bool open =
        w->picked != NULL && (w->encoder == NULL || strpbrk(w->encoder, "@#") == NULL);
    const fc_dataset_info *list;
    const fc_encoder_info *encoders;
    missed m = {.sets = FC_BUF_INIT};
    size_t n = 0, n_encoders = 0;
    fc_status st;

    st = fc_snapshot_datasets(s, &list, &n, err);
    if (st == FC_OK)
        st = fc_snapshot_encoders(s, &encoders, &n_encoders, err);
    for (size_t i = 0; st == FC_OK && i < n; i++) {
        if (w->filter->dataset != NULL && strcmp(w->filter->dataset->name, list[i].name) != 0)
            continue;
        if (list[i].n_versions > 0 && fc__newest_sealed(&list[i]) == NULL)
            st = fc__result_note(out, err,
                                 "nothing of data set '%s' is searched: its first ingest has not "
                                 "ended; run the same ingest again to go on",
                                 list[i].name);
        else if (open)
            st = add_missed(&m, w, &list[i], encoders, n_encoders, err);
    }
    if (st == FC_OK)
        st = note_missed(&m, w, out, err);
    fc_buf_dispose(&m.sets);
    return st;
}

/* ---- names ---- */

typedef struct looking {
    const char *names[NAMES_MAX]; /* those that no sample had so far */
    size_t n_names;
    char *keys[KEYS_MAX]; /* what samples have instead */
    size_t n_keys;
} looking;

static fc_status add_key(looking *l, const char *key, fc_error *err)
{
    for (size_t i = 0; i < l->n_keys; i++)
        if (strcmp(l->keys[i], key) == 0)
            return FC_OK;
    if (l->n_keys == KEYS_MAX)
        return FC_OK;
    l->keys[l->n_keys] = fc__strdup(key);
    if (l->keys[l->n_keys] == NULL)
        return fc__nomem(err, strlen(key), "a name");
    l->n_keys++;
    return FC_OK;
}

/* FC_E_EXISTS ends the scan: every name is one that a sample has. */
static fc_status look_at(void *context, const fc_sample *sample, fc_error *err)
{
    const fc_meta *meta = fc__sample_meta(sample);
    looking *l = context;
    size_t n_left = 0;
    fc_status st = FC_OK;

    for (size_t i = 0; meta != NULL && i < meta->n && st == FC_OK; i++)
        st = add_key(l, meta->entries[i].key, err);
    for (size_t i = 0; i < l->n_names; i++)
        if (meta == NULL || fc__meta_find(meta, l->names[i]) == NULL)
            l->names[n_left++] = l->names[i];
    l->n_names = n_left;
    return st == FC_OK && l->n_names == 0 ? FC_E_EXISTS : st;
}

static fc_status note_name(const looking *l, const char *name, fc_result_builder *out,
                           fc_error *err)
{
    const char *known[KEYS_MAX + 6] = {"id", "dataset", "modality", "group", "split", "path"};
    const char *near;

    for (size_t i = 0; i < l->n_keys; i++)
        known[6 + i] = l->keys[i];
    near = fc__suggest(name, known, 6 + l->n_keys);
    if (near != NULL)
        return fc__result_note(out, err,
                               "where: no sample searched has a column '%s'; did you mean '%s'?",
                               name, near);
    return fc__result_note(
        out, err,
        "where: no sample searched has a column '%s'; a text to compare with goes in quotes", name);
}

static fc_status note_names(fc_snapshot *s, const fc_notes_wish *w, fc_result_builder *out,
                            fc_error *err)
{
    fc_live_filter all = *w->filter;
    looking l = {.n_keys = 0};
    fc_status st = FC_OK;

    all.where = NULL;
    if (w->filter->where != NULL)
        l.n_names = fc__filter_names(w->filter->where, l.names, NAMES_MAX);
    if (l.n_names > 0)
        st = fc__live_scan(s, &all, look_at, &l, err);
    for (size_t i = 0; i < l.n_names && st == FC_OK; i++)
        st = note_name(&l, l.names[i], out, err);
    for (size_t i = 0; i < l.n_keys; i++)
        free(l.keys[i]);
    return st == FC_E_EXISTS ? FC_OK : st;
}

fc_status fc__search_notes(fc_snapshot *s, const fc_notes_wish *wish, fc_result_builder *out,
                           fc_error *err)
{
    const fc_status st = note_datasets(s, wish, out, err);

    return st == FC_OK ? note_names(s, wish, out, err) : st;
}
