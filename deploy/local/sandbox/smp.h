// SPDX-License-Identifier: Apache-2.0
/* Strategic merge patch, for built-in kinds: $patch (replace, delete, merge), $deleteFromPrimitiveList,
 * $setElementOrder, $retainKeys; merge keys from shape.h.
 *
 * Pure. Facts: k8s.io/apimachinery pkg/util/strategicpatch. Threads: any.
 */
#ifndef SANDBOX_SMP_H
#define SANDBOX_SMP_H

#include "deploy/local/sandbox/shape.h"

/* *out is in `a` and shares nothing with the inputs.
 * Errors  ERR_INVALID in the API server's words ("map: map[name:] does not contain declared merge key: name")
 */
must_check bool smp_apply(struct arena *a, const struct shape *shape, const struct value *target,
                          const struct value *patch, struct value **out, struct err *err);

#endif
