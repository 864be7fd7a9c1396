/*
 * What a text must be before it is parsed, and libyaml's own errors in our words.
 */
#ifndef FC_YAML_SYNTAX_H
#define FC_YAML_SYNTAX_H

#include <yaml.h>

#include <featcache/types.h>

/* At most 1 MiB (FC_E_LIMIT), valid UTF-8 without control characters (FC_E_FORMAT, with the line).
 */
fc_status fc__yaml_check_text(const char *text, size_t n, const char *origin, fc_error *err);
/* The error that stopped `p` over `text`: FC_E_FORMAT or FC_E_NOMEM. */
fc_status fc__yaml_syntax_error(const yaml_parser_t *p, const char *text, size_t n,
                                const char *origin, fc_error *err);

#endif /* FC_YAML_SYNTAX_H */
