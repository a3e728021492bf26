// SPDX-License-Identifier: Apache-2.0
/* Whose rights are used for apply, prune and health checks.
 * Flux: pkg/runtime/client/impersonation.go */
#include "kustomize-controller/kustomization.h"

// The service account to act as; "" = the controller itself.
static const char *account(struct run *r) {
    const char *own = ks_spec(r)->service_account;
    return text_empty(own) ? runtime_flags(r->rt)->default_service_account : own;
}

bool ks_client(struct run *r, struct kube_client **out, struct err *err) {
    if (value_is(ks_spec(r)->kube_config, VALUE_MAP))
        return err_set(
            err, ERR_UNSUPPORTED,
            "spec.kubeConfig is not supported by this version: only the local cluster can be reconciled");
    const char *name = account(r);
    struct kube_client *own = runtime_kube(r->rt);
    *out =
        text_empty(name)
            ? kube_client_ref(own)
            : kube_client_impersonate(own, arena_fmt(r->a, "system:serviceaccount:%s:%s", r->ns, name), NULL);
    return true;
}

bool ks_account_is_gone(struct run *r) {
    const char *name = account(r);
    struct value *sa;
    struct err err = { .a = r->a };
    return !text_empty(name) && !runtime_get(r->rt, r->a, "v1", "ServiceAccount", r->ns, name, &sa, &err);
}
