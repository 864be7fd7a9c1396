/*
 * Runs a fuzz target over the files of a folder: how builds without libFuzzer replay a corpus.
 * Each input sits in a block of its exact size, so that ASan sees any overread.
 */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int replay_file(const char *path)
{
    FILE *file = fopen(path, "rb");
    uint8_t *data = NULL;
    long size = -1;
    int rc = 1;

    if (file == NULL)
        goto done;
    if (fseek(file, 0, SEEK_END) != 0 || (size = ftell(file)) < 0 || fseek(file, 0, SEEK_SET) != 0)
        goto done;
    data = malloc(size > 0 ? (size_t)size : 1);
    if (data == NULL || fread(data, 1, (size_t)size, file) != (size_t)size)
        goto done;
    /* The name first: after a crash, the last line says which input it was. */
    printf("%s\n", path);
    fflush(stdout);
    LLVMFuzzerTestOneInput(data, (size_t)size);
    rc = 0;

done:
    if (rc != 0)
        perror(path);
    free(data);
    if (file != NULL)
        fclose(file);
    return rc;
}

int main(int argc, char **argv)
{
    struct dirent **names = NULL;
    int n, n_replayed = 0, failed = 0;

    if (argc != 2) {
        fprintf(stderr, "usage: %s CORPUS_FOLDER\n", argv[0]);
        return 2;
    }
    n = scandir(argv[1], &names, NULL, alphasort);
    if (n < 0) {
        perror(argv[1]);
        return 1;
    }
    for (int i = 0; i < n; i++) {
        char path[4096];

        snprintf(path, sizeof(path), "%s/%s", argv[1], names[i]->d_name);
        if (names[i]->d_name[0] != '.') {
            failed |= replay_file(path);
            n_replayed++;
        }
        free(names[i]);
    }
    free(names);
    printf("%d inputs\n", n_replayed);
    /* An empty corpus would be a test that cannot fail. */
    return failed != 0 || n_replayed == 0;
}
