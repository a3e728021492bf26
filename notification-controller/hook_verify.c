// SPDX-License-Identifier: Apache-2.0
// Checks of incoming webhooks, one row per receiver type.
#include "notification-controller/hook_verify.h"

#include "common/crypto/hmac.h"
#include "common/crypto/secret.h"
#include "common/net/http.h"
#include "common/value/json.h"

#include <strings.h>

const char *const hook_headers[] = {
    "X-Signature",
    "X-Hub-Signature-256",
    "X-Hub-Signature",
    "X-GitHub-Event",
    "X-Event-Key",
    "X-Gitlab-Token",
    "X-Gitlab-Event",
    "Authorization",
    "Content-Type",
    "X-Nexus-Webhook-Signature",
    NULL,
};

static const char *header(const struct hook_request *req, const char *name) {
    for (const struct hook_header *h = req->headers; h && h->name; h++)
        if (!strcasecmp(h->name, name))
            return h->value;
    return "";
}

/* ---- pieces ---- */

// "sha256=<hex>" over the body.
static bool check_signature(const char *signature, struct str body, struct str token, struct err *err) {
    static const struct {
        const char *prefix;
        enum digest_algorithm algorithm;
    } kinds[] = { { "sha1=", DIGEST_SHA1 }, { "sha256=", DIGEST_SHA256 }, { "sha512=", DIGEST_SHA512 } };
    if (text_empty(signature))
        return err_set(err, ERR_AUTH, "missing signature");
    for (size_t i = 0; i < countof(kinds); i++) {
        if (!text_starts(signature, kinds[i].prefix))
            continue;
        struct str hex = str_of(signature + strlen(kinds[i].prefix));
        return hmac_matches(kinds[i].algorithm, token, body, hex) ||
               err_set(err, ERR_AUTH, "payload signature check failed");
    }
    return err_set(err, ERR_AUTH, "unknown hash type prefix in the signature");
}

static bool event_allowed(const char *event, const char *const *events) {
    for (const char *const *e = events; *e; e++)
        if (!strcasecmp(event, *e))
            return true;
    return !events[0];
}

static bool check_event(const char *service, const char *event, const char *const *events, struct err *err) {
    return event_allowed(event, events) ||
           err_set(err, ERR_AUTH, "the %s event '%s' is not authorised", service, event);
}

static bool check_object(struct arena *a, const char *service, struct str body, struct err *err) {
    struct value *v = NULL;
    struct err inner = { .a = a };
    if (json_read(a, body, &v, &inner) && v->type == VALUE_MAP)
        return true;
    return err_set(err, ERR_INVALID, "cannot decode %s webhook payload: %s", service,
                   inner.msg ? inner.msg : "it is no object");
}

// JSON as it is, or the form's field "payload".
static bool check_hub_payload(struct arena *a, const struct hook_request *req, struct err *err) {
    const char *type = header(req, "Content-Type");
    struct str media = str_trim(str_sub(str_of(type), 0, strcspn(type, ";"))), rest = req->body, pair,
               payload;
    if (media.n == 16 && !strncasecmp(media.p, "application/json", 16))
        return true;
    if (media.n != 33 || strncasecmp(media.p, "application/x-www-form-urlencoded", 33))
        return err_set(err, ERR_INVALID, "webhook request has unsupported Content-Type \"%s\"", type);
    while (str_split(&rest, '&', &pair))
        if (str_starts(pair, "payload="))
            return url_unescape(a, str_sub(pair, 8, pair.n), true, &payload) ||
                   err_set(err, ERR_INVALID, "the form's field 'payload' is not encoded well");
    return err_set(err, ERR_INVALID, "the form has no field 'payload'");
}

static bool check_hub(struct arena *a, const struct hook_request *req, struct str token, struct err *err) {
    const char *signature = header(req, "X-Hub-Signature-256");
    if (text_empty(signature))
        signature = header(req, "X-Hub-Signature");
    return check_hub_payload(a, req, err) && check_signature(signature, req->body, token, err);
}

static bool header_is_token(const struct hook_request *req, const char *name, struct str token) {
    return token.n && secret_equal(str_of(header(req, name)), token);
}

/* ---- types ---- */

struct check {
    struct arena *a;
    const struct hook_request *req;
    struct str token;
    const char *const *events;
};

static bool check_generic(const struct check *c, struct err *err) {
    (void)c; // whoever knows the path may call it
    (void)err;
    return true;
}

static bool check_generic_hmac(const struct check *c, struct err *err) {
    return check_signature(header(c->req, "X-Signature"), c->req->body, c->token, err) ||
           err_wrap(err, "unable to validate HMAC signature");
}

static bool check_github(const struct check *c, struct err *err) {
    if (!check_hub(c->a, c->req, c->token, err))
        return err_wrap(err, "the GitHub signature header is invalid, err");
    return check_event("GitHub", header(c->req, "X-GitHub-Event"), c->events, err);
}

static bool check_bitbucket(const struct check *c, struct err *err) {
    if (!check_hub(c->a, c->req, c->token, err))
        return err_wrap(err, "the Bitbucket server signature header is invalid, err");
    return check_event("Bitbucket server", header(c->req, "X-Event-Key"), c->events, err);
}

static bool check_gitlab(const struct check *c, struct err *err) {
    if (!header_is_token(c->req, "X-Gitlab-Token", c->token))
        return err_set(err, ERR_AUTH, "the X-Gitlab-Token header value does not match the receiver token");
    return check_event("GitLab", header(c->req, "X-Gitlab-Event"), c->events, err);
}

static bool check_harbor(const struct check *c, struct err *err) {
    return header_is_token(c->req, "Authorization", c->token) ||
           err_set(err, ERR_AUTH, "the Harbor Authorization header value does not match the receiver token");
}

static bool check_dockerhub(const struct check *c, struct err *err) {
    return check_object(c->a, "DockerHub", c->req->body, err);
}

static bool check_quay(const struct check *c, struct err *err) {
    return check_object(c->a, "Quay", c->req->body, err);
}

static bool check_acr(const struct check *c, struct err *err) {
    return check_object(c->a, "ACR", c->req->body, err);
}

static bool check_nexus(const struct check *c, struct err *err) {
    const char *signature = header(c->req, "X-Nexus-Webhook-Signature");
    if (text_empty(signature))
        return err_set(err, ERR_AUTH, "Nexus signature is missing from header");
    if (!hmac_matches(DIGEST_SHA1, c->token, c->req->body, str_of(signature)))
        return err_set(err, ERR_AUTH, "invalid Nexus signature");
    return check_object(c->a, "Nexus", c->req->body, err);
}

static const struct {
    const char *type;
    bool (*check)(const struct check *c, struct err *err); // NULL: known, not supported here
} types[] = {
    { "generic", check_generic },
    { "generic-hmac", check_generic_hmac },
    { "github", check_github },
    { "gitlab", check_gitlab },
    { "bitbucket", check_bitbucket },
    { "harbor", check_harbor },
    { "dockerhub", check_dockerhub },
    { "quay", check_quay },
    { "acr", check_acr },
    { "nexus", check_nexus },
    { "gcr", NULL },
    { "cdevents", NULL },
    { "generic-oidc", NULL },
};

bool hook_type_supported(const char *type) {
    for (size_t i = 0; i < countof(types); i++)
        if (!strcmp(types[i].type, type))
            return types[i].check != NULL;
    return false;
}

bool hook_verify(struct arena *a, const char *type, const struct hook_request *req, struct str token,
                 const char *const *events, struct err *err) {
    struct check c = { a, req, token, events };
    for (size_t i = 0; i < countof(types); i++)
        if (!strcmp(types[i].type, type) && types[i].check)
            return types[i].check(&c, err);
    return err_set(err, ERR_UNSUPPORTED, "receiver type '%s' not supported", type);
}
