/*
 * Loading a sample: its bytes within the memory that files may take, what it is, and its hash.
 */
#include "ingest_load.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "fc_alloc.h"
#include "fc_dataset.h"
#include "fc_text.h"
#include "ingest_content.h"

#define PREVIEW_BYTES 256

/* A sample that cannot be taken at all. */
static void set_problem(fc_run_sample *s, const char *reason)
{
    free(s->problem);
    s->problem = fc__strdup(reason);
    if (s->problem == NULL) /* out of memory while saying so: an empty reason still marks it */
        s->problem = calloc(1, 1);
}

/* Wait until there is memory for the file and what it decodes to. */
static fc_status take_budget(fc_run *run, const fc_run_sample *s, int fd, fc_loaded *load,
                             fc_error *err)
{
    fc_budget *budget = run->budget;
    fc_file_id id;
    uint64_t cost;
    fc_status st;

    st = fc__file_identify_fd(fd, s->path, &id, err);
    if (st != FC_OK)
        return st;
    cost = fc__file_cost(fd, id.size);
    if (cost > fc__budget_total(budget))
        return fc_error_set(err, FC_E_LIMIT,
                            "%.200s needs about %llu MiB while it is encoded, files may take %llu "
                            "MiB together: raise --memory",
                            s->path, (unsigned long long)(cost >> 20),
                            (unsigned long long)(fc__budget_total(budget) >> 20));
    fc__budget_take(budget, cost);
    load->budget = cost;
    return FC_OK;
}

static fc_status read_file(fc_run *run, fc_run_sample *s, fc_loaded *load, fc_error *err)
{
    int fd = -1;
    fc_status st;

    s->has_file = false; /* a file that could not be read is looked at again by the next run */
    st = fc__sources_open_file(run->sources, s->path, &fd, err);
    if (st != FC_OK)
        return st;
    st = take_budget(run, s, fd, load, err);
    if (st == FC_OK)
        st = fc__file_read_fd(fd, s->path, (size_t)fc__budget_total(run->budget), &load->file,
                              &s->file, err);
    s->has_file = st == FC_OK;
    close(fd);
    return st;
}

void fc__run_unload(fc_run *run, fc_loaded *load)
{
    fc_buf_dispose(&load->file);
    if (load->budget > 0)
        fc__budget_give(run->budget, load->budget);
}

/* What it is: content decides; a modality that the manifest gives must agree. */
static bool decide_modality(fc_run_sample *s, const fc_loaded *load)
{
    const char *what = "unknown bytes";
    char reason[FC_ERROR_MESSAGE_BYTES];
    fc_modality found;

    if (s->text != NULL) {
        if (s->declared != FC_MODALITY_NONE && s->declared != FC_TEXT) {
            snprintf(reason, sizeof(reason), "inline text declared as %s; give a path instead",
                     fc_modality_name(s->declared));
            set_problem(s, reason);
            return false;
        }
        s->modality = FC_TEXT;
        return true;
    }
    found = fc__sniff(load->bytes, load->n < 4096 ? load->n : 4096, load->n, s->path, &what);
    if (found == FC_MODALITY_NONE) {
        snprintf(reason, sizeof(reason), "%s: not a format this version can decode", what);
        set_problem(s, reason);
        return false;
    }
    if (s->declared != FC_MODALITY_NONE && s->declared != found) {
        snprintf(reason, sizeof(reason), "the manifest says %s, the content is %s",
                 fc_modality_name(s->declared), fc_modality_name(found));
        set_problem(s, reason);
        return false;
    }
    s->modality = found;
    return true;
}

bool fc__run_load(fc_run *run, fc_run_sample *s, fc_loaded *load)
{
    fc_error err = FC_ERROR_INIT;

    if (s->text != NULL) {
        load->bytes = (const uint8_t *)s->text;
        load->n = s->text_n;
    } else {
        if (read_file(run, s, load, &err) != FC_OK) {
            set_problem(s, err.message);
            return false;
        }
        load->bytes = load->file.data;
        load->n = load->file.size;
    }
    if (!decide_modality(s, load))
        return false;
    if (s->modality == FC_TEXT && s->text == NULL) {
        const size_t n = load->n < PREVIEW_BYTES ? load->n : PREVIEW_BYTES;
        const char *text = (const char *)load->bytes;

        free(s->preview);
        s->preview =
            fc__strndup(text != NULL ? text : "", n == 0 ? 0 : fc__utf8_valid_prefix(text, n));
    }
    if (s->preview == NULL || fc__content_hash(s->modality, s->start_s, s->end_s, load->bytes,
                                               load->n, &s->hash, &err) != FC_OK) {
        set_problem(s, err.message[0] != '\0' ? err.message : "out of memory");
        return false;
    }
    return true;
}
