/*
 * The names in one folder, sorted bytewise.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "fc_alloc.h"
#include "fc_bytes.h"
#include "fc_dataset_impl.h"

/* What a folder may leave behind in memory for the next one at its depth. */
#define KEEP_BYTES ((size_t)1 << 20)

static uint64_t key_of(const char *name, size_t n)
{
    uint8_t first[8] = {0};

    memcpy(first, name, n < sizeof(first) ? n : sizeof(first));
    return fc_get_be64(first);
}

static fc_status add_name(fc_walk_names *names, const struct dirent *e, fc_error *err)
{
    const size_t n = strlen(e->d_name);
    fc_status st;

    st = fc__grow_array(&names->list, &names->capacity, names->n + 1, sizeof(*names->list), err);
    if (st != FC_OK)
        return st;
    names->list[names->n++] = (fc_walk_name){key_of(e->d_name, n), names->text.size, n, e->d_type};
    return fc_buf_append(&names->text, e->d_name, n + 1, err);
}

static int compare_names(const void *left, const void *right, void *text)
{
    const fc_walk_name *a = left, *b = right;

    if (a->key != b->key)
        return a->key < b->key ? -1 : 1;
    return strcmp((const char *)text + a->offset, (const char *)text + b->offset);
}

static void forget(fc_walk_names *names)
{
    if (names->text.capacity > KEEP_BYTES || names->capacity * sizeof(*names->list) > KEEP_BYTES)
        fc__walk_names_dispose(names);
    fc_buf_clear(&names->text);
    names->n = 0;
    names->n_hidden = 0;
}

fc_status fc__walk_names_read(fc_walk_names *names, int fd, fc_error *err)
{
    /* closedir() closes its descriptor; ours is kept for looking at the files. */
    const int copy = fcntl(fd, F_DUPFD_CLOEXEC, 0);
    DIR *dir = copy >= 0 ? fdopendir(copy) : NULL;
    fc_status st = FC_OK;
    int e = errno;

    forget(names);
    if (dir == NULL) {
        if (copy >= 0)
            close(copy);
        return fc_error_set(err, fc__status_of_errno(e), "%s", strerror(e));
    }
    for (;;) {
        const struct dirent *entry;

        errno = 0;
        entry = readdir(dir);
        if (entry == NULL)
            break;
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
            continue;
        if (entry->d_name[0] == '.') {
            names->n_hidden++;
            continue;
        }
        st = add_name(names, entry, err);
        if (st != FC_OK)
            goto done;
    }
    e = errno;
    if (e != 0) {
        st = fc_error_set(err, fc__status_of_errno(e), "%s", strerror(e));
        goto done;
    }
    if (names->n > 1)
        qsort_r(names->list, names->n, sizeof(*names->list), compare_names, names->text.data);

done:
    closedir(dir);
    return st;
}

void fc__walk_names_dispose(fc_walk_names *names)
{
    fc_buf_dispose(&names->text);
    free(names->list);
    *names = (fc_walk_names){.text = FC_BUF_INIT};
}
