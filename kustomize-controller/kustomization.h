// SPDX-License-Identifier: Apache-2.0
/* Kustomization: the kind of this controller, from its source to the health of what it applied.
 *
 * kustomization.c  the kind: watches, references, steps, how a pass ends
 * spec.c           the spec as a table
 * source.c         steps source and depends: where the manifests come from, what must be ready before
 * build.c          step build: artifact, path, kustomization file (generate.c), engine, substitution (substitute.c)
 * exprs.c          CEL: health expressions, readyExpr
 * apply.c          steps apply and prune
 * health.c         step health: waits without a worker (pods.c: the pods of workloads)
 * finalize.c       deletion
 * identity.c       whose rights are used
 * options.c        flags of this controller
 *
 * Flux: kustomize-controller/internal/controller/kustomization_controller.go (order of a run)
 */
#ifndef KUSTOMIZE_CONTROLLER_KUSTOMIZATION_H
#define KUSTOMIZE_CONTROLLER_KUSTOMIZATION_H

#include "common/kube/apply.h"
#include "common/kube/clusters.h"
#include "common/kustomize/kustomize.h"
#include "common/runtime/artifact.h"
#include "common/runtime/daemon.h"
#include "common/runtime/park.h"
#include "common/runtime/status.h"

#define GROUP "kustomize.toolkit.fluxcd.io"

// Reasons of Kustomization's own.
#define REASON_ARTIFACT_FAILED "ArtifactFailed"
#define REASON_BUILD_FAILED "BuildFailed"
#define REASON_PRUNE_FAILED "PruneFailed"
#define REASON_HEALTH_FAILED "HealthCheckFailed"
#define REASON_HEALTH_CANCELED "HealthCheckCanceled"
#define REASON_RECONCILED "ReconciliationSucceeded"
#define REASON_RECONCILE_FAILED "ReconciliationFailed"
#define REASON_GATE_DISABLED "FeatureGateDisabled"

/* ---- spec ---- */
struct ks_source_ref {
    const char *kind, *name, *ns; // ns "" = own
};

struct ks_dependency {
    const char *name, *ns, *ready_expr;
};

struct ks_health_check {
    const char *api_version, *kind, *name, *ns;
};

struct ks_ignore {
    const char *const *paths;
    const struct value *target;
};

struct ks_substitute_from {
    const char *kind, *name;
    bool optional;
};

struct ks_post_build {
    const char *strategy; // "WithVariables", "Always"
    const struct value *substitute;
    struct ks_substitute_from *from;
    size_t n_from;
};

struct ks_common_metadata {
    const struct value *labels, *annotations;
};

struct ks_spec {
    int64_t interval_ns, retry_interval_ns, timeout_ns; // 0 = absent
    bool prune, wait, force, suspend, ignore_missing_components;
    struct ks_source_ref *source;
    const char *path, *target_namespace, *name_prefix, *name_suffix, *deletion_policy, *service_account;
    struct ks_common_metadata *common;
    const struct value *patches, *images, *decryption, *kube_config, *health_exprs;
    const char *const *components, *const *build_metadata;
    struct ks_post_build *post_build;
    struct ks_dependency *depends;
    struct ks_health_check *checks;
    struct ks_ignore *ignore;
    size_t n_depends, n_checks, n_ignore;
};
extern const struct field ks_fields[];

int64_t ks_timeout(const struct ks_spec *s);        // what bounds health checks; at least 30 s
int64_t ks_retry_interval(const struct ks_spec *s); // spec.retryInterval, else the interval

/* ---- one pass ---- */
struct ks_state {
    const struct value *source;
    struct artifact artifact;
    const char *revision, *origin; // origin "" = none
    const char *digest;            // of what was built; NULL: not built yet
    struct value *objects;         // built; VALUE_LIST
    struct apply_result applied;
    struct value *old_inventory; // before this pass; NULL = none
    bool drifted;                // the apply changed something
    bool healthy_before;
    bool resumed; // this pass began with a wait that went on
};

static inline struct ks_spec *ks_spec(const struct run *r) {
    return r->spec;
}
static inline struct ks_state *ks_state(const struct run *r) {
    return r->state;
}

/* ---- options.c ---- */
struct ks_options {
    int64_t concurrent_ssa;
    bool no_remote_bases, create_disabled_objects;
    const char *sops_age_secret, *sops_vault_configmap, *custom_stage_kinds,
        *default_decryption_service_account;
};
const struct ks_options *ks_options(void);
extern const struct flag ks_flags[];
extern const struct feature_gate ks_gates[];
must_check bool ks_options_check(struct runtime *rt, struct err *err);
const char *const *ks_custom_stage(struct arena *a); // "group/Kind", NULL-terminated

extern const struct kind kind_kustomization;

/* ---- steps ---- */
enum step_result step_source(struct run *r);
enum step_result step_depends(struct run *r);
enum step_result step_build(struct run *r);
enum step_result step_apply(struct run *r);
enum step_result step_prune(struct run *r);
enum step_result step_health(struct run *r);
enum step_result step_done(struct run *r);
enum step_result ks_delete(struct run *r);

/* ---- shared ---- */
// Reconciling=True with the words of a step, Ready=Unknown; in memory.
void ks_progress(struct run *r, const char *what);
// Metadata of this pass's events.
void ks_event_meta(struct run *r, const char *revision, const char *origin);
// The source's namespace.
const char *ks_source_ns(const struct run *r);
// The source object, as it is now; NULL: not there (err clear) or failed (err set).
struct value *ks_find_source(struct run *r, struct err *err);
// status.artifact metadata org.opencontainers.image.revision; "" = none.
const char *ks_origin(const struct artifact *artifact);
/* The cluster and the rights for this object: autotarget struct ks_target t = { 0 }; closed at the end of its scope.
 * Errors: texts of contract/kustomization.md 9; ERR_UNSUPPORTED */
struct ks_target {
    struct kube_client *client;
    struct kube_discovery *discovery;
    struct kube_cluster *cluster; // NULL: our own
};
must_check bool ks_target_open(struct run *r, struct ks_target *out, struct err *err);
void ks_target_close(struct ks_target *t);
#define autotarget AUTO(ks_target_close) struct ks_target
/* Looks at the pods of a workload in progress: *status and *why may change; its pods wake the pass while it waits. */
void ks_look_at_pods(struct run *r, struct kube_client *client, const struct value *workload,
                     enum kstatus *status, const char **why);
// Is there an account to act as, and is it gone?
bool ks_account_is_gone(struct run *r);
struct apply_options ks_apply_options(struct run *r);

struct kustomize_remote ks_remote(struct run *r); // remote.c
/* The kustomization file as the engine shall see it: found or generated in `dir`, with the overrides of the spec.
 * *out_name: its name when the directory has none, else NULL.
 * Flux: pkg/kustomize/kustomize_generator.go */
must_check bool ks_generate(struct arena *a, struct fileset *fs, const char *dir, const struct ks_spec *spec,
                            struct value **out, const char **out_name, struct err *err);
// Post-build substitution of one object; *object may be replaced. *vars: NULL before the first object; kept for the next.
must_check bool ks_substitute(struct run *r, struct value **vars, struct value **object, struct err *err);

#endif
