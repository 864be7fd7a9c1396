/*
 * A draft of a card.
 */
#include "fc_model_draft.h"

#include <stdio.h>
#include <string.h>

#include "fc_card_build.h"
#include "fc_model.h"
#include "fc_speech.h"

/* A name for cards out of any text: what is not allowed becomes '-'. */
static void to_name(const char *text, size_t n, char out[FC_CARD_NAME_MAX + 1])
{
    size_t at = 0;

    for (size_t i = 0; i < n && at < FC_CARD_NAME_MAX; i++) {
        char c = text[i];

        c = c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
        if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9')))
            c = c == '_' || c == '.' ? c : '-';
        if (at > 0 || (c != '-' && c != '.' && c != '_'))
            out[at++] = c;
    }
    out[at] = '\0';
    if (at == 0)
        snprintf(out, FC_CARD_NAME_MAX + 1, "model");
}

/* A text in YAML, in double quotes; what is not printable becomes '?'. */
static fc_status quoted(const char *text, fc_buf *out, fc_error *err)
{
    fc_status st = fc_buf_append_text(out, "\"", err);

    for (const char *c = text; *c != '\0' && st == FC_OK; c++) {
        const unsigned char u = (unsigned char)*c;

        if (*c == '"' || *c == '\\')
            st = fc_buf_append_fmt(out, err, "\\%c", *c);
        else
            st = fc_buf_append_fmt(out, err, "%c", u < 0x20 || u == 0x7f ? '?' : *c);
    }
    return st == FC_OK ? fc_buf_append_text(out, "\"", err) : st;
}

/* What shapes like this one are usually fed with. */
static fc_modality guess(const fc_onnx_value *v)
{
    if (v->type != FC_ONNX_F32)
        return FC_TEXT;
    if (v->rank == 4)
        return FC_IMAGE;
    if (v->rank == 3 && (v->shape[2] == 3 || v->shape[2] == 6))
        return FC_POINTS;
    return FC_AUDIO;
}

static fc_status params(const fc_onnx_value *v, fc_modality modality, fc_buf *out, fc_error *err)
{
    const bool last = v->rank == 4 && v->shape[3] == 3;
    const int64_t side = v->rank == 4 ? v->shape[2] : 0;

    switch (modality) {
    case FC_IMAGE:
        return fc_buf_append_fmt(
            out, err,
            "params:\n  size: %lld\n  layout: %s\n  fit: short_side  # guessed: or "
            "pad, stretch, long_side\n  filter: bicubic  # guessed: or bilinear\n"
            "  mean: [123.675, 116.28, 103.53]  # guessed: ImageNet's, of 0 to "
            "255\n  deviation: [58.395, 57.12, 57.375]  # guessed\n",
            side > 0 ? (long long)side : 224LL, last ? "hwc" : "chw");
    case FC_AUDIO:
        if (v->rank == 3 && v->shape[2] == FC_WHISPER_FRAMES)
            return fc_buf_append_fmt(out, err,
                                     "params: { rate: 16000, feed: whisper, window: 480000, mels: "
                                     "%lld, row_hop: 320 }  # guessed\n",
                                     v->shape[1] > 0 ? (long long)v->shape[1] : 80LL);
        return fc_buf_append_fmt(out, err,
                                 "params: { rate: 16000, feed: waveform, window: %lld, normalise: "
                                 "false }  # guessed\n",
                                 v->rank == 2 && v->shape[1] > 0 ? (long long)v->shape[1] : 0LL);
    case FC_POINTS:
        return fc_buf_append_fmt(
            out, err, "params: { points: %lld, centre: mean, model_up: as_is }  # guessed\n",
            v->shape[1] > 0 ? (long long)v->shape[1] : 1024LL);
    case FC_TEXT:
    case FC_VECTOR:
    case FC_MODALITY_NONE:
        break;
    }
    return FC_OK;
}

/* The line of one output, or a comment on why there is none. */
static fc_status output(const fc_onnx_value *v, fc_buf *out, fc_error *err)
{
    char name[FC_CARD_NAME_MAX + 1];
    const bool chw = v->rank == 4 && v->shape[2] == v->shape[3];
    fc_status st;

    to_name(v->name, strlen(v->name), name);
    if (!v->has_shape || v->rank < 2 || v->rank > 4 || v->shape[v->rank - 1] < 0 ||
        (v->rank == 4 && (v->shape[1] < 0 || v->shape[2] < 0))) {
        st = fc_buf_append_fmt(out, err,
                               "  # %s: its shape is not one of a vector, rows or a map: ", name);
        if (st == FC_OK)
            st = fc__onnx_show_shape(v, out, err);
        return st == FC_OK ? fc_buf_append_text(out, "\n", err) : st;
    }
    st = fc_buf_append_fmt(out, err, "  - { name: %s, tensor: ", name);
    if (st == FC_OK)
        st = quoted(v->name, out, err);
    if (st != FC_OK)
        return st;
    if (v->rank == 2)
        return fc_buf_append_fmt(out, err, ", layout: vector, shape: [%lld] }\n",
                                 (long long)v->shape[1]);
    if (v->rank == 3 && v->shape[1] >= 0)
        return fc_buf_append_fmt(out, err, ", layout: rows, shape: [%lld, %lld] }\n",
                                 (long long)v->shape[1], (long long)v->shape[2]);
    if (v->rank == 3)
        return fc_buf_append_fmt(out, err, ", layout: rows, shape: [n, %lld] }\n",
                                 (long long)v->shape[2]);
    return fc_buf_append_fmt(out, err, ", layout: %s, shape: [%lld, %lld, %lld] }\n",
                             chw ? "chw" : "hwc", (long long)v->shape[chw ? 2 : 1],
                             (long long)v->shape[chw ? 3 : 2], (long long)v->shape[chw ? 1 : 3]);
}

fc_status fc__model_draft(const fc_onnx_model *m, const char *path, fc_buf *out, fc_error *err)
{
    const char *slash = strrchr(path, '/'), *file = slash != NULL ? slash + 1 : path;
    const char *dot = strrchr(file, '.');
    const fc_onnx_value *in = m->n_inputs > 0 ? &m->inputs[0] : NULL;
    const fc_modality modality = in != NULL ? guess(in) : FC_IMAGE;
    char name[FC_CARD_NAME_MAX + 1];
    fc_status st;

    to_name(file, dot != NULL ? (size_t)(dot - file) : strlen(file), name);
    st = fc_buf_append_fmt(out, err, "name: %s\nmodality: %s  # guessed\nmodel: ", name,
                           fc_modality_name(modality));
    if (st == FC_OK)
        st = quoted(file, out, err);
    if (st == FC_OK && in != NULL)
        st = fc_buf_append_text(out, "\ninput: ", err);
    if (st == FC_OK && in != NULL)
        st = quoted(in->name, out, err);
    if (st == FC_OK)
        st = fc_buf_append_text(out, "\n", err);
    if (st == FC_OK && m->n_inputs > 1)
        st = fc_buf_append_text(out, "# it takes more than one input\n", err);
    if (st == FC_OK && in != NULL)
        st = params(in, modality, out, err);
    if (st == FC_OK)
        st = fc_buf_append_text(out, "outputs:\n", err);
    for (size_t i = 0; i < m->n_outputs && i < FC_CARD_OUTPUTS_MAX && st == FC_OK; i++)
        st = output(&m->outputs[i], out, err);
    return st;
}
