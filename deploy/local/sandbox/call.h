// SPDX-License-Identifier: Apache-2.0
/* Call: one HTTP request to the API, taken apart, and the ways to answer it.
 *
 * route.c fills it, api.c dispatches on .verb, the verbs are in read.c, write_verbs.c, patch_verb.c, watch.c and
 * subresource_*.c. A verb returns true when it has answered (or has become a stream); false with .st set is answered by
 * api.c as a Status.
 * Threads: the loop's.
 */
#ifndef SANDBOX_CALL_H
#define SANDBOX_CALL_H

#include "common/net/server.h"
#include "deploy/local/sandbox/request.h"

enum accept_as { AS_OBJECT, AS_TABLE, AS_PARTIAL, AS_PARTIAL_LIST };

struct user {
    const char *name;
    const char **groups; // NULL-terminated
    size_t n_groups, cap_groups;
    bool impersonated;
};

struct call {
    struct sandbox *sb;
    struct http_exchange *x;
    struct arena *a;
    const char *method;
    const char *group, *version, *plural; // as in the path
    const struct resource *r;             // NULL: unknown, see .plural
    const char *ns, *name, *subresource;  // "" where the path has none
    const char *tail;                     // what follows the subresource, or ""
    const char *verb; // "get", "list", "watch", "create", "update", "patch", "delete", "deletecollection"
    enum accept_as as;
    const char *include_object; // of tables, "" = Metadata
    bool table_v1beta1;         // meta.k8s.io/v1beta1 was asked for
    struct user user;
    struct write_options write; // of the query
    struct warnings warnings;
    struct status st;
    int code; // answered with, 0 = not yet
};

// Takes the path apart and looks the resource up. false: not below /api/VERSION or /apis/GROUP/VERSION/RESOURCE.
bool route_parse(struct call *c, const char *path);
// The query's dryRun, fieldManager, fieldValidation into c->write. false: c->st is set.
must_check bool call_options(struct call *c);
// Which representation the client wants. false: 406.
must_check bool call_negotiate(struct call *c);
// "true" or "1" (also "?watch").
bool call_flag(const struct call *c, const char *key);

/* The body as a tree (JSON, YAML, and protobuf for a few kinds). Absent: *out NULL. */
must_check bool call_body(struct call *c, struct value **out);
// The same, and it is an object of this resource: apiVersion and kind checked or filled in.
must_check bool call_body_object(struct call *c, struct value **out);

/* ---- answers; each returns true ---- */
bool reply_value(struct call *c, int code, const struct value *v);
bool reply_json(struct call *c, int code, struct str json);
// An object of c->r: as it is, as Table or as PartialObjectMetadata.
bool reply_object(struct call *c, int code, struct value *object);
bool reply_status(struct call *c, const struct status *st);
// {"kind":"Status", "status":"Success", "details":{name, group, kind, uid}}
bool reply_success(struct call *c, const struct value *object);

/* ---- verbs ---- */
bool verb_get(struct call *c);
bool verb_list(struct call *c);
bool verb_watch(struct call *c);
bool verb_create(struct call *c);
bool verb_update(struct call *c);
bool verb_patch(struct call *c);
bool verb_delete(struct call *c);
bool verb_deletecollection(struct call *c);
// Subresources other than status: scale, log, eviction, binding, token, finalize.
bool verb_subresource(struct call *c);
// Reviews: what is posted is answered and not stored.
bool verb_review(struct call *c, struct value *body);

/* The object as this resource version shows it: apiVersion, kind, defaults of the version. */
struct value *call_object(struct call *c, const struct object *o);
// {kind: PartialObjectMetadata, apiVersion: meta.k8s.io/v1, metadata}
struct value *partial_object(struct arena *a, const struct value *object);

/* ---- what is not a resource ---- */
bool discovery_handle(struct call *c, const char *path); // false: not a discovery path, nothing was answered
bool openapi_handle(struct call *c, const char *path);
bool health_handle(struct call *c, const char *path);

#endif
