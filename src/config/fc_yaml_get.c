/*
 * Typed getters: from the nodes of a map to checked values, each problem with what would be right.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fc_alloc.h"
#include "fc_number.h"
#include "fc_suggest.h"
#include "fc_yaml_tree.h"

static const char *const kind_names[] = {"one value", "a list ('- item' lines)",
                                         "a map ('key: value' lines)"};

/* Keep the key for suggestions. Without memory there is one suggestion less, and no harm. */
static void remember(fc_yaml_node *map, const char *key)
{
    char *copy;

    for (size_t i = 0; i < map->n_known; i++)
        if (strcmp(map->known[i], key) == 0)
            return;
    if (fc__grow_array(&map->known, &map->known_capacity, map->n_known + 1, sizeof(*map->known),
                       NULL) != FC_OK ||
        (copy = fc__strdup(key)) == NULL)
        return;
    map->known[map->n_known++] = copy;
}

/* The entry of `key`, marked as asked for; NULL when absent. Of duplicates (a problem already) the
 * first, and all are marked. */
static fc_yaml_entry *find(fc_yaml_node *map, const char *key)
{
    fc_yaml_entry *found = NULL;

    if (map == NULL || map->kind != FC_YAML_MAP)
        return NULL;
    remember(map, key);
    for (size_t i = 0; i < map->n_entries; i++)
        if (strcmp(map->entries[i].key, key) == 0) {
            map->entries[i].known = true;
            if (found == NULL)
                found = &map->entries[i];
        }
    return found;
}

/* The node of `key` if it is of `kind` and had no problem yet. `wanted` says what would be right.
 */
static fc_yaml_node *get(fc_yaml *y, fc_yaml_node *map, const char *key, fc_yaml_kind kind,
                         bool required, const char *wanted)
{
    fc_yaml_entry *entry = find(map, key);

    if (entry == NULL) {
        if (required && map != NULL && !map->broken)
            fc__yaml_problem(y, map, "key '%s' is missing; add '%s:' with %s", key, key, wanted);
        return NULL;
    }
    if (entry->value->broken)
        return NULL;
    if (entry->value->kind == kind)
        return entry->value;
    fc__yaml_problem_at(y, entry->key_line, "%s is %s; write %s", key,
                        kind_names[entry->value->kind], wanted);
    entry->value->broken = true;
    return NULL;
}

fc_yaml_node *fc__yaml_get(fc_yaml *y, fc_yaml_node *map, const char *key, fc_yaml_kind kind,
                           bool required)
{
    return get(y, map, key, kind, required, kind_names[kind]);
}

/* What YAML reads as nothing at all. */
static bool is_null(const fc_yaml_node *node)
{
    return node->plain && (node->text[0] == '\0' || strcmp(node->text, "~") == 0 ||
                           strcmp(node->text, "null") == 0);
}

/* A scalar that has something in it. */
static fc_yaml_node *get_value(fc_yaml *y, fc_yaml_node *map, const char *key, bool required,
                               const char *wanted)
{
    fc_yaml_node *node = get(y, map, key, FC_YAML_SCALAR, required, wanted);

    if (node != NULL && is_null(node)) {
        fc__yaml_problem(y, node, "%s has no value; write %s, or leave the key out", key, wanted);
        node->broken = true;
        return NULL;
    }
    return node;
}

bool fc__yaml_get_string(fc_yaml *y, fc_yaml_node *map, const char *key, bool required,
                         const char **out)
{
    fc_yaml_node *node = get_value(y, map, key, required, "a text");

    if (node == NULL)
        return false;
    *out = node->text;
    return true;
}

/* Where quotes are all that is wrong, say that. */
static bool reject_quoted(fc_yaml *y, fc_yaml_node *node, const char *key, const char *wanted)
{
    if (node->plain)
        return false;
    fc__yaml_problem(y, node, "%s is the quoted text \"%s\"; write %s without quotes", key,
                     fc__yaml_show(node->text).text, wanted);
    node->broken = true;
    return true;
}

bool fc__yaml_get_int(fc_yaml *y, fc_yaml_node *map, const char *key, bool required, int64_t min,
                      int64_t max, int64_t *out)
{
    char wanted[96];
    fc_yaml_node *node;
    int64_t v;

    snprintf(wanted, sizeof(wanted), "a whole number from %lld to %lld", (long long)min,
             (long long)max);
    node = get_value(y, map, key, required, wanted);
    if (node == NULL || reject_quoted(y, node, key, wanted))
        return false;
    if (fc__number_parse_int(node->text, &v)) {
        if (v >= min && v <= max) {
            *out = v;
            return true;
        }
        fc__yaml_problem(y, node, "%s is %lld; write %s", key, (long long)v, wanted);
    } else if (fc__number_guess_int(node->text, &v) && v >= min && v <= max) {
        fc__yaml_problem(y, node, "%s is '%s'; whole numbers are plain decimal digits: write %lld",
                         key, fc__yaml_show(node->text).text, (long long)v);
    } else {
        fc__yaml_problem(y, node, "%s is '%s'; write %s", key, fc__yaml_show(node->text).text,
                         wanted);
    }
    node->broken = true;
    return false;
}

bool fc__yaml_get_double(fc_yaml *y, fc_yaml_node *map, const char *key, bool required, double min,
                         double max, double *out)
{
    char wanted[96];
    fc_yaml_node *node;
    double v;

    /* Not the canonical form, which is 2e+02 for 200. */
    snprintf(wanted, sizeof(wanted), "a number from %.15g to %.15g", min, max);
    node = get_value(y, map, key, required, wanted);
    if (node == NULL || reject_quoted(y, node, key, wanted))
        return false;
    if (fc__number_parse_double(node->text, &v) && v >= min && v <= max) {
        *out = v;
        return true;
    }
    fc__yaml_problem(y, node, "%s is '%s'; write %s", key, fc__yaml_show(node->text).text, wanted);
    node->broken = true;
    return false;
}

bool fc__yaml_get_bool(fc_yaml *y, fc_yaml_node *map, const char *key, bool required, bool *out)
{
    static const char wanted[] = "true or false";
    fc_yaml_node *node = get_value(y, map, key, required, wanted);

    if (node == NULL || reject_quoted(y, node, key, wanted))
        return false;
    if (strcmp(node->text, "true") == 0 || strcmp(node->text, "false") == 0) {
        *out = node->text[0] == 't';
        return true;
    }
    /* yes, on, True: what other YAML readers take, and nobody remembers which. */
    fc__yaml_problem(y, node, "%s is '%s'; write %s", key, fc__yaml_show(node->text).text, wanted);
    node->broken = true;
    return false;
}

/* "a, b or c"; a list too long for the line ends in "..." after a whole word. */
static void list_choices(const char *const *choices, size_t n, char *out, size_t size)
{
    static const char more[] = ", ...";
    size_t at = 0;

    out[0] = '\0';
    for (size_t i = 0; i < n; i++) {
        const char *before = i == 0 ? "" : i + 1 == n ? " or " : ", ";
        const size_t length = strlen(before) + strlen(choices[i]);

        if (at + length + sizeof(more) > size) {
            memcpy(out + at, more, sizeof(more));
            return;
        }
        snprintf(out + at, size - at, "%s%s", before, choices[i]);
        at += length;
    }
}

bool fc__yaml_get_choice(fc_yaml *y, fc_yaml_node *map, const char *key, bool required,
                         const char *const *choices, size_t *out)
{
    const char *near;
    char wanted[256];
    fc_yaml_node *node;
    size_t n = 0;

    while (choices[n] != NULL)
        n++;
    list_choices(choices, n, wanted, sizeof(wanted));
    node = get_value(y, map, key, required, wanted);
    if (node == NULL)
        return false;
    for (size_t i = 0; i < n; i++)
        if (strcmp(node->text, choices[i]) == 0) {
            *out = i;
            return true;
        }
    near = fc__suggest(node->text, choices, n);
    if (near != NULL)
        fc__yaml_problem(y, node, "%s is '%s'; did you mean '%s'? It can be %s", key,
                         fc__yaml_show(node->text).text, near, wanted);
    else
        fc__yaml_problem(y, node, "%s is '%s'; write %s", key, fc__yaml_show(node->text).text,
                         wanted);
    node->broken = true;
    return false;
}

void fc__yaml_finish_map(fc_yaml *y, fc_yaml_node *map)
{
    char wanted[256];

    if (map == NULL || map->kind != FC_YAML_MAP || map->broken)
        return;
    list_choices((const char *const *)map->known, map->n_known, wanted, sizeof(wanted));
    for (size_t i = 0; i < map->n_entries; i++) {
        const fc_yaml_entry *entry = &map->entries[i];
        const char *near;

        if (entry->known)
            continue;
        near = fc__suggest(entry->key, (const char *const *)map->known, map->n_known);
        if (near != NULL)
            fc__yaml_problem_at(y, entry->key_line, "unknown key '%s'; did you mean '%s'?",
                                fc__yaml_show(entry->key).text, near);
        else if (map->n_known == 0)
            fc__yaml_problem_at(y, entry->key_line, "unknown key '%s'; no keys belong here",
                                fc__yaml_show(entry->key).text);
        else
            fc__yaml_problem_at(y, entry->key_line, "unknown key '%s'; known here: %s",
                                fc__yaml_show(entry->key).text, wanted);
    }
}
