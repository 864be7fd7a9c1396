/*
 * What encoders have learnt in an ingest before: taken over from the store.
 */
#include <string.h>

#include "fc_builtin.h"
#include "fc_store_read.h"
#include "ingest_run.h"

/* Take over what the newest version of the same card has learnt. */
static fc_status recall_one(fc_run_encoder *e, const fc_encoder_info *list, size_t n, fc_error *err)
{
    const char *data = fc__encoder_learning(e->encoder)->data;
    bool recalled = false;
    fc_status st = FC_OK;

    for (size_t i = n; i-- > 0 && st == FC_OK && !recalled;) {
        fc_card *stored = NULL;

        if (strcmp(list[i].name, e->card->name) != 0)
            continue;
        st = fc__card_from_canonical(&stored, list[i].card, strlen(list[i].card), err);
        if (st == FC_OK)
            st = fc__card_recall(e->card, stored, data, &recalled, err);
        fc__card_destroy(stored);
    }
    return st == FC_OK && recalled ? fc__run_renew_encoder(e, err) : st;
}

fc_status fc__run_recall(fc_run *run, fc_error *err)
{
    const fc_encoder_info *list = NULL;
    fc_snapshot *s = NULL;
    size_t n = 0;
    fc_status st = FC_OK;

    if (run->store == NULL || run->opts->refit)
        return FC_OK;
    for (size_t i = 0; i < run->n_encoders && st == FC_OK; i++) {
        if (fc__encoder_learning(run->encoders[i].encoder) == NULL)
            continue;
        if (s == NULL)
            st = fc_snapshot_begin(&s, run->store, err);
        if (st == FC_OK && list == NULL)
            st = fc_snapshot_encoders(s, &list, &n, err);
        if (st == FC_OK)
            st = recall_one(&run->encoders[i], list, n, err);
    }
    fc_snapshot_end(s);
    return st;
}
