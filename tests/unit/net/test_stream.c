// SPDX-License-Identifier: Apache-2.0
// Bodies read as they come, watches, shutdown in the middle of everything, Unix sockets.
#include "tests/unit/net/site.h"
#include "common/base/buf.h"
#include "common/base/timeutil.h"
#include "tests/unit/check.h"

#include <sys/stat.h>
#include <unistd.h>

/* ---- bodies ---- */

static void test_body_with_back_pressure(void **state) {
    (void)state;
    struct site s;
    site_start(&s);
    autoarena a = { 0 };
    struct err err = { .a = &a };
    struct http_request req = { .url = site_url(&a, &s, "/big") };
    struct http_response r;
    struct http_body *b = NULL;
    assert_true(http_open(s.f.client, &a, &req, &r, &b, &err));
    assert_int_equal(r.status, 200);
    assert_string_equal(http_header_get(&r, "content-length"), "8388608");
    char piece[7777];
    size_t n = 1, total = 0, wrong = 0;
    while (n) {
        assert_true(http_read(b, piece, sizeof piece, &n, &err));
        for (size_t i = 0; i < n; i++)
            wrong += piece[i] != (char)((total + i) * 31 >> 8);
        total += n;
    }
    assert_int_equal(total, BIG_BYTES);
    assert_int_equal(wrong, 0);
    http_close(&b);
    http_close(&b);
    // Left in the middle, and never read at all.
    assert_true(http_open(s.f.client, &a, &req, &r, &b, &err));
    assert_true(http_read(b, piece, sizeof piece, &n, &err));
    http_close(&b);
    assert_true(http_open(s.f.client, &a, &req, &r, &b, &err));
    http_close(&b);
    assert_true(http_do(s.f.client, &a, &req, &r, &err));
    assert_int_equal(r.body.n, BIG_BYTES);
    site_stop(&s);
}

static void serve_half(int conn, int nth, void *arg) {
    (void)nth, (void)arg;
    (void)raw_read_head(conn);
    raw_send(conn, "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf");
}

static void test_body_cut_short(void **state) {
    (void)state;
    struct fixture f;
    struct raw_server raw;
    fixture_start(&f, NULL, site_handle, NULL);
    raw_start(&raw, serve_half, NULL);
    autoarena a = { 0 };
    struct err err = { .a = &a };
    struct http_request req = { .url = arena_fmt(&a, "http://127.0.0.1:%d/", raw.port) };
    struct http_response r;
    struct http_body *b = NULL;
    assert_true(http_open(f.client, &a, &req, &r, &b, &err));
    char got[16];
    size_t n = 0;
    assert_true(http_read(b, got, sizeof got, &n, &err));
    assert_int_equal(n, 4);
    assert_false(http_read(b, got, sizeof got, &n, &err));
    assert_true(strstr(err.msg, "unexpected EOF") != NULL);
    err_clear(&err);
    assert_false(http_read(b, got, sizeof got, &n, &err)); // and again
    http_close(&b);
    fixture_stop(&f);
    raw_stop(&raw);
}

/* ---- watches ---- */

struct watcher {
    struct http_watch *w;
    struct watching *all;
    int heads, lines, ended;
    enum err_kind kind;
};

struct watching {
    struct site *s;
    struct watcher w[50];
    pthread_mutex_t lock;
    pthread_cond_t changed;
    int lines, ended;
    int close_at; // line at which a watcher closes itself
};

static void on_watch_head(void *arg, const struct http_response *r) {
    struct watcher *w = arg;
    w->heads += r->status == 200;
}

static bool on_watch_data(void *arg, struct str bytes) {
    struct watcher *w = arg;
    pthread_mutex_lock(&w->all->lock);
    for (size_t i = 0; i < bytes.n; i++)
        if (bytes.p[i] == '\n') {
            w->lines++;
            w->all->lines++;
        }
    pthread_cond_signal(&w->all->changed);
    pthread_mutex_unlock(&w->all->lock);
    if (w->all->close_at && w->lines >= w->all->close_at) {
        http_watch_close(w->w);
        w->w = NULL;
    }
    return true;
}

static void on_watch_end(void *arg, const struct err *err) {
    struct watcher *w = arg;
    pthread_mutex_lock(&w->all->lock);
    w->ended++;
    w->kind = err->kind;
    w->w = NULL;
    w->all->ended++;
    pthread_cond_signal(&w->all->changed);
    pthread_mutex_unlock(&w->all->lock);
}

static const struct http_watch_callbacks watch_callbacks = { on_watch_head, on_watch_data, on_watch_end };

static void open_watches(void *arg) {
    struct watching *all = arg;
    autoarena a = { 0 };
    struct http_request req = { .url = site_url(&a, all->s, "/watch") };
    for (size_t i = 0; i < countof(all->w); i++) {
        all->w[i].all = all;
        all->w[i].w = http_watch_open(all->s->f.client, &req, &watch_callbacks, &all->w[i]);
    }
}

static void wait_for(struct watching *all, const int *count, int want) {
    pthread_mutex_lock(&all->lock);
    while (*count < want)
        pthread_cond_wait(&all->changed, &all->lock);
    pthread_mutex_unlock(&all->lock);
}

static void push_lines(void *arg) {
    struct site *s = arg;
    for (int i = 0; i < s->n_pushes; i++)
        assert_true(http_push_write(s->pushes[i], STR("a\nb\n")));
}

static void end_or_abort(void *arg) {
    struct site *s = arg;
    for (int i = 0; i < s->n_pushes; i++)
        if (i % 2)
            http_push_abort(s->pushes[i]);
        else
            http_push_end(s->pushes[i]);
    s->n_pushes = 0;
}

static void test_watches(void **state) {
    (void)state;
    struct site s;
    site_start(&s);
    struct watching all = { .s = &s, .lock = PTHREAD_MUTEX_INITIALIZER, .changed = PTHREAD_COND_INITIALIZER };
    fixture_run(&s.f, open_watches, &all);
    wait_for(&all, &all.lines, 50);
    fixture_run(&s.f, push_lines, &s);
    wait_for(&all, &all.lines, 150);
    fixture_run(&s.f, end_or_abort, &s);
    wait_for(&all, &all.ended, 50);
    int heads = 0, in_order = 0, cut = 0;
    for (size_t i = 0; i < countof(all.w); i++) {
        heads += all.w[i].heads;
        in_order += all.w[i].kind == ERR_NONE;
        cut += all.w[i].kind == ERR_IO;
    }
    assert_int_equal(heads, 50);
    assert_int_equal(in_order, 25);
    assert_int_equal(cut, 25);
    site_stop(&s);
    assert_int_equal(s.n_closed, 50);
}

// What a handler writes to streams of other connections goes out at once, without any further request.
static void test_pushed_by_a_handler(void **state) {
    (void)state;
    struct site s;
    site_start(&s);
    struct watching all = { .s = &s, .lock = PTHREAD_MUTEX_INITIALIZER, .changed = PTHREAD_COND_INITIALIZER };
    autoarena a = { 0 };
    struct err err = { .a = &a };
    struct http_request req = { .url = site_url(&a, &s, "/push") };
    struct http_response r;
    fixture_run(&s.f, open_watches, &all);
    wait_for(&all, &all.lines, 50);
    for (int i = 1; i <= 3; i++) {
        assert_true(http_do(s.f.client, &a, &req, &r, &err));
        wait_for(&all, &all.lines, 50 + 50 * i);
    }
    site_stop(&s);
}

static void close_watches(void *arg) {
    struct watching *all = arg;
    for (size_t i = 0; i < countof(all->w); i++) {
        http_watch_close(all->w[i].w);
        all->w[i].w = NULL;
    }
}

static void test_watches_closed_by_the_client(void **state) {
    (void)state;
    struct site s;
    site_start(&s);
    struct watching all = { .s = &s, .lock = PTHREAD_MUTEX_INITIALIZER, .changed = PTHREAD_COND_INITIALIZER };
    fixture_run(&s.f, open_watches, &all);
    fixture_run(&s.f, close_watches, &all); // before they began
    fixture_run(&s.f, open_watches, &all);
    wait_for(&all, &all.lines, 50);
    fixture_run(&s.f, close_watches, &all);
    while (s.n_closed < 50) // the idle server notices that they are gone
        sched_yield();
    s.n_pushes = 0;
    all.close_at = 1;
    all.lines = 0;
    memset(all.w, 0, sizeof all.w);
    fixture_run(&s.f, open_watches, &all);
    wait_for(&all, &all.lines, 50);
    while (s.n_closed < 100)
        sched_yield();
    assert_int_equal(all.ended, 0);
    site_stop(&s);
}

static void flood(void *arg) {
    struct site *s = arg;
    static char kilobyte[1024];
    int i = 0;
    memset(kilobyte, 'x', sizeof kilobyte);
    while (i < 100000 && http_push_write(s->pushes[0], str_make(kilobyte, sizeof kilobyte)))
        i++;
    assert_true(i >= 1000 && i <= 1024); // 1 MB may wait
}

static void test_slow_watcher_is_cut(void **state) {
    (void)state;
    struct site s;
    site_start(&s);
    struct watching all = { .s = &s, .lock = PTHREAD_MUTEX_INITIALIZER, .changed = PTHREAD_COND_INITIALIZER };
    fixture_run(&s.f, open_watches, &all);
    wait_for(&all, &all.lines, 50);
    fixture_run(&s.f, flood, &s);
    wait_for(&all, &all.ended, 1);
    site_stop(&s);
    assert_int_equal(s.n_closed, 50);
    assert_int_equal(all.ended, 50);
}

/* ---- shutdown ---- */

static void *request_silence(void *arg) {
    struct site *s = arg;
    autoarena a = { 0 };
    struct err err = { .a = &a };
    struct http_request req = { .url = site_url(&a, s, "/silent") };
    struct http_response r;
    bool canceled = !http_do(s->f.client, &a, &req, &r, &err) && err.kind == ERR_CANCELED;
    err_clear(&err);
    canceled = canceled && !http_do(s->f.client, &a, &req, &r, &err) && err.kind == ERR_CANCELED;
    return canceled ? s : NULL;
}

static void *read_watch(void *arg) {
    struct site *s = arg;
    autoarena a = { 0 };
    struct err err = { .a = &a };
    struct http_request req = { .url = site_url(&a, s, "/watch") };
    struct http_response r;
    struct http_body *b = NULL;
    char line[100];
    size_t n = 1;
    if (!http_open(s->f.client, &a, &req, &r, &b, &err))
        return err.kind == ERR_CANCELED ? s : NULL;
    while (http_read(b, line, sizeof line, &n, &err) && n)
        ;
    http_close(&b);
    return err.kind == ERR_CANCELED ? s : NULL;
}

static void test_shutdown_wakes_everybody(void **state) {
    (void)state;
    struct site s;
    site_start(&s);
    pthread_t silent[80], watch; // more than are in flight at once
    pthread_create(&watch, NULL, read_watch, &s);
    while (!s.n_opened)
        sched_yield();
    for (size_t i = 0; i < countof(silent); i++)
        pthread_create(&silent[i], NULL, request_silence, &s);
    while (s.n_silent < 63) // the watch has the 64th place
        sched_yield();
    loop_stop(s.f.loop);
    pthread_join(s.f.thread, NULL);
    int canceled = 0;
    void *ok;
    for (size_t i = 0; i < countof(silent); i++) {
        pthread_join(silent[i], &ok);
        canceled += ok != NULL;
    }
    pthread_join(watch, &ok);
    assert_non_null(ok);
    assert_int_equal(canceled, 80);
    site_answer_silent(&s);
    http_client_free(s.f.client);
    loop_free(s.f.loop);
}

static void test_unix_socket(void **state) {
    (void)state;
    char dir[] = "/tmp/net-test.XXXXXX";
    assert_non_null(mkdtemp(dir));
    autoarena a = { 0 };
    struct err err = { .a = &a };
    const char *path = arena_fmt(&a, "%s/s", dir);
    struct fixture f;
    fixture_start(&f, &(struct http_server_config) { .address = arena_fmt(&a, "unix:%s", path) }, site_handle,
                  NULL);
    struct http_request req = { .url = "http://anything/x", .unix_socket = path };
    struct http_response r;
    assert_true(http_do(f.client, &a, &req, &r, &err));
    assert_true(text_starts(r.body.p, "GET /x|"));
    fixture_stop(&f);
    assert_int_equal(access(path, F_OK), -1); // removed
    rmdir(dir);
}

static void test_link_local(void **state) {
    (void)state;
    struct fixture f;
    fixture_start(&f, NULL, site_handle, NULL);
    http_client_allow_link_local(f.client, false);
    static const char *const urls[] = { "http://169.254.169.254/x", "http://[::ffff:169.254.169.254]/x",
                                        "http://[fe80::1%25lo]/x", "http://0xa9fea9fe/x" };
    for (size_t i = 0; i < countof(urls); i++) {
        autoarena a = { 0 };
        struct err err = { .a = &a };
        struct http_request req = { .url = urls[i], .timeout_ns = 2 * NS_PER_S };
        struct http_response r;
        bool ok = http_do(f.client, &a, &req, &r, &err);
        check_row(urls[i], !ok && strstr(err.msg, "link-local addresses are not allowed"), "got %s",
                  ok ? "ok" : err.msg);
    }
    fixture_stop(&f);
    check_done();
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_body_with_back_pressure),
        cmocka_unit_test(test_body_cut_short),
        cmocka_unit_test(test_watches),
        cmocka_unit_test(test_pushed_by_a_handler),
        cmocka_unit_test(test_watches_closed_by_the_client),
        cmocka_unit_test(test_slow_watcher_is_cut),
        cmocka_unit_test(test_shutdown_wakes_everybody),
        cmocka_unit_test(test_unix_socket),
        cmocka_unit_test(test_link_local),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
