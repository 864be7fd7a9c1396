/*
 * Repair: intact rows made into a store again. What follows from others is made (holders, content
 * rows, headers, versions, the numbers of meta); what refers to something lost goes.
 */
#include <stdio.h>
#include <stdlib.h>

#include "fc_alloc.h"
#include "fc_bytes.h"
#include "fc_maintain.h"
#include "fc_store_canary.h"

typedef struct set {
    char *name;
    bool has_header;
    fc_dataset_header header;
    uint32_t newest; /* that a row of it speaks of */
    bool *has;       /* a version row, by number - 1 */
    size_t n_has;
} set;

typedef struct fix {
    fc_env *env;
    const fc_watch *watch;
    fc_txn txn;
    fc_copy copy;
    fc_meta_row meta;
    fc_encoder_record *encoders;
    size_t n_encoders;
    set *sets;
    size_t n_sets, capacity;
    fc_buf value;
} fix;

typedef fc_status (*row_fn)(fix *f, fc_span key, fc_span value, fc_error *err);

static fc_status each_row(fix *f, fc_table table, row_fn row, fc_error *err)
{
    const fc_key from = {.n = 1};
    fc_cursor c = FC_CURSOR_INIT;
    fc_span key, value;
    fc_status st = fc__cursor_open(&c, &f->txn, table, err);

    if (st == FC_OK)
        st = fc__cursor_seek(&c, &from, &key, &value, err);
    while (st == FC_OK) {
        st = row(f, key, value, err);
        if (st == FC_OK)
            st = fc__cursor_next(&c, &key, &value, err);
    }
    fc__cursor_close(&c);
    return st == FC_E_NOT_FOUND ? FC_OK : st;
}

static fc_status drop(fix *f, fc_table table, fc_span key, fc_error *err)
{
    fc_key k = {.n = key.n};
    const size_t n = key.n < sizeof(k.bytes) ? key.n : sizeof(k.bytes);

    memcpy(k.bytes, key.data, n);
    return fc__edits_delete(&f->copy.edits, table, &k, err);
}

static fc_status put(fix *f, fc_table table, const fc_key *key, fc_error *err)
{
    return fc__copy_row(&f->copy, table, fc__key_span(key), (fc_span){f->value.data, f->value.size},
                        err);
}

/* What was put is there for the next step. */
static fc_status settle(fix *f, fc_error *err)
{
    const fc_status st = fc__copy_flush(&f->copy, true, err);

    return st == FC_OK ? fc__txn_renew(&f->txn, err) : st;
}

/* ---- data sets ---- */

static fc_status add_set(fix *f, const char *name, set **out, fc_error *err)
{
    fc_status st;

    for (size_t i = 0; i < f->n_sets; i++)
        if (strcmp(f->sets[i].name, name) == 0) {
            *out = &f->sets[i];
            return FC_OK;
        }
    st = fc__grow_array(&f->sets, &f->capacity, f->n_sets + 1, sizeof(*f->sets), err);
    if (st != FC_OK)
        return st;
    *out = &f->sets[f->n_sets];
    **out = (set){.name = fc__strdup(name)};
    if ((*out)->name == NULL)
        return fc__nomem(err, strlen(name), "a data set");
    f->n_sets++;
    return FC_OK;
}

static set *numbered(fix *f, uint32_t number)
{
    for (size_t i = 0; i < f->n_sets; i++)
        if (f->sets[i].has_header && f->sets[i].header.number == number)
            return &f->sets[i];
    return NULL;
}

static fc_status dataset_row(fix *f, fc_span key, fc_span value, fc_error *err)
{
    fc_error ignored = FC_ERROR_INIT;
    fc_dataset_header h;
    fc_version_record v;
    const char *name;
    uint32_t number;
    set *s;
    fc_status st;

    if (!fc__key_dataset_read(key, &name, &number))
        return drop(f, FC_TABLE_DATASET, key, err);
    st = add_set(f, name, &s, err);
    if (st != FC_OK)
        return st;
    if (number == 0) {
        const fc_key k = fc__key_dataset(name, 0);

        if (fc__dataset_header_read(&h, &k, value, &ignored) != FC_OK)
            return drop(f, FC_TABLE_DATASET, key, err);
        s->header = h;
        s->has_header = true;
        return FC_OK;
    }
    if (fc__version_read(&v, key, value, &ignored) != FC_OK)
        return drop(f, FC_TABLE_DATASET, key, err);
    if (number > s->newest)
        s->newest = number;
    fc__version_dispose(&v);
    return FC_OK;
}

/* Sample rows of a number that no header has: the one data set that lost its header, or a new name.
 */
static fc_status adopt(fix *f, uint32_t number, set **out, fc_error *err)
{
    set *orphan = NULL;
    char name[32];
    size_t n = 0;
    fc_status st = FC_OK;

    for (size_t i = 0; i < f->n_sets; i++)
        if (!f->sets[i].has_header) {
            orphan = &f->sets[i];
            n++;
        }
    if (n != 1) {
        snprintf(name, sizeof(name), "recovered-%u", number);
        st = add_set(f, name, &orphan, err);
    }
    if (st != FC_OK)
        return st;
    orphan->has_header = true;
    orphan->header = (fc_dataset_header){.number = number, .root = fc__strdup("")};
    *out = orphan;
    return orphan->header.root != NULL ? FC_OK : fc__nomem(err, 1, "a data set");
}

/* ---- samples ---- */

static fc_status put_content(fix *f, const fc_sample_record *s, fc_error *err)
{
    const fc_key key = fc__key_content(&s->hash);
    fc_error ignored = FC_ERROR_INIT;
    uint64_t number;
    fc_status st;

    if (fc__content_get(&f->txn, &s->hash, &number, &ignored) == FC_OK && number == s->content)
        return FC_OK;
    fc_buf_clear(&f->value);
    st = fc__content_write(&s->hash, s->content, &f->value, err);
    return st == FC_OK ? put(f, FC_TABLE_CONTENT, &key, err) : st;
}

static fc_status sample_row(fix *f, fc_span key, fc_span value, fc_error *err)
{
    uint8_t proof[FC_ID_HASH_BYTES];
    fc_error ignored = FC_ERROR_INIT;
    fc_sample_record s;
    uint32_t number, first;
    const uint8_t *hash;
    fc_key holder;
    set *d;
    fc_status st = FC_OK;

    if (!fc__key_sample_read(key, &number, &hash, &first) || number == 0 || first == 0 ||
        fc__sample_read(&s, key, value, &ignored) != FC_OK)
        return drop(f, FC_TABLE_SAMPLE, key, err);
    fc__sample_id_hash(s.id, proof);
    if (memcmp(proof, hash, sizeof(proof)) != 0)
        return drop(f, FC_TABLE_SAMPLE, key, err);
    d = numbered(f, number);
    if (d == NULL)
        st = adopt(f, number, &d, err);
    if (st != FC_OK)
        return st;
    if (first > d->newest)
        d->newest = first;
    if (s.last != FC_VERSION_OPEN && s.last > d->newest)
        d->newest = s.last;
    if (s.content >= f->meta.next_content)
        f->meta.next_content = s.content + 1;
    if (number >= f->meta.next_dataset)
        f->meta.next_dataset = number + 1;
    st = put_content(f, &s, err);
    holder = fc__key_holder(s.content, number, hash, first);
    fc_buf_clear(&f->value);
    if (st == FC_OK)
        st = fc__row_seal(FC_TABLE_HOLDER, &holder, &f->value, err);
    return st == FC_OK ? put(f, FC_TABLE_HOLDER, &holder, err) : st;
}

static fc_status content_row(fix *f, fc_span key, fc_span value, fc_error *err)
{
    if (key.n != FC_SHA256_BYTES || value.n != 8 || fc_get_le64(value.data) == 0)
        return drop(f, FC_TABLE_CONTENT, key, err);
    if (fc_get_le64(value.data) >= f->meta.next_content)
        f->meta.next_content = fc_get_le64(value.data) + 1;
    return FC_OK;
}

static fc_status failure_row(fix *f, fc_span key, fc_span value, fc_error *err)
{
    uint32_t dataset;
    fc_version_id version;
    const uint8_t *hash;
    bool known;

    (void)value;
    if (!fc__key_failure_read(key, &dataset, &hash, &version))
        return drop(f, FC_TABLE_FAILURE, key, err);
    known = version == 0;
    for (size_t i = 0; i < f->n_encoders; i++)
        known = known || f->encoders[i].info.id == version;
    return known && numbered(f, dataset) != NULL ? FC_OK : drop(f, FC_TABLE_FAILURE, key, err);
}

/* ---- headers and versions that are missing ---- */

/* Entries of encoders that are there; a version that was lost covers every output. */
static fc_status fix_coverage(fix *f, fc_version_record *v, bool lost, fc_error *err)
{
    size_t kept = 0;
    fc_status st = FC_OK;

    for (size_t i = 0; i < v->n_coverage; i++)
        for (size_t k = 0; k < f->n_encoders; k++)
            if (f->encoders[k].info.id == v->coverage[i].version &&
                fc__encoder_output(&f->encoders[k].info, v->coverage[i].output) != NULL) {
                v->coverage[kept++] = v->coverage[i];
                break;
            }
    v->n_coverage = kept;
    for (size_t k = 0; lost && k < f->n_encoders; k++)
        for (size_t o = 0; o < f->encoders[k].info.n_outputs && st == FC_OK; o++) {
            fc_coverage_entry *entry;

            st = fc__version_add_entry(v, f->encoders[k].info.id, f->encoders[k].info.outputs[o].id,
                                       &entry, err);
            if (st == FC_OK)
                entry->sealed = true;
        }
    return st;
}

static fc_status fix_version(fix *f, const set *s, uint32_t number, fc_error *err)
{
    const fc_key key = fc__key_dataset(s->name, number);
    fc_version_record v;
    fc_status st = fc__version_get(&f->txn, s->name, number, &v, err);
    const bool lost = st == FC_E_NOT_FOUND;

    if (lost) {
        v = (fc_version_record){.number = number, .source = fc__strdup("")};
        st = v.source != NULL ? FC_OK : fc__nomem(err, 1, "a data-set version");
    }
    if (st != FC_OK)
        return st;
    v.state = number == s->header.building ? FC_BUILDING : FC_SEALED;
    st = fix_coverage(f, &v, lost, err);
    fc_buf_clear(&f->value);
    if (st == FC_OK)
        st = fc__version_write(&v, s->name, &f->value, err);
    if (st == FC_OK)
        st = put(f, FC_TABLE_DATASET, &key, err);
    fc__version_dispose(&v);
    return st;
}

static fc_status fix_set(fix *f, set *s, fc_error *err)
{
    const fc_key key = fc__key_dataset(s->name, 0);
    fc_dataset_header *h = &s->header;
    fc_status st = FC_OK;

    if (!s->has_header) { /* versions without a single sample row and without a number */
        h->number = f->meta.next_dataset++;
        h->root = fc__strdup("");
        s->has_header = h->root != NULL;
        if (h->root == NULL)
            return fc__nomem(err, 1, "a data set");
    }
    if (h->number >= f->meta.next_dataset)
        f->meta.next_dataset = h->number + 1;
    /* A header that is older than its rows: what they hold in has been sealed or was being built.
     */
    if (s->newest > (h->building != 0 ? h->building : h->sealed)) {
        h->sealed = s->newest;
        h->building = 0;
    }
    for (uint32_t v = 1; v <= (h->building != 0 ? h->building : h->sealed) && st == FC_OK; v++)
        st = fix_version(f, s, v, err);
    fc_buf_clear(&f->value);
    if (st == FC_OK)
        st = fc__dataset_header_write(h, s->name, &f->value, err);
    return st == FC_OK ? put(f, FC_TABLE_DATASET, &key, err) : st;
}

/* A version whose canary was lost has none: the next ingest makes another. */
static fc_status fix_canary(fix *f, fc_encoder_record *r, fc_error *err)
{
    const fc_key key = fc__key_encoder(r->info.id);
    fc_error inner = FC_ERROR_INIT;
    fc_canary c;
    fc_status st = fc__canary_get(&f->txn, r, &c, &inner);

    fc__canary_dispose(&c);
    if (st != FC_E_CORRUPT)
        return st == FC_E_NOMEM ? fc_error_set(err, st, "%s", inner.message) : FC_OK;
    r->canary = (fc_artefact_id){{0}};
    fc_buf_clear(&f->value);
    st = fc__encoder_write(r, &f->value, err);
    return st == FC_OK ? put(f, FC_TABLE_ENCODER, &key, err) : st;
}

static fc_status fix_meta(fix *f, fc_error *err)
{
    const fc_key key = fc__key_meta();
    fc_status st;

    f->meta.generation++; /* nobody may take the repaired state for the damaged one */
    fc_buf_clear(&f->value);
    st = fc__meta_row_write(&f->meta, &f->value, err);
    return st == FC_OK ? put(f, FC_TABLE_META, &key, err) : st;
}

static fc_status run(fix *f, fc_error *err)
{
    fc_status st = fc__meta_row_get(&f->txn, &f->meta, err);

    if (st == FC_OK)
        st = fc__encoders_load(&f->txn, &f->encoders, &f->n_encoders, err);
    for (size_t i = 0; i < f->n_encoders && st == FC_OK; i++)
        if (f->encoders[i].info.id >= f->meta.next_encoder)
            f->meta.next_encoder = f->encoders[i].info.id + 1;
    for (size_t i = 0; i < f->n_encoders && st == FC_OK; i++)
        st = fix_canary(f, &f->encoders[i], err);
    if (st == FC_OK)
        st = each_row(f, FC_TABLE_CONTENT, content_row, err);
    if (st == FC_OK)
        st = each_row(f, FC_TABLE_DATASET, dataset_row, err);
    if (st == FC_OK)
        st = each_row(f, FC_TABLE_SAMPLE, sample_row, err);
    if (st == FC_OK)
        st = each_row(f, FC_TABLE_FAILURE, failure_row, err);
    if (st == FC_OK)
        st = fc__repair_fix_blocks(&f->txn, &f->copy, f->encoders, f->n_encoders,
                                   &f->meta.next_content, err);
    if (st == FC_OK)
        st = settle(f, err);
    for (size_t i = 0; i < f->n_sets && st == FC_OK; i++)
        st = fix_set(f, &f->sets[i], err);
    if (st == FC_OK)
        st = fix_meta(f, err);
    return st == FC_OK ? settle(f, err) : st;
}

fc_status fc__repair_fix(fc_env *env, const fc_watch *watch, fc_error *err)
{
    fix f = {.env = env,
             .watch = watch,
             .copy = {.to = env, .edits = FC_EDITS_INIT, .watch = watch, .what = "references"}};
    fc_status st = fc__txn_begin(&f.txn, env, false, err);

    if (st == FC_OK)
        st = run(&f, err);
    fc__txn_end(&f.txn);
    fc__encoders_free(f.encoders, f.n_encoders);
    for (size_t i = 0; i < f.n_sets; i++) {
        free(f.sets[i].name);
        fc__dataset_header_dispose(&f.sets[i].header);
    }
    free(f.sets);
    fc__edits_dispose(&f.copy.edits);
    fc_buf_dispose(&f.value);
    return st;
}
