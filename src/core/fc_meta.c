/*
 * Metadata of a sample: checked building, the serialised form, the JSON form.
 *
 * Serialised: varint count, then for each entry the key (varint length, bytes), kind u8, the text
 * (varint length, bytes). The number is parsed again from its text, so it cannot disagree with it.
 */
#include <locale.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "fc_alloc.h"
#include "fc_meta.h"
#include "fc_text.h"

static const char *skip_digits(const char *s)
{
    while (*s >= '0' && *s <= '9')
        s++;
    return s;
}

/* Decimal with optional sign, point and exponent: strtod's hexadecimal, "inf", "nan" and leading
 * blanks are words to a manifest, not numbers. */
static bool is_decimal(const char *s)
{
    const char *digits, *end;
    size_t n;

    if (*s == '+' || *s == '-')
        s++;
    digits = s;
    end = skip_digits(digits);
    n = (size_t)(end - digits);
    if (*end == '.') {
        const char *fraction = end + 1;

        end = skip_digits(fraction);
        n += (size_t)(end - fraction);
    }
    if (n == 0)
        return false;
    if (*end == 'e' || *end == 'E') {
        const char *exponent = end[1] == '+' || end[1] == '-' ? end + 2 : end + 1;

        end = skip_digits(exponent);
        if (end == exponent)
            return false;
    }
    return *end == '\0';
}

bool fc__meta_number(const char *text, double *out)
{
    locale_t c;

    if (!is_decimal(text))
        return false;
    /* strtod follows the program's locale, where the point may be a comma. In glibc the "C" locale
     * is static: this neither allocates nor can it fail. */
    c = newlocale(LC_ALL_MASK, "C", (locale_t)0);
    if (c == (locale_t)0)
        return false;
    *out = strtod_l(text, NULL, c);
    freelocale(c);
    return isfinite(*out);
}

static fc_status check_key(const fc_meta *m, const char *key, size_t key_n, fc_error *err)
{
    if (key_n == 0)
        return fc_error_set(err, FC_E_FORMAT, "metadata: a name is empty");
    if (key_n > FC_META_KEY_MAX)
        return fc_error_set(err, FC_E_LIMIT, "metadata: a name of %zu bytes; at most %d", key_n,
                            FC_META_KEY_MAX);
    if (memchr(key, '\0', key_n) != NULL || fc__utf8_valid_prefix(key, key_n) != key_n)
        return fc_error_set(err, FC_E_FORMAT, "metadata: a name is not valid UTF-8");
    for (size_t i = 0; i < m->n; i++)
        if (strncmp(m->entries[i].key, key, key_n) == 0 && m->entries[i].key[key_n] == '\0')
            return fc_error_set(err, FC_E_FORMAT, "metadata: '%s' is there twice",
                                m->entries[i].key);
    if (m->n >= FC_META_ENTRIES_MAX)
        return fc_error_set(err, FC_E_LIMIT, "metadata: more than %d values", FC_META_ENTRIES_MAX);
    return FC_OK;
}

static fc_status check_text(const char *key, const char *text, size_t text_n, fc_error *err)
{
    if (text_n > FC_META_VALUE_MAX)
        return fc_error_set(err, FC_E_LIMIT,
                            "metadata: the value of '%s' has %zu bytes; at most %d", key, text_n,
                            FC_META_VALUE_MAX);
    if (text_n != 0 &&
        (memchr(text, '\0', text_n) != NULL || fc__utf8_valid_prefix(text, text_n) != text_n))
        return fc_error_set(err, FC_E_FORMAT, "metadata: the value of '%s' is not valid UTF-8 text",
                            key);
    return FC_OK;
}

/* Fill in e->number from e->text. */
static fc_status parse_value(fc_meta_entry *e, fc_error *err)
{
    switch (e->kind) {
    case FC_META_STRING:
        return FC_OK;
    case FC_META_NUMBER:
        if (fc__meta_number(e->text, &e->number))
            return FC_OK;
        return fc_error_set(err, FC_E_FORMAT, "metadata: '%s' is '%.64s', which is not a number",
                            e->key, e->text);
    case FC_META_BOOL:
        e->number = strcmp(e->text, "true") == 0;
        if (e->number != 0.0 || strcmp(e->text, "false") == 0)
            return FC_OK;
        return fc_error_set(err, FC_E_FORMAT, "metadata: '%s' is '%.64s', neither true nor false",
                            e->key, e->text);
    }
    return fc_error_set(err, FC_E_FORMAT, "metadata: '%s' is of unknown kind %u", e->key,
                        (unsigned)e->kind);
}

fc_status fc__meta_add(fc_meta *m, const char *key, size_t key_n, fc_meta_kind kind,
                       const char *text, size_t text_n, fc_error *err)
{
    fc_meta_entry e = {.kind = kind};
    fc_status st;

    st = check_key(m, key, key_n, err);
    if (st != FC_OK)
        return st;
    st = fc__grow_array(&m->entries, &m->capacity, m->n + 1, sizeof(e), err);
    if (st != FC_OK)
        return st;
    e.key = fc__strndup(key, key_n);
    if (e.key == NULL)
        return fc__nomem(err, key_n, "a metadata name");
    st = check_text(e.key, text, text_n, err);
    if (st != FC_OK)
        goto failed;
    e.text = fc__strndup(text_n != 0 ? text : "", text_n);
    if (e.text == NULL) {
        st = fc__nomem(err, text_n, "a metadata value");
        goto failed;
    }
    st = parse_value(&e, err);
    if (st != FC_OK)
        goto failed;
    m->entries[m->n++] = e;
    return FC_OK;

failed:
    free(e.text);
    free(e.key);
    return st;
}

fc_status fc__meta_copy(fc_meta *to, const fc_meta *from, fc_error *err)
{
    if (from->n == 0)
        return FC_OK;
    to->entries = fc__alloc_array(from->n, sizeof(*to->entries));
    if (to->entries == NULL)
        return fc__nomem(err, from->n * sizeof(*to->entries), "metadata");
    to->capacity = from->n;
    while (to->n < from->n) {
        const fc_meta_entry *e = &from->entries[to->n];
        fc_meta_entry *copy = &to->entries[to->n++];

        *copy = (fc_meta_entry){fc__strdup(e->key), e->kind, fc__strdup(e->text), e->number};
        if (copy->key == NULL || copy->text == NULL) {
            fc__meta_dispose(to);
            return fc__nomem(err, strlen(e->key) + strlen(e->text), "metadata");
        }
    }
    return FC_OK;
}

const fc_meta_entry *fc__meta_find(const fc_meta *m, const char *key)
{
    for (size_t i = 0; i < m->n; i++)
        if (strcmp(m->entries[i].key, key) == 0)
            return &m->entries[i];
    return NULL;
}

fc_status fc__meta_write(const fc_meta *m, fc_buf *out, fc_error *err)
{
    fc_status st = fc_buf_append_varint(out, m->n, err);

    for (size_t i = 0; i < m->n && st == FC_OK; i++) {
        st = fc_buf_append_str(out, m->entries[i].key, err);
        if (st == FC_OK)
            st = fc_buf_append_u8(out, (uint8_t)m->entries[i].kind, err);
        if (st == FC_OK)
            st = fc_buf_append_str(out, m->entries[i].text, err);
    }
    return st;
}

fc_status fc__meta_read(fc_meta *m, const uint8_t *bytes, size_t n, fc_error *err)
{
    fc_reader r = fc_reader_over(bytes, n);
    const uint64_t count = fc_read_varint(&r);
    fc_error inner = FC_ERROR_INIT;
    fc_status st = FC_OK;

    if (count > FC_META_ENTRIES_MAX)
        return fc_error_set(err, FC_E_CORRUPT, "stored metadata claims %llu values",
                            (unsigned long long)count);
    for (uint64_t i = 0; i < count && st == FC_OK; i++) {
        size_t key_n = 0, text_n = 0;
        const char *key = (const char *)fc_read_bytes(&r, &key_n);
        const uint8_t kind = fc_read_u8(&r);
        const char *text = (const char *)fc_read_bytes(&r, &text_n);

        if (r.failed)
            break;
        st = fc__meta_add(m, key, key_n, (fc_meta_kind)kind, text, text_n, &inner);
    }
    if (st == FC_OK && !r.failed && fc_reader_left(&r) == 0)
        return FC_OK;
    fc__meta_clear(m);
    if (st == FC_E_NOMEM)
        return fc_error_set(err, st, "%s", inner.message);
    if (st != FC_OK)
        return fc_error_set(err, FC_E_CORRUPT, "stored %s", inner.message);
    return fc_error_set(err, FC_E_CORRUPT, "stored metadata: %zu bytes do not hold %llu values", n,
                        (unsigned long long)count);
}

/* Whether JSON writes this number as it came: no plus sign, no leading zeros, digits on both
 * sides of a point. */
static bool is_json_number(const char *s)
{
    const char *end;

    if (*s == '-')
        s++;
    end = skip_digits(s);
    if (end == s || (*s == '0' && end != s + 1))
        return false;
    if (*end == '.' && skip_digits(end + 1) == end + 1)
        return false;
    return true;
}

void fc__meta_json(const fc_meta *m, fc_json *j)
{
    fc_json_object_begin(j);
    for (size_t i = 0; i < m->n; i++) {
        const fc_meta_entry *e = &m->entries[i];

        fc_json_key(j, e->key);
        if (e->kind == FC_META_STRING)
            fc_json_string(j, e->text);
        else if (e->kind == FC_META_BOOL)
            fc_json_bool(j, e->number != 0.0);
        else if (is_json_number(e->text))
            fc_json_raw(j, e->text, strlen(e->text)); /* 12.50 stays 12.50 */
        else
            fc_json_double(j, e->number, 17);
    }
    fc_json_object_end(j);
}

void fc__meta_clear(fc_meta *m)
{
    for (size_t i = 0; i < m->n; i++) {
        free(m->entries[i].key);
        free(m->entries[i].text);
    }
    m->n = 0;
}

void fc__meta_dispose(fc_meta *m)
{
    if (m == NULL)
        return;
    fc__meta_clear(m);
    free(m->entries);
    *m = (fc_meta)FC_META_INIT;
}
