// SPDX-License-Identifier: Apache-2.0
// Leader election against a server that keeps one Lease.
#include "tests/unit/kube/fixture.h"

#include "common/base/timeutil.h"
#include "common/kube/lease.h"

static struct {
    struct buf lease; // JSON, empty = there is none
    unsigned version;
    _Atomic bool broken; // set by the test, read on the loop thread
} server;

static void put(struct fixture *f, struct http_exchange *x) {
    autoarena a = { 0 };
    struct err err = { .a = &a };
    struct value *v;
    struct str body = http_body_bytes(x);
    if (!json_read(&a, body, &v, &err))
        abort();
    if (server.lease.n && !text_eq(object_resource_version(v), arena_fmt(&a, "%u", server.version))) {
        reply_json(x, 409, "{'kind':'Status','code':409,'message':'conflict'}");
        return;
    }
    value_set(&a, value_get(v, "metadata"), "resourceVersion", value_fmt(&a, "%u", ++server.version));
    buf_clear(&server.lease);
    struct str text = json_text(&a, v, JSON_COMPACT);
    buf_add(&server.lease, text.p, text.n);
    fixture_note(f, "%s by '%s' transitions %lld", http_method(x),
                 value_text_at(v, "spec", "holderIdentity", NULL),
                 (long long)value_int_or(value_at(v, "spec", "leaseTransitions", NULL), -1));
    http_reply(x, 200, "application/json", buf_str(&server.lease));
}

static void serve(struct fixture *f, struct http_exchange *x) {
    if (server.broken)
        reply_json(x, 500, "{'kind':'Status','code':500,'message':'broken'}");
    else if (!text_eq(http_method(x), "GET"))
        put(f, x);
    else if (server.lease.n)
        http_reply(x, 200, "application/json", buf_str(&server.lease));
    else
        reply_json(x, 404, "{'kind':'Status','code':404,'message':'none'}");
}

static void started(void *arg) {
    fixture_note(arg, "started");
}

static void stopped(void *arg) {
    fixture_note(arg, "lost");
}

static void released(void *arg) {
    fixture_note(arg, "released");
}

struct candidate {
    struct fixture *f;
    const char *identity;
    struct lease *lease;
};

static void begin(void *arg) {
    struct candidate *c = arg;
    c->lease = lease_start(c->f->kube, &(struct lease_options) { .ns = "ns",
                                                                 .name = "x",
                                                                 .identity = c->identity,
                                                                 .duration_ns = NS_PER_S,
                                                                 .renew_deadline_ns = 300 * NS_PER_MS,
                                                                 .retry_ns = 20 * NS_PER_MS,
                                                                 .release = true,
                                                                 .on_started = started,
                                                                 .on_stopped = stopped,
                                                                 .on_released = released,
                                                                 .arg = c->f });
}

static void stop(void *arg) {
    lease_stop(((struct candidate *)arg)->lease);
}

static void end(void *arg) {
    lease_free(((struct candidate *)arg)->lease);
}

static void forget(void) {
    buf_done(&server.lease);
    memset(&server, 0, sizeof server);
}

static void test_life(void **state) {
    (void)state;
    struct fixture f;
    fixture_start(&f, serve);
    struct candidate one = { &f, "one" }, two = { &f, "two" };
    fixture_on_loop(&f, begin, &one);
    fixture_wait(&f, "POST by 'one' transitions 0\nstarted\n");
    fixture_wait(&f, "PUT by 'one' transitions 0\nPUT by 'one' transitions 0\n"); // renewed, without reading
    fixture_on_loop(&f, begin, &two);
    fixture_on_loop(&f, stop, &one);
    fixture_wait(&f, "PUT by '' transitions 0\nreleased\n");
    fixture_wait(&f, "PUT by 'two' transitions 1\nstarted\n"); // at once, not after the duration
    fixture_on_loop(&f, end, &one);
    fixture_on_loop(&f, end, &two);
    fixture_stop(&f);
    forget();
}

static void test_lost(void **state) {
    (void)state;
    struct fixture f;
    fixture_start(&f, serve);
    struct candidate one = { &f, "one" };
    fixture_on_loop(&f, begin, &one);
    fixture_wait(&f, "started\n");
    server.broken = true;
    fixture_wait(&f, "lost\n");
    assert_false(lease_held(one.lease));
    fixture_on_loop(&f, end, &one);
    fixture_stop(&f);
    forget();
}

static void test_takes_over_what_nobody_renews(void **state) {
    (void)state;
    struct fixture f;
    fixture_start(&f, serve);
    buf_puts(&server.lease,
             "{\"apiVersion\":\"coordination.k8s.io/"
             "v1\",\"kind\":\"Lease\",\"metadata\":{\"name\":\"x\",\"namespace\":\"ns\",\"resourceVersion\":"
             "\"0\"},\"spec\":{\"holderIdentity\":\"gone\",\"leaseDurationSeconds\":1,\"leaseTransitions\":4,"
             "\"renewTime\":\"x\"}}");
    struct candidate one = { &f, "one" };
    int64_t start_ns = now_mono_ns();
    fixture_on_loop(&f, begin, &one);
    fixture_wait(&f, "PUT by 'one' transitions 5\nstarted\n");
    assert_true(now_mono_ns() - start_ns > NS_PER_S - 50 * NS_PER_MS); // not before the other's time is over
    fixture_on_loop(&f, end, &one);
    fixture_stop(&f);
    forget();
}

int main(void) {
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_life), cmocka_unit_test(test_lost),
                                        cmocka_unit_test(test_takes_over_what_nobody_renews) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
