/*
 * What figures and verdicts of an audit of drift are called.
 */
#include <featcache/audit.h>

typedef struct word {
    const char *name, *about;
    bool distance;
} word;

static const word figures[FC_N_FIGURES] = {
    [FC_FIGURE_NEIGHBOURS] = {"neighbours", "nearest neighbours in common", false},
    [FC_FIGURE_JACCARD] = {"jaccard", "neighbours in common over those of either", false},
    [FC_FIGURE_RBO] = {"rbo", "rank-biased overlap of neighbours, p .9", false},
    [FC_FIGURE_OLD_INDEX] = {"old_index", "new queries on the old index find what old ones did",
                             false},
    [FC_FIGURE_OLD_INDEX_SELF] = {"old_index_self", "new queries find their own sample first",
                                  false},
    [FC_FIGURE_OLD_INDEX_NEW] = {"old_index_new",
                                 "new queries on the old index find what re-encoding would", false},
    [FC_FIGURE_ADAPTED] = {"adapted", "adapted queries find what re-encoding would", false},
    [FC_FIGURE_ADAPTED_OLD] = {"adapted_old", "adapted queries find what old ones did", false},
    [FC_FIGURE_COSINE] = {"cosine", "cosine of the pairs, mean", false},
    [FC_FIGURE_COSINE_P1] = {"cosine_p1", "cosine, lowest hundredth", false},
    [FC_FIGURE_COSINE_P5] = {"cosine_p5", "cosine, lowest twentieth", false},
    [FC_FIGURE_NORM_RATIO] = {"norm_ratio", "new norm over old, mean", false},
    [FC_FIGURE_CKA] = {"cka", "linear CKA, unbiased", false},
    [FC_FIGURE_CKA_BIASED] = {"cka_biased", "linear CKA, biased", false},
    [FC_FIGURE_PROCRUSTES] = {"procrustes", "residual of the best rotation", true},
    [FC_FIGURE_MMD] = {"mmd", "squared MMD of both sets", true},
    [FC_FIGURE_ENERGY] = {"energy", "energy distance of both sets", true},
    [FC_FIGURE_AUC] = {"auc", "a classifier tells the sets apart, AUC", true},
};

static const char *const verdicts[] = {"compatible", "adapter advised", "re-encode"};

const char *fc_drift_figure_name(fc_drift_figure figure)
{
    return (unsigned)figure < FC_N_FIGURES ? figures[figure].name : "?";
}

const char *fc_drift_figure_about(fc_drift_figure figure)
{
    return (unsigned)figure < FC_N_FIGURES ? figures[figure].about : "?";
}

bool fc_drift_figure_is_distance(fc_drift_figure figure)
{
    return (unsigned)figure < FC_N_FIGURES && figures[figure].distance;
}

const char *fc_drift_verdict_name(fc_drift_verdict verdict)
{
    return (unsigned)verdict < sizeof(verdicts) / sizeof(verdicts[0]) ? verdicts[verdict] : "?";
}
