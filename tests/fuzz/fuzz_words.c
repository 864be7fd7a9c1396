/*
 * Fuzz target: from any bytes to words. The first byte chooses the rule, the rest is the text. A
 * repair leaves valid UTF-8 and changes nothing twice; segments and words lie within the text, one
 * after another; what is prepared reads back.
 */
#include <stdlib.h>
#include <string.h>

#include "fc_decode.h"
#include "fc_text.h"
#include "fc_text_prep.h"
#include "fc_word_break.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Not assert(): a fuzzer in a release build must stop too. */
static void must(bool holds)
{
    if (!holds)
        abort();
}

/* The text as it is repaired, in `out`; false where it is refused. */
static bool check_repair(const uint8_t *data, size_t size, fc_buf *out)
{
    fc_buf again = FC_BUF_INIT;
    fc_error err = FC_ERROR_INIT;
    const char *text, *same, *strict;
    size_t n, n_same, n_strict, marks = 0;
    const fc_status st = fc__decode_text_repaired(data, size, NULL, out, &text, &n, &marks, &err);

    if (st != FC_OK) {
        must(st == FC_E_FORMAT && err.message[0] != '\0');
        return false;
    }
    must(fc__utf8_valid_prefix(text, n) == n);
    must((fc__decode_text(data, size, NULL, &strict, &n_strict, &err) == FC_OK) == (marks == 0));
    must(fc__decode_text_repaired((const uint8_t *)text, n, NULL, &again, &same, &n_same, &marks,
                                  &err) == FC_OK);
    /* A second byte-order mark is dropped by the second time. */
    must(marks == 0 && n_same <= n && memcmp(same, text + (n - n_same), n_same) == 0);
    must(n - n_same == 0 || n - n_same == 3);
    if (out->size == 0)
        must(fc_buf_append(out, text, n, &err) == FC_OK);
    fc_buf_dispose(&again);
    return true;
}

static void check_segments(const char *text, size_t n)
{
    size_t at = 0;

    while (at < n) {
        const size_t length = fc__word_segment(text + at, n - at, SIZE_MAX);

        must(length > 0 && length <= n - at);
        at += length;
        must(at == n || ((unsigned char)text[at] & 0xC0) != 0x80);
    }
}

static void check_words(const char *text, size_t n, const fc_text_rule *rule)
{
    fc_words words = fc__words_over(text, n, rule->cut, rule->pairs);
    const char *before = text;
    fc_word word;

    while (fc__words_next(&words, &word)) {
        must(word.n > 0 && word.text >= before && word.text + word.n <= text + n);
        must(fc__utf8_valid_prefix(word.text, word.n) == word.n);
        /* The next one begins behind this one, or within a pair. */
        before = word.kind == FC_WORD_CJK && rule->pairs ? word.text + 1 : word.text + word.n;
        if (word.kind == FC_WORD_LETTERS)
            must(word.n <= 4 * (size_t)FC_WORD_MAX_CHARS);
    }
}

static void check_prepared(const uint8_t *data, size_t size, const fc_text_rule *rule)
{
    fc_stemmer *stemmer = NULL;
    fc_buf out = FC_BUF_INIT;
    fc_error err = FC_ERROR_INIT;
    fc_prepared_word word;
    fc_reader r;
    fc_status st;

    must(fc__stemmer_create(&stemmer, "english", &err) == FC_OK);
    st = fc__text_prepare(data, size, NULL, rule, stemmer, &out, &err);
    must(st == FC_OK || (st == FC_E_FORMAT && err.message[0] != '\0'));
    r = fc_reader_over(out.data, out.size);
    while (fc__text_prepared_next(&r, &word))
        must(word.word_n > 0 && word.stem_n > 0);
    must(!r.failed && fc_reader_left(&r) == 0);
    fc_buf_dispose(&out);
    fc__stemmer_destroy(stemmer);
}

/* The text as a list of stop words: what is read is its own form, and a set. */
static fc_stop_words *check_list(const char *text, size_t n, const fc_text_rule *rule)
{
    fc_buf list = FC_BUF_INIT, again = FC_BUF_INIT;
    fc_stop_words *set = NULL;
    fc_error err = FC_ERROR_INIT;

    if (fc__stop_list_read(text, n, &list, &err) == FC_OK) {
        must(list.size > 0 && list.size <= FC_STOP_LIST_MAX);
        /* But for a word that begins with what is a byte-order mark at the start of a file. */
        if (list.size < 3 || memcmp(list.data, "\xef\xbb\xbf", 3) != 0) {
            must(fc__stop_list_read((const char *)list.data, list.size, &again, &err) == FC_OK);
            must(again.size == list.size && memcmp(again.data, list.data, list.size) == 0);
        }
        must(fc_buf_append(&list, "", 1, &err) == FC_OK);
        must(fc__stop_words_create(&set, (const char *)list.data, rule->form, rule->fold_case,
                                   &err) == FC_OK);
    }
    fc_buf_dispose(&again);
    fc_buf_dispose(&list);
    return set;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const unsigned bits = size > 0 ? data[0] : 0;
    fc_text_rule rule = {.repair = (bits & 1) != 0,
                         .form = (bits & 2) != 0 ? FC_FORM_NFKC : FC_FORM_NFC,
                         .fold_case = (bits & 4) != 0,
                         .cut = (bits & 8) != 0 ? FC_CUT_UNICODE : FC_CUT_RUNS,
                         .pairs = (bits & 16) != 0};
    fc_buf repaired = FC_BUF_INIT;
    fc_stop_words *stop;

    if (size == 0)
        return 0;
    data++;
    size--;
    if (check_repair(data, size, &repaired)) {
        const char *text = repaired.size > 0 ? (const char *)repaired.data : "";

        check_segments(text, repaired.size);
        check_words(text, repaired.size, &rule);
        stop = check_list(text, repaired.size, &rule);
        rule.stop = (bits & 32) != 0 ? stop : NULL;
        check_prepared(data, size, &rule);
        fc__stop_words_destroy(stop);
    }
    fc_buf_dispose(&repaired);
    return 0;
}
