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

#ifdef __cplusplus
}
#endif

#endif /* FC_REPORT_H */
