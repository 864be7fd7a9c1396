/*
 * Whether the name of an output, as a user gave it, is one that the store's encoders have.
 */
#include <string.h>

#include "fc_buf.h"
#include "fc_store_read.h"

/* Each name once, also when ten versions of an encoder have it. */
static void add_name(fc_buf *names, const char *name)
{
    const size_t n = strlen(name);
    const char *at = names->size > 0 ? (const char *)names->data : "";

    while (*at != '\0') {
        if (strncmp(at, name, n) == 0 && (at[n] == ',' || at[n] == '\0'))
            return;
        at += strcspn(at, " ");
        at += *at == ' ';
    }
    /* Without memory the list is shorter; the answer is the same. */
    (void)fc_buf_append_fmt(names, NULL, "%s%s", names->size == 0 ? "" : ", ", name);
}

fc_status fc__check_output_name(const fc_encoder_info *encoders, size_t n,
                                const fc_encoder_info *only, const char *name, bool searchable,
                                fc_error *err)
{
    const char *must = searchable ? " that can be searched" : "";
    fc_buf names = FC_BUF_INIT;
    bool found = name == NULL;
    fc_status st = FC_OK;

    for (size_t i = 0; i < n && !found; i++)
        for (size_t k = 0; k < encoders[i].n_outputs && !found; k++) {
            const fc_output_info *o = &encoders[i].outputs[k];

            if ((only != NULL && only->id != encoders[i].id) || (searchable && !o->searchable))
                continue;
            found = strcmp(o->name, name) == 0;
            add_name(&names, o->name);
        }
    if (!found && only != NULL)
        st = fc_error_set(err, FC_E_NOT_FOUND, "encoder '%s' has no output '%.64s'%s; it has %s",
                          only->name, name, must,
                          names.size > 0 ? (const char *)names.data : "none");
    else if (!found)
        st = fc_error_set(err, FC_E_NOT_FOUND,
                          "no encoder of this store has an output '%.64s'%s; there are %s", name,
                          must, names.size > 0 ? (const char *)names.data : "none");
    fc_buf_dispose(&names);
    return st;
}
