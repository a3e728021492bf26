// SPDX-License-Identifier: Apache-2.0
// Nodes: what becomes of YAML that is read, written by yaml.v3's rules and read again; paths; names of repositories.
#include "common/base/limits.h"
#include "common/kustomize/node.h"
#include "common/kustomize/path.h"
#include "common/kustomize/repo.h"
#include "common/value/json.h"
#include "tests/unit/check.h"

static const struct {
    const char *text, *want; // JSON, or the message
} trips[] = {
    { "a: 1", "{\"a\":1}" },
    { "a: '1'", "{\"a\":\"1\"}" },
    { "a: !!str 1", "{\"a\":\"1\"}" },
    { "a: !!int \"7\"", "{\"a\":7}" },
    { "a: !!int x", "yaml: cannot decode !!str `x` as a !!int" },
    { "a: !!float 1", "{\"a\":1}" },
    { "a: 0o17", "{\"a\":15}" },
    { "a: 017", "{\"a\":15}" },
    { "a: 0b11", "{\"a\":3}" },
    { "a: 1_000", "{\"a\":1000}" },
    { "a: 1e3", "{\"a\":1000}" },
    { "a: 18446744073709551615", "{\"a\":18446744073709551615}" },
    { "a: .nan", "json: unsupported value: NaN" },
    { "a: -.inf", "json: unsupported value: -Inf" },
    { "a: yes", "{\"a\":\"yes\"}" },
    { "a: ~", "{\"a\":null}" },
    { "a:", "{\"a\":null}" },
    { "{a: }", "{\"a\":\"\"}" },
    { "a: 2001-01-01", "{\"a\":\"2001-01-01T00:00:00Z\"}" },
    { "a: !!binary aGk=", "{\"a\":\"hi\"}" },
    { "a: !custom x", "{\"a\":\"x\"}" },
    { "a: [1, two, {b: 3}]", "{\"a\":[1,\"two\",{\"b\":3}]}" },
    { "a: {}\nb: []", "{\"a\":{},\"b\":[]}" },
    { "a: &x {b: 1}\nc: *x", "{\"a\":{\"b\":1},\"c\":{\"b\":1}}" },
    { "a: &x {b: 1}\nc:\n  <<: *x\n  d: 2", "{\"a\":{\"b\":1},\"c\":{\"b\":1,\"d\":2}}" },
    { "a: |\n  x\n   y\n", "{\"a\":\"x\\n y\\n\"}" },
    { "a: >\n  x\n  y\n\n  z\n", "{\"a\":\"x y\\nz\\n\"}" },
    // the emitter's slip: an empty line before a more indented one
    { "a: >\n  x\n    y\n  z\n", "{\"a\":\"x\\n\\n  y\\nz\\n\"}" },
    { "a: >\n\n  x\n    y\n  z\n", "{\"a\":\"\\nx\\n\\n  y\\nz\\n\"}" },
    { "a: 1\nb: 2\na: 3", "yaml: unmarshal errors:\n  line 3: mapping key \"a\" already defined at line 1" },
    { "a: {x: 1, x: 2}\nb: {\"y\\n\": 1, \"y\\n\": 2, \"y\\n\": 3}",
      "yaml: unmarshal errors:\n  line 1: mapping key \"x\" already defined at line 1"
      "\n  line 2: mapping key \"y\\n\" already defined at line 2"
      "\n  line 2: mapping key \"y\\n\" already defined at line 2"
      "\n  line 2: mapping key \"y\\n\" already defined at line 2" },
    { "a: {1: x}", "json: unsupported type: map[interface {}]interface {}" },
    { "1: x", "{\"1\":\"x\"}" },
    { "a: 1\n{b: c}: d", "yaml: unmarshal errors:\n  line 2: cannot unmarshal !!map into string" },
    { "a: {{1: x}: y}", "yaml: invalid map key: map[interface {}]interface {}{1:\"x\"}" },
    { "a: {[x]: y}", "yaml: invalid map key: []interface {}{\"x\"}" },
};

static void test_trips(void **state) {
    (void)state;
    for (size_t i = 0; i < countof(trips); i++) {
        autoarena a = { 0 };
        struct err err = { .a = &a };
        struct kz_node *n;
        struct value *v;
        bool ok = kz_node_read(&a, str_of(trips[i].text), &n, &err) && kz_node_to_value(&a, n, &v, &err);
        const char *got = ok ? json_text(&a, v, JSON_SORT_KEYS).p : err.msg;
        check_row(trips[i].text, !strcmp(got, trips[i].want), "got %s", got);
    }
    check_done();
}

static const struct {
    const char *text, *want;
} syntaxes[] = {
    { "a: x", "map[string]interface {}{\"a\":\"x\"}" },
    { "a: {1: x, b: y, 0: z}",
      "map[string]interface {}{\"a\":map[interface {}]interface {}{\"b\":\"y\", 0:\"z\", 1:\"x\"}}" },
    { "1: [~, true, .inf, 1.5]",
      "map[string]interface {}{\"1\":[]interface {}{interface {}(nil), true, +Inf, 1.5}}" },
    { "a: 18446744073709551615", "map[string]interface {}{\"a\":0xffffffffffffffff}" },
    { "a: 2001-02-03t04:05:06.7-05:00",
      "map[string]interface {}{\"a\":time.Date(2001, time.February, 3, 4, 5, "
      "6, 700000000, time.Location(\"\"))}" },
    { "a: !!binary aGk=", "map[string]interface {}{\"a\":\"hi\"}" },
    { "a: 2001-02-03",
      "map[string]interface {}{\"a\":time.Date(2001, time.February, 3, 0, 0, 0, 0, time.UTC)}" },
};

static void test_go_syntax(void **state) {
    (void)state;
    for (size_t i = 0; i < countof(syntaxes); i++) {
        autoarena a = { 0 };
        struct err err = { .a = &a };
        struct kz_node *n;
        const char *got =
            kz_node_read(&a, str_of(syntaxes[i].text), &n, &err) ? kz_node_go_syntax(&a, n, true).p : err.msg;
        check_row(syntaxes[i].text, !strcmp(got, syntaxes[i].want), "got %s", got);
    }
    check_done();
}

static const struct {
    const char *text;
    bool sorted;
    const char *want;
} texts[] = {
    { "b: 1\na: n", false, "b: 1\na: n\n" },
    { "b: 1\na: n", true, "a: n\nb: 1\n" },
    { "a: 'x'\nb: \"y\"\nc: [1, {d: e}]", false, "a: 'x'\nb: \"y\"\nc: [1, {d: e}]\n" },
    { "a: |\n  x\n  y", false, "a: |-\n  x\n  y\n" },
    { "n: {y: no}", false, "n: {y: no}\n" },
};

static void test_texts(void **state) {
    (void)state;
    for (size_t i = 0; i < countof(texts); i++) {
        autoarena a = { 0 };
        struct err err = { .a = &a };
        struct kz_node *n;
        if (!kz_node_read(&a, str_of(texts[i].text), &n, &err))
            fail_msg("%s", err.msg);
        const char *got = texts[i].sorted ? kz_node_yaml_sorted(&a, n).p : kz_node_yaml(&a, n).p;
        check_row(texts[i].text, !strcmp(got, texts[i].want), "got %s", got);
    }
    check_done();
}

static void test_deep(void **state) {
    (void)state;
    autoarena a = { 0 };
    struct err err = { .a = &a };
    struct buf b = { 0 };
    struct kz_node *n;
    struct value *v;
    for (int i = 0; i < 200000; i++)
        buf_putc(&b, '[');
    bool ok = kz_node_read(&a, buf_str(&b), &n, &err) && kz_node_to_value(&a, n, &v, &err);
    assert_false(ok);
    buf_done(&b);
}

static const struct {
    const char *text;
    bool brackets;
    const char *want; // parts, each in < >
} paths[] = {
    { "a.b.c", false, "<a><b><c>" },
    { "/a/b", false, "<a><b>" },
    { "a\\.b.c", false, "<a.b><c>" },
    { "a\\\\.b", false, "<a\\.b>" },
    { "a.[x.y/z].b", true, "<a><x.y/z><b>" },
    { "a.[name=x.y].b", true, "<a><[name=x.y]><b>" },
    { "a.[x", true, "<a><x>" },
    { "", true, "<>" },
    { "a..b", true, "<a><><b>" },
};

static void test_paths(void **state) {
    (void)state;
    for (size_t i = 0; i < countof(paths); i++) {
        autoarena a = { 0 };
        struct buf b = { 0 };
        struct str text = str_of(paths[i].text);
        char delimiter = paths[i].text[0] == '/' ? '/' : '.';
        struct kz_path p = paths[i].brackets ? kz_path_split_brackets(&a, text, delimiter)
                                             : kz_path_split(&a, text, delimiter);
        for (size_t j = 0; j < p.n; j++)
            buf_fmt(&b, "<%s>", arena_text(&a, p.parts[j].p, p.parts[j].n));
        struct str got = buf_to_arena(&b, &a);
        check_row(paths[i].text, str_is(got, paths[i].want), "got %s", got.p ? got.p : "");
    }
    check_done();
}

static const struct {
    const char *text, *host, *repo, *dir, *ref; // host NULL: not a repository
    int timeout_s;
    bool submodules;
} repos[] = {
    { "../base", NULL, NULL, NULL, NULL, 0, 0 },
    { "github.com/org/repo", "https://github.com/", "org/repo", "", "", 27, true },
    { "https://github.com/org/repo?ref=v1", "https://github.com/", "org/repo", "", "v1", 27, true },
    { "https://github.com/org/repo//a/b?ref=v1&timeout=90s&submodules=false", "https://github.com/",
      "org/repo", "a/b", "v1", 90, false },
    { "https://github.com/org/repo/a/b?version=x", "https://github.com/", "org/repo", "a/b", "x", 27, true },
    { "git@github.com:org/repo.git?timeout=5", "git@github.com:", "org/repo.git", "", "", 5, true },
    { "ssh://git@example.com:22/org/repo//x", "ssh://git@example.com:22/", "org/repo", "x", "", 27, true },
    { "git::https://example.com/a/b.git//c", "https://example.com/", "a/b.git", "c", "", 27, true },
    { "https://example.com/a/b/_git/c//d?ref=e", "https://example.com/", "a/b/_git/c", "d", "e", 27, true },
    { "file:///srv/repo//x", "file://", "/srv/repo", "x", "", 27, true },
    { "https://example.com", NULL, NULL, NULL, NULL, 0, 0 },
    { "https://github.com/org/repo//../../x", NULL, NULL, NULL, NULL, 0, 0 },
};

static void test_repos(void **state) {
    (void)state;
    for (size_t i = 0; i < countof(repos); i++) {
        autoarena a = { 0 };
        struct kz_repo r = { 0 };
        bool is = kz_repo_parse(&a, repos[i].text, &r);
        if (!is || !repos[i].host) {
            check_row(repos[i].text, is == !!repos[i].host, "is a repository: %d", is);
            continue;
        }
        check_row(repos[i].text,
                  !strcmp(r.host, repos[i].host) && !strcmp(r.repo_path, repos[i].repo) &&
                      !strcmp(r.dir, repos[i].dir) && !strcmp(r.ref, repos[i].ref) &&
                      r.timeout_ns == repos[i].timeout_s * 1000000000LL &&
                      r.submodules == repos[i].submodules,
                  "got %s %s %s %s %lld %d", r.host, r.repo_path, r.dir, r.ref, (long long)r.timeout_ns,
                  r.submodules);
    }
    check_done();
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_trips), cmocka_unit_test(test_go_syntax), cmocka_unit_test(test_texts),
        cmocka_unit_test(test_deep),  cmocka_unit_test(test_paths),     cmocka_unit_test(test_repos),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
