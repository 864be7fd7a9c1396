/*
 * Space files: YAML that names outputs of encoders which share one space by themselves, such as the
 * halves of CLIP, or through projections that are there already. Nothing is learnt.
 *
 *     name: clip-vit-b32        # [a-z0-9][a-z0-9._-]*, at most 63
 *     members:
 *       - { card: clip-vit-b32-image.yaml, output: image_embeds }
 *       - { card: clip-vit-b32-text.yaml, output: text_embeds }
 *
 * A `card` is a file, relative to the space file, or a built-in's name; a `head` (optional) is a
 * file with a projection, and `pooling` what goes before it. The schema is schemas/space.md.
 */
#ifndef FC_SPACE_FILE_H
#define FC_SPACE_FILE_H

#include "fc_card.h"

#define FC_SPACE_FILE_MEMBERS_MAX 16
#define FC_SPACE_FILE_NAME_MAX    63

typedef struct fc_space_file_member {
    char *path;    /* of the card, or a built-in's name: as --encoder takes it */
    fc_card *card; /* loaded and checked */
    char *output;
    char *head;    /* path of a projection; NULL: the output is of the space as it is */
    char *pooling; /* with a head: as the file says it; NULL: none */
    uint64_t dim;  /* of the output's rows */
} fc_space_file_member;

typedef struct fc_space_file {
    char *name;
    uint64_t dim; /* of all the outputs without a head; 0: all have one */
    fc_space_file_member members[FC_SPACE_FILE_MEMBERS_MAX];
    size_t n_members;
} fc_space_file;

/* Load the file, the cards that it names, and check them against one another. `problems` and `err`
 * as fc__card_load_on() has them; problems of a card are told under its own file. */
fc_status fc__space_file_load(fc_space_file *out, const char *path, const fc_neural_options *neural,
                              fc_buf *problems, fc_error *err);
/* The same from memory; `origin` is the file name, which cards are relative to. */
fc_status fc__space_file_parse(fc_space_file *out, const char *yaml, size_t n, const char *origin,
                               const fc_neural_options *neural, fc_buf *problems, fc_error *err);
void fc__space_file_dispose(fc_space_file *f);

#endif /* FC_SPACE_FILE_H */
