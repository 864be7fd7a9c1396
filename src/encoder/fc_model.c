/*
 * An encoder that is a model: loaded, checked against its card, made ready to run.
 */
#include "fc_model.h"

#include <stdlib.h>
#include <string.h>

#include "fc_alloc.h"
#include "fc_card_build.h"
#include "fc_model_file.h"
#include "fc_model_text.h"
#include "fc_runtime.h"

/* Slices that are run at once where the model leaves it open: on a GPU enough to fill it. */
#define BATCH_MAX 16
/* On a CPU, for each thread, so many slices and values of them: a batch gains nothing there once a
 * slice fills a thread, and takes memory. Measured on one thread, milliseconds of the processor a
 * slice (and MB that the process takes at most), one slice alone, 4 and 16 together:
 *     EfficientNet-Lite0  26.6 (115)  26.7 (152)  27.0 (283)
 *     DINOv2 ViT-S/14     371 (273)   413 (270)   413 (428)
 *     Whisper tiny        1330 (338)  1341 (1023)
 *     PointNet            12.4 (81)   13.2 (123)  12.9 (295)
 *     YAMNet              6.8 (116)   5.5 (112)   6.1 (127)
 */
#define CPU_BATCH_MAX  4
#define CPU_VALUES_MAX 65536
/* Of texts, which also have a budget of tokens (fc_model_text_run.c). */
#define TEXTS_MAX 256

void fc__model_one_slice(fc_tensor *t)
{
    memmove(t->shape + 1, t->shape, t->rank * sizeof(t->shape[0]));
    t->shape[0] = 1;
    t->rank++;
}

void fc__model_destroy(void *self)
{
    fc_model_encoder *m = self;

    if (m == NULL)
        return;
    fc__model_texts_destroy(m->texts);
    fc__session_close(m->session);
    fc__runtime_close(m->runtime);
    for (size_t k = 0; k < m->n_outputs; k++)
        free(m->made_of[k]);
    free(m->input);
    free(m);
}

/* What each output is made of, from the text that the card has of it. */
static fc_status take_outputs(fc_model_encoder *m, const fc_card *card, const fc_output_spec *specs,
                              size_t n, fc_error *err)
{
    if (n > FC_MODEL_OUTPUTS_MAX)
        return fc_error_set(err, FC_E_LIMIT, "%s: card '%s' has %zu outputs; at most %d",
                            card->origin, card->name, n, FC_MODEL_OUTPUTS_MAX);
    for (size_t k = 0; k < n; k++) {
        m->specs[k] = specs[k];
        m->made_of[k] = fc__strdup(specs[k].from != NULL ? specs[k].from : "");
        m->n_outputs = k + 1;
        if (m->made_of[k] == NULL)
            return fc__nomem(err, 1, "an output of a model");
        if (!fc__model_output_read(m->made_of[k], &m->outputs[k]))
            return fc_error_set(err, FC_E_CORRUPT,
                                "%s: card '%s': output '%s' does not say of which tensor it is",
                                card->origin, card->name, specs[k].name);
    }
    return FC_OK;
}

fc_status fc__model_check_hash(const fc_card *card, const char *part, const char *what,
                               const char *path, const fc_sha256 *hash, fc_error *err)
{
    const char *wanted = fc__card_part_value(card, part);
    char hex[FC_SHA256_HEX_BYTES];

    fc__sha256_hex(hash, hex);
    if (wanted != NULL && strcmp(wanted, hex) == 0)
        return FC_OK;
    return fc_error_set(err, FC_E_VERSION,
                        "encoder '%s' is of a %s with SHA-256 %.12s..., and %s now is %.12s...: "
                        "another encoder version; put the file back, or ingest with its card",
                        card->name, what, wanted != NULL ? wanted : "unknown", path, hex);
}

/* Tensors in between become outputs of the graph. */
static fc_status expose_tensors(const fc_model_encoder *m, const fc_onnx_model *model,
                                fc_buf *bytes, fc_error *err)
{
    fc_status st = FC_OK;

    for (size_t k = 0; k < m->n_outputs && st == FC_OK; k++) {
        bool done = fc__onnx_is_output(model, m->outputs[k].tensor);

        for (size_t i = 0; i < k; i++)
            done = done || strcmp(m->outputs[i].tensor, m->outputs[k].tensor) == 0;
        if (!done)
            st = fc__onnx_append_output(bytes, m->outputs[k].tensor, err);
    }
    return st;
}

/* Where the runtime's version is part of the encoder, it has to be that one. */
static fc_status check_runtime(const fc_model_encoder *m, const fc_card *card, fc_error *err)
{
    const char *wanted = fc__card_part_value(card, FC_CARD_RUNTIME_PART);
    const char *is = fc__runtime_version(m->runtime);

    if (wanted == NULL || strcmp(wanted, is) == 0)
        return FC_OK;
    return fc_error_set(err, FC_E_VERSION,
                        "encoder '%s' is a dynamically quantised model under ONNX Runtime %s, and "
                        "here is %s, which gives other numbers: ingest with its card, or use that "
                        "version (--onnxruntime)",
                        card->name, wanted, is);
}

static fc_status open_session(fc_model_encoder *m, const fc_card *card, const fc_buf *bytes,
                              const fc_neural_options *neural, fc_error *err)
{
    char device[FC_DEVICE_TEXT_BYTES];
    const fc_session_options opts = {.device = device, .n_threads = neural->n_threads};
    fc_status st = fc__device_for(device, neural->device, card->name, err);

    if (st == FC_OK)
        st = fc__runtime_open(&m->runtime, neural->library, err);
    if (st == FC_OK)
        st = check_runtime(m, card, err);
    if (st == FC_OK)
        st = fc__session_open(&m->session, m->runtime, bytes->data, bytes->size, card->model, &opts,
                              err);
    return st;
}

/* How many slices share a run, unless they vary in size: those of texts and whole sounds are told
 * when they come. */
static void choose_batch(fc_model_encoder *m, const fc_onnx_model *model,
                         const fc_neural_options *neural)
{
    const bool on_gpu = fc__session_device(m->session)->cuda;
    const uint64_t limit = fc__model_batch_limit(model, m->input);
    const uint64_t n_threads = neural->n_threads > 0 ? neural->n_threads : 1;
    uint64_t most = m->texts != NULL ? TEXTS_MAX : BATCH_MAX;

    m->values_max = UINT64_MAX;
    if (neural->batch > 0) {
        most = neural->batch < 4096 ? neural->batch : 4096;
    } else if (!on_gpu && m->texts == NULL) {
        most = CPU_BATCH_MAX * n_threads;
        m->values_max = CPU_VALUES_MAX * n_threads;
    }
    m->batch_max = limit > 0 && limit < most ? limit : most;
}

fc_status fc__model_create(fc_model_encoder **out, const fc_card *card, const double *values,
                           const fc_output_spec *specs, size_t n_specs,
                           const fc_neural_options *neural, fc_error *err)
{
    const fc_neural_options defaults = FC_NEURAL_OPTIONS_INIT;
    const fc_builtin *kind = fc__model_kind(card->modality);
    const char *input = fc__card_part_value(card, "model.input");
    fc_model_encoder *m = fc__alloc_array(1, sizeof(*m));
    fc_onnx_model *model = NULL;
    fc_buf bytes = FC_BUF_INIT;
    fc_sha256 hash;
    fc_status st;

    *out = NULL;
    neural = neural != NULL ? neural : &defaults;
    if (m == NULL)
        return fc__nomem(err, sizeof(*m), "a model");
    memcpy(m->values, values, kind->n_params * sizeof(*values));
    m->modality = card->modality;
    m->input = fc__strdup(input != NULL ? input : "");
    if (m->input == NULL) {
        st = fc__nomem(err, 1, "a model");
        goto done;
    }
    st = take_outputs(m, card, specs, n_specs, err);
    if (st != FC_OK)
        goto done;
    st = fc__model_read(card->model, neural, &bytes, &hash, err);
    if (st != FC_OK)
        goto done;
    m->memory = FC_MODEL_MEMORY(bytes.size);
    m->features_max = fc__model_memory(neural) / 4;
    st = fc__model_check_hash(card, "model.sha256", "model", card->model, &hash, err);
    if (st != FC_OK)
        goto done;
    st = fc__onnx_read(&model, bytes.data, bytes.size, card->model, err);
    if (st != FC_OK)
        goto done;
    if (m->modality == FC_TEXT)
        st = fc__model_texts_create(m, card, model, neural, err);
    if (st != FC_OK)
        goto done;
    st = fc__model_check(model, card->model, m->modality, values,
                         m->texts != NULL ? (const char *const *)m->texts->names
                                          : (const char *const *)&m->input,
                         specs, n_specs, err);
    if (st != FC_OK)
        goto done;
    m->dynamic = fc__onnx_dynamic(model);
    st = expose_tensors(m, model, &bytes, err);
    if (st != FC_OK)
        goto done;
    st = open_session(m, card, &bytes, neural, err);
    if (st != FC_OK)
        goto done;
    choose_batch(m, model, neural);
    *out = m;
    m = NULL;

done:
    fc_buf_dispose(&bytes);
    fc__onnx_destroy(model);
    fc__model_destroy(m);
    return st;
}

fc_status fc__model_describe(const fc_model_encoder *m, fc_buf *out, fc_error *err)
{
    char device[16];

    fc__device_name(fc__session_device(m->session), device);
    return fc_buf_append_fmt(out, err, " runtime=\"onnxruntime %s\" device=%s",
                             fc__runtime_version(m->runtime), device);
}

bool fc__model_fell_back(const fc_model_encoder *m)
{
    return fc__session_device(m->session)->fell_back;
}

const char *fc__model_notice(const fc_model_encoder *m)
{
    if (m->dynamic)
        return "the model is quantised dynamically: it is run one at a time, and its features belong "
               "to this version of ONNX Runtime";
    return NULL;
}
