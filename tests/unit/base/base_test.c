// SPDX-License-Identifier: Apache-2.0
// Arena, errors, buffers, maps, strings.
#include "common/base/buf.h"
#include "common/base/err.h"
#include "common/base/log.h"
#include "common/base/map.h"
#include "tests/unit/check.h"

static void test_arena(void **state) {
    (void)state;
    autoarena a = { 0 };
    char *keep = arena_strdup(&a, "keep");
    struct arena_mark m = arena_mark(&a);
    size_t before = a.total_bytes;
    for (int i = 1; i < 2000; i++) {
        char *p = arena_alloc(&a, (size_t)i);
        assert_int_equal((uintptr_t)p % 16, 0);
        assert_int_equal(p[0] | p[i - 1], 0);
        memset(p, 0xAA, (size_t)i);
    }
    arena_rewind(&a, m);
    assert_int_equal(a.total_bytes, before);
    assert_string_equal(keep, "keep");
    char *again = arena_alloc(&a, 64); // memory that was used before is zeroed
    for (int i = 0; i < 64; i++)
        assert_int_equal(again[i], 0);
    assert_non_null(arena_alloc(&a, 0));
    assert_null(arena_strdup(&a, NULL));
    assert_string_equal(arena_fmt(&a, "%d-%s", 7, "x"), "7-x");
    arena_done(&a);
    assert_int_equal(a.total_bytes, 0);
}

static void test_arena_grow(void **state) {
    (void)state;
    autoarena a = { 0 };
    size_t cap = 0;
    int *p = NULL;
    for (int i = 0; i < 1000; i++) {
        p = arena_grow(&a, p, &cap, (size_t)i + 1, sizeof *p);
        p[i] = i;
    }
    for (int i = 0; i < 1000; i++)
        assert_int_equal(p[i], i);
    assert_true(cap >= 1000 && cap < 4000);
}

static void test_err(void **state) {
    (void)state;
    autoarena a = { 0 }, b = { 0 };
    struct err err = { .a = &a }, other = { .a = &b };
    assert_false(err_set_code(&err, ERR_IO, 42, "read %s", "x"));
    assert_false(err_wrap(&err, "step %d", 1));
    assert_string_equal(err.msg, "step 1: read x");
    assert_non_null(strstr(err.at, "base_test.c:"));
    assert_false(err_move(&other, &err));
    arena_done(&a);
    assert_string_equal(other.msg, "step 1: read x");
    assert_int_equal(other.code, 42);
    assert_int_equal(other.kind, ERR_IO);
    err_clear(&other);
    assert_int_equal(other.kind, ERR_NONE);
    assert_ptr_equal(other.a, &b);
    assert_string_equal(err_kind_name(ERR_UNSUPPORTED), "unsupported");
}

static void test_buf(void **state) {
    (void)state;
    autobuf b = { 0 };
    assert_string_equal(buf_str(&b).p, "");
    for (int i = 0; i < 500; i++)
        buf_putc(&b, (char)('a' + i % 26));
    assert_int_equal(strlen(b.p), 500);
    buf_shift(&b, 499);
    assert_string_equal(b.p, "f");
    buf_fmt(&b, "%s%03d", "x", 7);
    assert_string_equal(b.p, "fx007");
    buf_clear(&b);
    assert_string_equal(b.p, "");
    buf_add(&b, NULL, 0);
    buf_puts(&b, "hand over");
    autoarena a = { 0 };
    struct str s = buf_to_arena(&b, &a);
    assert_true(str_is(s, "hand over"));
    assert_null(b.p);
}

// Against a plain array of names, with removals that leave holes.
static void test_map(void **state) {
    (void)state;
    enum { N = 500 };
    automap m = { 0 };
    int values[N];
    bool in[N] = { false };
    char key[16];
    for (unsigned step = 1; step < 20000; step++) {
        unsigned i = step * 7919u % N, action = step / 3 % 5;
        snprintf(key, sizeof key, "k%u", i);
        void *was = action ? map_set(&m, key, &values[i]) : map_remove(&m, key);
        assert_ptr_equal(was, in[i] ? &values[i] : NULL);
        in[i] = action != 0;
    }
    size_t count = 0;
    for (unsigned i = 0; i < N; i++) {
        snprintf(key, sizeof key, "k%u", i);
        assert_int_equal(map_has(&m, key), in[i]);
        assert_ptr_equal(map_get(&m, key), in[i] ? &values[i] : NULL);
        count += in[i];
    }
    assert_int_equal(m.count, count);
    const char *name;
    void *value;
    size_t seen = 0;
    for (size_t at = 0; map_next(&m, &at, &name, &value); seen++)
        map_remove(&m, name); // of the entry just given
    assert_int_equal(seen, count);
    assert_int_equal(m.count, 0);
}

static void test_split(void **state) {
    (void)state;
    struct str rest = STR("a,,b,"), part;
    static const char *const want[] = { "a", "", "b", "" };
    size_t n = 0;
    while (str_split(&rest, ',', &part))
        assert_true(n < countof(want) && str_is(part, want[n++]));
    assert_int_equal(n, countof(want));
    rest = STR("");
    assert_true(str_split(&rest, ',', &part) && part.n == 0);
    assert_false(str_split(&rest, ',', &part));
}

static void test_numbers(void **state) {
    (void)state;
    static const struct {
        const char *text;
        bool u, i;
        uint64_t u64;
        int64_t i64;
    } cases[] = {
        { "0", true, true, 0, 0 },
        { "18446744073709551615", true, false, UINT64_MAX, 0 },
        { "18446744073709551616", false, false, 0, 0 },
        { "9223372036854775807", true, true, INT64_MAX, INT64_MAX },
        { "-9223372036854775808", false, true, 0, INT64_MIN },
        { "-9223372036854775809", false, false, 0, 0 },
        { "+7", false, true, 0, 7 },
        { "", false, false, 0, 0 },
        { "-", false, false, 0, 0 },
        { " 1", false, false, 0, 0 },
        { "1a", false, false, 0, 0 },
    };
    for (size_t k = 0; k < countof(cases); k++) {
        uint64_t u = 0;
        int64_t i = 0;
        bool u_ok = str_to_u64(str_of(cases[k].text), &u), i_ok = str_to_i64(str_of(cases[k].text), &i);
        check_row(cases[k].text, u_ok == cases[k].u && (!u_ok || u == cases[k].u64), "u64: %d", u_ok);
        check_row(cases[k].text, i_ok == cases[k].i && (!i_ok || i == cases[k].i64), "i64: %d", i_ok);
    }
    check_done();
}

static void test_str(void **state) {
    (void)state;
    assert_true(str_cmp(STR("a"), STR("ab")) < 0);
    assert_true(str_cmp(STR("b"), STR("ab")) > 0);
    assert_true(str_cmp(STR("\xFF"), STR("a")) > 0); // bytes, not chars
    assert_int_equal(str_find(STR("abcabc"), STR("ca")), 2);
    assert_int_equal(str_find(STR("abc"), STR("x")), -1);
    assert_int_equal(str_rchr(STR("a/b/c"), '/'), 3);
    assert_true(str_is(str_trim(STR(" \t\na b\r ")), "a b"));
    assert_true(str_is(str_sub(STR("abc"), 2, 9), "c"));
    assert_int_equal(str_sub(STR("abc"), 9, 2).n, 0);
    assert_true(text_starts(NULL, "") && !text_starts(NULL, "a") && text_empty(NULL));
}

static void test_json_quote(void **state) {
    (void)state;
    autobuf b = { 0 };
    json_quote(&b, STR("a\"b\\c\n\t\x01é"));
    assert_string_equal(b.p, "\"a\\\"b\\\\c\\n\\t\\u0001é\"");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_arena),   cmocka_unit_test(test_arena_grow), cmocka_unit_test(test_err),
        cmocka_unit_test(test_buf),     cmocka_unit_test(test_map),        cmocka_unit_test(test_split),
        cmocka_unit_test(test_numbers), cmocka_unit_test(test_str),        cmocka_unit_test(test_json_quote),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
