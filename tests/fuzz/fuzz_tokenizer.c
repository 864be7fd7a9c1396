/*
 * Fuzz target: a tokenizer.json, and a text for it. The first NUL parts the two. What is read
 * encodes the text in the same way twice; ids lie below the size; a cut gives the beginning, or the
 * end, of what is there without it; padding comes up to its length and is masked.
 */
#include <stdlib.h>
#include <string.h>

#include "fc_text.h"
#include "fc_tokenizer.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Not assert(): a fuzzer in a release build must stop too. */
static void must(bool holds)
{
    if (!holds)
        abort();
}

/* What may go wrong with a text, each with a message. */
static void must_refuse(fc_status st, const fc_error *err)
{
    must(st == FC_E_FORMAT || st == FC_E_LIMIT || st == FC_E_NOMEM);
    must(err->message[0] != '\0');
}

static void check_cut(const fc_tokenizer *t, fc_token_scratch *s, const char *text, size_t n,
                      const fc_tokens *whole, bool left)
{
    fc_token_options options = {.bare = true, .max_length = 3, .cut_left = left, .pad_length = 5};
    fc_tokens cut = FC_TOKENS_INIT;
    fc_error err = FC_ERROR_INIT;
    const size_t kept = whole->n < 3 ? whole->n : 3;
    fc_status st = fc__tokenizer_encode(t, s, text, n, &options, &cut, &err);

    must(st == FC_OK);
    /* A template may hold the text twice: then there are more. */
    if (cut.n == 5) {
        for (size_t i = 0; i < kept; i++)
            must(cut.ids[i] == whole->ids[left ? whole->n - kept + i : i]);
        for (size_t i = kept; i < 5; i++)
            must(cut.mask[i] == 0 && cut.ids[i] == 0);
    }
    fc__tokens_dispose(&cut);
}

static void check_text(const fc_tokenizer *t, const char *text, size_t n)
{
    fc_token_options bare = {.bare = true};
    fc_token_scratch *s = NULL;
    fc_tokens first = FC_TOKENS_INIT, again = FC_TOKENS_INIT;
    fc_error err = FC_ERROR_INIT;
    fc_status st;

    must(fc__token_scratch_create(&s, t, &err) == FC_OK);
    st = fc__tokenizer_encode(t, s, text, n, NULL, &first, &err);
    if (st != FC_OK) {
        must_refuse(st, &err);
    } else {
        must(fc__utf8_valid_prefix(text, n) == n);
        must(fc__tokenizer_encode(t, s, text, n, NULL, &again, &err) == FC_OK);
        must(first.n == again.n);
        must(first.n == 0 || memcmp(first.ids, again.ids, first.n * sizeof(*first.ids)) == 0);
        for (size_t i = 0; i < first.n; i++)
            must(first.ids[i] < fc__tokenizer_size(t) && first.mask[i] == 1);
        must(fc__tokenizer_encode(t, s, text, n, &bare, &first, &err) == FC_OK);
        must(first.n <= again.n);
        check_cut(t, s, text, n, &first, false);
        check_cut(t, s, text, n, &first, true);
    }
    fc__tokens_dispose(&first);
    fc__tokens_dispose(&again);
    fc__token_scratch_destroy(s);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const uint8_t *nul = size > 0 ? memchr(data, 0, size) : NULL;
    const size_t n_json = nul != NULL ? (size_t)(nul - data) : size;
    fc_tokenizer *t = NULL;
    fc_error err = FC_ERROR_INIT;
    const fc_status st = fc__tokenizer_create(&t, data, n_json, &err);

    if (st != FC_OK) {
        must(t == NULL && err.message[0] != '\0');
        must(st == FC_E_FORMAT || st == FC_E_UNSUPPORTED || st == FC_E_LIMIT);
        return 0;
    }
    if (nul != NULL)
        check_text(t, (const char *)nul + 1, size - n_json - 1);
    fc__tokenizer_destroy(t);
    return 0;
}
