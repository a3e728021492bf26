// SPDX-License-Identifier: Apache-2.0
#include "common/kube/clusters.h"

#include <pthread.h>

#include "common/base/map.h"
#include "common/crypto/digest.h"

struct kube_cluster {
    struct kube_clusters *set;
    struct kube_client *client;
    struct kube_discovery *discovery;
    char *key;
    unsigned users;
    uint64_t used; // order of last use
};

struct kube_clusters {
    struct loop *loop;
    struct http_client *http;
    pthread_mutex_t lock; // guards all below, and users and used of the clusters
    struct map by_key;    // -> struct kube_cluster
    uint64_t clock;
};

struct kube_clusters *kube_clusters_new(struct loop *l, struct http_client *http) {
    struct kube_clusters *set = calloc(1, sizeof *set);
    if (!set)
        abort();
    set->loop = l;
    set->http = http;
    pthread_mutex_init(&set->lock, NULL);
    return set;
}

static void cluster_free(struct kube_cluster *c) {
    kube_discovery_free(c->discovery);
    kube_client_unref(c->client);
    free(c->key);
    free(c);
}

void kube_clusters_free(struct kube_clusters *set) {
    const char *key;
    void *value;
    if (!set)
        return;
    for (size_t i = 0; map_next(&set->by_key, &i, &key, &value);)
        cluster_free(value);
    map_done(&set->by_key);
    pthread_mutex_destroy(&set->lock);
    free(set);
}

// Lock held. The one that nobody has used for longest leaves the table; NULL: there is room.
static struct kube_cluster *evict(struct kube_clusters *set) {
    struct kube_cluster *oldest = NULL;
    const char *key;
    void *value;
    if (set->by_key.count < CLUSTERS_IDLE)
        return NULL;
    for (size_t i = 0; map_next(&set->by_key, &i, &key, &value);) {
        struct kube_cluster *c = value;
        if (!c->users && (!oldest || c->used < oldest->used))
            oldest = c;
    }
    if (oldest)
        map_remove(&set->by_key, oldest->key);
    return oldest;
}

static struct kube_cluster *take(struct kube_clusters *set, const char *key) {
    pthread_mutex_lock(&set->lock);
    struct kube_cluster *c = map_get(&set->by_key, key);
    if (c) {
        c->users++;
        c->used = ++set->clock;
    }
    pthread_mutex_unlock(&set->lock);
    return c;
}

static struct kube_cluster *make(struct kube_clusters *set, const char *key,
                                 const struct kube_config *config) {
    struct kube_cluster *c = calloc(1, sizeof *c);
    if (!c || !(c->key = strdup(key)))
        abort();
    c->set = set;
    c->client = kube_client_new(set->loop, set->http, config);
    c->discovery = kube_discovery_new(c->client);
    return c;
}

bool kube_clusters_find(struct kube_clusters *set, struct str kubeconfig, unsigned flags,
                        struct kube_cluster **out, struct err *err) {
    autoarena a = { 0 };
    struct digest digest;
    digest_of(DIGEST_SHA256, kubeconfig, &digest);
    const char *key = arena_fmt(&a, "%s/%u", digest_hex(&a, &digest), flags);
    *out = take(set, key);
    if (*out)
        return true;
    struct err inner = { .a = &a };
    struct kube_config config;
    if (!kube_config_parse(&a, kubeconfig, NULL, NULL, flags, &config, &inner))
        return err_move(err, &inner);
    struct kube_cluster *mine = make(set, key, &config), *gone = NULL;
    pthread_mutex_lock(&set->lock);
    struct kube_cluster *c = map_get(&set->by_key, key); // another worker may have been faster
    if (!c) {
        gone = evict(set);
        map_set(&set->by_key, key, mine);
        c = mine;
    }
    c->users++;
    c->used = ++set->clock;
    pthread_mutex_unlock(&set->lock);
    if (c != mine)
        cluster_free(mine);
    if (gone)
        cluster_free(gone);
    *out = c;
    return true;
}

void kube_cluster_unref(struct kube_cluster *c) {
    if (!c)
        return;
    pthread_mutex_lock(&c->set->lock);
    c->users--;
    pthread_mutex_unlock(&c->set->lock);
}

struct kube_client *kube_cluster_client(const struct kube_cluster *c) {
    return c->client;
}

struct kube_discovery *kube_cluster_discovery(const struct kube_cluster *c) {
    return c->discovery;
}
