/* How models are run, as options of every command that encodes. */
#ifndef CLI_NEURAL_H
#define CLI_NEURAL_H

#include <featcache/neural.h>
#include <limits.h>

#include "cli_args.h"

typedef struct cli_neural {
    const char *library, *device; /* as given; NULL: the defaults */
    char found[PATH_MAX], cache[PATH_MAX];
    fc_neural_options options; /* points into this struct: not to be copied */
} cli_neural;

/* Entries of a command's table. */
#define CLI_OPTIONS_NEURAL(n)                                                                     \
    {"onnxruntime",                                                                               \
     0,                                                                                           \
     CLI_TEXT,                                                                                    \
     "FILE",                                                                                      \
     "libonnxruntime.so, which runs models; default: the one of\ncmake/get-onnxruntime.sh, else " \
     "the system's",                                                                              \
     &(n)->library,                                                                               \
     0,                                                                                           \
     0,                                                                                           \
     NULL},                                                                                       \
    {                                                                                             \
        "device", 0, CLI_TEXT, "D",                                                               \
            "where models run: cpu, cuda:N or auto; default: cpu.\n"                              \
            "By encoder: cpu,NAME=cuda:N",                                                        \
            &(n)->device, 0, 0, NULL                                                              \
    }

/* What the library takes, until *n goes. */
const fc_neural_options *cli_neural_options(cli_neural *n);

#endif /* CLI_NEURAL_H */
