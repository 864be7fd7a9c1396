/* JSON on stdout through jansson, and the long lists that jansson would hold in memory whole. */
#include "cli_json.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define MEASURE_PLACES 6

/* 15 digits carry every decimal number of up to 15 digits unchanged, and show 0.1 as 0.1. */
#define DUMP_FLAGS (JSON_COMPACT | JSON_REAL_PRECISION(15) | JSON_ENCODE_ANY)

/* @s with a replacement character for each byte that is not UTF-8. */
static json_t *repaired_text(const char *s)
{
    static const char replacement[] = "\xEF\xBF\xBD";
    char *fixed = malloc(3 * strlen(s) + 1);
    size_t n = 0;
    json_t *text;

    if (fixed == NULL)
        return NULL;
    for (size_t used; *s != '\0'; s += used) {
        uint32_t cp;

        used = cli_next_character(s, &cp);
        memcpy(fixed + n, cp == UINT32_MAX ? replacement : s, cp == UINT32_MAX ? 3 : used);
        n += cp == UINT32_MAX ? 3 : used;
    }
    text = json_stringn(fixed, n);
    free(fixed);
    return text;
}

json_t *cli_json_text(const char *s)
{
    json_t *text;

    if (s == NULL)
        return json_null();
    text = json_string(s);
    return text != NULL ? text : repaired_text(s);
}

json_t *cli_json_text_or_null(const char *s)
{
    return cli_json_text(s != NULL && s[0] != '\0' ? s : NULL);
}

json_t *cli_json_count(uint64_t n)
{
    return json_integer((json_int_t)n);
}

json_t *cli_json_real(double x, int decimals)
{
    const double scale = pow(10, decimals);

    return isfinite(x) ? json_real(round(x * scale) / scale) : json_null();
}

json_t *cli_json_measure(double value, double low, double high, double null_value)
{
    return json_pack("{s:o,s:o,s:o,s:o}", "value", cli_json_real(value, MEASURE_PLACES), "low",
                     cli_json_real(low, MEASURE_PLACES), "high",
                     cli_json_real(high, MEASURE_PLACES), "null",
                     cli_json_real(null_value, MEASURE_PLACES));
}

json_t *cli_json_bytes(uint64_t raw, uint64_t stored)
{
    return json_pack("{s:I,s:I}", "raw", (json_int_t)raw, "stored", (json_int_t)stored);
}

static cli_exit out_of_memory(void)
{
    cli_message("no memory left for the JSON output");
    return CLI_FAILED;
}

const char *cli_json_word(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));

    return text != NULL ? text : "";
}

double cli_json_number(const json_t *object, const char *key)
{
    return json_number_value(json_object_get(object, key));
}

char *cli_json_dump(json_t *object)
{
    char *text = object != NULL ? json_dumps(object, DUMP_FLAGS) : NULL;

    json_decref(object);
    return text;
}

cli_exit cli_json_print(json_t *object)
{
    int rc;

    if (object == NULL)
        return out_of_memory();
    rc = json_dumpf(object, stdout, DUMP_FLAGS);
    json_decref(object);
    if (rc != 0)
        return ferror(stdout) ? CLI_FAILED : out_of_memory();
    putchar('\n');
    return CLI_OK;
}

void cli_json_list_begin(cli_json_list *list, json_t *head, const char *name)
{
    char *text = head != NULL ? json_dumps(head, DUMP_FLAGS) : NULL;

    *list = (cli_json_list){false, text == NULL};
    json_decref(head);
    if (text == NULL)
        return;
    printf("%.*s,\"%s\":[", (int)strlen(text) - 1, text, name);
    free(text);
}

void cli_json_list_add(cli_json_list *list, json_t *item)
{
    if (item == NULL)
        list->failed = true;
    if (list->failed)
        return;
    if (list->started)
        putchar(',');
    list->started = true;
    list->failed = json_dumpf(item, stdout, DUMP_FLAGS) != 0;
    json_decref(item);
}

cli_exit cli_json_list_end(cli_json_list *list, json_t *tail)
{
    char *text = tail != NULL ? json_dumps(tail, DUMP_FLAGS) : NULL;

    json_decref(tail);
    if (text == NULL || list->failed) {
        free(text);
        return ferror(stdout) ? CLI_FAILED : out_of_memory();
    }
    printf("],%s\n", text + 1);
    free(text);
    return CLI_OK;
}
