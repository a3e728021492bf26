// SPDX-License-Identifier: Apache-2.0
// The controller of CRDs: names, conditions, rows of the registry, removal.
#include "deploy/local/sandbox/crd.h"

#include "common/base/timeutil.h"
#include "common/value/json.h"
#include "deploy/local/sandbox/crd_condition.h"

#define CRD_KEY "customresourcedefinitions.apiextensions.k8s.io"

// One built state of a CRD. Rows may be looked at by streams that outlive it, so states are only freed at the end.
struct crd_state {
    struct arena a;
    struct resource *rows; // served versions
    struct crd_version *versions;
    size_t n;
    struct value *spec; // what the rows were made from
    struct crd_state *older;
};

struct crd_entry {
    char *key;               // of the custom resources: plural.group
    struct crd_state *state; // NULL: not served
    bool terminating;
};

struct crds {
    struct sandbox *sb;
    struct map entries; // CRD name -> struct crd_entry
    struct crd_state *retired;
};

/* ---- conditions ---- */

static struct value *condition_of(const struct value *crd, const char *type) {
    const struct value *list = value_at(crd, "status", "conditions", NULL);
    for (size_t i = 0; i < value_len(list); i++)
        if (text_eq(value_text(value_get(value_item(list, i), "type"), ""), type))
            return value_item(list, i);
    return NULL;
}

bool crd_condition_is(const struct value *crd, const char *type) {
    return text_eq(value_text(value_get(condition_of(crd, type), "status"), ""), "True");
}

bool crd_condition_set(struct arena *a, struct value *crd, const char *type, bool status, const char *reason,
                       const char *message, int64_t now_ns) {
    struct value *holder = value_ensure(a, crd, "status", NULL), *c = condition_of(crd, type);
    const char *text = status ? "True" : "False";
    bool same_status = text_eq(value_text(value_get(c, "status"), ""), text);
    if (!holder || (same_status && text_eq(value_text(value_get(c, "reason"), ""), reason) &&
                    text_eq(value_text(value_get(c, "message"), ""), message)))
        return false;
    if (!value_is(value_get(holder, "conditions"), VALUE_LIST))
        value_set(a, holder, "conditions", value_list(a));
    if (!c) {
        c = value_map(a);
        value_append(a, value_get(holder, "conditions"), c);
    }
    if (!same_status)
        value_set(a, c, "lastTransitionTime", value_string(a, time_fmt_rfc3339(a, now_ns)));
    value_set(a, c, "message", value_string(a, message));
    value_set(a, c, "reason", value_string(a, reason));
    value_set(a, c, "status", value_string(a, text));
    value_set(a, c, "type", value_string(a, type));
    return true;
}

/* ---- rows ---- */

static const char *const *texts_of(struct arena *a, const struct value *list) {
    if (!value_len(list))
        return NULL;
    const char **out = arena_array(a, const char *, value_len(list) + 1);
    for (size_t i = 0; i < value_len(list); i++)
        out[i] = value_text(value_item(list, i), "");
    return out;
}

static void columns_of(struct arena *a, const struct value *list, struct resource *r) {
    struct column *columns = arena_array(a, struct column, value_len(list));
    for (size_t i = 0; i < value_len(list); i++) {
        const struct value *json = value_item(list, i);
        columns[i] = (struct column) {
            .name = value_text(value_get(json, "name"), ""),
            .type = value_text(value_get(json, "type"), "string"),
            .format = value_text(value_get(json, "format"), ""),
            .json_path = value_text(value_get(json, "jsonPath"), ""),
            .description = value_text(value_get(json, "description"), ""),
            .priority = (int)value_int_or(value_get(json, "priority"), 0),
        };
    }
    r->columns = value_len(list) ? columns : NULL;
    r->n_columns = value_len(list);
}

static const char *deprecation_of(struct arena *a, const struct value *spec, const struct value *version) {
    if (!value_bool_or(value_get(version, "deprecated"), false))
        return NULL;
    const char *text = value_text(value_get(version, "deprecationWarning"), NULL);
    return text ? text
                : arena_fmt(a, "%s/%s %s is deprecated", value_text(value_get(spec, "group"), ""),
                            value_text(value_get(version, "name"), ""),
                            value_text(value_at(spec, "names", "kind", NULL), ""));
}

static void row_make(struct crd_state *s, const struct value *version, struct resource *r,
                     struct crd_version *v) {
    const struct value *names = value_get(s->spec, "names"), *sub = value_get(version, "subresources"),
                       *scale = value_get(sub, "scale");
    struct arena *a = &s->a;
    struct field_errors fe = { .a = a };
    v->schema = schema_compile(a, value_at(version, "schema", "openAPIV3Schema", NULL), "schema", NULL, &fe);
    v->has_status = value_get(sub, "status");
    *r = (struct resource) {
        .group = value_text(value_get(s->spec, "group"), ""),
        .version = value_text(value_get(version, "name"), ""),
        .kind = value_text(value_get(names, "kind"), ""),
        .list_kind = value_text(value_get(names, "listKind"), ""),
        .plural = value_text(value_get(names, "plural"), ""),
        .singular = value_text(value_get(names, "singular"), ""),
        .short_names = texts_of(a, value_get(names, "shortNames")),
        .categories = texts_of(a, value_get(names, "categories")),
        .namespaced = text_eq(value_text(value_get(s->spec, "scope"), ""), "Namespaced"),
        .verbs = VERBS_ALL,
        .subresources = (v->has_status ? SUB_STATUS : 0) | (scale ? SUB_SCALE : 0),
        .flags = RES_ALL_GENERATION,
        .name_rule = NAME_SUBDOMAIN,
        .crd = v,
        .deprecation = deprecation_of(a, s->spec, version),
        .scale_spec_path = value_text(value_get(scale, "specReplicasPath"), NULL),
        .scale_status_path = value_text(value_get(scale, "statusReplicasPath"), NULL),
        .scale_selector_path = value_text(value_get(scale, "labelSelectorPath"), NULL),
    };
    r->key = arena_fmt(a, "%s.%s", r->plural, r->group);
    columns_of(a, value_get(version, "additionalPrinterColumns"), r);
}

static struct crd_state *state_new(const struct value *spec) {
    struct crd_state *s = calloc(1, sizeof *s);
    if (!s)
        abort();
    s->spec = value_copy(&s->a, spec);
    const struct value *versions = value_get(s->spec, "versions");
    s->rows = arena_array(&s->a, struct resource, value_len(versions));
    s->versions = arena_array(&s->a, struct crd_version, value_len(versions));
    for (size_t i = 0; i < value_len(versions); i++) {
        const struct value *version = value_item(versions, i);
        if (!value_bool_or(value_get(version, "served"), false))
            continue;
        row_make(s, version, &s->rows[s->n], &s->versions[s->n]);
        if (s->versions[s->n].schema) // it was checked when it was written
            s->n++;
    }
    return s;
}

static void state_retire(struct crds *c, struct crd_entry *e) {
    struct crd_state *s = e->state;
    if (!s)
        return;
    for (size_t i = 0; i < s->n; i++)
        registry_remove(c->sb->registry, &s->rows[i]);
    s->older = c->retired;
    c->retired = s;
    e->state = NULL;
}

static void state_serve(struct crds *c, struct crd_entry *e, const struct value *crd) {
    const struct value *spec = value_get(crd, "spec");
    if (!e->state || !value_equal(e->state->spec, spec)) {
        state_retire(c, e);
        e->state = state_new(spec);
        for (size_t i = 0; i < e->state->n; i++)
            registry_add(c->sb->registry, &e->state->rows[i]);
    }
    for (size_t i = 0; i < e->state->n; i++)
        e->state->versions[i].terminating = e->terminating;
}

/* ---- names ---- */

// Is the name taken by another CRD or a built-in kind of the group? Resources and kinds are told apart.
static bool is_taken(const struct crds *c, const struct value *crd, const char *name, bool kinds) {
    const char *group = value_text(value_at(crd, "spec", "group", NULL), ""),
               *own = value_text(value_at(crd, "spec", "names", "plural", NULL), "");
    const struct resource *r;
    for (size_t i = 0; !text_empty(name) && (r = registry_next(c->sb->registry, &i));) {
        if (!text_eq(r->group, group) || text_eq(r->plural, own))
            continue;
        if (kinds ? text_eq(r->kind, name) || text_eq(r->list_kind, name)
                  : text_eq(r->plural, name) || text_eq(r->singular, name))
            return true;
        for (size_t k = 0; !kinds && r->short_names && r->short_names[k]; k++)
            if (text_eq(r->short_names[k], name))
                return true;
    }
    return false;
}

// NULL: all can be accepted; else the reason, with *name.
static const char *names_conflict(const struct crds *c, const struct value *crd, const char **name) {
    static const struct {
        const char *key, *reason;
        bool kind;
    } rows[] = { { "listKind", "ListKindConflict", true },
                 { "kind", "KindConflict", true },
                 { "singular", "SingularConflict", false },
                 { "plural", "PluralConflict", false } };
    const struct value *names = value_at(crd, "spec", "names", NULL),
                       *shorts = value_get(names, "shortNames");
    for (size_t i = 0; i < countof(rows); i++) {
        *name = value_text(value_get(names, rows[i].key), "");
        if (is_taken(c, crd, *name, rows[i].kind))
            return rows[i].reason;
    }
    for (size_t i = 0; i < value_len(shorts); i++) {
        *name = value_text(value_item(shorts, i), "");
        if (is_taken(c, crd, *name, false))
            return "ShortNamesConflict";
    }
    return NULL;
}

// true: the status changed.
static bool names_accept(struct crds *c, struct arena *a, struct value *crd) {
    int64_t now = sandbox_now_ns(c->sb);
    const char *name = "", *reason = names_conflict(c, crd, &name);
    if (reason) {
        bool changed = crd_condition_set(a, crd, "NamesAccepted", false, reason,
                                         arena_fmt(a, "\"%s\" is already in use", name), now);
        if (!crd_condition_is(crd, "Established"))
            changed |= crd_condition_set(a, crd, "Established", false, "NotAccepted",
                                         "not all names are accepted", now);
        return changed;
    }
    bool changed = crd_condition_set(a, crd, "NamesAccepted", true, "NoConflicts", "no conflicts found", now);
    if (!crd_condition_is(crd, "Established"))
        changed |= crd_condition_set(a, crd, "Established", true, "InitialNamesAccepted",
                                     "the initial names have been accepted", now);
    struct value *names = value_at(crd, "spec", "names", NULL), *status = value_get(crd, "status");
    if (!value_equal(value_get(status, "acceptedNames"), names)) {
        value_set(a, status, "acceptedNames", value_copy(a, names));
        changed = true;
    }
    return changed;
}

/* ---- writing back ---- */

static const struct resource *crd_resource(const struct crds *c) {
    return registry_find(c->sb->registry, "apiextensions.k8s.io", "v1", "customresourcedefinitions");
}

static void write_back(struct crds *c, struct arena *a, struct value *crd, const char *subresource) {
    struct write_options o = { .manager = "kube-apiserver", .subresource = subresource, .internal = true };
    struct status st = { .a = a };
    struct value *out;
    const char *name = value_text(value_at(crd, "metadata", "name", NULL), "");
    if (!sandbox_update(c->sb, a, crd_resource(c), "", name, value_copy(a, crd), &o, &out, &st))
        return; // somebody wrote in between: their change comes here next
    *crd = *out;
}

/* ---- removal ---- */

static bool delete_instances(struct crds *c, struct arena *a, const struct crd_entry *e) {
    if (!e->state || !e->state->n)
        return true;
    const struct resource *r = &e->state->rows[0];
    struct delete_options o = { .grace_s = -1 };
    struct objects all = storage_list(c->sb->storage, a, e->key, NULL, NULL);
    for (size_t i = 0; i < all.n; i++) {
        struct status st = { .a = a };
        struct value *out;
        (void)!sandbox_delete(c->sb, a, r, all.items[i]->ns, all.items[i]->name, &o, &out, NULL, &st);
    }
    objects_unref(&all);
    return !storage_count(c->sb->storage, e->key);
}

static void finish_removal(struct crds *c, struct arena *a, struct value *crd) {
    struct value *metadata = value_get(crd, "metadata"), *finalizers = value_get(metadata, "finalizers");
    if (crd_condition_set(a, crd, "Terminating", false, "InstanceDeletionCompleted", "removed all instances",
                          sandbox_now_ns(c->sb)))
        write_back(c, a, crd, "status");
    metadata = value_get(crd, "metadata");
    finalizers = value_get(metadata, "finalizers");
    for (size_t i = value_len(finalizers); i-- > 0;)
        if (text_eq(value_text(value_item(finalizers, i), ""), CRD_FINALIZER))
            value_remove_item(finalizers, i);
    write_back(c, a, crd, "");
}

static void terminate(struct crds *c, struct arena *a, struct crd_entry *e, struct value *crd) {
    if (crd_condition_is(crd, "Terminating") && delete_instances(c, a, e)) {
        finish_removal(c, a, crd);
        return;
    }
    if (crd_condition_set(a, crd, "Terminating", true, "InstanceDeletionInProgress",
                          "CustomResource deletion is in progress", sandbox_now_ns(c->sb)))
        write_back(c, a, crd, "status");
}

/* ---- the controller ---- */

static struct crd_entry *entry_of(struct crds *c, const char *name) {
    struct crd_entry *e = map_get(&c->entries, name);
    if (e)
        return e;
    e = calloc(1, sizeof *e);
    if (!e || !(e->key = strdup(name)))
        abort();
    map_set(&c->entries, name, e);
    return e;
}

static void entry_free(struct crd_entry *e) {
    free(e->key);
    free(e);
}

// Looks at one CRD as it is stored now.
static void look(struct crds *c, const char *name) {
    autoarena a = { 0 };
    const struct object *stored = storage_get(c->sb->storage, CRD_KEY, "", name);
    if (!stored)
        return;
    struct crd_entry *e = entry_of(c, name);
    struct value *crd = object_value(&a, stored);
    e->terminating = value_at(crd, "metadata", "deletionTimestamp", NULL);
    if (!e->terminating && names_accept(c, &a, crd))
        write_back(c, &a, crd, "status");
    if (crd_condition_is(crd, "Established"))
        state_serve(c, e, crd);
    if (e->terminating)
        terminate(c, &a, e, crd);
}

static void gone(struct crds *c, const char *name) {
    struct crd_entry *e = map_remove(&c->entries, name);
    if (!e)
        return;
    state_retire(c, e);
    entry_free(e);
    const char *other;
    void *value;
    for (size_t i = 0; map_next(&c->entries, &i, &other, &value);) // names may be free now
        look(c, other);
}

static void hear(void *arg, struct sandbox *sb, const struct change *change) {
    struct crds *c = arg;
    (void)sb;
    if (text_eq(change->now->key, CRD_KEY)) {
        if (change->type == CHANGE_DELETED)
            gone(c, change->now->name);
        else
            look(c, change->now->name);
        return;
    }
    const struct crd_entry *e =
        change->type == CHANGE_DELETED ? map_get(&c->entries, change->now->key) : NULL;
    if (e && e->terminating) // the CRD's name is the resource's key
        look(c, change->now->key);
}

struct crds *crds_new(struct sandbox *sb) {
    struct crds *c = calloc(1, sizeof *c);
    if (!c)
        abort();
    c->sb = sb;
    sandbox_controller_add(sb, hear, c);
    return c;
}

void crds_free(struct crds *c) {
    const char *name;
    void *value;
    if (!c)
        return;
    for (size_t i = 0; map_next(&c->entries, &i, &name, &value);) {
        state_retire(c, value);
        entry_free(value);
    }
    for (struct crd_state *s = c->retired, *older; s; s = older) {
        older = s->older;
        arena_done(&s->a);
        free(s);
    }
    map_done(&c->entries);
    free(c);
}

void crds_load(struct crds *c) {
    autoarena a = { 0 };
    struct objects all = storage_list(c->sb->storage, &a, CRD_KEY, NULL, NULL);
    for (size_t i = 0; i < all.n; i++)
        look(c, all.items[i]->name);
    objects_unref(&all);
}
