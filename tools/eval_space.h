/*
 * `featcache eval --space`: what a space finds across modalities, and how it is printed.
 */
#ifndef EVAL_SPACE_H
#define EVAL_SPACE_H

#include <featcache/eval.h>

#include "cli_progress.h"

typedef struct eval_space {
    fc_space_eval_options opts;
    bool json;
    unsigned when; /* of the progress */
    cli_progress progress;
} eval_space;

cli_exit eval_space_run(eval_space *e, const char *path);

#endif /* EVAL_SPACE_H */
