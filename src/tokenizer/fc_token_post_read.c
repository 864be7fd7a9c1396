/*
 * Post-processors, truncation and padding out of a tokenizer.json.
 */
#include <stdlib.h>
#include <string.h>

#include "fc_alloc.h"
#include "fc_token_json.h"
#include "fc_token_post.h"

#define MAX_ID    UINT32_C(0x7ffffffe)
#define MAX_ITEMS 1024
/* Of the lengths that a file may ask to pad to: a text's memory grows to it. */
#define MAX_PADDED (UINT32_C(1) << 20)

static fc_status add_item(fc_post *post, fc_post_item item, fc_error *err)
{
    fc_status st;

    if (post->n == MAX_ITEMS)
        return fc_error_set(err, FC_E_LIMIT, "post_processor: more than %d special tokens",
                            MAX_ITEMS);
    st = fc__grow_array(&post->items, &post->capacity, post->n + 1, sizeof(*post->items), err);
    if (st != FC_OK)
        return st;
    post->items[post->n++] = item;
    post->n_special += !item.text;
    if (!item.text && item.id >= post->size)
        post->size = item.id + 1;
    return FC_OK;
}

/* A special token of a template: all ids that it stands for. */
static fc_status add_special(fc_post *post, const json_t *specials, const char *name, uint32_t type,
                             const char *where, fc_error *err)
{
    const json_t *special = json_object_get(specials, name), *ids;
    char shown[FC_TJ_SHOW_BYTES];
    fc_status st;

    if (!json_is_object(special))
        return fc_error_set(err, FC_E_FORMAT, "%s: '%s' is not among the special tokens", where,
                            fc__tj_show(shown, name, strlen(name)));
    st = fc__tj_array(special, where, "ids", &ids, err);
    for (size_t i = 0; st == FC_OK && i < json_array_size(ids); i++) {
        fc_post_item item = {.type = type};

        st = fc__tj_number(json_array_get(ids, i), where, "ids", MAX_ID, &item.id, err);
        if (st == FC_OK)
            st = add_item(post, item, err);
    }
    return st;
}

static fc_status add_piece(fc_post *post, const json_t *piece, const json_t *specials,
                           const char *where, fc_error *err)
{
    const json_t *sequence = json_object_get(piece, "Sequence");
    const json_t *body = sequence != NULL ? sequence : json_object_get(piece, "SpecialToken");
    const char *id;
    uint32_t type;
    fc_status st;

    st = fc__tj_object(body, where, err);
    if (st == FC_OK)
        st = fc__tj_keys(piece, where, sequence != NULL ? "Sequence" : "SpecialToken", err);
    if (st == FC_OK)
        st = fc__tj_string(body, where, "id", &id, NULL, err);
    if (st == FC_OK)
        st = fc__tj_uint(body, where, "type_id", MAX_ID, &type, err);
    if (st != FC_OK)
        return st;
    if (sequence == NULL)
        return add_special(post, specials, id, type, where, err);
    if (strcmp(id, "A") != 0)
        return fc_error_set(err, FC_E_FORMAT, "%s: 'single' names another text than A", where);
    return add_item(post, (fc_post_item){.text = true, .type = type}, err);
}

static fc_status read_template(fc_post *to, const json_t *part, const char *where, fc_error *err)
{
    const json_t *single, *specials = json_object_get(part, "special_tokens");
    fc_status st;

    st = fc__tj_keys(part, where, "type single pair special_tokens", err);
    if (st == FC_OK)
        st = fc__tj_array(part, where, "single", &single, err);
    if (st == FC_OK && specials != NULL)
        st = fc__tj_object(specials, where, err);
    for (size_t i = 0; st == FC_OK && i < json_array_size(single); i++)
        st = add_piece(to, json_array_get(single, i), specials, where, err);
    return st;
}

/* One of the pairs "sep" and "cls": ["[SEP]", 102]. */
static fc_status read_pair(const json_t *part, const char *where, const char *key, uint32_t *id,
                           fc_error *err)
{
    const json_t *pair;
    fc_status st = fc__tj_array(part, where, key, &pair, err);

    if (st == FC_OK && (json_array_size(pair) != 2 || !json_is_string(json_array_get(pair, 0))))
        st = fc_error_set(err, FC_E_FORMAT, "%s: '%s' is no [\"token\", id]", where, key);
    return st == FC_OK ? fc__tj_number(json_array_get(pair, 1), where, key, MAX_ID, id, err) : st;
}

static fc_status read_around(fc_post *to, const json_t *part, const char *where, fc_error *err)
{
    fc_post_item cls = {.type = 0}, sep = {.type = 0};
    bool unused; /* of offsets, which are not kept */
    fc_status st;

    st = fc__tj_keys(part, where, "type sep cls trim_offsets add_prefix_space", err);
    if (st == FC_OK)
        st = read_pair(part, where, "cls", &cls.id, err);
    if (st == FC_OK)
        st = read_pair(part, where, "sep", &sep.id, err);
    if (st == FC_OK)
        st = fc__tj_bool(part, where, "trim_offsets", true, &unused, err);
    if (st == FC_OK)
        st = fc__tj_bool(part, where, "add_prefix_space", true, &unused, err);
    if (st == FC_OK)
        st = add_item(to, cls, err);
    if (st == FC_OK)
        st = add_item(to, (fc_post_item){.text = true}, err);
    return st == FC_OK ? add_item(to, sep, err) : st;
}

/* A later post-processor takes what earlier ones made for its text. */
static fc_status nest(fc_post *out, fc_post *outer, fc_error *err)
{
    fc_post made = {0};
    fc_status st = FC_OK;

    for (size_t i = 0; i < outer->n && st == FC_OK; i++) {
        if (!outer->items[i].text || out->n == 0) {
            st = add_item(&made, outer->items[i], err);
            continue;
        }
        for (size_t k = 0; k < out->n && st == FC_OK; k++) {
            fc_post_item item = out->items[k];

            item.type = outer->items[i].type;
            st = add_item(&made, item, err);
        }
    }
    fc__post_dispose(out);
    *out = made;
    return st;
}

static fc_status add(void *user, const json_t *part, const char *type, const char *where,
                     fc_error *err)
{
    char shown[FC_TJ_SHOW_BYTES];
    fc_post one = {0};
    fc_status st;

    if (strcmp(type, "ByteLevel") == 0) /* changes offsets, which are not kept */
        return fc__tj_keys(part, where, "type add_prefix_space trim_offsets use_regex", err);
    if (strcmp(type, "TemplateProcessing") == 0)
        st = read_template(&one, part, where, err);
    else if (strcmp(type, "BertProcessing") == 0 || strcmp(type, "RobertaProcessing") == 0)
        st = read_around(&one, part, where, err);
    else
        st = fc_error_set(err, FC_E_UNSUPPORTED, "%s: the post-processor '%s' is not known here",
                          where, fc__tj_show(shown, type, strlen(type)));
    if (st == FC_OK)
        st = nest(user, &one, err);
    fc__post_dispose(&one);
    return st;
}

fc_status fc__post_read(fc_post *out, const json_t *part, fc_error *err)
{
    *out = (fc_post){0};
    return fc__tj_sequence(part, "post_processor", "processors", add, out, err);
}

void fc__post_dispose(fc_post *post)
{
    free(post->items);
    *post = (fc_post){0};
}

/* "direction": Left or Right. */
static fc_status read_side(const json_t *part, const char *where, bool *left, fc_error *err)
{
    const char *side;
    fc_status st = fc__tj_string_or_null(part, where, "direction", &side, NULL, err);

    if (st != FC_OK || side == NULL)
        return st;
    *left = strcmp(side, "Left") == 0;
    return *left || strcmp(side, "Right") == 0
               ? FC_OK
               : fc_error_set(err, FC_E_FORMAT, "%s: 'direction' is not Left or Right", where);
}

static fc_status read_padding(fc_token_options *out, const json_t *part, fc_error *err)
{
    const json_t *strategy, *multiple = json_object_get(part, "pad_to_multiple_of");
    fc_status st;

    st = fc__tj_object(part, "padding", err);
    if (st == FC_OK)
        st = fc__tj_keys(part, "padding",
                         "strategy direction pad_to_multiple_of pad_id pad_type_id pad_token", err);
    if (st == FC_OK)
        st = read_side(part, "padding", &out->pad_left, err);
    if (st == FC_OK)
        st = fc__tj_uint(part, "padding", "pad_id", MAX_ID, &out->pad_id, err);
    if (st == FC_OK)
        st = fc__tj_uint(part, "padding", "pad_type_id", MAX_ID, &out->pad_type, err);
    if (st == FC_OK && multiple != NULL && !json_is_null(multiple))
        st = fc__tj_number(multiple, "padding", "pad_to_multiple_of", MAX_PADDED,
                           &out->pad_multiple, err);
    if (st != FC_OK)
        return st;
    strategy = json_object_get(part, "strategy");
    if (json_is_string(strategy) && strcmp(json_string_value(strategy), "BatchLongest") == 0)
        return FC_OK;
    if (!json_is_object(strategy))
        return fc_error_set(err, FC_E_FORMAT,
                            "padding: 'strategy' is no \"BatchLongest\" or {\"Fixed\": length}");
    return fc__tj_uint(strategy, "padding", "Fixed", MAX_PADDED, &out->pad_length, err);
}

fc_status fc__token_options_read(fc_token_options *out, const json_t *truncation,
                                 const json_t *padding, fc_error *err)
{
    fc_status st = FC_OK;

    *out = (fc_token_options){0};
    if (truncation != NULL && !json_is_null(truncation)) {
        st = fc__tj_object(truncation, "truncation", err);
        if (st == FC_OK)
            st = fc__tj_keys(truncation, "truncation", "direction max_length strategy stride", err);
        if (st == FC_OK)
            st = read_side(truncation, "truncation", &out->cut_left, err);
        if (st == FC_OK)
            st = fc__tj_uint(truncation, "truncation", "max_length", MAX_ID, &out->max_length, err);
    }
    if (st == FC_OK && padding != NULL && !json_is_null(padding))
        st = read_padding(out, padding, err);
    return st;
}
