// SPDX-License-Identifier: Apache-2.0
/* Conditions of CustomResourceDefinition objects; parts of crd*.c. */
#ifndef SANDBOX_CRD_CONDITION_H
#define SANDBOX_CRD_CONDITION_H

#include "common/value/value.h"

#define CRD_FINALIZER "customresourcecleanup.apiextensions.k8s.io"

// Sets or replaces; the time of transition moves only with the status. true: something changed.
bool crd_condition_set(struct arena *a, struct value *crd, const char *type, bool status, const char *reason,
                       const char *message, int64_t now_ns);
bool crd_condition_is(const struct value *crd, const char *type); // there and True

#endif
