// SPDX-License-Identifier: Apache-2.0
/* Which cluster, and whose rights, for apply, prune and health checks.
 * Flux: pkg/runtime/client/impersonation.go */
#include "kustomize-controller/kustomization.h"

// The service account to act as; "" = the controller itself.
static const char *account(struct run *r) {
    const char *own = ks_spec(r)->service_account;
    return text_empty(own) ? runtime_flags(r->rt)->default_service_account : own;
}

/* The kubeconfig in a Secret's data: under the key that is named, else "value" or "value.yaml". */
static bool read_kubeconfig(struct run *r, const struct value *ref, struct str *out, struct err *err) {
    const char *name = value_text(value_get(ref, "name"), ""), *key = value_text(value_get(ref, "key"), "");
    struct err inner = { .a = r->a };
    struct value *data;
    if (!runtime_secret(r->rt, r->a, r->ns, name, &data, &inner))
        return err_set_code(err, inner.kind, inner.code, "unable to read KubeConfig secret '%s/%s' error: %s",
                            r->ns, name, inner.msg);
    const struct value *text = value_get(data, text_empty(key) ? "value" : key);
    if (!text && text_empty(key))
        text = value_get(data, "value.yaml");
    if (!text)
        return err_set(err, ERR_INVALID,
                       "KubeConfig secret '%s/%s' does not contain a '%s' key with a kubeconfig", r->ns, name,
                       text_empty(key) ? "value" : key);
    *out = text->s;
    return true;
}

static bool open_remote(struct run *r, struct ks_target *t, struct err *err) {
    const struct value *ref = value_get(ks_spec(r)->kube_config, "secretRef");
    unsigned flags =
        KUBE_CONFIG_NO_FILES | (runtime_flags(r->rt)->insecure_kubeconfig_tls ? 0 : KUBE_CONFIG_NO_INSECURE);
    struct str text;
    if (!value_is(ref, VALUE_MAP))
        return err_set(
            err, ERR_UNSUPPORTED,
            "spec.kubeConfig.configMapRef is not supported by this version: use spec.kubeConfig.secretRef");
    if (!read_kubeconfig(r, ref, &text, err) ||
        !kube_clusters_find(runtime_user(r->rt), text, flags, &t->cluster, err))
        return false;
    t->client = kube_client_ref(kube_cluster_client(t->cluster));
    t->discovery = kube_cluster_discovery(t->cluster);
    return true;
}

bool ks_target_open(struct run *r, struct ks_target *out, struct err *err) {
    const char *name = account(r);
    if (!value_is(ks_spec(r)->kube_config, VALUE_MAP)) {
        out->client = kube_client_ref(runtime_kube(r->rt));
        out->discovery = runtime_discovery(r->rt);
    } else if (!open_remote(r, out, err)) {
        return false;
    }
    if (text_empty(name))
        return true;
    struct kube_client *own = out->client;
    out->client =
        kube_client_impersonate(own, arena_fmt(r->a, "system:serviceaccount:%s:%s", r->ns, name), NULL);
    kube_client_unref(own);
    return true;
}

void ks_target_close(struct ks_target *t) {
    kube_client_unref(t->client);
    kube_cluster_unref(t->cluster);
    *t = (struct ks_target) { 0 };
}

bool ks_account_is_gone(struct run *r) {
    const char *name = account(r);
    struct value *sa;
    struct err err = { .a = r->a };
    return !text_empty(name) && !runtime_get(r->rt, r->a, "v1", "ServiceAccount", r->ns, name, &sa, &err);
}
