// SPDX-License-Identifier: Apache-2.0
/* Is a webhook from whom it should be? One row per receiver type.
 *
 * How to add one: a check function and its row in hook_verify.c; cases in tests/unit.
 * Pure: the request's parts and the Secret's token in, yes or an error out. MACs are compared in constant time.
 * Flux: notification-controller/internal/server/receiver_handlers.go (validate); contract/notification.md 7.1
 */
#ifndef NOTIFICATION_HOOK_VERIFY_H
#define NOTIFICATION_HOOK_VERIFY_H

#include "common/base/err.h"

struct hook_header {
    const char *name, *value;
};

struct hook_request {
    struct str body;
    const struct hook_header *headers; // those in hook_headers[] that came; ends with name NULL
};
extern const char *const hook_headers[]; // all that any type looks at; NULL-terminated

bool hook_type_supported(const char *type);
/* token: bytes of the Secret's key. events: NULL-terminated; empty = all.
 * Errors: ERR_AUTH, ERR_INVALID, ERR_UNSUPPORTED (names the type). */
must_check bool hook_verify(struct arena *a, const char *type, const struct hook_request *req,
                            struct str token, const char *const *events, struct err *err);

#endif
