// SPDX-License-Identifier: Apache-2.0
// CEL against a table recorded from cel-go; output types, rules of CRDs, limits.
#include "common/base/timeutil.h"
#include "common/cel/cel.h"
#include "tests/unit/golden.h"

static const char *golden_dir;

static const char data[] = "{\"res\":{\"a\":1,\"b\":2.5,\"s\":\"hello\",\"l\":[1,2,3],\"t\":true,\"e\":[],"
                           "\"m\":{\"x\":\"y\",\"n\":null,\"z\":0},\"ls\":[\"b\",\"a\"],\"u\":\"éà日\","
                           "\"ll\":[{\"k\":1,\"v\":\"x\"},{\"k\":2}],\"ts\":\"2024-02-29T12:34:56.5Z\"},"
                           "\"req\":{\"tag\":\"v1.2.3\",\"f\":false}}";
static const char *const names[] = { "res", "req", NULL };

static struct value *json(struct arena *a, const char *text) {
    struct value *v = NULL;
    struct err err = { .a = a };
    if (!json_read(a, str_of(text), &v, &err))
        fail_msg("%s: %s", text, err.msg);
    return v;
}

static void run_row(struct arena *a, const struct value *in, struct buf *out) {
    struct err err = { .a = a };
    struct cel_expression *e;
    struct value *v;
    struct cel_options options = { .check = str_is(golden_in(in, 0), "checked"), .variables = names };
    if (!cel_compile(a, arena_text(a, golden_in(in, 1).p, golden_in(in, 1).n), &options, &e, &err) ||
        !cel_eval(a, e, json(a, data), &v, &err))
        buf_fmt(out, "ERR %s", err.msg);
    else
        json_write(out, v, JSON_SORT_KEYS | JSON_ESCAPE_HTML | JSON_GO_FLOATS);
}

static void test_golden(void **state) {
    (void)state;
    golden_run(golden_dir, "cel", run_row);
}

static const struct {
    const char *text;
    enum cel_output output;
    const char *want; // NULL: compiles
} outputs[] = {
    { "req.tag.contains('x')", CEL_BOOL, NULL },
    { "req.flag", CEL_BOOL, "CEL expression output type mismatch: expected bool, got dyn" },
    { "'a'", CEL_BOOL, "CEL expression output type mismatch: expected bool, got string" },
    { "'a' + string(req.n)", CEL_STRING, NULL },
    { "claims.sub == 'x'", CEL_BOOL,
      "failed to parse the CEL expression 'claims.sub == 'x'': ERROR: <input>:1:1: undeclared reference to "
      "'claims' (in container "
      "'')\n | claims.sub == 'x'\n | ^" },
    { "has(res.metadata) && res.metadata.name == 'x' || false", CEL_BOOL, NULL },
};

static void test_output(void **state) {
    (void)state;
    for (size_t i = 0; i < countof(outputs); i++) {
        autoarena a = { 0 };
        struct err err = { .a = &a };
        struct cel_expression *e;
        struct cel_options options = { .check = true, .variables = names, .output = outputs[i].output };
        const char *got = cel_compile(&a, outputs[i].text, &options, &e, &err) ? NULL : err.msg;
        check_row(outputs[i].text, (!got && !outputs[i].want) || (got && text_eq(got, outputs[i].want)),
                  "got %s", got ? got : "no error");
    }
    check_done();
}

// Syntax errors have our own words; what counts is that they are errors, with a place.
static void test_syntax(void **state) {
    (void)state;
    static const char *const texts[] = { "",
                                         "1 +",
                                         "(1",
                                         "[1",
                                         "{1:2",
                                         "'abc",
                                         "1 2",
                                         "res..a",
                                         "in",
                                         "'\\q'",
                                         "a ? b",
                                         "@",
                                         "1uu",
                                         "0x",
                                         "a.",
                                         "a[",
                                         "f(",
                                         "f(1,",
                                         "f(,)",
                                         "{1}",
                                         "[,]",
                                         "a b",
                                         "&&",
                                         "!",
                                         "``",
                                         "\"\n\"",
                                         "b'\\u0041'",
                                         "9223372036854775808",
                                         "res.map(1, 2)",
                                         "has(a)" };
    for (size_t i = 0; i < countof(texts); i++) {
        autoarena a = { 0 };
        struct err err = { .a = &a };
        struct cel_expression *e;
        struct cel_options options = { 0 };
        bool ok = cel_compile(&a, texts[i], &options, &e, &err);
        check_row(texts[i], !ok && strstr(err.msg, "ERROR: <input>:1:"), "got %s", ok ? "no error" : err.msg);
    }
    check_done();
}

// Rules as in Flux's CRDs.
static const struct {
    const char *rule, *self;
    bool want;
} rules[] = {
    { "has(self.configMapRef) || has(self.secretRef)", "{}", false },
    { "has(self.configMapRef) || has(self.secretRef)", "{\"secretRef\":{\"name\":\"x\"}}", true },
    { "!has(self.sts) || self.sts.provider != 'aws' || !has(self.sts.secretRef)",
      "{\"sts\":{\"provider\":\"aws\",\"secretRef\":{}}}", false },
    { "self.type == 'generic-oidc' || !has(self.oidcProviders) || size(self.oidcProviders) == 0",
      "{\"type\":\"github\",\"oidcProviders\":[1]}", false },
    { "self == oldSelf", "{\"a\":1}", false },
    { "self.provider == 'aws' || self.provider == 'generic' || !has(self.sts)", "{\"provider\":\"gcp\"}",
      true },
    { "(has(self.chart) && !has(self.chartRef)) || (!has(self.chart) && has(self.chartRef))",
      "{\"chart\":{},\"chartRef\":{}}", false },
};

static void test_rules(void **state) {
    (void)state;
    static const char *const self_names[] = { "self", "oldSelf", NULL };
    for (size_t i = 0; i < countof(rules); i++) {
        autoarena a = { 0 };
        struct err err = { .a = &a };
        struct cel_expression *e;
        struct cel_options options = {
            .check = true, .variables = self_names, .any_variables = true, .output = CEL_BOOL
        };
        struct value *variables = value_map(&a);
        bool got = false;
        value_set(&a, variables, "self", json(&a, rules[i].self));
        value_set(&a, variables, "oldSelf", json(&a, "{\"a\":2}"));
        bool ok =
            cel_compile(&a, rules[i].rule, &options, &e, &err) && cel_eval_bool(&a, e, variables, &got, &err);
        check_row(rules[i].rule, ok && got == rules[i].want, "got %s",
                  ok ? (got ? "true" : "false") : err.msg);
    }
    check_done();
}

static void test_limits(void **state) {
    (void)state;
    static const char *const texts[] = {
        "[1,2,3,4,5,6,7,8,9,10].all(a, [1,2,3,4,5,6,7,8,9,10].all(b, [1,2,3,4,5,6,7,8,9,10].all(c, "
        "[1,2,3,4,5,6,7,8,9,10].all(d, "
        "[1,2,3,4,5,6,7,8,9,10].all(e, [1,2,3,4,5,6,7,8,9,10].all(f, true))))))",
        "['0123456789'].map(a, a+a+a+a+a+a+a+a).map(a, a+a+a+a+a+a+a+a).map(a, a+a+a+a+a+a+a+a).map(a, "
        "a+a+a+a+a+a+a+a).map(a, "
        "a+a+a+a+a+a+a+a).map(a, a+a+a+a+a+a+a+a).map(a, a+a+a+a+a+a+a+a)",
    };
    int64_t begin = now_mono_ns();
    for (size_t i = 0; i < countof(texts); i++) {
        autoarena a = { 0 };
        struct err err = { .a = &a };
        struct cel_expression *e;
        struct cel_options options = { 0 };
        struct value *v;
        assert_true(cel_compile(&a, texts[i], &options, &e, &err));
        assert_false(cel_eval(&a, e, NULL, &v, &err));
        assert_int_equal(err.kind, ERR_LIMIT);
    }
    assert_true(now_mono_ns() - begin < 20 * NS_PER_S);
    autoarena a = { 0 };
    autobuf b = { 0 };
    struct err err = { .a = &a };
    struct cel_expression *e;
    struct cel_options options = { 0 };
    for (int i = 0; i < 3000; i++)
        buf_putc(&b, '(');
    assert_false(cel_compile(&a, b.p, &options, &e, &err));
    assert_non_null(strstr(err.msg, "recursion limit"));
}

int main(int argc, char **argv) {
    golden_dir = argc > 1 ? argv[1] : ".";
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_golden), cmocka_unit_test(test_output),
                                        cmocka_unit_test(test_syntax), cmocka_unit_test(test_rules),
                                        cmocka_unit_test(test_limits) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
