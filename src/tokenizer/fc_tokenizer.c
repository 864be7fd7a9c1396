/*
 * A tokenizer as a whole, read from its file, and what can be asked of it.
 */
#include <stdlib.h>
#include <string.h>

#include "fc_alloc.h"
#include "fc_file.h"
#include "fc_token_class.h"
#include "fc_token_json.h"
#include "fc_tokenizer_impl.h"

static fc_status read_parts(fc_tokenizer *t, const json_t *root, fc_error *err)
{
    fc_normal_room room = {.classes = t->classes};
    fc_status st;

    st = fc__tj_object(root, "tokenizer.json", err);
    if (st == FC_OK)
        st = fc__tj_keys(root, "tokenizer.json",
                         "version truncation padding added_tokens normalizer pre_tokenizer "
                         "post_processor decoder model",
                         err);
    if (st == FC_OK)
        st = fc__regex_room_create(&room.regex, err);
    if (st == FC_OK)
        st = fc__token_model_read(&t->model, json_object_get(root, "model"), err);
    if (st == FC_OK)
        st = fc__normals_read(&t->normals, json_object_get(root, "normalizer"), err);
    if (st == FC_OK)
        st = fc__added_read(&t->added, json_object_get(root, "added_tokens"), &t->model,
                            &t->normals, &room, err);
    if (st == FC_OK)
        st = fc__pretokens_read(&t->pretokens, json_object_get(root, "pre_tokenizer"), err);
    if (st == FC_OK)
        st = fc__post_read(&t->post, json_object_get(root, "post_processor"), err);
    if (st == FC_OK)
        st = fc__token_options_read(&t->file_options, json_object_get(root, "truncation"),
                                    json_object_get(root, "padding"), err);
    for (size_t i = 0; i < sizeof(room.bufs) / sizeof(room.bufs[0]); i++)
        fc_buf_dispose(&room.bufs[i]);
    fc__regex_room_destroy(room.regex);
    return st;
}

static fc_status parse(const void *bytes, size_t n, json_t **out, fc_error *err)
{
    char shown[FC_TJ_SHOW_BYTES];
    json_error_t why;

    if (n > FC_TOKENIZER_MAX_BYTES)
        return fc_error_set(err, FC_E_LIMIT, "a tokenizer.json of %zu bytes; the most is %llu", n,
                            (unsigned long long)FC_TOKENIZER_MAX_BYTES);
    /* Decoding stops at 2,048 levels. */
    *out = json_loadb(bytes, n, JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, &why);
    if (*out == NULL && json_error_code(&why) == json_error_out_of_memory)
        return fc__nomem(err, n, "a tokenizer.json");
    if (*out == NULL)
        return fc_error_set(err, FC_E_FORMAT, "tokenizer.json is no JSON: line %d: %s", why.line,
                            fc__tj_show(shown, why.text, strlen(why.text)));
    return FC_OK;
}

fc_status fc__tokenizer_create(fc_tokenizer **out, const void *json, size_t n, fc_error *err)
{
    fc_tokenizer *t = fc__alloc_array(1, sizeof(*t));
    json_t *root = NULL;
    fc_status st;

    *out = NULL;
    if (t == NULL)
        return fc__nomem(err, sizeof(*t), "a tokenizer");
    t->classes = fc__token_classes_create();
    st = t->classes != NULL ? parse(json, n, &root, err) : fc__nomem(err, 0x10000, "a tokenizer");
    if (st == FC_OK)
        st = read_parts(t, root, err);
    json_decref(root);
    if (st == FC_OK)
        *out = t;
    else
        fc__tokenizer_destroy(t);
    return st;
}

fc_status fc__tokenizer_open(fc_tokenizer **out, const char *path, fc_error *err)
{
    fc_buf bytes = FC_BUF_INIT;
    fc_error inner = FC_ERROR_INIT;
    fc_status st;

    *out = NULL;
    st = fc__file_read(path, FC_TOKENIZER_MAX_BYTES, &bytes, err);
    if (st == FC_OK) {
        st = fc__tokenizer_create(out, bytes.data, bytes.size, &inner);
        if (st != FC_OK)
            fc_error_set(err, st, "%s: %s", path, inner.message);
    }
    fc_buf_dispose(&bytes);
    return st;
}

void fc__tokenizer_destroy(fc_tokenizer *t)
{
    if (t == NULL)
        return;
    fc__post_dispose(&t->post);
    fc__pretokens_dispose(&t->pretokens);
    fc__added_dispose(&t->added);
    fc__normals_dispose(&t->normals);
    fc__token_model_dispose(&t->model);
    free(t->classes);
    free(t);
}

fc_token_options fc__tokenizer_file_options(const fc_tokenizer *t)
{
    return t->file_options;
}

fc_status fc__tokenizer_find(const fc_tokenizer *t, const char *token, uint32_t *id)
{
    const size_t n = strlen(token);

    *id = fc__trie_find(&t->added.by_text, token, n);
    if (*id == FC_TRIE_NONE)
        *id = fc__trie_find(&t->model.vocab, token, n);
    return *id != FC_TRIE_NONE ? FC_OK : FC_E_NOT_FOUND;
}

fc_status fc__tokenizer_text(const fc_tokenizer *t, uint32_t id, fc_buf *out, fc_error *err)
{
    fc_status st = fc__trie_text_of(&t->model.vocab, id, out, err);

    for (size_t i = 0; st == FC_E_NOT_FOUND && i < t->added.n; i++)
        if (t->added.list[i].id == id)
            return fc_buf_append_text(out, t->added.texts[i], err);
    return st;
}

uint32_t fc__tokenizer_size(const fc_tokenizer *t)
{
    uint32_t size = t->model.size > t->added.size ? t->model.size : t->added.size;

    return size > t->post.size ? size : t->post.size;
}
