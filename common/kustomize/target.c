// SPDX-License-Identifier: Apache-2.0
/* One kustomization: loading it and what it names, in the order that everything else depends on. */
#include "common/kustomize/target.h"
#include "common/base/limits.h"
#include "common/kustomize/schema.h"
#include "common/value/goquote.h"

static const char *const file_names[] = { "kustomization.yaml", "kustomization.yml", "Kustomization" };

/* ---- the file ---- */
static bool find_file(struct kz_target *t, struct str *out, struct err *err) {
    size_t n = 0;
    for (size_t i = 0; i < countof(file_names); i++) {
        if (!kz_load_optional(t->kz, t->loader, file_names[i], out))
            continue;
        t->file_name = file_names[i];
        n++;
    }
    if (n == 1)
        return true;
    const char *dir = kz_loader_abs(t->kz, t->loader);
    if (n)
        return err_set(err, ERR_INVALID, "Found multiple kustomization files under: %s\n", dir);
    return err_set(err, ERR_NOT_FOUND,
                   "unable to find one of 'kustomization.yaml', 'kustomization.yml' or 'Kustomization' in "
                   "directory '%s'",
                   dir);
}

static bool apply_openapi(struct kz_target *t, bool top, struct err *err) {
    const struct kz_pairs *openapi = t->file.openapi;
    const struct str *path = openapi ? kz_pairs_get(openapi, "path") : NULL;
    const struct str *version = openapi ? kz_pairs_get(openapi, "version") : NULL;
    struct str *text = arena_new(t->kz->a, struct str);
    if (path && !kz_load(t->kz, t->loader, path->p, text, NULL, err))
        return false;
    return kz_schema_set(t->kz, version ? version->p : NULL, path ? text : NULL, top, err);
}

bool kz_target_load(struct kz_target *t, bool top, struct err *err) {
    struct kz *kz = t->kz;
    const char *dir = kz_loader_abs(kz, t->loader);
    struct str text;
    if (++kz->n_targets > LIMIT_KUSTOMIZE_TARGETS)
        return err_set(err, ERR_LIMIT, "more than %d kustomizations", LIMIT_KUSTOMIZE_TARGETS);
    if (top && kz->opt->root_file) {
        struct str ignored;
        t->file_name = kz->opt->root_file_name ? kz->opt->root_file_name : file_names[0];
        for (size_t i = 0; !kz->opt->root_file_name && i < countof(file_names); i++)
            if (kz_load_optional(kz, t->loader, file_names[i], &ignored))
                t->file_name = file_names[i];
        struct value *v = value_copy(kz->a, kz->opt->root_file);
        if (!kz_file_from_value(kz, v, kz->opt->root_lenient, dir, &t->file, err))
            return false;
    } else if (!find_file(t, &text, err) ||
               !kz_file_read(kz, text, top && kz->opt->root_lenient, dir, &t->file, err))
        return false;
    if (top)
        t->build_metadata = &t->file.build_metadata;
    return !top || apply_openapi(t, true, err);
}

/* ---- resources ---- */
static bool accumulate_file(struct kz_target *t, struct kz_accumulator *acc, const char *path,
                            struct kz_load_fault *fault, struct err *err) {
    struct kz *kz = t->kz;
    struct str text;
    struct kz_list raw = { 0 }, found = { 0 };
    if (!kz_load(kz, t->loader, path, &text, fault, err))
        return err_wrap(err, "accumulating resources from '%s'", path);
    if (!kz_list_read(kz, text, &raw, err)) {
        kz_yaml_fault(err, path);
        return err_wrap(err, "accumulating resources from '%s'", path);
    }
    if (!kz_list_append_all(kz, &found, &raw, err))
        return err_wrap(err, "accumulating resources from '%s'", path);
    for (size_t i = 0; t->origin && i < found.n; i++) {
        static const struct kz_spec place = { "", "", "", "metadata/annotations", true };
        struct kz_pairs pairs = { 0 };
        kz_pairs_set(kz->a, &pairs, STR(KZ_ANNO_ORIGIN),
                     kz_origin_text(kz, kz_origin_append(kz, t->origin, path)));
        struct kz_map_conf conf = { .pairs = &pairs,
                                    .specs = { .items = (struct kz_spec[]) { place }, .n = 1 } };
        struct kz_list one = { .items = &found.items[i], .n = 1 };
        if (!kz_run_map(kz, &conf, &one, err))
            return err_wrap(err, "cannot add path annotation for '%s'", path);
    }
    return kz_list_append_all(kz, &acc->list, &found, err) ||
           err_wrap(err, "merging resources from '%s'", path);
}

static bool check_kind(struct kz_target *sub, bool component, struct err *err) {
    const char *dir = kz_loader_abs(sub->kz, sub->loader);
    bool is = !strcmp(sub->file.kind, "Component");
    if (component && !is)
        return err_set(err, ERR_INVALID, "expected kind 'Component' for path '%s' but got '%s'", dir,
                       sub->file.kind);
    if (!component && is)
        return err_set(err, ERR_INVALID, "expected kind != 'Component' for path '%s'", dir);
    return true;
}

static bool merge_accumulators(struct kz *kz, struct kz_accumulator *to, const struct kz_accumulator *from,
                               struct err *err) {
    return kz_list_append_all(kz, &to->list, &from->list, err) &&
           kz_config_merge(kz, to->config, from->config, &to->config, err) &&
           kz_vars_merge(kz, &to->vars, &from->vars, err);
}

static const struct kz_config empty_config;

// A base has a list of its own, merged in afterwards; a component works on what is there.
static bool accumulate_directory(struct kz_target *t, struct kz_accumulator *acc, struct kz_loader *l,
                                 const struct kz_origin *origin, bool component, struct err *err) {
    struct kz *kz = t->kz;
    struct kz_target *sub = arena_new(kz->a, struct kz_target);
    struct kz_accumulator own = { .config = &empty_config };
    const char *dir = kz_loader_abs(kz, l);
    *sub = (struct kz_target) { .kz = kz,
                                .loader = l,
                                .build_metadata = t->build_metadata,
                                .origin = origin,
                                .helm_namespace = *t->file.ns ? t->file.ns : t->helm_namespace };
    if (kz->depth >= LIMIT_KUSTOMIZE_DEPTH)
        return err_set(err, ERR_LIMIT, "kustomizations are nested deeper than %d levels",
                       LIMIT_KUSTOMIZE_DEPTH);
    if (!kz_target_load(sub, false, err))
        return err_wrap(err, "couldn't make target for path '%s'", dir);
    if (!apply_openapi(sub, false, err) || !check_kind(sub, component, err))
        return false;
    if (component)
        own = *acc;
    kz->depth++;
    bool ok = kz_target_accumulate(sub, &own, err);
    kz->depth--;
    if (!ok)
        return err_wrap(err, "recursed accumulation of path '%s'", dir);
    if (component)
        *acc = (struct kz_accumulator) { .config = &empty_config };
    return merge_accumulators(kz, acc, &own, err) || err_wrap(err, "recursed merging from path '%s'", dir);
}

static bool accumulate_entry(struct kz_target *t, struct kz_accumulator *acc, const char *path,
                             struct err *err) {
    struct kz *kz = t->kz;
    struct kz_load_fault fault = { 0 };
    struct kz_loader *l = NULL;
    struct err as_file = { .a = kz->a };
    if (accumulate_file(t, acc, path, &fault, &as_file))
        return true;
    if (fault.http || as_file.kind == ERR_LIMIT)
        return err_move(err, &as_file);
    const struct kz_origin *origin = t->origin ? kz_origin_append(kz, t->origin, path) : NULL;
    if (!kz_loader_enter(kz, t->loader, path, &l, err)) {
        if (!strstr(as_file.msg, "MalformedYAMLError") || err->kind == ERR_TIMEOUT)
            return err_wrap(err, "accumulation err='%s'", as_file.msg);
        err_clear(err);
        return err_move(err, &as_file);
    }
    return accumulate_directory(t, acc, l, origin, false, err) ||
           err_wrap(err, "accumulation err='%s'", as_file.msg);
}

bool kz_target_resources(struct kz_target *t, struct kz_accumulator *acc, const struct kz_texts *paths,
                         struct err *err) {
    for (size_t i = 0; i < paths->n; i++)
        if (!accumulate_entry(t, acc, paths->items[i], err))
            return false;
    return true;
}

static bool quote_error(struct kz *kz, const char *what, struct err *err) {
    const char *text = go_quoted(kz->a, str_of(err->msg));
    enum err_kind kind = err->kind;
    err_clear(err);
    return err_set(err, kind, "%s %s", what, text);
}

static bool accumulate_components(struct kz_target *t, struct kz_accumulator *acc, struct err *err) {
    for (size_t i = 0; i < t->file.components.n; i++) {
        const char *path = t->file.components.items[i];
        struct kz_loader *l = NULL;
        if (!kz_loader_enter(t->kz, t->loader, path, &l, err))
            return quote_error(t->kz, "loader.New", err);
        const struct kz_origin *origin = t->origin ? kz_origin_append(t->kz, t->origin, path) : NULL;
        if (!accumulate_directory(t, acc, l, origin, true, err))
            return quote_error(t->kz, "accumulateDirectory:", err);
    }
    return true;
}

/* ---- all of it ---- */
static const char *paths_text(struct kz *kz, const struct kz_texts *t) {
    struct buf b = { 0 };
    buf_putc(&b, '[');
    for (size_t i = 0; i < t->n; i++)
        buf_fmt(&b, "%s%s", i ? " " : "", t->items[i]);
    buf_putc(&b, ']');
    return buf_to_arena(&b, kz->a).p;
}

static bool merge_configs(struct kz_target *t, struct kz_accumulator *acc, struct err *err) {
    struct kz *kz = t->kz;
    const struct kz_config *config = NULL, *crds = NULL;
    if (!kz_config_load(kz, t->loader, &t->file.configurations, &config, err))
        return false;
    if (!kz_config_merge(kz, acc->config, config, &acc->config, err))
        return err_wrap(err, "merging config %s", kz_config_dump(kz, config));
    if (!t->file.crds.n)
        return true;
    if (!kz_config_load_crds(kz, t->loader, &t->file.crds, &crds, err))
        return err_wrap(err, "loading CRDs %s", paths_text(kz, &t->file.crds));
    if (!kz_config_merge(kz, acc->config, crds, &acc->config, err))
        return err_wrap(err, "merging CRDs %s", kz_config_dump(kz, crds));
    return true;
}

bool kz_target_accumulate(struct kz_target *t, struct kz_accumulator *acc, struct err *err) {
    if (!acc->config)
        acc->config = &empty_config;
    if (!kz_target_resources(t, acc, &t->file.resources, err))
        return err_wrap(err, "accumulating resources");
    if (!merge_configs(t, acc, err) || !kz_target_generate(t, acc, err))
        return false;
    if (!accumulate_components(t, acc, err))
        return err_wrap(err, "accumulating components");
    if (!kz_target_transform(t, acc, err) || !kz_target_validate(t, acc, err))
        return false;
    if (!kz_vars_collect(t->kz, &acc->vars, &acc->list, &t->file.vars, err))
        return err_wrap(err, "merging vars %s", kz_vars_dump(t->kz, &t->file.vars));
    if (t->kz->broken)
        return err_set(err, ERR_INVALID, "%s", t->kz->broken);
    return kz_within_limits(t->kz, err);
}

static bool drop_local(struct kz *kz, struct kz_list *l, struct err *err) {
    struct kz_list kept = { 0 };
    for (size_t i = 0; i < l->n; i++) {
        struct kz_res *r = l->items[i];
        if (kz_node_empty(r->root))
            continue;
        if (!kz_root_validate(kz->a, r->root, err))
            return false;
        const struct str *local = kz_root_annotation(r->root, KZ_ANNO_LOCAL);
        if ((!local || str_is(*local, "false")) && !kz_list_append(kz, &kept, r, err))
            return false;
    }
    *l = kept;
    return true;
}

bool kz_target_finish(struct kz_target *t, struct kz_accumulator *acc, struct err *err) {
    struct kz *kz = t->kz;
    if (!kz_run_hash(kz, NULL, &acc->list, err) || !kz_fix_references(kz, acc->config, &acc->list, err) ||
        !kz_vars_resolve(kz, &acc->vars, &acc->config->lists[KZ_VAR_REFERENCE], &acc->list, err) ||
        !drop_local(kz, &acc->list, err))
        return false;
    return !kz->broken || err_set(err, ERR_INVALID, "%s", kz->broken);
}
