/*
 * Rows gathered out of a model's tensors: layouts, pools, what is left out, and times. The tensors
 * are small enough to know every number of the answer.
 */
#include "fc_test.h"

#include "fc_model_gather.h"

static fc_tensor view(float *data, uint32_t rank, const uint64_t *shape)
{
    return fc_tensor_view(data, FC_F32, rank, shape);
}

/* What `o` makes of slice 0 of `t`; the caller disposes of it. */
static fc_tensor make(const fc_model_output *o, const fc_tensor *t, uint64_t keep)
{
    const fc_output_spec spec = {.name = (char *)(uintptr_t) "it",
                                 .rank = o->layout == FC_LAYOUT_VECTOR ? 1 : 2};
    fc_model_rows rows = FC_MODEL_ROWS_INIT;
    fc_tensor out = FC_TENSOR_INIT;
    fc_error err = FC_ERROR_INIT;

    assert_status(FC_OK, fc__model_rows_add(&rows, o, t, 0, keep, &err), &err);
    assert_status(FC_OK, fc__model_rows_finish(&rows, o, &spec, &out, &err), &err);
    fc__model_rows_dispose(&rows);
    return out;
}

static void assert_values(fc_tensor *t, uint32_t rank, const uint64_t *shape, const float *want)
{
    assert_int_equal(t->rank, rank);
    assert_memory_equal(t->shape, shape, rank * sizeof(*shape));
    assert_memory_equal(t->data, want, fc_tensor_count(t) * sizeof(*want));
    fc_tensor_dispose(t);
}

/* Two channels of 2 x 3: rows of cells with the channels last, whichever way they came. */
static void test_gather__maps_have_their_channels_last(void **state)
{
    float chw[] = {0, 1, 2, 3, 4, 5, 10, 11, 12, 13, 14, 15};
    float hwc[] = {0, 10, 1, 11, 2, 12, 3, 13, 4, 14, 5, 15};
    const uint64_t chw_shape[] = {1, 2, 2, 3}, hwc_shape[] = {1, 2, 3, 2}, item[] = {2, 3, 2};
    const fc_tensor a = view(chw, 4, chw_shape), b = view(hwc, 4, hwc_shape);
    fc_tensor out;

    (void)state;
    out = make(&(fc_model_output){"t", FC_LAYOUT_CHW, FC_POOL_NONE, 0, false, FC_UNIT_NONE}, &a,
               UINT64_MAX);
    assert_values(&out, 3, item, hwc);
    out = make(&(fc_model_output){"t", FC_LAYOUT_HWC, FC_POOL_NONE, 0, false, FC_UNIT_NONE}, &b,
               UINT64_MAX);
    assert_values(&out, 3, item, hwc);
}

static void test_gather__pools_what_is_not_left_out(void **state)
{
    float rows[] = {100, -100, 1, 2, 3, 6, 5, 1};
    const uint64_t shape[] = {1, 4, 2}, vector[] = {2}, three[] = {3, 2};
    const fc_tensor t = view(rows, 3, shape);
    const fc_model_output o = {"t", FC_LAYOUT_ROWS, FC_POOL_NONE, 1, false, FC_UNIT_NONE};
    const float *const want[] = {
        [FC_POOL_MEAN] = (const float[]){3, 3},
        [FC_POOL_MAX] = (const float[]){5, 6},
        [FC_POOL_FIRST] = (const float[]){1, 2},
        [FC_POOL_LAST] = (const float[]){5, 1},
    };
    fc_tensor out = make(&o, &t, UINT64_MAX);

    (void)state;
    assert_values(&out, 2, three, rows + 2);
    for (int p = FC_POOL_MEAN; p <= FC_POOL_LAST; p++) {
        fc_model_output pooled = o;

        pooled.pool = (fc_model_pool)p;
        out = make(&pooled, &t, UINT64_MAX);
        assert_values(&out, 1, vector, want[p]);
    }
}

/* Rows behind the sound's end go, unless all are asked for. */
static void test_gather__leaves_out_rows_of_padding(void **state)
{
    float rows[] = {1, 2, 3, 4, 5, 6};
    const uint64_t shape[] = {1, 3, 2}, two[] = {2, 2}, three[] = {3, 2};
    const fc_tensor t = view(rows, 3, shape);
    fc_model_output o = {"t", FC_LAYOUT_ROWS, FC_POOL_NONE, 0, false, FC_UNIT_NONE};
    fc_tensor out = make(&o, &t, 2);

    (void)state;
    assert_values(&out, 2, two, rows);
    o.all_rows = true;
    out = make(&o, &t, 2);
    assert_values(&out, 2, three, rows);
}

static void test_gather__refuses_what_is_not_of_the_layout(void **state)
{
    float x[8] = {0};
    const uint64_t flat[] = {1, 8}, rows[] = {1, 4, 2}, wide[] = {1, 2, 4}, none[] = {1, 0, 2};
    const fc_model_output o = {"tokens", FC_LAYOUT_ROWS, FC_POOL_NONE, 0, false, FC_UNIT_NONE};
    const fc_model_output sink = {"tokens", FC_LAYOUT_ROWS, FC_POOL_MEAN, 4, false, FC_UNIT_NONE};
    const fc_output_spec spec = {.name = (char *)(uintptr_t) "it", .rank = 2};
    const fc_tensor a = view(x, 2, flat), b = view(x, 3, rows), c = view(x, 3, wide),
                    d = view(x, 3, none);
    fc_model_rows r = FC_MODEL_ROWS_INIT, empty = FC_MODEL_ROWS_INIT;
    fc_tensor out = FC_TENSOR_INIT;
    fc_error err = FC_ERROR_INIT;

    (void)state;
    assert_status(FC_E_FORMAT, fc__model_rows_add(&r, &o, &a, 0, 9, &err), &err);
    assert_status(FC_OK, fc__model_rows_add(&r, &o, &b, 0, 9, &err), &err);
    assert_status(FC_E_FORMAT, fc__model_rows_add(&r, &o, &c, 0, 9, &err), &err);
    assert_status(FC_E_FORMAT, fc__model_rows_add(&r, &o, &b, 1, 9, &err), &err);
    assert_status(FC_E_FORMAT, fc__model_rows_finish(&r, &sink, &spec, &out, &err), &err);
    assert_non_null(strstr(err.message, "no rows are left"));
    assert_status(FC_OK, fc__model_rows_add(&empty, &o, &d, 0, 9, &err), &err);
    assert_status(FC_E_FORMAT, fc__model_rows_finish(&empty, &o, &spec, &out, &err), &err);
    fc__model_rows_dispose(&empty);
    fc__model_rows_dispose(&r);
}

/* The times of n slices of `t`; the caller frees the intervals. */
static fc_time_axis times_of(const fc_model_output *o, const fc_tensor *t,
                             const fc_model_sound *sound)
{
    fc_model_rows rows = FC_MODEL_ROWS_INIT;
    fc_time_axis axis = {.kind = FC_TIME_NONE};
    fc_error err = FC_ERROR_INIT;

    for (uint64_t i = 0; i < sound->n_slices; i++)
        assert_status(FC_OK, fc__model_rows_add(&rows, o, t, i, UINT64_MAX, &err), &err);
    assert_status(FC_OK, fc__model_rows_times(&rows, o, sound, &axis, &err), &err);
    fc__model_rows_dispose(&rows);
    return axis;
}

static void test_gather__rows_have_their_times(void **state)
{
    float x[12] = {0};
    const uint64_t shape[] = {2, 2, 3}, flat[] = {2, 6};
    const fc_tensor t = view(x, 3, shape), v = view(x, 2, flat);
    fc_model_output o = {"t", FC_LAYOUT_ROWS, FC_POOL_NONE, 0, false, FC_UNIT_NONE};
    const fc_model_output vector = {"t", FC_LAYOUT_VECTOR, FC_POOL_NONE, 0, false, FC_UNIT_NONE};
    /* 1000 samples a second from 2 s on: windows of 40 samples, rows every 20, each of 25. */
    fc_model_sound s = {.n_samples = 80,
                        .n_slices = 2,
                        .start_s = 2,
                        .rate = 1000,
                        .window = 40,
                        .hop = 40,
                        .row_hop = 20,
                        .row_length = 25};
    const int64_t ms = 1000000;
    fc_time_axis axis = times_of(&o, &t, &s);

    (void)state;
    assert_int_equal(axis.kind, FC_TIME_REGULAR);
    assert_int_equal(axis.start_ns, 2000 * ms);
    assert_int_equal(axis.hop_ns, 20 * ms);
    assert_int_equal(axis.length_ns, 25 * ms);

    o.skip = 1;
    axis = times_of(&o, &t, &s);
    assert_int_equal(axis.start_ns, 2020 * ms);

    /* Windows that overlap: row 2 begins where row 1 does. */
    s.hop = 20;
    o.skip = 0;
    axis = times_of(&o, &t, &s);
    assert_int_equal(axis.kind, FC_TIME_EXPLICIT);
    assert_int_equal(axis.intervals[2], 2020 * ms);
    assert_int_equal(axis.intervals[4], 2020 * ms);
    assert_int_equal(axis.intervals[7], 2065 * ms);
    free((void *)(uintptr_t)axis.intervals);

    axis = times_of(&vector, &v, &s);
    assert_int_equal(axis.kind, FC_TIME_REGULAR);
    assert_int_equal(axis.hop_ns, 20 * ms);
    assert_int_equal(axis.length_ns, 40 * ms);
    o.pool = FC_POOL_MEAN;
    axis = times_of(&o, &t, &s);
    assert_int_equal(axis.kind, FC_TIME_NONE);
}

/* Rows before the mean, or the mean; zeros have no length and stay. */
static void test_gather__brings_to_unit_length(void **state)
{
    float x[] = {3, 4, 0, 0, 0, 2};
    const float rows[] = {0.6f, 0.8f, 0, 0, 0, 1}, mean[] = {0.2f, 0.6f};
    const float whole[] = {0.447213595f, 0.894427191f};
    const uint64_t shape[] = {1, 3, 2}, three[] = {3, 2}, two[] = {2};
    const fc_tensor t = view(x, 3, shape);
    fc_model_output o = {"t", FC_LAYOUT_ROWS, FC_POOL_NONE, 0, false, FC_UNIT_ROWS};
    fc_tensor out = make(&o, &t, UINT64_MAX);

    (void)state;
    assert_values(&out, 2, three, rows);
    o.pool = FC_POOL_MEAN;
    out = make(&o, &t, UINT64_MAX);
    assert_values(&out, 1, two, mean);
    o.unit = FC_UNIT_VECTOR;
    out = make(&o, &t, UINT64_MAX);
    assert_values(&out, 1, two, whole); /* of 1, 2 */
    o = (fc_model_output){"t", FC_LAYOUT_VECTOR, FC_POOL_NONE, 0, false, FC_UNIT_VECTOR};
    out =
        make(&o, &(fc_tensor){.dtype = FC_F32, .rank = 2, .shape = {1, 2}, .data = x}, UINT64_MAX);
    assert_values(&out, 1, two, rows);
}

static void test_output__is_written_and_read_back(void **state)
{
    static const char *const broken[] = {"",
                                         "layout=rows",
                                         "layout=rowss pool=none skip=0 rows=real tensor=a",
                                         "layout=rows pool=none skip= rows=real",
                                         "layout=rows pool=none skip=0 rows=real tensor=",
                                         "layout=rows pool=none skip=99999 rows=real tensor=a",
                                         "layout=rows pool=none skip=0 rows=some tensor=a",
                                         "layout=rows pool=none skip=0 rows=all unit=none tensor=a",
                                         "layout=rows pool=none skip=0 rows=all unit=x tensor=a"};
    const fc_model_output o = {"block 3/out:0", FC_LAYOUT_HWC, FC_POOL_LAST, 17, true,
                               FC_UNIT_NONE};
    fc_model_output again;
    fc_buf text = FC_BUF_INIT;
    fc_error err = FC_ERROR_INIT;

    (void)state;
    assert_status(FC_OK, fc__model_output_write(&o, &text, &err), &err);
    assert_status(FC_OK, fc_buf_append_u8(&text, 0, &err), &err);
    assert_string_equal(text.data, "layout=hwc pool=last skip=17 rows=all tensor=block 3/out:0");
    assert_true(fc__model_output_read((const char *)text.data, &again));
    assert_string_equal(again.tensor, o.tensor);
    assert_int_equal(again.layout, o.layout);
    assert_int_equal(again.pool, o.pool);
    assert_int_equal(again.skip, o.skip);
    assert_true(again.all_rows);
    assert_int_equal(again.unit, FC_UNIT_NONE);
    assert_true(
        fc__model_output_read("layout=rows pool=mean skip=0 rows=real unit=rows tensor=a", &again));
    assert_int_equal(again.unit, FC_UNIT_ROWS);
    again.unit = FC_UNIT_VECTOR;
    fc_buf_clear(&text);
    assert_status(FC_OK, fc__model_output_write(&again, &text, &err), &err);
    assert_status(FC_OK, fc_buf_append_u8(&text, 0, &err), &err);
    assert_string_equal(text.data, "layout=rows pool=mean skip=0 rows=real unit=vector tensor=a");
    for (size_t i = 0; i < sizeof(broken) / sizeof(broken[0]); i++)
        assert_false(fc__model_output_read(broken[i], &again));
    fc_buf_dispose(&text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_gather__maps_have_their_channels_last),
        cmocka_unit_test(test_gather__pools_what_is_not_left_out),
        cmocka_unit_test(test_gather__leaves_out_rows_of_padding),
        cmocka_unit_test(test_gather__refuses_what_is_not_of_the_layout),
        cmocka_unit_test(test_gather__rows_have_their_times),
        cmocka_unit_test(test_gather__brings_to_unit_length),
        cmocka_unit_test(test_output__is_written_and_read_back),
    };

    return cmocka_run_group_tests_name("model_gather", tests, NULL, NULL);
}
