/*
 * What training heads by contrast consists of: heads as a vector of parameters in double, a batch
 * of groups, the pass forward and back, the loss and the optimiser. fc_fit_contrastive.c puts them
 * together. Not for other folders.
 *
 * Sums are cut into fixed pieces that threads share, so that a result does not depend on how many
 * threads there are.
 */
#ifndef FC_CONTRAST_H
#define FC_CONTRAST_H

#include "fc_fit.h"
#include "fc_hash.h"
#include "fc_rng.h"

#define FC_CONTRAST_SCALE_MOST 100.0 /* of 1 / temperature, as in CLIP; at least 1 */

/* Items of a batch that one thread takes at a time; results do not depend on who takes which. */
#define FC_CONTRAST_CHUNK     ((size_t)32)
#define FC_CONTRAST_CHUNKS(n) (((n) + FC_CONTRAST_CHUNK - 1) / FC_CONTRAST_CHUNK)

/* Parameters that are alike: theta[at] to theta[at + n]. */
typedef struct fc_contrast_part {
    size_t at, n;
    double unit;  /* their natural size: a step is measured by it */
    bool decayed; /* weight decay applies */
} fc_contrast_part;

typedef struct fc_contrast_input {
    fc_head_input *head; /* pooling, unit, mean and scale are taken from here */
    bool attention;
    size_t dim, pooled;
    size_t queries, weight, bias, gate, gate_bias; /* offsets in theta */
} fc_contrast_input;

typedef struct fc_contrast_branch {
    fc_fuse fuse;
    size_t n_inputs;
    fc_contrast_input inputs[FC_HEAD_INPUTS_MAX];
} fc_contrast_branch;

#define FC_CONTRAST_PARTS_MAX (FC_FIT_BRANCHES_MAX * FC_HEAD_INPUTS_MAX * 5 + 1)

typedef struct fc_contrast_model {
    size_t dim, n_branches;
    fc_contrast_branch branches[FC_FIT_BRANCHES_MAX];
    fc_contrast_part parts[FC_CONTRAST_PARTS_MAX];
    size_t n_parts;
    double *theta;
    size_t n_theta;
    size_t log_scale; /* offset of log(1 / temperature), the last */
} fc_contrast_model;

/* The parameters of heads with weights (and queries where they pool by attention), which stay the
 * caller's and must outlive the model. */
fc_status fc__contrast_model_create(fc_contrast_model *m, fc_head *heads, size_t n_branches,
                                    double temperature, fc_error *err);
/* Write `theta` into the heads; arrays that they lack are made. */
fc_status fc__contrast_model_store(const fc_contrast_model *m, const double *theta, fc_error *err);
void fc__contrast_model_dispose(fc_contrast_model *m);

/* One input of the items of a batch. */
typedef struct fc_contrast_block {
    bool *there;      /* n */
    double *h;        /* n x pooled, standardised; of attention made by forward */
    double *rows;     /* attention: the standardised rows of all items, end to end */
    size_t rows_room; /* in elements */
    size_t *first;    /* n + 1: first row of an item */
    double *counted;  /* attention: n_queries weights for each row, made by forward */
    double *dcounted; /* attention: as many */
    size_t counted_room, dcounted_room;
    double *z;        /* n x dim */
    double *dz;       /* n x dim */
    double *share;    /* n: a of fusion */
    double *dlogit;   /* n */
    double *dh;       /* attention: n x pooled */
    double *dqueries; /* attention: a part for each chunk of items */
} fc_contrast_block;

typedef struct fc_contrast_side {
    bool *there;     /* n: the group has an item of this branch */
    fc_u128 *digest; /* n: of the item's rows */
    fc_contrast_block blocks[FC_HEAD_INPUTS_MAX];
    double *unit; /* n x dim: what the head makes of the items */
    double *norm; /* n */
    double *dunit;
} fc_contrast_side;

/* Items of n groups, at most one a group and branch. */
typedef struct fc_contrast_batch {
    size_t room, n;
    uint64_t bytes, bytes_most; /* of it, and what it may grow to */
    fc_contrast_side sides[FC_FIT_BRANCHES_MAX];
    float *item; /* one pooled vector */
} fc_contrast_batch;

/* How training reads a batch: of several items of a branch one at random, made different each time
 * so that heads do not learn single items by heart. `noise`: Gaussian, of this deviation, on what
 * is standardised (Bishop 1995); one draw an item, the same on all its rows, which would average it
 * away. `drop`: attention sees each row with probability 1 - drop (all, where none is left). */
typedef struct fc_contrast_reading {
    fc_rng *rng;
    double noise, drop;
} fc_contrast_reading;

/* Room for `room` groups. FC_E_LIMIT over bytes_most. */
fc_status fc__contrast_batch_create(fc_contrast_batch *b, const fc_contrast_model *m, size_t room,
                                    uint64_t bytes_most, fc_error *err);
void fc__contrast_batch_dispose(fc_contrast_batch *b, const fc_contrast_model *m);
/* Read groups[n]; `how` NULL: of several items of a branch the first, as it is. An item that is
 * zero or not finite is as if it were not there. */
fc_status fc__contrast_batch_read(fc_contrast_batch *b, const fc_contrast_model *m,
                                  const fc_fit_data *data, const size_t *groups, size_t n,
                                  const fc_contrast_reading *how, fc_error *err);

/* Embed the batch: unit[] and norm[] of each side. */
void fc__contrast_forward(const fc_contrast_model *m, const double *theta, fc_contrast_batch *b,
                          uint32_t n_threads);
/* From dunit[] of each side to the gradient, n_theta elements that are overwritten; that of
 * log_scale is left alone. After forward, with the same theta. */
void fc__contrast_backward(const fc_contrast_model *m, const double *theta, fc_contrast_batch *b,
                           double *gradient, uint32_t n_threads);

/* Symmetric InfoNCE (van den Oord et al. 2018; CLIP, Radford et al. 2021) between units a and b,
 * n x dim: the mean over both directions of the cross-entropy of softmax over j of scale * a_i .
 * b_j with j = i as the answer. apart[i * n + j] false: j is left out for i and i for j. da, db and
 * *dlog_scale are added to, times `share`. `room`: n x (n + 2). Returns the loss; n > 0. */
double fc__contrast_infonce(const double *a, const double *b, size_t n, size_t dim, double scale,
                            const bool *apart, double share, double *da, double *db,
                            double *dlog_scale, double *room);

/* The loss of a batch after forward: the mean over pairs of branches; dunit[] of each side and
 * *dlog_scale are set. Groups with equal items are not told apart. *n_pairs: what was compared. */
fc_status fc__contrast_loss(const fc_contrast_model *m, const double *theta, fc_contrast_batch *b,
                            double *loss, double *dlog_scale, size_t *n_pairs, fc_error *err);

/* Adam (Kingma and Ba 2015, algorithm 1) with decoupled weight decay (Loshchilov and Hutter 2019).
 * A part's step is `rate` times its unit. */
typedef struct fc_contrast_adam {
    double rate, decay, beta1, beta2, epsilon;
    uint64_t step;
    double *m, *v; /* n_theta */
} fc_contrast_adam;

fc_status fc__contrast_adam_create(fc_contrast_adam *a, size_t n, double rate, double decay,
                                   fc_error *err);
void fc__contrast_adam_dispose(fc_contrast_adam *a);
void fc__contrast_adam_step(fc_contrast_adam *a, double *theta, const double *gradient,
                            const fc_contrast_part *parts, size_t n_parts);

/* Starting values: heads with mean, scale, weights, bias and queries, from canonical correlations
 * of pooled items where those can be had. `dim` is the space's. */
fc_status fc__contrast_start(const fc_fit_data *data, const fc_fit_options *opts, fc_head *heads,
                             fc_fit_report *report, fc_error *err);

/* work(context, i) for i of 0 to n - 1, shared by threads, of which the caller is one. */
void fc__contrast_share(uint32_t n_threads, size_t n, void (*work)(void *context, size_t i),
                        void *context);

#endif /* FC_CONTRAST_H */
