/*
 * All of what the files of src/store share: what is above LMDB, what the rows hold, how blocks are
 * found and read, how changes are gathered and applied.
 */
#ifndef FC_STORE_INTERNAL_H
#define FC_STORE_INTERNAL_H

#include "fc_store_blocks.h"
#include "fc_store_env.h"
#include "fc_store_records.h"
#include "fc_store_snapshot.h"
#include "fc_store_writer.h"

#endif /* FC_STORE_INTERNAL_H */
