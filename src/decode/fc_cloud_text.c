/*
 * The cursor over text that OBJ, OFF, XYZ, ascii PLY and ascii STL are read with, and its numbers.
 *
 * Most numbers have at most 19 digits and a small exponent: their digits fit in 2^53 and the power
 * of ten is exact, so that one multiplication or division rounds correctly (Clinger 1990). All
 * others go through strtod in the C locale.
 */
#include <locale.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "fc_cloud_internal.h"
#include "fc_text.h"

#define LONGEST_NUMBER 400 /* characters; "%.17g" needs 24, an exact double in %f 310 */
#define EXACT_DIGITS   19  /* fit in 64 bits */
#define EXACT_POWER    22  /* 10^22 is the largest exact power in a double */

static const double powers[EXACT_POWER + 1] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                               1e8,  1e9,  1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
                                               1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\v' || c == '\f';
}

static bool is_line_end(char c)
{
    return c == '\n' || c == '\r';
}

/* What the grammar of a number spans. */
typedef struct number_scan {
    uint64_t digits; /* the first EXACT_DIGITS significant ones */
    int n_digits;    /* of them */
    int64_t power;   /* of ten */
    bool negative, exact;
} number_scan;

static const char *scan_digits(const char *s, const char *end, number_scan *x, bool fraction,
                               bool *any)
{
    for (; s < end && is_digit(*s); s++) {
        *any = true;
        if (x->n_digits < EXACT_DIGITS) {
            x->digits = x->digits * 10 + (uint64_t)(*s - '0');
            x->n_digits += x->digits != 0;
            x->power -= fraction;
        } else {
            x->exact = x->exact && *s == '0';
            x->power += !fraction;
        }
    }
    return s;
}

/* Past "e+12", or `s` when there is no whole exponent. */
static const char *scan_exponent(const char *s, const char *end, number_scan *x)
{
    const char *p = s + 1;
    bool negative = false;
    int64_t e = 0;

    if (p < end && (*p == '+' || *p == '-'))
        negative = *p++ == '-';
    if (p == end || !is_digit(*p))
        return s;
    for (; p < end && is_digit(*p); p++)
        if (e < 100000)
            e = e * 10 + (*p - '0');
    x->power += negative ? -e : e;
    return p;
}

/* strtod with a point for the decimal point. The text is copied, for strtod wants an end. */
static size_t parse_slowly(const char *s, size_t n, double *out)
{
    locale_t c = newlocale(LC_ALL_MASK, "C", (locale_t)0);
    char copy[LONGEST_NUMBER + 1], *stop = copy;

    if (c == (locale_t)0)
        return 0;
    memcpy(copy, s, n);
    copy[n] = '\0';
    *out = strtod_l(copy, &stop, c);
    freelocale(c);
    return (size_t)(stop - copy);
}

/* "nan", "inf", "infinity", "-nan(ind)": what a writer made of a number that is none. */
static size_t parse_word(const char *s, size_t n, double *out)
{
    const size_t sign = n > 0 && (*s == '-' || *s == '+');

    if (n - sign < 3 ||
        (strncasecmp(s + sign, "nan", 3) != 0 && strncasecmp(s + sign, "inf", 3) != 0))
        return 0;
    return parse_slowly(s, n < LONGEST_NUMBER ? n : LONGEST_NUMBER, out);
}

size_t fc__cloud_parse_double(const char *s, size_t n, double *out)
{
    number_scan x = {.exact = true};
    const char *end = s + n, *p = s;
    bool any = false;
    double v;

    if (p < end && (*p == '-' || *p == '+'))
        x.negative = *p++ == '-';
    p = scan_digits(p, end, &x, false, &any);
    if (p < end && *p == '.')
        p = scan_digits(p + 1, end, &x, true, &any);
    if (!any)
        return parse_word(s, n, out);
    if (p < end && (*p == 'e' || *p == 'E'))
        p = scan_exponent(p, end, &x);
    if (!x.exact || x.digits > UINT64_C(1) << 53 || x.power < -EXACT_POWER ||
        x.power > EXACT_POWER) {
        if (x.digits != 0)
            return p - s > LONGEST_NUMBER ? 0 : parse_slowly(s, (size_t)(p - s), out);
        x.power = 0;
    }
    v = (double)x.digits;
    v = x.power < 0 ? v / powers[-x.power] : v * powers[x.power];
    *out = x.negative ? -v : v;
    return (size_t)(p - s);
}

fc_cloud_text fc__cloud_text_over(const uint8_t *bytes, size_t n)
{
    const char *at = (const char *)bytes;
    const size_t mark = n >= 3 && memcmp(bytes, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;

    return (fc_cloud_text){at + mark, at + n, 1};
}

bool fc__cloud_skip_blanks(fc_cloud_text *t)
{
    while (t->at < t->end && is_blank(*t->at))
        t->at++;
    return t->at < t->end && !is_line_end(*t->at);
}

bool fc__cloud_next_line(fc_cloud_text *t)
{
    while (t->at < t->end && !is_line_end(*t->at))
        t->at++;
    if (t->at == t->end)
        return false;
    t->at += *t->at == '\r' && t->end - t->at > 1 && t->at[1] == '\n' ? 2 : 1;
    t->line++;
    return true;
}

bool fc__cloud_skip_space(fc_cloud_text *t, char comment)
{
    while (!fc__cloud_skip_blanks(t) || (comment != '\0' && *t->at == comment))
        if (!fc__cloud_next_line(t))
            return false;
    return true;
}

size_t fc__cloud_word(const fc_cloud_text *t)
{
    const char *p = t->at;

    while (p < t->end && !is_blank(*p) && !is_line_end(*p))
        p++;
    return (size_t)(p - t->at);
}

bool fc__cloud_word_is(const fc_cloud_text *t, size_t n, const char *word)
{
    return n == strlen(word) && strncasecmp(t->at, word, n) == 0;
}

bool fc__cloud_number(fc_cloud_text *t, double *out)
{
    const size_t left = (size_t)(t->end - t->at), n = fc__cloud_parse_double(t->at, left, out);

    /* "1.5abc" and "1.5-2" are no numbers, whatever they begin with. */
    if (n == 0 || (n < left && strchr(" \t\v\f\r\n,;#", t->at[n]) == NULL))
        return false;
    t->at += n;
    return true;
}

bool fc__cloud_integer(fc_cloud_text *t, int64_t *out)
{
    const char *p = t->at;
    const bool negative = p < t->end && *p == '-';
    int64_t v = 0;

    if (p < t->end && (*p == '-' || *p == '+'))
        p++;
    if (p == t->end || !is_digit(*p))
        return false;
    for (; p < t->end && is_digit(*p); p++)
        if (__builtin_mul_overflow(v, 10, &v) || __builtin_add_overflow(v, *p - '0', &v))
            return false;
    *out = negative ? -v : v;
    t->at = p;
    return true;
}

fc_status fc__cloud_bad_word(const fc_cloud_text *t, const char *format, const char *wanted,
                             fc_error *err)
{
    const size_t n = fc__cloud_word(t), shown = n < 24 ? n : 24;
    fc_buf word = FC_BUF_INIT;

    if (t->at == t->end)
        return fc_error_set(err, FC_E_FORMAT, "%s line %zu: the file ends where %s was wanted",
                            format, t->line, wanted);
    if (n == 0)
        return fc_error_set(err, FC_E_FORMAT, "%s line %zu: the line ends where %s was wanted",
                            format, t->line, wanted);
    if (fc__escape_terminal(&word, t->at, shown, NULL) == FC_OK)
        fc_error_set(err, FC_E_FORMAT, "%s line %zu: '%.*s%s' where %s was wanted", format, t->line,
                     (int)word.size, (const char *)word.data, shown < n ? "..." : "", wanted);
    else
        fc_error_set(err, FC_E_FORMAT, "%s line %zu: no %s", format, t->line, wanted);
    fc_buf_dispose(&word);
    return FC_E_FORMAT;
}

fc_status fc__cloud_numbers(fc_cloud_text *t, double *out, size_t n, const char *format,
                            fc_error *err)
{
    for (size_t i = 0; i < n; i++)
        if (!fc__cloud_skip_blanks(t) || !fc__cloud_number(t, &out[i]))
            return fc__cloud_bad_word(t, format, "a number", err);
    return FC_OK;
}
