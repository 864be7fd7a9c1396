/*
 * Where what an image encoder sees lies in a picture, by its card alone: no model is loaded.
 *
 * Threads: stateless.
 */
#ifndef FC_CARD_FRAME_H
#define FC_CARD_FRAME_H

#include "fc_encoder.h"
#include "fc_image_prep.h"

/* `json`: the canonical card. FC_E_UNSUPPORTED: not of images, or of an encoder that this program
 * does not have; else codes of the card and of the picture. */
fc_status fc__card_frame(const char *json, const fc_input *in, fc_image_frame *out, fc_error *err);

#endif /* FC_CARD_FRAME_H */
