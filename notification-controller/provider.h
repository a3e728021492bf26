// SPDX-License-Identifier: Apache-2.0
/* Providers: where notifications go. The kind (static, with a finalizer), its settings with their Secrets, and the sending.
 * Flux: notification-controller/internal/controller/provider_controller.go, internal/server/event_handlers.go (createNotifier),
 * internal/notifier/client.go */
#ifndef NOTIFICATION_PROVIDER_H
#define NOTIFICATION_PROVIDER_H

#include "common/runtime/task.h"
#include "notification-controller/notice.h"

#define PROVIDER_TEXT_MAX 2048 // address, proxy, channel, username

struct provider {
    const struct value *object;
    const char *ns, *name, *uid, *type;
    const char *channel, *username, *password, *address, *token; // "" = none
    const char *proxy;                                           // NULL = none: that of the environment
    const struct value *headers;                                 // map of strings or NULL
    struct http_tls tls;
    bool has_tls, suspend;
    int64_t timeout_ns;
    const char *commit_status_expr, *service_account;
};

extern const struct kind kind_provider;

/* Read a Provider and its Secrets. Waits for requests.
 * Errors  ERR_NOT_FOUND `failed to read provider: ...`; ERR_INVALID for Secrets that do not fit; what the API server says. */
must_check bool provider_load(struct runtime *rt, struct arena *a, const char *ns, const char *name,
                              struct provider *out, struct err *err);
// The part that needs no request: secrets are decoded maps or NULL. For tests.
must_check bool provider_apply_secret(struct arena *a, struct provider *p, const struct value *secret,
                                      struct err *err);
must_check bool provider_apply_proxy(struct arena *a, struct provider *p, const struct value *secret,
                                     struct err *err);
must_check bool provider_apply_certs(struct arena *a, struct provider *p, const struct value *secret,
                                     struct err *err);

// One HTTP request that tells something.
struct post {
    const char *method; // NULL = POST
    const char *url;
    const char *
        *headers; // "Name: value", NULL-terminated; Content-Type: application/json unless it is among them
    size_t n_headers, cap_headers;
    struct str body;
    const char *bearer;
    bool no_tls, no_proxy; // this type does not use the provider's
    // Looks into an answer of 2xx; NULL: it is good.
    bool (*check)(struct arena *a, const struct http_response *response, struct err *err);
};
void post_header(struct arena *a, struct post *p, const char *name, const char *value);

// The cause of a failed request without the address, which is a secret as a rule: `Post "https://...": connection refused`.
const char *post_cause(const char *message);
/* Send with retries: up to 4, after 2 s doubling to 30 s, on connection errors, 429 and 5xx but 501, all within the provider's
 * timeout; Retry-After is honoured. On a worker.
 * Errors  `postMessage failed: request failed with status code 500: body`,
 *         `postMessage failed: failed to execute request: context deadline exceeded` */
must_check bool post_send(struct task *t, const struct provider *p, const struct post *post, struct err *err);

#endif
