/*
 * Texts step by step, in MB of input a second of processor time on one thread, over the files named
 * on stdin:
 *
 *     find DIR -name '*.txt' | bench_text [ROUNDS]
 *
 * Each line is a step by itself, its input made before the clock runs; the best of ROUNDS (7)
 * counts. "prepare" is all of them with the defaults of builtin/hashtext, "features" its `pooled`
 * from prepared words, "idf" the same with frozen counts of these files.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench_data.h"
#include "bench_files.h"

#include "fc_builtin.h"
#include "fc_decode.h"
#include "fc_fold.h"
#include "fc_hashtext.h"
#include "fc_text_prep.h"

#define MAX_FILE_BYTES ((size_t)64 << 20)

typedef struct bench {
    bench_files files;
    fc_buf *folded;   /* one a file */
    fc_buf *prepared; /* by the defaults */
    const fc_builtin *builtin;
    void *plain, *weighing; /* encoders: by default, and with idf */
    void *worker;
    fc_stemmer *stemmer;
    size_t sink; /* what keeps the compiler from leaving work out */
} bench;

typedef void (*step)(bench *b, size_t file);

static const fc_text_rule folding = {.fold_case = true};

static void decode(bench *b, size_t i)
{
    const char *text;
    size_t n;

    if (fc__decode_text(b->files.list[i].data, b->files.list[i].size, NULL, &text, &n, NULL) ==
        FC_OK)
        b->sink += n;
}

/* Every 64th byte is broken. */
static void repair(bench *b, size_t i)
{
    fc_buf broken = FC_BUF_INIT, repaired = FC_BUF_INIT;
    const char *text;
    size_t n;

    bench_need(fc_buf_append(&broken, b->files.list[i].data, b->files.list[i].size, NULL), "memory",
               NULL);
    for (size_t k = 63; k < broken.size; k += 64)
        broken.data[k] = 0xff;
    if (fc__decode_text_repaired(broken.data, broken.size, NULL, &repaired, &text, &n, NULL,
                                 NULL) == FC_OK)
        b->sink += n;
    fc_buf_dispose(&repaired);
    fc_buf_dispose(&broken);
}

static void fold_as(bench *b, size_t i, fc_text_form form)
{
    fc_buf out = FC_BUF_INIT;
    const char *text;
    size_t n;

    if (fc__decode_text(b->files.list[i].data, b->files.list[i].size, NULL, &text, &n, NULL) ==
            FC_OK &&
        fc__fold_text(text, n, form, true, &out, NULL) == FC_OK)
        b->sink += out.size;
    fc_buf_dispose(&out);
}

static void fold_nfc(bench *b, size_t i)
{
    fold_as(b, i, FC_FORM_NFC);
}

static void fold_nfkc(bench *b, size_t i)
{
    fold_as(b, i, FC_FORM_NFKC);
}

static void cut(bench *b, size_t i, fc_word_cut how, bool pairs)
{
    fc_words words = fc__words_over((const char *)b->folded[i].data, b->folded[i].size, how, pairs);
    fc_word word;

    while (fc__words_next(&words, &word))
        b->sink += word.n;
}

static void cut_runs(bench *b, size_t i)
{
    cut(b, i, FC_CUT_RUNS, false);
}

static void cut_unicode(bench *b, size_t i)
{
    cut(b, i, FC_CUT_UNICODE, false);
}

static void cut_pairs(bench *b, size_t i)
{
    cut(b, i, FC_CUT_RUNS, true);
}

/* Words and their stems. */
static void stem(bench *b, size_t i)
{
    fc_words words =
        fc__words_over((const char *)b->folded[i].data, b->folded[i].size, FC_CUT_RUNS, false);
    fc_word word;

    while (fc__words_next(&words, &word)) {
        const char *out;
        size_t n;

        if (fc__stem(b->stemmer, word.text, word.n, &out, &n, NULL) == FC_OK)
            b->sink += n;
    }
}

static void prepare(bench *b, size_t i)
{
    fc_buf out = FC_BUF_INIT;

    if (fc__text_prepare(b->files.list[i].data, b->files.list[i].size, NULL, &folding, b->stemmer,
                         &out, NULL) == FC_OK)
        b->sink += out.size;
    fc_buf_dispose(&out);
}

static void encode_by(bench *b, size_t i, void *encoder)
{
    static const bool wanted[FC_BUILTIN_MAX_OUTPUTS] = {[FC_HASHTEXT_POOLED] = true};
    const fc_prepared prepared = {.tensor = FC_TENSOR_INIT, .bytes = b->prepared[i]};
    const fc_prepared *const in[] = {&prepared};
    fc_tensor outputs[FC_BUILTIN_MAX_OUTPUTS];
    fc_features features = {.outputs = outputs, .n_outputs = b->builtin->n_outputs};
    fc_features *out[] = {&features};

    if (prepared.bytes.size == 0)
        return; /* a file without words */
    memset(outputs, 0, sizeof(outputs));
    bench_need(b->builtin->ops->run(encoder, b->worker, in, 1, wanted, out, NULL), "encode", NULL);
    b->sink += outputs[FC_HASHTEXT_POOLED].shape[0];
    fc_tensor_dispose(&outputs[FC_HASHTEXT_POOLED]);
}

static void features(bench *b, size_t i)
{
    encode_by(b, i, b->plain);
}

static void features_idf(bench *b, size_t i)
{
    encode_by(b, i, b->weighing);
}

/* Input of the later steps. */
static void make_inputs(bench *b)
{
    b->folded = fc__alloc_array(b->files.n, sizeof(*b->folded));
    b->prepared = fc__alloc_array(b->files.n, sizeof(*b->prepared));
    if (b->folded == NULL || b->prepared == NULL)
        bench_die("memory", NULL);
    for (size_t i = 0; i < b->files.n; i++) {
        const fc_buf *file = &b->files.list[i];
        const char *text;
        size_t n;

        if (fc__decode_text(file->data, file->size, NULL, &text, &n, NULL) == FC_OK)
            bench_need(fc__fold_text(text, n, FC_FORM_NFC, true, &b->folded[i], NULL), "fold",
                       NULL);
        (void)fc__text_prepare(file->data, file->size, NULL, &folding, b->stemmer, &b->prepared[i],
                               NULL);
    }
}

/* An encoder that weighs by the counts of all files. */
static void make_weighing(bench *b, const double *values)
{
    const fc_learning *how = b->builtin->learning;
    double with[FC_BUILTIN_MAX_PARAMS];
    fc_buf text = FC_BUF_INIT, note = FC_BUF_INIT;
    fc_builtin_data data = {how->data, NULL};
    fc_error err = FC_ERROR_INIT;
    void *sum = NULL;

    memcpy(with, values, sizeof(with));
    with[fc__builtin_param(b->builtin, "idf")] = 1;
    bench_need(b->builtin->create(&b->weighing, with, &err), "an encoder", &err);
    bench_need(how->begin(&sum, &err), "idf", &err);
    for (size_t i = 0; i < b->files.n; i++) {
        const fc_prepared prepared = {.tensor = FC_TENSOR_INIT, .bytes = b->prepared[i]};

        fc_buf_clear(&note);
        bench_need(how->note(b->weighing, b->worker, &prepared, &note, &err), "idf", &err);
        bench_need(how->add(sum, &note, &err), "idf", &err);
    }
    bench_need(how->end(sum, &text, &err), "idf", &err);
    bench_need(fc_buf_append_u8(&text, 0, &err), "idf", &err);
    data.text = (const char *)text.data;
    bench_need(b->builtin->take_data(b->weighing, &data, 1, &err), "idf", &err);
    how->destroy(sum);
    fc_buf_dispose(&note);
    fc_buf_dispose(&text);
}

static void open_encoders(bench *b)
{
    double values[FC_BUILTIN_MAX_PARAMS] = {0};
    fc_error err = FC_ERROR_INIT;

    b->builtin = fc__builtin_find("builtin/hashtext");
    fc__builtin_defaults(b->builtin, values);
    bench_need(b->builtin->create(&b->plain, values, &err), "an encoder", &err);
    bench_need(fc__builtin_worker_create(b->builtin, b->plain, &b->worker, &err), "a worker", &err);
    make_weighing(b, values);
}

static double best_seconds(bench *b, step s, int rounds)
{
    double best = 0;

    for (int r = 0; r < rounds; r++) {
        const double begin = bench_cpu();
        double now;

        for (size_t i = 0; i < b->files.n; i++)
            s(b, i);
        now = bench_cpu() - begin;
        best = r == 0 || now < best ? now : best;
    }
    return best;
}

static void measure(bench *b, int rounds)
{
    static const struct {
        const char *name;
        step step;
    } steps[] = {
        {"decode", decode},
        {"repair", repair},
        {"fold nfc", fold_nfc},
        {"fold nfkc", fold_nfkc},
        {"words runs", cut_runs},
        {"words unicode", cut_unicode},
        {"words pairs", cut_pairs},
        {"words and stems", stem},
        {"prepare", prepare},
        {"features", features},
        {"features idf", features_idf},
    };

    printf("%zu files, %.2f MB; MB of input a second of one core\n", b->files.n,
           (double)b->files.bytes * 1e-6);
    for (size_t k = 0; k < sizeof(steps) / sizeof(steps[0]); k++)
        printf("%-16s %8.1f\n", steps[k].name,
               (double)b->files.bytes * 1e-6 / best_seconds(b, steps[k].step, rounds));
}

int main(int argc, char **argv)
{
    bench b = {0};
    fc_error err = FC_ERROR_INIT;

    bench_need(bench_files_read(&b.files, MAX_FILE_BYTES, &err), "files on stdin", &err);
    bench_need(fc__stemmer_create(&b.stemmer, "english", &err), "a stemmer", &err);
    make_inputs(&b);
    open_encoders(&b);
    measure(&b, argc > 1 && atoi(argv[1]) > 0 ? atoi(argv[1]) : 7);
    for (size_t i = 0; i < b.files.n; i++) {
        fc_buf_dispose(&b.folded[i]);
        fc_buf_dispose(&b.prepared[i]);
    }
    free(b.folded);
    free(b.prepared);
    fc__builtin_worker_destroy(b.builtin, b.worker);
    b.builtin->ops->destroy(b.plain);
    b.builtin->ops->destroy(b.weighing);
    fc__stemmer_destroy(b.stemmer);
    bench_files_dispose(&b.files);
    return b.sink == 0; /* nothing was done */
}
