// SPDX-License-Identifier: Apache-2.0
// One event per key and interval.
#include "notification-controller/limiter.h"

#include "common/base/timeutil.h"

static int64_t taken_at(const void *value) {
    return ((int64_t)(intptr_t)value - 1) * NS_PER_MS;
}

static void sweep(struct limiter *l, int64_t now_ns) {
    if (now_ns - l->swept_ns < l->interval_ns)
        return;
    const char *key;
    void *value;
    for (size_t i = 0; map_next(&l->taken, &i, &key, &value);)
        if (now_ns - taken_at(value) >= l->interval_ns)
            map_remove(&l->taken, key);
    l->swept_ns = now_ns;
}

bool limiter_take(struct limiter *l, const char *key, int64_t now_ns, int64_t *reset_ns) {
    sweep(l, now_ns);
    void *before = map_get(&l->taken, key);
    if (before && now_ns - taken_at(before) < l->interval_ns) {
        *reset_ns = taken_at(before) + l->interval_ns;
        return false;
    }
    *reset_ns = now_ns + l->interval_ns;
    if (before || l->taken.count < LIMITER_KEYS)
        map_set(&l->taken, key, (void *)(intptr_t)(now_ns / NS_PER_MS + 1));
    return true;
}

void limiter_done(struct limiter *l) {
    map_done(&l->taken);
}
