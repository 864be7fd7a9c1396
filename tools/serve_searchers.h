/*
 * The searchers of a server: as many as queries run at the same time. Each keeps its encoder and
 * its index open for the space or encoder that it was last used for.
 */
#ifndef SERVE_SEARCHERS_H
#define SERVE_SEARCHERS_H

#include "cli.h"

/* What a searcher is opened for; NULL: as fc_searcher_options has it. */
typedef struct serve_scope {
    const char *space, *encoder, *output;
} serve_scope;

typedef struct serve_searchers serve_searchers;
typedef struct serve_searcher {
    fc_searcher *searcher;
    size_t slot;
} serve_searcher;

/* @opts: what all of them share; its names are not looked at. It lives as long as *out. */
fc_status serve_searchers_create(serve_searchers **out, size_t n, fc_store *store,
                                 const fc_searcher_options *opts, fc_error *err);
void serve_searchers_destroy(serve_searchers *s);

/* Open all of them for @scope and ask each a question, so that models and indexes are loaded before
 * a client waits for them: a text, or where none is taken a picture. What cannot be loaded is left
 * to the question that wants it. None may be taken meanwhile. */
void serve_searchers_warm(serve_searchers *s, const serve_scope *scope, const fc_query *defaults);

/*
 * Take one for @scope: the one that was last used for it, else a new one in the place of the one
 * that was used longest ago. At most n may be taken at a time. Give it back with
 * serve_searchers_give().
 */
fc_status serve_searchers_take(serve_searchers *s, const serve_scope *scope, serve_searcher *out,
                               fc_error *err);
void serve_searchers_give(serve_searchers *s, const serve_searcher *taken);

#endif /* SERVE_SEARCHERS_H */
