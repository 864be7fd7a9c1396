/*
 * .npy headers, read and written. The dictionary is searched by its keys, within its length, not
 * evaluated.
 */
#include "fc_npy_header.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fc_alloc.h"
#include "fc_bytes.h"

#define DESCR_SHOWN 24 /* characters of a dtype in a message */

static const uint8_t magic[8] = {0x93, 'N', 'U', 'M', 'P', 'Y', 1, 0};

/* The text after "'key':" with blanks skipped; NULL when the key is not there. */
static const char *value_of(const char *header, const char *key)
{
    const char *at = strstr(header, key);

    if (at == NULL)
        return NULL;
    at += strlen(key);
    return at + strspn(at, " ");
}

/* "(3, 4)" or "(5,)" to a shape. */
static bool parse_shape(const char *at, fc_npy_header *out)
{
    if (at == NULL || *at++ != '(')
        return false;
    out->rank = 0;
    while (*(at += strspn(at, " ")) != ')') {
        char *end;
        unsigned long long n;

        if (out->rank == FC_MAX_RANK || *at < '0' || *at > '9')
            return false;
        n = strtoull(at, &end, 10);
        if (n > UINT32_MAX)
            return false;
        out->shape[out->rank++] = n;
        at = end + strspn(end, " ");
        if (*at == ',')
            at++;
        else if (*at != ')')
            return false;
    }
    return true;
}

/* "'<f4'", "'|u1'" and so on. */
static bool parse_descr(const char *at, fc_npy_header *out)
{
    if (at == NULL || at[0] != '\'' || at[1] == '\0' || strchr("<|", at[1]) == NULL ||
        at[2] == '\0' || strchr("fuib", at[2]) == NULL || at[3] < '1' || at[3] > '8' ||
        at[4] != '\'')
        return false;
    out->kind = at[2];
    out->width = (uint32_t)(at[3] - '0');
    switch (out->kind) {
    case 'f':
        return out->width == 2 || out->width == 4 || out->width == 8;
    case 'b':
        return out->width == 1;
    default:
        return out->width == 1 || out->width == 2 || out->width == 4 || out->width == 8;
    }
}

static fc_status count(const char *name, fc_npy_header *out, fc_error *err)
{
    out->n_elements = 1;
    for (uint32_t i = 0; i < out->rank; i++)
        if (__builtin_mul_overflow(out->n_elements, out->shape[i], &out->n_elements))
            return fc_error_set(err, FC_E_FORMAT, "%s: the shape has more elements than can be",
                                name);
    if (__builtin_mul_overflow(out->n_elements, (uint64_t)out->width, &out->n_bytes))
        return fc_error_set(err, FC_E_FORMAT, "%s: the shape has more elements than can be", name);
    return FC_OK;
}

/* What is wrong with a dtype, from "'>f4', ..." or "[('x', '<f4'), ..." on. */
static fc_status refuse_descr(const char *at, const char *name, fc_npy_header *out, fc_error *err)
{
    size_t n = at != NULL ? strcspn(at, ",}") : 0; /* up to the next key */

    if (n == 0)
        return fc_error_set(err, FC_E_FORMAT, "%s: the header has no dtype", name);
    n = n < DESCR_SHOWN ? n : DESCR_SHOWN;
    if (at[0] == '\'' && at[1] == '>' && at[2] != '\0' && strchr("fui", at[2]) != NULL) {
        out->flaw = FC_NPY_BIG_ENDIAN;
        return fc_error_set(err, FC_E_FORMAT,
                            "%s: big-endian numbers, dtype %.*s; save them as little-endian", name,
                            (int)n, at);
    }
    out->flaw = FC_NPY_NO_NUMBERS;
    return fc_error_set(err, FC_E_FORMAT, "%s: dtype %.*s; plain little-endian numbers are wanted",
                        name, (int)n, at);
}

static fc_status parse(const char *text, const char *name, fc_npy_header *out, fc_error *err)
{
    const char *descr = value_of(text, "'descr':");
    const char *order = value_of(text, "'fortran_order':");

    if (!parse_descr(descr, out))
        return refuse_descr(descr, name, out, err);
    if (order != NULL && strncmp(order, "True", 4) == 0) {
        out->flaw = FC_NPY_FORTRAN;
        return fc_error_set(err, FC_E_FORMAT, "%s: Fortran order; save it with order='C'", name);
    }
    if (order == NULL || strncmp(order, "False", 5) != 0)
        return fc_error_set(err, FC_E_FORMAT, "%s: the header does not say whether Fortran order",
                            name);
    if (!parse_shape(value_of(text, "'shape':"), out))
        return fc_error_set(err, FC_E_FORMAT,
                            "%s: the shape cannot be read; at most %d axes, each below 2^32, are",
                            name, FC_MAX_RANK);
    return count(name, out, err);
}

fc_status fc__npy_header_read(const uint8_t *bytes, size_t n, const char *name, fc_npy_header *out,
                              fc_error *err)
{
    size_t length, start;
    char *text;
    fc_status st;

    memset(out, 0, sizeof(*out));
    out->flaw = FC_NPY_BROKEN; /* until it is known better */
    if (n < 12 || memcmp(bytes, magic, 6) != 0)
        return fc_error_set(err, FC_E_FORMAT, "%s: not a .npy file", name);
    if (bytes[6] < 1 || bytes[6] > 3)
        return fc_error_set(err, FC_E_FORMAT, "%s: .npy format %u.%u; 1 to 3 can be read", name,
                            bytes[6], bytes[7]);
    start = bytes[6] == 1 ? 10 : 12;
    length = start == 10 ? fc_get_le16(bytes + 8) : fc_get_le32(bytes + 8);
    if (length > n - start || length > FC_NPY_HEADER_MAX)
        return fc_error_set(err, FC_E_FORMAT, "%s: the header of %zu bytes runs past the end", name,
                            length);
    text = fc__strndup((const char *)bytes + start, length);
    if (text == NULL)
        return fc__nomem(err, length, "a header");
    st = parse(text, name, out, err);
    if (st == FC_OK)
        out->flaw = FC_NPY_SOUND;
    out->data_at = start + length;
    free(text);
    return st;
}

static const char *descr_of(fc_dtype dtype)
{
    switch (dtype) {
    case FC_F32:
        return "<f4";
    case FC_F16:
        return "<f2";
    case FC_U8:
        return "|u1";
    case FC_I8:
        return "|i1";
    case FC_I32:
        return "<i4";
    case FC_I64:
        return "<i8";
    case FC_BF16:
        break; /* NumPy has none */
    }
    return NULL;
}

fc_status fc__npy_header_write_as(char kind, uint32_t width, uint32_t rank, const uint64_t *shape,
                                  uint8_t out[FC_NPY_HEADER_BYTES], fc_error *err)
{
    char *text = (char *)out + 10;
    const size_t room = FC_NPY_HEADER_BYTES - 10;
    size_t used;

    used = (size_t)snprintf(text, room, "{'descr': '%c%c%u', 'fortran_order': False, 'shape': (",
                            width == 1 ? '|' : '<', kind, (unsigned)width);
    for (uint32_t i = 0; i < rank && used < room; i++)
        used += (size_t)snprintf(text + used, room - used, "%llu%s", (unsigned long long)shape[i],
                                 rank == 1 ? "," : (i + 1 < rank ? ", " : ""));
    if (used < room)
        used += (size_t)snprintf(text + used, room - used, "), }");
    if (used >= room)
        return fc_error_set(err, FC_E_LIMIT, "npy: the header is over %zu bytes", room);
    memset(text + used, ' ', room - used);
    text[room - 1] = '\n';
    memcpy(out, magic, sizeof(magic));
    fc_put_le16(out + 8, (uint16_t)room);
    return FC_OK;
}

fc_status fc__npy_header_write(fc_dtype dtype, uint32_t rank, const uint64_t *shape,
                               uint8_t out[FC_NPY_HEADER_BYTES], fc_error *err)
{
    const char *descr = descr_of(dtype);

    if (descr == NULL)
        return fc_error_set(err, FC_E_INVALID, "npy: there is no dtype for %s",
                            fc_dtype_name(dtype));
    return fc__npy_header_write_as(descr[1], (uint32_t)(descr[2] - '0'), rank, shape, out, err);
}
