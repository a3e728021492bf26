// SPDX-License-Identifier: Apache-2.0
/* Protobuf bodies that kubectl sends and has no other way for: Namespace, ConfigMap, Secret, ServiceAccount, TokenRequest,
 * SelfSubjectAccessReview, SelfSubjectReview, SelfSubjectRulesReview, DeleteOptions. Anything else is 415 with words that
 * say `use apply -f`.
 *
 * The envelope is "k8s\0" and runtime.Unknown. Field numbers: k8s.io/api generated.proto.
 */
#ifndef SANDBOX_PROTOBUF_H
#define SANDBOX_PROTOBUF_H

#include "deploy/local/sandbox/status.h"

must_check bool protobuf_decode(struct arena *a, struct str body, struct value **out, struct status *st);

#endif
