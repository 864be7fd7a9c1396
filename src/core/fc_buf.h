/*
 * A growing byte buffer, and a reader over borrowed bytes that never runs past the end.
 */
#ifndef FC_BUF_H
#define FC_BUF_H

#include <featcache/types.h>

typedef struct fc_buf {
    uint8_t *data;
    size_t size;
    size_t capacity;
} fc_buf;

#define FC_BUF_INIT \
    {               \
        NULL, 0, 0  \
    }

/* Make room for `extra` more bytes. */
fc_status fc_buf_reserve(fc_buf *b, size_t extra, fc_error *err);
fc_status fc_buf_append(fc_buf *b, const void *bytes, size_t n, fc_error *err);
fc_status fc_buf_append_u8(fc_buf *b, uint8_t v, fc_error *err);
fc_status fc_buf_append_u16(fc_buf *b, uint16_t v, fc_error *err); /* little-endian, as all */
fc_status fc_buf_append_u32(fc_buf *b, uint32_t v, fc_error *err);
fc_status fc_buf_append_u64(fc_buf *b, uint64_t v, fc_error *err);
fc_status fc_buf_append_f64(fc_buf *b, double v, fc_error *err);
/* Unsigned LEB128, at most 10 bytes. */
fc_status fc_buf_append_varint(fc_buf *b, uint64_t v, fc_error *err);
/* Varint length, then the bytes. */
fc_status fc_buf_append_bytes(fc_buf *b, const void *bytes, size_t n, fc_error *err);
/* As fc_buf_append_bytes; NULL is written as "". */
fc_status fc_buf_append_str(fc_buf *b, const char *s, fc_error *err);
fc_status fc_buf_append_fmt(fc_buf *b, fc_error *err, const char *fmt, ...) FC_PRINTF(3, 4);
/* Text without a length in front; keeps a NUL after the end that is not counted. */
fc_status fc_buf_append_text(fc_buf *b, const char *s, fc_error *err);
/* Forget the content, keep the memory. */
void fc_buf_clear(fc_buf *b);
void fc_buf_dispose(fc_buf *b);

/* A cursor over borrowed bytes. A read past the end sets `failed`, returns 0 or NULL, and every
 * later read does the same: check once, at the end. */
typedef struct fc_reader {
    const uint8_t *at;
    const uint8_t *end;
    bool failed;
} fc_reader;

fc_reader fc_reader_over(const void *bytes, size_t n);
size_t fc_reader_left(const fc_reader *r);
uint8_t fc_read_u8(fc_reader *r);
uint16_t fc_read_u16(fc_reader *r);
uint32_t fc_read_u32(fc_reader *r);
uint64_t fc_read_u64(fc_reader *r);
double fc_read_f64(fc_reader *r);
uint64_t fc_read_varint(fc_reader *r); /* overlong (> 10 bytes or > 64 bits) fails */
/* n bytes in place, valid as long as what the reader is over. */
const uint8_t *fc_read_span(fc_reader *r, size_t n);
/* Varint length and that many bytes in place. */
const uint8_t *fc_read_bytes(fc_reader *r, size_t *n);
/* A copy of a length-prefixed string. An embedded NUL fails. NULL when failed or out of memory
 * (both set `failed`). The caller frees it. */
char *fc_read_str(fc_reader *r);

#endif /* FC_BUF_H */
