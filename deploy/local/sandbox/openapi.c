// SPDX-License-Identifier: Apache-2.0
/* OpenAPI v3: the index, and a document per group and version, made from types.h and from the schemas of CRDs.
 *
 * Enough for kubectl: `apply` looks for PATCH operations with their kind, parameters and content types, and merges by the
 * schemas' patch keys; `explain` walks from the GET operation's kind to the schema. /openapi/v2 is an empty document in
 * protobuf (kubectl asks it about kinds that v3 does not have), and 404 in any other form. */
#include "common/value/json.h"
#include "deploy/local/sandbox/call.h"
#include "deploy/local/sandbox/crd.h"
#include "deploy/local/sandbox/types.h"

static void set_text(struct arena *a, struct value *v, const char *key, const char *text) {
    value_set(a, v, key, value_string(a, text));
}

/* ---- schemas of built-in types ---- */

struct models {
    struct sandbox *sb;
    struct arena *a;
    struct value *schemas; // name -> schema
};

static const char *model_name(struct arena *a, const char *type) {
    char *name = arena_fmt(a, "io.k8s.api.%s", type);
    for (char *p = name; *p; p++)
        if (*p == '/' || *p == ':')
            *p = '.';
    return name;
}

static struct value *reference(struct arena *a, const char *name) {
    struct value *v = value_map(a);
    set_text(a, v, "$ref", arena_fmt(a, "#/components/schemas/%s", name));
    return v;
}

static struct value *typed(struct arena *a, const char *type, const char *format) {
    struct value *v = value_map(a);
    set_text(a, v, "type", type);
    if (format)
        set_text(a, v, "format", format);
    return v;
}

static void type_add(struct models *m, const struct type *t);

static struct value *named(struct models *m, const char *name, const char *type, const char *format) {
    if (!value_get(m->schemas, name))
        value_set(m->a, m->schemas, name, typed(m->a, type, format));
    return reference(m->a, name);
}

static struct value *element_schema(struct models *m, const struct type_field *f) {
    struct arena *a = m->a;
    switch (f->kind) {
    case KIND_STRING: return typed(a, "string", NULL);
    case KIND_INT32: return typed(a, "integer", "int32");
    case KIND_INT64: return typed(a, "integer", "int64");
    case KIND_BOOL: return typed(a, "boolean", NULL);
    case KIND_NUMBER: return typed(a, "number", "double");
    case KIND_QUANTITY: return named(m, "io.k8s.apimachinery.pkg.api.resource.Quantity", "string", NULL);
    case KIND_INT_OR_STRING:
        return named(m, "io.k8s.apimachinery.pkg.util.intstr.IntOrString", "string", "int-or-string");
    case KIND_TIME: return named(m, "io.k8s.apimachinery.pkg.apis.meta.v1.Time", "string", "date-time");
    case KIND_MICROTIME:
        return named(m, "io.k8s.apimachinery.pkg.apis.meta.v1.MicroTime", "string", "date-time");
    case KIND_BYTES: return typed(a, "string", "byte");
    case KIND_ANY: return typed(a, "object", NULL);
    case KIND_OBJECT: break;
    }
    const struct type *t = type_of_field(m->sb->types, f);
    if (!t)
        return typed(a, "object", NULL);
    type_add(m, t);
    return reference(a, model_name(a, t->name));
}

static void list_marks(struct arena *a, struct value *schema, const struct type_field *f) {
    static const char *const types[] = { [SSA_ATOMIC] = "atomic", [SSA_SET] = "set", [SSA_MAP] = "map" };
    if (f->shape == SHAPE_LIST)
        set_text(a, schema, "x-kubernetes-list-type", f->ssa == SSA_DEFAULT ? "atomic" : types[f->ssa]);
    else if (f->ssa == SSA_ATOMIC)
        set_text(a, schema, "x-kubernetes-map-type", "atomic");
    struct value *keys = value_list(a);
    for (size_t i = 0; i < countof(f->keys) && f->keys[i].n; i++)
        value_append(a, keys, value_string_n(a, f->keys[i]));
    if (value_len(keys))
        value_set(a, schema, "x-kubernetes-list-map-keys", keys);
    if (f->patch_merge && f->patch_key.n)
        value_set(a, schema, "x-kubernetes-patch-merge-key", value_string_n(a, f->patch_key));
    if (f->patch_merge || f->patch_retain)
        set_text(a, schema, "x-kubernetes-patch-strategy",
                 f->patch_merge && f->patch_retain ? "merge,retainKeys"
                 : f->patch_merge                  ? "merge"
                                                   : "retainKeys");
}

static struct value *field_schema(struct models *m, const struct type_field *f) {
    struct arena *a = m->a;
    struct value *element = element_schema(m, f), *schema = element;
    if (f->nested) {
        schema = typed(a, "array", NULL);
        value_set(a, schema, "items", element);
        element = schema;
    }
    if (f->shape != SHAPE_ONE) {
        schema = typed(a, f->shape == SHAPE_LIST ? "array" : "object", NULL);
        value_set(a, schema, f->shape == SHAPE_LIST ? "items" : "additionalProperties", element);
    } else if (value_get(element, "$ref") && (f->patch_retain || f->ssa == SSA_ATOMIC)) {
        schema = value_map(a); // siblings of $ref are not allowed
        value_set(a, schema, "allOf", value_list(a));
        value_append(a, value_get(schema, "allOf"), element);
    }
    list_marks(a, schema, f);
    return schema;
}

static void type_add(struct models *m, const struct type *t) {
    struct arena *a = m->a;
    const char *name = model_name(a, t->name);
    if (value_get(m->schemas, name))
        return;
    struct value *schema = typed(a, "object", NULL), *properties = value_map(a), *required = value_list(a);
    value_set(a, m->schemas, name, schema); // before the fields: types may contain themselves
    for (size_t i = 0; i < t->n; i++) {
        value_set_n(a, properties, t->fields[i].name, field_schema(m, &t->fields[i]));
        if (t->fields[i].required)
            value_append(a, required, value_string_n(a, t->fields[i].name));
    }
    value_set(a, schema, "properties", properties);
    if (value_len(required))
        value_set(a, schema, "required", required);
    if (t->atomic)
        set_text(a, schema, "x-kubernetes-map-type", "atomic");
}

static struct value *gvk_value(struct arena *a, const struct resource *r) {
    struct value *v = value_map(a);
    set_text(a, v, "group", r->group);
    set_text(a, v, "version", r->version);
    set_text(a, v, "kind", r->kind);
    return v;
}

// Name of the resource's schema, which is added.
static const char *resource_model(struct models *m, const struct resource *r) {
    struct arena *a = m->a;
    if (r->crd) {
        const char *name = crd_model_name(a, r);
        value_set(a, m->schemas, name, crd_openapi_model(a, r));
        return name;
    }
    const struct type *t = types_of_kind(m->sb->types, r->group, r->version, r->kind);
    if (!t)
        return NULL;
    type_add(m, t);
    const char *name = model_name(a, t->name);
    struct value *schema = value_get(m->schemas, name), *kinds = value_list(a);
    value_append(a, kinds, gvk_value(a, r));
    value_set(a, schema, "x-kubernetes-group-version-kind", kinds);
    return name;
}

/* ---- paths ---- */

static struct value *operation(struct arena *a, const struct resource *r, const char *action) {
    struct value *v = value_map(a);
    value_set(a, v, "x-kubernetes-group-version-kind", gvk_value(a, r));
    set_text(a, v, "x-kubernetes-action", action);
    return v;
}

static void parameter_add(struct arena *a, struct value *list, const char *name, const char *type) {
    struct value *v = value_map(a);
    set_text(a, v, "name", name);
    set_text(a, v, "in", "query");
    value_set(a, v, "schema", typed(a, type, NULL));
    value_append(a, list, v);
}

static struct value *patch_operation(struct arena *a, const struct resource *r, const char *model) {
    static const char *const types[] = { "application/apply-patch+yaml", "application/json-patch+json",
                                         "application/merge-patch+json",
                                         "application/strategic-merge-patch+json" };
    struct value *v = operation(a, r, "patch"), *parameters = value_list(a), *content = value_map(a),
                 *ok = value_map(a);
    parameter_add(a, parameters, "dryRun", "string");
    parameter_add(a, parameters, "fieldManager", "string");
    parameter_add(a, parameters, "fieldValidation", "string");
    parameter_add(a, parameters, "force", "boolean");
    value_set(a, v, "parameters", parameters);
    for (size_t i = 0; i < countof(types) - (r->crd ? 1 : 0); i++)
        value_set(a, value_ensure(a, content, types[i], NULL), "schema", typed(a, "object", NULL));
    value_set(a, value_ensure(a, v, "requestBody", NULL), "content", content);
    if (model)
        value_set(a, value_ensure(a, ok, "content", "application/json", NULL), "schema", reference(a, model));
    set_text(a, ok, "description", "OK");
    value_set(a, value_ensure(a, v, "responses", NULL), "200", ok);
    return v;
}

static void paths_add_resource(struct arena *a, struct value *paths, const struct resource *r,
                               const char *model) {
    const char *root =
        r->group[0] ? arena_fmt(a, "/apis/%s/%s", r->group, r->version) : arena_fmt(a, "/api/%s", r->version);
    const char *list =
        arena_fmt(a, "%s%s/%s", root, r->namespaced ? "/namespaces/{namespace}" : "", r->plural);
    struct value *collection = value_map(a), *one = value_map(a);
    if (r->verbs & VERB_LIST)
        value_set(a, collection, "get", operation(a, r, "list"));
    if (r->verbs & VERB_CREATE)
        value_set(a, collection, "post", operation(a, r, "post"));
    value_set(a, paths, list, collection);
    if (!(r->verbs & VERB_GET))
        return;
    value_set(a, one, "get", operation(a, r, "get"));
    value_set(a, one, "put", operation(a, r, "put"));
    value_set(a, one, "delete", operation(a, r, "delete"));
    value_set(a, one, "patch", patch_operation(a, r, model));
    value_set(a, paths, arena_fmt(a, "%s/{name}", list), one);
}

static bool document_reply(struct call *c, const char *group, const char *version) {
    struct arena *a = c->a;
    struct models m = { c->sb, a, value_map(a) };
    struct value *v = value_map(a), *paths = value_map(a);
    const struct resource *r;
    bool any = false;
    for (size_t i = 0; (r = registry_next(c->sb->registry, &i));) {
        if (!text_eq(r->group, group) || !text_eq(r->version, version))
            continue;
        any = true;
        paths_add_resource(a, paths, r, resource_model(&m, r));
    }
    if (!any)
        return status_no_route(&c->st);
    set_text(a, v, "openapi", "3.0.0");
    set_text(a, value_ensure(a, v, "info", NULL), "title", "Kubernetes");
    set_text(a, value_get(v, "info"), "version", "v1.35.4+runnel-sandbox");
    value_set(a, v, "paths", paths);
    value_set(a, value_ensure(a, v, "components", NULL), "schemas", m.schemas);
    return reply_value(c, 200, v);
}

static bool index_reply(struct call *c) {
    struct arena *a = c->a;
    struct value *v = value_map(a), *paths = value_map(a);
    const char *group, *version;
    uint64_t generation = registry_generation(c->sb->registry);
    for (size_t i = 0; (group = registry_next_group(c->sb->registry, &i));)
        for (size_t k = 0; (version = registry_next_version(c->sb->registry, group, &k));) {
            const char *path =
                group[0] ? arena_fmt(a, "apis/%s/%s", group, version) : arena_fmt(a, "api/%s", version);
            struct value *entry = value_map(a);
            set_text(a, entry, "serverRelativeURL",
                     arena_fmt(a, "/openapi/v3/%s?hash=%016llX%llu", path,
                               (unsigned long long)hash_bytes(path, strlen(path)),
                               (unsigned long long)generation));
            value_set(a, paths, path, entry);
        }
    value_set(a, v, "paths", paths);
    return reply_value(c, 200, v);
}

// openapi.v2.Document: 1 swagger, 2 info (1 title, 2 version), 8 paths.
static bool v2_reply(struct call *c) {
    static const char document[] = "\x0a\x03"
                                   "2.0"
                                   "\x12\x0e"
                                   "\x0a\x0a"
                                   "Kubernetes"
                                   "\x12\x00"
                                   "\x42\x00";
    const char *accept = http_request_header(c->x, "Accept");
    if (!accept || !strstr(accept, "proto-openapi.spec.v2"))
        return status_no_route(&c->st);
    c->code = 200;
    http_reply(c->x, 200, "application/com.github.proto-openapi.spec.v2.v1.0+protobuf",
               str_make(document, sizeof document - 1));
    return true;
}

bool openapi_handle(struct call *c, const char *path) {
    if (!text_starts(path, "/openapi/"))
        return false;
    c->verb = "openapi";
    if (text_eq(path, "/openapi/v3") || text_eq(path, "/openapi/v3/"))
        return index_reply(c);
    if (text_eq(path, "/openapi/v2"))
        return v2_reply(c);
    struct str rest = str_of(path + strlen("/openapi/")), parts[5];
    size_t n = 0;
    while (n < countof(parts) && str_split(&rest, '/', &parts[n]))
        n++;
    if (n == 3 && str_is(parts[0], "v3") && str_is(parts[1], "api"))
        return document_reply(c, "", arena_text(c->a, parts[2].p, parts[2].n));
    if (n == 4 && str_is(parts[0], "v3") && str_is(parts[1], "apis"))
        return document_reply(c, arena_text(c->a, parts[2].p, parts[2].n),
                              arena_text(c->a, parts[3].p, parts[3].n));
    return status_no_route(&c->st);
}
