// SPDX-License-Identifier: Apache-2.0
// Server-side apply and the tracking of owners on plain writes.
#include "deploy/local/sandbox/ssa.h"

#include "common/base/timeutil.h"
#include "common/value/json.h"
#include "deploy/local/sandbox/managed.h"
#include "deploy/local/sandbox/ssa_conflict.h"
#include "deploy/local/sandbox/typed.h"

/* ---- small parts ---- */

// What an object of this shape has before anything was set: {"spec":{"strategy":{},...},"metadata":{}}.
static struct value *empty_object(struct arena *a, const struct shape *s) {
    struct value *out = value_map(a);
    for (size_t i = 0; s->kind == SHAPE_OBJECT && i < s->n_fields; i++) {
        const struct shape_field *f = &s->fields[i];
        if (!f->zero)
            continue;
        bool nothing = f->shape->kind != SHAPE_OBJECT || !f->shape->n_fields; // lists and plain maps are null
        value_set_n(a, out, f->name, nothing ? value_null(a) : empty_object(a, f->shape));
    }
    return out;
}

// Paths such as "status" or "metadata.labels".
static void insert_dotted(struct arena *a, struct fieldset *set, const char *dotted) {
    struct path p = { 0 };
    struct str rest = str_of(dotted), one;
    while (str_split(&rest, '.', &one))
        path_push(a, &p, path_field(one));
    fieldset_insert(a, set, &p);
}

static struct fieldset *filtered(struct arena *a, struct fieldset *set, const struct field_manager *m) {
    if (!m->reset || !m->reset[0])
        return set;
    struct fieldset *named = fieldset_new(a);
    for (size_t i = 0; m->reset[i]; i++)
        insert_dotted(a, named, m->reset[i]);
    if (!m->keep_only)
        return fieldset_without(a, set, named);
    return fieldset_difference(a, set, fieldset_without(a, set, named));
}

// Identity, and what the server itself sets, is nobody's.
static struct fieldset *without_identity(struct arena *a, const struct fieldset *set) {
    static const char *const paths[] = { "apiVersion",
                                         "kind",
                                         "metadata",
                                         "metadata.name",
                                         "metadata.namespace",
                                         "metadata.creationTimestamp",
                                         "metadata.selfLink",
                                         "metadata.uid",
                                         "metadata.clusterName",
                                         "metadata.generation",
                                         "metadata.managedFields",
                                         "metadata.resourceVersion" };
    struct fieldset *gone = fieldset_new(a);
    for (size_t i = 0; i < countof(paths); i++)
        insert_dotted(a, gone, paths[i]);
    return fieldset_difference(a, set, gone);
}

// Everybody but `self` loses what is changed or removed. Without `force`, false: *conflicts are what others own.
static bool take_over(struct arena *a, struct managed *managed, const char *self, const struct comparison *c,
                      bool force, struct managed *conflicts) {
    struct fieldset *changed = fieldset_union(a, c->modified, c->added);
    for (size_t i = 0; !force && i < managed->n; i++) {
        struct managed_entry e = managed->items[i];
        e.set = fieldset_intersection(a, e.set, changed);
        if (strcmp(e.id, self) && !fieldset_empty(e.set))
            managed_put(a, conflicts, e);
    }
    if (conflicts->n)
        return false;
    struct managed kept = { 0 };
    for (size_t i = 0; i < managed->n; i++) {
        struct managed_entry e = managed->items[i];
        if (strcmp(e.id, self)) {
            e.set = fieldset_difference(a, e.set, fieldset_intersection(a, e.set, changed));
            e.set = fieldset_difference(a, e.set, c->removed);
        }
        if (!fieldset_empty(e.set))
            managed_put(a, &kept, e);
    }
    *managed = kept;
    return true;
}

static bool compare_filtered(struct arena *a, const struct shape *shape, const struct value *live,
                             const struct value *now, const struct field_manager *m, struct comparison *out,
                             struct err *err) {
    if (!typed_compare(a, shape, live, now, out, err))
        return false;
    out->removed = filtered(a, out->removed, m);
    out->modified = filtered(a, out->modified, m);
    out->added = filtered(a, out->added, m);
    return true;
}

static void reconcile_all(struct arena *a, const struct shape *shape, struct managed *managed) {
    for (size_t i = 0; i < managed->n; i++)
        managed->items[i].set = typed_reconcile(a, shape, (struct fieldset *)managed->items[i].set);
}

/* ---- plain writes ---- */

// The writer owns what it changed or added, with what it owned before.
static bool track(struct arena *a, const struct shape *shape, const struct value *live,
                  const struct value *now, const struct field_manager *m, struct managed *managed,
                  struct err *err) {
    struct comparison c;
    struct managed none = { 0 };
    reconcile_all(a, shape, managed);
    if (!compare_filtered(a, shape, live, now, m, &c, err))
        return false;
    if (!take_over(a, managed, "", &c, true, &none))
        return false;
    struct managed_entry self =
        managed_entry(a, text_empty(m->name) ? "unknown" : m->name, false, m->api_version, m->subresource);
    struct fieldset *set = without_identity(a, filtered(a, fieldset_union(a, c.modified, c.added), m));
    if (!fieldset_empty(set)) {
        const struct managed_entry *before = managed_find(managed, self.id);
        self.set = before ? fieldset_union(a, set, before->set) : set;
        self.time = time_fmt_rfc3339(a, m->now_ns);
        managed_put(a, managed, self);
    }
    managed_cap(a, managed);
    return true;
}

static bool is_reset(const struct value *json) {
    if (!value_is(json, VALUE_LIST))
        return false;
    return !json->list.n ||
           (json->list.n == 1 && value_is(json->list.items[0], VALUE_MAP) && !json->list.items[0]->map.n);
}

// Which entries count: those that came with the write, or those that are stored.
static struct managed starting_entries(struct arena *a, const struct value *live, const struct value *now,
                                       bool subresource) {
    struct managed out = { 0 };
    struct err err = { .a = a };
    const struct value *sent = value_at(now, "metadata", "managedFields", NULL);
    if (!subresource && is_reset(sent))
        return out;
    if (!subresource && managed_read(a, sent, &out, &err) && out.n)
        return out;
    err_clear(&err);
    if (!managed_read(a, value_at(live, "metadata", "managedFields", NULL), &out, &err))
        out = (struct managed) { 0 };
    return out;
}

static void set_managed(struct arena *a, struct value *object, struct value *json) {
    struct value *metadata = value_ensure(a, object, "metadata", NULL);
    if (metadata)
        value_set(a, metadata, "managedFields", json); // NULL removes
}

// Equal entries, times apart.
static bool same_entries(const struct value *x, const struct value *y) {
    if (value_len(x) != value_len(y))
        return false;
    for (size_t i = 0; i < value_len(x); i++) {
        autoarena a = { 0 };
        struct value *p = value_copy(&a, value_item(x, i)), *q = value_copy(&a, value_item(y, i));
        value_remove(p, "time");
        value_remove(q, "time");
        if (!value_equal(p, q))
            return false;
    }
    return true;
}

// When nothing but times of entries changed, they did not change.
void ssa_keep_times(struct arena *a, const struct value *live, struct value *now) {
    const struct value *before = value_at(live, "metadata", "managedFields", NULL);
    struct value *after = value_at(now, "metadata", "managedFields", NULL);
    if (!before || !after || !same_entries(before, after))
        return;
    set_managed(a, now, (struct value *)before);
    if (!value_equal(live, now))
        set_managed(a, now, after);
    else
        set_managed(a, now, value_copy(a, before));
}

void ssa_update(struct arena *a, const struct shape *shape, const struct value *live, struct value *now,
                const struct field_manager *m) {
    struct err err = { .a = a };
    struct managed managed = starting_entries(a, live, now, !text_empty(m->subresource));
    set_managed(a, now, NULL);
    if (live && !managed.n)
        return; // not tracked, and stays so
    const struct value *base = live ? live : empty_object(a, shape);
    if (!track(a, shape, base, now, m, &managed, &err))
        return; // as upstream: such an object goes without
    set_managed(a, now, managed_write(a, &managed));
    if (live)
        ssa_keep_times(a, live, now);
}

/* ---- apply ---- */

struct apply {
    struct arena *a;
    const struct shape *shape;
    const struct value *live, *config;
    const struct field_manager *m;
    struct managed managed;   // in: stored entries; out: the new ones
    struct managed conflicts; // what others own
    struct value *merged;     // out; NULL: nothing changed
};

// merged without what was applied last time and is not now, unless somebody else owns it.
static struct value *prune(struct arena *a, const struct shape *s, struct value *merged,
                           const struct managed *managed, const struct fieldset *last) {
    if (fieldset_empty(last))
        return merged;
    struct fieldset *last_named = typed_name_members(a, s, last);
    struct fieldset *all = typed_name_members(a, s, typed_fields(a, s, merged));
    struct value *pruned = typed_remove(a, s, merged, last_named);

    struct fieldset *owned = fieldset_new(a);
    for (size_t i = 0; i < managed->n; i++)
        owned = fieldset_union(a, owned, managed->items[i].set);
    owned = typed_name_members(a, s, owned);
    struct fieldset *left = typed_name_members(a, s, typed_fields(a, s, pruned));
    pruned = typed_remove(a, s, merged, fieldset_difference(a, all, fieldset_union(a, left, owned)));

    left = typed_name_members(
        a, s, typed_fields(a, s, pruned)); // what hung below removed fields and was never applied stays
    struct fieldset *gone = fieldset_intersection(a, fieldset_difference(a, all, left), last_named);
    return typed_remove(a, s, merged, gone);
}

// false with ap->conflicts, or with err.
static bool apply_once(struct apply *ap, bool force, struct err *err) {
    struct arena *a = ap->a;
    struct managed_entry self = managed_entry(a, text_empty(ap->m->name) ? "unknown" : ap->m->name, true,
                                              ap->m->api_version, ap->m->subresource);
    const struct managed_entry *before = managed_find(&ap->managed, self.id);
    const struct fieldset *last = before ? before->set : NULL;
    reconcile_all(a, ap->shape, &ap->managed);
    struct value *merged = NULL;
    if (!typed_merge(a, ap->shape, ap->live, ap->config, &merged, err))
        return err_wrap(err, "failed to merge config");
    self.set = filtered(a, typed_fields(a, ap->shape, ap->config), ap->m);
    self.time = before ? before->time : NULL;
    managed_put(a, &ap->managed, self);
    merged = prune(a, ap->shape, merged ? merged : value_map(a), &ap->managed, last);

    struct comparison c;
    if (!compare_filtered(a, ap->shape, ap->live, merged, ap->m, &c, err))
        return err_wrap(err, "failed to compare objects");
    if (!take_over(a, &ap->managed, self.id, &c, force, &ap->conflicts))
        return false;
    struct managed_entry *mine = managed_find(&ap->managed, self.id);
    if (mine)
        mine->set = without_identity(a, mine->set);
    if (mine && fieldset_empty(mine->set)) {
        managed_remove(&ap->managed, self.id);
        mine = NULL;
    }
    ap->merged = value_equal(ap->live, merged) ? NULL : merged;
    if (mine && ap->merged)
        mine->time = time_fmt_rfc3339(a, ap->m->now_ns);
    return true;
}

// An object that was never tracked: all that is there belongs to "before-first-apply".
static bool track_existing(struct apply *ap, struct err *err) {
    struct field_manager first = *ap->m;
    first.name = "before-first-apply";
    return track(ap->a, ap->shape, empty_object(ap->a, ap->shape), ap->live, &first, &ap->managed, err);
}

static bool refuse_typed(struct apply *ap, const char *text, struct status *st) {
    const char *version = ap->m->api_version;
    return status_set(st, 500, "", "failed to create typed patch object (%s/%s; %s%s, Kind=%s): %s",
                      value_text(value_at(ap->config, "metadata", "namespace", NULL), ""),
                      value_text(value_at(ap->config, "metadata", "name", NULL), ""),
                      strchr(version, '/') ? "" : "/", version, value_text(value_get(ap->config, "kind"), ""),
                      text);
}

static bool finish(struct apply *ap, struct value **out) {
    struct value *object = value_copy(ap->a, ap->merged ? ap->merged : ap->live);
    set_managed(ap->a, object, managed_write(ap->a, &ap->managed));
    if (ap->merged && !strcmp(ap->m->name, "kubectl"))
        ssa_update_last_applied(ap->a, object, ap->config);
    *out = object;
    return true;
}

bool ssa_apply(struct arena *a, const struct shape *shape, const struct value *live,
               const struct value *config, const struct field_manager *m, bool force, struct value **out,
               struct status *st) {
    struct err err = { .a = a };
    struct apply ap = {
        .a = a, .shape = shape, .live = live ? live : value_map(a), .config = config, .m = m
    };
    if (value_at(config, "metadata", "managedFields", NULL))
        return status_bad_request(st, "metadata.managedFields must be nil");
    if (!typed_validate(a, shape, config, false, &err))
        return refuse_typed(&ap, err.msg, st);
    if (!managed_read(a, value_at(live, "metadata", "managedFields", NULL), &ap.managed, &err))
        return status_set(st, 500, "", "failed to decode managed fields: %s", err.msg);
    if (live && !ap.managed.n && !track_existing(&ap, &err))
        return status_set(st, 500, "", "failed to create manager for existing fields: %s", err.msg);
    struct managed start = managed_copy(a, &ap.managed);
    if (apply_once(&ap, force, &err))
        return finish(&ap, out);
    if (err.kind != ERR_NONE)
        return status_set(st, 500, "", "%s", err.msg);
    if (!strcmp(m->name, "kubectl") && ssa_allow_last_applied(a, shape, live, m, &ap.conflicts)) {
        ap.managed = start;
        if (apply_once(&ap, true, &err))
            return finish(&ap, out);
        return status_set(st, 500, "", "%s", err.msg);
    }
    return ssa_refuse_conflicts(a, &ap.conflicts, st);
}

const char *ssa_manager_of_agent(struct arena *a, const char *user_agent) {
    enum { MAX_MANAGER = 128 };
    struct str name = str_of(user_agent);
    ptrdiff_t slash = str_chr(name, '/');
    if (slash >= 0)
        name = str_sub(name, 0, (size_t)slash);
    name = str_sub(name, 0, MAX_MANAGER);
    return name.n ? arena_text(a, name.p, name.n) : "unknown";
}
