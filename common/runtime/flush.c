// SPDX-License-Identifier: Apache-2.0
// Writing what a pass changed: the status patch with its retry on conflict, finalizers.
#include "common/runtime/internal.h"

#include "common/value/json.h"
#include "common/value/patch.h"

#define CONFLICT_TRIES 5

const struct kube_resource *run_resource(const struct run *r) {
    struct kube_resource *res = arena_new(r->a, struct kube_resource);
    *res = (struct kube_resource) {
        .group = r->kind->group,
        .version = r->kind->version,
        .kind = r->kind->name,
        .plural = r->kind->plural,
        .namespaced = true,
    };
    return res;
}

static const char *owner_of(const struct run *r) {
    return r->kind->field_owner ? r->kind->field_owner : runtime_name(r->rt);
}

bool version_newer(const char *x, const char *y) {
    uint64_t nx, ny;
    if (str_to_u64(str_of(x), &nx) && str_to_u64(str_of(y), &ny))
        return nx > ny;
    return strcmp(x, y) != 0;
}

const char *status_revision(const struct value *object) {
    static const char *const last[] = { "lastAppliedRevision", "lastAttemptedRevision" };
    const struct value *status = value_get(object, "status");
    const char *revision = value_text_at(status, "artifact", "revision", NULL);
    for (size_t i = 0; !revision && i < countof(last); i++)
        revision = value_text(value_get(status, last[i]), NULL);
    return revision ? revision : "";
}

// Remembers which version the store must reach before it may be trusted about this object.
static void note_written(struct run *r, const struct value *written) {
    char *id = key_text(r->a, &r->inner->key);
    char *version = strdup(object_resource_version(written));
    if (!version)
        abort();
    pthread_mutex_lock(&r->rt->written_lock);
    free(map_set(&r->rt->written, id, version));
    pthread_mutex_unlock(&r->rt->written_lock);
}

// The answer of the server is what we and the store will see from now on.
static void adopt(struct run *r, struct value *answer) {
    value_remove(value_get(answer, "metadata"), "managedFields");
    struct value *metadata = value_get(answer, "metadata");
    if (metadata)
        value_set(r->a, r->object, "metadata", value_copy(r->a, metadata));
    r->before = answer;
    note_written(r, answer);
}

static struct value *find_condition(const struct value *list, const char *type) {
    for (size_t i = 0; i < value_len(list); i++)
        if (text_eq(value_text(value_get(value_item(list, i), "type"), NULL), type))
            return value_item(list, i);
    return NULL;
}

/* Our change of the conditions on top of what the server has now: types that we changed are ours (set or removed), the others
 * are kept as they are there. */
static struct value *merged_conditions(struct arena *a, const struct value *base, const struct value *ours,
                                       const struct value *fresh) {
    struct value *out = value_list(a);
    for (size_t i = 0; i < value_len(fresh); i++) {
        struct value *c = value_item(fresh, i);
        const char *type = value_text(value_get(c, "type"), "");
        const struct value *was = find_condition(base, type), *now = find_condition(ours, type);
        bool touched = !value_equal(was, now) || (!was != !now);
        if (!touched)
            value_append(a, out, value_copy(a, c));
        else if (now)
            value_append(a, out, value_copy(a, now));
    }
    for (size_t i = 0; i < value_len(ours); i++) {
        struct value *c = value_item(ours, i);
        const char *type = value_text(value_get(c, "type"), "");
        if (!find_condition(out, type) &&
            !(find_condition(base, type) && value_equal(find_condition(base, type), c)))
            value_append(a, out, value_copy(a, c));
    }
    return out;
}

// Makes r->object's status again: our changes since r->before, on top of `fresh`.
static void rebase(struct run *r, struct value *fresh) {
    struct value *none = value_map(r->a);
    const struct value *base = value_get(r->before, "status"), *mine = value_get(r->object, "status");
    const struct value *theirs = value_get(fresh, "status");
    struct value *diff = merge_patch_diff(r->a, value_is(base, VALUE_MAP) ? base : none, mine);
    struct value *conditions = merged_conditions(
        r->a, value_get(base, "conditions"), value_get(mine, "conditions"), value_get(theirs, "conditions"));
    value_remove(diff, "conditions");
    struct value *status = merge_patch_apply(r->a, value_is(theirs, VALUE_MAP) ? theirs : none, diff);
    if (value_len(conditions))
        value_set(r->a, status, "conditions", conditions);
    value_set(r->a, r->object, "status", status);
    value_set(r->a, r->object, "metadata", value_copy(r->a, value_get(fresh, "metadata")));
    r->status = status;
    r->before = fresh;
}

static bool send_status(struct run *r, struct value *patch, struct err *err) {
    struct value *answer = NULL;
    struct value *metadata = value_map(r->a);
    value_set(r->a, metadata, "resourceVersion", value_string(r->a, object_resource_version(r->before)));
    value_set(r->a, patch, "metadata", metadata);
    if (!kube_patch(r->a, r->rt->kube, run_resource(r), r->ns, r->name, "status", KUBE_PATCH_MERGE, patch,
                    owner_of(r), &answer, err))
        return false;
    const struct value *was = r->before;
    adopt(r, answer);
    wire_status(r->rt, was, answer, r->kind->name);
    return true;
}

// Reads the object again into *out. false with err clear: it is gone.
static bool read_again(struct run *r, struct value **out, struct err *err) {
    if (kube_get(r->a, r->rt->kube, run_resource(r), r->ns, r->name, out, err))
        return true;
    if (err->kind == ERR_NOT_FOUND)
        err_clear(err);
    return false;
}

bool status_flush(struct run *r, struct err *err) {
    for (int tries = 1; !r->kind->no_status && !r->inner->status_lost; tries++) {
        struct value *patch = status_patch(r->a, r->before, r->object);
        if (!patch || send_status(r, patch, err))
            return true;
        if (err->kind == ERR_NOT_FOUND) {
            err_clear(err);
            r->inner->status_lost = true;
            return true;
        }
        if (err->kind != ERR_CONFLICT || tries == CONFLICT_TRIES)
            return err_wrap(err, "failed to patch status");
        err_clear(err);
        struct value *fresh = NULL;
        if (read_again(r, &fresh, err)) {
            rebase(r, fresh);
            continue;
        }
        if (err->kind != ERR_NONE)
            return err_wrap(err, "failed to patch status");
        r->inner->status_lost = true;
    }
    return true;
}

/* ---- finalizers ---- */

static struct value *finalizer_patch(struct run *r, const struct value *object, bool want) {
    struct value *list = value_list(r->a), *metadata = value_map(r->a), *patch = value_map(r->a);
    const struct value *have = value_at(object, "metadata", "finalizers", NULL);
    for (size_t i = 0; i < value_len(have); i++)
        if (!text_eq(value_text(value_item(have, i), NULL), FINALIZER))
            value_append(r->a, list, value_copy(r->a, value_item(have, i)));
    if (want)
        value_append(r->a, list, value_string(r->a, FINALIZER));
    value_set(r->a, metadata, "finalizers", value_len(list) ? list : value_null(r->a));
    value_set(r->a, metadata, "resourceVersion", value_string(r->a, object_resource_version(object)));
    value_set(r->a, patch, "metadata", metadata);
    return patch;
}

static bool finalizer_set(struct run *r, bool want, struct err *err) {
    for (int tries = 1;; tries++) {
        if (object_has_finalizer(r->before, FINALIZER) == want)
            return true;
        struct value *answer = NULL, *patch = finalizer_patch(r, r->before, want);
        if (kube_patch(r->a, r->rt->kube, run_resource(r), r->ns, r->name, NULL, KUBE_PATCH_MERGE, patch,
                       owner_of(r), &answer, err)) {
            adopt(r, answer);
            return true;
        }
        bool gone = err->kind == ERR_NOT_FOUND;
        if (!gone && (err->kind != ERR_CONFLICT || tries == CONFLICT_TRIES))
            return err_wrap(err, "failed to patch finalizers");
        err_clear(err);
        struct value *fresh = NULL;
        if (!gone && read_again(r, &fresh, err)) {
            rebase(r, fresh);
            continue;
        }
        if (err->kind != ERR_NONE)
            return err_wrap(err, "failed to patch finalizers");
        r->inner->status_lost = true;
        return true;
    }
}

bool finalizer_add(struct run *r, struct err *err) {
    return finalizer_set(r, true, err);
}

bool run_finalizer_remove(struct run *r, struct err *err) {
    return finalizer_set(r, false, err);
}
