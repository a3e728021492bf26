// SPDX-License-Identifier: Apache-2.0
// slack, and the two that take the same body: discord and rocket. Flux: internal/notifier/{slack,discord,rocket}.go
#include "notification-controller/providers/providers.h"

#include "common/value/json.h"

#define POST_MESSAGE "https://slack.com/api/chat.postMessage"

struct look {
    const char *channel, *username, *fallback, *color;
};

static struct value *fields_of(struct arena *a, const struct value *metadata) {
    struct value *list = value_list(a);
    for (size_t i = 0; value_is(metadata, VALUE_MAP) && i < metadata->map.n; i++) {
        struct value *f = value_map(a);
        value_set(a, f, "title", value_string_n(a, metadata->map.pairs[i].key));
        value_set(a, f, "value", value_copy(a, metadata->map.pairs[i].value));
        value_set(a, f, "short", value_bool(a, false));
        value_append(a, list, f);
    }
    return list;
}

static struct str payload(struct arena *a, const struct notice *n, const struct look *look) {
    struct value *out = value_map(a), *list = value_list(a), *attachment = value_map(a),
                 *markdown = value_list(a);
    value_set(a, out, "channel", value_string(a, look->channel));
    value_set(a, out, "username", value_string(a, look->username));
    value_set(a, out, "icon_url", value_string(a, ""));
    value_set(a, out, "icon_emoji", value_string(a, ""));
    value_set(a, attachment, "fallback", value_string(a, look->fallback));
    value_set(a, attachment, "color", value_string(a, look->color));
    value_set(a, attachment, "author_name", value_string(a, notice_object_name(a, n)));
    value_set(a, attachment, "text", value_string(a, n->message));
    value_append(a, markdown, value_string(a, "text"));
    value_set(a, attachment, "mrkdwn_in", markdown);
    value_set(a, attachment, "fields", fields_of(a, n->metadata));
    value_append(a, list, attachment);
    value_set(a, out, "attachments", list);
    return go_json(a, out);
}

// chat.postMessage answers 200 also to what it refuses.
static bool check_ok(struct arena *a, const struct http_response *response, struct err *err) {
    struct value *v = NULL;
    if (!json_read(a, response->body, &v, err))
        return err_wrap(err, "unable to unmarshal response body");
    if (value_bool_or(value_get(v, "ok"), false))
        return true;
    return err_set(err, ERR_INVALID, "Slack responded with error: %s", value_text(value_get(v, "error"), ""));
}

static const char *user_or_controller(const struct provider *p, const struct notice *n) {
    return text_empty(p->username) ? n->controller : p->username;
}

bool build_slack(struct arena *a, const struct provider *p, const struct notice *n, struct post *out,
                 struct err *err) {
    struct url url;
    if (!provider_address(a, "Slack hook URL", p->address, &url, err))
        return false;
    size_t line = strcspn(n->message, "\n");
    struct look look = {
        .channel = p->channel,
        .username = user_or_controller(p, n),
        .fallback = arena_fmt(a, "%s: %.*s", notice_object_name(a, n), (int)line, n->message),
        .color = is_error(n) ? "danger" : "good",
    };
    out->url = p->address;
    out->body = payload(a, n, &look);
    out->bearer = text_empty(p->token) ? NULL : p->token;
    if (!strcmp(p->address, POST_MESSAGE))
        out->check = check_ok;
    return true;
}

bool build_discord(struct arena *a, const struct provider *p, const struct notice *n, struct post *out,
                   struct err *err) {
    struct url url;
    if (!provider_address(a, "Discord hook URL", p->address, &url, err))
        return false;
    struct look look = { .channel = "",
                         .username = user_or_controller(p, n),
                         .fallback = "",
                         .color = is_error(n) ? "danger" : "good" };
    size_t path = strcspn(p->address, "?#"); // Slack's form of the hook; a thread_id may follow
    struct str base = str_sub(str_of(p->address), 0, path);
    out->url = str_ends(base, "/slack")
                   ? p->address
                   : arena_fmt(a, "%.*s/slack%s", (int)path, p->address, p->address + path);
    out->body = payload(a, n, &look);
    out->no_tls = true;
    return true;
}

bool build_rocket(struct arena *a, const struct provider *p, const struct notice *n, struct post *out,
                  struct err *err) {
    struct url url;
    if (!provider_address(a, "Rocket hook URL", p->address, &url, err))
        return false;
    struct look look = { .channel = p->channel,
                         .username = p->username,
                         .fallback = "",
                         .color = is_error(n) ? "#FF0000" : "#0076D7" };
    out->url = p->address;
    out->body = payload(a, n, &look);
    return true;
}
