/*
 * The models of the pack (FC_SHARED_DIR) as encoders, by their cards in schemas/encoders/models,
 * for tests of what a batch does to an item.
 */
#ifndef MODEL_RIG_H
#define MODEL_RIG_H

#include "fc_test.h"

#include <math.h>

#include "fc_card.h"
#include "fc_encoder.h"
#include "fc_file.h"
#include "fc_runtime.h"

typedef struct pack {
    char shared[600], library[600];
    fc_neural_options neural;
} pack;

/* The runtime as ctest has it; skips, loudly, without it. */
static void find_runtime(pack *p)
{
    const char *cache = getenv("XDG_CACHE_HOME"), *home = getenv("HOME");
    fc_error err = FC_ERROR_INIT;
    fc_runtime *rt = NULL;

    p->neural = (fc_neural_options)FC_NEURAL_OPTIONS_INIT;
    p->neural.n_threads = 1;
    p->neural.batch = 16; /* together, where one at a time would be as fast */
    snprintf(p->library, sizeof(p->library), "%s%s/featcache/onnxruntime/lib/libonnxruntime.so",
             cache != NULL  ? cache
             : home != NULL ? home
                            : "",
             cache != NULL ? "" : "/.cache");
    if (access(p->library, R_OK) == 0)
        p->neural.library = p->library;
    if (getenv("FC_SOURCE_DIR") == NULL)
        fc_test_skip("FC_SOURCE_DIR is not set: run by ctest");
    if (fc__runtime_open(&rt, p->neural.library, &err) != FC_OK)
        fc_test_skip("%s", err.message);
    fc__runtime_close(rt);
}

/* And the models. */
static void find_pack(pack *p)
{
    const char *shared = getenv("FC_SHARED_DIR");

    snprintf(p->shared, sizeof(p->shared), "%s/models", shared != NULL ? shared : "");
    if (shared == NULL || access(p->shared, R_OK) != 0)
        fc_test_skip("no models: FC_SHARED_DIR has no folder models");
    find_runtime(p);
}

/* The encoder of a card's text, whose paths are relative to the folder of `origin`. */
static fc_encoder *load_text(const pack *p, const char *text, size_t n, const char *origin)
{
    fc_error err = FC_ERROR_INIT;
    fc_encoder *e = NULL;
    fc_card *card = NULL;

    assert_status(FC_OK, fc__card_parse_on(&card, text, n, origin, &p->neural, NULL, &err), &err);
    assert_status(FC_OK, fc__encoder_create_on(&e, card, &p->neural, &err), &err);
    fc__card_destroy(card);
    return e;
}

static fc_encoder *load(const pack *p, const char *card_name, const char *folder)
{
    char path[1300], origin[700];
    fc_error err = FC_ERROR_INIT;
    fc_buf text = FC_BUF_INIT;
    fc_encoder *e;

    snprintf(path, sizeof(path), "%s/schemas/encoders/models/%s.yaml", getenv("FC_SOURCE_DIR"),
             card_name);
    snprintf(origin, sizeof(origin), "%s/%s/card.yaml", p->shared, folder);
    assert_status(FC_OK, fc__file_read(path, 1 << 20, &text, &err), &err);
    e = load_text(p, (const char *)text.data, text.size, origin);
    fc_buf_dispose(&text);
    return e;
}

static void assert_near(const fc_tensor *alone, const fc_tensor *together, const char *what)
{
    const float *a = alone->data, *b = together->data;
    const size_t n = fc_tensor_count(alone);
    float largest = 1, off = 0;

    assert_int_equal(alone->rank, together->rank);
    assert_memory_equal(alone->shape, together->shape, alone->rank * sizeof(alone->shape[0]));
    for (size_t i = 0; i < n; i++) {
        largest = fmaxf(largest, fabsf(a[i]));
        off = fmaxf(off, fabsf(a[i] - b[i]));
    }
    if (!(off <= 1e-5f * largest))
        fail_msg("%s: alone and in a batch differ by %g of %g", what, (double)off, (double)largest);
}

#endif /* MODEL_RIG_H */
