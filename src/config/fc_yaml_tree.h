/*
 * The tree behind fc_yaml.h, shared by the parser that builds it and the getters that read it.
 */
#ifndef FC_YAML_TREE_H
#define FC_YAML_TREE_H

#include "fc_yaml.h"

#define FC_YAML_DEPTH_MAX  16
#define FC_YAML_EVENTS_MAX 100000
#define FC_YAML_BYTES_MAX  (UINT32_C(1) << 20)
#define FC_YAML_SCALAR_MAX (UINT32_C(64) << 10)
/* A file in which everything is wrong needs no list longer than a screen. */
#define FC_YAML_PROBLEMS_MAX 50

typedef struct fc_yaml_entry {
    char *key; /* NULL in a sequence */
    uint64_t key_line;
    fc_yaml_node *value;
    bool known; /* a getter asked for it */
} fc_yaml_entry;

struct fc_yaml_node {
    fc_yaml_kind kind;
    uint64_t line;
    bool plain;  /* a scalar without quotes */
    bool broken; /* a problem was reported already: getters say nothing more */
    char *text;  /* of a scalar */
    fc_yaml_entry *entries;
    size_t n_entries;
    size_t entries_capacity;
    char **known; /* keys that getters asked for, there or not: what to suggest */
    size_t n_known;
    size_t known_capacity;
};

typedef struct fc_yaml_report {
    uint64_t line;
    char *text; /* "origin:line: ...", NULL when there was no memory for it */
} fc_yaml_report;

struct fc_yaml {
    char *origin;
    fc_yaml_node *root;
    fc_yaml_report reports[FC_YAML_PROBLEMS_MAX];
    size_t n_reports;
    size_t n_problems; /* all of them, also those past the cap */
    fc_buf joined;     /* what fc__yaml_problems() returned last */
};

void fc__yaml_node_free(fc_yaml_node *node);
/* As fc__yaml_problem, by line. */
void fc__yaml_problem_at(fc_yaml *y, uint64_t line, const char *fmt, ...) FC_PRINTF(3, 4);

#endif /* FC_YAML_TREE_H */
