// SPDX-License-Identifier: Apache-2.0
/* ConfigMaps and Secrets made from literals, files and env files; the content hash that goes into names.
 * Upstream: api/internal/generators, api/kv, api/hasher */
#ifndef KUSTOMIZE_GENERATE_H
#define KUSTOMIZE_GENERATE_H

#include "common/kustomize/kustfile.h"
#include "common/kustomize/load.h"

// secret: else a ConfigMap. The new object carries its behavior and whether it wants a hash.
must_check bool kz_generate(struct kz *kz, const struct kz_loader *l, const struct kz_generator *g,
                            bool secret, struct kz_res **out, struct err *err);
/* The ten characters. */
must_check bool kz_hash(struct kz *kz, const struct kz_node *root, const char **out, struct err *err);

#endif
