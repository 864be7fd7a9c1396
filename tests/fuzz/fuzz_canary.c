/*
 * Fuzz target: the bytes of a canary, as a store has them behind their checksum. One that is read
 * keeps to its caps and is written back to the same bytes; one that is not leaves nothing but a
 * message.
 */
#include <stdlib.h>
#include <string.h>

#include "fc_store_canary.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Not assert(): a fuzzer in a release build must stop too. */
static void must(bool holds)
{
    if (!holds)
        abort();
}

static void check(const fc_canary *c)
{
    must(c->n_inputs <= FC_CANARY_INPUTS_MAX);
    for (size_t i = 0; i < c->n_inputs; i++) {
        must(c->inputs[i].n_outputs <= FC_CANARY_OUTPUTS_MAX);
        for (size_t k = 0; k < c->inputs[i].n_outputs; k++) {
            const fc_canary_output *o = &c->inputs[i].outputs[k];

            must(o->rank >= 1 && o->rank <= FC_MAX_RANK);
            must((size_t)o->n_kept * o->n_each <= FC_CANARY_NUMBERS_MAX);
        }
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint8_t *exact = malloc(size > 0 ? size : 1);
    fc_buf again = FC_BUF_INIT, twice = FC_BUF_INIT;
    fc_error err = FC_ERROR_INIT;
    fc_canary c;

    must(exact != NULL);
    memcpy(exact, data, size);
    if (fc__canary_read(&c, exact, size, &err) == FC_OK) {
        check(&c);
        must(fc__canary_write(&c, &again, &err) == FC_OK);
        must(again.size <= size); /* lengths may come longer than they need to */
        fc__canary_dispose(&c);
        must(fc__canary_read(&c, again.data, again.size, &err) == FC_OK);
        must(fc__canary_write(&c, &twice, &err) == FC_OK);
        must(twice.size == again.size && memcmp(again.data, twice.data, twice.size) == 0);
    } else {
        must(c.n_inputs == 0 && err.message[0] != '\0');
    }
    fc__canary_dispose(&c);
    fc_buf_dispose(&twice);
    fc_buf_dispose(&again);
    free(exact);
    return 0;
}
