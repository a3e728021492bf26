// SPDX-License-Identifier: Apache-2.0
/* Loop: one thread that waits for descriptors, timers and posted calls (epoll), and runs their callbacks one at a time.
 *
 * Threads: loop_post and loop_stop from any thread; all else on the loop's own thread (or before loop_run).
 * Callbacks must not block.
 */
#ifndef NET_LOOP_H
#define NET_LOOP_H

#include "common/base/err.h"

struct loop;
struct loop_fd;
struct loop_timer;

typedef void (*loop_fn)(void *arg);
typedef void (*loop_fd_fn)(void *arg, int fd, uint32_t events); // EPOLLIN, EPOLLOUT, EPOLLERR, EPOLLHUP

// Also makes SIGPIPE ignored for the whole process: a peer that closes is an error to handle, not a reason to die.
struct loop *loop_new(void);
// NULL ok. What was posted and has not run is forgotten; descriptors are not closed; remaining timers and loop_fds are freed.
void loop_free(struct loop *l);
void loop_run(struct loop *l);  // until loop_stop
void loop_stop(struct loop *l); // any thread
// Runs fn(arg) on the loop thread soon, in order of posting. Any thread.
void loop_post(struct loop *l, loop_fn fn, void *arg);
// Forgets posted calls of this fn and arg that have not run yet: before arg is freed. Any thread; what runs meanwhile is not waited for.
void loop_unpost(struct loop *l, loop_fn fn, void *arg);
// True on the thread that is inside loop_run.
bool loop_is_thread(const struct loop *l);

struct loop_fd *loop_fd_add(struct loop *l, int fd, uint32_t events, loop_fd_fn fn, void *arg);
void loop_fd_set(struct loop_fd *f, uint32_t events);
void loop_fd_remove(struct loop_fd *f); // does not close; safe inside its own callback

// Fires once at deadline_ns (monotonic); a fired timer is gone. Cancel with loop_timer_cancel (not after it fired).
struct loop_timer *loop_timer_add(struct loop *l, int64_t deadline_ns, loop_fn fn, void *arg);
void loop_timer_cancel(struct loop_timer *t); // NULL ok

// SIGTERM, SIGINT and the like arrive as a callback on the loop thread. Call before other threads start.
void loop_signals(struct loop *l, const int *signals, size_t n, void (*fn)(void *arg, int signal), void *arg);

#endif
