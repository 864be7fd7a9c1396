/*
 * Finding featcache-svg. FC_SVG_HELPER_* are paths that the build knows (src/CMakeLists.txt).
 */
#include "fc_svg_helper.h"

#include <dlfcn.h>
#include <limits.h>
#include <string.h>
#include <unistd.h>

/* `base` up to and with its last '/', and `name` behind it. Only whole paths: one that starts in
 * the working folder could be anybody's. */
static fc_status beside(fc_buf *out, const char *base, size_t n, const char *name, bool *found,
                        fc_error *err)
{
    fc_status st;

    *found = false;
    if (n == 0 || base[0] != '/')
        return FC_OK;
    while (base[n - 1] != '/')
        n--;
    fc_buf_clear(out);
    st = fc_buf_append(out, base, n, err);
    if (st == FC_OK)
        st = fc_buf_append(out, name, strlen(name) + 1, err);
    if (st == FC_OK)
        *found = access((const char *)out->data, X_OK) == 0;
    return st;
}

static fc_status find_by_program(fc_buf *out, bool *found, fc_error *err)
{
    char program[PATH_MAX];
    const ssize_t n = readlink("/proc/self/exe", program, sizeof(program));
    fc_status st;

    *found = false;
    if (n <= 0 || (size_t)n >= sizeof(program))
        return FC_OK;
    st = beside(out, program, (size_t)n, "featcache-svg", found, err);
    if (st == FC_OK && !*found)
        st = beside(out, program, (size_t)n, FC_SVG_HELPER_FROM_BIN, found, err);
    return st;
}

static fc_status find_by_library(fc_buf *out, bool *found, fc_error *err)
{
    static const char here = 0; /* an address within this library */
    Dl_info info;

    *found = false;
    if (dladdr(&here, &info) == 0 || info.dli_fname == NULL)
        return FC_OK;
    return beside(out, info.dli_fname, strlen(info.dli_fname), FC_SVG_HELPER_FROM_LIB, found, err);
}

fc_status fc__svg_helper_find(const char *given, fc_buf *out, fc_error *err)
{
    const char *last = given != NULL ? given : FC_SVG_HELPER_INSTALLED;
    bool found = false;
    fc_status st = FC_OK;

    if (given == NULL)
        st = find_by_program(out, &found, err);
    if (given == NULL && st == FC_OK && !found)
        st = find_by_library(out, &found, err);
    if (st != FC_OK || found)
        return st;
    fc_buf_clear(out);
    st = fc_buf_append(out, last, strlen(last) + 1, err);
    if (st != FC_OK || access(last, X_OK) == 0)
        return st;
    if (given != NULL)
        return fc_error_set(err, FC_E_UNSUPPORTED,
                            "SVG images are drawn by the program featcache-svg, and %s is none",
                            given);
    return fc_error_set(
        err, FC_E_UNSUPPORTED,
        "SVG images are drawn by the program featcache-svg, which is missing: it is "
        "neither beside this program nor installed as %s (it is built where "
        "librsvg2-dev is installed); then ingest with --retry-failed",
        FC_SVG_HELPER_INSTALLED);
}
