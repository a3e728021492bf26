// SPDX-License-Identifier: Apache-2.0
// The data tree: making, reading, changing, large maps, numbers, base64, UTF-8.
#include "common/value/base64.h"
#include "common/value/goquote.h"
#include "common/value/number.h"
#include "common/value/utf8.h"
#include "common/value/value.h"
#include "tests/unit/check.h"

#include <float.h>
#include <math.h>

static void test_paths(void **state) {
    (void)state;
    autoarena a = { 0 };
    struct value *o = value_map(&a);
    struct value *labels = value_ensure(&a, o, "metadata", "labels", NULL);
    value_set(&a, labels, "app", value_string(&a, "x"));
    struct value *list = value_list(&a);
    value_append(&a, list, value_int(&a, 7));
    value_set(&a, o, "l", list);
    assert_string_equal(value_text_at(o, "metadata", "labels", "app", NULL), "x");
    assert_int_equal(value_int_or(value_at(o, "l", "0", NULL), -1), 7);
    assert_null(value_at(o, "l", "1", NULL));
    assert_null(value_at(o, "l", "x", NULL));
    assert_null(value_at(NULL, "a", NULL));
    assert_null(value_text_at(o, "l", NULL));
    value_set(&a, o, "n", value_null(&a));
    assert_non_null(value_ensure(&a, o, "n", "m", NULL)); // null is replaced
    assert_null(value_ensure(&a, o, "l", "m", NULL));     // a list is not
}

// Grows past the index threshold, then shrinks; every key is found at every size.
static void test_large_map(void **state) {
    (void)state;
    autoarena a = { 0 };
    struct value *m = value_map(&a);
    for (int n = 0; n < 300; n++) {
        value_set(&a, m, arena_fmt(&a, "key%d", n), value_int(&a, n));
        for (int i = 0; i <= n; i += 7)
            assert_int_equal(value_int_or(value_get(m, arena_fmt(&a, "key%d", i)), -1), i);
        assert_null(value_get(m, "key"));
    }
    value_set(&a, m, "key5", value_int(&a, 55)); // keeps its place
    assert_string_equal(m->map.pairs[5].key.p, "key5");
    struct value *copy = value_copy(&a, m);
    for (int n = 0; n < 300; n += 2)
        assert_true(value_remove(m, arena_fmt(&a, "key%d", n)));
    assert_false(value_remove(m, "key0"));
    assert_int_equal(value_len(m), 150);
    for (int n = 0; n < 300; n++)
        assert_int_equal(value_int_or(value_get(m, arena_fmt(&a, "key%d", n)), -1), n % 2 == 0 ? -1
                                                                                    : n == 5   ? 55
                                                                                               : n);
    assert_int_equal(value_len(copy), 300);
    assert_int_equal(value_int_or(value_get(copy, "key298"), -1), 298);
    value_sort_keys(copy);
    assert_string_equal(copy->map.pairs[1].key.p, "key1");
    assert_string_equal(copy->map.pairs[2].key.p, "key10");
    assert_int_equal(value_int_or(value_get(copy, "key77"), -1), 77);
}

static void test_equal(void **state) {
    (void)state;
    autoarena a = { 0 };
    struct value *x = value_map(&a), *y = value_map(&a);
    value_set(&a, x, "a", value_int(&a, 1));
    value_set(&a, x, "b", value_string(&a, "s"));
    value_set(&a, y, "b", value_string(&a, "s"));
    value_set(&a, y, "a", value_float(&a, 1.0));
    assert_true(value_equal(x, y));
    value_set(&a, y, "a", value_float(&a, 1.5));
    assert_false(value_equal(x, y));
    assert_false(value_equal(value_float(&a, 9007199254740993.0), value_int(&a, 9007199254740993)));
    assert_false(value_equal(value_float(&a, 0x1p63), value_int(&a, INT64_MAX)));
    assert_false(value_equal(x, NULL));
    assert_true(value_equal(NULL, NULL));
    assert_int_equal(value_int_or(value_float(&a, 0x1p63), 3), 3);
    assert_int_equal(value_int_or(value_float(&a, -0x1p63), 3), INT64_MIN);
    assert_int_equal(value_int_or(value_float(&a, 1.5), 3), 3);
}

static void test_lists(void **state) {
    (void)state;
    autoarena a = { 0 };
    struct value *l = value_list(&a);
    for (int i = 0; i < 20; i++)
        value_insert(&a, l, 0, value_int(&a, i));
    value_remove_item(l, 0);
    value_remove_item(l, 18);
    assert_int_equal(value_len(l), 18);
    assert_int_equal(value_item(l, 0)->i, 18);
    assert_int_equal(value_item(l, 17)->i, 1);
    assert_null(value_item(l, 18));
}

static const struct {
    double f;
    const char *g, *json;
} floats[] = {
    { 0, "0", "0" },
    { -0.0, "-0", "-0" },
    { 1, "1", "1" },
    { 0.1, "0.1", "0.1" },
    { 100000.5, "100000.5", "100000.5" },
    { 1234567.5, "1.2345675e+06", "1234567.5" },
    { 1e6, "1e+06", "1000000" },
    { 1e20, "1e+20", "100000000000000000000" },
    { 1e21, "1e+21", "1e+21" },
    { 0.0001, "0.0001", "0.0001" },
    { 0.00001, "1e-05", "0.00001" },
    { 1e-7, "1e-07", "1e-7" },
    { 5e-324, "5e-324", "5e-324" },
    { DBL_MAX, "1.7976931348623157e+308", "1.7976931348623157e+308" },
    { 0.1 + 0.2, "0.30000000000000004", "0.30000000000000004" },
    { -123.456e-10, "-1.23456e-08", "-1.23456e-8" },
};

static void test_float_text(void **state) {
    (void)state;
    char g[NUMBER_TEXT], json[NUMBER_TEXT], v[NUMBER_TEXT];
    for (size_t i = 0; i < countof(floats); i++) {
        double back = 1;
        number_fmt_g(floats[i].f, g);
        number_fmt_v(floats[i].f, v);
        check_row(floats[i].g, !strcmp(v, floats[i].g), "%%v gives %s", v);
        number_fmt_json(floats[i].f, json);
        check_row(floats[i].g, !strcmp(g, floats[i].g) && !strcmp(json, floats[i].json), "got %s, %s", g,
                  json);
        check_row(floats[i].g, number_to_double(str_of(json), &back) && back == floats[i].f,
                  "read back as %.17g", back);
    }
    check_done();
}

static void test_float_reading(void **state) {
    (void)state;
    static const struct {
        const char *text;
        bool ok;
        double f;
    } cases[] = {
        { "1.5", true, 1.5 },
        { ".5", true, 0.5 },
        { "5.", true, 5 },
        { "+1e3", true, 1000 },
        { "1e400", false, 0 },
        { "1e-400", true, 0 },
        { "", false, 0 },
        { ".", false, 0 },
        { "1e", false, 0 },
        { "1e+", false, 0 },
        { "1.2.3", false, 0 },
        { "0x10", false, 0 },
        { "1_0", false, 0 },
        { "inf", false, 0 },
        { "123456789012345678901234567890", true, 123456789012345678901234567890.0 },
        { "0.000000000000000000000000000000000001", true, 1e-36 },
        { "9007199254740993", true, 9007199254740992.0 },
        { "1 ", false, 0 },
    };
    for (size_t i = 0; i < countof(cases); i++) {
        double f = 0;
        bool ok = number_to_double(str_of(cases[i].text), &f);
        check_row(cases[i].text, ok == cases[i].ok && (!ok || f == cases[i].f), "got %d, %.17g", ok, f);
    }
    check_done();
}

static void test_base64(void **state) {
    (void)state;
    static const struct {
        const char *text, *bytes; // NULL: invalid
    } cases[] = {
        { "", "" },
        { "Zg==", "f" },
        { "Zm8=", "fo" },
        { "Zm9v", "foo" },
        { "Zm9v\nYmFy\r\n", "foobar" },
        { "Zg=", NULL },
        { "Zg", NULL },
        { "Z===", NULL },
        { "Zg==Zg==", NULL },
        { "Zm9v!", NULL },
        { "=", NULL },
        { "Zm9=v", NULL },
        { "Zh==", "f" },
        { "Zg=\n=", "f" },
    };
    for (size_t i = 0; i < countof(cases); i++) {
        autoarena a = { 0 };
        struct str out = { 0 };
        bool ok = base64_decode(&a, str_of(cases[i].text), &out);
        check_row(cases[i].text, ok == (cases[i].bytes != NULL) && (!ok || str_is(out, cases[i].bytes)),
                  "got %d %s", ok, ok ? out.p : "");
    }
    autoarena a = { 0 };
    assert_string_equal(base64_encode(&a, STR("foob")), "Zm9vYg==");
    assert_string_equal(base64_encode(&a, STR("")), "");
    check_done();
}

static void test_utf8(void **state) {
    (void)state;
    static const struct {
        const char *bytes;
        uint32_t rune;
        size_t n;
    } cases[] = {
        { "a", 'a', 1 },
        { "é", 0xE9, 2 },
        { "日", 0x65E5, 3 },
        { "😀", 0x1F600, 4 },
        { "\xC0\x80", UTF8_BAD, 1 },         // overlong
        { "\xED\xA0\x80", UTF8_BAD, 1 },     // surrogate
        { "\xF4\x90\x80\x80", UTF8_BAD, 1 }, // past the end
        { "\xE6\x97", UTF8_BAD, 1 },         // cut short
        { "\x80", UTF8_BAD, 1 },
        { "\xEF\xBF\xBD", UTF8_BAD, 3 },
    };
    for (size_t i = 0; i < countof(cases); i++) {
        uint32_t rune;
        size_t n = utf8_decode(str_of(cases[i].bytes), &rune);
        check_row(cases[i].bytes, rune == cases[i].rune && n == cases[i].n, "got U+%04X, %zu", rune, n);
    }
    assert_true(utf8_valid(STR("plain text, then é")));
    assert_false(utf8_valid(STR("plain text, then \xFF")));
    assert_int_equal(utf8_count(STR("aé日😀\xFF")), 5);
    check_done();
}

static void test_go_quote(void **state) {
    (void)state;
    autoarena a = { 0 };
    assert_string_equal(go_quoted(&a, STR("a\"b\\\n\t\x01é\xFF\x7f")),
                        "\"a\\\"b\\\\\\n\\t\\x01é\\xff\\x7f\"");
    assert_string_equal(go_quoted(&a, STR("\u200b\U000E0001")), "\"\\u200b\\U000e0001\"");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_paths),      cmocka_unit_test(test_large_map),
        cmocka_unit_test(test_equal),      cmocka_unit_test(test_lists),
        cmocka_unit_test(test_float_text), cmocka_unit_test(test_float_reading),
        cmocka_unit_test(test_base64),     cmocka_unit_test(test_utf8),
        cmocka_unit_test(test_go_quote),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
