/*
 * The members of an archive as samples: a folder's rules for a zip, WebDataset's for a tar.
 *
 * Members of a group lie side by side in a tar, so a group is gathered before its samples are given
 * out: the .json that is their metadata may be the last of them.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "fc_alloc.h"
#include "fc_dataset_impl.h"

#define GROUP_MAX 1024 /* members of a group; what follows does not get its metadata */
#define JSON_MAX  ((size_t)1 << 20)

typedef struct member {
    char *name;
    fc_status status;
    char *problem;
    bool is_json;
    fc_buf json;
    uint64_t number;
} member;

struct fc_members {
    bool started, known;
    bool webdataset;     /* by its ending, so that an archive need not be read to know */
    bool plain;          /* no archive after all: given out as the file that it is */
    int fd;              /* until it has been started; -1: to be opened */
    fc_archive *archive; /* NULL: its members are known, or it has ended */
    char *path, *id_prefix;
    fc_file_id file;
    uint64_t n;              /* members so far */
    member group[GROUP_MAX]; /* [given, n_group) are to be given out */
    size_t n_group, given;
    member ahead; /* the first of the next group; name NULL: none */
    fc_meta meta;
    bool broken; /* and `why`: told once, behind the members before it */
    fc_error why;
};

static const char *const tar_endings[] = {".tar", ".tgz", ".tar.gz", ".tar.zst", ".tzst", NULL};
static const char *const other_endings[] = {".zip", ".sh3f", ".npz", NULL};

static const char *find_ending(const char *name, const char *const *endings)
{
    const size_t n = strlen(name);

    for (; *endings != NULL; endings++) {
        const size_t k = strlen(*endings);

        if (n > k && strcasecmp(name + n - k, *endings) == 0)
            return name + n - k;
    }
    return NULL;
}

const char *fc__archive_ending(const char *name)
{
    const char *tar = find_ending(name, tar_endings);

    return tar != NULL ? tar : find_ending(name, other_endings);
}

static void member_dispose(member *m)
{
    free(m->name);
    free(m->problem);
    fc_buf_dispose(&m->json);
    *m = (member){.json = FC_BUF_INIT};
}

static void forget_group(fc_members *m)
{
    for (size_t i = 0; i < m->n_group; i++)
        member_dispose(&m->group[i]);
    m->n_group = m->given = 0;
    fc__meta_clear(&m->meta);
}

void fc__members_close(fc_members *m)
{
    if (m == NULL)
        return;
    forget_group(m);
    member_dispose(&m->ahead);
    fc__meta_dispose(&m->meta);
    fc__archive_close(m->archive);
    if (m->fd >= 0)
        close(m->fd);
    free(m->path);
    free(m->id_prefix);
    free(m);
}

fc_status fc__members_open(fc_members **out, int fd, const char *path, const char *id_prefix,
                           const fc_file_id *file, fc_error *err)
{
    fc_members *m = fc__alloc_array(1, sizeof(*m));

    *out = m;
    if (m == NULL) {
        if (fd >= 0)
            close(fd);
        return fc__nomem(err, sizeof(*m), "an archive");
    }
    m->fd = fd;
    m->file = *file;
    m->webdataset = find_ending(path, tar_endings) != NULL;
    m->path = fc__strdup(path);
    m->id_prefix = fc__strdup(id_prefix);
    if (m->path != NULL && m->id_prefix != NULL)
        return FC_OK;
    fc__members_close(m);
    *out = NULL;
    return fc__nomem(err, strlen(path), "a path");
}

/* ---- starting ---- */

/* The archive can go no further: remember why, for a sample of its own. */
static fc_status end_archive(fc_members *m, fc_status st, const fc_error *why, fc_error *err)
{
    fc__archive_close(m->archive);
    m->archive = NULL;
    if (st == FC_E_NOMEM)
        return fc_error_set(err, st, "%s", why->message);
    m->broken = st != FC_E_NOT_FOUND;
    m->why = *why;
    return FC_OK;
}

/* A file of a folder whose ending says archive: do its bytes, too? */
static fc_status open_file(fc_dataset_reader *r, fc_members *m, fc_error *err)
{
    uint8_t head[FC_SNIFF_BYTES];
    fc_container kind;
    fc_status st;
    ssize_t n;

    st = fc__open_beneath(r->root_fd, m->path, &m->fd, err);
    if (st == FC_OK)
        st = fc__file_identify_fd(m->fd, m->path, &m->file, err);
    if (st != FC_OK)
        return st;
    n = pread(m->fd, head, sizeof(head), 0);
    kind = n > 0 ? fc__sniff_container(head, (size_t)n) : FC_CONTAINER_NONE;
    m->plain = kind == FC_CONTAINER_NONE || kind == FC_CONTAINER_NPY;
    return FC_OK;
}

/* What is on record goes before the file: an archive that has not changed is not opened. */
static fc_status start(fc_dataset_reader *r, fc_members *m, fc_error *err)
{
    fc_error inner = FC_ERROR_INIT;
    fc_status st = FC_OK;

    m->started = true;
    if (r->known.begin != NULL)
        st = r->known.begin(r->known.context, m->path, &m->file, &m->known, err);
    if (st != FC_OK || m->known)
        return st;
    if (m->fd < 0)
        st = open_file(r, m, &inner);
    if (st == FC_OK && !m->plain) {
        st = fc__archive_open(&m->archive, m->fd, m->path, &r->archives, &inner);
        m->fd = -1; /* the archive has it, or has closed it */
    }
    return st == FC_OK ? FC_OK : end_archive(m, st, &inner, err);
}

/* ---- gathering ---- */

/* Length of the name up to the first dot of the base name. */
static size_t key_length(const char *name)
{
    const char *slash = strrchr(name, '/');
    const char *base = slash != NULL ? slash + 1 : name;

    return (size_t)(strchrnul(base, '.') - name);
}

static fc_status keep_problem(member *to, fc_status status, const char *problem, fc_error *err)
{
    to->status = status;
    to->problem = fc__strdup(problem);
    return to->problem != NULL ? FC_OK : fc__nomem(err, strlen(problem), "a reason");
}

/* The bytes of a .json, now: a stream does not come back. */
static fc_status read_json(fc_members *m, member *to, fc_error *err)
{
    fc_error inner = FC_ERROR_INIT;
    bool whole = false;
    const fc_status st = fc__archive_read(m->archive, JSON_MAX, &to->json, &whole, &inner);

    if (st == FC_E_NOMEM)
        return fc_error_set(err, st, "%s", inner.message);
    to->is_json = st == FC_OK && whole;
    if (st != FC_OK)
        return keep_problem(to, st, inner.message, err);
    return whole ? FC_OK : keep_problem(to, FC_E_LIMIT, "metadata of more than 1 MiB", err);
}

/* The next member of the archive; to->name stays NULL at the end. */
static fc_status read_member(fc_members *m, member *to, fc_error *err)
{
    fc_error inner = FC_ERROR_INIT;
    fc_archive_member got;
    const char *dot;
    fc_status st;

    if (m->archive == NULL)
        return FC_OK;
    st = fc__archive_next(m->archive, &got, &inner);
    if (st != FC_OK)
        return end_archive(m, st, &inner, err);
    to->number = ++m->n;
    to->name = fc__strdup(got.name);
    if (to->name == NULL)
        return fc__nomem(err, strlen(got.name), "a name");
    if (got.status != FC_OK) {
        char problem[FC_ERROR_MESSAGE_BYTES];

        snprintf(problem, sizeof(problem), "the member %.400s", got.problem);
        return keep_problem(to, got.status, problem, err);
    }
    dot = to->name + key_length(to->name);
    if (m->webdataset && strcasecmp(dot, ".json") == 0)
        return read_json(m, to, err);
    return FC_OK;
}

static bool same_group(const member *a, const member *b)
{
    const size_t n = key_length(a->name);

    return n == key_length(b->name) && memcmp(a->name, b->name, n) == 0;
}

/* The .json of the group becomes its metadata, unless it is all there is. */
static fc_status take_meta(fc_members *m, fc_error *err)
{
    for (size_t i = 0; i < m->n_group && m->n_group > 1; i++) {
        member *one = &m->group[i];
        fc_error inner = FC_ERROR_INIT;
        fc_status st;

        if (!one->is_json)
            continue;
        st = fc__members_meta(one->json.data, one->json.size, &m->meta, &inner);
        if (st == FC_E_NOMEM)
            return fc_error_set(err, st, "%s", inner.message);
        if (st != FC_OK) {
            fc__meta_clear(&m->meta);
            one->is_json = false; /* told as a bad sample */
            return keep_problem(one, st, inner.message, err);
        }
        member_dispose(one);
        memmove(one, one + 1, (m->n_group - i - 1) * sizeof(*one));
        m->n_group--;
        return FC_OK;
    }
    return FC_OK;
}

/* One group of a tar, one member of a zip. */
static fc_status gather(fc_members *m, fc_error *err)
{
    fc_status st = FC_OK;

    forget_group(m);
    m->group[0] = m->ahead;
    m->ahead = (member){.json = FC_BUF_INIT};
    if (m->group[0].name == NULL)
        st = read_member(m, &m->group[0], err);
    if (st != FC_OK || m->group[0].name == NULL)
        return st;
    m->n_group = 1;
    while (m->webdataset && m->archive != NULL && m->n_group < GROUP_MAX) {
        st = read_member(m, &m->ahead, err);
        if (st != FC_OK || m->ahead.name == NULL)
            break;
        if (!same_group(&m->group[0], &m->ahead))
            break;
        m->group[m->n_group++] = m->ahead;
        m->ahead = (member){.json = FC_BUF_INIT};
    }
    return st == FC_OK ? take_meta(m, err) : st;
}

/* ---- giving out ---- */

static fc_status name_sample(fc_dataset_reader *r, const fc_members *m, const char *name,
                             fc_error *err)
{
    fc_status st;

    fc_buf_clear(&r->id);
    fc_buf_clear(&r->path);
    st = fc_buf_append_fmt(&r->id, err, "%s%s", m->id_prefix, name);
    if (st == FC_OK)
        st = fc_buf_append_fmt(&r->path, err, "%s/%s", m->path, name);
    return st;
}

/* WebDataset's group, unless the user has a rule of their own. */
static fc_status find_group(fc_dataset_reader *r, const fc_members *m, const char *name,
                            fc_error *err)
{
    fc_status st;

    if (r->group_rule.has_pattern || !m->webdataset)
        return fc__group_rule_apply(&r->group_rule, (const char *)r->id.data,
                                    strlen((const char *)r->id.data), &r->group, err);
    fc_buf_clear(&r->group);
    st = fc_buf_append(&r->group, m->id_prefix, strlen(m->id_prefix), err);
    if (st == FC_OK)
        st = fc_buf_append(&r->group, name, key_length(name), err);
    return st == FC_OK ? fc_buf_append_u8(&r->group, 0, err) : st;
}

/* A sample of the member `name`. */
static fc_status give(fc_dataset_reader *r, const fc_members *m, const char *name,
                      const fc_meta *meta, fc_error *err)
{
    fc_source_sample *s = &r->sample;
    fc_status st;

    st = name_sample(r, m, name, err);
    if (st == FC_OK)
        st = find_group(r, m, name, err);
    if (st == FC_OK && meta != NULL)
        st = fc__meta_copy(&r->meta, meta, err);
    if (st != FC_OK)
        return st;
    s->id = (const char *)r->id.data;
    s->path = (const char *)r->path.data;
    s->group = (const char *)r->group.data;
    if (strlen(s->path) > FC_SAMPLE_ID_MAX)
        return fc__sample_bad(r, FC_E_LIMIT, s->id, err, "a path of %zu bytes; at most %d",
                              strlen(s->path), FC_SAMPLE_ID_MAX);
    return FC_OK;
}

static void begin_sample(fc_dataset_reader *r, const fc_members *m, uint64_t number)
{
    fc__sample_reset(r);
    r->sample.has_file = true;
    r->sample.file = m->file;
    r->sample.member = number;
}

static fc_status give_member(fc_dataset_reader *r, fc_members *m, const member *one, fc_error *err)
{
    char place[32];
    fc_status st;

    begin_sample(r, m, one->number);
    if (one->problem == NULL)
        return give(r, m, one->name, &m->meta, err);
    /* Without a name of its own it is told by its place. */
    snprintf(place, sizeof(place), "member:%llu", (unsigned long long)one->number);
    st = name_sample(r, m, one->name[0] != '\0' ? one->name : place, err);
    return st == FC_OK
               ? fc__sample_bad(r, one->status, (const char *)r->id.data, err, "%s", one->problem)
               : st;
}

/* The archive itself, once: what it lacks is told under its own id. */
static fc_status give_broken(fc_dataset_reader *r, fc_members *m, fc_error *err)
{
    m->broken = false;
    begin_sample(r, m, m->n + 1);
    return fc__sample_bad(r, m->why.status, m->path, err, "%s", m->why.message);
}

/* The file as any other of its folder, once. */
static fc_status give_plain(fc_dataset_reader *r, fc_members *m, bool *found, fc_error *err)
{
    fc_source_sample *s = &r->sample;
    fc_status st;

    *found = m->n == 0;
    if (m->n++ > 0)
        return FC_OK;
    begin_sample(r, m, 0);
    st = fc__group_rule_apply(&r->group_rule, m->path, strlen(m->path), &r->group, err);
    s->id = m->path;
    s->path = m->path;
    s->group = (const char *)r->group.data;
    return st;
}

static fc_status next_known(fc_dataset_reader *r, fc_members *m, bool *found, fc_error *err)
{
    const char *name;
    const fc_meta *meta;
    fc_status st = r->known.next(r->known.context, &name, &meta, err);

    *found = st == FC_OK;
    if (st != FC_OK)
        return st == FC_E_NOT_FOUND ? FC_OK : st;
    begin_sample(r, m, 0); /* each is on record once */
    return give(r, m, name, meta, err);
}

fc_status fc__members_next(fc_dataset_reader *r, fc_members *m, bool *found, fc_error *err)
{
    fc_status st;

    *found = true;
    if (!m->started) {
        st = start(r, m, err);
        if (st != FC_OK)
            return st;
    }
    if (m->known)
        return next_known(r, m, found, err);
    if (m->plain)
        return give_plain(r, m, found, err);
    if (m->given == m->n_group) {
        st = gather(m, err);
        if (st != FC_OK)
            return st;
    }
    if (m->given < m->n_group)
        return give_member(r, m, &m->group[m->given++], err);
    if (m->broken)
        return give_broken(r, m, err);
    *found = false;
    return FC_OK;
}

double fc__members_fraction(const fc_members *m)
{
    return m->archive != NULL ? fc__archive_fraction(m->archive) : 1.0;
}
