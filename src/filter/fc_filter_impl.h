/*
 * What lexing, parsing and evaluating a filter share. Everything lives in three blocks that are
 * addressed by index, so that a filter is released in a few calls whatever its shape.
 */
#ifndef FC_FILTER_IMPL_H
#define FC_FILTER_IMPL_H

#include "fc_filter.h"

#define FC_FILTER_TEXT_MAX  65536
#define FC_FILTER_DEPTH_MAX 64
#define FC_FILTER_NODES_MAX 4096

/* ---- the tree ---- */

typedef enum fc_operand_kind {
    FC_OPERAND_FIELD, /* id, dataset, ... */
    FC_OPERAND_META,
    FC_OPERAND_TEXT, /* literals from here on */
    FC_OPERAND_NUMBER,
    FC_OPERAND_BOOL
} fc_operand_kind;

typedef enum fc_field {
    FC_FIELD_ID,
    FC_FIELD_DATASET,
    FC_FIELD_MODALITY,
    FC_FIELD_GROUP,
    FC_FIELD_SPLIT,
    FC_FIELD_PATH,
    FC_N_FIELDS
} fc_field;

typedef struct fc_operand {
    fc_operand_kind kind;
    fc_field field;
    const char *text; /* name of metadata, or the literal as written; in the filter's strings */
    double number;    /* FC_OPERAND_NUMBER; FC_OPERAND_BOOL: 0 or 1 */
} fc_operand;

typedef enum fc_node_kind {
    FC_NODE_TRUTH, /* a bare operand */
    FC_NODE_EQ,
    FC_NODE_NE,
    FC_NODE_LT,
    FC_NODE_LE,
    FC_NODE_GT,
    FC_NODE_GE,
    FC_NODE_IN,  /* operand a, in the n_list operands from b on */
    FC_NODE_NOT, /* of first */
    FC_NODE_AND, /* of first and its siblings */
    FC_NODE_OR
} fc_node_kind;

#define FC_NODE_NONE UINT32_MAX

typedef struct fc_node {
    fc_node_kind kind;
    uint32_t a, b; /* operands */
    uint32_t n_list;
    uint32_t first, next; /* nodes: first child, next sibling */
} fc_node;

struct fc_filter {
    fc_node *nodes;
    size_t n_nodes, nodes_capacity;
    fc_operand *operands;
    size_t n_operands, operands_capacity;
    char *strings; /* of names and literals, NUL-terminated one after another */
    size_t strings_n;
    uint32_t root;
};

/* ---- tokens (fc_filter_lex.c) ---- */

typedef enum fc_token_kind {
    FC_TOKEN_END,
    FC_TOKEN_NAME,
    FC_TOKEN_TEXT,
    FC_TOKEN_NUMBER,
    FC_TOKEN_TRUE,
    FC_TOKEN_FALSE,
    FC_TOKEN_AND,
    FC_TOKEN_OR,
    FC_TOKEN_NOT,
    FC_TOKEN_IN,
    FC_TOKEN_OPEN,
    FC_TOKEN_CLOSE,
    FC_TOKEN_COMMA,
    FC_TOKEN_COMPARE
} fc_token_kind;

typedef struct fc_token {
    fc_token_kind kind;
    fc_node_kind compare; /* FC_TOKEN_COMPARE: which */
    size_t at, n;         /* where it stands in the text, in bytes */
    const char *value;    /* name, text or number without quotes, in the filter's strings */
    bool is_meta;         /* FC_TOKEN_NAME: written as meta.NAME */
    double number;
} fc_token;

typedef struct fc_lexer {
    const char *text;
    size_t n, at;
    fc_filter *filter; /* whose strings values go to: room for twice the text */
} fc_lexer;

/* The next token. FC_E_INVALID with column and reason. */
fc_status fc__filter_lex(fc_lexer *lexer, fc_token *out, fc_error *err);
/* "where: column N: " and the message; N counts code points up to byte `at`. FC_E_INVALID. */
fc_status fc__filter_error(const char *text, size_t at, fc_error *err, const char *fmt, ...)
    FC_PRINTF(4, 5);

#endif /* FC_FILTER_IMPL_H */
