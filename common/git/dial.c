// SPDX-License-Identifier: Apache-2.0
/* TCP connections for SSH: names, addresses and proxies, all within the remote's deadline. */
#include "common/git/wire.h"

#include "common/base/buf.h"
#include "common/base/file.h"
#include "common/base/timeutil.h"
#include "common/value/base64.h"
#include <errno.h>
#include <netdb.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

bool remote_wait(const struct repo_remote *remote, int fd, short events, struct err *err) {
    for (;;) {
        int64_t left_ns = remote->deadline_ns - now_mono_ns();
        if (!remote_alive(remote, err))
            return false;
        struct pollfd p[2] = { { .fd = fd, .events = events },
                               { .fd = remote->cancel ? *remote->cancel : -1, .events = POLLIN } };
        int64_t left_ms = left_ns / NS_PER_MS + 1;
        int n = poll(p, 2, left_ms > 60000 ? 60000 : (int)left_ms);
        if (n < 0 && errno != EINTR)
            return err_set_code(err, ERR_IO, errno, "poll: %s", errno_text(errno));
        if (n > 0 && p[0].revents)
            return true;
    }
}

/* getaddrinfo has no deadline; the asynchronous form has. A look-up that cannot be taken back keeps its block (glibc writes into it). */
struct lookup {
    struct gaicb request;
    struct addrinfo hints;
    char host[256], service[8];
};

static bool resolve(const struct repo_remote *remote, const char *host, int port, struct addrinfo **out,
                    struct err *err) {
    struct lookup *l = calloc(1, sizeof(*l));
    if (!l)
        abort();
    if ((size_t)snprintf(l->host, sizeof(l->host), "%s", host) >= sizeof(l->host)) {
        free(l);
        return err_set(err, ERR_INVALID, "dial tcp: lookup: host name too long");
    }
    snprintf(l->service, sizeof(l->service), "%d", port);
    l->hints = (struct addrinfo) { .ai_socktype = SOCK_STREAM, .ai_flags = AI_ADDRCONFIG };
    l->request = (struct gaicb) { .ar_name = l->host, .ar_service = l->service, .ar_request = &l->hints };
    struct gaicb *list[1] = { &l->request };
    int rc = getaddrinfo_a(GAI_NOWAIT, list, 1, NULL);
    while (rc == 0 && (rc = gai_error(&l->request)) == EAI_INPROGRESS) {
        struct timespec slice = { .tv_nsec = 200 * NS_PER_MS };
        const struct gaicb *waiting[1] = { &l->request };
        if (!remote_alive(remote, err)) {
            if (gai_cancel(&l->request) == EAI_CANCELED || gai_error(&l->request) != EAI_INPROGRESS)
                free(l);
            return err_wrap(err, "dial tcp: lookup %s", host);
        }
        gai_suspend(waiting, 1, &slice);
        rc = 0;
    }
    *out = l->request.ar_result;
    free(l);
    if (rc != 0)
        return err_set(err, ERR_IO, "dial tcp: lookup %s: %s", host,
                       rc == EAI_NONAME  ? "no such host"
                       : rc == EAI_AGAIN ? "temporary failure in name resolution"
                                         : gai_strerror(rc));
    return true;
}

static bool connect_one(const struct repo_remote *remote, const struct addrinfo *ai, int *out_fd,
                        struct err *err) {
    autofd fd = socket(ai->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return err_set_code(err, ERR_IO, errno, "socket: %s", errno_text(errno));
    if (connect(fd, ai->ai_addr, ai->ai_addrlen) != 0 && errno != EINPROGRESS)
        return err_set_code(err, ERR_IO, errno, "connect: %s", errno_text(errno));
    int code = 0, one = 1;
    socklen_t n = sizeof(code);
    if (!remote_wait(remote, fd, POLLOUT, err))
        return false;
    if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &code, &n) != 0 || code != 0)
        return err_set_code(err, ERR_IO, code, "connect: %s", errno_text(code));
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
    *out_fd = fd_steal(&fd);
    return true;
}

static bool dial_tcp(const struct repo_remote *remote, const char *host, int port, int *out_fd,
                     struct err *err) {
    struct addrinfo *list = NULL;
    if (!resolve(remote, host, port, &list, err))
        return false;
    bool ok = false;
    for (const struct addrinfo *ai = list; ai && !ok; ai = ai->ai_next) {
        if (err->kind == ERR_TIMEOUT || err->kind == ERR_CANCELED)
            break;
        err_clear(err); // the last address's failure is told
        ok = connect_one(remote, ai, out_fd, err);
    }
    freeaddrinfo(list);
    return ok ? true : err_wrap(err, "dial tcp %s:%d", host, port);
}

static bool send_all(const struct repo_remote *remote, int fd, struct str bytes, struct err *err) {
    while (bytes.n > 0) {
        ssize_t n = send(fd, bytes.p, bytes.n, MSG_NOSIGNAL);
        if (n < 0 && errno != EAGAIN && errno != EINTR)
            return err_set_code(err, ERR_IO, errno, "write: %s", errno_text(errno));
        if (n > 0)
            bytes = str_sub(bytes, (size_t)n, bytes.n);
        else if (!remote_wait(remote, fd, POLLOUT, err))
            return false;
    }
    return true;
}

static bool recv_exactly(const struct repo_remote *remote, int fd, void *to, size_t want, struct err *err) {
    size_t have = 0;
    while (have < want) {
        ssize_t n = recv(fd, (char *)to + have, want - have, 0);
        if (n == 0)
            return err_set(err, ERR_IO, "unexpected EOF");
        if (n < 0 && errno != EAGAIN && errno != EINTR)
            return err_set_code(err, ERR_IO, errno, "read: %s", errno_text(errno));
        if (n > 0)
            have += (size_t)n;
        else if (!remote_wait(remote, fd, POLLIN, err))
            return false;
    }
    return true;
}

// RFC 9110, 9.3.6
static bool http_connect(const struct repo_remote *remote, const struct url *proxy, const char *host,
                         int port, int fd, struct err *err) {
    autobuf request = { 0 };
    buf_fmt(&request, "CONNECT %s:%d HTTP/1.1\r\nHost: %s:%d\r\n", host, port, host, port);
    if (proxy->user) {
        autobuf plain = { 0 };
        buf_fmt(&plain, "%s:%s", proxy->user, proxy->password ? proxy->password : "");
        buf_puts(&request, "Proxy-Authorization: Basic ");
        base64_put(&request, buf_str(&plain));
        buf_puts(&request, "\r\n");
    }
    buf_puts(&request, "\r\n");
    if (!send_all(remote, fd, buf_str(&request), err))
        return false;
    // Byte by byte: what follows the blank line is SSH's.
    char head[4096];
    size_t n = 0;
    while (n < 4 || memcmp(head + n - 4, "\r\n\r\n", 4) != 0) {
        if (n == sizeof(head))
            return err_set(err, ERR_LIMIT, "proxy: answer too long");
        if (!recv_exactly(remote, fd, head + n++, 1, err))
            return err_wrap(err, "proxy");
    }
    struct str status = str_sub(str_make(head, n), 9, 12);
    if (!str_starts(str_make(head, n), "HTTP/1.") || !str_starts(status, "2"))
        return err_set(err, str_is(status, "407") ? ERR_AUTH : ERR_IO, "proxy: CONNECT %s:%d: status %.*s",
                       host, port, (int)status.n, status.p);
    return true;
}

static bool socks_login(const struct repo_remote *remote, const struct url *proxy, int fd, struct err *err) {
    autobuf b = { 0 };
    size_t n_user = strlen(proxy->user), n_password = proxy->password ? strlen(proxy->password) : 0;
    uint8_t answer[2];
    if (n_user > 255 || n_password > 255)
        return err_set(err, ERR_INVALID, "socks: user name or password too long");
    buf_putc(&b, 1);
    buf_putc(&b, (char)n_user);
    buf_puts(&b, proxy->user);
    buf_putc(&b, (char)n_password);
    buf_add(&b, proxy->password, n_password);
    if (!send_all(remote, fd, buf_str(&b), err) || !recv_exactly(remote, fd, answer, 2, err))
        return false;
    return answer[1] == 0 ? true : err_set(err, ERR_AUTH, "socks: username/password authentication failed");
}

// RFC 1928 and 1929; the proxy resolves the name.
static bool socks_connect(const struct repo_remote *remote, const struct url *proxy, const char *host,
                          int port, int fd, struct err *err) {
    bool login = proxy->user != NULL;
    uint8_t hello[3] = { 5, 1, login ? 2 : 0 }, answer[262];
    if (!send_all(remote, fd, str_make(hello, sizeof(hello)), err) ||
        !recv_exactly(remote, fd, answer, 2, err))
        return false;
    if (answer[0] != 5 || answer[1] != hello[2])
        return err_set(err, ERR_AUTH, "socks: no acceptable authentication methods");
    if (login && !socks_login(remote, proxy, fd, err))
        return false;
    size_t n_host = strlen(host);
    if (n_host > 255)
        return err_set(err, ERR_INVALID, "socks: host name too long");
    autobuf b = { 0 };
    buf_add(&b, "\5\1\0\3", 4);
    buf_putc(&b, (char)n_host);
    buf_puts(&b, host);
    buf_putc(&b, (char)(port >> 8));
    buf_putc(&b, (char)(port & 255));
    if (!send_all(remote, fd, buf_str(&b), err) || !recv_exactly(remote, fd, answer, 5, err))
        return false;
    if (answer[1] != 0)
        return err_set(err, ERR_IO, "socks: the proxy refused the connection to %s:%d (code %d)", host, port,
                       answer[1]);
    size_t rest = answer[3] == 1 ? 3 : answer[3] == 4 ? 15 : answer[4];
    return recv_exactly(remote, fd, answer + 5, rest + 2, err);
}

static const char *environment_proxy(const struct repo_remote *remote) {
    if (!remote->use_env_proxy)
        return NULL;
    const char *proxy = getenv("ALL_PROXY");
    return text_empty(proxy) ? getenv("all_proxy") : proxy;
}

bool dial(const struct repo_remote *remote, const char *host, int port, int *out_fd, struct err *err) {
    const char *text = text_empty(remote->proxy) ? environment_proxy(remote) : remote->proxy;
    if (text_empty(text))
        return dial_tcp(remote, host, port, out_fd, err);
    autoarena a = { 0 };
    struct url proxy = { 0 };
    struct err hidden = { .a = &a };
    if (!url_parse(&a, text, &proxy, &hidden) || text_empty(proxy.host))
        return err_set(err, ERR_INVALID, "the proxy address is not a URL");
    bool socks = text_starts(proxy.scheme, "socks5");
    if (!socks && !text_eq(proxy.scheme, "http"))
        return err_set(err, ERR_UNSUPPORTED,
                       "proxy scheme '%s' is not supported for ssh (http and socks5 are)", proxy.scheme);
    autofd fd = -1;
    if (!dial_tcp(remote, proxy.host, proxy.port ? proxy.port : socks ? 1080 : 80, &fd, err))
        return err_wrap(err, "proxy");
    if (socks ? !socks_connect(remote, &proxy, host, port, fd, err)
              : !http_connect(remote, &proxy, host, port, fd, err))
        return false;
    *out_fd = fd_steal(&fd);
    return true;
}
