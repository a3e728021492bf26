// SPDX-License-Identifier: Apache-2.0
// Jittered intervals.
#include "common/runtime/jitter.h"

#include <sys/random.h>

int64_t jitter_apply(int64_t interval_ns, int64_t percent, double random01) {
    if (interval_ns <= 0 || percent <= 0)
        return interval_ns;
    double share = (double)percent / 100.0 * (2.0 * random01 - 1.0);
    int64_t result = interval_ns + (int64_t)((double)interval_ns * share);
    return result < 0 ? 0 : result;
}

double jitter_random(void) {
    uint64_t bits = 0;
    if (getrandom(&bits, sizeof bits, GRND_NONBLOCK) != sizeof bits)
        bits = 1ull << 63; // early boot: no jitter is better than waiting
    return (double)(bits >> 11) / 9007199254740992.0;
}
