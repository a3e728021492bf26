// SPDX-License-Identifier: Apache-2.0
/* What is worked out over and over for many objects: paths of field specs in parts, API versions in group and version. */
#ifndef KUSTOMIZE_CACHE_H
#define KUSTOMIZE_CACHE_H

#include "common/kustomize/path.h"

struct kz_path kz_spec_path(struct kz *kz, const char *path);       // split at "/"
struct kz_gvk kz_gvk_at(struct kz *kz, const struct kz_node *root); // .cluster is left false

#endif
