/*
 * What every test includes: cmocka with the headers it needs, the assertion on a status,
 * a temporary folder that is gone after the run, and whole-file reading and writing.
 */
#ifndef FC_TEST_H
#define FC_TEST_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <featcache/types.h>

/* On mismatch, name both statuses and repeat the library's own message. */
#define assert_status(want, got, err)                                                \
    do {                                                                             \
        const fc_status got_ = (got);                                                \
        if (got_ != (want))                                                          \
            fail_msg("%s: wanted '%s', got '%s' (%s)", #got, fc_status_string(want), \
                     fc_status_string(got_), (err)->message);                        \
    } while (0)

/* Skip the running test and say why where a reader of the log sees it. */
#define fc_test_skip(...)                       \
    do {                                        \
        print_message("SKIPPED: " __VA_ARGS__); \
        print_message("\n");                    \
        skip();                                 \
    } while (0)

static char fc_test_tmpdir_path_[1024];
static pid_t fc_test_tmpdir_owner_;

static inline int fc_test_remove_entry_(const char *path, const struct stat *st, int type,
                                        struct FTW *ftw)
{
    (void)st;
    (void)type;
    (void)ftw;
    return remove(path);
}

/* Remove a file or a folder with all that is in it; one that is not there is fine. */
static inline void fc_test_remove_tree(const char *path)
{
    nftw(path, fc_test_remove_entry_, 16, FTW_DEPTH | FTW_PHYS);
}

static inline void fc_test_remove_tmpdir_(void)
{
    /* A forked child that exits must not take its parent's folder with it. */
    if (fc_test_tmpdir_owner_ == getpid())
        fc_test_remove_tree(fc_test_tmpdir_path_);
}

/* One temporary folder a test program, made at the first call, removed at exit. */
static inline const char *fc_test_tmpdir(void)
{
    const char *base = getenv("TMPDIR");

    if (fc_test_tmpdir_path_[0] != '\0')
        return fc_test_tmpdir_path_;
    snprintf(fc_test_tmpdir_path_, sizeof(fc_test_tmpdir_path_), "%s/fc-test-XXXXXX",
             base != NULL && base[0] != '\0' ? base : "/tmp");
    if (mkdtemp(fc_test_tmpdir_path_) == NULL) {
        fprintf(stderr, "%s: %s\n", fc_test_tmpdir_path_, strerror(errno));
        abort();
    }
    fc_test_tmpdir_owner_ = getpid();
    atexit(fc_test_remove_tmpdir_);
    return fc_test_tmpdir_path_;
}

/* The path of NAME inside the temporary folder; the caller frees it. */
static inline char *fc_test_path(const char *name)
{
    char *path = NULL;

    assert_true(asprintf(&path, "%s/%s", fc_test_tmpdir(), name) > 0);
    return path;
}

/* Write SIZE bytes as the whole of the file PATH. */
static inline void fc_test_write_file(const char *path, const void *data, size_t size)
{
    FILE *file = fopen(path, "wb");

    if (file == NULL)
        fail_msg("%s: %s", path, strerror(errno));
    assert_int_equal(fwrite(data, 1, size, file), size);
    assert_int_equal(fclose(file), 0);
}

static inline void fc_test_write_text(const char *path, const char *text)
{
    fc_test_write_file(path, text, strlen(text));
}

/* The whole of the file PATH in a block of its exact size (NUL not added); the caller frees it. */
static inline uint8_t *fc_test_read_file(const char *path, size_t *size)
{
    FILE *file = fopen(path, "rb");
    uint8_t *data;
    long end;

    if (file == NULL)
        fail_msg("%s: %s", path, strerror(errno));
    assert_int_equal(fseek(file, 0, SEEK_END), 0);
    end = ftell(file);
    assert_true(end >= 0);
    rewind(file);
    data = malloc(end > 0 ? (size_t)end : 1);
    assert_non_null(data);
    assert_int_equal(fread(data, 1, (size_t)end, file), end);
    fclose(file);
    *size = (size_t)end;
    return data;
}

#endif /* FC_TEST_H */
