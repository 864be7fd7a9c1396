/*
 * Exports: line i describes row i, in every format; a content under two names comes twice; a pinned
 * version comes as it was; no room leaves no files.
 */
#include "../flow/flow_fixture.h"

#include <dirent.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>

typedef struct exporting {
    flow flow;
    fc_store *store;
    char dir[1100];
    fc_export_report report;
} exporting;

static void begin(exporting *x, const char *name)
{
    fc_store_options opts = FC_STORE_OPTIONS_INIT;

    memset(x, 0, sizeof(*x));
    flow_begin(&x->flow, name);
    flow_text(&x->flow, "a.txt", "a red bird sings");
    flow_text(&x->flow, "b.txt", "a blue fish swims in the sea");
    flow_text(&x->flow, "c \"odd\",name.txt", "a red bird sings"); /* the content of a.txt */
    x->flow.opts.encoders = flow_text_only;
    x->flow.opts.n_encoders = 1;
    flow_settle();
    assert_status(FC_OK, flow_run(&x->flow), &x->flow.err);
    assert_status(FC_OK, fc_store_open(&x->store, x->flow.store, &opts, &x->flow.err),
                  &x->flow.err);
    snprintf(x->dir, sizeof(x->dir), "%s-out", x->flow.source);
}

static void end(exporting *x)
{
    fc_store_close(x->store);
    flow_end(&x->flow);
}

static fc_status run(exporting *x, fc_export_format format, const char *output, const char *dataset)
{
    fc_export_options opts = FC_EXPORT_OPTIONS_INIT;

    fc_test_remove_tree(x->dir);
    opts.format = format;
    opts.output = output;
    opts.dataset = dataset;
    return fc_export(x->store, x->dir, &opts, &x->report, &x->flow.err);
}

/* The path of the one file with this ending; its content where `text` is not NULL. */
static void find_file(const exporting *x, const char *ending, char path[1400], char **text)
{
    struct dirent *entry;
    DIR *dir = opendir(x->dir);

    assert_non_null(dir);
    path[0] = '\0';
    while ((entry = readdir(dir)) != NULL) {
        const size_t n = strlen(entry->d_name), m = strlen(ending);

        if (n < m || strcmp(entry->d_name + n - m, ending) != 0)
            continue;
        assert_string_equal(path, ""); /* one */
        snprintf(path, 1400, "%s/%s", x->dir, entry->d_name);
    }
    closedir(dir);
    assert_string_not_equal(path, "");
    if (text != NULL) {
        size_t size;
        uint8_t *bytes = fc_test_read_file(path, &size);

        *text = strndup((const char *)bytes, size);
        free(bytes);
    }
}

/* Row of the line that names `id`; -1: none. */
static int line_of(const char *lines, const char *id)
{
    int row = 0;
    const char *at = strstr(lines, id);

    for (const char *c = lines; at != NULL && c < at; c++)
        row += *c == '\n';
    return at != NULL ? row : -1;
}

static void test_export__npy_and_its_lines(void **state)
{
    fc_tensor t = FC_TENSOR_INIT;
    char path[1400], *lines;
    exporting x;
    const float *rows;
    int a, b, c;

    (void)state;
    begin(&x, "npy");
    assert_status(FC_OK, run(&x, FC_EXPORT_NPY, "pooled", NULL), &x.flow.err);
    assert_int_equal(x.report.n_rows, 3);
    assert_int_equal(x.report.n_files, 2);
    find_file(&x, ".jsonl", path, &lines);
    find_file(&x, ".npy", path, NULL);
    assert_status(FC_OK, fc_npy_read(path, 1 << 24, &t, &x.flow.err), &x.flow.err);
    assert_int_equal(t.rank, 2);
    assert_int_equal(t.shape[0], 3);
    a = line_of(lines, "\"a.txt\"");
    b = line_of(lines, "\"b.txt\"");
    c = line_of(lines, "\"c \\\"odd\\\",name.txt\"");
    assert_int_equal(a + b + c, 3);
    assert_true(a >= 0 && b >= 0 && c >= 0);
    rows = t.data;
    assert_memory_equal(rows + (size_t)a * t.shape[1], rows + (size_t)c * t.shape[1],
                        t.shape[1] * sizeof(float));
    assert_true(memcmp(rows + (size_t)a * t.shape[1], rows + (size_t)b * t.shape[1],
                       t.shape[1] * sizeof(float)) != 0);
    fc_tensor_dispose(&t);
    free(lines);
    end(&x);
}

/* Sequences are stacked; each line says where its rows are. */
static void test_export__ragged_items(void **state)
{
    fc_tensor t = FC_TENSOR_INIT;
    char path[1400], *lines;
    unsigned long total = 0;
    exporting x;

    (void)state;
    begin(&x, "ragged");
    assert_status(FC_OK, run(&x, FC_EXPORT_NPY, "tokens", NULL), &x.flow.err);
    find_file(&x, ".jsonl", path, &lines);
    find_file(&x, ".npy", path, NULL);
    assert_status(FC_OK, fc_npy_read(path, 1 << 24, &t, &x.flow.err), &x.flow.err);
    for (const char *at = lines; (at = strstr(at, "\"row\":")) != NULL;) {
        char *rest;

        assert_int_equal(strtoul(at + 6, &rest, 10), total);
        assert_int_equal(strncmp(rest, ",\"rows\":", 8), 0);
        total += strtoul(rest + 8, &rest, 10);
        at = rest;
    }
    assert_int_equal(t.shape[0], total);
    fc_tensor_dispose(&t);
    free(lines);
    assert_status(FC_E_UNSUPPORTED, run(&x, FC_EXPORT_CSV, "tokens", NULL), &x.flow.err);
    assert_status(FC_OK, run(&x, FC_EXPORT_JSONL, "tokens", NULL), &x.flow.err);
    end(&x);
}

static void test_export__csv_and_jsonl(void **state)
{
    char path[1400], *csv, *lines;
    exporting x;

    (void)state;
    begin(&x, "csv");
    assert_status(FC_OK, run(&x, FC_EXPORT_CSV, "pooled", NULL), &x.flow.err);
    find_file(&x, ".csv", path, &csv);
    assert_int_equal(strncmp(csv, "id,dataset,modality,group,split,f0,f1,", 38), 0);
    assert_non_null(strstr(csv, "\r\n\"c \"\"odd\"\",name.txt\",\"set\",\"text\","));
    assert_status(FC_OK, run(&x, FC_EXPORT_JSONL, "pooled", NULL), &x.flow.err);
    find_file(&x, ".jsonl", path, &lines);
    assert_int_equal(line_of(lines, "nothing"), -1);
    assert_non_null(strstr(lines, "\"features\":["));
    free(csv);
    free(lines);
    end(&x);
}

static void test_export__a_pinned_version(void **state)
{
    char path[1400], *lines;
    exporting x;

    (void)state;
    begin(&x, "pinned");
    flow_remove(&x.flow, "b.txt");
    flow_settle();
    assert_status(FC_OK, flow_run(&x.flow), &x.flow.err);
    assert_status(FC_OK, run(&x, FC_EXPORT_NPY, "pooled", NULL), &x.flow.err);
    assert_int_equal(x.report.n_rows, 2);
    assert_status(FC_OK, run(&x, FC_EXPORT_NPY, "pooled", "set@1"), &x.flow.err);
    assert_int_equal(x.report.n_rows, 3);
    find_file(&x, ".jsonl", path, &lines);
    assert_true(line_of(lines, "\"b.txt\"") >= 0);
    free(lines);
    assert_status(FC_E_NOT_FOUND, run(&x, FC_EXPORT_NPY, "pooled", "set@9"), &x.flow.err);
    assert_status(FC_E_NOT_FOUND, run(&x, FC_EXPORT_NPY, "nothing", NULL), &x.flow.err);
    assert_int_equal(x.report.n_files, 0);
    end(&x);
}

/* Slow to ask, so that workers have done something by then. */
static bool stop_soon(void *context)
{
    const struct timespec pause = {0, 100000000};

    nanosleep(&pause, NULL);
    return ++*(_Atomic int *)context > 2;
}

/* Of an ingest that was stopped nothing is exported. */
static void test_export__what_is_building_stays(void **state)
{
    char card[1200];
    const char *cards[] = {card};
    _Atomic int asked = 0;
    exporting x;

    (void)state;
    begin(&x, "building");
    snprintf(card, sizeof(card), "%s.yaml", x.flow.source);
    fc_test_write_text(card, "name: other\nmodality: text\nencoder: builtin/hashtext\n"
                             "variant: other\n");
    x.flow.opts.encoders = cards;
    x.flow.opts.batch = 1;
    x.flow.opts.cancelled = stop_soon;
    x.flow.opts.failure = NULL;
    x.flow.opts.notice = NULL;
    x.flow.opts.context = &asked;
    assert_status(FC_E_CANCELLED, flow_run(&x.flow), &x.flow.err);
    assert_true(x.flow.report.encoded > 0);
    assert_status(FC_OK, run(&x, FC_EXPORT_NPY, "pooled", NULL), &x.flow.err);
    assert_int_equal(x.report.n_files, 2);
    assert_int_equal(x.report.n_rows, 3);
    end(&x);
}

static void test_export__no_room(void **state)
{
    const struct rlimit limit = {6000, 6000}; /* a header and one row */
    struct dirent *entry;
    exporting x;
    int status;
    pid_t child;
    DIR *dir;

    (void)state;
    begin(&x, "full");
    fc_store_close(x.store);
    x.store = NULL;
    child = fork();
    if (child == 0) {
        fc_store_options opts = FC_STORE_OPTIONS_INIT;

        signal(SIGXFSZ, SIG_IGN);
        opts.flags = FC_STORE_READ_ONLY;
        if (fc_store_open(&x.store, x.flow.store, &opts, &x.flow.err) != FC_OK ||
            setrlimit(RLIMIT_FSIZE, &limit) != 0)
            _exit(9);
        _exit(run(&x, FC_EXPORT_NPY, "pooled", NULL) == FC_E_FULL ? 0 : 1);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    dir = opendir(x.dir);
    assert_non_null(dir);
    while ((entry = readdir(dir)) != NULL)
        assert_int_equal(entry->d_name[0], '.');
    closedir(dir);
    end(&x);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_export__npy_and_its_lines),
        cmocka_unit_test(test_export__ragged_items),
        cmocka_unit_test(test_export__csv_and_jsonl),
        cmocka_unit_test(test_export__a_pinned_version),
        cmocka_unit_test(test_export__what_is_building_stays),
        cmocka_unit_test(test_export__no_room),
    };

    return cmocka_run_group_tests_name("export", tests, NULL, NULL);
}
