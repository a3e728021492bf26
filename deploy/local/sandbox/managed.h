// SPDX-License-Identifier: Apache-2.0
/* metadata.managedFields as entries with field sets: reading, writing, order, the cap on updaters.
 *
 * Facts: k8s.io/apimachinery pkg/util/managedfields/internal. Threads: any.
 */
#ifndef SANDBOX_MANAGED_H
#define SANDBOX_MANAGED_H

#include "deploy/local/sandbox/fieldset.h"

struct managed_entry {
    const char *
        id; // what tells entries apart, as JSON text: manager, operation, apiVersion (updaters only), subresource
    const char *manager, *api_version, *subresource;
    bool applied;     // operation Apply, else Update
    const char *time; // RFC 3339, NULL: none
    const struct fieldset *set;
};

struct managed {
    struct managed_entry *items;
    size_t n, cap;
};

struct managed_entry managed_entry(struct arena *a, const char *manager, bool applied,
                                   const char *api_version, const char *subresource);
struct managed_entry *managed_find(const struct managed *m, const char *id); // NULL: absent
// Adds or replaces.
void managed_put(struct arena *a, struct managed *m, struct managed_entry e);
void managed_remove(struct managed *m, const char *id);
struct managed managed_copy(struct arena *a, const struct managed *m); // sets are shared

// `json` NULL or null: no entries. ERR_INVALID where the API server would not understand it.
must_check bool managed_read(struct arena *a, const struct value *json, struct managed *out, struct err *err);
// Sorted as the API server sorts; NULL when there is no entry.
struct value *managed_write(struct arena *a, struct managed *m);
// At most 10 entries of updaters: the oldest of each version are joined under "ancient-changes".
void managed_cap(struct arena *a, struct managed *m);

#endif
