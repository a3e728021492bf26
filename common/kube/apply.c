// SPDX-License-Identifier: Apache-2.0
/* Apply in stages: definitions, classes, custom kinds, the rest. Within a stage the checks of all objects are in flight together,
 * then the writes of each rank of kinds.
 * Flux: pkg/ssa/manager_apply.go#ApplyAllStaged */
#include "common/kube/apply_internal.h"

#include "common/base/buf.h"

#define DEFAULT_IN_FLIGHT 64
#define DEFAULT_STAGE_TIMEOUT_NS (60 * NS_PER_S)

enum stage { STAGE_DEFINITIONS, STAGE_CLASSES, STAGE_CUSTOM, STAGE_MAIN, N_STAGES };

static bool in_list(const char *const *list, const char *text) {
    for (size_t i = 0; list && list[i]; i++)
        if (text_eq(list[i], text))
            return true;
    return false;
}

static enum stage stage_of(struct applier *ap, const struct value *o) {
    const char *kind = object_kind(o), *api_version = object_api_version(o);
    if ((text_eq(kind, "CustomResourceDefinition") && text_starts(api_version, "apiextensions.k8s.io/")) ||
        (text_eq(kind, "Namespace") && text_eq(api_version, "v1")) ||
        (text_eq(kind, "ClusterRole") && text_starts(api_version, "rbac.authorization.k8s.io/")))
        return STAGE_DEFINITIONS;
    if (text_ends(kind, "Class"))
        return STAGE_CLASSES;
    struct kube_gvk gvk = object_gvk(ap->a, o);
    const char *key = text_empty(gvk.group) ? gvk.kind : arena_fmt(ap->a, "%s/%s", gvk.group, gvk.kind);
    return in_list(ap->options->custom_stage, key) ? STAGE_CUSTOM : STAGE_MAIN;
}

/* ---- which resource an object is of ---- */

// A kind whose CRD stands in the same set: it may be too new for discovery.
static const struct kube_resource *defined_in_set(struct applier *ap, const struct kube_gvk *gvk) {
    for (size_t i = 0; i < value_len(ap->objects); i++) {
        const struct value *crd = value_item(ap->objects, i), *names = value_at(crd, "spec", "names", NULL);
        if (!text_eq(object_kind(crd), "CustomResourceDefinition") ||
            !text_eq(value_text(value_get(names, "kind"), ""), gvk->kind) ||
            !text_eq(value_text_at(crd, "spec", "group", NULL), gvk->group))
            continue;
        struct kube_resource *r = arena_new(ap->a, struct kube_resource);
        *r = (struct kube_resource) {
            .group = gvk->group,
            .version = gvk->version,
            .kind = gvk->kind,
            .plural = value_text(value_get(names, "plural"), ""),
            .namespaced = !text_eq(value_text_at(crd, "spec", "scope", NULL), "Cluster"),
        };
        return r;
    }
    return NULL;
}

static bool find_resource(struct applier *ap, struct task *t) {
    struct arena *a = ap->a;
    struct err err = { .a = a };
    if (!kube_discovery_of(ap->discovery, t->object, &t->resource, &err)) {
        struct kube_gvk gvk = object_gvk(a, t->object);
        t->resource = err.kind == ERR_NOT_FOUND ? defined_in_set(ap, &gvk) : NULL;
        if (!t->resource)
            return err_set_code(&t->err, err.kind, err.code, "%s dry-run failed: %s",
                                object_subject(a, t->object), err.msg);
    }
    if (t->resource->namespaced && text_empty(object_ns(t->object)))
        return err_set(&t->err, ERR_INVALID,
                       "%s namespace not specified: the server could not find the requested resource",
                       object_subject(a, t->object));
    return true;
}

/* ---- one stage ---- */

static struct arena *arena_of(void *tag) {
    return &((struct task *)tag)->own;
}

static void batch_open(struct applier *ap) {
    ap->batch = kube_batch_new(ap->client,
                               ap->options->max_in_flight ? ap->options->max_in_flight : DEFAULT_IN_FLIGHT);
    kube_batch_arenas(ap->batch, arena_of);
}

static void batch_close(struct applier *ap) {
    unsigned peak = kube_batch_peak(ap->batch);
    ap->peak = peak > ap->peak ? peak : ap->peak;
    kube_batch_free(ap->batch);
    ap->batch = NULL;
}

/* Checks all; after a failure nothing new begins, what is under way ends. */
static void check_all(struct applier *ap, struct task *tasks, size_t n) {
    batch_open(ap);
    bool failed = false;
    for (size_t i = 0; i < n && !failed; i++) {
        failed = !find_resource(ap, &tasks[i]);
        if (!failed)
            task_send(&tasks[i]);
    }
    struct kube_done done;
    while (kube_batch_next(ap->batch, NULL, &done)) {
        struct task *t = done.tag;
        if (failed) // its next step would be a new request
            continue;
        failed = !task_answer(t, &done);
    }
    batch_close(ap);
}

// The error of the first object in order that has one.
static bool first_error(struct task *tasks, size_t n, struct err *err) {
    for (size_t i = 0; i < n; i++)
        if (tasks[i].err.kind != ERR_NONE)
            return err_move(err, &tasks[i].err);
    return true;
}

// The writes of a rank are in flight together; the next rank begins when they are through.
static bool write_all(struct applier *ap, struct task *tasks, size_t n, struct err *err) {
    for (size_t at = 0; at < n;) {
        int rank = apply_rank(object_kind(tasks[at].object));
        batch_open(ap);
        size_t end = at;
        for (; end < n && apply_rank(object_kind(tasks[end].object)) == rank; end++) {
            if (!tasks[end].must_apply)
                continue;
            tasks[end].step = TASK_APPLY;
            task_send(&tasks[end]);
        }
        struct kube_done done;
        while (kube_batch_next(ap->batch, NULL, &done))
            task_applied(done.tag, &done);
        batch_close(ap);
        if (!first_error(tasks + at, end - at, err))
            return false;
        at = end;
    }
    return true;
}

static void forget_groups(struct applier *ap, struct task *tasks, size_t n) {
    for (size_t i = 0; i < n; i++)
        if (tasks[i].must_apply && text_eq(object_kind(tasks[i].object), "CustomResourceDefinition"))
            kube_discovery_forget(ap->discovery,
                                  value_text(value_at(tasks[i].object, "spec", "group", NULL), ""));
}

/* ---- waiting for a stage ---- */

static bool is_settled(void *arg, const struct value *object) {
    autoarena a = { 0 };
    struct task *t = arg;
    t->state.status = kstatus_of(&a, object, now_wall_ns(), NULL);
    return t->state.status == KSTATUS_CURRENT || t->state.status == KSTATUS_FAILED;
}

static bool wait_all(struct applier *ap, struct task *tasks, size_t n, struct err *err) {
    int64_t deadline_ns = now_mono_ns() + ap->stage_timeout_ns;
    bool timed_out = false;
    autobuf failures = { 0 };
    for (size_t i = 0; i < n; i++) {
        struct task *t = &tasks[i];
        struct err ignored = { .a = ap->a };
        if (t->state.status != KSTATUS_CURRENT &&
            !kube_wait_object(ap->client, t->resource, t->change.ns, t->change.name, is_settled, t,
                              deadline_ns, &ignored))
            timed_out = true;
    }
    for (size_t i = 0; i < n; i++)
        if (tasks[i].state.status != KSTATUS_CURRENT)
            buf_fmt(&failures, "%s%s status: '%s'", failures.n ? ", " : "", tasks[i].change.subject,
                    kstatus_name(tasks[i].state.status));
    if (!failures.n)
        return true;
    return err_set(err, ERR_TIMEOUT, "%s: [%s]",
                   timed_out ? "timeout waiting for" : "failed early due to stalled resources", failures.p);
}

/* ---- all stages ---- */

static void add_results(struct applier *ap, const struct task *tasks, size_t n, struct apply_result *out) {
    for (size_t i = 0; i < n; i++) {
        size_t at = out->changes.n;
        change_set_add(ap->a, &out->changes, tasks[i].change);
        out->states = arena_grow(ap->a, out->states, &out->cap_states, at + 1, sizeof *out->states);
        out->states[at] = tasks[i].state;
    }
}

static bool run_stage(struct applier *ap, struct value *objects, bool wait, struct apply_result *out,
                      struct err *err) {
    size_t n = value_len(objects);
    apply_sort(objects);
    struct task *tasks = arena_array(ap->a, struct task, n);
    for (size_t i = 0; i < n; i++)
        tasks[i] = (struct task) { .applier = ap, .object = value_item(objects, i), .err = { .a = ap->a } };
    check_all(ap, tasks, n);
    bool ok = first_error(tasks, n, err) && write_all(ap, tasks, n, err);
    for (size_t i = 0; i < n; i++)
        arena_done(&tasks[i].own);
    if (!ok)
        return false;
    forget_groups(ap, tasks, n);
    add_results(ap, tasks, n, out);
    return !wait || wait_all(ap, tasks, n, err);
}

bool apply_all(struct arena *a, struct kube_client *c, struct kube_discovery *d, struct value *objects,
               const struct apply_options *options, struct apply_result *out, struct err *err) {
    struct applier ap = {
        .a = a,
        .client = c,
        .discovery = d,
        .options = options,
        .objects = objects,
        .stage_timeout_ns = options->stage_timeout_ns ? options->stage_timeout_ns : DEFAULT_STAGE_TIMEOUT_NS,
        .key_reconcile = arena_fmt(a, "%s/reconcile", options->group),
        .key_ssa = arena_fmt(a, "%s/ssa", options->group),
        .key_force = arena_fmt(a, "%s/force", options->group),
    };
    struct value *stages[N_STAGES];
    *out = (struct apply_result) { 0 };
    for (size_t i = 0; i < N_STAGES; i++)
        stages[i] = value_list(a);
    for (size_t i = 0; i < value_len(objects); i++)
        value_append(a, stages[stage_of(&ap, value_item(objects, i))], value_item(objects, i));
    for (size_t i = 0; i < N_STAGES; i++) {
        bool ok = run_stage(&ap, stages[i], i <= STAGE_CLASSES, out, err);
        out->peak = ap.peak;
        if (!ok)
            return false;
    }
    return true;
}
