/* Makes, checks and removes the socket of a server. */
#include "serve_listen.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define BACKLOG 128

static fc_status io_error(fc_error *err, const char *what, const char *where)
{
    return fc_error_set(err, FC_E_IO, "%s %s: %s", what, where, strerror(errno));
}

static fc_status make_address(struct sockaddr_un *out, const char *path, fc_error *err)
{
    *out = (struct sockaddr_un){.sun_family = AF_UNIX};
    if (path[0] == '\0' || strlen(path) >= sizeof(out->sun_path))
        return fc_error_set(err, FC_E_INVALID, "the path of a socket has 1 to %zu bytes, not %zu",
                            sizeof(out->sun_path) - 1, strlen(path));
    memcpy(out->sun_path, path, strlen(path) + 1);
    return FC_OK;
}

/* Whether somebody listens at the socket. */
static fc_status is_live(const struct sockaddr_un *address, bool *live, fc_error *err)
{
    const int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

    if (fd < 0)
        return io_error(err, "a socket for", address->sun_path);
    /* EAGAIN: its queue is full, so it has one. */
    *live = connect(fd, (const struct sockaddr *)address, sizeof(*address)) == 0 || errno == EAGAIN;
    if (!*live && errno != ECONNREFUSED && errno != ENOENT) {
        const fc_status st = io_error(err, "socket", address->sun_path);

        close(fd);
        return st;
    }
    close(fd);
    return FC_OK;
}

/* Room at the path: what a server that was killed has left goes. */
static fc_status make_room(const struct sockaddr_un *address, fc_error *err)
{
    const char *path = address->sun_path;
    struct stat st;
    bool live;
    fc_status status;

    if (lstat(path, &st) != 0)
        return errno == ENOENT ? FC_OK : io_error(err, "socket", path);
    if (!S_ISSOCK(st.st_mode))
        return fc_error_set(err, FC_E_EXISTS, "%s is there and is no socket; name another path",
                            path);
    status = is_live(address, &live, err);
    if (status != FC_OK)
        return status;
    if (live)
        return fc_error_set(err, FC_E_BUSY, "another process serves at %s", path);
    return unlink(path) == 0 || errno == ENOENT ? FC_OK : io_error(err, "old socket", path);
}

static fc_status bind_private(serve_listener *l, const struct sockaddr_un *address, fc_error *err)
{
    const mode_t before = umask(0177); /* nobody else from the first moment on */
    const int rc = bind(l->fd, (const struct sockaddr *)address, sizeof(*address));
    const int error = errno;
    struct stat st;

    umask(before);
    errno = error;
    if (rc != 0)
        return errno == EADDRINUSE
                   ? fc_error_set(err, FC_E_BUSY, "another process serves at %s", address->sun_path)
                   : io_error(err, "socket", address->sun_path);
    if (lstat(address->sun_path, &st) != 0)
        return io_error(err, "socket", address->sun_path);
    l->device = st.st_dev;
    l->inode = st.st_ino;
    return FC_OK;
}

fc_status serve_listen_unix(serve_listener *out, const char *path, fc_error *err)
{
    struct sockaddr_un address;
    fc_status st;

    *out = (serve_listener)SERVE_LISTENER_INIT;
    st = make_address(&address, path, err);
    if (st == FC_OK)
        st = make_room(&address, err);
    if (st != FC_OK)
        return st;
    out->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (out->fd < 0)
        return io_error(err, "a socket for", path);
    st = bind_private(out, &address, err);
    if (st == FC_OK)
        out->path = path;
    if (st == FC_OK && listen(out->fd, BACKLOG) != 0)
        st = io_error(err, "cannot listen at", path);
    if (st != FC_OK)
        serve_listen_close(out);
    return st;
}

static fc_status bind_port(serve_listener *l, uint16_t port, fc_error *err)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port)};
    socklen_t n = sizeof(address);
    const int yes = 1;
    char where[32];

    snprintf(where, sizeof(where), "127.0.0.1:%u", (unsigned)port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    /* The port of a server that has just stopped; one that is listened at stays refused. */
    (void)setsockopt(l->fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes));
    if (bind(l->fd, (const struct sockaddr *)&address, sizeof(address)) != 0 ||
        listen(l->fd, BACKLOG) != 0)
        return errno == EADDRINUSE
                   ? fc_error_set(err, FC_E_BUSY,
                                  "port %u is in use; name another, or 0 for one that is free",
                                  (unsigned)port)
                   : io_error(err, "cannot listen at", where);
    if (getsockname(l->fd, (struct sockaddr *)&address, &n) != 0)
        return io_error(err, "cannot listen at", where);
    l->port = ntohs(address.sin_port);
    return FC_OK;
}

fc_status serve_listen_loopback(serve_listener *out, uint16_t port, fc_error *err)
{
    fc_status st;

    *out = (serve_listener)SERVE_LISTENER_INIT;
    out->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (out->fd < 0)
        return io_error(err, "a socket for", "127.0.0.1");
    st = bind_port(out, port, err);
    if (st != FC_OK)
        serve_listen_close(out);
    return st;
}

void serve_listen_close(serve_listener *l)
{
    struct stat st;

    if (l->fd >= 0)
        close(l->fd);
    if (l->path != NULL && lstat(l->path, &st) == 0 && st.st_dev == l->device &&
        st.st_ino == l->inode)
        unlink(l->path);
    *l = (serve_listener)SERVE_LISTENER_INIT;
}
