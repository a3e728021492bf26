// SPDX-License-Identifier: Apache-2.0
// The work queue with time as a parameter.
#include "tests/unit/check.h"

#include "common/base/timeutil.h"
#include "common/runtime/queue.h"

#include <pthread.h>
#include <stdio.h>

enum { CREATED = 1, SOURCE = 2, TIMER = 4 };

static const unsigned one[] = { 1, 1 }, many[] = { 100, 100 };

static struct queue *new_queue(void) {
    return queue_new(&(struct queue_config) { .timed_wakes = TIMER });
}

static struct queue_key key(uint32_t kind, const char *ns, const char *name) {
    return (struct queue_key) { kind, ns, name };
}

// "ns/name wake", or "-".
static const char *take(struct queue *q, int64_t now, const unsigned *limits, bool done) {
    static char text[80];
    struct queue_item item;
    if (!queue_take(q, now, limits, 2, &item, NULL))
        return "-";
    snprintf(text, sizeof text, "%s/%s %u", item.key.ns, item.key.name, item.wake);
    if (done)
        queue_done(q, &item.key, now);
    return text;
}

#define TAKES(q, now, limits, done, want)                                                                    \
    do {                                                                                                     \
        const char *got_ = take((q), (now), (limits), (done));                                               \
        check_row(want, !strcmp(got_, want), "line %d: got %s", __LINE__, got_);                             \
    } while (0)

static void test_once(void **state) {
    (void)state;
    struct queue *q = new_queue();
    struct queue_key k = key(0, "ns", "a");
    queue_add(q, &k, 10, CREATED);
    queue_add(q, &k, 5, SOURCE);
    TAKES(q, 4, many, true, "-");
    TAKES(q, 5, many, true, "ns/a 3");
    TAKES(q, 100, many, true, "-");
    queue_free(q);
    check_done();
}

// A timer that something else was earlier than has not fired.
static void test_timer_bits(void **state) {
    (void)state;
    struct queue *q = new_queue();
    struct queue_key k = key(0, "ns", "a");
    queue_add(q, &k, 1000, TIMER);
    queue_add(q, &k, 10, SOURCE);
    TAKES(q, 10, many, true, "ns/a 2");
    queue_add(q, &k, 20, TIMER);
    TAKES(q, 20, many, true, "ns/a 4");
    queue_add(q, &k, 30, SOURCE);
    queue_add(q, &k, 40, TIMER);
    TAKES(q, 50, many, true, "ns/a 2");
    queue_free(q);
    check_done();
}

static void test_again_while_busy(void **state) {
    (void)state;
    struct queue *q = new_queue();
    struct queue_key k = key(0, "ns", "a");
    queue_add(q, &k, 0, CREATED);
    TAKES(q, 0, many, false, "ns/a 1");
    queue_add(q, &k, 0, SOURCE);
    TAKES(q, 1, many, false, "-"); // a worker has it
    queue_done(q, &k, 2);
    TAKES(q, 2, many, true, "ns/a 2");
    TAKES(q, 3, many, true, "-");
    // requeued for later by its own pass, and earlier by a watch meanwhile
    queue_add(q, &k, 3, SOURCE);
    TAKES(q, 3, many, false, "ns/a 2");
    queue_add(q, &k, 900, TIMER);
    queue_add(q, &k, 4, SOURCE);
    queue_done(q, &k, 5);
    TAKES(q, 5, many, true, "ns/a 2");
    queue_free(q);
    check_done();
}

static void test_backoff(void **state) {
    (void)state;
    static const int64_t want_ms[] = { 750,   1500,   3000,   6000,   12000,  24000, 48000,
                                       96000, 192000, 384000, 768000, 900000, 900000 };
    struct queue *q = new_queue();
    struct queue_key k = key(0, "ns", "a");
    int64_t now = 0;
    for (size_t i = 0; i < sizeof want_ms / sizeof *want_ms; i++) {
        int64_t got = queue_add_backoff(q, &k, now, TIMER) / NS_PER_MS;
        check_row("backoff", got == want_ms[i], "failure %zu: got %lld ms, want %lld", i + 1, (long long)got,
                  (long long)want_ms[i]);
        now += got * NS_PER_MS;
        TAKES(q, now - 1, many, false, "-");
        TAKES(q, now, many, true, "ns/a 4");
    }
    queue_forget(q, &k);
    check_row("forgotten", queue_add_backoff(q, &k, now, TIMER) == 750 * NS_PER_MS, "did not start anew");
    queue_add(q, &k, now, SOURCE); // a watch does not wait for the back-off
    TAKES(q, now, many, true, "ns/a 2");
    queue_free(q);
    check_done();
}

static void test_fair(void **state) {
    (void)state;
    struct queue *q = new_queue();
    char name[8];
    for (int i = 0; i < 100; i++) {
        snprintf(name, sizeof name, "o%d", i);
        queue_add(q, &(struct queue_key) { 0, "big", name }, 0, CREATED);
    }
    TAKES(q, 0, many, true, "big/o0 1");
    queue_add(q, &(struct queue_key) { 0, "small", "x" }, 0, CREATED);
    queue_add(q, &(struct queue_key) { 0, "small", "y" }, 0, CREATED);
    int at[2] = { -1, -1 };
    for (int i = 0; i < 6; i++) {
        const char *got = take(q, 0, many, true);
        for (int j = 0; j < 2; j++)
            if (!strcmp(got, j ? "small/y 1" : "small/x 1"))
                at[j] = i;
    }
    check_row("small namespace", at[0] >= 0 && at[0] <= 1 && at[1] >= 0 && at[1] <= 3, "served at %d and %d",
              at[0], at[1]);
    queue_free(q);
    check_done();
}

static void test_limits(void **state) {
    (void)state;
    struct queue *q = new_queue();
    for (uint32_t k = 0; k < 2; k++) {
        queue_add(q, &(struct queue_key) { k, "ns", "a" }, 0, CREATED);
        queue_add(q, &(struct queue_key) { k, "ns", "b" }, 0, CREATED);
    }
    struct queue_item first, second, third;
    assert_true(queue_take(q, 0, one, 2, &first, NULL));
    assert_true(queue_take(q, 0, one, 2, &second, NULL));
    check_row("kinds take turns", first.key.kind != second.key.kind, "both of kind %u", first.key.kind);
    check_row("limit", !queue_take(q, 0, one, 2, &third, NULL), "a third one was given");
    queue_done(q, &first.key, 1);
    check_row("free again", queue_take(q, 1, one, 2, &third, NULL), "nothing was given");
    struct queue_stats stats;
    queue_stats(q, 0, 1, &stats);
    check_row("stats", stats.busy == 1 && stats.adds == 2, "busy %zu, adds %llu", stats.busy,
              (unsigned long long)stats.adds);
    queue_done(q, &second.key, 1);
    queue_done(q, &third.key, 1);
    queue_free(q);
    check_done();
}

static void test_remove(void **state) {
    (void)state;
    struct queue *q = new_queue();
    struct queue_key a = key(0, "ns", "a"), b = key(0, "ns", "b"), c = key(0, "other", "c");
    queue_add(q, &a, 0, CREATED);
    queue_add(q, &b, 0, CREATED);
    queue_add(q, &c, 500, TIMER);
    struct queue_stats stats;
    queue_stats(q, 0, 0, &stats); // moves what is due
    queue_remove(q, &a);
    queue_remove(q, &c);
    TAKES(q, 1000, many, false, "ns/b 1");
    queue_add(q, &b, 0, SOURCE);
    queue_remove(q, &b); // gone while a worker has it
    queue_done(q, &b, 0);
    TAKES(q, 2000, many, true, "-");
    queue_free(q);
    check_done();
}

static void test_next_due(void **state) {
    (void)state;
    struct queue *q = new_queue();
    struct queue_item item;
    int64_t next = 0;
    queue_take(q, 0, many, 2, &item, &next);
    check_row("empty", next == INT64_MAX, "got %lld", (long long)next);
    for (int i = 50; i > 0; i--) {
        char name[8];
        snprintf(name, sizeof name, "o%d", i);
        queue_add(q, &(struct queue_key) { 0, "ns", name }, i * 10, TIMER);
    }
    queue_take(q, 0, many, 2, &item, &next);
    check_row("heap", next == 10, "got %lld", (long long)next);
    queue_free(q);
    check_done();
}

/* ---- threads: each key is with one worker at a time, and nothing is lost ---- */

enum { KEYS = 16, ADDS = 3000 };
struct shared {
    struct queue *q;
    _Atomic int busy[KEYS], passes, clashes, adders;
};

static void *adder(void *arg) {
    struct shared *s = arg;
    for (int i = 0; i < ADDS; i++) {
        char name[8];
        snprintf(name, sizeof name, "%d", i % KEYS);
        queue_add(s->q, &(struct queue_key) { 0, i % 2 ? "x" : "y", name }, 0, SOURCE);
    }
    s->adders--;
    return NULL;
}

static void *worker(void *arg) {
    struct shared *s = arg;
    struct queue_item item;
    for (;;) {
        bool last = !s->adders;
        if (!queue_take(s->q, 1, many, 1, &item, NULL)) {
            if (last)
                return NULL;
            continue;
        }
        int k = (int)strtol(item.key.name, NULL, 10);
        if (++s->busy[k] != 1)
            s->clashes++;
        s->passes++;
        s->busy[k]--;
        queue_done(s->q, &item.key, 1);
    }
}

static void test_threads(void **state) {
    (void)state;
    struct shared s = { .q = new_queue(), .adders = 2 };
    pthread_t t[5];
    for (int i = 0; i < 5; i++)
        pthread_create(&t[i], NULL, i < 2 ? adder : worker, &s);
    for (int i = 0; i < 5; i++)
        pthread_join(t[i], NULL);
    check_row("one worker per key", !s.clashes, "%d clashes", s.clashes);
    check_row("passes", s.passes >= KEYS && s.passes <= 2 * ADDS, "%d", s.passes);
    struct queue_stats stats;
    queue_stats(s.q, 0, 1, &stats);
    check_row("empty", !stats.depth && !stats.busy && !stats.delayed, "%zu %zu %zu", stats.depth, stats.busy,
              stats.delayed);
    queue_free(s.q);
    check_done();
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_once),
        cmocka_unit_test(test_timer_bits),
        cmocka_unit_test(test_again_while_busy),
        cmocka_unit_test(test_backoff),
        cmocka_unit_test(test_fair),
        cmocka_unit_test(test_limits),
        cmocka_unit_test(test_remove),
        cmocka_unit_test(test_next_due),
        cmocka_unit_test(test_threads),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
