// SPDX-License-Identifier: Apache-2.0
/* Validation of built-in kinds that rows of rules.h cannot say, one function a kind; validate.c has the table. */
#ifndef SANDBOX_VALIDATE_H
#define SANDBOX_VALIDATE_H

#include "deploy/local/sandbox/rules.h"

// A LabelSelector: operators and values of its expressions.
void selector_validate(const struct value *selector, const char *path, struct field_errors *fe);
// validate_pod.c: a pod's spec whose own path is `base`; restart: the policies that the owner allows ("Always"), NULL: any.
void pod_spec_validate(const struct value *spec, const char *base, const char *restart,
                       struct field_errors *fe);

// validate_kinds.c
void workload_validate(const struct value *tree,
                       struct field_errors *fe); // Deployment, StatefulSet, DaemonSet, ReplicaSet
void job_validate(const struct value *tree, struct field_errors *fe);
void cronjob_validate(const struct value *tree, struct field_errors *fe);
void pod_validate(const struct value *tree, struct field_errors *fe);
void service_validate(const struct value *tree, struct field_errors *fe);
void configmap_validate(const struct value *tree, struct field_errors *fe);
void secret_validate(const struct value *tree, struct field_errors *fe);
void role_validate(const struct value *tree, struct field_errors *fe);
void binding_validate(const struct value *tree, struct field_errors *fe);
void claim_validate(const struct value *tree, struct field_errors *fe);
void budget_validate(const struct value *tree, struct field_errors *fe);

#endif
