/*
 * What a report of an audit owns.
 */
#include "audit_owned.h"

#include <stdlib.h>
#include <string.h>

#include "fc_alloc.h"

static fc_status keep(fc_audit_owned *o, void *block, fc_error *err)
{
    const fc_status st = fc__grow_array(&o->list, &o->room, o->n + 1, sizeof(*o->list), err);

    if (st != FC_OK) {
        free(block);
        return st;
    }
    o->list[o->n++] = block;
    return FC_OK;
}

fc_status fc__audit_own(fc_audit_owned *o, size_t n, size_t size, void *out, fc_error *err)
{
    void *block = fc__alloc_array(n, size);
    fc_status st;

    if (block == NULL)
        return fc__nomem(err, n * size, "a report");
    st = keep(o, block, err);
    if (st == FC_OK)
        memcpy(out, &block, sizeof(block));
    return st;
}

fc_status fc__audit_own_text(fc_audit_owned *o, const char *text, const char **out, fc_error *err)
{
    char *copy = fc__strdup(text);
    fc_status st;

    if (copy == NULL)
        return fc__nomem(err, strlen(text) + 1, "a report");
    st = keep(o, copy, err);
    if (st == FC_OK)
        *out = copy;
    return st;
}

fc_status fc__audit_own_sample(fc_audit_owned *o, const fc_sample *sample, fc_audit_sample *out,
                               fc_error *err)
{
    const struct {
        const char *from;
        const char **to;
    } texts[] = {{sample->dataset, &out->dataset}, {sample->id, &out->id},
                 {sample->group, &out->group},     {sample->split, &out->split},
                 {sample->path, &out->path},       {sample->preview, &out->preview}};
    fc_status st = FC_OK;

    *out = (fc_audit_sample){.modality = sample->modality,
                             .content = sample->content,
                             .start_s = sample->start_s,
                             .end_s = sample->end_s};
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]) && st == FC_OK; i++)
        st = fc__audit_own_text(o, texts[i].from, texts[i].to, err);
    return st;
}

void fc__audit_owned_dispose(fc_audit_owned *o)
{
    for (size_t i = 0; i < o->n; i++)
        free(o->list[i]);
    free(o->list);
    *o = (fc_audit_owned){.n = 0};
}
