// SPDX-License-Identifier: Apache-2.0
// CEL filters of Receivers.
#include "notification-controller/hook_filter.h"

#include "common/value/json.h"

#include <strings.h>

bool hook_filter_compile(struct arena *a, const char *text, struct cel_expression **out, struct err *err) {
    static const char *const variables[] = { "res", "req", NULL };
    struct cel_options options = { .check = true, .variables = variables, .output = CEL_BOOL };
    *out = NULL;
    return text_empty(text) || cel_compile(a, text, &options, out, err);
}

static bool is_json(const struct hook_request *req) {
    for (const struct hook_header *h = req->headers; h && h->name; h++) {
        if (strcasecmp(h->name, "Content-Type"))
            continue;
        struct str media = str_trim(str_sub(str_of(h->value), 0, strcspn(h->value, ";")));
        return media.n == 16 && !strncasecmp(media.p, "application/json", 16);
    }
    return false;
}

bool hook_filter_request(struct arena *a, const struct hook_request *req, struct value **out,
                         struct err *err) {
    *out = value_map(a);
    if (!is_json(req))
        return true;
    struct value *v = NULL;
    if (!json_read(a, req->body, &v, err))
        return err_wrap(err, "failed to parse request body as JSON");
    if (v->type != VALUE_MAP)
        return err_set(err, ERR_INVALID, "failed to parse request body as JSON: it is no object");
    *out = v;
    return true;
}

bool hook_filter_accepts(struct arena *a, struct cel_expression *const filters[2], const struct value *object,
                         const char *api_version, const char *kind, struct value *request, bool *out,
                         struct err *err) {
    struct value *variables = value_map(a), *res = value_map(a);
    value_set(a, res, "apiVersion", value_string(a, api_version));
    value_set(a, res, "kind", value_string(a, kind));
    value_set(a, res, "metadata", value_copy(a, value_get(object, "metadata")));
    value_set(a, variables, "res", res);
    value_set(a, variables, "req", request);
    *out = true;
    for (size_t i = 0; i < 2 && *out; i++)
        if (filters[i] && !cel_eval_bool(a, filters[i], variables, out, err))
            return false;
    return true;
}
