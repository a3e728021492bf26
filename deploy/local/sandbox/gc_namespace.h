// SPDX-License-Identifier: Apache-2.0
/* Deletion of namespaces: their content goes first. A part of gc.c. Facts: Kubernetes pkg/controller/namespace. */
#ifndef SANDBOX_GC_NAMESPACE_H
#define SANDBOX_GC_NAMESPACE_H

#include "deploy/local/sandbox/request.h"

struct gc_namespaces;
struct gc_namespaces *gc_namespaces_new(struct sandbox *sb);
void gc_namespaces_free(struct gc_namespaces *g);
void gc_namespaces_hear(struct gc_namespaces *g, const struct change *c);
void gc_namespaces_start(struct gc_namespaces *g);

#endif
