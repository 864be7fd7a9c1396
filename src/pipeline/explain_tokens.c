/*
 * Tokenises a text again, as its encoder does, and keeps the words of its tokens.
 */
#include "explain_tokens.h"

#include <stdlib.h>
#include <string.h>

#include "fc_alloc.h"

static fc_status name_rows(const fc_embedder *e, const fc_prepared *in, fc_result_builder *out,
                           const char **names, size_t n, fc_error *err)
{
    fc_buf text = FC_BUF_INIT;
    fc_status st = FC_OK;

    for (size_t i = 0; i < n && st == FC_OK; i++) {
        fc_buf_clear(&text);
        st = fc__encoder_name_row(e->worker, in, i, &text, err);
        if (st == FC_OK)
            names[i] = fc__result_keep(out, (const char *)text.data);
        if (st == FC_OK && names[i] == NULL)
            st = fc__nomem(err, text.size, "a token");
    }
    /* One more would be another number of rows than the output has. */
    if (st == FC_OK && fc__encoder_name_row(e->worker, in, n, &text, err) != FC_E_NOT_FOUND)
        st = FC_E_NOT_FOUND;
    fc_buf_dispose(&text);
    return st;
}

fc_status fc__explain_tokens(const fc_embedder *e, const fc_input *in, fc_result_builder *out,
                             fc_explanation *explanation, fc_error *err)
{
    const char **names = fc__result_own(out, fc__alloc_array(explanation->n_rows, sizeof(*names)));
    fc_prepared prepared = FC_PREPARED_INIT;
    fc_error ignored = FC_ERROR_INIT;
    fc_status st = FC_OK;

    if (names == NULL)
        return fc__nomem(err, explanation->n_rows * sizeof(*names), "tokens");
    if (fc__encoder_prepare(e->worker, in, &prepared, &ignored) == FC_OK) {
        st = name_rows(e, &prepared, out, names, explanation->n_rows, err);
        if (st == FC_OK)
            explanation->tokens = names;
    }
    fc__prepared_dispose(&prepared);
    return st == FC_E_NOT_FOUND ? FC_OK : st;
}
