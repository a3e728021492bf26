// SPDX-License-Identifier: Apache-2.0
/* Metrics in Prometheus' text format. What exists is a const table; values live in a registry.
 *
 *     static const struct metric git_fetches = { "runnel_git_fetches_total", "Fetches by result.",
 * METRIC_COUNTER, { "result" } }; metrics_add(runtime_metrics(rt), &git_fetches, 1, "noop");
 *
 * Label values follow in the order of metric.labels, all const char *. Series limit per metric: METRIC_SERIES
 * (more are dropped and counted). Threads any (one lock, a leaf).
 */
#ifndef RUNTIME_METRICS_H
#define RUNTIME_METRICS_H

#include "common/base/buf.h"

#define METRIC_LABELS 6
#define METRIC_SERIES 20000

enum metric_type { METRIC_COUNTER, METRIC_GAUGE, METRIC_HISTOGRAM };

struct metric {
    const char *name, *help;
    enum metric_type type;
    const char *labels[METRIC_LABELS];
    const double *buckets; // histogram: upper bounds, ends with 0; NULL = metric_reconcile_buckets
};
extern const double metric_reconcile_buckets[]; // 0.01 ... 1800, ten exponential ones

struct metrics;
struct metrics *metrics_new(void);
void metrics_free(struct metrics *m);
// Shows the metric's HELP and TYPE even without series. Adding a value does it, too.
void metrics_declare(struct metrics *m, const struct metric *metric);
#define metrics_add(m, metric, v, ...)                                                                       \
    metrics_add_to((m), (metric), (v), (const char *const[METRIC_LABELS]) { __VA_ARGS__ })
#define metrics_set(m, metric, v, ...)                                                                       \
    metrics_set_to((m), (metric), (v), (const char *const[METRIC_LABELS]) { __VA_ARGS__ })
#define metrics_observe(m, metric, v, ...)                                                                   \
    metrics_observe_to((m), (metric), (v), (const char *const[METRIC_LABELS]) { __VA_ARGS__ })
void metrics_add_to(struct metrics *m, const struct metric *metric, double by,
                    const char *const *label_values);
void metrics_set_to(struct metrics *m, const struct metric *metric, double value,
                    const char *const *label_values);
void metrics_observe_to(struct metrics *m, const struct metric *metric, double value,
                        const char *const *label_values);
// Removes all series in which each given label has that value; pairs "kind", "Alert", "name", "x", NULL.
void metrics_remove(struct metrics *m, const struct metric *metric, ...) __attribute__((sentinel));
double metrics_get(struct metrics *m, const struct metric *metric,
                   const char *const *label_values); // histogram: count. For tests
void metrics_write(struct metrics *m, struct buf *out);

#endif
