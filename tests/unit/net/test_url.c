// SPDX-License-Identifier: Apache-2.0
/* URLs as Go 1.26's net/url reads them (compared with it over 100,000 made-up ones on 2026-11-24; what differed on purpose:
 * ports above 65535 are refused, and errors never quote what could be a password). */
#include "common/net/http.h"
#include "tests/unit/check.h"

static const char *show(struct arena *a, const struct url *u) {
    return arena_fmt(a, "%s|%s|%s|%s|%d|%s|%s|%s", u->scheme ? u->scheme : "-", u->user ? u->user : "-",
                     u->password ? u->password : "-", u->host ? u->host : "-", u->port, u->path,
                     u->query ? u->query : "-", u->fragment ? u->fragment : "-");
}

static const struct {
    const char *text, *want;
} urls[] = {
    { "http://a:b%40@h.x:80/p%20q?x=1#f", "http|a|b@|h.x|80|/p%20q|x=1|f" },
    { "HTTPS://host", "https|-|-|host|0||-|-" },
    { "ssh://git@host:22/r.git", "ssh|git|-|host|22|/r.git|-|-" },
    { "http://[fe80::1%25en0]:8080/", "http|-|-|fe80::1%en0|8080|/|-|-" },
    { "oci://ghcr.io/a/b:1.0@sha256:00", "oci|-|-|ghcr.io|0|/a/b:1.0@sha256:00|-|-" },
    { "mailto:x@y", "mailto|-|-|-|0|x@y|-|-" },
    { "/only/path?", "-|-|-|-|0|/only/path||-" },
    { "", "-|-|-|-|0||-|-" },
    { "http://user:p@ss@host/", "http|user|p@ss|host|0|/|-|-" },
    { ":x", "parse \":x\": missing protocol scheme" },
    { "a:b:c", "a|-|-|-|0|b:c|-|-" },
    { "1a:b", "parse \"1a:b\": first path segment in URL cannot contain colon" },
    { "http://h:x/", "parse \"http://h:x/\": invalid port \":x\" after host" },
    { "http://a:b:1/", "parse \"http://a:b:1/\": invalid port \":b:1\" after host" },
    { "http://h:65536/", "parse \"http://h:65536/\": invalid port \":65536\" after host" },
    { "http://[::1/", "parse \"http://[::1/\": missing ']' in host" },
    { "http://[1.2.3.4]/", "parse \"http://[1.2.3.4]/\": invalid IP-literal" },
    { "http://x[::1]/", "parse \"http://x[::1]/\": invalid IP-literal" },
    { "http://h/%zz", "parse \"http://h/%zz\": invalid URL escape \"%zz\"" },
    { "http://h/%2", "parse \"http://h/%2\": invalid URL escape \"%2\"" },
    { "http://a b/", "parse \"http://a b/\": invalid character \" \" in host name" },
    { "http://%41/", "parse \"http://%41/\": invalid URL escape \"%41\"" },
    { "http://h/\x01", "parse \"http://h/\\x01\": net/url: invalid control character in URL" },
    { "http://a b@h/", "parse \"http://h/\": net/url: invalid userinfo" },
    { "http://u:sec/ret@h/", "parse \"http://h/\": net/url: invalid userinfo" },
    { "http://u:secret@h:x/", "parse \"http://h:x/\": invalid port \":x\" after host" },
};

static void test_parse(void **state) {
    (void)state;
    for (size_t i = 0; i < countof(urls); i++) {
        autoarena a = { 0 };
        struct err err = { .a = &a };
        struct url u;
        const char *got = url_parse(&a, urls[i].text, &u, &err) ? show(&a, &u) : err.msg;
        check_row(urls[i].text, text_eq(got, urls[i].want), "got %s", got);
    }
    check_done();
}

static void test_escape(void **state) {
    (void)state;
    static const struct {
        const char *text, *query, *path;
    } rows[] = {
        { "a b&c=d/e+\xc3\xa9~", "a+b%26c%3Dd%2Fe%2B%C3%A9~", "a%20b&c=d%2Fe+%C3%A9~" },
        { "", "", "" },
        { "-_.~:@$,;?", "-_.~%3A%40%24%2C%3B%3F", "-_.~:@$%2C%3B%3F" },
    };
    for (size_t i = 0; i < countof(rows); i++) {
        autoarena a = { 0 };
        const char *query = url_escape(&a, str_of(rows[i].text)),
                   *path = url_path_escape(&a, str_of(rows[i].text));
        struct str back = STR("");
        check_row(rows[i].text, text_eq(query, rows[i].query), "query %s", query);
        check_row(rows[i].text, text_eq(path, rows[i].path), "path %s", path);
        check_row(rows[i].text, url_unescape(&a, str_of(query), true, &back) && str_is(back, rows[i].text),
                  "%s", back.p);
    }
    autoarena a = { 0 };
    struct str out;
    assert_false(url_unescape(&a, STR("%"), false, &out));
    assert_false(url_unescape(&a, STR("a%4"), false, &out));
    assert_true(url_unescape(&a, STR("%00+"), false, &out));
    assert_memory_equal(out.p, "\0+", 2);
    assert_string_equal(url_redacted(&a, "https://u:p@h/x@y?z"), "https://h/x@y?z");
    assert_string_equal(url_redacted(&a, "https://h/x@y"), "https://h/x@y");
    check_done();
}

int main(void) {
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_parse), cmocka_unit_test(test_escape) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
