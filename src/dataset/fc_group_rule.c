/*
 * Which group a sample belongs to: by a pattern on its id, else the id without its extension.
 */
#include <stdlib.h>
#include <string.h>

#include "fc_dataset_impl.h"
#include "fc_text.h"

fc_status fc__group_rule_init(fc_group_rule *g, const char *pattern, fc_error *err)
{
    char why[128];
    int rc;

    g->has_pattern = false;
    if (pattern == NULL)
        return FC_OK;
    rc = regcomp(&g->pattern, pattern, REG_EXTENDED);
    if (rc != 0) {
        regerror(rc, &g->pattern, why, sizeof(why));
        return fc_error_set(err, rc == REG_ESPACE ? FC_E_NOMEM : FC_E_INVALID,
                            "group pattern '%.200s': %s; wanted a POSIX extended regular "
                            "expression, such as '^(.*)_[a-z]+\\.'",
                            pattern, why);
    }
    g->has_pattern = true;
    return FC_OK;
}

/* Up to the last dot of the last component; a name that only begins with a dot has no extension. */
static size_t without_extension(const char *path, size_t n)
{
    for (size_t i = n; i-- > 0;) {
        if (path[i] == '/')
            return n;
        if (path[i] == '.')
            return i == 0 || path[i - 1] == '/' ? n : i;
    }
    return n;
}

/* The first group of the pattern, or the whole match. Nothing, and half a character (patterns work
 * on bytes), are no match. */
static bool match(const fc_group_rule *g, const char *id, const char **at, size_t *n)
{
    regmatch_t m[2] = {{-1, -1}, {-1, -1}};
    const size_t k = g->pattern.re_nsub > 0 ? 1 : 0;

    if (regexec(&g->pattern, id, 2, m, 0) != 0 || m[k].rm_so < 0 || m[k].rm_eo <= m[k].rm_so)
        return false;
    *at = id + m[k].rm_so;
    *n = (size_t)(m[k].rm_eo - m[k].rm_so);
    return fc__utf8_valid_prefix(*at, *n) == *n;
}

fc_status fc__group_rule_apply(const fc_group_rule *g, const char *id, size_t path_n, fc_buf *out,
                               fc_error *err)
{
    const char *at = id;
    size_t n;
    fc_status st;

    fc_buf_clear(out);
    if (g->has_pattern && match(g, id, &at, &n)) {
        st = fc_buf_append(out, at, n, err);
    } else {
        st = fc_buf_append(out, id, without_extension(id, path_n), err);
        if (st == FC_OK)
            st = fc_buf_append(out, id + path_n, strlen(id + path_n), err);
    }
    return st == FC_OK ? fc_buf_append_u8(out, 0, err) : st;
}

void fc__group_rule_dispose(fc_group_rule *g)
{
    if (g->has_pattern)
        regfree(&g->pattern);
    g->has_pattern = false;
}
