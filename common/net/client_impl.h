// SPDX-License-Identifier: Apache-2.0
/* What the files of the HTTP client share; nobody else includes this.
 *
 * Every exchange is a call. A call belongs to the loop thread from the moment its start is worked off until it has
 * ended; the fields that other threads look at meanwhile are guarded by the client's lock and listed last. */
#ifndef NET_CLIENT_IMPL_H
#define NET_CLIENT_IMPL_H

#include "common/net/http.h"
#include "common/base/buf.h"
#include "common/base/map.h"

#include <curl/curl.h>
#include <pthread.h>

enum {
    IN_FLIGHT_PER_ORIGIN = 64,
    STREAMS_PER_WATCH_CONNECTION = 90, // API servers give 100
    EASY_POOL = 16,
    BODY_HIGH_BYTES = 128 * 1024, // an http_body that nobody reads holds this much
    BODY_LOW_BYTES = 32 * 1024,
};

enum call_kind { CALL_DO, CALL_ASYNC, CALL_BODY, CALL_WATCH };

enum call_todo { TODO_START = 1, TODO_CANCEL = 2, TODO_UNPAUSE = 4, TODO_CONNECTED = 8 };

/* One scheme://host:port: its calls in flight, and those waiting for one of them to end. Watches over HTTP/2 fill one
 * connection after the other: libcurl alone would open one connection for each watch that finds all others full. */
struct origin {
    unsigned n_active;
    struct http_call *first, *last; // waiting, linked by next_waiting
    struct http_call *pioneer;      // watches: opens a connection; the others wait for it
    unsigned n_connections;         // watches: as far as we know
    bool one_each;                  // watches: HTTP/1.1, every one has its own connection
};

struct multi {
    struct http_client *client;
    CURLM *curl;
    struct loop_timer *timer;
};

struct http_client {
    struct loop *loop;
    bool deny_link_local;
    // Loop thread only:
    struct multi requests, watches, bodies;
    CURL *idle[EASY_POOL];
    size_t n_idle;
    struct map origins, watch_origins;
    struct http_call *calls; // all that have started and not ended
    unsigned in_curl;        // > 0 inside of a libcurl callback: handles must not be added or removed

    pthread_mutex_t lock; // guards the rest, and the guarded part of calls; a leaf
    bool stopped, pump_posted;
    unsigned refs;                            // the owner, bodies, calls
    struct http_call *first_todo, *last_todo; // linked by next_todo
};

struct http_call {
    struct http_client *client;
    enum call_kind kind;
    struct arena arena; // request copy, response headers, error text
    struct http_request req;
    const char *origin_key;
    struct http_call *prev, *next, *next_waiting;
    bool started, active, waiting, ended;
    bool closed; // by its user: no callback any more

    CURL *easy;
    struct multi *multi;
    struct curl_slist *headers, *connect_to;
    char curl_text[CURL_ERROR_SIZE];
    size_t body_sent; // of req.body, when sent by callback
    bool refused_address;
    bool discard; // it has ended: what libcurl still holds goes nowhere
    struct loop_timer *timer;
    int64_t deadline_ns; // 0 = none
    int64_t stall_ns;    // 0 = none
    int64_t last_byte_ns;

    struct http_header *head;
    size_t n_head, cap_head, head_bytes;
    int status;
    bool head_done; // the final response's headers are complete
    size_t max_body_bytes, body_bytes;
    struct gunzip *gunzip; // NULL: the body is taken as it is
    struct err err;

    http_done_fn done; // CALL_ASYNC
    struct http_watch_callbacks watch;
    void *arg;

    // Guarded by client->lock:
    unsigned todo;
    struct http_call *next_todo;
    bool in_todo;
    pthread_cond_t changed; // CALL_DO, CALL_BODY
    bool head_ready, finished;
    unsigned refs; // CALL_BODY: the loop's and the reader's
    bool paused;
    size_t body_at;  // read position in body
    struct buf body; // CALL_DO, CALL_ASYNC: the loop's until finished
};

struct http_body {
    struct http_call call;
};

struct http_watch {
    struct http_call call;
};

// client_setup.c: configures call->easy from call->req. Errors: ERR_INVALID, ERR_IO (a CA file).
must_check bool call_setup(struct http_call *call, struct err *err);
// "scheme://host:port" in lower case, or "" when there is none.
const char *origin_of(struct arena *a, const struct http_request *req);
void request_copy(struct arena *a, const struct http_request *from, struct http_request *to);

// client_io.c: libcurl's callbacks for a call.
void call_hook(struct http_call *call);
void response_of(struct http_call *call, struct http_response *out);

// client_gzip.c
void gunzip_begin(struct http_call *call); // the headers are there
// Gives the unpacked bytes to put; false: put said so, or the bytes are no gzip (call->err is set).
bool gunzip_add(struct http_call *call, const char *p, size_t n,
                bool (*put)(struct http_call *, const char *, size_t));
bool gunzip_end(struct http_call *call); // false: cut short, call->err is set
void gunzip_done(struct http_call *call);

// client_multi.c
bool multi_add(struct multi *m,
               struct http_call *call); // makes the multi on first use; false: call->err is set
void multi_remove(struct http_call *call);
void multi_done(struct multi *m);
void multi_unpause(struct http_call *call);

// client_queue.c: what is in flight to each origin, and what waits. Loop thread, not inside of a libcurl callback.
void queue_enter(struct http_call *call);     // activates the call now or later
void queue_leave(struct http_call *call);     // an ended call: gives its place to the next in line
void queue_connected(struct http_call *call); // the pioneer has its headers

// client.c: takes a handle and begins.
void call_activate(struct http_call *call);
void call_todo_add(struct http_call *call, unsigned what); // takes the lock
// client.c: the exchange is over; call->err says how. Not inside of a libcurl callback.
void call_end(struct http_call *call);

// client_error.c: sets call->err for a failed transfer.
void call_fail(struct http_call *call, CURLcode rc);
// "Get \"https://host/path\"", without credentials and query.
const char *call_title(struct http_call *call);
void call_timed_out(struct http_call *call);

#endif
