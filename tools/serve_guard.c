/* Checks of the headers by which a browser says for whom it asks. */
#include "serve_guard.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

bool serve_guard_host(const char *host, uint16_t port)
{
    static const char *const names[] = {"localhost", "127.0.0.1"};
    char wanted[16];

    if (host == NULL)
        return false;
    snprintf(wanted, sizeof(wanted), ":%u", (unsigned)port);
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        const size_t n = strlen(names[i]);

        if (strncasecmp(host, names[i], n) == 0 &&
            (host[n] == '\0' || strcmp(host + n, wanted) == 0))
            return true;
    }
    return false;
}

/* "http://HOST" */
static bool is_own_origin(const char *origin, uint16_t port)
{
    static const char scheme[] = "http://";

    return strncmp(origin, scheme, sizeof(scheme) - 1) == 0 &&
           serve_guard_host(origin + sizeof(scheme) - 1, port);
}

bool serve_guard_origin(const char *origin, const char *site, const char *mode, bool post,
                        uint16_t port)
{
    const bool link = !post && mode != NULL && strcmp(mode, "navigate") == 0;

    if (site != NULL && strcmp(site, "same-origin") != 0 && strcmp(site, "none") != 0 && !link)
        return false;
    /* Our own form has the origin "null", since its page sends no referrer; `site` tells then. */
    return origin == NULL || (strcmp(origin, "null") == 0 && site != NULL) ||
           is_own_origin(origin, port);
}
