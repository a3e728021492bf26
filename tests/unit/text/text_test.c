// SPDX-License-Identifier: Apache-2.0
// The text room: what the recorded tables do not hold. Strictness, limits, linear time, Flux's ignore defaults.
#include "common/base/timeutil.h"
#include "common/text/envsubst.h"
#include "common/text/gitignore.h"
#include "common/text/glob.h"
#include "common/text/regex.h"
#include "common/text/regex_prog.h"
#include "common/text/semver.h"
#include "common/text/textcase.h"
#include "tests/unit/check.h"

// ---- envsubst ----

static bool lookup(void *arg, struct str name, struct str *out) {
    (void)arg;
    if (str_is(name, "set"))
        *out = STR("value");
    else if (str_is(name, "empty"))
        *out = STR("");
    else if (str_is(name, "neg"))
        *out = STR("-1");
    else
        return false;
    return true;
}

static const struct {
    const char *text;
    bool strict;
    const char *want; // the result, or the message
} substitutions[] = {
    { "a ${set} $$ $${set} $x }", true, "a value $ ${set} $x }" },
    { "${a} ${set} ${b} ${a}", true, "variable not set (strict mode): \"a\", \"b\"" },
    { "${a}", false, "" },
    { "${empty}", true, "" },
    { "${a:-d}${a:=d}${a=d}${a:+d}${a:?d}", true, "ddddd" },
    { "${a:-${b}}", true, "variable not set (strict mode): \"b\"" },
    { "${a^^}", true, "variable not set (strict mode): \"a\"" },
    { "${#a}", true, "variable not set (strict mode): \"a\"" },
    { "${set:0:${neg}}", true, "bad substitution: a substring of negative length" },
    { "${set", true, "missing closing brace" },
    { "${set-x}", true, "missing closing brace" },
    { "${}", true, "unable to parse variable name" },
    { "${set:=", true, "unable to parse substitution within function" },
    { "${set/a}", true, "bad substitution" },
    { "${set/l/L}${set//[/x}", true, "vaLuevalue" },
};

static void test_envsubst(void **state) {
    (void)state;
    for (size_t i = 0; i < countof(substitutions); i++) {
        autoarena a = { 0 };
        struct err err = { .a = &a };
        struct envsubst_options options = { .strict = substitutions[i].strict };
        struct str out;
        const char *got =
            envsubst(&a, str_of(substitutions[i].text), &options, lookup, NULL, &out, &err) ? out.p : err.msg;
        check_row(substitutions[i].text, !strcmp(got, substitutions[i].want), "got %s", got);
    }
    check_done();
}

static bool lookup_long(void *arg, struct str name, struct str *out) {
    (void)name;
    *out = *(const struct str *)arg;
    return true;
}

static void test_envsubst_limits(void **state) {
    (void)state;
    autoarena a = { 0 };
    autobuf b = { 0 };
    struct err err = { .a = &a };
    struct str out, value;
    for (int i = 0; i < 200; i++)
        buf_puts(&b, "${x:-");
    struct envsubst_options options = { .max_out_bytes = 100000 };
    value = STR("");
    assert_false(envsubst(&a, buf_str(&b), &options, lookup_long, &value, &out, &err));
    assert_int_equal(err.kind, ERR_LIMIT);
    err_clear(&err);
    value = str_make(arena_alloc(&a, 60000), 60000);
    assert_false(envsubst(&a, STR("${x}${x}"), &options, lookup_long, &value, &out, &err));
    assert_int_equal(err.kind, ERR_LIMIT);
    err_clear(&err);
    assert_false(envsubst(&a, STR("${x##*a*b}"), &options, lookup_long, &value, &out, &err));
    assert_int_equal(err.kind, ERR_LIMIT);
}

static void test_envsubst_names(void **state) {
    (void)state;
    assert_true(envsubst_name_valid(STR("_a1")));
    assert_false(envsubst_name_valid(STR("1a")));
    assert_false(envsubst_name_valid(STR("a-b")));
    assert_false(envsubst_name_valid(STR("")));
    assert_false(envsubst_name_valid(STR("é")));
}

// ---- ignore rules ----

static const struct {
    const char *user, *path;
    bool is_dir, ignored;
} ignores[] = {
    { "", ".git", true, true },
    { "", "a/.git/config", false, true },
    { "", ".github/workflows/x.yaml", false, true },
    { "", "a/b.png", false, true },
    { "", "deploy/x.yaml", false, false },
    { "", "a/.sops.yaml", false, true },
    { "docs/\n", "a/b.png", false, false }, // one own pattern switches the other defaults off
    { "docs/\n", ".gitignore", false, true },
    { "docs/\n", "docs/x", false, true },
    { "docs/\n", "docs", false, false }, // a file of that name
    { "# comment\n\n  \n", "a/b.png", false, true },
    { "/*\n!/deploy\n", "README.md", false, true },
    { "/*\n!/deploy\n", "deploy/x.yaml", false, false },
    { "*.yaml\r\n!keep.yaml\r\n", "a/keep.yaml", false, false },
    { "*.yaml\n", "a/x.yaml", false, true },
    { "a/**\n", "a", true, true },
};

static void test_gitignore(void **state) {
    (void)state;
    for (size_t i = 0; i < countof(ignores); i++) {
        autoarena a = { 0 };
        struct gitignore user = { 0 }, all;
        gitignore_add_lines(&a, &user, str_of(ignores[i].user), "");
        gitignore_compose(&a, &user, "", &all);
        bool got = gitignore_match(&all, str_of(ignores[i].path), ignores[i].is_dir);
        check_row(ignores[i].path, got == ignores[i].ignored, "with %s: got %d", ignores[i].user, got);
    }
    autoarena a = { 0 };
    struct gitignore g = { 0 };
    gitignore_add(&a, &g, STR("*.txt"), "sub/dir");
    assert_true(gitignore_match(&g, STR("sub/dir/a.txt"), false));
    assert_false(gitignore_match(&g, STR("sub/a.txt"), false));
    check_done();
}

// ---- regular expressions ----

static void test_regex_time(void **state) {
    (void)state;
    static const char *const patterns[] = { "(a+)+$", "(a|a)*b", "(.*)(.*)(.*)(.*)x", "((a?){20}){20}b" };
    autoarena a = { 0 };
    char *text = arena_alloc(&a, 20001);
    memset(text, 'a', 20000);
    int64_t begin = now_mono_ns();
    for (size_t i = 0; i < countof(patterns); i++) {
        struct err err = { .a = &a };
        struct regex *re;
        assert_true(regex_compile(&a, patterns[i], &re, &err));
        assert_int_equal(regex_match(re, str_make(text, 20000)), i == 0);
    }
    assert_true(now_mono_ns() - begin < 20 * NS_PER_S); // a backtracking matcher needs ages
}

// Both matchers give the same captures; the table of recorded rows uses whichever fits.
static void test_matchers_agree(void **state) {
    (void)state;
    static const char *const patterns[] = { "(a*)(ab)*(b*)", "(a|ab)(c|bcd)(d*)", "(?U)(a+)(a*)",
                                            "\\b(\\w+)\\b",  "(?m)^(.*)$",        "(x)?y" };
    static const char *const texts[] = { "", "abcd", "aaabbb", "a\nb c", "xy yy", "\377ab" };
    for (size_t i = 0; i < countof(patterns); i++)
        for (size_t k = 0; k < countof(texts); k++) {
            autoarena a = { 0 };
            struct err err = { .a = &a };
            struct regex *re;
            ptrdiff_t x[8], y[8];
            for (size_t c = 0; c < 8; c++)
                x[c] = y[c] = -1;
            assert_true(regex_compile(&a, patterns[i], &re, &err));
            size_t n = 2 * (regex_n_groups(re) + 1);
            bool bx = rx_backtrack(re, str_of(texts[k]), 0, x, n),
                 by = rx_simulate(re, str_of(texts[k]), 0, y, n);
            check_row(patterns[i], bx == by && (!bx || !memcmp(x, y, n * sizeof x[0])), "on %s", texts[k]);
        }
    check_done();
}

static void test_regex_api(void **state) {
    (void)state;
    autoarena a = { 0 };
    autobuf out = { 0 };
    struct err err = { .a = &a };
    struct regex *re;
    assert_true(regex_compile(&a, "(?P<key>\\w+)=(\\w+)", &re, &err));
    assert_int_equal(regex_n_groups(re), 2);
    assert_string_equal(regex_group_name(re, 1), "key");
    assert_string_equal(regex_group_name(re, 2), "");
    assert_int_equal(regex_group_index(re, STR("key")), 1);
    assert_int_equal(regex_group_index(re, STR("x")), -1);
    regex_replace(&out, re, STR("a=b, c=d"), STR("$2=${key}"), false);
    assert_string_equal(out.p, "b=a, d=c");
    buf_clear(&out);
    regex_replace(&out, re, STR("a=b"), STR("$1"), true);
    assert_string_equal(out.p, "$1");
    assert_string_equal(regex_quote(&a, STR("a.b[c]")), "a\\.b\\[c\\]");
    struct regex_span spans[4];
    assert_true(regex_find(re, STR("a=b c=d"), 1, spans, 4));
    assert_int_equal(spans[0].begin, 4);
    assert_int_equal(spans[3].begin, -1);
    assert_false(regex_find(re, STR("a=b"), 9, spans, 4));
}

static void test_regex_limits(void **state) {
    (void)state;
    static const struct {
        const char *pattern, *want;
    } cases[] = {
        { "((a{100}){100}){100}", "error parsing regexp: invalid repeat count: `{100}`" },
        { "a{1001}", "error parsing regexp: invalid repeat count: `{1001}`" },
        { "(?i)\\p{Foo}", "error parsing regexp: invalid character class range: `\\p{Foo}`" },
        { "\xFF", "error parsing regexp: invalid UTF-8: `\xFF`" },
    };
    for (size_t i = 0; i < countof(cases); i++) {
        autoarena a = { 0 };
        struct err err = { .a = &a };
        struct regex *re;
        const char *got = regex_compile(&a, cases[i].pattern, &re, &err) ? "no error" : err.msg;
        check_row(cases[i].pattern, !strcmp(got, cases[i].want), "got %s", got);
    }
    autoarena a = { 0 };
    autobuf b = { 0 };
    struct err err = { .a = &a };
    struct regex *re;
    for (int i = 0; i < 100000; i++)
        buf_putc(&b, '(');
    for (int i = 0; i < 100000; i++)
        buf_putc(&b, ')');
    assert_false(regex_compile_n(&a, buf_str(&b), &re, &err));
    assert_true(text_starts(err.msg, "error parsing regexp: expression nests too deeply: "));
    check_done();
}

// ---- globs of Helm, case ----

static void test_glob_pattern(void **state) {
    (void)state;
    static const struct {
        const char *pattern, *name;
        int want; // -1: does not compile
    } cases[] = {
        { "*.yaml", "a.yaml", 1 }, { "*.yaml", "d/a.yaml", 0 }, { "**.yaml", "d/a.yaml", 1 },
        { "d/**", "d/e/f", 1 },    { "{a,b}.txt", "b.txt", 1 }, { "{a,b/*}.txt", "b/c.txt", 1 },
        { "[!a]b", "cb", 1 },      { "[!a]b", "ab", 0 },        { "[a-c]x", "bx", 1 },
        { "?x", "éx", 1 },         { "?x", "/x", 0 },           { "a\\*", "a*", 1 },
        { "a\\*", "ab", 0 },       { "[a", "a", -1 },           { "[c-a]", "b", -1 },
        { "a.b", "axb", 0 },
    };
    for (size_t i = 0; i < countof(cases); i++) {
        autoarena a = { 0 };
        struct err err = { .a = &a };
        struct glob_pattern *g;
        int got = glob_compile(&a, cases[i].pattern, '/', &g, &err)
                      ? glob_pattern_match(g, str_of(cases[i].name))
                      : -1;
        check_row(cases[i].pattern, got == cases[i].want, "on %s: got %d", cases[i].name, got);
    }
    check_done();
}

static void test_case(void **state) {
    (void)state;
    autobuf b = { 0 };
    text_put_upper(&b, STR("straße, ÿ, ǆ, \xFF"));
    assert_string_equal(b.p, "STRAßE, Ÿ, Ǆ, \xEF\xBF\xBD");
    buf_clear(&b);
    text_put_lower(&b, STR("ÀΣİ"));
    assert_string_equal(b.p, "àσi"); // one rune for one rune, as unicode.ToLower
    assert_true(text_equal_fold(STR("Kelvin"), STR("\u212aELVIN")));
    assert_false(text_equal_fold(STR("a"), STR("ab")));
}

static void test_semver_sort(void **state) {
    (void)state;
    static const char *const order[] = { "1.0.0-alpha", "1.0.0-alpha.1", "1.0.0-alpha.beta",
                                         "1.0.0-beta",  "1.0.0-beta.2",  "1.0.0-beta.11",
                                         "1.0.0-rc.1",  "1.0.0",         "1.0.1",
                                         "1.10.0",      "2.0.0" };
    autoarena a = { 0 };
    for (size_t i = 0; i < countof(order); i++)
        for (size_t k = 0; k < countof(order); k++) {
            struct err err = { .a = &a };
            struct semver x, y;
            assert_true(semver_parse(&a, order[i], &x, &err) && semver_parse(&a, order[k], &y, &err));
            int want = i < k ? -1 : i > k;
            check_row(order[i], semver_compare(&x, &y) == want, "with %s: got %d", order[k],
                      semver_compare(&x, &y));
        }
    check_done();
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_envsubst),       cmocka_unit_test(test_envsubst_limits),
        cmocka_unit_test(test_envsubst_names), cmocka_unit_test(test_gitignore),
        cmocka_unit_test(test_regex_time),     cmocka_unit_test(test_matchers_agree),
        cmocka_unit_test(test_regex_api),      cmocka_unit_test(test_regex_limits),
        cmocka_unit_test(test_glob_pattern),   cmocka_unit_test(test_case),
        cmocka_unit_test(test_semver_sort),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
