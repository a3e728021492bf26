// SPDX-License-Identifier: Apache-2.0
/* Wire: the way to a git-upload-pack, over HTTP (stateless) or SSH (one channel). The session speaks the protocol on top. */
#ifndef GIT_WIRE_H
#define GIT_WIRE_H

#include "common/git/git.h"

struct wire;

struct wire_ops {
    // Connects and asks for the advertisement (v2 where possible); its bytes are read next.
    bool (*discover)(struct wire *w, struct err *err);
    // Sends a request; the bytes of the answer are read next.
    bool (*send)(struct wire *w, struct str request, struct err *err);
    bool (*read)(void *wire, void *to, size_t cap, size_t *out_n, struct err *err); // *out_n 0 = end
    void (*close)(struct wire *w);                                                  // frees w
};

struct wire {
    const struct wire_ops *ops;
    const struct repo_remote *remote;
    bool stateless; // every request is a conversation of its own
    unsigned requests;
};

// Nothing is sent before discover. The url is remote->url, parsed.
struct wire *wire_http_new(const struct repo_remote *remote, const struct url *url);
struct wire *wire_ssh_new(const struct repo_remote *remote, const struct url *url);

// ERR_TIMEOUT or ERR_CANCELED when the remote's time is over; true otherwise.
must_check bool remote_alive(const struct repo_remote *remote, struct err *err);
// Waits until fd is ready for events (POLLIN, POLLOUT), the time is over or somebody cancels.
must_check bool remote_wait(const struct repo_remote *remote, int fd, short events, struct err *err);
// Text of a server for a message: one line, printable, at most 256 bytes.
char *server_text(struct arena *a, struct str text);

/* A TCP connection to host:port, through the remote's proxy (http CONNECT, socks5) when it has one; non-blocking. */
must_check bool dial(const struct repo_remote *remote, const char *host, int port, int *out_fd,
                     struct err *err);

#endif
