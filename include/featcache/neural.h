/**
 * @file featcache/neural.h
 * Encoders that are models: ONNX files, run by ONNX Runtime, which is loaded when the first of them
 * is needed. Built-in encoders need none of this.
 */
#ifndef FC_NEURAL_H
#define FC_NEURAL_H

#include <featcache/types.h>

#ifdef __cplusplus
extern "C" {
#endif

/** How models are run; zero is the default of each. Start from FC_NEURAL_OPTIONS_INIT. Strings are
 * borrowed for the call that the options are given to, or as long as what it opens. */
typedef struct fc_neural_options {
    size_t struct_size;
    /** Path of libonnxruntime.so. NULL: where the system looks for libraries. */
    const char *library;
    /** "cpu", "cuda:N" or "auto"; NULL: "cpu". By encoder: "cpu,yamnet=cuda:0,clip=auto" */
    const char *device;
    /** Threads within one run of a model. 0: one a processor; an ingest, whose workers each run
     * models, gives each one. */
    uint32_t n_threads;
    /** A folder that keeps the hashes of models by the identity of their files, made where it is
     * not there. NULL: a model is hashed each time. */
    const char *cache_folder;
    /** Images, windows of a sound, clouds or texts that one run of a model has at most. 0: what
     * suits the device. */
    uint32_t batch;
    /** Memory to keep to: a model that takes more than three fourths of it is refused before it is
     * loaded, and so is a sample whose features take more than a fourth. 0: what the machine has.
     * An ingest sets its own. */
    uint64_t memory_bytes;
} fc_neural_options;

#define FC_NEURAL_OPTIONS_INIT                               \
    {                                                        \
        sizeof(fc_neural_options), NULL, NULL, 0, NULL, 0, 0 \
    }

/**
 * What models can run on here, as JSON (schemas/json.md, featcache.devices/1): whether this build
 * can load ONNX Runtime, its version, its execution providers, the devices. A runtime that cannot
 * be loaded is no failure but a `problem` in it.
 * @param[out] json  the caller frees it with fc_string_free()
 */
FC_API fc_status fc_devices(const fc_neural_options *neural, char **json, fc_error *err);

/**
 * What a model file says about itself, as JSON (schemas/json.md, featcache.inspect/1): inputs,
 * outputs, operators; no runtime is needed.
 * @param[out] json  the caller frees it with fc_string_free()
 * @param[out] card  a draft of a card, likewise; what it guesses is marked in it
 * @retval FC_E_FORMAT  not an ONNX model
 * @retval FC_E_LIMIT   too large for protocol buffers or for this machine
 */
FC_API fc_status fc_inspect(const char *path, char **json, char **card, fc_error *err);

#ifdef __cplusplus
}
#endif

#endif /* FC_NEURAL_H */
