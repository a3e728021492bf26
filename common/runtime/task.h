// SPDX-License-Identifier: Apache-2.0
/* Tasks: work that is not a pass over an object (a webhook to answer, a notification to send) on a worker thread, so that it may
 * wait for requests of its own.
 *
 * Limits  TASKS_AT_ONCE run, TASKS_WAITING wait.
 * Threads task_new, task_start: any. work runs on a worker, done on the loop thread.
 */
#ifndef RUNTIME_TASK_H
#define RUNTIME_TASK_H

#include "common/runtime/daemon.h"

#define TASKS_AT_ONCE 16
#define TASKS_WAITING 2048

struct task {
    struct runtime *rt;
    struct arena a; // lives until done has run
    void *data;     // the caller's, in the arena
    void (*work)(struct task *t);
    void (*done)(struct task *t); // NULL: nothing
    struct task *next;
};

struct task *task_new(struct runtime *rt);
// Takes the task. false: too many wait, or the process is stopping; it is freed, neither work nor done run.
bool task_start(struct task *take, void (*work)(struct task *t), void (*done)(struct task *t));
// Gives up a task that was not started; NULL ok.
void task_drop(struct task *t);
// Waits inside of work (between tries). false: the process is stopping.
bool task_pause(struct task *t, int64_t deadline_ns);

#endif
