/*
 * The report of an audit of a space, and all that it owns.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "audit_space_run.h"
#include "fc_alloc.h"

#define SENTENCE_BYTES 512

static fc_status add_sentence(fc_space_audit_result *r, char ***list, size_t *n, size_t *room,
                              fc_error *err, const char *fmt, va_list args)
{
    char text[SENTENCE_BYTES];
    const char *copy = NULL;
    fc_status st;

    vsnprintf(text, sizeof(text), fmt, args);
    for (size_t i = 0; i < *n; i++)
        if (strcmp((*list)[i], text) == 0)
            return FC_OK; /* once is enough */
    st = fc__grow_array(list, room, *n + 1, sizeof(**list), err);

    if (st == FC_OK)
        st = fc__audit_own_text(&r->owned, text, &copy, err);
    if (st == FC_OK)
        (*list)[(*n)++] = (char *)(uintptr_t)copy;
    return st;
}

fc_status fc__space_audit_finding(fc_space_audit_result *r, fc_error *err, const char *fmt, ...)
{
    va_list args;
    fc_status st;

    va_start(args, fmt);
    st = add_sentence(r, &r->findings, &r->public.n_findings, &r->findings_room, err, fmt, args);
    va_end(args);
    r->public.findings = (const char *const *)r->findings;
    return st;
}

fc_status fc__space_audit_note(fc_space_audit_result *r, fc_error *err, const char *fmt, ...)
{
    va_list args;
    fc_status st;

    va_start(args, fmt);
    st = add_sentence(r, &r->notes, &r->public.n_notes, &r->notes_room, err, fmt, args);
    va_end(args);
    r->public.notes = (const char *const *)r->notes;
    return st;
}

fc_status fc__space_audit_step(const fc_space_audit_run *run, const char *what, uint64_t done,
                               uint64_t total, fc_error *err)
{
    const fc_audit_space_options *o = run->opts;

    if (o->progress != NULL)
        o->progress(o->context, what, done, total);
    if (o->cancelled != NULL && o->cancelled(o->context))
        return fc_error_set(err, FC_E_CANCELLED, "stopped while it was at: %s", what);
    return FC_OK;
}

void fc_audit_space_destroy(fc_audit_space_report *report)
{
    fc_space_audit_result *r = (fc_space_audit_result *)report;

    if (r == NULL)
        return;
    fc__audit_owned_dispose(&r->owned);
    free(r->findings);
    free(r->notes);
    free(r->recalls);
    free(r);
}
