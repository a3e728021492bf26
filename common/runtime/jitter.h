// SPDX-License-Identifier: Apache-2.0
// Jitter: interval * (1 +- random * percent/100), never negative. Flux: pkg/runtime/jitter.
#ifndef RUNTIME_JITTER_H
#define RUNTIME_JITTER_H

#include "common/base/base.h"

// random01 in [0, 1): a parameter, so that tests are exact. percent 0..99.
int64_t jitter_apply(int64_t interval_ns, int64_t percent, double random01);
// Random in [0, 1).
double jitter_random(void);

#endif
