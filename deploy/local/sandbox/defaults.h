// SPDX-License-Identifier: Apache-2.0
/* The conditional defaults of built-in kinds, one function a kind; defaults.c has the table that names them. */
#ifndef SANDBOX_DEFAULTS_H
#define SANDBOX_DEFAULTS_H

#include "common/value/value.h"

void pod_default(struct arena *a, struct value *tree); // defaults_pod.c
void service_default(struct arena *a, struct value *tree);
void secret_default(struct arena *a, struct value *tree);
void namespace_default(struct arena *a, struct value *tree);
void persistentvolume_default(struct arena *a, struct value *tree);
void claim_default(struct arena *a, struct value *tree);
void limitrange_default(struct arena *a, struct value *tree);
void deployment_default(struct arena *a, struct value *tree);
void statefulset_default(struct arena *a, struct value *tree);
void daemonset_default(struct arena *a, struct value *tree);
void template_labels_default(struct arena *a, struct value *tree);
void replicationcontroller_default(struct arena *a, struct value *tree);
void job_default(struct arena *a, struct value *tree);
void autoscaler_default(struct arena *a, struct value *tree);
void networkpolicy_default(struct arena *a, struct value *tree);
void binding_default(struct arena *a, struct value *tree);

#endif
