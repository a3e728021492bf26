// SPDX-License-Identifier: Apache-2.0
/* Control: the endpoint /sandbox/ with which tests make faults, count requests, close watches and move the clock.
 *
 *   POST   /sandbox/faults     {"method","path","userAgent" (globs with *), "skip", "count" (0 = for ever), and one or more of
 *                               "delayMs", "status" (+ "reason", "message", "retryAfter"), "drop": true, "hang": true}
 *   GET    /sandbox/faults     the faults with their hits;  DELETE: none any more
 *   POST   /sandbox/freeze     nothing is answered until POST /sandbox/thaw
 *   POST   /sandbox/watches    {"resource": "pods", "mode": "end" | "expired" | "abort" | "bookmark"}
 *   POST   /sandbox/compact    forgets the log of changes
 *   POST   /sandbox/clock      {"advanceSeconds": n}
 *   GET    /sandbox/counters   {"total", "unanswered", "maxInFlight", "byVerb", "byResource", "byAgent"}; DELETE: from zero
 *   GET    /sandbox/requests   the last requests: method, path, query, agent, code; DELETE: from zero
 * Threads: the loop's.
 */
#ifndef SANDBOX_CONTROL_H
#define SANDBOX_CONTROL_H

#include "deploy/local/sandbox/call.h"

struct faults *faults_new(struct sandbox *sb);
void faults_free(struct faults *f);
/* true: a fault (or the freeze) has taken the exchange; it is answered, or handled later through api_handle_now. */
bool faults_take(struct faults *f, struct http_exchange *x);
// true: it was a control request.
bool control_handle(struct sandbox *sb, struct http_exchange *x);
// A request begins and ends (with that code): counters and the log of requests.
void counters_begin(struct faults *f);
void counters_end(struct faults *f, const struct call *c);

#endif
