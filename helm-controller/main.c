// SPDX-License-Identifier: Apache-2.0
/* helm-controller: watches HelmRelease objects, serves health and metrics, and says that it cannot release them yet.
 *
 * It claims nothing: no finalizer is set or removed, nothing is installed, and a release made by Flux's own controller stays as
 * it is. */
#include "common/runtime/daemon.h"

#define NOT_SUPPORTED                                                                                        \
    "HelmRelease is not supported by this version of helm-controller: nothing was installed, upgraded or "   \
    "removed, and "                                                                                          \
    "releases that exist are left as they are"

static enum step_result step_refuse(struct run *r) {
    return run_stall(r, "NotSupported", "%s", NOT_SUPPORTED);
}

static const struct step steps[] = {
    { "refuse", step_refuse, .fail_reason = "NotSupported" },
    { 0 },
};

static const struct kind kind_helmrelease = {
    .group = "helm.toolkit.fluxcd.io",
    .version = "v2",
    .name = "HelmRelease",
    .plural = "helmreleases",
    .steps = steps,
    .no_finalizer = true,
};

static const struct kind *const kinds[] = { &kind_helmrelease, NULL };

static const struct daemon helm_controller = {
    .name = "helm-controller",
    .summary = "Watches HelmRelease objects. This version cannot release charts: each object becomes "
               "Ready=False and "
               "Stalled=True with reason NotSupported, and nothing in the cluster is touched.",
    .kinds = kinds,
    .features = DAEMON_EVENTS_OUT | DAEMON_LABEL_SELECTOR | DAEMON_JITTER | DAEMON_DEPENDENCY |
                DAEMON_WATCH_CONFIGS | DAEMON_CROSS_NAMESPACE | DAEMON_REMOTE_APPLY,
    .concurrent = 4,
};

int main(int argc, char **argv) {
    return daemon_run(&helm_controller, argc, argv);
}
