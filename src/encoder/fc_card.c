/*
 * Cards by name or path: the built-in ones, and YAML files.
 */
#include "fc_card.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fc_builtin.h"
#include "fc_card_build.h"
#include "fc_file.h"
#include "fc_suggest.h"

#define CARD_BYTES_MAX (UINT32_C(1) << 20)
#define BUILTIN_PREFIX "builtin/"

/* What fc__builtins() has, as the NULL-terminated list the header promises; a test compares. */
static const char *const builtin_names[] = {"builtin/hog",
                                            "builtin/hashtext",
                                            "builtin/mfcc",
                                            "builtin/fpfh",
                                            "builtin/precomputed",
                                            "builtin/lab-hog-lbp",
                                            NULL};

#define N_BUILTIN_NAMES (sizeof(builtin_names) / sizeof(builtin_names[0]) - 1)

const char *const *fc__card_builtins(void)
{
    return builtin_names;
}

void fc__card_destroy(fc_card *card)
{
    if (card == NULL)
        return;
    for (size_t i = 0; i < card->n_parts; i++) {
        free(card->parts[i].key);
        free(card->parts[i].value);
    }
    for (size_t k = 0; k < card->n_outputs; k++)
        fc__output_spec_dispose(&card->outputs[k]);
    free(card->parts);
    free(card->outputs);
    free(card->canonical);
    free(card->origin);
    free(card->variant);
    free(card->encoder);
    free(card->model);
    free(card->tokenizer);
    free(card->name);
    free(card);
}

/* "builtin/hog, builtin/hashtext or builtin/mfcc", joined by `last` before the last one. */
static const char *list_names(const char *last, char *out, size_t size)
{
    size_t at = 0;

    for (size_t i = 0; i < N_BUILTIN_NAMES && at < size; i++) {
        const char *before = i == 0 ? "" : i + 1 < N_BUILTIN_NAMES ? ", " : last;
        const int n = snprintf(out + at, size - at, "%s%s", before, builtin_names[i]);

        at += n > 0 ? (size_t)n : 0;
    }
    return out;
}

/* "builtin/hog" is a card named "hog": names have no '/'. */
static fc_status load_builtin(fc_card **out, const char *name, fc_error *err)
{
    const fc_builtin *builtin = fc__builtin_find(name);
    char names[256];
    fc_card_draft draft;

    if (builtin == NULL) {
        const char *near = fc__suggest(name, builtin_names, N_BUILTIN_NAMES);

        if (near != NULL)
            return fc_error_set(err, FC_E_NOT_FOUND, "no built-in encoder '%s'; did you mean '%s'?",
                                name, near);
        return fc_error_set(err, FC_E_NOT_FOUND, "no built-in encoder '%s'; there are %s", name,
                            list_names(" and ", names, sizeof(names)));
    }
    fc__card_draft_init(&draft, builtin, name + strlen(BUILTIN_PREFIX), "(built in)");
    return fc__card_build(out, &draft, err);
}

fc_status fc__card_load(fc_card **out, const char *name_or_path, fc_buf *problems, fc_error *err)
{
    return fc__card_load_on(out, name_or_path, NULL, problems, err);
}

fc_status fc__card_load_on(fc_card **out, const char *name_or_path, const fc_neural_options *neural,
                           fc_buf *problems, fc_error *err)
{
    fc_buf text = FC_BUF_INIT;
    char names[256];
    fc_status st;

    *out = NULL;
    if (strncmp(name_or_path, BUILTIN_PREFIX, strlen(BUILTIN_PREFIX)) == 0)
        return load_builtin(out, name_or_path, err);
    st = fc__file_read(name_or_path, CARD_BYTES_MAX, &text, err);
    if (st == FC_E_NOT_FOUND)
        fc_error_set(err, st, "no card file '%s'; give a YAML file, %s", name_or_path,
                     list_names(" or ", names, sizeof(names)));
    if (st == FC_OK)
        st = fc__card_parse_on(out, (const char *)text.data, text.size, name_or_path, neural,
                               problems, err);
    fc_buf_dispose(&text);
    return st;
}
