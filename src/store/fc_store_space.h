/*
 * Spaces: which encoder versions' outputs are compared with one another by cosine. A row each,
 * under its name and a version that counts up with every change; it carries its members' cards
 * whole, so that a query of a modality of which nothing is stored yet can be embedded.
 *
 * The layout: schemas/store.md. Threads: as the store and the snapshot.
 */
#ifndef FC_STORE_SPACE_H
#define FC_STORE_SPACE_H

#include <featcache/store.h>

#include "fc_hash.h"

#define FC_SPACE_MEMBERS_MAX 16

/* How a space came about. */
typedef enum fc_space_kind {
    FC_SPACE_DECLARED = 1 /* its members share it by themselves: vectors are compared as they are */
} fc_space_kind;

typedef struct fc_space_member {
    fc_sha256 fingerprint;
    fc_modality modality; /* that the encoder takes */
    char *encoder;        /* name */
    char *output;
    char *card; /* canonical JSON */
} fc_space_member;

typedef struct fc_space_row {
    char *name;
    uint32_t version; /* from 1 */
    fc_space_kind kind;
    int64_t created_ns;
    uint32_t dim;
    fc_space_member members[FC_SPACE_MEMBERS_MAX];
    size_t n_members;
} fc_space_row;

void fc__space_row_dispose(fc_space_row *r);
/* 1 to 63 of a-z 0-9 . _ -, beginning with a letter or digit. */
bool fc__space_name_ok(const char *name);

/* Put a space as the newest version of its name; where that says the same already, nothing is done.
 * row->version and created_ns are set. Needs no fc_writer. */
fc_status fc__store_put_space(fc_store *store, fc_space_row *row, bool *changed, fc_error *err);
/* The newest version of every name, by name; free with fc__spaces_free(). */
fc_status fc__snapshot_spaces(fc_snapshot *s, fc_space_row **list, size_t *n, fc_error *err);
void fc__spaces_free(fc_space_row *list, size_t n);
/* By name, the newest. FC_E_NOT_FOUND says which there are. */
fc_status fc__snapshot_space(fc_snapshot *s, const char *name, fc_space_row *out, fc_error *err);

#endif /* FC_STORE_SPACE_H */
