/*
 * A policy file to bounds.
 */
#include "audit_policy.h"

#include <stdio.h>
#include <string.h>

#include "fc_file.h"
#include "fc_yaml.h"

#define FILE_MAX    ((size_t)1 << 20)
#define KEEP        .8 /* of the neighbours, and of what the old index finds */
#define KEEP_GROUP  .7
#define SMALL_GROUP 30
#define NEVER       (FC_DRIFT_RE_ENCODE + 1)
#define FIGURE_MAX  1e9

static const char *const section_names[FC_N_POLICY_SECTIONS] = {"compatible", "positions", "groups",
                                                                "adapter"};

const char *fc__policy_section_name(fc_policy_section section)
{
    return section_names[section];
}

const char *fc__policy_fail_on(const fc_drift_policy *p)
{
    return p->fail_on > FC_DRIFT_RE_ENCODE ? "never"
                                           : fc_drift_verdict_name((fc_drift_verdict)p->fail_on);
}

static void at_least(fc_drift_policy *p, fc_policy_section section, fc_drift_figure figure,
                     double least)
{
    p->bounds[section][p->n_bounds[section]++] =
        (fc_drift_bound){.figure = figure, .has_least = true, .least = least};
}

fc_drift_policy fc__policy_built_in(void)
{
    fc_drift_policy p = {
        .name = "built-in", .small_group = SMALL_GROUP, .fail_on = FC_DRIFT_RE_ENCODE};

    at_least(&p, FC_POLICY_COMPATIBLE, FC_FIGURE_NEIGHBOURS, KEEP);
    at_least(&p, FC_POLICY_COMPATIBLE, FC_FIGURE_OLD_INDEX, KEEP);
    at_least(&p, FC_POLICY_GROUPS, FC_FIGURE_NEIGHBOURS, KEEP_GROUP);
    at_least(&p, FC_POLICY_ADAPTER, FC_FIGURE_ADAPTED, KEEP);
    return p;
}

/* Groups have means of what each sample has a value of. */
static bool is_of_groups(fc_drift_figure f)
{
    return f == FC_FIGURE_NEIGHBOURS || f == FC_FIGURE_OLD_INDEX || f == FC_FIGURE_COSINE ||
           f == FC_FIGURE_NORM_RATIO;
}

static void read_bound(fc_yaml *y, fc_yaml_node *map, fc_drift_bound *out)
{
    out->has_least =
        fc__yaml_get_double(y, map, "least", false, -FIGURE_MAX, FIGURE_MAX, &out->least);
    out->has_most = fc__yaml_get_double(y, map, "most", false, -FIGURE_MAX, FIGURE_MAX, &out->most);
    fc__yaml_finish_map(y, map);
    if (!out->has_least && !out->has_most)
        fc__yaml_problem(y, map, "a bound has no end; write { least: 0.8 } or { most: 0.2 }");
    if (out->has_least && out->has_most && out->least > out->most)
        fc__yaml_problem(y, map, "least is %g, above most, which is %g", out->least, out->most);
}

/* A section that stands in the file takes the place of the built-in one. */
static void read_section(fc_yaml *y, fc_yaml_node *root, fc_policy_section section,
                         fc_drift_policy *p)
{
    fc_yaml_node *map = fc__yaml_get(y, root, section_names[section], FC_YAML_MAP, false);

    if (map == NULL)
        return;
    p->n_bounds[section] = 0;
    for (fc_drift_figure f = 0; f < FC_N_FIGURES; f++) {
        fc_drift_bound bound = {.figure = f};
        fc_yaml_node *node;

        if (section == FC_POLICY_GROUPS && !is_of_groups(f))
            continue;
        node = fc__yaml_get(y, map, fc_drift_figure_name(f), FC_YAML_MAP, false);
        if (node == NULL)
            continue;
        read_bound(y, node, &bound);
        p->bounds[section][p->n_bounds[section]++] = bound;
    }
    fc__yaml_finish_map(y, map);
    if (section == FC_POLICY_COMPATIBLE && p->n_bounds[section] == 0)
        fc__yaml_problem(y, map,
                         "compatible has no bound: anything would be; write "
                         "neighbours: { least: 0.8 }");
}

static void read_policy(fc_yaml *y, fc_drift_policy *p)
{
    static const char *const judges[] = {"interval", "value", NULL};
    static const char *const fails[] = {"adapter advised", "re-encode", "never", NULL};
    fc_yaml_node *root = fc__yaml_root(y);
    const char *name = NULL;
    int64_t small;
    size_t choice;

    if (fc__yaml_node_kind(root) != FC_YAML_MAP) {
        fc__yaml_problem(y, root, "a policy is a map; write 'compatible:', 'adapter:', 'fail_on:'");
        return;
    }
    if (fc__yaml_get_string(y, root, "name", false, &name))
        snprintf(p->name, sizeof(p->name), "%s", fc__yaml_show(name).text);
    if (fc__yaml_get_choice(y, root, "judge", false, judges, &choice))
        p->by_value = choice == 1;
    for (size_t i = 0; i < FC_N_POLICY_SECTIONS; i++)
        read_section(y, root, (fc_policy_section)i, p);
    if (fc__yaml_get_int(y, root, "small_group", false, 1, INT32_MAX, &small))
        p->small_group = (uint64_t)small;
    if (fc__yaml_get_choice(y, root, "fail_on", false, fails, &choice))
        p->fail_on = choice < 2 ? FC_DRIFT_ADAPTER + (int)choice : NEVER;
    fc__yaml_finish_map(y, root);
}

fc_status fc__policy_parse(fc_drift_policy *out, const char *yaml, size_t n, const char *origin,
                           fc_buf *problems, fc_error *err)
{
    fc_yaml *y = NULL;
    fc_status st = fc__yaml_parse(&y, yaml, n, origin, err);

    *out = fc__policy_built_in();
    if (st != FC_OK)
        return st;
    snprintf(out->name, sizeof(out->name), "%s", fc__yaml_show(origin).text);
    read_policy(y, out);
    if (fc__yaml_n_problems(y) > 0) {
        const char *all = fc__yaml_problems(y);

        st = fc_error_set(err, FC_E_FORMAT, "%.*s", (int)strcspn(all, "\n"), all);
        if (problems != NULL && fc_buf_append_text(problems, all, err) != FC_OK)
            st = FC_E_NOMEM;
    }
    fc__yaml_destroy(y);
    return st;
}

fc_status fc__policy_load(fc_drift_policy *out, const char *path, fc_buf *problems, fc_error *err)
{
    fc_buf text = FC_BUF_INIT;
    fc_status st = fc__file_read(path, FILE_MAX, &text, err);

    if (st == FC_OK)
        st = fc__policy_parse(out, (const char *)text.data, text.size, path, problems, err);
    fc_buf_dispose(&text);
    return st;
}
