/*
 * Point clouds against what trimesh reads out of the same files, and against a second reader's
 * idea of a number.
 */
#include "golden_files.h"

#include <locale.h>
#include <math.h>

#include "fc_bytes.h"
#include "fc_cloud_internal.h"
#include "fc_rng.h"

/* Rows of a .cloud file at *at, against what was decoded. */
static void check_rows(const char *path, const char *what, const uint8_t **at, bool there,
                       const void *got, uint64_t n, double tolerance)
{
    if (there != (got != NULL))
        fail_msg("%s: %s %s", path, what, there ? "are missing" : "were not in the file");
    for (uint64_t i = 0; there && i < 3 * n; i++, *at += 4) {
        const uint32_t bits = fc_get_le32(*at);
        float want;

        memcpy(&want, &bits, sizeof(want));
        if (tolerance < 0 ? ((const uint32_t *)got)[i] != bits
                          : fabs((double)((const float *)got)[i] - (double)want) > tolerance)
            fail_msg("%s: %s %ju differ", path, what, (uintmax_t)(i / 3));
    }
}

static void check_file(const char *path, const char *cloud_path)
{
    uint8_t *bytes, *want;
    fc_error err = FC_ERROR_INIT;
    fc_cloud c = FC_CLOUD_INIT;
    const uint8_t *at;
    size_t n, n_want;

    bytes = fc_test_read_file(path, &n);
    want = fc_test_read_file(cloud_path, &n_want);
    if (fc__decode_cloud(bytes, n, path, NULL, &c, &err) != FC_OK)
        fail_msg("%s: %s", path, err.message);
    assert_int_equal(c.n_points, fc_get_le32(want));
    assert_int_equal(c.n_triangles, fc_get_le32(want + 12));
    at = want + 16;
    check_rows(path, "points", &at, true, c.points, c.n_points, 0);
    check_rows(path, "normals", &at, fc_get_le32(want + 4) != 0, c.normals, c.n_points, 0);
    /* A colour of 255 is divided by another word length there. */
    check_rows(path, "colours", &at, fc_get_le32(want + 8) != 0, c.colours, c.n_points, 1e-7);
    check_rows(path, "triangles", &at, c.n_triangles > 0, c.triangles, c.n_triangles, -1);
    assert_ptr_equal(at, want + n_want);
    fc__cloud_dispose(&c);
    free(want);
    free(bytes);
}

static void test_cloud__every_format_reads_as_in_trimesh(void **state)
{
    glob_t files;

    (void)state;
    golden_glob("clouds/formats/*.cloud", &files);
    for (size_t i = 0; i < files.gl_pathc; i++) {
        char *path = golden_sibling(files.gl_pathv[i], "");

        check_file(path, files.gl_pathv[i]);
        free(path);
    }
    assert_true(files.gl_pathc >= 40);
    globfree(&files);
}

/* The same bits as strtod, over every way that a number is written. */
static void check_number(const char *text)
{
    double got = -1, want = strtod(text, NULL);

    if (fc__cloud_parse_double(text, strlen(text), &got) != strlen(text) ||
        memcmp(&got, &want, sizeof(got)) != 0)
        fail_msg("'%s' is %a, not %a", text, got, want);
}

static void test_cloud__numbers_are_those_of_strtod(void **state)
{
    static const char *const texts[] = {
        "0",
        "-0",
        "+7",
        ".5",
        "5.",
        "-.25e1",
        "1e22",
        "1e23",
        "9007199254740993",
        "1e-400",
        "1e400",
        "0e99999999999",
        "123456789012345678901234567890",
        "0.000000000000000000000000000001",
        "2.2250738585072011e-308",
        "9007199254740992",
        "9007199254740992.5",
        "1.7976931348623159e308",
        "100000000000000000000000000000000000000000000000000000000000000",
        "0.1e-22",
        "3e+05",
        "1234567890123456789000",
        "1234567890.1234567890123",
        "00000000000000000000012.50000000000000"};
    fc_rng r = fc__rng_seed(1);
    double v;

    (void)state;
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
        check_number(texts[i]);
    for (size_t i = 0; i < 200000; i++) {
        static const char *const forms[] = {"%.6f", "%.9g",  "%.17g", "%g",
                                            "%.3e", "%.25g", "%.12f"};
        const uint64_t bits = fc__rng_u64(&r);
        char text[512];

        if (i % 2 == 0)
            v = (fc__rng_unit(&r) - 0.5) * pow(10, (double)fc__rng_below(&r, 9));
        else
            memcpy(&v, &bits, sizeof(v));
        if (!isfinite(v) || (i % 2 == 1 && fabs(v) > 1e40 && i % 7 % 6 == 0))
            continue;
        snprintf(text, sizeof(text), forms[i % 7], v);
        check_number(text);
    }
    assert_int_equal(fc__cloud_parse_double("e5", 2, &v), 0);
    assert_int_equal(fc__cloud_parse_double("-", 1, &v), 0);
    assert_int_equal(fc__cloud_parse_double(".", 1, &v), 0);
    assert_int_equal(fc__cloud_parse_double("1e", 2, &v), 1); /* the e is not part of it */
    assert_int_equal(fc__cloud_parse_double("12", 1, &v), 1); /* and never past the end */
    assert_true(v == 1);
}

/* Points are read the same where a comma is the decimal point. */
static void test_cloud__the_locale_does_not_matter(void **state)
{
    static const char text[] = "1.5 2.5 1.00000000000000000000000000000001\n";
    fc_error err = FC_ERROR_INIT;
    fc_cloud c;

    (void)state;
    if (setlocale(LC_ALL, "de_DE.UTF-8") == NULL && setlocale(LC_ALL, "fr_FR.UTF-8") == NULL)
        print_message("no locale with a decimal comma is installed: run in the C locale\n");
    assert_status(FC_OK,
                  fc__decode_cloud((const uint8_t *)text, strlen(text), "a.xyz", NULL, &c, &err),
                  &err);
    setlocale(LC_ALL, "C");
    assert_true(c.points[0] == 1.5f && c.points[1] == 2.5f && c.points[2] == 1.0f);
    fc__cloud_dispose(&c);
}

/* Points that no face uses stay; STL joins equal corners, -0 and 0 among them. */
static void test_cloud__welds_stl_and_nothing_else(void **state)
{
    static const char obj[] = "v 0 0 0\nv 0 0 0\nv 1 0 0\nv 9 9 9\nf 1 2 3\n";
    static const char stl[] =
        "solid a\nfacet normal 0 0 1\nouter loop\nvertex 0 0 0\nvertex 1 0 0\n"
        "vertex 1 1 0\nendloop\nendfacet\nfacet normal 0 0 1\nouter loop\n"
        "vertex -0 -0 0\nvertex 1 1 0\nvertex 0 1 0\nendloop\nendfacet\n"
        "endsolid a\n";
    static const uint32_t want[] = {0, 1, 2, 0, 2, 3};
    fc_error err = FC_ERROR_INIT;
    fc_cloud c;

    (void)state;
    assert_status(
        FC_OK, fc__decode_cloud((const uint8_t *)obj, strlen(obj), "a.OBJ", NULL, &c, &err), &err);
    assert_int_equal(c.n_points, 4);
    fc__cloud_dispose(&c);
    assert_status(FC_OK, fc__decode_cloud((const uint8_t *)stl, strlen(stl), "", NULL, &c, &err),
                  &err);
    assert_int_equal(c.n_points, 4);
    assert_int_equal(c.n_triangles, 2);
    assert_memory_equal(c.triangles, want, sizeof(want));
    fc__cloud_dispose(&c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_cloud__every_format_reads_as_in_trimesh),
        cmocka_unit_test(test_cloud__numbers_are_those_of_strtod),
        cmocka_unit_test(test_cloud__the_locale_does_not_matter),
        cmocka_unit_test(test_cloud__welds_stl_and_nothing_else),
    };

    return cmocka_run_group_tests_name("cloud", tests, NULL, NULL);
}
