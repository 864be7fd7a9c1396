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
#include "fc_queue.h"

#define FAISS_ROWS_MIN UINT64_C(50000) /* below, the exact scan answers in milliseconds */

typedef struct building {
    const char *folder;
    const fc_segment_options *opts;
    char *temporary, *vec_path, *faiss_path;
    fc_segment segment; /* the rows as mapped from the temporary file, and the index over them */
    fc_buf table;
    bool automatic;
} building;

static fc_status check_options(const fc_segment_options *opts, fc_error *err)
{
    const char *kind = opts->kind;

    if (kind == NULL || strcmp(kind, "auto") == 0 || fc__kind_is_flat(kind))
        return FC_OK;
    return fc__kind_check(kind, err);
}

/* Flat, what was asked for, or by size what measurements favour; within the memory allowed. */
static fc_status choose_kind(building *b, char kind[32], fc_error *err)
{
    const fc_vec_header *h = &b->segment.vec.h;
    const uint64_t cap = fc__segment_memory(b->opts);
    const char *wanted = b->opts->kind;
    uint64_t needed;

    b->automatic = wanted == NULL || strcmp(wanted, "auto") == 0;
    snprintf(kind, 32, "Flat");
    if (b->automatic ? h->count < FAISS_ROWS_MIN : fc__kind_is_flat(wanted))
        return FC_OK;
    if (b->automatic)
        fc__kind_auto(kind, h->count, h->dim, cap);
    else
        snprintf(kind, 32, "%s", wanted);
    needed = fc__kind_plan(kind, h->count, h->dim, cap).bytes;
    if (needed <= cap)
        return FC_OK;
    if (b->automatic) {
        snprintf(kind, 32, "Flat");
        return FC_OK;
    }
    return fc_error_set(err, FC_E_LIMIT,
                        "index kind %s over %llu x %u needs about %llu MiB, %llu are allowed: "
                        "raise --memory, or use --kind flat",
                        kind, (unsigned long long)h->count, h->dim,
                        (unsigned long long)(needed >> 20), (unsigned long long)(cap >> 20));
}

static fc_status build_faiss(building *b, fc_error *err)
{
    fc_segment *s = &b->segment;
    char kind[32] = "";
    double recall = 1.0;
    fc_status st = choose_kind(b, kind, err);

    if (st != FC_OK)
        return st;
    memcpy(s->info.kind, kind, sizeof(kind));
    if (!fc__kind_is_flat(kind)) {
        st = fc__faiss_build(&s->faiss, kind, &s->vec, b->opts, err);
        if (st == FC_OK)
            st = fc__calibrate(s, &recall, err);
        /* Nobody asked for this kind, and on this data it would miss too much. */
        if (st == FC_OK && b->automatic && recall < FC_CALIBRATE_LEAST) {
            fc__faiss_destroy(s->faiss);
            s->faiss = NULL;
            snprintf(s->info.kind, sizeof(s->info.kind), "Flat");
        }
    }
    memcpy(s->vec.h.kind, s->info.kind, sizeof(s->vec.h.kind));
    return st;
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
        st = fc__faiss_file_write(b->faiss_path, &s->vec.h, &s->effort, s->faiss, err);
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
