// SPDX-License-Identifier: Apache-2.0
// Requests of the client against the own server on loopback, and against servers that misbehave.
#include "tests/unit/net/site.h"
#include "common/base/buf.h"
#include "common/base/timeutil.h"
#include "tests/unit/check.h"

#include <sys/socket.h>
#include <unistd.h>

/* ---- plain requests ---- */

static const struct {
    const char *name;
    struct http_request req; // url: the path
    int status;
    const char *body;
} requests[] = {
    { "get", { .url = "/a%20b?q=1%202" }, 200, "GET /a b|q=1 2|auth=-|type=-|agent=runnel/0.1.0|xfoo=-|" },
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

static void test_requests(void **state) {
    (void)state;
    struct site s;
    site_start(&s);
    for (size_t i = 0; i < countof(requests); i++) {
        autoarena a = { 0 };
        struct err err = { .a = &a };
        struct http_request req = requests[i].req;
        req.url = site_url(&a, &s, req.url);
        struct http_response r = { 0 };
        bool ok = http_do(s.f.client, &a, &req, &r, &err);
        check_row(requests[i].name, ok && r.status == requests[i].status && str_is(r.body, requests[i].body),
                  "got %d '%s' %s", r.status, r.body.p, ok ? "" : err.msg);
    }
    site_stop(&s);
    check_done();
}

static void test_credentials_stay_with_their_host(void **state) {
    (void)state;
    struct site s, other;
    site_start(&s);
    site_start(&other);
    autoarena a = { 0 };
    struct err err = { .a = &a };
    snprintf(s.other_base, sizeof s.other_base, "%s", other.f.base);
    struct http_request req = { .url = site_url(&a, &s, "/away"), .user = "u", .password = "secret" };
    struct http_response r = { 0 };
    bool ok = http_do(s.f.client, &a, &req, &r, &err);
    check_row("basic", ok && strstr(r.body.p, "auth=-"), "got %s", ok ? r.body.p : err.msg);
    err_clear(&err);
    req = (struct http_request) { .url = site_url(&a, &s, "/away"), .bearer = "secret" };
    ok = http_do(s.f.client, &a, &req, &r, &err);
    check_row("bearer", ok && strstr(r.body.p, "auth=-"), "got %s", ok ? r.body.p : err.msg);
    check_row("effective url", ok && text_starts(r.effective_url, other.f.base), "got %s", r.effective_url);
    site_stop(&s);
    site_stop(&other);
    check_done();
}

static const struct {
    const char *name;
    struct http_request req;
    enum err_kind kind;
    const char *text; // PORT and BASE are replaced
} failures[] = {
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
    { "https to http", { .url = "https://127.0.0.1:PORT/" }, ERR_IO, "Get \"https://127.0.0.1:PORT/\": " },
};

static void test_errors(void **state) {
    (void)state;
    struct site s;
    site_start(&s);
    for (size_t i = 0; i < countof(failures); i++) {
        autoarena a = { 0 };
        struct err err = { .a = &a };
        struct http_request req = failures[i].req;
        const char *port = strrchr(s.f.base, ':') + 1, *text = failures[i].text, *mark;
        if (*req.url == '/')
            req.url = site_url(&a, &s, req.url);
        if ((mark = strstr(req.url, "PORT")))
            req.url = arena_fmt(&a, "%.*s%s%s", (int)(mark - req.url), req.url, port, mark + 4);
        if ((mark = strstr(text, "BASE")))
            text = arena_fmt(&a, "%.*s%s%s", (int)(mark - text), text, s.f.base, mark + 4);
        if ((mark = strstr(text, "PORT")))
            text = arena_fmt(&a, "%.*s%s%s", (int)(mark - text), text, port, mark + 4);
        struct http_response r = { 0 };
        bool ok = http_do(s.f.client, &a, &req, &r, &err);
        bool same = !ok && (text_ends(text, ": ") ? text_starts(err.msg, text) : text_eq(err.msg, text));
        check_row(failures[i].name, same && err.kind == failures[i].kind, "got %s: %s",
                  err_kind_name(err.kind), ok ? "no error" : err.msg);
    }
    site_stop(&s);
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
    fixture_start(&f, NULL, site_handle, NULL);
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

// 100,000 times "x", by gzip -9.
static const char gzipped[] =
    "\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\x03\xed\xc1\x31\x01\x00\x00\x00\xc2\xa0\xda\x8b\x6f"
    "\x0d\x0f\xa0\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"
    "\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"
    "\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"
    "\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"
    "\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x80\x57\x03\x71\x11\x07\xfe\xa0\x86\x01\x00";

static void serve_gzip(int conn, int nth, void *arg) {
    size_t n = sizeof gzipped - 1 - (arg ? 10 : 0);
    char head[128];
    (void)nth;
    (void)raw_read_head(conn);
    snprintf(head, sizeof head, "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: %zu\r\n\r\n",
             n);
    raw_send(conn, head);
    if (send(conn, gzipped, n, MSG_NOSIGNAL) != (ssize_t)n)
        abort();
}

static void test_gzip(void **state) {
    (void)state;
    static const struct {
        const char *name;
        bool asked;
        size_t max_bytes;
        bool cut;
        size_t n;
        const char *error;
    } cases[] = {
        { "unpacked", true, 0, false, 100000, NULL },
        { "as it is", false, 0, false, sizeof gzipped - 1, NULL },
        { "bomb", true, 50000, false, 0, "response body is larger than 50000 bytes" },
        { "cut", true, 0, true, 0, "unexpected EOF" },
    };
    struct fixture f;
    fixture_start(&f, NULL, site_handle, NULL);
    for (size_t i = 0; i < countof(cases); i++) {
        autoarena a = { 0 };
        struct err err = { .a = &a };
        struct raw_server raw;
        raw_start(&raw, serve_gzip, cases[i].cut ? &raw : NULL);
        struct http_request req = { .url = arena_fmt(&a, "http://127.0.0.1:%d/", raw.port),
                                    .gzip = cases[i].asked,
                                    .max_body_bytes = cases[i].max_bytes };
        struct http_response r = { 0 };
        bool ok = http_do(f.client, &a, &req, &r, &err);
        bool same = cases[i].error ? !ok && strstr(err.msg, cases[i].error) : ok && r.body.n == cases[i].n;
        check_row(cases[i].name, same, "got %zu bytes, %s", r.body.n, ok ? "no error" : err.msg);
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
        fixture_start(&f, NULL, site_handle, NULL);
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
    site_start(&s);
    int good = 0;
    for (int i = 0; i < 2000; i++) {
        autoarena a = { 0 };
        struct err err = { .a = &a };
        struct http_request req = { .url = site_url(&a, &s, "/create"), .method = "POST", .body = STR("x") };
        struct http_response r;
        good += http_do(s.f.client, &a, &req, &r, &err) && r.status == 201;
    }
    assert_int_equal(good, 2000);
    assert_int_equal(s.n_created, 2000);
    site_stop(&s);
}

static void *many_of_one_thread(void *arg) {
    struct site *s = arg;
    for (int i = 0; i < 10; i++) {
        autoarena a = { 0 };
        struct err err = { .a = &a };
        struct http_request req = { .url = site_url(&a, s, "/create") };
        struct http_response r;
        if (!http_do(s->f.client, &a, &req, &r, &err))
            fprintf(stderr, "%s\n", err.msg);
    }
    return NULL;
}

static void test_parallel_threads(void **state) {
    (void)state;
    struct site s;
    site_start(&s);
    pthread_t t[20];
    for (size_t i = 0; i < countof(t); i++)
        pthread_create(&t[i], NULL, many_of_one_thread, &s);
    for (size_t i = 0; i < countof(t); i++)
        pthread_join(t[i], NULL);
    assert_int_equal(s.n_created, 200);
    site_stop(&s);
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
    struct http_request req = { .url = site_url(a, b->s, "/create") };
    if (more)
        http_start(b->s->f.client, &req, on_batch_done, b); // from inside of done
}

static void test_parallel_async(void **state) {
    (void)state;
    struct site s;
    site_start(&s);
    struct batch b = {
        .s = &s, .lock = PTHREAD_MUTEX_INITIALIZER, .changed = PTHREAD_COND_INITIALIZER, .started = 200
    };
    autoarena a = { 0 };
    struct http_request req = { .url = site_url(&a, &s, "/create") };
    for (int i = 0; i < 200; i++)
        http_start(s.f.client, &req, on_batch_done, &b);
    pthread_mutex_lock(&b.lock);
    while (b.done < 400)
        pthread_cond_wait(&b.changed, &b.lock);
    pthread_mutex_unlock(&b.lock);
    assert_int_equal(b.failed, 0);
    assert_int_equal(s.n_created, 400);
    site_stop(&s);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_requests),       cmocka_unit_test(test_credentials_stay_with_their_host),
        cmocka_unit_test(test_errors),         cmocka_unit_test(test_bad_servers),
        cmocka_unit_test(test_gzip),           cmocka_unit_test(test_pooled_connection_that_dies),
        cmocka_unit_test(test_sequential),     cmocka_unit_test(test_parallel_threads),
        cmocka_unit_test(test_parallel_async),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
