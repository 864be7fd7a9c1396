/*
 * Text preparation: decode, fold, cut, leave out, stem. A word is written as its kind (1 byte), the
 * word and the stem, each with its length in front.
 */
#include "fc_text_prep.h"

#include <string.h>

#include "fc_decode.h"
#include "fc_fold.h"

static fc_status append_word(const fc_word *w, fc_stemmer *stemmer, fc_buf *out, fc_error *err)
{
    const char *stem = w->text;
    size_t stem_n = w->n;
    fc_status st = FC_OK;

    if (w->kind == FC_WORD_LETTERS)
        st = fc__stem(stemmer, w->text, w->n, &stem, &stem_n, err);
    if (st == FC_OK)
        st = fc_buf_append_u8(out, (uint8_t)w->kind, err);
    if (st == FC_OK)
        st = fc_buf_append_bytes(out, w->text, w->n, err);
    if (st == FC_OK)
        st = fc_buf_append_bytes(out, stem, stem_n, err);
    return st;
}

/* The mark of a repair would make all damaged texts alike. */
static bool is_mark_of_repair(const fc_word *w)
{
    return w->n == 3 && memcmp(w->text, "\xef\xbf\xbd", 3) == 0;
}

/* Cut the folded text; `stop` may be NULL. */
static fc_status append_words(const fc_buf *folded, const fc_text_rule *rule,
                              const fc_stop_words *stop, fc_stemmer *stemmer, fc_buf *out,
                              fc_error *err)
{
    fc_words words = fc__words_over(folded->size > 0 ? (const char *)folded->data : "",
                                    folded->size, rule->cut, rule->pairs);
    fc_status st = FC_OK;
    fc_word word;

    while (st == FC_OK && fc__words_next(&words, &word))
        if (!fc__stop_words_has(stop, word.text, word.n) &&
            !(rule->repair && is_mark_of_repair(&word)))
            st = append_word(&word, stemmer, out, err);
    return st;
}

fc_status fc__text_prepare(const uint8_t *bytes, size_t n, const fc_decode_limits *limits,
                           const fc_text_rule *rule, fc_stemmer *stemmer, fc_buf *out,
                           fc_error *err)
{
    fc_buf folded = FC_BUF_INIT, repaired = FC_BUF_INIT;
    const size_t before = out->size;
    const char *text;
    size_t text_n;
    fc_status st;

    st = rule->repair
             ? fc__decode_text_repaired(bytes, n, limits, &repaired, &text, &text_n, NULL, err)
             : fc__decode_text(bytes, n, limits, &text, &text_n, err);
    if (st != FC_OK)
        goto done;
    st = fc__fold_text(text, text_n, rule->form, rule->fold_case, &folded, err);
    if (st != FC_OK)
        goto done;
    st = append_words(&folded, rule, rule->stop, stemmer, out, err);
    /* "The Who", "to be or not to be": better than nothing. */
    if (st == FC_OK && out->size == before && rule->stop != NULL)
        st = append_words(&folded, rule, NULL, stemmer, out, err);
    if (st == FC_OK && out->size == before)
        st = fc_error_set(err, FC_E_FORMAT, "the text has no words (%zu bytes)", n);

done:
    fc_buf_dispose(&repaired);
    fc_buf_dispose(&folded);
    return st;
}

fc_status fc__text_whole(const uint8_t *bytes, size_t n, const fc_decode_limits *limits,
                         const char **out, size_t *out_n, fc_error *err)
{
    return fc__decode_text(bytes, n, limits, out, out_n, err);
}

bool fc__text_prepared_next(fc_reader *r, fc_prepared_word *out)
{
    if (fc_reader_left(r) == 0)
        return false;
    out->kind = (fc_word_kind)fc_read_u8(r);
    out->word = (const char *)fc_read_bytes(r, &out->word_n);
    out->stem = (const char *)fc_read_bytes(r, &out->stem_n);
    return !r->failed;
}

const char *fc__text_prep_versions(void)
{
    return fc__fold_version();
}
