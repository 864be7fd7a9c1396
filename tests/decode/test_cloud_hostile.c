/*
 * Clouds that are broken, lying or made to hurt: each is refused with its status and the place,
 * quickly, and without memory that the bytes do not account for.
 */
#include "golden_files.h"

#include <sys/resource.h>
#include <time.h>

#include "fc_bytes.h"
#include "fc_cloud.h"
#include "fc_rng.h"

typedef struct hostile {
    const char *name, *text;
    fc_status status;
    const char *says; /* a part of the message */
} hostile;

#define PLY(form, rest) "ply\nformat " form " 1.0\n" rest
#define XYZ             "property float x\nproperty float y\nproperty float z\n"

static const hostile cases[] = {
    {"a.ply", "", FC_E_FORMAT, "empty"},
    {"a", "hello", FC_E_UNSUPPORTED, "PLY, OBJ"},
    {"a.ply", "plx\n", FC_E_FORMAT, "line 1: 'plx' where the word ply"},
    {"a.ply", "ply\n", FC_E_FORMAT, "within the header"},
    {"a.ply", PLY("ascii", "element vertex 2\n" XYZ), FC_E_FORMAT, "within the header"},
    {"a.ply", PLY("ascii", "element vertex 1\n" XYZ "end_header"), FC_E_FORMAT, "nothing follows"},
    {"a.ply", "ply\nelement vertex 1\n" XYZ "end_header\n0 0 0", FC_E_FORMAT, "format"},
    {"a.ply", "ply\nformat ascii 2.0\n", FC_E_FORMAT, "line 2: '2.0' where the version 1.0"},
    {"a.ply", "ply\nformat middle_endian 1.0\n", FC_E_FORMAT, "middle_endian"},
    {"a.ply", PLY("ascii", "element vertex 4294967296\n" XYZ "end_header\n0 0 0\n"), FC_E_FORMAT,
     "counts 4294967296 of element vertex"},
    {"a.ply",
     PLY("binary_little_endian", "element vertex 4294967296\n" XYZ "end_header\n0123456789ab"),
     FC_E_FORMAT, "12 bytes are left at offset"},
    {"a.ply", PLY("ascii", "element vertex 99999999999999999999\n"), FC_E_FORMAT, "a count"},
    {"a.ply", PLY("ascii", "element vertex -1\n"), FC_E_FORMAT, "line 3: "},
    {"a.ply", PLY("ascii", "element none 4294967296\nelement vertex 1\n" XYZ "end_header\n1 2 inf"),
     FC_E_FORMAT, "vertex 0: z of a point is inf"},
    {"a.ply", PLY("ascii", "element vertex 2\n" XYZ "end_header\n1 2 3\n4 nan 6\n"), FC_E_FORMAT,
     "vertex 1: y of a point is nan"},
    {"a.ply", PLY("ascii", "element vertex 2\n" XYZ "end_header\n1 2 3\n4 5 abc\n"), FC_E_FORMAT,
     "line 9: 'abc' where a number"},
    {"a.ply", PLY("ascii", "element vertex 2\n" XYZ "end_header\n1 2 3\n1.5000000\n"), FC_E_FORMAT,
     "within element vertex 1 of 2"},
    {"a.ply", PLY("ascii", "element vertex 1\nproperty float x\nend_header\n1\n"), FC_E_FORMAT,
     "lacks x, y or z"},
    {"a.ply", PLY("ascii", "element face 0\nend_header\n1\n"), FC_E_FORMAT, "no element vertex"},
    {"a.ply", PLY("ascii", "property float x\n"), FC_E_FORMAT, "before any element"},
    {"a.ply", PLY("ascii", "element vertex 1\nproperty list float int a\n"), FC_E_FORMAT,
     "no whole number"},
    {"a.ply", PLY("ascii", "element vertex 1\nproperty quad x\n"), FC_E_FORMAT, "'quad'"},
    {"a.ply",
     PLY("ascii",
         "element vertex 1\n" XYZ "element face 1\nproperty list uchar int vertex_indices\n"
         "end_header\n0 0 0\n3 0 0 1\n"),
     FC_E_FORMAT, "names point 1"},
    {"a.ply",
     PLY("ascii", "element vertex 1\n" XYZ "element face 1\nproperty list uint int vertex_index\n"
                  "end_header\n0 0 0\n4000000000 0 0 1\n"),
     FC_E_FORMAT, "list of 4e+09"},
    {"a.ply",
     PLY("ascii", "element vertex 1\n" XYZ "element face 1\nproperty list uint int vertex_index\n"
                  "end_header\n0 0 0\n3 0 0 -1\n"),
     FC_E_FORMAT, "names point -1"},
    {"a.ply",
     PLY("ascii", "element vertex 1\n" XYZ "property uchar red\nproperty uchar green\n"
                  "property uchar blue\nend_header\n0 0 0 0 300 0\n"),
     FC_E_FORMAT, "colour of 300"},
    {"a.ply", PLY("ascii", "element vertex 0\n" XYZ "end_header\n\n"), FC_E_FORMAT, "no points"},
    {"a.obj", "# nothing\n", FC_E_FORMAT, "no points"},
    {"a.obj", "v 1 2\n", FC_E_FORMAT, "line 1: the line ends where a number"},
    {"a.obj", "v 1 2 3\nv 1 2 nan\n", FC_E_FORMAT, "line 2: z of a point is nan"},
    {"a.obj", "v 1 2 -1e39\n", FC_E_FORMAT, "line 1: z of a point is -1e+39"},
    {"a.obj", "v 1 2 1,5\n", FC_E_FORMAT, "line 1: ',5'"},
    {"a.obj", "v 1 2 3\nf 1 2 0\n", FC_E_FORMAT, "line 2: a face names 0"},
    {"a.obj", "v 1 2 3\nf 1 2 9\n", FC_E_FORMAT,
     "OBJ line 2: a face names point 9, and there are 1"},
    {"a.obj", "v 1 2 3\nv 1 2 4\nv 1 3 3\nf 1 2 \\\n 99\nf 1 2 50\n", FC_E_FORMAT,
     "OBJ line 5: a face names point 99, and there are 3"},
    {"a.obj", "v 1 2 3\nf 1 -2 1\n", FC_E_FORMAT, "line 2: a face names -2"},
    {"a.obj", "v 1 2 3\nf 1 1 4294967297\n", FC_E_FORMAT, "names 4294967297"},
    {"a.obj", "v 1 2 3\nf 1 x 1\n", FC_E_FORMAT, "line 2: 'x' where a corner"},
    {"a.obj", "v 1 2 3\nvn 0 0 1\nf 1//2 1 -9223372036854775809\n", FC_E_FORMAT, "line 3"},
    {"a.obj", "v 1 2 3 0 0 900\n", FC_E_FORMAT, "colours run from 0 to 900"},
    {"a.off", "OFF\n4294967296 1 0\n0 0 0\n", FC_E_FORMAT, "counts 4294967296 points"},
    {"a.off", "OFF\n1 4294967296 0\n0 0 0\n", FC_E_FORMAT, "counts 4294967296 faces"},
    {"a.off", "OFF\n1 1 0\n0 0 0\n4294967296 0 0\n", FC_E_FORMAT,
     "line 4: it counts 4294967296 corners"},
    {"a.off", "OFF\n1 1 0\n0 0 0\n3 0 0 1\n", FC_E_FORMAT, "line 4: a face names point 1"},
    {"a.off", "OFF\n2 0 0\n0 0 0\n0 0 \n#..........", FC_E_FORMAT, "line 4: the line ends"},
    {"a.off", "OFF\n2 0 0\n0 0 0\n#...........", FC_E_FORMAT, "the file ends where a point"},
    {"a.off", "OFF\n", FC_E_FORMAT, "a count"},
    {"a.off", "OFF BINARY\n", FC_E_UNSUPPORTED, "binary"},
    {"a.off", "4OFF\n1 0 0\n", FC_E_UNSUPPORTED, "dimensions"},
    {"a.off", "OFF\n1 0 0\n0 inf 0\n", FC_E_FORMAT, "line 3: y of a point is inf"},
    {"a.stl", "solid x\nfacet normal 0 0 1\nouter loop\nvertex 0 0 0\n", FC_E_FORMAT,
     "ends before its endsolid"},
    {"a.stl", "solid x\nvertex 0 0 0\nendloop\nendsolid\n", FC_E_FORMAT, "line 3: a loop of 1"},
    {"a.stl", "solid x\nvertex 0 0 0\nvertex 0 0 0\nvertex 0 0 0\nvertex 0 0 0\n", FC_E_FORMAT,
     "line 5: a loop of more"},
    {"a.stl", "solid x\nvertex 0 nan 0\n", FC_E_FORMAT, "line 2: y of a corner is nan"},
    {"a.stl", "solid x\ncircle\n", FC_E_FORMAT, "line 2: 'circle'"},
    {"a.stl", "solid x\nendsolid\n", FC_E_FORMAT, "no points"},
    {"a.stl", "Exported by a program.", FC_E_FORMAT, "less than a header"},
    {"a.stl",
     "Exported by a program that counts too much, in a header of eighty bytes........\n\1\1\1\1 ....",
     FC_E_FORMAT, "counts 16843009 triangles, that is 842150534 bytes; there are"},
    {"a.xyz", "1 2 3\n4 5\n", FC_E_FORMAT, "line 2: 2 columns, 3 in the lines before"},
    {"a.xyz", "1 2 3\n4 5 x\n", FC_E_FORMAT, "line 2: 'x' where a number"},
    {"a.xyz", "1 2 3\n4 5 NaN\n", FC_E_FORMAT, "line 2: z of a point is nan"},
    {"a.xyz", "1 2 3 4 5\n", FC_E_FORMAT, "line 1: 5 columns"},
    {"a.xyz", "1 2 3 4 5 6 7 8 9 10\n", FC_E_FORMAT, "more than 9 columns"},
    {"a.xyz", "1 2 3 300 5 6\n", FC_E_FORMAT, "colours run"},
    {"a.xyz", "1 2 3 9 9 9 8 8 8\n", FC_E_FORMAT, "two triples"},
    {"a.xyz", "7\n1 2 3\n", FC_E_FORMAT, "counts 7 points; there are 1"},
    {"a.xyz", "once upon\na time\n", FC_E_FORMAT, "line 2: 'a' where a number"},
    {"a.xyz", "x y z\n", FC_E_FORMAT, "no points"},
    {"a.xyz", "1 2 0x10\n", FC_E_FORMAT, "'0x10'"},
    {"a.npy", "\x93NUMPY", FC_E_FORMAT, "not a .npy"},
};

/* In a block of its exact size, so that the sanitizer sees one byte too many. */
static fc_status decode_copy(const void *bytes, size_t n, const char *name,
                             const fc_decode_limits *limits, fc_error *err)
{
    uint8_t *copy = malloc(n > 0 ? n : 1);
    fc_cloud c;
    fc_status st;

    assert_non_null(copy);
    memcpy(copy, bytes, n);
    *err = (fc_error)FC_ERROR_INIT;
    st = fc__decode_cloud(copy, n, name, limits, &c, err);
    if (st != FC_OK) {
        assert_null(c.points);
        assert_true(err->message[0] != '\0' && strchr(err->message, '\n') == NULL);
    }
    fc__cloud_dispose(&c);
    free(copy);
    return st;
}

static void test_cloud_hostile__each_is_refused_with_the_place(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        fc_error err;
        const fc_status st =
            decode_copy(cases[i].text, strlen(cases[i].text), cases[i].name, NULL, &err);

        if (st != cases[i].status || strstr(err.message, cases[i].says) == NULL)
            fail_msg("case %zu '%.40s': %s (%s), wanted %s", i, cases[i].text, err.message,
                     fc_status_string(st), cases[i].says);
    }
}

static void test_cloud_hostile__limits_hold_in_every_format(void **state)
{
    static const char *const files[] = {"bumpy_ascii.ply", "bumpy_little.ply", "bumpy.obj",
                                        "bumpy.off",       "bumpy_binary.stl", "bumpy_ascii.stl"};
    (void)state;
    for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
        /* 258 points and 512 triangles. */
        const fc_decode_limits few = {.max_points = 257}, triangles = {.max_points = 511},
                               enough = {.max_points = 512};
        char *path = NULL;
        fc_error err;
        uint8_t *bytes;
        size_t n;

        assert_true(asprintf(&path, "clouds/formats/%s", files[i]) > 0);
        bytes = golden_read(path, &n);
        assert_status(FC_E_LIMIT, decode_copy(bytes, n, path, &few, &err), &err);
        assert_status(FC_E_LIMIT, decode_copy(bytes, n, path, &triangles, &err), &err);
        assert_status(FC_OK, decode_copy(bytes, n, path, &enough, &err), &err);
        free(bytes);
        free(path);
    }
}

/* Every file cut anywhere, and with bytes changed: no crash, and a message or a cloud. A cut file
 * of a format with counts is refused. */
static void test_cloud_hostile__cut_and_changed_files_do_no_harm(void **state)
{
    fc_rng r = fc__rng_seed(7);
    size_t n_refused = 0;
    glob_t files;

    (void)state;
    golden_glob("clouds/formats/[bhlrcgn]*[!d]", &files);
    for (size_t i = 0; i < files.gl_pathc; i++) {
        const char *path = files.gl_pathv[i];
        size_t n;
        uint8_t *bytes = fc_test_read_file(path, &n);
        const size_t step = n / 60 + 1;
        fc_error err;

        for (size_t cut = 0; cut < n; cut += step) {
            const fc_status st = decode_copy(bytes, cut, path, NULL, &err);

            /* The last byte of text may be the end of the last line. */
            if ((strstr(path, "little.ply") != NULL || strstr(path, "binary.stl") != NULL ||
                 strstr(path, ".npy") != NULL) &&
                st == FC_OK)
                fail_msg("%s cut at %zu of %zu is taken", path, cut, n);
            n_refused += st != FC_OK;
        }
        for (int k = 0; k < 60; k++) {
            const size_t at = (size_t)fc__rng_below(&r, n);
            const uint8_t before = bytes[at];

            bytes[at] = (uint8_t)fc__rng_u64(&r);
            decode_copy(bytes, n, path, NULL, &err);
            bytes[at] = before;
        }
        free(bytes);
    }
    assert_true(n_refused > 500);
    globfree(&files);
}

/* A second where no sanitizer and no neighbour slows it. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SECONDS_MAX 60
#else
#define SECONDS_MAX 5
#endif

static double seconds(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* Eight megabytes of what is slow or large for a careless reader. */
static void test_cloud_hostile__large_nonsense_is_quick(void **state)
{
    static const struct {
        const char *name, *head, *unit;
    } floods[] = {
        {"a.obj", "v 0 0 0\n", "f 1 1 1 1 1 1 1 1\n"},
        {"a.obj", "v 0 0 0\n", "\\\n"},
        {"a.obj", "v 0 0 0\nf ", "1 "},
        {"a.xyz", "", "1.00000000000000000000000000001 2e-300 3.3333333333333333333333\n"},
        {"a.xyz", "", "0"},
        {"a.xyz", "#", "\r"},
        {"a.off", "OFF\n1 1 0\n0 0 0\n999999 ", "0 "},
        {"a.stl", "solid", "\nsolid"},
        {"a.ply", "ply\n", "comment\n"},
        {"a.ply", "ply\nformat ascii 1.0\n", "element a 4000000000\n"},
    };
    struct rusage before, after;

    (void)state;
    getrusage(RUSAGE_SELF, &before);
    for (size_t i = 0; i < sizeof(floods) / sizeof(floods[0]); i++) {
        const size_t size = (size_t)8 << 20, n_head = strlen(floods[i].head);
        const size_t n_unit = strlen(floods[i].unit);
        char *text = malloc(size);
        double begin;
        fc_error err = FC_ERROR_INIT;
        fc_cloud c;

        assert_non_null(text);
        memcpy(text, floods[i].head, n_head);
        for (size_t k = n_head; k < size; k++)
            text[k] = floods[i].unit[(k - n_head) % n_unit];
        begin = seconds();
        fc__decode_cloud((const uint8_t *)text, size, floods[i].name, NULL, &c, &err);
        if (seconds() - begin > SECONDS_MAX)
            fail_msg("flood %zu took %.1f s", i, seconds() - begin);
        fc__cloud_dispose(&c);
        free(text);
    }
    getrusage(RUSAGE_SELF, &after);
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
    assert_true(after.ru_maxrss - before.ru_maxrss < 256 * 1024);
#endif
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_cloud_hostile__each_is_refused_with_the_place),
        cmocka_unit_test(test_cloud_hostile__limits_hold_in_every_format),
        cmocka_unit_test(test_cloud_hostile__cut_and_changed_files_do_no_harm),
        cmocka_unit_test(test_cloud_hostile__large_nonsense_is_quick),
    };

    return cmocka_run_group_tests_name("cloud_hostile", tests, NULL, NULL);
}
