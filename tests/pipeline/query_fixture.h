/*
 * A store of three groups of a picture and a text each, and a text alone, with a searcher over it:
 * for the tests of queries.
 */
#ifndef QUERY_FIXTURE_H
#define QUERY_FIXTURE_H

#include "../flow/flow_fixture.h"

#include <featcache/query.h>

typedef struct asking {
    flow flow;
    fc_store *store;
    fc_searcher *searcher;
    fc_query_result *result;
    char hits[1024]; /* "id id id" */
} asking;

/* Three groups of a picture and a text each, and a text alone. */
static inline void make_source(const flow *f)
{
    flow_jpeg(f, "bird.jpg", 1);
    flow_jpeg(f, "fish.jpg", 40);
    flow_jpeg(f, "frog.jpg", 90);
    flow_text(f, "bird.txt", "a red bird sings in the tree");
    flow_text(f, "fish.txt", "a blue fish swims in the sea");
    flow_text(f, "frog.txt", "a green frog jumps into the pond");
    flow_text(f, "stone.txt", "a stone lies on the ground");
    flow_settle();
}

static inline void begin(asking *a, const char *name)
{
    fc_store_options opts = FC_STORE_OPTIONS_INIT;

    memset(a, 0, sizeof(*a));
    flow_begin(&a->flow, name);
    make_source(&a->flow);
    assert_status(FC_OK, flow_run(&a->flow), &a->flow.err);
    assert_status(FC_OK, fc_store_open(&a->store, a->flow.store, &opts, &a->flow.err),
                  &a->flow.err);
}

static inline void end(asking *a)
{
    fc_query_result_destroy(a->result);
    fc_searcher_close(a->searcher);
    fc_store_close(a->store);
    flow_end(&a->flow);
}

static inline void use(asking *a, const char *encoder, const char *output)
{
    fc_searcher_options opts = FC_SEARCHER_OPTIONS_INIT;

    opts.encoder = encoder;
    opts.output = output;
    fc_searcher_close(a->searcher);
    assert_status(FC_OK, fc_searcher_open(&a->searcher, a->store, &opts, &a->flow.err),
                  &a->flow.err);
}

static inline fc_status ask(asking *a, const fc_query *q)
{
    fc_status st;

    if (a->searcher == NULL)
        use(a, NULL, NULL);
    fc_query_result_destroy(a->result);
    a->result = NULL;
    a->hits[0] = '\0';
    st = fc_searcher_query(a->searcher, q, &a->result, &a->flow.err);
    assert_true((st == FC_OK) == (a->result != NULL));
    for (size_t i = 0; st == FC_OK && i < a->result->n_hits; i++) {
        const size_t n = strlen(a->hits);

        assert_int_equal(a->result->hits[i].rank, i + 1);
        snprintf(a->hits + n, sizeof(a->hits) - n, "%s%s", i > 0 ? " " : "", a->result->hits[i].id);
    }
    return st;
}

#define expect_hits(a, q, want)                          \
    do {                                                 \
        assert_status(FC_OK, ask(a, q), &(a)->flow.err); \
        assert_string_equal((a)->hits, want);            \
    } while (0)

#define expect_error(a, q, status, part)                                  \
    do {                                                                  \
        assert_status(status, ask(a, q), &(a)->flow.err);                 \
        if (strstr((a)->flow.err.message, part) == NULL)                  \
            fail_msg("'%s' is not in '%s'", part, (a)->flow.err.message); \
    } while (0)

#endif /* QUERY_FIXTURE_H */
