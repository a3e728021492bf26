// SPDX-License-Identifier: Apache-2.0
/* Pods: what scheduler and kubelet would do, one step an alarm: bound, containers created, running, ready, done; or stuck where
 * annotations or the image say so. */
#include "deploy/local/sandbox/sim.h"

#define KEY "pods"

enum fate { FATE_GOOD, FATE_UNSCHEDULABLE, FATE_NO_IMAGE, FATE_CRASH, FATE_EXIT, FATE_NEVER_READY };

static const struct {
    const char *word;
    enum fate fate;
} fates[] = {
    { "unschedulable", FATE_UNSCHEDULABLE },
    { "image-pull", FATE_NO_IMAGE },
    { "crash", FATE_CRASH },
    { "exit", FATE_EXIT },
    { "never-ready", FATE_NEVER_READY },
};

static const struct value *containers_of(const struct value *pod) {
    return value_at(pod, "spec", "containers", NULL);
}

// The first image that cannot be pulled: annotation, or "invalid" in its name. NULL: all can.
static const char *bad_image(const struct value *pod, bool all_bad) {
    const struct value *list = containers_of(pod);
    for (size_t i = 0; i < value_len(list); i++) {
        const char *image = sim_text(value_item(list, i), "image");
        if (all_bad || strstr(image, "invalid"))
            return image;
    }
    return NULL;
}

static enum fate fate_of(struct simulator *s, struct arena *a, const struct value *pod) {
    const char *word = sim_annotation(s, a, pod, "fail"), *never = sim_annotation(s, a, pod, "never-ready");
    for (size_t i = 0; word && i < countof(fates); i++)
        if (text_eq(word, fates[i].word))
            return fates[i].fate;
    if (never && !text_eq(never, "false"))
        return FATE_NEVER_READY;
    return bad_image(pod, false) ? FATE_NO_IMAGE : FATE_GOOD;
}

// Pods that end by themselves: those that are not started again after success.
static bool ends(const struct value *pod) {
    return !text_eq(sim_text(value_get(pod, "spec"), "restartPolicy"), "Always");
}

/* ---- where a pod is ---- */

enum stage {
    STAGE_NEW,
    STAGE_BOUND,
    STAGE_NO_IMAGE,
    STAGE_RUNNING,
    STAGE_CRASHED,
    STAGE_READY,
    STAGE_DONE,
    STAGE_DELETING
};

static const struct value *first_status(const struct value *pod) {
    return value_item(value_at(pod, "status", "containerStatuses", NULL), 0);
}

static const char *waiting_for(const struct value *pod) {
    return value_text(value_at(first_status(pod), "state", "waiting", "reason", NULL), "");
}

static enum stage stage_of(const struct value *pod) {
    if (sim_is_deleting(pod))
        return STAGE_DELETING;
    if (sim_pod_is_done(pod))
        return STAGE_DONE;
    if (text_empty(sim_text(value_get(pod, "spec"), "nodeName")))
        return STAGE_NEW;
    const char *waiting = waiting_for(pod);
    if (text_eq(waiting, "ErrImagePull") || text_eq(waiting, "ImagePullBackOff"))
        return STAGE_NO_IMAGE;
    if (text_eq(waiting, "CrashLoopBackOff"))
        return STAGE_CRASHED;
    if (!value_at(first_status(pod), "state", "running", NULL))
        return STAGE_BOUND;
    return sim_pod_is_ready(pod) ? STAGE_READY : STAGE_RUNNING;
}

/* ---- container statuses ---- */

static struct value *state_of(struct arena *a, const char *word) {
    struct value *state = value_map(a);
    value_set(a, state, word, value_map(a));
    return state;
}

static struct value *waiting_state(struct arena *a, const char *reason, const char *message) {
    struct value *state = state_of(a, "waiting"), *w = value_get(state, "waiting");
    if (message)
        value_set(a, w, "message", value_string(a, message));
    value_set(a, w, "reason", value_string(a, reason));
    return state;
}

static struct value *running_state(struct simulator *s, struct arena *a) {
    struct value *state = state_of(a, "running");
    value_set(a, value_get(state, "running"), "startedAt", value_string(a, sandbox_now(s->sb, a)));
    return state;
}

static struct value *ended_state(struct simulator *s, struct arena *a, const struct value *pod,
                                 int64_t code) {
    struct value *state = state_of(a, "terminated"), *t = value_get(state, "terminated");
    const char *log = sim_annotation(s, a, pod, "log"), *now = sandbox_now(s->sb, a);
    const char *started = value_text(value_at(first_status(pod), "state", "running", "startedAt", NULL), now);
    value_set(a, t, "containerID", value_fmt(a, "containerd://%s", sim_meta(pod, "uid")));
    value_set(a, t, "exitCode", value_int(a, code));
    value_set(a, t, "finishedAt", value_string(a, now));
    if (code && log)
        value_set(a, t, "message", value_string(a, log));
    value_set(a, t, "reason", value_string(a, code ? "Error" : "Completed"));
    value_set(a, t, "startedAt", value_string(a, started));
    return state;
}

// One status for each container; `last` NULL: none.
static struct value *statuses_of(struct arena *a, const struct value *pod, const struct value *list,
                                 const struct value *state, const struct value *last, int64_t restarts) {
    struct value *out = value_list(a);
    bool running = value_get(state, "running");
    for (size_t i = 0; i < value_len(list); i++) {
        const struct value *c = value_item(list, i);
        struct value *status = value_map(a);
        bool known = !value_get(state, "waiting") || last;
        if (known)
            value_set(a, status, "containerID", value_fmt(a, "containerd://%s-%zu", sim_meta(pod, "uid"), i));
        value_set(a, status, "image", value_string(a, sim_text(c, "image")));
        value_set(a, status, "imageID",
                  known ? value_fmt(a, "%s@sha256:%064zx", sim_text(c, "image"), i + 1)
                        : value_string(a, ""));
        value_set(a, status, "lastState", last ? value_copy(a, last) : value_map(a));
        value_set(a, status, "name", value_string(a, sim_text(c, "name")));
        value_set(a, status, "ready", value_bool(a, false));
        value_set(a, status, "restartCount", value_int(a, restarts));
        value_set(a, status, "started", value_bool(a, running));
        value_set(a, status, "state", value_copy(a, state));
        value_append(a, out, status);
    }
    return out;
}

static void containers_set(struct arena *a, struct value *pod, const struct value *state,
                           const struct value *last, int64_t restarts) {
    value_set(a, value_ensure(a, pod, "status", NULL), "containerStatuses",
              statuses_of(a, pod, containers_of(pod), state, last, restarts));
}

static void ready_set(struct arena *a, struct value *pod, bool ready) {
    struct value *list = value_at(pod, "status", "containerStatuses", NULL);
    for (size_t i = 0; i < value_len(list); i++)
        value_set(a, value_item(list, i), "ready", value_bool(a, ready));
}

/* ---- conditions ---- */

static const char *names_text(struct arena *a, const struct value *list) {
    const char *out = "";
    for (size_t i = 0; i < value_len(list); i++)
        out = arena_fmt(a, "%s%s%s", out, i ? " " : "", sim_text(value_item(list, i), "name"));
    return out;
}

static void conditions_set(struct simulator *s, struct arena *a, struct value *pod, bool ready, bool done) {
    const char *reason = ready ? NULL : done ? "PodCompleted" : "ContainersNotReady";
    const char *message = ready || done ? NULL
                                        : arena_fmt(a, "containers with unready status: [%s]",
                                                    names_text(a, containers_of(pod)));
    bool running = value_at(first_status(pod), "state", "running", NULL);
    sim_condition(s, a, pod, "PodReadyToStartContainers", running || ready ? "True" : "False", NULL, NULL,
                  false);
    sim_condition(s, a, pod, "Initialized", "True", done ? reason : NULL, NULL, false);
    sim_condition(s, a, pod, "Ready", ready ? "True" : "False", reason, message, false);
    sim_condition(s, a, pod, "ContainersReady", ready ? "True" : "False", reason, message, false);
    sim_condition(s, a, pod, "PodScheduled", "True", NULL, NULL, false);
}

static void phase_set(struct arena *a, struct value *pod, const char *phase) {
    value_set(a, value_ensure(a, pod, "status", NULL), "phase", value_string(a, phase));
}

/* ---- the steps ---- */

static void bind_node(struct simulator *s, struct arena *a, struct value *pod) {
    value_set(a, value_ensure(a, pod, "spec", NULL), "nodeName", value_string(a, SIM_NODE));
    if (!sim_update(s, a, KEY, pod))
        return;
    pod = sim_get(s, a, KEY, sim_meta(pod, "namespace"), sim_meta(pod, "name"));
    if (!pod)
        return;
    struct value *status = value_ensure(a, pod, "status", NULL);
    value_set(a, status, "hostIP", value_string(a, "127.0.0.1"));
    value_set(a, status, "startTime", value_string(a, sandbox_now(s->sb, a)));
    phase_set(a, pod, "Pending");
    containers_set(a, pod, waiting_state(a, "ContainerCreating", NULL), NULL, 0);
    conditions_set(s, a, pod, false, false);
    sim_status(s, a, KEY, pod, NULL);
    sim_event(s, a, pod, false, "Scheduled", "default-scheduler",
              arena_fmt(a, "Successfully assigned %s/%s to " SIM_NODE, sim_meta(pod, "namespace"),
                        sim_meta(pod, "name")));
}

static void refuse_node(struct simulator *s, struct arena *a, struct value *pod) {
    const char *message =
        "0/1 nodes are available: 1 Insufficient cpu. preemption: 0/1 nodes are available: 1 No "
        "preemption victims found for incoming pod.";
    struct value *before = value_copy(a, value_get(pod, "status"));
    phase_set(a, pod, "Pending");
    sim_condition(s, a, pod, "PodScheduled", "False", "Unschedulable", message, false);
    if (value_equal(before, value_get(pod, "status")))
        return;
    sim_status(s, a, KEY, pod, before);
    sim_event(s, a, pod, true, "FailedScheduling", "default-scheduler", message);
}

static void fail_pull(struct simulator *s, struct arena *a, struct value *pod) {
    const char *image = bad_image(pod, false);
    image = image ? image : bad_image(pod, true);
    bool again = text_eq(waiting_for(pod), "ErrImagePull");
    struct str host = str_of(image);
    ptrdiff_t slash = str_chr(host, '/');
    host = slash > 0 ? str_sub(host, 0, (size_t)slash) : host;
    const char *why =
        arena_fmt(a,
                  "failed to pull and unpack image \"%s\": failed to resolve reference \"%s\": dial tcp: "
                  "lookup %.*s: no such host",
                  image, image, (int)host.n, host.p);
    const char *message =
        again ? arena_fmt(a, "Back-off pulling image \"%s\": ErrImagePull: %s", image, why) : why;
    containers_set(a, pod, waiting_state(a, again ? "ImagePullBackOff" : "ErrImagePull", message), NULL, 0);
    conditions_set(s, a, pod, false, false);
    sim_status(s, a, KEY, pod, NULL);
    if (again)
        sim_event(s, a, pod, false, "BackOff", "kubelet",
                  arena_fmt(a, "Back-off pulling image \"%s\"", image));
    else
        sim_event(s, a, pod, true, "Failed", "kubelet",
                  arena_fmt(a, "Failed to pull image \"%s\": %s", image, why));
}

static void address_set(struct simulator *s, struct arena *a, struct value *pod) {
    struct value *status = value_get(pod, "status");
    if (value_get(status, "podIP"))
        return;
    uint32_t n = ++s->pods_placed;
    const char *ip = arena_fmt(a, "10.%u.%u.%u", 244 + (n >> 16) % 8, n >> 8 & 0xff, n & 0xff);
    struct value *one = value_map(a), *list = value_list(a);
    value_set(a, one, "ip", value_string(a, ip));
    value_append(a, list, one);
    value_set(a, status, "podIP", value_string(a, ip));
    value_set(a, status, "podIPs", list);
}

static void start_containers(struct simulator *s, struct arena *a, struct value *pod) {
    const struct value *last = value_get(first_status(pod), "lastState");
    int64_t restarts = sim_int(first_status(pod), "restartCount", 0);
    last = value_len(last) ? value_copy(a, last) : NULL;
    containers_set(a, pod, running_state(s, a), last, restarts);
    const struct value *init = value_at(pod, "spec", "initContainers", NULL);
    if (value_len(init)) {
        struct value *list = statuses_of(a, pod, init, ended_state(s, a, pod, 0), NULL, 0);
        for (size_t i = 0; i < value_len(list); i++)
            value_set(a, value_item(list, i), "ready", value_bool(a, true));
        value_set(a, value_get(pod, "status"), "initContainerStatuses", list);
    }
    address_set(s, a, pod);
    phase_set(a, pod, "Running");
    conditions_set(s, a, pod, false, false);
    sim_status(s, a, KEY, pod, NULL);
}

static void be_ready(struct simulator *s, struct arena *a, struct value *pod, bool ready) {
    ready_set(a, pod, ready);
    conditions_set(s, a, pod, ready, false);
    sim_status(s, a, KEY, pod, NULL);
}

static int64_t exit_code(struct simulator *s, struct arena *a, const struct value *pod) {
    uint64_t code;
    const char *text = sim_annotation(s, a, pod, "exit-code");
    return text && str_to_u64(str_of(text), &code) && code && code < 256 ? (int64_t)code : 1;
}

static void end(struct simulator *s, struct arena *a, struct value *pod, int64_t code) {
    int64_t restarts = sim_int(first_status(pod), "restartCount", 0);
    containers_set(a, pod, ended_state(s, a, pod, code), NULL, restarts);
    phase_set(a, pod, code ? "Failed" : "Succeeded");
    conditions_set(s, a, pod, false, true);
    sim_status(s, a, KEY, pod, NULL);
}

static void crash(struct simulator *s, struct arena *a, struct value *pod) {
    const struct value *list = containers_of(pod);
    struct value *last = ended_state(s, a, pod, exit_code(s, a, pod));
    int64_t restarts = sim_int(first_status(pod), "restartCount", 0) + 1;
    const char *message = arena_fmt(a, "back-off 10s restarting failed container=%s pod=%s_%s(%s)",
                                    sim_text(value_item(list, 0), "name"), sim_meta(pod, "name"),
                                    sim_meta(pod, "namespace"), sim_meta(pod, "uid"));
    containers_set(a, pod, waiting_state(a, "CrashLoopBackOff", message), last, restarts);
    conditions_set(s, a, pod, false, false);
    sim_status(s, a, KEY, pod, NULL);
    sim_event(s, a, pod, true, "BackOff", "kubelet",
              arena_fmt(a, "Back-off restarting failed container %s in pod %s_%s(%s)",
                        sim_text(value_item(list, 0), "name"), sim_meta(pod, "name"),
                        sim_meta(pod, "namespace"), sim_meta(pod, "uid")));
}

static void run_on(struct simulator *s, struct arena *a, struct value *pod, enum fate fate) {
    bool once = text_eq(sim_text(value_get(pod, "spec"), "restartPolicy"), "Never");
    if ((fate == FATE_CRASH || fate == FATE_EXIT) && once)
        end(s, a, pod, exit_code(s, a, pod));
    else if (fate == FATE_CRASH || fate == FATE_EXIT)
        crash(s, a, pod);
    else if (fate != FATE_NEVER_READY)
        be_ready(s, a, pod, true);
}

void sim_pod_advance(struct simulator *s, struct arena *a, struct value *pod) {
    enum fate fate = fate_of(s, a, pod);
    switch (stage_of(pod)) {
    case STAGE_NEW: (fate == FATE_UNSCHEDULABLE ? refuse_node : bind_node)(s, a, pod); return;
    case STAGE_BOUND:
    case STAGE_NO_IMAGE: (fate == FATE_NO_IMAGE ? fail_pull : start_containers)(s, a, pod); return;
    case STAGE_RUNNING: run_on(s, a, pod, fate); return;
    case STAGE_CRASHED: start_containers(s, a, pod); return;
    case STAGE_READY:
        if (fate == FATE_NEVER_READY)
            be_ready(s, a, pod, false);
        else if (fate == FATE_CRASH)
            crash(s, a, pod);
        else if (ends(pod))
            end(s, a, pod, 0);
        return;
    case STAGE_DONE: return;
    case STAGE_DELETING: sim_delete(s, a, KEY, sim_meta(pod, "namespace"), sim_meta(pod, "name"), 0); return;
    }
}

// When the next step is due: INT64_MAX: it stays as it is.
static int64_t next_step_ns(struct simulator *s, struct arena *a, const struct value *pod) {
    enum fate fate = fate_of(s, a, pod);
    int64_t step = s->config.step_ns, wanted;
    switch (stage_of(pod)) {
    case STAGE_NEW: {
        const struct value *c = sim_condition_get(pod, "PodScheduled");
        return fate == FATE_UNSCHEDULABLE && text_eq(sim_text(c, "reason"), "Unschedulable") ? INT64_MAX
                                                                                             : step;
    }
    case STAGE_NO_IMAGE:
        if (fate != FATE_NO_IMAGE)
            return step;
        return text_eq(waiting_for(pod), "ErrImagePull") ? 2 * step : INT64_MAX;
    case STAGE_RUNNING:
        if (fate == FATE_NEVER_READY)
            return INT64_MAX;
        return sim_annotation_ns(s, a, pod, "ready-after", &wanted) ? wanted : step;
    case STAGE_CRASHED: return fate == FATE_CRASH || fate == FATE_EXIT ? INT64_MAX : step;
    case STAGE_READY:
        if (fate == FATE_NEVER_READY || fate == FATE_CRASH)
            return step;
        if (!ends(pod))
            return INT64_MAX;
        return sim_annotation_ns(s, a, pod, "run-for", &wanted) ? wanted : step;
    case STAGE_DONE: return INT64_MAX;
    case STAGE_BOUND:
    case STAGE_DELETING: return step;
    }
    return INT64_MAX;
}

void sim_pod(struct simulator *s, struct arena *a, struct value *pod) {
    int64_t after = next_step_ns(s, a, pod);
    if (after != INT64_MAX)
        sim_alarm(s, KEY, sim_meta(pod, "namespace"), sim_meta(pod, "name"), after);
}

/* ---- logs ---- */

bool simulator_pod_log(const struct simulator *s, struct arena *a, const struct value *pod,
                       const char *container, bool previous, struct str *out, struct status *st) {
    const struct value *list = containers_of(pod), *found = NULL;
    const char *name = sim_meta(pod, "name");
    if (text_empty(container) && value_len(list) > 1)
        return status_bad_request(st, "a container name must be specified for pod %s, choose one of: [%s]",
                                  name, names_text(a, list));
    for (size_t i = 0; i < value_len(list) && !found; i++)
        if (text_empty(container) || text_eq(sim_text(value_item(list, i), "name"), container))
            found = value_item(list, i);
    if (!found)
        return status_bad_request(st, "container %s is not valid for pod %s", container, name);
    const char *waiting = waiting_for(pod), *log = sim_annotation((struct simulator *)s, a, pod, "log");
    if (*waiting && !text_eq(waiting, "CrashLoopBackOff"))
        return status_bad_request(st, "container \"%s\" in pod \"%s\" is waiting to start: %s",
                                  sim_text(found, "name"), name, waiting);
    if (previous && !sim_int(first_status(pod), "restartCount", 0))
        return status_bad_request(st, "previous terminated container \"%s\" in pod \"%s\" not found",
                                  sim_text(found, "name"), name);
    *out = str_of(log ? arena_fmt(a, "%s\n", log) : "");
    return true;
}
