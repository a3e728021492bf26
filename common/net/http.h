// SPDX-License-Identifier: Apache-2.0
/* HTTP client: pooled connections on the loop thread (libcurl multi), HTTP/2 where the server has it.
 *
 * Three multis: requests never queue behind watches (libraries.md: 100 streams per HTTP/2 connection; http_watch_open opens another
 * connection at 90), and what http_open reads has a connection of its own (HTTP/1.1: only there can a slow reader hold the server
 * back). At most 64 requests are in flight to one scheme://host:port; more wait in line.
 *
 * Threads  http_do, http_open/read/close: any thread but the loop's; they hand the work to the loop and wait.
 *          http_start: any thread; its callback runs on the loop thread. http_watch_*: loop thread.
 * Limits   max_body_bytes (default LIMIT_HTTP_BODY_BYTES), LIMIT_HTTP_HEADER_BYTES, 10 redirects (only to http and https,
 *          credentials are not sent to another host).
 * Errors   ERR_TIMEOUT ("... context deadline exceeded"), ERR_IO (refused, reset, TLS: curl's words, without credentials), ERR_LIMIT,
 *          ERR_CANCELED. A status of 400 or more is *not* an error: look at response.status.
 * Environment proxies never apply unless http_request.use_env_proxy says so.
 */
#ifndef NET_HTTP_H
#define NET_HTTP_H

#include "common/net/loop.h"

struct http_tls {
    const char *ca_pem;     // NULL: the system's CAs
    bool ca_adds_to_system; // ca_pem and the system's
    const char *cert_pem, *key_pem;
    const char *server_name; // NULL: from the URL
    bool insecure;           // no verification
};

struct http_request {
    const char *method; // NULL = GET
    const char *url;
    const char *const *headers; // "Name: value", NULL-terminated; NULL = none
    struct str body;            // sent with Content-Length when body.p is set
    int64_t timeout_ns;         // whole exchange; 0 = 60 s
    int64_t connect_timeout_ns; // 0 = 10 s
    int64_t stall_timeout_ns;   // http_open: no byte for this long; 0 = timeout_ns
    size_t max_body_bytes;
    const struct http_tls *tls;
    const char *user, *password; // basic auth
    const char *bearer;
    const char *proxy; // URL, may hold user:password
    const char *no_proxy;
    bool use_env_proxy;
    bool no_redirects;
    bool gzip;               // asks for gzip and unpacks it: max_body_bytes counts unpacked bytes
    bool retry_safe;         // POST, PATCH that may be sent again when a pooled connection turns out closed
    const char *unix_socket; // NULL: TCP
};

struct http_header {
    const char *name, *value;
};

struct http_response {
    int status;
    const struct http_header *headers; // of the last response of a redirect chain
    size_t n_headers;
    struct str body; // NUL-terminated
    const char *effective_url;
};

struct http_client;
struct http_client *http_client_new(struct loop *l);
/* Shutdown: open exchanges end with ERR_CANCELED, later ones at once. On the loop thread (not in a watch callback), or after loop_run
 * returned. Then join the threads that use the client, then http_client_free. */
void http_client_stop(struct http_client *c);
// Whether connections to link-local addresses (cloud metadata services) are made; default true. Flux: --allow-link-local. Before first use.
void http_client_allow_link_local(struct http_client *c, bool allow);
void http_client_free(
    struct http_client *c); // on the loop thread, or after it ended; open exchanges end with ERR_CANCELED

// Value of the first header of that name (any case); NULL when absent.
const char *http_header_get(const struct http_response *r, const char *name);

must_check bool http_do(struct http_client *c, struct arena *a, const struct http_request *req,
                        struct http_response *out, struct err *err);

/* Many in flight: `done` runs on the loop thread, with an arena that lives for the call. The request is copied.
 * http_start can be called from `done`. */
struct http_call;
typedef void (*http_done_fn)(void *arg, struct arena *a, const struct http_response *response,
                             const struct err *err);
struct http_call *http_start(struct http_client *c, const struct http_request *req, http_done_fn done,
                             void *arg);
void http_call_cancel(struct http_call *call); // loop thread, before done ran: done is not called any more

/* A body that is read as it comes, with back-pressure (the connection is paused while nobody reads). Worker threads.
 * http_open returns when the headers are there. http_read: *out_n 0 = end. Always http_close. */
struct http_body;
must_check bool http_open(struct http_client *c, struct arena *a, const struct http_request *req,
                          struct http_response *out, struct http_body **out_body, struct err *err);
must_check bool http_read(struct http_body *b, void *to, size_t cap, size_t *out_n, struct err *err);
void http_close(struct http_body **b); // for AUTO(http_close); NULL ok

/* A long stream on the watch multi. Callbacks on the loop thread. on_end comes exactly once, unless http_watch_close came first. */
struct http_watch_callbacks {
    void (*on_headers)(void *arg, const struct http_response *r); // body empty
    bool (*on_data)(void *arg, struct str bytes);     // false: end it (on_end follows, ERR_CANCELED)
    void (*on_end)(void *arg, const struct err *err); // err->kind ERR_NONE: the server ended it in order
};
struct http_watch;
struct http_watch *http_watch_open(struct http_client *c, const struct http_request *req,
                                   const struct http_watch_callbacks *cb, void *arg);
void http_watch_close(struct http_watch *w); // NULL ok; safe in callbacks

/* ---- URLs ---- */
struct url {
    const char *scheme, *user, *password, *host, *path, *query,
        *fragment; // decoded user/password; path as written; NULL = absent
    int port;      // 0 = none written
};
// Errors: ERR_INVALID in Go's words: parse "x": first path segment in URL cannot contain colon.
must_check bool url_parse(struct arena *a, const char *text, struct url *out, struct err *err);
char *url_escape(struct arena *a, struct str s);      // query component
char *url_path_escape(struct arena *a, struct str s); // path segment
must_check bool url_unescape(struct arena *a, struct str s, bool plus_is_space, struct str *out);
// The URL with user:password replaced by nothing, for messages.
char *url_redacted(struct arena *a, const char *text);

#endif
