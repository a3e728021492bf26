// SPDX-License-Identifier: Apache-2.0
// The bus: opening and closing, the key, nanomsg's sockets.
#include "common/bus/bus_impl.h"
#include "common/base/file.h"

#include <nanomsg/nn.h>
#include <nanomsg/pubsub.h>
#include <nanomsg/reqrep.h>
#include <nanomsg/tcp.h>
#include <errno.h>
#include <sodium.h>
#include <sys/epoll.h>

enum { KEY_FILE_MAX_BYTES = 65536, KEY_MIN_BYTES = 32, RECONNECT_MS = 50, RECONNECT_MAX_MS = 1000 };

/* ---- sockets ---- */

bool url_is_v6(const char *url) {
    return text_starts(url, "tcp://[");
}

int socket_open(int protocol, bool v6) {
    int s = nn_socket(AF_SP, protocol);
    int only_v4 = !v6, max = BUS_RCVMAX_BYTES, first = RECONNECT_MS, last = RECONNECT_MAX_MS, on = 1;
    if (s < 0)
        abort(); // no descriptors left
    (void)nn_setsockopt(s, NN_SOL_SOCKET, NN_IPV4ONLY, &only_v4, sizeof only_v4);
    (void)nn_setsockopt(s, NN_SOL_SOCKET, NN_RCVMAXSIZE, &max, sizeof max);
    (void)nn_setsockopt(s, NN_SOL_SOCKET, NN_RECONNECT_IVL, &first, sizeof first);
    (void)nn_setsockopt(s, NN_SOL_SOCKET, NN_RECONNECT_IVL_MAX, &last, sizeof last);
    (void)nn_setsockopt(s, NN_TCP, NN_TCP_NODELAY, &on, sizeof on);
    return s;
}

struct loop_fd *socket_watch(struct bus *b, int sock, int option, loop_fd_fn fn, void *arg) {
    int fd = -1;
    size_t n = sizeof fd;
    if (nn_getsockopt(sock, NN_SOL_SOCKET, option, &fd, &n) < 0)
        abort();
    return loop_fd_add(b->loop, fd, EPOLLIN, fn, arg);
}

void socket_close(int *sock) {
    if (*sock >= 0)
        (void)nn_close(*sock);
    *sock = -1;
}

static bool bind_all(int sock, const char *const *list, struct err *err) {
    for (size_t i = 0; list[i]; i++) {
        int v4 = 1;
        if (nn_bind(sock, list[i]) >= 0)
            continue;
        // A kernel without IPv6
        (void)nn_setsockopt(sock, NN_SOL_SOCKET, NN_IPV4ONLY, &v4, sizeof v4);
        if (nn_bind(sock, list[i]) < 0)
            return err_set_code(err, ERR_IO, nn_errno(), "bus: cannot bind %s: %s", list[i],
                                errno_text(nn_errno()));
    }
    return true;
}

/* ---- opening ---- */

static bool check_list(const char *const *list, bool binding, struct err *err) {
    for (size_t i = 0; list && list[i]; i++)
        if (!address_check(list[i], binding, err))
            return false;
    return true;
}

static bool check_config(const struct bus_config *c, struct err *err) {
    if (text_empty(c->name) || strlen(c->name) > BUS_NAME_MAX_BYTES)
        return err_set(err, ERR_INVALID, "bus: name must have 1 to %u bytes", BUS_NAME_MAX_BYTES);
    return check_list(c->bind, true, err) && check_list(c->peers, false, err) &&
           check_list(c->replay_bind, true, err) && check_list(c->replay_peers, false, err);
}

static bool read_key(const char *path, uint8_t out[KEY_BYTES], struct err *err) {
    autoarena a = { 0 };
    struct str text;
    if (!file_read(&a, path, KEY_FILE_MAX_BYTES, &text, err))
        return err_wrap(err, "bus key");
    struct str secret = str_trim(text);
    bool ok = secret.n >= KEY_MIN_BYTES;
    static const uint8_t purpose[] = "runnel bus 1";
    if (ok)
        (void)crypto_generichash(out, KEY_BYTES, (const uint8_t *)secret.p, secret.n, purpose,
                                 sizeof purpose - 1);
    sodium_memzero((void *)text.p, text.n);
    return ok || err_set(err, ERR_INVALID, "bus key: %s: shorter than %d bytes", path, KEY_MIN_BYTES);
}

static bool open_sockets(struct bus *b, const struct bus_config *c, struct err *err) {
    if (c->bind) {
        b->sub = socket_open(NN_SUB, true);
        (void)nn_setsockopt(b->sub, NN_SUB, NN_SUB_SUBSCRIBE, "", 0);
        if (!bind_all(b->sub, c->bind, err))
            return false;
    }
    if (c->replay_bind) {
        b->rep = socket_open(NN_REP, true);
        if (!bind_all(b->rep, c->replay_bind, err))
            return false;
    }
    b->publishes = c->peers || c->replay_bind;
    return true;
}

static void free_bus(struct bus *b) {
    socket_close(&b->pub);
    socket_close(&b->pub6);
    socket_close(&b->sub);
    socket_close(&b->rep);
    ring_done(&b->ring);
    buf_done(&b->plain);
    buf_done(&b->frame);
    buf_done(&b->received);
    pthread_mutex_destroy(&b->lock);
    sodium_memzero(b->key, sizeof b->key);
    free(b->name);
    free(b);
}

static bool start(struct bus *b, const struct bus_config *c, struct err *err) {
    if (!open_sockets(b, c, err))
        return false;
    if ((c->bind || c->replay_peers) && !windows_open(c->state_file, &b->windows, err))
        return err_wrap(err, "bus state");
    publish_start(b, c);
    static const struct address_callbacks cb = { link_up, link_down };
    if (c->replay_peers)
        b->replay_peers = addresses_new(b->loop, c->replay_peers, &cb, b);
    if (b->sub >= 0)
        b->sub_fd = socket_watch(b, b->sub, NN_RCVFD, subscribe_readable, b);
    return true;
}

bool bus_open(struct loop *l, const struct bus_config *config, struct bus **out, struct err *err) {
    uint8_t key[KEY_BYTES];
    if (sodium_init() < 0)
        abort();
    if (!check_config(config, err) || !read_key(config->key_file, key, err))
        return false;
    struct bus *b = calloc(1, sizeof *b);
    if (!b || pthread_mutex_init(&b->lock, NULL) != 0)
        abort();
    *b = (struct bus) {
        .loop = l, .name = strdup(config->name), .pub = -1, .pub6 = -1, .sub = -1, .rep = -1, .lock = b->lock
    };
    b->replay_max_age_ns = config->replay_max_age_ns ? config->replay_max_age_ns : 5 * NS_PER_MIN;
    memcpy(b->key, key, sizeof key);
    sodium_memzero(key, sizeof key);
    randombytes_buf(b->boot, sizeof b->boot);
    if (!start(b, config, err)) {
        free_bus(b);
        return false;
    }
    *out = b;
    return true;
}

void bus_close(struct bus *b) {
    if (!b)
        return;
    publish_stop(b);
    subscribe_stop(b);
    free_bus(b);
}

void bus_count(struct bus *b, uint64_t *counter, uint64_t n) {
    pthread_mutex_lock(&b->lock);
    *counter += n;
    pthread_mutex_unlock(&b->lock);
}

struct bus_stats bus_stats(struct bus *b) {
    pthread_mutex_lock(&b->lock);
    struct bus_stats s = b->stats;
    pthread_mutex_unlock(&b->lock);
    return s;
}
