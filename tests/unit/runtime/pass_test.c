// SPDX-License-Identifier: Apache-2.0
/* A whole controller process against a small API server: passes, status patches, conflicts, parks, references, deletion, shutdown.
 * The process runs on the main thread, the test on another one. */
#include "tests/unit/check.h"
#include "tests/unit/runtime/fake_api.h"

#include "common/base/timeutil.h"
#include "common/runtime/daemon.h"
#include "common/runtime/park.h"
#include "common/runtime/status.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#define WIDGETS "/apis/test.io/v1/namespaces/ns/widgets"
#define SOURCES "/apis/test.io/v1/namespaces/ns/sources"
#define CONFIGS "/api/v1/namespaces/ns/configmaps"

/* ---- the controller under test ---- */

struct widget_spec {
    const char *mode, *target;
    int64_t interval_ns, timeout_ns;
};
#define S struct widget_spec
static const struct field widget_fields[] = {
    { "mode", STRING(S, mode), .flags = FIELD_REQUIRED },
    { "target", STRING(S, target) },
    { "interval", DURATION(S, interval_ns) },
    { "timeout", DURATION(S, timeout_ns), .value_if_absent = "10s" },
    { 0 },
};
#undef S

static atomic_int applied, waited, failures, remote;

// A server that does not answer, until the third pass has come to it as well.
static void wait_for_three(void) {
    static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
    static pthread_cond_t all = PTHREAD_COND_INITIALIZER;
    struct timespec until;
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += 10;
    pthread_mutex_lock(&lock);
    if (++remote == 3)
        pthread_cond_broadcast(&all);
    while (remote < 3 && !pthread_cond_timedwait(&all, &lock, &until))
        ;
    pthread_mutex_unlock(&lock);
}

static enum step_result step_apply(struct run *r) {
    const struct widget_spec *s = r->spec;
    applied++;
    run_progress(r, true, REASON_PROGRESSING, "working");
    if (!strcmp(s->mode, "fail") && failures++ < 3)
        return run_fail(r, ERR_IO, "Broken", "it does not work");
    if (!strcmp(s->mode, "stall"))
        return run_stall(r, "Hopeless", "it never will");
    if (!strcmp(s->mode, "remote")) {
        autoremote struct remote_scope scope = remote_enter(r->rt);
        wait_for_three();
    }
    const struct value *source = runtime_find(r->rt, r->a, "Source", r->ns, s->target);
    if (source)
        value_set(r->a, r->status, "lastAppliedRevision",
                  value_string(r->a, value_text_at(source, "status", "artifact", "revision", NULL)));
    return STEP_NEXT;
}

static const struct kube_resource configmaps = { "", "v1", "ConfigMap", "configmaps", true };

static enum step_result wait_for_config(struct run *r, const struct widget_spec *s) {
    int64_t deadline = r->park_deadline_ns ? r->park_deadline_ns : now_mono_ns() + s->timeout_ns;
    struct value *v = NULL;
    struct err err = { .a = r->a };
    if (!park_peek(r, NULL, &configmaps, r->ns, s->target, NULL, &v) &&
        !kube_get(r->a, runtime_kube(r->rt), &configmaps, r->ns, s->target, &v, &err))
        v = NULL;
    if (text_eq(value_text(value_at(v, "data", "ready", NULL), ""), "yes"))
        return STEP_NEXT;
    if (now_mono_ns() >= deadline)
        return run_fail(r, ERR_TIMEOUT, "TooLate", "%s", r->wake & WAKE_DEADLINE ? "deadline" : "other");
    if (r->wake & WAKE_REQUEST && r->resume_step)
        return STEP_RESTART;
    park_on_object(r, NULL, &configmaps, r->ns, s->target, v ? object_resource_version(v) : "", NULL);
    const char record[] = "record";
    return park_until(r, "wait", deadline, record, sizeof record - 1);
}

static enum step_result wait_for_other(struct run *r, const struct widget_spec *s) {
    struct value *v = runtime_find(r->rt, r->a, "Widget", r->ns, s->target);
    if (v && condition_is(v, CONDITION_READY, CONDITION_TRUE))
        return STEP_NEXT;
    park_on_ready(r, "Widget", r->ns, s->target, v ? object_resource_version(v) : "");
    return run_wait(r, 60 * NS_PER_S, REASON_DEPENDENCY_NOT_READY, "dependency '%s' is not ready", s->target);
}

static enum step_result step_wait(struct run *r) {
    const struct widget_spec *s = r->spec;
    waited++;
    if (r->resume_step && !str_is(r->record, "record"))
        return run_fail(r, ERR_BUG, "NoRecord", "the record is lost");
    if (!strcmp(s->mode, "park"))
        return wait_for_config(r, s);
    if (!strcmp(s->mode, "depend"))
        return wait_for_other(r, s);
    return STEP_NEXT;
}

static enum step_result step_done(struct run *r) {
    r->ok_reason = REASON_SUCCEEDED;
    r->ok_message = "done";
    return STEP_NEXT;
}

static const struct step widget_steps[] = {
    { "apply", step_apply, .fail_reason = "ApplyFailed" },
    { "wait", step_wait, .fail_reason = "WaitFailed" },
    { "done", step_done },
    { 0 },
};

static enum step_result widget_delete(struct run *r) {
    run_event(r, EVENT_INFO, "Deleting", "good bye");
    return STEP_NEXT;
}

static void widget_refs(struct ref_list *out, const struct value *object) {
    ref_add(out, "Source", object_ns(object), value_text(value_at(object, "spec", "target", NULL), NULL));
}

static bool revision_changed(const struct value *before, const struct value *after) {
    return after &&
           strcmp(before ? value_text(value_at(before, "status", "artifact", "revision", NULL), "") : "",
                  value_text(value_at(after, "status", "artifact", "revision", NULL), ""));
}

static const struct kind_watch widget_watches[] = {
    { .group = "test.io",
      .version = "v1",
      .name = "Source",
      .plural = "sources",
      .relevant = revision_changed },
    { 0 },
};

static const struct kind kind_widget = {
    .group = "test.io",
    .version = "v1",
    .name = "Widget",
    .plural = "widgets",
    .spec_size = sizeof(struct widget_spec),
    .fields = widget_fields,
    .steps = widget_steps,
    .on_delete = widget_delete,
    .refs = widget_refs,
    .watches = widget_watches,
};

static const struct kind *const kinds[] = { &kind_widget, NULL };

/* ---- the driver ---- */

struct drive {
    struct fake_api *api;
    void (*scenario)(struct fake_api *api);
};

static void *drive_thread(void *arg) {
    struct drive *d = arg;
    d->scenario(d->api);
    kill(getpid(), SIGTERM);
    return NULL;
}

static int run_with(void (*scenario)(struct fake_api *api), const char *const *extra_flags) {
    struct drive d = { fake_start(), scenario };
    char path[] = "/tmp/runtime-test.XXXXXX", flag[128], text[512];
    int fd = mkstemp(path), n = snprintf(text, sizeof text,
                                         "apiVersion: v1\nkind: Config\ncurrent-context: t\ncontexts: "
                                         "[{name: t, context: {cluster: t, user: t}}]\n"
                                         "clusters: [{name: t, cluster: {server: "
                                         "\"http://127.0.0.1:%d\"}}]\nusers: [{name: t, user: {}}]\n",
                                         fake_port(d.api));
    if (write(fd, text, (size_t)n) != n)
        abort();
    close(fd);
    snprintf(flag, sizeof flag, "--kubeconfig=%s", path);
    char *argv[16] = { (char *)"test-controller",
                       flag,
                       (char *)"--health-addr=127.0.0.1:0",
                       (char *)"--metrics-addr=127.0.0.1:0",
                       (char *)"--min-retry-delay=20ms",
                       (char *)"--log-level=error",
                       (char *)"--concurrent=2" };
    int argc = 7;
    for (; extra_flags && *extra_flags; extra_flags++)
        argv[argc++] = (char *)*extra_flags;
    struct daemon daemon = { .name = "test-controller", .kinds = kinds, .features = DAEMON_DEPENDENCY };
    sigset_t all, before;
    pthread_t thread;
    applied = waited = failures = remote = 0;
    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, &before);
    pthread_create(&thread, NULL, drive_thread, &d);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    int code = daemon_run(&daemon, argc, argv);
    pthread_join(thread, NULL);
    fake_stop(d.api);
    unlink(path);
    return code;
}

static void put_widget(struct fake_api *api, const char *name, const char *spec) {
    autoarena a = { 0 };
    fake_put(api, WIDGETS,
             arena_fmt(&a,
                       "{\"apiVersion\":\"test.io/v1\",\"kind\":\"Widget\",\"metadata\":{\"name\":\"%s\","
                       "\"namespace\":\"ns\"},\"spec\":%s,\"status\":{\"observedGeneration\":-1}}",
                       name, spec));
}

#define EVENTUALLY(path, pointer, want)                                                                      \
    do {                                                                                                     \
        autoarena a_ = { 0 };                                                                                \
        bool ok_ = fake_wait(api, (path), (pointer), (want));                                                \
        check_row((pointer), ok_, "line %d: %s is %s", __LINE__, (path),                                     \
                  fake_text(api, &a_, (path), (pointer)));                                                   \
    } while (0)

/* ---- scenarios ---- */

static void ordinary(struct fake_api *api) {
    put_widget(api, "w", "{\"mode\":\"ok\"}");
    EVENTUALLY(WIDGETS "/w", "/status/conditions/0/message", "done");
    EVENTUALLY(WIDGETS "/w", "/status/observedGeneration", "1");
    EVENTUALLY(WIDGETS "/w", "/metadata/finalizers/0", "finalizers.fluxcd.io");
    EVENTUALLY(WIDGETS "/w", "/status/conditions/1", ""); // only Ready
    int patches = fake_count(api, "PATCH", "/status"), before = applied;
    check_row("one status patch", patches == 1, "%d", patches);
    // requested: a pass that changes nothing writes only the request
    fake_patch(api, WIDGETS "/w",
               "{\"metadata\":{\"annotations\":{\"reconcile.fluxcd.io/requestedAt\":\"t1\"}}}");
    EVENTUALLY(WIDGETS "/w", "/status/lastHandledReconcileAt", "t1");
    check_row("a pass", applied == before + 1, "%d passes", applied - before);
    check_row("one more patch", fake_count(api, "PATCH", "/status") == patches + 1, "%d",
              fake_count(api, "PATCH", "/status"));
    // labels are nobody's business
    fake_patch(api, WIDGETS "/w", "{\"metadata\":{\"labels\":{\"a\":\"b\"}}}");
    fake_patch(api, WIDGETS "/w", "{\"spec\":{\"target\":\"x\"}}");
    EVENTUALLY(WIDGETS "/w", "/status/observedGeneration", "2");
    check_row("one pass for the spec", applied == before + 2, "%d passes", applied - before);
    fake_patch(api, WIDGETS "/w",
               "{\"spec\":{\"suspend\":true},\"metadata\":{\"annotations\":{\"reconcile.fluxcd.io/"
               "requestedAt\":\"t2\"}}}");
    EVENTUALLY(WIDGETS "/w", "/status/lastHandledReconcileAt", "t2");
    check_row("suspended", applied == before + 2, "%d passes", applied - before);
    fake_delete(api, WIDGETS "/w");
    EVENTUALLY(WIDGETS "/w", "", NULL);
}

static void failing(struct fake_api *api) {
    put_widget(api, "w", "{\"mode\":\"fail\"}");
    EVENTUALLY(WIDGETS "/w", "/status/conditions/0/reason", REASON_PROGRESSING_WITH_RETRY);
    EVENTUALLY(WIDGETS "/w", "/status/conditions/0/type",
               CONDITION_READY); // Reconciling is gone: it recovered
    EVENTUALLY(WIDGETS "/w", "/status/conditions/0/status", "True");
    check_row("three failures", applied == 4, "%d passes", applied);
    put_widget(api, "s", "{\"mode\":\"stall\"}");
    EVENTUALLY(WIDGETS "/s", "/status/conditions/0/type", CONDITION_STALLED);
    EVENTUALLY(WIDGETS "/s", "/status/conditions/1/reason", "Hopeless");
    EVENTUALLY(WIDGETS "/s", "/status/observedGeneration", "1");
    put_widget(api, "n", "{}");
    EVENTUALLY(
        WIDGETS "/n", "/status/conditions/0/message",
        "Reconciliation failed terminally due to configuration error: spec.mode: required field is missing");
}

static void conflicts(struct fake_api *api) {
    fake_conflict(api, "/status", 2,
                  "{\"status\":{\"foreign\":\"kept\",\"conditions\":[{\"type\":\"Foreign\",\"status\":"
                  "\"True\",\"reason\":\"F\","
                  "\"message\":\"f\",\"lastTransitionTime\":\"2020-01-01T00:00:00Z\"}]}}");
    put_widget(api, "w", "{\"mode\":\"ok\"}");
    EVENTUALLY(WIDGETS "/w", "/status/conditions/0/type", CONDITION_READY);
    EVENTUALLY(WIDGETS "/w", "/status/conditions/1/type", "Foreign");
    EVENTUALLY(WIDGETS "/w", "/status/foreign", "kept");
    check_row("one pass", applied == 1, "%d", applied);
    check_row("three tries", fake_count(api, "PATCH", "/status") == 3, "%d",
              fake_count(api, "PATCH", "/status"));
}

static void parked(struct fake_api *api) {
    put_widget(api, "w", "{\"mode\":\"park\",\"target\":\"c\"}");
    EVENTUALLY(WIDGETS "/w", "/status/conditions/0/type", CONDITION_RECONCILING);
    check_row("lastHandled waits", fake_count(api, "PATCH", "/status") == 1, "%d",
              fake_count(api, "PATCH", "/status"));
    fake_put(api, CONFIGS,
             "{\"apiVersion\":\"v1\",\"kind\":\"ConfigMap\",\"metadata\":{\"name\":\"c\",\"namespace\":"
             "\"ns\"},\"data\":{\"ready\":\"no\"}}");
    fake_patch(api, CONFIGS "/c", "{\"data\":{\"ready\":\"yes\"}}");
    EVENTUALLY(WIDGETS "/w", "/status/conditions/0/message", "done");
    check_row("applied once", applied == 1, "%d", applied);
    // an object that does not appear in time
    put_widget(api, "late", "{\"mode\":\"park\",\"target\":\"never\",\"timeout\":\"300ms\"}");
    EVENTUALLY(WIDGETS "/late", "/status/conditions/1/reason", "TooLate");
    EVENTUALLY(WIDGETS "/late", "/status/conditions/1/message", "deadline");
    // deletion does not wait
    put_widget(api, "gone", "{\"mode\":\"park\",\"target\":\"never\",\"timeout\":\"60s\"}");
    EVENTUALLY(WIDGETS "/gone", "/status/conditions/0/type", CONDITION_RECONCILING);
    fake_delete(api, WIDGETS "/gone");
    EVENTUALLY(WIDGETS "/gone", "", NULL);
    // a request applies again and keeps the deadline
    int before = applied;
    put_widget(api, "asked", "{\"mode\":\"park\",\"target\":\"never\",\"timeout\":\"600ms\"}");
    EVENTUALLY(WIDGETS "/asked", "/status/conditions/0/type", CONDITION_RECONCILING);
    fake_patch(api, WIDGETS "/asked",
               "{\"metadata\":{\"annotations\":{\"reconcile.fluxcd.io/requestedAt\":\"t1\"}}}");
    EVENTUALLY(WIDGETS "/asked", "/status/conditions/1/reason", "TooLate");
    EVENTUALLY(WIDGETS "/asked", "/status/lastHandledReconcileAt", "t1");
    check_row("applied twice", applied >= before + 2, "%d", applied - before);
}

static void depends(struct fake_api *api) {
    put_widget(api, "third", "{\"mode\":\"depend\",\"target\":\"second\"}");
    put_widget(api, "second", "{\"mode\":\"depend\",\"target\":\"first\"}");
    EVENTUALLY(WIDGETS "/second", "/status/conditions/1/reason", REASON_DEPENDENCY_NOT_READY);
    EVENTUALLY(WIDGETS "/third", "/status/conditions/1/reason", REASON_DEPENDENCY_NOT_READY);
    int64_t began = now_mono_ns();
    put_widget(api, "first", "{\"mode\":\"ok\"}");
    EVENTUALLY(WIDGETS "/third", "/status/conditions/0/message", "done");
    check_row("at once", now_mono_ns() - began < 5 * NS_PER_S, "the chain took %lld ms",
              (long long)((now_mono_ns() - began) / NS_PER_MS));
}

static void put_source(struct fake_api *api, const char *revision) {
    autoarena a = { 0 };
    fake_put(api, SOURCES,
             arena_fmt(&a,
                       "{\"apiVersion\":\"test.io/"
                       "v1\",\"kind\":\"Source\",\"metadata\":{\"name\":\"src\",\"namespace\":\"ns\"},"
                       "\"status\":{\"artifact\":{\"revision\":\"%s\"}}}",
                       revision));
}

static void sources(struct fake_api *api) {
    put_source(api, "r1");
    put_widget(api, "w", "{\"mode\":\"ok\",\"target\":\"src\"}");
    put_widget(api, "other", "{\"mode\":\"ok\",\"target\":\"another\"}");
    EVENTUALLY(WIDGETS "/w", "/status/lastAppliedRevision", "r1");
    EVENTUALLY(WIDGETS "/other", "/status/conditions/0/message", "done");
    put_widget(api, "settled",
               "{\"mode\":\"ok\"}"); // behind a second pass that the new source may have asked for
    EVENTUALLY(WIDGETS "/settled", "/status/conditions/0/message", "done");
    int before = applied;
    put_source(api, "r2");
    EVENTUALLY(WIDGETS "/w", "/status/lastAppliedRevision", "r2");
    fake_patch(api, SOURCES "/src", "{\"metadata\":{\"labels\":{\"a\":\"b\"}}}"); // same revision
    fake_patch(api, WIDGETS "/w", "{\"spec\":{\"target\":\"another\"}}");
    EVENTUALLY(WIDGETS "/w", "/status/observedGeneration", "2");
    put_source(api, "r3"); // nobody refers to it any more
    put_widget(api, "marker", "{\"mode\":\"ok\"}");
    EVENTUALLY(WIDGETS "/marker", "/status/conditions/0/message", "done");
    check_row("passes", applied == before + 3, "%d", applied - before);
}

// With --concurrent=2 a third pass starts once the first two have been blocked on remotes for a second.
static void blocked(struct fake_api *api) {
    for (int i = 0; i < 3; i++) {
        char name[4] = { 'r', (char)('0' + i), 0 };
        put_widget(api, name, "{\"mode\":\"remote\"}");
    }
    for (int i = 0; i < 3; i++) {
        autoarena a = { 0 };
        EVENTUALLY(arena_fmt(&a, WIDGETS "/r%d", i), "/status/conditions/0/message", "done");
    }
    check_row("a spare worker", remote == 3, "%d", (int)remote);
}

#define SCENARIO(name)                                                                                       \
    static void test_##name(void **state) {                                                                  \
        (void)state;                                                                                         \
        int code = run_with(name, NULL);                                                                     \
        check_row("exit code", code == 0, "%d", code);                                                       \
        check_done();                                                                                        \
    }
SCENARIO(ordinary)
SCENARIO(failing)
SCENARIO(conflicts)
SCENARIO(parked)
SCENARIO(depends)
SCENARIO(sources)
SCENARIO(blocked)

static void nothing(struct fake_api *api) {
    (void)api;
}

static void test_exit_codes(void **state) {
    (void)state;
    static const struct {
        const char *flag;
        int code;
    } rows[] = { { "--help", 0 },
                 { "--nope", 2 },
                 { "--concurrent=x", 2 },
                 { "--concurrent=0", 1 },
                 { "--feature-gates=Nope=true", 1 },
                 { "--kubeconfig=/nonexistent", 1 },
                 { "--log-encoding=x", 1 },
                 { "--metrics-addr=nowhere:x", 1 } };
    signal(SIGTERM, SIG_IGN); // the driver's, when there is no process to end
    for (size_t i = 0; i < countof(rows); i++) {
        int code = run_with(nothing, (const char *const[]) { rows[i].flag, NULL });
        check_row(rows[i].flag, code == rows[i].code, "%d, want %d", code, rows[i].code);
    }
    signal(SIGTERM, SIG_DFL);
    check_done();
}

#define LEASE "/apis/coordination.k8s.io/v1/namespaces/flux-system/leases/test-controller-leader-election"

static void stolen(struct fake_api *api) {
    put_widget(api, "w", "{\"mode\":\"ok\"}");
    EVENTUALLY(WIDGETS "/w", "/status/conditions/0/message", "done");
    fake_patch(api, LEASE,
               "{\"spec\":{\"holderIdentity\":\"thief\",\"leaseDurationSeconds\":60,\"renewTime\":\"2036-01-"
               "01T00:00:00.000000Z\"}}");
    fake_wait(api, LEASE, "/spec/holderIdentity", "never: the process ends before");
}

static void given_back(struct fake_api *api) {
    put_widget(api, "w", "{\"mode\":\"ok\"}");
    EVENTUALLY(WIDGETS "/w", "/status/conditions/0/message", "done");
    EVENTUALLY(LEASE, "/spec/leaseDurationSeconds", "3");
}

// In a process of its own: losing the lease ends it on the spot.
static void test_leader(void **state) {
    (void)state;
    static const char *const flags[] = { "--enable-leader-election", "--leader-election-lease-duration=3s",
                                         "--leader-election-renew-deadline=1s",
                                         "--leader-election-retry-period=200ms", NULL };
    static const struct {
        void (*scenario)(struct fake_api *api);
        const char *name;
        int code;
    } rows[] = { { stolen, "stolen", 1 }, { given_back, "given back", 0 } };
    for (size_t i = 0; i < countof(rows); i++) {
        int status = 0;
        pid_t pid = fork();
        if (!pid)
            _exit(run_with(rows[i].scenario, flags) | (check_failures ? 64 : 0));
        waitpid(pid, &status, 0);
        check_row(rows[i].name, WIFEXITED(status) && WEXITSTATUS(status) == rows[i].code, "status %x",
                  (unsigned)status);
    }
    check_done();
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_ordinary), cmocka_unit_test(test_failing),    cmocka_unit_test(test_conflicts),
        cmocka_unit_test(test_parked),   cmocka_unit_test(test_depends),    cmocka_unit_test(test_sources),
        cmocka_unit_test(test_blocked),  cmocka_unit_test(test_exit_codes), cmocka_unit_test(test_leader),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
