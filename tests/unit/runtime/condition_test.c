// SPDX-License-Identifier: Apache-2.0
// Conditions, their summary, the status patch and the history.
#include "tests/unit/check.h"

#include "common/base/limits.h"
#include "common/base/timeutil.h"
#include "common/runtime/status.h"
#include "common/value/json.h"

#define T0 (1000 * NS_PER_S) // 1970-01-01T00:16:40Z
#define T1 (2000 * NS_PER_S) // 1970-01-01T00:33:20Z

static struct value *object(struct arena *a, const char *json) {
    struct err err = { .a = a };
    struct value *v = NULL;
    if (!json_read(a, str_of(json), &v, &err))
        fail_msg("%s", err.msg);
    return v;
}

static const char *conditions(struct arena *a, const struct value *o) {
    const char *text = "";
    const struct value *list = value_at(o, "status", "conditions", NULL);
    for (size_t i = 0; i < value_len(list); i++) {
        const struct value *c = value_item(list, i);
        text = arena_fmt(a, "%s%s%s=%s:%s:%s", text, i ? " " : "", value_text_at(c, "type", NULL),
                         value_text_at(c, "status", NULL), value_text_at(c, "reason", NULL),
                         value_text_at(c, "message", NULL));
    }
    return text;
}

static void test_summary(void **state) {
    (void)state;
    static const struct condition_row rows[] = { { "FetchFailed", true }, { "Outdated", true },
                                                 { "InStorage", false },  { "Verified", false },
                                                 { "Reconciling", true }, { 0 } };
    static const struct {
        const char *name, *set, *want; // set: "Type=Status ..."
    } cases[] = {
        { "nothing", "", "" },
        { "negative true wins", "InStorage=True FetchFailed=True", "False FetchFailed" },
        { "first of its group", "Outdated=True FetchFailed=True", "False FetchFailed" },
        { "positive false over positive true", "InStorage=True Verified=False", "False Verified" },
        { "positive true", "InStorage=True Verified=True", "True InStorage" },
        { "positive true over unknown", "InStorage=True Verified=Unknown", "True InStorage" },
        { "negative false is good", "FetchFailed=False", "True FetchFailed" },
        { "negative false over unknown", "FetchFailed=False Verified=Unknown", "True FetchFailed" },
        { "unknown", "Verified=Unknown", "Unknown Verified" },
        { "reconciling", "Reconciling=True InStorage=True", "False Reconciling" },
        { "foreign types do not count", "Other=True", "" },
    };
    for (size_t i = 0; i < countof(cases); i++) {
        autoarena a = { 0 };
        struct value *o = object(&a, "{\"metadata\":{\"generation\":1},\"status\":{}}");
        struct str rest = str_of(cases[i].set), word;
        while (*cases[i].set && str_split(&rest, ' ', &word)) {
            size_t eq = (size_t)str_chr(word, '=');
            const char *type = arena_text(&a, word.p, eq),
                       *status = arena_text(&a, word.p + eq + 1, word.n - eq - 1);
            condition_set(&a, o, T0, type,
                          !strcmp(status, "True")    ? CONDITION_TRUE
                          : !strcmp(status, "False") ? CONDITION_FALSE
                                                     : CONDITION_UNKNOWN,
                          type, "m");
        }
        condition_summarize(&a, o, T0, "Ready", rows);
        const struct value *c = object_condition(o, "Ready");
        const char *got =
            c ? arena_fmt(&a, "%s %s", value_text_at(c, "status", NULL), value_text_at(c, "reason", NULL))
              : "";
        check_row(cases[i].name, !strcmp(got, cases[i].want), "got '%s', want '%s'", got, cases[i].want);
    }
    check_done();
}

static void test_exclusive_and_order(void **state) {
    (void)state;
    autoarena a = { 0 };
    struct value *o = object(&a, "{\"metadata\":{\"generation\":3},\"status\":{}}");
    struct value *before = value_copy(&a, o);
    condition_set(&a, o, T0, "Zebra", CONDITION_TRUE, "Z", "z");
    condition_set(&a, o, T0, "Apple", CONDITION_TRUE, "A", "a");
    condition_set(&a, o, T0, "Ready", CONDITION_UNKNOWN, "P", "r");
    condition_set(&a, o, T0, "Reconciling", CONDITION_TRUE, "P", "p");
    condition_set(&a, o, T0, "Stalled", CONDITION_TRUE, "S", "s");
    conditions_settle(&a, before, o);
    const char *got = conditions(&a, o);
    check_row("stalled replaces reconciling",
              !strcmp(got, "Stalled=True:S:s Ready=Unknown:P:r Apple=True:A:a Zebra=True:Z:z"), "%s", got);
    condition_set(&a, o, T0, "Reconciling", CONDITION_TRUE, "P", "p");
    check_row("and the other way", !condition_has(o, "Stalled"), "still stalled");
    condition_set(&a, o, T0, "Reconciling", CONDITION_FALSE, "P", "p");
    check_row("present only when true", !condition_has(o, "Reconciling"), "still there");
    check_done();
}

static const char *transition(const struct value *o, const char *type) {
    struct condition c = { .last_transition_time = "absent" };
    condition_get(o, type, &c);
    return c.last_transition_time;
}

static void test_transition_time(void **state) {
    (void)state;
    static const struct {
        const char *name;
        enum condition_status status;
        const char *reason, *message;
        bool moves;
    } cases[] = {
        { "same", CONDITION_TRUE, "R", "m", false },
        { "status", CONDITION_FALSE, "R", "m", true },
        { "reason", CONDITION_TRUE, "X", "m", true },
        { "message", CONDITION_TRUE, "R", "x", true },
    };
    for (size_t i = 0; i < countof(cases); i++) {
        autoarena a = { 0 };
        struct value *o = object(&a, "{\"metadata\":{\"generation\":1},\"status\":{}}");
        condition_set(&a, o, T0, "Ready", CONDITION_TRUE, "R", "m");
        condition_set(&a, o, T1, "Ready", cases[i].status, cases[i].reason, "%s", cases[i].message);
        const char *want = cases[i].moves ? "1970-01-01T00:33:20Z" : "1970-01-01T00:16:40Z";
        check_row(cases[i].name, !strcmp(transition(o, "Ready"), want), "got %s", transition(o, "Ready"));
    }
    check_done();
}

// A pass that goes Unknown and comes back to what it was writes nothing.
static void test_settles(void **state) {
    (void)state;
    autoarena a = { 0 };
    struct value *o = object(&a, "{\"metadata\":{\"generation\":1},\"status\":{\"x\":1}}");
    condition_set(&a, o, T0, "Ready", CONDITION_TRUE, "R", "m");
    conditions_settle(&a, NULL, o);
    struct value *before = value_copy(&a, o);
    condition_set(&a, o, T1, "Reconciling", CONDITION_TRUE, "P", "p");
    condition_set(&a, o, T1, "Ready", CONDITION_UNKNOWN, "P", "p");
    condition_set(&a, o, T1, "Ready", CONDITION_TRUE, "R", "m");
    condition_delete(o, "Reconciling");
    check_row("no patch", !status_patch(&a, before, o), "there is one");
    condition_set(&a, o, T1, "Ready", CONDITION_TRUE, "R", "other");
    struct value *patch = status_patch(&a, before, o);
    check_row("a patch", patch != NULL, "there is none");
    check_row("only conditions",
              value_len(value_get(patch, "status")) == 1 && value_at(patch, "status", "conditions", NULL),
              "%s", json_text(&a, patch, 0).p);
    value_remove(value_get(o, "status"), "x");
    patch = status_patch(&a, before, o);
    check_row("removal", value_is(value_at(patch, "status", "x", NULL), VALUE_NULL), "%s",
              json_text(&a, patch, 0).p);
    check_done();
}

static void test_trimmed(void **state) {
    (void)state;
    autoarena a = { 0 };
    struct value *o = object(&a, "{\"metadata\":{\"generation\":1},\"status\":{}}");
    char *text = arena_alloc(&a, 40001);
    memset(text, 'x', 40000);
    condition_set(&a, o, T0, "Ready", CONDITION_FALSE, "R", "%s", text);
    check_row("ascii",
              strlen(condition_message(o, "Ready")) == LIMIT_MESSAGE_BYTES &&
                  text_ends(condition_message(o, "Ready"), "x..."),
              "%zu bytes", strlen(condition_message(o, "Ready")));
    for (size_t i = 0; i + 1 < 40000; i += 2)
        memcpy(text + i, "\xc3\xa9", 2);
    condition_set(&a, o, T0, "Ready", CONDITION_FALSE, "R", "%s", text);
    const char *m = condition_message(o, "Ready");
    check_row("no half character", text_ends(m, "\xc3\xa9...") && strlen(m) <= LIMIT_MESSAGE_BYTES,
              "ends in %s", m + strlen(m) - 5);
    check_done();
}

static void test_history(void **state) {
    (void)state;
    static const struct {
        const char *digest, *status, *want; // digest*total of all entries
    } steps[] = {
        { "a", "ok", "a:ok*1" },
        { "a", "ok", "a:ok*2" },
        { "a", "failed", "a:failed*1 a:ok*2" },
        { "b", "ok", "b:ok*1 a:failed*1 a:ok*2" },
        { "a", "ok", "a:ok*3 b:ok*1 a:failed*1" },
        { "c", "ok", "c:ok*1 a:ok*3 b:ok*1 a:failed*1" },
        { "d", "ok", "d:ok*1 c:ok*1 a:ok*3 b:ok*1 a:failed*1" },
        { "e", "ok", "e:ok*1 d:ok*1 c:ok*1 a:ok*3 b:ok*1" },
    };
    autoarena a = { 0 };
    struct value *status = value_map(&a);
    for (size_t i = 0; i < countof(steps); i++) {
        history_upsert(&a, status, steps[i].digest, steps[i].status, T0 + (int64_t)i * NS_PER_S, NS_PER_S,
                       NULL);
        const char *got = "";
        const struct value *list = value_get(status, "history");
        for (size_t j = 0; j < value_len(list); j++) {
            const struct value *e = value_item(list, j);
            got = arena_fmt(&a, "%s%s%s:%s*%d", got, j ? " " : "", value_text_at(e, "digest", NULL),
                            value_text_at(e, "lastReconciledStatus", NULL),
                            (int)value_int_or(value_get(e, "totalReconciliations"), 0));
        }
        check_row(steps[i].want, !strcmp(got, steps[i].want), "got %s", got);
    }
    const struct value *third = value_item(value_get(status, "history"), 3);
    check_row("first time stays",
              !strcmp(value_text_at(third, "firstReconciled", NULL), "1970-01-01T00:16:40Z"), "%s",
              value_text_at(third, "firstReconciled", NULL));
    check_row("last time moves",
              !strcmp(value_text_at(third, "lastReconciled", NULL), "1970-01-01T00:16:44Z"), "%s",
              value_text_at(third, "lastReconciled", NULL));
    check_row("duration", !strcmp(value_text_at(third, "lastReconciledDuration", NULL), "1s"), "%s",
              value_text_at(third, "lastReconciledDuration", NULL));
    check_done();
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_summary),         cmocka_unit_test(test_exclusive_and_order),
        cmocka_unit_test(test_transition_time), cmocka_unit_test(test_settles),
        cmocka_unit_test(test_trimmed),         cmocka_unit_test(test_history),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
