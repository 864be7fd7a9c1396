/*
 * libarchive behind a small interface: the allow-list of formats, the caps, and what a name may be.
 */
#include "fc_archive.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fc_alloc.h"
#include "fc_dataset.h"
#include "fc_file.h"
#include "fc_meta.h"
#include "fc_text.h"

#define DEFAULT_MEMBER_BYTES (UINT64_C(256) << 20)
#define DEFAULT_MEMBERS      (UINT64_C(1) << 24)
#define DEFAULT_RATIO        UINT64_C(200)
#define RATIO_FREE_BYTES     (UINT64_C(64) << 20) /* so much may come of a file of any size */
#define READ_BYTES           ((size_t)64 << 10)
#define PROBLEM_BYTES        160

struct fc_archive {
    struct archive *reader;
    int fd;
    char *name;
    fc_archive_limits limits;
    uint64_t file_bytes, all_bytes, n_members;
    uint64_t member_bytes; /* of the member at hand, read so far */
    uint64_t total_max;
    bool ended;
    fc_buf shown; /* the escaped name of a bad member */
    uint64_t at;  /* where a zip that is not read from its beginning is read next */
    fc_buf piece;
    fc_error problem;
};

static uint64_t or_default(uint64_t given, uint64_t initial)
{
    return given != 0 ? given : initial;
}

static void set_limits(fc_archive *a, const fc_archive_limits *given)
{
    const fc_archive_limits none = {0, 0, 0};
    uint64_t allowed;

    given = given != NULL ? given : &none;
    a->limits = (fc_archive_limits){or_default(given->max_member_bytes, DEFAULT_MEMBER_BYTES),
                                    or_default(given->max_members, DEFAULT_MEMBERS),
                                    or_default(given->max_ratio, DEFAULT_RATIO)};
    if (__builtin_mul_overflow(a->file_bytes, a->limits.max_ratio, &allowed) ||
        __builtin_add_overflow(allowed, RATIO_FREE_BYTES, &a->total_max))
        a->total_max = UINT64_MAX;
}

static const char *why(const fc_archive *a)
{
    const char *text = archive_error_string(a->reader);

    return text != NULL ? text : "broken";
}

/* libarchive's view of a file from `at` on. */
static la_ssize_t read_piece(struct archive *reader, void *context, const void **bytes)
{
    fc_archive *a = context;
    ssize_t n;

    (void)reader;
    do
        n = pread(a->fd, a->piece.data, READ_BYTES, (off_t)a->at);
    while (n < 0 && errno == EINTR);
    *bytes = a->piece.data;
    a->at += n > 0 ? (uint64_t)n : 0;
    return n;
}

static la_int64_t skip_piece(struct archive *reader, void *context, la_int64_t n)
{
    fc_archive *a = context;

    (void)reader;
    a->at += (uint64_t)n;
    return n;
}

static fc_status open_reader_at(fc_archive *a, fc_error *err)
{
    fc_status st = fc_buf_reserve(&a->piece, READ_BYTES, err);

    if (st != FC_OK)
        return st;
    a->reader = archive_read_new();
    if (a->reader == NULL)
        return fc__nomem(err, 0, "an archive reader");
    if (archive_read_support_format_zip_streamable(a->reader) != ARCHIVE_OK ||
        archive_read_set_read_callback(a->reader, read_piece) != ARCHIVE_OK ||
        archive_read_set_skip_callback(a->reader, skip_piece) != ARCHIVE_OK ||
        archive_read_set_callback_data(a->reader, a) != ARCHIVE_OK ||
        archive_read_open1(a->reader) != ARCHIVE_OK)
        return fc_error_set(err, FC_E_FORMAT, "%s: no member of a zip begins there: %s", a->name,
                            why(a));
    return FC_OK;
}

/* The file could not be opened as an archive: is it the beginning of one? */
static fc_status refuse_archive(const fc_archive *a, fc_error *err)
{
    uint8_t head[512];
    const ssize_t n = pread(a->fd, head, sizeof(head), 0);
    const fc_container kind = n > 0 ? fc__sniff_container(head, (size_t)n) : FC_CONTAINER_NONE;

    if (kind == FC_CONTAINER_ZIP)
        return fc_error_set(err, FC_E_FORMAT,
                            "%s: a zip archive that is cut off or broken: the directory at its "
                            "end is not there",
                            a->name);
    if (kind == FC_CONTAINER_COMPRESSED && strstr(why(a), "runcated") != NULL)
        return fc_error_set(err, FC_E_FORMAT, "%s: a compressed archive that is cut off: %s",
                            a->name, why(a));
    return fc_error_set(err, FC_E_FORMAT, "%s: neither a zip nor a tar archive: %s", a->name,
                        why(a));
}

/* Only what is read on purpose: zip through its directory, tar, and one packing around a tar. */
static fc_status open_reader(fc_archive *a, fc_error *err)
{
    a->reader = archive_read_new();
    if (a->reader == NULL)
        return fc__nomem(err, 0, "an archive reader");
    if (archive_read_support_format_tar(a->reader) != ARCHIVE_OK ||
        archive_read_support_format_zip_seekable(a->reader) != ARCHIVE_OK ||
        archive_read_support_filter_gzip(a->reader) != ARCHIVE_OK ||
        archive_read_support_filter_zstd(a->reader) != ARCHIVE_OK)
        return fc_error_set(err, FC_E_UNSUPPORTED, "%s: the archive library lacks a format: %s",
                            a->name, why(a));
    if (archive_read_open_fd(a->reader, a->fd, READ_BYTES) != ARCHIVE_OK)
        return refuse_archive(a, err);
    /* The last filter is the file itself. */
    if (archive_filter_count(a->reader) > 2)
        return fc_error_set(err, FC_E_LIMIT, "%s: packed more than once", a->name);
    return FC_OK;
}

/* `offset` NULL: all of it. */
static fc_status open_archive(fc_archive **out, int fd, const uint64_t *offset, const char *name,
                              const fc_archive_limits *limits, fc_error *err)
{
    fc_archive *a = fc__alloc_array(1, sizeof(*a));
    struct stat s;
    fc_status st = FC_OK;

    *out = NULL;
    if (a == NULL) {
        close(fd);
        return fc__nomem(err, sizeof(*a), "an archive");
    }
    a->fd = fd;
    a->at = offset != NULL ? *offset : 0;
    a->name = fc__strdup(name);
    if (a->name == NULL)
        st = fc__nomem(err, strlen(name), "a name");
    else if (fstat(fd, &s) != 0)
        st = fc__io_error(err, errno, "cannot read", name);
    else if (lseek(fd, 0, SEEK_SET) != 0)
        st = fc__io_error(err, errno, "cannot read", name);
    if (st == FC_OK) {
        a->file_bytes = (uint64_t)s.st_size;
        set_limits(a, limits);
        st = offset == NULL ? open_reader(a, err) : open_reader_at(a, err);
    }
    if (st != FC_OK) {
        fc__archive_close(a);
        return st;
    }
    *out = a;
    return FC_OK;
}

fc_status fc__archive_open(fc_archive **out, int fd, const char *name,
                           const fc_archive_limits *limits, fc_error *err)
{
    return open_archive(out, fd, NULL, name, limits, err);
}

fc_status fc__archive_open_at(fc_archive **out, int fd, uint64_t offset, const char *name,
                              const fc_archive_limits *limits, fc_error *err)
{
    return open_archive(out, fd, &offset, name, limits, err);
}

void fc__archive_close(fc_archive *a)
{
    if (a == NULL)
        return;
    if (a->reader != NULL)
        archive_read_free(a->reader);
    if (a->fd >= 0)
        close(a->fd);
    fc_buf_dispose(&a->shown);
    fc_buf_dispose(&a->piece);
    free(a->name);
    free(a);
}

bool fc__archive_is_tar(const fc_archive *a)
{
    return (archive_format(a->reader) & ARCHIVE_FORMAT_BASE_MASK) == ARCHIVE_FORMAT_TAR;
}

uint64_t fc__archive_file_bytes(const fc_archive *a)
{
    return a->file_bytes;
}

double fc__archive_fraction(const fc_archive *a)
{
    const int64_t done = archive_filter_bytes(a->reader, -1);

    if (a->ended || a->file_bytes == 0)
        return 1.0;
    return done <= 0                               ? 0.0
           : (double)done >= (double)a->file_bytes ? 1.0
                                                   : (double)done / (double)a->file_bytes;
}

/* Why a name cannot stand, or NULL. */
static const char *check_name(const char *name)
{
    if (name[0] == '\0')
        return "has no name";
    if (name[0] == '/')
        return "has an absolute name";
    if (strlen(name) > FC_SAMPLE_ID_MAX)
        return "has a name that is too long";
    if (fc__utf8_valid_prefix(name, strlen(name)) != strlen(name))
        return "has a name that is not valid UTF-8";
    for (const char *at = name; at != NULL; at = strchr(at, '/')) {
        at += *at == '/';
        if (at[0] == '.' && at[1] == '.' && (at[2] == '/' || at[2] == '\0'))
            return "has '..' in its name";
    }
    return NULL;
}

/* Why a member cannot be taken, or NULL. */
static const char *check_entry(struct archive_entry *e)
{
    const __LA_MODE_T type = archive_entry_filetype(e);

    if (archive_entry_hardlink(e) != NULL || type == AE_IFLNK)
        return "is a link; links in archives are not followed";
    if (type != AE_IFREG && type != 0)
        return "is not a regular file";
    if (archive_entry_is_encrypted(e))
        return "is encrypted";
    return NULL;
}

/* A part that begins with a dot: skipped, as in a folder. */
static bool is_hidden(const char *name)
{
    if (name[0] == '.' && name[1] != '.')
        return true;
    for (const char *at = strstr(name, "/."); at != NULL; at = strstr(at + 1, "/."))
        if (at[2] != '.')
            return true;
    return false;
}

static fc_status bad_member(fc_archive *a, fc_archive_member *out, fc_status status,
                            const char *problem, fc_error *err)
{
    fc_status st;

    fc_buf_clear(&a->shown);
    st = fc__escape_terminal(&a->shown, out->name, strnlen(out->name, FC_SAMPLE_ID_MAX), err);
    if (st == FC_OK)
        st = fc_buf_append_u8(&a->shown, 0, err);
    if (st != FC_OK)
        return st;
    out->name = (const char *)a->shown.data;
    out->status = status;
    fc_error_set(&a->problem, status, "%s", problem);
    out->problem = a->problem.message;
    return FC_OK;
}

/* What a member may unpack to: so many bytes, or so many times the archive's own. */
static void tell_cap(const fc_archive *a, char problem[PROBLEM_BYTES], const char *verb,
                     uint64_t size)
{
    if (size > a->limits.max_member_bytes)
        snprintf(problem, PROBLEM_BYTES, "%s %llu bytes; at most %llu: --max-file-bytes", verb,
                 (unsigned long long)size, (unsigned long long)a->limits.max_member_bytes);
    else
        snprintf(problem, PROBLEM_BYTES,
                 "%s %llu bytes, more than 64 MiB and %llu times the archive's %llu", verb,
                 (unsigned long long)size, (unsigned long long)a->limits.max_ratio,
                 (unsigned long long)a->file_bytes);
}

/* Size against the caps: the member's own, and that of all. */
static fc_status count_size(fc_archive *a, struct archive_entry *e, fc_archive_member *out,
                            fc_error *err)
{
    const int64_t size = archive_entry_size(e);
    char problem[PROBLEM_BYTES];

    out->has_size = archive_entry_size_is_set(e) != 0 && size >= 0;
    out->size = out->has_size ? (uint64_t)size : 0;
    if (out->size > a->limits.max_member_bytes || out->size > a->total_max) {
        tell_cap(a, problem, "has", out->size);
        return bad_member(a, out, FC_E_LIMIT, problem, err);
    }
    a->all_bytes += out->size;
    if (a->all_bytes > a->total_max)
        return fc_error_set(
            err, FC_E_LIMIT,
            "%s: its members unpack to more than 64 MiB and %llu times its %llu bytes", a->name,
            (unsigned long long)a->limits.max_ratio, (unsigned long long)a->file_bytes);
    return FC_OK;
}

static fc_status take_entry(fc_archive *a, struct archive_entry *e, fc_archive_member *out,
                            bool *taken, fc_error *err)
{
    const char *name = archive_entry_pathname_utf8(e);
    const char *problem;

    *taken = false;
    if (name == NULL)
        name = archive_entry_pathname(e);
    if (name == NULL)
        name = "";
    if (archive_entry_filetype(e) == AE_IFDIR || (name[0] != '\0' && name[strlen(name) - 1] == '/'))
        return FC_OK;
    while (name[0] == '.' && name[1] == '/')
        for (name += 2; *name == '/';)
            name++;
    *out = (fc_archive_member){.name = name};
    *taken = true;
    if ((problem = check_name(name)) != NULL || (problem = check_entry(e)) != NULL)
        return bad_member(a, out, FC_E_UNSUPPORTED, problem, err);
    if (is_hidden(name)) {
        *taken = false;
        return FC_OK;
    }
    return count_size(a, e, out, err);
}

fc_status fc__archive_next(fc_archive *a, fc_archive_member *out, fc_error *err)
{
    bool taken = false;

    while (!taken) {
        struct archive_entry *e = NULL;
        int rc;
        fc_status st;

        if (a->ended)
            return FC_E_NOT_FOUND;
        a->member_bytes = 0;
        rc = archive_read_next_header(a->reader, &e);
        a->ended = rc == ARCHIVE_EOF || rc < ARCHIVE_WARN;
        if (rc == ARCHIVE_EOF)
            return FC_E_NOT_FOUND;
        if (rc < ARCHIVE_WARN)
            return fc_error_set(err, FC_E_FORMAT, "%s: broken after %llu members: %s", a->name,
                                (unsigned long long)a->n_members, why(a));
        if (++a->n_members > a->limits.max_members) {
            a->ended = true;
            return fc_error_set(err, FC_E_LIMIT, "%s: more than %llu members: --max-members",
                                a->name, (unsigned long long)a->limits.max_members);
        }
        st = take_entry(a, e, out, &taken, err);
        if (st != FC_OK) {
            a->ended = true;
            return st;
        }
    }
    return FC_OK;
}

/* The caps of a member while it is read: its header may have lied. */
static fc_status check_read(const fc_archive *a, fc_error *err)
{
    char problem[PROBLEM_BYTES];

    if (a->member_bytes <= a->limits.max_member_bytes && a->member_bytes <= a->total_max)
        return FC_OK;
    tell_cap(a, problem, "unpacks to", a->member_bytes);
    return fc_error_set(err, FC_E_LIMIT, "%s: a member %s", a->name, problem);
}

fc_status fc__archive_read(fc_archive *a, uint64_t max, fc_buf *out, bool *whole, fc_error *err)
{
    const uint64_t stop = max != 0 ? a->member_bytes + max : UINT64_MAX;
    bool ended = false;

    if (a->member_bytes == 0)
        fc_buf_clear(out);
    while (!ended && a->member_bytes < stop) {
        const uint64_t left = stop - a->member_bytes;
        const size_t want = left < READ_BYTES ? (size_t)left : READ_BYTES;
        la_ssize_t n;
        fc_status st = fc_buf_reserve(out, want, err);

        if (st != FC_OK)
            return st;
        n = archive_read_data(a->reader, out->data + out->size, want);
        if (n < 0)
            return fc_error_set(err, FC_E_FORMAT, "%s: a member is broken: %s", a->name, why(a));
        ended = n == 0;
        out->size += (size_t)n;
        a->member_bytes += (uint64_t)n;
        st = check_read(a, err);
        if (st != FC_OK)
            return st;
    }
    if (whole != NULL)
        *whole = ended;
    return FC_OK;
}
