// SPDX-License-Identifier: Apache-2.0
/* Writing an object's status and finalizers.
 *
 * One JSON merge patch of /status with everything that changed, with resourceVersion (optimistic lock) and
 * the kind's field owner; nothing is sent when nothing changed. On a conflict the object is read again, our
 * change is made anew on top (our condition types win, foreign ones are kept), up to 5 tries. NotFound while
 * deleting is success. Flux: pkg/runtime/patch (three patches there; one here: contract/observed.md 5).
 */
#ifndef RUNTIME_STATUS_H
#define RUNTIME_STATUS_H

#include "common/runtime/kind.h"

// Writes r->object's status as it is now, so that observers see it. The runner does it at the end of each
// pass anyway.
must_check bool status_flush(struct run *r, struct err *err);
// Takes Flux's finalizer off, for kinds with no_finalizer that get rid of one from older times. Nothing when it is not there.
must_check bool run_finalizer_remove(struct run *r, struct err *err);
// The merge patch that status_flush would send; NULL: nothing changed. For tests.
struct value *status_patch(struct arena *a, const struct value *before, struct value *object);

/* status.history: newest first, at most 5; an entry of the same digest and status is updated (times,
 * duration, metadata, total) and moved to the front. Flux: apis/meta History. */
void history_upsert(struct arena *a, struct value *status, const char *digest, const char *snapshot_status,
                    int64_t at_wall_ns, int64_t duration_ns, const struct value *metadata);

#endif
