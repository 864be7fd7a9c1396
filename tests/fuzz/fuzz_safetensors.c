/*
 * Fuzz target: a .safetensors file as a projection. One that is taken is a whole head, no larger
 * than its bytes; one that is not leaves nothing but a message that begins with the file's name.
 */
#include <stdlib.h>
#include <string.h>

#include "fc_head_import.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Not assert(): a fuzzer in a release build must stop too. */
static void must(bool holds)
{
    if (!holds)
        abort();
}

static void import(const uint8_t *data, size_t size, fc_pooling pooling, uint32_t dim)
{
    fc_error err = FC_ERROR_INIT;
    fc_head h;

    if (fc__head_import_safetensors(&h, data, size, "fuzz.safetensors", &pooling, dim, &err) ==
        FC_OK) {
        must(fc__head_check(&h, &err) == FC_OK);
        must(h.dim * fc__head_pooled_dim(&h.inputs[0]) * 2 <= size);
    } else {
        must(h.n_inputs == 0 && strncmp(err.message, "fuzz.safetensors", 16) == 0);
    }
    fc__head_dispose(&h);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    import(data, size, (fc_pooling){.kind = FC_POOLING_NONE}, 5);
    import(data, size, (fc_pooling){.kind = FC_POOLING_ATTENTION}, 5);
    return 0;
}
