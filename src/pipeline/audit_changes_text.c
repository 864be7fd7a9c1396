/*
 * What differs between two encoder versions, in words.
 */
#include <string.h>

#include "audit_changes.h"
#include "fc_card.h"

bool fc__version_changes_same_function(const fc_version_changes *c)
{
    static const fc_version_part parts[] = {FC_PART_MODEL,      FC_PART_CODE,
                                            FC_PART_TOKENIZER,  FC_PART_PREPROCESSING,
                                            FC_PART_PARAMETERS, FC_PART_LEARNT};

    for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
        if (c->differs[parts[i]])
            return false;
    return true;
}

fc_status fc__version_change_text(const fc_version_change *c, fc_buf *out, fc_error *err)
{
    char room_a[FC_CARD_SHOWN_BYTES], room_b[FC_CARD_SHOWN_BYTES];

    return fc_buf_append_fmt(out, err, "%s: %s -> %s", c->key,
                             fc__card_shown_value(c->from, room_a),
                             fc__card_shown_value(c->to, room_b));
}

/* " (params.filter, params.size)" */
static fc_status put_keys(const fc_version_changes *c, fc_version_part part, fc_buf *out,
                          fc_error *err)
{
    const char *before = " (";
    fc_status st = FC_OK;

    for (size_t i = 0; i < c->n && st == FC_OK; i++) {
        if (c->list[i].part != part)
            continue;
        st = fc_buf_append_fmt(out, err, "%s%s", before, c->list[i].key);
        before = ", ";
    }
    return st == FC_OK ? fc_buf_append_text(out, ")", err) : st;
}

/* Parts that the first words of the summary say, or that say nothing by themselves. */
static bool said(const fc_version_changes *c, fc_version_part part)
{
    return !c->differs[part] || part == FC_PART_MODEL || part == FC_PART_NAME ||
           part == FC_PART_VARIANT;
}

fc_status fc__version_changes_summary(const fc_version_changes *c, fc_buf *out, fc_error *err)
{
    const bool same_function = fc__version_changes_same_function(c);
    const char *between = "; other ";
    size_t n_left = 0, left;
    fc_status st;

    if (c->differs[FC_PART_MODEL])
        st = fc_buf_append_text(out, "another model or encoder", err);
    else
        st = fc_buf_append_text(out, c->is_model ? "the same model" : "the same encoder", err);
    if (st == FC_OK && same_function)
        st = fc_buf_append_text(out, " on the same input", err);
    for (int p = 0; p < FC_PART_COUNT; p++)
        n_left += !said(c, (fc_version_part)p);
    left = n_left;
    for (int p = 0; p < FC_PART_COUNT && st == FC_OK; p++) {
        if (said(c, (fc_version_part)p))
            continue;
        st =
            fc_buf_append_fmt(out, err, "%s%s", between, fc__version_part_name((fc_version_part)p));
        if (st == FC_OK)
            st = put_keys(c, (fc_version_part)p, out, err);
        between = --left == 1 ? " and " : ", ";
    }
    if (st == FC_OK && c->n == 0)
        st = fc_buf_append_text(out, "; nothing differs", err);
    else if (st == FC_OK && same_function && n_left == 0)
        st = fc_buf_append_text(out, "; only its name or variant differs", err);
    return st;
}
