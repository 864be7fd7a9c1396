/*
 * PNGs whose pixels are inflated beforehand: the pieces are the file that libpng would have read,
 * and what is damaged is told. That the pixels are right is what the golden pictures
 * are for (test_decode_picture.c), most of which go this way.
 */
#include "fc_test.h"

#include "fc_bytes.h"
#include "fc_png_inflate.h"
#include "golden_files.h"

/* The pieces in one: a file again. */
static uint8_t *joined(const fc_png_stored *s, size_t *n)
{
    uint8_t *whole, *to;

    *n = 0;
    for (size_t i = 0; i < s->n_spans; i++)
        *n += s->spans[i].n;
    whole = to = malloc(*n + 1);
    assert_non_null(whole);
    for (size_t i = 0; i < s->n_spans; to += s->spans[i++].n)
        if (s->spans[i].n > 0)
            memcpy(to, s->spans[i].bytes, s->spans[i].n);
    return whole;
}

/* The data of the only IDAT chunk of a file. */
static const uint8_t *find_idat(const uint8_t *file, size_t n, size_t *data_n)
{
    const uint8_t *found = NULL;

    for (size_t at = 8; at + 12 <= n; at += (size_t)fc_get_be32(file + at) + 12)
        if (memcmp(file + at + 4, "IDAT", 4) == 0) {
            assert_null(found);
            found = file + at + 8;
            *data_n = fc_get_be32(file + at);
            assert_true(*data_n <= n - at - 12);
        }
    assert_non_null(found);
    return found;
}

/* Stored blocks (RFC 1951, 3.2.4) one after the other hold the inflated lines, the last is marked.
 */
static void check_blocks(const uint8_t *at, size_t n, const fc_png_stored *s)
{
    const uint8_t *const end = at + n - 4; /* Adler-32 */
    size_t raw = 0;
    bool last = false;

    assert_int_equal(((unsigned)at[0] << 8 | at[1]) % 31, 0); /* RFC 1950: FCHECK */
    assert_int_equal(at[0] & 15, 8);                          /* deflate */
    for (at += 2; at < end;
         last = at[0] == 1, raw += fc_get_le16(at + 1), at += 5 + fc_get_le16(at + 1)) {
        assert_false(last);
        assert_true(at[0] <= 1);
        assert_int_equal(fc_get_le16(at + 1) ^ fc_get_le16(at + 3), 0xffff);
        assert_memory_equal(at + 5, s->raw + raw, fc_get_le16(at + 1));
    }
    assert_true(last);
    assert_ptr_equal(at, end);
    assert_true(raw > 0);
}

static void check_pieces(const char *name)
{
    size_t n = 0, file_n = 0, idat_n = 0;
    uint8_t *png = golden_read(name, &n), *file;
    const uint8_t *idat;
    fc_png_stored s;

    assert_int_equal(fc__png_inflate(png, n, &s), FC_PNG_STORED);
    file = joined(&s, &file_n);
    assert_memory_equal(file, png, 33); /* the signature and IHDR */
    assert_memory_equal(file + file_n - 12, png + n - 12, 12);
    idat = find_idat(file, file_n, &idat_n);
    check_blocks(idat, idat_n, &s);
    free(file);
    fc__png_stored_dispose(&s);
    free(png);
}

static void test_png_inflate__pieces_are_the_file_with_stored_pixels(void **state)
{
    (void)state;
    check_pieces("pictures/png_alpha.png");
    check_pieces("pictures/png_icc.png");
}

/* Every chunk has a sum, so no bit behind the signature can change unseen. */
static void test_png_inflate__a_changed_bit_is_damage(void **state)
{
    size_t n = 0;
    uint8_t *png = golden_read("pictures/png_icc.png", &n);
    fc_png_stored s;

    (void)state;
    for (size_t i = 8; i < n; i++) {
        png[i] ^= (uint8_t)(1u << (i % 8));
        if (fc__png_inflate(png, i % 3 == 0 ? i + 1 : n, &s) != FC_PNG_DAMAGED)
            fail_msg("byte %zu of %zu was changed", i, n);
        png[i] ^= (uint8_t)(1u << (i % 8));
    }
    for (size_t cut = 0; cut < n; cut++) {
        uint8_t *exact = malloc(cut + 1);

        assert_non_null(exact);
        memcpy(exact, png, cut);
        assert_int_equal(fc__png_inflate(exact, cut, &s), FC_PNG_DAMAGED);
        free(exact);
    }
    free(png);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_png_inflate__pieces_are_the_file_with_stored_pixels),
        cmocka_unit_test(test_png_inflate__a_changed_bit_is_damage),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
