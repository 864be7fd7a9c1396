/*
 * What differs between two encoder versions: the parts of their cards, their outputs, what computed
 * them.
 */
#include "audit_changes.h"

#include <stdlib.h>
#include <string.h>

#include "audit_provenance.h"
#include "fc_alloc.h"
#include "fc_card.h"

const char *fc__version_part_name(fc_version_part part)
{
    static const char *const names[FC_PART_COUNT] = {
        [FC_PART_NAME] = "name",
        [FC_PART_VARIANT] = "variant",
        [FC_PART_MODEL] = "model",
        [FC_PART_CODE] = "code version",
        [FC_PART_TOKENIZER] = "tokenizer",
        [FC_PART_PREPROCESSING] = "preprocessing",
        [FC_PART_PARAMETERS] = "parameters",
        [FC_PART_LEARNT] = "what it learnt from the data",
        [FC_PART_OUTPUT] = "outputs",
        [FC_PART_PRECISION] = "stored precision",
        [FC_PART_RUNTIME] = "runtime",
        [FC_PART_DEVICE] = "device",
        [FC_PART_SIMD] = "instruction set",
        [FC_PART_LIBRARY] = "libraries",
        [FC_PART_PROGRAM] = "featcache",
        [FC_PART_OTHER] = "provenance",
    };

    return (unsigned)part < FC_PART_COUNT ? names[part] : "?";
}

static bool begins(const char *s, const char *with)
{
    return strncmp(s, with, strlen(with)) == 0;
}

/* The parts of a card are listed in schemas/card.md, under "The fingerprint". */
static fc_version_part card_part(const char *key, bool is_model)
{
    static const struct {
        const char *key;
        fc_version_part part;
    } whole[] = {
        {"name", FC_PART_NAME},          {"variant", FC_PART_VARIANT},
        {"code_version", FC_PART_CODE},  {"model.runtime", FC_PART_RUNTIME},
        {"model.sha256", FC_PART_MODEL}, {"tokenizer.sha256", FC_PART_TOKENIZER},
    };

    for (size_t i = 0; i < sizeof(whole) / sizeof(whole[0]); i++)
        if (strcmp(key, whole[i].key) == 0)
            return whole[i].part;
    if (begins(key, "data."))
        return FC_PART_LEARNT;
    if (begins(key, "params."))
        return is_model ? FC_PART_PREPROCESSING : FC_PART_PARAMETERS;
    if (begins(key, "model.") || begins(key, "text."))
        return FC_PART_PREPROCESSING;
    return FC_PART_MODEL; /* which encoder it is, of which modality */
}

static fc_version_part provenance_part(const char *key)
{
    if (strcmp(key, "runtime") == 0)
        return FC_PART_RUNTIME;
    if (strcmp(key, "device") == 0)
        return FC_PART_DEVICE;
    if (strcmp(key, "simd") == 0)
        return FC_PART_SIMD;
    if (strcmp(key, "featcache") == 0)
        return FC_PART_PROGRAM;
    return begins(key, "libraries.") ? FC_PART_LIBRARY : FC_PART_OTHER;
}

static fc_status add(fc_version_changes *c, fc_version_part part, const char *key, const char *from,
                     const char *to, fc_error *err)
{
    fc_version_change *x;
    fc_status st = fc__grow_array(&c->list, &c->capacity, c->n + 1, sizeof(*c->list), err);

    if (st != FC_OK)
        return st;
    x = &c->list[c->n++]; /* counted before it is whole: dispose takes NULL */
    *x = (fc_version_change){part, fc__strdup(key), NULL, NULL};
    x->from = from != NULL ? fc__strdup(from) : NULL;
    x->to = to != NULL ? fc__strdup(to) : NULL;
    c->differs[part] = true;
    if (x->key == NULL || (from != NULL && x->from == NULL) || (to != NULL && x->to == NULL))
        return fc__nomem(err, strlen(key), "a difference");
    return FC_OK;
}

/* --- cards -------------------------------------------------------------------------------------
 */

typedef struct card_pass {
    fc_version_changes *changes;
    fc_error *err;
} card_pass;

static fc_status on_part(void *context, const char *key, const char *a, const char *b)
{
    const card_pass *p = context;

    return add(p->changes, card_part(key, p->changes->is_model), key, a, b, p->err);
}

static const char *made_from(const fc_card *card, const char *output)
{
    for (size_t k = 0; k < card->n_outputs; k++)
        if (strcmp(card->outputs[k].name, output) == 0)
            return card->outputs[k].from;
    return NULL;
}

/* Of a model, what an output of both is made of: its tensor, layout, pooling. */
static fc_status compare_origins(fc_version_changes *c, const fc_card *a, const fc_card *b,
                                 fc_error *err)
{
    fc_status st = FC_OK;

    for (size_t k = 0; k < a->n_outputs && st == FC_OK; k++) {
        const char *x = a->outputs[k].from, *y = made_from(b, a->outputs[k].name);
        fc_buf key = FC_BUF_INIT;

        if (x == NULL || y == NULL || strcmp(x, y) == 0)
            continue;
        st = fc_buf_append_fmt(&key, err, "outputs.%s.from", a->outputs[k].name);
        if (st == FC_OK)
            st = add(c, FC_PART_OUTPUT, (const char *)key.data, x, y, err);
        fc_buf_dispose(&key);
    }
    return st;
}

static fc_status compare_cards(fc_version_changes *c, const fc_encoder_info *from,
                               const fc_encoder_info *to, fc_error *err)
{
    card_pass pass = {c, err};
    fc_card *a = NULL, *b = NULL;
    fc_status st;

    if (strcmp(from->card, to->card) == 0)
        return FC_OK;
    st = fc__card_from_canonical(&a, from->card, strlen(from->card), err);
    if (st == FC_OK)
        st = fc__card_from_canonical(&b, to->card, strlen(to->card), err);
    if (st == FC_OK) {
        c->is_model = a->model != NULL && b->model != NULL;
        st = fc__card_compare_parts(a, b, on_part, &pass);
    }
    if (st == FC_OK)
        st = compare_origins(c, a, b, err);
    fc__card_destroy(a);
    fc__card_destroy(b);
    return st;
}

/* --- outputs -----------------------------------------------------------------------------------
 */

static const fc_output_info *find_output(const fc_encoder_info *e, const char *name)
{
    for (size_t i = 0; i < e->n_outputs; i++)
        if (strcmp(e->outputs[i].name, name) == 0)
            return &e->outputs[i];
    return NULL;
}

/* "14 x 14 x 512"; "n x 384" where the length differs from item to item. */
static fc_status put_shape(fc_buf *out, const fc_output_info *o, fc_error *err)
{
    fc_status st = fc_buf_append_text(out, "", err);

    for (uint32_t i = 0; i < o->rank && i < FC_MAX_RANK && st == FC_OK; i++) {
        const char *between = i > 0 ? " x " : "";

        if (i == 0 && o->shape[0] == 0)
            st = fc_buf_append_text(out, "n", err);
        else
            st = fc_buf_append_fmt(out, err, "%s%llu", between, (unsigned long long)o->shape[i]);
    }
    return st;
}

/* An output that both have: its shape, and how it is stored. */
static fc_status compare_output(fc_version_changes *c, const fc_output_info *a,
                                const fc_output_info *b, fc_error *err)
{
    fc_buf key = FC_BUF_INIT, x = FC_BUF_INIT, y = FC_BUF_INIT;
    fc_status st = put_shape(&x, a, err);

    if (st == FC_OK)
        st = put_shape(&y, b, err);
    if (st == FC_OK && strcmp((char *)x.data, (char *)y.data) != 0) {
        st = fc_buf_append_fmt(&key, err, "outputs.%s.shape", a->name);
        if (st == FC_OK)
            st = add(c, FC_PART_OUTPUT, (char *)key.data, (char *)x.data, (char *)y.data, err);
    }
    fc_buf_clear(&key);
    if (st == FC_OK && a->precision != b->precision) {
        st = fc_buf_append_fmt(&key, err, "outputs.%s.precision", a->name);
        if (st == FC_OK)
            st = add(c, FC_PART_PRECISION, (char *)key.data, fc_dtype_name(a->precision),
                     fc_dtype_name(b->precision), err);
    }
    fc_buf_dispose(&y);
    fc_buf_dispose(&x);
    fc_buf_dispose(&key);
    return st;
}

/* An output that only one version has: its shape there. */
static fc_status add_lone_output(fc_version_changes *c, const fc_output_info *o, bool in_from,
                                 fc_error *err)
{
    fc_buf key = FC_BUF_INIT, shape = FC_BUF_INIT;
    fc_status st = fc_buf_append_fmt(&key, err, "outputs.%s", o->name);

    if (st == FC_OK)
        st = put_shape(&shape, o, err);
    if (st == FC_OK)
        st = add(c, FC_PART_OUTPUT, (char *)key.data, in_from ? (char *)shape.data : NULL,
                 in_from ? NULL : (char *)shape.data, err);
    fc_buf_dispose(&shape);
    fc_buf_dispose(&key);
    return st;
}

static fc_status compare_outputs(fc_version_changes *c, const fc_encoder_info *from,
                                 const fc_encoder_info *to, fc_error *err)
{
    fc_status st = FC_OK;

    for (size_t i = 0; i < from->n_outputs && st == FC_OK; i++) {
        const fc_output_info *other = find_output(to, from->outputs[i].name);

        if (other != NULL)
            st = compare_output(c, &from->outputs[i], other, err);
        else
            st = add_lone_output(c, &from->outputs[i], true, err);
    }
    for (size_t i = 0; i < to->n_outputs && st == FC_OK; i++)
        if (find_output(from, to->outputs[i].name) == NULL)
            st = add_lone_output(c, &to->outputs[i], false, err);
    return st;
}

/* --- provenance --------------------------------------------------------------------------------
 */

/* The values of `key` from f->list[*at] on, apart by ", "; *at goes past them. *any: there are
 * some. */
static fc_status join_values(const fc_provenance_facts *f, size_t *at, const char *key, bool *any,
                             fc_buf *out, fc_error *err)
{
    fc_status st = fc_buf_append_text(out, "", err);

    *any = false;
    for (; *at < f->n && strcmp(f->list[*at].key, key) == 0 && st == FC_OK; ++*at) {
        st = fc_buf_append_fmt(out, err, "%s%s", *any ? ", " : "", f->list[*at].value);
        *any = true;
    }
    return st;
}

static fc_status compare_facts(fc_version_changes *c, const fc_provenance_facts *a,
                               const fc_provenance_facts *b, fc_error *err)
{
    fc_buf x = FC_BUF_INIT, y = FC_BUF_INIT;
    size_t i = 0, k = 0;
    fc_status st = FC_OK;

    while ((i < a->n || k < b->n) && st == FC_OK) {
        const bool from_a = k == b->n || (i < a->n && strcmp(a->list[i].key, b->list[k].key) <= 0);
        const char *key = from_a ? a->list[i].key : b->list[k].key;
        bool in_a, in_b;

        fc_buf_clear(&x);
        fc_buf_clear(&y);
        st = join_values(a, &i, key, &in_a, &x, err);
        if (st == FC_OK)
            st = join_values(b, &k, key, &in_b, &y, err);
        if (st == FC_OK && (in_a != in_b || strcmp((char *)x.data, (char *)y.data) != 0))
            st = add(c, provenance_part(key), key, in_a ? (char *)x.data : NULL,
                     in_b ? (char *)y.data : NULL, err);
    }
    fc_buf_dispose(&y);
    fc_buf_dispose(&x);
    return st;
}

static fc_status compare_provenances(fc_version_changes *c, const char *const *from, size_t n_from,
                                     const char *const *to, size_t n_to, fc_error *err)
{
    fc_provenance_facts a = {NULL, 0, 0}, b = {NULL, 0, 0};
    fc_status st = fc__provenance_facts(&a, from, n_from, err);

    if (st == FC_OK)
        st = fc__provenance_facts(&b, to, n_to, err);
    if (st == FC_OK)
        st = compare_facts(c, &a, &b, err);
    fc__provenance_facts_dispose(&b);
    fc__provenance_facts_dispose(&a);
    return st;
}

/* --- the calls ---------------------------------------------------------------------------------
 */

fc_status fc__version_changes(fc_version_changes *out, const fc_encoder_info *from,
                              const fc_encoder_info *to, fc_error *err)
{
    fc_status st = FC_OK;

    *out = (fc_version_changes)FC_VERSION_CHANGES_INIT;
    if (strcmp(from->name, to->name) != 0)
        st = add(out, FC_PART_NAME, "name", from->name, to->name, err);
    if (st == FC_OK)
        st = compare_cards(out, from, to, err);
    if (st == FC_OK)
        st = compare_outputs(out, from, to, err);
    if (st == FC_OK)
        st = compare_provenances(out, from->provenances, from->n_provenances, to->provenances,
                                 to->n_provenances, err);
    if (st != FC_OK)
        fc__version_changes_dispose(out);
    return st;
}

fc_status fc__provenance_changes(fc_version_changes *out, const char *from, const char *to,
                                 fc_error *err)
{
    fc_status st;

    *out = (fc_version_changes)FC_VERSION_CHANGES_INIT;
    st = compare_provenances(out, &from, 1, &to, 1, err);
    if (st != FC_OK)
        fc__version_changes_dispose(out);
    return st;
}

void fc__version_changes_dispose(fc_version_changes *c)
{
    for (size_t i = 0; i < c->n; i++) {
        free(c->list[i].key);
        free(c->list[i].from);
        free(c->list[i].to);
    }
    free(c->list);
    *c = (fc_version_changes)FC_VERSION_CHANGES_INIT;
}
