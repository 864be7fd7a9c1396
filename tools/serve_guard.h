/*
 * Who may ask. A server on a port of this machine can be reached by every page that a browser here
 * shows: through a name that suddenly means 127.0.0.1 (DNS rebinding), or by a form that it sends.
 * A Unix socket needs none of this: browsers cannot reach it.
 */
#ifndef SERVE_GUARD_H
#define SERVE_GUARD_H

#include "cli.h"

/* Whether the header Host names this machine by its own name: localhost or 127.0.0.1, without a
 * port or with this one. NULL: it was not sent. */
bool serve_guard_host(const char *host, uint16_t port);
/*
 * Whether a request comes from this server's own page, or from no page. `origin` and `site` are the
 * headers Origin and Sec-Fetch-Site, `mode` is Sec-Fetch-Mode; NULL: not sent. Following a link to
 * here (GET) is allowed from everywhere.
 */
bool serve_guard_origin(const char *origin, const char *site, const char *mode, bool post,
                        uint16_t port);

#endif /* SERVE_GUARD_H */
