/*
 * Poolings as words, "mean:skip=1", and back.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fc_pooling.h"

#define QUERIES_MAX 64u
#define SKIP_MAX    1000000u
#define GEM_P_MAX   100.0f

static const struct kind_name {
    const char *name;
    fc_pooling_kind kind;
} kinds[] = {
    {"none", FC_POOLING_NONE},           {"mean", FC_POOLING_MEAN}, {"max", FC_POOLING_MAX},
    {"mean+max", FC_POOLING_MEAN_MAX},   {"cls", FC_POOLING_FIRST}, {"last", FC_POOLING_LAST},
    {"attention", FC_POOLING_ATTENTION}, {"gem", FC_POOLING_GEM},
};

#define N_KINDS (sizeof(kinds) / sizeof(kinds[0]))

static bool parse_kind(fc_pooling *out, const char *text, size_t n)
{
    for (size_t i = 0; i < N_KINDS; i++)
        if (strlen(kinds[i].name) == n && memcmp(kinds[i].name, text, n) == 0) {
            out->kind = kinds[i].kind;
            return true;
        }
    return false;
}

/* Digits that fill `text` up to a colon or the end. */
static bool parse_count(uint32_t *out, const char *text, uint32_t least, uint32_t most)
{
    const size_t n = strspn(text, "0123456789");
    unsigned long v;

    if (n == 0 || n > 9 || (text[n] != '\0' && text[n] != ':'))
        return false;
    v = strtoul(text, NULL, 10);
    *out = (uint32_t)v;
    return v >= least && v <= most;
}

/* A plain decimal number: read by hand, since strtof() follows the locale. */
static bool parse_power(float *out, const char *text)
{
    double v = 0, unit = 1;
    size_t n = strspn(text, "0123456789");

    if (n == 0 || n > 3)
        return false;
    for (size_t i = 0; i < n; i++)
        v = v * 10 + (text[i] - '0');
    text += n;
    if (*text == '.') {
        n = strspn(++text, "0123456789");
        if (n == 0 || n > 9)
            return false;
        for (size_t i = 0; i < n; i++)
            v = v * 10 + (text[i] - '0'), unit *= 10;
        text += n;
    }
    *out = (float)(v / unit);
    return (*text == '\0' || *text == ':') && *out >= 1 && *out <= GEM_P_MAX;
}

/* One "key=value" of a pooling. NULL, or what is wanted instead. */
static const char *parse_option(fc_pooling *out, const char *text)
{
    if (strncmp(text, "skip=", 5) == 0 && out->kind != FC_POOLING_NONE)
        return parse_count(&out->skip_first, text + 5, 0, SKIP_MAX)
                   ? NULL
                   : "skip=N takes 0 to 1000000 rows";
    if (strncmp(text, "skip-last=", 10) == 0 && out->kind != FC_POOLING_NONE)
        return parse_count(&out->skip_last, text + 10, 0, SKIP_MAX)
                   ? NULL
                   : "skip-last=N takes 0 to 1000000 rows";
    if (strncmp(text, "p=", 2) == 0 && out->kind == FC_POOLING_GEM)
        return parse_power(&out->p, text + 2) ? NULL : "p=X takes 1 to 100";
    if (strncmp(text, "queries=", 8) == 0 && out->kind == FC_POOLING_ATTENTION)
        return parse_count(&out->n_queries, text + 8, 1, QUERIES_MAX) ? NULL
                                                                      : "queries=N takes 1 to 64";
    return "there are skip=N, skip-last=N, p=X with gem, and queries=N with attention";
}

fc_status fc__pooling_parse(fc_pooling *out, const char *text, fc_error *err)
{
    size_t n = strcspn(text, ":");

    *out = (fc_pooling){0};
    if (!parse_kind(out, text, n))
        return fc_error_set(err, FC_E_INVALID,
                            "no pooling '%.40s'; there are none, mean, max, mean+max, cls, last, "
                            "gem and attention",
                            text);
    for (const char *at = text + n; *at == ':'; at += strcspn(at, ":")) {
        const char *problem = parse_option(out, ++at);

        if (problem != NULL)
            return fc_error_set(err, FC_E_INVALID, "pooling '%.60s': '%.*s'; %s", text,
                                (int)(strcspn(at, ":") < 40 ? strcspn(at, ":") : 40), at, problem);
    }
    return FC_OK;
}

/* p with as few digits as read back to the same number, and a point in every locale. */
static void print_power(char *out, size_t room, float p)
{
    const double whole = floor((double)p);
    char digits[16];
    float again;

    for (int n = 0; n <= 9; n++) {
        const double scaled = nearbyint(((double)p - whole) * pow(10, n));

        if (n == 0)
            snprintf(digits, sizeof(digits), "%.0f", whole + scaled);
        else
            snprintf(digits, sizeof(digits), "%.0f.%0*.0f", whole, n, scaled);
        if (parse_power(&again, digits) && again == p)
            break;
    }
    snprintf(out, room, ":p=%s", digits);
}

void fc__pooling_name(const fc_pooling *p, char out[64])
{
    size_t used;

    snprintf(out, 64, "?");
    for (size_t i = 0; i < N_KINDS; i++)
        if (kinds[i].kind == p->kind)
            snprintf(out, 64, "%s", kinds[i].name);
    used = strlen(out);
    if (p->kind == FC_POOLING_GEM && p->p != 0)
        print_power(out + used, 64 - used, p->p);
    else if (p->kind == FC_POOLING_ATTENTION && p->n_queries != 0)
        snprintf(out + used, 64 - used, ":queries=%u", (unsigned)p->n_queries);
    used = strlen(out);
    if (p->skip_first != 0)
        used += (size_t)snprintf(out + used, 64 - used, ":skip=%u", (unsigned)p->skip_first);
    if (p->skip_last != 0 && used < 64)
        snprintf(out + used, 64 - used, ":skip-last=%u", (unsigned)p->skip_last);
}

size_t fc__pooling_dim(const fc_pooling *p, size_t dim)
{
    if (p->kind == FC_POOLING_MEAN_MAX)
        return 2 * dim;
    if (p->kind == FC_POOLING_ATTENTION)
        return dim * (p->n_queries != 0 ? p->n_queries : 1);
    return dim;
}
