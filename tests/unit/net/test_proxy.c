// SPDX-License-Identifier: Apache-2.0
// The client behind proxies: what it sends to them, and when it does not use them.
#include "tests/unit/net/fixture.h"
#include "common/base/buf.h"
#include "tests/unit/check.h"

#include <unistd.h>

struct proxy {
    struct raw_server raw;
    char seen[1024]; // of the last connection
};

static size_t read_some(int conn, char *to, size_t cap) {
    ssize_t n = read(conn, to, cap);
    return n > 0 ? (size_t)n : 0;
}

// Takes any HTTP request, says what it was asked for.
static void serve_http(int conn, int nth, void *arg) {
    struct proxy *p = arg;
    (void)nth;
    p->seen[read_some(conn, p->seen, sizeof p->seen - 1)] = 0;
    raw_send(conn, strstr(p->seen, "CONNECT")
                       ? "HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n"
                       : "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nConnection: close\r\n\r\nproxy");
}

// SOCKS 5 with a name and a password (RFC 1928, 1929), then the answer of the server behind it.
static void serve_socks(int conn, int nth, void *arg) {
    struct proxy *p = arg;
    char b[512];
    (void)nth;
    (void)read_some(conn, b, sizeof b);
    (void)!write(conn, "\x05\x02", 2);
    size_t n = read_some(conn, b, sizeof b - 1); // 01, length, name, length, password
    b[n] = 0;
    snprintf(p->seen, sizeof p->seen, "%.*s:%.*s ", b[1], b + 2, b[2 + b[1]], b + 3 + b[1]);
    (void)!write(conn, "\x01\x00", 2);
    n = read_some(conn, b, sizeof b - 1); // 05 01 00 03, length, host, port
    size_t at = strlen(p->seen);
    snprintf(p->seen + at, sizeof p->seen - at, "type %d %.*s", b[3], b[4], b + 5);
    (void)!write(conn, "\x05\x00\x00\x01\x00\x00\x00\x00\x00\x00", 10);
    raw_read_head(conn);
    raw_send(conn, "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nConnection: close\r\n\r\nsocks");
}

static void handle(void *arg, struct http_exchange *x) {
    (void)arg;
    http_reply(x, 200, "text/plain", STR("direct"));
}

struct places {
    const char *http, *user, *socks, *site;
};

static const char *place(const struct places *p, const char *word) {
    if (text_eq(word, "HTTP"))
        return p->http;
    if (text_eq(word, "USER"))
        return p->user;
    if (text_eq(word, "SOCKS"))
        return p->socks;
    return text_eq(word, "SITE") ? p->site : word;
}

// HTTP, USER and SOCKS stand for the proxies of the test, SITE for its server.
static const struct {
    const char *name;
    struct http_request req;
    const char *env, *no_env;
    const char *body; // or the error's end
    const char *seen; // part of what the proxy saw
} rows[] = {
    { "http",
      { .url = "http://example.invalid/x", .proxy = "HTTP" },
      NULL,
      NULL,
      "proxy",
      "GET http://example.invalid/x HTTP/1.1" },
    { "with password",
      { .url = "http://example.invalid/x", .proxy = "USER" },
      NULL,
      NULL,
      "proxy",
      "Proxy-Authorization: Basic bWU6cEBzcw==" },
    { "https",
      { .url = "https://example.invalid/x", .proxy = "HTTP" },
      NULL,
      NULL,
      "CONNECT tunnel failed, response 407",
      "CONNECT example.invalid:443" },
    { "socks5",
      { .url = "http://example.invalid/x", .proxy = "SOCKS" },
      NULL,
      NULL,
      "socks",
      "me:secret type 3 example.invalid" },
    { "no_proxy", { .url = "SITE", .proxy = "HTTP", .no_proxy = "127.0.0.1" }, NULL, NULL, "direct", NULL },
    { "environment, not asked for", { .url = "SITE" }, "HTTP", NULL, "direct", NULL },
    { "environment",
      { .url = "http://example.invalid/y", .use_env_proxy = true },
      "HTTP",
      NULL,
      "proxy",
      "GET http://example.invalid/y" },
    { "environment's exceptions",
      { .url = "http://127.0.0.1:1/z", .use_env_proxy = true },
      "HTTP",
      NULL,
      "connect: connection refused",
      NULL },
    { "NO_PROXY",
      { .url = "http://a.example.invalid/z", .use_env_proxy = true },
      "HTTP",
      "example.invalid",
      "no such host",
      NULL },
    { "own proxy wins",
      { .url = "http://example.invalid/w", .use_env_proxy = true, .proxy = "HTTP" },
      "http://127.0.0.1:1",
      NULL,
      "proxy",
      "GET http://example.invalid/w" },
};

static void test_proxies(void **state) {
    (void)state;
    struct fixture f;
    struct proxy http, socks;
    fixture_start(&f, NULL, handle, NULL);
    raw_start(&http.raw, serve_http, &http);
    raw_start(&socks.raw, serve_socks, &socks);
    autoarena a = { 0 };
    struct places places = {
        .http = arena_fmt(&a, "http://127.0.0.1:%d", http.raw.port),
        .user = arena_fmt(&a, "http://me:p%%40ss@127.0.0.1:%d", http.raw.port),
        .socks = arena_fmt(&a, "socks5://me:secret@127.0.0.1:%d", socks.raw.port),
        .site = f.base,
    };
    for (size_t i = 0; i < countof(rows); i++) {
        struct err err = { .a = &a };
        struct http_response r = { 0 };
        http.seen[0] = socks.seen[0] = 0;
        struct http_request req = rows[i].req;
        req.url = place(&places, req.url);
        req.proxy = req.proxy ? place(&places, req.proxy) : NULL;
        setenv("HTTP_PROXY", rows[i].env ? place(&places, rows[i].env) : "", 1);
        setenv("http_proxy", rows[i].env ? place(&places, rows[i].env) : "", 1);
        setenv("NO_PROXY", rows[i].no_env ? rows[i].no_env : "", 1);
        bool ok = http_do(f.client, &a, &req, &r, &err);
        const char *got = ok ? r.body.p : err.msg;
        const char *seen = *http.seen ? http.seen : socks.seen;
        bool same =
            text_ends(got, rows[i].body) && (rows[i].seen ? strstr(seen, rows[i].seen) != NULL : !*seen);
        check_row(rows[i].name, same, "got '%s', the proxy saw '%s'", got, seen);
        check_row(rows[i].name, !strstr(got, "p%40ss") && !strstr(got, "secret"), "secret in '%s'", got);
    }
    raw_stop(&http.raw);
    raw_stop(&socks.raw);
    fixture_stop(&f);
    check_done();
}

int main(void) {
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_proxies) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
