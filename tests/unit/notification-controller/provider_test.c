// SPDX-License-Identifier: Apache-2.0
// Payloads of each provider type as golden texts; Secrets of providers.
#include "tests/unit/check.h"

#include "common/value/json.h"
#include "notification-controller/providers/providers.h"

#define INVOLVED                                                                                             \
    "{\"kind\":\"GitRepository\",\"namespace\":\"default\",\"name\":\"repo\",\"uid\":\"u\",\"apiVersion\":"  \
    "\"source.toolkit.fluxcd.io/v1\"}"
#define EVENT(severity)                                                                                      \
    "{\"involvedObject\":" INVOLVED ",\"severity\":\"" severity                                              \
    "\",\"timestamp\":\"2024-01-02T03:04:05Z\",\"message\":\"first <line>\\nsecond\","                       \
    "\"reason\":\"Why\",\"metadata\":{\"source.toolkit.fluxcd.io/"                                           \
    "revision\":\"main@sha1:ab\"},\"reportingController\":\"source-controller\","                            \
    "\"reportingInstance\":\"pod\"}"
#define FORWARDED                                                                                            \
    "{\"involvedObject\":" INVOLVED ",\"severity\":\"info\",\"timestamp\":\"2024-01-02T03:04:05Z\","         \
    "\"message\":\"first \\u003cline\\u003e\\nsecond\","                                                     \
    "\"reason\":\"Why\",\"metadata\":{\"revision\":\"main@sha1:ab\",\"summary\":\"prod\"},"                  \
    "\"reportingController\":\"source-controller\","                                                         \
    "\"reportingInstance\":\"pod\"}"
#define FIELDS                                                                                               \
    "[{\"title\":\"revision\",\"value\":\"main@sha1:ab\",\"short\":false},{\"title\":\"summary\",\"value\":" \
    "\"prod\",\"short\":false}]"
#define SLACK(channel, user, fallback, color)                                                                \
    "{\"channel\":\"" channel "\",\"username\":\"" user                                                      \
    "\",\"icon_url\":\"\",\"icon_emoji\":\"\",\"attachments\":[{\"fallback\":\"" fallback                    \
    "\",\"color\":\"" color                                                                                  \
    "\",\"author_name\":\"gitrepository/repo.default\",\"text\":\"first \\u003cline\\u003e\\nsecond\","      \
    "\"mrkdwn_in\":[\"text\"],\"fields\":" FIELDS "}]}"
#define CARD(color)                                                                                          \
    "{\"type\":\"message\",\"attachments\":[{\"contentType\":\"application/"                                 \
    "vnd.microsoft.card.adaptive\",\"content\":{"                                                            \
    "\"$schema\":\"http://adaptivecards.io/schemas/"                                                         \
    "adaptive-card.json\",\"type\":\"AdaptiveCard\",\"version\":\"1.4\",\"body\":[{"                         \
    "\"type\":\"Container\",\"items\":[{\"type\":\"TextBlock\",\"text\":\"gitrepository/"                    \
    "repo.default\",\"size\":\"large\","                                                                     \
    "\"weight\":\"bolder\",\"wrap\":true},{\"type\":\"TextBlock\",\"text\":\"first "                         \
    "\\u003cline\\u003e\\nsecond\"," color "\"wrap\":true},{\"type\":\"FactSet\",\"facts\":[{\"title\":"     \
    "\"summary\",\"value\":\"prod\"},{\"title\":\"revision\","                                               \
    "\"value\":\"main@sha1:ab\"}]}]}],\"msteams\":{\"width\":\"Full\"}}}]}"
#define MESSAGE_CARD(color)                                                                                  \
    "{\"@type\":\"MessageCard\",\"@context\":\"http://schema.org/extensions\",\"themeColor\":\"" color       \
    "\",\"summary\":\"gitrepository/repo.default\",\"sections\":[{\"activityTitle\":\"first "                \
    "\\u003cline\\u003e\\nsecond\","                                                                         \
    "\"activitySubtitle\":\"gitrepository/"                                                                  \
    "repo.default\",\"facts\":[{\"name\":\"revision\",\"value\":\"main@sha1:ab\"},"                          \
    "{\"name\":\"summary\",\"value\":\"prod\"}]}]}"

static const struct {
    const char *name, *type, *address, *channel, *username, *token, *event;
    const char *url, *headers, *body; // headers: joined with "; "
    const char *error;
} cases[] = {
    { "generic", "generic", "http://h/x", "", "", "", EVENT("info"), "http://h/x",
      "Content-Type: application/json; gotk-component: source-controller; X-Own: yes", FORWARDED, NULL },
    { "generic-hmac", "generic-hmac", "http://h/x", "", "", "key", EVENT("info"), "http://h/x",
      "Content-Type: application/json; gotk-component: source-controller; X-Own: yes; X-Signature: sha256=@",
      FORWARDED, NULL },
    { "hmac without key", "generic-hmac", "http://h/x", "", "", "", EVENT("info"), NULL, NULL, NULL,
      "HMAC key is empty" },
    { "address", "generic", "no url", "", "", "", EVENT("info"), NULL, NULL, NULL,
      "invalid webhook URL no url: 'parse \"no url\": invalid URI for request'" },
    { "slack", "slack", "https://hooks.slack.com/x", "general", "", "", EVENT("info"),
      "https://hooks.slack.com/x", "",
      SLACK("general", "source-controller", "gitrepository/repo.default: first \\u003cline\\u003e", "good"),
      NULL },
    { "slack error", "slack", "https://hooks.slack.com/x", "", "me", "", EVENT("error"),
      "https://hooks.slack.com/x", "",
      SLACK("", "me", "gitrepository/repo.default: first \\u003cline\\u003e", "danger"), NULL },
    { "discord", "discord", "https://discord.com/api/webhooks/1/a", "general", "", "", EVENT("info"),
      "https://discord.com/api/webhooks/1/a/slack", "", SLACK("", "source-controller", "", "good"), NULL },
    { "discord slack", "discord", "https://discord.com/api/webhooks/1/a/slack", "", "", "", EVENT("error"),
      "https://discord.com/api/webhooks/1/a/slack", "", SLACK("", "source-controller", "", "danger"), NULL },
    { "discord thread", "discord", "https://discord.com/api/webhooks/1/a?thread_id=5", "", "", "",
      EVENT("error"), "https://discord.com/api/webhooks/1/a/slack?thread_id=5", "",
      SLACK("", "source-controller", "", "danger"), NULL },
    { "rocket", "rocket", "https://rocket/hook", "c", "", "", EVENT("error"), "https://rocket/hook", "",
      SLACK("c", "", "", "#FF0000"), NULL },
    { "teams", "msteams", "https://x.powerplatform.com/a", "", "", "", EVENT("info"),
      "https://x.powerplatform.com/a", "", CARD(""), NULL },
    { "teams error", "msteams", "https://x.powerplatform.com/a", "", "", "", EVENT("error"),
      "https://x.powerplatform.com/a", "", CARD("\"color\":\"attention\","), NULL },
    { "old teams", "msteams", "https://x.webhook.office.com:443/a", "", "", "", EVENT("info"),
      "https://x.webhook.office.com:443/a", "", MESSAGE_CARD("0076D7"), NULL },
    { "old teams error", "msteams", "https://x.webhook.office.com/a", "", "", "", EVENT("error"),
      "https://x.webhook.office.com/a", "", MESSAGE_CARD("FF0000"), NULL },
};

static const char *joined(struct arena *a, const struct post *p) {
    const char *out = "";
    for (size_t i = 0; i < p->n_headers; i++)
        out = arena_fmt(a, "%s%s%s", out, i ? "; " : "", p->headers[i]);
    const char *sig = strstr(out, "sha256="); // its value is checked by the hook's tests
    return sig ? arena_fmt(a, "%.*s@", (int)(sig + 7 - out), out) : out;
}

static void test_payloads(void **state) {
    (void)state;
    for (size_t i = 0; i < countof(cases); i++) {
        autoarena a = { 0 };
        struct err err = { .a = &a };
        struct notice n;
        struct post post = { 0 };
        struct value *conflicts, *headers = value_map(&a);
        value_set(&a, headers, "X-Own", value_string(&a, "yes"));
        struct provider p = { .name = "p",
                              .address = cases[i].address,
                              .channel = cases[i].channel,
                              .username = cases[i].username,
                              .token = cases[i].token,
                              .headers = headers };
        assert_true(notice_read(&a, str_of(cases[i].event), &n, &err));
        n.metadata = notice_combine(&a, &n, NULL, "prod", &conflicts);
        bool ok = provider_type_find(cases[i].type)->build(&a, &p, &n, &post, &err);
        if (cases[i].error || !ok) {
            const char *want = cases[i].error ? cases[i].error : "no error";
            check_row(cases[i].name, !ok && !strcmp(err.msg, want), "got %s, want %s",
                      ok ? "no error" : err.msg, want);
            continue;
        }
        check_row(cases[i].name, !strcmp(post.url, cases[i].url), "url %s", post.url);
        check_row(cases[i].name, !strcmp(joined(&a, &post), cases[i].headers), "headers %s",
                  joined(&a, &post));
        check_row(cases[i].name, !strcmp(post.body.p, cases[i].body), "body\n%s\nwant\n%s", post.body.p,
                  cases[i].body);
    }
    check_done();
}

static void test_slack_answer(void **state) {
    (void)state;
    static const struct {
        const char *body, *want;
    } rows[] = { { "{\"ok\":true}", "good" },
                 { "{\"ok\":false,\"error\":\"channel_not_found\"}",
                   "Slack responded with error: channel_not_found" } };
    autoarena a = { 0 };
    struct err err = { .a = &a };
    struct notice n;
    struct post post = { 0 };
    struct provider p = {
        .address = "https://slack.com/api/chat.postMessage", .channel = "", .username = "", .token = "t"
    };
    assert_true(notice_read(&a, str_of(EVENT("info")), &n, &err));
    assert_true(build_slack(&a, &p, &n, &post, &err));
    check_row("bearer", post.bearer && !strcmp(post.bearer, "t"), "none");
    for (size_t i = 0; i < countof(rows); i++) {
        struct http_response r = { .status = 200, .body = str_of(rows[i].body) };
        struct err answer = { .a = &a };
        const char *got = post.check(&a, &r, &answer) ? "good" : answer.msg;
        check_row(rows[i].body, !strcmp(got, rows[i].want), "got %s", got);
    }
    struct http_response broken = { .status = 200, .body = STR("no json") };
    check_row("no json",
              !post.check(&a, &broken, &err) && text_starts(err.msg, "unable to unmarshal response body"),
              "was good");
    check_done();
}

static struct value *secret_of(struct arena *a, const char *json) {
    struct err err = { .a = a };
    struct value *v = NULL;
    if (!json_read(a, str_of(json), &v, &err))
        fail_msg("%s", err.msg);
    return v;
}

static void test_secrets(void **state) {
    (void)state;
    static const struct {
        const char *secret, *want; // address|username|password|token|proxy|headers|ca|cert, or the error
    } rows[] = {
        { "{}", "spec|user||||||" },
        { "{\"address\":\" https://s \\n\"}", "https://s|user||||||" },
        { "{\"username\":\"u\",\"password\":\"p\",\"token\":\"t\\n\"}", "spec|u|p|t\n||||" },
        { "{\"proxy\":\"http://p\"}", "spec|user|||http://p|||" },
        { "{\"headers\":\"A: b\\nC: d\"}", "spec|user||||{\"A\":\"b\",\"C\":\"d\"}||" },
        { "{\"headers\":\"\"}", "spec|user||||||" },
        { "{\"headers\":\"[1]\"}", "failed to read headers from secret: expected a map, got array" },
        { "{\"headers\":\"A: 5\\nB: yes\"}", "spec|user||||{\"A\":\"5\",\"B\":\"true\"}||" },
        { "{\"headers\":\"A: [5]\"}", "failed to read headers from secret: header 'A' is no line of text" },
        { "{\"headers\":\"A: \\\"x\\\\ny\\\"\"}",
          "failed to read headers from secret: header 'A' is no line of text" },
        { "{\"ca.crt\":\"CA\"}", "spec|user|||||CA|" },
        { "{\"caFile\":\"CA\",\"certFile\":\"C\",\"keyFile\":\"K\"}", "spec|user|||||CA|C" },
        { "{\"tls.crt\":\"C\",\"tls.key\":\"K\",\"certFile\":\"old\",\"keyFile\":\"old\"}",
          "spec|user||||||C" },
        { "{\"tls.crt\":\"C\"}", "found one of 'tls.crt' or 'tls.key', and expected both or none" },
    };
    for (size_t i = 0; i < countof(rows); i++) {
        autoarena a = { 0 };
        struct err err = { .a = &a };
        struct provider p = { .address = "spec", .username = "user", .password = "", .token = "" };
        const char *got;
        if (provider_apply_secret(&a, &p, secret_of(&a, rows[i].secret), &err))
            got = arena_fmt(&a, "%s|%s|%s|%s|%s|%s|%s|%s", p.address, p.username, p.password, p.token,
                            p.proxy ? p.proxy : "", p.headers ? json_text(&a, p.headers, 0).p : "",
                            p.tls.ca_pem ? p.tls.ca_pem : "", p.tls.cert_pem ? p.tls.cert_pem : "");
        else
            got = err.msg;
        check_row(rows[i].secret, !strcmp(got, rows[i].want), "got %s, want %s", got, rows[i].want);
    }
    check_done();
}

static void test_proxies(void **state) {
    (void)state;
    static const struct {
        const char *secret, *want;
    } rows[] = {
        { "{\"address\":\"http://proxy:3128\"}", "http://proxy:3128" },
        { "{\"address\":\"socks5://proxy\",\"username\":\"u\",\"password\":\"p@:\"}",
          "socks5://u:p%40%3A@proxy" },
        { "{\"address\":\"http://old:x@proxy\",\"username\":\"u\"}", "http://u:@proxy" },
        { "{}", "invalid proxy secret: key 'address' is missing" },
        { "{\"address\":\"ftp://proxy\"}", "proxy scheme must be http, https or socks5, got 'ftp'" },
    };
    for (size_t i = 0; i < countof(rows); i++) {
        autoarena a = { 0 };
        struct err err = { .a = &a };
        struct provider p = { 0 };
        const char *got =
            provider_apply_proxy(&a, &p, secret_of(&a, rows[i].secret), &err) ? p.proxy : err.msg;
        check_row(rows[i].secret, !strcmp(got, rows[i].want), "got %s", got);
    }
    check_done();
}

static void test_cause(void **state) {
    (void)state;
    static const struct {
        const char *message, *want;
    } rows[] = {
        { "Post \"https://hooks.example/secret\": dial tcp 127.0.0.1:1: connect: connection refused",
          "dial tcp 127.0.0.1:1: connect: connection refused" },
        { "Post \"https://h/a\": x \"y\": z", "x \"y\": z" },
        { "no address here", "no address here" },
        { "an open \" quote", "an open \" quote" },
    };
    for (size_t i = 0; i < countof(rows); i++)
        check_row(rows[i].message, !strcmp(post_cause(rows[i].message), rows[i].want), "got %s",
                  post_cause(rows[i].message));
    check_done();
}

static void test_types(void **state) {
    (void)state;
    check_row("unknown", !provider_type_find("zzz"), "is known");
    check_row("known, not here", provider_type_find("nats") && !provider_type_find("nats")->build,
              "is built");
    check_done();
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_payloads), cmocka_unit_test(test_slack_answer), cmocka_unit_test(test_secrets),
        cmocka_unit_test(test_proxies),  cmocka_unit_test(test_types),        cmocka_unit_test(test_cause),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
