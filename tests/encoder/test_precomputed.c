/*
 * Unit tests of src/encoder/fc_precomputed.c: a vector of floats is taken as it is, in every float
 * format; what does not fit the card is refused in words.
 */
#include "encoder_rig.h"

#include <math.h>

#include "fc_builtin.h"
#include "fc_npy_header.h"

#define DIM 4

static const char card_text[] = "name: mine\nmodality: vector\nencoder: builtin/precomputed\n"
                                "params: { dim: 4 }\n";

typedef struct rig {
    encoder_rig made;
    uint8_t file[FC_NPY_HEADER_BYTES + 64];
} rig;

static void rig_up(rig *r)
{
    fc_error err = FC_ERROR_INIT;
    fc_card *card = NULL;

    assert_status(FC_OK, fc__card_parse(&card, card_text, strlen(card_text), "a.yaml", NULL, &err),
                  &err);
    encoder_rig_open(&r->made, card);
}

static void rig_down(rig *r)
{
    encoder_rig_close(&r->made);
}

/* Encode `n` bytes of values behind a header. */
static fc_status encode(rig *r, char kind, uint32_t width, uint32_t rank, const uint64_t *shape,
                        const void *values, size_t n)
{
    const fc_input in = {.modality = FC_VECTOR,
                         .bytes = r->file,
                         .n_bytes = FC_NPY_HEADER_BYTES + n,
                         .name = "v.npy"};
    const fc_prepared *batch[] = {&r->made.prepared};
    fc_features *out[] = {&r->made.features};
    fc_status st;

    assert_status(FC_OK, fc__npy_header_write_as(kind, width, rank, shape, r->file, &r->made.err),
                  &r->made.err);
    memcpy(r->file + FC_NPY_HEADER_BYTES, values, n);
    st = fc__encoder_prepare(r->made.worker, &in, &r->made.prepared, &r->made.err);
    return st == FC_OK ? fc__encoder_run(r->made.worker, batch, 1, NULL, out, &r->made.err) : st;
}

static void expect_values(const rig *r, const float *want)
{
    const fc_tensor *t = &r->made.features.outputs[0];

    assert_int_equal(t->rank, 1);
    assert_int_equal(t->shape[0], DIM);
    assert_memory_equal(t->data, want, DIM * sizeof(*want));
}

static void test_precomputed__takes_every_float_as_it_is(void **state)
{
    static const float f32[DIM] = {0.25f, -1.0f, 0.0f, 1.0e-30f};
    static const float rounded[DIM] = {0.25f, -1.0f, 0.0f, 3.0f};
    static const double f64[DIM] = {0.25, -1.0, 0.0, 3.0};
    static const uint16_t f16[DIM] = {0x3400, 0xBC00, 0x0000, 0x4200};
    const uint64_t flat[] = {DIM}, row[] = {1, DIM};
    rig r;

    (void)state;
    rig_up(&r);
    assert_status(FC_OK, encode(&r, 'f', 4, 1, flat, f32, sizeof(f32)), &r.made.err);
    expect_values(&r, f32);
    assert_status(FC_OK, encode(&r, 'f', 4, 2, row, f32, sizeof(f32)), &r.made.err);
    expect_values(&r, f32);
    assert_status(FC_OK, encode(&r, 'f', 8, 1, flat, f64, sizeof(f64)), &r.made.err);
    expect_values(&r, rounded);
    assert_status(FC_OK, encode(&r, 'f', 2, 1, flat, f16, sizeof(f16)), &r.made.err);
    expect_values(&r, rounded);
    rig_down(&r);
}

#define REFUSED(r, status, words, ...)                                     \
    do {                                                                   \
        assert_status(status, encode(r, __VA_ARGS__), &(r)->made.err);     \
        if (strstr((r)->made.err.message, words) == NULL)                  \
            fail_msg("'%s' is not in '%s'", words, (r)->made.err.message); \
    } while (0)

static void test_precomputed__refuses_what_does_not_fit(void **state)
{
    float v[DIM] = {1, 2, 3, 4};
    double d[DIM] = {1, 2, 3, 1e39}; /* beyond f32 */
    const uint64_t flat[] = {DIM}, rows[] = {2, 2}, three[] = {3}, longer[] = {DIM};
    rig r;

    (void)state;
    rig_up(&r);
    REFUSED(&r, FC_E_FORMAT, "give one with dim: 3", 'f', 4, 1, three, v, 12);
    REFUSED(&r, FC_E_UNSUPPORTED, "wanted one vector", 'f', 4, 2, rows, v, sizeof(v));
    REFUSED(&r, FC_E_UNSUPPORTED, "'i4'", 'i', 4, 1, flat, v, sizeof(v));
    REFUSED(&r, FC_E_FORMAT, "the header says 16", 'f', 4, 1, longer, v, 12);
    REFUSED(&r, FC_E_FORMAT, "number 3 is not finite", 'f', 8, 1, flat, d, sizeof(d));
    v[1] = NAN;
    REFUSED(&r, FC_E_FORMAT, "number 1 is not finite", 'f', 4, 1, flat, v, sizeof(v));
    memset(v, 0, sizeof(v)); /* no direction to search by */
    assert_status(FC_E_FORMAT, encode(&r, 'f', 4, 1, flat, v, sizeof(v)), &r.made.err);
    rig_down(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_precomputed__takes_every_float_as_it_is),
        cmocka_unit_test(test_precomputed__refuses_what_does_not_fit),
    };

    return cmocka_run_group_tests_name("precomputed", tests, NULL, NULL);
}
