// SPDX-License-Identifier: Apache-2.0
/* CRDs: checks and defaults of CustomResourceDefinition objects, the resources that they add to the registry
 * while they are Established, and what custom resources need on their way through request.c.
 *
 * A controller (crds_new adds it) sets conditions and stored versions after the write was answered, adds and
 * removes rows of the registry, and deletes the custom resources of a CRD that is being deleted (finalizer
 * customresourcecleanup). Not there: conversion by webhook (refused). Facts: k8s.io/apiextensions-apiserver.
 * Threads: the loop's.
 */
#ifndef SANDBOX_CRD_H
#define SANDBOX_CRD_H

#include "deploy/local/sandbox/request.h"
#include "deploy/local/sandbox/schema.h"

struct crd_version { // what `struct resource`.crd points to
    struct schema *schema;
    bool has_status;  // subresource status
    bool terminating; // the CRD is being deleted: nothing is created any more
};

struct crds *crds_new(struct sandbox *sb); // sb->registry, ->storage, ->loop are there
void crds_free(struct crds *c);
/* Takes over what is stored (after storage_load). */
void crds_load(struct crds *c);

/* ---- CustomResourceDefinition objects, called from request.c ---- */
// Fills in what the API server fills in: names, conversion, initial status at creation. `old` NULL at
// creation.
void crd_default(struct arena *a, struct value *tree, const struct value *old, int64_t now_ns);
// Checks the whole object and compiles its schemas (rules that cannot be evaluated: a warning each).
void crd_validate(const struct value *tree, const struct value *old, struct warnings *w,
                  struct field_errors *fe);

// At the first request to delete: the finalizer and the condition.
void crd_mark_deleting(struct arena *a, struct value *tree, int64_t now_ns);

/* ---- custom resources, called from request.c; `r`->crd is set ---- */
// After decoding: prunes unknown fields into *unknown (NULL: dropped), then defaults.
void crd_object_default(struct arena *a, const struct resource *r, struct value *tree, struct paths *unknown);
void crd_object_validate(const struct resource *r, const struct value *tree, const struct value *old,
                         struct field_errors *fe);
// Another version of the same object: without conversion only apiVersion changes, then defaults of that
// version.
void crd_object_convert(struct arena *a, const struct resource *to, struct value *tree);

/* ---- OpenAPI v3 ---- */
// "io.fluxcd.toolkit.source.v1.GitRepository", as the API server names the model of a CRD's kind.
char *crd_model_name(struct arena *a, const struct resource *r);
// The model: the schema with apiVersion, kind, metadata and x-kubernetes-group-version-kind. For /openapi/v3
// and explain.
struct value *crd_openapi_model(struct arena *a, const struct resource *r);

#endif
