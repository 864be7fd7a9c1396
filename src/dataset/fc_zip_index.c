/*
 * The end record and the central directory of a zip (PKWARE's APPNOTE 6.3, 4.3.12 and 4.3.16).
 */
#include "fc_zip_index.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fc_alloc.h"
#include "fc_bytes.h"
#include "fc_hash.h"

#define END_BYTES       22u
#define COMMENT_MAX     65535u
#define ENTRY_BYTES     46u
#define DIRECTORY_MAX   (UINT64_C(64) << 20)
#define END_SIGNATURE   UINT32_C(0x06054b50)
#define ENTRY_SIGNATURE UINT32_C(0x02014b50)

typedef struct zip_entry {
    fc_u128 name;
    uint64_t offset, size;
} zip_entry;

struct fc_zip_index {
    size_t n;
    zip_entry *entries; /* by name, then offset */
};

static int compare_names(const fc_u128 *a, const fc_u128 *b)
{
    const int high = (a->high > b->high) - (a->high < b->high);

    return high != 0 ? high : (a->low > b->low) - (a->low < b->low);
}

static int compare(const void *a, const void *b)
{
    const zip_entry *x = a, *y = b;
    const int names = compare_names(&x->name, &y->name);

    return names != 0 ? names : (x->offset > y->offset) - (x->offset < y->offset);
}

static bool read_at(int fd, uint64_t at, uint8_t *out, size_t n)
{
    while (n > 0) {
        const ssize_t got = pread(fd, out, n, (off_t)at);

        if (got <= 0)
            return false;
        out += got;
        at += (uint64_t)got;
        n -= (size_t)got;
    }
    return true;
}

/* Where the directory is in the file and what it has. False: no end record, one that needs zip64,
 * or bytes in front of the archive, which its offsets lack. */
static bool find_directory(int fd, uint64_t file_bytes, uint64_t *at, uint64_t *n, uint64_t *count)
{
    static const size_t room = END_BYTES + COMMENT_MAX;
    const size_t tail_n = file_bytes < room ? (size_t)file_bytes : room;
    const uint64_t tail_at = file_bytes - tail_n;
    uint8_t *tail = malloc(tail_n > 0 ? tail_n : 1);
    bool found = false;

    if (tail != NULL && tail_n >= END_BYTES && read_at(fd, tail_at, tail, tail_n))
        for (size_t i = tail_n - END_BYTES + 1; i-- > 0 && !found;) {
            const uint8_t *end = tail + i;
            if (fc_get_le32(end) != END_SIGNATURE ||
                i + END_BYTES + fc_get_le16(end + 20) != tail_n)
                continue;
            *count = fc_get_le16(end + 10);
            *n = fc_get_le32(end + 12);
            *at = fc_get_le32(end + 16);
            found = *count < UINT16_MAX && *at < UINT32_MAX && *at + *n == tail_at + i;
            break;
        }
    free(tail);
    return found;
}

/* Whether the entry says of itself that it is a link or another thing that is no file: its host is
 * Unix and the upper half of its attributes is a mode of that kind. */
static bool is_no_file(const uint8_t *e)
{
    const unsigned host = e[5], mode = fc_get_le16(e + 40);

    return host == 3 && (mode & S_IFMT) != 0 && (mode & S_IFMT) != S_IFREG;
}

/* One entry at the front of what is left. One that is no file is not *offered: a walk through the
 * archive says what is wrong with it. */
static bool take_entry(const uint8_t **at, size_t *left, zip_entry *out, bool *offered)
{
    const uint8_t *e = *at;
    size_t name_n, all;

    if (*left < ENTRY_BYTES || fc_get_le32(e) != ENTRY_SIGNATURE)
        return false;
    name_n = fc_get_le16(e + 28);
    all = ENTRY_BYTES + name_n + fc_get_le16(e + 30) + fc_get_le16(e + 32);
    if (all > *left)
        return false;
    *out = (zip_entry){.name = fc__xxh128(e + ENTRY_BYTES, name_n),
                       .offset = fc_get_le32(e + 42),
                       .size = fc_get_le32(e + 24)};
    *offered = !is_no_file(e);
    *at += all;
    *left -= all;
    return true;
}

fc_status fc__zip_index_open(fc_zip_index **out, int fd, uint64_t max_members, fc_error *err)
{
    uint64_t at, n, count;
    uint8_t *directory = NULL;
    const uint8_t *next;
    fc_zip_index *x = NULL;
    struct stat s;
    size_t left;
    fc_status st = FC_E_NOT_FOUND;

    *out = NULL;
    if (fstat(fd, &s) != 0 || s.st_size < (off_t)END_BYTES ||
        !find_directory(fd, (uint64_t)s.st_size, &at, &n, &count) || n > DIRECTORY_MAX ||
        count > max_members || count * ENTRY_BYTES > n)
        return st;
    directory = malloc((size_t)n + 1);
    x = fc__alloc_array(1, sizeof(*x));
    if (x != NULL)
        x->entries = fc__alloc_array((size_t)count, sizeof(*x->entries));
    if (directory == NULL || x == NULL || x->entries == NULL) {
        st = fc__nomem(err, (size_t)n, "the directory of a zip");
        goto done;
    }
    if (!read_at(fd, at, directory, (size_t)n))
        goto done;
    next = directory;
    left = (size_t)n;
    for (uint64_t i = 0; i < count; i++) {
        bool offered = false;

        if (!take_entry(&next, &left, &x->entries[x->n], &offered))
            goto done;
        x->n += offered;
    }
    qsort(x->entries, x->n, sizeof(*x->entries), compare);
    *out = x;
    x = NULL;
    st = FC_OK;

done:
    free(directory);
    fc__zip_index_close(x);
    return st;
}

bool fc__zip_index_find(const fc_zip_index *x, const char *name, uint64_t *offset, uint64_t *size)
{
    const zip_entry wanted = {.name = fc__xxh128(name, strlen(name))};
    size_t low = 0, high = x->n;

    while (low < high) {
        const size_t middle = low + (high - low) / 2;

        if (compare(&x->entries[middle], &wanted) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    if (low == x->n || compare_names(&x->entries[low].name, &wanted.name) != 0)
        return false;
    *offset = x->entries[low].offset;
    *size = x->entries[low].size;
    return true;
}

void fc__zip_index_close(fc_zip_index *x)
{
    if (x == NULL)
        return;
    free(x->entries);
    free(x);
}
