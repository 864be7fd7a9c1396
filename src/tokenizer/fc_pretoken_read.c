/*
 * The list of pre-tokenizers out of its file.
 */
#include <stdlib.h>
#include <string.h>

#include "fc_alloc.h"
#include "fc_pretokenizer.h"
#include "fc_text.h"
#include "fc_token_class.h"
#include "fc_token_json.h"

static fc_status read_way(fc_pretoken *to, const json_t *part, const char *where, fc_error *err)
{
    static const char *const names[] = {"Removed", "Isolated", "MergedWithPrevious",
                                        "MergedWithNext", "Contiguous"};
    char shown[FC_TJ_SHOW_BYTES];
    const char *name;
    fc_status st = fc__tj_string(part, where, "behavior", &name, NULL, err);

    if (st != FC_OK)
        return st;
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (strcmp(name, names[i]) == 0) {
            to->way = (fc_cut_way)i;
            return FC_OK;
        }
    }
    return fc_error_set(err, FC_E_UNSUPPORTED, "%s: the behavior '%s' is not known here", where,
                        fc__tj_show(shown, name, strlen(name)));
}

static fc_status read_bert(fc_pretoken *to, const json_t *part, const char *where, fc_error *err)
{
    to->kind = FC_CUT_BERT;
    return fc__tj_keys(part, where, "type", err);
}

static fc_status read_bytes(fc_pretoken *to, const json_t *part, const char *where, fc_error *err)
{
    bool unused; /* of offsets, which are not kept */
    fc_status st;

    to->kind = FC_CUT_BYTES;
    st = fc__tj_keys(part, where, "type add_prefix_space trim_offsets use_regex", err);
    if (st == FC_OK)
        st = fc__tj_bool(part, where, "add_prefix_space", true, &to->prefix_space, err);
    if (st == FC_OK)
        st = fc__tj_bool(part, where, "trim_offsets", true, &unused, err);
    if (st == FC_OK)
        st = fc__tj_bool(part, where, "use_regex", true, &to->gpt_words, err);
    return st;
}

/* One character, under `key`. */
static fc_status read_char(const json_t *part, const char *where, const char *key, uint32_t *cp,
                           fc_error *err)
{
    const char *text;
    size_t n = 0, used;
    fc_status st = fc__tj_string(part, where, key, &text, &n, err);

    if (st != FC_OK)
        return st;
    *cp = n > 0 ? fc__utf8_next(text, n, &used) : 0;
    return *cp != 0 && used == n
               ? FC_OK
               : fc_error_set(err, FC_E_FORMAT, "%s: '%s' is not one character", where, key);
}

static fc_status read_meta(fc_pretoken *to, const json_t *part, const char *where, fc_error *err)
{
    const char *scheme = NULL, *mark;
    uint32_t cp;
    bool old = true;
    fc_status st;

    to->kind = FC_CUT_META;
    st = fc__tj_keys(part, where, "type replacement str_rep add_prefix_space prepend_scheme split",
                     err);
    if (st == FC_OK)
        st = read_char(part, where, "replacement", &cp, err);
    if (st == FC_OK)
        st = fc__tj_bool(part, where, "add_prefix_space", true, &old, err);
    if (st == FC_OK)
        st = fc__tj_bool(part, where, "split", true, &to->split, err);
    if (st == FC_OK)
        st = fc__tj_string_or_null(part, where, "prepend_scheme", &scheme, NULL, err);
    if (st == FC_OK) /* what older files write beside it */
        st = fc__tj_string_or_null(part, where, "str_rep", &mark, NULL, err);
    if (st != FC_OK)
        return st;
    to->mark_n = fc__utf8_put(cp, to->mark);
    if (mark != NULL && strcmp(mark, to->mark) != 0)
        return fc_error_set(err, FC_E_FORMAT, "%s: 'str_rep' is not 'replacement'", where);
    if (scheme == NULL)
        scheme = old ? "always" : "never";
    if (strcmp(scheme, "always") == 0)
        to->prepend = FC_PREPEND_ALWAYS;
    else if (strcmp(scheme, "first") == 0)
        to->prepend = FC_PREPEND_FIRST;
    else if (strcmp(scheme, "never") == 0)
        to->prepend = FC_PREPEND_NEVER;
    else
        return fc_error_set(err, FC_E_UNSUPPORTED,
                            "%s: 'prepend_scheme' is not always, first or never", where);
    if (!old && to->prepend != FC_PREPEND_NEVER)
        return fc_error_set(err, FC_E_FORMAT,
                            "%s: 'add_prefix_space' and 'prepend_scheme' contradict each other",
                            where);
    return FC_OK;
}

static fc_status read_punctuation(fc_pretoken *to, const json_t *part, const char *where,
                                  fc_error *err)
{
    fc_status st = fc__tj_keys(part, where, "type behavior", err);

    to->kind = FC_CUT_CLASS;
    to->classes = FC_CLASS_PUNCTUATION;
    to->way = FC_WAY_ISOLATED;
    if (st == FC_OK && json_object_get(part, "behavior") != NULL)
        st = read_way(to, part, where, err);
    return st;
}

static fc_status read_digits(fc_pretoken *to, const json_t *part, const char *where, fc_error *err)
{
    bool alone = false;
    fc_status st = fc__tj_keys(part, where, "type individual_digits", err);

    if (st == FC_OK)
        st = fc__tj_bool(part, where, "individual_digits", false, &alone, err);
    to->kind = FC_CUT_CLASS;
    to->classes = FC_CLASS_NUMERIC;
    to->way = alone ? FC_WAY_ISOLATED : FC_WAY_CONTIGUOUS;
    return st;
}

static fc_status read_words(fc_pretoken *to, const json_t *part, const char *where, fc_error *err)
{
    to->kind = FC_CUT_WORDS;
    return fc__tj_keys(part, where, "type", err);
}

static fc_status read_spaces(fc_pretoken *to, const json_t *part, const char *where, fc_error *err)
{
    to->kind = FC_CUT_CLASS;
    to->way = FC_WAY_REMOVED;
    return fc__tj_keys(part, where, "type", err);
}

static fc_status read_delimiter(fc_pretoken *to, const json_t *part, const char *where,
                                fc_error *err)
{
    fc_status st = fc__tj_keys(part, where, "type delimiter", err);

    to->kind = FC_CUT_CLASS;
    to->way = FC_WAY_REMOVED;
    return st == FC_OK ? read_char(part, where, "delimiter", &to->only, err) : st;
}

static fc_status read_split(fc_pretoken *to, const json_t *part, const char *where, fc_error *err)
{
    fc_status st = fc__tj_keys(part, where, "type pattern behavior invert", err);

    to->kind = FC_CUT_REGEX;
    if (st == FC_OK)
        st = read_way(to, part, where, err);
    if (st == FC_OK)
        st = fc__tj_bool(part, where, "invert", false, &to->invert, err);
    return st == FC_OK ? fc__token_regex_read(&to->pattern, part, where, "pattern", err) : st;
}

static const struct {
    const char *type;
    fc_status (*read)(fc_pretoken *, const json_t *, const char *, fc_error *);
} kinds[] = {
    {"BertPreTokenizer", read_bert},
    {"ByteLevel", read_bytes},
    {"Metaspace", read_meta},
    {"Punctuation", read_punctuation},
    {"Digits", read_digits},
    {"Whitespace", read_words},
    {"WhitespaceSplit", read_spaces},
    {"CharDelimiterSplit", read_delimiter},
    {"Split", read_split},
};

static fc_status add(void *user, const json_t *part, const char *type, const char *where,
                     fc_error *err)
{
    char shown[FC_TJ_SHOW_BYTES];
    fc_pretokens *list = user;
    fc_status st =
        fc__grow_array(&list->list, &list->capacity, list->n + 1, sizeof(*list->list), err);

    if (st != FC_OK)
        return st;
    list->list[list->n] = (fc_pretoken){0};
    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
        if (strcmp(type, kinds[i].type) == 0)
            return kinds[i].read(&list->list[list->n++], part, where, err);
    return fc_error_set(err, FC_E_UNSUPPORTED, "%s: the pre-tokenizer '%s' is not known here",
                        where, fc__tj_show(shown, type, strlen(type)));
}

fc_status fc__pretokens_read(fc_pretokens *out, const json_t *part, fc_error *err)
{
    *out = (fc_pretokens){NULL, 0, 0};
    return fc__tj_sequence(part, "pre_tokenizer", "pretokenizers", add, out, err);
}

void fc__pretokens_dispose(fc_pretokens *list)
{
    for (size_t i = 0; i < list->n; i++)
        fc__token_regex_destroy(list->list[i].pattern);
    free(list->list);
    *list = (fc_pretokens){NULL, 0, 0};
}
