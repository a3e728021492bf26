// SPDX-License-Identifier: Apache-2.0
/* Does the server's dry run differ from what is there; ignored paths; and what other field managers left behind.
 * Flux: pkg/ssa/manager_diff.go (hasDrifted), manager_apply.go (ignore rules), patch.go (field managers) */
#include "common/kube/apply.h"
#include "common/value/json.h"
#include "common/value/patch.h"

/* ---- clean-up ---- */

static void add_remove(struct arena *a, struct value *ops, const char *base, const char *key) {
    struct value *op = value_map(a);
    value_set(a, op, "op", value_string(a, "remove"));
    value_set(a, op, "path", value_string(a, pointer_append(a, base, str_of(key))));
    value_append(a, ops, op);
}

/* Union of two fieldsV1 tries. A path that is a member and has children says so with a "." among them; without children it is {}. */
static struct value *fields_union(struct arena *a, const struct value *x, const struct value *y) {
    struct value *out = value_map(a);
    const struct value *both[] = { x, y };
    bool member = (x && !value_len(x)) || (y && !value_len(y));
    for (size_t side = 0; side < 2; side++)
        for (size_t i = 0; i < value_len(both[side]); i++) {
            const struct value_pair *p = &both[side]->map.pairs[i];
            if (str_is(p->key, "."))
                member = true;
            else if (!value_get_n(out, p->key))
                value_set_n(a, out, p->key, fields_union(a, value_get_n(x, p->key), value_get_n(y, p->key)));
        }
    if (member && value_len(out))
        value_set(a, out, ".", value_map(a));
    return out;
}

static const char *entry_text(const struct value *entry, const char *key) {
    return value_text(value_get(entry, key), "");
}

// The managers whose fields become ours. Names are prefixes.
static bool is_taken_over(const struct value *entry, const struct apply_options *o) {
    static const struct {
        const char *manager, *operation;
    } managers[] = { { "kubectl", "Apply" }, { "kubectl", "Update" }, { "before-first-apply", "Update" } };
    const char *manager = entry_text(entry, "manager"), *operation = entry_text(entry, "operation");
    if (!text_empty(entry_text(entry, "subresource")))
        return false;
    for (size_t i = 0; i < countof(managers); i++)
        if (text_starts(manager, managers[i].manager) && text_eq(operation, managers[i].operation))
            return true;
    if (text_starts(manager, o->manager) && text_eq(operation, "Update"))
        return true;
    for (size_t i = 0; o->override_managers && o->override_managers[i]; i++)
        if (text_starts(manager, o->override_managers[i]) &&
            (text_eq(operation, "Apply") || text_eq(operation, "Update")))
            return true;
    return false;
}

static void merge_entry(struct arena *a, struct value *ours, const struct value *entry) {
    struct value *fields = value_get(ours, "fieldsV1"), *more = value_get(entry, "fieldsV1");
    if (more)
        value_set(a, ours, "fieldsV1", fields ? fields_union(a, fields, more) : value_copy(a, more));
}

// The new managedFields; NULL: they stay.
static struct value *taken_over(struct arena *a, const struct value *live, const struct apply_options *o) {
    const struct value *entries = value_at(live, "metadata", "managedFields", NULL);
    const struct value *own = NULL;
    bool edited = false;
    for (size_t i = 0; i < value_len(entries); i++)
        if (text_eq(entry_text(value_item(entries, i), "manager"), o->manager) &&
            text_eq(entry_text(value_item(entries, i), "operation"), "Apply"))
            own = value_item(entries, i);
    struct value *ours = own ? value_copy(a, own) : NULL, *rest = value_list(a);
    for (size_t i = 0; i < value_len(entries); i++) {
        const struct value *entry = value_item(entries, i);
        if (entry == own)
            continue;
        if (!is_taken_over(entry, o)) {
            value_append(a, rest, value_copy(a, entry));
            continue;
        }
        edited = true;
        if (ours) {
            merge_entry(a, ours, entry);
            continue;
        }
        ours = value_copy(a, entry); // the first one becomes ours
        value_set(a, ours, "manager", value_string(a, o->manager));
        value_set(a, ours, "operation", value_string(a, "Apply"));
    }
    if (!edited)
        return NULL;
    value_append(a, rest, ours);
    return rest;
}

struct value *apply_cleanup_patch(struct arena *a, const struct value *live, const struct apply_options *o) {
    static const char *const annotations[] = { "kubectl.kubernetes.io/last-applied-configuration",
                                               "kustomize.toolkit.fluxcd.io/checksum",
                                               "fluxcd.io/sync-checksum" };
    struct value *ops = value_list(a);
    for (size_t i = 0; i < countof(annotations); i++)
        if (object_annotation(live, annotations[i]))
            add_remove(a, ops, "/metadata/annotations", annotations[i]);
    if (object_label(live, "fluxcd.io/sync-gc-mark"))
        add_remove(a, ops, "/metadata/labels", "fluxcd.io/sync-gc-mark");
    struct value *entries = taken_over(a, live, o);
    if (entries) {
        struct value *op = value_map(a);
        value_set(a, op, "op", value_string(a, "replace"));
        value_set(a, op, "path", value_string(a, "/metadata/managedFields"));
        value_set(a, op, "value", entries);
        value_append(a, ops, op);
    }
    return value_len(ops) ? ops : NULL;
}

/* ---- ignored paths ---- */

static struct str next_token(struct arena *a, const char **pointer) {
    const char *start = *pointer + 1, *end = strchr(start, '/');
    size_t n = end ? (size_t)(end - start) : strlen(start);
    char *token = arena_alloc(a, n + 1);
    size_t out = 0;
    for (size_t i = 0; i < n; i++) {
        bool escape = start[i] == '~' && i + 1 < n && (start[i + 1] == '0' || start[i + 1] == '1');
        token[out++] = escape ? (start[++i] == '0' ? '~' : '/') : start[i];
    }
    *pointer = start + n;
    return str_make(token, out);
}

static void pointer_remove(struct arena *a, struct value *v, const char *pointer) {
    while (v && *pointer == '/') {
        struct str token = next_token(a, &pointer);
        uint64_t index;
        if (*pointer == '/') {
            v = value_is(v, VALUE_LIST) ? (str_to_u64(token, &index) ? value_item(v, index) : NULL)
                                        : value_get_n(v, token);
            continue;
        }
        if (value_is(v, VALUE_MAP))
            value_remove(v, arena_text(a, token.p, token.n));
        else if (value_is(v, VALUE_LIST) && str_to_u64(token, &index) && index < value_len(v))
            value_remove_item(v, index);
        return;
    }
}

static void pointer_replace(struct arena *a, struct value *v, const char *pointer, struct value *with) {
    while (v && *pointer == '/') {
        struct str token = next_token(a, &pointer);
        uint64_t index;
        struct value *child = value_is(v, VALUE_LIST)
                                  ? (str_to_u64(token, &index) ? value_item(v, index) : NULL)
                                  : value_get_n(v, token);
        if (*pointer == '/') {
            v = child;
            continue;
        }
        if (child && value_is(v, VALUE_MAP))
            value_set_n(a, v, token, with);
        else if (child)
            v->list.items[index] = with;
        return;
    }
}

struct fields_entry {
    const char *manager;
    const struct value *fields;
};

// All Apply entries of the main resource.
static size_t apply_entries(struct arena *a, const struct value *live, struct fields_entry **out) {
    const struct value *entries = value_at(live, "metadata", "managedFields", NULL);
    struct fields_entry *list = arena_array(a, struct fields_entry, value_len(entries) + 1);
    size_t n = 0;
    for (size_t i = 0; i < value_len(entries); i++) {
        const struct value *e = value_item(entries, i);
        if (text_empty(entry_text(e, "subresource")) && text_eq(entry_text(e, "operation"), "Apply") &&
            value_get(e, "fieldsV1"))
            list[n++] = (struct fields_entry) { entry_text(e, "manager"), value_get(e, "fieldsV1") };
    }
    *out = list;
    return n;
}

// The k:{...} key under which fieldsV1 has the item; NULL: none.
static const char *item_key(struct arena *a, const struct value *fields, const struct value *item) {
    for (size_t i = 0; i < value_len(fields); i++) {
        struct str key = fields->map.pairs[i].key;
        struct err err = { .a = a };
        struct value *want;
        if (!str_starts(key, "k:") || !json_read(a, str_sub(key, 2, key.n), &want, &err) ||
            !value_is(want, VALUE_MAP))
            continue;
        bool all = true;
        for (size_t j = 0; j < value_len(want); j++) {
            const struct value *have = value_get_n(item, want->map.pairs[j].key);
            all &= have && value_equal(have, want->map.pairs[j].value);
        }
        if (all)
            return key.p;
    }
    return NULL;
}

// Does this trie hold the path that the pointer names in the live object?
static bool fields_have(struct arena *a, const struct value *fields, const struct value *live,
                        const char *pointer) {
    while (fields && *pointer == '/') {
        struct str token = next_token(a, &pointer);
        uint64_t index;
        bool in_list = value_is(live, VALUE_LIST) && str_to_u64(token, &index);
        live = in_list ? value_item(live, index) : value_get_n(live, token);
        const char *key = in_list ? item_key(a, fields, live) : arena_fmt(a, "f:%.*s", (int)token.n, token.p);
        fields = key ? value_get(fields, key) : NULL;
    }
    return fields != NULL;
}

static bool owned_by_another(struct arena *a, const struct value *live, const char *pointer,
                             const char *manager) {
    struct fields_entry *entries;
    size_t n = apply_entries(a, live, &entries);
    for (size_t i = 0; i < n; i++)
        if (!text_eq(entries[i].manager, manager) && fields_have(a, entries[i].fields, live, pointer))
            return true;
    return false;
}

static bool same(const struct value *x, const struct value *y) {
    return (!x && !y) || (x && y && value_equal(x, y));
}

bool apply_ignore(struct arena *a, const struct value *live, const struct value *dry_run,
                  const struct apply_options *o, struct value *payload, struct err *err) {
    for (size_t i = 0; i < o->n_ignore; i++) {
        bool matches;
        if (!apply_target_matches(a, o->ignore[i].target, dry_run, &matches, err))
            return false;
        for (size_t j = 0; matches && o->ignore[i].paths[j]; j++) {
            const char *path = o->ignore[i].paths[j];
            const struct value *now = pointer_get(live, path);
            if (same(now, pointer_get(dry_run, path)))
                continue;
            if (!now || owned_by_another(a, live, path, o->manager))
                pointer_remove(a, payload, path);
            else
                pointer_replace(a, payload, path, value_copy(a, now));
        }
    }
    return true;
}

/* ---- drift ---- */

// A copy of what is compared: everything but metadata and status, without ignored paths.
static bool comparable(struct arena *a, const struct value *o, const struct value *match,
                       const struct apply_options *options, struct value **out, struct err *err) {
    struct value *copy = value_copy(a, o);
    for (size_t i = 0; i < options->n_ignore; i++) {
        bool matches;
        if (!apply_target_matches(a, options->ignore[i].target, match, &matches, err))
            return false;
        for (size_t j = 0; matches && options->ignore[i].paths[j]; j++)
            pointer_remove(a, copy, options->ignore[i].paths[j]);
    }
    *out = copy;
    return true;
}

// Kubernetes before 1.27 repeats metrics in a dry run and adds an empty one.
static void unique_metrics(struct value *hpa) {
    struct value *metrics = value_at(hpa, "spec", "metrics", NULL);
    for (size_t i = 0; value_is(metrics, VALUE_LIST) && i < value_len(metrics);) {
        bool drop = text_empty(value_text(value_get(value_item(metrics, i), "type"), ""));
        for (size_t j = 0; j < i && !drop; j++)
            drop = value_equal(value_item(metrics, i), value_item(metrics, j));
        if (drop)
            value_remove_item(metrics, i);
        else
            i++;
    }
}

static bool same_map(const struct value *x, const struct value *y) {
    return (!value_len(x) && !value_len(y)) || same(x, y);
}

bool apply_drifted(struct arena *a, const struct value *live, const struct value *dry_run,
                   const struct apply_options *options, bool *out, struct err *err) {
    struct value *x, *y;
    *out = true;
    if (text_empty(object_resource_version(dry_run)))
        return true;
    if (!comparable(a, live, dry_run, options, &x, err) || !comparable(a, dry_run, dry_run, options, &y, err))
        return false;
    if (!same_map(value_at(x, "metadata", "labels", NULL), value_at(y, "metadata", "labels", NULL)) ||
        !same_map(value_at(x, "metadata", "annotations", NULL), value_at(y, "metadata", "annotations", NULL)))
        return true;
    struct value *sides[] = { x, y };
    for (size_t i = 0; i < 2; i++) {
        value_remove(sides[i], "metadata");
        value_remove(sides[i], "status");
        if (text_eq(object_kind(sides[i]), "HorizontalPodAutoscaler"))
            unique_metrics(sides[i]);
    }
    *out = !value_equal(x, y);
    return true;
}
