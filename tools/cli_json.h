/*
 * JSON on stdout: one object a line, each with a "schema". Built with jansson; text from outside
 * that is not UTF-8 is made so, since nothing else can stand in JSON.
 */
#ifndef CLI_JSON_H
#define CLI_JSON_H

#include <jansson.h>

#include "cli.h"

/* A string; JSON null for NULL. For the format "o" of json_pack(). */
json_t *cli_json_text(const char *s);
/* The same, and null for "". */
json_t *cli_json_text_or_null(const char *s);
json_t *cli_json_count(uint64_t n);
/* A number with @decimals places: 0.4312, not 0.43119999766349792. null when it is not finite. */
json_t *cli_json_real(double x, int decimals);
/* {"value", "low", "high", "null"}: what schemas/json.md calls a measure; NAN is null. */
json_t *cli_json_measure(double value, double low, double high, double null_value);
/* {"raw": raw, "stored": stored} */
json_t *cli_json_bytes(uint64_t raw, uint64_t stored);

/* Members of an object: "" and 0 where there is none, or of another type. */
const char *cli_json_word(const json_t *object, const char *key);
double cli_json_number(const json_t *object, const char *key);

/* @object (taken; NULL: no memory was left) as text that the caller frees; NULL: no memory left. */
char *cli_json_dump(json_t *object);
/* Print @object (taken; NULL: no memory was left) as a line. Returns CLI_OK or CLI_FAILED. */
cli_exit cli_json_print(json_t *object);

/*
 * An object with a list that may be long, written as it comes: begin with what stands before the
 * list, end with what stands after it. Each takes its object.
 */
typedef struct cli_json_list {
    bool started, failed;
} cli_json_list;
void cli_json_list_begin(cli_json_list *list, json_t *head, const char *name);
void cli_json_list_add(cli_json_list *list, json_t *item);
/* @tail holds at least one member. @return as cli_json_print() */
cli_exit cli_json_list_end(cli_json_list *list, json_t *tail);

#endif /* CLI_JSON_H */
