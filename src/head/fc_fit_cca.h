/*
 * Canonical correlations from sums. Not for other folders.
 *
 * With C_ab the covariance of the standardised views a and b, and C_aa = V' diag(s) V, what is
 * whitened is x -> D V x with D = diag((s + penalty_a)^-1/2), and K_ab = D_a V_a C_ab V_b' D_b. Of
 * two views the components are the singular vectors of K_ab. Of more they are the eigenvectors of
 * the matrix with K_ab in the blocks beside the diagonal and the identity in those on it: MAXVAR
 * (Kettenring 1971) of views to which sqrt(penalty) I has been added as rows, as ridge does it; for
 * two views both are the same. The correlation of a component is its singular value, or
 * (eigenvalue - 1) / (views - 1).
 *
 * Where groups lack views, products weigh by what is there (van de Velden and Takane, "Generalized
 * canonical correlation analysis with missing values", Computational Statistics 27, 2012): the
 * scores F that minimise the sum over views k of tr (F - X_k B_k)' K_k (F - X_k B_k), K_k the
 * diagonal of which groups have the view, under F' D F = I with D = sum K_k, are eigenvectors of
 * D^-1/2 (sum K_k X_k (X_k' K_k X_k)^-1 X_k' K_k) D^-1/2, as large as the groups are many. The
 * same eigenvalues and maps come from sums over groups: with x_gk a group's row of view k and d_g
 * how many views it has, of the matrix with the blocks
 *
 *     (n_k n_l)^-1/2 D_k V_k (sum over g of x_gk x_gl' / d_g) V_l' D_l
 *
 * on the diagonal, too, where the penalty adds penalty_k / views to its products (its rows count as
 * there for every view, zero but in one). With nothing missing that is the matrix above divided by
 * the number of views. The correlation is (m eigenvalue - 1) / (m - 1), m the mean number of views
 * of a group.
 */
#ifndef FC_FIT_CCA_H
#define FC_FIT_CCA_H

#include "fc_fit_sums.h"
#include "fc_json.h"

/* Principal components that are kept of a view: the work grows with their cube. */
#define FC_CCA_RANK_TWO  1024
#define FC_CCA_RANK_MORE 384

typedef struct fc_cca_view {
    fc_fit_standard standard;
    size_t dim, rank;
    double *values;  /* rank, descending, all above 0 */
    double *vectors; /* rank x dim */
    double mean;     /* of all values: penalties are relative to it */
    double *shared;  /* rank x rank: products by the weights of groups; NULL: nothing is missing */
} fc_cca_view;

typedef struct fc_cca_problem {
    size_t n_views;
    fc_cca_view views[FC_FIT_BRANCHES_MAX];
    double *cross[FC_FIT_BRANCHES_MAX][FC_FIT_BRANCHES_MAX]; /* [a][b], a < b: V_a C_ab V_b' */
    double views_a_group; /* where some lack views: how many they have, in the mean; else 0 */
} fc_cca_problem;

/* `rough`: eigenvectors in single precision, in half the time, for scores. Dispose of it in every
 * case. */
fc_status fc__cca_problem(fc_cca_problem *out, const fc_fit_sums *s, uint32_t without, bool rough,
                          fc_error *err);
void fc__cca_problem_dispose(fc_cca_problem *p);

/* Components, strongest first. */
typedef struct fc_cca_solution {
    size_t n;
    double *correlation;              /* n, above 0 */
    double *map[FC_FIT_BRANCHES_MAX]; /* rank x n: from V x to components, before any weighting */
} fc_cca_solution;

/* At most `most` components; penalties are relative, one a view. Dispose of it in every case. */
fc_status fc__cca_solve(fc_cca_solution *out, const fc_cca_problem *p, const double *penalties,
                        size_t most, fc_error *err);
void fc__cca_solution_dispose(fc_cca_solution *s);

/* Components are weighted by correlation^power (Gong et al. 2014). */
#define FC_CCA_POWERS        4
#define FC_CCA_POWER_DEFAULT 1.0
extern const double fc__cca_powers[FC_CCA_POWERS];

/* Scores of what could be chosen, over folds. create -> score ... -> destroy. */
typedef struct fc_cca_folds fc_cca_folds;
fc_status fc__cca_folds_create(fc_cca_folds **out, const fc_fit_sums *s, const fc_fit_options *opts,
                               fc_error *err);
/* One score a power for these penalties; *n is how many pairs of rows were scored. */
fc_status fc__cca_folds_score(fc_cca_folds *f, const double *penalties,
                              double scores[FC_CCA_POWERS], size_t *n, fc_error *err);
void fc__cca_folds_destroy(fc_cca_folds *f);

/* Penalties, a power, and what they score; < 0: not scored. */
typedef struct fc_cca_choice {
    double penalties[FC_FIT_BRANCHES_MAX];
    double power, score;
} fc_cca_choice;

/* The best choice over folds. Everything that was tried is appended to the array that is open in
 * `json`. FC_E_INVALID: no fold can be scored. */
fc_status fc__cca_search(fc_cca_choice *out, const fc_fit_sums *sums, const fc_fit_options *opts,
                         fc_json *json, fc_error *err);

/* Beside the sums, what folds and solving take. */
size_t fc__cca_bytes(const fc_fit_data *data, uint32_t folds, size_t n_sample);

#endif /* FC_FIT_CCA_H */
