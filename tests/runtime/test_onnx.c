/*
 * What is read of an ONNX model file: names, shapes, operators, and what is to be refused. The
 * models are written here, field by field.
 */
#include "fc_test.h"

#include "fc_onnx.h"

/* A message in the making: `data` wraps one field of bytes around another message. */
static void number(fc_buf *b, unsigned field, uint64_t v)
{
    fc_error err;

    assert_int_equal(fc_buf_append_varint(b, (uint64_t)field << 3, &err), FC_OK);
    assert_int_equal(fc_buf_append_varint(b, v, &err), FC_OK);
}

static void data(fc_buf *b, unsigned field, const void *bytes, size_t n)
{
    fc_error err;

    assert_int_equal(fc_buf_append_varint(b, (uint64_t)field << 3 | 2, &err), FC_OK);
    assert_int_equal(fc_buf_append_bytes(b, bytes, n, &err), FC_OK);
}

static void text(fc_buf *b, unsigned field, const char *s)
{
    data(b, field, s, strlen(s));
}

/* Takes `inner` over. */
static void message(fc_buf *b, unsigned field, fc_buf *inner)
{
    data(b, field, inner->data, inner->size);
    fc_buf_dispose(inner);
}

/* ValueInfoProto of an f32 tensor of [symbol, 3]; the field is 11 for an input, 12 for an output.
 */
static void value(fc_buf *graph, unsigned field, const char *name, const char *symbol)
{
    fc_buf first = FC_BUF_INIT, second = FC_BUF_INIT, shape = FC_BUF_INIT, type = FC_BUF_INIT,
           outer = FC_BUF_INIT, v = FC_BUF_INIT;

    text(&first, 2, symbol);
    number(&second, 1, 3);
    message(&shape, 1, &first);
    message(&shape, 1, &second);
    number(&type, 1, FC_ONNX_F32);
    message(&type, 2, &shape);
    message(&outer, 1, &type);
    text(&v, 1, name);
    message(&v, 2, &outer);
    message(graph, field, &v);
}

static void node(fc_buf *graph, const char *op, const char *domain, const char *output)
{
    fc_buf n = FC_BUF_INIT;

    text(&n, 1, "in");
    text(&n, 2, output);
    text(&n, 4, op);
    text(&n, 7, domain);
    message(graph, 1, &n);
}

static void weight(fc_buf *graph, const char *name, bool external)
{
    const float x = 1;
    fc_buf t = FC_BUF_INIT;

    number(&t, 2, FC_ONNX_F32);
    text(&t, 8, name);
    if (external)
        number(&t, 14, 1);
    else
        data(&t, 9, &x, sizeof(x));
    message(graph, 5, &t);
}

static void graph_of(fc_buf *graph)
{
    node(graph, "Relu", "", "mid");
    node(graph, "Relu", "ai.onnx", "out");
    value(graph, 11, "in", "batch");
    value(graph, 11, "w", "x"); /* initialised: not fed */
    value(graph, 12, "out", "batch");
    weight(graph, "w", false);
}

/* A model of `graph`, which is taken over. */
static fc_buf model_of(fc_buf *graph)
{
    fc_buf m = FC_BUF_INIT, opset = FC_BUF_INIT;

    number(&m, 1, 7);
    text(&m, 2, "a test");
    message(&m, 7, graph);
    number(&opset, 2, 13);
    message(&m, 8, &opset);
    return m;
}

static fc_onnx_model *read_ok(const fc_buf *bytes)
{
    fc_error err = FC_ERROR_INIT;
    fc_onnx_model *m = NULL;

    assert_status(FC_OK, fc__onnx_read(&m, bytes->data, bytes->size, "m.onnx", &err), &err);
    return m;
}

static void test_onnx__reads_names_shapes_and_operators(void **state)
{
    fc_buf graph = FC_BUF_INIT, bytes, shape = FC_BUF_INIT;
    const fc_onnx_value *in;
    fc_onnx_model *m;
    fc_error err;

    (void)state;
    graph_of(&graph);
    bytes = model_of(&graph);
    m = read_ok(&bytes);

    assert_int_equal(m->ir_version, 7);
    assert_int_equal(m->opset, 13);
    assert_string_equal(m->producer, "a test");
    assert_int_equal(m->n_inputs, 1);
    assert_null(fc__onnx_input(m, "w"));
    assert_non_null(in = fc__onnx_input(m, "in"));
    assert_int_equal(in->type, FC_ONNX_F32);
    assert_int_equal(in->rank, 2);
    assert_int_equal(in->shape[0], -1);
    assert_string_equal(in->symbols[0], "batch");
    assert_int_equal(in->shape[1], 3);
    assert_int_equal(fc__onnx_show_shape(in, &shape, &err), FC_OK);
    assert_int_equal(shape.size, strlen("[batch, 3]"));
    assert_memory_equal(shape.data, "[batch, 3]", shape.size);
    assert_true(fc__onnx_is_output(m, "out"));
    assert_false(fc__onnx_is_output(m, "mid"));
    assert_true(fc__onnx_is_produced(m, "mid"));
    assert_int_equal(m->n_operators, 1); /* "ai.onnx" is "" by its other name */
    assert_int_equal(m->operators[0].count, 2);
    assert_int_equal(m->n_weight_bytes, sizeof(float));
    assert_int_equal(fc__onnx_check(m, "m.onnx", &err), FC_OK);
    assert_false(fc__onnx_dynamic(m));

    fc_buf_dispose(&shape);
    fc__onnx_destroy(m);
    fc_buf_dispose(&bytes);
}

/* A second message of the same field is merged: an inner tensor becomes an output, by the bytes
 * behind the model. */
static void test_onnx__an_inner_tensor_can_be_made_an_output(void **state)
{
    fc_buf graph = FC_BUF_INIT, bytes;
    fc_onnx_model *m;
    fc_error err;

    (void)state;
    graph_of(&graph);
    bytes = model_of(&graph);
    assert_int_equal(fc__onnx_append_output(&bytes, "mid", &err), FC_OK);
    m = read_ok(&bytes);
    assert_int_equal(m->n_outputs, 2);
    assert_true(fc__onnx_is_output(m, "mid"));
    assert_int_equal(m->n_inputs, 1);
    fc__onnx_destroy(m);
    fc_buf_dispose(&bytes);
}

/* Wherever it stands: among the weights, in an attribute, in a subgraph of an attribute. */
static void test_onnx__finds_data_in_other_files_everywhere(void **state)
{
    (void)state;
    for (int where = 0; where < 3; where++) {
        fc_buf graph = FC_BUF_INIT, inner = FC_BUF_INIT, attribute = FC_BUF_INIT, n = FC_BUF_INIT,
               bytes;
        fc_error err = FC_ERROR_INIT;
        fc_onnx_model *m;

        graph_of(&graph);
        weight(&inner, "far", true);
        if (where == 0) {
            weight(&graph, "far", true);
        } else {
            fc_buf t = FC_BUF_INIT;

            text(&t, 8, "far");
            number(&t, 14, 1);
            message(&attribute, where == 1 ? 5 : 6, where == 1 ? &t : &inner);
            text(&n, 4, "If");
            message(&n, 5, &attribute);
            message(&graph, 1, &n);
            fc_buf_dispose(&t);
        }
        bytes = model_of(&graph);
        m = read_ok(&bytes);
        assert_non_null(m->external);
        assert_string_equal(m->external, "far");
        assert_status(FC_E_UNSUPPORTED, fc__onnx_check(m, "m.onnx", &err), &err);
        assert_non_null(strstr(err.message, "'far' has its data in another file"));
        fc__onnx_destroy(m);
        fc_buf_dispose(&bytes);
        fc_buf_dispose(&inner);
    }
}

static void test_onnx__names_custom_operators_and_dynamic_quantisation(void **state)
{
    fc_buf graph = FC_BUF_INIT, bytes;
    fc_error err = FC_ERROR_INIT;
    fc_onnx_model *m;

    (void)state;
    graph_of(&graph);
    node(&graph, "DynamicQuantizeLinear", "", "q");
    node(&graph, "MatMulNBits", "com.microsoft", "n");
    node(&graph, "Sponge", "org.example", "s");
    bytes = model_of(&graph);
    m = read_ok(&bytes);
    assert_true(fc__onnx_dynamic(m));
    assert_status(FC_E_UNSUPPORTED, fc__onnx_check(m, "m.onnx", &err), &err);
    assert_non_null(strstr(err.message, "operator Sponge of 'org.example'"));
    fc__onnx_destroy(m);
    fc_buf_dispose(&bytes);
}

/* Each prefix sits in a block of its exact size: ASan sees any overread. */
static void test_onnx__a_torn_model_is_refused_or_smaller(void **state)
{
    fc_buf graph = FC_BUF_INIT, bytes;
    size_t n_refused = 0;

    (void)state;
    graph_of(&graph);
    bytes = model_of(&graph);
    for (size_t n = 0; n < bytes.size; n++) {
        uint8_t *exact = malloc(n > 0 ? n : 1);
        fc_error err = FC_ERROR_INIT;
        fc_onnx_model *m = NULL;
        fc_status st;

        assert_non_null(exact);
        memcpy(exact, bytes.data, n);
        st = fc__onnx_read(&m, exact, n, "m.onnx", &err);
        if (st != FC_OK) {
            assert_status(FC_E_FORMAT, st, &err);
            assert_non_null(strstr(err.message, "m.onnx: not a"));
            assert_null(m);
            n_refused++;
        }
        fc__onnx_destroy(m);
        free(exact);
    }
    /* Only a cut between the graph and the operator sets leaves a model. */
    assert_true(n_refused >= bytes.size - 2);
    fc_buf_dispose(&bytes);
}

static void test_onnx__subgraphs_have_a_depth(void **state)
{
    fc_buf inner = FC_BUF_INIT, bytes;
    fc_error err = FC_ERROR_INIT;
    fc_onnx_model *m = NULL;

    (void)state;
    for (int i = 0; i < 40; i++) {
        fc_buf attribute = FC_BUF_INIT, n = FC_BUF_INIT, graph = FC_BUF_INIT;

        message(&attribute, 6, &inner);
        text(&n, 4, "If");
        message(&n, 5, &attribute);
        message(&graph, 1, &n);
        inner = graph;
    }
    bytes = model_of(&inner);
    assert_status(FC_E_LIMIT, fc__onnx_read(&m, bytes.data, bytes.size, "m.onnx", &err), &err);
    fc_buf_dispose(&bytes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_onnx__reads_names_shapes_and_operators),
        cmocka_unit_test(test_onnx__an_inner_tensor_can_be_made_an_output),
        cmocka_unit_test(test_onnx__finds_data_in_other_files_everywhere),
        cmocka_unit_test(test_onnx__names_custom_operators_and_dynamic_quantisation),
        cmocka_unit_test(test_onnx__a_torn_model_is_refused_or_smaller),
        cmocka_unit_test(test_onnx__subgraphs_have_a_depth),
    };

    return cmocka_run_group_tests_name("onnx", tests, NULL, NULL);
}
