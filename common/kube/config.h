// SPDX-License-Identifier: Apache-2.0
/* Kubeconfig: where an API server is, how to trust it and who we are.
 *
 * What it is     the reader of kubeconfig files, of Secrets that hold one, and of a Pod's service account
 * What it is not a runner of exec or auth-provider plugins: no process is ever started; such a user is refused with words that
 *                say so
 * Ownership      all texts of a kube_config live in the arena that was given; files named in it are read at once, but a token
 *                file is read again by the client (kubelet rotates it)
 * Flux           client-go: tools/clientcmd (loading rules, overrides), rest.InClusterConfig
 */
#ifndef KUBE_CONFIG_H
#define KUBE_CONFIG_H

#include "common/net/http.h"

struct kube_config {
    const char *server; // "https://host:port[/prefix]", no slash at its end
    struct http_tls tls;
    const char *token;      // NULL: none, or token_file
    const char *token_file; // read again about once a minute
    const char *user, *password;
    const char *proxy; // proxy-url; NULL = none
    const char *ns;    // of the context, or of the Pod; "default" when none is named
    const char *impersonate_user;
    const char *const *impersonate_groups; // NULL-terminated; NULL = none
    const char *context;                   // name of the context that was used; "" in a cluster
    bool in_cluster;
};

enum kube_config_flags {
    KUBE_CONFIG_NO_FILES = 1,    // references to files are dropped (a kubeconfig from a Secret)
    KUBE_CONFIG_NO_INSECURE = 2, // insecure-skip-tls-verify is refused
};

/* Read one kubeconfig document.
 * context   NULL: its current-context
 * base_dir  what relative file names are relative to; NULL with KUBE_CONFIG_NO_FILES
 * Errors    ERR_INVALID (not YAML; `context "x" does not exist`; ...), ERR_UNSUPPORTED (exec, auth-provider),
 * ERR_NOT_FOUND (a file)
 */
must_check bool kube_config_parse(struct arena *a, struct str text, const char *base_dir, const char *context,
                                  unsigned flags, struct kube_config *out, struct err *err);
/* What a process does at start: the file at `path` (--kubeconfig), else $KUBECONFIG (first file that exists),
 * else the Pod's service account, else ~/.kube/config. `path`, `context` may be NULL. Errors    those of
 * kube_config_parse; ERR_NOT_FOUND when there is nothing of all that */
must_check bool kube_config_load(struct arena *a, const char *path, const char *context,
                                 struct kube_config *out, struct err *err);
// The service account of the Pod we run in. ERR_NOT_FOUND outside of a cluster.
must_check bool kube_config_in_cluster(struct arena *a, struct kube_config *out, struct err *err);
// The namespace of the Pod's service account, NULL outside of a cluster.
const char *kube_config_pod_namespace(struct arena *a);
struct kube_config kube_config_copy(struct arena *a, const struct kube_config *c);

#endif
