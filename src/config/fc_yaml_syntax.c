/*
 * What a text must be before it is parsed, and libyaml's own errors in our words.
 */
#include "fc_yaml_syntax.h"

#include <string.h>

#include "fc_alloc.h"
#include "fc_text.h"
#include "fc_yaml_tree.h"

/* Line of the byte at `offset`, from 1; libyaml's marks count from 0. */
static unsigned long long line_of(const char *text, size_t offset)
{
    unsigned long long line = 1;

    for (size_t i = 0; i < offset; i++)
        line += text[i] == '\n';
    return line;
}

fc_status fc__yaml_check_text(const char *text, size_t n, const char *origin, fc_error *err)
{
    size_t valid;

    if (n > FC_YAML_BYTES_MAX)
        return fc_error_set(err, FC_E_LIMIT, "%s: %zu bytes; a file of at most 1 MiB is wanted",
                            origin, n);
    valid = fc__utf8_valid_prefix(text, n);
    if (valid != n)
        return fc_error_set(err, FC_E_FORMAT,
                            "%s:%llu: byte 0x%02X is not valid UTF-8; save the file as UTF-8",
                            origin, line_of(text, valid), (unsigned)(unsigned char)text[valid]);
    for (size_t i = 0; i < n; i++) {
        const unsigned char c = (unsigned char)text[i];

        if ((c < 0x20 && c != '\t' && c != '\n' && c != '\r') || c == 0x7F)
            return fc_error_set(err, FC_E_FORMAT, "%s:%llu: control character 0x%02X; remove it",
                                origin, line_of(text, i), (unsigned)c);
    }
    return FC_OK;
}

/* Is the first character of `line` (from 0) that is no space a tab? libyaml's message about it
 * does not say so. */
static bool tab_indents(const char *text, size_t n, size_t line)
{
    const char *at = text, *end = text + n;

    while (line > 0 && at < end)
        line -= *at++ == '\n';
    while (at < end && *at == ' ')
        at++;
    return at < end && *at == '\t';
}

fc_status fc__yaml_syntax_error(const yaml_parser_t *p, const char *text, size_t n,
                                const char *origin, fc_error *err)
{
    const char *problem = p->problem != NULL ? p->problem : "not valid YAML";
    const size_t line = p->problem_mark.line;

    if (p->error == YAML_MEMORY_ERROR)
        return fc__nomem(err, n, "parsing YAML");
    /* The reader has no line yet, only an offset. */
    if (p->error == YAML_READER_ERROR)
        return fc_error_set(err, FC_E_FORMAT, "%s:%llu: %s; remove the character", origin,
                            line_of(text, p->problem_offset < n ? p->problem_offset : n), problem);
    if (tab_indents(text, n, line))
        return fc_error_set(err, FC_E_FORMAT,
                            "%s:%zu: a tab cannot indent in YAML; indent with spaces", origin,
                            line + 1);
    if (strstr(problem, "cannot start any token") != NULL)
        return fc_error_set(err, FC_E_FORMAT,
                            "%s:%zu: column %zu holds a character that cannot start a text; put "
                            "the text in quotes",
                            origin, line + 1, p->problem_mark.column + 1);
    if (p->context != NULL)
        return fc_error_set(err, FC_E_FORMAT, "%s:%zu: %s, %s that starts at line %zu", origin,
                            line + 1, problem, p->context, p->context_mark.line + 1);
    return fc_error_set(err, FC_E_FORMAT, "%s:%zu: %s", origin, line + 1, problem);
}
