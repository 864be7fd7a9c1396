/*
 * The files that a bench works on, named on stdin and read whole before the clock runs. A name may
 * lead into an archive: chairs.zip/oak.obj.
 */
#ifndef BENCH_FILES_H
#define BENCH_FILES_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fc_alloc.h"
#include "fc_fetch.h"

typedef struct bench_files {
    fc_buf *list;
    char **names;
    size_t n, capacity, names_capacity, bytes;
} bench_files;

static inline fc_status bench_files_read(bench_files *f, size_t max_file_bytes, fc_error *err)
{
    char line[4096];
    fc_status st = FC_OK;

    while (st == FC_OK && fgets(line, sizeof(line), stdin) != NULL) {
        line[strcspn(line, "\n")] = '\0';
        st = fc__grow_array(&f->list, &f->capacity, f->n + 1, sizeof(*f->list), err);
        if (st == FC_OK)
            st = fc__grow_array(&f->names, &f->names_capacity, f->n + 1, sizeof(*f->names), err);
        if (st != FC_OK)
            return st;
        f->list[f->n] = (fc_buf)FC_BUF_INIT;
        st = fc__fetch_path(line, NULL, max_file_bytes, &f->list[f->n], err);
        if (st != FC_OK)
            return st;
        f->bytes += f->list[f->n].size;
        f->names[f->n] = fc__strdup(line);
        if (f->names[f->n++] == NULL)
            return fc__nomem(err, strlen(line), "a name");
    }
    if (st == FC_OK && f->n == 0)
        return fc_error_set(err, FC_E_INVALID, "no file names on stdin");
    return st;
}

static inline void bench_files_dispose(bench_files *f)
{
    for (size_t i = 0; i < f->n; i++) {
        fc_buf_dispose(&f->list[i]);
        free(f->names[i]);
    }
    free(f->names);
    free(f->list);
}

#endif /* BENCH_FILES_H */
