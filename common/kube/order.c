// SPDX-License-Identifier: Apache-2.0
/* The order in which objects are applied, and the inventory that remembers them.
 * Flux: pkg/ssa/sort.go (ReconcileOrder); cli-utils/pkg/object (ObjMetadata.String, ParseObjMetadata);
 *       kustomize-controller/internal/inventory */
#include "common/kube/apply.h"

#include "common/base/buf.h"
#include "common/base/map.h"

static const char *const first_kinds[] = {
    "CustomResourceDefinition",
    "Namespace",
    "ClusterRole",
    "ClusterClass",
    "RuntimeClass",
    "PriorityClass",
    "StorageClass",
    "VolumeSnapshotClass",
    "IngressClass",
    "GatewayClass",
    "ClusterRoleBinding",
    "ResourceQuota",
    "ServiceAccount",
    "Role",
    "RoleBinding",
    "ConfigMap",
    "Secret",
    "Service",
    "LimitRange",
    "Deployment",
    "StatefulSet",
    "CronJob",
    "PodDisruptionBudget",
};
static const char *const last_kinds[] = { "MutatingWebhookConfiguration", "ValidatingWebhookConfiguration" };

int apply_rank(const char *kind) {
    for (size_t i = 0; i < countof(first_kinds); i++)
        if (text_eq(first_kinds[i], kind))
            return (int)i - (int)countof(first_kinds);
    for (size_t i = 0; i < countof(last_kinds); i++)
        if (text_eq(last_kinds[i], kind))
            return (int)i + 1;
    return 0;
}

static struct str group_of(const struct value *o) {
    struct str api_version = str_of(object_api_version(o));
    ptrdiff_t slash = str_chr(api_version, '/');
    return slash < 0 ? STR("") : str_sub(api_version, 0, (size_t)slash);
}

int apply_compare(const struct value *x, const struct value *y) {
    int rank = apply_rank(object_kind(x)) - apply_rank(object_kind(y));
    int order = rank ? rank : str_cmp(group_of(x), group_of(y));
    order = order ? order : strcmp(object_kind(x), object_kind(y));
    order = order ? order : strcmp(object_ns(x), object_ns(y));
    return order ? order : strcmp(object_name(x), object_name(y));
}

static int compare_slots(const void *x, const void *y) {
    return apply_compare(*(struct value *const *)x, *(struct value *const *)y);
}

void apply_sort(struct value *objects) {
    if (value_len(objects) > 1)
        qsort(objects->list.items, objects->list.n, sizeof *objects->list.items, compare_slots);
}

static int compare_items(const void *vx, const void *vy) {
    const struct delete_item *x = vx, *y = vy;
    int rank = apply_rank(x->gvk.kind) - apply_rank(y->gvk.kind);
    int order = rank ? rank : strcmp(x->gvk.group, y->gvk.group);
    order = order ? order : strcmp(x->gvk.kind, y->gvk.kind);
    order = order ? order : strcmp(x->ns, y->ns);
    return order ? order : strcmp(x->name, y->name);
}

void delete_sort(struct delete_item *items, size_t n) {
    if (n > 1)
        qsort(items, n, sizeof *items, compare_items);
}

/* ---- change sets ---- */

const char *change_action_name(enum change_action action) {
    switch (action) {
    case CHANGE_CREATED: return "created";
    case CHANGE_CONFIGURED: return "configured";
    case CHANGE_UNCHANGED: return "unchanged";
    case CHANGE_DELETED: return "deleted";
    case CHANGE_SKIPPED: return "skipped";
    case CHANGE_UNKNOWN: return "unknown";
    }
    return "unknown";
}

void change_set_add(struct arena *a, struct change_set *set, struct change c) {
    set->items = arena_grow(a, set->items, &set->cap, set->n + 1, sizeof *set->items);
    set->items[set->n++] = c;
}

char *change_set_text(struct arena *a, const struct change_set *set, unsigned actions) {
    struct buf b = { 0 };
    for (size_t i = 0; i < set->n; i++)
        if (actions & 1u << set->items[i].action)
            buf_fmt(&b, "%s%s %s", b.n ? "\n" : "", set->items[i].subject,
                    change_action_name(set->items[i].action));
    return (char *)buf_to_arena(&b, a).p;
}

/* ---- inventory ---- */

// Only names of these kinds may have a colon, which an id cannot have.
static bool has_colon_names(const char *group, const char *kind) {
    return text_eq(group, "rbac.authorization.k8s.io") &&
           (text_eq(kind, "Role") || text_eq(kind, "ClusterRole") || text_eq(kind, "RoleBinding") ||
            text_eq(kind, "ClusterRoleBinding"));
}

static char *replace_text(struct arena *a, const char *text, const char *what, const char *with) {
    struct buf b = { 0 };
    for (const char *hit; (hit = strstr(text, what)); text = hit + strlen(what)) {
        buf_add(&b, text, (size_t)(hit - text));
        buf_puts(&b, with);
    }
    buf_puts(&b, text);
    return (char *)buf_to_arena(&b, a).p;
}

char *inventory_id(struct arena *a, const struct kube_gvk *gvk, const char *ns, const char *name) {
    const char *written = has_colon_names(gvk->group, gvk->kind) ? replace_text(a, name, ":", "__") : name;
    return arena_fmt(a, "%s_%s_%s_%s", ns, written, gvk->group, gvk->kind);
}

bool inventory_parse(struct arena *a, const char *id, const char *version, struct delete_item *out) {
    // From both ends: the namespace ends at the first "_", kind and group begin at the last two; the name may have more.
    struct str text = str_of(id);
    ptrdiff_t ns_end = str_chr(text, '_'), kind_at = str_rchr(text, '_');
    if (ns_end < 0 || kind_at <= ns_end)
        return false;
    struct str rest = str_sub(text, 0, (size_t)kind_at);
    ptrdiff_t group_at = str_rchr(rest, '_');
    if (group_at <= ns_end)
        return false;
    struct str name = str_sub(text, (size_t)ns_end + 1, (size_t)group_at);
    struct delete_item item = {
        .gvk = {
            .group = arena_text(a, id + group_at + 1, (size_t)(kind_at - group_at - 1)),
            .version = arena_strdup(a, version),
            .kind = arena_strdup(a, id + kind_at + 1),
        },
        .ns = arena_text(a, id, (size_t)ns_end),
        .name = arena_text(a, name.p, name.n),
    };
    if (text_empty(item.name) || text_empty(item.gvk.kind))
        return false;
    if (has_colon_names(item.gvk.group, item.gvk.kind))
        item.name = replace_text(a, item.name, "__", ":");
    *out = item;
    return true;
}

static void add_entry(struct arena *a, struct value *entries, const char *id, const char *version) {
    struct value *entry = value_map(a);
    value_set(a, entry, "id", value_string(a, id));
    value_set(a, entry, "v", value_string(a, version));
    value_append(a, entries, entry);
}

struct value *inventory_of(struct arena *a, const struct change_set *set) {
    struct value *inventory = value_map(a), *entries = value_list(a);
    for (size_t i = 0; i < set->n; i++) {
        const struct change *c = &set->items[i];
        add_entry(a, entries, inventory_id(a, &c->gvk, c->ns, c->name), c->gvk.version);
    }
    value_set(a, inventory, "entries", entries);
    return inventory;
}

void inventory_add(struct arena *a, struct value *inventory, const struct delete_item *item) {
    struct value *entries = value_get(inventory, "entries");
    const char *id = inventory_id(a, &item->gvk, item->ns, item->name);
    for (size_t i = 0; i < value_len(entries); i++)
        if (text_eq(value_text(value_get(value_item(entries, i), "id"), ""), id))
            return;
    add_entry(a, entries, id, item->gvk.version);
}

size_t inventory_items(struct arena *a, const struct value *inventory, struct delete_item **out) {
    return inventory_diff(a, inventory, NULL, out);
}

size_t inventory_diff(struct arena *a, const struct value *before, const struct value *after,
                      struct delete_item **out) {
    const struct value *old = value_get(before, "entries"), *new = value_get(after, "entries");
    automap kept = { 0 };
    static char present;
    for (size_t i = 0; value_is(new, VALUE_LIST) && i < value_len(new); i++)
        map_set(&kept, value_text(value_get(value_item(new, i), "id"), ""), &present);
    struct delete_item *items = arena_array(a, struct delete_item, value_len(old) + 1);
    size_t n = 0;
    for (size_t i = 0; value_is(old, VALUE_LIST) && i < value_len(old); i++) {
        const struct value *entry = value_item(old, i);
        const char *id = value_text(value_get(entry, "id"), "");
        if (!map_has(&kept, id) && inventory_parse(a, id, value_text(value_get(entry, "v"), ""), &items[n]))
            n++;
    }
    delete_sort(items, n);
    *out = items;
    return n;
}
