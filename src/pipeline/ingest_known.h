/*
 * What the store knows of the archives of a source, so that one that has not changed is not read
 * again: its members are the rows and the failures that the newest version has under its path.
 *
 * It is asked only where that is certain: the newest version is sealed and whole, no run was broken
 * off since, and neither --rehash nor --retry-failed is given; and an archive is known only when
 * every row of it was written for the file as it is now.
 *
 * Threads: create and destroy on one; asked by the one that reads the sources.
 */
#ifndef FC_INGEST_KNOWN_H
#define FC_INGEST_KNOWN_H

#include "ingest_run.h"

typedef struct fc_known_archives fc_known_archives;

/* Make it and hand it to run->sources, before the run begins its data-set version. *out stays NULL
 * when nothing can be known. */
fc_status fc__known_create(fc_known_archives **out, fc_run *run, fc_error *err);
void fc__known_destroy(fc_known_archives *k);

#endif /* FC_INGEST_KNOWN_H */
