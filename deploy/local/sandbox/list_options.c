// SPDX-License-Identifier: Apache-2.0
// Reads and checks the options of lists and watches.
#include "deploy/local/sandbox/list_options.h"

#include "common/value/base64.h"
#include "common/value/json.h"

static bool options_refuse(struct call *c, const struct field_errors *fe) {
    struct resource options = { .group = "meta.k8s.io", .kind = "ListOptions", .plural = "", .key = "" };
    return status_invalid(&c->st, &options, "", fe);
}

static bool rv_read(struct call *c, struct list_options *o) {
    const char *rv = http_query(c->x, "resourceVersion");
    if (text_empty(rv))
        return true;
    o->has_rv = true;
    if (str_to_u64(str_of(rv), &o->rv))
        return true;
    return status_bad_request(
        &c->st, "resourceVersion: Invalid value: \"%s\": strconv.ParseUint: parsing \"%s\": invalid syntax",
        rv, rv);
}

const char *continue_token(struct arena *a, uint64_t rv, const struct object *last) {
    struct value *v = value_map(a);
    value_set(a, v, "v", value_string(a, "meta.k8s.io/v1"));
    value_set(a, v, "rv", value_int(a, (int64_t)rv));
    value_set(a, v, "start", value_fmt(a, "%s/%s", last->ns, last->name));
    char *token = arena_strdup(a, base64_encode(a, json_text(a, v, JSON_COMPACT)));
    size_t n = strlen(token);
    for (size_t i = 0; i < n; i++) // URL-safe, without padding
        token[i] = token[i] == '+' ? '-' : token[i] == '/' ? '_' : token[i];
    while (n && token[n - 1] == '=')
        token[--n] = '\0';
    return token;
}

static bool token_read(struct call *c, struct list_options *o) {
    const char *token = http_query(c->x, "continue");
    if (text_empty(token))
        return true;
    size_t n = strlen(token);
    char *text = arena_fmt(c->a, "%s%s", token, n % 4 == 2 ? "==" : n % 4 == 3 ? "=" : "");
    for (char *p = text; *p; p++)
        *p = *p == '-' ? '+' : *p == '_' ? '/' : *p;
    struct str json;
    struct err err = { .a = c->a };
    struct value *v = NULL;
    if (!base64_decode(c->a, str_of(text), &json) || !json_read(c->a, json, &v, &err) ||
        !text_eq(value_text(value_get(v, "v"), ""), "meta.k8s.io/v1") || !value_get(v, "start"))
        return status_bad_request(&c->st, "continue key is not valid: encoded key is not valid");
    if (o->has_rv && o->rv)
        return status_bad_request(&c->st, "specifying resource version is not allowed when using continue");
    o->after = value_text(value_get(v, "start"), "");
    o->token_rv = (uint64_t)value_int_or(value_get(v, "rv"), 0);
    return true;
}

static void match_read(struct call *c, bool watch, struct list_options *o, struct field_errors *fe) {
    const char *match = http_query(c->x, "resourceVersionMatch");
    if (text_empty(match)) {
        if (o->has_initial_events)
            field_error_add(fe, FIELD_FORBIDDEN, "sendInitialEvents", NULL,
                            "sendInitialEvents is forbidden for watch unless resourceVersionMatch is "
                            "provided with NotOlderThan");
        return;
    }
    if (text_eq(match, "NotOlderThan"))
        o->match = MATCH_NOT_OLDER;
    else if (text_eq(match, "Exact"))
        o->match = MATCH_EXACT;
    else
        field_error_add(fe, FIELD_NOT_SUPPORTED, "resourceVersionMatch", value_string(c->a, match),
                        "supported values: \"Exact\", \"NotOlderThan\"");
    if (watch && !o->has_initial_events)
        field_error_add(fe, FIELD_FORBIDDEN, "resourceVersionMatch", NULL,
                        "resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided");
    if (!watch && !o->has_rv)
        field_error_add(fe, FIELD_FORBIDDEN, "resourceVersionMatch", NULL,
                        "resourceVersionMatch is forbidden unless resourceVersion is provided");
    if (!watch && o->match == MATCH_EXACT && o->has_rv && !o->rv)
        field_error_add(fe, FIELD_FORBIDDEN, "resourceVersionMatch", NULL,
                        "resourceVersionMatch \"exact\" is forbidden for resourceVersion \"0\"");
    if (watch && o->initial_events && !o->bookmarks)
        field_error_add(fe, FIELD_FORBIDDEN, "sendInitialEvents", NULL,
                        "sendInitialEvents is forbidden for watch unless allowWatchBookmarks is true");
}

static int64_t number_of(struct call *c, const char *key) {
    int64_t n;
    const char *text = http_query(c->x, key);
    return !text_empty(text) && str_to_i64(str_of(text), &n) ? n : 0;
}

bool list_options_read(struct call *c, bool watch, struct list_options *out) {
    struct list_options o = { .limit = number_of(c, "limit"), .timeout_s = number_of(c, "timeoutSeconds") };
    o.bookmarks = call_flag(c, "allowWatchBookmarks");
    o.has_initial_events = watch && !text_empty(http_query(c->x, "sendInitialEvents"));
    o.initial_events = watch && call_flag(c, "sendInitialEvents");
    if (!rv_read(c, &o) || !token_read(c, &o))
        return false;
    struct field_errors fe = { .a = c->a };
    match_read(c, watch, &o, &fe);
    if (fe.n)
        return options_refuse(c, &fe);
    const char *fields = http_query(c->x, "fieldSelector");
    if (c->name[0]) // GET of one name with watch=true
        fields = arena_fmt(c->a, "metadata.name=%s", c->name);
    if (!selector_parse(c->a, c->r, http_query(c->x, "labelSelector"), fields, &o.selector, &c->st))
        return false;
    *out = o;
    return true;
}
