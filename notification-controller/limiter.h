// SPDX-License-Identifier: Apache-2.0
/* Limiter: one event per key and interval. Time is a parameter. Loop thread.
 * Limits: LIMITER_KEYS; when they are all in use, an unknown key passes without being remembered.
 * Flux: notification-controller/internal/server/event_server.go (sethvargo/go-limiter, one token per interval) */
#ifndef NOTIFICATION_LIMITER_H
#define NOTIFICATION_LIMITER_H

#include "common/base/map.h"

#define LIMITER_KEYS 20000

struct limiter {
    int64_t interval_ns;
    int64_t swept_ns;
    struct map taken; // key -> (void *)(milliseconds + 1) when its token was taken
};

// true: take it. *reset_ns: when the next one passes (same clock as now_ns).
bool limiter_take(struct limiter *l, const char *key, int64_t now_ns, int64_t *reset_ns);
void limiter_done(struct limiter *l);

#endif
