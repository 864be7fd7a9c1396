/* Numbers and sizes on the command line, strictly: what is not all number is none. */
#include <ctype.h>
#include <string.h>

#include "cli_args.h"

/* Digits from @text on; @return what follows them, NULL for none or too large a number. */
static const char *digits(const char *text, uint64_t *out)
{
    uint64_t value = 0;
    const char *p = text;

    for (; isdigit((unsigned char)*p); p++)
        if (__builtin_mul_overflow(value, UINT64_C(10), &value) ||
            __builtin_add_overflow(value, (uint64_t)(*p - '0'), &value))
            return NULL;
    *out = value;
    return p == text ? NULL : p;
}

bool cli_parse_number(const char *text, uint64_t *out)
{
    const char *rest = digits(text, out);

    return rest != NULL && *rest == '\0';
}

bool cli_parse_size(const char *text, uint64_t *out)
{
    static const char units[] = "KMGT";
    uint64_t value = 0;
    const char *rest = digits(text, &value);
    const char *unit;

    if (rest == NULL)
        return false;
    if (*rest != '\0') {
        unit = strchr(units, toupper((unsigned char)*rest));
        if (unit == NULL || (rest[1] != '\0' && strcmp(rest + 1, "iB") != 0))
            return false;
        if (__builtin_mul_overflow(value, UINT64_C(1) << (10 * (unit - units + 1)), &value))
            return false;
    }
    *out = value;
    return true;
}

bool cli_parse_seconds(const char *text, double *out)
{
    uint64_t whole, part;
    const char *rest = digits(text, &whole);
    double scale = 1;

    if (rest == NULL)
        return false;
    *out = (double)whole;
    if (*rest == '\0')
        return true;
    text = rest + 1;
    rest = *rest == '.' ? digits(text, &part) : NULL;
    if (rest == NULL || *rest != '\0')
        return false;
    for (; text < rest; text++)
        scale *= 10;
    *out += (double)part / scale;
    return true;
}

bool cli_parse_real(const char *text, double *out)
{
    const bool below = text[0] == '-';

    if (!cli_parse_seconds(text + (below || text[0] == '+'), out))
        return false;
    *out = below ? -*out : *out;
    return true;
}
