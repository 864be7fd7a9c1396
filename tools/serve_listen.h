/* The socket that a server listens on: of this machine only. */
#ifndef SERVE_LISTEN_H
#define SERVE_LISTEN_H

#include <sys/types.h>

#include "cli.h"

typedef struct serve_listener {
    int fd;           /* -1: none */
    uint16_t port;    /* of a loopback listener, as bound; else 0 */
    const char *path; /* of a Unix socket, borrowed; else NULL */
    dev_t device;     /* of the socket file that was made */
    ino_t inode;
} serve_listener;

#define SERVE_LISTENER_INIT \
    {                       \
        -1, 0, NULL, 0, 0   \
    }

/*
 * Listen at @path, a socket file that only this user can open. One that nobody listens at is
 * replaced. FC_E_BUSY: another process serves there; FC_E_EXISTS: what is there is no socket.
 */
fc_status serve_listen_unix(serve_listener *out, const char *path, fc_error *err);
/* Listen at 127.0.0.1; port 0: one that is free. FC_E_BUSY: the port is in use. */
fc_status serve_listen_loopback(serve_listener *out, uint16_t port, fc_error *err);
/* Close what is open, and remove the socket file if it is still the one that was made. */
void serve_listen_close(serve_listener *l);

#endif /* SERVE_LISTEN_H */
