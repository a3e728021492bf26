// SPDX-License-Identifier: Apache-2.0
// JSON: reader with its messages, writer, streams and lists in pieces of every size.
#include "common/base/limits.h"
#include "common/value/json.h"
#include "tests/unit/check.h"

static const struct {
    const char *text, *want; // compact JSON, or the message
} reads[] = {
    { "{\"a\":1,\"b\":[1,2.50,1e3,true,false,null,\"x\"]}",
      "{\"a\":1,\"b\":[1,2.50,1e3,true,false,null,\"x\"]}" },
    { " [ ] ", "[]" },
    { "{}", "{}" },
    { "\"\\u00e9\\ud83d\\ude00\\\"\\\\\\/\\b\\f\\n\\r\\t\"", "\"é😀\\\"\\\\/\\b\\f\\n\\r\\t\"" },
    { "\"\\ud83d\"", "\"\xEF\xBF\xBD\"" },
    { "\"\\ud83dx\"", "\"\xEF\xBF\xBDx\"" },
    { "\"\\ude00\\ud83d\\ude00\"", "\"\xEF\xBF\xBD😀\"" },
    { "\"\xFF\"", "\"\xEF\xBF\xBD\"" },
    { "{\"a\":1,\"a\":2}", "{\"a\":2}" },
    { "{\"a\":1,\"b\":1,\"c\":1,\"d\":1,\"e\":1,\"f\":1,\"g\":1,\"h\":1,\"i\":1,\"a\":5}",
      "{\"a\":5,\"b\":1,\"c\":1,\"d\":1,\"e\":1,\"f\":1,\"g\":1,\"h\":1,\"i\":1}" },
    { "9223372036854775807", "9223372036854775807" },
    { "-9223372036854775808", "-9223372036854775808" },
    { "9223372036854775808", "9223372036854775808" },
    { "-0", "-0" },
    { "", "line 1, column 1: unexpected end of JSON input" },
    { "[1,\n  ]", "line 2, column 3: invalid character ']' looking for beginning of value" },
    { "{\"a\" 1}", "line 1, column 6: invalid character '1' after object key" },
    { "{\"a\":1 \"b\"}", "line 1, column 8: invalid character '\"' after object key:value pair" },
    { "{a:1}", "line 1, column 2: invalid character 'a' looking for beginning of object key string" },
    { "[1 2]", "line 1, column 4: invalid character '2' after array element" },
    { "1 x", "line 1, column 3: invalid character 'x' after top-level value" },
    { "01", "line 1, column 2: invalid character '1' after top-level value" },
    { "tru", "line 1, column 4: unexpected end of JSON input" },
    { "nil", "line 1, column 2: invalid character 'i' in literal null (expecting 'u')" },
    { "\"a\nb\"", "line 1, column 3: invalid character '\\n' in string literal" },
    { "\"\\x\"", "line 1, column 3: invalid character 'x' in string escape code" },
    { "\"\\u12G4\"", "line 1, column 6: invalid character 'G' in \\u hexadecimal character escape" },
    { "\"abc", "line 1, column 5: unexpected end of JSON input" },
    { "-x", "line 1, column 2: invalid character 'x' in numeric literal" },
    { "1.x", "line 1, column 3: invalid character 'x' after decimal point in numeric literal" },
    { "1e+", "line 1, column 4: unexpected end of JSON input" },
    { "1e999", "line 1, column 1: number 1e999 is out of range" },
    { "'a'", "line 1, column 1: invalid character '\\'' looking for beginning of value" },
    { "\xC3", "line 1, column 1: invalid character 'Ã' looking for beginning of value" },
};

static void test_read(void **state) {
    (void)state;
    for (size_t i = 0; i < countof(reads); i++) {
        autoarena a = { 0 };
        struct err err = { .a = &a };
        struct value *v;
        // an exact copy, so that a sanitizer sees a read past the end
        size_t n = strlen(reads[i].text);
        char *exact = arena_copy(&a, reads[i].text, n);
        const char *got = json_read(&a, str_make(exact, n), &v, &err) ? json_text(&a, v, 0).p : err.msg;
        check_row(reads[i].text, !strcmp(got, reads[i].want), "got %s", got);
    }
    check_done();
}

static void test_depth(void **state) {
    (void)state;
    for (size_t depth = LIMIT_JSON_DEPTH; depth <= LIMIT_JSON_DEPTH + 1; depth++) {
        autoarena a = { 0 };
        autobuf b = { 0 };
        struct err err = { .a = &a };
        struct value *v;
        for (size_t i = 0; i < depth; i++)
            buf_putc(&b, '[');
        for (size_t i = 0; i < depth; i++)
            buf_putc(&b, ']');
        bool ok = json_read(&a, buf_str(&b), &v, &err);
        assert_int_equal(ok, depth == LIMIT_JSON_DEPTH);
        assert_int_equal(err.kind, ok ? ERR_NONE : ERR_LIMIT);
    }
}

static void test_write(void **state) {
    (void)state;
    static const struct {
        const char *text;
        unsigned flags;
        const char *want;
    } cases[] = {
        { "{\"b\":[1,{}],\"a\":[]}", JSON_INDENT_2, "{\n  \"b\": [\n    1,\n    {}\n  ],\n  \"a\": []\n}" },
        { "{\"b\":1,\"a\":{\"d\":1,\"c\":2}}", JSON_SORT_KEYS, "{\"a\":{\"c\":2,\"d\":1},\"b\":1}" },
        { "[1]", JSON_INDENT_4, "[\n    1\n]" },
        { "\"<a>&\\u2028\"", JSON_ESCAPE_HTML, "\"\\u003ca\\u003e\\u0026\\u2028\"" },
        { "\"<a>&\\u2028\"", 0, "\"<a>&\\u2028\"" },
        { "\"\\u0001\\u007f\"", 0, "\"\\u0001\x7f\"" },
        { "[1.0,1e2,1E400000]", JSON_GO_FLOATS, NULL },
        { "[1.0,1e2,-0,0.0000001]", JSON_GO_FLOATS, "[1,100,-0,1e-7]" },
        { "[1.0,1e2]", 0, "[1.0,1e2]" },
    };
    for (size_t i = 0; i < countof(cases); i++) {
        autoarena a = { 0 };
        struct err err = { .a = &a };
        struct value *v;
        bool ok = json_read(&a, str_of(cases[i].text), &v, &err);
        const char *got = ok ? json_text(&a, v, cases[i].flags).p : "(refused)";
        check_row(cases[i].text, ok ? cases[i].want && !strcmp(got, cases[i].want) : !cases[i].want, "got %s",
                  got);
    }
    check_done();
}

// Documents as they come out of a stream fed in pieces of `step` bytes, with bars between.
static const char *stream_all(struct arena *a, const char *text, size_t step, size_t max, struct err *err) {
    struct json_stream s;
    autobuf out = { 0 };
    struct str doc;
    json_stream_init(&s, max);
    for (size_t i = 0; i < strlen(text) && err->kind == ERR_NONE; i += step) {
        json_stream_feed(&s, str_sub(str_of(text), i, i + step));
        while (json_stream_next(&s, &doc, err)) {
            buf_put_str(&out, doc);
            buf_putc(&out, '|');
        }
    }
    if (err->kind == ERR_NONE && json_stream_rest(&s, &doc)) {
        buf_puts(&out, "rest ");
        buf_put_str(&out, doc);
    }
    json_stream_done(&s);
    return arena_text(a, out.p ? out.p : "", out.n);
}

static void test_stream(void **state) {
    (void)state;
    const char *text = " {\"a\":\"}\\\"]\"}\n[1,[2]]{}\"x\" 12 true {\"cut";
    for (size_t step = 1; step < 45; step++) {
        autoarena a = { 0 };
        struct err err = { .a = &a };
        const char *got = stream_all(&a, text, step, 100, &err);
        check_row(text, !strcmp(got, "{\"a\":\"}\\\"]\"}|[1,[2]]|{}|\"x\"|12|true|rest {\"cut"),
                  "step %zu: got %s", step, got);
    }
    autoarena a = { 0 };
    struct err err = { .a = &a };
    stream_all(&a, "{\"a\":\"0123456789012345678901234567890123456789\"}", 7, 20, &err);
    assert_int_equal(err.kind, ERR_LIMIT);
    check_done();
}

static bool take_item(void *arg, struct arena *a, struct value *item, struct err *err) {
    struct buf *out = arg;
    if (value_is(item, VALUE_BOOL))
        return err_set(err, ERR_CANCELED, "stopped");
    buf_puts(out, json_text(a, item, 0).p);
    buf_putc(out, '|');
    return true;
}

static const struct {
    const char *text, *want;
} lists[] = {
    { " {\"kind\":\"L\", \"items\" : [ {\"a\":[1]}, 2,\"x]\" , [] ],\"metadata\":{\"x\":[1,2]}} ",
      "{\"a\":[1]}|2|\"x]\"|[]|{\"kind\":\"L\",\"metadata\":{\"x\":[1,2]}}" },
    { "{\"items\":[],\"a\":1}", "{\"a\":1}" },
    { "{\"items\":null,\"a\":1}", "{\"items\":null,\"a\":1}" },
    { "{\"it\\u0065ms\":[7]}", "7|{}" },
    { "{}", "{}" },
    { "{\"a\":{\"items\":[1]}}", "{\"a\":{\"items\":[1]}}" },
    { "{\"items\":[1],\"items\":[2]}", "1|{\"items\":[2]}" },
    { "{\"items\":[1,]}",
      "1|line 1, column 1: invalid character ']' looking for beginning of value in items[1]" },
    { "{\"items\":[1", "unexpected end of JSON input" },
    { "{\"items\":[true]}", "stopped" },
    { "[1]", "invalid JSON: unexpected character 0x5b around element 0 of \"items\"" },
    { "{\"a\":1}x", "invalid JSON: unexpected character 0x78 around element 0 of \"items\"" },
};

static const char *read_list(struct arena *a, const char *text, size_t step) {
    autobuf out = { 0 };
    struct err err = { .a = a };
    struct json_list_reader *r = json_list_reader_new("items", 100, take_item, &out);
    struct value *rest;
    bool ok = true;
    for (size_t i = 0; i < strlen(text) && ok; i += step)
        ok = json_list_reader_feed(r, str_sub(str_of(text), i, i + step), &err);
    if (ok && json_list_reader_end(r, a, &rest, &err))
        json_write(&out, rest, 0);
    else
        buf_puts(&out, err.msg);
    json_list_reader_free(r);
    return arena_text(a, out.p, out.n);
}

static void test_list_reader(void **state) {
    (void)state;
    for (size_t i = 0; i < countof(lists); i++)
        for (size_t step = 1; step < 90; step += step < 10 ? 1 : 17) {
            autoarena a = { 0 };
            const char *got = read_list(&a, lists[i].text, step);
            bool trailing = !strncmp(lists[i].want, "1|line", 6); // where the message is wrapped
            bool same = trailing ? strstr(got, "looking for beginning of value") != NULL
                                 : !strcmp(got, lists[i].want);
            same = same ||
                   (!strcmp(lists[i].want, "unexpected end of JSON input") && strstr(got, lists[i].want));
            check_row(lists[i].text, same, "step %zu: got %s", step, got);
        }
    check_done();
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_read),   cmocka_unit_test(test_depth),       cmocka_unit_test(test_write),
        cmocka_unit_test(test_stream), cmocka_unit_test(test_list_reader),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
