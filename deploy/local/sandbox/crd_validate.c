// SPDX-License-Identifier: Apache-2.0
// CustomResourceDefinition objects: defaults and checks.
#include <ctype.h>

#include "common/base/timeutil.h"
#include "common/value/json.h"
#include "deploy/local/sandbox/crd.h"
#include "deploy/local/sandbox/crd_condition.h"
#include "deploy/local/sandbox/names.h"

static const char *lower(struct arena *a, const char *text) {
    char *out = arena_strdup(a, text);
    for (char *p = out; *p; p++)
        *p = (char)tolower((unsigned char)*p);
    return out;
}

static const char *text_in(const struct value *map, const char *key) {
    return value_text(value_get(map, key), "");
}

/* ---- defaults ---- */

static const char *storage_version(const struct value *tree) {
    const struct value *versions = value_at(tree, "spec", "versions", NULL);
    for (size_t i = 0; i < value_len(versions); i++)
        if (value_bool_or(value_get(value_item(versions, i), "storage"), false))
            return text_in(value_item(versions, i), "name");
    return "";
}

static bool list_has(const struct value *list, const char *text) {
    for (size_t i = 0; i < value_len(list); i++)
        if (text_eq(value_text(value_item(list, i), ""), text))
            return true;
    return false;
}

static void store_version(struct arena *a, struct value *tree) {
    struct value *status = value_ensure(a, tree, "status", NULL);
    const char *version = storage_version(tree);
    if (!status || text_empty(version))
        return;
    struct value *stored = value_get(status, "storedVersions");
    if (!value_is(stored, VALUE_LIST))
        value_set(a, status, "storedVersions", stored = value_list(a));
    if (!list_has(stored, version))
        value_append(a, stored, value_string(a, version));
}

void crd_default(struct arena *a, struct value *tree, const struct value *old, int64_t now_ns) {
    (void)now_ns;
    struct value *spec = value_get(tree, "spec"), *names = value_get(spec, "names");
    const char *kind = text_in(names, "kind");
    if (value_is(names, VALUE_MAP) && *kind) {
        if (text_empty(text_in(names, "singular")))
            value_set(a, names, "singular", value_string(a, lower(a, kind)));
        if (text_empty(text_in(names, "listKind")))
            value_set(a, names, "listKind", value_fmt(a, "%sList", kind));
    }
    if (value_is(spec, VALUE_MAP) && !value_get(spec, "conversion")) {
        struct value *conversion = value_map(a);
        value_set(a, conversion, "strategy", value_string(a, "None"));
        value_set(a, spec, "conversion", conversion);
    }
    const struct value *old_status = value_get(old, "status");
    if (!old)
        value_remove(tree, "status");
    else if (!value_get(tree, "status") && old_status)
        value_set(a, tree, "status", value_copy(a, old_status));
    store_version(a, tree);
}

void crd_mark_deleting(struct arena *a, struct value *tree, int64_t now_ns) {
    struct value *metadata = value_ensure(a, tree, "metadata", NULL);
    if (!metadata)
        return;
    struct value *finalizers = value_get(metadata, "finalizers");
    if (!value_is(finalizers, VALUE_LIST))
        value_set(a, metadata, "finalizers", finalizers = value_list(a));
    if (!list_has(finalizers, CRD_FINALIZER))
        value_append(a, finalizers, value_string(a, CRD_FINALIZER));
    crd_condition_set(a, tree, "Terminating", true, "InstanceDeletionPending",
                      "CustomResourceDefinition marked for deletion; CustomResource deletion will begin soon",
                      now_ns);
}

/* ---- checks ---- */

static void check_label(struct field_errors *fe, const struct value *map, const char *path, const char *key,
                        bool mixed) {
    const char *text = text_in(map, key);
    const char *field = arena_fmt(fe->a, "%s.%s", path, key);
    if (text_empty(text)) {
        field_error_add(fe, FIELD_REQUIRED, field, NULL, "%s", "");
        return;
    }
    const char *why = name_dns1035_label(fe->a, str_of(mixed ? lower(fe->a, text) : text));
    if (why)
        field_error_add(fe, FIELD_INVALID, field, value_get(map, key), "%s%s",
                        mixed ? "may have mixed case, but should otherwise match: " : "", why);
}

static void check_labels(struct field_errors *fe, const struct value *list, const char *path) {
    for (size_t i = 0; i < value_len(list); i++) {
        const char *why = name_dns1035_label(fe->a, str_of(value_text(value_item(list, i), "")));
        if (why)
            field_error_add(fe, FIELD_INVALID, arena_fmt(fe->a, "%s[%zu]", path, i), value_item(list, i),
                            "%s", why);
    }
}

static void check_names(struct field_errors *fe, const struct value *names) {
    const char *path = "spec.names";
    check_label(fe, names, path, "plural", false);
    check_label(fe, names, path, "singular", false);
    check_label(fe, names, path, "kind", true);
    check_label(fe, names, path, "listKind", true);
    check_labels(fe, value_get(names, "shortNames"), "spec.names.shortNames");
    if (!text_empty(text_in(names, "kind")) && text_eq(text_in(names, "kind"), text_in(names, "listKind")))
        field_error_add(fe, FIELD_INVALID, "spec.names.listKind", value_get(names, "listKind"),
                        "kind and listKind may not be the same");
    check_labels(fe, value_get(names, "categories"), "spec.names.categories");
}

static void check_group(struct field_errors *fe, const struct value *spec) {
    const struct value *group = value_get(spec, "group");
    const char *text = value_text(group, "");
    const char *why = *text ? name_dns_subdomain(fe->a, str_of(text)) : NULL;
    if (!*text)
        field_error_add(fe, FIELD_REQUIRED, "spec.group", NULL, "%s", "");
    else if (why)
        field_error_add(fe, FIELD_INVALID, "spec.group", group, "%s", why);
    else if (!strchr(text, '.'))
        field_error_add(fe, FIELD_INVALID, "spec.group", group, "should be a domain with at least one dot");
}

static void check_scope(struct field_errors *fe, const struct value *spec) {
    const char *scope = text_in(spec, "scope");
    if (!*scope)
        field_error_add(fe, FIELD_REQUIRED, "spec.scope", NULL, "%s", "");
    else if (!text_eq(scope, "Cluster") && !text_eq(scope, "Namespaced"))
        field_error_add(fe, FIELD_NOT_SUPPORTED, "spec.scope", value_get(spec, "scope"),
                        "supported values: \"Cluster\", \"Namespaced\"");
}

static void check_conversion(struct field_errors *fe, const struct value *spec) {
    const struct value *strategy = value_at(spec, "conversion", "strategy", NULL);
    const char *text = value_text(strategy, "");
    if (text_eq(text, "Webhook"))
        field_error_add(fe, FIELD_FORBIDDEN, "spec.conversion.strategy", NULL,
                        "this API server has no conversion webhooks: use None");
    else if (!text_eq(text, "None"))
        field_error_add(fe, *text ? FIELD_NOT_SUPPORTED : FIELD_REQUIRED, "spec.conversion.strategy",
                        strategy, "%s", *text ? "supported values: \"None\", \"Webhook\"" : "");
}

static void check_simple_path(struct field_errors *fe, const char *field, const struct value *path,
                              const char *below, const char *what) {
    const char *text = value_text(path, "");
    if (!*text)
        field_error_add(fe, FIELD_REQUIRED, field, NULL, "%s", "");
    else if (*text != '.')
        field_error_add(fe, FIELD_INVALID, field, path, "must be a simple json path starting with .");
    else if (below && !text_starts(text, below))
        field_error_add(fe, FIELD_INVALID, field, path, "%s", what);
}

static void check_columns(struct field_errors *fe, const struct value *columns, const char *path) {
    static const char *const types[] = { "boolean", "date", "integer", "number", "string" };
    static const char list[] = "must be one of boolean,date,integer,number,string";
    for (size_t i = 0; i < value_len(columns); i++) {
        const struct value *column = value_item(columns, i), *type = value_get(column, "type");
        const char *at = arena_fmt(fe->a, "%s.additionalPrinterColumns[%zu]", path, i);
        bool known = false;
        for (size_t k = 0; k < countof(types); k++)
            known = known || text_eq(types[k], value_text(type, ""));
        if (text_empty(text_in(column, "name")))
            field_error_add(fe, FIELD_REQUIRED, arena_fmt(fe->a, "%s.name", at), NULL, "%s", "");
        if (text_empty(value_text(type, "")))
            field_error_add(fe, FIELD_REQUIRED, arena_fmt(fe->a, "%s.type", at), NULL, "%s", list);
        else if (!known)
            field_error_add(fe, FIELD_INVALID, arena_fmt(fe->a, "%s.type", at), type, "%s", list);
        check_simple_path(fe, arena_fmt(fe->a, "%s.JSONPath", at), value_get(column, "jsonPath"), NULL, NULL);
    }
}

static void check_scale(struct field_errors *fe, const struct value *scale, const char *path) {
    if (!scale)
        return;
    check_simple_path(fe, arena_fmt(fe->a, "%s.scale.specReplicasPath", path),
                      value_get(scale, "specReplicasPath"), ".spec.", "should be a json path under .spec");
    check_simple_path(fe, arena_fmt(fe->a, "%s.scale.statusReplicasPath", path),
                      value_get(scale, "statusReplicasPath"), ".status.",
                      "should be a json path under .status");
}

/* Versions with one schema between them are checked once, under the path that upstream then uses. */
static bool same_schemas(const struct value *versions) {
    const struct value *first = value_at(value_item(versions, 0), "schema", NULL);
    for (size_t i = 1; i < value_len(versions); i++)
        if (!value_equal(first ? first : value_item(versions, 0),
                         first ? value_at(value_item(versions, i), "schema", NULL) : NULL))
            return false;
    return true;
}

static void check_schema(struct field_errors *fe, const struct value *version, const char *path,
                         struct warnings *w) {
    const struct value *schema = value_at(version, "schema", "openAPIV3Schema", NULL);
    autoarena scratch = { 0 };
    struct field_errors found = { .a = &scratch };
    if (!schema)
        return;
    (void)schema_compile(&scratch, schema, path, w, &found);
    for (size_t i = 0; i < found.n; i++)
        field_error_add_raw(fe, found.items[i].type, found.items[i].field,
                            arena_strdup(fe->a, found.items[i].bad), "%s", found.items[i].detail);
}

static void check_versions(struct field_errors *fe, const struct value *versions, struct warnings *w) {
    size_t storage = 0;
    bool unique = true, same = same_schemas(versions);
    for (size_t i = 0; i < value_len(versions); i++) {
        const struct value *version = value_item(versions, i);
        const char *path = arena_fmt(fe->a, "spec.versions[%zu]", i);
        const char *name = text_in(version, "name"), *why = name_dns1035_label(fe->a, str_of(name));
        storage += value_bool_or(value_get(version, "storage"), false);
        for (size_t k = 0; k < i; k++)
            unique = unique && !text_eq(name, text_in(value_item(versions, k), "name"));
        if (why)
            field_error_add(fe, FIELD_INVALID, arena_fmt(fe->a, "%s.name", path), value_string(fe->a, name),
                            "%s", why);
        if (!value_at(version, "schema", "openAPIV3Schema", NULL))
            field_error_add(fe, FIELD_REQUIRED, arena_fmt(fe->a, "%s.schema.openAPIV3Schema", path), NULL,
                            "%s", "");
        if (!same || !i)
            check_schema(fe, version,
                         same ? "spec.validation.openAPIV3Schema"
                              : arena_fmt(fe->a, "%s.schema.openAPIV3Schema", path),
                         w);
        check_columns(fe, value_get(version, "additionalPrinterColumns"), path);
        check_scale(fe, value_at(version, "subresources", "scale", NULL),
                    arena_fmt(fe->a, "%s.subresources", path));
    }
    if (!unique)
        field_error_add(fe, FIELD_INVALID, "spec.versions", versions, "must contain unique version names");
    if (storage != 1)
        field_error_add(fe, FIELD_INVALID, "spec.versions", versions,
                        "must have exactly one version marked as storage version");
}

static void check_stored_versions(struct field_errors *fe, const struct value *tree) {
    const struct value *stored = value_at(tree, "status", "storedVersions", NULL),
                       *versions = value_at(tree, "spec", "versions", NULL);
    for (size_t i = 0; i < value_len(stored); i++) {
        const char *name = value_text(value_item(stored, i), "");
        bool there = false;
        for (size_t k = 0; k < value_len(versions); k++)
            there = there || text_eq(name, text_in(value_item(versions, k), "name"));
        if (!there)
            field_error_add(
                fe, FIELD_INVALID, arena_fmt(fe->a, "status.storedVersions[%zu]", i), value_item(stored, i),
                "missing from spec.versions; %s was previously a storage version, and must remain in "
                "spec.versions until a storage migration ensures no data remains persisted in %s and "
                "removes %s from status.storedVersions",
                name, name, name);
    }
}

static bool is_protected(const char *group) {
    return text_eq(group, "k8s.io") || text_eq(group, "kubernetes.io") || text_ends(group, ".k8s.io") ||
           text_ends(group, ".kubernetes.io");
}

static void check_approval(struct field_errors *fe, const struct value *tree) {
    static const char key[] = "api-approved.kubernetes.io";
    const char *url = value_text_at(tree, "metadata", "annotations", key, NULL);
    if (is_protected(text_in(value_get(tree, "spec"), "group")) && text_empty(url))
        field_error_add(fe, FIELD_REQUIRED, "metadata.annotations[api-approved.kubernetes.io]", NULL,
                        "protected groups must have approval annotation \"%s\", see "
                        "https://github.com/kubernetes/enhancements/pull/1111",
                        key);
}

static void check_fixed(struct field_errors *fe, const struct value *tree, const struct value *old,
                        const char *key) {
    const struct value *was = value_at(old, "spec", key, NULL), *is = value_at(tree, "spec", key, NULL);
    if (is && was && !value_equal(is, was))
        field_error_add(fe, FIELD_INVALID, arena_fmt(fe->a, "spec.%s", key), is, "field is immutable");
}

// What an established CRD keeps.
static void check_update(struct field_errors *fe, const struct value *tree, const struct value *old) {
    static const char *const names[] = { "kind", "plural" };
    check_fixed(fe, tree, old, "group");
    if (!crd_condition_is(old, "Established"))
        return;
    check_fixed(fe, tree, old, "scope");
    for (size_t i = 0; i < countof(names); i++) {
        const struct value *was = value_at(old, "spec", "names", names[i], NULL),
                           *is = value_at(tree, "spec", "names", names[i], NULL);
        if (is && was && !value_equal(is, was))
            field_error_add(fe, FIELD_INVALID, arena_fmt(fe->a, "spec.names.%s", names[i]), is,
                            "field is immutable");
    }
}

void crd_validate(const struct value *tree, const struct value *old, struct warnings *w,
                  struct field_errors *fe) {
    const struct value *spec = value_get(tree, "spec"), *names = value_get(spec, "names"),
                       *name = value_at(tree, "metadata", "name", NULL);
    if (!old && !text_eq(value_text(name, ""),
                         arena_fmt(fe->a, "%s.%s", text_in(names, "plural"), text_in(spec, "group"))))
        field_error_add(fe, FIELD_INVALID, "metadata.name", name,
                        "must be spec.names.plural+\".\"+spec.group");
    check_group(fe, spec);
    check_scope(fe, spec);
    if (!value_is(value_get(spec, "versions"), VALUE_LIST))
        field_error_add(fe, FIELD_REQUIRED, "spec.versions", NULL, "%s", "");
    check_versions(fe, value_get(spec, "versions"), w);
    check_names(fe, names);
    check_conversion(fe, spec);
    if (value_bool_or(value_get(spec, "preserveUnknownFields"), false))
        field_error_add(fe, FIELD_INVALID, "spec.preserveUnknownFields",
                        value_get(spec, "preserveUnknownFields"),
                        "cannot set to true, set x-kubernetes-preserve-unknown-fields to true in "
                        "spec.versions[*].schema instead");
    check_stored_versions(fe, tree);
    check_approval(fe, tree);
    if (old)
        check_update(fe, tree, old);
}
