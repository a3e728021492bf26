// SPDX-License-Identifier: Apache-2.0
// Names, selectors, quantities and JSON paths: the API server's rules and words.
#include "tests/unit/check.h"

#include "common/value/json.h"
#include "deploy/local/sandbox/names.h"
#include "deploy/local/sandbox/quantity.h"
#include "deploy/local/sandbox/selector.h"
#include "deploy/local/sandbox/table.h"

static struct value *parse(struct arena *a, const char *json) {
    struct err err = { .a = a };
    struct value *v = NULL;
    if (!json_read(a, str_of(json), &v, &err))
        fail_msg("%s: %s", json, err.msg);
    return v;
}

static const char sixty_four[] = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";

static void test_names(void **state) {
    (void)state;
    static const struct {
        const char *(*fn)(struct arena *a, struct str s);
        const char *text, *want; // want: start of the reason, NULL: fine
    } rows[] = {
        { name_dns_label, "a-1", NULL },
        { name_dns_label, "1", NULL },
        { name_dns_label, "", "a lowercase RFC 1123 label must consist" },
        { name_dns_label, "-a", "a lowercase RFC 1123 label must consist" },
        { name_dns_label, "A", "a lowercase RFC 1123 label must consist" },
        { name_dns_label, "a.b", "must not contain dots" },
        { name_dns_label, sixty_four, "must be no more than 63 characters" },
        { name_dns_subdomain, "a.b-c.d1", NULL },
        { name_dns_subdomain, "a..b", "a lowercase RFC 1123 subdomain must consist" },
        { name_dns_subdomain, "a_b", "a lowercase RFC 1123 subdomain must consist" },
        { name_dns1035_label, "1a", "a DNS-1035 label must consist" },
        { name_dns1035_label, "a1", NULL },
        { name_path_segment, "system:node", NULL },
        { name_path_segment, "a/b", "may not contain '/'" },
        { name_path_segment, "..", "may not be '..'" },
        { name_qualified, "a", NULL },
        { name_qualified, "example.com/My_Name.x", NULL },
        { name_qualified, "/a", "prefix part must be non-empty" },
        { name_qualified, "a/b/c", "a valid label key must consist" },
        { name_qualified, "Example.com/a", "prefix part a lowercase RFC 1123 subdomain" },
        { name_qualified, "-a", "name part must consist of alphanumeric characters" },
        { name_qualified, "", "name part must be non-empty" },
        { name_label_value, "", NULL },
        { name_label_value, "a_b.C", NULL },
        { name_label_value, "a b", "a valid label must be an empty string or consist" },
        { name_label_value, sixty_four, "must be no more than 63 bytes" },
        { name_config_key, "a.b_c-D", NULL },
        { name_config_key, "a/b", "a valid config key must consist" },
        { name_config_key, "..", "must not be '..'" },
        { name_config_key, "..a", "must not start with '..'" },
        { name_port, "http-1", NULL },
        { name_port, "80", "must contain at least one letter (a-z)" },
        { name_port, "a--b", "must not contain consecutive hyphens" },
        { name_port, "-a", "must not begin or end with a hyphen" },
        { name_port, "abcdefghijklmnop", "must be no more than 15 characters" },
        { name_env, "A.b-C_1", NULL },
        { name_env, "a=b", "a valid environment variable name must consist only of printable ASCII" },
        { name_env, "", "a valid environment variable name must consist only of printable ASCII" },
    };
    for (size_t i = 0; i < countof(rows); i++) {
        autoarena a = { 0 };
        const char *got = rows[i].fn(&a, str_of(rows[i].text));
        bool ok = rows[i].want ? got && text_starts(got, rows[i].want) : !got;
        check_row(rows[i].text, ok, "got %s, want %s", got ? got : "fine",
                  rows[i].want ? rows[i].want : "fine");
    }
    check_done();
}

static void test_selectors(void **state) {
    (void)state;
    static const char object[] = "{\"metadata\":{\"name\":\"n\",\"namespace\":\"s\",\"labels\":{\"a\":\"1\","
                                 "\"b\":\"two\",\"empty\":\"\"}},"
                                 "\"spec\":{\"nodeName\":\"x\"},\"status\":{\"phase\":\"Running\"}}";
    static const struct {
        const char *labels, *fields;
        int want; // 1 matches, 0 does not, -1 refused
    } rows[] = {
        { "", "", 1 },
        { "a=1", "", 1 },
        { "a==1,b=two", "", 1 },
        { "a=2", "", 0 },
        { "a!=2", "", 1 },
        { "c!=2", "", 1 },
        { "a", "", 1 },
        { "!a", "", 0 },
        { "!c", "", 1 },
        { " a in ( 1 , 3 ) , b notin (x)", "", 1 },
        { "a notin (1)", "", 0 },
        { "c notin (1)", "", 1 },
        { "c in (1)", "", 0 },
        { "empty=", "", 1 },
        { "empty in (,x)", "", 1 },
        { "a>0", "", 1 },
        { "a<1", "", 0 },
        { "b>1", "", 0 },
        { "a=1,", "", -1 },
        { ",a", "", -1 },
        { "a in 1", "", -1 },
        { "a in (1", "", -1 },
        { "a b", "", -1 },
        { "a>x", "", -1 },
        { "-a=1", "", -1 },
        { "a=b c", "", -1 },
        { "", "metadata.name=n", 1 },
        { "", "metadata.name==n,metadata.namespace=s", 1 },
        { "", "metadata.name!=n", 0 },
        { "", "status.phase=Running,spec.nodeName!=y", 1 },
        { "", "status.podIP=", 1 },
        { "", "metadata.name=a\\,b", 0 },
        { "", "spec.x=1", -1 },
        { "", "metadata.name", -1 },
        { "", "metadata.name!n", -1 },
    };
    static const struct resource pods = {
        .group = "", .version = "v1", .kind = "Pod", .plural = "pods", .key = "pods", .namespaced = true
    };
    for (size_t i = 0; i < countof(rows); i++) {
        autoarena a = { 0 };
        struct status st = { .a = &a };
        struct selector s;
        int got = selector_parse(&a, &pods, rows[i].labels, rows[i].fields, &s, &st)
                      ? selector_matches(&pods, &s, parse(&a, object))
                      : -1;
        check_row(rows[i].labels[0] ? rows[i].labels : rows[i].fields, got == rows[i].want,
                  "got %d (%s), want %d", got, st.message ? st.message : "", rows[i].want);
    }
    check_done();
}

static void test_quantities(void **state) {
    (void)state;
    static const struct {
        const char *text, *want; // NULL: not a quantity
        int64_t milli;
    } rows[] = {
        { "0.5", "500m", 500 },
        { "1", "1", 1000 },
        { "1000m", "1", 1000 },
        { "1500m", "1500m", 1500 },
        { "1024Mi", "1Gi", 1073741824000 },
        { "1536Mi", "1536Mi", 1610612736000 },
        { "1.5Gi", "1536Mi", 1610612736000 },
        { "1000Ki", "1000Ki", 1024000000 },
        { "100", "100", 100000 },
        { "1000", "1k", 1000000 },
        { "1e3", "1e3", 1000000 },
        { "1E6", "1e6", 1000000000 },
        { "0", "0", 0 },
        { "0Mi", "0", 0 },
        { "-1", "-1", -1000 },
        { "0.0001", "100u", 1 },
        { "12345678901234567890123456789012", "12345678901234567890123456789012", -1 },
        { "", NULL, -1 },
        { "a", NULL, -1 },
        { "1 Gi", NULL, -1 },
        { "1gi", NULL, -1 },
        { "1.2.3", NULL, -1 },
        { "1e", NULL, -1 },
    };
    for (size_t i = 0; i < countof(rows); i++) {
        autoarena a = { 0 };
        int64_t milli;
        const char *got = quantity_canonical(&a, rows[i].text);
        check_row(rows[i].text, got && rows[i].want ? !strcmp(got, rows[i].want) : got == rows[i].want,
                  "got %s, want %s", got ? got : "(none)", rows[i].want ? rows[i].want : "(none)");
        bool ok = quantity_milli(rows[i].text, &milli);
        if (rows[i].milli != -1)
            check_row(rows[i].text, ok && milli == rows[i].milli, "got %lld thousandths", (long long)milli);
    }
    check_done();
}

static void test_json_paths(void **state) {
    (void)state;
    static const char object[] =
        "{\"a\":{\"b.c\":1,\"list\":[{\"t\":\"x\",\"v\":1},{\"t\":\"y\",\"v\":2}]},\"n\":null}";
    static const struct {
        const char *path, *want;
    } rows[] = {
        { ".a.list[0].t", "[\"x\"]" },
        { ".a.list[-1].v", "[2]" },
        { ".a.list[*].v", "[1,2]" },
        { ".a.list[?(@.t==\"y\")].v", "[2]" },
        { ".a.list[?(@.v==1)].t", "[\"x\"]" },
        { ".a.list[?(@.t!='y')].v", "[1]" },
        { ".a['b.c']", "[1]" },
        { ".a.b\\.c", "[1]" },
        { "{.a.list[1].t}", "[\"y\"]" },
        { ".nothing.at.all", "[]" },
        { ".a.list[9]", "[]" },
        { ".n", "[null]" },
        { ".a.list[?(", "[]" },
        { "[", "[]" },
    };
    for (size_t i = 0; i < countof(rows); i++) {
        autoarena a = { 0 };
        const char *got = json_text(&a, jsonpath_find(&a, rows[i].path, parse(&a, object)), JSON_COMPACT).p;
        check_row(rows[i].path, !strcmp(got, rows[i].want), "got %s, want %s", got, rows[i].want);
    }
    check_done();
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_names),
        cmocka_unit_test(test_selectors),
        cmocka_unit_test(test_quantities),
        cmocka_unit_test(test_json_paths),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
