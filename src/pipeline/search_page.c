/*
 * fc_report_search(): the form of a search server, and under it a query and its hits.
 */
#include <stdlib.h>
#include <string.h>

#include <featcache/report.h>

#include "fc_alloc.h"
#include "fc_page_form.h"
#include "query_page.h"

fc_status fc__url_append(fc_buf *out, const char *s, fc_error *err)
{
    static const char plain[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";
    fc_status st = FC_OK;

    for (; *s != '\0' && st == FC_OK; s++)
        st = strchr(plain, *s) != NULL
                 ? fc_buf_append(out, s, 1, err)
                 : fc_buf_append_fmt(out, err, "%%%02X", (unsigned)(unsigned char)*s);
    /* Appended text ends with a NUL that is not counted; single bytes do not. */
    return st == FC_OK ? fc_buf_append_text(out, "", err) : st;
}

/* ---- the form ---- */

/* "Space" and the like: `none` first, then each name. */
static fc_status add_names(fc_page *page, const fc_page_field *f, const char *none,
                           const char *const *names, size_t n, fc_error *err)
{
    fc_page_choice *choices = fc__alloc_array(n + 1, sizeof(*choices));

    if (choices == NULL)
        return fc__nomem(err, n, "the choices of a form");
    choices[0] = (fc_page_choice){"", none};
    for (size_t i = 0; i < n; i++)
        choices[i + 1] = (fc_page_choice){names[i], names[i]};
    fc__page_form_choice(page, f, choices, n + 1);
    free(choices);
    return FC_OK;
}

/* Which space, and how its scores are made comparable; nothing where there are no spaces. */
static fc_status add_space(fc_page *page, const fc_report_form *f, fc_error *err)
{
    static const fc_page_choice calibrations[] = {{"", "cosines"},
                                                  {"fair", "fair between modalities"},
                                                  {"shift", "means subtracted"},
                                                  {"csls", "CSLS"},
                                                  {"invsoftmax", "inverted softmax"},
                                                  {"dis", "inverted softmax, dynamic"}};
    const fc_page_field space = {"space", "Space", f->space, NULL, false},
                        calibrate = {"calibrate", "Scores in a space", f->calibrate, NULL, false};
    fc_status st;

    if (f->n_spaces == 0)
        return FC_OK;
    st = add_names(page, &space, f->no_space != NULL ? f->no_space : "none", f->spaces, f->n_spaces,
                   err);
    fc__page_form_choice(page, &calibrate, calibrations,
                         sizeof(calibrations) / sizeof(calibrations[0]));
    return st;
}

static fc_status add_form(fc_page *page, const fc_report_form *f, fc_error *err)
{
    static const fc_page_choice modalities[] = {{"", "everything"},
                                                {"image", "images"},
                                                {"text", "texts"},
                                                {"audio", "sounds"},
                                                {"points", "shapes"}};
    const fc_page_field text = {"text", "Text", f->text, "a red bird", true},
                        file = {"file", "or a file", NULL, NULL, false},
                        id = {"id", "or a stored sample", f->id, "DATASET/ID", false},
                        modality = {"modality", "Show", f->modality, NULL, false},
                        encoder = {"encoder", "Encoder", f->encoder, NULL, false},
                        dataset = {"dataset", "Data set", f->dataset, NULL, false},
                        where = {"where", "Filter", f->where, "year >= 2020", false},
                        k = {"k", "How many", f->k != NULL ? f->k : "10", NULL, false},
                        explain = {"explain", "Explain", f->explain, NULL, false};
    static const fc_page_choice explained[] = {{"", "no"}, {"true", "what carried the score"}};
    const char *no_encoder = f->no_encoder != NULL ? f->no_encoder : "the newest that fits";
    fc_status st;

    fc__page_form_begin(page, f->action);
    fc__page_form_text(page, &text);
    fc__page_form_file(page, &file);
    fc__page_form_text(page, &id);
    fc__page_form_choice(page, &modality, modalities, sizeof(modalities) / sizeof(modalities[0]));
    st = add_space(page, f, err);
    if (st == FC_OK)
        st = add_names(page, &encoder, no_encoder, f->encoders, f->n_encoders, err);
    if (st == FC_OK)
        st = add_names(page, &dataset, "all", f->datasets, f->n_datasets, err);
    fc__page_form_text(page, &where);
    fc__page_form_number(page, &k, 1, FC_REPORT_HITS_MAX);
    fc__page_form_choice(page, &explain, explained, sizeof(explained) / sizeof(explained[0]));
    fc__page_form_end(page, "Search");
    return st;
}

/* ---- links ---- */

static fc_status add_parameter(fc_buf *out, const char *name, const char *value, fc_error *err)
{
    fc_status st;

    if (value == NULL || value[0] == '\0')
        return FC_OK;
    st = fc_buf_append_fmt(out, err, "%s=", name);
    if (st == FC_OK)
        st = fc__url_append(out, value, err);
    return st == FC_OK ? fc_buf_append_text(out, "&", err) : st;
}

/* The URL of a question like this one about the sample whose name is added to it. An encoder of
 * one modality cannot take a sample of another. */
static fc_status make_link(fc_buf *out, const fc_report_form *f, bool with_encoder, fc_error *err)
{
    const struct {
        const char *name, *value;
    } kept[] = {{"space", f->space},
                {"calibrate", f->calibrate},
                {"encoder", with_encoder ? f->encoder : NULL},
                {"dataset", f->dataset},
                {"where", f->where},
                {"k", f->k},
                {"explain", f->explain}};
    fc_status st = fc_buf_append_fmt(out, err, "%s?", f->action);

    for (size_t i = 0; i < sizeof(kept) / sizeof(kept[0]) && st == FC_OK; i++)
        st = add_parameter(out, kept[i].name, kept[i].value, err);
    return st == FC_OK ? fc_buf_append_text(out, "id=", err) : st;
}

static fc_status add_answer(fc_page *page, const fc_report_form *f, const fc_report_query *asked,
                            fc_error *err)
{
    fc_buf same = FC_BUF_INIT, other = FC_BUF_INIT;
    fc_page_media media = fc__page_media();
    fc_hit_links links;
    fc_status st;

    st = make_link(&same, f, true, err);
    if (st == FC_OK)
        st = make_link(&other, f, false, err);
    if (st == FC_OK) {
        links = (fc_hit_links){(const char *)same.data, (const char *)other.data};
        fc__page_query(page, &media, asked, &links);
    }
    fc__page_media_dispose(&media);
    fc_buf_dispose(&other);
    fc_buf_dispose(&same);
    return st;
}

static fc_status take_html(fc_page *page, char **html, size_t *n_bytes, fc_error *err)
{
    fc_buf bytes = FC_BUF_INIT;
    fc_status st = fc__page_take(page, &bytes, err);

    if (st == FC_OK)
        st = fc_buf_append_u8(&bytes, 0, err);
    if (st != FC_OK) {
        fc_buf_dispose(&bytes);
        return st;
    }
    *html = (char *)bytes.data;
    *n_bytes = bytes.size - 1;
    return FC_OK;
}

fc_status fc_report_search(const char *title, const fc_report_form *form,
                           const fc_report_query *asked, const char *problem, char **html,
                           size_t *n_bytes, fc_error *err)
{
    fc_page *page = NULL;
    fc_status st;

    *html = NULL;
    *n_bytes = 0;
    if (form->struct_size != sizeof(*form))
        return fc_error_set(err, FC_E_INVALID,
                            "form: struct_size is %zu; start from FC_REPORT_FORM_INIT",
                            form->struct_size);
    st = fc__page_create(&page, title, err);
    if (st == FC_OK)
        st = add_form(page, form, err);
    if (st == FC_OK && problem != NULL)
        fc__page_notice(page, problem);
    if (st == FC_OK && asked != NULL)
        st = add_answer(page, form, asked, err);
    if (st == FC_OK)
        st = take_html(page, html, n_bytes, err);
    fc__page_destroy(page);
    return st;
}
