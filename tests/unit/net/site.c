// SPDX-License-Identifier: Apache-2.0
// What the tests' site answers.
#include "tests/unit/net/site.h"
#include "common/base/buf.h"

#include <fcntl.h>

static void answer_echo(struct http_exchange *x) {
    struct arena *a = http_arena(x);
    const char *auth = http_request_header(x, "Authorization");
    struct str body = http_body_bytes(x);
    const char *text = arena_fmt(
        a, "%s %s|q=%s|auth=%s|type=%s|agent=%s|xfoo=%s|%.*s", http_method(x), http_path(x),
        http_query(x, "q") ? http_query(x, "q") : "-", auth ? auth : "-",
        http_request_header(x, "Content-Type") ? http_request_header(x, "Content-Type") : "-",
        http_request_header(x, "User-Agent") ? http_request_header(x, "User-Agent") : "-",
        http_request_header(x, "X-Foo") ? http_request_header(x, "X-Foo") : "-", (int)body.n, body.p);
    http_add_header(x, "X-Reply", "one");
    http_reply(x, 200, "text/plain", str_of(text));
}

static void redirect(struct http_exchange *x, int status, const char *to) {
    http_add_header(x, "Location", to);
    http_reply_text(x, status, "moved\n");
}

static void on_push_closed(void *arg) {
    struct site *s = arg;
    s->n_closed++;
}

static void open_push(struct site *s, struct http_exchange *x) {
    struct http_push *p = http_reply_stream(x, 200, "application/json", 1 << 20, on_push_closed, s);
    s->n_opened++;
    if (s->n_pushes < 64)
        s->pushes[s->n_pushes++] = p;
    http_push_write(p, STR("hello\n"));
}

static void answer_big(struct http_exchange *x) {
    char *big = arena_alloc(http_arena(x), BIG_BYTES);
    for (size_t i = 0; i < BIG_BYTES; i++)
        big[i] = (char)(i * 31 >> 8);
    http_reply(x, 200, "application/octet-stream", str_make(big, BIG_BYTES));
}

static void keep_silent(struct site *s, struct http_exchange *x) {
    http_defer(x);
    s->silent[s->n_silent++ % 128] = x;
}

static void create(struct site *s, struct http_exchange *x) {
    s->n_created++;
    http_reply_text(x, 201, "created");
}

static void push_to_all(struct site *s, struct http_exchange *x) {
    for (int i = 0; i < s->n_pushes; i++)
        http_push_write(s->pushes[i], STR("pushed\n"));
    http_reply_text(x, 200, "done");
}

void site_handle(void *arg, struct http_exchange *x) {
    struct site *s = arg;
    const char *path = http_path(x);
    if (text_eq(path, "/redirect"))
        redirect(x, 302, "/echo?q=redirected");
    else if (text_eq(path, "/redirect307"))
        redirect(x, 307, "/echo");
    else if (text_eq(path, "/away"))
        redirect(x, 302, arena_fmt(http_arena(x), "%s/echo", s->other_base));
    else if (text_eq(path, "/forever"))
        redirect(x, 302, "/forever");
    else if (text_eq(path, "/file-scheme"))
        redirect(x, 302, "file:///etc/passwd");
    else if (text_eq(path, "/big"))
        answer_big(x);
    else if (text_eq(path, "/watch"))
        open_push(s, x);
    else if (text_eq(path, "/push"))
        push_to_all(s, x);
    else if (text_eq(path, "/silent"))
        keep_silent(s, x);
    else if (text_eq(path, "/status"))
        http_reply_text(x, 503, "busy");
    else if (text_eq(path, "/create"))
        create(s, x);
    else if (text_eq(path, "/passwd"))
        http_reply_file(x, 200, "text/plain", open("/proc/self/exe", O_RDONLY | O_CLOEXEC), 1, 3);
    else
        answer_echo(x);
}

void site_start(struct site *s) {
    memset(s, 0, sizeof *s);
    fixture_start(&s->f, NULL, site_handle, s);
}

// What was left unanswered is answered into the void.
void site_answer_silent(struct site *s) {
    for (int i = 0; i < s->n_silent; i++)
        http_reply_text(s->silent[i], 200, "late");
}

void site_stop(struct site *s) {
    fixture_stop(&s->f);
    site_answer_silent(s);
}

const char *site_url(struct arena *a, const struct site *s, const char *path) {
    return arena_fmt(a, "%s%s", s->f.base, path);
}
