// SPDX-License-Identifier: Apache-2.0
// kustomize-controller: applies what Kustomization objects ask for.
#include "kustomize-controller/kustomization.h"

static const struct kind *const kinds[] = { &kind_kustomization, NULL };

static bool start(struct runtime *rt, struct err *err) {
    (void)err;
    runtime_set_user(rt, kube_clusters_new(runtime_loop(rt), runtime_http(rt)));
    return true;
}

static void done(struct runtime *rt) {
    kube_clusters_free(runtime_user(rt));
}

static const struct daemon kustomize_controller = {
    .name = "kustomize-controller",
    .summary = "Builds the manifests that Kustomization objects name and keeps the cluster as they say: "
               "applies, prunes, checks health.",
    .kinds = kinds,
    .features = DAEMON_EVENTS_OUT | DAEMON_LABEL_SELECTOR | DAEMON_WATCH_CONFIGS | DAEMON_JITTER |
                DAEMON_DEPENDENCY | DAEMON_CROSS_NAMESPACE | DAEMON_REMOTE_APPLY,
    .concurrent = 4,
    .flags = ks_flags,
    .gates = ks_gates,
    .check = ks_options_check,
    .start = start,
    .done = done,
};

int main(int argc, char **argv) {
    return daemon_run(&kustomize_controller, argc, argv);
}
