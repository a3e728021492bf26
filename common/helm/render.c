// SPDX-License-Identifier: Apache-2.0
/* Rendering a chart: which templates, in which order, with which values. Helm: pkg/engine/engine.go, pkg/action/action.go */
#include "common/base/map.h"
#include "common/helm/context.h"
#include "common/text/semver.h"

struct render_file {
    const char *path;
    struct str text;
    struct helm_context *ctx;
    size_t slashes;
};

struct render_files {
    struct render_file *items;
    size_t n, cap;
    struct map by_path; // path -> place + 1
};

static void render_files_done(struct render_files *f) {
    map_done(&f->by_path);
}

static bool is_partial(const char *path) {
    const char *slash = strrchr(path, '/');
    return (slash ? slash[1] : *path) == '_';
}

static void add_file(struct arena *a, struct render_files *files, struct helm_context *ctx,
                     const struct chart_file *f) {
    struct render_file file = { arena_fmt(a, "%s/%s", ctx->full_path, f->name), f->data, ctx, 0 };
    for (const char *p = file.path; *p; p++)
        file.slashes += *p == '/';
    uintptr_t at = (uintptr_t)map_get(&files->by_path, file.path);
    if (at) {
        files->items[at - 1] = file;
        return;
    }
    files->items = arena_grow(a, files->items, &files->cap, files->n + 1, sizeof *files->items);
    files->items[files->n++] = file;
    map_set(&files->by_path, file.path, (void *)(uintptr_t)files->n);
}

static void collect(struct arena *a, struct render_files *files, struct helm_context *ctx) {
    const struct chart *c = ctx->chart;
    for (size_t i = 0; i < c->n_subs; i++)
        collect(a, files, &ctx->subs[i]);
    for (size_t i = 0; i < c->templates.n; i++)
        if (!chart_is_library(c) || is_partial(c->templates.items[i].name))
            add_file(a, files, ctx, &c->templates.items[i]);
}

// More slashes first, then from z to a.
static int render_cmp(const void *x, const void *y) {
    const struct render_file *l = x, *r = y;
    if (l->slashes != r->slashes)
        return l->slashes > r->slashes ? -1 : 1;
    return strcmp(r->path, l->path);
}

static int path_cmp(const void *x, const void *y) {
    return strcmp(((const struct chart_file *)x)->name, ((const struct chart_file *)y)->name);
}

static bool execute(struct arena *a, const struct template_set *set, const struct render_file *f,
                    const struct template_options *opt, struct helm_rendered *out, struct err *err) {
    autobuf text = { 0 };
    helm_context_set_template(a, f->ctx, f->path);
    if (!template_execute(set, f->path, tval_map(f->ctx->root), opt, a, &text, err))
        return false;
    chart_add_file(a, &out->files, f->path, buf_to_arena(&text, a));
    return true;
}

static void template_set_drop(struct template_set **set) {
    template_set_free(*set);
}

static bool render_all(struct arena *a, struct helm_context *ctx, const struct template_options *opt,
                       struct helm_rendered *out, struct err *err) {
    struct render_files files AUTO(render_files_done) = { 0 };
    struct template_set *set AUTO(template_set_drop) = template_set_new(a);
    collect(a, &files, ctx);
    if (files.n)
        qsort(files.items, files.n, sizeof *files.items, render_cmp);
    for (size_t i = 0; i < files.n; i++)
        if (!template_parse(set, files.items[i].path, files.items[i].text, err))
            return false;
    for (size_t i = 0; i < files.n; i++)
        if (!is_partial(files.items[i].path) && !execute(a, set, &files.items[i], opt, out, err))
            return false;
    if (out->files.n)
        qsort(out->files.items, out->files.n, sizeof *out->files.items, path_cmp);
    return true;
}

// Takes NOTES.txt out of the files.
static void take_notes(struct arena *a, const struct chart *c, bool sub_notes, struct helm_rendered *out) {
    autobuf notes = { 0 };
    const char *own = arena_fmt(a, "%s/templates/NOTES.txt", c->meta.name);
    size_t n = 0;
    for (size_t i = 0; i < out->files.n; i++) {
        const struct chart_file f = out->files.items[i];
        if (!text_ends(f.name, "NOTES.txt")) {
            out->files.items[n++] = f;
            continue;
        }
        if (!sub_notes && strcmp(f.name, own) != 0)
            continue;
        buf_puts(&notes, notes.n ? "\n" : "");
        buf_put_str(&notes, f.data);
    }
    out->files.n = n;
    out->notes = buf_to_arena(&notes, a);
}

static bool check_kube_version(struct arena *a, const struct chart *c, const struct helm_capabilities *caps,
                               struct err *err) {
    struct err scratch = { .a = a };
    struct semver_constraint *range;
    struct semver v;
    const char *version = *caps->normalized ? caps->normalized : caps->version;
    if (!*c->meta.kube_version)
        return true;
    if (semver_constraint_parse(a, c->meta.kube_version, &range, &scratch) &&
        semver_parse(a, version, &v, &scratch) && semver_constraint_check(range, &v))
        return true;
    return err_set(err, ERR_INVALID,
                   "chart requires kubeVersion: %s which is incompatible with Kubernetes %s",
                   c->meta.kube_version, caps->version);
}

bool helm_render_files(struct arena *a, struct chart *c, const struct value *user,
                       const struct helm_render_options *options, struct helm_rendered *out,
                       struct err *err) {
    struct helm_capabilities offline;
    struct helm_render_options o = *options;
    struct helm_context ctx;
    *out = (struct helm_rendered) { .notes = STR("") };
    if (!o.capabilities) {
        offline = helm_capabilities_offline(a, NULL, 0);
        o.capabilities = &offline;
    }
    if (!values_process_dependencies(a, c, user, err))
        return err_wrap(err, "chart dependencies processing failed");
    if (!values_coalesce(a, c, user, &out->values, err))
        return false;
    if (!o.skip_schema_validation && !values_validate(a, c, out->values, err))
        return false;
    out->values_fit = true;
    if (!check_kube_version(a, c, o.capabilities, err))
        return false;
    helm_context_make(a, c, out->values, &o, &ctx);
    if (!render_all(a, &ctx, &o.engine, out, err))
        return false;
    take_notes(a, c, o.sub_notes, out);
    return true;
}

bool helm_render(struct arena *a, struct chart *c, const struct value *user,
                 const struct helm_render_options *options, struct helm_rendered *out, struct err *err) {
    return helm_render_files(a, c, user, options, out, err) && helm_sort(a, out, err);
}
