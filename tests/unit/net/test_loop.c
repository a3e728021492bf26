// SPDX-License-Identifier: Apache-2.0
// The loop: order of timers and posted calls, descriptors that come and go inside of callbacks, signals.
#include "common/net/loop.h"
#include "common/base/buf.h"
#include "common/base/timeutil.h"
#include "tests/unit/check.h"

#include <pthread.h>
#include <signal.h>
#include <sys/epoll.h>
#include <unistd.h>

struct trail {
    struct loop *l;
    struct buf text;
    struct loop_timer *victim;
    struct loop_fd *a, *b;
    int signals;
};

static struct trail trail;
static char taken_back[] = "taken back";

// Notes are texts, callbacks take void *.
#define TEXT(literal) ((void *)(uintptr_t)(literal))

static void note(void *arg) {
    buf_puts(&trail.text, arg);
}

static void stop(void *arg) {
    note(arg);
    loop_stop(trail.l);
}

static void cancel_victim(void *arg) {
    note(arg);
    loop_timer_cancel(trail.victim);
}

static void begin(void) {
    trail = (struct trail) { .l = loop_new() };
}

static void end(const char *want) {
    loop_run(trail.l);
    assert_string_equal(trail.text.p, want);
    loop_free(trail.l);
    buf_done(&trail.text);
}

static void test_timers(void **state) {
    (void)state;
    begin();
    int64_t now_ns = now_mono_ns();
    loop_timer_add(trail.l, now_ns + 3 * NS_PER_MS, note, TEXT("c"));
    loop_timer_add(trail.l, now_ns + 1 * NS_PER_MS, cancel_victim, TEXT("a"));
    loop_timer_add(trail.l, now_ns + 1 * NS_PER_MS, note, TEXT("b"));
    trail.victim = loop_timer_add(trail.l, now_ns + 2 * NS_PER_MS, note, TEXT("never"));
    loop_timer_add(trail.l, now_ns + 4 * NS_PER_MS, stop, TEXT("d"));
    loop_timer_add(trail.l, now_ns + 9 * NS_PER_S, note, TEXT("freed with the loop"));
    end("abcd");
}

// Timers are a heap: many, in random order, some cancelled, come in order.
static int64_t last_ns;
static int n_fired;

static void in_order(void *arg) {
    int64_t at_ns = *(int64_t *)arg;
    assert_true(at_ns >= last_ns);
    last_ns = at_ns;
    n_fired++;
}

static void test_many_timers(void **state) {
    (void)state;
    begin();
    static int64_t at_ns[2000];
    static struct loop_timer *timers[2000];
    int64_t now_ns = now_mono_ns();
    unsigned seed = 7;
    last_ns = n_fired = 0;
    for (size_t i = 0; i < countof(at_ns); i++) {
        at_ns[i] = now_ns - (int64_t)(rand_r(&seed) % 1000000);
        timers[i] = loop_timer_add(trail.l, at_ns[i], in_order, &at_ns[i]);
    }
    for (size_t i = 0; i < countof(at_ns); i += 3)
        loop_timer_cancel(timers[i]);
    loop_timer_add(trail.l, now_ns + NS_PER_MS, stop, TEXT("end"));
    end("end");
    assert_int_equal(n_fired, 2000 - 667);
}

static void *post_many(void *arg) {
    for (int i = 0; i < 1000; i++)
        loop_post(trail.l, note, arg);
    return NULL;
}

static void post_again(void *arg) {
    note(arg);
    loop_post(trail.l, stop, TEXT("2"));
}

static void unpost_next(void *arg) {
    note(arg);
    loop_unpost(trail.l, note, taken_back);
}

static void test_posts(void **state) {
    (void)state;
    begin();
    loop_post(trail.l, note, TEXT("0"));
    loop_unpost(trail.l, note, taken_back); // not posted yet
    loop_post(trail.l, unpost_next, TEXT("u"));
    loop_post(trail.l, note, taken_back);
    loop_post(trail.l, post_again, TEXT("1"));
    end("0u12");
    begin();
    pthread_t t[4];
    for (size_t i = 0; i < countof(t); i++)
        pthread_create(&t[i], NULL, post_many, TEXT("x"));
    for (size_t i = 0; i < countof(t); i++)
        pthread_join(t[i], NULL);
    loop_post(trail.l, stop, TEXT(""));
    loop_run(trail.l);
    assert_int_equal(trail.text.n, 4000);
    loop_post(trail.l, note, TEXT("never")); // dropped with the loop
    loop_free(trail.l);
    buf_done(&trail.text);
}

static void remove_both(void *arg, int fd, uint32_t events) {
    (void)arg, (void)fd, (void)events;
    note(TEXT("r"));
    loop_fd_remove(trail.a); // one of them is the one running, the other is in the same batch
    loop_fd_remove(trail.b);
    loop_post(trail.l, stop, TEXT("s"));
}

static void test_fds_removed_in_callbacks(void **state) {
    (void)state;
    begin();
    int one[2], two[2];
    assert_int_equal(pipe(one) + pipe(two), 0);
    assert_int_equal(write(one[1], "x", 1) + write(two[1], "x", 1), 2);
    trail.a = loop_fd_add(trail.l, one[0], EPOLLIN, remove_both, NULL);
    trail.b = loop_fd_add(trail.l, two[0], EPOLLIN, remove_both, NULL);
    end("rs");
    close(one[0]), close(one[1]), close(two[0]), close(two[1]);
}

static void on_signal(void *arg, int signal) {
    note(TEXT(signal == SIGUSR1 ? "usr1" : "term"));
    if (signal == SIGTERM)
        loop_stop(arg);
}

static void test_signals(void **state) {
    (void)state;
    begin();
    static const int signals[] = { SIGUSR1, SIGTERM };
    loop_signals(trail.l, signals, countof(signals), on_signal, trail.l);
    kill(getpid(), SIGUSR1);
    kill(getpid(), SIGTERM);
    end("usr1term");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_timers),  cmocka_unit_test(test_many_timers),
        cmocka_unit_test(test_posts),   cmocka_unit_test(test_fds_removed_in_callbacks),
        cmocka_unit_test(test_signals),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
