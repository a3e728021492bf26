// SPDX-License-Identifier: Apache-2.0
// Events: reading, keys, metadata, matching, masking, rate limit.
#include "tests/unit/check.h"

#include "common/base/timeutil.h"
#include "common/value/json.h"
#include "notification-controller/alert.h"
#include "notification-controller/limiter.h"

#define INVOLVED                                                                                             \
    "\"involvedObject\":{\"kind\":\"Kustomization\",\"namespace\":\"flux-system\",\"name\":\"apps\","        \
    "\"uid\":\"u1\","                                                                                        \
    "\"apiVersion\":\"kustomize.toolkit.fluxcd.io/v1\"}"
#define GROUP "kustomize.toolkit.fluxcd.io"

static struct value *json(struct arena *a, const char *text) {
    struct err err = { .a = a };
    struct value *v = NULL;
    if (!json_read(a, str_of(text), &v, &err))
        fail_msg("%s: %s", text, err.msg);
    return v;
}

static struct notice read_notice(struct arena *a, const char *rest) {
    struct err err = { .a = a };
    struct notice n = { 0 };
    if (!notice_read(a, str_of(arena_fmt(a, "{" INVOLVED "%s}", rest)), &n, &err))
        fail_msg("%s: %s", rest, err.msg);
    return n;
}

static void test_refused(void **state) {
    (void)state;
    static const struct {
        const char *text;
        bool ok;
    } cases[] = {
        { "{}", true },
        { "{" INVOLVED "}", true },
        { "{" INVOLVED ",\"timestamp\":\"2024-01-02T03:04:05Z\"}", true },
        { "{" INVOLVED ",\"metadata\":null,\"reason\":null}", true },
        { "", false },
        { "null", false },
        { "[]", false },
        { "{\"message\":5}", false },
        { "{\"metadata\":[]}", false },
        { "{\"metadata\":{\"a\":5}}", false },
        { "{\"timestamp\":\"yesterday\"}", false },
        { "{\"involvedObject\":\"x\"}", false },
        { "{\"involvedObject\":{\"name\":{}}}", false },
    };
    for (size_t i = 0; i < countof(cases); i++) {
        autoarena a = { 0 };
        struct err err = { .a = &a };
        struct notice n;
        bool ok = notice_read(&a, str_of(cases[i].text), &n, &err);
        check_row(cases[i].text, ok == cases[i].ok, "%s", ok ? "was read" : err.msg);
    }
    check_done();
}

static void test_cleanup(void **state) {
    (void)state;
    autoarena a = { 0 };
    struct notice n =
        read_notice(&a, ",\"metadata\":{\"" GROUP "/revision\":\"r\",\"" GROUP "/checksum\":\"c\",\"" GROUP
                        "/Digest\":\"d\",\"" GROUP "x/other\":\"o\",\"event.toolkit.fluxcd.io/commit\":\"e\","
                        "\"plain\":\"p\",\"" GROUP "/\":\"empty\"}");
    const char *got = json_text(&a, n.metadata, JSON_SORT_KEYS).p;
    check_row("kept", !strcmp(got, "{\"event.toolkit.fluxcd.io/commit\":\"e\",\"" GROUP "/revision\":\"r\"}"),
              "%s", got);
    check_done();
}

static void test_key(void **state) {
    (void)state;
    static const struct {
        const char *name, *x, *y;
        bool same;
    } cases[] = {
        { "severity", ",\"message\":\"m\",\"severity\":\"info\"", ",\"message\":\"m\",\"severity\":\"error\"",
          true },
        { "reason", ",\"message\":\"m\",\"reason\":\"A\"", ",\"message\":\"m\",\"reason\":\"B\"", true },
        { "timestamp", ",\"timestamp\":\"2024-01-02T03:04:05Z\"", ",\"timestamp\":\"2025-01-02T03:04:05Z\"",
          true },
        { "message", ",\"message\":\"m\"", ",\"message\":\"n\"", false },
        { "revision", ",\"metadata\":{\"" GROUP "/revision\":\"1\"}",
          ",\"metadata\":{\"" GROUP "/revision\":\"2\"}", false },
        { "origin revision", ",\"metadata\":{\"" GROUP "/originRevision\":\"1\"}", "", false },
        { "token", ",\"metadata\":{\"" GROUP "/token\":\"1\"}", ",\"metadata\":{\"" GROUP "/token\":\"2\"}",
          false },
        { "other keys", ",\"metadata\":{\"" GROUP "/x\":\"1\"}", ",\"metadata\":{\"" GROUP "/x\":\"2\"}",
          true },
    };
    for (size_t i = 0; i < countof(cases); i++) {
        autoarena a = { 0 };
        struct notice x = read_notice(&a, cases[i].x), y = read_notice(&a, cases[i].y);
        bool same = !strcmp(notice_key(&a, &x), notice_key(&a, &y));
        check_row(cases[i].name, same == cases[i].same, "%s", same ? "duplicates" : "differ");
    }
    autoarena a = { 0 };
    struct notice n = read_notice(&a, ",\"message\":\"m\",\"metadata\":{\"" GROUP "/revision\":\"r\",\"" GROUP
                                      "/token\":\"t\"}");
    // sha256 of event/name=apps/namespace=flux-system/kind=Kustomization/message=m/revision=r/token=t
    check_row("digest",
              !strcmp(notice_key(&a, &n), "ca099707bd6dc2fdc175e49ede4f230ed3a088101aa62acd9ae81accfdd6a755"),
              "%s", notice_key(&a, &n));
    notice_drop_token(&a, &n);
    check_row("token goes", !notice_meta(&a, &n, "token") && notice_meta(&a, &n, "revision"), "still there");
    check_done();
}

static void test_combine(void **state) {
    (void)state;
    static const struct {
        const char *name, *metadata, *event_metadata, *summary, *want, *conflicts;
    } cases[] = {
        { "nothing", "{}", "null", "", "{}", "{}" },
        { "all four", "{\"event.toolkit.fluxcd.io/a\":\"1\",\"" GROUP "/revision\":\"r\"}", "{\"b\":\"2\"}",
          "s", "{\"a\":\"1\",\"b\":\"2\",\"revision\":\"r\",\"summary\":\"s\"}", "{}" },
        { "the controller's own wins",
          "{\"event.toolkit.fluxcd.io/revision\":\"1\",\"" GROUP "/revision\":\"3\"}", "{\"revision\":\"2\"}",
          "", "{\"revision\":\"3\"}",
          "{\"revision\":\"involved object annotations, Alert object .spec.eventMetadata, involved object "
          "controller metadata\"}" },
        { "summary over eventMetadata", "{}", "{\"summary\":\"1\"}", "2", "{\"summary\":\"2\"}",
          "{\"summary\":\"Alert object .spec.eventMetadata, Alert object .spec.summary\"}" },
    };
    for (size_t i = 0; i < countof(cases); i++) {
        autoarena a = { 0 };
        struct notice n = read_notice(&a, arena_fmt(&a, ",\"metadata\":%s", cases[i].metadata));
        struct value *conflicts = NULL, *got = notice_combine(&a, &n, json(&a, cases[i].event_metadata),
                                                              cases[i].summary, &conflicts);
        check_row(cases[i].name, value_equal(got, json(&a, cases[i].want)), "%s", json_text(&a, got, 0).p);
        check_row(cases[i].name, value_equal(conflicts, json(&a, cases[i].conflicts)), "%s",
                  json_text(&a, conflicts, 0).p);
    }
    check_done();
}

static void test_sources(void **state) {
    (void)state;
    static const struct {
        const char *name, *spec, *severity;
        bool matches;
    } cases[] = {
        { "name", "{\"kind\":\"Kustomization\",\"name\":\"apps\",\"namespace\":\"flux-system\"}", "info",
          true },
        { "star", "{\"kind\":\"Kustomization\",\"name\":\"*\",\"namespace\":\"flux-system\"}", "info", true },
        { "other name", "{\"kind\":\"Kustomization\",\"name\":\"app\",\"namespace\":\"flux-system\"}", "info",
          false },
        { "other kind", "{\"kind\":\"HelmRelease\",\"name\":\"*\",\"namespace\":\"flux-system\"}", "info",
          false },
        { "the alert's namespace", "{\"kind\":\"Kustomization\",\"name\":\"*\"}", "info", false },
    };
    for (size_t i = 0; i < countof(cases); i++) {
        autoarena a = { 0 };
        struct err err = { .a = &a };
        struct notice n = read_notice(&a, ",\"severity\":\"info\"");
        struct alert_spec alert;
        const char *text = arena_fmt(
            &a, "{\"spec\":{\"providerRef\":{\"name\":\"p\"},\"eventSources\":[%s]}}", cases[i].spec);
        assert_true(alert_read(&a, json(&a, text), &alert, &err));
        bool got = alert_source_matches(&alert, &alert.sources[0], "other", &n);
        check_row(cases[i].name, got == cases[i].matches, "%s", got ? "matches" : "does not");
    }
    static const struct {
        const char *alert, *event;
        bool matches;
    } severities[] = { { "info", "info", true },   { "info", "error", true },  { "info", "trace", true },
                       { "error", "error", true }, { "error", "info", false }, { "error", "trace", false } };
    for (size_t i = 0; i < countof(severities); i++) {
        autoarena a = { 0 };
        struct notice n = read_notice(&a, arena_fmt(&a, ",\"severity\":\"%s\"", severities[i].event));
        struct object_ref source = { .kind = "Kustomization", .name = "*", .ns = "" };
        struct alert_spec alert = { .severity = severities[i].alert };
        bool got = alert_source_matches(&alert, &source, "flux-system", &n);
        check_row(severities[i].alert, got == severities[i].matches, "event %s: %s", severities[i].event,
                  got ? "matches" : "does not");
    }
    check_done();
}

static void test_labels(void **state) {
    (void)state;
    static const struct {
        const char *labels, *wanted;
        bool matches;
    } cases[] = {
        { "{\"a\":\"1\",\"b\":\"2\"}", "{\"a\":\"1\"}", true },
        { "{\"a\":\"1\"}", "{\"a\":\"2\"}", false },
        { "{\"a\":\"1\"}", "{\"a\":\"1\",\"b\":\"2\"}", false },
        { "null", "{\"a\":\"1\"}", false },
        { "{}", "{}", true },
    };
    for (size_t i = 0; i < countof(cases); i++) {
        autoarena a = { 0 };
        bool got = labels_match(json(&a, cases[i].labels), json(&a, cases[i].wanted));
        check_row(cases[i].wanted, got == cases[i].matches, "on %s: %s", cases[i].labels,
                  got ? "matches" : "does not");
    }
    check_done();
}

static void count_bad(void *arg, const char *list, const char *pattern, const char *message) {
    (void)list;
    (void)pattern;
    (void)message;
    ++*(int *)arg;
}

static void test_lists(void **state) {
    (void)state;
    static const struct {
        const char *in[3], *out[3];
        bool passes;
        int bad;
    } cases[] = {
        { { NULL }, { NULL }, true, 0 },
        { { "apply" }, { NULL }, false, 0 },
        { { "nothing", "^health.*failed" }, { NULL }, true, 0 },
        { { NULL }, { "failed$" }, false, 0 },
        { { "health" }, { "check" }, false, 0 },
        { { "(" }, { NULL }, false, 1 },
        { { NULL }, { "(" }, true, 1 },
        { { "(", "health" }, { "[", "x" }, true, 2 },
    };
    for (size_t i = 0; i < countof(cases); i++) {
        autoarena a = { 0 };
        struct alert_spec alert = { .inclusions = cases[i].in, .exclusions = cases[i].out };
        int bad = 0;
        bool got = alert_message_passes(&a, &alert, "health check failed", count_bad, &bad);
        check_row("lists", got == cases[i].passes && bad == cases[i].bad, "row %zu: %s, %d bad", i,
                  got ? "passes" : "dropped", bad);
    }
    check_done();
}

static void test_mask(void **state) {
    (void)state;
    static const struct {
        const char *text, *token, *want;
    } cases[] = {
        { "Post \"https://x/abcd\": refused", "abcd", "Post \"https://x/*****\": refused" },
        { "abcd abcd", "abcd", "***** *****" },
        { "abc", "abcd", "*****" },
        { "abcddd!", "abcd", "*****!" },
        { "nothing", "", "nothing" },
        { "nothing", NULL, "nothing" },
        { "key t\xc3\xa9 t t\xc3\xa9\xc3\xa9", " t\xc3\xa9\n", "key ***** ***** *****" },
        { "an x here", "x", "an ***** here" },
        { "a.c abc", "a.c", "***** abc" },
    };
    for (size_t i = 0; i < countof(cases); i++) {
        autoarena a = { 0 };
        const char *got = mask_token(&a, cases[i].text, cases[i].token);
        check_row(cases[i].text, !strcmp(got, cases[i].want), "got %s", got);
    }
    check_done();
}

static void test_limiter(void **state) {
    (void)state;
    struct limiter l = { .interval_ns = 100 * NS_PER_S };
    static const struct {
        int64_t at_s;
        const char *key;
        bool taken;
        int64_t reset_s;
    } steps[] = { { 0, "a", true, 100 },   { 1, "a", false, 100 },  { 1, "b", true, 101 },
                  { 99, "a", false, 100 }, { 100, "a", true, 200 }, { 100, "b", false, 101 },
                  { 101, "b", true, 201 }, { 150, "a", false, 200 } };
    for (size_t i = 0; i < countof(steps); i++) {
        int64_t reset = 0;
        bool got = limiter_take(&l, steps[i].key, steps[i].at_s * NS_PER_S, &reset);
        check_row(steps[i].key, got == steps[i].taken && reset == steps[i].reset_s * NS_PER_S,
                  "step %zu: %s, reset %lld", i, got ? "taken" : "refused", (long long)(reset / NS_PER_S));
    }
    int64_t reset;
    limiter_take(&l, "z", 1000 * NS_PER_S, &reset);
    check_row("old keys go", l.taken.count == 1, "%zu keys", l.taken.count);
    limiter_done(&l);
    check_done();
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_refused), cmocka_unit_test(test_cleanup), cmocka_unit_test(test_key),
        cmocka_unit_test(test_combine), cmocka_unit_test(test_sources), cmocka_unit_test(test_labels),
        cmocka_unit_test(test_lists),   cmocka_unit_test(test_mask),    cmocka_unit_test(test_limiter),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
