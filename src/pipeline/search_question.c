/*
 * Input -> encoder -> vector, for each term; then their sum.
 */
#include "search_question.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "fc_alloc.h"
#include "fc_vec.h"

/* A sum this short beside what went into it is rounding. */
#define CANCELLED 1e-5

/* The card of member k of a branch: that which was ingested with last, whose model may have moved
 * since the space was declared. */
static const char *member_card(const fc_question_scope *s, const fc_space_branch *b, size_t k)
{
    return b->stored[k].encoder != NULL ? b->stored[k].encoder->card
                                        : s->space->view.row.members[b->first_member + k].card;
}

/* Models that no question in this scope can need take no memory. */
static void close_others(fc_embedders *embedders, const fc_question_scope *s)
{
    const char *cards[FC_SPACE_MEMBERS_MAX];
    size_t n = 0;

    if (s->space == NULL)
        cards[n++] = s->picked->encoder->card;
    for (size_t i = 0; s->space != NULL && i < s->space->view.n_branches; i++)
        for (size_t k = 0; k < s->space->view.branches[i].n_members; k++)
            cards[n++] = member_card(s, &s->space->view.branches[i], k);
    fc__embedders_keep(embedders, cards, n);
}

static fc_status load_branch(fc_question *q, fc_term_way *way, const fc_question_scope *s,
                             fc_embedders *embedders, fc_error *err)
{
    fc_status st = FC_OK;

    for (size_t k = 0; k < way->branch->n_members && st == FC_OK; k++)
        st = fc__embedders_get(embedders, member_card(s, way->branch, k), s->neural,
                               &way->embedders[k], &q->fell_back, err);
    return st;
}

static fc_status load_term(fc_question *q, const fc_terms *terms, size_t i,
                           const fc_question_scope *s, fc_embedders *embedders, fc_error *err)
{
    const fc_term *t = &terms->list[i];
    fc_term_way *way = &q->ways[i];
    fc_status st;

    if (t->asked.kind == FC_QUERY_VECTOR || t->asked.kind == FC_QUERY_ID)
        return FC_OK; /* a vector as it is, an item by whatever has encoded it */
    if (s->space == NULL)
        return fc__embedders_get(embedders, s->picked->encoder->card, s->neural, &way->embedders[0],
                                 &q->fell_back, err);
    st = fc__query_space_branch(s->space, s->encoder, t->modality, &way->branch, err);
    return st == FC_OK ? load_branch(q, way, s, embedders, err) : st;
}

fc_status fc__question_load(fc_question *out, const fc_terms *terms, const fc_question_scope *scope,
                            fc_embedders *embedders, fc_error *err)
{
    fc_status st = FC_OK;

    *out = (fc_question){.ways = fc__alloc_array(terms->n, sizeof(*out->ways)),
                         .shares = fc__alloc_array(terms->n, sizeof(*out->shares)),
                         .dim = scope->space != NULL ? scope->space->view.row.dim
                                                     : (size_t)scope->picked->output->shape[0]};
    if (out->ways == NULL || out->shares == NULL)
        return fc__nomem(err, terms->n * sizeof(*out->ways), "a question");
    close_others(embedders, scope);
    for (size_t i = 0; i < terms->n && st == FC_OK; i++)
        st = load_term(out, terms, i, scope, embedders, err);
    return st;
}

/* A vector that is given. */
static fc_status take_vector(const fc_query_term *t, const fc_question_scope *s, fc_tensor *out,
                             fc_error *err)
{
    const uint64_t shape[1] = {t->vector_dim};

    if (s->space != NULL && t->vector_dim != s->space->view.row.dim)
        return fc_error_set(
            err, FC_E_INVALID, "the query vector has %zu elements; those of space '%s' have %u",
            t->vector_dim, s->space->view.row.name, (unsigned)s->space->view.row.dim);
    if (s->space == NULL && t->vector_dim != s->picked->output->shape[0])
        return fc_error_set(err, FC_E_INVALID,
                            "the query vector has %zu elements; output '%s' of '%s' has %llu",
                            t->vector_dim, s->picked->output->name, s->picked->encoder->name,
                            (unsigned long long)s->picked->output->shape[0]);
    *out = fc_tensor_view((void *)(uintptr_t)t->vector, FC_F32, 1, shape);
    return FC_OK;
}

/* The features of a stored sample. */
static fc_status take_item(const char *id, uint64_t content, const fc_question_scope *s,
                           const fc_space_branch **branch, fc_tensor *out, fc_error *err)
{
    fc_status st;

    if (s->space != NULL) {
        st = fc__query_space_item(s->space, s->snapshot, s->encoder, content, branch, out, err);
        return st == FC_E_NOT_FOUND
                   ? fc_error_set(err, st, "%s has nothing of %s%.80s of space '%s'", id,
                                  s->encoder != NULL ? "encoder " : "an encoder",
                                  s->encoder != NULL ? s->encoder : "", s->space->view.row.name)
                   : st;
    }
    st = fc_snapshot_get_item(s->snapshot, s->picked->encoder->id, s->picked->output->id, content,
                              out, err);
    return st == FC_E_NOT_FOUND
               ? fc_error_set(err, st,
                              "%s has no '%s' of encoder '%s'; see featcache ingest "
                              "--retry-failed",
                              id, s->picked->output->name, s->picked->encoder->name)
               : st;
}

/* One input through one encoder. */
static fc_status run_embedder(fc_embedder *e, const char *output_name, const fc_input *in,
                              fc_tensor *out, const char **loss, fc_error *err)
{
    size_t output;
    fc_status st = fc__embedder_output(e, output_name, &output, err);

    return st == FC_OK ? fc__embedder_run(e, in, output, out, loss, err) : st;
}

/* Through every encoder of the branch, then its head. */
static fc_status run_branch(fc_term_way *way, const fc_question_scope *s, const fc_input *in,
                            fc_tensor *out, fc_error *err)
{
    const fc_space_branch *b = way->branch;
    const uint64_t shape[1] = {b->dim};
    fc_tensor made[FC_HEAD_INPUTS_MAX];
    fc_status st = fc_tensor_alloc(out, FC_F32, 1, shape, err);

    for (size_t k = 0; k < FC_HEAD_INPUTS_MAX; k++)
        made[k] = (fc_tensor)FC_TENSOR_INIT;
    for (size_t k = 0; k < b->n_members && st == FC_OK; k++)
        st = run_embedder(way->embedders[k], s->space->view.row.members[b->first_member + k].output,
                          in, &made[k], &way->loss, err);
    if (st == FC_OK)
        st = fc__branch_embed(b, made, out->data, err);
    for (size_t k = 0; k < b->n_members; k++)
        fc_tensor_dispose(&made[k]);
    return st;
}

static fc_status compute_term(fc_question *q, const fc_terms *terms, size_t i,
                              const fc_question_scope *s, fc_tensor *out, fc_error *err)
{
    const fc_term *t = &terms->list[i];
    fc_term_way *way = &q->ways[i];

    if (t->asked.kind == FC_QUERY_VECTOR)
        return take_vector(&t->asked, s, out, err);
    if (t->asked.kind == FC_QUERY_ID)
        return take_item(t->asked.value, terms->selves[i].content, s, &way->branch, out, err);
    return s->space != NULL ? run_branch(way, s, &t->input.input, out, err)
                            : run_embedder(way->embedders[0], s->picked->output->name,
                                           &t->input.input, out, &way->loss, err);
}

/* The vector of term i, as it is, into q->vector. */
static fc_status embed_term(fc_question *q, const fc_terms *terms, size_t i,
                            const fc_question_scope *s, fc_error *err)
{
    fc_tensor one = FC_TENSOR_INIT;
    fc_status st = compute_term(q, terms, i, s, &one, err);

    if (st == FC_OK && (one.dtype != FC_F32 || fc_tensor_count(&one) != q->dim))
        st =
            fc_error_set(err, FC_E_FORMAT, "term %zu became %zu elements; what is searched has %zu",
                         i + 1, fc_tensor_count(&one), q->dim);
    if (st == FC_OK)
        memcpy(q->vector, one.data, q->dim * sizeof(float));
    fc_tensor_dispose(&one);
    return st;
}

/* Add the direction of `x` (changed) to the sum. */
static fc_status add_direction(double *sum, float *x, size_t dim, double weight,
                               const fc_query_term *t, fc_error *err)
{
    if (fc__vec_normalise(x, dim) != FC_OK)
        return fc_error_set(err, FC_E_FORMAT,
                            "%.128s: its vector is zero or not finite: it has no direction",
                            t->value != NULL ? t->value : "a query vector");
    for (size_t i = 0; i < dim; i++)
        sum[i] += weight * (double)x[i];
    return FC_OK;
}

static double total_weight(const fc_terms *terms)
{
    double most = 0, sum = 0;

    for (size_t i = 0; i < terms->n; i++)
        most = fmax(most, fabs(terms->list[i].asked.weight));
    for (size_t i = 0; i < terms->n; i++)
        sum += fabs(terms->list[i].asked.weight) / most;
    return most * sum; /* may be infinite: then no weight counts, and the sum is 0 */
}

static fc_status finish_sum(const double *sum, fc_question *q, const fc_terms *terms, double total,
                            fc_error *err)
{
    double square = 0;

    for (size_t i = 0; i < q->dim; i++)
        square += sum[i] * sum[i];
    if (!(sqrt(square) >= CANCELLED))
        return fc_error_set(err, FC_E_INVALID,
                            "the query's terms cancel out: their weighted sum has no direction; "
                            "change a weight");
    for (size_t i = 0; i < q->dim; i++)
        q->vector[i] = (float)(sum[i] / sqrt(square));
    for (size_t i = 0; i < terms->n; i++)
        q->shares[i] = terms->list[i].asked.weight / total / sqrt(square);
    return FC_OK;
}

static fc_status embed_sum(fc_question *q, const fc_terms *terms, const fc_question_scope *scope,
                           fc_error *err)
{
    const double total = total_weight(terms);
    double *sum = fc__alloc_array(q->dim, sizeof(*sum));
    fc_status st = sum == NULL ? fc__nomem(err, q->dim * sizeof(*sum), "a question") : FC_OK;

    for (size_t i = 0; i < terms->n && st == FC_OK; i++) {
        const fc_query_term *t = &terms->list[i].asked;

        st = embed_term(q, terms, i, scope, err);
        if (st == FC_OK)
            st = add_direction(sum, q->vector, q->dim, t->weight / total, t, err);
    }
    if (st == FC_OK)
        st = finish_sum(sum, q, terms, total, err);
    free(sum);
    return st;
}

fc_status fc__question_embed(fc_question *q, const fc_terms *terms, const fc_question_scope *scope,
                             fc_error *err)
{
    q->vector = fc__alloc_array(q->dim, sizeof(*q->vector));
    if (q->vector == NULL)
        return fc__nomem(err, q->dim * sizeof(*q->vector), "a query vector");
    if (terms->n > 1 || terms->list[0].asked.weight < 0)
        return embed_sum(q, terms, scope, err);
    q->shares[0] = 1;
    return embed_term(q, terms, 0, scope, err);
}

void fc__question_dispose(fc_question *q)
{
    free(q->ways);
    free(q->shares);
    free(q->vector);
    *q = (fc_question){.ways = NULL};
}
