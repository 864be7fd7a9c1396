/*
 * ONNX Runtime behind a small interface: loaded when the first model needs it, never linked. The
 * only place that knows its API. Built without its header, or where the library is not there, every
 * call below that needs it says how to get it (FC_E_UNSUPPORTED).
 *
 * Threads: a runtime and a session may be shared; fc__session_run() may be called from many threads
 * at once. Lifetime: close sessions before their runtime.
 */
#ifndef FC_RUNTIME_H
#define FC_RUNTIME_H

#include <featcache/types.h>

#include "fc_onnx.h"

typedef struct fc_runtime fc_runtime;
typedef struct fc_session fc_session;

/* Load the library: `library` where it is not NULL (a path), and nowhere else then; else by its
 * name as the system finds libraries, then in the folders that the distribution and an installation
 * have. FC_E_UNSUPPORTED: not there, not the right thing, or too old; the message says what to do.
 */
fc_status fc__runtime_open(fc_runtime **out, const char *library, fc_error *err);
void fc__runtime_close(fc_runtime *rt);
/* "1.32.0" */
const char *fc__runtime_version(const fc_runtime *rt);
/* Names of execution providers ("CPUExecutionProvider"), NULL-terminated; until close. */
const char *const *fc__runtime_providers(const fc_runtime *rt);
/* Whether this build has the header, so that it can load the library at all. */
bool fc__runtime_built_in(void);

/* Where a model runs. */
typedef struct fc_device {
    bool cuda;
    uint32_t index; /* of the GPU */
    bool fell_back; /* "auto" wanted a GPU and there is none that can be used */
} fc_device;

/* From "cpu", "cuda", "cuda:N", "auto" (NULL: "cpu") and what the runtime has. FC_E_INVALID: no
 * such word; FC_E_UNSUPPORTED: a GPU is asked for that this runtime cannot use. */
fc_status fc__device_pick(fc_device *out, const char *text, const char *const *providers,
                          fc_error *err);
#define FC_DEVICE_TEXT_BYTES 16

/* What "D,ENCODER=D,..." says of one encoder: its own D, else the one without a name, else "cpu"
 * (and NULL is "cpu" for all). D itself is looked at by fc__device_pick(). FC_E_INVALID: an empty
 * part, one too long to be a device, or two for one encoder. */
fc_status fc__device_for(char out[FC_DEVICE_TEXT_BYTES], const char *list, const char *encoder,
                         fc_error *err);
/* The first name in such a list of which known() says false; NULL: none. *n is its length. */
const char *fc__device_unknown(const char *list,
                               bool (*known)(const void *context, const char *name, size_t n),
                               const void *context, size_t *n);

/* "cpu", "cuda:0" */
void fc__device_name(const fc_device *d, char out[16]);

typedef struct fc_session_options {
    const char *device; /* as fc__device_pick takes it; NULL: "cpu" */
    uint32_t n_threads; /* within one run; 0: one a processor */
} fc_session_options;

/* Make ready to run the model in `bytes` (borrowed for the call; checked already by
 * fc__onnx_check()). "auto" goes on on the CPU where the GPU cannot be used. `name` is for
 * messages. FC_E_FORMAT: the runtime refuses the model, with its words; FC_E_NOMEM. */
fc_status fc__session_open(fc_session **out, fc_runtime *rt, const uint8_t *bytes, size_t n,
                           const char *name, const fc_session_options *opts, fc_error *err);
void fc__session_close(fc_session *s);
const fc_device *fc__session_device(const fc_session *s);

/* A tensor to feed. */
typedef struct fc_feed {
    const char *name;
    const fc_tensor *tensor; /* f32, i32 or i64, dense; borrowed */
} fc_feed;

/* Run. outputs[k] (initialised) becomes the tensor names[k], owned: f32 whatever float it was;
 * another type is FC_E_UNSUPPORTED, as is one of more than FC_MAX_RANK axes. FC_E_FORMAT: the
 * runtime refuses the feeds, with its words. */
fc_status fc__session_run(fc_session *s, const fc_feed *feeds, size_t n_feeds,
                          const char *const *names, size_t n_outputs, fc_tensor *outputs,
                          fc_error *err);

#endif /* FC_RUNTIME_H */
