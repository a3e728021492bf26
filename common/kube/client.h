// SPDX-License-Identifier: Apache-2.0
/* Client of a Kubernetes API server: requests on objects and their answers.
 *
 * What it is     one kube_request (what), three ways to run it: kube_do (wait for it), kube_start (call back on the loop thread),
 *                and kube_batch (a worker keeps many in flight and takes the answers as they come)
 * What it is not a cache (store.h) or a knower of kinds (discovery.h gives the kube_resource)
 * Threads        kube_do and all functions made of it, kube_batch: any thread but the loop's. kube_start: any thread. A client may
 *                be used by all threads at once
 * Retries        idempotent requests (GET, PUT, DELETE, apply, merge patches) after connection errors, up to 3 times; any request
 *                after 429, or 5xx with Retry-After, up to 10 times, after the time the server says; all within the timeout.
 *                No client-side rate limit unless kube_client_limit sets one
 * Errors         a status of 400 or more becomes an err: message = the server's Status message, code = HTTP status, kind = what to
 *                do: 404 ERR_NOT_FOUND; 401, 403 ERR_AUTH; 409 ERR_CONFLICT; 400, 405, 415, 422 ERR_INVALID; 408, 504 ERR_TIMEOUT;
 *                else ERR_IO (410 too). err.reason stays NULL (it is the condition's); kube_reply.reason has the Status reason
 * Secrets        tokens and bodies are never logged
 * Flux           client-go rest.Request (paths, query), apimachinery metav1.Status
 */
#ifndef KUBE_CLIENT_H
#define KUBE_CLIENT_H

#include "common/kube/config.h"
#include "common/kube/object.h"

struct kube_client;

/* The loop and the http client must outlive it. The config is copied. */
struct kube_client *kube_client_new(struct loop *l, struct http_client *http,
                                    const struct kube_config *config);
struct kube_client *kube_client_ref(struct kube_client *c);
void kube_client_unref(struct kube_client *c); // NULL ok; requests under way keep it alive
static inline void kube_client_drop(struct kube_client **c) {
    kube_client_unref(*c);
}
#define autokube AUTO(kube_client_drop) struct kube_client
/* A client with the same connections that acts as another user (Impersonate-User); a reference. The same user and groups give
 * the same client as long as somebody holds it. groups: NULL-terminated, or NULL. */
struct kube_client *kube_client_impersonate(struct kube_client *c, const char *user,
                                            const char *const *groups);
void kube_client_limit(struct kube_client *c, double qps, unsigned burst); // 0 = none
/* Tells fn of each answer (loop thread; code 0: there was none): for metrics. Of the client and those that impersonate by it; watches are
 * not told of. Before its first use. */
typedef void (*kube_observe_fn)(void *arg, const char *method, const char *host, int code);
void kube_client_observe(struct kube_client *c, kube_observe_fn fn, void *arg);
struct loop *kube_client_loop(const struct kube_client *c);
struct http_client *kube_client_http(const struct kube_client *c);
const char *kube_client_server(const struct kube_client *c);
const char *kube_client_namespace(const struct kube_client *c);

enum kube_verb {
    KUBE_GET,
    KUBE_LIST,
    KUBE_CREATE,
    KUBE_UPDATE,
    KUBE_PATCH,
    KUBE_DELETE,
    KUBE_DELETE_COLLECTION
};
enum kube_patch_type { KUBE_PATCH_MERGE, KUBE_PATCH_JSON, KUBE_PATCH_STRATEGIC, KUBE_PATCH_APPLY };

struct kube_request {
    enum kube_verb verb;
    const char
        *path; // anything under the server's URL, with its query, instead of resource, names and options
    const struct kube_resource *resource;
    const char *ns;          // ignored when the resource is cluster-scoped; NULL in a list = all namespaces
    const char *name;        // not for LIST, CREATE
    const char *subresource; // "status"; NULL = none
    struct str body;         // JSON (CREATE, UPDATE, PATCH)
    enum kube_patch_type patch;
    // write options
    const char *field_manager;
    const char *field_validation; // "Ignore", "Warn", "Strict"; NULL = the server's default
    bool force, dry_run;          // force: of an apply
    // list options
    const char *label_selector, *field_selector, *resource_version, *resource_version_match, *continue_token;
    unsigned limit;
    bool metadata_only; // PartialObjectMetadata
    // delete options
    const char *propagation; // "Background", "Foreground", "Orphan"; NULL = the server's default
    const char *precondition_uid, *precondition_resource_version;
    int64_t timeout_ns; // whole, retries included; 0 = 60 s
    const char *accept; // NULL = application/json
};

struct kube_reply {
    int code;             // HTTP status; 0 = no answer (err says why)
    const char *reason;   // Status reason ("NotFound", "Conflict", "Invalid"); "" = none
    const char *warning;  // first Warning header's text, NULL = none
    struct value *object; // the object, the list or the Status
};

// One request, waited for. *out may be NULL. On failure out->code and out->reason are set, too.
must_check bool kube_do(struct arena *a, struct kube_client *c, const struct kube_request *req,
                        struct kube_reply *out, struct err *err);

/* Many in flight, from a worker:
 *
 *     struct kube_batch *b = kube_batch_new(c, 64);
 *     for each: kube_batch_add(b, &req, tag);
 *     while (kube_batch_next(b, a, &done)) ... look at done, perhaps kube_batch_add the next step ...
 *     kube_batch_free(b);
 *
 * kube_batch_next waits for the next answer, in any order, and parses it into `a`; false: nothing is in
 * flight or queued. done.err.kind is ERR_NONE when it went well. kube_batch_free cancels what is still under
 * way. One thread per batch. */
struct kube_done {
    void *tag;
    struct kube_reply reply;
    struct err err; // its texts are in `a`
};
struct kube_batch;
struct kube_batch *kube_batch_new(struct kube_client *c, unsigned max_in_flight); // 0 = 64
void kube_batch_add(struct kube_batch *b, const struct kube_request *req, void *tag);
must_check bool kube_batch_next(struct kube_batch *b, struct arena *a, struct kube_done *out);
// Answers are parsed into the arena that fn gives for their tag, instead of the one given to kube_batch_next.
void kube_batch_arenas(struct kube_batch *b, struct arena *(*fn)(void *tag));
void kube_batch_free(struct kube_batch *b);           // NULL ok
unsigned kube_batch_peak(const struct kube_batch *b); // most that were in flight at once

// Answer on the loop thread, in an arena that lives for the call. err->kind ERR_NONE: it went well.
typedef void (*kube_done_fn)(void *arg, struct arena *a, const struct kube_reply *reply,
                             const struct err *err);
void kube_start(struct kube_client *c, const struct kube_request *req, kube_done_fn done, void *arg);

/* ---- short forms of kube_do ---- */
must_check bool kube_get(struct arena *a, struct kube_client *c, const struct kube_resource *r,
                         const char *ns, const char *name, struct value **out, struct err *err);
/* All pages. ns NULL = all. `item` gets each object (kind and apiVersion filled in), in `a`; it returns false
 * to stop (then err must be set). */
typedef bool (*kube_item_fn)(void *arg, struct value *object, struct err *err);
must_check bool kube_list(struct arena *a, struct kube_client *c, const struct kube_resource *r,
                          const char *ns, const char *label_selector, kube_item_fn item, void *arg,
                          struct err *err);
// As kube_list, but with all options of `req` (verb LIST) and into one VALUE_LIST.
must_check bool kube_list_all(struct arena *a, struct kube_client *c, const struct kube_request *req,
                              struct value **out, struct err *err);
// namespace and name come from the object. *out (may be NULL): what the server made of it.
must_check bool kube_create(struct arena *a, struct kube_client *c, const struct kube_resource *r,
                            const struct value *object, const char *field_manager, struct value **out,
                            struct err *err);
must_check bool kube_update(struct arena *a, struct kube_client *c, const struct kube_resource *r,
                            const struct value *object, const char *subresource, const char *field_manager,
                            struct value **out, struct err *err);
must_check bool kube_patch(struct arena *a, struct kube_client *c, const struct kube_resource *r,
                           const char *ns, const char *name, const char *subresource,
                           enum kube_patch_type type, const struct value *patch, const char *field_manager,
                           struct value **out, struct err *err);
must_check bool kube_apply(struct arena *a, struct kube_client *c, const struct kube_resource *r,
                           const struct value *object, const char *field_manager, bool force, bool dry_run,
                           struct value **out, struct err *err);
// Absent is an error (ERR_NOT_FOUND). propagation NULL = Background.
must_check bool kube_delete(struct arena *a, struct kube_client *c, const struct kube_resource *r,
                            const char *ns, const char *name, const char *propagation, struct err *err);

/* ---- anything else under the server's URL ---- */
// GET of a path with its query ("/version", "/api/v1/namespaces/x/pods/y/log?tail=10"). accept NULL = */*.
must_check bool kube_get_raw(struct arena *a, struct kube_client *c, const char *path, const char *accept,
                             struct str *out, struct err *err);
/* An http_request with URL, TLS, credentials and impersonation filled in, for http_do, http_open (pod logs
 * -f) and http_watch_open. Everything in it lives in `a`. */
must_check bool kube_http_request(struct arena *a, struct kube_client *c, const char *method,
                                  const char *path, const char *accept, struct http_request *out,
                                  struct err *err);
// Sets err from an answer of 400 or more whose body may be a Status; returns false.
bool kube_status_err(struct arena *a, int code, struct str body, const char **out_reason, struct err *err);
// Path and query of a request.
must_check bool kube_request_path(struct arena *a, const struct kube_request *req, char **out,
                                  struct err *err);

#endif
