/*
 * Verify: each row by itself and against the rows before it - meta, encoders, data sets, contents,
 * samples, holders, failures.
 */
#include <stdlib.h>

#include "fc_alloc.h"
#include "fc_bytes.h"
#include "fc_maintain_check.h"
#include "fc_store_space.h"

void fc__check_row(fc_check *c, fc_table table, fc_span key, const char *what)
{
    char where[FC_KEY_TEXT_BYTES];

    fc__damage_tell(&c->damages, NULL, NULL, fc__key_text(table, key, where), "%s", what);
}

/* A reader's complaint without the words for the row in front, which `where` has. */
static fc_status told(fc_check *c, fc_table table, fc_span key, fc_status st, const char *what,
                      const fc_error *inner, fc_error *err)
{
    if (st == FC_OK)
        return FC_OK;
    if (st != FC_E_CORRUPT && st != FC_E_VERSION)
        return fc_error_set(err, st, "%s", inner->message);
    fc__check_row(c, table, key, what);
    return FC_OK;
}

fc_check_dataset *fc__check_dataset(fc_check *c, uint32_t number)
{
    for (size_t i = 0; i < c->n_datasets; i++)
        if (c->datasets[i].has_header && c->datasets[i].header.number == number)
            return &c->datasets[i];
    return NULL;
}

const char *fc__check_dataset_name(void *context, uint32_t number)
{
    const fc_check_dataset *d = fc__check_dataset(context, number);

    return d != NULL ? d->name : NULL;
}

const fc_encoder_record *fc__check_encoder(const fc_check *c, fc_version_id version)
{
    for (size_t i = 0; i < c->n_encoders; i++)
        if (c->encoders[i].info.id == version)
            return &c->encoders[i];
    return NULL;
}

/* ---- meta, encoder, dataset ---- */

static fc_status meta_row(fc_check *c, fc_span key, fc_error *err)
{
    const fc_key expected = fc__key_meta();
    fc_error inner = FC_ERROR_INIT;
    fc_status st;

    if (key.n != expected.n || memcmp(key.data, expected.bytes, key.n) != 0) {
        fc__check_row(c, FC_TABLE_META, key, "there is no such row");
        return FC_OK;
    }
    if (c->txn.mdb == NULL) /* the file is walked without LMDB: what needs meta is left out */
        return FC_OK;
    st = fc__meta_row_get(&c->txn, &c->meta, &inner);
    c->has_meta = st == FC_OK;
    return told(c, FC_TABLE_META, key, st, "the row has another layout", &inner, err);
}

static fc_status encoder_row(fc_check *c, fc_span key, fc_span body, fc_error *err)
{
    fc_error inner = FC_ERROR_INIT;
    fc_status st = fc__grow_array(&c->encoders, &c->encoders_capacity, c->n_encoders + 1,
                                  sizeof(*c->encoders), err);

    if (st != FC_OK)
        return st;
    if (key.n != 4 || fc_get_be32(key.data) == 0) {
        fc__check_row(c, FC_TABLE_ENCODER, key, "the key has another layout");
        return FC_OK;
    }
    st = fc__encoder_read(&c->encoders[c->n_encoders], fc_get_be32(key.data), body, &inner);
    if (st == FC_OK)
        c->n_encoders++;
    if (st == FC_OK && c->has_meta && fc_get_be32(key.data) >= c->meta.next_encoder)
        fc__check_row(c, FC_TABLE_ENCODER, key, "its number has not been given out yet");
    return told(c, FC_TABLE_ENCODER, key, st, "the row has another layout", &inner, err);
}

static fc_status named_dataset(fc_check *c, const char *name, fc_check_dataset **out, fc_error *err)
{
    fc_status st;

    if (c->n_datasets > 0 && strcmp(c->datasets[c->n_datasets - 1].name, name) == 0) {
        *out = &c->datasets[c->n_datasets - 1];
        return FC_OK;
    }
    st = fc__grow_array(&c->datasets, &c->datasets_capacity, c->n_datasets + 1,
                        sizeof(*c->datasets), err);
    if (st != FC_OK)
        return st;
    *out = &c->datasets[c->n_datasets];
    **out = (fc_check_dataset){.name = fc__strdup(name)};
    if ((*out)->name == NULL)
        return fc__nomem(err, strlen(name), "a data set");
    c->n_datasets++;
    return FC_OK;
}

static fc_status header_row(fc_check *c, fc_check_dataset *d, fc_span key, fc_span body,
                            fc_error *err)
{
    fc_error inner = FC_ERROR_INIT;
    fc_dataset_header h;
    fc_key k = {.n = key.n};
    fc_status st;

    memcpy(k.bytes, key.data, key.n);
    st = fc__dataset_header_read(&h, &k, body, &inner);
    if (st != FC_OK)
        return told(c, FC_TABLE_DATASET, key, st, "the row has another layout", &inner, err);
    if (fc__check_dataset(c, h.number) != NULL ||
        (c->has_meta && h.number >= c->meta.next_dataset)) {
        fc__check_row(c, FC_TABLE_DATASET, key, "its number is another data set's");
        fc__dataset_header_dispose(&h);
        return FC_OK;
    }
    d->header = h;
    d->has_header = true;
    return FC_OK;
}

static fc_status version_row(fc_check *c, fc_check_dataset *d, fc_span key, fc_span body,
                             fc_error *err)
{
    fc_error inner = FC_ERROR_INIT;
    fc_version_record v;
    fc_status st =
        fc__grow_array(&d->versions, &d->capacity, d->n_versions + 1, sizeof(*d->versions), err);

    if (st != FC_OK)
        return st;
    st = fc__version_read(&v, key, body, &inner);
    if (st == FC_OK)
        d->versions[d->n_versions++] = v;
    return told(c, FC_TABLE_DATASET, key, st, "the row has another layout", &inner, err);
}

fc_status fc__check_catalog_row(fc_check *c, fc_table table, fc_span key, fc_span body,
                                fc_error *err)
{
    fc_check_dataset *d;
    const char *name;
    uint32_t version;
    fc_status st;

    if (table == FC_TABLE_META)
        return meta_row(c, key, err);
    if (table == FC_TABLE_ENCODER)
        return encoder_row(c, key, body, err);
    if (!fc__key_dataset_read(key, &name, &version)) {
        fc__check_row(c, table, key, "the key has another layout");
        return FC_OK;
    }
    st = named_dataset(c, name, &d, err);
    if (st != FC_OK)
        return st;
    return version == 0 ? header_row(c, d, key, body, err) : version_row(c, d, key, body, err);
}

/* ---- content ---- */

fc_status fc__check_content_row(fc_check *c, fc_span key, fc_span body, fc_error *err)
{
    uint64_t number;

    if (key.n != FC_SHA256_BYTES || body.n != 8 || (number = fc_get_le64(body.data)) == 0) {
        fc__check_row(c, FC_TABLE_CONTENT, key, "the row has another layout");
        return FC_OK;
    }
    if (!c->has_meta)
        return FC_OK;
    if (number >= c->meta.next_content) {
        fc__check_row(c, FC_TABLE_CONTENT, key, "its number has not been given out yet");
        return FC_OK;
    }
    if (c->contents == NULL) {
        c->n_contents = c->meta.next_content;
        c->contents = fc__alloc_array((size_t)(c->n_contents / 8 + 1), 1);
        if (c->contents == NULL)
            return fc__nomem(err, (size_t)(c->n_contents / 8), "a map of contents");
    }
    if (fc__bit_get(c->contents, number))
        fc__check_row(c, FC_TABLE_CONTENT, key, "its number is another content's too");
    fc__bit_set(c->contents, number);
    return FC_OK;
}

/* ---- sample, holder, failure ---- */

void fc__check_sum(fc_check_dataset *d, fc_version_sum *sums, uint32_t first, uint32_t last,
                   fc_u128 digest)
{
    size_t from = 0, to = 0;

    while (from < d->n_versions && d->versions[from].number < first)
        from++;
    for (to = from; to < d->n_versions && d->versions[to].number <= last;)
        to++;
    sums[from].count++;
    sums[from].digest = fc__u128_add(sums[from].digest, digest);
    sums[to].count--;
    sums[to].digest = fc__u128_sub(sums[to].digest, digest);
}

static fc_status sum_sample(fc_check *c, fc_check_dataset *d, uint32_t first,
                            const fc_sample_record *s, fc_error *err)
{
    fc_u128 digest;
    fc_status st = FC_OK;

    if (d->sums == NULL) {
        d->sums = fc__alloc_array(d->n_versions + 1, sizeof(*d->sums));
        if (d->sums == NULL)
            return fc__nomem(err, d->n_versions * sizeof(*d->sums), "sums");
    }
    st = fc__sample_digest(s, &c->scratch, &digest, err);
    if (st == FC_OK)
        fc__check_sum(d, d->sums, first, s->last, digest);
    return st;
}

/* NULL, or what is wrong with a row and the one before it. */
static const char *sample_fault(fc_check *c, const fc_check_dataset *d, fc_span key, uint32_t first,
                                const fc_sample_record *s)
{
    uint8_t hash[FC_ID_HASH_BYTES];
    const uint32_t newest = d->header.building != 0 ? d->header.building : d->header.sealed;

    fc__sample_id_hash(s->id, hash);
    if (memcmp(hash, key.data + 4, sizeof(hash)) != 0)
        return "its id is not the one of its key";
    if (first == 0 || first > newest || s->last < first ||
        (s->last != FC_VERSION_OPEN && s->last > newest))
        return "it holds in versions that the data set does not have";
    if (c->sample.any && memcmp(c->sample.bytes, key.data, sizeof(c->sample.bytes)) == 0 &&
        c->sample.last >= first)
        return "it overlaps an older row of the same id";
    if (c->contents != NULL &&
        (s->content >= c->n_contents || !fc__bit_get(c->contents, s->content)))
        return "its content has no row";
    return NULL;
}

fc_status fc__check_sample_row(fc_check *c, fc_span key, fc_span body, fc_error *err)
{
    char where[FC_KEY_TEXT_BYTES];
    fc_error ignored = FC_ERROR_INIT;
    fc_check_dataset *d;
    fc_sample_record s;
    uint32_t number, first;
    const uint8_t *hash;
    const char *fault;
    fc_status st;

    c->n_samples++;
    if (!fc__key_sample_read(key, &number, &hash, &first) ||
        fc__sample_read(&s, key, body, &ignored) != FC_OK) {
        fc__check_row(c, FC_TABLE_SAMPLE, key, "the row has another layout");
        return FC_OK;
    }
    d = fc__check_dataset(c, number);
    if (d == NULL) {
        fc__damage_tell(&c->damages, NULL, s.id, fc__key_text(FC_TABLE_SAMPLE, key, where),
                        "its data set is missing");
        return FC_OK;
    }
    fault = sample_fault(c, d, key, first, &s);
    if (fault != NULL)
        fc__damage_tell(&c->damages, d->name, s.id, fc__key_text(FC_TABLE_SAMPLE, key, where), "%s",
                        fault);
    st = sum_sample(c, d, first, &s, err);
    c->sample.any = true;
    c->sample.last = s.last;
    memcpy(c->sample.bytes, key.data, sizeof(c->sample.bytes));
    return st;
}

fc_status fc__check_holder_row(fc_check *c, fc_span key, fc_span body, fc_error *err)
{
    uint64_t content;
    uint32_t dataset, first;
    const uint8_t *hash;

    (void)err;
    c->n_holders++;
    if (!fc__key_holder_read(key, &content, &dataset, &hash, &first) || body.n != 0)
        fc__check_row(c, FC_TABLE_HOLDER, key, "the row has another layout");
    return FC_OK;
}

fc_status fc__check_space_row(fc_check *c, fc_span key, fc_span body)
{
    fc_error ignored = FC_ERROR_INIT;
    fc_space_row row;
    const fc_status st = fc__space_read(&row, key, body, &ignored);

    fc__space_row_dispose(&row);
    if (st == FC_E_CORRUPT)
        fc__check_row(c, FC_TABLE_SPACE, key, "the row has another layout");
    return st == FC_E_NOMEM ? st : FC_OK; /* one of a newer program is no damage */
}

fc_status fc__check_failure_row(fc_check *c, fc_span key, fc_span body, fc_error *err)
{
    fc_error ignored = FC_ERROR_INIT;
    fc_failure_record f;
    uint32_t dataset;
    fc_version_id version;
    const uint8_t *hash;

    (void)err;
    if (!fc__key_failure_read(key, &dataset, &hash, &version) ||
        fc__failure_read(&f, key, body, &ignored) != FC_OK)
        fc__check_row(c, FC_TABLE_FAILURE, key, "the row has another layout");
    else if (fc__check_dataset(c, dataset) == NULL)
        fc__check_row(c, FC_TABLE_FAILURE, key, "its data set is missing");
    else if (version != 0 && fc__check_encoder(c, version) == NULL)
        fc__check_row(c, FC_TABLE_FAILURE, key, "its encoder version is missing");
    return FC_OK;
}
