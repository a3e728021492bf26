// SPDX-License-Identifier: Apache-2.0
// Rules of metadata that hold for every kind. Source: k8s.io/apimachinery pkg/api/validation/objectmeta.go.
#include <ctype.h>

#include "common/value/json.h"
#include "deploy/local/sandbox/names.h"

enum { ANNOTATIONS_MAX_BYTES = 256 * 1024 };

void labels_validate(const struct value *labels, const char *field, struct field_errors *fe) {
    for (size_t i = 0; value_is(labels, VALUE_MAP) && i < labels->map.n; i++) {
        const struct value_pair *p = &labels->map.pairs[i];
        const char *why = name_qualified(fe->a, p->key);
        if (why)
            field_error_add(fe, FIELD_INVALID, field, value_string_n(fe->a, p->key), "%s", why);
        if (value_is(p->value, VALUE_STRING) && (why = name_label_value(fe->a, p->value->s)))
            field_error_add(fe, FIELD_INVALID, field, p->value, "%s", why);
    }
}

void annotations_validate(const struct value *annotations, const char *field, struct field_errors *fe) {
    size_t total = 0;
    for (size_t i = 0; value_is(annotations, VALUE_MAP) && i < annotations->map.n; i++) {
        const struct value_pair *p = &annotations->map.pairs[i];
        char *lower = arena_text(fe->a, p->key.p, p->key.n);
        for (char *c = lower; *c; c++)
            *c = (char)tolower((unsigned char)*c);
        const char *why = name_qualified(fe->a, str_of(lower));
        if (why)
            field_error_add(fe, FIELD_INVALID, field, value_string_n(fe->a, p->key), "%s", why);
        total += p->key.n + (value_is(p->value, VALUE_STRING) ? p->value->s.n : 0);
    }
    if (total > ANNOTATIONS_MAX_BYTES)
        field_error_add(fe, FIELD_TOO_LONG, field, NULL, "may not be more than %d bytes",
                        ANNOTATIONS_MAX_BYTES);
}

static void owner_validate(const struct value *owner, struct field_errors *fe) {
    static const char *const fields[] = { "apiVersion", "kind", "name", "uid" };
    for (size_t i = 0; i < countof(fields); i++)
        if (text_empty(value_text(value_get(owner, fields[i]), "")))
            field_error_add(fe, FIELD_INVALID, arena_fmt(fe->a, "metadata.ownerReferences.%s", fields[i]),
                            value_string(fe->a, ""),
                            i == 0 ? "version must not be empty" : "must not be empty");
    if (text_eq(value_text(value_get(owner, "apiVersion"), ""), "v1") &&
        text_eq(value_text(value_get(owner, "kind"), ""), "Event"))
        field_error_add(fe, FIELD_INVALID, "metadata.ownerReferences", owner,
                        "/v1, Kind=Event is disallowed from being an owner");
}

static void owners_validate(const struct value *owners, struct field_errors *fe) {
    const char *first = NULL;
    for (size_t i = 0; i < value_len(owners); i++) {
        const struct value *owner = value_item(owners, i);
        owner_validate(owner, fe);
        if (!value_bool_or(value_get(owner, "controller"), false))
            continue;
        const char *id = arena_fmt(fe->a, "%s/%s", value_text(value_get(owner, "kind"), ""),
                                   value_text(value_get(owner, "name"), ""));
        if (first)
            field_error_add(fe, FIELD_INVALID, "metadata.ownerReferences", owners,
                            "Only one reference can have Controller set to true. Found \"true\" in "
                            "references for %s and %s",
                            first, id);
        else
            first = id;
    }
}

static void finalizers_validate(const struct value *finalizers, struct field_errors *fe) {
    bool orphan = false, foreground = false;
    for (size_t i = 0; i < value_len(finalizers); i++) {
        const struct value *f = value_item(finalizers, i);
        const char *text = value_text(f, ""), *why = name_qualified(fe->a, str_of(text));
        if (why)
            field_error_add(fe, FIELD_INVALID, "metadata.finalizers", f, "%s", why);
        orphan |= text_eq(text, "orphan");
        foreground |= text_eq(text, "foregroundDeletion");
    }
    if (orphan && foreground)
        field_error_add(fe, FIELD_INVALID, "metadata.finalizers", finalizers,
                        "finalizer orphan and foregroundDeletion cannot be both set");
}

// Kubernetes: apimachinery pkg/apis/meta/v1/validation#ValidateManagedFields.
static void managed_fields_validate(const struct value *list, struct field_errors *fe) {
    for (size_t i = 0; i < value_len(list); i++) {
        const struct value *entry = value_item(list, i), *operation = value_get(entry, "operation"),
                           *type = value_get(entry, "fieldsType");
        const char *op = value_text(operation, "");
        if (!text_eq(op, "Apply") && !text_eq(op, "Update"))
            field_error_add(fe, FIELD_INVALID, arena_fmt(fe->a, "metadata.managedFields[%zu].operation", i),
                            value_string(fe->a, op), "must be `Apply` or `Update`");
        if (!text_empty(value_text(type, "")) && !text_eq(value_text(type, ""), "FieldsV1"))
            field_error_add(fe, FIELD_INVALID, arena_fmt(fe->a, "metadata.managedFields[%zu].fieldsType", i),
                            type, "must be `FieldsV1`");
        if (strlen(value_text(value_get(entry, "manager"), "")) > 128)
            field_error_add(fe, FIELD_TOO_LONG, arena_fmt(fe->a, "metadata.managedFields[%zu].manager", i),
                            NULL, "may not be more than 128 bytes");
    }
}

// What creation and update have in common.
static void common_validate(const struct value *meta, struct field_errors *fe) {
    labels_validate(value_get(meta, "labels"), "metadata.labels", fe);
    annotations_validate(value_get(meta, "annotations"), "metadata.annotations", fe);
    owners_validate(value_get(meta, "ownerReferences"), fe);
    finalizers_validate(value_get(meta, "finalizers"), fe);
    managed_fields_validate(value_get(meta, "managedFields"), fe);
}

void meta_validate(const struct resource *r, const struct value *meta, struct field_errors *fe) {
    const struct value *name = value_get(meta, "name"), *ns = value_get(meta, "namespace");
    const char *why;
    if (text_empty(value_text(name, "")))
        field_error_add(fe, FIELD_REQUIRED, "metadata.name", NULL, "name or generateName is required");
    else if ((why = name_of_resource(fe->a, r, name->s)))
        field_error_add(fe, FIELD_INVALID, "metadata.name", name, "%s", why);
    if (r->namespaced && text_empty(value_text(ns, "")))
        field_error_add(fe, FIELD_REQUIRED, "metadata.namespace", NULL, "%s", "");
    else if (r->namespaced && (why = name_dns_label(fe->a, ns->s)))
        field_error_add(fe, FIELD_INVALID, "metadata.namespace", ns, "%s", why);
    else if (!r->namespaced && !text_empty(value_text(ns, "")))
        field_error_add(fe, FIELD_FORBIDDEN, "metadata.namespace", NULL, "not allowed on this type");
    common_validate(meta, fe);
}

static bool finalizer_known(const struct value *finalizers, const struct value *f) {
    for (size_t i = 0; i < value_len(finalizers); i++)
        if (value_equal(value_item(finalizers, i), f))
            return true;
    return false;
}

// No finalizer may join while the object is being deleted; Go prints the set with %#v.
static void new_finalizers_refuse(const struct value *meta, const struct value *old,
                                  struct field_errors *fe) {
    const struct value *now = value_get(meta, "finalizers"), *before = value_get(old, "finalizers");
    const char *list = "";
    for (size_t i = 0; i < value_len(now); i++) {
        const struct value *f = value_item(now, i);
        if (!finalizer_known(before, f))
            list = arena_fmt(fe->a, "%s%s\"%s\"", list, list[0] ? ", " : "", value_text(f, ""));
    }
    if (list[0])
        field_error_add(fe, FIELD_FORBIDDEN, "metadata.finalizers", NULL,
                        "no new finalizers can be added if the object is being deleted, found new finalizers "
                        "[]string{%s}",
                        list);
}

void meta_validate_update(const struct value *meta, const struct value *old, struct field_errors *fe) {
    static const char *const immutable[] = {
        "name", "namespace", "uid", "creationTimestamp", "deletionTimestamp", "deletionGracePeriodSeconds"
    };
    common_validate(meta, fe);
    if (value_get(old, "deletionTimestamp"))
        new_finalizers_refuse(meta, old, fe);
    for (size_t i = 0; i < countof(immutable); i++) {
        const struct value *now = value_get(meta, immutable[i]), *before = value_get(old, immutable[i]);
        if ((now || before) && !value_equal(now, before))
            field_error_add(fe, FIELD_INVALID, arena_fmt(fe->a, "metadata.%s", immutable[i]),
                            now ? now : value_null(fe->a), "field is immutable");
    }
}
