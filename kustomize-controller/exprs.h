// SPDX-License-Identifier: Apache-2.0
/* CEL expressions of a Kustomization: its own rules of health, and when a dependency counts as ready.
 * Everything lives in the arena that was given. */
#ifndef KUSTOMIZE_CONTROLLER_EXPRS_H
#define KUSTOMIZE_CONTROLLER_EXPRS_H

#include "common/cel/cel.h"
#include "common/kube/kstatus.h"

struct health_expr {
    const char *group, *kind; // kind "" = all of the group that have no entry of their own
    struct cel_expression *current, *failed, *in_progress; // failed, in_progress: NULL = not given
};

struct health_exprs {
    struct health_expr *items;
    size_t n;
};

// list: spec.healthCheckExprs, NULL = none. Errors: ERR_INVALID, in upstream's words.
must_check bool health_exprs_compile(struct arena *a, const struct value *list, struct health_exprs *out,
                                     struct err *err);
const struct health_expr *health_exprs_find(const struct health_exprs *exprs, const char *group,
                                            const char *kind); // NULL: none
/* Generation, then inProgress, failed, current: the first that holds; none: in progress. An expression that cannot be evaluated:
 * KSTATUS_UNKNOWN, with its error in *out_why. */
enum kstatus health_expr_status(struct arena *a, const struct health_expr *e, const struct value *object,
                                const char **out_why);

/* Is the dependency ready by this expression over `self` and `dep`?
 * *out_terminal: it does not compile: trying again does not help. */
must_check bool ready_expr_eval(struct arena *a, const char *text, const struct value *self,
                                const struct value *dep, bool *out, bool *out_terminal, struct err *err);

#endif
