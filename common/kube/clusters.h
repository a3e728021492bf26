// SPDX-License-Identifier: Apache-2.0
/* Clusters: other API servers that objects name by a kubeconfig (spec.kubeConfig), each with one client and its discovery.
 *
 * What it is     a small table by the kubeconfig's content: the same text gives the same client, so that watches of parked objects
 *                are shared, and a changed Secret gives a new one
 * Limits         CLUSTERS_IDLE entries that nobody uses are kept; an older one goes
 * Threads        any
 * Flux           pkg/runtime/client (WithKubeConfig)
 */
#ifndef KUBE_CLUSTERS_H
#define KUBE_CLUSTERS_H

#include "common/kube/discovery.h"

#define CLUSTERS_IDLE 16

struct kube_clusters;
struct kube_cluster;

// The loop and the http client must outlive it.
struct kube_clusters *kube_clusters_new(struct loop *l, struct http_client *http);
void kube_clusters_free(struct kube_clusters *set); // NULL ok; nobody may use one any more

/* A reference to the cluster that the kubeconfig's current context names. flags: enum kube_config_flags.
 * Errors: those of kube_config_parse */
must_check bool kube_clusters_find(struct kube_clusters *set, struct str kubeconfig, unsigned flags,
                                   struct kube_cluster **out, struct err *err);
void kube_cluster_unref(struct kube_cluster *c);                       // NULL ok
struct kube_client *kube_cluster_client(const struct kube_cluster *c); // borrowed: as long as the reference
struct kube_discovery *kube_cluster_discovery(const struct kube_cluster *c);

#endif
