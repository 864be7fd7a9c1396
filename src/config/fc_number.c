/*
 * Numbers as cards write them: strict grammar in, canonical text out.
 */
#include "fc_number.h"

#include <errno.h>
#include <locale.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* Past "0" or "[1-9][0-9]*", or NULL. */
static const char *skip_whole(const char *s)
{
    if (!is_digit(*s))
        return NULL;
    if (*s == '0')
        return s + 1;
    while (is_digit(*s))
        s++;
    return s;
}

bool fc__number_parse_int(const char *s, int64_t *out)
{
    const char *end = skip_whole(*s == '-' ? s + 1 : s);
    long long v;

    if (end == NULL || *end != '\0' || strcmp(s, "-0") == 0)
        return false;
    errno = 0;
    v = strtoll(s, NULL, 10);
    if (errno != 0)
        return false;
    *out = v;
    return true;
}

/* JSON's grammar of a number: what strtod takes beyond it (hexadecimal, "inf", blanks) is out. */
static bool is_json_number(const char *s)
{
    s = skip_whole(*s == '-' ? s + 1 : s);
    if (s == NULL)
        return false;
    if (*s == '.') {
        s++;
        if (!is_digit(*s))
            return false;
        while (is_digit(*s))
            s++;
    }
    if (*s == 'e' || *s == 'E') {
        s++;
        if (*s == '+' || *s == '-')
            s++;
        if (!is_digit(*s))
            return false;
        while (is_digit(*s))
            s++;
    }
    return *s == '\0';
}

/* strtod in the C locale: a program that runs with a decimal comma must read the same card. */
static bool parse_in_c_locale(const char *s, double *out)
{
    locale_t c = newlocale(LC_ALL_MASK, "C", (locale_t)0);
    char *end = NULL;

    if (c == (locale_t)0)
        return false;
    *out = strtod_l(s, &end, c);
    freelocale(c);
    return end != s && *end == '\0' && isfinite(*out);
}

bool fc__number_parse_double(const char *s, double *out)
{
    double v;

    if (!is_json_number(s) || !parse_in_c_locale(s, &v))
        return false;
    *out = v == 0.0 ? 0.0 : v;
    return true;
}

bool fc__number_guess_int(const char *s, int64_t *out)
{
    double v;

    if (!parse_in_c_locale(s, &v) || v != floor(v) || fabs(v) >= 9007199254740992.0)
        return false;
    *out = (int64_t)v;
    return true;
}

void fc__number_format(double v, char out[FC_NUMBER_TEXT_BYTES])
{
    locale_t c = newlocale(LC_ALL_MASK, "C", (locale_t)0);
    locale_t before = c == (locale_t)0 ? (locale_t)0 : uselocale(c);

    if (v == 0.0)
        v = 0.0; /* drops the sign */
    /* 17 significant digits always read back; most numbers need far fewer. */
    for (int digits = 1; digits <= 17; digits++) {
        snprintf(out, FC_NUMBER_TEXT_BYTES, "%.*g", digits, v);
        if (strtod(out, NULL) == v)
            break;
    }
    if (c != (locale_t)0) {
        uselocale(before);
        freelocale(c);
    }
}
