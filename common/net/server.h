// SPDX-License-Identifier: Apache-2.0
/* HTTP server: libmicrohttpd driven by the loop; handlers run on the loop thread when the request is there with its whole body.
 *
 * A handler must answer, or http_defer() and answer later (from the loop thread). Ambiguous requests (two Content-Lengths, or one beside
 * Transfer-Encoding), %00 in the path and bodies over the limit are refused before the handler (400, 400, 413).
 * Connection limit and idle timeout come from http_server_config.
 */
#ifndef NET_SERVER_H
#define NET_SERVER_H

#include "common/net/http.h"

struct http_server;
struct http_exchange;
typedef void (*http_handler)(void *arg, struct http_exchange *x);

struct http_server_config {
    const char *address;      // ":8080", "127.0.0.1:0", "[::1]:80", or "unix:/path"
    size_t max_body_bytes;    // 0 = LIMIT_SERVER_BODY_BYTES
    unsigned max_connections; // 0 = 512
    unsigned idle_timeout_s;  // 0 = 60; open streams do not count as idle
    bool early; // call the handler before the body is there (to refuse early); it is called again with it.
                // http_body_ready tells the two apart; without a body there is only the second call
    unsigned connection_memory_bytes; // 0 = 16384: request line, headers and send buffer of one connection
};

must_check bool http_server_start(struct loop *l, const struct http_server_config *config,
                                  http_handler handler, void *arg, struct http_server **out, struct err *err);
/* NULL ok; closes all connections: on_close of the streams is called. Deferred exchanges may still be answered (into the void):
 * that frees them. */
void http_server_stop(struct http_server *s);
int http_server_port(const struct http_server *s);

// The request; texts live until the answer is queued.
const char *http_method(const struct http_exchange *x);
const char *http_path(const struct http_exchange *x);                   // decoded, without the query
const char *http_raw_target(const struct http_exchange *x);             // as sent, with the query
const char *http_query(const struct http_exchange *x, const char *key); // NULL: absent; "" for "?key"
// Calls fn for each query argument, in order.
void http_query_each(const struct http_exchange *x, void (*fn)(void *arg, const char *key, const char *value),
                     void *arg);
const char *http_request_header(const struct http_exchange *x, const char *name); // NULL: absent
struct str http_body_bytes(const struct http_exchange *x);                        // NUL-terminated
bool http_body_ready(const struct http_exchange *x);  // false only in an early call
struct arena *http_arena(struct http_exchange *x);    // lives until the exchange has ended
const char *http_peer(const struct http_exchange *x); // address of the other side, without port

// The answer. http_add_header before http_reply*.
void http_add_header(struct http_exchange *x, const char *name, const char *value);
void http_reply(struct http_exchange *x, int status, const char *content_type, struct str body); // copied
void http_reply_text(struct http_exchange *x, int status, const char *fmt, ...) printf_like(3, 4);
// Sends size bytes of the file from offset; takes the descriptor. HEAD is handled.
void http_reply_file(struct http_exchange *x, int status, const char *content_type, int take_fd,
                     uint64_t offset, uint64_t size);
void http_defer(struct http_exchange *x);

/* A stream of unknown length (a watch). Bytes are queued and sent as the peer takes them; when more than max_queued_bytes wait, the stream
 * is closed (a slow watcher must list again). on_close comes once, also after http_push_end; the http_push is gone then.
 * http_reply_stream returns NULL (and on_close does not come) for a deferred exchange whose server has stopped; http_push_* take NULL. */
struct http_push;
struct http_push *http_reply_stream(struct http_exchange *x, int status, const char *content_type,
                                    size_t max_queued_bytes, void (*on_close)(void *arg), void *arg);
bool http_push_write(struct http_push *p, struct str bytes); // false: closed (on_close has come or comes)
void http_push_end(struct http_push *p);
void http_push_abort(struct http_push *p); // drops the connection without a proper end

#endif
