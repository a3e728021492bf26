// SPDX-License-Identifier: Apache-2.0
/* Server-side apply and managedFields: who owns which field, conflicts, and what goes when its last owner
 * lets go.
 *
 * Pure functions over values. Facts: sigs.k8s.io/structured-merge-diff v6 (merge, typed, fieldpath),
 * k8s.io/apimachinery pkg/util/managedfields. Shares no code with common/kube. Threads: any.
 */
#ifndef SANDBOX_SSA_H
#define SANDBOX_SSA_H

#include "deploy/local/sandbox/status.h"
#include "deploy/local/sandbox/shape.h"

struct field_manager {
    const char *name;        // query fieldManager, or the user agent up to the first "/"
    const char *api_version; // of the request, "apps/v1"
    const char *subresource; // "" or "status", "scale"
    int64_t now_ns;          // wall clock
    /* Fields that this request cannot set, so cannot own: "status" on the main resource of a kind with a
     * status subresource, "spec" and the like on the subresource. NULL-terminated list of top-level names;
     * NULL: none. With .keep_only set it lists the only ones that count (a status subresource: "status"). */
    const char *const *reset;
    bool keep_only;
};

/* After a create, update or patch: computes metadata.managedFields of `now` (in its arena `a`).
 * live  the stored object, NULL at creation
 * now   the object that is about to be stored; its managedFields are as the client sent them: absent or
 * malformed: those of `live` count; [] or [{}]: tracking starts over; else: they replace those of `live` An
 * entry's time changes only when its set does. When nothing but managedFields times differs from live they
 * are put back, so that storage sees no change. */
void ssa_update(struct arena *a, const struct shape *shape, const struct value *live, struct value *now,
                const struct field_manager *m);

/* When `now` differs from live in nothing but times of managedFields entries, they are put back, so that storage sees no change.
 * ssa_update does it itself; after an apply it is called once the merged object went through decoding and defaults. */
void ssa_keep_times(struct arena *a, const struct value *live, struct value *now);

/* Apply.
 * live    the stored object with managedFields; NULL: it is created
 * config  what was applied (apiVersion, kind, metadata.name, ...); metadata.managedFields in it is refused
 * out     the merged object with managedFields; equal to `live` when the apply changed nothing
 * Errors  409 Conflict with causes; 400 for managedFields; 500-class texts `failed to create typed patch
 * object (...)` as the API server words them */
must_check bool ssa_apply(struct arena *a, const struct shape *shape, const struct value *live,
                          const struct value *config, const struct field_manager *m, bool force,
                          struct value **out, struct status *st);

// The field manager's name for a user agent: "kubectl" of "kubectl/v1.32 (linux/amd64)"; at most 128 bytes.
const char *ssa_manager_of_agent(struct arena *a, const char *user_agent);

#endif
