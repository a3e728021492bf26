// SPDX-License-Identifier: Apache-2.0
// The objects that templates see, with Go's type names and methods. Helm: pkg/chart/common/{values,capabilities}.go
#include "common/helm/context.h"
#include "common/helm/values_internal.h"
#include "common/value/yaml.h"

extern const struct ttype helm_type_files; // files.c

/* ---- common.Values ---- */

static bool values_as_map(struct tctx *c, struct tval self, const struct tval *args, size_t n,
                          struct tval *out) {
    (void)args, (void)n;
    if (!self.map->n) {
        *out = tval_map(tmap_new(tctx_arena(c), &ttype_map_any));
        return true;
    }
    self.unnamed = true;
    return *out = self, true;
}

static bool values_table_method(struct tctx *c, struct tval self, const struct tval *args, size_t n,
                                struct tval *out) {
    struct str rest = args[0].s, part;
    struct tval v = self;
    (void)n;
    while (str_split(&rest, '.', &part)) {
        const struct tval *next = tmap_find(v.map, part);
        if (!next || next->kind != TVAL_MAP)
            return tctx_fail(c, "\"%.*s\" is not a table", (int)part.n, part.p);
        v = *next;
    }
    return *out = v, true;
}

static bool values_yaml(struct tctx *c, struct tval self, const struct tval *args, size_t n,
                        struct tval *out) {
    struct err err = { .a = tctx_arena(c) };
    struct value *v;
    autobuf text = { 0 };
    (void)args, (void)n;
    if (!tval_to_value(tctx_arena(c), self, &v, &err))
        return tctx_fail(c, "%s", err.msg);
    yaml_write(&text, v, YAML_WRITE_SIGS);
    return *out = tval_str(buf_to_arena(&text, tctx_arena(c))), true;
}

static const struct tmethod values_methods[] = {
    { "AsMap", "", values_as_map },
    { "Table", "s", values_table_method },
    { "YAML", "", values_yaml },
    { 0 },
};
static const struct ttype values_type = { .name = "common.Values",
                                          .elem = TSLOT_ANY,
                                          .methods = values_methods };

/* ---- capabilities ---- */

enum { KUBE_VERSION, KUBE_NORMALIZED, KUBE_MAJOR, KUBE_MINOR };

static bool kube_git_version(struct tctx *c, struct tval self, const struct tval *args, size_t n,
                             struct tval *out) {
    (void)c, (void)args, (void)n;
    return *out = self.st->fields[KUBE_VERSION], true;
}

static struct str kube_text(const struct tstruct *st) {
    return st->fields[KUBE_NORMALIZED].s.n ? st->fields[KUBE_NORMALIZED].s : st->fields[KUBE_VERSION].s;
}

static bool kube_string(struct tctx *c, struct tval self, const struct tval *args, size_t n,
                        struct tval *out) {
    (void)c, (void)args, (void)n;
    return *out = tval_str(kube_text(self.st)), true;
}

static void kube_put(const struct tstruct *st, struct buf *out) {
    buf_put_str(out, kube_text(st));
}

static bool versions_has(struct tctx *c, struct tval self, const struct tval *args, size_t n,
                         struct tval *out) {
    bool found = false;
    (void)c, (void)n;
    for (size_t i = 0; !found && i < self.list->n; i++)
        found = str_eq(self.list->items[i].s, args[0].s);
    return *out = tval_bool(found), true;
}

static const struct tmethod kube_methods[] = {
    { "GitVersion", "", kube_git_version },
    { "String", "", kube_string },
    { 0 },
};
static const struct tmethod versions_methods[] = { { "Has", "s", versions_has }, { 0 } };
static const char *const kube_fields[] = { "Version", "normalizedVersion", "Major", "Minor", NULL };
static const char *const kube_json[] = { "Version", NULL, "Major", "Minor", NULL };
static const struct ttype kube_type = { .name = "common.KubeVersion",
                                        .fields = kube_fields,
                                        .json = kube_json,
                                        .methods = kube_methods,
                                        .string = kube_put };
static const struct ttype versions_type = { .name = "common.VersionSet",
                                            .elem = TSLOT_STRING,
                                            .methods = versions_methods };
static const char *const helm_fields[] = { "Version",   "GitCommit",         "GitTreeState",
                                           "GoVersion", "KubeClientVersion", NULL };
static const char *const helm_json[] = { "version,omitempty",        "git_commit,omitempty",
                                         "git_tree_state,omitempty", "go_version,omitempty",
                                         "kube_client_version",      NULL };
static const struct ttype helm_type = { .name = "version.BuildInfo",
                                        .fields = helm_fields,
                                        .json = helm_json };
static const char *const capabilities_fields[] = { "KubeVersion", "APIVersions", "HelmVersion", NULL };
static const struct ttype capabilities_type = { .name = "common.Capabilities",
                                                .fields = capabilities_fields,
                                                .pointer = true };

static struct tval struct_of(struct arena *a, const struct ttype *type, const char *const *texts, size_t n) {
    struct tstruct *st = tstruct_new(a, type);
    for (size_t i = 0; i < n; i++)
        st->fields[i] = tval_text(texts[i]);
    return tval_struct(st);
}

static struct tval capabilities_of(struct arena *a, const struct helm_capabilities *c) {
    struct tstruct *st = tstruct_new(a, &capabilities_type);
    const char *kube[] = { c->version, c->normalized, c->major, c->minor };
    const char *helm[] = { "v4.2", "", "", "go1.26.2", "v1.36" };
    struct tlist *versions = tlist_new(a, &versions_type, c->n_api_versions);
    for (size_t i = 0; i < c->n_api_versions; i++)
        versions->items[i] = tval_text(c->api_versions[i]);
    st->fields[0] = struct_of(a, &kube_type, kube, countof(kube));
    st->fields[1] = tval_list(versions);
    st->fields[2] = struct_of(a, &helm_type, helm, countof(helm));
    return tval_struct(st);
}

/* ---- chart ---- */

static struct tval texts_of(struct arena *a, const struct chart_texts *t) {
    struct tlist *l = tlist_new(a, &ttype_list_any, t->n);
    for (size_t i = 0; i < t->n; i++)
        l->items[i] = tval_text(t->items[i]);
    return tval_list(l);
}

static struct tval dependency_of(struct arena *a, const struct chart_dependency *d) {
    struct tmap *m = tmap_new(a, &ttype_map_any);
    struct tlist *imports = tlist_new(a, &ttype_list_any, value_len(d->import_values));
    for (size_t i = 0; i < imports->n; i++)
        imports->items[i] = tval_of_value(a, value_item(d->import_values, i), &ttype_map_str);
    tmap_set(a, m, "Alias", tval_text(d->alias));
    tmap_set(a, m, "Condition", tval_text(d->condition));
    tmap_set(a, m, "Enabled", tval_bool(d->enabled));
    tmap_set(a, m, "ImportValues", tval_list(imports));
    tmap_set(a, m, "Name", tval_text(d->name));
    tmap_set(a, m, "Repository", tval_text(d->repository));
    tmap_set(a, m, "Tags", texts_of(a, &d->tags));
    tmap_set(a, m, "Version", tval_text(d->version));
    return tval_map(m);
}

static struct tval maintainer_of(struct arena *a, const struct chart_maintainer *one) {
    struct tmap *m = tmap_new(a, &ttype_map_any);
    tmap_set(a, m, "Email", tval_text(one->email));
    tmap_set(a, m, "Name", tval_text(one->name));
    tmap_set(a, m, "URL", tval_text(one->url));
    return tval_map(m);
}

static struct tval annotations_of(struct arena *a, const struct value *v) {
    struct tmap *m = tmap_new(a, &ttype_map_str);
    m->nil = !v;
    for (size_t i = 0; i < value_len(v); i++)
        tmap_put(a, m, v->map.pairs[i].key, tval_str(v->map.pairs[i].value->s));
    return tval_map(m);
}

static struct tmap *chart_map(struct arena *a, const struct chart_metadata *m, bool is_root) {
    const struct {
        const char *key, *text;
    } texts[] = {
        { "APIVersion", m->api_version },
        { "AppVersion", m->app_version },
        { "Condition", m->condition },
        { "Description", m->description },
        { "Home", m->home },
        { "Icon", m->icon },
        { "KubeVersion", m->kube_version },
        { "Name", m->name },
        { "Tags", m->tags },
        { "Type", m->type },
        { "Version", m->version },
    };
    struct tmap *map = tmap_new(a, &ttype_map_any);
    struct tlist *dependencies = tlist_new(a, &ttype_list_any, m->n_dependencies);
    struct tlist *maintainers = tlist_new(a, &ttype_list_any, m->n_maintainers);
    for (size_t i = 0; i < countof(texts); i++)
        tmap_set(a, map, texts[i].key, tval_text(texts[i].text));
    for (size_t i = 0; i < m->n_dependencies; i++)
        dependencies->items[i] = dependency_of(a, &m->dependencies[i]);
    for (size_t i = 0; i < m->n_maintainers; i++)
        maintainers->items[i] = maintainer_of(a, &m->maintainers[i]);
    tmap_set(a, map, "Annotations", annotations_of(a, m->annotations));
    tmap_set(a, map, "Dependencies", tval_list(dependencies));
    tmap_set(a, map, "Deprecated", tval_bool(m->deprecated));
    tmap_set(a, map, "IsRoot", tval_bool(is_root));
    tmap_set(a, map, "Keywords", texts_of(a, &m->keywords));
    tmap_set(a, map, "Maintainers", tval_list(maintainers));
    tmap_set(a, map, "Sources", texts_of(a, &m->sources));
    return map;
}

/* ---- all of it ---- */

static struct tval release_of(struct arena *a, const struct helm_render_options *o) {
    struct tmap *m = tmap_new(a, &ttype_map_any);
    tmap_set(a, m, "IsInstall", tval_bool(!o->is_upgrade));
    tmap_set(a, m, "IsUpgrade", tval_bool(o->is_upgrade));
    tmap_set(a, m, "Name", tval_text(o->release));
    tmap_set(a, m, "Namespace", tval_text(o->ns));
    tmap_set(a, m, "Revision", tval_int(o->revision ? o->revision : 1));
    tmap_set(a, m, "Service", tval_text("Helm"));
    return tval_map(m);
}

static struct tval files_of(struct arena *a, const struct chart_files *files) {
    struct tmap *m = tmap_new(a, &helm_type_files);
    for (size_t i = 0; i < files->n; i++)
        tmap_set(a, m, files->items[i].name, tval_bytes(a, files->items[i].data));
    return tval_map(m);
}

/* The values of a subchart: the same map that the parent sees, which is a common.Values here and a plain map there. */
static struct tval values_below(struct arena *a, struct tval parent, const char *name) {
    struct tval *slot = tmap_find(parent.map, str_of(name));
    if (!slot || slot->kind != TVAL_MAP)
        return tval_map(tmap_new(a, &values_type));
    slot->map->type = &values_type;
    slot->unnamed = true;
    return tval_map(slot->map);
}

static void make(struct arena *a, const struct chart *c, struct tval values, struct tval release,
                 struct tval capabilities, struct helm_context *out) {
    struct tmap *subs = tmap_new(a, &ttype_map_any);
    *out = (struct helm_context) { c, chart_full_path(a, c), tmap_new(a, &values_type),
                                   arena_array(a, struct helm_context, c->n_subs + 1) };
    for (size_t i = 0; i < c->n_subs; i++) {
        struct chart *sub = c->subs[i];
        make(a, sub, values_below(a, values, sub->meta.name), release, capabilities, &out->subs[i]);
        struct tval context = tval_map(out->subs[i].root);
        context.unnamed = true;
        tmap_set(a, subs, sub->meta.name, context);
    }
    tmap_set(a, out->root, "Capabilities", capabilities);
    tmap_set(a, out->root, "Chart", tval_map(chart_map(a, &c->meta, !c->parent)));
    tmap_set(a, out->root, "Files", files_of(a, &c->files));
    tmap_set(a, out->root, "Release", release);
    tmap_set(a, out->root, "Subcharts", tval_map(subs));
    tmap_set(a, out->root, "Values", values);
}

void helm_context_make(struct arena *a, const struct chart *c, const struct value *values,
                       const struct helm_render_options *options, struct helm_context *out) {
    make(a, c, tval_of_value(a, values, &values_type), release_of(a, options),
         capabilities_of(a, options->capabilities), out);
}

void helm_context_set_template(struct arena *a, struct helm_context *ctx, const char *name) {
    struct tmap *m = tmap_new(a, &values_type);
    tmap_set(a, m, "BasePath", tval_text(arena_fmt(a, "%s/templates", ctx->full_path)));
    tmap_set(a, m, "Name", tval_text(name));
    tmap_set(a, ctx->root, "Template", tval_map(m));
}
