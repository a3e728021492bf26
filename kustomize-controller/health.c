// SPDX-License-Identifier: Apache-2.0
/* Step health: is what was applied ready? Looks once; what is not there yet is watched, and the pass parks.
 *
 * A park's record is JSON: revision, origin, digest, generation, drifted, newRevision, wasHealthy, start, skipped (inventory ids that
 * are not looked at), jobs (ids of Jobs with a TTL), pending (a bitmap over the set, in hex: what the last look found not Current).
 * Flux: kustomization_controller.go#checkHealth, pkg/ssa/manager_wait.go */
#include "kustomize-controller/exprs.h"
#include "kustomize-controller/kustomization.h"

#include "common/base/buf.h"
#include "common/base/log.h"
#include "common/base/map.h"
#include "common/base/timeutil.h"
#include "common/value/json.h"

#define OWNER_SELECTOR GROUP "/name"

struct check {
    struct delete_item ref; // gvk, ns, name
    const char *subject;
    const struct kube_resource *resource; // NULL: `why` says what is wrong
    bool owned;                           // carries our label: one watch for its kind
    bool has_ttl;                         // a Job that may be gone when it is done
    bool pending;                         // the last look found it not Current
    bool settled;                         // Current, and just seen by the apply of this pass
    enum kstatus status;
    const char *why;     // message of kstatus, or of the failed look-up
    const char *version; // resourceVersion seen
};

struct checks {
    struct check *items;
    size_t n;
    struct kube_client *client;
    struct kube_discovery *discovery;
    const char *revision, *origin, *digest;
    int64_t start_ns; // monotonic
    bool drifted, new_revision, was_healthy;
    struct value *skipped, *jobs; // lists of ids
    struct health_exprs exprs;
};

/* ---- the set ---- */

static bool has_text(const struct value *list, const char *text) {
    for (size_t i = 0; i < value_len(list); i++)
        if (text_eq(value_text(value_item(list, i), ""), text))
            return true;
    return false;
}

static void add_check(struct run *r, struct checks *c, struct delete_item ref, bool owned) {
    bool self =
        text_eq(ref.gvk.kind, "Kustomization") && text_eq(ref.name, r->name) && text_eq(ref.ns, r->ns);
    if (self) // it would wait for itself
        return;
    struct check *check = &c->items[c->n++];
    *check = (struct check) { .ref = ref, .owned = owned, .pending = true };
    check->subject = object_subject_of(r->a, ref.gvk.kind, ref.ns, ref.name);
    check->has_ttl = has_text(c->jobs, inventory_id(r->a, &ref.gvk, ref.ns, ref.name));
    struct err err = { .a = r->a };
    if (!kube_discovery_find(c->discovery, ref.gvk.group, ref.gvk.version, ref.gvk.kind, &check->resource,
                             &err))
        check->why = err.msg;
}

// All of the inventory but what was skipped; or the objects that spec.healthChecks names.
static void make_set(struct run *r, struct checks *c) {
    const struct ks_spec *s = ks_spec(r);
    if (!s->wait) {
        c->items = arena_array(r->a, struct check, s->n_checks);
        for (size_t i = 0; i < s->n_checks; i++) {
            struct delete_item ref = { .ns = s->checks[i].ns, .name = s->checks[i].name };
            api_version_split(r->a, s->checks[i].api_version, &ref.gvk.group, &ref.gvk.version);
            ref.gvk.kind = s->checks[i].kind;
            add_check(r, c, ref, false);
        }
        return;
    }
    struct delete_item *items;
    size_t n = inventory_items(r->a, value_get(r->status, "inventory"), &items);
    c->items = arena_array(r->a, struct check, n);
    for (size_t i = 0; i < n; i++)
        if (!has_text(c->skipped, inventory_id(r->a, &items[i].gvk, items[i].ns, items[i].name)))
            add_check(r, c, items[i], true);
}

/* ---- looking ---- */

static void judge(struct run *r, const struct checks *c, struct check *check, const struct value *object) {
    const struct health_expr *own = health_exprs_find(&c->exprs, check->ref.gvk.group, check->ref.gvk.kind);
    check->version = arena_strdup(r->a, object_resource_version(object));
    if (object && own) {
        check->status = health_expr_status(r->a, own, object, &check->why);
        return;
    }
    check->status = kstatus_of(r->a, object, now_wall_ns(), &check->why);
    if (check->status == KSTATUS_NOT_FOUND && check->has_ttl)
        check->status = KSTATUS_CURRENT; // done, and swept away
    ks_look_at_pods(r, c->client, object, &check->status, &check->why);
}

static const char *selector_of(const struct check *check) {
    return check->owned ? OWNER_SELECTOR : NULL;
}

struct looker {
    struct run *r;
    struct checks *c;
    struct kube_batch *batch;
};

static void ask(struct looker *l, struct check *check) {
    struct kube_request req = {
        .verb = KUBE_GET, .resource = check->resource, .ns = check->ref.ns, .name = check->ref.name
    };
    if (check->resource->namespaced && text_empty(check->ref.ns)) {
        check->resource = NULL;
        check->why = "no namespace is given";
        return;
    }
    kube_batch_add(l->batch, &req, check);
}

static void take_answers(struct looker *l) {
    struct kube_done done;
    while (kube_batch_next(l->batch, l->r->a, &done)) {
        struct check *check = done.tag;
        if (done.err.kind != ERR_NONE && done.err.kind != ERR_NOT_FOUND) {
            check->status = KSTATUS_UNKNOWN;
            check->why = done.err.msg;
            check->version = NULL;
            continue;
        }
        const struct value *object = done.err.kind == ERR_NONE ? done.reply.object : NULL;
        judge(l->r, l->c, check, object);
    }
}

/* One look at all that is not known to be Current. What the park's watches have in sight is taken from there. */
static void look(struct run *r, struct checks *c) {
    struct looker l = { .r = r, .c = c, .batch = kube_batch_new(c->client, 0) };
    for (size_t i = 0; i < c->n; i++) {
        struct check *check = &c->items[i];
        struct value *object = NULL;
        if (!check->resource || check->settled)
            continue;
        if (park_peek(r, c->client, check->resource, check->ref.ns, check->ref.name, selector_of(check),
                      &object)) {
            judge(r, c, check, object);
        } else if (check->pending) {
            ask(&l, check);
        } else {
            check->status = KSTATUS_CURRENT; // as the last look found it; nothing is watching it
        }
    }
    take_answers(&l);
    kube_batch_free(l.batch);
    for (size_t i = 0; i < c->n; i++)
        c->items[i].pending = c->items[i].status != KSTATUS_CURRENT;
}

// The apply has just seen everything: what it found Current need not be asked again.
static void start_with_apply(struct run *r, struct checks *c) {
    const struct apply_result *applied = &ks_state(r)->applied;
    automap by_subject = { 0 };
    for (size_t i = 0; i < applied->changes.n; i++)
        map_set(
            &by_subject,
            arena_fmt(r->a, "%s %s", applied->changes.items[i].gvk.group, applied->changes.items[i].subject),
            &applied->states[i]);
    for (size_t i = 0; i < c->n; i++) {
        struct check *check = &c->items[i];
        const struct apply_state *s =
            map_get(&by_subject, arena_fmt(r->a, "%s %s", check->ref.gvk.group, check->subject));
        bool own = health_exprs_find(&c->exprs, check->ref.gvk.group, check->ref.gvk.kind);
        if (!s || own || !check->resource || s->status != KSTATUS_CURRENT)
            continue;
        check->status = s->status;
        check->settled = true;
    }
}

/* ---- outcome ---- */

static size_t count(const struct checks *c, enum kstatus status) {
    size_t n = 0;
    for (size_t i = 0; i < c->n; i++)
        n += c->items[i].resource && c->items[i].status == status;
    return n;
}

static size_t count_lost(const struct checks *c) {
    size_t n = 0;
    for (size_t i = 0; i < c->n; i++)
        n += !c->items[i].resource;
    return n;
}

// "[Kind/ns/name status: 'Failed': cause, ...]": the failed ones, with `all` everything that is not Current.
static const char *list_text(struct run *r, const struct checks *c, bool all) {
    struct buf b = { 0 };
    for (size_t i = 0; i < c->n; i++) {
        const struct check *check = &c->items[i];
        if (check->resource &&
            (check->status == KSTATUS_CURRENT || (!all && check->status != KSTATUS_FAILED)))
            continue;
        buf_puts(&b, b.n ? ", " : "");
        if (!check->resource)
            buf_fmt(&b, "can't determine status for %s: %s", check->subject, check->why);
        else
            buf_fmt(&b, "%s status: '%s'%s%s", check->subject, kstatus_name(check->status),
                    text_empty(check->why) ? "" : ": ", check->why ? check->why : "");
    }
    return buf_to_arena(&b, r->a).p;
}

static enum step_result failed(struct run *r, struct checks *c, bool timed_out) {
    const char *why = arena_fmt(r->a, "%s: [%s]",
                                timed_out ? "timeout waiting for" : "failed early due to stalled resources",
                                list_text(r, c, timed_out));
    const char *took = duration_fmt(r->a, now_mono_ns() - c->start_ns);
    run_set(r, CONDITION_HEALTHY, CONDITION_FALSE, REASON_HEALTH_FAILED, "%s", why);
    return run_fail(r, ERR_TIMEOUT, REASON_HEALTH_FAILED, "health check failed after %s: %s", took, why);
}

static enum step_result passed(struct run *r, const struct checks *c) {
    const char *message =
        arena_fmt(r->a, "Health check passed in %s", duration_fmt(r->a, now_mono_ns() - c->start_ns));
    bool news = !c->was_healthy || (c->new_revision && c->drifted);
    if (news)
        run_event(r, EVENT_INFO, REASON_PROGRESSING, "%s", message);
    struct condition before;
    // A look that found everything as it was is no reason to write: the words stay those of the last real check.
    if (!news && condition_get(r->before, CONDITION_HEALTHY, &before) && before.status == CONDITION_TRUE)
        message = before.message;
    run_set(r, CONDITION_HEALTHY, CONDITION_TRUE, REASON_SUCCEEDED, "%s", message);
    return STEP_NEXT;
}

/* ---- parking ---- */

static const char *bitmap(struct run *r, const struct checks *c) {
    struct buf b = { 0 };
    for (size_t i = 0; i < c->n; i += 4) {
        unsigned digit = 0;
        for (size_t j = 0; j < 4 && i + j < c->n; j++)
            digit |= (unsigned)c->items[i + j].pending << j;
        buf_putc(&b, "0123456789abcdef"[digit]);
    }
    return buf_to_arena(&b, r->a).p;
}

static void read_bitmap(struct checks *c, const char *hex) {
    size_t n = strlen(hex);
    for (size_t i = 0; i < c->n; i++) {
        char h = i / 4 < n ? hex[i / 4] : 'f';
        unsigned digit = (unsigned)(h <= '9' ? h - '0' : h - 'a' + 10);
        c->items[i].pending = digit >> (i % 4) & 1;
    }
}

static struct str record_of(struct run *r, const struct checks *c) {
    struct arena *a = r->a;
    struct value *v = value_map(a);
    value_set(a, v, "revision", value_string(a, c->revision));
    value_set(a, v, "origin", value_string(a, c->origin));
    value_set(a, v, "digest", value_string(a, c->digest));
    value_set(a, v, "generation", value_int(a, r->generation));
    value_set(a, v, "drifted", value_bool(a, c->drifted));
    value_set(a, v, "newRevision", value_bool(a, c->new_revision));
    value_set(a, v, "wasHealthy", value_bool(a, c->was_healthy));
    value_set(a, v, "start", value_int(a, c->start_ns));
    value_set(a, v, "skipped", c->skipped);
    value_set(a, v, "jobs", c->jobs);
    value_set(a, v, "pending", value_string(a, bitmap(r, c)));
    return json_text(a, v, JSON_COMPACT);
}

static enum step_result wait_on(struct run *r, struct checks *c, int64_t deadline_ns) {
    struct str record = record_of(r, c);
    if (record.n > PARK_RECORD_BYTES)
        return run_fail(r, ERR_LIMIT, REASON_HEALTH_FAILED,
                        "too many skipped objects to remember during a health check");
    for (size_t i = 0; i < c->n; i++) {
        const struct check *check = &c->items[i];
        if (check->pending && check->resource)
            park_on_object(r, c->client, check->resource, check->ref.ns, check->ref.name, check->version,
                           selector_of(check));
    }
    return park_until(r, "health", deadline_ns, record.p, record.n);
}

static void say_running(struct run *r, const struct checks *c) {
    const char *message = arena_fmt(r->a, "Running health checks for revision %s with a timeout of %s",
                                    c->revision, duration_fmt(r->a, ks_timeout(ks_spec(r))));
    run_set(r, CONDITION_READY, CONDITION_UNKNOWN, REASON_PROGRESSING, "Reconciliation in progress");
    run_set(r, CONDITION_RECONCILING, CONDITION_TRUE, REASON_PROGRESSING, "%s", message);
    run_set(r, CONDITION_HEALTHY, CONDITION_UNKNOWN, REASON_PROGRESSING, "%s", message);
}

/* ---- the two ways in ---- */

static struct value *ids_of(struct run *r, bool (*wanted)(const struct run *r, size_t i)) {
    const struct change_set *set = &ks_state(r)->applied.changes;
    struct value *ids = value_list(r->a);
    for (size_t i = 0; i < set->n; i++) {
        const struct change *c = &set->items[i];
        if (wanted(r, i))
            value_append(r->a, ids, value_string(r->a, inventory_id(r->a, &c->gvk, c->ns, c->name)));
    }
    return ids;
}

static bool is_skipped(const struct run *r, size_t i) {
    return ks_state(r)->applied.changes.items[i].action == CHANGE_SKIPPED;
}

static struct value *jobs_with_ttl(struct run *r) {
    struct value *ids = value_list(r->a);
    const struct value *objects = ks_state(r)->objects;
    for (size_t i = 0; i < value_len(objects); i++) {
        const struct value *o = value_item(objects, i);
        struct kube_gvk gvk = object_gvk(r->a, o);
        if (text_eq(gvk.kind, "Job") && text_eq(gvk.group, "batch") &&
            value_at(o, "spec", "ttlSecondsAfterFinished", NULL))
            value_append(r->a, ids,
                         value_string(r->a, inventory_id(r->a, &gvk, object_ns(o), object_name(o))));
    }
    return ids;
}

static void begin(struct run *r, struct checks *c) {
    const struct ks_state *st = ks_state(r);
    const char *last = value_text_at(r->before, "status", "lastAppliedRevision", NULL);
    c->revision = st->revision;
    c->origin = st->origin;
    c->digest = st->digest;
    c->start_ns = now_mono_ns();
    c->drifted = st->drifted;
    c->new_revision = !text_eq(last, st->revision);
    c->was_healthy = st->healthy_before;
    c->skipped = ids_of(r, is_skipped);
    c->jobs = jobs_with_ttl(r);
    make_set(r, c);
    if (ks_spec(r)->wait)
        start_with_apply(r, c);
}

static void go_on(struct run *r, struct checks *c, const struct value *record) {
    struct ks_state *st = ks_state(r);
    c->revision = st->revision = value_text(value_get(record, "revision"), "");
    c->origin = st->origin = value_text(value_get(record, "origin"), "");
    c->digest = st->digest = value_text(value_get(record, "digest"), "");
    c->start_ns = value_int_or(value_get(record, "start"), now_mono_ns());
    c->drifted = st->drifted = value_bool_or(value_get(record, "drifted"), false);
    c->new_revision = value_bool_or(value_get(record, "newRevision"), false);
    c->was_healthy = value_bool_or(value_get(record, "wasHealthy"), false);
    c->skipped = value_get(record, "skipped");
    c->jobs = value_get(record, "jobs");
    st->resumed = true;
    ks_event_meta(r, st->revision, st->origin);
    make_set(r, c);
    read_bitmap(c, value_text(value_get(record, "pending"), ""));
}

// Something newer ends a wait; its name for the messages, NULL: nothing.
static const char *what_is_newer(struct run *r, const struct value *record) {
    struct err err = { .a = r->a };
    struct artifact artifact;
    const struct ks_source_ref *ref = ks_spec(r)->source;
    if (value_int_or(value_get(record, "generation"), r->generation) != r->generation)
        return arena_fmt(r->a, "Kustomization/%s/%s", r->ns, r->name);
    struct value *source = ks_find_source(r, &err);
    if (source && artifact_of(source, &artifact) &&
        !text_eq(artifact.revision, value_text(value_get(record, "revision"), "")))
        return arena_fmt(r->a, "%s/%s/%s", ref->kind, ks_source_ns(r), ref->name);
    return NULL;
}

static enum step_result cancel(struct run *r, const struct value *record, const char *by) {
    struct err err = { .a = r->a };
    ks_event_meta(r, value_text(value_get(record, "revision"), ""),
                  value_text(value_get(record, "origin"), ""));
    run_set(r, CONDITION_READY, CONDITION_FALSE, REASON_HEALTH_CANCELED, "New reconciliation triggered by %s",
            by);
    run_event(r, EVENT_INFO, REASON_HEALTH_CANCELED,
              "Health checks canceled due to new reconciliation triggered by %s", by);
    if (!status_flush(r, &err))
        log_error("status was not written", LOG_STR("error", err.msg));
    r->park_deadline_ns = 0; // the next wait has a time of its own
    return STEP_RESTART;
}

static enum step_result evaluate(struct run *r, struct checks *c, int64_t deadline_ns) {
    bool fail_fast = !runtime_gate(r->rt, "DisableFailFastBehavior");
    size_t current = count(c, KSTATUS_CURRENT), bad = count(c, KSTATUS_FAILED), lost = count_lost(c);
    if (current == c->n)
        return passed(r, c);
    if ((fail_fast && bad) || (bad && bad + current == c->n - lost))
        return failed(r, c, false);
    if (now_mono_ns() >= deadline_ns)
        return failed(r, c, true);
    say_running(r, c);
    return wait_on(r, c, deadline_ns);
}

enum step_result step_health(struct run *r) {
    const struct ks_spec *s = ks_spec(r);
    struct checks c = { 0 };
    struct err err = { .a = r->a };
    struct value *record = NULL;
    bool resumed = r->resume_step && text_eq(r->resume_step, "health");
    if (!s->wait && !s->n_checks) {
        condition_delete(r->object, CONDITION_HEALTHY);
        return STEP_NEXT;
    }
    if (resumed && !json_read(r->a, r->record, &record, &err))
        return STEP_RESTART;
    // Suspended while it waits: the wait goes on to its end, and nothing new begins.
    const char *newer = resumed && !r->suspended ? what_is_newer(r, record) : NULL;
    if (newer)
        return cancel(r, record, newer);
    if (resumed && !r->suspended && (r->wake & WAKE_REQUEST))
        return STEP_RESTART; // applies again; the wait keeps its deadline
    autotarget target = { 0 };
    if (!ks_target_open(r, &target, &err))
        return run_fail(r, err.kind, REASON_RECONCILE_FAILED, "%s", err.msg);
    c.client = target.client;
    c.discovery = target.discovery;
    if (!health_exprs_compile(r->a, s->health_exprs, &c.exprs, &err)) // step source has done it, too
        return run_fail(r, err.kind, REASON_INVALID_CEL, "%s", err.msg);
    if (resumed)
        go_on(r, &c, record);
    else
        begin(r, &c);
    if (!c.n) {
        condition_delete(r->object, CONDITION_HEALTHY);
        return STEP_NEXT;
    }
    look(r, &c);
    int64_t deadline_ns = r->park_deadline_ns ? r->park_deadline_ns : now_mono_ns() + ks_timeout(s);
    return evaluate(r, &c, deadline_ns);
}
