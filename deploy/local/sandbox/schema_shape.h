// SPDX-License-Identifier: Apache-2.0
/* Shapes of custom resources, made from their compiled schemas. Facts: kube-openapi pkg/schemaconv. */
#ifndef SANDBOX_SCHEMA_SHAPE_H
#define SANDBOX_SCHEMA_SHAPE_H

#include "deploy/local/sandbox/schema_node.h"

// Fills in root->shape, with apiVersion, kind and metadata.
void schema_shape_make(struct arena *a, struct schema *root);

#endif
