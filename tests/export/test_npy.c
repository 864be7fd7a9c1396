/*
 * .npy files: what is written comes back, what NumPy writes can be read, and what is broken is
 * refused with a reason.
 */
#include "fc_test.h"

#include <math.h>

#include <featcache/maintain.h>

#include "fc_buf.h"

static void test_npy__round_trip_of_every_rank(void **state)
{
    static const uint64_t shapes[][FC_MAX_RANK] = {{5}, {2, 3}, {2, 3, 4}, {2, 1, 3, 2}, {0, 7}};
    static const uint32_t ranks[] = {1, 2, 3, 4, 2};
    char *path = fc_test_path("round.npy");

    (void)state;
    for (size_t s = 0; s < 5; s++) {
        fc_tensor t = FC_TENSOR_INIT, back = FC_TENSOR_INIT;
        fc_error err = FC_ERROR_INIT;
        float *values;

        assert_status(FC_OK, fc_tensor_alloc(&t, FC_F32, ranks[s], shapes[s], &err), &err);
        values = t.data;
        for (size_t i = 0; i < fc_tensor_count(&t); i++)
            values[i] = (float)i * 1.5f - 3.0f;
        assert_status(FC_OK, fc_npy_write(path, &t, &err), &err);
        assert_status(FC_OK, fc_npy_read(path, 1 << 20, &back, &err), &err);
        assert_int_equal(back.rank, t.rank);
        assert_memory_equal(back.shape, t.shape, t.rank * sizeof(t.shape[0]));
        if (fc_tensor_count(&t) > 0)
            assert_memory_equal(back.data, t.data, fc_tensor_count(&t) * sizeof(float));
        fc_tensor_dispose(&t);
        fc_tensor_dispose(&back);
    }
    free(path);
}

/* A file of this version with this header text and data. */
static fc_status read_made(uint8_t version, const char *header, const void *data, size_t n,
                           fc_tensor *out, fc_error *err)
{
    const size_t length = strlen(header);
    char *path = fc_test_path("made.npy");
    uint8_t file[1024] = {
        0x93, 'N', 'U', 'M', 'P', 'Y', version, 0, (uint8_t)length, (uint8_t)(length >> 8)};
    const size_t at = version == 1 ? 10 : 12;
    fc_status st;

    memcpy(file + at, header, length);
    if (n > 0)
        memcpy(file + at + length, data, n);
    fc_test_write_file(path, file, at + length + n);
    st = fc_npy_read(path, 1 << 20, out, err);
    free(path);
    return st;
}

static void test_npy__what_numpy_writes(void **state)
{
    const double wide[2] = {1.25, -2.5};
    const uint16_t half[2] = {0x3d00, 0xc100}; /* the same */
    const float value = 7.0f;
    fc_tensor t = FC_TENSOR_INIT;
    fc_error err = FC_ERROR_INIT;

    (void)state;
    assert_status(FC_OK,
                  read_made(1, "{'descr': '<f8', 'fortran_order': False, 'shape': (2,), }   \n",
                            wide, sizeof(wide), &t, &err),
                  &err);
    assert_float_equal(((float *)t.data)[0], 1.25f, 0);
    assert_float_equal(((float *)t.data)[1], -2.5f, 0);
    fc_tensor_dispose(&t);
    assert_status(FC_OK,
                  read_made(2, "{'descr': '<f2', 'fortran_order': False, 'shape': (1, 2), }\n",
                            half, sizeof(half), &t, &err),
                  &err);
    assert_int_equal(t.rank, 2);
    assert_float_equal(((float *)t.data)[1], -2.5f, 0);
    fc_tensor_dispose(&t);
    assert_status(FC_OK,
                  read_made(3, "{'descr': '<f4', 'fortran_order': False, 'shape': (), }\n", &value,
                            sizeof(value), &t, &err),
                  &err);
    assert_int_equal(t.rank, 1); /* a single number is a vector of one */
    assert_float_equal(((float *)t.data)[0], 7.0f, 0);
    fc_tensor_dispose(&t);
}

static void test_npy__refuses_what_is_broken(void **state)
{
    static const struct {
        uint8_t version;
        const char *header, *part;
    } bad[] = {
        {1, "", "dtype"},
        {1, "{'fortran_order': False, 'shape': (2,), }", "dtype"},
        {1, "{'descr': '>f4', 'fortran_order': False, 'shape': (2,), }", "dtype '>f4'"},
        {1, "{'descr': '<f42', 'fortran_order': False, 'shape': (2,), }", "dtype"},
        {1, "{'descr': '<i4', 'fortran_order': False, 'shape': (2,), }", "dtype"},
        {1, "{'descr': '|O', 'fortran_order': False, 'shape': (2,), }", "dtype"},
        {1, "{'descr': '<f4', 'fortran_order': True, 'shape': (2,), }", "Fortran"},
        {1, "{'descr': '<f4', 'shape': (2,), }", "Fortran"},
        {1, "{'descr': '<f4', 'fortran_order': False, }", "shape"},
        {1, "{'descr': '<f4', 'fortran_order': False, 'shape': (2", "shape"},
        {1, "{'descr': '<f4', 'fortran_order': False, 'shape': (-2,), }", "shape"},
        {1, "{'descr': '<f4', 'fortran_order': False, 'shape': (2 1), }", "shape"},
        {1, "{'descr': '<f4', 'fortran_order': False, 'shape': (,), }", "shape"},
        {1, "{'descr': '<f4', 'fortran_order': False, 'shape': (1,1,1,1,2), }", "shape"},
        {1, "{'descr': '<f4', 'fortran_order': False, 'shape': (99999999999999999999,), }",
         "shape"},
        {1, "{'descr': '<f4', 'fortran_order': False, 'shape': (3,), }", "8 bytes of data"},
        {1, "{'descr': '<f4', 'fortran_order': False, 'shape': (1,), }", "8 bytes of data"},
        {1,
         "{'descr': '<f8', 'fortran_order': False, 'shape': "
         "(4294967295, 4294967295, 4294967295, 4294967295), }",
         "more elements than can be"},
        {9, "{'descr': '<f4', 'fortran_order': False, 'shape': (2,), }", "format 9.0"},
        {0, "{'descr': '<f4', 'fortran_order': False, 'shape': (2,), }", "format 0.0"},
    };
    const float data[2] = {1, 2};
    fc_tensor t = FC_TENSOR_INIT;
    fc_error err = FC_ERROR_INIT;

    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        assert_status(FC_E_FORMAT,
                      read_made(bad[i].version, bad[i].header, data, sizeof(data), &t, &err), &err);
        if (strstr(err.message, bad[i].part) == NULL)
            fail_msg("%s: '%s' is not in '%s'", bad[i].header, bad[i].part, err.message);
        assert_null(t.data);
    }
}

static void test_npy__refuses_every_truncation(void **state)
{
    const uint64_t shape[1] = {3};
    float values[3] = {1, 2, 3};
    const fc_tensor t = fc_tensor_view(values, FC_F32, 1, shape);
    char *path = fc_test_path("cut.npy");
    fc_tensor back = FC_TENSOR_INIT;
    fc_error err = FC_ERROR_INIT;
    uint8_t *bytes;
    size_t size;

    (void)state;
    assert_status(FC_OK, fc_npy_write(path, &t, &err), &err);
    bytes = fc_test_read_file(path, &size);
    assert_int_equal(size % 4, 0);
    assert_int_equal((size - sizeof(values)) % 64, 0); /* the data is aligned, as NumPy's is */
    for (size_t cut = 0; cut < size; cut++) {
        fc_test_write_file(path, bytes, cut);
        assert_status(FC_E_FORMAT, fc_npy_read(path, 1 << 20, &back, &err), &err);
    }
    fc_test_write_file(path, bytes, size);
    assert_status(FC_E_LIMIT, fc_npy_read(path, size - 1, &back, &err), &err);
    free(bytes);
    free(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_npy__round_trip_of_every_rank),
        cmocka_unit_test(test_npy__what_numpy_writes),
        cmocka_unit_test(test_npy__refuses_what_is_broken),
        cmocka_unit_test(test_npy__refuses_every_truncation),
    };

    return cmocka_run_group_tests_name("npy", tests, NULL, NULL);
}
