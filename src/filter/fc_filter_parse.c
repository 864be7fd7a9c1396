/*
 * The --where language from tokens to a tree, by recursive descent:
 *
 *     any     := all ("or" all)*
 *     all     := one ("and" one)*
 *     one     := "not" one | "(" any ")" | test
 *     test    := operand [compare operand | ["not"] "in" "(" literal ("," literal)* ")"]
 *     operand := name | literal
 */
#include <stdlib.h>
#include <string.h>

#include "fc_alloc.h"
#include "fc_filter_impl.h"
#include "fc_text.h"

typedef struct parser {
    fc_lexer lexer;
    fc_token token; /* the next one, not yet taken */
    fc_filter *filter;
    uint32_t depth;
    fc_error *err;
} parser;

static fc_status advance(parser *p)
{
    return fc__filter_lex(&p->lexer, &p->token, p->err);
}

/* "wanted WHAT, got the next token". */
static fc_status wanted(parser *p, const char *what)
{
    fc_buf shown = FC_BUF_INIT;
    size_t n = p->token.n < 40 ? p->token.n : 40;
    fc_status st;

    if (p->token.kind == FC_TOKEN_END)
        return fc__filter_error(p->lexer.text, p->token.at, p->err, "wanted %s, got the end", what);
    n = fc__utf8_valid_prefix(p->lexer.text + p->token.at, n); /* no half character */
    st = fc__escape_terminal(&shown, p->lexer.text + p->token.at, n, p->err);
    if (st == FC_OK)
        st = fc__filter_error(p->lexer.text, p->token.at, p->err, "wanted %s, got %.*s", what,
                              (int)shown.size, (const char *)shown.data);
    fc_buf_dispose(&shown);
    return st;
}

static fc_status check_size(const parser *p)
{
    if (p->filter->n_nodes + p->filter->n_operands < FC_FILTER_NODES_MAX)
        return FC_OK;
    return fc__filter_error(p->lexer.text, p->token.at, p->err,
                            "more than %d names, values and operators", FC_FILTER_NODES_MAX);
}

static fc_status add_node(parser *p, fc_node node, uint32_t *out)
{
    fc_filter *f = p->filter;
    fc_status st = check_size(p);

    if (st == FC_OK)
        st = fc__grow_array(&f->nodes, &f->nodes_capacity, f->n_nodes + 1, sizeof(node), p->err);
    if (st != FC_OK)
        return st;
    *out = (uint32_t)f->n_nodes;
    f->nodes[f->n_nodes++] = node;
    return FC_OK;
}

static fc_operand operand_of(const fc_token *t)
{
    static const char *const fields[FC_N_FIELDS] = {"id",    "dataset", "modality",
                                                    "group", "split",   "path"};
    fc_operand o = {.text = t->value, .number = t->number};

    switch (t->kind) {
    case FC_TOKEN_NUMBER:
        o.kind = FC_OPERAND_NUMBER;
        return o;
    case FC_TOKEN_TEXT:
        o.kind = FC_OPERAND_TEXT;
        return o;
    case FC_TOKEN_TRUE:
    case FC_TOKEN_FALSE:
        /* TRUE and true are one value, compared as text. */
        o.kind = FC_OPERAND_BOOL;
        o.text = t->kind == FC_TOKEN_TRUE ? "true" : "false";
        return o;
    default:
        break;
    }
    o.kind = FC_OPERAND_META;
    for (int i = 0; i < FC_N_FIELDS && !t->is_meta; i++)
        if (strcmp(t->value, fields[i]) == 0) {
            o.kind = FC_OPERAND_FIELD;
            o.field = (fc_field)i;
        }
    return o;
}

static bool is_literal(fc_token_kind kind)
{
    return kind == FC_TOKEN_TEXT || kind == FC_TOKEN_NUMBER || kind == FC_TOKEN_TRUE ||
           kind == FC_TOKEN_FALSE;
}

/* Take the next token as an operand. */
static fc_status take_operand(parser *p, uint32_t *out)
{
    fc_filter *f = p->filter;
    fc_status st = check_size(p);

    if (st == FC_OK)
        st = fc__grow_array(&f->operands, &f->operands_capacity, f->n_operands + 1,
                            sizeof(*f->operands), p->err);
    if (st != FC_OK)
        return st;
    *out = (uint32_t)f->n_operands;
    f->operands[f->n_operands++] = operand_of(&p->token);
    return advance(p);
}

static fc_status parse_list(parser *p, fc_node *node)
{
    fc_status st = advance(p); /* past "in" */
    uint32_t index;

    if (st != FC_OK)
        return st;
    if (p->token.kind != FC_TOKEN_OPEN)
        return wanted(p, "'(' after 'in'");
    node->b = (uint32_t)p->filter->n_operands;
    do {
        st = advance(p); /* past "(" or "," */
        if (st != FC_OK)
            return st;
        if (!is_literal(p->token.kind))
            return wanted(p, "a number, true, false or a text in quotes");
        st = take_operand(p, &index);
        if (st != FC_OK)
            return st;
        node->n_list++;
    } while (p->token.kind == FC_TOKEN_COMMA);
    if (p->token.kind != FC_TOKEN_CLOSE)
        return wanted(p, "',' or ')' in the list");
    return advance(p);
}

static fc_status negate(parser *p, uint32_t *node)
{
    return add_node(p, (fc_node){.kind = FC_NODE_NOT, .first = *node, .next = FC_NODE_NONE}, node);
}

static fc_status parse_test(parser *p, uint32_t *out)
{
    fc_node node = {.kind = FC_NODE_TRUTH, .first = FC_NODE_NONE, .next = FC_NODE_NONE};
    const fc_token first = p->token;
    bool negated = false;
    fc_status st;

    if (first.kind != FC_TOKEN_NAME && !is_literal(first.kind))
        return wanted(p, "a name, a value, 'not' or '('");
    st = take_operand(p, &node.a);
    if (st != FC_OK)
        return st;
    if (p->token.kind == FC_TOKEN_NOT) {
        negated = true;
        st = advance(p);
        if (st == FC_OK && p->token.kind != FC_TOKEN_IN)
            st = wanted(p, "'in' after 'not'");
        if (st != FC_OK)
            return st;
    }
    if (p->token.kind == FC_TOKEN_IN) {
        node.kind = FC_NODE_IN;
        st = parse_list(p, &node);
    } else if (p->token.kind == FC_TOKEN_COMPARE) {
        node.kind = p->token.compare;
        st = advance(p);
        if (st == FC_OK && p->token.kind != FC_TOKEN_NAME && !is_literal(p->token.kind))
            st = wanted(p, "a number, true, false, a name or a text in quotes");
        if (st == FC_OK)
            st = take_operand(p, &node.b);
    } else if (first.kind == FC_TOKEN_TEXT || first.kind == FC_TOKEN_NUMBER) {
        st = wanted(p, "a comparison such as = or <");
    }
    if (st == FC_OK)
        st = add_node(p, node, out);
    return st == FC_OK && negated ? negate(p, out) : st;
}

static fc_status parse_any(parser *p, uint32_t *out);

static fc_status parse_one(parser *p, uint32_t *out)
{
    const bool negated = p->token.kind == FC_TOKEN_NOT;
    fc_status st;

    if (!negated && p->token.kind != FC_TOKEN_OPEN)
        return parse_test(p, out);
    if (p->depth == FC_FILTER_DEPTH_MAX)
        return fc__filter_error(p->lexer.text, p->token.at, p->err,
                                "more than %d parentheses and 'not' inside one another",
                                FC_FILTER_DEPTH_MAX);
    p->depth++;
    st = advance(p);
    if (st != FC_OK)
        return st;
    if (negated) {
        st = parse_one(p, out);
        if (st == FC_OK)
            st = negate(p, out);
    } else {
        st = parse_any(p, out);
        if (st == FC_OK)
            st = p->token.kind == FC_TOKEN_CLOSE ? advance(p) : wanted(p, "'and', 'or' or ')'");
    }
    p->depth--;
    return st;
}

/* Parts joined by the word `joint`: one node over all of them, or the only part itself. */
static fc_status parse_chain(parser *p, fc_token_kind joint, fc_node_kind kind,
                             fc_status (*part)(parser *, uint32_t *), uint32_t *out)
{
    uint32_t first, last, next;
    fc_status st = part(p, &first);

    if (st != FC_OK)
        return st;
    *out = first;
    if (p->token.kind != joint)
        return FC_OK;
    for (last = first; p->token.kind == joint; last = next) {
        st = advance(p);
        if (st == FC_OK)
            st = part(p, &next);
        if (st != FC_OK)
            return st;
        p->filter->nodes[last].next = next;
    }
    return add_node(p, (fc_node){.kind = kind, .first = first, .next = FC_NODE_NONE}, out);
}

static fc_status parse_all(parser *p, uint32_t *out)
{
    return parse_chain(p, FC_TOKEN_AND, FC_NODE_AND, parse_one, out);
}

static fc_status parse_any(parser *p, uint32_t *out)
{
    return parse_chain(p, FC_TOKEN_OR, FC_NODE_OR, parse_all, out);
}

static fc_status parse(parser *p)
{
    const size_t n = p->lexer.n, valid = fc__utf8_valid_prefix(p->lexer.text, n);
    fc_status st;

    if (n > FC_FILTER_TEXT_MAX)
        return fc_error_set(p->err, FC_E_INVALID, "where: %zu bytes; at most %d", n,
                            FC_FILTER_TEXT_MAX);
    if (valid != n)
        return fc__filter_error(p->lexer.text, valid, p->err, "not valid UTF-8");
    /* Every value is a piece of the text, no two overlap, and each gets a terminator. */
    p->filter->strings = fc__alloc_array(2 * n + 1, 1);
    if (p->filter->strings == NULL)
        return fc__nomem(p->err, 2 * n + 1, "a filter");
    st = advance(p);
    if (st == FC_OK)
        st = parse_any(p, &p->filter->root);
    if (st == FC_OK && p->token.kind != FC_TOKEN_END)
        st = wanted(p, "'and', 'or' or the end");
    return st;
}

fc_status fc__filter_parse(fc_filter **out, const char *text, fc_error *err)
{
    fc_filter *f = fc__alloc_array(1, sizeof(*f));
    parser p = {.lexer = {text, strlen(text), 0, f}, .filter = f, .err = err};
    fc_status st;

    *out = NULL;
    if (f == NULL)
        return fc__nomem(err, sizeof(*f), "a filter");
    st = parse(&p);
    if (st != FC_OK) {
        fc__filter_destroy(f);
        return st;
    }
    *out = f;
    return FC_OK;
}

void fc__filter_destroy(fc_filter *f)
{
    if (f == NULL)
        return;
    free(f->nodes);
    free(f->operands);
    free(f->strings);
    free(f);
}
