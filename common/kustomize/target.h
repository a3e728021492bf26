// SPDX-License-Identifier: Apache-2.0
/* One kustomization being worked off: its resources, generators, components, transformers, validators, vars.
 * Upstream: api/internal/target */
#ifndef KUSTOMIZE_TARGET_H
#define KUSTOMIZE_TARGET_H

#include "common/kustomize/plugins.h"
#include "common/kustomize/vars.h"

struct kz_accumulator {
    struct kz_list list;
    const struct kz_config *config;
    struct kz_vars vars;
};

struct kz_target {
    struct kz *kz;
    struct kz_loader *loader;
    struct kz_file file;
    const char *file_name;
    const struct kz_texts *build_metadata; // of the top kustomization
    const struct kz_origin *origin;        // NULL: not recorded
    const char *helm_namespace;
};

// Reads and checks the kustomization file of t->loader. lenient, given: for the top one, see kustomize_options.
must_check bool kz_target_load(struct kz_target *t, bool top, struct err *err);
must_check bool kz_target_accumulate(struct kz_target *t, struct kz_accumulator *acc, struct err *err);
// All that happens once, at the top: hashes, references, vars, local objects.
must_check bool kz_target_finish(struct kz_target *t, struct kz_accumulator *acc, struct err *err);

/* target_run.c: the transformers of one kustomization, prepared in their fixed order. */
must_check bool kz_target_generate(struct kz_target *t, struct kz_accumulator *acc, struct err *err);
must_check bool kz_target_transform(struct kz_target *t, struct kz_accumulator *acc, struct err *err);
must_check bool kz_target_validate(struct kz_target *t, struct kz_accumulator *acc, struct err *err);
// Objects that configure generators or transformers: inline YAML, files, directories.
must_check bool kz_target_configs(struct kz_target *t, const struct kz_texts *entries, struct kz_list *out,
                                  struct err *err);
must_check bool kz_target_resources(struct kz_target *t, struct kz_accumulator *acc,
                                    const struct kz_texts *paths, struct err *err);

#endif
