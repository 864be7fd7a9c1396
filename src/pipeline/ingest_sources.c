/*
 * Joins dataset readers: names the data set, finds the common root, prefixes ids and paths.
 */
#include "ingest_sources.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fc_alloc.h"

struct fc_sources {
    fc_dataset_reader **readers;
    char **id_prefixes;   /* "photos/" with several sources, else "" */
    char **path_prefixes; /* from the common root to the reader's root, with a slash; "" else */
    bool *is_folder;
    size_t n, at;
    char *root, *name, *text;
    int root_fd;
    fc_buf id, path, group;
    fc_source_sample sample;
};

/* Where the ending begins that is no part of a data set's name; the end where there is none. */
static const char *ending_of(const char *name)
{
    static const char *const others[] = {".csv", ".jsonl", ".npy"};
    const char *archive = fc__archive_ending(name);
    const size_t n = strlen(name);

    for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
        const size_t k = strlen(others[i]);

        if (n > k && strcasecmp(name + n - k, others[i]) == 0)
            return name + n - k;
    }
    return archive != NULL ? archive : name + n;
}

/* Base name without trailing slashes; the ending of a file goes too, of a folder it stays. */
static char *base_name(const char *path, bool is_folder)
{
    char *real = realpath(path, NULL);
    const char *from = real != NULL ? real : path;
    const char *slash = strrchr(from, '/');
    const char *base = slash != NULL && slash[1] != '\0' ? slash + 1 : from;
    char *name = fc__strndup(base, is_folder ? strlen(base) : (size_t)(ending_of(base) - base));

    free(real);
    return name;
}

/* Length of the deepest folder that is a prefix of both a and b; 1 for "/". */
static size_t common_folder(const char *a, const char *b)
{
    size_t last = 0, i = 0;

    while (a[i] != '\0' && a[i] == b[i]) {
        if (a[i] == '/')
            last = i;
        i++;
    }
    if ((a[i] == '\0' || a[i] == '/') && (b[i] == '\0' || b[i] == '/'))
        last = i;
    return last == 0 ? 1 : last;
}

static fc_status find_root(fc_sources *s, fc_error *err)
{
    size_t n = strlen(fc__dataset_root(s->readers[0]));

    for (size_t i = 1; i < s->n; i++) {
        char *so_far = fc__strndup(fc__dataset_root(s->readers[0]), n);

        if (so_far == NULL)
            return fc__nomem(err, n, "a path");
        n = common_folder(so_far, fc__dataset_root(s->readers[i]));
        free(so_far);
    }
    s->root = fc__strndup(fc__dataset_root(s->readers[0]), n);
    if (s->root == NULL)
        return fc__nomem(err, n, "a path");
    s->root_fd = open(s->root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (s->root_fd < 0)
        return fc__io_error(err, errno, "cannot open folder", s->root);
    return FC_OK;
}

/* "deeper/" for a reader whose root lies beneath the common root; "" when it is the root. */
static char *path_prefix(const fc_sources *s, size_t i)
{
    const char *beneath = fc__dataset_root(s->readers[i]) + strlen(s->root);

    while (*beneath == '/')
        beneath++;
    return *beneath == '\0' ? fc__strdup("") : fc__path_join(beneath, "");
}

static fc_status name_prefixes(fc_sources *s, const char *const *paths, fc_error *err)
{
    for (size_t i = 0; i < s->n; i++) {
        char *base = base_name(paths[i], s->is_folder[i]);

        s->id_prefixes[i] = s->n == 1 ? fc__strdup("") : (base ? fc__path_join(base, "") : NULL);
        free(base);
        s->path_prefixes[i] = path_prefix(s, i);
        if (s->id_prefixes[i] == NULL || s->path_prefixes[i] == NULL)
            return fc__nomem(err, 64, "a path");
        for (size_t k = 0; k < i; k++)
            if (strcmp(s->id_prefixes[i], s->id_prefixes[k]) == 0)
                return fc_error_set(err, FC_E_INVALID,
                                    "two sources are named '%.200s': their ids would clash; "
                                    "ingest them as two data sets, or rename one",
                                    s->id_prefixes[i]);
    }
    return FC_OK;
}

static fc_status join_text(fc_sources *s, const char *const *paths, fc_error *err)
{
    fc_buf b = FC_BUF_INIT;
    fc_status st = FC_OK;

    for (size_t i = 0; i < s->n && st == FC_OK; i++)
        st = fc_buf_append_fmt(&b, err, "%s%s", i == 0 ? "" : " ", paths[i]);
    if (st == FC_OK) {
        s->text = fc__strndup((const char *)b.data, b.size);
        if (s->text == NULL)
            st = fc__nomem(err, b.size, "a path");
    }
    fc_buf_dispose(&b);
    return st;
}

fc_status fc__sources_open(fc_sources **out, const char *const *paths, size_t n,
                           const fc_dataset_options *opts, fc_error *err)
{
    fc_sources *s = calloc(1, sizeof(*s));
    fc_status st = FC_OK;

    *out = NULL;
    if (s == NULL)
        return fc__nomem(err, sizeof(*s), "sources");
    s->root_fd = -1;
    s->readers = fc__alloc_array(n, sizeof(*s->readers));
    s->id_prefixes = fc__alloc_array(n, sizeof(*s->id_prefixes));
    s->path_prefixes = fc__alloc_array(n, sizeof(*s->path_prefixes));
    s->is_folder = fc__alloc_array(n, sizeof(*s->is_folder));
    if (s->readers == NULL || s->id_prefixes == NULL || s->path_prefixes == NULL ||
        s->is_folder == NULL)
        st = fc__nomem(err, n * sizeof(char *), "sources");
    else
        s->n = n;
    for (size_t i = 0; st == FC_OK && i < n; i++) {
        struct stat info;

        s->is_folder[i] = stat(paths[i], &info) == 0 && S_ISDIR(info.st_mode);
        st = fc__dataset_open(&s->readers[i], paths[i], opts, err);
    }
    if (st == FC_OK)
        st = find_root(s, err);
    if (st == FC_OK)
        st = name_prefixes(s, paths, err);
    if (st == FC_OK)
        st = join_text(s, paths, err);
    if (st == FC_OK && (s->name = base_name(paths[0], s->is_folder[0])) == NULL)
        st = fc__nomem(err, strlen(paths[0]), "a name");
    if (st != FC_OK) {
        fc__sources_close(s);
        return st;
    }
    *out = s;
    return FC_OK;
}

void fc__sources_close(fc_sources *s)
{
    if (s == NULL)
        return;
    for (size_t i = 0; i < s->n; i++) {
        fc__dataset_close(s->readers[i]);
        free(s->id_prefixes[i]);
        free(s->path_prefixes[i]);
    }
    free(s->readers);
    free(s->id_prefixes);
    free(s->path_prefixes);
    free(s->is_folder);
    free(s->root);
    free(s->name);
    free(s->text);
    fc_buf_dispose(&s->id);
    fc_buf_dispose(&s->path);
    fc_buf_dispose(&s->group);
    if (s->root_fd >= 0)
        close(s->root_fd);
    free(s);
}

/* prefix + text into b, NUL-terminated; *out borrows it. */
static fc_status prefixed(fc_buf *b, const char *prefix, const char **text, fc_error *err)
{
    fc_status st;

    fc_buf_clear(b);
    st = fc_buf_append_text(b, prefix, err);
    if (st == FC_OK)
        st = fc_buf_append_text(b, *text, err);
    if (st == FC_OK)
        *text = (const char *)b->data;
    return st;
}

static fc_status add_prefixes(fc_sources *s, fc_error *err)
{
    fc_source_sample *sample = &s->sample;
    fc_status st = FC_OK;

    if (s->id_prefixes[s->at][0] != '\0') {
        st = prefixed(&s->id, s->id_prefixes[s->at], &sample->id, err);
        if (st == FC_OK && sample->group != NULL && sample->group[0] != '\0')
            st = prefixed(&s->group, s->id_prefixes[s->at], &sample->group, err);
    }
    if (st == FC_OK && sample->path != NULL && s->path_prefixes[s->at][0] != '\0')
        st = prefixed(&s->path, s->path_prefixes[s->at], &sample->path, err);
    return st;
}

fc_status fc__sources_next(fc_sources *s, const fc_source_sample **sample, size_t *source,
                           fc_error *err)
{
    const fc_source_sample *got;
    fc_status st = FC_E_NOT_FOUND;

    while (s->at < s->n) {
        st = fc__dataset_next(s->readers[s->at], &got, err);
        if (st != FC_E_NOT_FOUND)
            break;
        s->at++;
    }
    if (st != FC_OK)
        return st;
    s->sample = *got;
    *source = s->at;
    *sample = &s->sample;
    return add_prefixes(s, err);
}

const char *fc__sources_root(const fc_sources *s)
{
    return s->root;
}

const char *fc__sources_name(const fc_sources *s)
{
    return s->name;
}

const char *fc__sources_text(const fc_sources *s)
{
    return s->text;
}

/* Absolute path of the folder that holds (or will hold) `path`. */
static char *parent_of(const char *path)
{
    char *copy = fc__strdup(path), *real = NULL;
    char *slash;

    if (copy == NULL)
        return NULL;
    while ((slash = strrchr(copy, '/')) != NULL && slash != copy && slash[1] == '\0')
        *slash = '\0';
    if (slash == NULL)
        real = realpath(".", NULL);
    else {
        slash[slash == copy ? 1 : 0] = '\0';
        real = realpath(copy, NULL);
    }
    free(copy);
    return real;
}

/* Whether absolute `path` is `folder` or lies beneath it. */
static bool is_within(const char *path, const char *folder)
{
    const size_t n = strcmp(folder, "/") == 0 ? 0 : strlen(folder);

    return strncmp(path, folder, n) == 0 && (path[n] == '\0' || path[n] == '/');
}

fc_status fc__sources_refuse_store(const fc_sources *s, const char *store_path, fc_error *err)
{
    char *store = realpath(store_path, NULL); /* links lead where they lead */
    char *place = store != NULL ? store : parent_of(store_path);
    fc_status st = FC_OK;

    for (size_t i = 0; place != NULL && i < s->n && st == FC_OK; i++) {
        const char *root = fc__dataset_root(s->readers[i]);

        if (s->is_folder[i] && is_within(place, root))
            st =
                fc_error_set(err, FC_E_INVALID,
                             "the store %s lies inside the source %s and would be ingested itself; "
                             "put it beside the source",
                             store_path, root);
        else if (store != NULL && is_within(root, store))
            st = fc_error_set(err, FC_E_INVALID,
                              "the source %s lies inside the store %s, which holds nothing but its "
                              "own files; put it beside the store",
                              root, store_path);
    }
    free(place);
    return st;
}

const char *fc__sources_prefix(const fc_sources *s, size_t source)
{
    return s->id_prefixes[source];
}

const char *fc__sources_path_prefix(const fc_sources *s, size_t source)
{
    return s->path_prefixes[source];
}

size_t fc__sources_count(const fc_sources *s)
{
    return s->n;
}

bool fc__sources_is_folder(const fc_sources *s, size_t source)
{
    return s->is_folder[source];
}

void fc__sources_set_known(fc_sources *s, size_t source, const fc_known *known)
{
    fc__dataset_set_known(s->readers[source], known);
}

double fc__sources_fraction(const fc_sources *s)
{
    const double one = s->at < s->n ? fc__dataset_fraction(s->readers[s->at]) : 1.0;

    if (one < 0)
        return -1;
    return s->at < s->n ? ((double)s->at + one) / (double)s->n : 1.0;
}

uint64_t fc__sources_hidden(const fc_sources *s)
{
    uint64_t n = 0;

    for (size_t i = 0; i < s->n; i++)
        n += fc__dataset_hidden(s->readers[i]);
    return n;
}

int fc__sources_root_fd(const fc_sources *s)
{
    return s->root_fd;
}

uint64_t fc__sources_vector_dim(const fc_sources *s)
{
    return s->n == 1 ? fc__dataset_vector_dim(s->readers[0]) : 0;
}
