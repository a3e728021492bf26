// SPDX-License-Identifier: Apache-2.0
/* Types: the built-in table and the OpenAPI file of the user behind one interface. */
#include "common/kustomize/schema.h"
#include "common/kustomize/decode.h"
#include "common/kustomize/schema_types.h"
#include "common/value/json.h"
#include "common/value/yaml.h"

enum parse_status { NOT_PARSED, DELAYED, PARSED };

struct kz_schema_state {
    const char *version; // "" = default, "custom" = from a file
    const struct str *file;
    bool ready;
    enum parse_status
        builtin;        // as upstream: asked for the scope of an unknown type = will be parsed when needed
    bool builtin_first; // the built-in types were there before the file, which then wins
    const struct value *definitions, *paths;
};

void kz_schema_init(struct kz *kz) {
    kz->schema = arena_new(kz->a, struct kz_schema_state);
    kz->schema->version = "";
    kz->schema->builtin = kz->opt->openapi_adds ? DELAYED : NOT_PARSED;
}

bool kz_schema_set(struct kz *kz, const char *version, const struct str *file, bool reset, struct err *err) {
    struct kz_schema_state *s = kz->schema;
    if ((*s->version || s->file) && !reset)
        return true;
    if (file) {
        if (version)
            return err_set(err, ERR_INVALID, "builtin version and custom schema provided, cannot use both");
        s->file = file;
        s->version = "custom";
        s->ready = false;
        return true;
    }
    s->version = version ? version : "";
    if (!*s->version)
        return true;
    if (strcmp(s->version, "v1.21.2"))
        return err_set(err, ERR_INVALID, "the specified OpenAPI version is not built in");
    s->file = NULL;
    s->ready = false;
    return true;
}

static bool read_file(struct kz *kz, struct value **out, struct err *err) {
    return kz_read_data(kz, *kz->schema->file, '{', out, err);
}

static void prepare(struct kz *kz) {
    struct kz_schema_state *s = kz->schema;
    if (s->ready)
        return;
    s->ready = true;
    if (s->file) {
        struct err err = { .a = kz->a };
        struct value *v = NULL;
        s->builtin_first = s->builtin == PARSED;
        if (!read_file(kz, &v, &err))
            kz->broken = arena_fmt(kz->a, "invalid schema file: %s", err.msg);
        s->definitions = value_get(v, "definitions");
        s->paths = value_get(v, "paths");
    } else {
        s->builtin = PARSED;
    }
    if (s->builtin == DELAYED)
        s->builtin = PARSED;
}

/* ---- scope ---- */
static bool gvk_matches(const struct value *ext, const char *group, const char *version, const char *kind) {
    return !strcmp(value_text(value_get(ext, "group"), ""), group) &&
           !strcmp(value_text(value_get(ext, "version"), ""), version) &&
           !strcmp(value_text(value_get(ext, "kind"), ""), kind);
}

static bool custom_cluster_scoped(const struct value *paths, const struct kz_gvk *g) {
    bool found = false;
    for (size_t i = 0; value_is(paths, VALUE_MAP) && i < paths->map.n; i++) {
        const struct value *ext =
            value_at(paths->map.pairs[i].value, "get", "x-kubernetes-group-version-kind", NULL);
        if (!gvk_matches(ext, g->group, g->version, g->kind))
            continue;
        if (strstr(paths->map.pairs[i].key.p, "namespaces/{namespace}"))
            return false;
        found = true;
    }
    return found;
}

bool kz_schema_cluster_scoped(struct kz *kz, const struct kz_gvk *g) {
    struct kz_schema_state *s = kz->schema;
    bool namespaced;
    if (kz_gvk_builtin_scope(g->group, g->version, g->kind, &namespaced))
        return !namespaced;
    if (!s->ready && !s->file && s->builtin == NOT_PARSED)
        s->builtin = DELAYED;
    if (!s->file)
        return false;
    prepare(kz);
    return custom_cluster_scoped(s->paths, g);
}

/* ---- types ---- */
static bool word_in(const char *list, const char *word) {
    struct str rest = str_of(list), item;
    while (str_split(&rest, ' ', &item))
        if (str_is(item, word))
            return true;
    return false;
}

static struct kz_schema builtin_type(const char *group, const char *version, const char *kind) {
    for (size_t i = 0; i < kz_n_known_kinds; i++) {
        const struct kz_known_kinds *k = &kz_known_kinds[i];
        if (!strcmp(k->group, group) && word_in(k->versions, version) && word_in(k->kinds, kind))
            return (struct kz_schema) { .builtin = k->type ? k->type : "object", .shape = 'o' };
    }
    return (struct kz_schema) { 0 };
}

static struct kz_schema custom_type(struct kz *kz, const char *group, const char *version, const char *kind) {
    const struct value *defs = kz->schema->definitions;
    for (size_t i = 0; value_is(defs, VALUE_MAP) && i < defs->map.n; i++) {
        const struct value *def = defs->map.pairs[i].value,
                           *gvks = value_get(def, "x-kubernetes-group-version-kind");
        for (size_t j = 0; j < value_len(gvks); j++)
            if (gvk_matches(value_item(gvks, j), group, version, kind))
                return (struct kz_schema) { .custom = def };
    }
    return (struct kz_schema) { 0 };
}

struct kz_schema kz_schema_of_type(struct kz *kz, const char *api_version, const char *kind) {
    struct arena_mark m = arena_mark(kz->a);
    struct kz_gvk g = kz_gvk_of(kz->a, api_version, kind);
    struct kz_schema_state *s = kz->schema;
    bool was_ready = s->ready;
    prepare(kz);
    struct kz_schema found = { 0 };
    if (s->file && s->builtin_first)
        found = custom_type(kz, g.group, g.version, kind);
    if (kz_schema_none(&found) && s->builtin == PARSED)
        found = builtin_type(g.group, g.version, kind);
    if (kz_schema_none(&found) && s->file)
        found = custom_type(kz, g.group, g.version, kind);
    if (was_ready)
        arena_rewind(kz->a, m);
    return found;
}

static bool builtin_has(const char *type) {
    for (size_t i = 0; i < kz_n_type_fields; i++)
        if (!strcmp(kz_type_fields[i].type, type))
            return true;
    return false;
}

// Follows $ref; at most 64 steps.
static struct kz_schema resolved(struct kz *kz, const struct value *v) {
    for (int hops = 0; hops < 64; hops++) {
        const char *ref = value_text(value_get(v, "$ref"), "");
        if (!*ref)
            return (struct kz_schema) { .custom = v };
        if (strncmp(ref, "#/definitions/", 14))
            return (struct kz_schema) { 0 };
        const char *name = ref + 14;
        const struct value *own = value_get(kz->schema->definitions, name);
        bool builtin = kz->schema->builtin == PARSED && builtin_has(name);
        if (builtin && (!own || !kz->schema->builtin_first))
            return (struct kz_schema) { .builtin = arena_strdup(kz->a, name), .shape = 'o' };
        if (!own)
            return (struct kz_schema) { 0 };
        v = own;
    }
    return (struct kz_schema) { 0 };
}

static struct kz_schema builtin_field(const struct kz_schema *s, struct str field) {
    static const char *const with_metadata[] = { "conditions",
                                                 "io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta" };
    if (s->shape != 'o' || !*s->builtin)
        return (struct kz_schema) { .builtin = "", .shape = 'o' };
    for (size_t i = 0; i < kz_n_type_fields; i++) {
        const struct kz_type_field *f = &kz_type_fields[i];
        if (str_is(field, f->field) && !strcmp(f->type, s->builtin))
            return (struct kz_schema) { .builtin = f->target, .keys = f->keys, .shape = f->shape };
    }
    bool meta = str_is(field, "metadata") && strcmp(s->builtin, with_metadata[0]) &&
                strcmp(s->builtin, with_metadata[1]);
    return (struct kz_schema) { .builtin = meta ? with_metadata[1] : "", .shape = 'o' };
}

struct kz_schema kz_schema_field(struct kz *kz, const struct kz_schema *s, struct str field) {
    if (kz_schema_none(s))
        return *s;
    if (s->builtin)
        return builtin_field(s, field);
    const struct value *v = value_get_n(value_get(s->custom, "properties"), field);
    if (!v) {
        v = value_get(s->custom, "additionalProperties");
        if (!value_is(v, VALUE_MAP))
            return (struct kz_schema) { 0 };
    }
    return resolved(kz, v);
}

struct kz_schema kz_schema_items(struct kz *kz, const struct kz_schema *s) {
    if (s->builtin)
        return s->shape == 'l' ? (struct kz_schema) { .builtin = s->builtin, .shape = 'o' }
                               : (struct kz_schema) { 0 };
    const struct value *type = value_get(s->custom, "type"), *items = value_get(s->custom, "items");
    if (value_is(type, VALUE_LIST) && value_len(type) == 1)
        type = value_item(type, 0);
    if (!items || strcmp(value_text(type, ""), "array"))
        return (struct kz_schema) { 0 };
    return resolved(kz, items);
}

static bool add_key(const char **keys, size_t max, size_t *n, const char *key) {
    if (*n < max)
        keys[(*n)++] = key;
    return true;
}

static bool custom_merges(const struct value *v, const char **keys, size_t max, size_t *n) {
    const char *strategy = value_text(value_get(v, "x-kubernetes-patch-strategy"), NULL);
    if (!strategy)
        return false;
    struct str rest = str_of(strategy), item;
    bool merge = false;
    while (str_split(&rest, ',', &item))
        merge |= str_is(item, "merge");
    const struct value *list = value_get(v, "x-kubernetes-list-map-keys");
    const char *key = value_text(value_get(v, "x-kubernetes-patch-merge-key"), NULL);
    for (size_t i = 0; i < value_len(list); i++)
        add_key(keys, max, n, value_text(value_item(list, i), ""));
    if (!list && key)
        add_key(keys, max, n, key);
    return merge;
}

// The table's keys are constants; each combination that occurs, split.
static const struct {
    const char *keys, *first, *second;
} key_pairs[] = {
    { "containerPort protocol", "containerPort", "protocol" },
    { "port protocol", "port", "protocol" },
    { "topologyKey whenUnsatisfiable", "topologyKey", "whenUnsatisfiable" },
};

bool kz_schema_merges(const struct kz_schema *s, const char **out_keys, size_t max, size_t *out_n) {
    *out_n = 0;
    if (s->custom)
        return custom_merges(s->custom, out_keys, max, out_n);
    if (!s->builtin || !s->keys)
        return false;
    if (!*s->keys)
        return true;
    for (size_t i = 0; i < countof(key_pairs); i++)
        if (!strcmp(key_pairs[i].keys, s->keys))
            return add_key(out_keys, max, out_n, key_pairs[i].first) &&
                   add_key(out_keys, max, out_n, key_pairs[i].second);
    return add_key(out_keys, max, out_n, s->keys);
}
