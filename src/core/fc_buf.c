/*
 * The growing byte buffer. Layout: little-endian fields, LEB128 varints, length-prefixed bytes.
 */
#include "fc_buf.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fc_alloc.h"
#include "fc_bytes.h"

#define FIRST_BYTES 64
#define VARINT_MAX  10

fc_status fc_buf_reserve(fc_buf *b, size_t extra, fc_error *err)
{
    size_t need, wanted = b->capacity > 0 ? b->capacity : FIRST_BYTES;
    uint8_t *grown;

    if (!fc__add(b->size, extra, &need))
        return fc_error_set(err, FC_E_NOMEM, "a buffer of %zu bytes cannot grow by %zu", b->size,
                            extra);
    if (need <= b->capacity && b->data != NULL)
        return FC_OK;
    while (wanted < need)
        if (!fc__mul(wanted, 2, &wanted))
            wanted = need;
    grown = realloc(b->data, wanted);
    if (grown == NULL && wanted > need && need > 0) { /* doubling may be too much; `need` is not */
        wanted = need;
        grown = realloc(b->data, wanted);
    }
    if (grown == NULL)
        return fc__nomem(err, need, "a buffer");
    b->data = grown;
    b->capacity = wanted;
    return FC_OK;
}

fc_status fc_buf_append(fc_buf *b, const void *bytes, size_t n, fc_error *err)
{
    fc_status st;

    if (n == 0)
        return FC_OK;
    st = fc_buf_reserve(b, n, err);
    if (st != FC_OK)
        return st;
    memcpy(b->data + b->size, bytes, n);
    b->size += n;
    return FC_OK;
}

fc_status fc_buf_append_u8(fc_buf *b, uint8_t v, fc_error *err)
{
    return fc_buf_append(b, &v, sizeof(v), err);
}

fc_status fc_buf_append_u16(fc_buf *b, uint16_t v, fc_error *err)
{
    uint8_t field[sizeof(v)];

    fc_put_le16(field, v);
    return fc_buf_append(b, field, sizeof(field), err);
}

fc_status fc_buf_append_u32(fc_buf *b, uint32_t v, fc_error *err)
{
    uint8_t field[sizeof(v)];

    fc_put_le32(field, v);
    return fc_buf_append(b, field, sizeof(field), err);
}

fc_status fc_buf_append_u64(fc_buf *b, uint64_t v, fc_error *err)
{
    uint8_t field[sizeof(v)];

    fc_put_le64(field, v);
    return fc_buf_append(b, field, sizeof(field), err);
}

fc_status fc_buf_append_f64(fc_buf *b, double v, fc_error *err)
{
    uint8_t field[8];

    fc_put_le_f64(field, v);
    return fc_buf_append(b, field, sizeof(field), err);
}

fc_status fc_buf_append_varint(fc_buf *b, uint64_t v, fc_error *err)
{
    uint8_t field[VARINT_MAX];
    size_t n = 0;

    while (v >= 0x80) {
        field[n++] = (uint8_t)(v | 0x80);
        v >>= 7;
    }
    field[n++] = (uint8_t)v;
    return fc_buf_append(b, field, n, err);
}

fc_status fc_buf_append_bytes(fc_buf *b, const void *bytes, size_t n, fc_error *err)
{
    size_t extra;
    fc_status st;

    /* Room for both first, so that a failure leaves no length without its bytes. */
    if (!fc__add(n, VARINT_MAX, &extra))
        return fc__nomem(err, n, "a buffer");
    st = fc_buf_reserve(b, extra, err);
    if (st == FC_OK)
        st = fc_buf_append_varint(b, n, err);
    if (st == FC_OK)
        st = fc_buf_append(b, bytes, n, err);
    return st;
}

fc_status fc_buf_append_str(fc_buf *b, const char *s, fc_error *err)
{
    return fc_buf_append_bytes(b, s, s != NULL ? strlen(s) : 0, err);
}

fc_status fc_buf_append_fmt(fc_buf *b, fc_error *err, const char *fmt, ...)
{
    va_list args;
    fc_status st;
    int n;

    va_start(args, fmt);
    n = vsnprintf(NULL, 0, fmt, args);
    va_end(args);
    if (n < 0)
        return fc_error_set(err, FC_E_INVALID, "the format '%s' cannot be printed", fmt);
    st = fc_buf_reserve(b, (size_t)n + 1, err);
    if (st != FC_OK)
        return st;
    va_start(args, fmt);
    vsnprintf((char *)b->data + b->size, (size_t)n + 1, fmt, args);
    va_end(args);
    b->size += (size_t)n;
    return FC_OK;
}

fc_status fc_buf_append_text(fc_buf *b, const char *s, fc_error *err)
{
    const size_t n = strlen(s);
    const fc_status st = fc_buf_reserve(b, n + 1, err);

    if (st != FC_OK)
        return st;
    memcpy(b->data + b->size, s, n + 1);
    b->size += n;
    return FC_OK;
}

void fc_buf_clear(fc_buf *b)
{
    b->size = 0;
}

void fc_buf_dispose(fc_buf *b)
{
    if (b == NULL)
        return;
    free(b->data);
    *b = (fc_buf)FC_BUF_INIT;
}
