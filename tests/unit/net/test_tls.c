// SPDX-License-Identifier: Apache-2.0
// The client over TLS and HTTP/2: certificates of every kind, streams beyond one connection's hundred.
#include "tests/unit/net/fixture.h"
#include "tests/unit/net/peers.h"
#include "common/base/timeutil.h"
#include "tests/unit/check.h"

#include <stdatomic.h>

struct site {
    struct fixture f;
    struct pki pki;
    struct arena arena;
    struct tls_front front, expired, asks_client, old;
};

static atomic_int n_opened;

static void handle(void *arg, struct http_exchange *x) {
    (void)arg;
    if (text_eq(http_path(x), "/watch")) {
        n_opened++;
        http_push_write(http_reply_stream(x, 200, "text/plain", 1 << 20, NULL, NULL), STR("hello\n"));
        return;
    }
    if (text_eq(http_path(x), "/big")) {
        http_reply(x, 200, "text/plain", str_make(arena_alloc(http_arena(x), 4 << 20), 4 << 20));
        return;
    }
    http_reply_text(x, 200, "%s", http_path(x));
}

static int setup(void **state) {
    struct site *s = calloc(1, sizeof *s);
    *state = s;
    pki_make(&s->arena, &s->pki);
    fixture_start(&s->f, NULL, handle, s);
    int port = http_server_port(s->f.server);
    tls_front_start(&s->front, &s->pki, "server", "h2,http/1.1", NULL, port);
    tls_front_start(&s->expired, &s->pki, "expired", "h2,http/1.1", NULL, port);
    tls_front_start(&s->asks_client, &s->pki, "server", "h2", "ca.crt", port);
    tls_front_start(&s->old, &s->pki, "server", "http/1.1", NULL, port);
    return 0;
}

static int teardown(void **state) {
    struct site *s = *state;
    tls_front_stop(&s->front);
    tls_front_stop(&s->expired);
    tls_front_stop(&s->asks_client);
    tls_front_stop(&s->old);
    fixture_stop(&s->f);
    pki_remove(&s->pki);
    struct arena a = s->arena;
    arena_done(&a);
    free(s);
    return 0;
}

#define X509 "tls: failed to verify certificate: x509: "

enum where { FRONT, EXPIRED, ASKS_CLIENT, OLD };

// ca, cert and key: "CA", "OTHER", "CLIENT" stand for those of the test's PKI.
static const struct {
    const char *name, *host;
    enum where where;
    struct http_tls tls;
    enum err_kind kind;
    const char *error; // what the message ends with
} certificates[] = {
    { "own CA", "127.0.0.1", FRONT, { .ca_pem = "CA" } },
    { "own CA, by name", "localhost", FRONT, { .ca_pem = "CA" } },
    { "HTTP/1.1 only", "127.0.0.1", OLD, { .ca_pem = "CA" } },
    { "no CA", "127.0.0.1", FRONT, { 0 }, ERR_IO, X509 "certificate signed by unknown authority" },
    { "wrong CA",
      "127.0.0.1",
      FRONT,
      { .ca_pem = "OTHER" },
      ERR_IO,
      X509 "certificate signed by unknown authority" },
    { "CA and the system's", "127.0.0.1", FRONT, { .ca_pem = "CA", .ca_adds_to_system = true } },
    { "wrong CA and the system's",
      "127.0.0.1",
      FRONT,
      { .ca_pem = "OTHER", .ca_adds_to_system = true },
      ERR_IO,
      X509 "certificate signed by unknown authority" },
    { "CA is garbage",
      "127.0.0.1",
      FRONT,
      { .ca_pem = "garbage" },
      ERR_INVALID,
      "failed to parse CA certificate" },
    { "server name", "127.0.0.1", FRONT, { .ca_pem = "CA", .server_name = "localhost" } },
    { "server name that is not there",
      "127.0.0.1",
      FRONT,
      { .ca_pem = "CA", .server_name = "example.org" },
      ERR_IO,
      X509 "certificate is not valid for example.org" },
    { "expired",
      "127.0.0.1",
      EXPIRED,
      { .ca_pem = "CA" },
      ERR_IO,
      X509 "certificate has expired or is not yet valid" },
    { "insecure", "127.0.0.1", FRONT, { .insecure = true } },
    { "after insecure", "127.0.0.1", FRONT, { 0 }, ERR_IO, X509 "certificate signed by unknown authority" },
    { "client certificate",
      "127.0.0.1",
      ASKS_CLIENT,
      { .ca_pem = "CA", .cert_pem = "CLIENT", .key_pem = "CLIENT" } },
    { "no client certificate", "127.0.0.1", ASKS_CLIENT, { .ca_pem = "CA" }, ERR_IO, "" },
    { "client certificate is garbage",
      "127.0.0.1",
      ASKS_CLIENT,
      { .ca_pem = "CA", .cert_pem = "x", .key_pem = "y" },
      ERR_INVALID,
      "tls: failed to load the client certificate and key" },
};

static int port_of(const struct site *s, enum where where) {
    switch (where) {
    case FRONT: return s->front.port;
    case EXPIRED: return s->expired.port;
    case ASKS_CLIENT: return s->asks_client.port;
    case OLD: return s->old.port;
    }
    return 0;
}

static struct http_tls tls_of(const struct pki *p, const struct http_tls *row) {
    struct http_tls t = *row;
    if (text_eq(t.ca_pem, "CA"))
        t.ca_pem = p->ca;
    if (text_eq(t.ca_pem, "OTHER"))
        t.ca_pem = p->other_ca;
    if (text_eq(t.cert_pem, "CLIENT")) {
        t.cert_pem = p->client_cert;
        t.key_pem = p->client_key;
    }
    return t;
}

static void test_certificates(void **state) {
    struct site *s = *state;
    for (size_t i = 0; i < countof(certificates); i++) {
        autoarena a = { 0 };
        struct err err = { .a = &a };
        const char *url =
            arena_fmt(&a, "https://%s:%d/path", certificates[i].host, port_of(s, certificates[i].where));
        struct http_tls tls = tls_of(&s->pki, &certificates[i].tls);
        struct http_request req = { .url = url, .tls = &tls, .timeout_ns = 20 * NS_PER_S };
        struct http_response r = { 0 };
        bool ok = http_do(s->f.client, &a, &req, &r, &err);
        const char *want = certificates[i].error;
        bool same = want ? !ok && text_ends(err.msg, want) : ok && str_is(r.body, "/path");
        check_row(certificates[i].name, same && err.kind == certificates[i].kind, "got %s: %s",
                  err_kind_name(err.kind), ok ? r.body.p : err.msg);
    }
    check_done();
}

struct many {
    struct site *s;
    struct http_tls tls;
    const char *url;
    atomic_int good, bad;
    int n;
};

static void on_done(void *arg, struct arena *a, const struct http_response *r, const struct err *err) {
    struct many *m = arg;
    (void)a;
    if (err->kind == ERR_NONE && r->status == 200)
        m->good++;
    else
        m->bad++;
}

static void test_requests_share_one_connection(void **state) {
    struct site *s = *state;
    autoarena a = { 0 };
    struct many m = { .s = s, .tls = { .ca_pem = s->pki.ca } };
    struct http_request req = { .url = arena_fmt(&a, "https://localhost:%d/x", s->front.port),
                                .tls = &m.tls };
    for (int i = 0; i < 300; i++)
        http_start(s->f.client, &req, on_done, &m);
    while (m.good + m.bad < 300)
        sched_yield();
    assert_int_equal(m.bad, 0);
    // "localhost" is one more than the connections of the other tests: to this name there must be one only.
    int before = connections_to(s->front.port);
    struct http_response r;
    struct err err = { .a = &a };
    assert_true(http_do(s->f.client, &a, &req, &r, &err));
    assert_int_equal(connections_to(s->front.port), before);
    assert_in_range(before, 1, 8);
}

static bool on_data(void *arg, struct str bytes) {
    struct many *m = arg;
    m->good += bytes.n == 6;
    return true;
}

static void on_end(void *arg, const struct err *err) {
    struct many *m = arg;
    (void)err;
    m->bad++;
}

static void open_many(void *arg) {
    struct many *m = arg;
    struct http_request req = { .url = m->url, .tls = &m->tls };
    static const struct http_watch_callbacks cb = { .on_data = on_data, .on_end = on_end };
    for (int i = 0; i < m->n; i++)
        (void)http_watch_open(m->s->f.client, &req, &cb, m);
}

// The server gives 100 streams per connection: with 150 watches a second connection is needed, and requests go on.
static void test_more_watches_than_streams(void **state) {
    struct site *s = *state;
    autoarena a = { 0 };
    static struct many m; // outlives the test: the watches end with the site
    m = (struct many) { .s = s, .tls = { .ca_pem = s->pki.ca }, .n = 150 };
    m.url = arena_fmt(&s->arena, "https://127.0.0.1:%d/watch", s->front.port);
    int before = connections_to(s->front.port);
    fixture_run(&s->f, open_many, &m);
    while (m.good < 150 && !m.bad)
        sched_yield();
    assert_int_equal(m.bad, 0);
    int used = connections_to(s->front.port) - before;
    assert_int_equal(used, 2);
    struct err err = { .a = &a };
    struct http_request req = { .url = arena_fmt(&a, "https://127.0.0.1:%d/x", s->front.port),
                                .tls = &m.tls };
    struct http_response r;
    assert_true(http_do(s->f.client, &a, &req, &r, &err));
    assert_non_null(strstr(http_header_get(&r, "via"), "nghttpx"));
}

// A body that nobody reads does not hold up another from the same server, and may be given up.
static void test_paused_body_given_up(void **state) {
    struct site *s = *state;
    autoarena a = { 0 };
    struct err err = { .a = &a };
    struct http_tls tls = { .ca_pem = s->pki.ca };
    struct http_request req = { .url = arena_fmt(&a, "https://127.0.0.1:%d/big", s->front.port),
                                .tls = &tls };
    struct http_response r;
    struct http_body *one = NULL, *two = NULL;
    char piece[4096];
    size_t n = 1, total = 0;
    int before = connections_to(s->front.port);
    assert_true(http_open(s->f.client, &a, &req, &r, &one, &err));
    assert_true(http_open(s->f.client, &a, &req, &r, &two, &err));
    assert_int_equal(connections_to(s->front.port),
                     before + 2); // libcurl would keep all of it in memory, on a shared one
    while (n && total < 1 << 20) {
        assert_true(http_read(two, piece, sizeof piece, &n, &err));
        total += n;
    }
    http_close(&one);
    while (n) {
        assert_true(http_read(two, piece, sizeof piece, &n, &err));
        total += n;
    }
    assert_int_equal(total, 4 << 20);
    http_close(&two);
    while (connections_to(s->front.port) > before + 1) // that of the body given up is closed, soon
        sched_yield();
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_certificates),
        cmocka_unit_test(test_requests_share_one_connection),
        cmocka_unit_test(test_paused_body_given_up),
        cmocka_unit_test(test_more_watches_than_streams),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
