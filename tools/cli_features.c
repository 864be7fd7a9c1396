/* Features of one input: a .npy file, or numbers with as many digits as an f32 needs. */
#include "cli_features.h"

#include <string.h>

bool cli_features_path_ok(const char *command, const char *path)
{
    if (path == NULL || strcmp(path, "-") != 0)
        return true;
    cli_usage_error(command, "-o: '-' is no file; without -o the numbers go to standard output");
    return false;
}

static json_t *shape_json(const fc_tensor *t)
{
    json_t *shape = json_array();

    for (uint32_t a = 0; a < t->rank; a++)
        json_array_append_new(shape, cli_json_count(t->shape[a]));
    return shape;
}

/* Numbers of f32 with nine digits: reading them back gives the same bits. */
static json_t *values_json(const fc_tensor *t)
{
    const float *x = t->data;
    const size_t n = fc_tensor_count(t);
    json_t *values = json_array();

    for (size_t i = 0; i < n; i++)
        json_array_append_new(values, json_real((double)x[i]));
    return values;
}

static void print_rows(const fc_tensor *t)
{
    const float *x = t->data;
    const size_t n = fc_tensor_count(t);
    /* A vector is one row; a sequence or a map has a row for each step of its last axis. */
    const size_t row = t->rank > 0 ? (size_t)t->shape[t->rank - 1] : 0;

    for (size_t i = 0; i < n; i++)
        printf("%.9g%c", (double)x[i], (i + 1) % row == 0 ? '\n' : ' ');
}

cli_exit cli_features_write(const fc_tensor *t, const char *path, json_t *head)
{
    fc_error err = FC_ERROR_INIT;
    fc_status st;

    if (path != NULL) {
        st = fc_npy_write(path, t, &err);
        if (st != FC_OK) {
            json_decref(head);
            return cli_fail(st, &err);
        }
    }
    if (head == NULL) {
        if (path == NULL)
            print_rows(t);
        return CLI_OK;
    }
    json_object_set_new(head, "shape", shape_json(t));
    if (path != NULL)
        json_object_set_new(head, "path", cli_json_text(path));
    else
        json_object_set_new(head, "values", values_json(t));
    return cli_json_print(head);
}
