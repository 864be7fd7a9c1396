/**
 * @file featcache/report.h
 * Results as pages: one self-contained HTML file, no script, no network.
 */
#ifndef FC_REPORT_H
#define FC_REPORT_H

#include <featcache/query.h>

#ifdef __cplusplus
extern "C" {
#endif

/** One query and its answer, for a page. */
typedef struct fc_report_query {
    const fc_query *query;
    const fc_query_result *result;
} fc_report_query;

/**
 * Write a page with every query, its input, and its hits: images and shapes as small pictures,
 * sounds with a player (their span; at most 1 MiB of a sound and 32 MiB a page, and it says where
 * that cut), excerpts of texts, scores as bars, and what was searched. Files are read from the data
 * set's folder; one that cannot be read is named. Whole or not at all.
 */
FC_API fc_status fc_report_queries(const char *path, const char *title,
                                   const fc_report_query *queries, size_t n_queries, fc_error *err);

#define FC_REPORT_HITS_MAX 200 /**< hits that a form offers to show at most */

/**
 * What the form of a search page holds: each field as the reader sent it (NULL: nothing), and what
 * there is to choose from. Start from FC_REPORT_FORM_INIT.
 */
typedef struct fc_report_form {
    size_t struct_size;
    const char *action; /**< path that the form is sent to, by POST as multipart/form-data */
    const char *text, *id, *modality, *space, *calibrate, *encoder, *dataset, *where, *k, *explain;
    const char *no_space;   /**< what it says where no space is chosen */
    const char *no_encoder; /**< and where no encoder is */
    const char *const *spaces;
    size_t n_spaces;
    const char *const *encoders;
    size_t n_encoders;
    const char *const *datasets;
    size_t n_datasets;
} fc_report_form;

#define FC_REPORT_FORM_INIT                                                                      \
    {                                                                                            \
        sizeof(fc_report_form), "/", NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, \
            NULL, NULL, NULL, 0, NULL, 0, NULL, 0                                                \
    }

/**
 * Make the page that a server answers with: a form with the fields text, file, id, modality, space
 * and calibrate (where there are spaces), encoder, dataset, where, k and explain, and under it what
 * was asked and found, as fc_report_queries() has it, each hit with a link by which its like is
 * searched (GET of the form's path with `id`).
 *
 * @param      asked    NULL: nothing was asked, or it failed
 * @param      problem  NULL, or what was wrong, for the reader
 * @param[out] html     UTF-8, ended by a NUL; the caller frees it with fc_string_free()
 * @param[out] n_bytes  without the NUL
 */
FC_API fc_status fc_report_search(const char *title, const fc_report_form *form,
                                  const fc_report_query *asked, const char *problem, char **html,
                                  size_t *n_bytes, fc_error *err);

#ifdef __cplusplus
}
#endif

#endif /* FC_REPORT_H */
