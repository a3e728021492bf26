// SPDX-License-Identifier: Apache-2.0
// The store against a scripted server: pages, watch events, resume, 410, refusal, waiting for one object.
#include "tests/unit/kube/fixture.h"

#include "common/base/timeutil.h"

static const struct kube_resource configmaps = { "", "v1", "ConfigMap", "configmaps", true };

#define OBJECT(name, version)                                                                                \
    "{'metadata':{'namespace':'d','name':'" name "','resourceVersion':'" version                             \
    "','managedFields':[{'a':1}]},'data':{'v':'" version "'}}"
#define EVENT(type, name, version)                                                                           \
    "{\"type\":\"" type                                                                                      \
    "\",\"object\":{\"kind\":\"ConfigMap\",\"metadata\":{\"namespace\":\"d\",\"name\":\"" name               \
    "\",\"resourceVersion\":\"" version "\"},\"data\":{\"v\":\"" version "\"}}}"

static unsigned lists; // how often the first page was asked for

static void serve_list(struct http_exchange *x) {
    const char *at = http_query(x, "continue");
    if (lists == 1 && !at)
        reply_json(x, 200,
                   "{'metadata':{'resourceVersion':'10','continue':'2'},'items':[" OBJECT(
                       "a", "1") "," OBJECT("b", "2") "]}");
    else if (lists == 1)
        reply_json(x, 200, "{'metadata':{'resourceVersion':'10'},'items':[" OBJECT("c", "3") "]}");
    else // after the 410: a is gone, b as it was, c changed, d new
        reply_json(x, 200,
                   "{'metadata':{'resourceVersion':'50'},'items':[" OBJECT("b", "2") "," OBJECT(
                       "c", "40") "," OBJECT("d", "41") "]}");
}

static void serve(struct fixture *f, struct http_exchange *x) {
    if (!http_query(x, "watch")) {
        if (!http_query(x, "continue"))
            lists++;
        fixture_note(f, "list %u", lists);
        serve_list(x);
        return;
    }
    f->push = http_reply_stream(x, 200, "application/json", 1 << 20, NULL, NULL);
    fixture_note(f, "watch from %s%s", http_query(x, "resourceVersion"),
                 http_query(x, "allowWatchBookmarks") ? "" : " without bookmarks");
}

static void changed(void *arg, struct kube_store *s, const struct kube_change *c) {
    static const char *const types[] = { "added", "updated", "deleted" };
    const struct value *old = kube_change_old(c);
    struct fixture *f = arg;
    (void)s;
    fixture_note(f, "%s %s/%s %s%s%s%s", types[c->type], c->ns, c->name, object_resource_version(c->object),
                 old ? " was " : "", old ? object_resource_version(old) : "", c->initial ? " (initial)" : "");
}

static void synced(void *arg, struct kube_store *s) {
    (void)s;
    fixture_note(arg, "synced");
}

static void free_store(void *arg) {
    kube_store_free(arg);
}

static bool count_one(void *arg, struct arena *a, struct value *object) {
    (void)a;
    (void)object;
    ++*(size_t *)arg;
    return true;
}

static void test_life(void **state) {
    (void)state;
    autoarena a = { 0 };
    struct err err = { .a = &a };
    struct fixture f;
    lists = 0;
    fixture_start(&f, serve);
    struct kube_store_options options = { .resource = configmaps };
    struct kube_store *s = kube_store_new(f.kube, &options, changed, synced, &f);
    kube_store_start(s);
    assert_true(kube_store_wait_synced(s, now_mono_ns() + 5 * NS_PER_S, &err));
    fixture_wait(&f, "added d/a 1 (initial)\nadded d/b 2 (initial)\nlist 1\nadded d/c 3 "
                     "(initial)\nsynced\nwatch from 10\n");

    struct value *v = kube_store_get(&a, s, "d", "a");
    assert_non_null(v);
    assert_string_equal(object_kind(v), "ConfigMap");
    assert_null(value_at(v, "metadata", "managedFields", NULL));
    assert_null(kube_store_get(&a, s, "d", "zz"));
    assert_int_equal(kube_store_len(s), 3);
    size_t n = 0;
    kube_store_each(s, count_one, &n);
    assert_int_equal(n, 3);
    assert_int_equal(value_len(kube_store_keys(&a, s)), 3);

    fixture_push(&f, EVENT("MODIFIED", "b", "11"));
    fixture_wait(&f, "updated d/b 11 was 2\n");
    fixture_push(&f, EVENT("DELETED", "c", "12"));
    fixture_wait(&f, "deleted d/c 3 was 3\n");
    fixture_push(&f, "{\"type\":\"BOOKMARK\",\"object\":{\"kind\":\"ConfigMap\",\"metadata\":{"
                     "\"resourceVersion\":\"20\"}}}");
    fixture_end(&f); // the next watch goes on where the bookmark was
    fixture_wait(&f, "watch from 20\n");
    fixture_push(&f, EVENT("ADDED", "c", "21"));
    fixture_wait(&f, "added d/c 21\n");
    assert_false(fixture_has(&f, "list 2"));

    fixture_push(&f, EVENT("MODIFIED", "b", "2")); // back to an old version: for the list that follows
    fixture_wait(&f, "updated d/b 2 was 11\n");
    fixture_push(&f, "{\"type\":\"ERROR\",\"object\":{\"kind\":\"Status\",\"code\":410,\"message\":\"too old "
                     "resource version\"}}");
    fixture_wait(&f, "watch from 50\n");
    assert_true(
        fixture_has(&f, "list 2\nupdated d/c 40 was 21\nadded d/d 41\ndeleted d/a 1 was 1\nwatch from 50\n"));
    assert_int_equal(kube_store_len(s), 3);
    fixture_on_loop(&f, free_store, s);
    fixture_stop(&f);
}

/* ---- garbage in the stream, refusal ---- */

static void test_garbage(void **state) {
    (void)state;
    struct fixture f;
    lists = 0;
    fixture_start(&f, serve);
    struct kube_store_options options = { .resource = configmaps };
    struct kube_store *s = kube_store_new(f.kube, &options, changed, synced, &f);
    kube_store_start(s);
    fixture_wait(&f, "watch from 10\n");
    fixture_push(&f, "{\"type\":\"ADDED\",\"object\":7}{\"type\":3}[1]{}"); // nothing of it is an event
    fixture_push(&f, EVENT("ADDED", "x", "13"));
    fixture_wait(&f, "added d/x 13\n");
    fixture_push(&f, "}}}"); // not JSON: the watch begins anew
    fixture_wait(&f, "watch from 13\n");
    fixture_push(&f, EVENT("ADDED", "y", "14"));
    fixture_wait(&f, "added d/y 14\n");
    fixture_on_loop(&f, free_store, s);
    fixture_stop(&f);
}

static void serve_refusal(struct fixture *f, struct http_exchange *x) {
    fixture_note(f, "asked");
    reply_json(x, 403, "{'kind':'Status','message':'you may not','reason':'Forbidden','code':403}");
}

static void test_refused(void **state) {
    (void)state;
    autoarena a = { 0 };
    struct err err = { .a = &a };
    struct fixture f;
    fixture_start(&f, serve_refusal);
    struct kube_store_options options = { .resource = configmaps };
    struct kube_store *s = kube_store_new(f.kube, &options, changed, synced, &f);
    kube_store_start(s);
    fixture_wait(&f, "asked\nasked\n"); // with back-off
    assert_false(kube_store_wait_synced(s, now_mono_ns(), &err));
    assert_int_equal(err.kind, ERR_TIMEOUT);
    assert_string_equal(err.msg, "timed out waiting for the list of configmaps: you may not");
    assert_string_equal(kube_store_error(&a, s), "you may not");
    fixture_on_loop(&f, free_store, s);
    fixture_stop(&f);
}

/* ---- an event that is made while the server answers a request reaches the watch without any other traffic ---- */

static void serve_pokes(struct fixture *f, struct http_exchange *x) {
    autoarena a = { 0 };
    if (text_eq(http_method(x), "GET")) {
        serve(f, x);
        return;
    }
    const char *name = strrchr(http_path(x), '/') + 1;
    for (int i = 0; i < 3; i++) {
        const char *event = arena_fmt(&a,
                                      "{\"type\":\"ADDED\",\"object\":{\"metadata\":{\"name\":\"%s-%d\","
                                      "\"resourceVersion\":\"%s%d\"}}}\n",
                                      name, i, name, i);
        http_push_write(f->push, str_of(event));
    }
    reply_json(x, 200, "{}");
}

static void test_pokes(void **state) {
    (void)state;
    autoarena a = { 0 };
    struct err err = { .a = &a };
    struct fixture f;
    lists = 0;
    fixture_start(&f, serve_pokes);
    struct kube_store_options options = { .resource = configmaps };
    struct kube_store *s = kube_store_new(f.kube, &options, changed, synced, &f);
    kube_store_start(s);
    fixture_wait(&f, "watch from 10\n");
    for (int i = 100; i < 140; i++) {
        const char *name = arena_fmt(&a, "%d", i);
        assert_true(kube_delete(&a, f.kube, &configmaps, "d", name, NULL, &err));
        fixture_wait(&f, arena_fmt(&a, "added /%s-2 ", name));
    }
    fixture_on_loop(&f, free_store, s);
    fixture_stop(&f);
}

/* ---- shared stores ---- */

struct acquire {
    struct fixture *f;
    struct kube_stores *set;
    struct kube_store *x, *y, *z;
};

static void acquire_three(void *arg) {
    struct acquire *q = arg;
    struct kube_store_options labelled = { .resource = configmaps, .label_selector = "a" },
                              other = { .resource = configmaps };
    q->set = kube_stores_new(changed, synced, q->f);
    q->x = kube_stores_acquire(q->set, q->f->kube, &labelled);
    q->y = kube_stores_acquire(q->set, q->f->kube, &labelled);
    q->z = kube_stores_acquire(q->set, q->f->kube, &other);
}

static void release_three(void *arg) {
    struct acquire *q = arg;
    kube_stores_release(q->set, q->x);
    fixture_note(q->f, "%zu left", kube_stores_len(q->set));
    kube_stores_release(q->set, q->y);
    fixture_note(q->f, "%zu left", kube_stores_len(q->set));
    kube_stores_free(q->set);
}

static void test_shared(void **state) {
    (void)state;
    struct fixture f;
    lists = 0;
    fixture_start(&f, serve);
    struct acquire q = { .f = &f };
    fixture_on_loop(&f, acquire_three, &q);
    assert_ptr_equal(q.x, q.y);
    assert_ptr_not_equal(q.x, q.z);
    fixture_wait(&f, "synced\n");
    fixture_on_loop(&f, release_three, &q);
    assert_true(fixture_has(&f, "2 left\n1 left\n"));
    fixture_stop(&f);
}

/* ---- waiting for one object ---- */

static bool has_version_42(void *arg, const struct value *object) {
    (void)arg;
    return text_eq(object_resource_version(object), "42");
}

static bool is_absent(void *arg, const struct value *object) {
    (void)arg;
    return !object;
}

static void *push_42(void *arg) {
    struct fixture *f = arg;
    fixture_wait(f, "watch from 10\n");
    fixture_push(f, EVENT("MODIFIED", "a", "42"));
    return NULL;
}

static void test_wait(void **state) {
    (void)state;
    autoarena a = { 0 };
    struct err err = { .a = &a };
    struct fixture f;
    pthread_t t;
    lists = 0;
    fixture_start(&f, serve);
    pthread_create(&t, NULL, push_42, &f);
    assert_true(kube_wait_object(f.kube, &configmaps, "d", "a", has_version_42, NULL,
                                 now_mono_ns() + 5 * NS_PER_S, &err));
    pthread_join(t, NULL);
    lists = 0;
    assert_true(kube_wait_object(f.kube, &configmaps, "d", "nobody", is_absent, NULL,
                                 now_mono_ns() + 5 * NS_PER_S, &err));
    lists = 0;
    assert_false(kube_wait_object(f.kube, &configmaps, "d", "a", is_absent, NULL,
                                  now_mono_ns() + 50 * NS_PER_MS, &err));
    assert_int_equal(err.kind, ERR_TIMEOUT);
    fixture_stop(&f);
}

int main(void) {
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_life),    cmocka_unit_test(test_garbage),
                                        cmocka_unit_test(test_refused), cmocka_unit_test(test_pokes),
                                        cmocka_unit_test(test_shared),  cmocka_unit_test(test_wait) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
