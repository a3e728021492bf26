// SPDX-License-Identifier: Apache-2.0
// Webhooks: signatures, tokens, events, paths.
#include "tests/unit/check.h"

#include "common/value/json.h"
#include "notification-controller/hook_filter.h"
#include "notification-controller/receiver.h"

#define BODY "{\"x\":1}"
#define FORM "payload=%7B%22x%22%3A1%7D"
#define SHA1 "sha1=c616d4def5d2559f4e4a5c9de1872321c8a0a97c"
#define SHA256 "sha256=83830743d86527ff1b7e251328e56b070f2c790ca81199bdf5c31ff65fc919eb"
#define SHA512                                                                                               \
    "sha512="                                                                                                \
    "8faa7b0a16a964b8a7f02c2c264dfdf43d96c72782ec2dab63178a3671bc2b7552966ad07806afdea97c5ef5ce9d06bb3dd2f4" \
    "ea1465e35a5f02"                                                                                         \
    "3445f6736760"
#define FORM256 "sha256=40c7c50f13e222717fb649d80686d22f56b289621cd55091162d0f91349efa9c"

static const char *const push_only[] = { "push", NULL }, *const all[] = { NULL };

static const struct {
    const char *name, *type, *body;
    struct hook_header headers[5];
    const char *const *events;
    const char *error; // NULL: good
} cases[] = {
    { "anybody", "generic", "", { { 0 } }, all, NULL },
    { "sha1", "generic-hmac", BODY, { { "X-Signature", SHA1 } }, all, NULL },
    { "sha256", "generic-hmac", BODY, { { "X-Signature", SHA256 } }, all, NULL },
    { "sha512", "generic-hmac", BODY, { { "X-Signature", SHA512 } }, all, NULL },
    { "no signature",
      "generic-hmac",
      BODY,
      { { 0 } },
      all,
      "unable to validate HMAC signature: missing signature" },
    { "another body",
      "generic-hmac",
      BODY " ",
      { { "X-Signature", SHA256 } },
      all,
      "unable to validate HMAC signature: payload signature check failed" },
    { "short signature",
      "generic-hmac",
      BODY,
      { { "X-Signature", "sha256=83" } },
      all,
      "unable to validate HMAC signature: payload signature check failed" },
    { "no hex",
      "generic-hmac",
      BODY,
      { { "X-Signature", "sha256=zz" } },
      all,
      "unable to validate HMAC signature: payload signature check failed" },
    { "unknown hash",
      "generic-hmac",
      BODY,
      { { "X-Signature", "md5=00" } },
      all,
      "unable to validate HMAC signature: unknown hash type prefix in the signature" },
    { "github",
      "github",
      BODY,
      { { "X-Hub-Signature-256", SHA256 }, { "Content-Type", "application/json" } },
      all,
      NULL },
    { "charset",
      "github",
      BODY,
      { { "X-Hub-Signature-256", SHA256 }, { "Content-Type", "Application/JSON; charset=utf-8" } },
      all,
      NULL },
    { "old header",
      "github",
      BODY,
      { { "X-Hub-Signature", SHA1 }, { "Content-Type", "application/json" } },
      all,
      NULL },
    { "-256 is preferred",
      "github",
      BODY,
      { { "X-Hub-Signature", SHA1 },
        { "X-Hub-Signature-256", "sha256=00" },
        { "Content-Type", "application/json" } },
      all,
      "the GitHub signature header is invalid, err: payload signature check failed" },
    { "form",
      "github",
      FORM,
      { { "X-Hub-Signature-256", FORM256 }, { "Content-Type", "application/x-www-form-urlencoded" } },
      all,
      NULL },
    { "content type",
      "github",
      BODY,
      { { "X-Hub-Signature-256", SHA256 }, { "Content-Type", "text/plain" } },
      all,
      "the GitHub signature header is invalid, err: webhook request has unsupported Content-Type "
      "\"text/plain\"" },
    { "wanted event",
      "github",
      BODY,
      { { "X-Hub-Signature-256", SHA256 },
        { "Content-Type", "application/json" },
        { "X-GitHub-Event", "Push" } },
      push_only,
      NULL },
    { "other event",
      "github",
      BODY,
      { { "X-Hub-Signature-256", SHA256 },
        { "Content-Type", "application/json" },
        { "X-GitHub-Event", "ping" } },
      push_only,
      "the GitHub event 'ping' is not authorised" },
    { "no event",
      "github",
      BODY,
      { { "X-Hub-Signature-256", SHA256 }, { "Content-Type", "application/json" } },
      push_only,
      "the GitHub event '' is not authorised" },
    { "bitbucket",
      "bitbucket",
      BODY,
      { { "X-Hub-Signature", SHA256 }, { "Content-Type", "application/json" }, { "X-Event-Key", "push" } },
      push_only,
      NULL },
    { "gitlab", "gitlab", "", { { "X-Gitlab-Token", "secret" } }, all, NULL },
    { "gitlab token",
      "gitlab",
      "",
      { { "X-Gitlab-Token", "secre" } },
      all,
      "the X-Gitlab-Token header value does not match the receiver token" },
    { "gitlab event",
      "gitlab",
      "",
      { { "X-Gitlab-Token", "secret" }, { "X-Gitlab-Event", "tag" } },
      push_only,
      "the GitLab event 'tag' is not authorised" },
    { "harbor", "harbor", "", { { "Authorization", "secret" } }, all, NULL },
    { "harbor token",
      "harbor",
      "",
      { { 0 } },
      all,
      "the Harbor Authorization header value does not match the receiver token" },
    { "dockerhub", "dockerhub", BODY, { { 0 } }, all, NULL },
    { "quay", "quay", "[]", { { 0 } }, all, "cannot decode Quay webhook payload: it is no object" },
    { "nexus",
      "nexus",
      BODY,
      { { "X-Nexus-Webhook-Signature", "c616d4def5d2559f4e4a5c9de1872321c8a0a97c" } },
      all,
      NULL },
    { "nexus missing", "nexus", BODY, { { 0 } }, all, "Nexus signature is missing from header" },
    { "nexus wrong",
      "nexus",
      BODY,
      { { "X-Nexus-Webhook-Signature", "c6" } },
      all,
      "invalid Nexus signature" },
    { "known, not here", "gcr", BODY, { { 0 } }, all, "receiver type 'gcr' not supported" },
    { "unknown", "zzz", BODY, { { 0 } }, all, "receiver type 'zzz' not supported" },
};

static void test_verify(void **state) {
    (void)state;
    for (size_t i = 0; i < countof(cases); i++) {
        autoarena a = { 0 };
        struct err err = { .a = &a };
        struct hook_request req = { str_of(cases[i].body), cases[i].headers };
        bool ok = hook_verify(&a, cases[i].type, &req, STR("secret"), cases[i].events, &err);
        const char *got = ok        ? "good"
                          : err.msg ? err.msg
                                    : "",
                   *want = cases[i].error ? cases[i].error : "good";
        check_row(cases[i].name, !strcmp(got, want), "got %s, want %s", got, want);
    }
    check_done();
}

// An empty token opens nothing.
static void test_empty_token(void **state) {
    (void)state;
    static const struct {
        const char *type, *header;
    } rows[] = { { "gitlab", "X-Gitlab-Token" }, { "harbor", "Authorization" } };
    for (size_t i = 0; i < countof(rows); i++) {
        autoarena a = { 0 };
        struct err err = { .a = &a };
        const struct hook_header headers[] = { { rows[i].header, "" }, { 0 } };
        struct hook_request req = { STR(""), headers };
        check_row(rows[i].type, !hook_verify(&a, rows[i].type, &req, STR(""), all, &err), "was let in");
    }
    check_done();
}

static void test_path(void **state) {
    (void)state;
    autoarena a = { 0 };
    const char *got = receiver_path(&a, STR("token"), "receiver", "ns");
    assert_string_equal(got, "/hook/a02c9330a19f5118e5ba023b53aa867c3da7ae58feb6cc42b684a7065f146387");
    check_row("untrimmed", strcmp(got, receiver_path(&a, STR("token\n"), "receiver", "ns")), "same");
    check_done();
}

static void test_filters(void **state) {
    (void)state;
    static const struct {
        const char *receiver, *entry, *content_type, *body, *want; // "yes", "no", or the start of the error
    } rows[] = {
        { "", "", "application/json", "{}", "yes" },
        { "req.tag.contains('prod')", "", "application/json", "{\"tag\":\"x-prod\"}", "yes" },
        { "req.tag.contains('prod')", "", "application/json; charset=utf-8", "{\"tag\":\"x\"}", "no" },
        { "res.metadata.name == 'src' && res.kind == 'GitRepository'", "", "text/plain", "not looked at",
          "yes" },
        { "true", "res.metadata.labels['a'] == 'b'", "application/json", "{}", "yes" },
        { "true", "res.metadata.labels['a'] == 'c'", "application/json", "{}", "no" },
        { "false", "res.metadata.nothing == 'c'", "application/json", "{}", "no" },
        { "has(req.tag)", "", "text/plain", "{\"tag\":1}", "no" },
        { "req.tag == 'x'", "", "application/json", "{}", "failed to evaluate the CEL expression" },
        { "true", "", "application/json", "[1]", "failed to parse request body as JSON: it is no object" },
        { "true", "", "application/json", "{", "failed to parse request body as JSON: " },
        { "req.flag", "", "application/json", "{}",
          "CEL expression output type mismatch: expected bool, got dyn" },
        { "'x'", "", "application/json", "{}",
          "CEL expression output type mismatch: expected bool, got string" },
        { "claims.sub == 'x'", "", "application/json", "{}",
          "failed to parse the CEL expression 'claims.sub == 'x'': ERROR" },
        { "res.metadata.(", "", "application/json", "{}", "failed to parse the CEL expression" },
    };
    for (size_t i = 0; i < countof(rows); i++) {
        autoarena a = { 0 };
        struct err err = { .a = &a };
        const struct hook_header headers[] = { { "Content-Type", rows[i].content_type }, { 0 } };
        struct hook_request req = { str_of(rows[i].body), headers };
        struct cel_expression *filters[2];
        struct value *request = NULL, *object = NULL;
        bool yes = false;
        assert_true(
            json_read(&a, STR("{\"metadata\":{\"name\":\"src\",\"labels\":{\"a\":\"b\"}}}"), &object, &err));
        bool ok = hook_filter_compile(&a, rows[i].receiver, &filters[0], &err) &&
                  hook_filter_compile(&a, rows[i].entry, &filters[1], &err) &&
                  hook_filter_request(&a, &req, &request, &err) &&
                  hook_filter_accepts(&a, filters, object, "source.toolkit.fluxcd.io/v1", "GitRepository",
                                      request, &yes, &err);
        const char *got = !ok ? err.msg : yes ? "yes" : "no";
        check_row(rows[i].receiver, text_starts(got, rows[i].want), "got %s, want %s", got, rows[i].want);
    }
    check_done();
}

int main(void) {
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_verify), cmocka_unit_test(test_empty_token),
                                        cmocka_unit_test(test_path), cmocka_unit_test(test_filters) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
