/*
 * Inputs for canaries, read from the files of a store's samples.
 */
#include "canary_find.h"

#include <stdlib.h>
#include <string.h>

#include "canary_encode.h"
#include "fc_alloc.h"
#include "fc_fetch.h"
#include "fc_store_read.h"
#include "ingest_content.h"

/* Contents looked at for their modality, and files that are read. */
#define LOOK_MAX 20000
#define READ_MAX 64

typedef struct finding {
    fc_snapshot *snapshot;
    fc_modality modality;
    const fc_canary *have;
    size_t n_look, n_wanted, max_bytes;
    fc_canary_input *list;
    size_t n, capacity;
    size_t n_read;
    fc_status st;
    fc_error *err;
    const fc_sha256 *content; /* that is looked at */
    bool taken;
} finding;

static const char *root_of(finding *f, const char *name)
{
    const fc_dataset_info *list;
    size_t n;

    if (fc_snapshot_datasets(f->snapshot, &list, &n, NULL) != FC_OK)
        return NULL;
    for (size_t i = 0; i < n; i++)
        if (strcmp(list[i].name, name) == 0)
            return list[i].root;
    return NULL;
}

/* A member of a tar archive, by the names that those have: finding it reads the archive. */
static bool in_tar(const char *path)
{
    return strstr(path, ".tar") != NULL || strstr(path, ".tgz") != NULL ||
           strstr(path, ".tbz") != NULL || strstr(path, ".txz") != NULL;
}

/* The bytes of a sample into *out, as far as they can be had. */
static bool read_bytes(finding *f, const fc_sample *sample, fc_buf *out)
{
    const char *root;

    if (sample->path[0] == '\0')
        return fc_buf_append(out, sample->preview, strlen(sample->preview), NULL) == FC_OK;
    root = root_of(f, sample->dataset);
    return root != NULL && !in_tar(sample->path) &&
           fc__fetch_sample(root, sample->path, FC_CANARY_INPUT_BYTES, out, NULL) == FC_OK;
}

/* Still the content that the store knows? A preview that is not all of a text is not. */
static bool is_it(const finding *f, const fc_sample *sample, const fc_buf *bytes)
{
    fc_sha256 hash;

    return bytes->size > 0 &&
           fc__content_hash(sample->modality, sample->start_s, sample->end_s, bytes->data,
                            bytes->size, &hash, NULL) == FC_OK &&
           memcmp(&hash, f->content, sizeof(hash)) == 0;
}

static bool on_sample(void *context, const fc_sample *sample)
{
    finding *f = context;
    fc_canary_input in;
    fc_buf bytes = FC_BUF_INIT;

    if (sample->modality != f->modality)
        return true; /* all samples of a content have one modality */
    f->n_read++;
    if (read_bytes(f, sample, &bytes) && is_it(f, sample, &bytes)) {
        f->st = fc__canary_input_of(&in, f->content, sample->modality, sample->start_s,
                                    sample->end_s, sample->id, bytes.data, bytes.size, f->err);
        if (f->st == FC_OK)
            f->st = fc__grow_array(&f->list, &f->capacity, f->n + 1, sizeof(*f->list), f->err);
        if (f->st == FC_OK)
            f->list[f->n++] = in;
        else
            fc__canary_input_dispose(&in);
        f->taken = true;
    }
    fc_buf_dispose(&bytes);
    return f->taken; /* another file may still have it */
}

static bool on_content(void *context, const fc_sha256 *content, uint64_t number)
{
    finding *f = context;

    if (f->have != NULL && fc__canary_has(f->have, content))
        return false;
    f->content = content;
    f->taken = false;
    f->st = fc__snapshot_holders(f->snapshot, number, NULL, 0, on_sample, f, f->err);
    return f->st != FC_OK || ++f->n_look == LOOK_MAX || f->n_read >= READ_MAX ||
           f->n >= 2 * f->n_wanted;
}

static int by_order(const void *a, const void *b)
{
    const fc_canary_input *x = a, *y = b;

    return fc__canary_order(&x->content, x->bytes.size, &y->content, y->bytes.size);
}

/* The first that are wanted and fit. */
static void cut(finding *f)
{
    size_t kept = 0, bytes = 0;

    if (f->n > 0)
        qsort(f->list, f->n, sizeof(*f->list), by_order);
    while (kept < f->n && bytes + f->list[kept].bytes.size <= f->max_bytes)
        bytes += f->list[kept++].bytes.size;
    while (f->n > kept)
        fc__canary_input_dispose(&f->list[--f->n]);
}

fc_status fc__canary_find(fc_snapshot *s, fc_modality modality, const fc_canary *have, size_t n,
                          size_t max_bytes, fc_canary_input **list, size_t *n_found, fc_error *err)
{
    finding f = {.snapshot = s,
                 .modality = modality,
                 .have = have,
                 .n_wanted = n,
                 .max_bytes = max_bytes,
                 .err = err};
    const fc_status st = n > 0 ? fc__snapshot_contents(s, on_content, &f, err) : FC_OK;

    *list = NULL;
    *n_found = 0;
    if (st != FC_OK || f.st != FC_OK) {
        fc__canary_inputs_free(f.list, f.n);
        return st != FC_OK ? st : f.st;
    }
    cut(&f);
    *list = f.list;
    *n_found = f.n;
    return FC_OK;
}

void fc__canary_inputs_free(fc_canary_input *list, size_t n)
{
    for (size_t i = 0; i < n; i++)
        fc__canary_input_dispose(&list[i]);
    free(list);
}
