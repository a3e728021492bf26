// SPDX-License-Identifier: Apache-2.0
/* Lease: try every few seconds; who holds it renews it, who cannot renew it in time has lost it. Loop thread only.
 * Flux: client-go tools/leaderelection/leaderelection.go (tryAcquireOrRenew, renew, release) */
#include "common/kube/lease.h"

#include "common/base/buf.h"
#include "common/base/log.h"
#include "common/base/map.h"
#include "common/base/timeutil.h"
#include "common/crypto/digest.h"
#include "common/kube/discovery.h"
#include "common/value/json.h"

struct lease {
    struct kube_client *client;
    struct loop *loop;
    struct arena texts; // holds o's texts
    struct lease_options o;
    struct arena record;              // holds seen
    struct value *seen;               // the Lease as it was last read or written; NULL: unknown
    int64_t seen_changed_ns;          // when its holder or renewTime last changed, by our clock
    int64_t renewed_ns;               // last success while held
    bool held, stopping, freed, busy; // busy: a request is under way
    struct loop_timer *timer;
};

static void try_now(void *arg);
static void release(struct lease *l);

char *lease_name(struct arena *a, const char *controller, const char *selector) {
    if (text_empty(selector))
        return arena_fmt(a, "%s-leader-election", controller);
    struct digest digest;
    digest_of(DIGEST_SHA256, str_of(selector), &digest);
    return arena_fmt(a, "%s-leader-election-%.8s", controller, digest_hex(a, &digest));
}

struct lease *lease_start(struct kube_client *c, const struct lease_options *options) {
    struct lease *l = calloc(1, sizeof *l);
    if (!l)
        abort();
    l->client = kube_client_ref(c);
    l->loop = kube_client_loop(c);
    l->o = *options;
    l->o.ns = arena_strdup(&l->texts, options->ns);
    l->o.name = arena_strdup(&l->texts, options->name);
    l->o.identity = arena_strdup(&l->texts, options->identity);
    try_now(l);
    return l;
}

bool lease_held(const struct lease *l) {
    return l->held;
}

static void destroy(struct lease *l) {
    loop_timer_cancel(l->timer);
    kube_client_unref(l->client);
    arena_done(&l->record);
    arena_done(&l->texts);
    free(l);
}

void lease_free(struct lease *l) {
    if (!l)
        return;
    l->freed = true;
    if (!l->busy)
        destroy(l);
}

static void on_timer(void *arg) {
    struct lease *l = arg;
    l->timer = NULL;
    try_now(l);
}

// Up to a fifth more, so that candidates do not knock together.
static void again(struct lease *l) {
    int64_t now_ns = now_mono_ns();
    int64_t spread = (int64_t)(hash_bytes(&now_ns, sizeof now_ns) % (uint64_t)(l->o.retry_ns / 5 + 1));
    l->timer = loop_timer_add(l->loop, now_ns + l->o.retry_ns + spread, on_timer, l);
}

// A request has ended. true: the lease is no longer wanted and was dealt with.
static bool ended(struct lease *l) {
    l->busy = false;
    if (l->freed) {
        destroy(l);
        return true;
    }
    if (l->stopping)
        release(l);
    return l->stopping;
}

static const char *spec_text(const struct value *lease, const char *key) {
    return value_text(value_at(lease, "spec", key, NULL), "");
}

static void remember(struct lease *l, const struct value *lease) {
    bool same = l->seen &&
                text_eq(spec_text(l->seen, "holderIdentity"), spec_text(lease, "holderIdentity")) &&
                text_eq(spec_text(l->seen, "renewTime"), spec_text(lease, "renewTime"));
    struct arena fresh = { 0 };
    struct value *copy = value_copy(&fresh, lease);
    arena_done(&l->record);
    l->record = fresh;
    l->seen = copy;
    if (!same)
        l->seen_changed_ns = now_mono_ns();
}

static void won(struct lease *l) {
    bool first = !l->held;
    l->held = true;
    l->renewed_ns = now_mono_ns();
    if (first) {
        log_info("successfully acquired lease", LOG_STR("lease", l->o.name),
                 LOG_STR("identity", l->o.identity));
        l->o.on_started(l->o.arg);
    }
}

static void missed(struct lease *l, const char *why) {
    if (l->held && now_mono_ns() - l->renewed_ns > l->o.renew_deadline_ns) {
        l->held = false;
        log_error("leader election lost", LOG_STR("lease", l->o.name), LOG_STR("error", why));
        l->o.on_stopped(l->o.arg);
        return;
    }
    again(l);
}

/* ---- writing ---- */

static struct value *record_of(struct arena *a, struct lease *l, const char *holder, int64_t duration_s) {
    const struct value *old = value_get(l->seen, "spec");
    bool stays = text_eq(spec_text(l->seen, "holderIdentity"), holder);
    int64_t transitions = value_int_or(value_get(old, "leaseTransitions"), 0);
    const char *now = time_fmt_micro(a, now_wall_ns());
    struct value *spec = value_map(a);
    value_set(a, spec, "holderIdentity", value_string(a, holder));
    value_set(a, spec, "leaseDurationSeconds", value_int(a, duration_s));
    value_set(a, spec, "acquireTime", value_string(a, stays ? spec_text(l->seen, "acquireTime") : now));
    value_set(a, spec, "renewTime", value_string(a, now));
    value_set(a, spec, "leaseTransitions", value_int(a, transitions + (!stays && l->seen && *holder)));
    return spec;
}

static void write_lease(struct lease *l, const char *holder, int64_t duration_s, kube_done_fn done) {
    autoarena a = { 0 };
    struct value *lease = l->seen ? value_copy(&a, l->seen) : value_map(&a);
    if (!l->seen) {
        struct value *meta = value_ensure(&a, lease, "metadata", NULL);
        value_set(&a, lease, "apiVersion", value_string(&a, "coordination.k8s.io/v1"));
        value_set(&a, lease, "kind", value_string(&a, "Lease"));
        value_set(&a, meta, "name", value_string(&a, l->o.name));
        value_set(&a, meta, "namespace", value_string(&a, l->o.ns));
    }
    value_set(&a, lease, "spec", record_of(&a, l, holder, duration_s));
    struct kube_request req = {
        .verb = l->seen ? KUBE_UPDATE : KUBE_CREATE,
        .resource = kube_builtin_resource("coordination.k8s.io", "v1", "Lease"),
        .ns = l->o.ns,
        .name = l->seen ? l->o.name : NULL,
        .body = json_text(&a, lease, JSON_COMPACT),
        .timeout_ns = l->o.renew_deadline_ns,
    };
    l->busy = true;
    kube_start(l->client, &req, done, l);
}

static void on_written(void *arg, struct arena *a, const struct kube_reply *reply, const struct err *err) {
    struct lease *l = arg;
    (void)a;
    if (err->kind == ERR_NONE)
        remember(l, reply->object);
    else
        l->seen = NULL; // read it again
    if (ended(l))
        return;
    if (err->kind == ERR_NONE) {
        won(l);
        again(l);
    } else {
        missed(l, err->msg);
    }
}

static void on_read(void *arg, struct arena *a, const struct kube_reply *reply, const struct err *err) {
    struct lease *l = arg;
    (void)a;
    if (ended(l))
        return;
    if (err->kind != ERR_NONE && err->kind != ERR_NOT_FOUND) {
        log_error("error retrieving lease", LOG_STR("lease", l->o.name), LOG_STR("error", err->msg));
        missed(l, err->msg);
        return;
    }
    if (err->kind == ERR_NOT_FOUND)
        l->seen = NULL;
    else
        remember(l, reply->object);
    const char *holder = spec_text(l->seen, "holderIdentity");
    bool ours = text_eq(holder, l->o.identity);
    int64_t lasts_ns = value_int_or(value_at(l->seen, "spec", "leaseDurationSeconds", NULL), 0) * NS_PER_S;
    bool valid = l->seen && !text_empty(holder) && l->seen_changed_ns + lasts_ns > now_mono_ns();
    if (valid && !ours) {
        missed(l, "lease is held by another");
        return;
    }
    write_lease(l, l->o.identity, l->o.duration_ns / NS_PER_S, on_written);
}

static void try_now(void *arg) {
    struct lease *l = arg;
    bool ours = l->seen && text_eq(spec_text(l->seen, "holderIdentity"), l->o.identity);
    if (l->held && ours) { // nobody else should have written it: one request
        write_lease(l, l->o.identity, l->o.duration_ns / NS_PER_S, on_written);
        return;
    }
    struct kube_request req = {
        .verb = KUBE_GET,
        .resource = kube_builtin_resource("coordination.k8s.io", "v1", "Lease"),
        .ns = l->o.ns,
        .name = l->o.name,
        .timeout_ns = l->o.renew_deadline_ns,
    };
    l->busy = true;
    kube_start(l->client, &req, on_read, l);
}

/* ---- the end ---- */

static void on_released(void *arg, struct arena *a, const struct kube_reply *reply, const struct err *err) {
    struct lease *l = arg;
    (void)a;
    (void)reply;
    if (err->kind != ERR_NONE)
        log_info("lease not released", LOG_STR("lease", l->o.name), LOG_STR("error", err->msg));
    l->busy = false;
    if (l->freed)
        destroy(l);
    else
        l->o.on_released(l->o.arg);
}

static void release(struct lease *l) {
    if (!l->held || !l->o.release || !l->seen) {
        l->o.on_released(l->o.arg);
        return;
    }
    l->held = false;
    write_lease(l, "", 1, on_released);
}

void lease_stop(struct lease *l) {
    if (l->stopping)
        return;
    l->stopping = true;
    loop_timer_cancel(l->timer);
    l->timer = NULL;
    if (!l->busy) // else when it has ended
        release(l);
}
