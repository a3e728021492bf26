// SPDX-License-Identifier: Apache-2.0
// Health expressions: which one applies, in which order, and what is refused.
#include "tests/unit/check.h"

#include "common/value/json.h"
#include "kustomize-controller/exprs.h"

static struct value *parse(struct arena *a, const char *text) {
    char *json = arena_strdup(a, text);
    struct err err = { .a = a };
    struct value *v;
    for (char *p = json; *p; p++)
        *p = *p == '`' ? '"' : *p;
    if (!json_read(a, str_of(json), &v, &err))
        fail_msg("%s: %s", json, err.msg);
    return v;
}

static void test_status(void **state) {
    (void)state;
    static const struct {
        const char *object;
        enum kstatus want;
    } rows[] = {
        { "{`status`:{`n`:5}}", KSTATUS_CURRENT },
        { "{`status`:{`n`:-5}}", KSTATUS_FAILED },
        { "{`status`:{`n`:5,`busy`:true}}", KSTATUS_IN_PROGRESS },
        { "{`status`:{`n`:0}}", KSTATUS_IN_PROGRESS },
        { "{`metadata`:{`generation`:2},`status`:{`n`:5,`observedGeneration`:1}}", KSTATUS_IN_PROGRESS },
        { "{`metadata`:{`generation`:2},`status`:{`n`:5,`observedGeneration`:2}}", KSTATUS_CURRENT },
        { "{`metadata`:{`generation`:2},`status`:{`n`:5,`observedGeneration`:`1`}}", KSTATUS_CURRENT },
        { "{}", KSTATUS_UNKNOWN },
        { "{`status`:{`n`:`x`}}", KSTATUS_UNKNOWN },
    };
    autoarena a = { 0 };
    struct err err = { .a = &a };
    struct health_exprs exprs;
    struct value *list =
        parse(&a, "[{`apiVersion`:`g/v1`,`kind`:`K`,`current`:`status.n > 3`,`failed`:`status.n < 0`,"
                  "`inProgress`:`has(status.busy) && status.busy`}]");
    assert_true(health_exprs_compile(&a, list, &exprs, &err));
    for (size_t i = 0; i < countof(rows); i++) {
        const char *why = NULL;
        enum kstatus got = health_expr_status(&a, &exprs.items[0], parse(&a, rows[i].object), &why);
        check_row(rows[i].object, got == rows[i].want && (got == KSTATUS_UNKNOWN) == (*why != 0),
                  "got %s (%s)", kstatus_name(got), why);
    }
    check_done();
}

static void test_choice(void **state) {
    (void)state;
    autoarena a = { 0 };
    struct err err = { .a = &a };
    struct health_exprs exprs;
    struct value *list =
        parse(&a, "[{`apiVersion`:`g/v1`,`current`:`true`},{`apiVersion`:`g/v2`,`kind`:`K`,`current`:`true`},"
                  "{`apiVersion`:`v1`,`kind`:`Pod`,`current`:`true`}]");
    assert_true(health_exprs_compile(&a, list, &exprs, &err));
    assert_ptr_equal(health_exprs_find(&exprs, "g", "K"), &exprs.items[1]);
    assert_ptr_equal(health_exprs_find(&exprs, "g", "Other"), &exprs.items[0]);
    assert_ptr_equal(health_exprs_find(&exprs, "", "Pod"), &exprs.items[2]);
    assert_null(health_exprs_find(&exprs, "", "Service"));
    assert_true(health_exprs_compile(&a, NULL, &exprs, &err));
    assert_null(health_exprs_find(&exprs, "g", "K"));
}

static void test_refused(void **state) {
    (void)state;
    static const struct {
        const char *list, *error;
    } rows[] = {
        { "[{`apiVersion`:`g/v1`,`kind`:`K`}]",
          "failed to create custom status evaluator for healthchecks[0]: expression Current not specified" },
        { "[{`apiVersion`:`g/v1`,`kind`:`K`,`current`:`1 +`}]",
          "failed to create custom status evaluator for healthchecks[0]: failed to parse the expression "
          "Current: " },
        { "[{`apiVersion`:`g/v1`,`kind`:`K`,`current`:`true`,`failed`:`(`}]",
          "failed to create custom status evaluator for healthchecks[0]: failed to parse the expression "
          "Failed: " },
        { "[{`apiVersion`:`g/v1`,`kind`:`K`,`current`:`true`},{`apiVersion`:`g/"
          "v2`,`kind`:`K`,`current`:`true`}]",
          "duplicate custom health check for GroupKind K.g at healthchecks[1]" },
        { "[{`apiVersion`:`v1`,`kind`:`K`,`current`:`true`},{`apiVersion`:`v1`,`kind`:`K`,`current`:`true`}]",
          "duplicate custom health check for GroupKind K at healthchecks[1]" },
    };
    for (size_t i = 0; i < countof(rows); i++) {
        autoarena a = { 0 };
        struct err err = { .a = &a };
        struct health_exprs exprs;
        bool ok = health_exprs_compile(&a, parse(&a, rows[i].list), &exprs, &err);
        check_row(rows[i].error, !ok && text_starts(err.msg, rows[i].error), "got %s",
                  ok ? "no error" : err.msg);
    }
    check_done();
}

static void test_ready(void **state) {
    (void)state;
    autoarena a = { 0 };
    struct err err = { .a = &a };
    struct value *self = parse(&a, "{`metadata`:{`name`:`me`}}"),
                 *dep = parse(&a, "{`metadata`:{`name`:`it`,`labels`:{`v`:`me`}}}");
    bool ready = false, terminal = false;
    assert_true(ready_expr_eval(&a, "dep.metadata.labels.v == self.metadata.name", self, dep, &ready,
                                &terminal, &err));
    assert_true(ready && !terminal);
    assert_true(ready_expr_eval(&a, "dep.metadata.labels.v == 'x'", self, dep, &ready, &terminal, &err));
    assert_false(ready || terminal);
    assert_false(ready_expr_eval(&a, "dep.metadata.gone == 'x'", self, dep, &ready, &terminal, &err));
    assert_false(terminal);
    err_clear(&err);
    assert_false(ready_expr_eval(&a, "'text'", self, dep, &ready, &terminal, &err));
    assert_true(terminal && text_starts(err.msg, "failed to evaluate dependency it: "));
}

int main(void) {
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_status), cmocka_unit_test(test_choice),
                                        cmocka_unit_test(test_refused), cmocka_unit_test(test_ready) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
