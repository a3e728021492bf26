// SPDX-License-Identifier: Apache-2.0
/* CEL filters of Receivers: may this resource be asked to reconcile by this request?
 *
 * Variables: res (the resource's apiVersion, kind and metadata), req (the request's JSON body; empty for other content types).
 * Flux: notification-controller/internal/server/cel.go; contract/notification.md 7.3
 */
#ifndef NOTIFICATION_HOOK_FILTER_H
#define NOTIFICATION_HOOK_FILTER_H

#include "common/cel/cel.h"
#include "notification-controller/alert.h"
#include "notification-controller/hook_verify.h"

// Text "": *out NULL. Errors: ERR_INVALID, CEL's words.
must_check bool hook_filter_compile(struct arena *a, const char *text, struct cel_expression **out,
                                    struct err *err);
// `req`. Errors: ERR_INVALID (the JSON body is no object).
must_check bool hook_filter_request(struct arena *a, const struct hook_request *req, struct value **out,
                                    struct err *err);
// true when each filter (NULL: none) says so of the object. Errors: those of the evaluation.
must_check bool hook_filter_accepts(struct arena *a, struct cel_expression *const filters[2],
                                    const struct value *object, const char *api_version, const char *kind,
                                    struct value *request, bool *out, struct err *err);

#endif
