// SPDX-License-Identifier: Apache-2.0
/* The kustomization file: tables of its fields, conversion of deprecated ones, checks. */
#include "common/kustomize/kustfile.h"
#include "common/value/yaml.h"

#define TEXT(S, m, n)                                                                                        \
    { .name = n, .kind = KZ_F_TEXT, KZ_AT(S, m) }
#define TEXT_IN(S, m, n, e)                                                                                  \
    { .name = n, .kind = KZ_F_TEXT, KZ_AT(S, m), .embedded = e }
#define BOOL(S, m, n)                                                                                        \
    { .name = n, .kind = KZ_F_BOOL, KZ_AT(S, m) }
#define MAP(S, m, n)                                                                                         \
    { .name = n, .kind = KZ_F_MAP, KZ_AT(S, m) }
#define TEXTS(S, m, n)                                                                                       \
    { .name = n, .kind = KZ_F_TEXTS, KZ_AT(S, m) }
#define PTR(S, m, n, s)                                                                                      \
    { .name = n, .kind = KZ_F_PTR, KZ_AT(S, m), .sub = &(s) }
#define LIST(S, m, n, s)                                                                                     \
    { .name = n, .kind = KZ_F_LIST, KZ_AT(S, m), .sub = &(s) }
#define STRUCT(n, S, f)                                                                                      \
    { .name = n, .type = "types." n, .size = sizeof(S), .fields = f }

#define S struct kz_selector
static const struct kz_field selector_fields[] = {
    TEXT_IN(S, group, "group", "ResId.Gvk."), TEXT_IN(S, version, "version", "ResId.Gvk."),
    TEXT_IN(S, kind, "kind", "ResId.Gvk."),   TEXT_IN(S, name, "name", "ResId."),
    TEXT_IN(S, ns, "namespace", "ResId."),    TEXT(S, annotations, "annotationSelector"),
    TEXT(S, labels, "labelSelector"),         { 0 },
};
const struct kz_struct kz_selector_type = STRUCT("Selector", S, selector_fields);
#undef S

#define S struct kz_field_spec
static const struct kz_field field_spec_fields[] = {
    TEXT_IN(S, group, "group", "Gvk."), TEXT_IN(S, version, "version", "Gvk."),
    TEXT_IN(S, kind, "kind", "Gvk."),   TEXT(S, path, "path"),
    BOOL(S, create, "create"),          { 0 },
};
const struct kz_struct kz_field_spec_type = STRUCT("FieldSpec", S, field_spec_fields);
#undef S

#define S struct kz_patch_options
static const struct kz_field patch_options_fields[] = {
    BOOL(S, allow_name_change, "allowNameChange"),
    BOOL(S, allow_kind_change, "allowKindChange"),
    { 0 },
};
const struct kz_struct kz_patch_options_type = STRUCT("PatchArgs", S, patch_options_fields);
#undef S

#define S struct kz_patch
static const struct kz_field patch_fields[] = {
    TEXT(S, path, "path"),
    TEXT(S, patch, "patch"),
    PTR(S, target, "target", kz_selector_type),
    PTR(S, options, "options", kz_patch_options_type),
    { 0 },
};
static const struct kz_struct patch_type = STRUCT("Patch", S, patch_fields);
#undef S

#define S struct kz_label
static const struct kz_field label_fields[] = {
    MAP(S, pairs, "pairs"),
    BOOL(S, include_selectors, "includeSelectors"),
    BOOL(S, include_templates, "includeTemplates"),
    LIST(S, fields, "fields", kz_field_spec_type),
    { 0 },
};
static const struct kz_struct label_type = STRUCT("Label", S, label_fields);
#undef S

#define S struct kz_image
static const struct kz_field image_fields[] = {
    TEXT(S, name, "name"),      TEXT(S, new_name, "newName"), TEXT(S, tag_suffix, "tagSuffix"),
    TEXT(S, new_tag, "newTag"), TEXT(S, digest, "digest"),    { 0 },
};
const struct kz_struct kz_image_type = STRUCT("Image", S, image_fields);
#undef S

#define S struct kz_replica
static const struct kz_field replica_fields[] = {
    TEXT(S, name, "name"),
    { .name = "count", .kind = KZ_F_INT, KZ_AT(S, count), .type = "int64" },
    { 0 },
};
const struct kz_struct kz_replica_type = STRUCT("Replica", S, replica_fields);
#undef S

#define S struct kz_field_options
static const struct kz_field field_options_fields[] = {
    TEXT(S, delimiter, "delimiter"),
    { .name = "index", .kind = KZ_F_INT, KZ_AT(S, index) },
    TEXT(S, encoding, "encoding"),
    BOOL(S, create, "create"),
    { 0 },
};
static const struct kz_struct field_options_type = STRUCT("FieldOptions", S, field_options_fields);
#undef S

#define S struct kz_source
static const struct kz_field source_fields[] = {
    TEXT_IN(S, group, "group", "ResId.Gvk."),       TEXT_IN(S, version, "version", "ResId.Gvk."),
    TEXT_IN(S, kind, "kind", "ResId.Gvk."),         TEXT_IN(S, name, "name", "ResId."),
    TEXT_IN(S, ns, "namespace", "ResId."),          TEXT(S, field_path, "fieldPath"),
    PTR(S, options, "options", field_options_type), { 0 },
};
static const struct kz_struct source_type = STRUCT("SourceSelector", S, source_fields);
#undef S

#define S struct kz_replace_target
static const struct kz_field target_fields[] = {
    PTR(S, select, "select", kz_selector_type),
    { .name = "reject", .kind = KZ_F_PTR_LIST, KZ_AT(S, reject), .sub = &kz_selector_type },
    TEXTS(S, field_paths, "fieldPaths"),
    PTR(S, options, "options", field_options_type),
    { 0 },
};
static const struct kz_struct target_type = STRUCT("TargetSelector", S, target_fields);
#undef S

#define S struct kz_replacement
#define REPLACEMENT(e)                                                                                       \
    { .name = "source", .kind = KZ_F_PTR, KZ_AT(S, source), .sub = &source_type, .embedded = e },            \
        { .name = "targets", .kind = KZ_F_PTR_LIST, KZ_AT(S, targets), .sub = &target_type, .embedded = e }, \
        { .name = "sourceValue", .kind = KZ_F_TEXT_PTR, KZ_AT(S, source_value), .embedded = e }, {           \
        0                                                                                                    \
    }
static const struct kz_field replacement_fields[] = { REPLACEMENT(NULL) };
const struct kz_struct kz_replacement_type = STRUCT("Replacement", S, replacement_fields);
static const struct kz_field replacement_field_fields[] = { TEXT(S, path, "path"),
                                                            REPLACEMENT("Replacement.") };
const struct kz_struct kz_replacement_field_type = STRUCT("ReplacementField", S, replacement_field_fields);
#undef S

#define S struct kz_var
static const struct kz_field objref_fields[] = {
    { .name = "apiVersion", .kind = KZ_F_TEXT, .offset = 0 },
    { .name = "group", .kind = KZ_F_TEXT, .offset = sizeof(char *), .embedded = "Gvk." },
    { .name = "version", .kind = KZ_F_TEXT, .offset = 2 * sizeof(char *), .embedded = "Gvk." },
    { .name = "kind", .kind = KZ_F_TEXT, .offset = 3 * sizeof(char *), .embedded = "Gvk." },
    { .name = "name", .kind = KZ_F_TEXT, .offset = 4 * sizeof(char *) },
    { .name = "namespace", .kind = KZ_F_TEXT, .offset = 5 * sizeof(char *) },
    { 0 },
};
static const struct kz_struct objref_type = { "Target", "types.Target", 6 * sizeof(char *), objref_fields };
static const struct kz_field fieldref_fields[] = { { .name = "fieldPath", .kind = KZ_F_TEXT }, { 0 } };
static const struct kz_struct fieldref_type = { "FieldSelector", "types.FieldSelector", sizeof(char *),
                                                fieldref_fields };
static const struct kz_field var_fields[] = {
    TEXT(S, name, "name"),
    { .name = "objref", .kind = KZ_F_STRUCT, KZ_AT(S, objref), .sub = &objref_type },
    { .name = "fieldref", .kind = KZ_F_STRUCT, KZ_AT(S, fieldref), .sub = &fieldref_type },
    { 0 },
};
static const struct kz_struct var_type = STRUCT("Var", S, var_fields);
#undef S

#define S struct kz_generator_options
static const struct kz_field generator_options_fields[] = {
    MAP(S, labels, "labels"),
    MAP(S, annotations, "annotations"),
    BOOL(S, disable_hash, "disableNameSuffixHash"),
    BOOL(S, immutable, "immutable"),
    { 0 },
};
static const struct kz_struct generator_options_type =
    STRUCT("GeneratorOptions", S, generator_options_fields);
#undef S

#define S struct kz_generator
#define KV "GeneratorArgs.KvPairSources."
#define GENERATOR                                                                                            \
    TEXT_IN(S, ns, "namespace", "GeneratorArgs."), TEXT_IN(S, name, "name", "GeneratorArgs."),               \
        TEXT_IN(S, behavior, "behavior", "GeneratorArgs."),                                                  \
        { .name = "literals", .kind = KZ_F_TEXTS, KZ_AT(S, literals), .embedded = KV },                      \
        { .name = "files", .kind = KZ_F_TEXTS, KZ_AT(S, files), .embedded = KV },                            \
        { .name = "envs", .kind = KZ_F_TEXTS, KZ_AT(S, envs), .embedded = KV }, TEXT_IN(S, env, "env", KV),  \
    {                                                                                                        \
        .name = "options", .kind = KZ_F_PTR, KZ_AT(S, options), .sub = &generator_options_type,              \
        .embedded = "GeneratorArgs."                                                                         \
    }
static const struct kz_field generator_fields[] = { GENERATOR, { 0 } };
const struct kz_struct kz_generator_type = STRUCT("ConfigMapArgs", S, generator_fields);
static const struct kz_field secret_fields[] = { GENERATOR, TEXT(S, type, "type"), { 0 } };
const struct kz_struct kz_secret_type = STRUCT("SecretArgs", S, secret_fields);
#undef S

#define S struct kz_sort_lists
static const struct kz_field sort_lists_fields[] = { TEXTS(S, first, "orderFirst"),
                                                     TEXTS(S, last, "orderLast"),
                                                     { 0 } };
static const struct kz_struct sort_lists_type = STRUCT("LegacySortOptions", S, sort_lists_fields);
#undef S
#define S struct kz_sort
static const struct kz_field sort_fields[] = {
    { .name = "order", .kind = KZ_F_TEXT, KZ_AT(S, order), .type = "types.SortOrder" },
    PTR(S, legacy, "legacySortOptions", sort_lists_type),
    { 0 },
};
static const struct kz_struct sort_type = STRUCT("SortOptions", S, sort_fields);
#undef S

#define S struct kz_meta
static const struct kz_field meta_fields[] = {
    TEXT(S, name, "name"),
    TEXT(S, ns, "namespace"),
    MAP(S, labels, "labels"),
    MAP(S, annotations, "annotations"),
    { 0 },
};
const struct kz_struct kz_meta_type = STRUCT("ObjectMeta", S, meta_fields);
#undef S

// Helm charts are refused whatever they say; the parser still checks names and types.
struct helm {
    const char *text;
    const struct value *any;
    bool flag;
    struct kz_texts texts;
    struct kz_pairs *map;
};
#define S struct helm
static const struct kz_field helm_chart_fields[] = {
    TEXT(S, text, "name"),        TEXT(S, text, "version"),
    TEXT(S, text, "repo"),        TEXT(S, text, "releaseName"),
    TEXT(S, text, "namespace"),   TEXTS(S, texts, "additionalValuesFiles"),
    TEXT(S, text, "valuesFile"),  { .name = "valuesInline", .kind = KZ_F_VALUE, KZ_AT(S, any) },
    TEXT(S, text, "valuesMerge"), BOOL(S, flag, "includeCRDs"),
    BOOL(S, flag, "skipHooks"),   TEXTS(S, texts, "apiVersions"),
    TEXT(S, text, "kubeVersion"), TEXT(S, text, "nameTemplate"),
    BOOL(S, flag, "skipTests"),   BOOL(S, flag, "debug"),
    BOOL(S, flag, "devel"),       { 0 },
};
static const struct kz_struct helm_chart_type = STRUCT("HelmChart", S, helm_chart_fields);
static const struct kz_field helm_args_fields[] = {
    TEXT(S, text, "chartName"),
    TEXT(S, text, "chartVersion"),
    TEXT(S, text, "chartRepoUrl"),
    TEXT(S, text, "chartHome"),
    TEXT(S, text, "chartRepoName"),
    TEXT(S, text, "helmBin"),
    TEXT(S, text, "helmHome"),
    TEXT(S, text, "values"),
    { .name = "valuesLocal", .kind = KZ_F_VALUE, KZ_AT(S, any) },
    TEXT(S, text, "valuesMerge"),
    TEXT(S, text, "releaseName"),
    TEXT(S, text, "releaseNamespace"),
    TEXTS(S, texts, "extraArgs"),
    { 0 },
};
static const struct kz_struct helm_args_type = STRUCT("HelmChartArgs", S, helm_args_fields);
static const struct kz_field helm_globals_fields[] = { TEXT(S, text, "chartHome"),
                                                       TEXT(S, text, "configHome"),
                                                       { 0 } };
static const struct kz_struct helm_globals_type = STRUCT("HelmGlobals", S, helm_globals_fields);
#undef S

#define S struct kz_file
static const struct kz_field file_fields[] = {
    TEXT_IN(S, kind, "kind", "TypeMeta."),
    TEXT_IN(S, api_version, "apiVersion", "TypeMeta."),
    PTR(S, metadata, "metadata", kz_meta_type),
    MAP(S, openapi, "openapi"),
    TEXT(S, name_prefix, "namePrefix"),
    TEXT(S, name_suffix, "nameSuffix"),
    TEXT(S, ns, "namespace"),
    MAP(S, common_labels, "commonLabels"),
    LIST(S, labels, "labels", label_type),
    MAP(S, common_annotations, "commonAnnotations"),
    { .name = "patchesStrategicMerge",
      .kind = KZ_F_TEXTS,
      KZ_AT(S, patches_strategic_merge),
      .type = "types.PatchStrategicMerge" },
    LIST(S, patches_json6902, "patchesJson6902", patch_type),
    LIST(S, patches, "patches", patch_type),
    LIST(S, images, "images", kz_image_type),
    LIST(S, image_tags, "imageTags", kz_image_type),
    LIST(S, replacements, "replacements", kz_replacement_field_type),
    LIST(S, replicas, "replicas", kz_replica_type),
    LIST(S, vars, "vars", var_type),
    PTR(S, sort, "sortOptions", sort_type),
    TEXTS(S, resources, "resources"),
    TEXTS(S, components, "components"),
    TEXTS(S, crds, "crds"),
    TEXTS(S, bases, "bases"),
    LIST(S, config_maps, "configMapGenerator", kz_generator_type),
    LIST(S, secrets, "secretGenerator", kz_secret_type),
    PTR(S, helm_globals, "helmGlobals", helm_globals_type),
    LIST(S, helm_charts, "helmCharts", helm_chart_type),
    LIST(S, helm_inflation, "helmChartInflationGenerator", helm_args_type),
    PTR(S, generator_options, "generatorOptions", generator_options_type),
    TEXTS(S, configurations, "configurations"),
    TEXTS(S, generators, "generators"),
    TEXTS(S, transformers, "transformers"),
    TEXTS(S, validators, "validators"),
    TEXTS(S, build_metadata, "buildMetadata"),
    { 0 },
};
const struct kz_struct kz_file_type = STRUCT("Kustomization", S, file_fields);
#undef S

bool kz_texts_have(const struct kz_texts *t, const char *text) {
    for (size_t i = 0; i < t->n; i++)
        if (!strcmp(t->items[i], text))
            return true;
    return false;
}

/* ---- deprecated fields ---- */
static void deprecated(struct kz *kz, bool used, const char *old, const char *new, const char *note) {
    if (used)
        kz_warn(kz, arena_fmt(kz->a,
                              "# Warning: '%s' is deprecated. Please use '%s' instead. %sRun 'kustomize edit "
                              "fix' to update "
                              "your Kustomization automatically.",
                              old, new, note));
}

static void warn_deprecated(struct kz *kz, const struct kz_file *f) {
    deprecated(kz, f->bases.set, "bases", "resources", "");
    deprecated(kz, f->common_labels, "commonLabels", "labels", "");
    deprecated(kz, f->image_tags.set, "imageTags", "images", "");
    deprecated(kz, f->patches_json6902.set, "patchesJson6902", "patches", "");
    deprecated(kz, f->patches_strategic_merge.set, "patchesStrategicMerge", "patches", "");
    deprecated(kz, f->vars.set, "vars", "replacements", "[EXPERIMENTAL] ");
}

static void append_texts(struct arena *a, struct kz_texts *to, const struct kz_texts *from) {
    if (!from->n)
        return;
    const char **items = arena_array(a, const char *, to->n + from->n);
    for (size_t i = 0; i < to->n; i++)
        items[i] = to->items[i];
    for (size_t i = 0; i < from->n; i++)
        items[to->n + i] = from->items[i];
    *to = (struct kz_texts) { items, to->n + from->n, true };
}

static void append_items(struct arena *a, struct kz_items *to, const struct kz_items *from, size_t size) {
    if (!from->n)
        return;
    char *items = arena_calloc(a, to->n + from->n, size);
    if (to->n)
        memcpy(items, to->items, to->n * size);
    memcpy(items + to->n * size, from->items, from->n * size);
    *to = (struct kz_items) { items, to->n + from->n, true };
}

static void move_env(struct arena *a, struct kz_items *generators) {
    struct kz_generator *g = generators->items;
    for (size_t i = 0; i < generators->n; i++) {
        if (!*g[i].env)
            continue;
        const char *one[] = { g[i].env };
        append_texts(a, &g[i].envs, &(struct kz_texts) { one, 1, true });
        g[i].env = "";
    }
}

static void modernize(struct kz *kz, struct kz_file *f) {
    if (!*f->kind)
        f->kind = "Kustomization";
    if (!*f->api_version)
        f->api_version = strcmp(f->kind, "Component") ? "kustomize.config.k8s.io/v1beta1"
                                                      : "kustomize.config.k8s.io/v1alpha1";
    append_texts(kz->a, &f->resources, &f->bases);
    append_items(kz->a, &f->images, &f->image_tags, sizeof(struct kz_image));
    f->bases = (struct kz_texts) { 0 };
    f->image_tags = (struct kz_items) { 0 };
    move_env(kz->a, &f->config_maps);
    move_env(kz->a, &f->secrets);
    append_items(kz->a, &f->helm_charts, &f->helm_inflation, sizeof(struct helm));
    f->helm_inflation = (struct kz_items) { 0 };
}

/* ---- checks ---- */
static bool check(struct kz *kz, const struct kz_file *f, const char *root, struct err *err) {
    if (kz_decode_is_zero(&kz_file_type, f, "TypeMeta."))
        return err_set(err, ERR_INVALID, "kustomization.yaml is empty");
    bool component = !strcmp(f->kind, "Component"), bad_kind = !component && strcmp(f->kind, "Kustomization");
    const char *version = component ? "kustomize.config.k8s.io/v1alpha1" : "kustomize.config.k8s.io/v1beta1";
    bool bad_version = strcmp(f->api_version, version) != 0;
    if (!bad_kind && !bad_version)
        return true;
    const char *wrong_version = arena_fmt(kz->a, "apiVersion for %s should be %s", f->kind, version);
    return err_set(err, ERR_INVALID, "Failed to read kustomization file under %s:\n%s%s%s", root,
                   bad_kind ? "kind should be Kustomization or Component" : "",
                   bad_kind && bad_version ? "\n" : "", bad_version ? wrong_version : "");
}

bool kz_file_from_value(struct kz *kz, struct value *v, bool lenient, const char *root, struct kz_file *out,
                        struct err *err) {
    *out = (struct kz_file) { 0 };
    if (!kz_decode(kz, v, &kz_file_type, lenient ? KZ_COERCE : KZ_STRICT, out, err))
        return err_wrap(err, "invalid Kustomization");
    out->raw = v;
    warn_deprecated(kz, out);
    modernize(kz, out);
    return check(kz, out, root, err);
}

bool kz_file_read(struct kz *kz, struct str text, bool lenient, const char *root, struct kz_file *out,
                  struct err *err) {
    struct value *v = NULL;
    if (!yaml_read(kz->a, text, YAML_GO_SIGS, &v, err))
        return err_wrap(err, "invalid Kustomization");
    return kz_file_from_value(kz, v, lenient, root, out, err);
}
