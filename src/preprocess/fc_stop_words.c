/*
 * Lists of words, sorted; found by halving.
 */
#include "fc_stop_words.h"

#include <stdlib.h>
#include <string.h>

#include "fc_alloc.h"
#include "fc_stop_lists.h"
#include "fc_text.h"

#define BLANKS " \t\r\n\f\v"

const char *const fc__stop_lists[] = {
    "none",    "danish",    "dutch",      "english", "finnish", "french",  "german", "hungarian",
    "italian", "norwegian", "portuguese", "russian", "spanish", "swedish", "file",   NULL,
};

const char *fc__stop_list(const char *name)
{
    for (size_t i = 0; i < sizeof(stop_lists) / sizeof(stop_lists[0]); i++)
        if (strcmp(stop_lists[i].language, name) == 0)
            return stop_lists[i].words;
    return NULL;
}

typedef struct entry {
    size_t at, n; /* in the bytes of the set */
} entry;

struct fc_stop_words {
    fc_buf bytes;
    entry *words;
    size_t n, capacity;
};

static int compare(const char *a, size_t n_a, const char *b, size_t n_b)
{
    const int order = memcmp(a, b, n_a < n_b ? n_a : n_b);

    return order != 0 ? order : (n_a > n_b) - (n_a < n_b);
}

/* Where `word` is, or belongs. */
static size_t place_of(const fc_stop_words *s, const char *word, size_t n, bool *found)
{
    size_t low = 0, high = s->n;

    *found = false;
    while (low < high && !*found) {
        const size_t middle = low + (high - low) / 2;
        const entry *e = &s->words[middle];
        const int order = compare((const char *)s->bytes.data + e->at, e->n, word, n);

        *found = order == 0;
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return high;
}

/* Take the bytes from `at` to the end as a word, unless it is there already. */
static fc_status insert(fc_stop_words *s, size_t at, fc_error *err)
{
    const size_t n = s->bytes.size - at;
    bool found = n == 0;
    size_t place = 0;
    fc_status st;

    if (!found)
        place = place_of(s, (const char *)s->bytes.data + at, n, &found);
    if (found) {
        s->bytes.size = at;
        return FC_OK;
    }
    st = fc__grow_array(&s->words, &s->capacity, s->n + 1, sizeof(*s->words), err);
    if (st != FC_OK)
        return st;
    memmove(&s->words[place + 1], &s->words[place], (s->n - place) * sizeof(*s->words));
    s->words[place] = (entry){at, n};
    s->n++;
    return FC_OK;
}

fc_status fc__stop_words_create(fc_stop_words **out, const char *words, fc_text_form form,
                                bool fold_case, fc_error *err)
{
    fc_stop_words *s = fc__alloc_array(1, sizeof(*s));
    fc_status st = FC_OK;

    *out = NULL;
    if (s == NULL)
        return fc__nomem(err, sizeof(*s), "stop words");
    while (st == FC_OK && *words != '\0') {
        const size_t n = strcspn(words, " "), at = s->bytes.size;

        st = fc__fold_text(words, n, form, fold_case, &s->bytes, err);
        if (st == FC_OK)
            st = insert(s, at, err);
        words += n + (words[n] == ' ');
    }
    if (st != FC_OK) {
        fc__stop_words_destroy(s);
        return st;
    }
    *out = s;
    return FC_OK;
}

bool fc__stop_words_has(const fc_stop_words *s, const char *word, size_t n)
{
    bool found = false;

    if (s != NULL)
        (void)place_of(s, word, n, &found);
    return found;
}

void fc__stop_words_destroy(fc_stop_words *s)
{
    if (s == NULL)
        return;
    fc_buf_dispose(&s->bytes);
    free(s->words);
    free(s);
}

/* One line of a list: its words, up to a comment. */
static fc_status read_line(fc_stop_words *s, const char *line, size_t n, fc_error *err)
{
    fc_status st = FC_OK;

    for (size_t i = 0; i < n && st == FC_OK && line[i] != '|' && line[i] != '#';) {
        const size_t start = i, at = s->bytes.size;

        while (i < n && strchr(BLANKS "|#", line[i]) == NULL)
            i++;
        st = fc_buf_append(&s->bytes, line + start, i - start, err);
        if (st == FC_OK)
            st = insert(s, at, err);
        while (i < n && strchr(BLANKS, line[i]) != NULL)
            i++;
    }
    return st;
}

static fc_status write_list(const fc_stop_words *s, fc_buf *out, fc_error *err)
{
    fc_status st = FC_OK;

    for (size_t i = 0; i < s->n && st == FC_OK; i++) {
        if (i > 0)
            st = fc_buf_append(out, " ", 1, err);
        if (st == FC_OK)
            st = fc_buf_append(out, s->bytes.data + s->words[i].at, s->words[i].n, err);
    }
    return st;
}

fc_status fc__stop_list_read(const char *text, size_t n, fc_buf *out, fc_error *err)
{
    const size_t valid = fc__utf8_valid_prefix(text, n);
    fc_stop_words set = {.bytes = FC_BUF_INIT};
    fc_status st = FC_OK;

    if (valid < n || memchr(text, 0, n) != NULL)
        return fc_error_set(err, FC_E_FORMAT, "the list of stop words is not UTF-8 at byte %zu",
                            valid < n ? valid : (size_t)((const char *)memchr(text, 0, n) - text));
    if (n >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0) {
        text += 3;
        n -= 3;
    }
    for (size_t i = 0; i < n && st == FC_OK;) {
        const char *end = memchr(text + i, '\n', n - i);
        const size_t line = end != NULL ? (size_t)(end - text) - i : n - i;

        st = read_line(&set, text + i, line, err);
        i += line + 1;
        if (st == FC_OK && set.bytes.size + set.n > FC_STOP_LIST_MAX + 1) /* a blank each but one */
            st = fc_error_set(err, FC_E_LIMIT, "the list of stop words has more than %zu bytes",
                              FC_STOP_LIST_MAX);
    }
    if (st == FC_OK && set.n == 0)
        st = fc_error_set(err, FC_E_FORMAT, "the list of stop words has no words");
    if (st == FC_OK)
        st = write_list(&set, out, err);
    fc_buf_dispose(&set.bytes);
    free(set.words);
    return st;
}
