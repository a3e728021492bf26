// SPDX-License-Identifier: Apache-2.0
/* Jobs. Facts: Kubernetes pkg/controller/job. Indexed completion is treated as plain. */
#include "deploy/local/sandbox/sim.h"

#define KEY "jobs.batch"

static const struct value *spec_of(const struct value *job) {
    return value_get(job, "spec");
}

static bool is_finished(const struct value *job) {
    return text_eq(sim_text(sim_condition_get(job, "Complete"), "status"), "True") ||
           text_eq(sim_text(sim_condition_get(job, "Failed"), "status"), "True");
}

struct count {
    int64_t active, ready, succeeded, failed;
};

static struct count count_of(struct value **pods, size_t n) {
    struct count c = { 0 };
    for (size_t i = 0; i < n; i++) {
        const char *phase = sim_text(value_get(pods[i], "status"), "phase");
        c.succeeded += text_eq(phase, "Succeeded");
        c.failed += text_eq(phase, "Failed");
        bool active = !sim_pod_is_done(pods[i]) && !sim_is_deleting(pods[i]);
        c.active += active;
        c.ready += active && sim_pod_is_ready(pods[i]);
    }
    return c;
}

// Restarts of containers count as failures where pods are not replaced.
static int64_t restarts_of(struct value **pods, size_t n) {
    int64_t sum = 0;
    for (size_t i = 0; i < n; i++) {
        const struct value *list = value_at(pods[i], "status", "containerStatuses", NULL);
        for (size_t k = 0; k < value_len(list); k++)
            sum += sim_int(value_item(list, k), "restartCount", 0);
    }
    return sum;
}

static void stop_pods(struct simulator *s, struct arena *a, struct value **pods, size_t n) {
    for (size_t i = 0; i < n; i++)
        if (!sim_pod_is_done(pods[i]) && !sim_is_deleting(pods[i]))
            sim_delete(s, a, "pods", sim_meta(pods[i], "namespace"), sim_meta(pods[i], "name"), -1);
}

static void set_count(struct arena *a, struct value *job, const char *key, int64_t n) {
    value_set(a, value_ensure(a, job, "status", NULL), key, n ? value_int(a, n) : NULL);
}

static void write_counts(struct arena *a, struct value *job, const struct count *c) {
    set_count(a, job, "active", c->active);
    set_count(a, job, "failed", c->failed);
    set_count(a, job, "succeeded", c->succeeded);
    struct value *status = value_ensure(a, job, "status", NULL);
    value_set(a, status, "ready", value_int(a, c->ready));
    value_set(a, status, "terminating", value_int(a, 0));
    value_set(a, status, "uncountedTerminatedPods", value_map(a));
}

/* ---- the end ---- */

static void fail(struct simulator *s, struct arena *a, struct value *job, const char *reason,
                 const char *message) {
    sim_condition(s, a, job, "FailureTarget", "True", reason, message, false);
    sim_condition(s, a, job, "Failed", "True", reason, message, false);
    sim_event(s, a, job, true, reason, "job-controller", message);
}

static void complete(struct simulator *s, struct arena *a, struct value *job) {
    const char *message = "Reached expected number of succeeded pods";
    sim_condition(s, a, job, "SuccessCriteriaMet", "True", "CompletionsReached", message, false);
    sim_condition(s, a, job, "Complete", "True", "CompletionsReached", message, false);
    value_set(a, value_get(job, "status"), "completionTime", value_string(a, sandbox_now(s->sb, a)));
    sim_event(s, a, job, false, "Completed", "job-controller", "Job completed");
}

static int64_t finished_at_ns(struct arena *a, const struct value *job) {
    const struct value *c = sim_condition_get(job, "Complete");
    struct err err = { .a = a };
    int64_t ns = 0;
    c = c ? c : sim_condition_get(job, "Failed");
    (void)!time_parse_rfc3339(sim_text(c, "lastTransitionTime"), &ns, &err);
    return ns;
}

static void expire(struct simulator *s, struct arena *a, const struct value *job) {
    const struct value *ttl = value_get(spec_of(job), "ttlSecondsAfterFinished");
    if (!value_is(ttl, VALUE_INT))
        return;
    int64_t left = finished_at_ns(a, job) + ttl->i * NS_PER_S - sandbox_now_ns(s->sb);
    if (left <= 0)
        sim_delete(s, a, KEY, sim_meta(job, "namespace"), sim_meta(job, "name"), -1);
    else
        sim_alarm(s, KEY, sim_meta(job, "namespace"), sim_meta(job, "name"), left + NS_PER_MS);
}

// true: it is over.
static bool is_late(struct simulator *s, struct arena *a, const struct value *job) {
    const struct value *limit = value_get(spec_of(job), "activeDeadlineSeconds");
    struct err err = { .a = a };
    int64_t started;
    if (!value_is(limit, VALUE_INT) ||
        !time_parse_rfc3339(sim_text(value_get(job, "status"), "startTime"), &started, &err))
        return false;
    int64_t left = started + limit->i * NS_PER_S - sandbox_now_ns(s->sb);
    if (left > 0)
        sim_alarm(s, KEY, sim_meta(job, "namespace"), sim_meta(job, "name"), left + NS_PER_MS);
    return left <= 0;
}

/* ---- the run ---- */

static void start_pods(struct simulator *s, struct arena *a, const struct value *job, int64_t n) {
    for (int64_t i = 0; i < n; i++) {
        struct value *pod = sim_pod_of(a, job, value_at(job, "spec", "template", NULL), NULL), *out;
        if (!sim_create(s, a, "pods", pod, &out))
            return;
        sim_event(s, a, job, false, "SuccessfulCreate", "job-controller",
                  arena_fmt(a, "Created pod: %s", sim_meta(out, "name")));
    }
}

static void run(struct simulator *s, struct arena *a, struct value *job, struct value **pods, size_t n) {
    struct count c = count_of(pods, n);
    int64_t parallel = sim_int(spec_of(job), "parallelism", 1),
            limit = sim_int(spec_of(job), "backoffLimit", 6);
    const struct value *completions = value_get(spec_of(job), "completions");
    int64_t wanted = value_is(completions, VALUE_INT) ? completions->i : 1;
    struct value *status = value_ensure(a, job, "status", NULL);
    if (!value_get(status, "startTime"))
        value_set(a, status, "startTime", value_string(a, sandbox_now(s->sb, a)));
    if (c.failed > limit || (restarts_of(pods, n) > limit && !c.failed)) {
        fail(s, a, job, "BackoffLimitExceeded", "Job has reached the specified backoff limit");
    } else if (is_late(s, a, job)) {
        fail(s, a, job, "DeadlineExceeded", "Job was active longer than specified deadline");
    } else if (c.succeeded >= wanted && !c.active) {
        complete(s, a, job);
    } else if (c.succeeded + c.active < wanted && c.active < parallel) {
        int64_t more = parallel - c.active;
        more = more > wanted - c.succeeded - c.active ? wanted - c.succeeded - c.active : more;
        start_pods(s, a, job, more);
        c.active += more;
    }
    if (is_finished(job) && c.active) {
        stop_pods(s, a, pods, n);
        c.active = c.ready = 0;
    }
    write_counts(a, job, &c);
}

static void hold(struct simulator *s, struct arena *a, struct value *job, struct value **pods, size_t n) {
    struct count c = { 0 };
    stop_pods(s, a, pods, n);
    sim_condition(s, a, job, "Suspended", "True", "JobSuspended", "Job suspended", false);
    value_remove(value_get(job, "status"), "startTime");
    write_counts(a, job, &c);
}

void sim_job(struct simulator *s, struct arena *a, struct value *job) {
    size_t n;
    if (sim_is_deleting(job))
        return;
    if (is_finished(job)) {
        expire(s, a, job);
        return;
    }
    struct value **pods = sim_children(s, a, job, "pods", &n);
    struct value *before = value_copy(a, value_get(job, "status"));
    if (value_bool_or(value_get(spec_of(job), "suspend"), false)) {
        hold(s, a, job, pods, n);
    } else {
        if (sim_condition_get(job, "Suspended"))
            sim_condition(s, a, job, "Suspended", "False", "JobResumed", "Job resumed", false);
        run(s, a, job, pods, n);
    }
    sim_status(s, a, KEY, job, before);
}
