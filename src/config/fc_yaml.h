/*
 * YAML to a checked tree: libyaml's event API within caps, plus typed getters that collect every
 * problem as "file:line: what, and what would be right".
 *
 * Refused: anchors, aliases, tags, a second document, duplicate keys, depth over 16, more than
 * 100,000 events, 1 MiB, a scalar over 64 KiB, invalid UTF-8. Unknown keys are found by the caller
 * asking fc__yaml_finish_map(): a key never asked for is a problem.
 */
#ifndef FC_YAML_H
#define FC_YAML_H

#include "fc_buf.h"

typedef struct fc_yaml fc_yaml;           /* a document */
typedef struct fc_yaml_node fc_yaml_node; /* borrowed from its document */

typedef enum fc_yaml_kind { FC_YAML_SCALAR, FC_YAML_SEQUENCE, FC_YAML_MAP } fc_yaml_kind;

/* Parse. A syntax error is FC_E_FORMAT with "origin:line: ..."; later problems are collected. */
fc_status fc__yaml_parse(fc_yaml **out, const char *text, size_t n, const char *origin,
                         fc_error *err);
void fc__yaml_destroy(fc_yaml *y);
fc_yaml_node *fc__yaml_root(fc_yaml *y);

fc_yaml_kind fc__yaml_node_kind(const fc_yaml_node *node);
uint64_t fc__yaml_line(const fc_yaml_node *node);
const char *fc__yaml_scalar(const fc_yaml_node *node); /* text of a scalar */
size_t fc__yaml_length(const fc_yaml_node *node);      /* entries of a sequence or map */
fc_yaml_node *fc__yaml_item(fc_yaml_node *seq, size_t i);
const char *fc__yaml_key(const fc_yaml_node *map, size_t i);
fc_yaml_node *fc__yaml_value(fc_yaml_node *map, size_t i);

/* Typed getters: mark the key as known; NULL/false when absent. `required` absent is a problem; a
 * wrong type or range is a problem that says what would be right. */
fc_yaml_node *fc__yaml_get(fc_yaml *y, fc_yaml_node *map, const char *key, fc_yaml_kind kind,
                           bool required);
bool fc__yaml_get_string(fc_yaml *y, fc_yaml_node *map, const char *key, bool required,
                         const char **out);
bool fc__yaml_get_int(fc_yaml *y, fc_yaml_node *map, const char *key, bool required, int64_t min,
                      int64_t max, int64_t *out);
bool fc__yaml_get_double(fc_yaml *y, fc_yaml_node *map, const char *key, bool required, double min,
                         double max, double *out);
bool fc__yaml_get_bool(fc_yaml *y, fc_yaml_node *map, const char *key, bool required, bool *out);
/* One of `choices` (NULL-terminated); *out is its index. */
bool fc__yaml_get_choice(fc_yaml *y, fc_yaml_node *map, const char *key, bool required,
                         const char *const *choices, size_t *out);

/* Report keys of `map` that no getter asked for, with the nearest known one. A broken or absent map
 * (NULL) has none. */
void fc__yaml_finish_map(fc_yaml *y, fc_yaml_node *map);
/* A text from the file for a message: cut to fit, at a character. */
typedef struct fc_yaml_text {
    char text[64];
} fc_yaml_text;
fc_yaml_text fc__yaml_show(const char *s);
/* Report a problem at a node; what is not printable in it is escaped. */
void fc__yaml_problem(fc_yaml *y, const fc_yaml_node *node, const char *fmt, ...) FC_PRINTF(3, 4);
size_t fc__yaml_n_problems(const fc_yaml *y);
/* All problems, one a line with its newline, in the order of lines; "" when there are none. Valid
 * until the next call or fc__yaml_destroy. */
const char *fc__yaml_problems(const fc_yaml *y);

#endif /* FC_YAML_H */
