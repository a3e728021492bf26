// SPDX-License-Identifier: Apache-2.0
// Creates and updates: the pipeline of request.h.
#include "common/value/json.h"
#include "deploy/local/sandbox/builtin.h"
#include "deploy/local/sandbox/crd.h"
#include "deploy/local/sandbox/names.h"
#include "deploy/local/sandbox/request.h"
#include "deploy/local/sandbox/ssa.h"
#include "deploy/local/sandbox/write.h"

/* ---- decoding and defaults ---- */

static const char *strict_text(struct arena *a, const struct paths *unknown) {
    const char *text = "";
    for (size_t i = 0; i < unknown->n; i++)
        text = arena_fmt(a, "%s%sunknown field \"%s\"", text, i ? ", " : "", unknown->items[i]);
    return arena_fmt(a, "strict decoding error: %s", text);
}

static bool decode_refuse(struct status *st, const struct resource *r, const struct value *tree,
                          const struct write_options *o, const char *why) {
    if (!o->patched)
        return status_bad_request(st, "%s in version \"%s\" cannot be handled as a %s: %s", r->kind,
                                  r->version, r->kind, why);
    struct field_errors fe = { .a = st->a };
    field_error_add(&fe, FIELD_INVALID, "patch", value_string_n(st->a, json_text(st->a, tree, JSON_COMPACT)),
                    "%s", why);
    struct resource nothing = { .group = "", .kind = "", .plural = "", .key = "" };
    return status_invalid(st, &nothing, "", &fe);
}

bool object_decode(struct sandbox *sb, struct arena *a, const struct resource *r, struct value *tree,
                   const struct write_options *o, struct status *st) {
    struct paths unknown = { .a = a };
    const char *why;
    if (r->crd) {
        struct value *meta = value_get(tree, "metadata");
        if (!builtin_decode_meta(sb->types, a, meta, &unknown, &why))
            return decode_refuse(st, r, tree, o, why);
        crd_object_default(a, r, tree, &unknown);
    } else {
        if (!builtin_decode(sb->types, a, r, tree, &unknown, &why))
            return decode_refuse(st, r, tree, o, why);
        builtin_default(sb->types, a, r, tree);
    }
    if (!unknown.n || o->field_validation == VALIDATE_IGNORE)
        return true;
    if (o->field_validation == VALIDATE_STRICT)
        return decode_refuse(st, r, tree, o, strict_text(a, &unknown));
    for (size_t i = 0; i < unknown.n; i++)
        warning_add(o->warnings, "unknown field \"%s\"", unknown.items[i]);
    return true;
}

// Canonical order: apiVersion, kind, metadata, the rest. read.c drops the first two from list items by it.
static struct value *object_order(struct arena *a, const struct resource *r, struct value *tree) {
    struct value *v = value_map(a);
    value_set(a, v, "apiVersion", value_string(a, resource_api_version(a, r)));
    value_set(a, v, "kind", value_string(a, r->kind));
    value_set(a, v, "metadata", value_get(tree, "metadata"));
    for (size_t i = 0; i < tree->map.n; i++)
        if (!value_get_n(v, tree->map.pairs[i].key))
            value_set_n(a, v, tree->map.pairs[i].key, tree->map.pairs[i].value);
    return v;
}

struct value *object_stored(struct sandbox *sb, struct arena *a, const struct resource *r,
                            const struct object *o) {
    (void)sb;
    struct value *v = object_value(a, o);
    if (r->crd)
        crd_object_convert(a, r, v);
    return v;
}

const struct shape *resource_shape(struct sandbox *sb, const struct resource *r) {
    const struct shape *s =
        r->crd ? schema_shape(r->crd->schema) : shapes_of_kind(sb->shapes, r->group, r->version, r->kind);
    return s ? s : &shape_untyped;
}

/* ---- what creation and update have in common ---- */

bool object_namespace(struct arena *a, const struct resource *r, const char *ns, struct value *meta,
                      struct status *st) {
    const char *own = value_text(value_get(meta, "namespace"), "");
    if (!r->namespaced) {
        value_remove(meta, "namespace");
        return true;
    }
    if (!own[0])
        value_set(a, meta, "namespace", value_string(a, ns));
    else if (!text_eq(own, ns))
        return status_bad_request(
            st, "the namespace of the provided object does not match the namespace sent on the request");
    return true;
}

// Equal entries count once. Kubernetes: endpoints/handlers/rest.go#dedupOwnerReferences.
static void owners_dedup(struct value *meta, struct warnings *w) {
    struct value *owners = value_get(meta, "ownerReferences");
    for (size_t i = 0; i < value_len(owners); i++)
        for (size_t k = value_len(owners) - 1; k > i; k--)
            if (value_equal(value_item(owners, i), value_item(owners, k))) {
                warning_add(w,
                            ".metadata.ownerReferences contains duplicate entries; API server dedups owner "
                            "references in 1.20+, "
                            "and may reject such requests as early as 1.24; please fix your requests; "
                            "duplicate UID(s) observed: %s",
                            value_text(value_get(value_item(owners, i), "uid"), ""));
                value_remove_item(owners, k);
            }
}

static bool is_crd(const struct resource *r) {
    return text_eq(r->key, "customresourcedefinitions.apiextensions.k8s.io");
}

static bool has_status(const struct resource *r) {
    return r->subresources & SUB_STATUS;
}

static bool on_status(const struct write_options *o) {
    return text_eq(o->subresource, "status");
}

void field_manager_of(struct sandbox *sb, struct arena *a, const struct resource *r,
                      const struct write_options *o, struct field_manager *out) {
    static const char *const status[] = { "status", NULL };
    *out = (struct field_manager) { .name = o->manager,
                                    .api_version = resource_api_version(a, r),
                                    .subresource = o->subresource ? o->subresource : "",
                                    .now_ns = sandbox_now_ns(sb) };
    if (has_status(r) && !o->internal)
        out->reset = status;
    if (on_status(o)) {
        out->reset = status;
        out->keep_only = true;
    }
}

static void track(struct sandbox *sb, struct arena *a, const struct resource *r, const struct value *live,
                  struct value *tree, const struct write_options *o) {
    if (o->tracked && live)
        ssa_keep_times(a, live, tree);
    if (o->tracked)
        return;
    struct field_manager m;
    field_manager_of(sb, a, r, o, &m);
    ssa_update(a, resource_shape(sb, r), live, tree, &m);
}

static void validate(struct sandbox *sb, const struct resource *r, const struct value *tree,
                     const struct value *old, const struct write_options *o, struct field_errors *fe) {
    if (r->crd)
        crd_object_validate(r, tree, old, fe);
    else
        builtin_validate(sb, r, tree, old, fe);
    if (is_crd(r) && !on_status(o))
        crd_validate(tree, old, o->warnings, fe);
}

/* ---- create ---- */

// Kubernetes: apiserver/pkg/storage/names/generate.go: five of these characters.
static const char *generate_name(struct arena *a, const char *base) {
    static const char letters[] = "bcdfghjklmnpqrstvwxz2456789";
    const char *uid = sandbox_uid(a);
    char tail[6] = { 0 };
    for (size_t i = 0, at = 0; i < 5; i++, at++) {
        at += uid[at] == '-';
        unsigned hi = (unsigned char)uid[at], lo = (unsigned char)uid[at + 19];
        tail[i] = letters[(hi * 7 + lo * 13 + i) % (sizeof letters - 1)];
    }
    return arena_fmt(a, "%.*s%s", 58, base, tail);
}

static bool namespace_open(struct sandbox *sb, struct arena *a, const struct resource *r, const char *ns,
                           const char *name, struct status *st) {
    if (!r->namespaced)
        return true;
    const struct object *o = storage_get(sb->storage, "namespaces", "", ns);
    if (!o)
        return status_not_found(st, registry_find(sb->registry, "", "v1", "namespaces"), ns);
    struct value *v = object_value(a, o);
    if (!value_at(v, "metadata", "deletionTimestamp", NULL))
        return true;
    status_forbidden(st, r, name,
                     "unable to create new content in namespace %s because it is being terminated", ns);
    status_add_cause(st, "NamespaceTerminating", arena_fmt(a, "namespace %s is being terminated", ns),
                     "metadata.namespace");
    return false;
}

static void system_fields_set(struct sandbox *sb, struct arena *a, const struct resource *r,
                              struct value *meta) {
    static const char *const wiped[] = { "deletionTimestamp", "deletionGracePeriodSeconds", "selfLink",
                                         "generation" };
    for (size_t i = 0; i < countof(wiped); i++)
        value_remove(meta, wiped[i]);
    value_set(a, meta, "uid", value_string(a, sandbox_uid(a)));
    value_set(a, meta, "creationTimestamp", value_string(a, sandbox_now(sb, a)));
    if (r->flags & (RES_GENERATION | RES_ALL_GENERATION))
        value_set(a, meta, "generation", value_int(a, 1));
}

static void name_generate(struct arena *a, struct value *meta) {
    const char *base = value_text(value_get(meta, "generateName"), "");
    if (base[0] && text_empty(value_text(value_get(meta, "name"), "")))
        value_set(a, meta, "name", value_string(a, generate_name(a, base)));
}

static bool create_checked(struct sandbox *sb, struct arena *a, const struct resource *r, struct value *tree,
                           const struct write_options *o, struct value **out, struct status *st) {
    struct value *meta = value_get(tree, "metadata");
    const char *ns = value_text(value_get(meta, "namespace"), ""),
               *name = value_text(value_get(meta, "name"), "");
    struct field_errors fe = { .a = a };
    if (r->crd)
        crd_object_default(a, r, tree, NULL); // the default of a status, which nobody owns
    else
        builtin_prepare(sb, a, r, tree, NULL, o->internal);
    meta_validate(r, meta, &fe);
    validate(sb, r, tree, NULL, o, &fe);
    if (fe.n)
        return status_invalid(st, r, name, &fe);
    if (storage_get(sb->storage, r->key, ns, name))
        return status_exists(st, r, name);
    tree = object_order(a, r, tree);
    if (!o->dry_run)
        storage_put(sb->storage, a, r->key, tree, NULL);
    *out = tree;
    return true;
}

bool sandbox_create(struct sandbox *sb, struct arena *a, const struct resource *r, const char *ns,
                    struct value *tree, const struct write_options *o, struct value **out,
                    struct status *st) {
    struct value *meta = value_ensure(a, tree, "metadata", NULL);
    if (!meta)
        return decode_refuse(st, r, tree, o,
                             "json: cannot unmarshal into Go struct field ObjectMeta.metadata");
    if (!object_namespace(a, r, ns, meta, st))
        return false;
    if (!object_decode(sb, a, r, tree, o, st))
        return false;
    meta = value_ensure(a, tree, "metadata", NULL);
    if (!object_namespace(a, r, ns, meta, st))
        return false;
    if (r->crd && r->crd->terminating)
        return status_set(st, 405, "MethodNotAllowed",
                          "create not allowed while custom resource definition is terminating");
    if (!text_empty(value_text(value_get(meta, "resourceVersion"), "")))
        return status_set(st, 500, "", "resourceVersion should not be set on objects to be created");
    name_generate(a, meta);
    if (!namespace_open(sb, a, r, ns, value_text(value_get(meta, "name"), ""), st))
        return false;
    owners_dedup(meta, o->warnings);
    system_fields_set(sb, a, r, meta);
    if (has_status(r) && !o->internal)
        value_remove(tree, "status");
    if (is_crd(r))
        crd_default(a, tree, NULL, sandbox_now_ns(sb));
    track(sb, a, r, NULL, tree, o);
    return create_checked(sb, a, r, tree, o, out, st);
}

/* ---- update ---- */

static bool lock_check(const struct resource *r, const struct object *stored, const struct value *meta,
                       const char *name, struct status *st) {
    const char *rv = value_text(value_get(meta, "resourceVersion"), ""),
               *uid = value_text(value_get(meta, "uid"), "");
    if (uid[0] && !text_eq(uid, stored->uid))
        return status_conflict(st, r, name,
                               "Precondition failed: UID in precondition: %s, UID in object meta: %s", uid,
                               stored->uid);
    uint64_t n = 0;
    if (rv[0] && !text_eq(rv, "0") && !str_to_u64(str_of(rv), &n)) {
        struct field_errors fe = { .a = st->a };
        field_error_add(&fe, FIELD_INVALID, "metadata.resourceVersion", value_string(st->a, rv),
                        "strconv.ParseUint: parsing \"%s\": invalid syntax", rv);
        return status_invalid(st, r, name, &fe);
    }
    if (!n && !(r->flags & RES_UNCONDITIONAL)) {
        struct field_errors fe = { .a = st->a };
        struct resource named = *r;
        named.kind = r->plural; // the server names the resource here
        field_error_add_raw(&fe, FIELD_INVALID, "metadata.resourceVersion", "0",
                            "must be specified for an update");
        return status_invalid(st, &named, name, &fe);
    }
    if (n && n != stored->rv)
        return status_conflict(
            st, r, name,
            "the object has been modified; please apply your changes to the latest version and try again");
    return true;
}

// metadata that an update cannot change comes from the stored object.
static void system_fields_keep(struct arena *a, struct value *meta, const struct value *old) {
    static const char *const kept[] = { "uid", "creationTimestamp", "generation", "selfLink" };
    for (size_t i = 0; i < countof(kept); i++) {
        struct value *v = value_get(old, kept[i]);
        value_set(a, meta, kept[i], v ? value_copy(a, v) : NULL);
    }
    struct value *deleted = value_get(old, "deletionTimestamp"),
                 *grace = value_get(old, "deletionGracePeriodSeconds");
    value_set(a, meta, "deletionTimestamp", deleted ? value_copy(a, deleted) : NULL);
    if (!deleted || !value_get(meta, "deletionGracePeriodSeconds"))
        value_set(a, meta, "deletionGracePeriodSeconds", grace ? value_copy(a, grace) : NULL);
}

// The object with everything but status from `old`, or with status from it.
static struct value *status_merge(struct arena *a, const struct resource *r, struct value *tree,
                                  const struct value *old, const struct write_options *o) {
    struct value *status = value_get(tree, "status"), *old_status = value_get(old, "status");
    if (on_status(o)) {
        struct value *merged = value_copy(a, old), *meta = value_get(merged, "metadata");
        value_set(a, merged, "status", status);
        struct value *fields = value_at(tree, "metadata", "managedFields", NULL);
        value_set(a, meta, "managedFields", fields);
        if (!r->crd) { // built-in kinds take labels and annotations with their status
            static const char *const taken[] = { "annotations", "labels", "finalizers" };
            for (size_t i = 0; i < countof(taken); i++)
                value_set(a, meta, taken[i], value_at(tree, "metadata", taken[i], NULL));
        }
        return merged;
    }
    if (has_status(r) && !o->internal)
        value_set(a, tree, "status", old_status ? value_copy(a, old_status) : NULL);
    return tree;
}

static bool is_meta_or_status(const struct resource *r, struct str key) {
    return str_is(key, "metadata") || str_is(key, "apiVersion") || str_is(key, "kind") ||
           (str_is(key, "status") && has_status(r));
}

static bool content_changed_one_way(const struct resource *r, const struct value *x, const struct value *y) {
    for (size_t i = 0; i < x->map.n; i++)
        if (!is_meta_or_status(r, x->map.pairs[i].key) &&
            !value_equal(x->map.pairs[i].value, value_get_n(y, x->map.pairs[i].key)))
            return true;
    return false;
}

// Kubernetes: the strategies' PrepareForUpdate; custom resources count everything but metadata and status.
static bool content_changed(const struct resource *r, const struct value *tree, const struct value *old) {
    if (!r->crd && (r->flags & RES_GENERATION) && value_get(old, "spec"))
        return !value_equal(value_get(tree, "spec"), value_get(old, "spec"));
    return content_changed_one_way(r, tree, old) || content_changed_one_way(r, old, tree);
}

static void generation_bump(struct arena *a, const struct resource *r, struct value *tree,
                            const struct value *old) {
    if (!(r->flags & (RES_GENERATION | RES_ALL_GENERATION)) || !content_changed(r, tree, old))
        return;
    struct value *meta = value_get(tree, "metadata");
    value_set(a, meta, "generation", value_int(a, value_int_or(value_get(meta, "generation"), 0) + 1));
}

// An object that is being deleted goes when its last finalizer went.
bool object_is_done(const struct resource *r, const struct value *tree) {
    const struct value *meta = value_get(tree, "metadata");
    if (!value_get(meta, "deletionTimestamp") || value_len(value_get(meta, "finalizers")))
        return false;
    if (text_eq(r->key, "namespaces") && value_len(value_at(tree, "spec", "finalizers", NULL)))
        return false;
    return value_int_or(value_get(meta, "deletionGracePeriodSeconds"), 0) == 0;
}

static bool update_checked(struct sandbox *sb, struct arena *a, const struct resource *r,
                           const struct object *stored, const struct value *old, struct value *tree,
                           const struct write_options *o, struct value **out, struct status *st) {
    struct field_errors fe = { .a = a };
    generation_bump(a, r, tree, old);
    meta_validate_update(value_get(tree, "metadata"), value_get(old, "metadata"), &fe);
    validate(sb, r, tree, old, o, &fe);
    if (fe.n)
        return status_invalid(st, r, stored->name, &fe);
    tree = object_order(a, r, tree);
    value_set(a, value_get(tree, "metadata"), "resourceVersion",
              value_fmt(a, "%llu", (unsigned long long)stored->rv));
    *out = tree;
    if (o->dry_run)
        return true;
    if (!object_is_done(r, tree)) {
        storage_put(sb->storage, a, r->key, tree, NULL);
        return true;
    }
    object_unref(storage_delete(sb->storage, r->key, stored->ns, stored->name));
    return true;
}

bool sandbox_update(struct sandbox *sb, struct arena *a, const struct resource *r, const char *ns,
                    const char *name, struct value *tree, const struct write_options *o, struct value **out,
                    struct status *st) {
    const struct object *stored = storage_get(sb->storage, r->key, r->namespaced ? ns : "", name);
    if (!stored && (r->flags & RES_CREATE_ON_UPDATE) && text_empty(o->subresource) && !o->internal)
        return sandbox_create(sb, a, r, ns, tree, o, out, st);
    if (!stored)
        return status_not_found(st, r, name);
    struct value *meta = value_ensure(a, tree, "metadata", NULL);
    if (!meta || !object_namespace(a, r, ns, meta, st))
        return meta ? false : status_bad_request(st, "metadata is not an object");
    if (!object_decode(sb, a, r, tree, o, st))
        return false;
    meta = value_ensure(a, tree, "metadata", NULL);
    if (!object_namespace(a, r, ns, meta, st))
        return false;
    const char *own = value_text(value_get(meta, "name"), "");
    if (!text_eq(own, name))
        return status_bad_request(st, "the name of the object (%s) does not match the name on the URL (%s)",
                                  own, name);
    if (!lock_check(r, stored, meta, name, st))
        return false;
    struct value *old = object_stored(sb, a, r, stored);
    owners_dedup(meta, o->warnings);
    system_fields_keep(a, meta, value_get(old, "metadata"));
    tree = status_merge(a, r, tree, old, o);
    if (is_crd(r))
        crd_default(a, tree, old, sandbox_now_ns(sb));
    track(sb, a, r, old, tree, o);
    if (!r->crd)
        builtin_prepare(sb, a, r, tree, old, o->internal);
    return update_checked(sb, a, r, stored, old, tree, o, out, st);
}
