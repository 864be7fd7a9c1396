/*
 * Advice: what frees bytes, with the command that does it, what frees most first.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "audit_storage.h"
#include "fc_alloc.h"
#include "fc_buf.h"

/* Neighbours that a precision has to keep, at the lower end of the interval, to be advised. */
#define RECALL_LEAST .99
/* Less than a tenth of an output, or of the file, is not worth a command. */
#define SHARE_LEAST 10u

/* A word of a command line: in single quotes where a shell would see more in it. */
static fc_status put_word(fc_buf *out, const char *word, fc_error *err)
{
    fc_status st;

    if (word[0] != '\0' && word[strspn(word, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                             "0123456789_./@:,+-")] == '\0')
        return fc_buf_append_text(out, word, err);
    st = fc_buf_append_text(out, "'", err);
    for (; *word != '\0' && st == FC_OK; word++)
        st = *word == '\'' ? fc_buf_append_text(out, "'\\''", err)
                           : fc_buf_append(out, word, 1, err);
    return st == FC_OK ? fc_buf_append_text(out, "'", err) : st;
}

/* "featcache VERB STORE" and what follows, already fit for a shell. */
static fc_status command(fc_storage_audit *a, const char *verb, const char *rest, char **out)
{
    fc_buf line = FC_BUF_INIT;
    fc_status st = fc_buf_append_fmt(&line, a->err, "featcache %s ", verb);

    if (st == FC_OK)
        st = put_word(&line, fc_store_path(a->store), a->err);
    if (st == FC_OK)
        st = fc_buf_append_text(&line, rest, a->err);
    *out = st == FC_OK ? fc__strndup((const char *)line.data, line.size) : NULL;
    fc_buf_dispose(&line);
    return st == FC_OK && *out == NULL ? fc__nomem(a->err, line.size, "advice") : st;
}

static fc_status add(fc_storage_audit *a, uint64_t saves, const char *text, const char *verb,
                     const char *rest)
{
    fc_storage_report *r = a->report;
    size_t capacity = r->n_advice;
    char *line = NULL, *copy;
    fc_status st =
        fc__grow_array(&r->advice, &capacity, r->n_advice + 1, sizeof(*r->advice), a->err);

    if (st == FC_OK && verb != NULL)
        st = command(a, verb, rest, &line);
    if (st != FC_OK)
        return st;
    copy = fc__strdup(text);
    if (copy == NULL) {
        free(line);
        return fc__nomem(a->err, strlen(text), "advice");
    }
    r->advice[r->n_advice++] = (fc_storage_advice){copy, line, saves};
    return FC_OK;
}

static fc_status advise_version(fc_storage_audit *a, const fc_storage_version *v)
{
    char text[256], rest[64];

    if (!v->unused)
        return FC_OK;
    snprintf(text, sizeof(text), "#%u %s@%.12s is in no data set and in no space", v->version,
             v->name, v->fingerprint);
    snprintf(rest, sizeof(rest), " --encoder '#%u'", v->version);
    return add(a, v->bytes_stored, text, "gc", rest);
}

/* The smallest that keeps the neighbours. */
static const fc_storage_option *best_precision(const fc_storage_output *o)
{
    const fc_storage_option *best = NULL;

    for (size_t i = 0; i < o->n_options; i++) {
        const fc_storage_option *x = &o->options[i];

        if (x->is_index || !x->has_recall || x->low < RECALL_LEAST ||
            x->bytes > o->bytes_stored - o->bytes_stored / SHARE_LEAST)
            continue;
        if (best == NULL || x->bytes < best->bytes)
            best = x;
    }
    return best;
}

static fc_status advise_output(fc_storage_audit *a, const fc_storage_version *v,
                               const fc_storage_output *o)
{
    const fc_storage_option *x = best_precision(o);
    char text[320], rest[192];

    if (x == NULL || v->unused)
        return FC_OK;
    snprintf(text, sizeof(text), "#%u %s, %s as %s keeps %.4f of the 10 nearest (%.4f to %.4f)",
             v->version, v->name, o->name, x->name, x->recall, x->low, x->high);
    snprintf(rest, sizeof(rest), " --encoder '#%u' --output %s --precision %s", v->version, o->name,
             x->name);
    return add(a, o->bytes_stored - x->bytes, text, "convert", rest);
}

static int most_first(const void *a, const void *b)
{
    const fc_storage_advice *x = a, *y = b;

    return x->saves != y->saves ? (x->saves < y->saves ? 1 : -1) : strcmp(x->text, y->text);
}

fc_status fc__storage_advise(fc_storage_audit *a)
{
    const fc_storage_report *r = a->report;
    const uint64_t free_bytes = r->file_bytes > r->used_bytes ? r->file_bytes - r->used_bytes : 0;
    fc_status st = FC_OK;

    for (size_t i = 0; i < r->n_versions && st == FC_OK; i++) {
        st = advise_version(a, &r->versions[i]);
        for (size_t k = 0; k < r->versions[i].n_outputs && st == FC_OK; k++)
            st = advise_output(a, &r->versions[i], &r->versions[i].outputs[k]);
    }
    if (st == FC_OK && free_bytes > r->file_bytes / SHARE_LEAST)
        st = add(a, free_bytes, "pages of data.mdb that nothing uses", "compact", "");
    if (st == FC_OK && r->stray_bytes > 0)
        st = add(a, r->stray_bytes, "files of the search index that nothing names (after an hour)",
                 "gc", "");
    if (r->n_advice > 0)
        qsort(r->advice, r->n_advice, sizeof(*r->advice), most_first);
    return st;
}
