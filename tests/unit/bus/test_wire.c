// SPDX-License-Identifier: Apache-2.0
// Frames, windows and the ring: the parts of the bus that need no network.
#include "common/bus/ring.h"
#include "common/bus/window.h"
#include "common/base/file.h"
#include "tests/unit/check.h"

#include <sodium.h>
#include <unistd.h>

static const uint8_t key[KEY_BYTES] = "0123456789abcdef0123456789abcde", other_key[KEY_BYTES] = "another";
static const uint8_t boot[BOOT_BYTES] = "boot-boot-boot-", other_boot[BOOT_BYTES] = "tobo-tobo-tobo-";

/* ---- frames ---- */

static void test_seal(void **state) {
    (void)state;
    autobuf sealed = { 0 };
    autobuf plain = { 0 };
    uint8_t nonce[NONCE_BYTES], bound[NONCE_BYTES] = "the request";
    enum frame_kind kind;
    frame_seal(key, FRAME_REPLY, bound, STR("contents"), &sealed, nonce);
    assert_int_equal(sealed.n, SEAL_BYTES + 8);
    assert_memory_equal(frame_nonce(buf_str(&sealed)), nonce, NONCE_BYTES);
    assert_true(frame_open(key, buf_str(&sealed), bound, &kind, &plain));
    assert_int_equal(kind, FRAME_REPLY);
    assert_true(str_is(buf_str(&plain), "contents"));
    assert_false(frame_open(other_key, buf_str(&sealed), bound, &kind, &plain));
    assert_false(frame_open(key, buf_str(&sealed), nonce, &kind, &plain)); // the answer to another question
    for (size_t i = 0; i < sealed.n; i++) {
        sealed.p[i] ^= 1;
        check_row("flipped", !frame_open(key, buf_str(&sealed), bound, &kind, &plain), "byte %zu", i);
        sealed.p[i] ^= 1;
        check_row("cut", !frame_open(key, str_make(sealed.p, i), bound, &kind, &plain), "at %zu", i);
    }
    buf_clear(&sealed);
    frame_seal(key, FRAME_MESSAGE, NULL, STR(""), &sealed, NULL);
    assert_true(frame_open(key, buf_str(&sealed), bound, &kind, &plain)); // only replies are bound
    sealed.p[4] = FRAME_HEARTBEAT;
    assert_false(frame_open(key, buf_str(&sealed), bound, &kind, &plain));
    check_done();
}

static void test_publication(void **state) {
    (void)state;
    autobuf b = { 0 };
    struct publication p = { .name = STR("source-controller"),
                             .boot = boot,
                             .message = { .sequence = 77,
                                          .at_ns = -5,
                                          .topic = STR("artifact/GitRepository/ns/x"),
                                          .payload = STR("{}\0x") } },
                       q;
    publication_put(&b, &p);
    assert_true(publication_parse(buf_str(&b), &q));
    assert_true(str_eq(p.name, q.name) && !memcmp(p.boot, q.boot, BOOT_BYTES));
    assert_true(q.message.sequence == 77 && q.message.at_ns == -5);
    assert_true(str_eq(p.message.topic, q.message.topic) && str_eq(p.message.payload, q.message.payload));
    for (size_t n = 0; n < b.n - p.message.payload.n; n++)
        assert_false(publication_parse(str_make(b.p, n), &q));
}

static void test_request_and_reply(void **state) {
    (void)state;
    autobuf b = { 0 };
    static struct request r, got;
    r = (struct request) { .name = STR("n"), .oldest_at_ns = 9, .n_known = KNOWN_MAX };
    for (size_t i = 0; i < KNOWN_MAX; i++)
        r.known[i] = (struct position) {
            .boot = "b", .fresh = i % 2, .highest = i, .missing = { { 1, i + 1 } }, .n_missing = 1
        };
    request_put(&b, &r);
    assert_true(request_parse(buf_str(&b), &got));
    assert_true(got.n_known == KNOWN_MAX && got.known[63].missing[0].to == 64 && got.known[63].fresh);
    for (size_t n = 0; n < b.n; n += 7)
        assert_false(request_parse(str_make(b.p, n), &got));
    buf_putc(&b, 0);
    assert_false(request_parse(buf_str(&b), &got)); // more than there may be
    buf_clear(&b);
    struct message m = { .sequence = 5, .at_ns = 6, .topic = STR("t"), .payload = STR("pp") }, back;
    struct reply reply = { .name = STR("n"), .boot = boot, .floor = 3, .more = true, .n = 2 }, again;
    reply_put(&b, &reply);
    size_t head = b.n;
    reply_put_message(&b, &m);
    assert_int_equal(b.n - head, reply_message_bytes(&m));
    assert_false(reply_parse(buf_str(&b), &again)); // one is missing
    reply_put_message(&b, &m);
    assert_true(reply_parse(buf_str(&b), &again));
    assert_true(again.more && again.floor == 3 && again.n == 2);
    assert_true(reply_next(&again.messages, &back) && back.sequence == 5 && str_is(back.payload, "pp"));
    assert_true(reply_next(&again.messages, &back) && !reply_next(&again.messages, &back));
}

/* ---- windows ---- */

static const char *show(struct arena *a, const struct window *w) {
    struct position p;
    window_position(w, &p);
    char *text = arena_fmt(a, "%llu..%llu", (unsigned long long)w->base, (unsigned long long)p.highest);
    for (size_t i = 0; i < p.n_missing; i++)
        text = arena_fmt(a, "%s %llu-%llu", text, (unsigned long long)p.missing[i].from,
                         (unsigned long long)p.missing[i].to);
    return text;
}

static void test_window(void **state) {
    (void)state;
    static const struct {
        char what; // a: add, e: expect, g: give up below
        uint64_t n, missed;
        const char *want;
    } steps[] = {
        { 'a', 1, 0, "1..1" },
        { 'a', 3, 0, "1..3 2-2" },
        { 'a', 7, 0, "1..7 2-2 4-6" },
        { 'a', 2, 0, "3..7 4-6" },
        { 'e', 9, 0, "3..9 4-6 8-9" },
        { 'g', 6, 2, "5..9 6-6 8-9" },
        { 'a', 6, 0, "7..9 8-9" },
        { 'g', 1, 0, "7..9 8-9" },
        { 'g', 12, 4, "11..11" },
        { 'a', 11 + WINDOW_BITS, 0, "11..32779 12-32778" },
        { 'a', 12 + WINDOW_BITS, 1, "12..32780 13-32778" },
        { 'a', 13 + WINDOW_BITS + 1000000, WINDOW_BITS - 2 + 1000000 - WINDOW_BITS + 1,
          "1000013..1032781 1000014-1032780" },
    };
    autoarena a = { 0 };
    struct err err = { .a = &a };
    struct windows *ws = NULL;
    assert_true(windows_open(NULL, &ws, &err));
    struct window *w = windows_get(ws, boot);
    assert_true(w->fresh);
    for (size_t i = 0; i < countof(steps); i++) {
        uint64_t missed = steps[i].what == 'a'   ? window_add(w, steps[i].n)
                          : steps[i].what == 'e' ? window_expect(w, steps[i].n)
                                                 : window_give_up(w, steps[i].n);
        const char *got = show(&a, w);
        check_row(steps[i].want, text_eq(got, steps[i].want), "step %zu: got %s", i, got);
        check_row(steps[i].want, missed == steps[i].missed, "step %zu: missed %llu", i,
                  (unsigned long long)missed);
    }
    assert_true(window_has(w, 1032781) && !window_has(w, 1032780) && window_has(w, 5));
    windows_close(ws);
    check_done();
}

// A random walk against a plain array.
static void test_window_at_random(void **state) {
    (void)state;
    enum { N = 100000 };
    static uint8_t have[N + 1];
    memset(have, 0, sizeof have);
    autoarena a = { 0 };
    struct err err = { .a = &a };
    struct windows *ws = NULL;
    assert_true(windows_open(NULL, &ws, &err));
    struct window *w = windows_get(ws, boot);
    unsigned seed = 3;
    uint64_t top = 0, lost = 0, added = 0;
    while (top < N - 100) {
        uint64_t s = rand_r(&seed) % 3 ? top + 1 + (uint64_t)rand_r(&seed) % 50
                                       : 1 + (uint64_t)rand_r(&seed) % (top + 1);
        bool known = window_has(w, s);
        assert_true(known == (s <= w->base || have[s]));
        if (known)
            continue;
        have[s] = 1;
        added++;
        lost += window_add(w, s);
        top = s > top ? s : top;
    }
    uint64_t inside = 0;
    for (uint64_t s = w->base + 1; s <= top; s++)
        inside += have[s];
    assert_int_equal(w->base, added - inside + lost); // below the base: received or lost
    windows_close(ws);
}

static void test_windows_on_disk(void **state) {
    (void)state;
    autoarena a = { 0 };
    struct err err = { .a = &a };
    char path[] = "/tmp/bus-state.XXXXXX";
    close(mkstemp(path));
    struct windows *ws = NULL;
    for (int round = 0; round < 2; round++) {
        assert_true(windows_open(path, &ws, &err));
        struct window *w = windows_get(ws, boot);
        const char *before = show(&a, w);
        assert_string_equal(before, round ? "1..3 2-2" : "0..0");
        window_add(w, 1);
        window_add(w, 3);
        w->fresh = 0;
        windows_close(ws); // as a kill: nothing is written at the end
    }
    assert_true(file_write(path, STR("rubbish"), 0600, &err));
    assert_true(windows_open(path, &ws, &err));
    assert_null(windows_find(ws, boot));
    for (unsigned i = 0; i <= WINDOWS_MAX; i++) { // one more than there is room for
        uint8_t many[BOOT_BYTES] = { 1, (uint8_t)i };
        windows_get(ws, many);
        windows_get(ws, other_boot);
    }
    uint8_t first[BOOT_BYTES] = { 1, 0 }, last[BOOT_BYTES] = { 1, WINDOWS_MAX };
    assert_null(windows_find(ws, first));
    assert_non_null(windows_find(ws, last));
    assert_non_null(windows_find(ws, other_boot));
    windows_close(ws);
    unlink(path);
    assert_false(windows_open("/nonexistent/dir/state", &ws, &err));
}

/* ---- ring ---- */

static void test_ring(void **state) {
    (void)state;
    struct ring r = { .max_messages = 20, .max_bytes = 1000 };
    struct message m;
    assert_int_equal(ring_oldest(&r), 1);
    assert_false(ring_get(&r, 1, &m));
    for (int i = 1; i <= 30; i++)
        assert_int_equal(ring_add(&r, i, STR("topic"), STR("payload")), i);
    assert_int_equal(ring_oldest(&r), 11);
    assert_false(ring_get(&r, 10, &m));
    assert_true(ring_get(&r, 11, &m) && m.at_ns == 11 && str_is(m.topic, "topic") &&
                str_is(m.payload, "payload"));
    assert_true(ring_get(&r, 30, &m) && !ring_get(&r, 31, &m));
    static char big[900];
    ring_add(&r, 31, STR("t"), str_make(big, sizeof big));
    assert_true(r.n_bytes <= 1000 && r.n == 9);
    ring_expire(&r, 31);
    assert_int_equal(ring_oldest(&r), 31);
    ring_expire(&r, 99);
    assert_int_equal(ring_oldest(&r), 32);
    assert_null(r.entries);
    assert_int_equal(ring_add(&r, 40, STR("t"), STR("")), 32);
    ring_done(&r);
}

int main(void) {
    if (sodium_init() < 0)
        return 1;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_seal),
        cmocka_unit_test(test_publication),
        cmocka_unit_test(test_request_and_reply),
        cmocka_unit_test(test_window),
        cmocka_unit_test(test_window_at_random),
        cmocka_unit_test(test_windows_on_disk),
        cmocka_unit_test(test_ring),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
