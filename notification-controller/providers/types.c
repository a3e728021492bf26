// SPDX-License-Identifier: Apache-2.0
// The table of provider types, and what the builders share.
#include "notification-controller/providers/providers.h"

#include "common/value/json.h"

static const struct provider_type types[] = {
    { "generic", build_generic, PROVIDER_FORWARD },
    { "generic-hmac", build_generic_hmac, PROVIDER_FORWARD },
    { "slack", build_slack, PROVIDER_CHAT },
    { "discord", build_discord, PROVIDER_CHAT },
    { "rocket", build_rocket, PROVIDER_CHAT },
    { "msteams", build_msteams, PROVIDER_CHAT },
    { "googlechat" },
    { "webex" },
    { "telegram" },
    { "lark" },
    { "matrix" },
    { "zulip" },
    { "opsgenie" },
    { "alertmanager" },
    { "grafana" },
    { "pagerduty" },
    { "datadog" },
    { "sentry" },
    { "googlepubsub" },
    { "azureeventhub" },
    { "nats" },
    { "otel" },
    { "githubdispatch" },
    { "github", NULL, PROVIDER_COMMIT_STATUS },
    { "gitlab", NULL, PROVIDER_COMMIT_STATUS },
    { "gitea", NULL, PROVIDER_COMMIT_STATUS },
    { "bitbucket", NULL, PROVIDER_COMMIT_STATUS },
    { "bitbucketserver", NULL, PROVIDER_COMMIT_STATUS },
    { "azuredevops", NULL, PROVIDER_COMMIT_STATUS },
    { "githubpullrequestcomment", NULL, PROVIDER_COMMENT },
    { "gitlabmergerequestcomment", NULL, PROVIDER_COMMENT },
    { "giteapullrequestcomment", NULL, PROVIDER_COMMENT },
    { 0 },
};

const struct provider_type *provider_type_find(const char *type) {
    for (const struct provider_type *t = types; t->type; t++)
        if (!strcmp(t->type, type))
            return t;
    return NULL;
}

struct str go_json(struct arena *a, const struct value *v) {
    return json_text(a, v, JSON_COMPACT | JSON_ESCAPE_HTML);
}

bool provider_address(struct arena *a, const char *what, const char *address, struct url *out,
                      struct err *err) {
    struct err inner = { .a = a };
    if (!url_parse(a, address, out, &inner))
        return err_set(err, ERR_INVALID, "invalid %s %s: '%s'", what, address, inner.msg);
    if (text_empty(out->scheme) || text_empty(out->host))
        return err_set(err, ERR_INVALID, "invalid %s %s: 'parse \"%s\": invalid URI for request'", what,
                       address, address);
    return true;
}

bool is_error(const struct notice *n) {
    return text_eq(n->severity, "error");
}
