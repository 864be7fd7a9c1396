/*
 * Looks at the lanes of a query and at its filter.
 */
#include "search_space_notes.h"

#include <stdio.h>

/* Bits of the modalities of which something can be found. */
static uint32_t stored_modalities(const fc_lanes *lanes)
{
    uint32_t bits = 0;

    for (size_t i = 0; i < lanes->n; i++)
        if (lanes->list[i].index.live.set.n_set > 0)
            bits |= 1u << lanes->picked[i].encoder->modality;
    return bits;
}

/* "image, text" */
static const char *list_modalities(uint32_t bits, char out[64])
{
    size_t n = 0;

    out[0] = '\0';
    for (fc_modality m = FC_IMAGE; m <= FC_VECTOR; m = (fc_modality)(m + 1))
        if ((bits & (1u << m)) != 0 && n < 48)
            n += (size_t)snprintf(out + n, 64 - n, "%s%s", n > 0 ? ", " : "", fc_modality_name(m));
    return out;
}

static fc_status note_nothing(const fc_space_notes_wish *w, fc_result_builder *out, fc_error *err)
{
    const fc_live_filter *f = w->filter;
    const uint32_t stored = stored_modalities(w->lanes), wanted = f->modalities;
    char have[64], want[64];

    if (stored == 0)
        return fc__result_note(out, err,
                               "nothing was found: no sealed data set has features of "
                               "the encoders of space '%s'",
                               w->space);
    if (wanted != 0 && (wanted & stored) == 0)
        return fc__result_note(out, err,
                               "nothing was found: of %s nothing is stored in space '%s', which "
                               "has %s",
                               list_modalities(wanted, want), w->space,
                               list_modalities(stored, have));
    if (f->where != NULL || f->dataset != NULL || wanted != 0)
        return fc__result_note(out, err,
                               "nothing was found: no sample of space '%s' but the query's own "
                               "passes the filter",
                               w->space);
    return fc__result_note(out, err,
                           "nothing was found: the query's own samples are all that space '%s' "
                           "has%s",
                           w->space, w->leaves_self_out ? "; --include-self shows them" : "");
}

fc_status fc__space_notes(const fc_space_notes_wish *w, fc_result_builder *out, fc_error *err)
{
    uint32_t bits = stored_modalities(w->lanes);

    if (fc__result_count(out) == 0)
        return note_nothing(w, out, err);
    if (w->filter->modalities != 0)
        bits &= w->filter->modalities;
    if (w->calibrated || (bits & (bits - 1)) == 0)
        return FC_OK;
    return fc__result_note(out, err,
                           "cosines of different pairs of modalities lie apart: --calibrate fair "
                           "ranks them together, --modality shows one");
}
