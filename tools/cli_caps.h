/* The caps on what one file may become, as options of every command that decodes files. */
#ifndef CLI_CAPS_H
#define CLI_CAPS_H

#include "cli_args.h"

/* 0: the default of each */
typedef struct cli_caps {
    uint64_t pixels, samples, points, text, file, members, nesting, draw_ms;
    const char *svg_helper;
} cli_caps;

/* Into a query, or what is encoded as one. */
void cli_caps_apply(const cli_caps *caps, fc_query *q);

/* Entries of a command's table; @default_file completes "default: ...". */
#define CLI_OPTIONS_CAPS(caps, default_file)                                                           \
    {"max-pixels",    0, CLI_NUMBER, "N", "refuse images of more pixels; default: 64000000",           \
     &(caps)->pixels, 1, INT64_MAX,  NULL},                                                            \
        {"max-samples",                                                                                \
         0,                                                                                            \
         CLI_NUMBER,                                                                                   \
         "N",                                                                                          \
         "refuse sounds of more samples a channel; default:\n134217728",                               \
         &(caps)->samples,                                                                             \
         1,                                                                                            \
         INT64_MAX,                                                                                    \
         NULL},                                                                                        \
        {"max-points",                                                                                 \
         0,                                                                                            \
         CLI_NUMBER,                                                                                   \
         "N",                                                                                          \
         "refuse clouds of more points, meshes of more triangles;\ndefault: 16777216",                 \
         &(caps)->points,                                                                              \
         1,                                                                                            \
         INT64_MAX,                                                                                    \
         NULL},                                                                                        \
        {"max-text-bytes", 0, CLI_SIZE,  "SIZE", "refuse longer texts; default: 16M",                  \
         &(caps)->text,    1, INT64_MAX, NULL},                                                        \
        {"max-file-bytes",                                                                             \
         0,                                                                                            \
         CLI_SIZE,                                                                                     \
         "SIZE",                                                                                       \
         "refuse larger files, and members of archives; default:\n" default_file,                      \
         &(caps)->file,                                                                                \
         1,                                                                                            \
         INT64_MAX,                                                                                    \
         NULL},                                                                                        \
        {"max-members",                                                                                \
         0,                                                                                            \
         CLI_NUMBER,                                                                                   \
         "N",                                                                                          \
         "read so many members of an archive; default: 16777216",                                      \
         &(caps)->members,                                                                             \
         1,                                                                                            \
         INT64_MAX,                                                                                    \
         NULL},                                                                                        \
        {"max-nesting",                                                                                \
         0,                                                                                            \
         CLI_NUMBER,                                                                                   \
         "N",                                                                                          \
         "refuse SVGs with elements nested deeper; default: 64.\nArchives in archives are never read", \
         &(caps)->nesting,                                                                             \
         1,                                                                                            \
         1000,                                                                                         \
         NULL},                                                                                        \
        {"max-draw-ms",                                                                                \
         0,                                                                                            \
         CLI_NUMBER,                                                                                   \
         "N",                                                                                          \
         "refuse SVGs that take more milliseconds of processor time\nto draw; default: 2000",          \
         &(caps)->draw_ms,                                                                             \
         1,                                                                                            \
         3600000,                                                                                      \
         NULL},                                                                                        \
    {                                                                                                  \
        "svg-helper", 0, CLI_TEXT, "FILE",                                                             \
            "the program that draws SVGs; default: featcache-svg as\nit was installed",                \
            &(caps)->svg_helper, 0, 0, NULL                                                            \
    }

#endif /* CLI_CAPS_H */
