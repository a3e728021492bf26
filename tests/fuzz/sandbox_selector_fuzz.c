// SPDX-License-Identifier: Apache-2.0
// Property: a label selector that parses matches the same with its requirements copied; JSON paths end.
#include "deploy/local/sandbox/selector.h"
#include "deploy/local/sandbox/table.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static const struct resource pods = {
        .group = "", .version = "v1", .kind = "Pod", .plural = "pods", .key = "pods", .namespaced = true
    };
    autoarena a = { 0 };
    struct status st = { .a = &a };
    struct selector s, copy;
    struct value *o = value_map(&a), *meta = value_ensure(&a, o, "metadata", NULL), *list = value_list(&a);
    const char *text = arena_text(&a, data, size);
    value_set(&a, meta, "name", value_string(&a, "x"));
    value_set(&a, value_ensure(&a, meta, "labels", NULL), "a", value_string(&a, "1"));
    value_append(&a, list, meta);
    value_set(&a, o, "list", list);
    (void)jsonpath_find(&a, text, o);
    const char *newline = strchr(text, '\n');
    const char *labels = newline ? arena_text(&a, text, (size_t)(newline - text)) : text,
               *fields = newline ? newline + 1 : "";
    if (!selector_parse(&a, &pods, labels, fields, &s, &st)) {
        if (st.code != 400 || !st.message)
            abort();
        return 0;
    }
    copy = selector_copy(&a, &s);
    if (selector_matches(&pods, &s, o) != selector_matches(&pods, &copy, o))
        abort();
    return 0;
}
