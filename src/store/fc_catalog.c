/*
 * The data sets that a snapshot shows, with all their versions and coverage.
 */
#include <stdlib.h>

#include "fc_alloc.h"
#include "fc_bytes.h"
#include "fc_store_internal.h"

static fc_status count_failures(fc_snapshot *s, uint32_t dataset, uint64_t *n, fc_error *err)
{
    static const uint8_t zero[FC_ID_HASH_BYTES] = {0};
    const fc_key from = fc__key_failure(dataset, zero, 0);
    fc_cursor c = FC_CURSOR_INIT;
    fc_span key, value;
    fc_status st = fc__cursor_open(&c, &s->txn, FC_TABLE_FAILURE, err);

    *n = 0;
    if (st == FC_OK)
        st = fc__cursor_seek(&c, &from, &key, &value, err);
    for (; st == FC_OK && fc__span_has_prefix(key, from.bytes, 4);
         st = fc__cursor_next(&c, &key, &value, err))
        ++*n;
    fc__cursor_close(&c);
    return st == FC_E_NOT_FOUND ? FC_OK : st;
}

static fc_status add_dataset(fc_snapshot *s, const char *name, fc_span key, fc_span value,
                             fc_error *err)
{
    fc_dataset_info *d;
    fc_key k = {.n = key.n};
    fc_status st = fc__grow_array(&s->datasets, &s->datasets_capacity, s->n_datasets + 1,
                                  sizeof(*s->datasets), err);

    if (st == FC_OK)
        st = fc__grow_array(&s->headers, &s->headers_capacity, s->n_datasets + 1,
                            sizeof(*s->headers), err);
    if (st != FC_OK)
        return st;
    memcpy(k.bytes, key.data, key.n);
    d = &s->datasets[s->n_datasets];
    *d = (fc_dataset_info){.name = fc__strdup(name)};
    if (d->name == NULL)
        return fc__nomem(err, strlen(name), "a data set");
    st = fc__dataset_header_read(&s->headers[s->n_datasets], &k, value, err);
    if (st != FC_OK) {
        free((void *)(uintptr_t)d->name);
        return st;
    }
    d->root = s->headers[s->n_datasets].root;
    s->n_datasets++;
    return count_failures(s, s->headers[s->n_datasets - 1].number, &d->n_failures, err);
}

static fc_status copy_coverage(fc_dataset_version *out, const fc_version_record *v, fc_error *err)
{
    fc_coverage *list = fc__alloc_array(v->n_coverage, sizeof(*list));

    if (list == NULL)
        return fc__nomem(err, v->n_coverage * sizeof(*list), "the coverage of a data set");
    for (size_t i = 0; i < v->n_coverage; i++) {
        list[i] = (fc_coverage){.version = v->coverage[i].version,
                                .output = v->coverage[i].output,
                                .sealed = v->coverage[i].sealed,
                                .count = v->coverage[i].count};
        fc__u128_hex(v->coverage[i].digest, list[i].digest);
    }
    out->coverage = list;
    out->n_coverage = v->n_coverage;
    return FC_OK;
}

static fc_status add_version(fc_dataset_info *d, size_t *capacity, fc_span key, fc_span value,
                             fc_error *err)
{
    fc_version_record v;
    fc_dataset_version *list = (fc_dataset_version *)(uintptr_t)d->versions, *out;
    fc_status st = fc__version_read(&v, key, value, err);

    if (st != FC_OK)
        return st;
    st = fc__grow_array(&list, capacity, d->n_versions + 1, sizeof(*list), err);
    d->versions = list;
    if (st == FC_OK) {
        out = &list[d->n_versions];
        *out = (fc_dataset_version){.number = v.number,
                                    .state = v.state,
                                    .partial = v.partial,
                                    .created_ns = v.created_ns,
                                    .sealed_ns = v.sealed_ns,
                                    .n_samples = v.n_samples};
        fc__u128_hex(v.digest, out->digest);
        st = copy_coverage(out, &v, err);
        if (st == FC_OK) {
            out->source = v.source;
            v.source = NULL;
            d->n_versions++;
        }
    }
    fc__version_dispose(&v);
    return st;
}

static fc_status load_datasets(fc_snapshot *s, fc_error *err)
{
    const fc_key from = {.n = 1}; /* one zero byte: before every name */
    fc_cursor c = FC_CURSOR_INIT;
    fc_span key, value;
    const char *name;
    uint32_t number;
    size_t capacity = 0;
    fc_status st = fc__cursor_open(&c, &s->txn, FC_TABLE_DATASET, err);

    if (st == FC_OK)
        st = fc__cursor_seek(&c, &from, &key, &value, err);
    for (; st == FC_OK; st = fc__cursor_next(&c, &key, &value, err)) {
        if (!fc__key_dataset_read(key, &name, &number)) {
            st = fc__corrupt(err, FC_TABLE_DATASET, key, "the key has another layout");
            break;
        }
        if (number == 0) {
            capacity = 0;
            st = add_dataset(s, name, key, value, err);
        } else if (s->n_datasets == 0 || strcmp(s->datasets[s->n_datasets - 1].name, name) != 0) {
            st = fc__corrupt(err, FC_TABLE_DATASET, key, "its header row is missing");
        } else {
            st = add_version(&s->datasets[s->n_datasets - 1], &capacity, key, value, err);
        }
        if (st != FC_OK)
            break;
    }
    fc__cursor_close(&c);
    return st == FC_E_NOT_FOUND ? FC_OK : st;
}

fc_status fc_snapshot_datasets(fc_snapshot *s, const fc_dataset_info **list, size_t *n,
                               fc_error *err)
{
    if (!s->has_datasets) {
        const fc_status st = load_datasets(s, err);

        if (st != FC_OK) {
            fc__snapshot_drop_datasets(s);
            return st;
        }
        s->has_datasets = true;
    }
    *list = s->datasets;
    *n = s->n_datasets;
    return FC_OK;
}

fc_status fc__snapshot_dataset_index(fc_snapshot *s, const char *name, size_t *at, fc_error *err)
{
    const fc_dataset_info *list;
    size_t n;
    const fc_status st = fc_snapshot_datasets(s, &list, &n, err);

    if (st != FC_OK)
        return st;
    for (*at = 0; *at < n; ++*at)
        if (strcmp(list[*at].name, name) == 0)
            return FC_OK;
    return FC_E_NOT_FOUND;
}

fc_status fc__snapshot_dataset_number(fc_snapshot *s, uint32_t number, size_t *at, fc_error *err)
{
    const fc_dataset_info *list;
    size_t n;
    const fc_status st = fc_snapshot_datasets(s, &list, &n, err);

    if (st != FC_OK)
        return st;
    for (*at = 0; *at < n; ++*at)
        if (s->headers[*at].number == number)
            return FC_OK;
    return FC_E_NOT_FOUND;
}

/* "NAME@N": the number, or 0 and false where it is none. */
static bool parse_number(const char *s, uint32_t *out)
{
    uint64_t v = 0;

    if (*s < '1' || *s > '9')
        return false;
    for (; *s >= '0' && *s <= '9'; s++) {
        v = v * 10 + (uint64_t)(*s - '0');
        if (v >= FC_VERSION_OPEN)
            return false;
    }
    *out = (uint32_t)v;
    return *s == '\0';
}

static fc_status no_dataset(const fc_snapshot *s, const char *name, fc_error *err)
{
    fc_buf names = FC_BUF_INIT;
    fc_status st = FC_OK;

    for (size_t i = 0; i < s->n_datasets && names.size < 256 && st == FC_OK; i++)
        st = fc_buf_append_fmt(&names, err, "%s%.64s", i > 0 ? ", " : "", s->datasets[i].name);
    if (st == FC_OK)
        st = s->n_datasets == 0
                 ? fc_error_set(err, FC_E_NOT_FOUND,
                                "no data set '%.64s': the store has none; ingest one first", name)
                 : fc_error_set(err, FC_E_NOT_FOUND, "no data set '%.64s'; there are: %.*s", name,
                                (int)names.size, (const char *)names.data);
    fc_buf_dispose(&names);
    return st;
}

fc_status fc_snapshot_find_dataset(fc_snapshot *s, const char *text,
                                   const fc_dataset_info **dataset,
                                   const fc_dataset_version **version, fc_error *err)
{
    const char *sign = strchr(text, '@');
    const size_t n = sign != NULL ? (size_t)(sign - text) : strlen(text);
    char name[FC_DATASET_NAME_MAX + 1];
    uint32_t wanted = 0;
    size_t at;
    fc_status st;

    *dataset = NULL;
    *version = NULL;
    if (sign != NULL && !parse_number(sign + 1, &wanted))
        return fc_error_set(err, FC_E_INVALID, "'%.160s': after '@' comes a version number from 1",
                            text);
    if (n > FC_DATASET_NAME_MAX)
        return fc_error_set(err, FC_E_NOT_FOUND, "no data set '%.160s'", text);
    memcpy(name, text, n);
    name[n] = '\0';
    st = fc__snapshot_dataset_index(s, name, &at, err);
    if (st == FC_E_NOT_FOUND)
        return no_dataset(s, name, err);
    if (st != FC_OK)
        return st;
    *dataset = &s->datasets[at];
    if (wanted == 0)
        wanted = s->headers[at].sealed;
    if (wanted == 0)
        return fc_error_set(
            err, FC_E_NOT_FOUND,
            "data set '%s' has no sealed version yet: its first ingest has not ended", name);
    for (size_t i = 0; i < s->datasets[at].n_versions; i++)
        if (s->datasets[at].versions[i].number == wanted)
            *version = &s->datasets[at].versions[i];
    if (*version == NULL)
        return fc_error_set(err, FC_E_NOT_FOUND,
                            "data set '%s' has no version %u; the newest is %u", name, wanted,
                            s->headers[at].sealed);
    if ((*version)->state != FC_SEALED) {
        *version = NULL;
        return fc_error_set(
            err, FC_E_NOT_FOUND,
            "data set '%s': version %u is still being built; the newest sealed is %u", name, wanted,
            s->headers[at].sealed);
    }
    return FC_OK;
}
