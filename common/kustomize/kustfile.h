// SPDX-License-Identifier: Apache-2.0
/* The kustomization file as a struct, and the parts of it that built-in transformers take as their configuration.
 * To add a field: a member here, a row in kustfile.c. Upstream: api/types */
#ifndef KUSTOMIZE_KUSTFILE_H
#define KUSTOMIZE_KUSTFILE_H

#include "common/kustomize/decode.h"

struct kz_selector {
    const char *group, *version, *kind, *name, *ns, *annotations, *labels;
};
struct kz_field_spec {
    const char *group, *version, *kind, *path;
    bool create;
};
struct kz_patch_options {
    bool allow_name_change, allow_kind_change;
};
struct kz_patch {
    const char *path, *patch;
    struct kz_selector *target;
    struct kz_patch_options *options;
};
struct kz_label {
    struct kz_pairs *pairs;
    bool include_selectors, include_templates;
    struct kz_items fields; // kz_field_spec
};
struct kz_image {
    const char *name, *new_name, *tag_suffix, *new_tag, *digest;
};
struct kz_replica {
    const char *name;
    int64_t count;
};
struct kz_field_options {
    const char *delimiter, *encoding;
    int64_t index;
    bool create;
};
struct kz_source {
    const char *group, *version, *kind, *name, *ns, *field_path;
    struct kz_field_options *options;
};
struct kz_replace_target {
    struct kz_selector *select;
    struct kz_items reject; // kz_selector *
    struct kz_texts field_paths;
    struct kz_field_options *options;
};
struct kz_replacement {
    const char *path; // only in the kustomization file
    struct kz_source *source;
    const char *source_value;
    struct kz_items targets; // kz_replace_target *
};
struct kz_var {
    const char *name;
    struct {
        const char *api_version, *group, *version, *kind, *name, *ns;
    } objref;
    struct {
        const char *field_path;
    } fieldref;
};
struct kz_generator_options {
    struct kz_pairs *labels, *annotations;
    bool disable_hash, immutable;
};
struct kz_generator {
    const char *ns, *name, *behavior, *env, *type; // type: secrets only
    struct kz_texts literals, files, envs;
    struct kz_generator_options *options;
};
struct kz_sort_lists {
    struct kz_texts first, last;
};
struct kz_sort {
    const char *order;
    struct kz_sort_lists *legacy;
};
struct kz_meta {
    const char *name, *ns;
    struct kz_pairs *labels, *annotations;
};

struct kz_file {
    const char *api_version, *kind;
    struct kz_meta *metadata;
    struct kz_pairs *openapi;
    const char *name_prefix, *name_suffix, *ns;
    struct kz_pairs *common_labels, *common_annotations;
    struct kz_items labels; // kz_label
    struct kz_texts patches_strategic_merge;
    struct kz_items patches_json6902, patches; // kz_patch
    struct kz_items images, image_tags;        // kz_image
    struct kz_items replacements;              // kz_replacement
    struct kz_items replicas;                  // kz_replica
    struct kz_items vars;                      // kz_var
    struct kz_sort *sort;
    struct kz_texts resources, components, crds, bases;
    struct kz_items config_maps, secrets; // kz_generator
    struct kz_generator_options *generator_options;
    const struct value *helm_globals;            // checked, but only ever refused
    struct kz_items helm_charts, helm_inflation; // kz_helm_chart
    struct kz_texts configurations, generators, transformers, validators, build_metadata;
    const struct value *raw; // as it was read
};

extern const struct kz_struct kz_file_type, kz_selector_type, kz_field_spec_type, kz_patch_options_type,
    kz_image_type, kz_replica_type, kz_replacement_type, kz_replacement_field_type, kz_generator_type,
    kz_secret_type, kz_meta_type;

/* Reads the text of a kustomization file: strictly, unless options say otherwise for this (root) file; fills in kind and
 * apiVersion, moves deprecated fields, warns about them, checks.
 * root  directory for messages. Errors as kustomize's. */
must_check bool kz_file_read(struct kz *kz, struct str text, bool lenient, const char *root,
                             struct kz_file *out, struct err *err);
must_check bool kz_file_from_value(struct kz *kz, struct value *v, bool lenient, const char *root,
                                   struct kz_file *out, struct err *err);
bool kz_texts_have(const struct kz_texts *t, const char *text);

#endif
