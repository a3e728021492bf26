// SPDX-License-Identifier: Apache-2.0
/* Names: what the API server accepts as names, label keys and values, and its words for what it does not.
 *
 * Each returns NULL when the text is fine, else the reason, in `a`. Where Kubernetes gives several reasons, the first.
 * Source: k8s.io/apimachinery pkg/util/validation.
 */
#ifndef SANDBOX_NAMES_H
#define SANDBOX_NAMES_H

#include "deploy/local/sandbox/resource.h"
#include "deploy/local/sandbox/status.h"

const char *name_dns_label(struct arena *a, struct str s);     // RFC 1123 label
const char *name_dns_subdomain(struct arena *a, struct str s); // RFC 1123 subdomain
const char *name_dns1035_label(struct arena *a, struct str s);
const char *name_path_segment(struct arena *a, struct str s);
const char *name_qualified(struct arena *a, struct str s); // "example.com/name": label keys, finalizers
const char *name_label_value(struct arena *a, struct str s);
const char *name_config_key(struct arena *a, struct str s); // keys of ConfigMaps and Secrets
const char *name_port(struct arena *a, struct str s);       // IANA service name
const char *name_env(struct arena *a, struct str s);

// The name of an object of this resource, by its rule.
const char *name_of_resource(struct arena *a, const struct resource *r, struct str s);

/* metadata of an object that is created, and of one that is updated (`old`: the stored object's metadata). */
void meta_validate(const struct resource *r, const struct value *meta, struct field_errors *fe);
void meta_validate_update(const struct value *meta, const struct value *old, struct field_errors *fe);
// Labels alone, as in a pod template.
void labels_validate(const struct value *labels, const char *field, struct field_errors *fe);
void annotations_validate(const struct value *annotations, const char *field, struct field_errors *fe);

#endif
