// SPDX-License-Identifier: Apache-2.0
// Flags and feature gates of kustomize-controller beyond the shared ones (contract/kustomization.md 15).
#include "kustomize-controller/kustomization.h"

static struct ks_options options;

const struct ks_options *ks_options(void) {
    return &options;
}

const struct flag ks_flags[] = {
    { "concurrent-ssa", FLAG_I(&options.concurrent_ssa), .value_if_absent = "64", .section = "Apply",
      .help = "How many requests of one stage of one Kustomization are in flight at once." },
    { "custom-apply-stage-kinds", FLAG_S(&options.custom_stage_kinds), .what = "GROUP/KIND,...",
      .help = "Kinds that are applied in a stage of their own, after definitions and classes and before the "
              "rest." },
    { "create-disabled-objects", FLAG_B(&options.create_disabled_objects),
      .help = "Create, once, objects that are marked reconcile: disabled in the source and do not exist in "
              "the cluster." },
    { "no-remote-bases", FLAG_B(&options.no_remote_bases), .section = "Build",
      .help = "Refuse remote bases in kustomization files." },
    { "sops-age-secret", FLAG_S(&options.sops_age_secret), .section = "Decryption",
      .help = "Secret of the controller's namespace with age keys for all Kustomizations." },
    { "sops-vault-configmap", FLAG_S(&options.sops_vault_configmap),
      .help = "ConfigMap of the controller's namespace with the Vault instances that may be used." },
    { "default-decryption-service-account", FLAG_S(&options.default_decryption_service_account),
      .help = "Service account for decryption where spec.decryption.serviceAccountName is not set." },
    { 0 },
};

const struct feature_gate ks_gates[] = {
    { "DisableStatusPollerCache", true },
    { "DisableFailFastBehavior", false },
    { "StrictPostBuildSubstitutions", true },
    { "GroupChangeLog", false },
    { "AdditiveCELDependencyCheck", false },
    { "ExternalArtifact", false },
    { "CancelHealthCheckOnNewRevision", false },
    { "DisableConfigWatchers", false },
    { "DirectSourceFetch", false },
    { "MigrateAPIVersion", false },
    { 0 },
};

bool ks_options_check(struct runtime *rt, struct err *err) {
    (void)rt;
    if (options.concurrent_ssa < 1)
        return err_set(err, ERR_INVALID, "--concurrent-ssa must be at least 1");
    if (!text_empty(options.default_decryption_service_account))
        return err_set(err, ERR_INVALID,
                       "cannot set default service accounts when the feature gate "
                       "ObjectLevelWorkloadIdentity is not enabled");
    return true;
}

const char *const *ks_custom_stage(struct arena *a) {
    struct str rest = str_of(options.custom_stage_kinds), item;
    const char **list = arena_array(a, const char *, rest.n + 2);
    size_t n = 0;
    while (rest.n && str_split(&rest, ',', &item)) {
        item = str_trim(item);
        if (item.n)
            list[n++] = arena_text(a, item.p, item.n);
    }
    return list;
}
