// SPDX-License-Identifier: Apache-2.0
/* Storage: the objects, the one resourceVersion counter, and the log of changes that watches replay.
 *
 * What it is     objects as immutable compact JSON, shared by reference count (a watch event, a list and the
 * table hold the same bytes), sorted by namespace/name inside each resource key, as etcd sorts them. What it
 * is not validation, defaulting or permission: request.h decides, storage keeps. Log            the last
 * LOG_EVENTS changes; older ones are compacted and a watch from there is 410. Threads        the loop's.
 */
#ifndef SANDBOX_STORAGE_H
#define SANDBOX_STORAGE_H

#include "common/base/buf.h"
#include "common/value/value.h"

struct object {
    unsigned refs;
    uint64_t rv;     // resourceVersion of this state
    const char *key; // resource key ("deployments.apps"), interned: lives as long as the storage
    const char *ns;  // "" for cluster scope
    const char *name;
    const char *uid;
    struct str json; // compact, metadata.resourceVersion included; apiVersion as it was written
};

struct object *object_ref(const struct object *o);
void object_unref(struct object *o); // NULL ok
// A fresh tree that the caller may change.
struct value *object_value(struct arena *a, const struct object *o);

enum change_type { CHANGE_ADDED, CHANGE_MODIFIED, CHANGE_DELETED };

struct change {
    enum change_type type;
    uint64_t rv;
    struct object *now;  // for CHANGE_DELETED the last state, with the resourceVersion of the deletion
    struct object *prev; // NULL for CHANGE_ADDED
};

struct storage;
struct storage *storage_new(size_t log_events); // 0 = 10000
void storage_free(struct storage *s);

uint64_t storage_rv(const struct storage *s);           // the last one given
uint64_t storage_compacted_rv(const struct storage *s); // changes up to this one are gone from the log
void storage_compact(struct storage *s);                // forgets the whole log
// Counts up without a change, so that a test can move time.
uint64_t storage_bump(struct storage *s);

// NULL: absent. Borrowed until the next write; object_ref to keep.
const struct object *storage_get(const struct storage *s, const char *key, const char *ns, const char *name);

/* Stores the tree under key/ns/name (from its metadata): sets metadata.resourceVersion in it and on the
 * object. The caller checked everything. A state equal to the stored one (apart from resourceVersion) writes
 * nothing. Returns the stored object, borrowed; *out_changed (may be NULL) says whether anything was written.
 */
const struct object *storage_put(struct storage *s, struct arena *a, const char *key, struct value *tree,
                                 bool *out_changed);
// Returns the final state with the deletion's resourceVersion (a reference of the caller's), or NULL when
// absent.
struct object *storage_delete(struct storage *s, const char *key, const char *ns, const char *name);

/* Objects of a key in order; ns NULL = all namespaces. `after` NULL or "ns/name": starts behind it.
 * Returns references in `a`-allocated array; object_unref each (or objects_unref). */
struct objects {
    struct object **items;
    size_t n;
};
struct objects storage_list(const struct storage *s, struct arena *a, const char *key, const char *ns,
                            const char *after);
/* The same as it was at rv (> compacted, <= now): the log is walked back. false: compacted away. */
must_check bool storage_list_at(const struct storage *s, struct arena *a, const char *key, const char *ns,
                                const char *after, uint64_t rv, struct objects *out);
void objects_unref(struct objects *o);
size_t storage_count(const struct storage *s, const char *key); // of a key, all namespaces

// Keys that have objects; `i` starts at 0. NULL: the end.
const char *storage_next_key(const struct storage *s, size_t *i);

/* Observers hear of each change at once, in order, and must not write. (Controllers that write use
 * controllers.h.) */
typedef void (*storage_observer)(void *arg, const struct change *c);
void storage_observe(struct storage *s, storage_observer fn, void *arg);

// The log after rv, oldest first; `i` starts at 0. NULL: the end. Check storage_compacted_rv first.
const struct change *storage_log_next(const struct storage *s, uint64_t after_rv, size_t *i);

/* State file: everything as one v1 List, one object a line. */
void storage_dump(const struct storage *s, struct buf *out);
/* Puts an object back as it was dumped (state.c): its resourceVersion is kept, nothing is logged, nobody hears of it.
 * The counter is at least that version afterwards. */
void storage_restore(struct storage *s, struct arena *a, const char *key, struct value *tree);
// Raises the counter to rv at least, and forgets the log up to there.
void storage_restore_rv(struct storage *s, uint64_t rv);

#endif
