/*
 * Text to tree with libyaml's event API, within caps.
 *
 * The caps are checked while events come, because libyaml's own work grows with the square of the
 * nesting: 40 KB of '[' took 5.2 s without. What YAML has beyond plain data (anchors, aliases,
 * tags, more documents) is refused: an alias can stand for a tree of any size.
 */
#include <stdlib.h>
#include <string.h>

#include "fc_alloc.h"
#include "fc_yaml_syntax.h"
#include "fc_yaml_tree.h"

typedef struct builder {
    fc_yaml *y;
    const char *text;
    size_t n;
    fc_yaml_node *open[FC_YAML_DEPTH_MAX]; /* collections not yet ended */
    size_t depth;
    char *key; /* read, waiting for its value; owned */
    uint64_t key_line;
    size_t n_events;
    fc_error *err;
} builder;

/* libyaml's marks count lines from 0. */
static uint64_t mark_line(const yaml_mark_t *mark)
{
    return (uint64_t)mark->line + 1;
}

static fc_status refuse(builder *b, uint64_t line, const char *what)
{
    return fc_error_set(b->err, FC_E_FORMAT, "%s:%llu: %s", b->y->origin, (unsigned long long)line,
                        what);
}

static fc_yaml_node *new_node(fc_yaml_kind kind, const yaml_mark_t *mark)
{
    fc_yaml_node *node = fc__alloc_array(1, sizeof(*node));

    if (node != NULL) {
        node->kind = kind;
        node->line = mark_line(mark);
    }
    return node;
}

/* Put `node` where it belongs: the root, the next item, or the value of the waiting key. Takes it.
 */
static fc_status attach(builder *b, fc_yaml_node *node)
{
    fc_yaml_node *parent;
    fc_yaml_entry *entry;
    fc_status st;

    if (b->depth == 0) {
        b->y->root = node;
        return FC_OK;
    }
    parent = b->open[b->depth - 1];
    st = fc__grow_array(&parent->entries, &parent->entries_capacity, parent->n_entries + 1,
                        sizeof(*parent->entries), b->err);
    if (st != FC_OK) {
        fc__yaml_node_free(node);
        return st;
    }
    entry = &parent->entries[parent->n_entries++];
    memset(entry, 0, sizeof(*entry));
    entry->key = b->key;
    entry->key_line = b->key_line;
    entry->value = node;
    b->key = NULL;
    return FC_OK;
}

static bool wants_key(const builder *b)
{
    return b->depth > 0 && b->open[b->depth - 1]->kind == FC_YAML_MAP && b->key == NULL;
}

static fc_status take_scalar(builder *b, const yaml_event_t *e)
{
    const char *text = (const char *)e->data.scalar.value;
    const size_t n = e->data.scalar.length;
    fc_yaml_node *node;

    if (n > FC_YAML_SCALAR_MAX)
        return refuse(b, mark_line(&e->start_mark), "a value of more than 64 KiB; shorten it");
    if (memchr(text, '\0', n) != NULL)
        return refuse(b, mark_line(&e->start_mark), "a NUL character in a text; remove it");
    if (wants_key(b)) {
        b->key = fc__strndup(text, n);
        b->key_line = mark_line(&e->start_mark);
        return b->key != NULL ? FC_OK : fc__nomem(b->err, n, "a key");
    }
    node = new_node(FC_YAML_SCALAR, &e->start_mark);
    if (node == NULL || (node->text = fc__strndup(text, n)) == NULL) {
        fc__yaml_node_free(node);
        return fc__nomem(b->err, n, "a value");
    }
    node->plain = e->data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
    return attach(b, node);
}

/* An alias stands for nothing here: a value that has had its problem. */
static fc_status take_alias(builder *b, const yaml_event_t *e)
{
    fc_yaml_node *node;

    fc__yaml_problem_at(b->y, mark_line(&e->start_mark),
                        "alias '*%s'; aliases are not allowed here, write the value out",
                        (const char *)e->data.alias.anchor);
    if (wants_key(b))
        return refuse(b, mark_line(&e->start_mark), "an alias as a key; write the key out");
    node = new_node(FC_YAML_SCALAR, &e->start_mark);
    if (node == NULL || (node->text = fc__strdup("")) == NULL) {
        fc__yaml_node_free(node);
        return fc__nomem(b->err, 1, "a value");
    }
    node->broken = true;
    return attach(b, node);
}

static fc_status open_collection(builder *b, const yaml_event_t *e, fc_yaml_kind kind)
{
    fc_yaml_node *node;
    fc_status st;

    if (b->depth == FC_YAML_DEPTH_MAX)
        return refuse(b, mark_line(&e->start_mark), "nested more than 16 deep; flatten it");
    if (wants_key(b))
        return refuse(b, mark_line(&e->start_mark),
                      "a list or map as a key; write a plain word before the ':'");
    if ((node = new_node(kind, &e->start_mark)) == NULL)
        return fc__nomem(b->err, sizeof(*node), "a YAML node");
    st = attach(b, node);
    if (st == FC_OK)
        b->open[b->depth++] = node;
    return st;
}

static int by_key_then_line(const void *a, const void *b)
{
    const fc_yaml_entry *x = *(const fc_yaml_entry *const *)a;
    const fc_yaml_entry *y = *(const fc_yaml_entry *const *)b;
    const int order = strcmp(x->key, y->key);

    if (order != 0)
        return order;
    return x < y ? -1 : x > y; /* entries of one array: the order in the file */
}

/* By sorting, so that a map of 50,000 keys costs no 50,000 squared. */
static fc_status check_duplicates(builder *b, const fc_yaml_node *map)
{
    const fc_yaml_entry **sorted = fc__alloc_array(map->n_entries, sizeof(*sorted));

    if (sorted == NULL)
        return fc__nomem(b->err, map->n_entries * sizeof(*sorted), "checking keys");
    for (size_t i = 0; i < map->n_entries; i++)
        sorted[i] = &map->entries[i];
    qsort(sorted, map->n_entries, sizeof(*sorted), by_key_then_line);
    for (size_t i = 1; i < map->n_entries; i++)
        if (strcmp(sorted[i]->key, sorted[i - 1]->key) == 0)
            fc__yaml_problem_at(b->y, sorted[i]->key_line,
                                "key '%s' is there already, at line %llu; keep one of them",
                                sorted[i]->key, (unsigned long long)sorted[i - 1]->key_line);
    free(sorted);
    return FC_OK;
}

/* Anchors and tags are problems, not the end: what they are on is read as if they were not there.
 */
static void report_properties(builder *b, const yaml_event_t *e, const yaml_char_t *anchor,
                              const yaml_char_t *tag)
{
    const uint64_t line = mark_line(&e->start_mark);

    if (anchor != NULL)
        fc__yaml_problem_at(b->y, line, "anchor '&%s'; anchors are not allowed here, remove it",
                            (const char *)anchor);
    if (tag != NULL)
        fc__yaml_problem_at(b->y, line, "tag '%s'; tags are not allowed here, remove it",
                            (const char *)tag);
}

static fc_status take_event(builder *b, const yaml_event_t *e)
{
    switch (e->type) {
    case YAML_SCALAR_EVENT:
        report_properties(b, e, e->data.scalar.anchor, e->data.scalar.tag);
        return take_scalar(b, e);
    case YAML_ALIAS_EVENT:
        return take_alias(b, e);
    case YAML_SEQUENCE_START_EVENT:
        report_properties(b, e, e->data.sequence_start.anchor, e->data.sequence_start.tag);
        return open_collection(b, e, FC_YAML_SEQUENCE);
    case YAML_MAPPING_START_EVENT:
        report_properties(b, e, e->data.mapping_start.anchor, e->data.mapping_start.tag);
        return open_collection(b, e, FC_YAML_MAP);
    case YAML_SEQUENCE_END_EVENT:
        b->depth--;
        return FC_OK;
    case YAML_MAPPING_END_EVENT:
        b->depth--;
        return check_duplicates(b, b->depth == 0 ? b->y->root : b->open[b->depth]);
    case YAML_DOCUMENT_START_EVENT:
        if (b->y->root != NULL)
            return refuse(b, mark_line(&e->start_mark),
                          "a second document; put it into a file of its own");
        return FC_OK;
    default:
        return FC_OK;
    }
}

static fc_status build(builder *b, yaml_parser_t *p)
{
    bool more = true;

    while (more) {
        yaml_event_t event;
        fc_status st;

        if (!yaml_parser_parse(p, &event))
            return fc__yaml_syntax_error(p, b->text, b->n, b->y->origin, b->err);
        if (++b->n_events > FC_YAML_EVENTS_MAX)
            st = refuse(b, mark_line(&event.start_mark),
                        "more than 100,000 YAML events; make the file smaller");
        else
            st = take_event(b, &event);
        more = event.type != YAML_STREAM_END_EVENT;
        yaml_event_delete(&event);
        if (st != FC_OK)
            return st;
    }
    if (b->y->root == NULL)
        return refuse(b, 1, "nothing in the file; write 'key: value' lines");
    return FC_OK;
}

fc_status fc__yaml_parse(fc_yaml **out, const char *text, size_t n, const char *origin,
                         fc_error *err)
{
    builder b = {.text = text, .n = n, .err = err};
    yaml_parser_t parser;
    fc_status st;

    *out = NULL;
    if (!yaml_parser_initialize(&parser))
        return fc__nomem(err, sizeof(parser), "a YAML parser");
    b.y = fc__alloc_array(1, sizeof(*b.y));
    if (b.y == NULL || (b.y->origin = fc__strdup(origin)) == NULL) {
        st = fc__nomem(err, sizeof(*b.y), "a YAML document");
        goto done;
    }
    st = fc__yaml_check_text(text, n, origin, err);
    if (st != FC_OK)
        goto done;
    /* Said, not guessed: libyaml would read UTF-16 as well, and offsets would mean nothing. */
    yaml_parser_set_encoding(&parser, YAML_UTF8_ENCODING);
    yaml_parser_set_input_string(&parser, (const unsigned char *)text, n);
    st = build(&b, &parser);
    if (st != FC_OK)
        goto done;
    *out = b.y;
    b.y = NULL;

done:
    free(b.key);
    fc__yaml_destroy(b.y);
    yaml_parser_delete(&parser);
    return st;
}
