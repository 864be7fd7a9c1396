/*
 * Point clouds behind one function: which format the bytes are, and what holds for all of them.
 */
#include "fc_cloud.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "fc_cloud_internal.h"

typedef fc_status (*cloud_reader)(const uint8_t *, size_t, fc_cloud_build *, fc_error *);

/* Endings of names, for text that has no signature. */
static const struct {
    const char *ending;
    cloud_reader read;
} by_name[] = {
    {".obj", fc__cloud_read_obj}, {".xyz", fc__cloud_read_xyz},    {".xyzn", fc__cloud_read_xyz},
    {".pts", fc__cloud_read_xyz}, {".xyzrgb", fc__cloud_read_xyz}, {".asc", fc__cloud_read_xyz},
    {".txt", fc__cloud_read_xyz}, {".csv", fc__cloud_read_xyz},    {".ply", fc__cloud_read_ply},
    {".off", fc__cloud_read_off}, {".coff", fc__cloud_read_off},   {".noff", fc__cloud_read_off},
    {".stl", fc__cloud_read_stl}, {".npy", fc__cloud_read_npy},
};

void fc__cloud_dispose(fc_cloud *c)
{
    if (c == NULL)
        return;
    free(c->points);
    free(c->normals);
    free(c->colours);
    free(c->triangles);
    *c = (fc_cloud)FC_CLOUD_INIT;
}

/* "OFF", "COFF", "STCNOFF", "4OFF": the first word, which counts may follow without a blank. */
static bool is_off(fc_cloud_text t)
{
    static const char *const prefixes[] = {"ST", "C", "N", "4", "n"};

    if (!fc__cloud_skip_space(&t, '#'))
        return false;
    for (size_t i = 0; i < sizeof(prefixes) / sizeof(prefixes[0]); i++) {
        const size_t n = strlen(prefixes[i]);

        if ((size_t)(t.end - t.at) > n && memcmp(t.at, prefixes[i], n) == 0)
            t.at += n;
    }
    return t.end - t.at >= 3 && memcmp(t.at, "OFF", 3) == 0;
}

static cloud_reader by_content(const uint8_t *bytes, size_t n)
{
    fc_cloud_text t = fc__cloud_text_over(bytes, n);

    if (n >= 4 && memcmp(bytes, "ply", 3) == 0 && (bytes[3] == '\n' || bytes[3] == '\r'))
        return fc__cloud_read_ply;
    if (n >= 6 && memcmp(bytes, "\x93NUMPY", 6) == 0)
        return fc__cloud_read_npy;
    if (fc__cloud_is_binary_stl(bytes, n))
        return fc__cloud_read_stl;
    if (is_off(t))
        return fc__cloud_read_off;
    if (fc__cloud_skip_space(&t, '\0') && fc__cloud_word_is(&t, fc__cloud_word(&t), "solid"))
        return fc__cloud_read_stl;
    return NULL;
}

static cloud_reader by_ending(const char *name)
{
    const size_t n = name != NULL ? strlen(name) : 0;

    for (size_t i = 0; i < sizeof(by_name) / sizeof(by_name[0]); i++) {
        const size_t k = strlen(by_name[i].ending);

        if (n >= k && strcasecmp(name + n - k, by_name[i].ending) == 0)
            return by_name[i].read;
    }
    return NULL;
}

fc_status fc__decode_cloud(const uint8_t *bytes, size_t n, const char *name,
                           const fc_decode_limits *limits, fc_cloud *out, fc_error *err)
{
    fc_cloud_build b = {.cloud = FC_CLOUD_INIT, .max_points = fc__decode_limits(limits).max_points};
    cloud_reader read;
    fc_status st;

    *out = (fc_cloud)FC_CLOUD_INIT;
    if (n == 0)
        return fc_error_set(err, FC_E_FORMAT, "the file of points is empty");
    if (b.max_points > UINT32_MAX) /* indices have 32 bits */
        b.max_points = UINT32_MAX;
    read = by_content(bytes, n);
    if (read == NULL)
        read = by_ending(name);
    if (read == NULL)
        return fc_error_set(err, FC_E_UNSUPPORTED,
                            "no points that can be read: PLY, OBJ, OFF, STL, XYZ or .npy is "
                            "wanted, and OBJ and XYZ need the ending of their name");
    st = read(bytes, n, &b, err);
    if (st == FC_OK && b.cloud.n_points == 0)
        st = fc_error_set(err, FC_E_FORMAT, "the file holds no points");
    if (st == FC_OK)
        *out = b.cloud;
    else
        fc__cloud_dispose(&b.cloud);
    return st;
}
