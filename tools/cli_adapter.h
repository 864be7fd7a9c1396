/* The adapters of a store, as text and JSON: what adapt and switch print. */
#ifndef CLI_ADAPTER_H
#define CLI_ADAPTER_H

#include <featcache/store.h>

#include "cli.h"

/* Print the adapters of @store: all, or the one of that @name, or its only one. */
cli_exit cli_list_adapters(fc_store *store, const char *name, bool json);

#endif
