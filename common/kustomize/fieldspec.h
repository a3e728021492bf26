// SPDX-License-Identifier: Apache-2.0
/* Field specs: places in objects that transformers change, the default ones, and walking to them.
 * Upstream: api/types/fieldspec.go, api/filters/fieldspec, api/internal/konfig/builtinpluginconsts */
#ifndef KUSTOMIZE_FIELDSPEC_H
#define KUSTOMIZE_FIELDSPEC_H

#include "common/kustomize/res.h"

struct kz_spec {
    const char *group, *version, *kind; // "" matches all
    const char *path;                   // "spec/template/spec/containers[]/image"
    bool create;
};
struct kz_specs {
    struct kz_spec *items;
    size_t n, cap;
};

// Errors "conflicting fieldspecs"
must_check bool kz_specs_merge_one(struct arena *a, struct kz_specs *s, struct kz_spec x, struct err *err);
must_check bool kz_specs_merge(struct arena *a, struct kz_specs *s, const struct kz_specs *from,
                               struct err *err);
void kz_specs_sort(struct arena *a, struct kz_specs *s);
bool kz_spec_selects(const struct kz_spec *s, const struct kz_gvk *g);

/* Calls set for each node at the spec's path in the object; makes missing maps (and a last node of create_kind) when the
 * spec says create and create_kind is not KZ_ZERO. An object of another type is left alone.
 * Errors "considering field 'p' of object <id>: ..." */
struct kz_setter {
    bool (*set)(void *arg, struct kz_node *n, struct err *err);
    void *arg;
    enum kz_kind create_kind;
    enum kz_tag create_tag;
};
must_check bool kz_spec_apply(struct kz *kz, struct kz_node *root, const struct kz_spec *spec,
                              const struct kz_setter *setter, struct err *err);
must_check bool kz_specs_apply(struct kz *kz, struct kz_node *root, const struct kz_specs *specs,
                               const struct kz_setter *setter, struct err *err);

#endif
