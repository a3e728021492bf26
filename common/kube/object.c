// SPDX-License-Identifier: Apache-2.0
// Look-ups and small changes in Kubernetes objects.
#include "common/kube/object.h"

#include <strings.h>

static const char *meta_text(const struct value *o, const char *key) {
    return value_text(value_get(value_get(o, "metadata"), key), "");
}

const char *object_api_version(const struct value *o) {
    return value_text(value_get(o, "apiVersion"), "");
}

const char *object_kind(const struct value *o) {
    return value_text(value_get(o, "kind"), "");
}

void api_version_split(struct arena *a, const char *api_version, const char **out_group,
                       const char **out_version) {
    const char *slash = strchr(api_version, '/');
    *out_group = slash ? arena_text(a, api_version, (size_t)(slash - api_version)) : "";
    *out_version = arena_strdup(a, slash ? slash + 1 : api_version);
}

char *api_version_join(struct arena *a, const char *group, const char *version) {
    return text_empty(group) ? arena_strdup(a, version) : arena_fmt(a, "%s/%s", group, version);
}

struct kube_gvk object_gvk(struct arena *a, const struct value *o) {
    struct kube_gvk gvk;
    api_version_split(a, object_api_version(o), &gvk.group, &gvk.version);
    gvk.kind = arena_strdup(a, object_kind(o));
    return gvk;
}

const char *object_ns(const struct value *o) {
    return meta_text(o, "namespace");
}

const char *object_name(const struct value *o) {
    return meta_text(o, "name");
}

const char *object_uid(const struct value *o) {
    return meta_text(o, "uid");
}

const char *object_resource_version(const struct value *o) {
    return meta_text(o, "resourceVersion");
}

int64_t object_generation(const struct value *o) {
    return value_int_or(value_at(o, "metadata", "generation", NULL), 0);
}

bool object_deleting(const struct value *o) {
    return !text_empty(meta_text(o, "deletionTimestamp"));
}

const char *object_label(const struct value *o, const char *key) {
    return value_text(value_get(value_at(o, "metadata", "labels", NULL), key), NULL);
}

const char *object_annotation(const struct value *o, const char *key) {
    return value_text(value_get(value_at(o, "metadata", "annotations", NULL), key), NULL);
}

static ptrdiff_t finalizer_at(const struct value *list, const char *finalizer) {
    for (size_t i = 0; i < value_len(list); i++)
        if (text_eq(value_text(value_item(list, i), ""), finalizer))
            return (ptrdiff_t)i;
    return -1;
}

bool object_has_finalizer(const struct value *o, const char *finalizer) {
    return finalizer_at(value_at(o, "metadata", "finalizers", NULL), finalizer) >= 0;
}

bool object_mark_is(const struct value *o, const char *key, const char *value) {
    const char *label = object_label(o, key);
    const char *annotation = object_annotation(o, key);
    return (label && !strcasecmp(label, value)) || (annotation && !strcasecmp(annotation, value));
}

static void set_in(struct arena *a, struct value *o, const char *map_key, const char *key,
                   const char *value) {
    struct value *map = value_ensure(a, o, "metadata", map_key, NULL);
    if (map)
        value_set(a, map, key, value_string(a, value));
}

void object_set_label(struct arena *a, struct value *o, const char *key, const char *value) {
    set_in(a, o, "labels", key, value);
}

void object_set_annotation(struct arena *a, struct value *o, const char *key, const char *value) {
    set_in(a, o, "annotations", key, value);
}

bool object_add_finalizer(struct arena *a, struct value *o, const char *finalizer) {
    if (object_has_finalizer(o, finalizer))
        return false;
    struct value *meta = value_ensure(a, o, "metadata", NULL);
    if (!meta)
        return false;
    struct value *list = value_get(meta, "finalizers");
    if (!value_is(list, VALUE_LIST)) {
        list = value_list(a);
        value_set(a, meta, "finalizers", list);
    }
    value_append(a, list, value_string(a, finalizer));
    return true;
}

bool object_remove_finalizer(struct value *o, const char *finalizer) {
    struct value *list = value_at(o, "metadata", "finalizers", NULL);
    ptrdiff_t at = finalizer_at(list, finalizer);
    if (at < 0)
        return false;
    value_remove_item(list, (size_t)at);
    if (!value_len(list))
        value_remove(value_get(o, "metadata"), "finalizers");
    return true;
}

struct value *object_condition(const struct value *o, const char *type) {
    const struct value *list = value_at(o, "status", "conditions", NULL);
    if (!value_is(list, VALUE_LIST))
        return NULL;
    for (size_t i = 0; i < value_len(list); i++)
        if (text_eq(value_text(value_get(value_item(list, i), "type"), ""), type))
            return value_item(list, i);
    return NULL;
}

const char *object_condition_status(const struct value *o, const char *type) {
    return value_text(value_get(object_condition(o, type), "status"), "");
}

bool object_condition_is(const struct value *o, const char *type, const char *status) {
    return text_eq(object_condition_status(o, type), status);
}

char *object_subject_of(struct arena *a, const char *kind, const char *ns, const char *name) {
    return text_empty(ns) ? arena_fmt(a, "%s/%s", kind, name) : arena_fmt(a, "%s/%s/%s", kind, ns, name);
}

char *object_subject(struct arena *a, const struct value *o) {
    return object_subject_of(a, object_kind(o), object_ns(o), object_name(o));
}

struct value *object_items(const struct value *o) {
    struct value *items = value_get(o, "items");
    return value_is(items, VALUE_LIST) ? items : NULL;
}
