/*
 * Lines of the files in tests/golden/text: fields apart by tabs, texts in hexadecimal.
 */
#ifndef TEXT_GOLDEN_H
#define TEXT_GOLDEN_H

#include "decode/golden_files.h"

#define TEXT_GOLDEN_FIELDS 4

typedef struct text_golden {
    FILE *file;
    char line[2048];
    char raw[TEXT_GOLDEN_FIELDS][1024];    /* as written */
    char fields[TEXT_GOLDEN_FIELDS][1024]; /* from hexadecimal, where it is; ends with a NUL */
    size_t n[TEXT_GOLDEN_FIELDS];
} text_golden;

static inline text_golden text_golden_open(const char *name)
{
    text_golden g = {0};
    char *folder = golden_file("tests/golden/text"), *path = NULL;

    assert_true(asprintf(&path, "%s/%s", folder, name) > 0);
    g.file = fopen(path, "r");
    if (g.file == NULL)
        fail_msg("%s cannot be read", path);
    free(path);
    free(folder);
    return g;
}

static inline bool text_golden_next(text_golden *g)
{
    char *at = g->line;

    if (fgets(g->line, sizeof(g->line), g->file) == NULL)
        return false;
    g->line[strcspn(g->line, "\n")] = '\0';
    for (size_t k = 0; k < TEXT_GOLDEN_FIELDS && at != NULL; k++) {
        char *field = strsep(&at, "\t");
        unsigned byte;

        assert_true(strlen(field) < sizeof(g->raw[k]));
        strcpy(g->raw[k], field);
        g->n[k] = 0;
        while (sscanf(field + 2 * g->n[k], "%2x", &byte) == 1)
            g->fields[k][g->n[k]++] = (char)byte;
        g->fields[k][g->n[k]] = '\0';
    }
    return true;
}

static inline void text_golden_close(text_golden *g)
{
    fclose(g->file);
}

#endif /* TEXT_GOLDEN_H */
