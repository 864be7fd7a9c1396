/*
 * Groups of samples, and which side of a split each is on: what heads are fitted to and measured
 * with. A group is of one data set; its name makes its key. A group is on one side as a whole, so
 * that nothing that shows the same thing is both learnt from and asked about.
 *
 * Sides go by the samples' splits where any of them names one, else by a hash of the group's key
 * and a seed: the same group is on the same side whatever else there is.
 *
 * Threads: a finished list may be read by many.
 */
#ifndef FC_SPACE_GROUPS_H
#define FC_SPACE_GROUPS_H

#include "search_live.h"

typedef enum fc_side {
    FC_SIDE_NONE = 0, /* of another split, or its samples name more than one */
    FC_SIDE_TRAIN = 1,
    FC_SIDE_TEST = 2
} fc_side;

typedef struct fc_group_sample {
    uint64_t content;
    uint32_t group;
    uint8_t modality;
} fc_group_sample;

typedef struct fc_group {
    uint64_t key;
    size_t first, n; /* among the samples */
    fc_side side;
} fc_group;

typedef struct fc_space_groups {
    fc_group_sample *samples; /* by group, then modality, then content; none twice */
    size_t n_samples;
    fc_group *groups; /* by their smallest content number */
    size_t n_groups;
    bool by_name;     /* sides go by the samples' splits */
    size_t n_mixed;   /* groups on no side for naming several splits */
    size_t n_without; /* samples without a group: in none of the lists */
    char splits[256]; /* the splits that there are, "train, test"; cut to fit */
} fc_space_groups;

/* Zero means the default. */
typedef struct fc_split_wish {
    const char *dataset;      /* "NAME" or "NAME@N"; NULL: all, the newest sealed version of each */
    const char *train, *test; /* names of splits; NULL: "train", "test" */
    bool hashed;              /* by hash, even where samples name splits */
    uint64_t seed;
    double test_share; /* by hash; 0: FC_TEST_SHARE */
    bool keep_none;    /* by hash: all on the train side; instead of test_share */
} fc_split_wish;

#define FC_TEST_SHARE .2

/* FC_E_NOT_FOUND: no such data set; FC_E_INVALID: no sample has a group, or none is on the train
 * side though splits are named (the message lists them). Dispose also after a failure. */
fc_status fc__space_groups_read(fc_space_groups *out, fc_snapshot *s, const fc_split_wish *wish,
                                fc_error *err);
void fc__space_groups_dispose(fc_space_groups *g);

/* Put the groups on other sides, by hash: for several splits of one reading. 0: FC_TEST_SHARE. */
void fc__space_groups_split(fc_space_groups *g, uint64_t seed, double test_share);
/* The samples of one group and modality: *first among g->samples. */
size_t fc__space_group_items(const fc_space_groups *g, size_t group, fc_modality modality,
                             const fc_group_sample **first);

#endif /* FC_SPACE_GROUPS_H */
