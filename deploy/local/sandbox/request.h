// SPDX-License-Identifier: Apache-2.0
/* Request: the pipeline that every write goes through, from HTTP or from the sandbox's own controllers.
 *
 *   create   decode -> names, namespace -> defaults -> prune -> validate -> managedFields -> storage
 *   update   the same against the stored object, + immutable fields, generation, optimistic lock
 *   delete   preconditions -> propagation finalizers, grace, deletionTimestamp -> storage
 *
 * Where the halves meet (who implements): crd.h, schema.h, ssa.h, smp.h, simulator.h, gc.h are called from
 * here; they call back only sandbox_create/update/delete below, storage.h and resource.h. Threads: the
 * loop's.
 */
#ifndef SANDBOX_REQUEST_H
#define SANDBOX_REQUEST_H

#include "common/net/loop.h"
#include "deploy/local/sandbox/resource.h"
#include "deploy/local/sandbox/status.h"
#include "deploy/local/sandbox/storage.h"

struct types;     // types.h
struct crds;      // crd.h
struct shapes;    // shape.h
struct simulator; // simulator.h
struct gc;        // gc.h
struct watches;   // watch.h
struct faults;    // control.h
struct controllers;

// The whole server; made by server.c.
struct sandbox {
    struct loop *loop;
    struct registry *registry;
    struct storage *storage;
    struct types *types;
    struct shapes *shapes;
    struct crds *crds;
    struct simulator *simulator;
    struct gc *gc;
    struct watches *watches;
    struct faults *faults;
    struct controllers *controllers; // server.c
    int64_t clock_offset_ns;         // tests move the clock with it
    uint64_t tokens_seed;            // makes tokens of one server invalid on another
};

enum field_validation { VALIDATE_WARN, VALIDATE_IGNORE, VALIDATE_STRICT };

struct warnings { // texts for Warning headers, in the request's arena
    struct arena *a;
    const char **items;
    size_t n, cap;
};
void warning_add(struct warnings *w, const char *fmt, ...)
    printf_like(2, 3); // NULL ok; the same text counts once

// What comes with a write.
struct write_options {
    const char *manager;     // field manager; never NULL ("kubectl", "unknown")
    const char *subresource; // "" or "status", "scale"
    bool dry_run;
    enum field_validation field_validation;
    struct warnings *warnings; // NULL: dropped
    bool patched;              // the tree comes from a patch: decoding errors are worded for it
    bool tracked;              // managedFields are final (server-side apply)
    bool internal;             // the sandbox's own controllers: no RBAC, may set status at creation
};

/* Each returns the object as the client gets it (in `a`), or false with st set.
 * create: `tree` is taken. generateName is filled in. With .subresource "" status is dropped where the
 * resource has a status subresource (unless .internal). update: `tree` is the whole new object;
 * metadata.resourceVersion, when there, must be the stored one. */
must_check bool sandbox_create(struct sandbox *sb, struct arena *a, const struct resource *r, const char *ns,
                               struct value *tree, const struct write_options *o, struct value **out,
                               struct status *st);
must_check bool sandbox_update(struct sandbox *sb, struct arena *a, const struct resource *r, const char *ns,
                               const char *name, struct value *tree, const struct write_options *o,
                               struct value **out, struct status *st);

struct delete_options {
    const char *propagation;            // "Background", "Foreground", "Orphan", NULL = the resource's default
    int64_t grace_s;                    // -1 = the resource's default
    const char *uid, *resource_version; // preconditions, NULL = none
    bool dry_run;
};
/* *out: the object (being deleted, or its last state). *out_gone (may be NULL): it is no longer stored. */
must_check bool sandbox_delete(struct sandbox *sb, struct arena *a, const struct resource *r, const char *ns,
                               const char *name, const struct delete_options *o, struct value **out,
                               bool *out_gone, struct status *st);

// Wall clock of the server (tests may move it).
int64_t sandbox_now_ns(const struct sandbox *sb);
const char *sandbox_now(const struct sandbox *sb, struct arena *a); // RFC 3339, whole seconds
// A random UUID.
const char *sandbox_uid(struct arena *a);

/* Controllers (simulator, gc, CRD establishing) hear of changes after the request was answered, from the
 * loop, in order, and may write. The change is valid for the call. */
typedef void (*controller_fn)(void *arg, struct sandbox *sb, const struct change *c);
void sandbox_controller_add(struct sandbox *sb, controller_fn fn, void *arg);

#endif
