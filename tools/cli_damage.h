/* Damages of a store, as `verify` and `repair` list them: a line each, or a JSON list. */
#ifndef CLI_DAMAGE_H
#define CLI_DAMAGE_H

#include "cli_json.h"
#include "cli_progress.h"

typedef struct cli_damages {
    bool json;
    const char *word; /* what stands before each line: "damaged", "lost" */
    cli_json_list list;
    cli_progress progress;
    fc_watch watch; /* for the call; its context is this struct */
} cli_damages;

/* @head: what stands before the JSON list; taken; not looked at for text. */
void cli_damages_begin(cli_damages *d, const char *word, bool json, unsigned when, json_t *head);
/* The callback of fc_verify() and fc_repair(): their context is that of the watch. */
void cli_damages_add(void *context, const fc_damage *damage);
/* The bar goes away; the JSON list is still to be ended. */
void cli_damages_end(cli_damages *d);

#endif /* CLI_DAMAGE_H */
