// SPDX-License-Identifier: Apache-2.0
/* What one build carries along: arena, options, files read, warnings, the schema in force. Inside this room only. */
#ifndef KUSTOMIZE_CTX_H
#define KUSTOMIZE_CTX_H

#include "common/kustomize/ids.h"
#include "common/kustomize/kustomize.h"
#include "common/kustomize/node.h"

struct kz_schema_state;
struct kz_config;
struct kz_cache;

struct kz {
    struct arena *a;
    const struct kustomize_options *opt;
    struct fileset *fs; // the root file set
    struct kz_schema_state *schema;
    const struct kz_config *defaults; // made when first needed
    struct kz_cache *cache;           // made when first needed
    struct kustomize_result out;
    size_t cap_files, cap_warnings;
    size_t n_objects, max_objects; // objects made so far, in all layers
    size_t n_targets;              // kustomizations loaded
    size_t arena_before;           // bytes of the arena that are not ours
    unsigned depth;                // of bases
    const char *broken; // a contradiction in an object's own history annotations, found while asking it
};

void kz_warn(struct kz *kz, const char *line);
// Memory that a build may use; called in loops that copy.
must_check bool kz_within_limits(struct kz *kz, struct err *err);

#endif
