// SPDX-License-Identifier: Apache-2.0
/* Built-in generators and transformers that are configured by files of their own. */
#include "common/kustomize/plugins.h"
#include "common/kustomize/generate.h"
#include "common/value/yaml.h"

/* ---- their settings ---- */
struct settings { // all fields of all kinds; each kind's table names its own
    struct kz_meta *metadata;
    struct kz_items specs;
    bool unset_only;
    const char *subjects, *prefix, *suffix, *path, *patch, *json_op, *patches, *value, *target_file;
    struct kz_pairs *labels, *annotations;
    struct kz_image image;
    struct kz_replica replica;
    struct kz_selector *target;
    struct kz_patch_options *options;
    struct kz_texts paths;
    struct kz_items replacements, targets;
    const char *cloud;
    struct kz_meta cluster_account;
    struct {
        const char *name, *project;
    } cloud_account;
    struct kz_generator generator;
};

#define S struct settings
#define SPECS                                                                                                \
    { .name = "fieldSpecs", .kind = KZ_F_LIST, KZ_AT(S, specs), .sub = &kz_field_spec_type }
#define META                                                                                                 \
    { .name = "metadata", .kind = KZ_F_PTR, KZ_AT(S, metadata), .sub = &kz_meta_type }
#define TEXT(m, n)                                                                                           \
    { .name = n, .kind = KZ_F_TEXT, KZ_AT(S, m) }
#define TARGET                                                                                               \
    { .name = "target", .kind = KZ_F_PTR, KZ_AT(S, target), .sub = &kz_selector_type }

static const struct kz_field namespace_fields[] = {
    META,
    SPECS,
    { .name = "unsetOnly", .kind = KZ_F_BOOL, KZ_AT(S, unset_only) },
    { .name = "setRoleBindingSubjects", .kind = KZ_F_TEXT, KZ_AT(S, subjects) },
    { 0 },
};
static const struct kz_field prefix_fields[] = { TEXT(prefix, "prefix"), SPECS, { 0 } };
static const struct kz_field suffix_fields[] = { TEXT(suffix, "suffix"), SPECS, { 0 } };
static const struct kz_field both_fields[] = { TEXT(prefix, "prefix"), TEXT(suffix, "suffix"), SPECS, { 0 } };
static const struct kz_field label_fields[] = { { .name = "labels", .kind = KZ_F_MAP, KZ_AT(S, labels) },
                                                SPECS,
                                                { 0 } };
static const struct kz_field annotation_fields[] = {
    { .name = "annotations", .kind = KZ_F_MAP, KZ_AT(S, annotations) },
    SPECS,
    { 0 },
};
static const struct kz_field image_fields[] = {
    { .name = "imageTag", .kind = KZ_F_STRUCT, KZ_AT(S, image), .sub = &kz_image_type },
    SPECS,
    { 0 },
};
static const struct kz_field replica_fields[] = {
    { .name = "replica", .kind = KZ_F_STRUCT, KZ_AT(S, replica), .sub = &kz_replica_type },
    SPECS,
    { 0 },
};
static const struct kz_field patch_fields[] = {
    TEXT(path, "path"),
    TEXT(patch, "patch"),
    TARGET,
    { .name = "options", .kind = KZ_F_PTR, KZ_AT(S, options), .sub = &kz_patch_options_type },
    { 0 },
};
static const struct kz_field json_fields[] = { TEXT(path, "path"), TEXT(json_op, "jsonOp"), TARGET, { 0 } };
static const struct kz_field merge_fields[] = {
    { .name = "paths", .kind = KZ_F_TEXTS, KZ_AT(S, paths) },
    TEXT(patches, "patches"),
    { 0 },
};
static const struct kz_field replacement_fields[] = {
    { .name = "replacements", .kind = KZ_F_LIST, KZ_AT(S, replacements), .sub = &kz_replacement_field_type },
    { 0 },
};
static const struct kz_field value_target_fields[] = {
    { .name = "selector",
      .kind = KZ_F_PTR,
      KZ_AT(struct kz_value_target, selector),
      .sub = &kz_selector_type },
    { .name = "fieldPath", .kind = KZ_F_TEXT, KZ_AT(struct kz_value_target, field_path) },
    { .name = "filePathPosition", .kind = KZ_F_INT, KZ_AT(struct kz_value_target, position) },
    { 0 },
};
static const struct kz_struct value_target_type = { "Target", "builtins.Target",
                                                    sizeof(struct kz_value_target), value_target_fields };
static const struct kz_field value_fields[] = {
    TEXT(value, "value"),
    TEXT(target_file, "targetFilePath"),
    { .name = "targets", .kind = KZ_F_LIST, KZ_AT(S, targets), .sub = &value_target_type },
    { 0 },
};
static const struct kz_field cloud_account_fields[] = {
    { .name = "name", .kind = KZ_F_TEXT, .offset = 0 },
    { .name = "projectId", .kind = KZ_F_TEXT, .offset = sizeof(char *) },
    { 0 },
};
static const struct kz_struct cloud_account_type = { "ServiceAccount", "types.ServiceAccount",
                                                     2 * sizeof(char *), cloud_account_fields };
static const struct kz_field iam_fields[] = {
    TEXT(cloud, "cloud"),
    { .name = "kubernetesService", .kind = KZ_F_STRUCT, KZ_AT(S, cluster_account), .sub = &kz_meta_type },
    { .name = "serviceAccount", .kind = KZ_F_STRUCT, KZ_AT(S, cloud_account), .sub = &cloud_account_type },
    { 0 },
};
static const struct kz_field no_fields[] = { { 0 } };
#undef S

/* ---- transformers ---- */
struct maker {
    struct kz *kz;
    const struct kz_loader *l;
    const struct settings *s;
    const struct value *config;
    struct kz_transformer *out;
    size_t *out_n;
};

static void push(struct maker *m, bool (*run)(struct kz *, const void *, struct kz_list *, struct err *),
                 const void *conf) {
    m->out[(*m->out_n)++] = (struct kz_transformer) { .run = run, .conf = conf };
}

static struct kz_specs specs_of(struct kz *kz, const struct kz_items *items) {
    struct kz_specs s = { .n = items->n,
                          .cap = items->n,
                          .items = arena_array(kz->a, struct kz_spec, items->n + 1) };
    const struct kz_field_spec *f = items->items;
    for (size_t i = 0; i < items->n; i++)
        s.items[i] = (struct kz_spec) { f[i].group, f[i].version, f[i].kind, f[i].path, f[i].create };
    return s;
}

static bool make_namespace(struct maker *m, struct err *err) {
    static const char *const modes[] = { "defaultOnly", "allServiceAccounts", "none" };
    struct kz_namespace_conf *c = arena_new(m->kz->a, struct kz_namespace_conf);
    *c = (struct kz_namespace_conf) { .ns = m->s->metadata ? m->s->metadata->ns : "",
                                      .specs = specs_of(m->kz, &m->s->specs),
                                      .unset_only = m->s->unset_only,
                                      .subjects = *m->s->subjects ? m->s->subjects : modes[0] };
    push(m, kz_run_namespace, c);
    for (size_t i = 0; i < countof(modes); i++)
        if (!strcmp(c->subjects, modes[i]))
            return true;
    return err_set(
        err, ERR_INVALID,
        "invalid value \"%s\" for setRoleBindingSubjects: must be one of \"defaultOnly\", \"none\" or "
        "\"allServiceAccounts\"",
        c->subjects);
}

static bool make_affix(struct maker *m, bool prefix, struct err *err) {
    struct kz_affix_conf *c = arena_new(m->kz->a, struct kz_affix_conf);
    *c = (struct kz_affix_conf) { prefix ? m->s->prefix : m->s->suffix, specs_of(m->kz, &m->s->specs) };
    push(m, prefix ? kz_run_prefix : kz_run_suffix, c);
    return m->s->specs.set || err_set(err, ERR_INVALID, "fieldSpecs is not expected to be nil");
}

static bool make_prefix(struct maker *m, struct err *err) {
    return make_affix(m, true, err);
}

static bool make_suffix(struct maker *m, struct err *err) {
    return make_affix(m, false, err);
}

static bool make_both(struct maker *m, struct err *err) {
    return make_affix(m, true, err) && make_affix(m, false, err);
}

static bool make_map(struct maker *m, struct err *err) {
    struct kz_map_conf *c = arena_new(m->kz->a, struct kz_map_conf);
    (void)err;
    *c = (struct kz_map_conf) { m->s->labels ? m->s->labels : m->s->annotations,
                                specs_of(m->kz, &m->s->specs) };
    push(m, kz_run_map, c);
    return true;
}

static bool make_image(struct maker *m, struct err *err) {
    struct kz_image_conf *c = arena_new(m->kz->a, struct kz_image_conf);
    (void)err;
    *c = (struct kz_image_conf) { m->s->image, specs_of(m->kz, &m->s->specs) };
    push(m, kz_run_image, c);
    return true;
}

static bool make_replica(struct maker *m, struct err *err) {
    struct kz_replica_conf *c = arena_new(m->kz->a, struct kz_replica_conf);
    (void)err;
    *c = (struct kz_replica_conf) { m->s->replica, specs_of(m->kz, &m->s->specs) };
    push(m, kz_run_replica, c);
    return true;
}

static bool make_patch(struct maker *m, struct err *err) {
    struct kz_patch_conf *c = arena_new(m->kz->a, struct kz_patch_conf);
    struct kz_patch p = { m->s->path, m->s->patch, m->s->target, m->s->options };
    struct buf text = { 0 };
    yaml_write(&text, m->config, YAML_WRITE_SIGS);
    push(m, kz_run_patch, c);
    return kz_patch_prepare(m->kz, m->l, &p, buf_to_arena(&text, m->kz->a).p, c, err);
}

static bool make_json(struct maker *m, struct err *err) {
    struct kz_patch_conf *c = arena_new(m->kz->a, struct kz_patch_conf);
    struct kz_patch p = { m->s->path, m->s->json_op, m->s->target, NULL };
    push(m, kz_run_patch, c);
    return kz_patch_prepare_json(m->kz, m->l, &p, c, err);
}

static bool make_merges(struct maker *m, struct err *err) {
    struct kz_patch_conf *c = arena_new(m->kz->a, struct kz_patch_conf);
    push(m, kz_run_patch, c);
    return kz_patch_prepare_merges(m->kz, m->l, &m->s->paths, m->s->patches, c, err);
}

static bool make_replacements(struct maker *m, struct err *err) {
    struct kz_replace_conf *c = arena_new(m->kz->a, struct kz_replace_conf);
    push(m, kz_run_replace, c);
    return kz_replace_prepare(m->kz, m->l, &m->s->replacements, c, err);
}

static bool make_hash(struct maker *m, struct err *err) {
    (void)err;
    push(m, kz_run_hash, NULL);
    return true;
}

static bool more_targets(struct maker *m, struct kz_items *targets, struct err *err) {
    struct settings more = { 0 };
    static const struct kz_struct type = { "", "struct", sizeof(struct settings), value_fields };
    struct str text;
    struct value *v = NULL;
    if (!*m->s->target_file)
        return true;
    if (!kz_load(m->kz, m->l, m->s->target_file, &text, NULL, err) ||
        !yaml_read(m->kz->a, text, YAML_GO_SIGS, &v, err) ||
        !kz_decode(m->kz, v, &type, KZ_COERCE, &more, err))
        return false;
    size_t n = targets->n + more.targets.n;
    struct kz_value_target *all = arena_array(m->kz->a, struct kz_value_target, n + 1);
    if (targets->n)
        memcpy(all, targets->items, targets->n * sizeof *all);
    if (more.targets.n)
        memcpy(all + targets->n, more.targets.items, more.targets.n * sizeof *all);
    *targets = (struct kz_items) { all, n, true };
    return true;
}

static bool make_value(struct maker *m, struct err *err) {
    struct kz_value_conf *c = arena_new(m->kz->a, struct kz_value_conf);
    struct str value = str_trim(str_of(m->s->value));
    const char *abs = kz_loader_abs(m->kz, m->l), *slash = strrchr(abs, '/');
    *c = (struct kz_value_conf) { value.n ? arena_text(m->kz->a, value.p, value.n)
                                  : slash ? slash + 1
                                          : abs,
                                  m->s->targets };
    push(m, kz_run_value_add, c);
    if (!more_targets(m, &c->targets, err))
        return false;
    if (!c->targets.n)
        return err_set(err, ERR_INVALID, "must specify at least one target");
    const struct kz_value_target *t = c->targets.items;
    for (size_t i = 0; i < c->targets.n; i++) {
        if (!*t[i].field_path)
            return err_set(err, ERR_INVALID, "fieldPath cannot be empty");
        if (t[i].position < 0)
            return err_set(err, ERR_INVALID, "value of FilePathPosition (%lld) cannot be negative",
                           (long long)t[i].position);
    }
    return true;
}

/* ---- generators ---- */
struct kv_conf {
    struct kz_generator g;
    bool secret;
};

static bool run_kv(struct kz *kz, const struct kz_loader *l, const void *conf, struct kz_list *out,
                   struct err *err) {
    const struct kv_conf *c = conf;
    struct kz_res *r = NULL;
    if (!kz_generate(kz, l, &c->g, c->secret, &r, err))
        return false;
    kz_list_add(kz, out, r);
    return true;
}

struct kz_generated kz_builtin_generator(struct kz *kz, const struct kz_generator *g, bool secret) {
    struct kv_conf *c = arena_new(kz->a, struct kv_conf);
    *c = (struct kv_conf) { *g, secret };
    return (struct kz_generated) { .run = run_kv, .conf = c };
}

static bool run_iam(struct kz *kz, const struct kz_loader *l, const void *conf, struct kz_list *out,
                    struct err *err) {
    const struct settings *s = conf;
    (void)l;
    if (strcmp(s->cloud, "gke"))
        return err_set(err, ERR_INVALID, "cloud provider %s not supported yet", s->cloud);
    const char *ns = s->cluster_account.ns;
    const char *text =
        arena_fmt(kz->a,
                  "apiVersion: v1\nkind: ServiceAccount\nmetadata:\n  annotations:\n"
                  "    iam.gke.io/gcp-service-account: %s@%s.iam.gserviceaccount.com\n  name: %s\n%s%s\n",
                  s->cloud_account.name, s->cloud_account.project, s->cluster_account.name,
                  *ns ? "  namespace: " : "", ns);
    struct kz_node *root = NULL;
    if (!kz_node_read(kz->a, str_of(text), &root, err))
        return false;
    kz_list_add(kz, out, kz_res_new(kz, root));
    return true;
}

/* ---- by kind ---- */
static const struct kind {
    const char *kind;
    const struct kz_field *fields;                  // NULL: generators of ConfigMaps and Secrets
    bool (*make)(struct maker *m, struct err *err); // NULL: a generator
} kinds[] = {
    { "AnnotationsTransformer", annotation_fields, make_map },
    { "ConfigMapGenerator", NULL, NULL },
    { "HashTransformer", no_fields, make_hash },
    { "HelmChartInflationGenerator", no_fields, NULL },
    { "IAMPolicyGenerator", iam_fields, NULL },
    { "ImageTagTransformer", image_fields, make_image },
    { "LabelTransformer", label_fields, make_map },
    { "NamespaceTransformer", namespace_fields, make_namespace },
    { "PatchJson6902Transformer", json_fields, make_json },
    { "PatchStrategicMergeTransformer", merge_fields, make_merges },
    { "PatchTransformer", patch_fields, make_patch },
    { "PrefixSuffixTransformer", both_fields, make_both },
    { "PrefixTransformer", prefix_fields, make_prefix },
    { "ReplacementTransformer", replacement_fields, make_replacements },
    { "ReplicaCountTransformer", replica_fields, make_replica },
    { "SecretGenerator", NULL, NULL },
    { "SuffixTransformer", suffix_fields, make_suffix },
    { "ValueAddTransformer", value_fields, make_value },
};

static bool find_kind(struct kz *kz, struct kz_res *config, const struct kind **out, struct err *err) {
    const struct kz_id *id = kz_res_cur(kz, config);
    if (*id->gvk.group || strcmp(id->gvk.version, "builtin"))
        return err_set(err, ERR_UNSUPPORTED, "external plugins disabled; unable to load external plugin '%s'",
                       kz_res_org(kz, config)->gvk.kind);
    for (size_t i = 0; i < countof(kinds); i++) {
        if (strcmp(kinds[i].kind, id->gvk.kind))
            continue;
        *out = &kinds[i];
        return true;
    }
    return err_set(err, ERR_INVALID, "unable to load builtin %s", kz_gvk_text(kz->a, &id->gvk));
}

static bool decode(struct kz *kz, struct kz_res *config, const struct kind *k, struct settings *s,
                   struct value **out_config, struct err *err) {
    struct kz_struct type = { k->kind, arena_fmt(kz->a, "builtins.%sPlugin", k->kind), sizeof *s, k->fields };
    struct kz_struct meta = {
        k->kind, "", sizeof *s,
        (const struct kz_field[]) {
            { .name = "metadata", .kind = KZ_F_PTR, KZ_AT(struct settings, metadata), .sub = &kz_meta_type },
            { 0 } }
    };
    const struct kz_struct *kv = !strcmp(k->kind, "SecretGenerator") ? &kz_secret_type : &kz_generator_type;
    if (!kz_node_to_value(kz->a, config->root, out_config, err))
        return false;
    bool ok = k->fields ? kz_decode(kz, *out_config, &type, KZ_COERCE, s, err)
                        : kz_decode(kz, *out_config, &meta, KZ_COERCE, s, err) &&
                              kz_decode(kz, *out_config, kv, KZ_COERCE, &s->generator, err);
    return ok || err_wrap(err, "error unmarshaling JSON: while decoding JSON");
}

bool kz_plugin_generator(struct kz *kz, const struct kz_loader *l, struct kz_res *config,
                         struct kz_generated *out, struct err *err) {
    const struct kind *k = NULL;
    struct settings *s = arena_new(kz->a, struct settings);
    struct value *v = NULL;
    const char *id = kz_id_text(kz->a, kz_res_org(kz, config));
    (void)l;
    if (!find_kind(kz, config, &k, err))
        return false;
    if (k->make)
        return err_set(err, ERR_INVALID, "plugin %s not a generator", id);
    bool helm = !strcmp(k->kind, "HelmChartInflationGenerator");
    if (!decode(kz, config, k, s, &v, err) ||
        (helm && !err_set(err, ERR_UNSUPPORTED, "must specify --enable-helm")))
        return err_wrap(err, "plugin %s fails configuration", id);
    if (k->fields) {
        *out = (struct kz_generated) { .run = run_iam, .conf = s };
    } else {
        struct kz_generator *g = &s->generator;
        g->name = !*g->name && s->metadata ? s->metadata->name : g->name;
        g->ns = !*g->ns && s->metadata ? s->metadata->ns : g->ns;
        *out = kz_builtin_generator(kz, g, !strcmp(k->kind, "SecretGenerator"));
    }
    out->origin = kz_origin_of_config(kz, config->root);
    return true;
}

bool kz_plugin_transformer(struct kz *kz, const struct kz_loader *l, struct kz_res *config,
                           struct kz_transformer *out, size_t *out_n, struct err *err) {
    const struct kind *k = NULL;
    struct settings *s = arena_new(kz->a, struct settings);
    struct value *v = NULL;
    size_t n = 0;
    const char *id = kz_id_text(kz->a, kz_res_org(kz, config));
    if (!find_kind(kz, config, &k, err))
        return false;
    if (!k->make)
        return err_set(err, ERR_INVALID, "plugin %s not a transformer", id);
    if (!decode(kz, config, k, s, &v, err))
        return err_wrap(err, "plugin %s fails configuration", id);
    struct maker m = { .kz = kz, .l = l, .s = s, .config = v, .out = out, .out_n = &n };
    if (!k->make(&m, err))
        return err_wrap(err, "plugin %s fails configuration", id);
    out[n - 1].origin = kz_origin_of_config(kz, config->root); // recorded once, behind the last of them
    *out_n = n;
    return true;
}
