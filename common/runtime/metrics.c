// SPDX-License-Identifier: Apache-2.0
// Metric registry and its text form.
#include "common/runtime/metrics.h"

#include "common/base/map.h"

#include <math.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>

// Flux: prometheus.ExponentialBucketsRange(10e-3, 1800, 10)
const double metric_reconcile_buckets[] = { 0.01,
                                            0.038363583488692544,
                                            0.1471764538093883,
                                            0.5646216173286169,
                                            2.166090855590701,
                                            8.309900738254731,
                                            31.87975707547831,
                                            122.3021722164349,
                                            469.1949594673653,
                                            1799.9999999999982,
                                            0 };

struct series {
    char *labels[METRIC_LABELS]; // values
    double value;                // counter, gauge; histogram: sum
    uint64_t count;
    uint64_t *buckets; // histogram: not cumulated
};

struct family {
    const struct metric *metric;
    struct map series; // label values joined with \x1f -> struct series
    size_t n_labels, n_buckets;
    const double *bounds;
};

struct metrics {
    pthread_mutex_t lock; // guards all below; a leaf
    struct map families;  // name -> struct family
    uint64_t dropped;
};

struct metrics *metrics_new(void) {
    struct metrics *m = calloc(1, sizeof *m);
    if (!m)
        abort();
    pthread_mutex_init(&m->lock, NULL);
    return m;
}

static void series_free(struct series *s) {
    for (size_t i = 0; i < METRIC_LABELS; i++)
        free(s->labels[i]);
    free(s->buckets);
    free(s);
}

void metrics_free(struct metrics *m) {
    if (!m)
        return;
    const char *key;
    void *value, *series;
    for (size_t i = 0; map_next(&m->families, &i, &key, &value);) {
        struct family *f = value;
        for (size_t j = 0; map_next(&f->series, &j, &key, &series);)
            series_free(series);
        map_done(&f->series);
        free(f);
    }
    map_done(&m->families);
    pthread_mutex_destroy(&m->lock);
    free(m);
}

static struct family *family_of(struct metrics *m, const struct metric *metric) {
    struct family *f = map_get(&m->families, metric->name);
    if (f)
        return f;
    f = calloc(1, sizeof *f);
    if (!f)
        abort();
    f->metric = metric;
    while (f->n_labels < METRIC_LABELS && metric->labels[f->n_labels])
        f->n_labels++;
    if (metric->type == METRIC_HISTOGRAM) {
        f->bounds = metric->buckets ? metric->buckets : metric_reconcile_buckets;
        while (f->bounds[f->n_buckets] > 0)
            f->n_buckets++;
    }
    map_set(&m->families, metric->name, f);
    return f;
}

static struct series *series_of(struct metrics *m, struct family *f, const char *const *values) {
    autobuf key = { 0 };
    for (size_t i = 0; i < f->n_labels; i++) {
        buf_puts(&key, values[i] ? values[i] : "");
        buf_putc(&key, '\x1f');
    }
    const char *id = key.p ? key.p : "";
    struct series *s = map_get(&f->series, id);
    if (s)
        return s;
    if (f->series.count >= METRIC_SERIES) {
        m->dropped++;
        return NULL;
    }
    s = calloc(1, sizeof *s);
    if (!s)
        abort();
    for (size_t i = 0; i < f->n_labels; i++)
        if (!(s->labels[i] = strdup(values[i] ? values[i] : "")))
            abort();
    if (f->n_buckets && !(s->buckets = calloc(f->n_buckets + 1, sizeof *s->buckets)))
        abort();
    map_set(&f->series, id, s);
    return s;
}

void metrics_declare(struct metrics *m, const struct metric *metric) {
    pthread_mutex_lock(&m->lock);
    struct family *f = family_of(m, metric);
    if (!f->n_labels)
        series_of(m, f, NULL);
    pthread_mutex_unlock(&m->lock);
}

void metrics_add_to(struct metrics *m, const struct metric *metric, double by,
                    const char *const *label_values) {
    pthread_mutex_lock(&m->lock);
    struct series *s = series_of(m, family_of(m, metric), label_values);
    if (s)
        s->value += by;
    pthread_mutex_unlock(&m->lock);
}

void metrics_set_to(struct metrics *m, const struct metric *metric, double value,
                    const char *const *label_values) {
    pthread_mutex_lock(&m->lock);
    struct series *s = series_of(m, family_of(m, metric), label_values);
    if (s)
        s->value = value;
    pthread_mutex_unlock(&m->lock);
}

void metrics_observe_to(struct metrics *m, const struct metric *metric, double value,
                        const char *const *label_values) {
    pthread_mutex_lock(&m->lock);
    struct family *f = family_of(m, metric);
    struct series *s = series_of(m, f, label_values);
    if (s) {
        size_t at = 0;
        while (at < f->n_buckets && value > f->bounds[at])
            at++;
        s->buckets[at]++;
        s->count++;
        s->value += value;
    }
    pthread_mutex_unlock(&m->lock);
}

static bool series_matches(const struct family *f, const struct series *s, const char *const *pairs) {
    for (size_t i = 0; pairs[i]; i += 2) {
        bool same = false;
        for (size_t l = 0; l < f->n_labels; l++)
            same |= !strcmp(f->metric->labels[l], pairs[i]) && !strcmp(s->labels[l], pairs[i + 1]);
        if (!same)
            return false;
    }
    return true;
}

void metrics_remove(struct metrics *m, const struct metric *metric, ...) {
    const char *pairs[2 * METRIC_LABELS + 2] = { 0 };
    va_list ap;
    va_start(ap, metric);
    for (size_t n = 0; n + 2 < countof(pairs); n += 2) {
        const char *label = va_arg(ap, const char *);
        if (!label)
            break;
        pairs[n] = label;
        pairs[n + 1] = va_arg(ap, const char *);
    }
    va_end(ap);
    pthread_mutex_lock(&m->lock);
    struct family *f = family_of(m, metric);
    const char *key;
    void *value;
    for (size_t i = 0; map_next(&f->series, &i, &key, &value);) {
        if (!series_matches(f, value, pairs))
            continue;
        map_remove(&f->series, key);
        series_free(value);
    }
    pthread_mutex_unlock(&m->lock);
}

double metrics_get(struct metrics *m, const struct metric *metric, const char *const *label_values) {
    pthread_mutex_lock(&m->lock);
    struct family *f = family_of(m, metric);
    struct series *s = series_of(m, f, label_values);
    double v = !s ? 0 : metric->type == METRIC_HISTOGRAM ? (double)s->count : s->value;
    pthread_mutex_unlock(&m->lock);
    return v;
}

/* ---- text ---- */

static void put_escaped(struct buf *out, const char *text, bool quote) {
    for (; *text; text++) {
        if (*text == '\\')
            buf_puts(out, "\\\\");
        else if (*text == '\n')
            buf_puts(out, "\\n");
        else if (*text == '"' && quote)
            buf_puts(out, "\\\"");
        else
            buf_putc(out, *text);
    }
}

static void put_number(struct buf *out, double v) {
    if (v == floor(v) && fabs(v) < 1e15) {
        buf_fmt(out, "%.0f", v);
        return;
    }
    char text[40];
    for (int digits = 6; digits <= 17; digits++) { // the shortest that reads back as the same number
        snprintf(text, sizeof text, "%.*g", digits, v);
        if (strtod(text, NULL) == v)
            break;
    }
    buf_puts(out, text);
}

static void put_line(struct buf *out, const struct family *f, const struct series *s, const char *suffix,
                     const char *le, double value) {
    buf_fmt(out, "%s%s", f->metric->name, suffix);
    if (f->n_labels || le) {
        buf_putc(out, '{');
        for (size_t i = 0; i < f->n_labels; i++) {
            buf_fmt(out, "%s%s=\"", i ? "," : "", f->metric->labels[i]);
            put_escaped(out, s->labels[i], true);
            buf_putc(out, '"');
        }
        if (le)
            buf_fmt(out, "%sle=\"%s\"", f->n_labels ? "," : "", le);
        buf_putc(out, '}');
    }
    buf_putc(out, ' ');
    put_number(out, value);
    buf_putc(out, '\n');
}

static void put_histogram(struct buf *out, const struct family *f, const struct series *s) {
    uint64_t sum = 0;
    for (size_t i = 0; i < f->n_buckets; i++) {
        autobuf le = { 0 };
        put_number(&le, f->bounds[i]);
        sum += s->buckets[i];
        put_line(out, f, s, "_bucket", le.p, (double)sum);
    }
    put_line(out, f, s, "_bucket", "+Inf", (double)s->count);
    put_line(out, f, s, "_sum", NULL, s->value);
    put_line(out, f, s, "_count", NULL, (double)s->count);
}

static int by_name(const void *x, const void *y) {
    return strcmp((*(struct family *const *)x)->metric->name, (*(struct family *const *)y)->metric->name);
}

static void put_family(struct buf *out, const struct family *f) {
    static const char *const types[] = { "counter", "gauge", "histogram" };
    buf_fmt(out, "# HELP %s ", f->metric->name);
    put_escaped(out, f->metric->help, false);
    buf_fmt(out, "\n# TYPE %s %s\n", f->metric->name, types[f->metric->type]);
    const char *key;
    void *value;
    for (size_t i = 0; map_next(&f->series, &i, &key, &value);) {
        if (f->metric->type == METRIC_HISTOGRAM)
            put_histogram(out, f, value);
        else
            put_line(out, f, value, "", NULL, ((struct series *)value)->value);
    }
}

void metrics_write(struct metrics *m, struct buf *out) {
    autoarena a = { 0 };
    const char *key;
    void *value;
    size_t n = 0;
    pthread_mutex_lock(&m->lock);
    struct family **all = arena_array(&a, struct family *, m->families.count);
    for (size_t i = 0; map_next(&m->families, &i, &key, &value);)
        all[n++] = value;
    qsort(all, n, sizeof *all, by_name);
    for (size_t i = 0; i < n; i++)
        put_family(out, all[i]);
    pthread_mutex_unlock(&m->lock);
}
