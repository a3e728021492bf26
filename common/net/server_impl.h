// SPDX-License-Identifier: Apache-2.0
/* What the files of the HTTP server share; nobody else includes this. */
#ifndef NET_SERVER_IMPL_H
#define NET_SERVER_IMPL_H

#include "common/net/server.h"
#include "common/base/buf.h"

#include <microhttpd.h>

struct query_arg {
    const char *key, *value;
};

struct http_server {
    struct loop *loop;
    struct MHD_Daemon *daemon;
    struct loop_fd *watch; // libmicrohttpd's own epoll descriptor
    struct loop_timer *timer;
    bool running; // inside MHD_run
    bool again;   // something was resumed while libmicrohttpd ran: run it once more
    unsigned max_connections;
    unsigned n_connections; // after the last run
    http_handler handler;
    void *arg;
    size_t max_body_bytes;
    bool early;
    int port;
    char *unix_path; // NULL: TCP
    struct http_exchange *exchanges;
};

struct http_exchange {
    struct http_server *server;  // NULL once the server has stopped
    struct MHD_Connection *conn; // NULL once the request has ended
    struct http_exchange *prev, *next;
    struct arena arena;
    const char *raw_target, *path;
    const char *method;
    const char *peer; // found when asked for
    struct query_arg *args;
    size_t n_args;
    bool args_parsed;
    struct buf body;
    bool seen; // the headers have been looked at
    bool body_ready;
    bool in_handler;
    bool deferred; // the handler said so and has not answered yet
    bool suspended;
    bool too_large;
    struct { // what http_add_header collected
        const char *name, *value;
    } * headers;
    size_t n_headers, cap_headers;
    struct MHD_Response *response; // the answer, until libmicrohttpd has it
    unsigned status;
    struct http_push *push;
};

// listen.c: a bound, listening socket for ":80", "host:80", "[::1]:80", "unix:/path"; port 0 picks one.
must_check bool listen_open(const char *address, int *out_fd, int *out_port, const char **out_unix_path,
                            struct err *err);

// The exchange's response was set outside of the handler: lets libmicrohttpd go on.
void exchange_answer(struct http_exchange *x, unsigned status, struct MHD_Response *response);
void exchange_free(struct http_exchange *x);
void exchange_suspend(struct http_exchange *x);
void exchange_resume(struct http_exchange *x);
void server_serve_soon(struct http_server *s);
// server_push.c: the exchange has ended.
void push_ended(struct http_push *p);

#endif
