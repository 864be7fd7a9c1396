/*
 * The reader over borrowed bytes: every length is checked before a byte is touched, and the first
 * failure sticks.
 */
#include <string.h>

#include "fc_alloc.h"
#include "fc_buf.h"
#include "fc_bytes.h"

fc_reader fc_reader_over(const void *bytes, size_t n)
{
    static const uint8_t nothing[1] = {0};
    fc_reader r = {.at = bytes, .end = NULL, .failed = false};

    if (r.at == NULL) /* an empty buffer has no memory; pointer arithmetic wants some */
        r.at = nothing;
    r.end = r.at + (bytes != NULL ? n : 0);
    return r;
}

size_t fc_reader_left(const fc_reader *r)
{
    return r->failed ? 0 : (size_t)(r->end - r->at);
}

const uint8_t *fc_read_span(fc_reader *r, size_t n)
{
    const uint8_t *span = r->at;

    if (r->failed || n > (size_t)(r->end - r->at)) {
        r->failed = true;
        return NULL;
    }
    r->at += n;
    return span;
}

uint8_t fc_read_u8(fc_reader *r)
{
    const uint8_t *p = fc_read_span(r, 1);

    return p != NULL ? *p : 0;
}

uint16_t fc_read_u16(fc_reader *r)
{
    const uint8_t *p = fc_read_span(r, 2);

    return p != NULL ? fc_get_le16(p) : (uint16_t)0;
}

uint32_t fc_read_u32(fc_reader *r)
{
    const uint8_t *p = fc_read_span(r, 4);

    return p != NULL ? fc_get_le32(p) : 0;
}

uint64_t fc_read_u64(fc_reader *r)
{
    const uint8_t *p = fc_read_span(r, 8);

    return p != NULL ? fc_get_le64(p) : 0;
}

double fc_read_f64(fc_reader *r)
{
    const uint8_t *p = fc_read_span(r, 8);

    return p != NULL ? fc_get_le_f64(p) : 0;
}

uint64_t fc_read_varint(fc_reader *r)
{
    uint64_t v = 0;

    for (unsigned shift = 0; shift < 70; shift += 7) {
        const uint8_t byte = fc_read_u8(r);

        if (r->failed)
            return 0;
        if (shift == 63 && byte > 1) /* bits above 64, or an eleventh byte to come */
            break;
        /* One number, one spelling: a last byte of zero after others adds nothing. */
        if (byte == 0 && shift > 0)
            break;
        v |= (uint64_t)(byte & 0x7f) << shift;
        if (byte < 0x80)
            return v;
    }
    r->failed = true;
    return 0;
}

const uint8_t *fc_read_bytes(fc_reader *r, size_t *n)
{
    const uint64_t len = fc_read_varint(r);
    const uint8_t *span;

    *n = 0;
    if (r->failed || len > fc_reader_left(r)) {
        r->failed = true;
        return NULL;
    }
    span = fc_read_span(r, (size_t)len);
    *n = (size_t)len;
    return span;
}

char *fc_read_str(fc_reader *r)
{
    size_t n;
    const uint8_t *span = fc_read_bytes(r, &n);
    char *copy = NULL;

    if (span != NULL && memchr(span, 0, n) == NULL)
        copy = fc__strndup((const char *)span, n);
    if (copy == NULL)
        r->failed = true;
    return copy;
}
