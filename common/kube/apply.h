// SPDX-License-Identifier: Apache-2.0
/* Apply: bring a set of objects into the cluster as Flux does: staged server-side apply, drift decided by the server's dry run.
 *
 * What it is     normalisation of built manifests, stages and order, dry run, clean-up of foreign field managers, drift
 *                decision, apply, recreation on immutable fields, deletion with ownership check, inventory ids
 * What it is not a builder of manifests, nor a health check (kstatus.h)
 * Requests       up to max_in_flight at once within a stage. Per object: GET, dry run, and only when something differs the apply
 * Threads        workers (it waits for answers). Nothing is shared between two calls
 * Flux           pkg/ssa: manager_apply.go, manager_delete.go, manager_diff.go, normalize, utils; kustomize-controller inventory
 */
#ifndef KUBE_APPLY_H
#define KUBE_APPLY_H

#include "common/kube/discovery.h"
#include "common/kube/kstatus.h"

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
// "Kind/ns/name created" lines. `actions`: bits 1 << CHANGE_...; each line ends with \n but the last.
char *change_set_text(struct arena *a, const struct change_set *set, unsigned actions);

struct ignore_rule {
    const char *const *paths; // JSON pointers, NULL-terminated
    // {group, version, kind, name, namespace, labelSelector, annotationSelector}; NULL = all objects
    const struct value *target;
};

struct apply_options {
    const char *manager; // "kustomize-controller"
    const char *group;   // "kustomize.toolkit.fluxcd.io": of the annotations and labels
    const char *owner_name, *owner_ns;
    bool force;           // recreate on immutable fields
    bool create_disabled; // create (once) objects marked reconcile: disabled that are absent (extension)
    bool migrate_version; // gate MigrateAPIVersion: managedFields entries get the applied apiVersion first
    const char *const *override_managers; // NULL-terminated; NULL = none
    const char *const *custom_stage;      // "group/Kind", NULL-terminated; NULL = none
    const struct ignore_rule *ignore;
    size_t n_ignore;
    unsigned max_in_flight;   // 0 = 64
    int64_t stage_timeout_ns; // 0 = 60 s
};

/* Normalise in place what was built: built-in kinds as a typed round trip would, status and creationTimestamp dropped.
 * Errors: ERR_INVALID, `<subj> is SOPS encrypted, configuring decryption is required for this secret to be reconciled` */
must_check bool apply_normalize(struct arena *a, struct value *objects, struct err *err);
// Opens lists and drops kustomize's own Kustomizations. `objects`, *out: VALUE_LIST.
must_check bool apply_flatten(struct arena *a, const struct value *objects, struct value **out,
                              struct err *err);

// The order inside a stage, also of the inventory: kinds as upstream's table, then group, kind, namespace, name.
void apply_sort(struct value *objects);
int apply_compare(const struct value *x, const struct value *y);
int apply_rank(const char *kind); // below 0: before the rest, above: after it

// What the server showed of an object last: a health check can start with it instead of asking again.
struct apply_state {
    enum kstatus status;
    const char *message;          // of kstatus
    const char *resource_version; // "" = it is not there
};

struct apply_result {
    struct change_set changes;  // of the stages that went well, in apply order
    struct apply_state *states; // one for each of changes
    size_t cap_states;
    unsigned peak; // most requests in flight at once
};

/* Apply all objects (the list is sorted in place). *out has the stages that went well, also when a later one fails.
 * Errors: texts of contract/kustomization.md 8.7. */
must_check bool apply_all(struct arena *a, struct kube_client *c, struct kube_discovery *d,
                          struct value *objects, const struct apply_options *options,
                          struct apply_result *out, struct err *err);

/* ---- deletion ---- */
struct delete_item {
    struct kube_gvk gvk;
    const char *ns, *name;
};
void delete_sort(struct delete_item *items, size_t n); // apply order
/* Deletes in reverse apply order; all are attempted. An object that is gone counts as deleted; one without our owner labels, or marked
 * prune/reconcile: disabled or ssa: Ignore, is skipped. *out has an entry for each.
 * Errors: `delete failed, errors: e1;e2;` (entries that are CHANGE_UNKNOWN remain to be done) */
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
// All entries as items, in apply order.
size_t inventory_items(struct arena *a, const struct value *inventory, struct delete_item **out);
// Puts an item back (its deletion was not confirmed), unless it is there.
void inventory_add(struct arena *a, struct value *inventory, const struct delete_item *item);
// Entries of `before` whose id is not in `after`, as items to delete. Both may be NULL.
size_t inventory_diff(struct arena *a, const struct value *before, const struct value *after,
                      struct delete_item **out);

/* ---- parts of it, for the CLI's diff and for tests ---- */
// JSON patch operations that clean up what other tools left on a live object; NULL: nothing.
struct value *apply_cleanup_patch(struct arena *a, const struct value *live,
                                  const struct apply_options *options);
// Is the dry run's answer another object than the live one? Ignored paths do not count.
must_check bool apply_drifted(struct arena *a, const struct value *live, const struct value *dry_run,
                              const struct apply_options *options, bool *out, struct err *err);
// Does an ignore rule's target select the object? Errors: ERR_INVALID (a regular expression or selector that does not parse).
must_check bool apply_target_matches(struct arena *a, const struct value *target, const struct value *object,
                                     bool *out, struct err *err);
// Strips or adopts ignored paths in the payload (contract 8.5).
must_check bool apply_ignore(struct arena *a, const struct value *live, const struct value *dry_run,
                             const struct apply_options *options, struct value *payload, struct err *err);
// Removes from the payload the fields that the server's message says are not declared in the schema. false: it names none.
bool apply_drop_undeclared(struct arena *a, struct value *payload, const char *message);

#endif
