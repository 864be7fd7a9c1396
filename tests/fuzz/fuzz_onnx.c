/*
 * Fuzz target: an ONNX model file. What is read must be answerable, and give the same once an
 * output is appended, but for that output; what is not must leave a message and nothing else.
 */
#include <stdlib.h>
#include <string.h>

#include "fc_model_draft.h"
#include "fc_onnx.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Not assert(): a fuzzer in a release build must stop too. */
static void must(bool holds)
{
    if (!holds)
        abort();
}

static void check_values(const fc_onnx_value *list, size_t n)
{
    fc_buf text = FC_BUF_INIT;
    fc_error err;

    for (size_t i = 0; i < n; i++) {
        must(list[i].name != NULL && list[i].rank <= FC_ONNX_MAX_RANK);
        must(fc__onnx_show_shape(&list[i], &text, &err) == FC_OK);
        fc_buf_clear(&text);
    }
    fc_buf_dispose(&text);
}

static void check_appended(const uint8_t *data, size_t size, const fc_onnx_model *m)
{
    fc_buf longer = FC_BUF_INIT;
    fc_onnx_model *again = NULL;
    fc_error err = FC_ERROR_INIT;

    must(fc_buf_append(&longer, data, size, &err) == FC_OK);
    must(fc__onnx_append_output(&longer, "more", &err) == FC_OK);
    must(fc__onnx_read(&again, longer.data, longer.size, "fuzz.onnx", &err) == FC_OK);
    must(again->n_outputs == m->n_outputs + 1 && again->n_inputs == m->n_inputs);
    must(fc__onnx_is_output(again, "more") && again->n_operators == m->n_operators);
    fc__onnx_destroy(again);
    fc_buf_dispose(&longer);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    fc_error err = FC_ERROR_INIT;
    fc_buf draft = FC_BUF_INIT;
    fc_onnx_model *m = NULL;

    if (fc__onnx_read(&m, data, size, "fuzz.onnx", &err) != FC_OK) {
        must(m == NULL && err.message[0] != '\0');
        return 0;
    }
    check_values(m->inputs, m->n_inputs);
    check_values(m->outputs, m->n_outputs);
    check_values(m->inner, m->n_inner);
    (void)fc__onnx_check(m, "fuzz.onnx", &err);
    (void)fc__onnx_dynamic(m);
    must(fc__model_draft(m, "folder/Fuzz Model.onnx", &draft, &err) == FC_OK);
    check_appended(data, size, m);
    fc_buf_dispose(&draft);
    fc__onnx_destroy(m);
    return 0;
}
