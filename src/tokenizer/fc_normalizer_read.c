/*
 * The list of normalizers out of its file.
 */
#include <stdlib.h>
#include <string.h>

#include "fc_alloc.h"
#include "fc_normalizer.h"
#include "fc_token_json.h"

static fc_status read_bert(fc_normal *to, const json_t *part, const char *where, fc_error *err)
{
    fc_status st;

    to->kind = FC_NORMAL_BERT;
    st = fc__tj_keys(part, where, "type clean_text handle_chinese_chars strip_accents lowercase",
                     err);
    if (st == FC_OK)
        st = fc__tj_bool(part, where, "clean_text", true, &to->clean, err);
    if (st == FC_OK)
        st = fc__tj_bool(part, where, "handle_chinese_chars", true, &to->ideographs, err);
    if (st == FC_OK)
        st = fc__tj_bool(part, where, "lowercase", true, &to->lower, err);
    if (st == FC_OK) /* left open, it follows the case */
        st = fc__tj_bool(part, where, "strip_accents", to->lower, &to->accents, err);
    return st;
}

static fc_status read_text(fc_normal *to, const json_t *part, const char *where, const char *key,
                           fc_error *err)
{
    const char *text;
    fc_status st = fc__tj_string(part, where, key, &text, &to->text_n, err);

    if (st != FC_OK)
        return st;
    to->text = fc__strndup(text, to->text_n);
    return to->text != NULL ? FC_OK : fc__nomem(err, to->text_n, "a normalizer");
}

static fc_status read_strip(fc_normal *to, const json_t *part, const char *where, fc_error *err)
{
    fc_status st;

    to->kind = FC_NORMAL_STRIP;
    st = fc__tj_keys(part, where, "type strip_left strip_right", err);
    if (st == FC_OK)
        st = fc__tj_bool(part, where, "strip_left", true, &to->left, err);
    if (st == FC_OK)
        st = fc__tj_bool(part, where, "strip_right", true, &to->right, err);
    return st;
}

static fc_status read_other(fc_normal *to, const json_t *part, const char *type, const char *where,
                            fc_error *err)
{
    const char *map;
    size_t map_n = 0;
    fc_status st;

    if (strcmp(type, "Precompiled") == 0) {
        to->kind = FC_NORMAL_CHARSMAP;
        st = fc__tj_keys(part, where, "type precompiled_charsmap", err);
        if (st == FC_OK)
            st = fc__tj_string(part, where, "precompiled_charsmap", &map, &map_n, err);
        return st == FC_OK ? fc__charsmap_create(&to->charsmap, map, map_n, where, err) : st;
    }
    if (strcmp(type, "Replace") == 0) {
        to->kind = FC_NORMAL_REPLACE;
        st = fc__tj_keys(part, where, "type pattern content", err);
        if (st == FC_OK)
            st = read_text(to, part, where, "content", err);
        return st == FC_OK ? fc__token_regex_read(&to->pattern, part, where, "pattern", err) : st;
    }
    if (strcmp(type, "Prepend") == 0) {
        to->kind = FC_NORMAL_PREPEND;
        st = fc__tj_keys(part, where, "type prepend", err);
        return st == FC_OK ? read_text(to, part, where, "prepend", err) : st;
    }
    return fc_error_set(err, FC_E_UNSUPPORTED, "%s: the normalizer '%s' is not known here", where,
                        type);
}

/* Those without settings. */
static const struct {
    const char *type;
    fc_normal_kind kind;
    bool compose, compat;
} plain[] = {
    {"NFC", FC_NORMAL_FORM, true, false},         {"NFD", FC_NORMAL_FORM, false, false},
    {"NFKC", FC_NORMAL_FORM, true, true},         {"NFKD", FC_NORMAL_FORM, false, true},
    {"Lowercase", FC_NORMAL_LOWER, false, false}, {"StripAccents", FC_NORMAL_ACCENTS, false, false},
    {"Nmt", FC_NORMAL_NMT, false, false},
};

static fc_status add(void *user, const json_t *part, const char *type, const char *where,
                     fc_error *err)
{
    char shown[FC_TJ_SHOW_BYTES];
    fc_normals *list = user;
    fc_normal *to;
    fc_status st =
        fc__grow_array(&list->list, &list->capacity, list->n + 1, sizeof(*list->list), err);

    if (st != FC_OK)
        return st;
    to = &list->list[list->n++];
    *to = (fc_normal){0};
    for (size_t i = 0; i < sizeof(plain) / sizeof(plain[0]); i++) {
        if (strcmp(type, plain[i].type) != 0)
            continue;
        to->kind = plain[i].kind;
        to->compose = plain[i].compose;
        to->compat = plain[i].compat;
        return fc__tj_keys(part, where, "type", err);
    }
    if (strcmp(type, "BertNormalizer") == 0)
        return read_bert(to, part, where, err);
    if (strcmp(type, "Strip") == 0)
        return read_strip(to, part, where, err);
    return read_other(to, part, fc__tj_show(shown, type, strlen(type)), where, err);
}

fc_status fc__normals_read(fc_normals *out, const json_t *part, fc_error *err)
{
    *out = (fc_normals){NULL, 0, 0};
    return fc__tj_sequence(part, "normalizer", "normalizers", add, out, err);
}

void fc__normals_dispose(fc_normals *list)
{
    for (size_t i = 0; i < list->n; i++) {
        fc__charsmap_destroy(list->list[i].charsmap);
        fc__token_regex_destroy(list->list[i].pattern);
        free(list->list[i].text);
    }
    free(list->list);
    *list = (fc_normals){NULL, 0, 0};
}
