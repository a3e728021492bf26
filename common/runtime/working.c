// SPDX-License-Identifier: Apache-2.0
/* Worker threads: they take due objects off the queue and run one pass at a time.
 *
 * Threads start when there is work and none idles, and end after a minute without work, but for one. A worker that has been in
 * remote work for over a second does not count against its kind's --concurrent (design.md 1.2). Tasks (task.h) come first. */
#include "common/runtime/internal.h"
#include "common/runtime/task.h"

#include <malloc.h>
#include <time.h>

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define STACK_BYTES (8u << 20)
#else
#define STACK_BYTES (512u << 10) // of address space; only touched pages count
#endif

static _Thread_local struct worker *self;

static bool may_run(const struct runtime *rt, const struct own_kind *own) {
    return own->open && !own->kind->store_only && (rt->leading || own->kind->no_lead);
}

// work_lock held. How many passes of each kind may run now; *next_ns: when this may change by itself.
static void count_limits(struct runtime *rt, unsigned *limits, int64_t now_ns, int64_t *next_ns) {
    unsigned spare = 0;
    for (size_t k = 0; k < rt->n_kinds; k++)
        limits[k] = may_run(rt, &rt->kinds[k]) ? (unsigned)daemon_flags()->concurrent : 0;
    for (const struct worker *w = rt->workers; w; w = w->next) {
        if (!w->busy || !w->blocked_since_ns)
            continue;
        int64_t at = w->blocked_since_ns + REMOTE_BLOCKED_NS;
        if (at > now_ns) {
            *next_ns = at < *next_ns ? at : *next_ns;
        } else if (spare < SPARE_WORKERS && limits[w->kind]) {
            limits[w->kind]++;
            spare++;
        }
    }
}

static size_t max_workers(const struct runtime *rt) {
    return rt->n_kinds * (size_t)daemon_flags()->concurrent + SPARE_WORKERS + TASKS_AT_ONCE;
}

static void *worker_main(void *arg);

// work_lock held.
static void start_worker(struct runtime *rt) {
    struct worker *w = calloc(1, sizeof *w);
    if (!w)
        abort();
    w->rt = rt;
    pthread_attr_t attr;
    pthread_attr_init(&attr);
    pthread_attr_setstacksize(&attr, STACK_BYTES);
    pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
    int rc = pthread_create(&w->thread, &attr, worker_main, w);
    pthread_attr_destroy(&attr);
    if (rc) {
        free(w);
        log_error("worker thread was not started", LOG_STR("error", strerror(rc)));
        return;
    }
    w->next = rt->workers;
    rt->workers = w;
    rt->n_workers++;
    rt->n_idle++; // it is, until it has taken something
}

void working_wake(struct runtime *rt) {
    pthread_mutex_lock(&rt->work_lock);
    if (rt->started && !rt->stopping) {
        if (!rt->n_idle && rt->n_workers < max_workers(rt))
            start_worker(rt);
        pthread_cond_signal(&rt->work_cond);
    }
    pthread_mutex_unlock(&rt->work_lock);
}

static void wait_until(struct runtime *rt, int64_t deadline_ns, pthread_cond_t *cond) {
    struct timespec ts = { .tv_sec = deadline_ns / NS_PER_S, .tv_nsec = deadline_ns % NS_PER_S };
    pthread_cond_timedwait(cond, &rt->work_lock, &ts);
}

// What a worker has to do: a task, else a pass.
struct job {
    struct task *task;
    struct queue_item item;
};

// work_lock held.
static struct task *take_task(struct runtime *rt) {
    struct task *t = rt->n_tasks_running < TASKS_AT_ONCE ? rt->tasks : NULL;
    if (!t)
        return NULL;
    rt->tasks = t->next;
    if (!rt->tasks)
        rt->tasks_tail = &rt->tasks;
    rt->n_tasks--;
    rt->n_tasks_running++;
    return t;
}

// work_lock held on entry and exit. false: this thread has nothing more to do.
static bool wait_for_work(struct worker *w, struct job *job) {
    struct runtime *rt = w->rt;
    int64_t idle_since = now_mono_ns();
    for (bool trimmed = false; !rt->stopping || rt->tasks;) {
        job->task = take_task(rt);
        if (job->task)
            return true;
        unsigned limits[QUEUE_KINDS];
        int64_t now = now_mono_ns(), next = INT64_MAX, due = INT64_MAX;
        count_limits(rt, limits, now, &next);
        if (!rt->stopping && queue_take(rt->queue, now, limits, rt->n_kinds, &job->item, &due))
            return true;
        if (rt->stopping)
            return false;
        if (!trimmed && rt->n_idle == rt->n_workers) { // the queue ran empty after work
            pthread_mutex_unlock(&rt->work_lock);
            malloc_trim(0);
            pthread_mutex_lock(&rt->work_lock);
            trimmed = true;
            continue;
        }
        if (rt->n_idle > 1 && now - idle_since >= WORKER_IDLE_NS)
            return false;
        next = due < next ? due : next;
        if (rt->n_idle > 1 && idle_since + WORKER_IDLE_NS < next)
            next = idle_since + WORKER_IDLE_NS;
        wait_until(rt, next == INT64_MAX ? now + NS_PER_HOUR : next, &rt->work_cond);
    }
    return false;
}

static void unlink_worker(struct worker *w) {
    struct worker **at = &w->rt->workers;
    while (*at != w)
        at = &(*at)->next;
    *at = w->next;
    w->rt->n_workers--;
}

// Somebody must be there to take what is due next, also when all others work.
static void keep_one_idle(struct runtime *rt) {
    if (!rt->n_idle && rt->n_workers < max_workers(rt) && !rt->stopping)
        start_worker(rt);
    else
        pthread_cond_signal(&rt->work_cond);
}

static void task_free(struct task *t) {
    struct arena a = t->a;
    free(t);
    arena_done(&a);
}

static void task_finished(void *arg) {
    struct task *t = arg;
    if (t->done)
        t->done(t);
    task_free(t);
}

static void do_job(struct worker *w, struct job *job) {
    struct runtime *rt = w->rt;
    if (job->task) {
        job->task->work(job->task);
        loop_post(rt->loop, task_finished, job->task);
        return;
    }
    pass_run(rt, &job->item);
    queue_done(rt->queue, &job->item.key, now_mono_ns());
}

static void *worker_main(void *arg) {
    struct worker *w = arg;
    struct runtime *rt = w->rt;
    struct job job = { 0 };
    self = w;
    pthread_mutex_lock(&rt->work_lock);
    while (wait_for_work(w, &job)) {
        rt->n_idle--;
        w->busy = !job.task;
        w->kind = job.task ? 0 : job.item.key.kind;
        keep_one_idle(rt);
        pthread_mutex_unlock(&rt->work_lock);
        do_job(w, &job);
        pthread_mutex_lock(&rt->work_lock);
        rt->n_tasks_running -= job.task != NULL;
        w->busy = false;
        w->blocked_since_ns = 0;
        rt->n_idle++;
    }
    rt->n_idle--;
    unlink_worker(w);
    pthread_cond_broadcast(&rt->work_cond);
    // Under the lock, though it is no leaf then: whoever sees that no worker is left may free all this.
    loop_post(rt->loop, daemon_worker_gone, rt);
    pthread_mutex_unlock(&rt->work_lock);
    free(w);
    return NULL;
}

/* ---- tasks ---- */

struct task *task_new(struct runtime *rt) {
    struct task *t = calloc(1, sizeof *t);
    if (!t)
        abort();
    t->rt = rt;
    return t;
}

void task_drop(struct task *t) {
    if (t)
        task_free(t);
}

bool task_start(struct task *take, void (*work)(struct task *t), void (*done)(struct task *t)) {
    struct runtime *rt = take->rt;
    take->work = work;
    take->done = done;
    pthread_mutex_lock(&rt->work_lock);
    bool accepted = rt->n_tasks < TASKS_WAITING && !rt->stopping;
    if (accepted) {
        *rt->tasks_tail = take;
        rt->tasks_tail = &take->next;
        rt->n_tasks++;
    }
    pthread_mutex_unlock(&rt->work_lock);
    if (accepted)
        working_wake(rt);
    else
        task_free(take);
    return accepted;
}

bool task_pause(struct task *t, int64_t deadline_ns) {
    return working_pause(t->rt, deadline_ns);
}

struct remote_scope remote_enter(struct runtime *rt) {
    if (!self)
        return (struct remote_scope) { 0 };
    pthread_mutex_lock(&rt->work_lock);
    bool outer = !self->blocked_since_ns;
    if (outer)
        self->blocked_since_ns = now_mono_ns();
    pthread_cond_signal(&rt->work_cond); // an idle one looks again when the second is over
    pthread_mutex_unlock(&rt->work_lock);
    return (struct remote_scope) { outer ? rt : NULL };
}

void remote_leave(struct remote_scope *scope) {
    if (!scope->rt)
        return;
    pthread_mutex_lock(&scope->rt->work_lock);
    self->blocked_since_ns = 0;
    pthread_mutex_unlock(&scope->rt->work_lock);
    scope->rt = NULL;
}

bool working_pause(struct runtime *rt, int64_t deadline_ns) {
    pthread_mutex_lock(&rt->work_lock);
    while (!rt->stopping && now_mono_ns() < deadline_ns)
        wait_until(rt, deadline_ns, &rt->stop_cond);
    bool stopping = rt->stopping;
    pthread_mutex_unlock(&rt->work_lock);
    return !stopping;
}

void working_free(struct runtime *rt) {
    while (rt->tasks) {
        struct task *next = rt->tasks->next;
        task_free(rt->tasks);
        rt->tasks = next;
    }
}

void working_start(struct runtime *rt) {
    pthread_mutex_lock(&rt->work_lock);
    if (!rt->started)
        rt->tasks_tail = &rt->tasks;
    rt->started = true;
    pthread_mutex_unlock(&rt->work_lock);
    working_wake(rt);
}

void working_lead(struct runtime *rt) {
    pthread_mutex_lock(&rt->work_lock);
    rt->leading = true;
    pthread_cond_broadcast(&rt->work_cond);
    pthread_mutex_unlock(&rt->work_lock);
    working_wake(rt);
}

void working_stop(struct runtime *rt) {
    pthread_mutex_lock(&rt->work_lock);
    rt->stopping = true;
    pthread_cond_broadcast(&rt->work_cond);
    pthread_cond_broadcast(&rt->stop_cond);
    pthread_mutex_unlock(&rt->work_lock);
}

size_t working_left(struct runtime *rt) {
    pthread_mutex_lock(&rt->work_lock);
    size_t n = rt->n_workers;
    pthread_mutex_unlock(&rt->work_lock);
    return n;
}
