/*
 * Epochs: groups in a new order each time, in batches of equal size; after each the groups that are
 * held out are embedded and scored, and the best parameters kept.
 */
#include "fc_contrast_train.h"

#include <cblas.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "fc_alloc.h"
#include "fc_fit_linear.h"
#include "fc_fit_rows.h"

#define RATE_DEFAULT  0.005 /* of the size of a parameter, a step */
#define DECAY_DEFAULT 0.01
#define WARM_UP       10  /* steps in which the rate rises from nothing */
#define NORM_MOST     1.0 /* a longer gradient is cut to this */
/* Components that the start leaves at zero: how large beside the others. */
#define REST_SIZE  0.01
#define SALT_ORDER UINT64_C(0x4F72646572)
#define SALT_REST  UINT64_C(0x52657374)

typedef struct training {
    const fc_fit_data *data;
    const fc_fit_options *opts;
    const fc_contrast_held *held;
    fc_contrast_course *course;
    fc_contrast_model model;
    fc_contrast_batch batch;
    fc_contrast_adam adam;
    fc_rng rng;
    size_t *order;                     /* the groups, shuffled */
    double *gradient, *best;           /* n_theta */
    float *found[FC_FIT_BRANCHES_MAX]; /* held->n x dim: what was held out, embedded */
    bool *there[FC_FIT_BRANCHES_MAX];
    float *a, *b;                                /* held->n x dim */
    double *each, *now, *each_first, *each_best; /* held->n: scores */
} training;

void fc__contrast_course_dispose(fc_contrast_course *c)
{
    free(c->loss);
    free(c->score);
    memset(c, 0, sizeof(*c));
}

static fc_status create_held(training *t, fc_error *err)
{
    const size_t n = t->held->n, dim = t->model.dim;
    bool ok = (t->a = fc__alloc_array(n, dim * sizeof(float))) != NULL &&
              (t->b = fc__alloc_array(n, dim * sizeof(float))) != NULL &&
              (t->each = fc__alloc_array(n, 4 * sizeof(double))) != NULL;

    if (ok) {
        t->now = t->each + n;
        t->each_first = t->now + n;
        t->each_best = t->each_first + n;
    }

    for (size_t x = 0; x < t->model.n_branches && ok; x++)
        ok = (t->found[x] = fc__alloc_array(n, dim * sizeof(float))) != NULL &&
             (t->there[x] = fc__alloc_array(n, sizeof(bool))) != NULL;
    return ok ? FC_OK : fc__nomem(err, n * dim * sizeof(float), "what is held out");
}

/* What has a size of its own, beside the batch. */
static fc_status check_memory(const training *t, size_t room, uint64_t *left, fc_error *err)
{
    const size_t dim = t->model.dim;
    const uint64_t held = t->held != NULL ? t->held->n : 0;
    const uint64_t fixed = (uint64_t)t->model.n_theta * 5 * sizeof(double) +
                           ((uint64_t)room + 2 + 4 * dim) * room * sizeof(double) +
                           held * dim * (t->model.n_branches + 2) * sizeof(float);

    if (fixed > t->opts->memory_bytes)
        return fc_error_set(err, FC_E_LIMIT,
                            "training %zu parameters in batches of %zu groups needs %llu MiB of "
                            "memory; allow more, or take fewer dimensions or groups a batch",
                            t->model.n_theta, room, (unsigned long long)(fixed >> 20) + 1);
    *left = t->opts->memory_bytes - fixed;
    return FC_OK;
}

static fc_status create_arrays(training *t, fc_error *err)
{
    const size_t epochs = t->course->plan.epochs;

    t->order = fc__alloc_array(t->data->n_groups, sizeof(*t->order));
    t->gradient = fc__alloc_array(t->model.n_theta, sizeof(*t->gradient));
    t->best = fc__alloc_array(t->model.n_theta, sizeof(*t->best));
    t->course->loss = fc__alloc_array(epochs + 1, sizeof(double));
    t->course->score = fc__alloc_array(epochs + 1, sizeof(double));
    if (t->order == NULL || t->gradient == NULL || t->best == NULL || t->course->loss == NULL ||
        t->course->score == NULL)
        return fc__nomem(err, t->model.n_theta * sizeof(double), "parameters");
    for (size_t g = 0; g < t->data->n_groups; g++)
        t->order[g] = g;
    return t->held != NULL ? create_held(t, err) : FC_OK;
}

static fc_status create(training *t, fc_head *heads, fc_error *err)
{
    const fc_fit_options *o = t->opts;
    const size_t room = o->batch < t->data->n_groups ? o->batch : t->data->n_groups;
    fc_contrast_course *c = t->course;
    uint64_t left = 0;
    fc_status st;

    c->rate = o->learning_rate != 0 ? o->learning_rate : RATE_DEFAULT;
    c->decay = o->weight_decay == 0 ? DECAY_DEFAULT : fmax(o->weight_decay, 0);
    t->rng = fc__rng_seed(fc__fit_hash(SALT_ORDER, o->seed));
    st = fc__contrast_model_create(&t->model, heads, t->data->n_branches, o->temperature, err);
    if (st == FC_OK)
        st = check_memory(t, room, &left, err);
    if (st == FC_OK)
        st = fc__contrast_batch_create(&t->batch, &t->model, room, left, err);
    if (st == FC_OK)
        st = fc__contrast_adam_create(&t->adam, t->model.n_theta, c->rate, c->decay, err);
    return st == FC_OK ? create_arrays(t, err) : st;
}

static void dispose(training *t)
{
    for (size_t x = 0; x < FC_FIT_BRANCHES_MAX; x++) {
        free(t->found[x]);
        free(t->there[x]);
    }
    free(t->a);
    free(t->b);
    free(t->each);
    free(t->order);
    free(t->gradient);
    free(t->best);
    fc__contrast_adam_dispose(&t->adam);
    fc__contrast_batch_dispose(&t->batch, &t->model);
    fc__contrast_model_dispose(&t->model);
}

/* Fisher and Yates, from the end. */
static void shuffle(training *t)
{
    for (size_t i = t->data->n_groups; i > 1; i--) {
        const size_t j = (size_t)fc__rng_below(&t->rng, i), held = t->order[i - 1];

        t->order[i - 1] = t->order[j];
        t->order[j] = held;
    }
}

/* Components that are zero on every side have no gradient: give them something small. */
static fc_status fill_rest(training *t, fc_error *err)
{
    fc_contrast_model *m = &t->model;
    fc_rng rng = fc__rng_seed(fc__fit_hash(SALT_REST, t->opts->seed));
    fc_status st =
        fc__contrast_batch_read(&t->batch, m, t->data, t->order, t->batch.room, NULL, err);

    if (st != FC_OK)
        return st;
    fc__contrast_forward(m, m->theta, &t->batch, t->opts->n_threads);
    for (size_t x = 0; x < m->n_branches; x++) {
        double norm = 0;

        for (size_t s = 0; s < t->batch.n; s++)
            norm += t->batch.sides[x].norm[s] / (double)t->batch.n;
        for (size_t i = 0; i < m->branches[x].n_inputs; i++) {
            const fc_contrast_input *in = &m->branches[x].inputs[i];
            const double size = REST_SIZE * norm / sqrt((double)(m->dim * in->pooled));

            for (size_t k = 0; k < m->dim; k++) {
                double *row = m->theta + in->weight + k * in->pooled;

                if (cblas_dasum((int)in->pooled, row, 1) == 0)
                    for (size_t d = 0; d < in->pooled; d++)
                        row[d] = size * fc__rng_normal(&rng);
            }
        }
    }
    return FC_OK;
}

/* One step from a batch that has been read. */
static fc_status step(training *t, double *loss, fc_error *err)
{
    fc_contrast_model *m = &t->model;
    const double warm = (double)(t->adam.step + 1) / WARM_UP;
    double dlog_scale, norm;
    size_t n_pairs;
    fc_status st;

    fc__contrast_forward(m, m->theta, &t->batch, t->opts->n_threads);
    st = fc__contrast_loss(m, m->theta, &t->batch, loss, &dlog_scale, &n_pairs, err);
    if (st != FC_OK || n_pairs == 0)
        return st;
    fc__contrast_backward(m, m->theta, &t->batch, t->gradient, t->opts->n_threads);
    t->gradient[m->log_scale] = t->opts->fixed_temperature ? 0 : dlog_scale;
    norm = cblas_dnrm2((int)m->n_theta, t->gradient, 1);
    if (!isfinite(*loss) || !isfinite(norm))
        return fc_error_set(err, FC_E_FORMAT,
                            "the loss is not finite after %llu steps of training at a learning "
                            "rate of %g; take a smaller one",
                            (unsigned long long)t->adam.step, t->course->rate);
    if (norm > NORM_MOST)
        cblas_dscal((int)m->n_theta, NORM_MOST / norm, t->gradient, 1);
    t->adam.rate = t->course->rate * (warm < 1 ? warm : 1);
    fc__contrast_adam_step(&t->adam, m->theta, t->gradient, m->parts, m->n_parts);
    m->theta[m->log_scale] = fmin(fmax(m->theta[m->log_scale], 0), log(FC_CONTRAST_SCALE_MOST));
    return FC_OK;
}

static fc_status run_epoch(training *t, double *loss, fc_error *err)
{
    const size_t n = t->data->n_groups, room = t->batch.room;
    const size_t n_batches = (n + room - 1) / room;
    const fc_contrast_reading how = {
        .rng = &t->rng, .noise = t->course->plan.noise, .drop = t->course->plan.drop};
    fc_status st = FC_OK;

    *loss = 0;
    shuffle(t);
    for (size_t i = 0; i < n_batches && st == FC_OK; i++) {
        const size_t first = n * i / n_batches, end = n * (i + 1) / n_batches;
        double one = 0;

        st = fc__fit_cancelled(t->opts, err);
        if (st == FC_OK)
            st = fc__contrast_batch_read(&t->batch, &t->model, t->data, t->order + first,
                                         end - first, &how, err);
        if (st == FC_OK)
            st = step(t, &one, err);
        *loss += one / (double)n_batches;
    }
    return st;
}

static fc_status embed_held(training *t, fc_error *err)
{
    const fc_contrast_model *m = &t->model;
    fc_status st = FC_OK;

    for (size_t first = 0; first < t->held->n && st == FC_OK; first += t->batch.room) {
        const size_t left = t->held->n - first, n = left < t->batch.room ? left : t->batch.room;

        st = fc__contrast_batch_read(&t->batch, m, t->held->data, t->held->groups + first, n, NULL,
                                     err);
        if (st != FC_OK)
            break;
        fc__contrast_forward(m, m->theta, &t->batch, t->opts->n_threads);
        for (size_t x = 0; x < m->n_branches; x++)
            for (size_t s = 0; s < n; s++) {
                t->there[x][first + s] = t->batch.sides[x].there[s];
                for (size_t k = 0; k < m->dim; k++)
                    t->found[x][(first + s) * m->dim + k] =
                        (float)t->batch.sides[x].unit[s * m->dim + k];
            }
    }
    return st;
}

/* The mean over pairs of branches; now[]: what each group adds to it, over all pairs. */
static fc_status score_held(training *t, double *score, fc_error *err)
{
    const size_t dim = t->model.dim;
    size_t n_pairs = 0;
    fc_status st = embed_held(t, err);

    *score = 0;
    memset(t->now, 0, t->held->n * sizeof(*t->now));
    for (size_t x = 0; x < t->model.n_branches && st == FC_OK; x++)
        for (size_t y = x + 1; y < t->model.n_branches && st == FC_OK; y++) {
            double one;
            size_t n = 0;

            for (size_t g = 0; g < t->held->n; g++)
                if (t->there[x][g] && t->there[y][g]) {
                    memcpy(t->a + n * dim, t->found[x] + g * dim, dim * sizeof(float));
                    memcpy(t->b + n * dim, t->found[y] + g * dim, dim * sizeof(float));
                    n++;
                }
            if (n < 2)
                continue;
            st = fc__fit_score(t->a, t->b, n, dim, &one, t->each, err);
            for (size_t g = 0, i = 0; g < t->held->n && st == FC_OK; g++)
                if (t->there[x][g] && t->there[y][g])
                    t->now[g] += t->each[i++];
            *score += one;
            n_pairs++;
        }
    *score = n_pairs > 0 ? *score / (double)n_pairs : 0;
    return st;
}

/* What is the best so far. */
static void keep(training *t, size_t epoch)
{
    t->course->best = epoch;
    memcpy(t->best, t->model.theta, t->model.n_theta * sizeof(*t->best));
    if (t->held != NULL)
        memcpy(epoch == 0 ? t->each_first : t->each_best, t->now, t->held->n * sizeof(*t->now));
}

/* The mean difference of the best epoch to the start, and the standard error of it. */
static void measure_gain(const training *t)
{
    fc_contrast_course *c = t->course;
    double mean = 0, square = 0;
    size_t n = 0;

    for (size_t g = 0; g < t->held->n && c->best > 0; g++)
        if (t->each_first[g] > 0) { /* the group is of a pair; a reciprocal rank is never 0 */
            const double d = t->each_best[g] - t->each_first[g], from = d - mean;

            mean += from / (double)++n;
            square += from * (d - mean);
        }
    c->gain = mean;
    c->gain_error = n > 1 ? sqrt(square / ((double)n * (double)(n - 1))) : 0;
}

static fc_status run_epochs(training *t, fc_error *err)
{
    fc_contrast_course *c = t->course;
    const uint32_t epochs = c->plan.epochs;
    fc_status st = FC_OK;

    if (t->held != NULL)
        st = score_held(t, &c->score[0], err);
    keep(t, 0);
    for (uint32_t e = 1; e <= epochs && st == FC_OK; e++) {
        if (t->opts->progress != NULL)
            t->opts->progress(t->opts->context, "training", e, epochs);
        st = run_epoch(t, &c->loss[e], err);
        if (st == FC_OK && t->held != NULL)
            st = score_held(t, &c->score[e], err);
        c->n_epochs = e;
        if (t->held == NULL || c->score[e] > c->score[c->best])
            keep(t, e);
        else if (e - c->best >= t->opts->patience)
            break;
    }
    if (t->held != NULL)
        measure_gain(t);
    return st;
}

fc_status fc__contrast_train(const fc_fit_data *data, const fc_fit_options *opts,
                             const fc_contrast_held *held, const fc_contrast_plan *plan,
                             fc_head *heads, fc_contrast_course *course, fc_error *err)
{
    training t = {.data = data, .opts = opts, .held = held, .course = course};
    fc_status st;

    course->plan = *plan;
    st = create(&t, heads, err);

    if (st == FC_OK)
        st = fill_rest(&t, err);
    if (st == FC_OK)
        st = run_epochs(&t, err);
    if (st == FC_OK) {
        course->temperature = exp(-t.best[t.model.log_scale]);
        st = fc__contrast_model_store(&t.model, t.best, err);
    }
    dispose(&t);
    return st;
}
