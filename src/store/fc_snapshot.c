/*
 * Snapshots, and the encoder versions that one shows.
 */
#include <stdio.h>
#include <stdlib.h>

#include "fc_alloc.h"
#include "fc_store_internal.h"

fc_status fc_snapshot_begin(fc_snapshot **out, fc_store *store, fc_error *err)
{
    fc_snapshot *s = fc__alloc_array(1, sizeof(*s));
    fc_status st;

    *out = NULL;
    if (s == NULL)
        return fc__nomem(err, sizeof(*s), "a snapshot");
    s->store = store;
    st = fc__txn_begin(&s->txn, store->env, false, err);
    if (st == FC_OK)
        st = fc__meta_row_get(&s->txn, &s->meta, err);
    if (st != FC_OK) {
        fc_snapshot_end(s);
        return st;
    }
    *out = s;
    return FC_OK;
}

void fc_snapshot_end(fc_snapshot *s)
{
    if (s == NULL)
        return;
    fc__txn_end(&s->txn);
    fc__snapshot_drop_datasets(s);
    fc__encoders_free(s->encoders, s->n_encoders);
    free(s->encoder_infos);
    fc__codec_destroy(s->codec);
    free(s);
}

void fc__snapshot_drop_datasets(fc_snapshot *s)
{
    for (size_t i = 0; i < s->n_datasets; i++) {
        fc_dataset_info *d = &s->datasets[i];

        for (size_t v = 0; v < d->n_versions; v++) {
            free((void *)(uintptr_t)d->versions[v].source);
            free((void *)(uintptr_t)d->versions[v].coverage);
        }
        free((void *)(uintptr_t)d->versions);
        free((void *)(uintptr_t)d->name);
        fc__dataset_header_dispose(&s->headers[i]);
    }
    free(s->datasets);
    free(s->headers);
    s->datasets = NULL;
    s->headers = NULL;
    s->n_datasets = s->datasets_capacity = s->headers_capacity = 0;
    s->has_datasets = false;
}

uint64_t fc_snapshot_generation(const fc_snapshot *snapshot)
{
    return snapshot->meta.generation;
}

fc_status fc__snapshot_codec(fc_snapshot *s, fc_codec **out, fc_error *err)
{
    fc_status st = FC_OK;

    if (s->codec == NULL)
        st = fc__codec_create(&s->codec, err);
    *out = s->codec;
    return st;
}

fc_status fc_snapshot_encoders(fc_snapshot *s, const fc_encoder_info **list, size_t *n,
                               fc_error *err)
{
    if (!s->has_encoders) {
        const fc_status st = fc__encoders_load(&s->txn, &s->encoders, &s->n_encoders, err);

        if (st != FC_OK)
            return st;
        s->encoder_infos = fc__alloc_array(s->n_encoders, sizeof(*s->encoder_infos));
        if (s->encoder_infos == NULL) {
            fc__encoders_free(s->encoders, s->n_encoders);
            s->encoders = NULL;
            s->n_encoders = 0;
            return fc__nomem(err, sizeof(*s->encoder_infos), "the list of encoders");
        }
        for (size_t i = 0; i < s->n_encoders; i++)
            s->encoder_infos[i] = s->encoders[i].info;
        s->has_encoders = true;
    }
    *list = s->encoder_infos;
    *n = s->n_encoders;
    return FC_OK;
}

fc_status fc__snapshot_encoder(fc_snapshot *s, fc_version_id id, const fc_encoder_info **out,
                               fc_error *err)
{
    const fc_encoder_info *list;
    size_t n;
    const fc_status st = fc_snapshot_encoders(s, &list, &n, err);

    if (st != FC_OK)
        return st;
    for (size_t i = 0; i < n; i++)
        if (list[i].id == id) {
            *out = &list[i];
            return FC_OK;
        }
    return fc_error_set(err, FC_E_NOT_FOUND, "%s has no encoder version %u", s->store->path, id);
}

fc_status fc__snapshot_output(fc_snapshot *s, fc_version_id version, fc_output_id output,
                              const fc_output_info **out, fc_error *err)
{
    const fc_encoder_info *e = NULL;
    const fc_status st = fc__snapshot_encoder(s, version, &e, err);

    if (st != FC_OK)
        return st;
    *out = fc__encoder_output(e, output);
    return *out != NULL
               ? FC_OK
               : fc_error_set(err, FC_E_NOT_FOUND, "encoder '%s' (version %u) has no output %u",
                              e->name, version, output);
}

/* What find looks for. */
typedef struct wanted {
    const char *name; /* name_n bytes; NULL: any */
    size_t name_n;
    const char *digits; /* prefix of the fingerprint; NULL: any */
} wanted;

static bool is_hex(const char *s)
{
    return s[0] != '\0' && strspn(s, "0123456789abcdef") == strlen(s);
}

static bool fits(const fc_encoder_info *e, const wanted *w)
{
    if (w->name != NULL &&
        (strlen(e->name) != w->name_n || memcmp(e->name, w->name, w->name_n) != 0))
        return false;
    return w->digits == NULL || strncmp(e->fingerprint, w->digits, strlen(w->digits)) == 0;
}

/* "a@0123abcd (#1), b@...": as many as fit into a message. */
static void list_encoders(const fc_encoder_info *list, size_t n, char *out, size_t size)
{
    size_t at = 0;

    out[0] = '\0';
    for (size_t i = 0; i < n; i++) {
        const int k = snprintf(out + at, size - at, "%s%.40s@%.8s (#%u)", i > 0 ? ", " : "",
                               list[i].name, list[i].fingerprint, list[i].id);

        if (k < 0 || (size_t)k >= size - at) {
            snprintf(out + (at < size - 5 ? at : size - 5), 5, ", ..");
            return;
        }
        at += (size_t)k;
    }
}

static fc_status not_found(const char *text, const fc_encoder_info *list, size_t n, fc_error *err)
{
    char names[320];

    if (n == 0)
        return fc_error_set(err, FC_E_NOT_FOUND,
                            "no encoder '%.64s': the store has none; ingest with one first", text);
    list_encoders(list, n, names, sizeof(names));
    return fc_error_set(err, FC_E_NOT_FOUND, "no encoder '%.64s'; there are: %s", text, names);
}

fc_status fc_snapshot_find_encoder(fc_snapshot *s, const char *text, const fc_encoder_info **out,
                                   fc_error *err)
{
    const char *at = strrchr(text, '@');
    wanted w = {.name = text, .name_n = strlen(text)};
    const fc_encoder_info *list, *found = NULL;
    size_t n, n_found = 0;
    const fc_status st = fc_snapshot_encoders(s, &list, &n, err);

    *out = NULL;
    if (st != FC_OK)
        return st;
    if (text[0] == '#') {
        for (size_t i = 0; i < n; i++) {
            char number[16];

            snprintf(number, sizeof(number), "%u", list[i].id);
            if (strcmp(number, text + 1) == 0)
                found = &list[i];
        }
        *out = found;
        return found != NULL ? FC_OK : not_found(text, list, n, err);
    }
    /* The newest of a name wins; names come before fingerprints. */
    for (size_t i = 0; i < n; i++)
        if (fits(&list[i], &w))
            found = &list[i];
    if (found == NULL) {
        if (at != NULL && strlen(at + 1) >= 4 && is_hex(at + 1))
            w = (wanted){text, (size_t)(at - text), at + 1};
        else if (strlen(text) >= 8 && is_hex(text))
            w = (wanted){NULL, 0, text};
        else
            return not_found(text, list, n, err);
        for (size_t i = 0; i < n; i++)
            if (fits(&list[i], &w)) {
                found = &list[i];
                n_found++;
            }
        if (n_found > 1)
            return fc_error_set(err, FC_E_INVALID,
                                "'%.80s' fits %zu encoder versions; give more digits of the "
                                "fingerprint",
                                text, n_found);
    }
    *out = found;
    return found != NULL ? FC_OK : not_found(text, list, n, err);
}
