// SPDX-License-Identifier: Apache-2.0
// HTTP client: the calls other threads make, their hand-over to the loop thread, and the end of a call.
#include "common/net/client_impl.h"
#include "common/base/limits.h"
#include "common/base/timeutil.h"

#include <strings.h>

/* ---- life of the client ---- */

static void client_unref(struct http_client *c) {
    pthread_mutex_lock(&c->lock);
    bool last = --c->refs == 0;
    pthread_mutex_unlock(&c->lock);
    if (!last)
        return;
    pthread_mutex_destroy(&c->lock);
    free(c);
}

struct http_client *http_client_new(struct loop *l) {
    struct http_client *c = calloc(1, sizeof *c);
    if (!c || pthread_mutex_init(&c->lock, NULL) != 0)
        abort();
    c->loop = l;
    c->refs = 1;
    c->requests.client = c->watches.client = c->bodies.client = c;
    return c;
}

void http_client_allow_link_local(struct http_client *c, bool allow) {
    c->deny_link_local = !allow;
}

/* ---- calls ---- */

static void call_init(struct http_call *call, struct http_client *c, enum call_kind kind) {
    call->client = c;
    call->kind = kind;
    call->err.a = &call->arena;
    if (pthread_cond_init(&call->changed, NULL) != 0)
        abort();
}

static void call_done(struct http_call *call) {
    struct arena arena = call->arena;
    buf_done(&call->body);
    pthread_cond_destroy(&call->changed);
    arena_done(&arena);
}

// For calls on the heap; drops the reference to the client that call_enqueue took.
static void call_free(struct http_call *call) {
    struct http_client *c = call->client;
    call_done(call);
    free(call);
    client_unref(c);
}

static void cancel_err(struct http_call *call) {
    if (call->err.kind == ERR_NONE)
        (void)err_set(&call->err, ERR_CANCELED, "%s: context canceled", call_title(call));
}

static void pump(void *arg);

// Under the lock.
static void todo_add(struct http_call *call, unsigned what) {
    struct http_client *c = call->client;
    call->todo |= what;
    if (call->in_todo)
        return;
    call->in_todo = true;
    call->next_todo = NULL;
    if (c->last_todo)
        c->last_todo->next_todo = call;
    else
        c->first_todo = call;
    c->last_todo = call;
    if (!c->pump_posted) {
        c->pump_posted = true;
        loop_post(c->loop, pump, c);
    }
}

void call_todo_add(struct http_call *call, unsigned what) {
    pthread_mutex_lock(&call->client->lock);
    todo_add(call, what);
    pthread_mutex_unlock(&call->client->lock);
}

// False when the client has stopped.
static bool call_enqueue(struct http_call *call) {
    struct http_client *c = call->client;
    pthread_mutex_lock(&c->lock);
    bool ok = !c->stopped;
    c->refs++;
    if (ok)
        todo_add(call, TODO_START);
    pthread_mutex_unlock(&c->lock);
    return ok;
}

static struct http_call *todo_take(struct http_client *c, unsigned *what) {
    pthread_mutex_lock(&c->lock);
    struct http_call *call = c->first_todo;
    if (call) {
        c->first_todo = call->next_todo;
        if (!c->first_todo)
            c->last_todo = NULL;
        call->in_todo = false;
        *what = call->todo;
        call->todo = 0;
    }
    pthread_mutex_unlock(&c->lock);
    return call;
}

/* ---- on the loop thread ---- */

static void calls_link(struct http_call *call) {
    struct http_client *c = call->client;
    call->next = c->calls;
    if (call->next)
        call->next->prev = call;
    c->calls = call;
}

static void calls_unlink(struct http_call *call) {
    if (call->prev)
        call->prev->next = call->next;
    else
        call->client->calls = call->next;
    if (call->next)
        call->next->prev = call->prev;
    call->prev = call->next = NULL;
}

static int64_t next_check_ns(const struct http_call *call) {
    int64_t at = call->deadline_ns;
    if (call->stall_ns && (!at || call->last_byte_ns + call->stall_ns < at))
        at = call->last_byte_ns + call->stall_ns;
    return at;
}

static bool is_paused(struct http_call *call) {
    pthread_mutex_lock(&call->client->lock);
    bool paused = call->paused;
    pthread_mutex_unlock(&call->client->lock);
    return paused;
}

static void on_deadline(void *arg) {
    struct http_call *call = arg;
    int64_t now_ns = now_mono_ns();
    call->timer = NULL;
    if (call->stall_ns && is_paused(call))
        call->last_byte_ns = now_ns; // it is the reader who is slow
    if (next_check_ns(call) > now_ns) {
        call->timer = loop_timer_add(call->client->loop, next_check_ns(call), on_deadline, call);
        return;
    }
    call_timed_out(call);
    call_end(call);
}

void call_activate(struct http_call *call) {
    struct http_client *c = call->client;
    call->active = true;
    call->easy = c->n_idle ? c->idle[--c->n_idle] : curl_easy_init();
    if (!call->easy)
        abort();
    if (call_setup(call, &call->err) &&
        multi_add(call->kind == CALL_WATCH ? &c->watches : &c->requests, call))
        return;
    pthread_mutex_lock(
        &c->lock); // ended by the pump: ending it here would recurse once for each one that waits
    todo_add(call, TODO_CANCEL);
    pthread_mutex_unlock(&c->lock);
}

static void start(struct http_call *call) {
    int64_t timeout_ns = call->req.timeout_ns;
    if (!timeout_ns && call->kind != CALL_WATCH)
        timeout_ns = 60 * NS_PER_S;
    call->started = true;
    calls_link(call);
    call->last_byte_ns = now_mono_ns();
    call->deadline_ns = timeout_ns ? call->last_byte_ns + timeout_ns : 0;
    call->stall_ns = call->req.stall_timeout_ns;
    if (next_check_ns(call))
        call->timer = loop_timer_add(call->client->loop, next_check_ns(call), on_deadline, call);
    queue_enter(call);
}

static void easy_release(struct http_call *call) {
    struct http_client *c = call->client;
    if (!call->easy)
        return;
    multi_remove(call);
    curl_easy_reset(call->easy);
    if (c->n_idle < EASY_POOL)
        c->idle[c->n_idle++] = call->easy;
    else
        curl_easy_cleanup(call->easy);
    call->easy = NULL;
    curl_slist_free_all(call->headers);
    curl_slist_free_all(call->connect_to);
    call->headers = call->connect_to = NULL;
}

// Tells whoever waits. The call may be gone when this returns.
static void deliver(struct http_call *call) {
    struct http_client *c = call->client;
    struct http_response r;
    switch (call->kind) {
    case CALL_ASYNC:
        response_of(call, &r);
        if (!call->closed)
            call->done(call->arg, &call->arena, call->err.kind == ERR_NONE ? &r : NULL, &call->err);
        call_free(call);
        return;
    case CALL_WATCH:
        if (!call->closed && call->watch.on_end)
            call->watch.on_end(call->arg, &call->err);
        call_free(call);
        return;
    case CALL_DO:
    case CALL_BODY: break;
    }
    pthread_mutex_lock(&c->lock);
    call->finished = true;
    bool last = call->kind == CALL_BODY && --call->refs == 0;
    if (!last)
        pthread_cond_signal(&call->changed);
    pthread_mutex_unlock(&c->lock);
    if (last)
        call_free(call);
}

// Takes it off the to-do list: something was added while it ended.
static void todo_remove(struct http_call *call) {
    struct http_client *c = call->client;
    pthread_mutex_lock(&c->lock);
    struct http_call *before = NULL;
    for (struct http_call *t = call->in_todo ? c->first_todo : call; t != call; t = t->next_todo)
        before = t;
    if (call->in_todo) {
        if (before)
            before->next_todo = call->next_todo;
        else
            c->first_todo = call->next_todo;
        if (c->last_todo == call)
            c->last_todo = before;
    }
    call->in_todo = true; // and keeps others from adding it again
    pthread_mutex_unlock(&c->lock);
}

void call_end(struct http_call *call) {
    if (call->ended)
        return;
    call->ended = true;
    loop_timer_cancel(call->timer);
    call->timer = NULL;
    todo_remove(call);
    if (call->easy && call->err.kind == ERR_NONE && call->kind != CALL_BODY) {
        char *url = NULL;
        (void)curl_easy_getinfo(call->easy, CURLINFO_EFFECTIVE_URL, &url);
        call->req.url = arena_strdup(&call->arena, url ? url : call->req.url);
    }
    easy_release(call);
    gunzip_done(call);
    calls_unlink(call);
    queue_leave(call);
    deliver(call);
}

static void work_off(struct http_call *call, unsigned what) {
    if (what & TODO_START)
        start(call);
    else if (what & TODO_CANCEL) {
        cancel_err(call);
        call_end(call);
    } else if (what & TODO_CONNECTED)
        queue_connected(call);
    else if (what & TODO_UNPAUSE)
        multi_unpause(call);
}

static void pump(void *arg) {
    struct http_client *c = arg;
    pthread_mutex_lock(&c->lock);
    c->pump_posted = false;
    pthread_mutex_unlock(&c->lock);
    unsigned what;
    for (struct http_call *call; (call = todo_take(c, &what));) {
        if ((what & TODO_START) && (what & TODO_CANCEL)) { // taken back before it began
            call->started = true;
            calls_link(call);
            what = TODO_CANCEL;
        }
        work_off(call, what);
    }
}

void http_client_stop(struct http_client *c) {
    pthread_mutex_lock(&c->lock);
    c->stopped = true;
    pthread_mutex_unlock(&c->lock);
    loop_unpost(c->loop, pump, c);
    unsigned what;
    for (struct http_call *call; (call = todo_take(c, &what));)
        if (!call->started) {
            call->started = true;
            calls_link(call);
        }
    while (c->calls) {
        cancel_err(c->calls);
        call_end(c->calls);
    }
    multi_done(&c->requests);
    multi_done(&c->watches);
    multi_done(&c->bodies);
    while (c->n_idle)
        curl_easy_cleanup(c->idle[--c->n_idle]);
}

void http_client_free(struct http_client *c) {
    if (!c)
        return;
    http_client_stop(c);
    map_done(&c->origins);
    map_done(&c->watch_origins);
    client_unref(c);
}

/* ---- for other threads ---- */

static void wait_finished(struct http_call *call) {
    pthread_mutex_lock(&call->client->lock);
    while (!call->finished)
        pthread_cond_wait(&call->changed, &call->client->lock);
    pthread_mutex_unlock(&call->client->lock);
}

const char *http_header_get(const struct http_response *r, const char *name) {
    for (size_t i = 0; i < r->n_headers; i++)
        if (!strcasecmp(r->headers[i].name, name))
            return r->headers[i].value;
    return NULL;
}

static void response_copy(struct arena *a, const struct http_response *from, struct http_response *to) {
    *to = *from;
    struct http_header *h = arena_array(a, struct http_header, from->n_headers);
    for (size_t i = 0; i < from->n_headers; i++) {
        h[i].name = arena_strdup(a, from->headers[i].name);
        h[i].value = arena_strdup(a, from->headers[i].value);
    }
    to->headers = h;
    to->body = arena_str(a, from->body);
    to->effective_url = arena_strdup(a, from->effective_url);
}

static bool not_on_loop(struct http_client *c, struct err *err) {
    if (loop_is_thread(c->loop))
        return err_set(err, ERR_BUG, "an HTTP request must not wait on the loop thread");
    return true;
}

bool http_do(struct http_client *c, struct arena *a, const struct http_request *req,
             struct http_response *out, struct err *err) {
    if (!not_on_loop(c, err))
        return false;
    struct http_call call = { 0 };
    call_init(&call, c, CALL_DO);
    call.req = *req; // stays valid: we wait
    if (call_enqueue(&call))
        wait_finished(&call);
    else
        cancel_err(&call);
    bool ok = call.err.kind == ERR_NONE;
    if (ok) {
        struct http_response r;
        response_of(&call, &r);
        response_copy(a, &r, out);
    } else {
        (void)err_move(err, &call.err);
    }
    call_done(&call);
    client_unref(c);
    return ok;
}

// A call on the heap with a copy of the request.
static struct http_call *call_new(struct http_client *c, enum call_kind kind,
                                  const struct http_request *req) {
    struct http_call *call = calloc(1, sizeof *call);
    if (!call)
        abort();
    call_init(call, c, kind);
    request_copy(&call->arena, req, &call->req);
    return call;
}

// For a client that has stopped: the callback still comes from the loop, never from inside of http_start.
static void end_stopped(void *arg) {
    struct http_call *call = arg;
    cancel_err(call);
    deliver(call);
}

static void begin(struct http_call *call) {
    if (!call_enqueue(call))
        loop_post(call->client->loop, end_stopped, call);
}

struct http_call *http_start(struct http_client *c, const struct http_request *req, http_done_fn done,
                             void *arg) {
    struct http_call *call = call_new(c, CALL_ASYNC, req);
    call->done = done;
    call->arg = arg;
    begin(call);
    return call;
}

// Ends it without a callback; inside of a libcurl callback that waits for the next turn of the loop.
static void close_quietly(struct http_call *call) {
    struct http_client *c = call->client;
    call->closed = true;
    if (call->ended)
        return;
    if (call->started && !c->in_curl) {
        cancel_err(call);
        call_end(call);
        return;
    }
    pthread_mutex_lock(&c->lock);
    if (!c->stopped)
        todo_add(call, TODO_CANCEL);
    pthread_mutex_unlock(&c->lock);
}

void http_call_cancel(struct http_call *call) {
    close_quietly(call);
}

struct http_watch *http_watch_open(struct http_client *c, const struct http_request *req,
                                   const struct http_watch_callbacks *cb, void *arg) {
    struct http_call *call = call_new(c, CALL_WATCH, req);
    call->watch = *cb;
    call->arg = arg;
    struct http_watch *w = container_of(call, struct http_watch, call);
    begin(call);
    return w;
}

void http_watch_close(struct http_watch *w) {
    if (w)
        close_quietly(&w->call);
}

/* ---- bodies that are read as they come ---- */

bool http_open(struct http_client *c, struct arena *a, const struct http_request *req,
               struct http_response *out, struct http_body **out_body, struct err *err) {
    if (!not_on_loop(c, err))
        return false;
    struct http_call *call = call_new(c, CALL_BODY, req);
    struct http_body *b = container_of(call, struct http_body, call);
    call->refs = 2;
    if (!call_enqueue(call)) {
        cancel_err(call);
        call->finished = true;
        call->refs = 1;
    }
    pthread_mutex_lock(&c->lock);
    while (!call->head_ready && !call->finished)
        pthread_cond_wait(&call->changed, &c->lock);
    bool ok = call->head_ready;
    if (ok) {
        struct http_response r = { .status = call->status,
                                   .headers = call->head,
                                   .n_headers = call->n_head,
                                   .body = STR(""),
                                   .effective_url = call->req.url };
        response_copy(a, &r, out);
    }
    pthread_mutex_unlock(&c->lock);
    if (!ok) {
        (void)err_move(err, &call->err);
        http_close(&b);
        return false;
    }
    *out_body = b;
    return true;
}

bool http_read(struct http_body *b, void *to, size_t cap, size_t *out_n, struct err *err) {
    struct http_call *call = &b->call;
    struct http_client *c = call->client;
    pthread_mutex_lock(&c->lock);
    while (call->body_at == call->body.n && !call->finished)
        pthread_cond_wait(&call->changed, &c->lock);
    size_t n = call->body.n - call->body_at;
    bool failed = n == 0 && call->err.kind != ERR_NONE; // finished: nobody else writes err
    if (n > cap)
        n = cap;
    if (n) {
        memcpy(to, call->body.p + call->body_at, n);
        call->body_at += n;
        if (call->body_at == call->body.n) {
            call->body_at = 0;
            buf_clear(&call->body);
        }
        if (call->paused && call->body.n - call->body_at < BODY_LOW_BYTES && !call->finished && !c->stopped)
            todo_add(call, TODO_UNPAUSE);
    }
    pthread_mutex_unlock(&c->lock);
    if (failed) {
        struct err again = call->err;
        return err_move(err, &again);
    }
    *out_n = n;
    return true;
}

void http_close(struct http_body **body) {
    struct http_body *b = *body;
    if (!b)
        return;
    *body = NULL;
    struct http_client *c = b->call.client;
    pthread_mutex_lock(&c->lock);
    bool last = --b->call.refs == 0;
    if (!last && !c->stopped && !b->call.finished)
        todo_add(&b->call, TODO_CANCEL);
    pthread_mutex_unlock(&c->lock);
    if (last)
        call_free(&b->call);
}
