// SPDX-License-Identifier: Apache-2.0
/* HTTP server: libmicrohttpd without a thread of its own; its epoll descriptor is watched by the loop.
 * libmicrohttpd calls on_access for the headers, for each piece of body, at the end of the body, and again after a
 * suspended connection was resumed. */
#include "common/net/server_impl.h"
#include "common/base/limits.h"
#include "common/base/timeutil.h"

#include <ctype.h>
#include <errno.h>
#include <netdb.h>
#include <stdio.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

/* ---- answers ---- */

// Also for answers made in the handler: there libmicrohttpd gets it when the handler returns.
void exchange_answer(struct http_exchange *x, unsigned status, struct MHD_Response *response) {
    if (!response)
        abort(); // no memory
    if (x->response || (!x->in_handler && !x->deferred))
        abort(); // answered twice, or too late: a bug in the handler
    for (size_t i = 0; i < x->n_headers; i++)
        (void)MHD_add_response_header(response, x->headers[i].name, x->headers[i].value);
    x->response = response;
    x->status = status;
    bool was_deferred = x->deferred;
    x->deferred = false;
    if (was_deferred && !x->in_handler)
        exchange_resume(x);
}

void exchange_free(struct http_exchange *x) {
    if (x->response)
        MHD_destroy_response(x->response);
    buf_done(&x->body);
    struct arena a = x->arena;
    arena_done(&a);
    free(x);
}

void exchange_suspend(struct http_exchange *x) {
    if (x->suspended)
        return;
    x->suspended = true;
    MHD_suspend_connection(x->conn);
}

void exchange_resume(struct http_exchange *x) {
    if (!x->conn) { // the server has stopped: this was the last use
        exchange_free(x);
        return;
    }
    if (!x->suspended)
        return;
    x->suspended = false;
    MHD_resume_connection(x->conn);
    server_serve_soon(x->server); // a resumed connection does not show in the epoll descriptor
}

void http_add_header(struct http_exchange *x, const char *name, const char *value) {
    x->headers = arena_grow(&x->arena, x->headers, &x->cap_headers, x->n_headers + 1, sizeof *x->headers);
    x->headers[x->n_headers].name = arena_strdup(&x->arena, name);
    x->headers[x->n_headers++].value = arena_strdup(&x->arena, value);
}

static void add_type(struct MHD_Response *r, const char *content_type) {
    if (r && content_type)
        (void)MHD_add_response_header(r, "Content-Type", content_type);
}

void http_reply(struct http_exchange *x, int status, const char *content_type, struct str body) {
    struct MHD_Response *r = MHD_create_response_from_buffer(body.n, (void *)body.p, MHD_RESPMEM_MUST_COPY);
    add_type(r, content_type);
    exchange_answer(x, (unsigned)status, r);
}

void http_reply_text(struct http_exchange *x, int status, const char *fmt, ...) {
    autobuf b = { 0 };
    va_list ap;
    va_start(ap, fmt);
    buf_vfmt(&b, fmt, ap);
    va_end(ap);
    http_reply(x, status, "text/plain; charset=utf-8", buf_str(&b));
}

void http_reply_file(struct http_exchange *x, int status, const char *content_type, int take_fd,
                     uint64_t offset, uint64_t size) {
    struct MHD_Response *r = MHD_create_response_from_fd_at_offset64(size, take_fd, offset);
    if (!r) {
        close(take_fd);
        http_reply_text(x, 500, "cannot send the file\n");
        return;
    }
    add_type(r, content_type);
    exchange_answer(x, (unsigned)status, r);
}

void http_defer(struct http_exchange *x) {
    if (!x->in_handler || x->response)
        abort(); // only from the handler, and instead of an answer
    x->deferred = true;
}

/* ---- the request ---- */

const char *http_method(const struct http_exchange *x) {
    return x->method;
}

const char *http_path(const struct http_exchange *x) {
    return x->path;
}

const char *http_raw_target(const struct http_exchange *x) {
    return x->raw_target;
}

struct str http_body_bytes(const struct http_exchange *x) {
    return buf_str(&x->body);
}

bool http_body_ready(const struct http_exchange *x) {
    return x->body_ready;
}

struct arena *http_arena(struct http_exchange *x) {
    return &x->arena;
}

const char *http_request_header(const struct http_exchange *x, const char *name) {
    return x->conn ? MHD_lookup_connection_value(x->conn, MHD_HEADER_KIND, name) : NULL;
}

const char *http_peer(const struct http_exchange *cx) {
    struct http_exchange *x = (struct http_exchange *)cx; // only remembers what it found
    if (x->peer || !x->conn)
        return x->peer ? x->peer : "";
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(x->conn, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
    char host[NI_MAXHOST] = "";
    const struct sockaddr *sa = info ? info->client_addr : NULL;
    socklen_t n = sa && sa->sa_family == AF_INET6 ? sizeof(struct sockaddr_in6) : sizeof(struct sockaddr_in);
    if (sa && (sa->sa_family == AF_INET || sa->sa_family == AF_INET6))
        (void)getnameinfo(sa, n, host, sizeof host, NULL, 0, NI_NUMERICHOST);
    const char *text = text_starts(host, "::ffff:") && strchr(host, '.') ? host + 7 : host;
    x->peer = arena_strdup(&x->arena, text);
    return x->peer;
}

// One "key=value"; what does not decode is left out, as upstream's servers do.
static void add_arg(struct http_exchange *x, struct str pair, size_t *cap) {
    ptrdiff_t eq = str_chr(pair, '=');
    struct str key = eq < 0 ? pair : str_sub(pair, 0, (size_t)eq);
    struct str value = eq < 0 ? STR("") : str_sub(pair, (size_t)eq + 1, pair.n);
    if (!pair.n || !url_unescape(&x->arena, key, true, &key) || !url_unescape(&x->arena, value, true, &value))
        return;
    x->args = arena_grow(&x->arena, x->args, cap, x->n_args + 1, sizeof *x->args);
    x->args[x->n_args++] = (struct query_arg) { key.p, value.p };
}

static void parse_args(struct http_exchange *x) {
    if (x->args_parsed)
        return;
    x->args_parsed = true;
    const char *q = strchr(x->raw_target, '?');
    if (!q)
        return;
    struct str rest = str_of(q + 1), pair;
    size_t cap = 0;
    while (str_split(&rest, '&', &pair))
        add_arg(x, pair, &cap);
}

const char *http_query(const struct http_exchange *x, const char *key) {
    parse_args((struct http_exchange *)x);
    for (size_t i = 0; i < x->n_args; i++)
        if (text_eq(x->args[i].key, key))
            return x->args[i].value;
    return NULL;
}

void http_query_each(const struct http_exchange *x, void (*fn)(void *arg, const char *key, const char *value),
                     void *arg) {
    parse_args((struct http_exchange *)x);
    for (size_t i = 0; i < x->n_args; i++)
        fn(arg, x->args[i].key, x->args[i].value);
}

/* ---- refusing before the handler ---- */

struct header_count {
    unsigned content_length, transfer_encoding, host;
    uint64_t body_bytes;
};

static enum MHD_Result count_header(void *arg, enum MHD_ValueKind kind, const char *key, const char *value) {
    struct header_count *n = arg;
    (void)kind;
    if (!strcasecmp(key, "Content-Length")) {
        n->content_length++;
        if (!value || !str_to_u64(str_of(value), &n->body_bytes))
            n->content_length++; // not a number: as bad as two of them
    } else if (!strcasecmp(key, "Transfer-Encoding")) {
        n->transfer_encoding++;
    } else if (!strcasecmp(key, "Host")) {
        n->host++;
    }
    return MHD_YES;
}

// The path without its query, decoded into the arena; false when it has %00 or bad escapes.
static bool decode_path(struct http_exchange *x) {
    struct str raw = { x->raw_target, strcspn(x->raw_target, "?") };
    struct str path;
    if (!url_unescape(&x->arena, raw, false, &path) || memchr(path.p, 0, path.n))
        return false;
    x->path = path.p;
    return true;
}

// Answers what no handler should see. A proxy in front may read such a request in another way than we do (smuggling).
static bool refuse(struct http_exchange *x, const struct header_count *n) {
    unsigned bodies = n->content_length + n->transfer_encoding;
    int status = 0;
    if (!x->raw_target || !decode_path(x) || bodies > 1 || n->host > 1)
        status = 400;
    else if (n->body_bytes > x->server->max_body_bytes)
        status = 413;
    if (!status)
        return false;
    http_add_header(x, "Connection", "close");
    http_reply_text(x, status, status == 413 ? "request body too large\n" : "bad request\n");
    return true;
}

/* ---- libmicrohttpd's callbacks ---- */

static void link_exchange(struct http_server *s, struct http_exchange *x) {
    x->server = s;
    x->next = s->exchanges;
    if (x->next)
        x->next->prev = x;
    s->exchanges = x;
}

static void unlink_exchange(struct http_exchange *x) {
    if (x->prev)
        x->prev->next = x->next;
    else
        x->server->exchanges = x->next;
    if (x->next)
        x->next->prev = x->prev;
    x->prev = x->next = NULL;
}

static void *on_request_line(void *arg, const char *uri, struct MHD_Connection *conn) {
    struct http_exchange *x = calloc(1, sizeof *x);
    if (!x)
        abort();
    x->conn = conn;
    x->raw_target =
        arena_strdup(&x->arena, uri); // before libmicrohttpd decodes it: it drops what follows %00
    link_exchange(arg, x);
    return x;
}

static void on_completed(void *arg, struct MHD_Connection *conn, void **context,
                         enum MHD_RequestTerminationCode code) {
    struct http_exchange *x = *context;
    (void)arg, (void)conn, (void)code;
    if (!x)
        return;
    *context = NULL;
    if (x->push)
        push_ended(x->push);
    unlink_exchange(x);
    x->conn = NULL;
    x->server = NULL;
    if (!x->deferred)
        exchange_free(x); // else the one who answers it does
}

static void call_handler(struct http_exchange *x) {
    x->in_handler = true;
    x->server->handler(x->server->arg, x);
    x->in_handler = false;
}

// Hands the answer over, or waits for it.
static enum MHD_Result go_on(struct http_exchange *x) {
    if (!x->response && x->deferred) {
        exchange_suspend(x);
        return MHD_YES;
    }
    if (!x->response) {
        x->in_handler = true; // the handler forgot to answer
        http_reply_text(x, 500, "no answer\n");
        x->in_handler = false;
    }
    enum MHD_Result ok = MHD_queue_response(x->conn, x->status, x->response);
    MHD_destroy_response(x->response);
    x->response = NULL;
    return ok;
}

static enum MHD_Result first_look(struct http_exchange *x, const char *method) {
    struct header_count n = { 0 };
    x->seen = true;
    x->method = arena_strdup(&x->arena, method);
    (void)MHD_get_connection_values(x->conn, MHD_HEADER_KIND, count_header, &n);
    x->in_handler = true;
    bool refused = refuse(x, &n);
    x->in_handler = false;
    if (refused)
        return go_on(x);
    if (!x->server->early || (!n.body_bytes && !n.transfer_encoding))
        return MHD_YES;
    call_handler(x);
    if (x->deferred)
        abort(); // an early call answers at once or not at all
    return x->response ? go_on(x) : MHD_YES;
}

static enum MHD_Result on_access(void *arg, struct MHD_Connection *conn, const char *url, const char *method,
                                 const char *version, const char *data, size_t *data_bytes, void **context) {
    struct http_exchange *x = *context;
    (void)arg, (void)conn, (void)url, (void)version;
    if (!x)
        return MHD_NO;
    if (!x->seen)
        return first_look(x, method);
    if (*data_bytes) {
        // A chunked body has no announced length: swallow the rest, answer at its end.
        x->too_large = x->too_large || *data_bytes > x->server->max_body_bytes - x->body.n;
        if (!x->too_large)
            buf_add(&x->body, data, *data_bytes);
        else
            buf_done(&x->body);
        *data_bytes = 0;
        return MHD_YES;
    }
    if (x->too_large && !x->response) {
        x->in_handler = true;
        http_add_header(x, "Connection", "close");
        http_reply_text(x, 413, "request body too large\n");
        x->in_handler = false;
    }
    x->body_ready = true;
    if (!x->response)
        call_handler(x);
    return go_on(x);
}

/* ---- the daemon in the loop ---- */

static void serve(struct http_server *s);

static void on_timer(void *arg) {
    struct http_server *s = arg;
    s->timer = NULL;
    serve(s);
}

static void on_ready(void *arg, int fd, uint32_t events) {
    (void)fd, (void)events;
    serve(arg);
}

void server_serve_soon(struct http_server *s) {
    s->again = true;
    if (s->running)
        return; // serve looks when it is done
    loop_timer_cancel(s->timer);
    s->timer = loop_timer_add(s->loop, now_mono_ns(), on_timer, s);
}

/* At its limit of connections, or without descriptors, libmicrohttpd does not listen. It does again at the beginning of
 * the run after the one in which a connection ended. */
static bool connection_ended(struct http_server *s) {
    const union MHD_DaemonInfo *info = MHD_get_daemon_info(s->daemon, MHD_DAEMON_INFO_CURRENT_CONNECTIONS);
    unsigned before = s->n_connections;
    s->n_connections = info ? info->num_connections : 0;
    return s->n_connections < before;
}

static void serve(struct http_server *s) {
    s->running = true;
    s->again = false;
    (void)MHD_run(s->daemon);
    s->running = false;
    s->again = connection_ended(s) || s->again;
    loop_timer_cancel(s->timer);
    s->timer = NULL;
    unsigned long long ms = 0;
    if (s->again || MHD_get_timeout(s->daemon, &ms) == MHD_YES)
        s->timer = loop_timer_add(s->loop, now_mono_ns() + (int64_t)ms * NS_PER_MS, on_timer, s);
}

// libmicrohttpd's own complaints are about peers: nothing for our logs.
static void on_log(void *arg, const char *fmt, va_list ap) {
    (void)arg, (void)fmt, (void)ap;
}

static struct MHD_Daemon *daemon_start(struct http_server *s, const struct http_server_config *config,
                                       int fd) {
    unsigned memory = config->connection_memory_bytes ? config->connection_memory_bytes : 16384;
    struct MHD_OptionItem options[] = {
        { MHD_OPTION_EXTERNAL_LOGGER, (intptr_t)on_log, NULL },
        { MHD_OPTION_LISTEN_SOCKET, fd, NULL },
        { MHD_OPTION_CONNECTION_LIMIT, (intptr_t)s->max_connections, NULL },
        { MHD_OPTION_CONNECTION_TIMEOUT, config->idle_timeout_s ? config->idle_timeout_s : 60, NULL },
        { MHD_OPTION_CONNECTION_MEMORY_LIMIT, (intptr_t)memory, NULL },
        { MHD_OPTION_STRICT_FOR_CLIENT, 1, NULL },
        { MHD_OPTION_SIGPIPE_HANDLED_BY_APP, 1, NULL },
        { MHD_OPTION_URI_LOG_CALLBACK, (intptr_t)on_request_line, s },
        { MHD_OPTION_NOTIFY_COMPLETED, (intptr_t)on_completed, s },
        { MHD_OPTION_END, 0, NULL },
    };
    return MHD_start_daemon(MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME | MHD_USE_ERROR_LOG, 0, NULL, NULL,
                            on_access, s, MHD_OPTION_ARRAY, options, MHD_OPTION_END);
}

bool http_server_start(struct loop *l, const struct http_server_config *config, http_handler handler,
                       void *arg, struct http_server **out, struct err *err) {
    int fd = -1, port = 0;
    const char *unix_path = NULL;
    if (!listen_open(config->address, &fd, &port, &unix_path, err))
        return false;
    struct http_server *s = calloc(1, sizeof *s);
    if (!s)
        abort();
    *s = (struct http_server) {
        .loop = l, .handler = handler, .arg = arg, .early = config->early, .port = port
    };
    s->max_body_bytes = config->max_body_bytes ? config->max_body_bytes : LIMIT_SERVER_BODY_BYTES;
    s->max_connections = config->max_connections ? config->max_connections : 512;
    s->daemon = daemon_start(s, config, fd);
    if (!s->daemon) {
        close(fd);
        free(s);
        return err_set(err, ERR_IO, "listen %s: cannot start the HTTP server", config->address);
    }
    s->unix_path = unix_path ? strdup(unix_path) : NULL;
    const union MHD_DaemonInfo *info = MHD_get_daemon_info(s->daemon, MHD_DAEMON_INFO_EPOLL_FD);
    s->watch = loop_fd_add(l, info->epoll_fd, EPOLLIN, on_ready, s);
    *out = s;
    return true;
}

void http_server_stop(struct http_server *s) {
    if (!s)
        return;
    loop_fd_remove(s->watch);
    for (struct http_exchange *x = s->exchanges; x; x = x->next)
        exchange_resume(x); // libmicrohttpd must not stop with suspended connections
    loop_timer_cancel(s->timer);
    MHD_stop_daemon(s->daemon);
    if (s->unix_path)
        unlink(s->unix_path);
    free(s->unix_path);
    free(s);
}

int http_server_port(const struct http_server *s) {
    return s->port;
}
