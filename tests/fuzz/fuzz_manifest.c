/*
 * Fuzzes the manifest readers: each input is read as CSV and as JSON lines. Whatever comes, the
 * stream ends, every sample has an id that can be stored, and no path leaves the folder.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "fc_dataset.h"
#include "fc_text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A file in memory under two names: a temporary folder with links to it. */
static char folder[64];
static int file_fd = -1;

static void remove_folder(void)
{
    char path[128];

    snprintf(path, sizeof(path), "%s/m.csv", folder);
    unlink(path);
    snprintf(path, sizeof(path), "%s/m.jsonl", folder);
    unlink(path);
    rmdir(folder);
}

static void link_as(const char *name)
{
    char target[64], path[128];

    snprintf(target, sizeof(target), "/proc/self/fd/%d", file_fd);
    snprintf(path, sizeof(path), "%s/%s", folder, name);
    if (symlink(target, path) != 0)
        abort();
}

static void make_folder(void)
{
    strcpy(folder, P_tmpdir "/fc-fuzz-XXXXXX");
    file_fd = memfd_create("manifest", 0);
    if (file_fd < 0 || mkdtemp(folder) == NULL)
        abort();
    link_as("m.csv");
    link_as("m.jsonl");
    atexit(remove_folder);
}

static void check(bool holds)
{
    if (!holds)
        abort();
}

static void check_sample(const fc_source_sample *s)
{
    const size_t n = strlen(s->id);

    check(n > 0 && n <= FC_SAMPLE_ID_MAX && fc__utf8_valid_prefix(s->id, n) == n);
    check(s->line > 0);
    if (s->status != FC_OK) {
        check(s->problem != NULL && s->problem[0] != '\0');
        return;
    }
    check((s->path == NULL) != (s->text == NULL));
    check(s->path == NULL || (s->has_file && s->path[0] != '/'));
    check(s->text == NULL || (s->text_n > 0 && strlen(s->text) == s->text_n));
    check(s->start_s >= 0.0 && (s->end_s == 0.0 || s->end_s > s->start_s));
    check(fc__utf8_valid_prefix(s->group, strlen(s->group)) == strlen(s->group));
}

static void read_as(const char *name, size_t size)
{
    const fc_dataset_options opts = {.group_pattern = "^(.*)_[a-z]+"};
    fc_dataset_reader *r = NULL;
    const fc_source_sample *s = NULL;
    fc_error err = FC_ERROR_INIT;
    char path[128];
    fc_status st;

    snprintf(path, sizeof(path), "%s/%s", folder, name);
    st = fc__dataset_open(&r, path, &opts, &err);
    if (st != FC_OK) {
        check(r == NULL && err.message[0] != '\0');
        return;
    }
    /* Each sample takes a line at least, so there are no more than bytes. */
    for (size_t i = 0; i <= size; i++) {
        st = fc__dataset_next(r, &s, &err);
        if (st != FC_OK)
            break;
        check_sample(s);
    }
    check(st == FC_E_NOT_FOUND);
    fc__dataset_close(r);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (file_fd < 0)
        make_folder();
    if (ftruncate(file_fd, 0) != 0 || pwrite(file_fd, data, size, 0) != (ssize_t)size)
        abort();
    read_as("m.csv", size);
    read_as("m.jsonl", size);
    return 0;
}
