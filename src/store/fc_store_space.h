/*
 * Spaces: which encoder versions' outputs are compared with one another by cosine. A row each,
 * under its name and a version that counts up with every change; it carries its members' cards
 * whole, so that a query of a modality of which nothing is stored yet can be embedded.
 *
 * Where the outputs do not share a space by themselves, heads map them into one: artefacts, stored
 * under the hash of their bytes, that the row names. An adapter is such a row, too: one encoder
 * version's space, into which a head maps the vectors of another version.
 *
 * The layout: schemas/store.md. Threads: as the store and the snapshot.
 */
#ifndef FC_STORE_SPACE_H
#define FC_STORE_SPACE_H

#include <featcache/adapt.h>
#include <featcache/store.h>

#include "fc_buf.h"
#include "fc_hash.h"

#define FC_SPACE_MEMBERS_MAX 16
#define FC_ARTEFACT_MAX      ((size_t)1 << 30)

/* How a space came about. */
typedef enum fc_space_kind {
    FC_SPACE_DECLARED = 1, /* its members share it by themselves: compared as they are */
    FC_SPACE_HEADED = 2,   /* through heads, fitted or imported */
    FC_SPACE_ADAPTER = 3   /* two members: the first as it is, the second through the one head */
} fc_space_kind;

/* What is stored under the hash of its bytes (the first half of their SHA-256); zero: none. */
typedef struct fc_artefact_id {
    uint8_t bytes[16];
} fc_artefact_id;

#define FC_ARTEFACT_HEX_BYTES 33

typedef struct fc_space_member {
    fc_sha256 fingerprint;
    fc_modality modality; /* that the encoder takes */
    char *encoder;        /* name */
    char *output;
    char *card;      /* canonical JSON */
    uint32_t branch; /* headed: which head takes it; members of one branch come one after another */
} fc_space_member;

/* How the heads of a space came about. */
typedef struct fc_space_origin {
    char *method;          /* "ridge", "cca", "contrastive", "imported"; "procrustes", ... */
    char *split;           /* of the samples learnt from; "": none was named */
    uint64_t split_seed;   /* of the assignment of groups, where samples name no split */
    double test_share;     /* of groups that it kept away */
    fc_artefact_id record; /* what was tried, and which groups were seen */
} fc_space_origin;

/* What a row of an adapter has besides. */
typedef struct fc_space_adapter {
    bool migrates; /* the second member is the old version, to be mapped whole; else the new one */
    /* Of a switch from the first member to the second. */
    fc_adapter_stage stage;
    /* A cosine of the second version is about slope * (cosine through the head) + shift. */
    double score_slope, score_shift;
} fc_space_adapter;

typedef struct fc_space_row {
    char *name;
    uint32_t version; /* from 1 */
    fc_space_kind kind;
    int64_t created_ns;
    uint32_t dim;
    fc_space_member members[FC_SPACE_MEMBERS_MAX];
    size_t n_members;
    size_t n_branches; /* headed: 1 and up; of an adapter 1 */
    fc_artefact_id heads[FC_SPACE_MEMBERS_MAX];
    fc_space_origin origin;
    fc_space_adapter adapter;
} fc_space_row;

void fc__space_row_dispose(fc_space_row *r);
/* 1 to 63 of a-z 0-9 . _ -, beginning with a letter or digit. */
bool fc__space_name_ok(const char *name);

/* An artefact's name, and whether there is one. */
fc_status fc__artefact_id(const void *bytes, size_t n, fc_artefact_id *out, fc_error *err);
bool fc__artefact_is_none(const fc_artefact_id *id);
void fc__artefact_hex(const fc_artefact_id *id, char out[FC_ARTEFACT_HEX_BYTES]);

/* Put a space as the newest version of its name, in one transaction with the artefacts that it
 * names (n of them; those that are there already are left); where the newest says the same already,
 * nothing is done. FC_E_INVALID: the name is that of an adapter and this is none, or the other way
 * round. row->version and created_ns are set. Needs no fc_writer. */
fc_status fc__store_put_space(fc_store *store, fc_space_row *row, const fc_buf *artefacts, size_t n,
                              bool *changed, fc_error *err);
/* Its bytes. FC_E_CORRUPT: they are not those of this name; FC_E_NOT_FOUND with a message. */
fc_status fc__snapshot_artefact(fc_snapshot *s, const fc_artefact_id *id, fc_buf *out,
                                fc_error *err);
/* The newest version of every name, by name; free with fc__spaces_free(). */
fc_status fc__snapshot_spaces(fc_snapshot *s, fc_space_row **list, size_t *n, fc_error *err);
void fc__spaces_free(fc_space_row *list, size_t n);
/* By "NAME", the newest, or "NAME@VERSION". FC_E_NOT_FOUND says which there are. */
fc_status fc__snapshot_space(fc_snapshot *s, const char *name, fc_space_row *out, fc_error *err);

#endif /* FC_STORE_SPACE_H */
