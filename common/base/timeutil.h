// SPDX-License-Identifier: Apache-2.0
/* Time and durations. `_ns` are nanoseconds; `deadline_ns` is on the monotonic clock; `_at` is wall clock
 * since 1970. */
#ifndef BASE_TIMEUTIL_H
#define BASE_TIMEUTIL_H

#include "common/base/err.h"

#define NS_PER_US 1000LL
#define NS_PER_MS 1000000LL
#define NS_PER_S 1000000000LL
#define NS_PER_MIN (60 * NS_PER_S)
#define NS_PER_HOUR (60 * NS_PER_MIN)

int64_t now_mono_ns(void);
int64_t now_wall_ns(void);

/* Parse a Go duration such as "1h30m" or "-1.5s".
 *
 * out_ns  nanoseconds; untouched on failure
 * Errors  ERR_INVALID, in Go's own words ("time: unknown unit \"d\" in duration \"1d\"")
 * Flux    metav1.Duration -> time.ParseDuration (Go, src/time/format.go)
 */
must_check bool duration_parse(const char *text, int64_t *out_ns, struct err *err);
// As Go's Duration.String: "1h30m0s", "4m30s", "176.163666ms", "0s".
char *duration_fmt(struct arena *a, int64_t ns);
// kubectl's short age: "5s", "3m20s", "4h", "2d3h".
char *duration_human(struct arena *a, int64_t ns);

// "2026-11-24T10:00:00Z", as metav1.Time is written.
char *time_fmt_rfc3339(struct arena *a, int64_t wall_ns);
// With six digits, as metav1.MicroTime.
char *time_fmt_micro(struct arena *a, int64_t wall_ns);
// With nanoseconds without trailing zeros and the local zone's offset, as Go's time.RFC3339Nano.
char *time_fmt_rfc3339nano(struct arena *a, int64_t wall_ns);
// Any RFC 3339 time, with fraction and offset. Errors: ERR_INVALID.
must_check bool time_parse_rfc3339(const char *text, int64_t *out_wall_ns, struct err *err);

#endif
