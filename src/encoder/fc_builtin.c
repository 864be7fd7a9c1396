/*
 * The list of built-in encoders and the checks that all of them share.
 */
#include "fc_builtin.h"

#include <math.h>
#include <string.h>

#include "fc_builtin_list.h"

static const fc_builtin *const all[] = {&fc__builtin_hog,         &fc__builtin_hashtext,
                                        &fc__builtin_mfcc,        &fc__builtin_fpfh,
                                        &fc__builtin_precomputed, &fc__builtin_lab_hog_lbp};

#define N_ALL (sizeof(all) / sizeof(all[0]))

const fc_builtin *const *fc__builtins(size_t *n)
{
    *n = N_ALL;
    return all;
}

const fc_builtin *fc__builtin_find(const char *name)
{
    for (size_t i = 0; i < N_ALL; i++)
        if (strcmp(all[i]->name, name) == 0)
            return all[i];
    return NULL;
}

size_t fc__builtin_param(const fc_builtin *b, const char *name)
{
    size_t i = 0;

    while (i < b->n_params && strcmp(b->params[i].name, name) != 0)
        i++;
    return i;
}

void fc__builtin_defaults(const fc_builtin *b, double *values)
{
    for (size_t i = 0; i < b->n_params; i++)
        values[i] = b->params[i].initial;
}

static size_t count_choices(const fc_param_spec *p)
{
    size_t n = 0;

    while (p->choices[n] != NULL)
        n++;
    return n;
}

static fc_status check_range(const fc_param_spec *p, double v, double min, double max,
                             fc_error *err)
{
    if (!(v >= min && v <= max))
        return fc_error_set(err, FC_E_INVALID, "%s is %.17g: it has to be from %.17g to %.17g",
                            p->name, v, min, max);
    if (p->kind != FC_PARAM_REAL && floor(v) != v)
        return fc_error_set(err, FC_E_INVALID, "%s is %.17g: it has to be a whole number", p->name,
                            v);
    return FC_OK;
}

static fc_status check_one(const fc_param_spec *p, double v, fc_error *err)
{
    switch (p->kind) {
    case FC_PARAM_FLAG:
        return check_range(p, v, 0, 1, err);
    case FC_PARAM_CHOICE:
    case FC_PARAM_LIST:
        return check_range(p, v, 0, (double)count_choices(p) - 1, err);
    case FC_PARAM_INT:
    case FC_PARAM_REAL:
        break;
    }
    return check_range(p, v, p->min, p->max, err);
}

fc_status fc__builtin_check(const fc_builtin *b, const double *values, fc_error *err)
{
    for (size_t i = 0; i < b->n_params; i++) {
        const fc_status st = check_one(&b->params[i], values[i], err);

        if (st != FC_OK)
            return st;
    }
    return b->check != NULL ? b->check(values, err) : FC_OK;
}

fc_status fc__builtin_worker_create(const fc_builtin *b, const void *self, void **worker,
                                    fc_error *err)
{
    *worker = NULL;
    return b->ops->worker_create != NULL ? b->ops->worker_create(self, worker, err) : FC_OK;
}

void fc__builtin_worker_destroy(const fc_builtin *b, void *worker)
{
    if (b->ops->worker_destroy != NULL)
        b->ops->worker_destroy(worker);
}
