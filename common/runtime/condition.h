// SPDX-License-Identifier: Apache-2.0
/* Conditions of an object's status, kept in the object's value tree under status.conditions.
 *
 * Flux: pkg/runtime/conditions. Every set stamps observedGeneration = metadata.generation; lastTransitionTime
 * moves when status, reason or message changes; messages are cut to LIMIT_MESSAGE_BYTES; the stored order is
 * Stalled, Reconciling, Ready, then newest observedGeneration, then type. Reconciling and Stalled are present
 * only when True, never both. A condition that ends a pass as it began it keeps its time and is not written
 * (status.h).
 */
#ifndef RUNTIME_CONDITION_H
#define RUNTIME_CONDITION_H

#include "common/value/value.h"

enum condition_status { CONDITION_FALSE, CONDITION_TRUE, CONDITION_UNKNOWN };

struct condition {
    const char *type, *reason, *message;
    enum condition_status status;
    int64_t observed_generation;
    const char *last_transition_time; // as written
};

// Types and reasons that all kinds share; a kind's own ones are its own.
#define CONDITION_READY "Ready"
#define CONDITION_RECONCILING "Reconciling"
#define CONDITION_STALLED "Stalled"
#define CONDITION_HEALTHY "Healthy"
#define REASON_SUCCEEDED "Succeeded"
#define REASON_FAILED "Failed"
#define REASON_PROGRESSING "Progressing"
#define REASON_PROGRESSING_WITH_RETRY "ProgressingWithRetry"
#define REASON_SUSPENDED "Suspended"
#define REASON_DEPENDENCY_NOT_READY "DependencyNotReady"
#define REASON_ACCESS_DENIED "AccessDenied"
#define REASON_INVALID_CEL "InvalidCELExpression"

// false: absent, *out untouched. Texts point into the object.
bool condition_get(const struct value *object, const char *type, struct condition *out);
bool condition_is(const struct value *object, const char *type, enum condition_status status);
bool condition_has(const struct value *object, const char *type);
const char *condition_reason(const struct value *object, const char *type);  // "" when absent
const char *condition_message(const struct value *object, const char *type); // "" when absent

/* Set or replace. `a` is the object's own arena. wall_ns is now (a parameter, so that tests have no clock).
 * Setting Reconciling deletes Stalled and the other way round; setting either to anything but True deletes
 * it. */
void condition_set(struct arena *a, struct value *object, int64_t wall_ns, const char *type,
                   enum condition_status status, const char *reason, const char *fmt, ...) printf_like(7, 8);
void condition_delete(struct value *object, const char *type);
// Only the reason changes (Reconciling to ProgressingWithRetry); nothing when absent.
void condition_set_reason(struct arena *a, struct value *object, int64_t wall_ns, const char *type,
                          const char *reason);

/* Ready from several typed conditions (source-controller's summary).
 * Priority: negative True > positive False > positive True > negative False > Unknown; in the winning group
 * the first row in the table gives reason and message; status is inverted for negative types. No condition of
 * the table: Ready is left. */
struct condition_row {
    const char *type;
    bool negative; // True is bad
};
void condition_summarize(struct arena *a, struct value *object, int64_t wall_ns, const char *target,
                         const struct condition_row *rows); // rows end with type NULL

/* Conditions that ended as they were in `before` get their old lastTransitionTime and observedGeneration
 * (when the generation is the same) back; then the list is put in its stored order. Called by status_flush.
 */
void conditions_settle(struct arena *a, const struct value *before, struct value *object);

const char *condition_status_text(enum condition_status s); // "True", "False", "Unknown"

#endif
