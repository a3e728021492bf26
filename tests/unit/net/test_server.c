// SPDX-License-Identifier: Apache-2.0
// The server against requests as they come from the wire: ambiguous, too large, early refused, pipelined, silent.
#include "tests/unit/net/fixture.h"
#include "common/base/buf.h"
#include "tests/unit/check.h"

#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>

static void handle(void *arg, struct http_exchange *x) {
    int *n_early = arg;
    if (!http_body_ready(x)) {
        ++*n_early;
        if (!http_request_header(x, "Authorization"))
            http_reply_text(x, 401, "who are you?");
        return;
    }
    struct str body = http_body_bytes(x);
    http_reply_text(x, 200, "%s %s body=%zu:%.8s args=%s,%s", http_method(x), http_path(x), body.n,
                    body.p ? body.p : "", http_query(x, "a") ? http_query(x, "a") : "-",
                    http_query(x, "b") ? http_query(x, "b") : "-");
}

static int dial(int port) {
    struct sockaddr_in sa = { .sin_family = AF_INET,
                              .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
                              .sin_port = htons((uint16_t)port) };
    struct timeval patience = { .tv_sec = 5 };
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    if (fd < 0 || connect(fd, (struct sockaddr *)&sa, sizeof sa) < 0)
        abort();
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    return fd;
}

// Sends the text, then reads until the server has nothing more to say.
static const char *talk(struct arena *a, int port, const char *text, size_t padding, const char *tail) {
    int fd = dial(port);
    autobuf got = { 0 };
    autobuf all = { 0 };
    buf_puts(&all, text);
    memset(buf_room(&all, padding), 'x', padding);
    all.n += padding;
    buf_puts(&all, tail);
    for (size_t at = 0; at < all.n;) {
        ssize_t n = send(fd, all.p + at, all.n - at, MSG_NOSIGNAL);
        if (n <= 0)
            break; // refused before it was read
        at += (size_t)n;
    }
    for (ssize_t n = 1; n > 0;) {
        n = recv(fd, buf_room(&got, 4096), 4096, 0);
        got.n += n > 0 ? (size_t)n : 0;
    }
    close(fd);
    return arena_str(a, buf_str(&got)).p;
}

#define LINE(method) method " HTTP/1.1\r\nHost: h\r\nConnection: close\r\n"
#define AUTH "Authorization: x\r\n"

static const struct {
    const char *name, *text;
    size_t padding; // of "x", behind the text
    const char *tail, *status, *body;
} rows[] = {
    { "get", LINE("GET /p%20q?a=1&b=%202&a=3") "\r\n", 0, "", "200", "GET /p q body=0: args=1, 2" },
    { "argument without value", LINE("GET /?a&b=") "\r\n", 0, "", "200", "args=," },
    { "argument that does not decode", LINE("GET /?a=%zz&b=1") "\r\n", 0, "", "200", "args=-,1" },
    { "post", LINE("POST /") AUTH "Content-Length: 3\r\n\r\nabc", 0, "", "200", "body=3:abc" },
    { "chunked", LINE("POST /") AUTH "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n", 0, "", "200",
      "body=3:abc" },
    { "empty body", LINE("POST /") AUTH "Content-Length: 0\r\n\r\n", 0, "", "200", "body=0:" },
    { "two lengths", LINE("POST /") AUTH "Content-Length: 3\r\nContent-Length: 3\r\n\r\nabc", 0, "", "400",
      "bad request" },
    { "length and encoding",
      LINE("POST /") AUTH "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 0, "", "400",
      "" },
    { "two encodings",
      LINE("POST /") AUTH "Transfer-Encoding: chunked\r\nTransfer-Encoding: x\r\n\r\n0\r\n\r\n", 0, "", "400",
      "" },
    { "two hosts", LINE("GET /") "Host: i\r\n\r\n", 0, "", "400", "" },
    { "no host", "GET / HTTP/1.1\r\nConnection: close\r\n\r\n", 0, "", "400", "" },
    { "NUL", LINE("GET /a%00b") "\r\n", 0, "", "400", "bad request" },
    { "bad escape", LINE("GET /a%2") "\r\n", 0, "", "400", "bad request" },
    { "length is no number", LINE("POST /") AUTH "Content-Length: x\r\n\r\n", 0, "", "400", "" },
    { "length is negative", LINE("POST /") AUTH "Content-Length: -1\r\n\r\n", 0, "", "400", "" },
    { "length beyond 64 bits", LINE("POST /") AUTH "Content-Length: 99999999999999999999\r\n\r\n", 0, "",
      "413", "" },
    { "body at the limit", LINE("POST /") AUTH "Content-Length: 1000\r\n\r\n", 1000, "", "200",
      "body=1000:" },
    { "body too large", LINE("POST /") AUTH "Content-Length: 1001\r\n\r\n", 0, "", "413",
      "request body too large" },
    { "chunks too large", LINE("POST /") AUTH "Transfer-Encoding: chunked\r\n\r\n7d0\r\n", 2000,
      "\r\n0\r\n\r\n", "413", "request body too large" },
    { "headers too large", LINE("GET /") "X: ", 20000, "\r\n\r\n", "431", "" },
    { "refused early", LINE("POST /") "Content-Length: 1000\r\n\r\n", 0, "", "401", "who are you?" },
    { "head", LINE("HEAD /x") "\r\n", 0, "", "200", "\r\n\r\n" },
    { "expects 100", LINE("POST /") AUTH "Expect: 100-continue\r\nContent-Length: 1\r\n\r\nz", 0, "", "100",
      "body=1:z" },
    { "pipelined", "GET /1 HTTP/1.1\r\nHost: h\r\n\r\n" LINE("GET /2") "\r\n", 0, "", "200", "GET /2 body" },
};

static void test_requests(void **state) {
    (void)state;
    struct fixture f;
    int n_early = 0;
    fixture_start(&f, &(struct http_server_config) { .max_body_bytes = 1000, .early = true }, handle,
                  &n_early);
    for (size_t i = 0; i < countof(rows); i++) {
        autoarena a = { 0 };
        const char *got = talk(&a, http_server_port(f.server), rows[i].text, rows[i].padding, rows[i].tail);
        bool ok = text_starts(got, "HTTP/1.1 ") && text_starts(got + 9, rows[i].status) &&
                  strstr(got, rows[i].body);
        check_row(rows[i].name, ok, "got '%.300s'", got);
    }
    fixture_stop(&f);
    assert_int_equal(n_early, 6); // post, chunked, at the limit, chunks too large, refused early, expects 100
    check_done();
}

// A connection that says nothing, or half a request, is closed; one more than there may be waits for a place.
static void test_idle_and_crowded(void **state) {
    (void)state;
    struct fixture f;
    int n_early = 0;
    fixture_start(&f, &(struct http_server_config) { .idle_timeout_s = 1, .max_connections = 2 }, handle,
                  &n_early);
    int port = http_server_port(f.server), silent = dial(port), half = dial(port);
    assert_int_equal(send(half, "GET / HTTP/1.1\r\nHo", 18, 0), 18);
    autoarena a = { 0 };
    const char *got =
        talk(&a, port, LINE("GET /") "\r\n", 0, ""); // is served when one of them has been thrown out
    assert_true(text_starts(got, "HTTP/1.1 200"));
    char c;
    assert_int_equal(recv(silent, &c, 1, 0), 0);
    close(silent);
    close(half);
    fixture_stop(&f);
}

int main(void) {
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_requests),
                                        cmocka_unit_test(test_idle_and_crowded) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
