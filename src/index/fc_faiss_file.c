/*
 * The container of a FAISS index: a header that ties it to one .vec file, and a hash over what
 * FAISS wrote. FAISS trusts what it reads (a flipped bit crashes it or changes answers), so nothing
 * reaches it before the whole payload has matched. Offsets: schemas/segment.md.
 */
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fc_alloc.h"
#include "fc_bytes.h"
#include "fc_faiss.h"

#define LAYOUT_VERSION 2
#define LAYOUT_OLDEST  1
#define HEADER_BYTES   256 /* of both layouts; in 2 what was measured follows */
#define CHUNK_BYTES    ((size_t)1 << 20)

static const char magic[8] = {'F', 'C', 'F', 'A', 'I', 'S', 'S', '\0'};

enum {
    AT_VERSION = 8,
    AT_HEADER_BYTES = 12,
    AT_SEGMENT = 16, /* the hash that names the .vec file */
    AT_COUNT = 32,
    AT_DIM = 40,
    AT_TIMES = 44,
    AT_PAYLOAD_BYTES = 48,
    AT_PAYLOAD_HASH = 56,
    AT_KIND = 72,
    AT_PARAMETERS = 104,
    AT_SLACK = 136, /* from layout 2 on */
    AT_CRC = HEADER_BYTES - 4,
};

typedef struct box {
    uint64_t payload_bytes;
    fc_u128 payload_hash;
    uint64_t payload_at;
    fc_effort_point effort;
    fc_segment_measure measure;
} box;

static void put_u128(uint8_t *to, fc_u128 v)
{
    fc_put_le64(to, v.low);
    fc_put_le64(to + 8, v.high);
}

static fc_u128 get_u128(const uint8_t *from)
{
    return (fc_u128){fc_get_le64(from), fc_get_le64(from + 8)};
}

static void encode(uint8_t out[HEADER_BYTES], const fc_vec_header *h, const box *b)
{
    memset(out, 0, HEADER_BYTES);
    memcpy(out, magic, sizeof(magic));
    fc_put_le32(out + AT_VERSION, LAYOUT_VERSION);
    fc_put_le32(out + AT_HEADER_BYTES, HEADER_BYTES + FC_MEASURE_BYTES);
    put_u128(out + AT_SEGMENT, h->hash);
    fc_put_le64(out + AT_COUNT, h->count);
    fc_put_le32(out + AT_DIM, h->dim);
    fc_put_le64(out + AT_PAYLOAD_BYTES, b->payload_bytes);
    put_u128(out + AT_PAYLOAD_HASH, b->payload_hash);
    memcpy(out + AT_KIND, h->kind, strnlen(h->kind, 31));
    memcpy(out + AT_PARAMETERS, b->effort.parameters, strnlen(b->effort.parameters, 31));
    fc_put_le32(out + AT_TIMES, b->effort.times);
    fc_put_le_f32(out + AT_SLACK, b->effort.slack);
    fc_put_le32(out + AT_CRC, fc__crc32c(0, out, AT_CRC));
}

static fc_status decode(box *b, const uint8_t *bytes, const fc_vec_header *h, const char *path,
                        fc_error *err)
{
    const uint32_t version = fc_get_le32(bytes + AT_VERSION);
    char kind[32] = "";

    if (memcmp(bytes, magic, sizeof(magic)) != 0 ||
        fc__crc32c(0, bytes, AT_CRC) != fc_get_le32(bytes + AT_CRC))
        return fc_error_set(err, FC_E_CORRUPT, "%s: the header fails its checksum", path);
    if (version < LAYOUT_OLDEST || version > LAYOUT_VERSION)
        return fc_error_set(err, FC_E_VERSION,
                            "%s: layout version %u; this featcache reads %u to %u", path, version,
                            LAYOUT_OLDEST, LAYOUT_VERSION);
    memcpy(kind, bytes + AT_KIND, sizeof(kind) - 1);
    if (!fc__u128_equal(get_u128(bytes + AT_SEGMENT), h->hash) ||
        fc_get_le64(bytes + AT_COUNT) != h->count || fc_get_le32(bytes + AT_DIM) != h->dim ||
        strcmp(kind, h->kind) != 0)
        return fc_error_set(err, FC_E_CORRUPT, "%s: the index of another segment", path);
    b->payload_bytes = fc_get_le64(bytes + AT_PAYLOAD_BYTES);
    b->payload_hash = get_u128(bytes + AT_PAYLOAD_HASH);
    memcpy(b->effort.parameters, bytes + AT_PARAMETERS, sizeof(b->effort.parameters) - 1);
    b->effort.times = fc_get_le32(bytes + AT_TIMES);
    b->effort.slack = INFINITY;
    if (version >= 2)
        b->effort.slack = fc_get_le_f32(bytes + AT_SLACK);
    b->payload_at = HEADER_BYTES + (version >= 2 ? FC_MEASURE_BYTES : 0);
    if (b->effort.times == 0 || b->effort.times > FC_FAISS_TIMES_MAX)
        return fc_error_set(err, FC_E_CORRUPT, "%s: %u candidates a hit; 1 to %u make sense", path,
                            b->effort.times, FC_FAISS_TIMES_MAX);
    if (isnan(b->effort.slack))
        return fc_error_set(err, FC_E_CORRUPT, "%s: a slack that is not a number", path);
    return FC_OK;
}

/* Between stdio, through which FAISS writes, and the safe file: keeps the first failure, which
 * FAISS would reduce to "write error". */
typedef struct sink {
    fc_safe_file *file;
    fc_xxh128 *hash;
    uint64_t n;
    fc_status failed;
    fc_error *err;
} sink;

static ssize_t sink_write(void *cookie, const char *bytes, size_t n)
{
    sink *s = cookie;

    if (s->failed == FC_OK)
        s->failed = fc__safe_file_write(s->file, bytes, n, s->err);
    if (s->failed != FC_OK)
        return 0; /* what fopencookie takes for a failure */
    fc__xxh128_update(s->hash, bytes, n);
    s->n += n;
    return (ssize_t)n;
}

static fc_status save_payload(sink *s, const fc_faiss *f, fc_error *err)
{
    FILE *stream = fopencookie(s, "w", (cookie_io_functions_t){.write = sink_write});
    fc_error words = FC_ERROR_INIT;
    fc_status st;

    if (stream == NULL)
        return fc__nomem(err, BUFSIZ, "writing the index");
    setvbuf(stream, NULL, _IOFBF, CHUNK_BYTES);
    st = fc__faiss_save(f, stream, &words);
    if (fclose(stream) != 0 && st == FC_OK)
        st = fc_error_set(&words, FC_E_IO, "writing the index failed");
    if (s->failed != FC_OK)
        return s->failed; /* err has the cause */
    return st == FC_OK ? FC_OK : fc_error_set(err, st, "%s", words.message);
}

fc_status fc__faiss_file_write(const char *path, const fc_vec_header *h,
                               const fc_effort_point *effort, const fc_segment_measure *measure,
                               const fc_faiss *f, fc_error *err)
{
    uint8_t header[HEADER_BYTES] = {0}, measured[FC_MEASURE_BYTES];
    sink s = {.err = err};
    box b = {0};
    fc_status st = fc__xxh128_create(&s.hash, err);

    if (st == FC_OK)
        st = fc__safe_file_begin(&s.file, path, err);
    if (st == FC_OK)
        st = fc__safe_file_write(s.file, header, sizeof(header), err);
    fc__measure_encode(measure, measured);
    if (st == FC_OK)
        st = fc__safe_file_write(s.file, measured, sizeof(measured), err);
    if (st == FC_OK)
        st = save_payload(&s, f, err);
    if (st != FC_OK)
        goto done;

    b.payload_bytes = s.n;
    b.payload_hash = fc__xxh128_final(s.hash);
    b.effort = *effort;
    encode(header, h, &b);
    st = fc__safe_file_write_at(s.file, 0, header, sizeof(header), err);
    if (st == FC_OK) {
        st = fc__safe_file_commit(s.file, err);
        s.file = NULL;
    }

done:
    fc__safe_file_abort(s.file);
    fc__xxh128_destroy(s.hash);
    return st;
}

/* n bytes from `at`, or a failure: the file ends before its header says so. */
static fc_status read_at(int fd, const char *path, uint64_t at, uint8_t *to, size_t n,
                         fc_error *err)
{
    while (n > 0) {
        ssize_t got = pread(fd, to, n, (off_t)at);

        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return fc__io_error(err, errno, "cannot read", path);
        if (got == 0)
            return fc_error_set(err, FC_E_CORRUPT, "%s: cut short at byte %llu", path,
                                (unsigned long long)at);
        to += got;
        at += (uint64_t)got;
        n -= (size_t)got;
    }
    return FC_OK;
}

/* The payload in bounded pieces against its hash. */
static fc_status check_payload(int fd, const char *path, const box *b, fc_error *err)
{
    uint8_t *chunk = fc__alloc_array(CHUNK_BYTES, 1);
    fc_xxh128 *hash = NULL;
    fc_status st;

    if (chunk == NULL)
        return fc__nomem(err, CHUNK_BYTES, "checking the index");
    st = fc__xxh128_create(&hash, err);
    for (uint64_t at = 0; st == FC_OK && at < b->payload_bytes; at += CHUNK_BYTES) {
        const uint64_t left = b->payload_bytes - at;
        const size_t n = left < CHUNK_BYTES ? (size_t)left : CHUNK_BYTES;

        st = read_at(fd, path, b->payload_at + at, chunk, n, err);
        if (st == FC_OK)
            fc__xxh128_update(hash, chunk, n);
    }
    if (st == FC_OK && !fc__u128_equal(fc__xxh128_final(hash), b->payload_hash))
        st = fc_error_set(err, FC_E_CORRUPT, "%s: the index fails its hash; rebuild it", path);
    fc__xxh128_destroy(hash);
    free(chunk);
    return st;
}

/* Open, read the header and what was measured, check the size. *fd is -1 on failure. */
static fc_status open_header(int *fd, box *b, const char *path, const fc_vec_header *h,
                             fc_error *err)
{
    uint8_t header[HEADER_BYTES], measured[FC_MEASURE_BYTES];
    struct stat info;
    fc_status st = FC_OK;

    *fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (*fd < 0)
        return fc__io_error(err, errno, "cannot open", path);
    if (fstat(*fd, &info) != 0)
        st = fc__io_error(err, errno, "cannot stat", path);
    else if (!S_ISREG(info.st_mode))
        st = fc_error_set(err, FC_E_CORRUPT, "%s: not a regular file", path);
    if (st == FC_OK)
        st = read_at(*fd, path, 0, header, sizeof(header), err);
    if (st == FC_OK)
        st = decode(b, header, h, path, err);
    if (st == FC_OK && ((uint64_t)info.st_size < b->payload_at ||
                        (uint64_t)info.st_size - b->payload_at != b->payload_bytes))
        st = fc_error_set(err, FC_E_CORRUPT, "%s: %lld bytes where the header says %llu", path,
                          (long long)info.st_size,
                          (unsigned long long)b->payload_bytes + b->payload_at);
    if (st == FC_OK && b->payload_at > HEADER_BYTES) {
        st = read_at(*fd, path, HEADER_BYTES, measured, sizeof(measured), err);
        if (st == FC_OK)
            st = fc__measure_decode(&b->measure, measured, path, err);
    }
    if (st != FC_OK) {
        close(*fd);
        *fd = -1;
    }
    return st;
}

/* The same, with the payload checked. */
static fc_status open_checked(int *fd, box *b, const char *path, const fc_vec_header *h,
                              fc_error *err)
{
    fc_status st = open_header(fd, b, path, h, err);

    if (st == FC_OK)
        st = check_payload(*fd, path, b, err);
    if (st != FC_OK && *fd >= 0) {
        close(*fd);
        *fd = -1;
    }
    return st;
}

fc_status fc__faiss_file_look(fc_segment_measure *measure, const char *path, const fc_vec_header *h,
                              fc_error *err)
{
    box b = {0};
    int fd = -1;
    fc_status st = open_header(&fd, &b, path, h, err);

    *measure = b.measure;
    if (fd >= 0)
        close(fd);
    return st;
}

fc_status fc__faiss_file_verify(const char *path, const fc_vec_header *h, fc_error *err)
{
    box b = {0};
    int fd = -1;
    fc_status st = open_checked(&fd, &b, path, h, err);

    if (fd >= 0)
        close(fd);
    return st;
}

fc_status fc__faiss_file_read(fc_faiss **out, fc_effort_point *effort, fc_segment_measure *measure,
                              const char *path, const fc_vec_header *h, fc_error *err)
{
    box b = {0};
    FILE *stream = NULL;
    int fd = -1;
    fc_status st = open_checked(&fd, &b, path, h, err);

    *out = NULL;
    if (st != FC_OK)
        return st;
    stream = fdopen(fd, "rb");
    if (stream == NULL || fseeko(stream, (off_t)b.payload_at, SEEK_SET) != 0) {
        st = fc__io_error(err, errno, "cannot read", path);
        goto done;
    }
    setvbuf(stream, NULL, _IOFBF, CHUNK_BYTES);
    st = fc__faiss_load(out, stream, h->count, h->dim, err);
    if (st == FC_OK)
        st = fc__faiss_set(*out, b.effort.parameters, err);
    *effort = b.effort;
    *measure = b.measure;
    if (st != FC_OK) {
        fc__faiss_destroy(*out);
        *out = NULL;
    }

done:
    if (stream != NULL)
        fclose(stream);
    else
        close(fd);
    return st;
}
