/*
 * Another precision for one output: a compaction that codes its blocks anew, with the rows that say
 * so. What is derived from its numbers goes: segments of the index; digests are counted anew.
 */
#include "fc_bytes.h"
#include "fc_maintain.h"

#define META_GENERATION 28u /* offset of the generation in the row of meta */

bool fc__conversion_drops(const fc_conversion *c, fc_table table, fc_span key)
{
    const char *space;
    fc_version_id version;
    fc_output_id output;

    return table == FC_TABLE_SEGMENT && fc__key_segment_read(key, &space, &version, &output) &&
           version == c->version && output == c->output;
}

static fc_status put(fc_conversion *c, fc_copy *to, fc_table table, fc_span key, fc_error *err)
{
    return fc__copy_row(to, table, key, (fc_span){c->value.data, c->value.size}, err);
}

/* Whoever remembers answers by generation must ask again. */
static fc_status meta_row(fc_conversion *c, fc_copy *to, fc_span key, fc_span body, fc_error *err)
{
    const fc_key k = fc__key_meta();
    fc_status st;

    if (body.n < META_GENERATION + 8)
        return fc__corrupt(err, FC_TABLE_META, key, "the row has another layout");
    fc_buf_clear(&c->value);
    st = fc_buf_append(&c->value, body.data, body.n, err);
    if (st != FC_OK)
        return st;
    fc_put_le64(c->value.data + META_GENERATION, fc_get_le64(body.data + META_GENERATION) + 1);
    st = fc__row_seal(FC_TABLE_META, &k, &c->value, err);
    return st == FC_OK ? put(c, to, FC_TABLE_META, key, err) : st;
}

static fc_status encoder_row(fc_conversion *c, fc_copy *to, fc_span key, fc_span body,
                             fc_error *err)
{
    fc_encoder_record r;
    fc_status st = fc__encoder_read(&r, c->version, body, err);

    for (size_t i = 0; i < r.info.n_outputs && st == FC_OK; i++)
        if (r.info.outputs[i].id == c->output)
            ((fc_output_info *)(uintptr_t)r.info.outputs)[i].precision = c->precision;
    fc_buf_clear(&c->value);
    if (st == FC_OK)
        st = fc__encoder_write(&r, &c->value, err);
    fc__encoder_dispose(&r);
    return st == FC_OK ? put(c, to, FC_TABLE_ENCODER, key, err) : st;
}

fc_status fc__conversion_row(fc_conversion *c, fc_copy *to, fc_table table, fc_span key,
                             fc_span value, fc_error *err)
{
    const fc_span body = fc__row_body(value);

    if (table == FC_TABLE_META)
        return meta_row(c, to, key, body, err);
    if (key.n == 4 && fc_get_be32(key.data) == c->version)
        return encoder_row(c, to, key, body, err);
    return fc__copy_row(to, table, key, value, err);
}

fc_status fc__store_convert(const char *path, fc_version_id version, fc_output_id output,
                            fc_dtype precision, const fc_watch *watch, uint64_t *n_items,
                            double *rms_error, fc_error *err)
{
    fc_conversion c = {.version = version, .output = output, .precision = precision};
    fc_compact_report ignored;
    const fc_status st = fc__store_rewrite(path, &c, watch, &ignored, err);

    *n_items = c.n_items;
    *rms_error = fc__quant_relative_rms(&c.error);
    fc_buf_dispose(&c.value);
    return st;
}
