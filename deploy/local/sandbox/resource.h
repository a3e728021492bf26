// SPDX-License-Identifier: Apache-2.0
/* Resources: what the API server serves. The built-in kinds are one table (resource_table.c); CRDs add and
 * remove rows at run time (crd.c, through registry_add and registry_remove).
 *
 * One `struct resource` is one group/version/plural; versions of the same group/plural share stored objects,
 * because storage is keyed by resource.key ("deployments.apps", "pods"). To add a built-in kind: a row in
 * resource_table.c; defaults in defaults_*.c, validation in validate_*.c, columns in columns_table.c; merge
 * keys in ssa's and smp's own tables. Threads: the loop's.
 */
#ifndef SANDBOX_RESOURCE_H
#define SANDBOX_RESOURCE_H

#include "common/base/map.h"
#include "common/value/value.h"

enum {
    VERB_GET = 1 << 0,
    VERB_LIST = 1 << 1,
    VERB_WATCH = 1 << 2,
    VERB_CREATE = 1 << 3,
    VERB_UPDATE = 1 << 4,
    VERB_PATCH = 1 << 5,
    VERB_DELETE = 1 << 6,
    VERB_DELETE_COLLECTION = 1 << 7,
    VERBS_ALL = (1 << 8) - 1,
};

enum {
    SUB_STATUS = 1 << 0,
    SUB_SCALE = 1 << 1,
    SUB_LOG = 1 << 2,
    SUB_EVICTION = 1 << 3,
    SUB_BINDING = 1 << 4,
    SUB_TOKEN = 1 << 5,
    SUB_FINALIZE = 1 << 6,
};

enum {
    RES_GENERATION = 1 << 0,       // metadata.generation is kept: 1 at creation, +1 when the spec changes
    RES_ALL_GENERATION = 1 << 1,   // ... when anything but metadata and status changes (CRDs, webhooks)
    RES_UNCONDITIONAL = 1 << 2,    // PUT without resourceVersion is allowed
    RES_CREATE_ON_UPDATE = 1 << 3, // PUT of an absent object creates it
    RES_EPHEMERAL = 1 << 4,        // not stored: reviews
    RES_GRACEFUL = 1 << 5,         // deletion with a grace period (pods)
    RES_ORPHAN_DEFAULT = 1 << 6,   // default propagation policy is Orphan
    RES_RETURNS_DELETED = 1 << 7,  // DELETE answers with the last state, else with a Status
};

// How names are checked on creation.
enum name_rule { NAME_SUBDOMAIN, NAME_LABEL, NAME_LABEL_1035, NAME_PATH_SEGMENT };

struct column {
    const char *name;   // "Ready"
    const char *type;   // "string", "integer", "number", "boolean", "date"
    const char *format; // "name" or ""
    const char
        *json_path; // CRDs: ".status.conditions[...]"; NULL for built-in kinds (columns.c computes them)
    const char *description;
    int priority;
};

struct crd_version; // crd.h: schema and the rest of one version of a CRD

struct resource {
    const char *group; // "" for core
    const char *version;
    const char *kind, *list_kind;
    const char *plural, *singular;
    const char *const *short_names; // NULL-terminated, or NULL
    const char *const *categories;
    bool namespaced;
    unsigned verbs, subresources, flags;
    enum name_rule name_rule;
    const char *key;              // storage key: plural or plural.group
    const struct column *columns; // the table after "Name", n_columns; NULL: Name and Age
    size_t n_columns;
    const struct crd_version *crd; // NULL: built in
    const char *deprecation;       // text of the Warning header of each request, or NULL
    const char *scale_spec_path, *scale_status_path,
        *scale_selector_path; // CRDs with a scale subresource: ".spec.replicas"
};

struct registry;
struct registry *registry_new(void); // with the built-in kinds
void registry_free(struct registry *rg);

/* Adds or replaces (same group, version, plural). The row and all it points to stay the caller's and must
 * live until registry_remove or registry_free. The first version added of a group is its preferred one unless
 * a later one is newer (v2 > v1 > v1beta2 > v1beta1 > v1alpha1). */
void registry_add(struct registry *rg, const struct resource *r);
void registry_remove(struct registry *rg, const struct resource *r);
/* The one observer of removals: `now` is the row that takes the place of `old`, or NULL. Called before `old` may be freed. */
void registry_observe(struct registry *rg,
                      void (*fn)(void *arg, const struct resource *old, const struct resource *now),
                      void *arg);
uint64_t registry_generation(const struct registry *rg); // changes whenever a row is added or removed

const struct resource *registry_find(const struct registry *rg, const char *group, const char *version,
                                     const char *plural);
const struct resource *registry_find_kind(const struct registry *rg, const char *group, const char *version,
                                          const char *kind);
// By "apps/v1" and "Deployment".
const struct resource *registry_find_api(const struct registry *rg, const char *api_version,
                                         const char *kind);
// The resource of the group's preferred version; by plural.
const struct resource *registry_find_any(const struct registry *rg, const char *group, const char *plural);
// Any one version of the storage key, the preferred one first.
const struct resource *registry_find_key(const struct registry *rg, const char *key);
bool registry_has_group_version(const struct registry *rg, const char *group, const char *version);

// All rows, in order of addition. `i` starts at 0. NULL: the end.
const struct resource *registry_next(const struct registry *rg, size_t *i);
// Groups in discovery order ("" first), and the versions of one, the preferred first.
const char *registry_next_group(const struct registry *rg, size_t *i);
const char *registry_next_version(const struct registry *rg, const char *group, size_t *i);

// "apps/v1" or "v1".
const char *resource_api_version(struct arena *a, const struct resource *r);
// "deployments.apps" or "pods", as messages name it (= key).
const char *resource_qualified(const struct resource *r);
// "Deployment.apps" or "Pod", as 422 messages name it.
const char *resource_qualified_kind(struct arena *a, const struct resource *r);

#endif
