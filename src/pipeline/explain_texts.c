/*
 * Texts out of previews, files and manifests.
 */
#include "explain_texts.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "fc_alloc.h"
#include "fc_dataset.h"
#include "ingest_content.h"

/* A preview that is shorter has lost nothing: 256 bytes, cut at a character. */
#define WHOLE_PREVIEW 252

static bool is_inline(const fc_query_hit *sample)
{
    return sample->path == NULL || sample->path[0] == '\0';
}

static bool is_cut(const fc_query_hit *sample)
{
    return is_inline(sample) && strlen(sample->preview) > WHOLE_PREVIEW;
}

static const fc_long_text *find(const fc_long_texts *t, const char *dataset, const char *id)
{
    for (size_t i = 0; i < t->n; i++)
        if (strcmp(t->list[i].id, id) == 0 && strcmp(t->list[i].dataset, dataset) == 0)
            return &t->list[i];
    return NULL;
}

fc_status fc__long_texts_want(fc_long_texts *t, const fc_query_hit *sample, fc_error *err)
{
    fc_long_text one = {.n = 0};
    fc_status st;

    if (sample->modality != FC_TEXT || !is_cut(sample) ||
        find(t, sample->dataset, sample->id) != NULL)
        return FC_OK;
    st = fc__grow_array(&t->list, &t->capacity, t->n + 1, sizeof(*t->list), err);
    if (st != FC_OK)
        return st;
    one.dataset = fc__strdup(sample->dataset);
    one.id = fc__strdup(sample->id);
    t->list[t->n++] = one;
    return one.dataset != NULL && one.id != NULL ? FC_OK
                                                 : fc__nomem(err, strlen(sample->id), "a text");
}

/* The text of a line of the manifest is the one that was encoded. */
static fc_status check(const fc_source_sample *line, const fc_sample *stored, bool *same,
                       fc_error *err)
{
    fc_sha256 hash;
    fc_status st =
        fc__content_hash(FC_TEXT, line->start_s, line->end_s, line->text, line->text_n, &hash, err);

    *same = st == FC_OK && memcmp(hash.bytes, stored->content_hash, sizeof(hash.bytes)) == 0;
    return st;
}

static fc_status take_line(fc_long_texts *t, const char *dataset, fc_samples *samples,
                           const fc_source_sample *line, size_t *n_left, fc_error *err)
{
    fc_long_text *one = (fc_long_text *)find(t, dataset, line->id);
    const fc_sample *stored;
    bool same = false;
    fc_status st;

    if (one == NULL || one->text != NULL)
        return FC_OK;
    st = fc_samples_find(samples, line->id, &stored, err);
    if (st == FC_OK)
        st = check(line, stored, &same, err);
    if (st == FC_E_NOT_FOUND || (st == FC_OK && !same))
        return FC_OK;
    if (st != FC_OK)
        return st;
    one->text = fc__strndup(line->text, line->text_n);
    one->n = line->text_n;
    (*n_left)--;
    return one->text != NULL ? FC_OK : fc__nomem(err, line->text_n, "a text");
}

/* Look through the manifest for the n_left texts of a data set. */
static fc_status read_manifest(fc_long_texts *t, const char *path, const char *dataset,
                               fc_samples *samples, size_t n_left, fc_error *err)
{
    fc_dataset_reader *reader = NULL;
    const fc_source_sample *line;
    fc_error ignored = FC_ERROR_INIT;
    fc_status st = FC_OK;

    if (fc__dataset_open(&reader, path, NULL, &ignored) != FC_OK)
        return FC_OK;
    while (n_left > 0 && st == FC_OK && fc__dataset_next(reader, &line, &ignored) == FC_OK)
        if (line->status == FC_OK && line->text != NULL)
            st = take_line(t, dataset, samples, line, &n_left, err);
    fc__dataset_close(reader);
    return st;
}

/* Where the manifest of a data set is: beside the files that it names. Of several sources together
 * the names are joined, and no such file is there. NULL: no memory left. */
static char *manifest_of(const fc_dataset_info *info, const fc_dataset_version *version)
{
    const char *slash = strrchr(version->source, '/');

    return fc__path_join(info->root, slash != NULL ? slash + 1 : version->source);
}

static fc_status read_dataset(fc_long_texts *t, fc_snapshot *s, const char *name, fc_error *err)
{
    const fc_dataset_version *version;
    const fc_dataset_info *info;
    fc_samples *samples = NULL;
    struct stat file;
    char *path = NULL;
    size_t n = 0;
    fc_status st = fc_snapshot_find_dataset(s, name, &info, &version, err);

    for (size_t i = 0; i < t->n; i++)
        n += strcmp(t->list[i].dataset, name) == 0;
    if (st == FC_OK)
        st = fc_samples_open(&samples, s, name, version->number, err);
    if (st == FC_OK && (path = manifest_of(info, version)) == NULL)
        st = fc__nomem(err, strlen(info->root), "a path");
    if (st == FC_OK && stat(path, &file) == 0 && S_ISREG(file.st_mode))
        st = read_manifest(t, path, name, samples, n, err);
    fc_samples_close(samples);
    free(path);
    return st;
}

fc_status fc__long_texts_read(fc_long_texts *t, fc_snapshot *s, fc_error *err)
{
    fc_status st = FC_OK;

    for (size_t i = 0; i < t->n && st == FC_OK; i++) {
        bool first = true;

        for (size_t k = 0; k < i; k++)
            first = first && strcmp(t->list[k].dataset, t->list[i].dataset) != 0;
        if (first)
            st = read_dataset(t, s, t->list[i].dataset, err);
    }
    return st;
}

void fc__long_texts_dispose(fc_long_texts *t)
{
    for (size_t i = 0; i < t->n; i++) {
        free(t->list[i].dataset);
        free(t->list[i].id);
        free(t->list[i].text);
    }
    free(t->list);
    *t = (fc_long_texts){.n = 0};
}

fc_status fc__explain_text(fc_page_media *m, const fc_long_texts *t, const fc_query_hit *sample,
                           fc_buf *out, fc_error *err)
{
    const fc_long_text *whole;

    if (!is_inline(sample))
        return fc__read_sample(m, sample, out, err);
    if (!is_cut(sample))
        return fc_buf_append_text(out, sample->preview, err);
    whole = find(t, sample->dataset, sample->id);
    return whole != NULL && whole->text != NULL ? fc_buf_append(out, whole->text, whole->n, err)
                                                : FC_E_NOT_FOUND;
}
