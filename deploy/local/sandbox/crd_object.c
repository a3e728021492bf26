// SPDX-License-Identifier: Apache-2.0
// Custom resources on their way through a request, and their OpenAPI models.
#include "deploy/local/sandbox/crd.h"

void crd_object_default(struct arena *a, const struct resource *r, struct value *tree,
                        struct paths *unknown) {
    schema_prune(r->crd->schema, tree, unknown);
    schema_default(a, r->crd->schema, tree);
}

void crd_object_validate(const struct resource *r, const struct value *tree, const struct value *old,
                         struct field_errors *fe) {
    schema_validate(r->crd->schema, tree, old, fe);
}

void crd_object_convert(struct arena *a, const struct resource *to, struct value *tree) {
    value_set(a, tree, "apiVersion", value_string(a, resource_api_version(a, to)));
    schema_default(a, to->crd->schema, tree);
}

char *crd_model_name(struct arena *a, const struct resource *r) {
    struct str rest = str_of(r->group);
    char *out = arena_strdup(a, "");
    while (rest.n) { // io.fluxcd.toolkit.source
        ptrdiff_t dot = str_rchr(rest, '.');
        struct str label = str_sub(rest, (size_t)(dot + 1), rest.n);
        out = arena_fmt(a, "%s%.*s.", out, (int)label.n, label.p);
        rest = dot < 0 ? (struct str) { "", 0 } : str_sub(rest, 0, (size_t)dot);
    }
    return arena_fmt(a, "%s%s.%s", out, r->version, r->kind);
}

static struct value *text_property(struct arena *a, const char *description) {
    struct value *v = value_map(a);
    value_set(a, v, "description", value_string(a, description));
    value_set(a, v, "type", value_string(a, "string"));
    return v;
}

static struct value *metadata_property(struct arena *a) {
    struct value *v = value_map(a), *ref = value_map(a), *all = value_list(a);
    value_set(a, ref, "$ref",
              value_string(a, "#/components/schemas/io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta"));
    value_append(a, all, ref);
    value_set(a, v, "allOf", all);
    value_set(a, v, "description",
              value_string(a, "Name, namespace, labels and all else that objects have in common."));
    return v;
}

struct value *crd_openapi_model(struct arena *a, const struct resource *r) {
    struct value *model = value_copy(a, schema_json(r->crd->schema));
    struct value *properties = value_ensure(a, model, "properties", NULL);
    if (properties) {
        if (!value_get(properties, "apiVersion"))
            value_set(a, properties, "apiVersion",
                      text_property(a, "Group and version of this object's schema."));
        if (!value_get(properties, "kind"))
            value_set(a, properties, "kind", text_property(a, "Kind of this object."));
        value_set(a, properties, "metadata", metadata_property(a));
    }
    struct value *gvk = value_map(a), *list = value_list(a);
    value_set(a, gvk, "group", value_string(a, r->group));
    value_set(a, gvk, "kind", value_string(a, r->kind));
    value_set(a, gvk, "version", value_string(a, r->version));
    value_append(a, list, gvk);
    value_set(a, model, "x-kubernetes-group-version-kind", list);
    return model;
}
