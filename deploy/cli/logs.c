// SPDX-License-Identifier: Apache-2.0
// flux logs: the controllers' logs, from their Pods through the API server.
#include "deploy/cli/logs.h"

#include "common/base/timeutil.h"

#include <pthread.h>
#include <stdio.h>

#define MAX_PODS 64

static const struct kube_resource deployments = { "apps", "v1", "Deployment", "deployments", true };
static const struct kube_resource pods = { "", "v1", "Pod", "pods", true };

struct pod_log {
    struct cli *c;
    const struct log_filter *filter;
    char *path; // of the log endpoint, with its query
    pthread_t thread;
    struct arena a;
    struct err err; // its own: threads run side by side
};

// Hands whole lines to the filter. false: the stream ends here.
static bool take_lines(struct buf *pending, const struct log_filter *f) {
    ptrdiff_t at;
    size_t done = 0;
    bool go_on = true;
    while (go_on && (at = str_chr(str_sub(buf_str(pending), done, pending->n), '\n')) >= 0) {
        go_on = log_line_print(f, str_make(pending->p + done, (size_t)at)) != LOG_LINE_BROKEN;
        done += (size_t)at + 1;
    }
    buf_shift(pending, done);
    return go_on && pending->n <= (64u << 10);
}

static bool stream_log(struct pod_log *p) {
    struct http_request req;
    struct http_response response;
    AUTO(http_close) struct http_body *body = NULL;
    if (!kube_http_request(&p->a, p->c->kube, "GET", p->path, "*/*", &req, &p->err))
        return false;
    if (p->c->o.follow)
        req.timeout_ns = 365 * 24 * NS_PER_HOUR;
    if (!http_open(kube_client_http(p->c->kube), &p->a, &req, &response, &body, &p->err))
        return false;
    autobuf pending = { 0 };
    char bytes[16384];
    size_t got;
    while (http_read(body, bytes, sizeof bytes, &got, &p->err)) {
        buf_add(&pending, bytes, got);
        if (response.status >= 400 && got)
            continue;
        if (response.status >= 400)
            return kube_status_err(&p->a, response.status, buf_str(&pending), NULL, &p->err);
        if (!take_lines(&pending, p->filter))
            return true;
        fflush(stdout);
        if (!got)
            return log_line_print(p->filter, buf_str(&pending)), true;
    }
    return false;
}

static void *pod_thread(void *arg) {
    struct pod_log *p = arg;
    if (!stream_log(p))
        cli_say(SAY_FAIL, "failed getting logs: %s", p->err.msg);
    return NULL;
}

static bool into_list(void *arg, struct value *object, struct err *err) {
    (void)err;
    struct value **list = arg;
    value_append((struct arena *)(void *)list[1], list[0], object);
    return true;
}

static bool list_labelled(struct cli *c, const struct kube_resource *r, const char *ns, const char *selector,
                          struct value **out) {
    struct value *list[2] = { value_list(c->a), (struct value *)(void *)c->a };
    if (!kube_list(c->a, c->kube, r, ns, selector, into_list, list, &c->err))
        return false;
    *out = list[0];
    return true;
}

// One pod of the Deployment's template labels, a running one rather than another.
static bool pod_of(struct cli *c, const char *ns, const struct value *deployment, const struct value **out) {
    autobuf selector = { 0 };
    const struct value *labels = value_at(deployment, "spec", "template", "metadata", "labels", NULL);
    for (size_t i = 0; value_is(labels, VALUE_MAP) && i < labels->map.n; i++)
        buf_fmt(&selector, "%s%s=%s", i ? "," : "", labels->map.pairs[i].key.p,
                value_text(labels->map.pairs[i].value, ""));
    struct value *list;
    if (!list_labelled(c, &pods, ns, selector.p, &list))
        return false;
    *out = value_item(list, 0);
    for (size_t i = 0; i < list->list.n; i++)
        if (text_eq(value_text_at(list->list.items[i], "status", "phase", NULL), "Running"))
            return *out = list->list.items[i], true;
    return true;
}

static char *log_path(struct cli *c, const char *ns, const struct value *pod) {
    autobuf b = { 0 };
    buf_fmt(&b, "/api/v1/namespaces/%s/pods/%s/log?follow=%s", ns, object_name(pod),
            c->o.follow ? "true" : "false");
    if (value_len(value_at(pod, "spec", "containers", NULL)) > 1)
        buf_puts(&b, "&container=manager");
    if (c->o.tail >= 0)
        buf_fmt(&b, "&tailLines=%lld", (long long)c->o.tail);
    if (c->o.since_ns)
        buf_fmt(&b, "&sinceSeconds=%lld", (long long)((c->o.since_ns + NS_PER_S / 2) / NS_PER_S));
    if (!text_empty(c->o.since_time))
        buf_fmt(&b, "&sinceTime=%s", url_escape(c->a, str_of(c->o.since_time)));
    return (char *)buf_to_arena(&b, c->a).p;
}

static int logs_from_pods(struct cli *c, const struct log_filter *f) {
    const char *ns = text_empty(c->o.flux_namespace) ? "flux-system" : c->o.flux_namespace;
    struct value *list;
    if (!list_labelled(c, &deployments, ns, "app.kubernetes.io/part-of=flux", &list))
        return 1;
    struct pod_log *logs = arena_array(c->a, struct pod_log, MAX_PODS);
    size_t n = 0;
    for (size_t i = 0; i < list->list.n && n < MAX_PODS; i++) {
        const struct value *pod;
        if (!pod_of(c, ns, list->list.items[i], &pod))
            return 1;
        if (pod)
            logs[n++] = (struct pod_log) { .c = c, .filter = f, .path = log_path(c, ns, pod) };
    }
    if (!n)
        return cli_fail(c, "no Flux pods found in namespace \"%s\"", ns);
    bool failed = false;
    for (size_t i = 0; i < n; i++) {
        logs[i].err.a = &logs[i].a;
        if (!c->o.follow)
            pod_thread(&logs[i]);
        else if (pthread_create(&logs[i].thread, NULL, pod_thread, &logs[i]) != 0)
            return cli_fail(c, "cannot start a thread");
    }
    for (size_t i = 0; i < n; i++) {
        if (c->o.follow)
            pthread_join(logs[i].thread, NULL);
        failed |= logs[i].err.kind != ERR_NONE;
        arena_done(&logs[i].a);
    }
    return failed ? cli_fail(c, "failed to collect logs from all Flux pods") : 0;
}

int cli_logs(struct cli *c, size_t n, const char *const *words) {
    (void)words;
    if (n)
        return cli_fail(c, "no argument required");
    if (c->o.since_ns && !text_empty(c->o.since_time))
        return cli_fail(c, "at most one of `sinceTime` or `sinceDuration` may be specified");
    struct log_filter f = { .level = c->o.level, .kind = c->o.kind, .name = c->o.name };
    if (!cli_connect(c))
        return 1;
    f.ns = c->o.all_namespaces ? NULL : c->ns;
    struct value *files = logs_supervisor_files(c);
    if (!files)
        return logs_from_pods(c, &f);
    if (!text_empty(c->o.since_time) && !time_parse_rfc3339(c->o.since_time, &f.not_before_at, &c->err))
        return 1;
    if (c->o.since_ns)
        f.not_before_at = now_wall_ns() - c->o.since_ns;
    return logs_from_files(c, files, &f);
}
