// SPDX-License-Identifier: Apache-2.0
/* Store: a local copy of the objects of one kind, kept fresh by a watch.
 *
 * How       list in pages, then watch with bookmarks from the list's resourceVersion; a broken watch resumes from the last version
 *           seen, with back-off (0.25 s doubling to 30 s, with jitter); 410 Gone lists again in place and reports only differences
 * Kept      the compact JSON of each object without managedFields; with metadata_only just apiVersion, kind and metadata
 * Threads   the loop thread owns it: kube_store_new/start/free and the callbacks. Reading (get, each, len, synced): any thread
 * Callbacks on the loop thread, without a lock held; must not block. They may read the store, which has the change already
 * Flux      controller-runtime informers; client-go tools/cache.Reflector
 */
#ifndef KUBE_STORE_H
#define KUBE_STORE_H

#include "common/kube/client.h"

enum kube_change_type { KUBE_ADDED, KUBE_UPDATED, KUBE_DELETED };

struct kube_change {
    enum kube_change_type type;
    const char *ns, *name;      // ns "" = cluster-scoped
    const struct value *object; // as it is now; as it was last for KUBE_DELETED
    bool initial;               // part of the first list
    struct arena *a;            // lives for the callback
    struct str old_json;        // before an update; empty for KUBE_ADDED
};
// The object before the change, parsed when asked for; NULL for KUBE_ADDED.
const struct value *kube_change_old(const struct kube_change *change);

struct kube_store_options {
    struct kube_resource resource; // copied
    const char *ns;                // NULL = all
    const char *label_selector, *field_selector;
    bool metadata_only;
    unsigned page; // objects per list page; 0 = 250
    /* Shrinks an object before it is stored (drop what nobody reads). NULL: only managedFields goes. */
    void (*trim)(struct arena *a, struct value *object);
};

struct kube_store;
typedef void (*kube_change_fn)(void *arg, struct kube_store *s, const struct kube_change *change);
typedef void (*kube_synced_fn)(void *arg, struct kube_store *s); // after the first list, once

struct kube_store *kube_store_new(struct kube_client *c, const struct kube_store_options *options,
                                  kube_change_fn changed, kube_synced_fn synced, void *arg);
void kube_store_start(struct kube_store *s); // any thread; once
void kube_store_free(struct kube_store *s);  // loop thread, or after the loop ended; NULL ok
const struct kube_resource *kube_store_resource(const struct kube_store *s);

bool kube_store_synced(const struct kube_store *s);
size_t kube_store_len(const struct kube_store *s);
size_t kube_store_bytes(const struct kube_store *s); // of the JSON kept
// Why the last list or watch failed, in `a`; NULL: it did not, or works again.
const char *kube_store_error(struct arena *a, const struct kube_store *s);
// Waits until the first list is complete. Not on the loop thread. ERR_TIMEOUT (with the last failure's
// words).
must_check bool kube_store_wait_synced(struct kube_store *s, int64_t deadline_ns, struct err *err);

// A fresh tree in `a`, NULL when absent. ns "" or NULL for cluster-scoped.
struct value *kube_store_get(struct arena *a, const struct kube_store *s, const char *ns, const char *name);
bool kube_store_has(const struct kube_store *s, const char *ns, const char *name);
/* Calls fn for each object (in no order), each in an arena of its own that is reset after the call. No lock
 * is held during fn. fn returns false to stop. */
void kube_store_each(const struct kube_store *s, bool (*fn)(void *arg, struct arena *a, struct value *object),
                     void *arg);
// The keys: VALUE_LIST of maps {ns, name}; cheap, nothing is parsed.
struct value *kube_store_keys(struct arena *a, const struct kube_store *s);

/* ---- watches on demand ----
 * Stores that live only as long as somebody waits on them: one for each (client, kind, namespace, selectors),
 * shared by all who ask for the same; the last release closes it. For parked objects (design.md 1.2): the
 * kinds are watched restricted by the owner label. All functions: loop thread. `changed` is called for every
 * change of every store in the set, `synced` for each store's first list. */
struct kube_stores;
struct kube_stores *kube_stores_new(kube_change_fn changed, kube_synced_fn synced, void *arg);
void kube_stores_free(struct kube_stores *set);
struct kube_store *kube_stores_acquire(struct kube_stores *set, struct kube_client *c,
                                       const struct kube_store_options *options);
void kube_stores_release(struct kube_stores *set, struct kube_store *s);
size_t kube_stores_len(const struct kube_stores *set);

/* ---- waiting in a worker, for what takes milliseconds as a rule (a CRD to be established, a deleted object
 * to be gone) ---- Watches one object until `is_done` says so of it (object NULL: it is absent); `is_done`
 * runs on the loop thread. No poll. Errors: ERR_TIMEOUT at the deadline. */
must_check bool kube_wait_object(struct kube_client *c, const struct kube_resource *r, const char *ns,
                                 const char *name, bool (*is_done)(void *arg, const struct value *object),
                                 void *arg, int64_t deadline_ns, struct err *err);

#endif
