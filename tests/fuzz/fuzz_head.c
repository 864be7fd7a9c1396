/*
 * Fuzz target: a head's bytes. One that is read passes its check, is written back to the same
 * bytes, and can be applied; one that is not leaves nothing but a message. The checksum is set
 * right first, so that what lies behind it is reached.
 */
#include <stdlib.h>
#include <string.h>

#include "fc_bytes.h"
#include "fc_hash.h"
#include "fc_head.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Not assert(): a fuzzer in a release build must stop too. */
static void must(bool holds)
{
    if (!holds)
        abort();
}

static void apply(const fc_head *h)
{
    fc_head_item items[FC_HEAD_INPUTS_MAX] = {{NULL, 0}};
    fc_error err = FC_ERROR_INIT;
    float *out = malloc(h->dim * sizeof(*out));
    float *rows[FC_HEAD_INPUTS_MAX] = {NULL};

    must(out != NULL);
    for (uint32_t i = 0; i < h->n_inputs; i++) {
        rows[i] = malloc(h->inputs[i].dim * sizeof(float));
        must(rows[i] != NULL);
        for (uint32_t k = 0; k < h->inputs[i].dim; k++)
            rows[i][k] = 1.0f + (float)(k % 7);
        items[i] = (fc_head_item){rows[i], 1};
    }
    if (fc__head_apply(h, items, out, &err) != FC_OK)
        must(err.message[0] != '\0');
    for (uint32_t i = 0; i < h->n_inputs; i++)
        free(rows[i]);
    free(out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint8_t *sealed = malloc(size > 0 ? size : 1);
    fc_buf again = FC_BUF_INIT;
    fc_error err = FC_ERROR_INIT;
    fc_head h;

    must(sealed != NULL);
    memcpy(sealed, data, size);
    if (size >= 4)
        fc_put_le32(sealed + size - 4, fc__crc32c(0, sealed, size - 4));
    if (fc__head_read(&h, sealed, size, &err) == FC_OK) {
        must(fc__head_check(&h, &err) == FC_OK);
        must(fc__head_write(&h, &again, &err) == FC_OK);
        must(again.size == size && memcmp(again.data, sealed, size) == 0);
        apply(&h);
    } else {
        must(h.n_inputs == 0 && err.message[0] != '\0');
    }
    fc__head_dispose(&h);
    fc_buf_dispose(&again);
    free(sealed);
    return 0;
}
