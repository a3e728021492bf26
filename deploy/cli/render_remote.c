// SPDX-License-Identifier: Apache-2.0
// Remote entries of local kustomizations: a network that is there once it is needed.
#include "deploy/cli/render_remote.h"

#include "common/git/git.h"
#include "common/kustomize/remote.h"

#include <pthread.h>
#include <stdlib.h>

struct render_network {
    struct loop *loop; // NULL until the first entry
    struct http_client *http;
    pthread_t thread;
    bool running;
    struct kustomize_fetch fetch;
    struct kustomize_remote inner;
};

struct render_network *render_network_new(void) {
    struct render_network *n = calloc(1, sizeof *n);
    if (!n)
        abort();
    return n;
}

static void *network_thread(void *arg) {
    loop_run(((struct render_network *)arg)->loop);
    return NULL;
}

static bool start(struct render_network *n, struct err *err) {
    if (n->running)
        return true;
    if (!n->loop) {
        repo_init();
        n->loop = loop_new();
        n->http = http_client_new(n->loop);
        n->fetch = (struct kustomize_fetch) { .http = n->http, .use_env_proxy = true };
        n->inner = kustomize_fetch_remote(&n->fetch);
    }
    if (pthread_create(&n->thread, NULL, network_thread, n) != 0)
        return err_set(err, ERR_IO, "cannot start a thread");
    return n->running = true;
}

static bool get(void *arg, struct arena *a, const char *url, struct str *out, struct err *err) {
    struct render_network *n = arg;
    return start(n, err) && n->inner.get(n->inner.arg, a, url, out, err);
}

static bool clone_repo(void *arg, struct arena *a, const struct kustomize_repo *repo, struct fileset **out,
                       struct err *err) {
    struct render_network *n = arg;
    return start(n, err) && n->inner.clone(n->inner.arg, a, repo, out, err);
}

struct kustomize_remote render_network_remote(struct render_network *n) {
    return (struct kustomize_remote) { n, get, clone_repo };
}

static void stop(void *arg) {
    loop_stop(arg);
}

void render_network_free(struct render_network **network) {
    struct render_network *n = *network;
    if (!n)
        return;
    kustomize_fetch_done(&n->fetch);
    if (n->running) {
        loop_post(n->loop, stop, n->loop);
        pthread_join(n->thread, NULL);
    }
    if (n->loop) {
        http_client_free(n->http);
        loop_free(n->loop);
    }
    free(n);
    *network = NULL;
}
