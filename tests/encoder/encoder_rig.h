/*
 * An encoder made from a card, with a worker, through the front door.
 */
#ifndef ENCODER_RIG_H
#define ENCODER_RIG_H

#include "fc_test.h"

#include "fc_card.h"

typedef struct encoder_rig {
    fc_encoder *encoder;
    fc_encoder_worker *worker;
    fc_prepared prepared;
    fc_features features;
    fc_error err;
} encoder_rig;

/* Takes the card. */
static inline void encoder_rig_open(encoder_rig *r, fc_card *card)
{
    memset(r, 0, sizeof(*r));
    assert_status(FC_OK, fc__encoder_create(&r->encoder, card, &r->err), &r->err);
    fc__card_destroy(card);
    assert_status(FC_OK, fc__encoder_worker_create(&r->worker, r->encoder, &r->err), &r->err);
}

static inline void encoder_rig_close(encoder_rig *r)
{
    fc__features_dispose(&r->features);
    fc__prepared_dispose(&r->prepared);
    fc__encoder_worker_destroy(r->worker);
    fc__encoder_destroy(r->encoder);
}

#endif /* ENCODER_RIG_H */
