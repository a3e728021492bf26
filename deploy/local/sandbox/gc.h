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
// Indexes what is stored (after storage_load) and looks at all of it once.
void gc_start(struct gc *g);

#endif
