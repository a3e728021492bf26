// SPDX-License-Identifier: Apache-2.0
// Events: what is written, counted, combined and dropped; what the sink gets.
#include "tests/unit/kube/fixture.h"

#include "common/kube/events.h"

static unsigned fail_patches, fail_creates;

static void serve(struct fixture *f, struct http_exchange *x) {
    autoarena a = { 0 };
    struct err err = { .a = &a };
    struct value *v;
    if (!json_read(&a, http_body_bytes(x), &v, &err))
        abort();
    if (text_eq(http_method(x), "PATCH") && fail_patches && fail_patches--) {
        fixture_note(f, "expired");
        reply_json(x, 404, "{'kind':'Status','code':404,'message':'no such event'}");
        return;
    }
    if (text_eq(http_method(x), "POST") && fail_creates && fail_creates--) {
        fixture_note(f, "down");
        reply_json(x, 500, "{'kind':'Status','code':500,'message':'down'}");
        return;
    }
    const char *ns = value_text_at(v, "metadata", "namespace", NULL);
    fixture_note(f, "%s %s%s%s x%lld", http_method(x), ns ? ns : "", ns ? ": " : "",
                 value_text(value_get(v, "message"), ""), (long long)value_int_or(value_get(v, "count"), 0));
    http_reply(x, 200, "application/json", http_body_bytes(x));
}

static void sink(void *arg, const struct value *event) {
    autoarena a = { 0 };
    fixture_note(arg, "sink %s %s %s", value_text(value_get(event, "severity"), ""),
                 value_text(value_get(event, "message"), ""),
                 json_text(&a, value_get(event, "metadata"), JSON_SORT_KEYS).p);
}

static struct value *object(struct arena *a, const char *name) {
    struct err err = { .a = a };
    struct value *v;
    const char *json = arena_fmt(a,
                                 "{\"apiVersion\":\"v1\",\"kind\":\"K\",\"metadata\":{\"name\":\"%s\","
                                 "\"namespace\":\"ns\",\"uid\":\"u\","
                                 "\"annotations\":{\"event.toolkit.fluxcd.io/team\":\"a\",\"other\":\"x\"}}}",
                                 name);
    if (!json_read(a, str_of(json), &v, &err))
        abort();
    return v;
}

static void record(struct event_recorder *r, const struct value *o, enum event_severity severity,
                   const char *message) {
    event_record(
        r, &(struct event) { .object = o, .severity = severity, .reason = "Because", .message = message });
}

static void free_recorder(void *arg) {
    event_recorder_free(arg);
}

static void test_events(void **state) {
    (void)state;
    autoarena a = { 0 };
    struct fixture f;
    fixture_start(&f, serve);
    struct event_recorder *r = event_recorder_new(f.kube, "me", "host", sink, &f);
    struct value *o = object(&a, "one");
    record(r, o, EVENT_INFO, "hello");
    fixture_wait(&f, "POST ns: hello x1\n");
    assert_true(fixture_has(&f, "sink info hello {\"event.toolkit.fluxcd.io/team\":\"a\"}\n"));
    record(r, o, EVENT_INFO, "hello");
    fixture_wait(&f, "PATCH hello x2\n");
    fail_patches = 1;
    record(r, o, EVENT_INFO, "hello");
    fixture_wait(&f, "expired\nPOST ns: hello x3\n");
    record(r, o, EVENT_ERROR, "hello"); // another type is another event
    fixture_wait(&f, "POST ns: hello x1\n");
    assert_true(fixture_has(&f, "sink error hello"));
    record(r, o, EVENT_TRACE, "quiet");
    fixture_wait(&f, "POST ns: quiet x1\n");
    assert_false(fixture_has(&f, "sink info quiet"));
    fail_creates = 1;
    record(r, o, EVENT_INFO, "after trouble");
    fixture_wait(&f, "down\nPOST ns: after trouble x1\n");
    fixture_on_loop(&f, free_recorder, r);
    fixture_stop(&f);
}

static void test_similar(void **state) {
    (void)state;
    autoarena a = { 0 };
    struct fixture f;
    fixture_start(&f, serve);
    struct event_recorder *r = event_recorder_new(f.kube, "me", "host", NULL, NULL);
    struct value *o = object(&a, "two");
    for (int i = 0; i < 40; i++)
        record(r, o, EVENT_INFO, arena_fmt(&a, "number %d", i));
    record(r, object(&a, "three"), EVENT_INFO, "last"); // another object has a budget of its own
    fixture_wait(&f, "POST ns: last x1\n");
    assert_true(fixture_has(&f,
                            "POST ns: number 9 x1\nPOST ns: (combined from similar events): number 10 x1\n"
                            "PATCH (combined from similar events): number 11 x2\n"));
    assert_true(fixture_has(&f, "PATCH (combined from similar events): number 24 x15\n"));
    assert_false(fixture_has(&f, "number 25")); // 25 at once, then the rest is noise
    fixture_on_loop(&f, free_recorder, r);
    fixture_stop(&f);
}

int main(void) {
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_events), cmocka_unit_test(test_similar) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
