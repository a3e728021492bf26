// SPDX-License-Identifier: Apache-2.0
/* Objects of apiVersion "builtin" under generators, transformers and validators. Upstream: api/internal/plugins/loader */
#ifndef KUSTOMIZE_PLUGINS_H
#define KUSTOMIZE_PLUGINS_H

#include "common/kustomize/origin.h"
#include "common/kustomize/xform.h"

struct kz_generated { // a generator, ready to run
    bool (*run)(struct kz *kz, const struct kz_loader *l, const void *conf, struct kz_list *out,
                struct err *err);
    const void *conf;
    const struct kz_origin *origin;
};

// Errors "external plugins disabled; unable to load external plugin 'X'", "plugin <id> fails configuration: ..."
must_check bool kz_plugin_generator(struct kz *kz, const struct kz_loader *l, struct kz_res *config,
                                    struct kz_generated *out, struct err *err);
// Appends one transformer, or two for PrefixSuffixTransformer.
must_check bool kz_plugin_transformer(struct kz *kz, const struct kz_loader *l, struct kz_res *config,
                                      struct kz_transformer *out, size_t *out_n, struct err *err);
// A ConfigMap or Secret from the kustomization file.
struct kz_generated kz_builtin_generator(struct kz *kz, const struct kz_generator *g, bool secret);

#endif
