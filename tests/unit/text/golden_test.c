// SPDX-License-Identifier: Apache-2.0
// The text room against tables recorded from the Go packages it follows.
#include "common/text/envsubst.h"
#include "common/text/gitignore.h"
#include "common/text/glob.h"
#include "common/text/regex.h"
#include "common/text/semver.h"
#include "tests/unit/golden.h"

static const char *golden_dir;

static const char *text_in(struct arena *a, const struct value *in, size_t i) {
    struct str s = golden_in(in, i);
    return arena_text(a, s.p, s.n);
}

static void run_glob(struct arena *a, const struct value *in, struct buf *out) {
    static const char *const words[] = { "false", "true", "bad pattern" };
    (void)a;
    buf_puts(out, words[glob_match(golden_in(in, 0), golden_in(in, 1))]);
}

static void run_gitignore(struct arena *a, const struct value *in, struct buf *out) {
    struct gitignore g = { 0 };
    struct str lines = golden_in(in, 1), line;
    while (str_split(&lines, '\n', &line))
        gitignore_add(a, &g, line, text_in(a, in, 0));
    buf_puts(out, gitignore_match(&g, golden_in(in, 2), str_is(golden_in(in, 3), "true")) ? "true" : "false");
}

static void put_version(struct arena *a, bool ok, const struct semver *v, struct err *err, struct buf *out) {
    if (ok)
        buf_puts(out, semver_text(a, v));
    else
        buf_fmt(out, "ERR %s", err->msg);
    err_clear(err);
    buf_putc(out, '|');
}

static void run_semver(struct arena *a, const struct value *in, struct buf *out) {
    struct err err = { .a = a };
    struct semver x = { 0 }, strict = { 0 }, y;
    bool ok = semver_parse(a, text_in(a, in, 0), &x, &err);
    put_version(a, ok, &x, &err, out);
    bool strict_ok = semver_parse_strict(a, text_in(a, in, 0), &strict, &err);
    put_version(a, strict_ok, &strict, &err, out);
    assert_true(semver_parse(a, text_in(a, in, 1), &y, &err));
    if (ok)
        buf_fmt(out, "%d", semver_compare(&x, &y));
}

static void run_constraint(struct arena *a, const struct value *in, struct buf *out) {
    struct err err = { .a = a };
    struct semver v;
    struct semver_constraint *c;
    assert_true(semver_parse(a, text_in(a, in, 1), &v, &err));
    if (!semver_constraint_parse(a, text_in(a, in, 0), &c, &err))
        buf_fmt(out, "ERR %s", err.msg);
    else
        buf_fmt(out, "%s|%s", semver_constraint_text(a, c),
                semver_constraint_check(c, &v) ? "true" : "false");
}

static void run_regex(struct arena *a, const struct value *in, struct buf *out) {
    struct err err = { .a = a };
    struct regex *re;
    if (!regex_compile_n(a, golden_in(in, 0), &re, &err)) {
        buf_fmt(out, "ERR %s", err.msg);
        return;
    }
    size_t n = regex_n_groups(re) + 1;
    struct regex_span *spans = arena_array(a, struct regex_span, n);
    struct regex_iter it = { .re = re, .text = golden_in(in, 1) };
    while (regex_next(&it, spans, n)) {
        for (size_t i = 0; i < n; i++)
            buf_fmt(out, "%td %td ", spans[i].begin, spans[i].end);
        buf_putc(out, ';');
    }
    buf_putc(out, '|');
    regex_replace(out, re, golden_in(in, 1), golden_in(in, 2), false);
}

static bool lookup(void *arg, struct str name, struct str *out) {
    static const struct {
        const char *name, *value;
    } variables[] = { { "a", "Hello World" }, { "b", "" },     { "c1", "a/b/c.tar.gz" },
                      { "n", "2" },           { "neg", "-3" }, { "u", "éàß日" } };
    (void)arg;
    for (size_t i = 0; i < countof(variables); i++)
        if (str_is(name, variables[i].name)) {
            *out = str_of(variables[i].value);
            return true;
        }
    return false;
}

static void run_envsubst(struct arena *a, const struct value *in, struct buf *out) {
    struct err err = { .a = a };
    struct envsubst_options options = { 0 };
    struct str text;
    if (envsubst(a, golden_in(in, 0), &options, lookup, NULL, &text, &err))
        buf_put_str(out, text);
    else
        buf_fmt(out, "ERR %s", err.msg);
}

static void test_glob(void **state) {
    (void)state;
    golden_run(golden_dir, "glob", run_glob);
}

static void test_gitignore(void **state) {
    (void)state;
    golden_run(golden_dir, "gitignore", run_gitignore);
}

static void test_semver(void **state) {
    (void)state;
    golden_run(golden_dir, "semver", run_semver);
}

static void test_constraint(void **state) {
    (void)state;
    golden_run(golden_dir, "constraint", run_constraint);
}

static void test_regex(void **state) {
    (void)state;
    golden_run(golden_dir, "regex", run_regex);
}

static void test_envsubst(void **state) {
    (void)state;
    golden_run(golden_dir, "envsubst", run_envsubst);
}

int main(int argc, char **argv) {
    golden_dir = argc > 1 ? argv[1] : ".";
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_glob),       cmocka_unit_test(test_gitignore), cmocka_unit_test(test_semver),
        cmocka_unit_test(test_constraint), cmocka_unit_test(test_regex),     cmocka_unit_test(test_envsubst),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
