// SPDX-License-Identifier: Apache-2.0
/* The loop: epoll for descriptors, a heap of timers, an eventfd for calls posted by other threads, a signalfd.
 * What is removed while a batch of events is being worked off is only marked, and freed after the batch, because the
 * rest of the batch may still point to it. */
#include "common/net/loop.h"
#include "common/base/file.h"
#include "common/base/timeutil.h"

#include <errno.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <unistd.h>

enum { EVENTS_PER_TURN = 64 };

struct loop_fd {
    struct loop *loop;
    struct loop_fd *prev, *next; // all of the loop; once removed, next in the list of dead ones
    int fd;
    bool dead;
    loop_fd_fn fn;
    void *arg;
};

struct loop_timer {
    struct loop *loop;
    size_t at; // place in the heap
    int64_t deadline_ns;
    uint64_t order; // equal deadlines fire in order of adding
    loop_fn fn;
    void *arg;
};

struct posted {
    loop_fn fn; // NULL: taken back
    void *arg;
};

struct posts {
    struct posted *list;
    size_t n, cap;
};

struct loop {
    int epoll_fd, wake_fd, signal_fd;
    _Atomic pthread_t thread; // inside loop_run
    atomic_bool in_run;
    atomic_bool stopping;
    struct loop_fd *fds, *dead;
    struct loop_timer **timers; // heap, earliest first
    size_t n_timers, cap_timers;
    uint64_t timer_order;
    void (*on_signal)(void *arg, int signal);
    void *on_signal_arg;

    pthread_mutex_t lock; // guards the two below; a leaf
    struct posts incoming;
    struct posts running; // being worked off by the loop thread
};

/* ---- posted calls ---- */

static void wake(struct loop *l) {
    uint64_t one = 1;
    ssize_t n;
    do
        n = write(l->wake_fd, &one, sizeof one);
    while (n < 0 && errno == EINTR);
}

void loop_post(struct loop *l, loop_fn fn, void *arg) {
    pthread_mutex_lock(&l->lock);
    struct posts *p = &l->incoming;
    if (p->n == p->cap) {
        p->cap = p->cap ? p->cap * 2 : 16;
        p->list = reallocarray(p->list, p->cap, sizeof *p->list);
        if (!p->list)
            abort();
    }
    p->list[p->n++] = (struct posted) { fn, arg };
    bool first = p->n == 1;
    pthread_mutex_unlock(&l->lock);
    if (first)
        wake(l);
}

static void unpost_from(struct posts *p, loop_fn fn, void *arg) {
    for (size_t i = 0; i < p->n; i++)
        if (p->list[i].fn == fn && p->list[i].arg == arg)
            p->list[i].fn = NULL;
}

void loop_unpost(struct loop *l, loop_fn fn, void *arg) {
    pthread_mutex_lock(&l->lock);
    unpost_from(&l->incoming, fn, arg);
    unpost_from(&l->running, fn, arg);
    pthread_mutex_unlock(&l->lock);
}

// One of the running list, so that a call taken back meanwhile is not made.
static bool take_running(struct loop *l, size_t i, struct posted *out) {
    pthread_mutex_lock(&l->lock);
    bool there = i < l->running.n;
    if (there)
        *out = l->running.list[i];
    pthread_mutex_unlock(&l->lock);
    return there;
}

static void run_posted(void *arg, int fd, uint32_t events) {
    struct loop *l = arg;
    (void)events;
    uint64_t count;
    if (read(fd, &count, sizeof count) < 0 && errno != EAGAIN && errno != EINTR)
        abort(); // the eventfd is ours: this cannot fail
    pthread_mutex_lock(&l->lock);
    struct posts now = l->incoming;
    l->incoming = l->running; // empty, with its memory
    l->running = now;
    pthread_mutex_unlock(&l->lock);
    struct posted p;
    for (size_t i = 0; take_running(l, i, &p); i++)
        if (p.fn)
            p.fn(p.arg);
    pthread_mutex_lock(&l->lock);
    l->running.n = 0;
    if (l->running.cap > 1024) { // a burst's memory is not kept
        free(l->running.list);
        l->running = (struct posts) { 0 };
    }
    pthread_mutex_unlock(&l->lock);
}

/* ---- descriptors ---- */

struct loop_fd *loop_fd_add(struct loop *l, int fd, uint32_t events, loop_fd_fn fn, void *arg) {
    struct loop_fd *f = calloc(1, sizeof *f);
    if (!f)
        abort();
    *f = (struct loop_fd) { .loop = l, .next = l->fds, .fd = fd, .fn = fn, .arg = arg };
    if (l->fds)
        l->fds->prev = f;
    l->fds = f;
    struct epoll_event ev = { .events = events, .data.ptr = f };
    if (epoll_ctl(l->epoll_fd, EPOLL_CTL_ADD, fd, &ev) < 0)
        abort(); // not a descriptor that can be waited for, or added twice: a bug of the caller
    return f;
}

void loop_fd_set(struct loop_fd *f, uint32_t events) {
    struct epoll_event ev = { .events = events, .data.ptr = f };
    if (!f->dead && epoll_ctl(f->loop->epoll_fd, EPOLL_CTL_MOD, f->fd, &ev) < 0)
        abort();
}

void loop_fd_remove(struct loop_fd *f) {
    if (!f || f->dead)
        return;
    struct loop *l = f->loop;
    // Fails when the owner has closed it already: then the kernel has forgotten it.
    (void)epoll_ctl(l->epoll_fd, EPOLL_CTL_DEL, f->fd, NULL);
    f->dead = true;
    if (f->prev)
        f->prev->next = f->next;
    else
        l->fds = f->next;
    if (f->next)
        f->next->prev = f->prev;
    f->next = l->dead;
    l->dead = f;
}

static void bury(struct loop *l) {
    while (l->dead) {
        struct loop_fd *f = l->dead;
        l->dead = f->next;
        free(f);
    }
}

/* ---- timers ---- */

static bool earlier(const struct loop_timer *a, const struct loop_timer *b) {
    return a->deadline_ns != b->deadline_ns ? a->deadline_ns < b->deadline_ns : a->order < b->order;
}

static void heap_put(struct loop *l, size_t at, struct loop_timer *t) {
    l->timers[at] = t;
    t->at = at;
}

static void heap_up(struct loop *l, size_t at) {
    struct loop_timer *t = l->timers[at];
    for (; at > 0 && earlier(t, l->timers[(at - 1) / 2]); at = (at - 1) / 2)
        heap_put(l, at, l->timers[(at - 1) / 2]);
    heap_put(l, at, t);
}

static void heap_down(struct loop *l, size_t at) {
    struct loop_timer *t = l->timers[at];
    for (size_t child; (child = 2 * at + 1) < l->n_timers; at = child) {
        if (child + 1 < l->n_timers && earlier(l->timers[child + 1], l->timers[child]))
            child++;
        if (!earlier(l->timers[child], t))
            break;
        heap_put(l, at, l->timers[child]);
    }
    heap_put(l, at, t);
}

struct loop_timer *loop_timer_add(struct loop *l, int64_t deadline_ns, loop_fn fn, void *arg) {
    if (l->n_timers == l->cap_timers) {
        l->cap_timers = l->cap_timers ? l->cap_timers * 2 : 16;
        l->timers = reallocarray(l->timers, l->cap_timers, sizeof(struct loop_timer *));
        if (!l->timers)
            abort();
    }
    struct loop_timer *t = calloc(1, sizeof *t);
    if (!t)
        abort();
    *t = (struct loop_timer) {
        .loop = l, .deadline_ns = deadline_ns, .order = l->timer_order++, .fn = fn, .arg = arg
    };
    heap_put(l, l->n_timers++, t);
    heap_up(l, t->at);
    return t;
}

static void heap_remove(struct loop *l, size_t at) {
    struct loop_timer *last = l->timers[--l->n_timers];
    if (at == l->n_timers)
        return;
    heap_put(l, at, last);
    heap_up(l, at);
    heap_down(l, last->at);
}

void loop_timer_cancel(struct loop_timer *t) {
    if (!t)
        return;
    heap_remove(t->loop, t->at);
    free(t);
}

// Those that are due now; what they add for "now" waits for the next turn, so that descriptors get their share.
static void run_timers(struct loop *l) {
    int64_t now_ns = now_mono_ns();
    uint64_t first_new = l->timer_order;
    while (l->n_timers && l->timers[0]->deadline_ns <= now_ns && l->timers[0]->order < first_new) {
        struct loop_timer t = *l->timers[0];
        free(l->timers[0]);
        heap_remove(l, 0);
        t.fn(t.arg);
    }
}

// Rounded up, so that the loop does not spin through the last fraction of a millisecond.
static int wait_ms(const struct loop *l) {
    if (!l->n_timers)
        return -1;
    int64_t ns = l->timers[0]->deadline_ns - now_mono_ns();
    if (ns <= 0)
        return 0;
    int64_t ms = (ns - 1) / NS_PER_MS + 1;
    return ms > INT_MAX ? INT_MAX : (int)ms;
}

/* ---- signals ---- */

static void run_signal(void *arg, int fd, uint32_t events) {
    struct loop *l = arg;
    (void)events;
    struct signalfd_siginfo info;
    while (read(fd, &info, sizeof info) == (ssize_t)sizeof info)
        l->on_signal(l->on_signal_arg, (int)info.ssi_signo);
}

void loop_signals(struct loop *l, const int *signals, size_t n, void (*fn)(void *arg, int signal),
                  void *arg) {
    sigset_t set;
    sigemptyset(&set);
    for (size_t i = 0; i < n; i++)
        sigaddset(&set, signals[i]);
    if (l->signal_fd >= 0 || pthread_sigmask(SIG_BLOCK, &set, NULL) != 0)
        abort(); // once per loop
    l->on_signal = fn;
    l->on_signal_arg = arg;
    l->signal_fd = signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
    if (l->signal_fd < 0)
        abort();
    loop_fd_add(l, l->signal_fd, EPOLLIN, run_signal, l);
}

/* ---- the loop itself ---- */

struct loop *loop_new(void) {
    struct loop *l = calloc(1, sizeof *l);
    if (!l)
        abort();
    signal(SIGPIPE, SIG_IGN);
    l->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    l->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    l->signal_fd = -1;
    if (l->epoll_fd < 0 || l->wake_fd < 0 || pthread_mutex_init(&l->lock, NULL) != 0)
        abort(); // no descriptors left before anything has started
    loop_fd_add(l, l->wake_fd, EPOLLIN, run_posted, l);
    return l;
}

void loop_free(struct loop *l) {
    if (!l)
        return;
    while (l->fds)
        loop_fd_remove(l->fds);
    bury(l);
    for (size_t i = 0; i < l->n_timers; i++)
        free(l->timers[i]);
    free(l->timers);
    free(l->incoming.list);
    free(l->running.list);
    pthread_mutex_destroy(&l->lock);
    fd_done(&l->signal_fd);
    fd_done(&l->wake_fd);
    fd_done(&l->epoll_fd);
    free(l);
}

void loop_run(struct loop *l) {
    l->thread = pthread_self();
    l->in_run = true;
    while (!l->stopping) {
        struct epoll_event events[EVENTS_PER_TURN];
        int n = epoll_wait(l->epoll_fd, events, EVENTS_PER_TURN, wait_ms(l));
        if (n < 0 && errno != EINTR)
            abort();
        for (int i = 0; i < n; i++) {
            struct loop_fd *f = events[i].data.ptr;
            if (!f->dead)
                f->fn(f->arg, f->fd, events[i].events);
        }
        run_timers(l);
        bury(l);
    }
    l->stopping = false;
    l->in_run = false;
}

void loop_stop(struct loop *l) {
    l->stopping = true;
    wake(l);
}

bool loop_is_thread(const struct loop *l) {
    return l->in_run && pthread_equal(l->thread, pthread_self());
}
