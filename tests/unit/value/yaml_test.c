// SPDX-License-Identifier: Apache-2.0
// YAML: what the recorded tables do not hold: limits, anchors, several documents, styles that are kept.
#include "common/value/json.h"
#include "common/value/yaml.h"
#include "tests/unit/check.h"

static const struct {
    const char *text;
    unsigned flags;
    const char *want; // JSON, or the message
} reads[] = {
    { "", 0, "null" },
    { "# only a comment\n", 0, "null" },
    { "a: {{ .Values.x }}\n", 0,
      "yaml: invalid map key: map[interface {}]interface {}{\".Values.x\":interface {}(nil)}" },
    { "a: {{ .Values.x }}\n", YAML_GO_V3,
      "yaml: invalid map key: map[string]interface {}{\".Values.x\":interface {}(nil)}" },
    { "~: 1\n", 0, "unsupported map key of type: %!s(<nil>), key: <nil>, value: 1" },
    { "a: .inf\n", 0, "json: unsupported value: +Inf" },
    { ".inf: 1\n", 0, "{\".inf\":1}" },
    { "1.5: x\ntrue: y\n0x10: z\n", 0, "{\"1.5\":\"x\",\"16\":\"z\",\"true\":true}" },
    { "a: 1\nb: 2\na: 3\n", 0, "{\"a\":3,\"b\":2}" },
    { "a: 1\nb: 2\na: 3\n", YAML_STRICT, "yaml: unmarshal errors:\n  line 3: key \"a\" already set in map" },
    { "a: 1\nb: 2\na: 3\n", YAML_GO_V3,
      "yaml: unmarshal errors:\n  line 3: mapping key \"a\" already defined at line 1" },
    { "a: &x [*x]\n", 0, "yaml: anchor 'x' value contains itself" },
    { "a: *x\n", 0, "yaml: unknown anchor 'x' referenced" },
    { "%YAML 1.2\n---\na: 1\n", 0, "yaml: found incompatible YAML document" },
    { "a: \"x\\/y\"\n", 0, "yaml: found unknown escape character" },
    { "a: 1\nb: \"x\\/y\"\n", 0, "yaml: line 2: found unknown escape character" },
    { "a: \"\\\\/\"\n", 0, "{\"a\":\"\\\\/\"}" },
    { "a: !!binary aGk=\n", 0, "{\"a\":\"hi\"}" },
    { "a: !!binary a\n", 0, "yaml: !!binary value contains invalid base64 data" },
    { "a: 2001-1-1\n", 0, "{\"a\":\"2001-1-1\"}" },
    { "a: 2001-1-1\n", YAML_GO_V3, "{\"a\":\"2001-01-01T00:00:00Z\"}" },
    { "a: 2001-12-14t21:59:43.10-05:00\n", YAML_GO_V3, "{\"a\":\"2001-12-14T21:59:43.1-05:00\"}" },
    { "d:\n  b: 3\n  <<: {b: 4, c: 5}\n", 0, "{\"d\":{\"b\":4,\"c\":5}}" },
    { "d:\n  b: 3\n  <<: {b: 4, c: 5}\n", YAML_GO_V3, "{\"d\":{\"b\":3,\"c\":5}}" },
    { "<<: [{a: 1}, {a: 2, b: 2}]\n", 0, "{\"a\":1,\"b\":2}" },
    { "<<: 1\n", 0, "yaml: map merge requires map or sequence of maps as the value" },
    { "a: 'x\n", 0, "yaml: line 2: found unexpected end of stream" },
    { "a: b: c\n", 0, "yaml: mapping values are not allowed in this context" },
    { "a:\n  b: c\n d: e\n", 0, "yaml: line 2: did not find expected key" },
    { "a: \x01\n", 0, "yaml: control characters are not allowed" },
    { "a: \xFF\n", 0, "yaml: invalid leading UTF-8 octet" },
};

static void test_read(void **state) {
    (void)state;
    for (size_t i = 0; i < countof(reads); i++) {
        autoarena a = { 0 };
        struct err err = { .a = &a };
        struct value *v;
        const char *got = yaml_read(&a, str_of(reads[i].text), reads[i].flags, &v, &err)
                              ? json_text(&a, v, JSON_SORT_KEYS).p
                              : err.msg;
        check_row(reads[i].text, !strcmp(got, reads[i].want), "got %s", got);
    }
    check_done();
}

static void test_limits(void **state) {
    (void)state;
    autoarena a = { 0 };
    autobuf b = { 0 };
    struct value *v;
    struct err err = { .a = &a };
    // billion laughs
    buf_puts(&b, "a: &a [x, x, x, x, x, x, x, x, x, x]\n");
    for (char c = 'b'; c < 'k'; c++) {
        buf_fmt(&b, "%c: &%c [", c, c);
        for (int i = 0; i < 10; i++)
            buf_fmt(&b, "%s*%c", i ? ", " : "", c - 1);
        buf_puts(&b, "]\n");
    }
    assert_false(yaml_read(&a, buf_str(&b), 0, &v, &err));
    assert_string_equal(err.msg, "yaml: document contains excessive aliasing");
    assert_int_equal(err.kind, ERR_LIMIT);
    err_clear(&err);
    buf_clear(&b);
    for (int i = 0; i < 2000; i++)
        buf_putc(&b, '[');
    assert_false(yaml_read(&a, buf_str(&b), 0, &v, &err));
    assert_int_equal(err.kind, ERR_LIMIT);
}

static void test_alias_is_a_copy(void **state) {
    (void)state;
    autoarena a = { 0 };
    struct value *v;
    struct err err = { .a = &a };
    assert_true(yaml_read(&a, STR("p: &x {k: 1}\nq: *x\n"), 0, &v, &err));
    value_set(&a, value_get(v, "q"), "k", value_int(&a, 2));
    assert_int_equal(value_int_or(value_at(v, "p", "k", NULL), 0), 1);
}

static void test_documents(void **state) {
    (void)state;
    autoarena a = { 0 };
    struct value *v;
    struct err err = { .a = &a };
    assert_true(yaml_read_all(&a, STR("a: 1\n---\nb: 2\n...\n---\n"), 0, &v, &err));
    assert_string_equal(json_text(&a, v, 0).p, "[{\"a\":1},{\"b\":2},null]");
    assert_true(yaml_read(&a, STR("a: 1\n---\nb: [\n"), 0, &v, &err)); // only the first one is looked at
    assert_int_equal(value_at(v, "a", NULL)->line, 1);
}

static void test_split(void **state) {
    (void)state;
    static const struct {
        const char *text, *want;
    } cases[] = {
        { "a\n---\nb\n", "a\n|b\n|" },
        { "---\na\n--- # c\nb", "---\na\n|b|" },
        { "", "" },
        { "a\n---\n---\nb\n", "a\n|---\nb\n|" },
        { "a\n--- x\nb\n", "a\n|invalid Yaml document separator: x" },
        { "x: |\n  ---\n", "x: |\n  ---\n|" },
    };
    for (size_t i = 0; i < countof(cases); i++) {
        autoarena a = { 0 };
        autobuf out = { 0 };
        struct err err = { .a = &a };
        struct str rest = str_of(cases[i].text), piece;
        while (yaml_split(&rest, &piece, &err)) {
            buf_put_str(&out, piece);
            buf_putc(&out, '|');
        }
        if (err.kind != ERR_NONE)
            buf_fmt(&out, "%s%s", out.n ? "" : "a\n|", err.msg);
        check_row(cases[i].text, str_is(buf_str(&out), cases[i].want), "got %s", out.p);
    }
    check_done();
}

static void test_styles(void **state) {
    (void)state;
    const char *text = "a: 'x'\nb: \"y\"\nc: |\n  l\nd: >\n  f\ne: {f: [1, 0x1f]}\ng: ~\nh: 1.0\ni: plain\n";
    autoarena a = { 0 };
    autobuf out = { 0 };
    struct value *v;
    struct err err = { .a = &a };
    assert_true(yaml_read(&a, str_of(text), YAML_GO_V3, &v, &err));
    yaml_write(&out, v, YAML_WRITE_V3 | YAML_WRITE_STYLES | YAML_WRITE_KEEP_ORDER);
    // yaml.v3 itself adds an empty line behind a folded text
    assert_string_equal(
        out.p, "a: 'x'\nb: \"y\"\nc: |\n  l\nd: >\n  f\n\ne: {f: [1, 0x1f]}\ng: ~\nh: 1.0\ni: plain\n");
    assert_int_equal(value_at(v, "c", NULL)->style, VALUE_STYLE_LITERAL);
    assert_int_equal(value_at(v, "g", NULL)->line, 8);
}

static void test_order(void **state) {
    (void)state;
    autoarena a = { 0 };
    autobuf out = { 0 };
    struct value *v;
    struct err err = { .a = &a };
    assert_true(
        json_read(&a, STR("{\"a10\":1,\"a2\":{\"y\":[],\"x\":{}},\"l\":[[1],{\"b\":1,\"a\":2}]}"), &v, &err));
    yaml_write(&out, v, YAML_WRITE_KEEP_ORDER);
    assert_string_equal(out.p, "a10: 1\na2:\n  \"y\": []\n  x: {}\nl:\n- - 1\n- b: 1\n  a: 2\n");
    buf_clear(&out);
    yaml_write(&out, v, 0);
    assert_string_equal(out.p, "a2:\n  x: {}\n  \"y\": []\na10: 1\nl:\n- - 1\n- a: 2\n  b: 1\n");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_read),
        cmocka_unit_test(test_limits),
        cmocka_unit_test(test_alias_is_a_copy),
        cmocka_unit_test(test_documents),
        cmocka_unit_test(test_split),
        cmocka_unit_test(test_styles),
        cmocka_unit_test(test_order),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
