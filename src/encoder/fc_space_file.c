/*
 * A space file to cards whose outputs fit together.
 */
#include "fc_space_file.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "fc_alloc.h"
#include "fc_card_build.h"
#include "fc_file.h"
#include "fc_yaml.h"

#define FILE_MAX ((size_t)1 << 20)

void fc__space_file_dispose(fc_space_file *f)
{
    for (size_t i = 0; i < f->n_members; i++) {
        free(f->members[i].path);
        free(f->members[i].output);
        free(f->members[i].head);
        free(f->members[i].pooling);
        fc__card_destroy(f->members[i].card);
    }
    free(f->name);
    *f = (fc_space_file){.n_members = 0};
}

static bool is_builtin(const char *name)
{
    const char *const *names = fc__card_builtins();

    for (; *names != NULL; names++)
        if (strcmp(*names, name) == 0)
            return true;
    return false;
}

/* Relative to the space file. NULL: no memory. */
static char *resolve(const char *file, const char *origin)
{
    char *folder, *path;

    if (file[0] == '/' || strchr(origin, '/') == NULL)
        return fc__strdup(file);
    folder = fc__path_folder(origin);
    path = folder != NULL ? fc__path_join(folder, file) : NULL;
    free(folder);
    return path;
}

/* What is wrong in the card itself goes to the list under the card's name; here stands that it is.
 */
static void load_card(fc_yaml *y, const fc_yaml_node *at, fc_space_file_member *m,
                      const fc_neural_options *neural, fc_buf *card_problems)
{
    fc_error why = FC_ERROR_INIT;
    const fc_status st = fc__card_load_on(&m->card, m->path, neural, card_problems, &why);

    if (st == FC_OK)
        return;
    fc__yaml_problem(y, at, "card '%s' cannot be used: %s", fc__yaml_show(m->path).text,
                     why.message[0] != '\0' ? why.message : fc_status_string(st));
}

/* The names of what can be compared, or go through a head, for a message. */
static void list_outputs(const fc_card *card, bool headed, fc_buf *out)
{
    for (size_t k = 0; k < card->n_outputs; k++)
        if (headed || card->outputs[k].searchable)
            (void)fc_buf_append_fmt(out, NULL, "%s%s", out->size > 0 ? ", " : "",
                                    card->outputs[k].name);
}

static const fc_output_spec *find_output(fc_yaml *y, const fc_yaml_node *at, const fc_card *card,
                                         const char *name, bool headed)
{
    fc_buf names = FC_BUF_INIT;

    for (size_t k = 0; k < card->n_outputs; k++)
        if ((headed || card->outputs[k].searchable) && strcmp(card->outputs[k].name, name) == 0)
            return &card->outputs[k];
    list_outputs(card, headed, &names);
    fc__yaml_problem(y, at, "output '%s' is no %s of card '%s'; it has %.*s",
                     fc__yaml_show(name).text, headed ? "output" : "vector", card->name,
                     names.size > 0 ? (int)names.size : 4,
                     names.size > 0 ? (const char *)names.data : "none");
    fc_buf_dispose(&names);
    return NULL;
}

/* A card whose fingerprint is only known after an ingest cannot be named before it. */
static bool learns(const fc_card *card)
{
    const char *idf = fc__card_part_value(card, "params.idf");

    return idf != NULL && strcmp(idf, "true") == 0;
}

static void check_member(fc_yaml *y, const fc_yaml_node *item, fc_space_file *f,
                         fc_space_file_member *m)
{
    const bool headed = m->head != NULL;
    const fc_output_spec *spec = find_output(y, item, m->card, m->output, headed);

    if (learns(m->card))
        fc__yaml_problem(y, item,
                         "card '%s' learns from the data (idf), so that its version is not known "
                         "before; a space takes encoders as they are",
                         m->card->name);
    if (spec == NULL)
        return;
    m->dim = spec->shape[spec->rank - 1];
    if (headed) /* the head has the length, and is looked at when the space is declared */
        ;
    else if (f->dim == 0)
        f->dim = spec->shape[0];
    else if (f->dim != spec->shape[0])
        fc__yaml_problem(y, item,
                         "output '%s' of card '%s' has %" PRIu64 " elements, the members before it "
                         "%" PRIu64 ": vectors of one space have one length",
                         m->output, m->card->name, spec->shape[0], f->dim);
    for (const fc_space_file_member *o = f->members; o < m; o++)
        if (o->card != NULL && strcmp(o->card->name, m->card->name) == 0 &&
            memcmp(&o->card->fingerprint, &m->card->fingerprint, sizeof(o->card->fingerprint)) == 0)
            fc__yaml_problem(y, item, "card '%s' is there twice; keep one of them", m->card->name);
}

static void read_member(fc_yaml *y, fc_yaml_node *item, fc_space_file *f, const char *origin,
                        const fc_neural_options *neural, fc_buf *card_problems)
{
    fc_space_file_member *m = &f->members[f->n_members++];
    const char *card = NULL, *output = NULL, *head = NULL, *pooling = NULL;

    if (fc__yaml_node_kind(item) != FC_YAML_MAP) {
        fc__yaml_problem(y, item, "a member is a map; write { card: FILE.yaml, output: NAME }");
        return;
    }
    fc__yaml_get_string(y, item, "card", true, &card);
    fc__yaml_get_string(y, item, "output", true, &output);
    fc__yaml_get_string(y, item, "head", false, &head);
    fc__yaml_get_string(y, item, "pooling", false, &pooling);
    if (pooling != NULL && head == NULL)
        fc__yaml_problem(y, item, "a pooling without a head; a vector is compared as it is");
    fc__yaml_finish_map(y, item);
    if (card == NULL || output == NULL)
        return;
    m->path = is_builtin(card) ? fc__strdup(card) : resolve(card, origin);
    m->output = fc__strdup(output);
    m->head = head != NULL ? resolve(head, origin) : NULL;
    m->pooling = pooling != NULL ? fc__strdup(pooling) : NULL;
    if (m->path == NULL || m->output == NULL || (head != NULL && m->head == NULL) ||
        (pooling != NULL && m->pooling == NULL)) {
        fc__yaml_problem(y, item, "no memory for a member");
        return;
    }
    load_card(y, item, m, neural, card_problems);
    if (m->card != NULL)
        check_member(y, item, f, m);
}

static void read_name(fc_yaml *y, fc_yaml_node *root, fc_space_file *f)
{
    const char *name = NULL;

    if (!fc__yaml_get_string(y, root, "name", true, &name))
        return;
    if (!fc__card_name_ok(name) || strlen(name) > FC_SPACE_FILE_NAME_MAX)
        fc__yaml_problem(y, fc__yaml_get(y, root, "name", FC_YAML_SCALAR, true),
                         "name is '%s'; write 1 to %d of a-z 0-9 . _ - and begin with a letter or "
                         "digit",
                         fc__yaml_show(name).text, FC_SPACE_FILE_NAME_MAX);
    f->name = fc__strdup(name);
    if (f->name == NULL)
        fc__yaml_problem(y, root, "no memory for a name");
}

static void read_space(fc_yaml *y, fc_space_file *f, const char *origin,
                       const fc_neural_options *neural, fc_buf *card_problems)
{
    fc_yaml_node *root = fc__yaml_root(y), *list;
    size_t n;

    if (fc__yaml_node_kind(root) != FC_YAML_MAP) {
        fc__yaml_problem(y, root, "a space is a map; write 'name:' and 'members:'");
        return;
    }
    read_name(y, root, f);
    list = fc__yaml_get(y, root, "members", FC_YAML_SEQUENCE, true);
    n = list != NULL ? fc__yaml_length(list) : 0;
    if (list != NULL && (n < 2 || n > FC_SPACE_FILE_MEMBERS_MAX))
        fc__yaml_problem(y, list, "members has %zu entries; list 2 to %d", n,
                         FC_SPACE_FILE_MEMBERS_MAX);
    for (size_t i = 0; i < n && n <= FC_SPACE_FILE_MEMBERS_MAX; i++)
        read_member(y, fc__yaml_item(list, i), f, origin, neural, card_problems);
    fc__yaml_finish_map(y, root);
}

fc_status fc__space_file_parse(fc_space_file *out, const char *yaml, size_t n, const char *origin,
                               const fc_neural_options *neural, fc_buf *problems, fc_error *err)
{
    fc_buf card_problems = FC_BUF_INIT;
    fc_yaml *y = NULL;
    fc_status st;

    *out = (fc_space_file){.n_members = 0};
    st = fc__yaml_parse(&y, yaml, n, origin, err);
    if (st != FC_OK)
        return st;
    read_space(y, out, origin, neural, &card_problems);
    if (fc__yaml_n_problems(y) > 0) {
        const char *all = fc__yaml_problems(y);

        st = fc_error_set(err, FC_E_FORMAT, "%.*s", (int)strcspn(all, "\n"), all);
        if (problems != NULL &&
            (fc_buf_append_text(problems, all, err) != FC_OK ||
             fc_buf_append(problems, card_problems.data, card_problems.size, err) != FC_OK))
            st = FC_E_NOMEM;
        fc__space_file_dispose(out);
    }
    fc_buf_dispose(&card_problems);
    fc__yaml_destroy(y);
    return st;
}

fc_status fc__space_file_load(fc_space_file *out, const char *path, const fc_neural_options *neural,
                              fc_buf *problems, fc_error *err)
{
    fc_buf text = FC_BUF_INIT;
    fc_status st = fc__file_read(path, FILE_MAX, &text, err);

    *out = (fc_space_file){.n_members = 0};
    if (st == FC_OK)
        st = fc__space_file_parse(out, (const char *)text.data, text.size, path, neural, problems,
                                  err);
    fc_buf_dispose(&text);
    return st;
}
