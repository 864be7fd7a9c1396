/*
 * Provenance texts taken apart into facts, sorted, each once.
 */
#include "audit_provenance.h"

#include <stdlib.h>
#include <string.h>

#include "fc_alloc.h"
#include "fc_buf.h"

#define BLANKS    " \t\r\n"
#define LIBRARIES "libraries"

/* A piece of a text; not terminated. */
typedef struct piece {
    const char *at;
    size_t n;
} piece;

static bool is_word(piece p, const char *word)
{
    return p.n == strlen(word) && memcmp(p.at, word, p.n) == 0;
}

static fc_status add(fc_provenance_facts *f, const char *prefix, piece key, piece value,
                     fc_error *err)
{
    fc_provenance_fact fact = {NULL, NULL};
    fc_buf name = FC_BUF_INIT;
    fc_status st = fc__grow_array(&f->list, &f->capacity, f->n + 1, sizeof(*f->list), err);

    if (st == FC_OK)
        st = fc_buf_append_fmt(&name, err, "%s%.*s", prefix, (int)key.n, key.at);
    if (st == FC_OK) {
        fact.key = fc__strndup((const char *)name.data, name.size);
        fact.value = fc__strndup(value.at, value.n);
        if (fact.key == NULL || fact.value == NULL) {
            free(fact.key);
            free(fact.value);
            st = fc__nomem(err, name.size + value.n, "a provenance");
        } else {
            f->list[f->n++] = fact;
        }
    }
    fc_buf_dispose(&name);
    return st;
}

/* Where the version begins in "libpng 1.6.39" or "libsndfile-1.2.0"; p.n where there is none. */
static size_t version_start(piece p)
{
    for (size_t i = p.n; i > 1; i--)
        if (p.at[i - 1] == ' ')
            return i;
    for (size_t i = 1; i + 1 < p.n; i++)
        if (p.at[i] == '-' && p.at[i + 1] >= '0' && p.at[i + 1] <= '9')
            return i + 1;
    return p.n;
}

/* "libjpeg-turbo 2.1.5, libpng 1.6.39" */
static fc_status add_libraries(fc_provenance_facts *f, piece all, fc_error *err)
{
    const char *const end = all.at + all.n;
    fc_status st = FC_OK;

    for (const char *p = all.at; p < end && st == FC_OK;) {
        const char *comma = memchr(p, ',', (size_t)(end - p));
        const char *stop = comma != NULL ? comma : end;
        size_t n, at;

        while (p < stop && *p == ' ')
            p++;
        n = (size_t)(stop - p);
        at = version_start((piece){p, n});
        if (n > 0)
            st = add(f, LIBRARIES ".", (piece){p, at < n ? at - 1 : n}, (piece){p + at, n - at},
                     err);
        p = comma != NULL ? comma + 1 : end;
    }
    return st;
}

static fc_status add_pair(fc_provenance_facts *f, piece key, piece value, fc_error *err)
{
    if (is_word(key, "encoder") || is_word(key, "code_version"))
        return FC_OK;
    if (is_word(key, LIBRARIES))
        return add_libraries(f, value, err);
    return add(f, "", key, value, err);
}

/* The pair that begins at s; returns where the next may begin. */
static const char *take_pair(const char *s, piece *key, piece *value)
{
    key->at = s;
    key->n = strcspn(s, "=" BLANKS);
    s += key->n;
    *value = (piece){s, 0};
    if (*s != '=')
        return s;
    s++;
    if (*s == '"') {
        value->at = ++s;
        value->n = strcspn(s, "\"");
        s += value->n;
        return *s == '"' ? s + 1 : s;
    }
    value->at = s;
    value->n = strcspn(s, BLANKS);
    return s + value->n;
}

static fc_status add_text(fc_provenance_facts *f, const char *s, fc_error *err)
{
    fc_status st = FC_OK;

    while (*(s += strspn(s, BLANKS)) != '\0' && st == FC_OK) {
        piece key, value;

        s = take_pair(s, &key, &value);
        st = add_pair(f, key, value, err);
    }
    return st;
}

static int by_key_and_value(const void *a, const void *b)
{
    const fc_provenance_fact *x = a, *y = b;
    const int order = strcmp(x->key, y->key);

    return order != 0 ? order : strcmp(x->value, y->value);
}

static void keep_each_once(fc_provenance_facts *f)
{
    size_t kept = 0;

    for (size_t i = 0; i < f->n; i++) {
        if (kept > 0 && by_key_and_value(&f->list[kept - 1], &f->list[i]) == 0) {
            free(f->list[i].key);
            free(f->list[i].value);
        } else {
            f->list[kept++] = f->list[i];
        }
    }
    f->n = kept;
}

fc_status fc__provenance_facts(fc_provenance_facts *out, const char *const *texts, size_t n,
                               fc_error *err)
{
    fc_status st = FC_OK;

    *out = (fc_provenance_facts){NULL, 0, 0};
    for (size_t i = 0; i < n && st == FC_OK; i++)
        st = add_text(out, texts[i], err);
    if (st != FC_OK) {
        fc__provenance_facts_dispose(out);
        return st;
    }
    if (out->n > 0)
        qsort(out->list, out->n, sizeof(*out->list), by_key_and_value);
    keep_each_once(out);
    return FC_OK;
}

void fc__provenance_facts_dispose(fc_provenance_facts *f)
{
    for (size_t i = 0; i < f->n; i++) {
        free(f->list[i].key);
        free(f->list[i].value);
    }
    free(f->list);
    *f = (fc_provenance_facts){NULL, 0, 0};
}
