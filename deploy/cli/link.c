// SPDX-License-Identifier: Apache-2.0
// The connection to the cluster: a loop thread behind the commands' blocking calls.
#include "deploy/cli/cli.h"

#include <pthread.h>

struct cli_link {
    struct loop *loop;
    struct http_client *http;
    pthread_t thread;
    bool running;
};

static void *link_thread(void *arg) {
    loop_run(((struct cli_link *)arg)->loop);
    return NULL;
}

static const char *namespace_of(struct cli *c, const struct kube_config *config) {
    if (!text_empty(c->o.ns))
        return c->o.ns;
    const char *follow = getenv("FLUX_NS_FOLLOWS_KUBE_CONTEXT");
    if ((c->o.ns_follows_context || text_eq(follow, "true")) && !text_empty(config->ns))
        return config->ns;
    const char *env = getenv("FLUX_SYSTEM_NAMESPACE");
    return text_empty(env) ? "flux-system" : env;
}

bool cli_connect(struct cli *c) {
    if (c->link)
        return true;
    struct kube_config config;
    const char *path = text_empty(c->o.kubeconfig) ? NULL : c->o.kubeconfig;
    if (!kube_config_load(c->a, path, text_empty(c->o.context) ? NULL : c->o.context, &config, &c->err))
        return false;
    if (!text_empty(c->o.server))
        config.server = c->o.server;
    if (!text_empty(c->o.token))
        config.token = c->o.token;
    if (!text_empty(c->o.as))
        config.impersonate_user = c->o.as;
    c->ns = namespace_of(c, &config);
    c->link = arena_new(c->a, struct cli_link);
    c->link->loop = loop_new();
    c->link->http = http_client_new(c->link->loop);
    c->kube = kube_client_new(c->link->loop, c->link->http, &config);
    c->discovery = kube_discovery_new(c->kube);
    if (pthread_create(&c->link->thread, NULL, link_thread, c->link) != 0)
        return err_set(&c->err, ERR_IO, "cannot start a thread");
    return c->link->running = true;
}

static void stop(void *arg) {
    loop_stop(arg);
}

void cli_disconnect(struct cli *c) {
    if (!c->link)
        return;
    if (c->link->running) {
        loop_post(c->link->loop, stop, c->link->loop); // behind what was posted before, so that it still runs
        pthread_join(c->link->thread, NULL);
    }
    kube_discovery_free(c->discovery);
    kube_client_unref(c->kube);
    http_client_free(c->link->http);
    loop_free(c->link->loop);
    c->link = NULL;
}

static int by_ns_name(const void *x, const void *y) {
    const struct value *a = *(struct value *const *)x, *b = *(struct value *const *)y;
    int c = strcmp(object_ns(a), object_ns(b));
    return c ? c : strcmp(object_name(a), object_name(b));
}

bool cli_list(struct cli *c, const struct cli_kind *k, const char *name, struct value **out) {
    struct kube_request req = {
        .verb = KUBE_LIST,
        .resource = &k->resource,
        .ns = c->o.all_namespaces ? NULL : c->ns,
        .label_selector = text_empty(c->o.label_selector) ? NULL : c->o.label_selector,
        .field_selector = text_empty(name) ? NULL : arena_fmt(c->a, "metadata.name=%s", name),
        .timeout_ns = c->o.timeout_ns,
    };
    if (!kube_list_all(c->a, c->kube, &req, out, &c->err))
        return false;
    if ((*out)->list.n > 1)
        qsort((*out)->list.items, (*out)->list.n, sizeof *(*out)->list.items, by_ns_name);
    return true;
}

bool cli_is_missing_kind(const struct err *err) {
    return err->kind == ERR_NOT_FOUND;
}
