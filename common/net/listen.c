// SPDX-License-Identifier: Apache-2.0
// Listening sockets from addresses as flags give them.
#include "common/net/server_impl.h"
#include "common/base/file.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

enum { BACKLOG = 512 };

static bool listen_unix(const char *path, int *out_fd, struct err *err) {
    struct sockaddr_un sa = { .sun_family = AF_UNIX };
    if (strlen(path) >= sizeof sa.sun_path)
        return err_set(err, ERR_INVALID, "listen unix %s: path too long", path);
    memcpy(sa.sun_path, path, strlen(path));
    autofd fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return err_set_code(err, ERR_IO, errno, "listen unix %s: %s", path, errno_text(errno));
    struct stat st;
    if (lstat(path, &st) == 0 && S_ISSOCK(st.st_mode))
        unlink(path); // left by a process that was killed
    if (bind(fd, (struct sockaddr *)&sa, sizeof sa) < 0 || chmod(path, 0600) < 0 || listen(fd, BACKLOG) < 0)
        return err_set_code(err, ERR_IO, errno, "listen unix %s: bind: %s", path, errno_text(errno));
    *out_fd = fd_steal(&fd);
    return true;
}

// Splits "host:port" and "[v6]:port"; host may be empty.
static bool split_address(const char *address, char *host, size_t host_cap, const char **out_port) {
    const char *colon = strrchr(address, ':');
    if (!colon)
        return false;
    const char *from = address, *to = colon;
    if (*from == '[') {
        if (colon == address || colon[-1] != ']')
            return false;
        from++;
        to--;
    } else if (memchr(from, ':', (size_t)(to - from))) {
        return false;
    }
    if ((size_t)(to - from) >= host_cap)
        return false;
    memcpy(host, from, (size_t)(to - from));
    host[to - from] = 0;
    *out_port = colon + 1;
    return true;
}

static int listen_one(const struct addrinfo *ai) {
    autofd fd = socket(ai->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return -1;
    int on = 1, off = 0;
    (void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (ai->ai_family == AF_INET6)
        (void)setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof off);
    if (bind(fd, ai->ai_addr, ai->ai_addrlen) < 0 || listen(fd, BACKLOG) < 0)
        return -1;
    return fd_steal(&fd);
}

static int port_of(int fd) {
    struct sockaddr_storage sa;
    socklen_t n = sizeof sa;
    if (getsockname(fd, (struct sockaddr *)&sa, &n) < 0)
        return 0;
    if (sa.ss_family == AF_INET6)
        return ntohs(((struct sockaddr_in6 *)&sa)->sin6_port);
    return ntohs(((struct sockaddr_in *)&sa)->sin_port);
}

static void addrinfo_done(struct addrinfo **ai) {
    if (*ai)
        freeaddrinfo(*ai);
}

static bool listen_tcp(const char *address, int *out_fd, int *out_port, struct err *err) {
    char host[256];
    const char *port;
    if (!split_address(address, host, sizeof host, &port) || !*port ||
        strspn(port, "0123456789") != strlen(port))
        return err_set(err, ERR_INVALID, "listen tcp: address %s: want host:port", address);
    // No host: all addresses, IPv6 with IPv4 inside where the kernel has IPv6.
    struct addrinfo hints = { .ai_socktype = SOCK_STREAM, .ai_flags = AI_PASSIVE | AI_NUMERICSERV };
    AUTO(addrinfo_done) struct addrinfo *list = NULL;
    int rc = getaddrinfo(host[0] ? host : "::", port, &hints, &list);
    if (rc != 0)
        return err_set(err, ERR_IO, "listen tcp: lookup %s: %s", host, gai_strerror(rc));
    int fd = -1;
    for (const struct addrinfo *ai = list; ai && fd < 0; ai = ai->ai_next)
        fd = listen_one(ai);
    if (fd < 0 && !host[0] && (errno == EAFNOSUPPORT || errno == EADDRNOTAVAIL)) {
        struct sockaddr_in any = { .sin_family = AF_INET,
                                   .sin_port = htons((uint16_t)strtoul(port, NULL, 10)) };
        struct addrinfo v4 = { .ai_family = AF_INET,
                               .ai_addr = (struct sockaddr *)&any,
                               .ai_addrlen = sizeof any };
        fd = listen_one(&v4);
    }
    if (fd < 0)
        return err_set_code(err, ERR_IO, errno, "listen tcp %s: bind: %s", address, errno_text(errno));
    *out_fd = fd;
    *out_port = port_of(fd);
    return true;
}

bool listen_open(const char *address, int *out_fd, int *out_port, const char **out_unix_path,
                 struct err *err) {
    *out_unix_path = NULL;
    if (!text_starts(address, "unix:"))
        return listen_tcp(address, out_fd, out_port, err);
    if (!listen_unix(address + 5, out_fd, err))
        return false;
    *out_port = 0;
    *out_unix_path = address + 5;
    return true;
}
