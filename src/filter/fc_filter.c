/*
 * Evaluating a --where filter on one sample.
 */
#include <math.h>
#include <string.h>

#include "fc_filter_impl.h"

/* A field, metadata or literal as a test sees it; text NULL is null. */
typedef struct value {
    const char *text;
    double number;
    bool is_number;
    bool truth;
} value;

static value of_field(const char *text)
{
    /* No group, no split, no path: the sample does not have it. */
    if (text == NULL || text[0] == '\0')
        return (value){.text = NULL};
    return (value){.text = text, .truth = true};
}

static value of_meta(const fc_meta *meta, const char *name)
{
    const fc_meta_entry *e = meta != NULL ? fc__meta_find(meta, name) : NULL;

    if (e == NULL)
        return (value){.text = NULL};
    return (value){.text = e->text,
                   .number = e->number,
                   .is_number = e->kind == FC_META_NUMBER,
                   .truth = e->kind == FC_META_STRING ? e->text[0] != '\0' : e->number != 0.0};
}

static value value_of(const fc_operand *o, const fc_filter_row *row)
{
    const char *const fields[FC_N_FIELDS] = {row->id,    row->dataset, row->modality,
                                             row->group, row->split,   row->path};

    switch (o->kind) {
    case FC_OPERAND_FIELD:
        return of_field(fields[o->field]);
    case FC_OPERAND_META:
        return of_meta(row->meta, o->text);
    case FC_OPERAND_TEXT:
    case FC_OPERAND_NUMBER:
    case FC_OPERAND_BOOL:
        break;
    }
    return (value){.text = o->text,
                   .number = o->number,
                   .is_number = o->kind == FC_OPERAND_NUMBER,
                   .truth = o->number != 0.0};
}

/* Digits without sign and leading zeros; 0 when `s` is anything else. */
static size_t whole_digits(const char *s)
{
    const size_t n = strspn(s, "0123456789");

    return s[n] == '\0' && s[0] != '0' ? n : 0;
}

/* Below, at or above zero, as strcmp. */
static int compare_numbers(const value *a, const value *b)
{
    const char *s = a->text, *t = b->text;
    const bool negative = s[0] == '-' && t[0] == '-';
    size_t n, m;
    int order;

    if (a->number != b->number)
        return a->number < b->number ? -1 : 1;
    /* Whole numbers of 64 bits (ids) are more than a double can tell apart: then the digits do. */
    if (fabs(a->number) < 0x1p53)
        return 0;
    n = whole_digits(s + negative);
    m = whole_digits(t + negative);
    if (n == 0 || m == 0)
        return 0;
    order = n != m ? (n < m ? -1 : 1) : strcmp(s + negative, t + negative);
    return negative ? -order : order;
}

static int compare(const value *a, const value *b)
{
    if (a->is_number && b->is_number)
        return compare_numbers(a, b);
    return strcmp(a->text, b->text);
}

static bool holds(fc_node_kind kind, int order)
{
    switch (kind) {
    case FC_NODE_EQ:
        return order == 0;
    case FC_NODE_NE:
        return order != 0;
    case FC_NODE_LT:
        return order < 0;
    case FC_NODE_LE:
        return order <= 0;
    case FC_NODE_GT:
        return order > 0;
    default:
        return order >= 0; /* FC_NODE_GE */
    }
}

static bool test_list(const fc_filter *f, const fc_node *node, const value *a,
                      const fc_filter_row *row)
{
    if (a->text == NULL)
        return false;
    for (uint32_t i = 0; i < node->n_list; i++) {
        const value b = value_of(&f->operands[node->b + i], row);

        if (compare(a, &b) == 0)
            return true;
    }
    return false;
}

static bool test(const fc_filter *f, const fc_node *node, const fc_filter_row *row)
{
    const value a = value_of(&f->operands[node->a], row);
    value b;

    if (node->kind == FC_NODE_TRUTH)
        return a.text != NULL && a.truth;
    if (node->kind == FC_NODE_IN)
        return test_list(f, node, &a, row);
    b = value_of(&f->operands[node->b], row);
    return a.text != NULL && b.text != NULL && holds(node->kind, compare(&a, &b));
}

/* Recursion is as deep as the text nests, which parsing caps. */
static bool evaluate(const fc_filter *f, uint32_t at, const fc_filter_row *row)
{
    const fc_node *node = &f->nodes[at];

    if (node->kind == FC_NODE_NOT)
        return !evaluate(f, node->first, row);
    if (node->kind != FC_NODE_AND && node->kind != FC_NODE_OR)
        return test(f, node, row);
    /* The first part that decides ends the chain. */
    for (uint32_t i = node->first; i != FC_NODE_NONE; i = f->nodes[i].next)
        if (evaluate(f, i, row) == (node->kind == FC_NODE_OR))
            return node->kind == FC_NODE_OR;
    return node->kind == FC_NODE_AND;
}

bool fc__filter_matches(const fc_filter *f, const fc_filter_row *row)
{
    return evaluate(f, f->root, row);
}

size_t fc__filter_names(const fc_filter *f, const char **names, size_t max)
{
    size_t n = 0;

    for (size_t i = 0; i < f->n_operands && n < max; i++) {
        size_t k = 0;

        if (f->operands[i].kind != FC_OPERAND_META)
            continue;
        while (k < n && strcmp(names[k], f->operands[i].text) != 0)
            k++;
        if (k == n)
            names[n++] = f->operands[i].text;
    }
    return n;
}
