// SPDX-License-Identifier: Apache-2.0
// flux trace: from an object to the Kustomization or HelmRelease that made it, and on to the source.
#include "deploy/cli/cli.h"

#include "common/base/timeutil.h"

#include <stdio.h>
#include <time.h>

#define OWNER_DEPTH 16

struct page {
    struct cli *c;
    int width; // of the key column
};

static void line(const struct page *p, const char *key, const char *value) {
    if (!text_empty(value))
        printf("%-*s%s\n", p->width, arena_fmt(p->c->a, "%s:", key), value);
}

// "2026-01-02 03:04:05 +0000 UTC" in the local zone, as Go prints a time.
static const char *local_time(struct cli *c, const char *text) {
    struct err err = { .a = c->a };
    int64_t at;
    struct tm tm;
    char out[64];
    if (text_empty(text) || !time_parse_rfc3339(text, &at, &err))
        return "";
    time_t s = (time_t)(at / NS_PER_S);
    tzset();
    localtime_r(&s, &tm);
    strftime(out, sizeof out, "%Y-%m-%d %H:%M:%S %z %Z", &tm);
    return arena_strdup(c->a, out);
}

static void status_lines(const struct page *p, const struct value *o, bool source) {
    const struct value *ready = object_condition(o, "Ready");
    if (!ready) {
        line(p, "Status", "Unknown");
        return;
    }
    bool failed = source && text_eq(value_text(value_get(ready, "status"), ""), "False");
    line(p, "Status",
         arena_fmt(p->c->a, "%s at %s", failed ? "Last reconciliation failed" : "Last reconciled",
                   local_time(p->c, value_text(value_get(ready, "lastTransitionTime"), ""))));
    line(p, "Message", value_text(value_get(ready, "message"), ""));
}

static bool trace_source(struct page *p, const struct value *ref, const char *own_ns) {
    struct cli *c = p->c;
    const struct cli_kind *k = cli_kind_of(value_text(value_get(ref, "kind"), ""));
    const char *ns = value_text(value_get(ref, "namespace"), own_ns),
               *name = value_text(value_get(ref, "name"), "");
    struct value *o;
    if (!k)
        return true;
    if (!kube_get(c->a, c->kube, &k->resource, ns, name, &o, &c->err))
        return err_wrap(&c->err, "failed to find %s", k->resource.kind);
    const struct value *git_ref = value_at(o, "spec", "ref", NULL),
                       *artifact = value_at(o, "status", "artifact", NULL);
    const char *tag = value_text(value_get(git_ref, "tag"), value_text(value_get(git_ref, "semver"), NULL));
    puts("---");
    line(p, k->resource.kind, name);
    line(p, "Namespace", ns);
    line(p, "URL", value_text_at(o, "spec", "url", NULL));
    line(p, "Chart", value_text_at(o, "spec", "chart", NULL));
    line(p, "Version", value_text_at(o, "spec", "version", NULL));
    line(p, "Tag", tag);
    line(p, "Branch", tag ? NULL : value_text(value_get(git_ref, "branch"), NULL));
    line(p, "Commit", value_text(value_get(git_ref, "commit"), NULL));
    line(p, "Digest", value_text(value_get(git_ref, "digest"), NULL));
    line(p, "Revision", value_text(value_get(artifact, "revision"), NULL));
    line(p, "Origin Revision",
         value_text(value_at(artifact, "metadata", "org.opencontainers.image.revision", NULL), NULL));
    line(p, "Origin Source",
         value_text(value_at(artifact, "metadata", "org.opencontainers.image.source", NULL), NULL));
    status_lines(p, o, true);
    return true;
}

static void head(const struct page *p, const struct value *o) {
    puts("");
    line(p, "Object", arena_fmt(p->c->a, "%s/%s", object_kind(o), object_name(o)));
    line(p, "Namespace", object_ns(o));
    line(p, "Status", "Managed by Flux");
    puts("---");
}

static bool trace_kustomization(struct cli *c, const struct value *o, const char *ns, const char *name) {
    struct page p = { c, 17 };
    const struct cli_kind *k = cli_kind_of("Kustomization");
    struct value *ks;
    if (!kube_get(c->a, c->kube, &k->resource, ns, name, &ks, &c->err))
        return err_wrap(&c->err, "failed to find kustomization");
    head(&p, o);
    line(&p, "Kustomization", name);
    line(&p, "Namespace", ns);
    line(&p, "Target", value_text_at(ks, "spec", "targetNamespace", NULL));
    line(&p, "Path", value_text_at(ks, "spec", "path", NULL));
    line(&p, "Revision", value_text_at(ks, "status", "lastAppliedRevision", NULL));
    status_lines(&p, ks, false);
    return trace_source(&p, value_at(ks, "spec", "sourceRef", NULL), ns);
}

static bool trace_release(struct cli *c, const struct value *o, const char *ns, const char *name) {
    struct page p = { c, 16 };
    const struct cli_kind *k = cli_kind_of("HelmRelease");
    struct value *hr;
    if (!kube_get(c->a, c->kube, &k->resource, ns, name, &hr, &c->err))
        return err_wrap(&c->err, "failed to find HelmRelease");
    head(&p, o);
    line(&p, "HelmRelease", name);
    line(&p, "Namespace", ns);
    line(&p, "Target", value_text_at(hr, "spec", "targetNamespace", NULL));
    line(&p, "Revision", value_text_at(hr, "status", "lastAttemptedRevision", NULL));
    status_lines(&p, hr, false);
    const struct value *chart_ref = value_at(hr, "spec", "chartRef", NULL);
    if (chart_ref) {
        p.width = 17;
        return trace_source(&p, chart_ref, ns);
    }
    const struct value *source = value_at(hr, "spec", "chart", "spec", "sourceRef", NULL);
    const char *source_ns = value_text(value_get(source, "namespace"), ns);
    struct value *chart = value_map(c->a);
    value_set(c->a, chart, "kind", value_string(c->a, "HelmChart"));
    value_set(c->a, chart, "namespace", value_string(c->a, source_ns));
    value_set(c->a, chart, "name", value_fmt(c->a, "%s-%s", ns, name));
    return trace_source(&p, chart, ns) && trace_source(&p, source, ns);
}

// Follows the controllers' references up to an object that Flux has labelled.
static bool trace_object(struct cli *c, const struct value *o) {
    const struct value *at = o;
    for (unsigned depth = 0; depth < OWNER_DEPTH; depth++) {
        const char *ks = object_label(at, "kustomize.toolkit.fluxcd.io/name");
        const char *hr = object_label(at, "helm.toolkit.fluxcd.io/name");
        if (hr)
            return trace_release(c, o, object_label(at, "helm.toolkit.fluxcd.io/namespace"), hr);
        if (ks)
            return trace_kustomization(c, o, object_label(at, "kustomize.toolkit.fluxcd.io/namespace"), ks);
        const struct value *owner = value_item(value_at(at, "metadata", "ownerReferences", NULL), 0);
        const struct kube_resource *r;
        struct value *next;
        if (!owner)
            break;
        const char *api_version = value_text(value_get(owner, "apiVersion"), ""), *group, *version;
        api_version_split(c->a, api_version, &group, &version);
        if (!kube_discovery_find(c->discovery, group, version, value_text(value_get(owner, "kind"), ""), &r,
                                 &c->err) ||
            !kube_get(c->a, c->kube, r, object_ns(o), value_text(value_get(owner, "name"), ""), &next,
                      &c->err))
            return false;
        at = next;
    }
    return err_set(&c->err, ERR_INVALID, "object not managed by Flux");
}

// The resource that a word names: usual kinds in singular, plural and short form, and Flux's own.
static bool resource_of(struct cli *c, const char *word, struct kube_resource *out) {
    static const char *const known[][4] = {
        { "deployment", "apps", "v1", "Deployment" },
        { "deploy", "apps", "v1", "Deployment" },
        { "statefulset", "apps", "v1", "StatefulSet" },
        { "sts", "apps", "v1", "StatefulSet" },
        { "daemonset", "apps", "v1", "DaemonSet" },
        { "ds", "apps", "v1", "DaemonSet" },
        { "pod", "", "v1", "Pod" },
        { "po", "", "v1", "Pod" },
        { "service", "", "v1", "Service" },
        { "svc", "", "v1", "Service" },
        { "configmap", "", "v1", "ConfigMap" },
        { "cm", "", "v1", "ConfigMap" },
        { "secret", "", "v1", "Secret" },
        { "ingress", "networking.k8s.io", "v1", "Ingress" },
        { "job", "batch", "v1", "Job" },
        { "cronjob", "batch", "v1", "CronJob" },
    };
    for (size_t i = 0; i < countof(known); i++) {
        bool same = text_eq(known[i][0], word) || text_eq(arena_fmt(c->a, "%ss", known[i][0]), word);
        const struct kube_resource *r;
        if (same && kube_discovery_find(c->discovery, known[i][1], known[i][2], known[i][3], &r, &c->err))
            return *out = *r, true;
        if (c->err.kind != ERR_NONE)
            return false;
    }
    const struct cli_kind *k = cli_kind_of(word);
    if (!k) // "kustomizations"
        k = cli_kind_of(arena_text(c->a, word, strlen(word) - (text_ends(word, "s") ? 1 : 0)));
    if (k)
        return *out = k->resource, true;
    return err_set(&c->err, ERR_INVALID, "unknown resource %s: name it with --kind and --api-version", word);
}

static bool target(struct cli *c, size_t n, const char *const *words, struct kube_resource *out,
                   const char **name) {
    const char *slash = n ? strchr(words[0], '/') : NULL;
    if (!n)
        return err_set(&c->err, ERR_INVALID, "object name is required");
    if (slash || n > 1) {
        *name = slash ? slash + 1 : words[1];
        return resource_of(c, slash ? arena_text(c->a, words[0], (size_t)(slash - words[0])) : words[0], out);
    }
    if (text_empty(c->o.kind))
        return err_set(&c->err, ERR_INVALID, "object kind is required (--kind)");
    if (text_empty(c->o.api_version))
        return err_set(&c->err, ERR_INVALID, "object apiVersion is required (--api-version)");
    const char *group, *version;
    const struct kube_resource *r;
    api_version_split(c->a, c->o.api_version, &group, &version);
    if (!kube_discovery_find(c->discovery, group, version, c->o.kind, &r, &c->err))
        return false;
    *out = *r;
    *name = words[0];
    return true;
}

int cli_trace(struct cli *c, size_t n, const char *const *words) {
    struct kube_resource r;
    const char *name;
    struct value *o;
    if (!cli_connect(c) || !target(c, n, words, &r, &name) ||
        !kube_get(c->a, c->kube, &r, r.namespaced ? c->ns : NULL, name, &o, &c->err))
        return 1;
    if (trace_object(c, o))
        return 0;
    // Without a line break, and with success: as upstream.
    fprintf(stderr, "failed to trace %s/%s in namespace %s: %s", object_kind(o), object_name(o), object_ns(o),
            c->err.msg);
    err_clear(&c->err);
    return 0;
}
