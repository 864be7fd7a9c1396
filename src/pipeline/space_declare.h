/*
 * A space file put into a store.
 */
#ifndef FC_SPACE_DECLARE_H
#define FC_SPACE_DECLARE_H

#include "fc_space_file.h"
#include "fc_store_space.h"

/* Put what a loaded file says. */
fc_status fc__space_put(fc_store *store, const fc_space_file *file, bool *changed, fc_error *err);

#endif /* FC_SPACE_DECLARE_H */
