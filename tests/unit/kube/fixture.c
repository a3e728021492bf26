// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/kube/fixture.h"

#include <errno.h>
#include <time.h>

#include "common/base/timeutil.h"

static void handle(void *arg, struct http_exchange *x) {
    struct fixture *f = arg;
    f->serve(f, x);
}

static void *run(void *arg) {
    loop_run(arg);
    return NULL;
}

void fixture_start(struct fixture *f, void (*serve)(struct fixture *f, struct http_exchange *x)) {
    autoarena a = { 0 };
    struct err err = { .a = &a };
    *f = (struct fixture) { .serve = serve };
    pthread_mutex_init(&f->lock, NULL);
    pthread_condattr_t attr;
    pthread_condattr_init(&attr);
    pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
    pthread_cond_init(&f->grew, &attr);
    pthread_condattr_destroy(&attr);
    f->loop = loop_new();
    struct http_server_config server = { .address = "127.0.0.1:0", .max_body_bytes = 1 << 20 };
    if (!http_server_start(f->loop, &server, handle, f, &f->server, &err))
        fail_msg("%s", err.msg);
    f->http = http_client_new(f->loop);
    struct kube_config config = { .server = arena_fmt(&a, "http://127.0.0.1:%d", http_server_port(f->server)),
                                  .ns = "default",
                                  .token = "s3cret",
                                  .context = "" };
    f->kube = kube_client_new(f->loop, f->http, &config);
    pthread_create(&f->thread, NULL, run, f->loop);
}

void fixture_stop(struct fixture *f) {
    loop_stop(f->loop);
    pthread_join(f->thread, NULL);
    http_client_free(f->http);
    http_server_stop(f->server);
    kube_client_unref(f->kube);
    loop_free(f->loop);
    buf_done(&f->log);
    pthread_mutex_destroy(&f->lock);
    pthread_cond_destroy(&f->grew);
}

void fixture_note(struct fixture *f, const char *fmt, ...) {
    va_list ap;
    va_start(ap, fmt);
    pthread_mutex_lock(&f->lock);
    buf_vfmt(&f->log, fmt, ap);
    buf_putc(&f->log, '\n');
    pthread_cond_broadcast(&f->grew);
    pthread_mutex_unlock(&f->lock);
    va_end(ap);
}

bool fixture_has(struct fixture *f, const char *text) {
    pthread_mutex_lock(&f->lock);
    bool has = f->log.p && strstr(f->log.p, text);
    pthread_mutex_unlock(&f->lock);
    return has;
}

void fixture_wait(struct fixture *f, const char *text) {
    int64_t end_ns = now_mono_ns() + 10 * NS_PER_S;
    struct timespec end = { end_ns / NS_PER_S, end_ns % NS_PER_S };
    int rc = 0;
    pthread_mutex_lock(&f->lock);
    while (!(f->log.p && strstr(f->log.p, text)) && rc != ETIMEDOUT)
        rc = pthread_cond_timedwait(&f->grew, &f->lock, &end);
    autoarena a = { 0 };
    const char *log = arena_strdup(&a, f->log.p ? f->log.p : "");
    pthread_mutex_unlock(&f->lock);
    if (rc == ETIMEDOUT)
        fail_msg("'%s' did not come; what came:\n%s", text, log);
}

struct posted {
    struct fixture *f;
    void (*fn)(void *arg);
    void *arg;
    bool done;
};

static void run_posted(void *arg) {
    struct posted *p = arg;
    p->fn(p->arg);
    pthread_mutex_lock(&p->f->lock);
    p->done = true;
    pthread_cond_broadcast(&p->f->grew);
    pthread_mutex_unlock(&p->f->lock);
}

void fixture_on_loop(struct fixture *f, void (*fn)(void *arg), void *arg) {
    struct posted p = { f, fn, arg, false };
    loop_post(f->loop, run_posted, &p);
    pthread_mutex_lock(&f->lock);
    while (!p.done)
        pthread_cond_wait(&f->grew, &f->lock);
    pthread_mutex_unlock(&f->lock);
}

struct line {
    struct fixture *f;
    const char *json;
};

static void write_line(void *arg) {
    struct line *l = arg;
    if (l->f->push) {
        http_push_write(l->f->push, str_of(l->json));
        http_push_write(l->f->push, STR("\n"));
    }
}

void fixture_push(struct fixture *f, const char *json) {
    fixture_on_loop(f, write_line, &(struct line) { f, json });
}

static void end_stream(void *arg) {
    struct fixture *f = arg;
    struct http_push *p = f->push;
    f->push = NULL;
    if (p)
        http_push_end(p);
}

void fixture_end(struct fixture *f) {
    fixture_on_loop(f, end_stream, f);
}

void reply_json(struct http_exchange *x, int status, const char *fmt, ...) {
    va_list ap;
    va_start(ap, fmt);
    struct buf b = { 0 };
    buf_vfmt(&b, fmt, ap);
    va_end(ap);
    for (size_t i = 0; i < b.n; i++) // rows are easier to read with single quotes
        b.p[i] = b.p[i] == '\'' ? '"' : b.p[i];
    http_reply(x, status, "application/json", buf_str(&b));
    buf_done(&b);
}
