/*
 * Fuzzes archives and arrays as sources: the input as a .zip, a .tar and a .npy beneath a folder.
 * Whatever comes, the stream of samples ends, ids and paths can be stored and do not lead out, and
 * what is fetched stays within its caps.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fc_dataset.h"
#include "fc_fetch.h"
#include "fc_text.h"

#define MEMBER_MAX  ((uint64_t)1 << 20)
#define SAMPLES_MAX 300

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char *const names[] = {"a.zip", "a.tar", "a.npy"};
static char folder[64];

static void check(bool holds)
{
    if (!holds)
        abort();
}

static void remove_folder(void)
{
    char path[128];

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        snprintf(path, sizeof(path), "%s/%s", folder, names[i]);
        unlink(path);
    }
    rmdir(folder);
}

static void write_file(const char *name, const uint8_t *data, size_t size)
{
    char path[128];
    FILE *out;

    if (folder[0] == '\0') {
        strcpy(folder, P_tmpdir "/fc-fuzz-XXXXXX");
        check(mkdtemp(folder) != NULL);
        atexit(remove_folder);
    }
    snprintf(path, sizeof(path), "%s/%s", folder, name);
    out = fopen(path, "wb");
    check(out != NULL && fwrite(data, 1, size, out) == size && fclose(out) == 0);
}

static void check_sample(const fc_source_sample *s)
{
    const size_t n = strlen(s->id);

    check(n > 0 && n <= FC_SAMPLE_ID_MAX && fc__utf8_valid_prefix(s->id, n) == n);
    if (s->status != FC_OK) {
        check(s->problem != NULL && s->problem[0] != '\0');
        return;
    }
    check(s->has_file && s->path != NULL && s->path[0] != '/' &&
          strlen(s->path) <= FC_SAMPLE_ID_MAX);
    check(strstr(s->path, "/../") == NULL);
}

static void fetch(fc_fetcher *f, const char *path)
{
    fc_place place = FC_PLACE_INIT;
    fc_error err = FC_ERROR_INIT;
    fc_buf bytes = FC_BUF_INIT;

    if (fc__fetch_find(f, path, &place, &err) == FC_OK &&
        fc__fetch_read(f, &place, (size_t)MEMBER_MAX, &bytes, &err) == FC_OK)
        check(bytes.size <= MEMBER_MAX);
    else
        check(err.message[0] != '\0');
    fc_buf_dispose(&bytes);
    fc__place_dispose(&place);
}

/* The source `path`, sample by sample, each fetched. */
static void read_source(const char *path)
{
    const fc_dataset_options opts = {
        .archives = {.max_member_bytes = MEMBER_MAX, .max_members = SAMPLES_MAX, .max_ratio = 50}};
    fc_dataset_reader *r = NULL;
    const fc_source_sample *s;
    fc_fetcher *f = NULL;
    fc_error err = FC_ERROR_INIT;
    fc_status st = fc__dataset_open(&r, path, &opts, &err);

    if (st != FC_OK) {
        check(err.message[0] != '\0' && r == NULL);
        return;
    }
    check(fc__fetcher_create(&f, fc__dataset_root_fd(r), &opts.archives, &err) == FC_OK);
    for (int i = 0; i < 4 * SAMPLES_MAX && (st = fc__dataset_next(r, &s, &err)) == FC_OK; i++) {
        check_sample(s);
        if (s->status == FC_OK && i < 8)
            fetch(f, s->path);
    }
    check(st == FC_OK || st == FC_E_NOT_FOUND);
    fc__fetcher_destroy(f);
    fc__dataset_close(r);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char path[128];

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        write_file(names[i], data, size);
    read_source(folder);
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        snprintf(path, sizeof(path), "%s/%s", folder, names[i]);
        read_source(path);
    }
    return 0;
}
