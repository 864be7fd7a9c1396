/*
 * Loads one input and runs one encoder over it.
 */
#include "search_embed.h"

#include <stdlib.h>
#include <string.h>

#include "fc_alloc.h"
#include "fc_builtin.h"
#include "fc_dataset.h"
#include "fc_fetch.h"
#include "fc_runtime.h"

#define QUERY_FILE_MAX ((size_t)1 << 28)

fc_status fc__embedder_open(fc_embedder *out, fc_card *card, const fc_neural_options *neural,
                            fc_error *err)
{
    fc_status st;

    *out = (fc_embedder){.card = card};
    st = fc__encoder_create_on(&out->encoder, card, neural, err);
    if (st == FC_OK && fc__encoder_learning(out->encoder) != NULL)
        st = fc_error_set(err, FC_E_UNSUPPORTED,
                          "%s: card '%s' wants %s, which the first ingest counts and freezes in a "
                          "store: ingest with it, then query or get",
                          card->origin, card->name, fc__encoder_learning(out->encoder)->data);
    if (st == FC_OK)
        st = fc__encoder_worker_create(&out->worker, out->encoder, err);
    if (st != FC_OK)
        fc__embedder_close(out);
    return st;
}

void fc__embedder_close(fc_embedder *e)
{
    fc__encoder_worker_destroy(e->worker);
    fc__encoder_destroy(e->encoder);
    fc__card_destroy(e->card);
    *e = (fc_embedder){NULL, NULL, NULL};
}

/* The file's content: what the caller holds, or what the path holds. */
static fc_status take_bytes(fc_loaded_input *out, const fc_query *q, fc_error *err)
{
    const uint64_t max = q->max_file_bytes != 0 ? q->max_file_bytes : QUERY_FILE_MAX;
    const fc_archive_limits archives = {.max_member_bytes = max, .max_members = q->max_members};
    fc_input *in = &out->input;
    fc_status st;

    in->name = q->file;
    if (q->file_bytes != NULL) {
        in->bytes = q->file_bytes;
        in->n_bytes = q->n_file_bytes;
        return in->n_bytes <= max ? FC_OK
                                  : fc_error_set(err, FC_E_LIMIT,
                                                 "%.256s has %zu bytes; a file has at most %llu "
                                                 "(--max-file-bytes)",
                                                 q->file, in->n_bytes, (unsigned long long)max);
    }
    st = fc__fetch_path(q->file, &archives, (size_t)max, &out->bytes, err);
    in->bytes = out->bytes.data;
    in->n_bytes = out->bytes.size;
    return st;
}

typedef struct known_names {
    const char *const *list;
    size_t n;
} known_names;

static bool is_one(const void *context, const char *name, size_t n)
{
    const known_names *all = context;

    for (size_t i = 0; i < all->n; i++)
        if (strlen(all->list[i]) == n && memcmp(all->list[i], name, n) == 0)
            return true;
    return false;
}

fc_status fc__check_devices(const fc_neural_options *neural, const char *const *list, size_t n,
                            fc_error *err)
{
    const known_names all = {list, n};
    size_t length = 0;
    const char *name =
        fc__device_unknown(neural != NULL ? neural->device : NULL, is_one, &all, &length);

    if (name == NULL)
        return FC_OK;
    return fc_error_set(err, FC_E_INVALID,
                        "a device for '%.*s': no encoder of this run has that name",
                        (int)(length < 64 ? length : 64), name);
}

static fc_status load_file(fc_loaded_input *out, const fc_query *q, fc_error *err)
{
    const char *what = NULL;
    fc_input *in = &out->input;
    fc_status st;

    st = take_bytes(out, q, err);
    if (st != FC_OK)
        return st;
    in->modality = fc__sniff(in->bytes, in->n_bytes < FC_SNIFF_BYTES ? in->n_bytes : FC_SNIFF_BYTES,
                             in->n_bytes, q->file, &what);
    if (in->modality != FC_MODALITY_NONE)
        return FC_OK;
    return fc_error_set(err, FC_E_FORMAT,
                        "%s: %s; give an image, UTF-8 text, a sound, points or a .npy", q->file,
                        what != NULL ? what : "unknown bytes");
}

fc_decode_limits fc__query_limits(const fc_query *q)
{
    return fc__decode_limits(&(fc_decode_limits){.max_pixels = q->max_pixels,
                                                 .max_text_bytes = q->max_text_bytes,
                                                 .max_samples = q->max_samples,
                                                 .max_points = q->max_points,
                                                 .max_nesting = q->max_nesting,
                                                 .max_draw_ms = q->max_draw_ms,
                                                 .svg_helper = q->svg_helper});
}

fc_status fc__input_load(fc_loaded_input *out, const fc_query *q, fc_error *err)
{
    fc_status st = FC_OK;

    memset(out, 0, sizeof(*out));
    out->limits = fc__query_limits(q);
    out->input.limits = &out->limits;
    out->input.start_s = q->start_s;
    out->input.end_s = q->end_s;
    if (q->text != NULL) {
        out->input.modality = FC_TEXT;
        out->input.bytes = (const uint8_t *)q->text;
        out->input.n_bytes = strlen(q->text);
        out->input.name = "the query text";
    } else {
        st = load_file(out, q, err);
    }
    if (st == FC_OK && out->input.modality == FC_TEXT &&
        out->input.n_bytes > out->limits.max_text_bytes)
        st = fc_error_set(
            err, FC_E_LIMIT, "%s has %zu bytes; a text has at most %llu (--max-text-bytes)",
            out->input.name, out->input.n_bytes, (unsigned long long)out->limits.max_text_bytes);
    if (st != FC_OK)
        fc__input_dispose(out);
    return st;
}

void fc__input_dispose(fc_loaded_input *in)
{
    fc_buf_dispose(&in->bytes);
    memset(in, 0, sizeof(*in));
}

/* Decoders see bytes and do not know whose: here is the one place that does. */
static fc_status prepare(const fc_embedder *e, const fc_input *in, fc_prepared *out, fc_error *err)
{
    fc_error why = FC_ERROR_INIT;
    const fc_status st = fc__encoder_prepare(e->worker, in, out, &why);

    if (st == FC_OK)
        return FC_OK;
    if (strncmp(why.message, in->name, strlen(in->name)) == 0) /* the encoder's own words */
        return fc_error_set(err, st, "%s", why.message);
    return fc_error_set(err, st, "%.256s: %s", in->name, why.message);
}

fc_status fc__embedder_run(const fc_embedder *e, const fc_input *in, size_t output, fc_tensor *out,
                           const char **loss, fc_error *err)
{
    const size_t n_outputs = fc__encoder_n_outputs(e->encoder);
    fc_prepared prepared = FC_PREPARED_INIT;
    const fc_prepared *const inputs[1] = {&prepared};
    fc_features features = FC_FEATURES_INIT;
    fc_features *const outputs[1] = {&features};
    bool *wanted;
    fc_status st;

    *loss = NULL;
    if (in->modality != fc__encoder_modality(e->encoder))
        return fc_error_set(err, FC_E_INVALID, "%s is %s, but encoder '%s' takes %s", in->name,
                            fc_modality_name(in->modality), e->card->name,
                            fc_modality_name(fc__encoder_modality(e->encoder)));
    wanted = fc__alloc_array(n_outputs, sizeof(*wanted));
    if (wanted == NULL)
        return fc__nomem(err, n_outputs, "a query");
    wanted[output] = true;
    st = prepare(e, in, &prepared, err);
    if (st == FC_OK)
        st = fc__encoder_run(e->worker, inputs, 1, wanted, outputs, err);
    if (st == FC_OK) {
        *out = features.outputs[output];
        features.outputs[output] = (fc_tensor)FC_TENSOR_INIT;
        *loss = prepared.loss;
    }
    fc__features_dispose(&features);
    fc__prepared_dispose(&prepared);
    free(wanted);
    return st;
}

fc_status fc__embedder_output(const fc_embedder *e, const char *name, size_t *out, fc_error *err)
{
    const fc_output_spec *specs = fc__encoder_outputs(e->encoder);
    const size_t n = fc__encoder_n_outputs(e->encoder);
    fc_buf names = FC_BUF_INIT;
    fc_status st;

    *out = 0;
    if (name == NULL && n > 0)
        return FC_OK;
    for (size_t k = 0; k < n; k++) {
        if (strcmp(specs[k].name, name) == 0) {
            *out = k;
            fc_buf_dispose(&names);
            return FC_OK;
        }
        (void)fc_buf_append_fmt(&names, NULL, "%s%s", k == 0 ? "" : ", ", specs[k].name);
    }
    st = fc_error_set(err, FC_E_NOT_FOUND, "encoder '%s' has no output '%s'; it has %.*s",
                      e->card->name, name != NULL ? name : "", (int)names.size,
                      names.data != NULL ? (const char *)names.data : "none");
    fc_buf_dispose(&names);
    return st;
}
