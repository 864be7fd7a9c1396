/*
 * One entry, named by all that decides it.
 */
#include "search_allowed.h"

#include <stdlib.h>
#include <string.h>

#include "fc_alloc.h"
#include "fc_buf.h"

void fc__allowed_dispose(fc_allowed *a)
{
    fc__live_set_dispose(&a->set);
    free(a->key);
    a->key = NULL;
}

/* A data-set name has no '@' and no newline, so that two filters never share a key. */
static fc_status make_key(const fc_live_filter *f, const char *where, char **out, fc_error *err)
{
    fc_buf b = FC_BUF_INIT;
    const fc_status st = fc_buf_append_fmt(
        &b, err, "%s@%u\n%u/%u\n%u\n%s", f->dataset != NULL ? f->dataset->name : "",
        f->dataset != NULL ? f->version->number : 0, f->covered_version, f->covered_output,
        f->modalities, f->where != NULL ? where : "");

    *out = st == FC_OK ? fc__strndup((const char *)b.data, b.size) : NULL;
    fc_buf_dispose(&b);
    return st != FC_OK || *out != NULL ? st : fc__nomem(err, b.size, "a filter");
}

fc_status fc__allowed_get(fc_allowed *a, fc_snapshot *s, const fc_live_filter *f, const char *where,
                          const fc_content_set **out, fc_error *err)
{
    char *key = NULL;
    fc_status st;

    *out = NULL;
    if (fc__live_filter_is_open(f))
        return FC_OK;
    st = make_key(f, where, &key, err);
    if (st != FC_OK)
        return st;
    if (a->key == NULL || a->generation != fc_snapshot_generation(s) || strcmp(a->key, key) != 0) {
        fc__allowed_dispose(a);
        st = fc__live_contents(s, f, &a->set, err);
        if (st == FC_OK) {
            a->key = key;
            a->generation = fc_snapshot_generation(s);
            key = NULL;
        }
    }
    free(key);
    if (st != FC_OK) {
        fc__allowed_dispose(a);
        return st;
    }
    *out = &a->set.set;
    return FC_OK;
}
