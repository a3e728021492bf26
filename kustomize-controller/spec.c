// SPDX-License-Identifier: Apache-2.0
// The spec of a Kustomization as a table. Flux: kustomize-controller/api/v1/kustomization_types.go
#include "kustomize-controller/kustomization.h"

#include "common/base/timeutil.h"

#define MIN_TIMEOUT_NS (30 * NS_PER_S)

#define S struct ks_source_ref
static const struct field source_fields[] = {
    { "kind", STRING(S, kind), .flags = FIELD_REQUIRED,
      .one_of = "OCIRepository|GitRepository|Bucket|ExternalArtifact" },
    { "name", STRING(S, name), .flags = FIELD_REQUIRED },
    { "namespace", STRING(S, ns) },
    { 0 },
};
#undef S

#define S struct ks_dependency
static const struct field dependency_fields[] = {
    { "name", STRING(S, name), .flags = FIELD_REQUIRED },
    { "namespace", STRING(S, ns) },
    { "readyExpr", STRING(S, ready_expr) },
    { 0 },
};
#undef S

#define S struct ks_health_check
static const struct field health_check_fields[] = {
    { "apiVersion", STRING(S, api_version), .value_if_absent = "apps/v1" },
    { "kind", STRING(S, kind), .flags = FIELD_REQUIRED },
    { "name", STRING(S, name), .flags = FIELD_REQUIRED },
    { "namespace", STRING(S, ns) },
    { 0 },
};
#undef S

#define S struct ks_ignore
static const struct field ignore_fields[] = {
    { "paths", STRINGS(S, paths), .flags = FIELD_REQUIRED },
    { "target", ANY_VALUE(S, target) },
    { 0 },
};
#undef S

#define S struct ks_substitute_from
static const struct field substitute_from_fields[] = {
    { "kind", STRING(S, kind), .flags = FIELD_REQUIRED, .one_of = "Secret|ConfigMap" },
    { "name", STRING(S, name), .flags = FIELD_REQUIRED },
    { "optional", BOOL(S, optional) },
    { 0 },
};
#undef S

#define S struct ks_post_build
static const struct field post_build_fields[] = {
    { "substituteStrategy", STRING(S, strategy), .value_if_absent = "WithVariables",
      .one_of = "WithVariables|Always" },
    { "substitute", STRING_MAP(S, substitute) },
    { "substituteFrom", OBJECTS(S, from, n_from, struct ks_substitute_from),
      .fields = substitute_from_fields },
    { 0 },
};
#undef S

#define S struct ks_common_metadata
static const struct field common_fields[] = {
    { "labels", STRING_MAP(S, labels) },
    { "annotations", STRING_MAP(S, annotations) },
    { 0 },
};
#undef S

#define S struct ks_spec
const struct field ks_fields[] = {
    { "interval", DURATION(S, interval_ns), .flags = FIELD_REQUIRED },
    { "retryInterval", DURATION(S, retry_interval_ns) },
    { "timeout", DURATION(S, timeout_ns) },
    { "prune", BOOL(S, prune), .flags = FIELD_REQUIRED },
    { "wait", BOOL(S, wait) },
    { "force", BOOL(S, force) },
    { "suspend", BOOL(S, suspend) },
    { "sourceRef", OBJECT(S, source, struct ks_source_ref), .fields = source_fields,
      .flags = FIELD_REQUIRED },
    { "path", STRING(S, path) },
    { "targetNamespace", STRING(S, target_namespace) },
    { "namePrefix", STRING(S, name_prefix) },
    { "nameSuffix", STRING(S, name_suffix) },
    { "commonMetadata", OBJECT(S, common, struct ks_common_metadata), .fields = common_fields },
    { "patches", ANY_VALUE(S, patches) },
    { "images", ANY_VALUE(S, images) },
    { "components", STRINGS(S, components) },
    { "ignoreMissingComponents", BOOL(S, ignore_missing_components) },
    { "buildMetadata", STRINGS(S, build_metadata) },
    { "postBuild", OBJECT(S, post_build, struct ks_post_build), .fields = post_build_fields },
    { "decryption", ANY_VALUE(S, decryption) },
    { "dependsOn", OBJECTS(S, depends, n_depends, struct ks_dependency), .fields = dependency_fields },
    { "healthChecks", OBJECTS(S, checks, n_checks, struct ks_health_check), .fields = health_check_fields },
    { "healthCheckExprs", ANY_VALUE(S, health_exprs) },
    { "ignore", OBJECTS(S, ignore, n_ignore, struct ks_ignore), .fields = ignore_fields },
    { "deletionPolicy", STRING(S, deletion_policy), .value_if_absent = "MirrorPrune" },
    { "serviceAccountName", STRING(S, service_account) },
    { "kubeConfig", ANY_VALUE(S, kube_config) },
    { 0 },
};

int64_t ks_timeout(const struct ks_spec *s) {
    int64_t ns = s->timeout_ns ? s->timeout_ns : s->interval_ns - 30 * NS_PER_S;
    return ns < MIN_TIMEOUT_NS ? MIN_TIMEOUT_NS : ns;
}

int64_t ks_retry_interval(const struct ks_spec *s) {
    return s->retry_interval_ns ? s->retry_interval_ns : s->interval_ns;
}
