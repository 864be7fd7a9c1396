/*
 * Several data-set sources as one stream of samples, with one root folder.
 *
 * One source: ids and paths are its own. Several: each id starts with its source's base name, and
 * paths are relative to the deepest folder that holds all sources.
 *
 * Threads: one at a time.
 */
#ifndef FC_INGEST_SOURCES_H
#define FC_INGEST_SOURCES_H

#include "fc_dataset.h"

typedef struct fc_sources fc_sources;

fc_status fc__sources_open(fc_sources **out, const char *const *paths, size_t n,
                           const fc_dataset_options *opts, fc_error *err);
void fc__sources_close(fc_sources *s);
/* As fc__dataset_next(); *source tells which one it came from. */
fc_status fc__sources_next(fc_sources *s, const fc_source_sample **sample, size_t *source,
                           fc_error *err);
/* Absolute path of the folder that paths are relative to. */
const char *fc__sources_root(const fc_sources *s);
/* Name of the data set by default: base name of the first source, without a manifest's ending. */
const char *fc__sources_name(const fc_sources *s);
/* What was given, joined by a blank: for the record. */
const char *fc__sources_text(const fc_sources *s);
/* FC_E_INVALID when the store at `store_path` (there or not) lies inside a folder that is a source:
 * it would be ingested itself. */
fc_status fc__sources_refuse_store(const fc_sources *s, const char *store_path, fc_error *err);
/* What ids of source number `source` start with: "photos/" with several sources, else "". */
const char *fc__sources_prefix(const fc_sources *s, size_t source);
/* From the common root to that of the source, with a slash; "" when they are one. */
const char *fc__sources_path_prefix(const fc_sources *s, size_t source);
size_t fc__sources_count(const fc_sources *s);
bool fc__sources_is_folder(const fc_sources *s, size_t source);
/* fc__dataset_set_known() of one source; paths that it is asked for are that source's own. */
void fc__sources_set_known(fc_sources *s, size_t source, const fc_known *known);
double fc__sources_fraction(const fc_sources *s);
/* fc__dataset_hidden() over all sources. */
uint64_t fc__sources_hidden(const fc_sources *s);
/* A descriptor of that folder, to fetch samples beneath it (fc_fetch.h). */
int fc__sources_root_fd(const fc_sources *s);
/* D, when there is one source, a .npy of N x D floats; else 0. */
uint64_t fc__sources_vector_dim(const fc_sources *s);

#endif /* FC_INGEST_SOURCES_H */
