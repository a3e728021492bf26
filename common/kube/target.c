// SPDX-License-Identifier: Apache-2.0
/* Targets of ignore rules: {group, version, kind, name, namespace} as anchored patterns, and label and annotation selectors.
 * Flux: pkg/ssa/jsondiff/selector.go */
#include "common/kube/apply.h"
#include "common/text/regex.h"

// Anchored as Flux does. The expression is compiled for each object: ignore rules are few, and most name a literal.
static bool pattern_matches(struct arena *a, const char *pattern, const char *text, bool *out,
                            struct err *err) {
    if (!strpbrk(pattern, ".*+?()[]{}|^$\\"))
        return *out = text_eq(pattern, text), true;
    struct regex *re;
    if (!regex_compile(a, arena_fmt(a, "^(?:%s)$", pattern), &re, err))
        return false;
    *out = regex_match(re, str_of(text));
    return true;
}

bool apply_target_matches(struct arena *a, const struct value *target, const struct value *object, bool *out,
                          struct err *err) {
    struct kube_gvk gvk = object_gvk(a, object);
    const struct {
        const char *key, *text;
    } patterns[] = { { "group", gvk.group },
                     { "version", gvk.version },
                     { "kind", gvk.kind },
                     { "name", object_name(object) },
                     { "namespace", object_ns(object) } };
    static const struct {
        const char *key, *map;
    } selectors[] = { { "labelSelector", "labels" }, { "annotationSelector", "annotations" } };
    *out = true;
    for (size_t i = 0; i < countof(patterns) && *out; i++) {
        const char *pattern = value_text(value_get(target, patterns[i].key), "");
        if (!text_empty(pattern) && !pattern_matches(a, pattern, patterns[i].text, out, err))
            return false;
    }
    for (size_t i = 0; i < countof(selectors) && *out; i++) {
        const char *text = value_text(value_get(target, selectors[i].key), "");
        struct selector *s;
        if (!selector_parse(a, text, &s, err))
            return false;
        *out = selector_matches(s, value_at(object, "metadata", selectors[i].map, NULL));
    }
    return true;
}
