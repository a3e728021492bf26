// SPDX-License-Identifier: Apache-2.0
/* One kustomization: generators, and transformers prepared all at once and run in their fixed order. */
#include "common/kustomize/target.h"
#include "common/value/json.h"
#include "common/value/yaml.h"

/* ---- configuration objects ---- */
bool kz_target_configs(struct kz_target *t, const struct kz_texts *entries, struct kz_list *out,
                       struct err *err) {
    struct kz *kz = t->kz;
    struct kz_accumulator acc = { 0 };
    struct kz_texts paths = { .items = arena_array(kz->a, const char *, entries->n + 1) };
    for (size_t i = 0; i < entries->n; i++) {
        struct kz_list raw = { 0 }, inline_objects = { 0 };
        struct err as_content = { .a = kz->a };
        if (!kz_list_read(kz, str_of(entries->items[i]), &raw, &as_content) ||
            !kz_list_append_all(kz, &inline_objects, &raw, &as_content)) {
            paths.items[paths.n++] = entries->items[i];
            continue;
        }
        for (size_t j = 0; t->origin && j < raw.n; j++)
            if (!kz_origin_set(kz, raw.items[j], kz_origin_append(kz, t->origin, t->file_name), err))
                return false;
        if (!kz_list_append_all(kz, &acc.list, &raw, err))
            return false;
    }
    static const struct kz_config none;
    acc.config = &none;
    if (!kz_target_resources(t, &acc, &paths, err))
        return false;
    *out = acc.list;
    return true;
}

/* ---- generators ---- */
struct generators {
    struct kz_generated *items;
    size_t n, cap;
};

static void add_generator(struct kz *kz, struct generators *g, struct kz_generated x) {
    g->items = arena_grow(kz->a, g->items, &g->cap, g->n + 1, sizeof *g->items);
    g->items[g->n++] = x;
}

static void merge_missing(struct arena *a, struct kz_pairs **to, const struct kz_pairs *from) {
    if (!from)
        return;
    struct kz_pairs *all = arena_new(a, struct kz_pairs);
    kz_pairs_merge(a, all, from);
    if (*to)
        kz_pairs_merge(a, all, *to);
    *to = all;
}

static struct kz_generator with_options(struct kz *kz, const struct kz_generator *g,
                                        const struct kz_generator_options *global) {
    struct kz_generator c = *g;
    if (!global)
        return c;
    struct kz_generator_options *o = arena_new(kz->a, struct kz_generator_options);
    if (g->options)
        *o = *g->options;
    merge_missing(kz->a, &o->labels, global->labels);
    merge_missing(kz->a, &o->annotations, global->annotations);
    o->disable_hash |= global->disable_hash;
    o->immutable |= global->immutable;
    c.options = o;
    return c;
}

static void add_kv(struct kz_target *t, struct generators *gs, const struct kz_items *items, bool secret) {
    const struct kz_generator *g = items->items;
    for (size_t i = 0; i < items->n; i++) {
        struct kz_generator c = with_options(t->kz, &g[i], t->file.generator_options);
        struct kz_generated x = kz_builtin_generator(t->kz, &c, secret);
        if (t->origin)
            x.origin = kz_origin_builtin(t->kz, t->origin, t->file_name,
                                         secret ? "SecretGenerator" : "ConfigMapGenerator");
        add_generator(t->kz, gs, x);
    }
}

static bool refuse_helm(struct kz_target *t, struct err *err) {
    struct kz *kz = t->kz;
    if (!t->file.helm_charts.n)
        return true;
    const struct value *chart = value_item(value_get(t->file.raw, "helmCharts"), 0);
    const struct value *globals = value_get(t->file.raw, "helmGlobals");
    struct value *all = value_copy(kz->a, chart ? chart : value_map(kz->a));
    for (size_t i = 0; value_is(globals, VALUE_MAP) && i < globals->map.n; i++)
        value_set_n(kz->a, all, globals->map.pairs[i].key, value_copy(kz->a, globals->map.pairs[i].value));
    const char *ns = *t->file.ns ? t->file.ns : t->helm_namespace;
    if (!value_get(all, "namespace") && !text_empty(ns))
        value_set(kz->a, all, "namespace", value_string(kz->a, ns));
    struct buf b = { 0 };
    yaml_write(&b, all, YAML_WRITE_SIGS);
    err_set(err, ERR_UNSUPPORTED,
            "trouble configuring builtin HelmChartInflationGenerator with config: `\n%s`: must specify "
            "--enable-helm",
            b.p);
    buf_done(&b);
    return false;
}

static bool external_generators(struct kz_target *t, struct generators *gs, struct err *err) {
    struct kz_list configs = { 0 };
    if (!kz_target_configs(t, &t->file.generators, &configs, err))
        return err_wrap(err, "loading generator plugins");
    for (size_t i = 0; i < configs.n; i++) {
        struct kz_generated x;
        if (!kz_plugin_generator(t->kz, t->loader, configs.items[i], &x, err))
            return err_wrap(err, "loading generator plugins: failed to load generator");
        add_generator(t->kz, gs, x);
    }
    return true;
}

bool kz_target_generate(struct kz_target *t, struct kz_accumulator *acc, struct err *err) {
    struct kz *kz = t->kz;
    struct generators gs = { 0 };
    add_kv(t, &gs, &t->file.config_maps, false);
    add_kv(t, &gs, &t->file.secrets, true);
    if (!refuse_helm(t, err) || !external_generators(t, &gs, err))
        return false;
    for (size_t i = 0; i < gs.n; i++) {
        struct kz_list made = { 0 };
        if (!gs.items[i].run(kz, t->loader, gs.items[i].conf, &made, err))
            return false;
        for (size_t j = 0; gs.items[i].origin && j < made.n; j++)
            if (!kz_root_annotation(made.items[j]->root, KZ_ANNO_ORIGIN) &&
                !kz_origin_set(kz, made.items[j], gs.items[i].origin, err))
                return false;
        if (!kz_list_absorb_all(kz, &acc->list, &made, err))
            return err_wrap(err, "merging from generator &{0x0 %s}", t->origin ? "0x0" : "<nil>");
    }
    return true;
}

/* ---- transformers ---- */
struct plan {
    struct kz_target *t;
    const struct kz_config *config;
    struct kz_transformer *items;
    size_t n, cap;
};

static void plan_add(struct plan *p, const char *kind,
                     bool (*run)(struct kz *, const void *, struct kz_list *, struct err *),
                     const void *conf) {
    struct kz *kz = p->t->kz;
    p->items = arena_grow(kz->a, p->items, &p->cap, p->n + 1, sizeof *p->items);
    const struct kz_origin *origin =
        p->t->origin ? kz_origin_builtin(kz, p->t->origin, p->t->file_name, kind) : NULL;
    p->items[p->n++] = (struct kz_transformer) { .run = run, .conf = conf, .origin = origin };
}

// "trouble configuring builtin X with config: `\n<YAML>`: E"
static bool trouble(struct plan *p, const char *kind, const struct value *config, struct err *err) {
    struct buf b = { 0 };
    (void)p;
    yaml_write(&b, config, YAML_WRITE_SIGS);
    err_wrap(err, "trouble configuring builtin %s with config: `\n%s`", kind, b.p);
    buf_done(&b);
    return false;
}

static bool plan_strategic_merges(struct plan *p, struct err *err) {
    struct kz *kz = p->t->kz;
    const struct kz_texts *paths = &p->t->file.patches_strategic_merge;
    if (!paths->n)
        return true;
    struct kz_patch_conf *c = arena_new(kz->a, struct kz_patch_conf);
    plan_add(p, "PatchStrategicMergeTransformer", kz_run_patch, c);
    if (kz_patch_prepare_merges(kz, p->t->loader, paths, "", c, err))
        return true;
    struct value *config = value_map(kz->a), *list = value_list(kz->a);
    for (size_t i = 0; i < paths->n; i++)
        value_append(kz->a, list, value_string(kz->a, paths->items[i]));
    value_set(kz->a, config, "paths", list);
    return trouble(p, "PatchStrategicMergeTransformer", config, err);
}

static void put_text(struct kz *kz, struct value *map, const char *key, const char *text) {
    if (*text)
        value_set(kz->a, map, key, value_string(kz->a, text));
}

static struct value *patch_config(struct kz *kz, const struct kz_patch *patch, const char *patch_key) {
    struct value *v = value_map(kz->a);
    put_text(kz, v, "path", patch->path);
    put_text(kz, v, patch_key, patch->patch);
    if (patch->target) {
        struct value *target = value_map(kz->a);
        put_text(kz, target, "group", patch->target->group);
        put_text(kz, target, "version", patch->target->version);
        put_text(kz, target, "kind", patch->target->kind);
        put_text(kz, target, "name", patch->target->name);
        put_text(kz, target, "namespace", patch->target->ns);
        put_text(kz, target, "annotationSelector", patch->target->annotations);
        put_text(kz, target, "labelSelector", patch->target->labels);
        value_set(kz->a, v, "target", target);
    }
    if (patch->options) {
        struct value *options = value_map(kz->a);
        if (patch->options->allow_name_change)
            value_set(kz->a, options, "allowNameChange", value_bool(kz->a, true));
        if (patch->options->allow_kind_change)
            value_set(kz->a, options, "allowKindChange", value_bool(kz->a, true));
        value_set(kz->a, v, "options", options);
    }
    return v;
}

static bool plan_patches(struct plan *p, struct err *err) {
    struct kz *kz = p->t->kz;
    const struct kz_patch *patches = p->t->file.patches.items;
    for (size_t i = 0; i < p->t->file.patches.n; i++) {
        struct kz_patch_conf *c = arena_new(kz->a, struct kz_patch_conf);
        struct value *config = patch_config(kz, &patches[i], "patch");
        struct buf text = { 0 };
        yaml_write(&text, config, YAML_WRITE_SIGS);
        plan_add(p, "PatchTransformer", kz_run_patch, c);
        if (!kz_patch_prepare(kz, p->t->loader, &patches[i], buf_to_arena(&text, kz->a).p, c, err))
            return trouble(p, "PatchTransformer", config, err);
    }
    return true;
}

static bool plan_json_patches(struct plan *p, struct err *err) {
    struct kz *kz = p->t->kz;
    const struct kz_patch *patches = p->t->file.patches_json6902.items;
    for (size_t i = 0; i < p->t->file.patches_json6902.n; i++) {
        struct kz_patch_conf *c = arena_new(kz->a, struct kz_patch_conf);
        plan_add(p, "PatchJson6902Transformer", kz_run_patch, c);
        if (!kz_patch_prepare_json(kz, p->t->loader, &patches[i], c, err))
            return trouble(p, "PatchJson6902Transformer", patch_config(kz, &patches[i], "jsonOp"), err);
    }
    return true;
}

static bool plan_names(struct plan *p, struct err *err) {
    struct kz *kz = p->t->kz;
    const struct kz_file *f = &p->t->file;
    const struct kz_config *config = p->config;
    (void)err;
    if (*f->ns) {
        struct kz_namespace_conf *c = arena_new(kz->a, struct kz_namespace_conf);
        *c = (struct kz_namespace_conf) { .ns = f->ns,
                                          .specs = config->lists[KZ_NAMESPACE],
                                          .subjects = "defaultOnly" };
        plan_add(p, "NamespaceTransformer", kz_run_namespace, c);
    }
    if (*f->name_prefix) {
        struct kz_affix_conf *c = arena_new(kz->a, struct kz_affix_conf);
        *c = (struct kz_affix_conf) { f->name_prefix, config->lists[KZ_NAME_PREFIX] };
        plan_add(p, "PrefixTransformer", kz_run_prefix, c);
    }
    if (*f->name_suffix) {
        struct kz_affix_conf *c = arena_new(kz->a, struct kz_affix_conf);
        *c = (struct kz_affix_conf) { f->name_suffix, config->lists[KZ_NAME_SUFFIX] };
        plan_add(p, "SuffixTransformer", kz_run_suffix, c);
    }
    return true;
}

static void plan_map(struct plan *p, const char *kind, struct kz_pairs *pairs, struct kz_specs specs) {
    struct kz_map_conf *c = arena_new(p->t->kz->a, struct kz_map_conf);
    *c = (struct kz_map_conf) { pairs, specs };
    plan_add(p, kind, kz_run_map, c);
}

static bool label_specs(struct plan *p, const struct kz_label *label, struct kz_specs *s, struct err *err) {
    struct arena *a = p->t->kz->a;
    const struct kz_field_spec *own = label->fields.items;
    *s = (struct kz_specs) { .items = arena_array(a, struct kz_spec, label->fields.n + 1),
                             .n = label->fields.n,
                             .cap = label->fields.n };
    for (size_t i = 0; i < label->fields.n; i++)
        s->items[i] =
            (struct kz_spec) { own[i].group, own[i].version, own[i].kind, own[i].path, own[i].create };
    const struct kz_spec in_metadata = { "", "", "", "metadata/labels", true };
    bool ok = kz_specs_merge(a, s, &p->config->lists[KZ_LABELS], err);
    if (ok && label->include_selectors)
        ok = kz_specs_merge(a, s, &p->config->lists[KZ_COMMON_LABELS], err);
    else if (ok) {
        if (label->include_templates && !kz_specs_merge(a, s, &p->config->lists[KZ_TEMPLATE_LABELS], err))
            return err_wrap(err, "failed to merge template fieldSpec");
        ok = kz_specs_merge_one(a, s, in_metadata, err);
    }
    return ok || err_wrap(err, "failed to merge labels");
}

static bool plan_labels(struct plan *p, struct err *err) {
    const struct kz_file *f = &p->t->file;
    const struct kz_label *labels = f->labels.items;
    for (size_t i = 0; i < f->labels.n; i++) {
        struct kz_specs specs;
        if (!label_specs(p, &labels[i], &specs, err))
            return false;
        plan_map(p, "LabelTransformer", labels[i].pairs, specs);
    }
    if (f->labels.n || (f->common_labels && f->common_labels->n))
        plan_map(p, "LabelTransformer", f->common_labels, p->config->lists[KZ_COMMON_LABELS]);
    if (f->common_annotations && f->common_annotations->n)
        plan_map(p, "AnnotationsTransformer", f->common_annotations, p->config->lists[KZ_COMMON_ANNOTATIONS]);
    return true;
}

static bool plan_counts_and_images(struct plan *p, struct err *err) {
    struct kz *kz = p->t->kz;
    const struct kz_replica *replicas = p->t->file.replicas.items;
    const struct kz_image *images = p->t->file.images.items;
    (void)err;
    for (size_t i = 0; i < p->t->file.replicas.n; i++) {
        struct kz_replica_conf *c = arena_new(kz->a, struct kz_replica_conf);
        *c = (struct kz_replica_conf) { replicas[i], p->config->lists[KZ_REPLICAS] };
        plan_add(p, "ReplicaCountTransformer", kz_run_replica, c);
    }
    for (size_t i = 0; i < p->t->file.images.n; i++) {
        struct kz_image_conf *c = arena_new(kz->a, struct kz_image_conf);
        *c = (struct kz_image_conf) { images[i], p->config->lists[KZ_IMAGES] };
        plan_add(p, "ImageTagTransformer", kz_run_image, c);
    }
    return true;
}

static bool plan_replacements(struct plan *p, struct err *err) {
    struct kz *kz = p->t->kz;
    if (!p->t->file.replacements.n)
        return true;
    struct kz_replace_conf *c = arena_new(kz->a, struct kz_replace_conf);
    plan_add(p, "ReplacementTransformer", kz_run_replace, c);
    if (kz_replace_prepare(kz, p->t->loader, &p->t->file.replacements, c, err))
        return true;
    struct value *config = value_map(kz->a);
    value_set(kz->a, config, "Replacements", value_copy(kz->a, value_get(p->t->file.raw, "replacements")));
    return trouble(p, "ReplacementTransformer", config, err);
}

static bool plan_external(struct plan *p, const struct kz_texts *entries, struct err *err) {
    struct kz *kz = p->t->kz;
    struct kz_list configs = { 0 };
    if (!kz_target_configs(p->t, entries, &configs, err))
        return false;
    for (size_t i = 0; i < configs.n; i++) {
        size_t n = 0;
        p->items = arena_grow(kz->a, p->items, &p->cap, p->n + 2, sizeof *p->items);
        if (!kz_plugin_transformer(kz, p->t->loader, configs.items[i], p->items + p->n, &n, err))
            return false;
        p->n += n;
    }
    return true;
}

bool kz_target_transform(struct kz_target *t, struct kz_accumulator *acc, struct err *err) {
    struct kz *kz = t->kz;
    struct plan p = { .t = t, .config = acc->config };
    if (!plan_strategic_merges(&p, err) || !plan_patches(&p, err) || !plan_names(&p, err) ||
        !plan_labels(&p, err) || !plan_json_patches(&p, err) || !plan_counts_and_images(&p, err) ||
        !plan_replacements(&p, err) || !plan_external(&p, &t->file.transformers, err))
        return false;
    for (size_t i = 0; i < p.n; i++) {
        if (!p.items[i].run(kz, p.items[i].conf, &acc->list, err))
            return false;
        if (p.items[i].origin && !kz_origin_record(kz, &acc->list, p.items[i].origin, err))
            return false;
        kz_list_drop_empty(&acc->list);
        if (kz->broken)
            return err_set(err, ERR_INVALID, "%s", kz->broken);
    }
    return kz_within_limits(kz, err);
}

/* ---- validators ---- */
static bool forget_validator(struct kz *kz, struct kz_node *root, struct err *err) {
    struct kz_pairs p = kz_root_labels(kz->a, root);
    size_t n = p.n;
    kz_pairs_remove(&p, "validated-by");
    return n == p.n || kz_root_set_labels(kz->a, root, &p, err);
}

static const char *as_json(struct kz *kz, const struct kz_node *root) {
    struct value *v = NULL;
    struct err err = { .a = kz->a };
    return kz_node_to_value(kz->a, root, &v, &err) ? json_text(kz->a, v, JSON_SORT_KEYS | JSON_GO_FLOATS).p
                                                   : err.msg;
}

static const struct kz_node *same_id(struct kz *kz, const struct kz_list *l, const struct kz_id *id,
                                     struct err *err) {
    const struct kz_node *found = NULL;
    size_t n = 0;
    for (size_t i = 0; i < l->n; i++)
        if (kz_id_equal(kz_res_cur(kz, l->items[i]), id)) {
            found = l->items[i]->root;
            n++;
        }
    if (!n)
        err_set(err, ERR_INVALID, "id in self missing from other; id: %s", kz_id_text(kz->a, id));
    else if (n > 1)
        err_set(err, ERR_INVALID, "id in self matches %zu in other; id: %s", n, kz_id_text(kz->a, id));
    return n == 1 ? found : NULL;
}

// The trees must be the same down to order and quotes; writing labels that were there before makes other ones of them.
static bool unchanged(struct kz *kz, const struct kz_list *before, const struct kz_list *now,
                      struct err *err) {
    struct kz_list after = { 0 };
    for (size_t i = 0; i < now->n; i++) {
        struct kz_res *r = kz_res_copy(kz, now->items[i]);
        if (!forget_validator(kz, r->root, err))
            return false;
        kz_list_add(kz, &after, r);
    }
    if (before->n != after.n)
        return err_set(err, ERR_INVALID, "lists have different number of entries: %zu and %zu", before->n,
                       after.n);
    for (size_t i = 0; i < before->n; i++) {
        const struct kz_node *x = before->items[i]->root,
                             *y = same_id(kz, &after, kz_res_cur(kz, before->items[i]), err);
        if (!y)
            return false;
        if (!kz_node_same(x, y))
            return err_set(err, ERR_INVALID, "nodes unequal: \n -- %s,\n -- %s\n", as_json(kz, x),
                           as_json(kz, y));
    }
    return true;
}

bool kz_target_validate(struct kz_target *t, struct kz_accumulator *acc, struct err *err) {
    struct kz *kz = t->kz;
    struct plan p = { .t = t, .config = acc->config };
    if (!plan_external(&p, &t->file.validators, err))
        return false;
    for (size_t i = 0; i < p.n; i++) {
        struct kz_list before = { 0 };
        for (size_t j = 0; j < acc->list.n; j++)
            kz_list_add(kz, &before, kz_res_copy(kz, acc->list.items[j]));
        if (!p.items[i].run(kz, p.items[i].conf, &acc->list, err))
            return false;
        if (!unchanged(kz, &before, &acc->list, err))
            return err_wrap(err, "validator shouldn't modify the resource map");
    }
    return true;
}
