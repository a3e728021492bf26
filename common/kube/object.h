// SPDX-License-Identifier: Apache-2.0
/* Look-ups in Kubernetes objects (trees of value/). They take NULL and objects of any shape: what is absent or of another type
 * reads as "" (texts), NULL (values) or 0. Nothing here does I/O. */
#ifndef KUBE_OBJECT_H
#define KUBE_OBJECT_H

#include "common/value/value.h"

// A kind as the API server knows it. Texts belong to whoever made it (discovery: for ever).
struct kube_resource {
    const char *group; // "" = core
    const char *version, *kind, *plural;
    bool namespaced;
};

struct kube_gvk {
    const char *group, *version, *kind;
};

const char *object_api_version(const struct value *o);
const char *object_kind(const struct value *o);
// Of apiVersion and kind; the texts are in `a`.
struct kube_gvk object_gvk(struct arena *a, const struct value *o);
// "apps/v1" -> "apps", "v1"; "v1" -> "", "v1".
void api_version_split(struct arena *a, const char *api_version, const char **out_group,
                       const char **out_version);
char *api_version_join(struct arena *a, const char *group, const char *version);

const char *object_ns(const struct value *o);
const char *object_name(const struct value *o);
const char *object_uid(const struct value *o);
const char *object_resource_version(const struct value *o);
int64_t object_generation(const struct value *o);
bool object_deleting(const struct value *o);                           // deletionTimestamp is set
const char *object_label(const struct value *o, const char *key);      // NULL: absent
const char *object_annotation(const struct value *o, const char *key); // NULL: absent
bool object_has_finalizer(const struct value *o, const char *finalizer);
// true when the annotation or label `key` has this value, in any case ("disabled", "Disabled").
bool object_mark_is(const struct value *o, const char *key, const char *value);

void object_set_label(struct arena *a, struct value *o, const char *key, const char *value);
void object_set_annotation(struct arena *a, struct value *o, const char *key, const char *value);
// Adds ("absent before") or removes ("was there") a finalizer; true: changed.
bool object_add_finalizer(struct arena *a, struct value *o, const char *finalizer);
bool object_remove_finalizer(struct value *o, const char *finalizer);

// status.conditions[type == ...]; NULL when absent.
struct value *object_condition(const struct value *o, const char *type);
const char *object_condition_status(const struct value *o, const char *type); // "" when absent
bool object_condition_is(const struct value *o, const char *type, const char *status);

// "Kind/ns/name", or "Kind/name" for cluster-scoped (empty ns). Flux: ssa/utils.FmtUnstructured
char *object_subject(struct arena *a, const struct value *o);
char *object_subject_of(struct arena *a, const char *kind, const char *ns, const char *name);
/* `message`, or for a v1 Secret a copy in `a` in which its values, and quotations of the object, are `*****`: for what an API server
 * says about an object that it refuses. */
const char *object_redact(struct arena *a, const struct value *object, const char *message);
// A list's items when `o` has a top-level list `items`, else NULL.
struct value *object_items(const struct value *o);

/* ---- label selectors ---- */
struct selector; // parsed "a=b,c!=d,e in (x,y),!f,g"
// Errors: ERR_INVALID. "" selects everything.
must_check bool selector_parse(struct arena *a, const char *text, struct selector **out, struct err *err);
// `labels` is a map of strings or NULL.
bool selector_matches(const struct selector *s, const struct value *labels);
// The text form of a LabelSelector object ({matchLabels, matchExpressions}), for a query. NULL: it selects
// nothing.
char *selector_text(struct arena *a, const struct value *label_selector);

#endif
