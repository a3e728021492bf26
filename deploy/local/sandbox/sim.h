// SPDX-License-Identifier: Apache-2.0
/* What the parts of the simulator share (simulator.c, sim_*.c); simulator.h is for the others.
 *
 * Level-triggered: sim_sync looks at one object as it is stored now, does the next thing and writes; the change that it
 * wrote brings the next look. Waiting is an alarm: another look at a later time. A refused write is left: a newer change is
 * on its way.
 */
#ifndef SANDBOX_SIM_H
#define SANDBOX_SIM_H

#include "common/base/timeutil.h"
#include "deploy/local/sandbox/simulator.h"

#define SIM_NODE "sandbox"
#define SIM_PREFIX "sandbox.runnel.dev/"

enum { SIM_STEP_MS = 5 };

struct simulator {
    struct sandbox *sb;
    struct simulator_config config;
    struct map alarms;    // "key/ns/name" -> struct sim_alarm
    uint32_t pods_placed; // pod addresses are counted up
    uint32_t events;
};

// One look at one object; `o` is what is stored, in `a`.
typedef void (*sim_fn)(struct simulator *s, struct arena *a, struct value *o);
void sim_sync(struct simulator *s, const char *key, const char *ns, const char *name);

void sim_namespace(struct simulator *s, struct arena *a, struct value *ns);
void sim_pod(struct simulator *s, struct arena *a, struct value *pod); // sets the alarm of its next step
void sim_pod_advance(struct simulator *s, struct arena *a, struct value *pod); // takes the step
void sim_deployment(struct simulator *s, struct arena *a, struct value *d);
void sim_replicaset(struct simulator *s, struct arena *a, struct value *rs);
void sim_statefulset(struct simulator *s, struct arena *a, struct value *sts);
void sim_daemonset(struct simulator *s, struct arena *a, struct value *ds);
void sim_job(struct simulator *s, struct arena *a, struct value *job);
void sim_claim(struct simulator *s, struct arena *a, struct value *pvc);
void sim_service(struct simulator *s, struct arena *a, struct value *svc);
void sim_node_make(struct simulator *s); // and the storage class
void sim_volume_release(struct simulator *s, struct arena *a, const struct value *pvc); // the claim is gone

/* ---- reading (NULL: absent) ---- */
struct value *sim_get(struct simulator *s, struct arena *a, const char *key, const char *ns,
                      const char *name);
const char *sim_text(const struct value *o, const char *key); // top level; "" when absent
const char *sim_meta(const struct value *o, const char *key); // below metadata; "" when absent
int64_t sim_int(const struct value *map, const char *key, int64_t fallback);
bool sim_is_deleting(const struct value *o);
const struct value *sim_controller(const struct value *o); // its owner reference with controller: true
struct value *sim_owner(struct simulator *s, struct arena *a, const struct value *o); // that object
// The objects that `owner` controls, oldest name first. *n of them.
struct value **sim_children(struct simulator *s, struct arena *a, const struct value *owner, const char *key,
                            size_t *n);
/* sandbox.runnel.dev/NAME of the object or of what controls it, upwards. */
const char *sim_annotation(struct simulator *s, struct arena *a, const struct value *o, const char *name);
bool sim_annotation_ns(struct simulator *s, struct arena *a, const struct value *o, const char *name,
                       int64_t *out_ns);

/* ---- writing; false: refused (another write comes first) ---- */
bool sim_create(struct simulator *s, struct arena *a, const char *key, struct value *o, struct value **out);
bool sim_update(struct simulator *s, struct arena *a, const char *key, struct value *o);
// Writes .status when it differs from `before`.
void sim_status(struct simulator *s, struct arena *a, const char *key, struct value *o,
                const struct value *before);
void sim_delete(struct simulator *s, struct arena *a, const char *key, const char *ns, const char *name,
                int64_t grace_s);
// Another look at the object after `delay_ns`; replaces an earlier alarm of the same object.
void sim_alarm(struct simulator *s, const char *key, const char *ns, const char *name, int64_t delay_ns);
void sim_event(struct simulator *s, struct arena *a, const struct value *o, bool warning, const char *reason,
               const char *component, const char *message);

/* ---- parts of objects ---- */
struct value *sim_reference(struct arena *a,
                            const struct value *owner); // an owner reference, controller: true
// A pod of a template: labels, annotations, spec, owner. `name` NULL: generated from the owner's.
struct value *sim_pod_of(struct arena *a, const struct value *owner, const struct value *template,
                         const char *name);
// Sets a condition in .status; `update`: lastUpdateTime is kept too.
void sim_condition(struct simulator *s, struct arena *a, struct value *o, const char *type,
                   const char *status, const char *reason, const char *message, bool update);
const struct value *sim_condition_get(const struct value *o, const char *type);
bool sim_pod_is_ready(const struct value *pod);
bool sim_pod_is_done(const struct value *pod); // Succeeded or Failed
const char *sim_hash(struct arena *a,
                     const struct value *v); // of the content, in the letters of generated names
int64_t sim_resolve(const struct value *int_or_percent, int64_t fallback, int64_t total, bool up);

#endif
