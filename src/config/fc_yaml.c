/*
 * A parsed YAML document: access to its nodes, and the list of problems found in it.
 */
#include "fc_yaml.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fc_alloc.h"
#include "fc_text.h"
#include "fc_yaml_tree.h"

/* As deep as the parser lets it be: 16. */
void fc__yaml_node_free(fc_yaml_node *node)
{
    if (node == NULL)
        return;
    for (size_t i = 0; i < node->n_entries; i++) {
        free(node->entries[i].key);
        fc__yaml_node_free(node->entries[i].value);
    }
    for (size_t i = 0; i < node->n_known; i++)
        free(node->known[i]);
    free(node->known);
    free(node->entries);
    free(node->text);
    free(node);
}

void fc__yaml_destroy(fc_yaml *y)
{
    if (y == NULL)
        return;
    fc__yaml_node_free(y->root);
    for (size_t i = 0; i < y->n_reports; i++)
        free(y->reports[i].text);
    fc_buf_dispose(&y->joined);
    free(y->origin);
    free(y);
}

fc_yaml_node *fc__yaml_root(fc_yaml *y)
{
    return y->root;
}

fc_yaml_kind fc__yaml_node_kind(const fc_yaml_node *node)
{
    return node->kind;
}

uint64_t fc__yaml_line(const fc_yaml_node *node)
{
    return node->line;
}

const char *fc__yaml_scalar(const fc_yaml_node *node)
{
    assert(node->kind == FC_YAML_SCALAR);
    return node->text;
}

size_t fc__yaml_length(const fc_yaml_node *node)
{
    return node->n_entries;
}

fc_yaml_node *fc__yaml_item(fc_yaml_node *seq, size_t i)
{
    assert(seq->kind == FC_YAML_SEQUENCE && i < seq->n_entries);
    return seq->entries[i].value;
}

const char *fc__yaml_key(const fc_yaml_node *map, size_t i)
{
    assert(map->kind == FC_YAML_MAP && i < map->n_entries);
    return map->entries[i].key;
}

fc_yaml_node *fc__yaml_value(fc_yaml_node *map, size_t i)
{
    assert(map->kind == FC_YAML_MAP && i < map->n_entries);
    return map->entries[i].value;
}

fc_yaml_text fc__yaml_show(const char *s)
{
    const size_t n = strlen(s);
    fc_yaml_text shown;
    size_t keep = n < sizeof(shown.text) ? n : sizeof(shown.text) - sizeof("...");

    /* Not through the middle of a character. */
    while (keep < n && keep > 0 && ((unsigned char)s[keep] & 0xC0) == 0x80)
        keep--;
    snprintf(shown.text, sizeof(shown.text), "%.*s%s", (int)keep, s, keep < n ? "..." : "");
    return shown;
}

/* One line, whatever was in the file: escaped for terminals. NULL when out of memory. */
static char *one_line(const fc_yaml *y, uint64_t line, const char *what)
{
    fc_buf out = FC_BUF_INIT;
    char number[32];
    char *text = NULL;

    snprintf(number, sizeof(number), ":%llu: ", (unsigned long long)line);
    if (fc__escape_terminal(&out, y->origin, strlen(y->origin), NULL) == FC_OK &&
        fc_buf_append(&out, number, strlen(number), NULL) == FC_OK &&
        fc__escape_terminal(&out, what, strlen(what), NULL) == FC_OK)
        text = fc__strndup((const char *)out.data, out.size);
    fc_buf_dispose(&out);
    return text;
}

/* Kept in the order of lines: insertion sort, stable. */
static void report(fc_yaml *y, uint64_t line, const char *fmt, va_list args)
{
    char what[FC_ERROR_MESSAGE_BYTES];
    size_t at = y->n_reports;

    y->n_problems++;
    if (y->n_reports == FC_YAML_PROBLEMS_MAX)
        return;
    vsnprintf(what, sizeof(what), fmt, args);
    while (at > 0 && y->reports[at - 1].line > line) {
        y->reports[at] = y->reports[at - 1];
        at--;
    }
    y->reports[at].line = line;
    y->reports[at].text = one_line(y, line, what);
    y->n_reports++;
}

void fc__yaml_problem_at(fc_yaml *y, uint64_t line, const char *fmt, ...)
{
    va_list args;

    va_start(args, fmt);
    report(y, line, fmt, args);
    va_end(args);
}

void fc__yaml_problem(fc_yaml *y, const fc_yaml_node *node, const char *fmt, ...)
{
    va_list args;

    va_start(args, fmt);
    report(y, node->line, fmt, args);
    va_end(args);
}

size_t fc__yaml_n_problems(const fc_yaml *y)
{
    return y->n_problems;
}

const char *fc__yaml_problems(const fc_yaml *y)
{
    fc_buf *joined =
        (fc_buf *)(uintptr_t)&y->joined; /* a cache: the document itself is as it was */
    fc_status st = FC_OK;

    fc_buf_clear(joined);
    for (size_t i = 0; i < y->n_reports && st == FC_OK; i++) {
        st = y->reports[i].text != NULL ? fc_buf_append_text(joined, y->reports[i].text, NULL)
                                        : FC_E_NOMEM;
        if (st == FC_OK)
            st = fc_buf_append_text(joined, "\n", NULL);
    }
    if (st == FC_OK && y->n_problems > y->n_reports)
        st = fc_buf_append_fmt(joined, NULL, "and %zu more problems\n",
                               y->n_problems - y->n_reports);
    if (st == FC_OK)
        st =
            fc_buf_append_text(joined, "", NULL); /* a NUL after the end, also when there is none */
    return st == FC_OK ? (const char *)joined->data : "out of memory while listing problems\n";
}
