// SPDX-License-Identifier: Apache-2.0
// Client against the own server on loopback, and against servers that misbehave.
#include "tests/unit/net/fixture.h"
#include "common/base/buf.h"
#include "common/base/timeutil.h"
#include "tests/unit/check.h"

#include <fcntl.h>
#include <stdatomic.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#define BIG_BYTES (8u << 20)

struct site {
    struct fixture f;
    struct http_push *pushes[64];
    int n_pushes;
    atomic_int n_closed, n_created, n_opened, n_silent;
    struct http_exchange *silent[128]; // answered when the site stops
    char other_base[64];               // another origin with the same handler
};

/* ---- the server's side ---- */

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

static void handle(void *arg, struct http_exchange *x) {
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

static void start(struct site *s) {
    memset(s, 0, sizeof *s);
    fixture_start(&s->f, NULL, handle, s);
}

// What was left unanswered is answered into the void.
static void answer_silent(struct site *s) {
    for (int i = 0; i < s->n_silent; i++)
        http_reply_text(s->silent[i], 200, "late");
}

static void stop(struct site *s) {
    fixture_stop(&s->f);
    answer_silent(s);
}

static const char *at(struct arena *a, const struct site *s, const char *path) {
    return arena_fmt(a, "%s%s", s->f.base, path);
}

/* ---- plain requests ---- */

static void test_requests(void **state) {
    (void)state;
    struct site s;
    start(&s);
    const struct {
        const char *name;
        struct http_request req; // url: the path
        int status;
        const char *body;
    } rows[] = {
        { "get",
          { .url = "/a%20b?q=1%202" },
          200,
          "GET /a b|q=1 2|auth=-|type=-|agent=runnel/0.1.0|xfoo=-|" },
        { "blank in url", { .url = "/a b" }, 200, "GET /a b|q=-|auth=-|type=-|agent=runnel/0.1.0|xfoo=-|" },
        { "post",
          { .url = "/p", .method = "POST", .body = STR("data") },
          200,
          "POST /p|q=-|auth=-|type=-|agent=runnel/0.1.0|xfoo=-|data" },
        { "post nothing",
          { .url = "/p", .method = "POST" },
          200,
          "POST /p|q=-|auth=-|type=-|agent=runnel/0.1.0|xfoo=-|" },
        { "patch",
          { .url = "/p",
            .method = "PATCH",
            .body = STR("x"),
            .headers = (const char *[]) { "Content-Type: a/b", NULL } },
          200,
          "PATCH /p|q=-|auth=-|type=a/b|agent=runnel/0.1.0|xfoo=-|x" },
        { "put",
          { .url = "/p", .method = "PUT", .body = STR("") },
          200,
          "PUT /p|q=-|auth=-|type=-|agent=runnel/0.1.0|xfoo=-|" },
        { "delete",
          { .url = "/p", .method = "DELETE" },
          200,
          "DELETE /p|q=-|auth=-|type=-|agent=runnel/0.1.0|xfoo=-|" },
        { "head", { .url = "/p", .method = "HEAD" }, 200, "" },
        { "basic",
          { .url = "/p", .user = "u", .password = "p:w" },
          200,
          "GET /p|q=-|auth=Basic dTpwOnc=|type=-|agent=runnel/0.1.0|xfoo=-|" },
        { "bearer",
          { .url = "/p", .bearer = "tok" },
          200,
          "GET /p|q=-|auth=Bearer tok|type=-|agent=runnel/0.1.0|xfoo=-|" },
        { "headers",
          { .url = "/p", .headers = (const char *[]) { "X-Foo: bar", "User-Agent: me", NULL } },
          200,
          "GET /p|q=-|auth=-|type=-|agent=me|xfoo=bar|" },
        { "empty header",
          { .url = "/p", .headers = (const char *[]) { "X-Foo:", NULL } },
          200,
          "GET /p|q=-|auth=-|type=-|agent=runnel/0.1.0|xfoo=|" },
        { "redirect",
          { .url = "/redirect", .user = "u", .password = "p" },
          200,
          "GET /echo|q=redirected|auth=Basic dTpw|type=-|agent=runnel/0.1.0|xfoo=-|" },
        { "post redirect",
          { .url = "/redirect", .method = "POST", .body = STR("b") },
          200,
          "GET /echo|q=redirected|auth=-|type=-|agent=runnel/0.1.0|xfoo=-|" },
        { "post 307",
          { .url = "/redirect307", .method = "POST", .body = STR("body") },
          200,
          "POST /echo|q=-|auth=-|type=-|agent=runnel/0.1.0|xfoo=-|body" },
        { "no redirects", { .url = "/redirect", .no_redirects = true }, 302, "moved\n" },
        { "status", { .url = "/status" }, 503, "busy" },
        { "file", { .url = "/passwd" }, 200, "ELF" },
        { "NUL in path", { .url = "/a%00b" }, 400, "bad request\n" },
    };
    for (size_t i = 0; i < countof(rows); i++) {
        autoarena a = { 0 };
        struct err err = { .a = &a };
        struct http_request req = rows[i].req;
        req.url = at(&a, &s, req.url);
        struct http_response r = { 0 };
        bool ok = http_do(s.f.client, &a, &req, &r, &err);
        check_row(rows[i].name, ok && r.status == rows[i].status && str_is(r.body, rows[i].body),
                  "got %d '%s' %s", r.status, r.body.p, ok ? "" : err.msg);
    }
    stop(&s);
    check_done();
}

static void test_credentials_stay_with_their_host(void **state) {
    (void)state;
    struct site s, other;
    start(&s);
    start(&other);
    autoarena a = { 0 };
    struct err err = { .a = &a };
    snprintf(s.other_base, sizeof s.other_base, "%s", other.f.base);
    struct http_request req = { .url = at(&a, &s, "/away"), .user = "u", .password = "secret" };
    struct http_response r = { 0 };
    bool ok = http_do(s.f.client, &a, &req, &r, &err);
    check_row("basic", ok && strstr(r.body.p, "auth=-"), "got %s", ok ? r.body.p : err.msg);
    err_clear(&err);
    req = (struct http_request) { .url = at(&a, &s, "/away"), .bearer = "secret" };
    ok = http_do(s.f.client, &a, &req, &r, &err);
    check_row("bearer", ok && strstr(r.body.p, "auth=-"), "got %s", ok ? r.body.p : err.msg);
    check_row("effective url", ok && text_starts(r.effective_url, other.f.base), "got %s", r.effective_url);
    stop(&s);
    stop(&other);
    check_done();
}

static void test_errors(void **state) {
    (void)state;
    struct site s;
    start(&s);
    const struct {
        const char *name;
        struct http_request req;
        enum err_kind kind;
        const char *text; // PORT and BASE are replaced
    } rows[] = {
        { "refused",
          { .url = "http://127.0.0.1:1/x?token=s" },
          ERR_IO,
          "Get \"http://127.0.0.1:1/x\": dial tcp 127.0.0.1:1: connect: connection refused" },
        { "no host",
          { .url = "http://does-not-exist.invalid/" },
          ERR_IO,
          "Get \"http://does-not-exist.invalid/\": dial tcp: lookup does-not-exist.invalid: no such host" },
        { "secret in url",
          { .url = "http://u:secret@127.0.0.1:1/x" },
          ERR_IO,
          "Get \"http://127.0.0.1:1/x\": dial tcp 127.0.0.1:1: connect: connection refused" },
        { "scheme",
          { .url = "ftp://h/x" },
          ERR_INVALID,
          "Get \"ftp://h/x\": unsupported protocol scheme \"ftp\"" },
        { "not a url", { .url = ":x" }, ERR_INVALID, "parse \":x\": missing protocol scheme" },
        { "host missing",
          { .url = "http:///x" },
          ERR_INVALID,
          "Get \"http:///x\": http: no Host in request URL" },
        { "timeout",
          { .url = "/silent", .timeout_ns = 200 * NS_PER_MS },
          ERR_TIMEOUT,
          "Get \"BASE/silent\": context deadline exceeded" },
        { "redirects", { .url = "/forever" }, ERR_IO, "Get \"BASE/forever\": stopped after 10 redirects" },
        { "redirect to a file",
          { .url = "/file-scheme" },
          ERR_IO,
          "Get \"BASE/file-scheme\": redirect to an unsupported protocol scheme" },
        { "limit",
          { .url = "/big", .max_body_bytes = 1000 },
          ERR_LIMIT,
          "Get \"BASE/big\": response body is larger than 1000 bytes" },
        { "header injection",
          { .url = "/", .headers = (const char *[]) { "A: b\r\nC: d", NULL } },
          ERR_INVALID,
          "Get \"BASE/\": net/http: invalid header field value for \"A\"" },
        { "bad method",
          { .url = "/", .method = "GE T" },
          ERR_INVALID,
          "Ge t \"BASE/\": net/http: invalid method \"GE T\"" },
        { "https to http",
          { .url = "https://127.0.0.1:PORT/" },
          ERR_IO,
          "Get \"https://127.0.0.1:PORT/\": " },
    };
    for (size_t i = 0; i < countof(rows); i++) {
        autoarena a = { 0 };
        struct err err = { .a = &a };
        struct http_request req = rows[i].req;
        const char *port = strrchr(s.f.base, ':') + 1, *text = rows[i].text, *mark;
        if (*req.url == '/')
            req.url = at(&a, &s, req.url);
        if ((mark = strstr(req.url, "PORT")))
            req.url = arena_fmt(&a, "%.*s%s%s", (int)(mark - req.url), req.url, port, mark + 4);
        if ((mark = strstr(text, "BASE")))
            text = arena_fmt(&a, "%.*s%s%s", (int)(mark - text), text, s.f.base, mark + 4);
        if ((mark = strstr(text, "PORT")))
            text = arena_fmt(&a, "%.*s%s%s", (int)(mark - text), text, port, mark + 4);
        struct http_response r = { 0 };
        bool ok = http_do(s.f.client, &a, &req, &r, &err);
        bool same = !ok && (text_ends(text, ": ") ? text_starts(err.msg, text) : text_eq(err.msg, text));
        check_row(rows[i].name, same && err.kind == rows[i].kind, "got %s: %s", err_kind_name(err.kind),
                  ok ? "no error" : err.msg);
    }
    stop(&s);
    check_done();
}

/* ---- servers that misbehave ---- */

static void raw_stall(int conn) {
    char c;
    raw_send(conn, "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf");
    while (read(conn, &c, 1) > 0)
        ;
}

static void serve_raw(int conn, int nth, void *arg) {
    const char *what = arg;
    struct linger now = { .l_onoff = 1 };
    (void)raw_read_head(conn);
    if (text_eq(what, "reset"))
        setsockopt(conn, SOL_SOCKET, SO_LINGER, &now, sizeof now);
    else if (text_eq(what, "half"))
        raw_send(conn, "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf");
    else if (text_eq(what, "half chunk"))
        raw_send(conn, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n10\r\nhalf");
    else if (text_eq(what, "chunked"))
        raw_send(conn, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nConnection: "
                       "close\r\n\r\n4\r\nhalf\r\n0\r\nX-T: 1\r\n\r\n");
    else if (text_eq(what, "until close"))
        raw_send(conn, "HTTP/1.0 200 OK\r\nX: y\r\n\r\nall of it");
    else if (text_eq(what, "hundred"))
        raw_send(conn, "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 204 No Content\r\nX: y\r\n\r\n");
    else if (text_eq(what, "garbage"))
        raw_send(conn, "SSH-2.0-OpenSSH\r\n\r\n");
    else if (text_eq(what, "stall"))
        raw_stall(conn);
    else if (text_eq(what, "headers")) {
        raw_send(conn, "HTTP/1.1 200 OK\r\n");
        for (int i = 0; i < 80; i++) {
            char line[1100];
            snprintf(line, sizeof line, "X-%d: %01000d\r\n", i, i);
            raw_send(conn, line);
        }
        raw_send(conn, "\r\n");
    }
    (void)nth;
}

static void test_bad_servers(void **state) {
    (void)state;
    struct fixture f;
    fixture_start(&f, NULL, handle, NULL);
    static const struct {
        const char *what, *want;
        enum err_kind kind;
    } rows[] = {
        { "close", "EOF", ERR_IO },
        { "reset", "read: connection reset by peer", ERR_IO },
        { "half", "unexpected EOF", ERR_IO },
        { "half chunk", "unexpected EOF", ERR_IO },
        { "chunked", "200 half", ERR_NONE },
        { "until close", "200 all of it", ERR_NONE },
        { "hundred", "204 ", ERR_NONE },
        { "garbage", "net/http: HTTP/1.x transport connection broken: malformed HTTP response", ERR_IO },
        { "headers", "response headers are larger than 65536 bytes", ERR_LIMIT },
        { "stall", "no data received: context deadline exceeded", ERR_TIMEOUT },
    };
    for (size_t i = 0; i < countof(rows); i++) {
        autoarena a = { 0 };
        struct err err = { .a = &a };
        struct raw_server raw;
        raw_start(&raw, serve_raw, (void *)rows[i].what);
        const char *url = arena_fmt(&a, "http://127.0.0.1:%d/x", raw.port);
        struct http_request req = { .url = url,
                                    .timeout_ns = 5 * NS_PER_S,
                                    .stall_timeout_ns = 300 * NS_PER_MS };
        struct http_response r = { 0 };
        bool ok = http_do(f.client, &a, &req, &r, &err);
        const char *got = ok ? arena_fmt(&a, "%d %s", r.status, r.body.p) : err.msg;
        const char *want = ok ? rows[i].want : arena_fmt(&a, "Get \"%s\": %s", url, rows[i].want);
        check_row(rows[i].what, err.kind == rows[i].kind && text_eq(got, want), "got %s: %s",
                  err_kind_name(err.kind), got);
        raw_stop(&raw);
    }
    fixture_stop(&f);
    check_done();
}

// Answers the first request of a connection, then closes it when the next one comes.
struct flaky {
    atomic_int requests;
};

static void serve_flaky(int conn, int nth, void *arg) {
    struct flaky *f = arg;
    f->requests += raw_read_head(conn);
    raw_send(conn, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
    if (nth == 0)
        f->requests += raw_read_head(conn); // the second one gets no answer
}

static void test_pooled_connection_that_dies(void **state) {
    (void)state;
    const struct {
        const char *name;
        struct http_request req;
        bool ok;
        int requests; // that arrived
    } rows[] = {
        { "get is sent again", { .url = "" }, true, 3 },
        { "post is not", { .url = "", .method = "POST", .body = STR("x") }, false, 2 },
        { "unless it may", { .url = "", .method = "POST", .body = STR("x"), .retry_safe = true }, true, 3 },
    };
    for (size_t i = 0; i < countof(rows); i++) {
        autoarena a = { 0 };
        struct err err = { .a = &a };
        struct fixture f;
        struct flaky flaky = { 0 };
        struct raw_server raw;
        fixture_start(&f, NULL, handle, NULL);
        raw_start(&raw, serve_flaky, &flaky);
        struct http_request req = { .url = arena_fmt(&a, "http://127.0.0.1:%d/x", raw.port) };
        struct http_response r;
        bool first = http_do(f.client, &a, &req, &r, &err);
        struct http_request second = rows[i].req;
        second.url = req.url;
        bool ok = first && http_do(f.client, &a, &second, &r, &err);
        check_row(rows[i].name, ok == rows[i].ok && flaky.requests == rows[i].requests,
                  "ok %d, %d requests, %s", ok, flaky.requests, err.msg ? err.msg : "");
        fixture_stop(&f);
        raw_stop(&raw);
    }
    check_done();
}

/* ---- many ---- */

static void test_sequential(void **state) {
    (void)state;
    struct site s;
    start(&s);
    int good = 0;
    for (int i = 0; i < 2000; i++) {
        autoarena a = { 0 };
        struct err err = { .a = &a };
        struct http_request req = { .url = at(&a, &s, "/create"), .method = "POST", .body = STR("x") };
        struct http_response r;
        good += http_do(s.f.client, &a, &req, &r, &err) && r.status == 201;
    }
    assert_int_equal(good, 2000);
    assert_int_equal(s.n_created, 2000);
    stop(&s);
}

static void *many_of_one_thread(void *arg) {
    struct site *s = arg;
    for (int i = 0; i < 10; i++) {
        autoarena a = { 0 };
        struct err err = { .a = &a };
        struct http_request req = { .url = at(&a, s, "/create") };
        struct http_response r;
        if (!http_do(s->f.client, &a, &req, &r, &err))
            fprintf(stderr, "%s\n", err.msg);
    }
    return NULL;
}

static void test_parallel_threads(void **state) {
    (void)state;
    struct site s;
    start(&s);
    pthread_t t[20];
    for (size_t i = 0; i < countof(t); i++)
        pthread_create(&t[i], NULL, many_of_one_thread, &s);
    for (size_t i = 0; i < countof(t); i++)
        pthread_join(t[i], NULL);
    assert_int_equal(s.n_created, 200);
    stop(&s);
}

struct batch {
    struct site *s;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    int done, failed, started;
};

static void on_batch_done(void *arg, struct arena *a, const struct http_response *r, const struct err *err) {
    struct batch *b = arg;
    pthread_mutex_lock(&b->lock);
    b->done++;
    b->failed += err->kind != ERR_NONE || r->status != 201;
    bool more = b->started < 400;
    b->started += more;
    pthread_cond_signal(&b->changed);
    pthread_mutex_unlock(&b->lock);
    struct http_request req = { .url = at(a, b->s, "/create") };
    if (more)
        http_start(b->s->f.client, &req, on_batch_done, b); // from inside of done
}

static void test_parallel_async(void **state) {
    (void)state;
    struct site s;
    start(&s);
    struct batch b = {
        .s = &s, .lock = PTHREAD_MUTEX_INITIALIZER, .changed = PTHREAD_COND_INITIALIZER, .started = 200
    };
    autoarena a = { 0 };
    struct http_request req = { .url = at(&a, &s, "/create") };
    for (int i = 0; i < 200; i++)
        http_start(s.f.client, &req, on_batch_done, &b);
    pthread_mutex_lock(&b.lock);
    while (b.done < 400)
        pthread_cond_wait(&b.changed, &b.lock);
    pthread_mutex_unlock(&b.lock);
    assert_int_equal(b.failed, 0);
    assert_int_equal(s.n_created, 400);
    stop(&s);
}

/* ---- bodies ---- */

static void test_body_with_back_pressure(void **state) {
    (void)state;
    struct site s;
    start(&s);
    autoarena a = { 0 };
    struct err err = { .a = &a };
    struct http_request req = { .url = at(&a, &s, "/big") };
    struct http_response r;
    struct http_body *b = NULL;
    assert_true(http_open(s.f.client, &a, &req, &r, &b, &err));
    assert_int_equal(r.status, 200);
    assert_string_equal(http_header_get(&r, "content-length"), "8388608");
    char piece[7777];
    size_t n = 1, total = 0, wrong = 0;
    while (n) {
        assert_true(http_read(b, piece, sizeof piece, &n, &err));
        for (size_t i = 0; i < n; i++)
            wrong += piece[i] != (char)((total + i) * 31 >> 8);
        total += n;
    }
    assert_int_equal(total, BIG_BYTES);
    assert_int_equal(wrong, 0);
    http_close(&b);
    http_close(&b);
    // Left in the middle, and never read at all.
    assert_true(http_open(s.f.client, &a, &req, &r, &b, &err));
    assert_true(http_read(b, piece, sizeof piece, &n, &err));
    http_close(&b);
    assert_true(http_open(s.f.client, &a, &req, &r, &b, &err));
    http_close(&b);
    assert_true(http_do(s.f.client, &a, &req, &r, &err));
    assert_int_equal(r.body.n, BIG_BYTES);
    stop(&s);
}

static void test_body_cut_short(void **state) {
    (void)state;
    struct fixture f;
    struct raw_server raw;
    fixture_start(&f, NULL, handle, NULL);
    raw_start(&raw, serve_raw, (void *)"half");
    autoarena a = { 0 };
    struct err err = { .a = &a };
    struct http_request req = { .url = arena_fmt(&a, "http://127.0.0.1:%d/", raw.port) };
    struct http_response r;
    struct http_body *b = NULL;
    assert_true(http_open(f.client, &a, &req, &r, &b, &err));
    char got[16];
    size_t n = 0;
    assert_true(http_read(b, got, sizeof got, &n, &err));
    assert_int_equal(n, 4);
    assert_false(http_read(b, got, sizeof got, &n, &err));
    assert_true(strstr(err.msg, "unexpected EOF") != NULL);
    err_clear(&err);
    assert_false(http_read(b, got, sizeof got, &n, &err)); // and again
    http_close(&b);
    fixture_stop(&f);
    raw_stop(&raw);
}

/* ---- watches ---- */

struct watcher {
    struct http_watch *w;
    struct watching *all;
    int heads, lines, ended;
    enum err_kind kind;
};

struct watching {
    struct site *s;
    struct watcher w[50];
    pthread_mutex_t lock;
    pthread_cond_t changed;
    int lines, ended;
    int close_at; // line at which a watcher closes itself
};

static void on_watch_head(void *arg, const struct http_response *r) {
    struct watcher *w = arg;
    w->heads += r->status == 200;
}

static bool on_watch_data(void *arg, struct str bytes) {
    struct watcher *w = arg;
    pthread_mutex_lock(&w->all->lock);
    for (size_t i = 0; i < bytes.n; i++)
        if (bytes.p[i] == '\n') {
            w->lines++;
            w->all->lines++;
        }
    pthread_cond_signal(&w->all->changed);
    pthread_mutex_unlock(&w->all->lock);
    if (w->all->close_at && w->lines >= w->all->close_at) {
        http_watch_close(w->w);
        w->w = NULL;
    }
    return true;
}

static void on_watch_end(void *arg, const struct err *err) {
    struct watcher *w = arg;
    pthread_mutex_lock(&w->all->lock);
    w->ended++;
    w->kind = err->kind;
    w->w = NULL;
    w->all->ended++;
    pthread_cond_signal(&w->all->changed);
    pthread_mutex_unlock(&w->all->lock);
}

static const struct http_watch_callbacks watch_callbacks = { on_watch_head, on_watch_data, on_watch_end };

static void open_watches(void *arg) {
    struct watching *all = arg;
    autoarena a = { 0 };
    struct http_request req = { .url = at(&a, all->s, "/watch") };
    for (size_t i = 0; i < countof(all->w); i++) {
        all->w[i].all = all;
        all->w[i].w = http_watch_open(all->s->f.client, &req, &watch_callbacks, &all->w[i]);
    }
}

static void wait_for(struct watching *all, const int *count, int want) {
    pthread_mutex_lock(&all->lock);
    while (*count < want)
        pthread_cond_wait(&all->changed, &all->lock);
    pthread_mutex_unlock(&all->lock);
}

static void push_lines(void *arg) {
    struct site *s = arg;
    for (int i = 0; i < s->n_pushes; i++)
        assert_true(http_push_write(s->pushes[i], STR("a\nb\n")));
}

static void end_or_abort(void *arg) {
    struct site *s = arg;
    for (int i = 0; i < s->n_pushes; i++)
        if (i % 2)
            http_push_abort(s->pushes[i]);
        else
            http_push_end(s->pushes[i]);
    s->n_pushes = 0;
}

static void test_watches(void **state) {
    (void)state;
    struct site s;
    start(&s);
    struct watching all = { .s = &s, .lock = PTHREAD_MUTEX_INITIALIZER, .changed = PTHREAD_COND_INITIALIZER };
    fixture_run(&s.f, open_watches, &all);
    wait_for(&all, &all.lines, 50);
    fixture_run(&s.f, push_lines, &s);
    wait_for(&all, &all.lines, 150);
    fixture_run(&s.f, end_or_abort, &s);
    wait_for(&all, &all.ended, 50);
    int heads = 0, in_order = 0, cut = 0;
    for (size_t i = 0; i < countof(all.w); i++) {
        heads += all.w[i].heads;
        in_order += all.w[i].kind == ERR_NONE;
        cut += all.w[i].kind == ERR_IO;
    }
    assert_int_equal(heads, 50);
    assert_int_equal(in_order, 25);
    assert_int_equal(cut, 25);
    stop(&s);
    assert_int_equal(s.n_closed, 50);
}

static void close_watches(void *arg) {
    struct watching *all = arg;
    for (size_t i = 0; i < countof(all->w); i++) {
        http_watch_close(all->w[i].w);
        all->w[i].w = NULL;
    }
}

static void test_watches_closed_by_the_client(void **state) {
    (void)state;
    struct site s;
    start(&s);
    struct watching all = { .s = &s, .lock = PTHREAD_MUTEX_INITIALIZER, .changed = PTHREAD_COND_INITIALIZER };
    fixture_run(&s.f, open_watches, &all);
    fixture_run(&s.f, close_watches, &all); // before they began
    fixture_run(&s.f, open_watches, &all);
    wait_for(&all, &all.lines, 50);
    fixture_run(&s.f, close_watches, &all);
    while (s.n_closed < 50) // the idle server notices that they are gone
        sched_yield();
    s.n_pushes = 0;
    all.close_at = 1;
    all.lines = 0;
    memset(all.w, 0, sizeof all.w);
    fixture_run(&s.f, open_watches, &all);
    wait_for(&all, &all.lines, 50);
    while (s.n_closed < 100)
        sched_yield();
    assert_int_equal(all.ended, 0);
    stop(&s);
}

static void flood(void *arg) {
    struct site *s = arg;
    static char kilobyte[1024];
    int i = 0;
    memset(kilobyte, 'x', sizeof kilobyte);
    while (i < 100000 && http_push_write(s->pushes[0], str_make(kilobyte, sizeof kilobyte)))
        i++;
    assert_true(i >= 1000 && i <= 1024); // 1 MB may wait
}

static void test_slow_watcher_is_cut(void **state) {
    (void)state;
    struct site s;
    start(&s);
    struct watching all = { .s = &s, .lock = PTHREAD_MUTEX_INITIALIZER, .changed = PTHREAD_COND_INITIALIZER };
    fixture_run(&s.f, open_watches, &all);
    wait_for(&all, &all.lines, 50);
    fixture_run(&s.f, flood, &s);
    wait_for(&all, &all.ended, 1);
    stop(&s);
    assert_int_equal(s.n_closed, 50);
    assert_int_equal(all.ended, 50);
}

/* ---- shutdown ---- */

static void *request_silence(void *arg) {
    struct site *s = arg;
    autoarena a = { 0 };
    struct err err = { .a = &a };
    struct http_request req = { .url = at(&a, s, "/silent") };
    struct http_response r;
    bool canceled = !http_do(s->f.client, &a, &req, &r, &err) && err.kind == ERR_CANCELED;
    err_clear(&err);
    canceled = canceled && !http_do(s->f.client, &a, &req, &r, &err) && err.kind == ERR_CANCELED;
    return canceled ? s : NULL;
}

static void *read_watch(void *arg) {
    struct site *s = arg;
    autoarena a = { 0 };
    struct err err = { .a = &a };
    struct http_request req = { .url = at(&a, s, "/watch") };
    struct http_response r;
    struct http_body *b = NULL;
    char line[100];
    size_t n = 1;
    if (!http_open(s->f.client, &a, &req, &r, &b, &err))
        return err.kind == ERR_CANCELED ? s : NULL;
    while (http_read(b, line, sizeof line, &n, &err) && n)
        ;
    http_close(&b);
    return err.kind == ERR_CANCELED ? s : NULL;
}

static void test_shutdown_wakes_everybody(void **state) {
    (void)state;
    struct site s;
    start(&s);
    pthread_t silent[80], watch; // more than are in flight at once
    pthread_create(&watch, NULL, read_watch, &s);
    while (!s.n_opened)
        sched_yield();
    for (size_t i = 0; i < countof(silent); i++)
        pthread_create(&silent[i], NULL, request_silence, &s);
    while (s.n_silent < 63) // the watch has the 64th place
        sched_yield();
    loop_stop(s.f.loop);
    pthread_join(s.f.thread, NULL);
    int canceled = 0;
    void *ok;
    for (size_t i = 0; i < countof(silent); i++) {
        pthread_join(silent[i], &ok);
        canceled += ok != NULL;
    }
    pthread_join(watch, &ok);
    assert_non_null(ok);
    assert_int_equal(canceled, 80);
    answer_silent(&s);
    http_client_free(s.f.client);
    loop_free(s.f.loop);
}

static void test_unix_socket(void **state) {
    (void)state;
    char dir[] = "/tmp/net-test.XXXXXX";
    assert_non_null(mkdtemp(dir));
    autoarena a = { 0 };
    struct err err = { .a = &a };
    const char *path = arena_fmt(&a, "%s/s", dir);
    struct fixture f;
    fixture_start(&f, &(struct http_server_config) { .address = arena_fmt(&a, "unix:%s", path) }, handle,
                  NULL);
    struct http_request req = { .url = "http://anything/x", .unix_socket = path };
    struct http_response r;
    assert_true(http_do(f.client, &a, &req, &r, &err));
    assert_true(text_starts(r.body.p, "GET /x|"));
    fixture_stop(&f);
    assert_int_equal(access(path, F_OK), -1); // removed
    rmdir(dir);
}

static void test_link_local(void **state) {
    (void)state;
    struct fixture f;
    fixture_start(&f, NULL, handle, NULL);
    http_client_allow_link_local(f.client, false);
    static const char *const urls[] = { "http://169.254.169.254/x", "http://[::ffff:169.254.169.254]/x",
                                        "http://[fe80::1%25lo]/x", "http://0xa9fea9fe/x" };
    for (size_t i = 0; i < countof(urls); i++) {
        autoarena a = { 0 };
        struct err err = { .a = &a };
        struct http_request req = { .url = urls[i], .timeout_ns = 2 * NS_PER_S };
        struct http_response r;
        bool ok = http_do(f.client, &a, &req, &r, &err);
        check_row(urls[i], !ok && strstr(err.msg, "link-local addresses are not allowed"), "got %s",
                  ok ? "ok" : err.msg);
    }
    fixture_stop(&f);
    check_done();
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_requests),
        cmocka_unit_test(test_credentials_stay_with_their_host),
        cmocka_unit_test(test_errors),
        cmocka_unit_test(test_bad_servers),
        cmocka_unit_test(test_pooled_connection_that_dies),
        cmocka_unit_test(test_sequential),
        cmocka_unit_test(test_parallel_threads),
        cmocka_unit_test(test_parallel_async),
        cmocka_unit_test(test_body_with_back_pressure),
        cmocka_unit_test(test_body_cut_short),
        cmocka_unit_test(test_watches),
        cmocka_unit_test(test_watches_closed_by_the_client),
        cmocka_unit_test(test_slow_watcher_is_cut),
        cmocka_unit_test(test_shutdown_wakes_everybody),
        cmocka_unit_test(test_unix_socket),
        cmocka_unit_test(test_link_local),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
