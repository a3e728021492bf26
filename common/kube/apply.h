// SPDX-License-Identifier: Apache-2.0
/* Apply: bring a set of objects into the cluster as Flux does: staged server-side apply, drift decided by the
 * server's dry run.
 *
 * What it is     normalisation of built manifests, stages and order, dry run, clean-up of foreign field
 * managers, drift decision, apply, recreation on immutable fields, deletion with ownership check, inventory
 * ids. What it is not a builder of manifests, nor a health check (kstatus.h). Requests       up to
 * max_in_flight at once within a stage. Per object: GET, dry run, and only when something differs the apply.
 * Threads        workers (it waits for answers). Nothing is shared between two calls.
 * Flux           pkg/ssa: manager_apply.go, manager_delete.go, manager_diff.go, normalize, utils;
 * kustomize-controller inventory
 */
#ifndef KUBE_APPLY_H
#define KUBE_APPLY_H

#include "common/kube/discovery.h"

enum change_action {
    CHANGE_CREATED,
    CHANGE_CONFIGURED,
    CHANGE_UNCHANGED,
    CHANGE_DELETED,
    CHANGE_SKIPPED,
    CHANGE_UNKNOWN
};
const char *change_action_name(enum change_action action); // "created", ...

struct change {
    const char *subject; // "Kind/ns/name"
    struct kube_gvk gvk;
    const char *ns, *name;
    enum change_action action;
};

struct change_set {
    struct change *items;
    size_t n, cap;
};
void change_set_add(struct arena *a, struct change_set *set, struct change c);
/* "Kind/ns/name created" lines. `actions`: bits 1 << CHANGE_...; each line ends with \n but the last. */
char *change_set_text(struct arena *a, const struct change_set *set, unsigned actions);

struct ignore_rule {
    const char *const *paths;   // JSON pointers, NULL-terminated
    const struct value *target; // selector {group, version, kind, name, namespace, labelSelector,
                                // annotationSelector}; NULL = all
};

struct apply_options {
    const char *manager; // "kustomize-controller"
    const char *group;   // "kustomize.toolkit.fluxcd.io": of the annotations and labels
    const char *owner_name, *owner_ns;
    bool force;           // recreate on immutable fields
    bool create_disabled; // create (once) objects marked reconcile: disabled that are absent (extension)
    const char *const *override_managers; // NULL-terminated; NULL = none
    const char *const *custom_stage;      // "group/Kind", NULL-terminated; NULL = none
    const struct ignore_rule *ignore;
    size_t n_ignore;
    unsigned max_in_flight;   // 0 = 64
    int64_t stage_timeout_ns; // 0 = 60 s
};

/* Make objects of built documents: `List` kinds are opened, kustomize's own Kustomizations dropped, built-in
 * kinds normalised as a typed round trip would. Changes the objects in place. Errors: ERR_INVALID; `<subj> is
 * SOPS encrypted, configuring decryption is required for this secret to be reconciled` */
must_check bool apply_normalize(struct arena *a, struct value *objects, struct err *err);
// Expands lists and drops kustomize's own kinds only. `objects`: VALUE_LIST. Errors as upstream's decoder.
must_check bool apply_flatten(struct arena *a, const struct value *objects, struct value **out,
                              struct err *err);

// The order inside a stage, also of the inventory: kinds as upstream's table, then group, kind, namespace,
// name.
void apply_sort(struct value *objects);
int apply_compare(const struct value *x, const struct value *y);

/* Apply all objects. *out gets an entry for each object of the stages that went well, in apply order, also
 * when a later stage fails. Errors: texts of contract/kustomization.md 8.7. */
must_check bool apply_all(struct arena *a, struct kube_client *c, struct kube_discovery *d,
                          struct value *objects, const struct apply_options *options, struct change_set *out,
                          struct err *err);

/* ---- deletion ---- */
struct delete_item {
    struct kube_gvk gvk;
    const char *ns, *name;
};
/* Deletes in reverse apply order, all are attempted. An object that is gone counts as deleted; one without
 * our owner labels, or marked prune/reconcile: disabled or ssa: Ignore, is skipped. *out has an entry for
 * each. Errors: `delete failed, errors: e1;e2;` (entries that are CHANGE_UNKNOWN remain to be done) */
must_check bool delete_all(struct arena *a, struct kube_client *c, struct kube_discovery *d,
                           struct delete_item *items, size_t n, const struct apply_options *options,
                           struct change_set *out, struct err *err);

/* ---- inventory ---- */
// "<ns>_<name>_<group>_<kind>"; `:` in names of rbac kinds is written `__`.
char *inventory_id(struct arena *a, const struct kube_gvk *gvk, const char *ns, const char *name);
// The other way. false: not such an id.
bool inventory_parse(struct arena *a, const char *id, const char *version, struct delete_item *out);
// status.inventory ({entries: [{id, v}]}) of a change set, in its order.
struct value *inventory_of(struct arena *a, const struct change_set *set);
// Entries of `before` whose id is not in `after`, as items to delete. Both may be NULL.
size_t inventory_diff(struct arena *a, const struct value *before, const struct value *after,
                      struct delete_item **out);

#endif
