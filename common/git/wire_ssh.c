// SPDX-License-Identifier: Apache-2.0
/* git-upload-pack over SSH: libssh without any file or agent of the machine, on a socket of our own, never blocking beyond the deadline.
 * Flux: pkg/git/gogit/transport.go, x/crypto/ssh (words of the errors). */
#include "common/git/wire.h"
#include "common/git/advert.h"

#include "common/base/buf.h"
#include "common/git/ssh_key.h"
#include "common/base/file.h"
#include <poll.h>
#include <unistd.h>

#define MAX_STDERR_BYTES 4096

struct wire_ssh {
    struct wire wire;
    struct arena a;
    const char *host, *path, *user;
    int port;
    ssh_session session;
    ssh_channel channel;
    int fd;
    bool attached; // the session has taken the descriptor
    bool got_data;
    struct buf said; // stderr of the other side
};

// Runs a libssh call until it does not say "again".
#define UNTIL_DONE(w, rc, again, call, err)                                                                  \
    do {                                                                                                     \
        while (((rc) = (call)) == (again))                                                                   \
            if (!wait_session((w), (err)))                                                                   \
                return false;                                                                                \
    } while (0)

static bool wait_session(struct wire_ssh *w, struct err *err) {
    int flags = ssh_get_poll_flags(w->session);
    short events = POLLIN | ((flags & SSH_WRITE_PENDING) ? POLLOUT : 0);
    return remote_wait(w->wire.remote, w->fd, events, err);
}

/* Who closes the socket: libssh when the peer hung up on it (its descriptor is then gone), else we: ssh_disconnect only lets go of
 * a descriptor that was given to it. */
static void hang_up(struct wire_ssh *w) {
    bool ours = w->fd >= 0;
    if (w->channel)
        ssh_channel_free(w->channel);
    w->channel = NULL;
    if (w->session) {
        if (w->attached && ssh_get_fd(w->session) < 0)
            ours = false;
        ssh_disconnect(w->session);
        ssh_free(w->session);
    }
    if (ours)
        close(w->fd);
    w->session = NULL;
    w->attached = false;
    w->fd = -1;
}

static bool set_options(struct wire_ssh *w, struct err *err) {
    const struct repo_remote *remote = w->wire.remote;
    const int no = 0;
    const unsigned port = (unsigned)w->port;
    const long timeout_s = 3600; // the real deadline is ours
    char *types = known_hosts_types(&w->a, str_of(remote->known_hosts), w->host, w->port);
    const char *hostkeys = text_empty(remote->ssh_hostkey_algos) ? types : remote->ssh_hostkey_algos;
    bool ok = ssh_options_set(w->session, SSH_OPTIONS_PROCESS_CONFIG, &no) == 0 &&
              ssh_options_set(w->session, SSH_OPTIONS_HOST, w->host) == 0 &&
              ssh_options_set(w->session, SSH_OPTIONS_PORT, &port) == 0 &&
              ssh_options_set(w->session, SSH_OPTIONS_USER, w->user) == 0 &&
              ssh_options_set(w->session, SSH_OPTIONS_TIMEOUT, &timeout_s) == 0 &&
              ssh_options_set(w->session, SSH_OPTIONS_KNOWNHOSTS, "/dev/null") == 0 &&
              ssh_options_set(w->session, SSH_OPTIONS_GLOBAL_KNOWNHOSTS, "/dev/null") == 0 &&
              ssh_options_set(w->session, SSH_OPTIONS_FD, &w->fd) == 0;
    if (!ok)
        return err_set(err, ERR_INVALID, "ssh: %s", ssh_get_error(w->session));
    if (hostkeys && ssh_options_set(w->session, SSH_OPTIONS_HOSTKEYS, hostkeys) != 0)
        return err_set(err, ERR_INVALID, "ssh: none of the host key algorithms '%s' is supported", hostkeys);
    if (!text_empty(remote->ssh_kex_algos) &&
        ssh_options_set(w->session, SSH_OPTIONS_KEY_EXCHANGE, remote->ssh_kex_algos) != 0)
        return err_set(err, ERR_INVALID, "ssh: none of the key exchange algorithms '%s' is supported",
                       remote->ssh_kex_algos);
    ssh_set_blocking(w->session, 0);
    return true;
}

static bool refuse_host(enum known_host_result result, struct err *err) {
    switch (result) {
    case KNOWN_HOST_OK: return true;
    case KNOWN_HOST_UNKNOWN:
        return err_set(err, ERR_AUTH, "ssh: handshake failed: knownhosts: key is unknown");
    case KNOWN_HOST_MISMATCH:
        return err_set(err, ERR_AUTH, "ssh: handshake failed: knownhosts: key mismatch");
    case KNOWN_HOST_REVOKED:
        return err_set(err, ERR_AUTH, "ssh: handshake failed: knownhosts: key is revoked");
    case KNOWN_HOST_CA_ONLY:
        return err_set(err, ERR_UNSUPPORTED,
                       "ssh: handshake failed: knownhosts: only a @cert-authority line matches and host "
                       "certificates are "
                       "not supported: add the host's own key");
    }
    return err_set(err, ERR_BUG, "known_hosts");
}

static bool check_host_key(struct wire_ssh *w, struct err *err) {
    ssh_key key = NULL;
    char *base64 = NULL;
    if (ssh_get_server_publickey(w->session, &key) != SSH_OK)
        return err_set(err, ERR_IO, "ssh: handshake failed: no host key");
    bool exported = ssh_pki_export_pubkey_base64(key, &base64) == SSH_OK;
    enum known_host_result result = KNOWN_HOST_UNKNOWN;
    if (exported)
        result = known_hosts_check(str_of(w->wire.remote->known_hosts), w->host, w->port,
                                   ssh_key_type_to_char(ssh_key_type(key)), base64);
    ssh_string_free_char(base64);
    ssh_key_free(key);
    return refuse_host(result, err);
}

static bool log_in(struct wire_ssh *w, ssh_key key, struct err *err) {
    int rc;
    UNTIL_DONE(w, rc, SSH_AUTH_AGAIN, ssh_userauth_publickey(w->session, NULL, key), err);
    if (rc == SSH_AUTH_SUCCESS)
        return true;
    if (rc == SSH_AUTH_ERROR)
        return err_set(err, ERR_AUTH, "ssh: handshake failed: %s",
                       server_text(&w->a, str_of(ssh_get_error(w->session))));
    return err_set(
        err, ERR_AUTH,
        "ssh: handshake failed: ssh: unable to authenticate, attempted methods [none publickey], no "
        "supported methods remain");
}

static bool handshake(struct wire_ssh *w, struct err *err) {
    int rc;
    w->attached = true;
    UNTIL_DONE(w, rc, SSH_AGAIN, ssh_connect(w->session), err);
    if (rc != SSH_OK)
        return err_set(err, ERR_IO, "ssh: handshake failed: %s",
                       server_text(&w->a, str_of(ssh_get_error(w->session))));
    if (!check_host_key(w, err))
        return false;
    ssh_key key = NULL;
    if (!ssh_key_load(w->wire.remote->ssh_key, w->wire.remote->ssh_passphrase, &key, err))
        return err_wrap(err, "unable to construct auth method with options");
    bool ok = log_in(w, key, err);
    ssh_key_free(key);
    return ok;
}

// The path for a shell on the other side: in single quotes.
static char *quoted_path(struct arena *a, const char *path) {
    autobuf b = { 0 };
    buf_puts(&b, "git-upload-pack '");
    for (; *path; path++) {
        if (*path == '\'' || *path == '!')
            buf_fmt(&b, "'\\%c'", *path);
        else
            buf_putc(&b, *path);
    }
    buf_putc(&b, '\'');
    return arena_text(a, b.p, b.n);
}

static bool start_command(struct wire_ssh *w, struct err *err) {
    int rc;
    w->channel = ssh_channel_new(w->session);
    if (!w->channel)
        return err_set(err, ERR_IO, "ssh: %s", ssh_get_error(w->session));
    UNTIL_DONE(w, rc, SSH_AGAIN, ssh_channel_open_session(w->channel), err);
    if (rc != SSH_OK)
        return err_set(err, ERR_IO, "ssh: rejected: %s",
                       server_text(&w->a, str_of(ssh_get_error(w->session))));
    // A plain sshd refuses the variable: then the conversation is v0.
    UNTIL_DONE(w, rc, SSH_AGAIN, ssh_channel_request_env(w->channel, "GIT_PROTOCOL", "version=2"), err);
    UNTIL_DONE(w, rc, SSH_AGAIN, ssh_channel_request_exec(w->channel, quoted_path(&w->a, w->path)), err);
    if (rc != SSH_OK)
        return err_set(err, ERR_IO, "ssh: command git-upload-pack failed: %s",
                       server_text(&w->a, str_of(ssh_get_error(w->session))));
    return true;
}

static bool ssh_wire_discover(struct wire *base, struct err *err) {
    struct wire_ssh *w = container_of(base, struct wire_ssh, wire);
    hang_up(w);
    w->got_data = false;
    buf_clear(&w->said);
    w->wire.requests++;
    if (!dial(w->wire.remote, w->host, w->port, &w->fd, err))
        return false;
    w->session = ssh_new();
    if (!w->session)
        abort();
    return set_options(w, err) && handshake(w, err) && start_command(w, err);
}

static bool ssh_wire_send(struct wire *base, struct str request, struct err *err) {
    struct wire_ssh *w = container_of(base, struct wire_ssh, wire);
    if (!w->channel)
        return err_set(err, ERR_BUG, "ssh: no connection");
    while (request.n > 0) {
        int n = ssh_channel_write(w->channel, request.p, (uint32_t)(request.n > 32768 ? 32768 : request.n));
        if (n == SSH_ERROR)
            return err_set(err, ERR_IO, "ssh: write: %s",
                           server_text(&w->a, str_of(ssh_get_error(w->session))));
        if (n > 0)
            request = str_sub(request, (size_t)n, request.n);
        else if (!wait_session(w, err))
            return false;
    }
    return true;
}

// What the other side said before it ended without a byte of protocol.
static bool explain_end(struct wire_ssh *w, struct err *err) {
    struct str rest = buf_str(&w->said), line;
    if (advert_means_not_found(rest))
        return err_set(err, ERR_NOT_FOUND, "repository not found");
    while (w->said.n > 0 && str_split(&rest, '\n', &line)) {
        line = str_trim(line);
        if (line.n == 0 || str_is(line, "remote:") || str_starts(line, "remote: ="))
            continue;
        return err_set(err, ERR_IO, "unknown error: %s", server_text(&w->a, line));
    }
    return err_set(err, ERR_IO, "unexpected EOF");
}

static void listen_stderr(struct wire_ssh *w) {
    char bytes[1024];
    int n;
    while ((n = ssh_channel_read_nonblocking(w->channel, bytes, sizeof(bytes), 1)) > 0)
        if (w->said.n < MAX_STDERR_BYTES)
            buf_add(&w->said, bytes, (size_t)n);
}

static bool ssh_wire_read(void *arg, void *to, size_t cap, size_t *out_n, struct err *err) {
    struct wire_ssh *w = container_of((struct wire *)arg, struct wire_ssh, wire);
    *out_n = 0;
    if (!w->channel)
        return err_set(err, ERR_BUG, "ssh: no connection");
    for (;;) {
        int n = ssh_channel_read_nonblocking(w->channel, to, (uint32_t)cap, 0);
        listen_stderr(w);
        if (n > 0) {
            w->got_data = true;
            *out_n = (size_t)n;
            return true;
        }
        if (n == SSH_EOF || ssh_channel_is_eof(w->channel) || ssh_channel_is_closed(w->channel))
            return w->got_data ? true : explain_end(w, err);
        if (n == SSH_ERROR || !ssh_is_connected(w->session))
            return err_set(err, ERR_IO, "ssh: read: %s",
                           server_text(&w->a, str_of(ssh_get_error(w->session))));
        if (!wait_session(w, err))
            return false;
    }
}

static void ssh_wire_close(struct wire *base) {
    struct wire_ssh *w = container_of(base, struct wire_ssh, wire);
    hang_up(w);
    buf_done(&w->said);
    arena_done(&w->a);
    free(w);
}

static const struct wire_ops ssh_ops = {
    .discover = ssh_wire_discover,
    .send = ssh_wire_send,
    .read = ssh_wire_read,
    .close = ssh_wire_close,
};

struct wire *wire_ssh_new(const struct repo_remote *remote, const struct url *url) {
    struct wire_ssh *w = calloc(1, sizeof(*w));
    if (!w)
        abort();
    w->wire = (struct wire) { .ops = &ssh_ops, .remote = remote };
    w->host = arena_strdup(&w->a, url->host);
    w->port = url->port ? url->port : 22;
    struct str path = STR("/");
    if (!text_empty(url->path) && !url_unescape(&w->a, str_of(url->path), false, &path))
        path = str_of(url->path);
    if (str_starts(path, "/~")) // a home directory: the shell's business
        path = str_sub(path, 1, path.n);
    w->path = arena_text(&w->a, path.p, path.n);
    const char *user = text_empty(url->user) ? remote->user : url->user;
    w->user = arena_strdup(&w->a, text_empty(user) ? "git" : user);
    w->fd = -1;
    return &w->wire;
}
