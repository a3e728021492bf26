// SPDX-License-Identifier: Apache-2.0
/* Conflicts of server-side apply: their text, and kubectl's migration from client-side apply. Parts of ssa.c.
 *
 * Facts: k8s.io/apimachinery pkg/util/managedfields/internal (conflict, lastappliedmanager, lastappliedupdater).
 */
#ifndef SANDBOX_SSA_CONFLICT_H
#define SANDBOX_SSA_CONFLICT_H

#include "deploy/local/sandbox/managed.h"
#include "deploy/local/sandbox/ssa.h"

// 409 `Apply failed with 1 conflict: conflict with "x" using v1: .spec.replicas`, with a cause for each path. Returns false.
bool ssa_refuse_conflicts(struct arena *a, struct managed *conflicts, struct status *st);

/* Drops the conflicts that are explained by live's last-applied annotation (fields that kubectl apply wrote and nobody
 * changed since). true: none is left. false: those that are left, or all when there is no usable annotation. */
bool ssa_allow_last_applied(struct arena *a, const struct shape *shape, const struct value *live,
                            const struct field_manager *m, struct managed *conflicts);

// Keeps the last-applied annotation current where there is one.
void ssa_update_last_applied(struct arena *a, struct value *object, const struct value *config);

#endif
