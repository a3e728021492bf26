// SPDX-License-Identifier: Apache-2.0
// Pointers, differences and merge patches; JSON patch itself has a recorded table.
#include "common/value/json.h"
#include "common/value/patch.h"
#include "tests/unit/check.h"

static struct value *json(struct arena *a, const char *text) {
    struct value *v = NULL;
    struct err err = { .a = a };
    if (!json_read(a, str_of(text), &v, &err))
        fail_msg("%s: %s", text, err.msg);
    return v;
}

static void test_pointer(void **state) {
    (void)state;
    static const struct {
        const char *pointer, *want; // NULL: absent
    } cases[] = {
        { "", "{\"a\":[10,{\"b/c\":1}],\"\":2,\"m~n\":3}" },
        { "/a/0", "10" },
        { "/a/1/b~1c", "1" },
        { "/", "2" },
        { "/m~0n", "3" },
        { "/a/2", NULL },
        { "/a/-", NULL },
        { "/a/00", NULL },
        { "/x", NULL },
        { "a", NULL },
        { "/a/0/x", NULL },
    };
    autoarena a = { 0 };
    const struct value *doc = json(&a, cases[0].want);
    for (size_t i = 0; i < countof(cases); i++) {
        const struct value *v = pointer_get(doc, cases[i].pointer);
        const char *got = v ? json_text(&a, v, 0).p : NULL;
        check_row(cases[i].pointer, text_eq(got, cases[i].want), "got %s", got ? got : "(absent)");
    }
    assert_string_equal(pointer_append(&a, "/x", STR("a/b~c")), "/x/a~1b~0c");
    check_done();
}

static const struct {
    const char *from, *to, *ops;
} diffs[] = {
    { "{\"a\":1}", "{\"a\":1}", "[]" },
    { "{\"a\":1,\"b\":2}", "{\"a\":2,\"c\":3}",
      "[{\"op\":\"replace\",\"path\":\"/a\",\"value\":2},{\"op\":\"remove\",\"path\":\"/"
      "b\"},{\"op\":\"add\",\"path\":\"/c\",\"value\":3}]" },
    { "{\"l\":[1,2,3]}", "{\"l\":[1]}",
      "[{\"op\":\"remove\",\"path\":\"/l/1\"},{\"op\":\"remove\",\"path\":\"/l/1\"}]" },
    { "{\"l\":[1]}", "{\"l\":[2,3]}",
      "[{\"op\":\"replace\",\"path\":\"/l/0\",\"value\":2},{\"op\":\"add\",\"path\":\"/l/-\",\"value\":3}]" },
    { "{\"a/b\":{\"x\":null}}", "{\"a/b\":{\"x\":1}}",
      "[{\"op\":\"replace\",\"path\":\"/a~1b/x\",\"value\":1}]" },
    { "1", "{}", "[{\"op\":\"replace\",\"path\":\"\",\"value\":{}}]" },
};

static void test_diff(void **state) {
    (void)state;
    for (size_t i = 0; i < countof(diffs); i++) {
        autoarena a = { 0 };
        struct err err = { .a = &a };
        struct value *from = json(&a, diffs[i].from), *to = json(&a, diffs[i].to),
                     *ops = json_patch_diff(&a, from, to);
        const char *got = json_text(&a, ops, 0).p;
        check_row(diffs[i].to, !strcmp(got, diffs[i].ops), "got %s", got);
        bool applied = json_patch_apply(&a, &from, ops, &err);
        check_row(diffs[i].to, applied && value_equal(from, to), "applied: %s",
                  applied ? json_text(&a, from, 0).p : err.msg);
    }
    check_done();
}

// RFC 7386, appendix A
static const struct {
    const char *target, *patch, *want;
} merges[] = {
    { "{\"a\":\"b\"}", "{\"a\":\"c\"}", "{\"a\":\"c\"}" },
    { "{\"a\":\"b\"}", "{\"b\":\"c\"}", "{\"a\":\"b\",\"b\":\"c\"}" },
    { "{\"a\":\"b\"}", "{\"a\":null}", "{}" },
    { "{\"a\":\"b\",\"b\":\"c\"}", "{\"a\":null}", "{\"b\":\"c\"}" },
    { "{\"a\":[\"b\"]}", "{\"a\":\"c\"}", "{\"a\":\"c\"}" },
    { "{\"a\":\"c\"}", "{\"a\":[\"b\"]}", "{\"a\":[\"b\"]}" },
    { "{\"a\":{\"b\":\"c\"}}", "{\"a\":{\"b\":\"d\",\"c\":null}}", "{\"a\":{\"b\":\"d\"}}" },
    { "{\"a\":[{\"b\":\"c\"}]}", "{\"a\":[1]}", "{\"a\":[1]}" },
    { "[\"a\",\"b\"]", "[\"c\",\"d\"]", "[\"c\",\"d\"]" },
    { "{\"a\":\"b\"}", "[\"c\"]", "[\"c\"]" },
    { "{\"a\":\"foo\"}", "null", "null" },
    { "{\"e\":null}", "{\"a\":1}", "{\"e\":null,\"a\":1}" },
    { "[1,2]", "{\"a\":\"b\",\"c\":null}", "{\"a\":\"b\"}" },
    { "{}", "{\"a\":{\"bb\":{\"ccc\":null}}}", "{\"a\":{\"bb\":{}}}" },
};

static void test_merge(void **state) {
    (void)state;
    for (size_t i = 0; i < countof(merges); i++) {
        autoarena a = { 0 };
        struct value *got = merge_patch_apply(&a, json(&a, merges[i].target), json(&a, merges[i].patch));
        check_row(merges[i].patch, !strcmp(json_text(&a, got, 0).p, merges[i].want), "got %s",
                  json_text(&a, got, 0).p);
    }
    autoarena a = { 0 };
    struct value *from = json(&a, "{\"a\":1,\"b\":{\"c\":1,\"d\":2},\"l\":[1]}");
    struct value *to = json(&a, "{\"a\":1,\"b\":{\"d\":3},\"l\":[2],\"n\":{\"x\":1}}");
    struct value *patch = merge_patch_diff(&a, from, to);
    assert_string_equal(json_text(&a, patch, 0).p, "{\"b\":{\"c\":null,\"d\":3},\"l\":[2],\"n\":{\"x\":1}}");
    assert_true(value_equal(merge_patch_apply(&a, from, patch), to));
    assert_int_equal(value_len(merge_patch_diff(&a, from, from)), 0);
    check_done();
}

int main(void) {
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_pointer), cmocka_unit_test(test_diff),
                                        cmocka_unit_test(test_merge) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
