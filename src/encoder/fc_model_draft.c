/*
 * A draft of a card.
 */
#include "fc_model_draft.h"

#include <stdio.h>
#include <string.h>

#include "fc_card_build.h"
#include "fc_model_text.h"
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
        /* A graph of one length has to be filled up to it. */
        if (v->has_shape && v->rank == 2 && v->shape[1] > 0)
            return fc_buf_append_fmt(out, err,
                                     "params: { max_tokens: %lld, fixed_length: true, pad_id: 0 }"
                                     "  # pad_id is guessed\n",
                                     (long long)v->shape[1]);
        return fc_buf_append_text(
            out, "params: { max_tokens: 512 }  # guessed: as many as it has positions\n", err);
    case FC_VECTOR:
    case FC_MODALITY_NONE:
        break;
    }
    return FC_OK;
}

/* What is fed to a model of texts. */
static fc_status text_inputs(const fc_onnx_model *m, fc_buf *out, fc_error *err)
{
    bool masked = false;
    fc_status st = fc_buf_append_text(
        out,
        "\ntokenizer: tokenizer.json  # the model's own, as the library tokenizers writes it\n",
        err);

    for (size_t i = 0; i < m->n_inputs && st == FC_OK; i++) {
        bool known = false;

        for (size_t role = 0; role < FC_TEXT_ROLES; role++)
            known = known || strcmp(m->inputs[i].name, fc__text_role_tensors[role]) == 0;
        masked = masked || strcmp(m->inputs[i].name, fc__text_role_tensors[FC_TEXT_MASK]) == 0;
        if (known || m->n_inputs == 1)
            continue;
        st = fc_buf_append_text(out, "# say in `inputs: { ids: ... }` what this input is: ", err);
        if (st == FC_OK)
            st = quoted(m->inputs[i].name, out, err);
        if (st == FC_OK)
            st = fc_buf_append_text(out, "\n", err);
    }
    if (st == FC_OK && !masked)
        st = fc_buf_append_text(out,
                                "# it takes no attention_mask: add `causal: true` if its tokens "
                                "see only those before them\n",
                                err);
    return st;
}

static fc_status begin_output(const char *name, const fc_onnx_value *v, fc_buf *out, fc_error *err)
{
    const fc_status st = fc_buf_append_fmt(out, err, "  - { name: %s, tensor: ", name);

    return st == FC_OK ? quoted(v->name, out, err) : st;
}

/* Of a model of texts: one vector out of the first tensor that has rows. */
static fc_status pooled(const fc_onnx_model *m, fc_buf *out, fc_error *err)
{
    for (size_t i = 0; i < m->n_outputs; i++) {
        const fc_onnx_value *v = &m->outputs[i];
        fc_status st;

        if (!v->has_shape || v->rank != 3 || v->shape[2] < 0)
            continue;
        st = begin_output("mean", v, out, err);
        if (st != FC_OK)
            return st;
        return fc_buf_append_fmt(
            out, err, ", layout: rows, pool: mean, shape: [%lld] }  # guessed: or first, last\n",
            (long long)v->shape[2]);
    }
    return FC_OK;
}

/* The line of one output, or a comment on why there is none. */
static fc_status output(const fc_onnx_value *v, fc_modality modality, fc_buf *out, fc_error *err)
{
    char name[FC_CARD_NAME_MAX + 1];
    const bool chw = v->rank == 4 && v->shape[2] == v->shape[3];
    fc_status st;

    to_name(v->name, strlen(v->name), name);
    if (!v->has_shape || v->rank < 2 || v->rank > (modality == FC_TEXT ? 3 : 4) ||
        v->shape[v->rank - 1] < 0 || (v->rank == 4 && (v->shape[1] < 0 || v->shape[2] < 0))) {
        st = fc_buf_append_fmt(out, err,
                               "  # %s: its shape is not one of a vector, rows or a map: ", name);
        if (st == FC_OK)
            st = fc__onnx_show_shape(v, out, err);
        return st == FC_OK ? fc_buf_append_text(out, "\n", err) : st;
    }
    st = begin_output(name, v, out, err);
    if (st != FC_OK)
        return st;
    if (v->rank == 2)
        return fc_buf_append_fmt(out, err, ", layout: vector, shape: [%lld] }\n",
                                 (long long)v->shape[1]);
    if (v->rank == 3 && v->shape[1] >= 0 && modality != FC_TEXT)
        return fc_buf_append_fmt(out, err, ", layout: rows, shape: [%lld, %lld] }\n",
                                 (long long)v->shape[1], (long long)v->shape[2]);
    if (v->rank == 3)
        return fc_buf_append_fmt(out, err, ", layout: rows, shape: [n, %lld] }\n",
                                 (long long)v->shape[2]);
    return fc_buf_append_fmt(out, err, ", layout: %s, shape: [%lld, %lld, %lld] }\n",
                             chw ? "chw" : "hwc", (long long)v->shape[chw ? 2 : 1],
                             (long long)v->shape[chw ? 3 : 2], (long long)v->shape[chw ? 1 : 3]);
}

static fc_status other_input(const fc_onnx_value *in, fc_buf *out, fc_error *err)
{
    fc_status st = in != NULL ? fc_buf_append_text(out, "\ninput: ", err) : FC_OK;

    if (st == FC_OK && in != NULL)
        st = quoted(in->name, out, err);
    return st == FC_OK ? fc_buf_append_text(out, "\n", err) : st;
}

/* The input that tells what is fed: of several the one that images, sounds or texts have. */
static const fc_onnx_value *telling_input(const fc_onnx_model *m)
{
    const fc_onnx_value *ids = fc__onnx_input(m, fc__text_role_tensors[FC_TEXT_IDS]);

    return ids != NULL ? ids : m->n_inputs > 0 ? &m->inputs[0] : NULL;
}

fc_status fc__model_draft(const fc_onnx_model *m, const char *path, fc_buf *out, fc_error *err)
{
    const char *slash = strrchr(path, '/'), *file = slash != NULL ? slash + 1 : path;
    const char *dot = strrchr(file, '.');
    const fc_onnx_value *in = telling_input(m);
    const fc_modality modality = in != NULL ? guess(in) : FC_IMAGE;
    char name[FC_CARD_NAME_MAX + 1];
    fc_status st;

    to_name(file, dot != NULL ? (size_t)(dot - file) : strlen(file), name);
    st = fc_buf_append_fmt(out, err, "name: %s\nmodality: %s  # guessed\nmodel: ", name,
                           fc_modality_name(modality));
    if (st == FC_OK)
        st = quoted(file, out, err);
    if (st == FC_OK && modality == FC_TEXT)
        st = text_inputs(m, out, err);
    else if (st == FC_OK)
        st = other_input(in, out, err);
    if (st == FC_OK && m->n_inputs > 1 && modality != FC_TEXT)
        st = fc_buf_append_text(out, "# it takes more than one input\n", err);
    if (st == FC_OK && in != NULL)
        st = params(in, modality, out, err);
    if (st == FC_OK)
        st = fc_buf_append_text(out, "outputs:\n", err);
    if (st == FC_OK && modality == FC_TEXT)
        st = pooled(m, out, err);
    for (size_t i = 0; i < m->n_outputs && i < FC_CARD_OUTPUTS_MAX && st == FC_OK; i++)
        st = output(&m->outputs[i], modality, out, err);
    return st;
}
