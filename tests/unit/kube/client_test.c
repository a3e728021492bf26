// SPDX-License-Identifier: Apache-2.0
// Requests, retries, errors, batches against a server that misbehaves on demand.
#include "tests/unit/kube/fixture.h"

#include "common/base/timeutil.h"

static const struct kube_resource configmaps = { "", "v1", "ConfigMap", "configmaps", true };

static struct {
    unsigned requests, fail_first, concurrent, peak;
    int status;
    const char *retry_after, *body;
    bool drop;
} plan;

static void drop_connection(struct http_exchange *x) {
    http_push_abort(http_reply_stream(x, 200, "application/json", 1024, NULL, NULL));
}

static void serve_plan(struct fixture *f, struct http_exchange *x) {
    (void)f;
    bool fail = plan.requests++ < plan.fail_first;
    if (fail && plan.drop) {
        drop_connection(x);
        return;
    }
    if (fail && plan.retry_after)
        http_add_header(x, "Retry-After", plan.retry_after);
    if (fail)
        http_reply(x, plan.status, "application/json", str_of(plan.body));
    else
        reply_json(x, 200,
                   "{'kind':'ConfigMap','apiVersion':'v1','metadata':{'name':'x','resourceVersion':'5'}}");
}

#define STATUS_404                                                                                           \
    "{\"kind\":\"Status\",\"apiVersion\":\"v1\",\"status\":\"Failure\",\"message\":\"configmaps \\\"x\\\" "  \
    "not found\","                                                                                           \
    "\"reason\":\"NotFound\",\"code\":404}"

static const struct {
    int status;
    const char *body, *retry_after;
    unsigned fail_first;
    bool post, drop;
    enum err_kind kind;
    const char *message, *reason;
    unsigned requests;
} error_rows[] = {
    { .kind = ERR_NONE, .reason = "", .requests = 1 },
    { 404, STATUS_404, .fail_first = 9, .kind = ERR_NOT_FOUND, .message = "configmaps \"x\" not found",
      .reason = "NotFound", .requests = 1 },
    { 404, "404 page not found", .fail_first = 9, .kind = ERR_NOT_FOUND,
      .message = "the server could not find the requested resource", .reason = "NotFound", .requests = 1 },
    { 409, "{}", .fail_first = 9, .kind = ERR_CONFLICT, .message = "the server reported a conflict",
      .reason = "Conflict", .requests = 1 },
    { 403, "", .fail_first = 9, .kind = ERR_AUTH,
      .message = "the server does not allow access to the requested resource", .reason = "Forbidden",
      .requests = 1 },
    { 422, "", .fail_first = 9, .kind = ERR_INVALID,
      .message = "the server rejected our request due to an error in our request", .reason = "Invalid",
      .requests = 1 },
    { 418, "", .fail_first = 9, .kind = ERR_IO,
      .message = "the server responded with the status code 418 but did not return more information",
      .reason = "", .requests = 1 },
    // retried: what the server asks for
    { 429, "", "0", .fail_first = 3, .kind = ERR_NONE, .reason = "", .requests = 4 },
    { 429, "", "0", .fail_first = 2, .post = true, .kind = ERR_NONE, .reason = "", .requests = 3 },
    { 503, "", "0", .fail_first = 1, .kind = ERR_NONE, .reason = "", .requests = 2 },
    { 500, "", "0", .fail_first = 1, .kind = ERR_NONE, .reason = "", .requests = 2 },
    { 429, "", "0", .fail_first = 99, .kind = ERR_IO, .reason = "TooManyRequests", .requests = 11 },
    // not retried
    { 500, "", NULL, .fail_first = 1, .kind = ERR_IO, .reason = "InternalError", .requests = 1 },
    { 503, "", "9999999", .fail_first = 1, .kind = ERR_IO, .reason = "ServiceUnavailable", .requests = 1 },
    // connections that break
    { .drop = true, .fail_first = 2, .kind = ERR_NONE, .reason = "", .requests = 3 },
    { .drop = true, .fail_first = 99, .kind = ERR_IO, .reason = "", .requests = 4 },
    { .drop = true, .fail_first = 1, .post = true, .kind = ERR_IO, .reason = "", .requests = 1 },
};

static void test_errors(void **state) {
    (void)state;
    for (size_t i = 0; i < countof(error_rows); i++) {
        autoarena a = { 0 };
        struct err err = { .a = &a };
        struct fixture f;
        struct kube_reply reply = { 0 };
        memset(&plan, 0, sizeof plan);
        plan.fail_first = error_rows[i].fail_first;
        plan.status = error_rows[i].status;
        plan.body = error_rows[i].body;
        plan.retry_after = error_rows[i].retry_after;
        plan.drop = error_rows[i].drop;
        fixture_start(&f, serve_plan);
        struct kube_request req = { .verb = error_rows[i].post ? KUBE_CREATE : KUBE_GET,
                                    .resource = &configmaps,
                                    .ns = "default",
                                    .name = error_rows[i].post ? NULL : "x",
                                    .body = error_rows[i].post ? STR("{}") : (struct str) { 0 } };
        bool ok = kube_do(&a, f.kube, &req, &reply, &err);
        fixture_stop(&f);
        char row[64];
        snprintf(row, sizeof row, "row %zu, status %d", i, error_rows[i].status);
        check_row(row, ok == (error_rows[i].kind == ERR_NONE) && err.kind == error_rows[i].kind, "got %s: %s",
                  err_kind_name(err.kind), err.msg);
        check_row(row, !error_rows[i].message || text_eq(err.msg, error_rows[i].message), "message %s",
                  err.msg);
        check_row(row, text_eq(reply.reason, error_rows[i].reason), "reason %s", reply.reason);
        check_row(row, plan.requests == error_rows[i].requests, "%u requests", plan.requests);
        check_row(row, !error_rows[i].message || err.code == error_rows[i].status, "code %d", err.code);
        check_row(row, !ok || text_eq(object_name(reply.object), "x"), "no object");
    }
    check_done();
}

/* ---- what is sent ---- */

static void serve_echo(struct fixture *f, struct http_exchange *x) {
    static const char *const headers[] = { "Authorization", "Impersonate-User", "Impersonate-Group",
                                           "Content-Type", "Accept" };
    fixture_note(f, "%s %s", http_method(x), http_raw_target(x));
    for (size_t i = 0; i < countof(headers); i++)
        if (http_request_header(x, headers[i]))
            fixture_note(f, "%s: %s", headers[i], http_request_header(x, headers[i]));
    struct str body = http_body_bytes(x);
    if (body.n)
        fixture_note(f, "%.*s", (int)body.n, body.p);
    reply_json(x, 200, "{'kind':'ConfigMap'}");
}

static void test_requests(void **state) {
    (void)state;
    autoarena a = { 0 };
    struct err err = { .a = &a };
    struct fixture f;
    fixture_start(&f, serve_echo);
    struct kube_client *clone =
        kube_client_impersonate(f.kube, "system:serviceaccount:a:b", (const char *[]) { "g1", NULL });
    struct kube_client *again =
        kube_client_impersonate(clone, "system:serviceaccount:a:b", (const char *[]) { "g1", NULL });
    assert_ptr_equal(clone, again);
    kube_client_unref(again);
    struct value *v = value_map(&a), *meta = value_ensure(&a, v, "metadata", NULL);
    value_set(&a, meta, "name", value_string(&a, "n"));
    value_set(&a, meta, "namespace", value_string(&a, "ns"));
    assert_true(kube_apply(&a, clone, &configmaps, v, "me", true, true, NULL, &err));
    assert_true(fixture_has(
        &f,
        "PATCH /api/v1/namespaces/ns/configmaps/n?fieldManager=me&force=true&dryRun=All\n"
        "Authorization: Bearer s3cret\nImpersonate-User: system:serviceaccount:a:b\nImpersonate-Group: g1\n"
        "Content-Type: application/apply-patch+yaml\nAccept: application/json\n"
        "{\"metadata\":{\"name\":\"n\",\"namespace\":\"ns\"}}\n"));
    assert_true(kube_delete(&a, f.kube, &configmaps, "ns", "n", NULL, &err));
    assert_true(fixture_has(
        &f, "DELETE /api/v1/namespaces/ns/configmaps/n\nAuthorization: Bearer s3cret\nContent-Type: "
            "application/json\n"
            "Accept: application/json\n"
            "{\"kind\":\"DeleteOptions\",\"apiVersion\":\"v1\",\"propagationPolicy\":\"Background\"}\n"));
    struct str raw;
    assert_true(kube_get_raw(&a, f.kube, "/version?x=y", NULL, &raw, &err));
    assert_true(fixture_has(&f, "GET /version?x=y\n"));
    kube_client_unref(clone);
    fixture_stop(&f);
}

/* ---- batches ---- */

struct later {
    struct http_exchange *x;
};

static void answer_later(void *arg) {
    struct later *l = arg;
    plan.concurrent--;
    reply_json(l->x, 200, "{'kind':'ConfigMap','metadata':{'name':'%s'}}", strrchr(http_path(l->x), '/') + 1);
    free(l);
}

static void serve_slowly(struct fixture *f, struct http_exchange *x) {
    struct later *l = calloc(1, sizeof *l);
    if (!l)
        abort();
    l->x = x;
    plan.requests++;
    if (++plan.concurrent > plan.peak)
        plan.peak = plan.concurrent;
    http_defer(x);
    loop_timer_add(f->loop, now_mono_ns() + NS_PER_MS, answer_later, l);
}

static void test_batch(void **state) {
    (void)state;
    enum { N = 150, LIMIT = 8 };
    autoarena a = { 0 };
    struct fixture f;
    memset(&plan, 0, sizeof plan);
    fixture_start(&f, serve_slowly);
    struct kube_batch *b = kube_batch_new(f.kube, LIMIT);
    unsigned seen[N] = { 0 }, answers = 0;
    for (size_t i = 0; i < N; i++) {
        struct arena_mark m = arena_mark(&a);
        struct kube_request req = {
            .verb = KUBE_GET, .resource = &configmaps, .ns = "d", .name = arena_fmt(&a, "n%zu", i)
        };
        kube_batch_add(b, &req, (void *)i);
        arena_rewind(&a, m); // the batch has its own copy
    }
    struct kube_done done;
    while (kube_batch_next(b, &a, &done)) {
        size_t i = (size_t)done.tag;
        assert_int_equal(done.err.kind, ERR_NONE);
        assert_string_equal(object_name(done.reply.object), arena_fmt(&a, "n%zu", i));
        seen[i]++;
        answers++;
    }
    assert_int_equal(answers, N);
    for (size_t i = 0; i < N; i++)
        assert_int_equal(seen[i], 1);
    assert_int_equal(kube_batch_peak(b), LIMIT);
    kube_batch_free(b);
    // One that is given up while requests are under way.
    b = kube_batch_new(f.kube, 4);
    for (size_t i = 0; i < 10; i++)
        kube_batch_add(
            b, &(struct kube_request) { .verb = KUBE_GET, .resource = &configmaps, .ns = "d", .name = "x" },
            NULL);
    kube_batch_free(b);
    struct err err = { .a = &a };
    struct value *v;
    assert_true(kube_get(&a, f.kube, &configmaps, "d", "y", &v, &err));
    fixture_stop(&f);
    assert_in_range(plan.peak, 2, LIMIT);
}

/* ---- lists ---- */

static void serve_pages(struct fixture *f, struct http_exchange *x) {
    const char *at = http_query(x, "continue");
    fixture_note(f, "page '%s' of %s", at ? at : "", http_query(x, "limit"));
    if (!at)
        reply_json(x, 200,
                   "{'kind':'ConfigMapList','metadata':{'continue':'two'},'items':[{'metadata':{'name':'a'}},"
                   "{'metadata':{'name':'b'}}]}");
    else
        reply_json(x, 200, "{'kind':'ConfigMapList','metadata':{},'items':[{'metadata':{'name':'c'}}, 7]}");
}

static bool note_name(void *arg, struct value *object, struct err *err) {
    (void)err;
    fixture_note(arg, "%s %s %s", object_api_version(object), object_kind(object), object_name(object));
    return true;
}

static void test_list(void **state) {
    (void)state;
    autoarena a = { 0 };
    struct err err = { .a = &a };
    struct fixture f;
    fixture_start(&f, serve_pages);
    assert_true(kube_list(&a, f.kube, &configmaps, NULL, NULL, note_name, &f, &err));
    assert_true(fixture_has(
        &f, "page '' of 500\nv1 ConfigMap a\nv1 ConfigMap b\npage 'two' of 500\nv1 ConfigMap c\n"));
    fixture_stop(&f);
}

int main(void) {
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_errors), cmocka_unit_test(test_requests),
                                        cmocka_unit_test(test_batch), cmocka_unit_test(test_list) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
