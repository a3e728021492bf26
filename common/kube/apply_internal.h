// SPDX-License-Identifier: Apache-2.0
// What apply.c (stages) and apply_task.c (one object) share. Not for other rooms.
#ifndef KUBE_APPLY_INTERNAL_H
#define KUBE_APPLY_INTERNAL_H

#include "common/base/timeutil.h"
#include "common/kube/apply.h"
#include "common/kube/store.h"
#include "common/value/json.h"

struct applier {
    struct arena *a; // the caller's
    struct kube_client *client;
    struct kube_discovery *discovery;
    const struct apply_options *options;
    const struct value *objects; // the whole set: a kind may be defined in it
    struct kube_batch *batch;
    int64_t stage_timeout_ns;
    unsigned peak;
    // names of the marks, "<group>/reconcile" and so on
    const char *key_reconcile, *key_ssa, *key_force, *key_prune;
};

enum task_step { TASK_GET, TASK_MIGRATE, TASK_DRY_RUN, TASK_DELETE, TASK_CLEANUP, TASK_DONE, TASK_APPLY };

struct task {
    struct applier *applier;
    struct value *object; // the payload; the caller's arena
    const struct kube_resource *resource;
    struct arena own; // answers, until the decision
    enum task_step step;
    struct value *live, *dry_run; // in `own`; NULL: not there
    const char *get_error;        // the GET failed otherwise than by "not found"
    unsigned rounds;              // dry runs again, after undeclared fields were dropped
    bool recreated, cleaned, must_apply;
    struct change change;     // the caller's arena
    struct apply_state state; // same
    struct err err;           // same
};

// Sends the task's request of its step.
void task_send(struct task *t);
// Takes the answer; sends the next request or ends (step TASK_DONE). false: t->err is set.
bool task_answer(struct task *t, struct kube_done *done);
void task_applied(struct task *t, struct kube_done *done);

#endif
