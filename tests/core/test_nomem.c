/*
 * Out of memory at every allocation in turn: each call says so, leaks nothing, and leaves its
 * objects usable. The allocator of this program is its own, so sanitizers leave it out.
 */
#include "fc_test.h"

#include <fcntl.h>
#include <openssl/err.h>

#include "fc_alloc.h"
#include "fc_file.h"
#include "fc_hash.h"
#include "fc_json.h"
#include "fc_queue.h"
#include "fc_text.h"

#ifndef __has_feature
#define __has_feature(x) 0
#endif

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__) || !defined(__GLIBC__) || \
    __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define OWN_ALLOCATOR false
#else
#define OWN_ALLOCATOR true
#endif

static _Thread_local int fail_at = -1; /* allocations of this thread until one fails */
static _Thread_local long balance;     /* allocated and not freed */

#if OWN_ALLOCATOR

extern void *__libc_malloc(size_t n);
extern void *__libc_calloc(size_t n, size_t size);
extern void *__libc_realloc(void *old, size_t n);
extern void __libc_free(void *p);

static bool must_fail(void)
{
    if (fail_at < 0 || fail_at-- > 0)
        return false;
    errno = ENOMEM;
    return true;
}

static void *counted(void *p)
{
    balance += p != NULL;
    return p;
}

void *malloc(size_t n)
{
    return must_fail() ? NULL : counted(__libc_malloc(n));
}

void *calloc(size_t n, size_t size)
{
    return must_fail() ? NULL : counted(__libc_calloc(n, size));
}

void *realloc(void *old, size_t n)
{
    if (must_fail())
        return NULL;
    return old == NULL ? counted(__libc_realloc(NULL, n)) : __libc_realloc(old, n);
}

void free(void *p)
{
    balance -= p != NULL;
    __libc_free(p);
}

#endif

/* Something that allocates, and undoes all of it. */
typedef fc_status scenario(fc_error *err);

static fc_status buffers(fc_error *err)
{
    fc_buf b = FC_BUF_INIT;
    fc_status st = fc_buf_append_fmt(&b, err, "%0100d", 1);

    if (st == FC_OK)
        st = fc_buf_append_text(&b, "a text that is longer than what is left in there", err);
    if (st == FC_OK)
        st = fc_buf_append_bytes(&b, "ok", 2, err);
    for (int i = 0; st == FC_OK && i < 100; i++)
        st = fc_buf_append_str(&b, "a string", err);
    if (st == FC_OK)
        st = fc__escape_terminal(&b, "\n\n\n", 3, err);
    if (st == FC_OK)
        st = fc__escape_html(&b, "<<<<", 4, err);
    if (st == FC_OK)
        st = fc__base64(&b, "bytes", 5, err);
    if (st == FC_OK)
        st = fc__base64_decode(&b, "Ynl0ZXMgYW5kIG1vcmUgYnl0ZXM=", 28, err);
    fc_buf_dispose(&b);
    return st;
}

static fc_status arrays(fc_error *err)
{
    uint64_t *array = NULL;
    size_t capacity = 0;
    fc_status st = FC_OK;

    for (size_t n = 1; st == FC_OK && n < 1000; n *= 3)
        st = fc__grow_array(&array, &capacity, n, sizeof(*array), err);
    free(array);
    return st;
}

static fc_status strings(fc_error *err)
{
    static const uint8_t bytes[] = "\3owl";
    fc_reader r = fc_reader_over(bytes, 4);
    char *a = fc_read_str(&r), *b = fc__path_join("a", "b");
    const bool whole = a != NULL && b != NULL && !r.failed;

    free(b);
    free(a);
    return whole ? FC_OK : fc__nomem(err, 4, "a string");
}

static fc_status tensors(fc_error *err)
{
    const uint64_t shape[2] = {100, 100};
    fc_tensor t = FC_TENSOR_INIT;
    const fc_status st = fc_tensor_alloc(&t, FC_F32, 2, shape, err);

    fc_tensor_dispose(&t);
    return st;
}

static fc_status json(fc_error *err)
{
    fc_buf out = FC_BUF_INIT;
    fc_json j = fc_json_into(&out);
    fc_status st;

    fc_json_array_begin(&j);
    for (int i = 0; i < 200; i++)
        fc_json_string(&j, "text \n");
    fc_json_array_end(&j);
    st = fc_json_status(&j, err);
    fc_buf_dispose(&out);
    return st;
}

static fc_status queues(fc_error *err)
{
    fc_queue *q = NULL;
    const fc_status st = fc__queue_create(&q, 10, err);

    assert_true((q != NULL) == (st == FC_OK));
    fc__queue_destroy(q, NULL);
    return st;
}

static void do_nothing(void *context, uint32_t worker, void *item)
{
    (void)context;
    (void)worker;
    (void)item;
}

static fc_status pools(fc_error *err)
{
    fc_pool *p = NULL;
    const fc_status st = fc__pool_create(&p, 3, 10, do_nothing, NULL, err);

    assert_true((p != NULL) == (st == FC_OK));
    fc__pool_destroy(p, NULL);
    return st;
}

static fc_status hashes(fc_error *err)
{
    fc_sha256_stream *s = NULL;
    fc_xxh128 *x = NULL;
    fc_sha256 h;
    fc_status st;

    ERR_clear_error(); /* libcrypto keeps a queue a thread, made at the first failure */
    st = fc__xxh128_create(&x, err);
    if (st == FC_OK)
        st = fc__sha256_create(&s, err);
    if (st == FC_OK)
        st = fc__sha256_final(s, &h, err);
    if (st == FC_OK)
        st = fc__sha256("abc", 3, &h, err);
    fc__sha256_destroy(s);
    fc__xxh128_destroy(x);
    return st;
}

static fc_status files(fc_error *err)
{
    static const char content[300] = "content";
    char folder[1100], path[1200];
    fc_buf b = FC_BUF_INIT;
    fc_status st;
    int root = -1, fd = -1;

    snprintf(folder, sizeof(folder), "%s/tree", fc_test_tmpdir());
    snprintf(path, sizeof(path), "%s/sub/file", folder);
    st = fc__make_folders(path, err);
    if (st == FC_OK)
        st = fc__remove_tree(folder, err);
    snprintf(path, sizeof(path), "%s/file", fc_test_tmpdir());
    if (st == FC_OK)
        st = fc__file_write_whole(path, content, sizeof(content), err);
    if (st == FC_OK)
        st = fc__file_read(path, 1000, &b, err);
    if (st == FC_OK) {
        root = open(fc_test_tmpdir(), O_PATH | O_DIRECTORY);
        st = fc__open_beneath_walk(root, "file", &fd, err);
    }
    if (fd >= 0)
        close(fd);
    if (root >= 0)
        close(root);
    fc_buf_dispose(&b);
    return st;
}

/* Run it with the k-th allocation failing, for each k, until one run comes through. */
static void fail_each_in_turn(const char *name, scenario *run)
{
    fc_error err = FC_ERROR_INIT;
    fc_status st;
    int k;

    fc_test_tmpdir();
    assert_status(FC_OK, run(&err), &err); /* libraries keep what they allocate the first time */
    for (k = 0; k < 1000; k++) {
        const long before = balance;
        bool came_through;

        err.message[0] = '\0';
        fail_at = k;
        st = run(&err);
        came_through = fail_at >= 0;
        fail_at = -1;
        if (balance != before)
            fail_msg("%s: allocation %d fails: %ld blocks are left", name, k, balance - before);
        if (came_through)
            break;
        /* Libraries may get by without, as getcwd and fopen do; ours never crash or stay silent. */
        if (st != FC_OK && err.message[0] == '\0')
            fail_msg("%s: allocation %d fails: status '%s' without a word", name, k,
                     fc_status_string(st));
        if (st != FC_OK && st != FC_E_NOMEM && run != hashes)
            fail_msg("%s: allocation %d fails: '%s'", name, k, err.message);
    }
    assert_status(FC_OK, st, &err);
    print_message("%s: %d allocations failed in turn\n", name, k);
    assert_in_range(k, 1, 999);
}

static void test_nomem__is_said_and_leaks_nothing(void **state)
{
    static const struct {
        const char *name;
        scenario *run;
    } all[] = {{"buffers", buffers}, {"arrays", arrays}, {"strings", strings},
               {"tensors", tensors}, {"json", json},     {"queues", queues},
               {"pools", pools},     {"hashes", hashes}, {"files", files}};

    (void)state;
    if (!OWN_ALLOCATOR)
        fc_test_skip("a sanitizer owns the allocator");
    for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
        fail_each_in_turn(all[i].name, all[i].run);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_nomem__is_said_and_leaks_nothing),
    };

    return cmocka_run_group_tests_name("nomem", tests, NULL, NULL);
}
