// SPDX-License-Identifier: Apache-2.0
// flux version and flux stats.
#include "deploy/cli/cli.h"

#include "common/value/json.h"
#include "common/value/yaml.h"

#include <stdio.h>

static const struct kube_resource deployments = { "apps", "v1", "Deployment", "deployments", true };
static const struct kube_resource crds = { "apiextensions.k8s.io", "v1", "CustomResourceDefinition",
                                           "customresourcedefinitions", false };

// "registry/path/name:tag@digest" -> name, tag.
static void image_parts(struct arena *a, const char *image, const char **name, const char **tag) {
    struct str s = str_of(image);
    ptrdiff_t at = str_chr(s, '@'), slash, colon;
    if (at >= 0)
        s = str_sub(s, 0, (size_t)at);
    if ((slash = str_rchr(s, '/')) >= 0)
        s = str_sub(s, (size_t)slash + 1, s.n);
    colon = str_chr(s, ':');
    *name = arena_text(a, s.p, colon < 0 ? s.n : (size_t)colon);
    *tag = colon < 0 ? "latest" : arena_text(a, s.p + colon + 1, s.n - (size_t)colon - 1);
}

struct versions {
    struct cli *c;
    struct value *out;
    size_t n_deployments;
};

static bool add_images(void *arg, struct value *deployment, struct err *err) {
    (void)err;
    struct versions *v = arg;
    v->n_deployments++;
    const struct value *containers = value_at(deployment, "spec", "template", "spec", "containers", NULL);
    for (size_t i = 0; i < value_len(containers); i++) {
        const char *name, *tag;
        image_parts(v->c->a, value_text(value_get(value_item(containers, i), "image"), ""), &name, &tag);
        value_set(v->c->a, v->out, name, value_string(v->c->a, tag));
    }
    return true;
}

static bool cluster_versions(struct cli *c, struct value *out) {
    struct value *crd;
    if (kube_get(c->a, c->kube, &crds, NULL, "gitrepositories.source.toolkit.fluxcd.io", &crd, &c->err)) {
        const char *version = object_label(crd, "app.kubernetes.io/version");
        if (version)
            value_set(c->a, out, "distribution", value_fmt(c->a, "flux-%s", version));
    } else if (c->err.kind == ERR_NOT_FOUND) {
        err_clear(&c->err);
    } else {
        return false;
    }
    struct value *images = value_map(c->a);
    struct versions v = { c, images, 0 };
    if (!kube_list(c->a, c->kube, &deployments, c->ns, "app.kubernetes.io/part-of=flux", add_images, &v,
                   &c->err))
        return false;
    if (!v.n_deployments)
        return err_set(&c->err, ERR_NOT_FOUND, "no deployments found in %s namespace", c->ns);
    value_sort_keys(images);
    for (size_t i = 0; i < images->map.n; i++)
        value_set_n(c->a, out, images->map.pairs[i].key, images->map.pairs[i].value);
    return true;
}

int cli_version(struct cli *c, size_t n, const char *const *words) {
    if (n)
        return cli_fail(c, "unknown argument \"%s\"", words[0]);
    const char *format = text_empty(c->o.output) ? "yaml" : c->o.output;
    if (!text_eq(format, "yaml") && !text_eq(format, "json"))
        return cli_fail(c, "invalid output format %s, it must be json or yaml", format);
    struct value *out = value_map(c->a);
    value_set(c->a, out, "flux", value_string(c->a, "v" RUNNEL_VERSION));
    bool ok = c->o.client || (cli_connect(c) && cluster_versions(c, out));
    autobuf b = { 0 };
    if (text_eq(format, "json")) {
        json_write(&b, out, JSON_INDENT_2);
        buf_putc(&b, '\n');
    } else {
        for (size_t i = 0; i < out->map.n; i++)
            buf_fmt(&b, "%s: %s\n", out->map.pairs[i].key.p, value_text(out->map.pairs[i].value, ""));
    }
    fwrite(b.p, 1, b.n, stdout);
    return !ok;
}

// In the order and number that `flux stats` always shows.
static const char *const stats_kinds[] = {
    "GitRepository",         "OCIRepository", "HelmRepository", "HelmChart", "Bucket",
    "Kustomization",         "HelmRelease",   "Alert",          "Provider",  "Receiver",
    "ImageUpdateAutomation", "ImagePolicy",   "ImageRepository"
};

static const char *storage_text(struct arena *a, int64_t bytes) {
    static const char *const units[] = { "KiB", "MiB", "GiB" };
    if (bytes <= 0)
        return "-";
    if (bytes < 1024)
        return arena_fmt(a, "%lld B", (long long)bytes);
    double v = (double)bytes / 1024;
    size_t u = 0;
    for (; v >= 1024 && u + 1 < countof(units); u++)
        v /= 1024;
    return arena_fmt(a, "%.1f %s", v, units[u]);
}

int cli_stats(struct cli *c, size_t n, const char *const *words) {
    static const char *const header[] = { "RECONCILERS", "RUNNING", "FAILING", "SUSPENDED", "STORAGE" };
    if (n)
        return cli_fail(c, "unknown argument \"%s\"", words[0]);
    if (!cli_connect(c))
        return 1;
    struct table t = { .header = header, .n_columns = countof(header) };
    for (size_t i = 0; i < countof(stats_kinds); i++) {
        const struct cli_kind *k = cli_kind_of(stats_kinds[i]);
        struct value *list = value_list(c->a);
        if (!cli_list(c, k, "", &list)) {
            if (!cli_is_missing_kind(&c->err))
                return 1;
            err_clear(&c->err);
        }
        int64_t suspended = 0, failing = 0, bytes = 0;
        for (size_t j = 0; j < value_len(list); j++) {
            const struct value *o = value_item(list, j);
            suspended += value_bool_or(value_at(o, "spec", "suspend", NULL), false);
            failing += object_condition_is(o, "Ready", "False");
            bytes += value_int_or(value_at(o, "status", "artifact", "size", NULL), 0);
        }
        const char *cells[] = { stats_kinds[i],
                                arena_fmt(c->a, "%lld", (long long)value_len(list) - (long long)suspended),
                                arena_fmt(c->a, "%lld", (long long)failing),
                                arena_fmt(c->a, "%lld", (long long)suspended), storage_text(c->a, bytes) };
        table_add(c->a, &t, cells);
    }
    table_print(&t, true);
    return 0;
}
