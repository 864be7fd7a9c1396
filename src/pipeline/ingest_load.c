/*
 * Loading a sample: its bytes within the memory that files may take, what it is, and its hash.
 */
#include "ingest_load.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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

fc_status fc__run_fetcher_create(fc_fetcher **out, const fc_run *run, fc_error *err)
{
    return fc__fetcher_create(out, fc__sources_root_fd(run->sources), &run->archives, err);
}

/* Wait until there is memory for the sample and what it decodes to. */
static fc_status take_budget(fc_run *run, const fc_place *place, fc_loaded *load, fc_error *err)
{
    fc_budget *budget = run->budget;
    const uint64_t max_pixels = run->limits.max_pixels, one = fc__budget_total(budget) / 2;
    uint64_t pixels;
    const uint64_t cost =
        place->fd >= 0
            ? fc__file_cost(place->fd, place->size, max_pixels, &pixels)
            : fc__bytes_cost(place->head.data, place->head.size, place->size, max_pixels, &pixels);

    /* A file of a hundred bytes can ask for any number of pixels. */
    if (pixels > one)
        return fc_error_set(err, FC_E_LIMIT,
                            "%.200s needs about %llu MiB for its pixels, one picture may take %llu "
                            "MiB: raise --memory",
                            place->name, (unsigned long long)(pixels >> 20),
                            (unsigned long long)(one >> 20));
    if (cost > fc__budget_total(budget))
        return fc_error_set(err, FC_E_LIMIT,
                            "%.200s needs about %llu MiB while it is encoded, files may take %llu "
                            "MiB together: raise --memory",
                            place->name, (unsigned long long)(cost >> 20),
                            (unsigned long long)(fc__budget_total(budget) >> 20));
    if (!fc__budget_try(budget, cost)) {
        if (load->before_wait != NULL)
            load->before_wait(load->context);
        fc__budget_take(budget, cost);
    }
    load->budget = cost;
    return FC_OK;
}

static fc_status check_size(const fc_run *run, const fc_place *place, fc_error *err)
{
    const uint64_t max = run->opts->max_file_bytes;

    if (max == 0 || place->size <= max)
        return FC_OK;
    return fc_error_set(err, FC_E_LIMIT, "%.200s has %llu bytes; at most %llu: --max-file-bytes",
                        place->name, (unsigned long long)place->size, (unsigned long long)max);
}

static fc_status read_file(fc_run *run, fc_fetcher *fetcher, fc_run_sample *s, fc_loaded *load,
                           fc_error *err)
{
    fc_place place = FC_PLACE_INIT;
    uint64_t max = fc__budget_total(run->budget);
    fc_status st;

    if (run->opts->max_file_bytes != 0 && run->opts->max_file_bytes < max)
        max = run->opts->max_file_bytes;
    s->has_file = false; /* a file that could not be read is looked at again by the next run */
    st = fc__fetch_find(fetcher, s->path, &place, err);
    s->in_container = place.is_part;
    if (st == FC_OK)
        st = check_size(run, &place, err);
    if (st == FC_OK)
        st = take_budget(run, &place, load, err);
    if (st == FC_OK)
        st = fc__fetch_read(fetcher, &place, (size_t)max, &load->file, err);
    /* What an archive holds is settled by its bytes: a member that failed is not read again. */
    s->has_file =
        st == FC_OK || (place.is_part && st != FC_E_IO && st != FC_E_BUSY && st != FC_E_NOMEM);
    if (s->has_file)
        s->file = place.file;
    fc__place_dispose(&place);
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
    if (found == FC_MODALITY_NONE && s->in_container &&
        fc__sniff_container(load->bytes, load->n) == FC_CONTAINER_COMPRESSED) {
        set_problem(s, "packed once more inside an archive; unpack it");
        return false;
    }
    if (found == FC_MODALITY_NONE && fc__sniff_is_many(what)) {
        snprintf(reason, sizeof(reason), "%s; %s", what,
                 s->in_container ? "unpack it and name it as a source, its rows are the samples"
                                 : "name it as a source, or its rows in a manifest");
        set_problem(s, reason);
        return false;
    }
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

/* A text over its cap is refused for every encoder alike. */
static bool check_text(const fc_run *run, fc_run_sample *s, const fc_loaded *load)
{
    char reason[FC_ERROR_MESSAGE_BYTES];

    if (s->modality != FC_TEXT || load->n <= run->limits.max_text_bytes)
        return true;
    snprintf(reason, sizeof(reason), "a text of %zu bytes; at most %llu: --max-text-bytes", load->n,
             (unsigned long long)run->limits.max_text_bytes);
    set_problem(s, reason);
    return false;
}

bool fc__run_load(fc_run *run, fc_fetcher *fetcher, fc_run_sample *s, fc_loaded *load)
{
    fc_error err = FC_ERROR_INIT;

    if (s->text != NULL) {
        load->bytes = (const uint8_t *)s->text;
        load->n = s->text_n;
    } else {
        if (read_file(run, fetcher, s, load, &err) != FC_OK) {
            set_problem(s, err.message);
            return false;
        }
        load->bytes = load->file.data;
        load->n = load->file.size;
    }
    if (!decide_modality(s, load) || !check_text(run, s, load))
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
