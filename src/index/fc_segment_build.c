/*
 * Building a segment. The vectors go to a file of a temporary name; FAISS learns from that file,
 * mapped; then the name is known (the hash covers the kind), the .faiss is written, and the .vec
 * gets its header and its name last. So a segment is there exactly when its .vec is.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "fc_alloc.h"
#include "fc_calibrate.h"
#include "fc_choose.h"
#include "fc_queue.h"

#define FAISS_ROWS_MIN UINT64_C(50000) /* below, the exact scan answers in milliseconds */

typedef struct building {
    const char *folder;
    const fc_segment_options *opts;
    char *temporary, *vec_path, *faiss_path;
    fc_segment segment; /* the rows as mapped from the temporary file, and the index over them */
    fc_buf table;
} building;

static fc_status check_options(const fc_segment_options *opts, fc_error *err)
{
    const char *kind = opts->kind;

    if (opts->target_recall != 0.0 &&
        !(opts->target_recall >= FC_RECALL_LEAST && opts->target_recall <= FC_RECALL_MOST))
        return fc_error_set(err, FC_E_INVALID, "a recall of %g: %g to %g can be asked for",
                            opts->target_recall, FC_RECALL_LEAST, FC_RECALL_MOST);
    if (kind == NULL || strcmp(kind, "auto") == 0 || fc__kind_is_flat(kind))
        return FC_OK;
    return fc__kind_check(kind, err);
}

static void set_kind(building *b, const char *kind)
{
    snprintf(b->segment.info.kind, sizeof(b->segment.info.kind), "%s", kind);
    memcpy(b->segment.vec.h.kind, b->segment.info.kind, sizeof(b->segment.vec.h.kind));
}

/* Microseconds of an exact scan for one query: 7.3 ms over 60,000 x 784. A kind that has to look at
 * everything is no better, and would be an answer that only seems approximate. */
static double scan_microseconds(const fc_vec_header *h)
{
    return (double)h->count * ((double)h->dim * 0.12 + 2.0) * 1e-3;
}

/* Build one kind over all rows and find its effort. *good: it finds what is wanted, or at least
 * what was asked for, though new queries may miss a little more. */
static fc_status build_kind(building *b, const char *kind, bool *good, fc_error *err)
{
    const double target = fc__segment_target(b->opts);
    fc_segment *s = &b->segment;
    fc_calibration c;
    fc_status st;

    set_kind(b, kind);
    st = fc__faiss_build(&s->faiss, kind, &s->vec, b->opts, err);
    if (st == FC_OK)
        st = fc__calibrate(s, &s->vec, fc__calibrate_wanted(kind, target), &c, err);
    if (st != FC_OK)
        return st;
    s->measure.target = (float)target;
    s->measure.recall = (float)c.recall;
    s->measure.microseconds = (float)c.microseconds;
    s->measure.n_curve = c.n_curve;
    memcpy(s->measure.curve, c.curve, sizeof(c.curve));
    *good = (c.reached || c.recall >= target) && c.microseconds < scan_microseconds(&s->vec.h);
    return FC_OK;
}

static void drop_index(building *b)
{
    fc__faiss_destroy(b->segment.faiss);
    b->segment.faiss = NULL;
    b->segment.measure.n_curve = 0;
    set_kind(b, "Flat");
}

/* An index that is good, put aside while another that may be faster is built. */
typedef struct aside {
    fc_faiss *faiss; /* NULL: none */
    fc_effort_point effort;
    fc_segment_measure measure;
    fc_tried_kind *tried;
} aside;

static void put_aside(building *b, aside *a, fc_tried_kind *tried)
{
    *a = (aside){b->segment.faiss, b->segment.effort, b->segment.measure, tried};
    b->segment.faiss = NULL;
}

/* Take it back in place of what there is. */
static void take_back(building *b, aside *a)
{
    fc_segment_measure *m = &b->segment.measure;

    fc__faiss_destroy(b->segment.faiss);
    b->segment.faiss = a->faiss;
    b->segment.effort = a->effort;
    m->recall = a->measure.recall;
    m->microseconds = a->measure.microseconds;
    m->n_curve = a->measure.n_curve;
    memcpy(m->curve, a->measure.curve, sizeof(m->curve));
    set_kind(b, a->tried->kind);
    a->tried->outcome = FC_TRIED_CHOSEN;
    a->faiss = NULL;
}

/* A sample says little of how hard all rows are to search, above all in a graph: where the index
 * turned out slower than the next kind's estimate, that one is tried too, if both have room. */
static bool may_be_faster(const building *b, const fc_tried_kind *built, const fc_tried_kind *next)
{
    return next != NULL && next->microseconds < b->segment.measure.microseconds * 0.8f &&
           built->bytes + next->bytes <= fc__segment_memory(b->opts);
}

/* The fastest kind on the sample first; where it disappoints over all rows, the next, once. */
static fc_status build_chosen(building *b, fc_error *err)
{
    fc_segment_measure *m = &b->segment.measure;
    aside first = {.faiss = NULL};
    fc_tried_kind *best;
    fc_status st;

    m->target = (float)fc__segment_target(b->opts);
    st = fc__choose(b->folder, &b->segment.vec, b->opts, m, err);
    for (int built = 0; st == FC_OK && built < 2 && (best = fc__choose_next(m)) != NULL; built++) {
        bool good = false;

        if (best->microseconds > (float)scan_microseconds(&b->segment.vec.h))
            break;
        st = build_kind(b, best->kind, &good, err);
        if (st != FC_OK)
            break;
        best->outcome = good ? FC_TRIED_CHOSEN : FC_TRIED_MISSES;
        if (good && built == 0 && may_be_faster(b, best, fc__choose_next(m))) {
            put_aside(b, &first, best);
            continue;
        }
        if (good && (first.faiss == NULL || m->microseconds < first.measure.microseconds)) {
            if (first.faiss != NULL) {
                first.tried->outcome = FC_TRIED_SLOWER;
                first.tried->microseconds = first.measure.microseconds; /* as it turned out */
            }
            fc__faiss_destroy(first.faiss);
            return FC_OK;
        }
        best->recall = m->recall;
        best->microseconds = m->microseconds;
        if (good)
            best->outcome = FC_TRIED_SLOWER;
        drop_index(b);
    }
    if (st == FC_OK && first.faiss != NULL) {
        take_back(b, &first);
        return FC_OK;
    }
    fc__faiss_destroy(first.faiss);
    m->recall = 1.0f; /* the exact scan */
    m->microseconds = 0.0f;
    return st;
}

static fc_status build_given(building *b, const char *kind, fc_error *err)
{
    const fc_vec_header *h = &b->segment.vec.h;
    const uint64_t cap = fc__segment_memory(b->opts);
    const uint64_t needed = fc__kind_plan(kind, h->count, h->dim, cap).bytes;
    bool good = false;
    fc_status st;

    if (needed > cap)
        return fc_error_set(err, FC_E_LIMIT,
                            "index kind %s over %llu x %u needs about %llu MiB, %llu are allowed: "
                            "raise --memory, or use --kind flat",
                            kind, (unsigned long long)h->count, h->dim,
                            (unsigned long long)(needed >> 20), (unsigned long long)(cap >> 20));
    st = build_kind(b, kind, &good, err);
    if (st == FC_OK && !good && b->segment.measure.recall < (float)b->opts->target_recall)
        return fc_error_set(err, FC_E_LIMIT,
                            "index kind %s over %llu x %u finds %.3f of the ten nearest at its "
                            "highest effort, %.3f are asked for: lower --target-recall, or use "
                            "--kind auto or flat",
                            kind, (unsigned long long)h->count, h->dim,
                            (double)b->segment.measure.recall, b->opts->target_recall);
    return st;
}

static fc_status build_faiss(building *b, fc_error *err)
{
    const char *wanted = b->opts->kind;
    const bool automatic = wanted == NULL || strcmp(wanted, "auto") == 0;

    set_kind(b, "Flat");
    if (automatic ? b->segment.vec.h.count < FAISS_ROWS_MIN : fc__kind_is_flat(wanted))
        return FC_OK;
    return automatic ? build_chosen(b, err) : build_given(b, wanted, err);
}

static fc_status name_paths(building *b, fc_error *err)
{
    char name[64];

    fc__u128_hex(b->segment.vec.h.hash, b->segment.info.hash);
    snprintf(name, sizeof(name), "%s.vec", b->segment.info.hash);
    b->vec_path = fc__path_join(b->folder, name);
    snprintf(name, sizeof(name), "%s.faiss", b->segment.info.hash);
    b->faiss_path = fc__path_join(b->folder, name);
    return b->vec_path != NULL && b->faiss_path != NULL ? FC_OK
                                                        : fc__nomem(err, sizeof(name), "a path");
}

static fc_status publish(building *b, fc_error *err)
{
    fc_segment *s = &b->segment;
    fc_status st = fc__vec_header_hash(&s->vec.h, b->table.data, err);

    if (st == FC_OK)
        st = name_paths(b, err);
    if (st == FC_OK && s->faiss != NULL)
        st = fc__faiss_file_write(b->faiss_path, &s->vec.h, &s->effort, &s->measure, s->faiss, err);
    if (st == FC_OK)
        st = fc__vec_write_header(b->temporary, &s->vec.h, err);
    if (st == FC_OK && rename(b->temporary, b->vec_path) != 0)
        st = fc__io_error(err, errno, "cannot rename to", b->vec_path);
    if (st == FC_OK)
        st = fc__sync_folder(b->folder, err);
    /* The same segment may be live already: its .faiss is then not ours to take. */
    if (st != FC_OK && s->faiss != NULL && b->faiss_path != NULL && access(b->vec_path, F_OK) != 0)
        unlink(b->faiss_path);
    return st;
}

static fc_status name_temporary(building *b, fc_error *err)
{
    char name[80];

    snprintf(name, sizeof(name), "building-%ld-%llx.vec", (long)getpid(),
             (unsigned long long)fc__now_ns());
    b->temporary = fc__path_join(b->folder, name);
    return b->temporary != NULL ? FC_OK : fc__nomem(err, sizeof(name), "a path");
}

fc_status fc__segment_build(const char *folder, const fc_segment_identity *identity,
                            const fc_row_source *rows, const fc_segment_options *opts,
                            fc_segment_info *out, fc_error *err)
{
    static const fc_segment_options defaults = {0};
    building b = {.folder = folder, .opts = opts != NULL ? opts : &defaults};
    fc_vec_header h;
    fc_status st;

    *out = (fc_segment_info){0};
    if (b.opts->measure != NULL)
        *b.opts->measure = (fc_segment_measure){0};
    st = check_options(b.opts, err);
    if (st == FC_OK)
        st = name_temporary(&b, err);
    if (st == FC_OK)
        st = fc__vec_write(b.temporary, identity, rows, b.opts, &h, &b.table, err);
    if (st == FC_OK)
        st = fc__vec_map(&b.segment.vec, b.temporary, &h, err);
    if (st == FC_OK) {
        b.segment.info.count = h.count;
        b.segment.info.dim = h.dim;
        b.segment.info.first_content = h.first_content;
        b.segment.info.last_content = h.last_content;
        st = build_faiss(&b, err);
    }
    if (st == FC_OK)
        st = publish(&b, err);
    if (st == FC_OK) {
        b.segment.info.exact = b.segment.faiss == NULL;
        *out = b.segment.info;
        if (b.opts->measure != NULL)
            *b.opts->measure = b.segment.measure;
    } else if (b.temporary != NULL) {
        unlink(b.temporary); /* not there after the rename; nothing to say either way */
    }

    fc__faiss_destroy(b.segment.faiss);
    fc__vec_dispose(&b.segment.vec);
    fc_buf_dispose(&b.table);
    free(b.temporary);
    free(b.vec_path);
    free(b.faiss_path);
    return st;
}
