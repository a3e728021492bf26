// SPDX-License-Identifier: Apache-2.0
/* Garbage collection by ownerReferences (background, foreground, orphan) and namespace deletion.
 *
 * A controller: hears of every change, keeps an index of dependents by owner uid, and deletes or patches
 * through request.h. Facts: Kubernetes pkg/controller/garbagecollector, pkg/controller/namespace. Threads:
 * the loop's.
 */
#ifndef SANDBOX_GC_H
#define SANDBOX_GC_H

#include "deploy/local/sandbox/request.h"

struct gc *gc_new(struct sandbox *sb);
void gc_free(struct gc *g);
// Looks once at all that is stored.
void gc_start(struct gc *g);

// The objects of resource `key` that name the uid as an owner, as they are stored now; texts in `a`.
struct gc_ref {
    const char *ns, *name, *uid;
};
struct gc_refs {
    struct gc_ref *items;
    size_t n;
};
struct gc_refs gc_dependents(const struct gc *g, struct arena *a, const char *uid, const char *key);

#endif
