/*
 * Each hit through the lane that found it, then the query against the first hit.
 */
#include "search_explain.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "explain_rows.h"
#include "explain_texts.h"
#include "explain_tokens.h"
#include "fc_alloc.h"
#include "fc_card_frame.h"
#include "fc_store_read.h"
#include "fc_vec.h"

/* A cosine out of the index is of vectors in half precision. */
#define SAME_HIT 0.01

typedef struct explaining {
    const fc_explaining *e;
    fc_result_builder *out;
    fc_page_media media; /* reads the files of hits */
    fc_long_texts texts;
    size_t n_untold; /* texts whose rows have no names, for only their beginning is to be had */
    float *query;    /* unit vector */
    size_t dim;
    fc_space_branch own; /* of picked, out of a space */
    fc_error why;        /* the first thing that could not be explained */
    size_t n_unexplained;
} explaining;

static const fc_space_branch *branch_of_lane(const explaining *x, size_t lane)
{
    const fc_space_branch *b = x->e->lanes->branches[lane];

    return b != NULL ? b : &x->own;
}

static const char *output_name(const explaining *x, const fc_space_branch *b, size_t k)
{
    return x->e->space != NULL ? x->e->space->view.row.members[b->first_member + k].output
                               : b->stored[k].output->name;
}

static const char *member_name(const explaining *x, const fc_space_branch *b, size_t k)
{
    return x->e->space != NULL ? x->e->space->view.row.members[b->first_member + k].encoder
                               : b->stored[k].encoder->name;
}

static fc_row_origin origin_of(const explaining *x, const fc_space_branch *b)
{
    fc_row_origin from = {.branch = b, .snapshot = x->e->snapshot};

    for (size_t k = 0; k < b->n_members; k++)
        from.outputs[k] = output_name(x, b, k);
    return from;
}

/* What cannot be explained is told once; anything else ends it. */
static fc_status pass_over(explaining *x, fc_status st, const fc_error *why, fc_error *err)
{
    if (st != FC_E_UNSUPPORTED && st != FC_E_NOT_FOUND && st != FC_E_FORMAT && st != FC_E_INVALID)
        return fc_error_set(err, st, "%s", why->message);
    if (x->n_unexplained++ == 0)
        x->why = *why;
    return FC_OK;
}

/* What an explanation is of, for the names of its rows: a stored sample, or an input. */
typedef struct described {
    const fc_query_hit *sample; /* NULL: an input of the query */
    const fc_input *input;
    fc_modality modality;
} described;

static fc_status add_details(explaining *x, const fc_row_origin *from, size_t member,
                             const described *of, fc_explanation *e, fc_error *err);

/* Rows, each times `share`, with what they are, into memory of the result. */
static fc_status keep_one(explaining *x, const fc_row_origin *from, fc_explained_rows *rows,
                          double share, fc_explanation **out, fc_error *err)
{
    fc_explanation *e = fc__result_own(x->out, calloc(1, sizeof(*e)));
    float *values = rows->rows;

    *out = e;
    rows->rows = NULL;
    if (e == NULL || fc__result_own(x->out, values) == NULL)
        return fc__nomem(err, sizeof(*e), "an explanation");
    for (size_t i = 0; i < rows->n; i++)
        values[i] = (float)(share * (double)values[i]);
    *e = (fc_explanation){.encoder =
                              fc__result_keep(x->out, member_name(x, from->branch, rows->member)),
                          .output = fc__result_keep(x->out, rows->output),
                          .n_rows = rows->n,
                          .rows = values,
                          .rest = share * (double)rows->rest,
                          .height = rows->height,
                          .width = rows->width,
                          .orientation = 1};
    return e->encoder != NULL && e->output != NULL ? FC_OK : fc__nomem(err, 64, "an explanation");
}

/* All inputs of a head, one after the other. */
static fc_status keep(explaining *x, const fc_row_origin *from, fc_explained *rows, double share,
                      const described *of, const fc_explanation **out, fc_error *err)
{
    const fc_explanation **at = out;
    fc_status st = FC_OK;

    for (size_t i = 0; i < rows->n && st == FC_OK; i++) {
        fc_explanation *e;

        st = keep_one(x, from, &rows->list[i], share, &e, err);
        if (st == FC_OK)
            st = add_details(x, from, rows->list[i].member, of, e, err);
        if (st != FC_OK)
            break;
        *at = e;
        at = &e->next;
    }
    return st;
}

/* ---- of a stored item ---- */

static fc_status add_times(explaining *x, const fc_picked *p, uint64_t content, fc_explanation *e,
                           fc_error *err)
{
    double *times = NULL;
    size_t n = 0;
    fc_status st = FC_OK;

    for (size_t i = 0; i < p->encoder->n_outputs && st == FC_OK && n == 0; i++)
        if (strcmp(p->encoder->outputs[i].name, e->output) == 0)
            st = fc__snapshot_item_times(x->e->snapshot, p->encoder->id, p->encoder->outputs[i].id,
                                         content, &times, &n, err);
    if (st == FC_OK && n == e->n_rows && n > 0) {
        e->times = fc__result_own(x->out, times);
        return e->times != NULL ? FC_OK : fc__nomem(err, n, "times");
    }
    free(times);
    return st;
}

/* Where a map lies over its picture; without the picture, or by a card of another program, that is
 * not known. */
static void add_frame(const char *card, const fc_input *in, fc_explanation *e)
{
    fc_error ignored = FC_ERROR_INIT;
    fc_image_frame f;

    if (e->height == 0 || fc__card_frame(card, in, &f, &ignored) != FC_OK)
        return;
    e->picture_width = f.width;
    e->picture_height = f.height;
    e->frame[0] = f.left;
    e->frame[1] = f.top;
    e->frame[2] = f.right;
    e->frame[3] = f.bottom;
    e->orientation = f.orientation;
}

static void add_frame_of_hit(explaining *x, const fc_picked *p, const fc_query_hit *hit,
                             fc_explanation *e)
{
    fc_buf file = FC_BUF_INIT;
    fc_error ignored = FC_ERROR_INIT;

    if (e->height > 0 && fc__read_sample(&x->media, hit, &file, &ignored) == FC_OK) {
        const fc_input in = {.modality = FC_IMAGE,
                             .bytes = file.data,
                             .n_bytes = file.size,
                             .name = hit->id,
                             .limits = &x->media.limits};

        add_frame(p->encoder->card, &in, e);
    }
    fc_buf_dispose(&file);
}

static fc_status add_tokens_of_hit(explaining *x, const fc_picked *p, const fc_query_hit *hit,
                                   fc_explanation *e, fc_error *err)
{
    fc_buf text = FC_BUF_INIT;
    fc_embedder *embedder = NULL;
    fc_error ignored = FC_ERROR_INIT;
    bool fell_back = false;
    fc_status st = FC_OK;

    const fc_status got = fc__explain_text(&x->media, &x->texts, hit, &text, &ignored);

    /* Without its text, or without its model, the rows stay without names. */
    x->n_untold += got != FC_OK;
    if (got == FC_OK && fc__embedders_get(x->e->embedders, p->encoder->card, x->e->neural,
                                          &embedder, &fell_back, &ignored) == FC_OK) {
        const fc_input in = {.modality = FC_TEXT,
                             .bytes = text.data,
                             .n_bytes = text.size,
                             .name = hit->id,
                             .limits = &x->media.limits};

        st = fc__explain_tokens(embedder, &in, x->out, e, err);
    }
    fc_buf_dispose(&text);
    return st;
}

/* What the rows are: times of a sound, tokens of a text, where a map lies over its picture. */
static fc_status add_details(explaining *x, const fc_row_origin *from, size_t member,
                             const described *of, fc_explanation *e, fc_error *err)
{
    const fc_picked *p = &from->branch->stored[member];

    if (of->sample == NULL && of->modality == FC_TEXT)
        return fc__explain_tokens(from->embedders[member], of->input, x->out, e, err);
    if (of->sample == NULL && of->modality == FC_IMAGE)
        add_frame(from->embedders[member]->card->canonical, of->input, e);
    if (of->sample == NULL)
        return FC_OK;
    if (of->modality == FC_AUDIO)
        return add_times(x, p, from->content, e, err);
    if (of->modality == FC_TEXT)
        return add_tokens_of_hit(x, p, of->sample, e, err);
    if (of->modality == FC_IMAGE)
        add_frame_of_hit(x, p, of->sample, e);
    return FC_OK;
}

/* Through one lane. *done: it was this lane's hit. */
static fc_status explain_through(explaining *x, size_t lane, fc_query_hit *hit, bool *done,
                                 fc_error *err)
{
    const fc_space_branch *b = branch_of_lane(x, lane);
    const described of = {.sample = hit, .modality = hit->modality};
    fc_row_origin from = origin_of(x, b);
    fc_explained rows;
    fc_error why = FC_ERROR_INIT;
    fc_status st;

    from.content = hit->content;
    st = fc__explain_rows(&from, x->query, &rows, &why);
    if (st == FC_E_NOT_FOUND) {
        st = FC_OK;
    } else if (st != FC_OK) {
        *done = true;
        st = pass_over(x, st, &why, err);
    } else if (fabs((double)rows.list[0].cosine - hit->cosine) <= SAME_HIT) {
        *done = true; /* else another member found this content */
        st = keep(x, &from, &rows, 1, &of, &hit->explanation, err);
    }
    fc__explained_dispose(&rows);
    return st;
}

static fc_status explain_hit(explaining *x, fc_query_hit *hit, fc_error *err)
{
    bool done = false;
    fc_status st = FC_OK;

    for (size_t i = 0; i < x->e->lanes->n && !done && st == FC_OK; i++)
        if (branch_of_lane(x, i)->modality == hit->modality)
            st = explain_through(x, i, hit, &done, err);
    return st;
}

/* ---- of the query ---- */

/* The unit vector of the first hit, by the lane that found it. */
static fc_status vector_of_hit(const explaining *x, const fc_query_hit *hit, float *out,
                               bool *found, fc_error *err)
{
    fc_status st = FC_OK;

    *found = false;
    for (size_t i = 0; i < x->e->lanes->n && !*found && st == FC_OK; i++) {
        st = fc__branch_rows(branch_of_lane(x, i), x->e->snapshot, &hit->content, 1, out, found,
                             err);
        *found = *found && fabs((double)fc__dot(out, x->query, x->dim) - hit->cosine) <= SAME_HIT;
    }
    return st;
}

/* What of a term carried its share of the query's cosine with the hit. */
static fc_status explain_term(explaining *x, size_t at, const float *hit, fc_error *err)
{
    const fc_term *t = &x->e->terms->list[at];
    const fc_term_way *way = &x->e->question->ways[at];
    const fc_space_branch *b = way->branch != NULL ? way->branch : &x->own;
    fc_query_term_info *info = fc__result_term(x->out, at);
    described of = {.modality = t->modality};
    fc_row_origin from = origin_of(x, b);
    fc_explained rows;
    fc_error why = FC_ERROR_INIT;
    fc_status st;

    if (t->asked.kind == FC_QUERY_VECTOR)
        return FC_OK;
    if (t->asked.kind == FC_QUERY_ID) {
        from.content = x->e->terms->selves[at].content;
        of.sample = info->sample;
    } else {
        memcpy(from.embedders, way->embedders, sizeof(from.embedders));
        from.input = of.input = &t->input.input;
    }
    st = fc__explain_rows(&from, hit, &rows, &why);
    st = st == FC_OK
             ? keep(x, &from, &rows, x->e->question->shares[at], &of, &info->explanation, err)
             : pass_over(x, st, &why, err);
    fc__explained_dispose(&rows);
    return st;
}

static fc_status explain_query(explaining *x, fc_error *err)
{
    float *hit;
    bool found = false;
    fc_status st;

    if (fc__result_count(x->out) == 0)
        return FC_OK;
    hit = fc__alloc_array(x->dim, sizeof(*hit));
    if (hit == NULL)
        return fc__nomem(err, x->dim * sizeof(*hit), "a vector");
    st = vector_of_hit(x, fc__result_hit(x->out, 0), hit, &found, err);
    for (size_t i = 0; i < x->e->terms->n && found && st == FC_OK; i++)
        st = explain_term(x, i, hit, err);
    free(hit);
    return st;
}

/* ---- all of it ---- */

/* Texts of hits and inputs that the store keeps the beginning of. */
static fc_status read_texts(explaining *x, fc_error *err)
{
    fc_status st = FC_OK;

    for (size_t i = 0; i < fc__result_count(x->out) && st == FC_OK; i++)
        st = fc__long_texts_want(&x->texts, fc__result_hit(x->out, i), err);
    for (size_t i = 0; i < x->e->terms->n && st == FC_OK; i++) {
        const fc_query_hit *sample = fc__result_term(x->out, i)->sample;

        if (sample != NULL)
            st = fc__long_texts_want(&x->texts, sample, err);
    }
    return st == FC_OK ? fc__long_texts_read(&x->texts, x->e->snapshot, err) : st;
}

static fc_status tell(const explaining *x, fc_error *err)
{
    if (fc__result_of(x->out)->via_groups)
        return fc__result_note(x->out, err,
                               "explain: hits through groups were not compared "
                               "themselves, and are not explained");
    if (x->n_untold > 0) {
        const fc_status st =
            fc__result_note(x->out, err,
                            "explain: the tokens of %zu texts are not named: their files, or the "
                            "manifest that they came from, are not there or have changed",
                            x->n_untold);

        if (st != FC_OK)
            return st;
    }
    if (x->n_unexplained == 0)
        return FC_OK;
    return fc__result_note(x->out, err, "explain: %zu of %zu items are not explained: %s",
                           x->n_unexplained, fc__result_count(x->out) + x->e->terms->n,
                           x->why.message);
}

fc_status fc__explain(const fc_explaining *e, fc_result_builder *out, fc_error *err)
{
    explaining x = {.e = e, .out = out, .media = fc__page_media(), .dim = e->question->dim};
    fc_status st = FC_OK;

    x.query = fc__alloc_array(x.dim, sizeof(*x.query));
    if (x.query == NULL)
        return fc__nomem(err, x.dim * sizeof(*x.query), "a query");
    memcpy(x.query, e->question->vector, x.dim * sizeof(*x.query));
    (void)fc__vec_normalise(x.query, x.dim);
    if (e->picked != NULL)
        x.own = fc__branch_of_output(e->picked);
    fc__page_media_like(&x.media, e->query);
    if (!fc__result_of(out)->via_groups) {
        st = read_texts(&x, err);
        for (size_t i = 0; i < fc__result_count(out) && st == FC_OK; i++)
            st = explain_hit(&x, fc__result_hit(out, i), err);
        if (st == FC_OK)
            st = explain_query(&x, err);
    }
    if (st == FC_OK)
        st = tell(&x, err);
    fc__long_texts_dispose(&x.texts);
    fc__page_media_dispose(&x.media);
    free(x.query);
    return st;
}
