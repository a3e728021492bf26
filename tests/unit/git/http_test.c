// SPDX-License-Identifier: Apache-2.0
/* Fetching over HTTP from git's own http-backend: protocols, depths, refs, faults. What it costs is printed. */
#include "common/base/file.h"
#include "common/base/timeutil.h"
#include "tests/unit/check.h"
#include "tests/unit/git/fixture.h"

static struct fixture fx;
static struct server plain, locked;

static int set_up(void **state) {
    (void)state;
    fixture_start(&fx);
    shell(&fx,
          "mkdir srv; git init -q -b main work; cd work;"
          "for i in $(seq 1 40); do mkdir -p d$i; seq 1 200 >d$i/file; echo $i >>d$i/file; done;"
          "git add .; git commit -q -m 'first commit'; echo 2 >top; git add .; git commit -q -m second;"
          "git tag light; git tag -a -m 'a tag' v1.0.0; git branch feature; git update-ref refs/pull/7/head "
          "HEAD;"
          "git clone -q --mirror . ../srv/demo.git; git init -q --bare ../srv/empty.git",
          NULL);
    const char *srv = path_join(&fx.a, fx.dir, "srv");
    plain = server_start((const char *const[]) { "git_http.py", "--root", srv, NULL });
    locked = server_start(
        (const char *const[]) { "git_http.py", "--root", srv, "--user", "me", "--password", "pa:ss", NULL });
    return 0;
}

static int tear_down(void **state) {
    (void)state;
    server_stop(&plain);
    server_stop(&locked);
    fixture_stop(&fx);
    return 0;
}

static const char *url_of(const char *path) {
    return arena_fmt(&fx.a, "http://127.0.0.1:%d/%s", plain.port, path);
}

static char *head(const char *ref) {
    return shell(&fx, "git -C srv/demo.git rev-parse \"$1\"", ref, NULL);
}

// One more commit on main, on the server.
static void commit(const char *script) {
    shell(&fx,
          "cd work; eval \"$1\"; git add -A; git commit -q --allow-empty -m \"$1\"; git push -qf "
          "../srv/demo.git main",
          script, NULL);
}

static struct repo_store *open_store(const char *name) {
    struct err err = { .a = &fx.a };
    struct repo_store *s = NULL;
    if (!repo_store_open(arena_fmt(&fx.a, "%s/%s", fx.dir, name), &s, &err))
        fail_msg("%s", err.msg);
    return s;
}

// Lists and fetches one ref; returns "no error" or the message.
static const char *fetch_ref(const char *url, const char *ref, struct repo_store *store,
                             struct repo_traffic *traffic) {
    struct err err = { .a = &fx.a };
    struct repo_remote remote = remote_to(&fx, url);
    struct repo_refs refs;
    const char *prefixes[] = { ref, NULL };
    autosession *s = NULL;
    bool ok = repo_session_open(&remote, &s, &err) && repo_session_refs(&fx.a, s, prefixes, &refs, &err);
    const struct repo_ref *found = ok ? repo_refs_find(&refs, ref) : NULL;
    if (ok && !found)
        return "no such ref";
    ok = ok && repo_session_fetch(s, store, &found->oid, 1, REPO_DEPTH_1, &err);
    if (s && traffic)
        *traffic = repo_session_traffic(s);
    return ok ? "no error" : err.msg;
}

static void fsck(const char *store) {
    shell(
        &fx,
        "out=$(git -C \"$1\" fsck --connectivity-only --no-dangling 2>&1) || { echo \"$out\" >&2; exit 1; }",
        store, NULL);
}

/* ---- refs ---- */

static void test_refs(void **state) {
    (void)state;
    static const char *const paths[] = { "demo.git", "_v0/demo.git" };
    for (size_t i = 0; i < countof(paths); i++) {
        struct err err = { .a = &fx.a };
        struct repo_remote remote = remote_to(&fx, url_of(paths[i]));
        struct repo_refs refs;
        autosession *s = NULL;
        assert_true(repo_session_open(&remote, &s, &err));
        if (!repo_session_refs(&fx.a, s, NULL, &refs, &err))
            fail_msg("%s", err.msg);
        check_row(paths[i], repo_session_traffic(s).protocol == (i ? 0 : 2), "protocol %d",
                  repo_session_traffic(s).protocol);
        const struct repo_ref *h = repo_refs_find(&refs, "HEAD"),
                              *tag = repo_refs_find(&refs, "refs/tags/v1.0.0");
        check_row(paths[i], h && text_eq(h->symref, "refs/heads/main"), "HEAD");
        check_row(paths[i],
                  tag && tag->has_peeled && text_eq(repo_oid_text(&fx.a, &tag->peeled), head("v1.0.0^{}")),
                  "peeled tag");
        check_row(paths[i], repo_refs_find(&refs, "refs/pull/7/head") != NULL, "pull request");
        check_row(paths[i], !repo_refs_find(&refs, "refs/tags/light")->has_peeled, "lightweight tag");
        const char *prefixes[] = { "refs/heads/", NULL };
        assert_true(repo_session_refs(&fx.a, s, prefixes, &refs, &err));
        check_row(paths[i], refs.n == 2 && !repo_refs_find(&refs, "HEAD"), "%zu refs with the prefix",
                  refs.n);
    }
    check_done();
}

static void test_empty(void **state) {
    (void)state;
    static const char *const paths[] = { "empty.git", "_v0/empty.git" };
    for (size_t i = 0; i < countof(paths); i++) {
        struct err err = { .a = &fx.a };
        struct repo_remote remote = remote_to(&fx, url_of(paths[i]));
        struct repo_refs refs = { .n = 9 };
        autosession *s = NULL;
        bool ok = repo_session_open(&remote, &s, &err) && repo_session_refs(&fx.a, s, NULL, &refs, &err);
        check_row(paths[i], ok && refs.n == 0, "%s, %zu refs", ok ? "" : err.msg, refs.n);
    }
    check_done();
}

/* ---- shallow fetches ---- */

static void test_shallow(void **state) {
    (void)state;
    static const char *const kinds[] = { "", "_v0/" };
    for (size_t i = 0; i < countof(kinds); i++) {
        char *url = arena_fmt(&fx.a, "%s", url_of(arena_fmt(&fx.a, "%sdemo.git", kinds[i])));
        char *dir = arena_fmt(&fx.a, "cache%zu", i);
        autostore *store = open_store(dir);
        struct repo_traffic t;
        assert_string_equal(fetch_ref(url, "refs/heads/main", store, &t), "no error");
        print_message("  protocol %d, first: %llu pack bytes, %llu objects, %u requests\n", t.protocol,
                      (unsigned long long)t.pack_bytes, (unsigned long long)t.objects, t.requests);
        fsck(dir);
        assert_string_equal(fetch_ref(url, "refs/heads/main", store, &t), "no error");
        check_row("nothing new", t.pack_bytes == 0, "%llu bytes", (unsigned long long)t.pack_bytes);
        print_message("    no-op: %llu bytes, %u requests\n", (unsigned long long)t.received_bytes,
                      t.requests);
        commit("echo changed >>d7/file");
        assert_string_equal(fetch_ref(url, "refs/heads/main", store, &t), "no error");
        print_message("    next: %llu pack bytes, %llu objects\n", (unsigned long long)t.pack_bytes,
                      (unsigned long long)t.objects);
        check_row("next commit", t.pack_bytes > 0 && t.pack_bytes < 1000, "%llu bytes",
                  (unsigned long long)t.pack_bytes);
        fsck(dir);
        // Fifty commits later, then the branch is rewritten.
        shell(&fx,
              "cd work; for i in $(seq 1 50); do echo $i >>d$((i % 40 + 1))/file; git commit -qam c$i; done; "
              "git push -q ../srv/demo.git main",
              NULL);
        assert_string_equal(fetch_ref(url, "refs/heads/main", store, &t), "no error");
        print_message("    50 later: %llu pack bytes, %llu objects\n", (unsigned long long)t.pack_bytes,
                      (unsigned long long)t.objects);
        fsck(dir);
        commit("git reset -q --hard HEAD~20; echo forced >forced");
        assert_string_equal(fetch_ref(url, "refs/heads/main", store, &t), "no error");
        fsck(dir);
        struct repo_oid tip = oid_of(head("main"));
        struct repo_commit c;
        struct repo_tree tree;
        struct err err = { .a = &fx.a };
        assert_true(repo_store_commit(&fx.a, store, &tip, &c, &err));
        assert_true(repo_store_tree(&fx.a, store, &c.tree, &tree, &err));
        assert_string_equal(tree.items[tree.n - 2].name, "forced");
        assert_string_equal(c.author.name, "tester");
    }
    check_done();
}

static void test_tags(void **state) {
    (void)state;
    static const char *const kinds[] = { "", "_v0/" };
    for (size_t i = 0; i < countof(kinds); i++) {
        struct err err = { .a = &fx.a };
        struct repo_tag tag;
        autostore *store = open_store(arena_fmt(&fx.a, "tags%zu", i));
        char *url = arena_fmt(&fx.a, "%s", url_of(arena_fmt(&fx.a, "%sdemo.git", kinds[i])));
        shell(&fx, "cd work; git tag -f -a -m 'a tag' v1.0.0 >/dev/null; git push -qf ../srv/demo.git v1.0.0",
              NULL);
        assert_string_equal(fetch_ref(url, "refs/tags/v1.0.0", store, NULL), "no error");
        struct repo_oid oid = oid_of(head("v1.0.0"));
        assert_true(repo_store_tag(&fx.a, store, &oid, &tag, &err));
        assert_string_equal(tag.name, "v1.0.0");
        assert_string_equal(tag.message, "a tag\n");
        assert_true(repo_store_has(store, &tag.target));
        // The tag moves.
        shell(&fx, "cd work; git tag -f -a -m moved v1.0.0 >/dev/null; git push -qf ../srv/demo.git v1.0.0",
              NULL);
        assert_string_equal(fetch_ref(url, "refs/tags/v1.0.0", store, NULL), "no error");
        oid = oid_of(head("v1.0.0"));
        assert_true(repo_store_tag(&fx.a, store, &oid, &tag, &err));
        assert_string_equal(tag.message, "moved\n");
        assert_string_equal(fetch_ref(url, "refs/pull/7/head", store, NULL), "no error");
        fsck(arena_fmt(&fx.a, "tags%zu", i));
    }
}

// A commit that no ref points at: alone with v2, by the branch's history with v0.
static void test_pinned(void **state) {
    (void)state;
    static const char *const kinds[] = { "", "_v0/" };
    const char *prefixes[] = { "refs/heads/", NULL };
    char *old = head("main~5");
    for (size_t i = 0; i < countof(kinds); i++) {
        struct err err = { .a = &fx.a };
        struct repo_remote remote = remote_to(&fx, url_of(arena_fmt(&fx.a, "%sdemo.git", kinds[i])));
        struct repo_refs refs;
        struct repo_oid want = oid_of(old), absent = oid_of("00000000000000000000000000000000000000aa");
        autosession *s = NULL;
        autostore *store = open_store(arena_fmt(&fx.a, "pinned%zu", i));
        assert_true(repo_session_open(&remote, &s, &err));
        assert_true(repo_session_refs(&fx.a, s, prefixes, &refs, &err));
        if (!repo_session_fetch_commit(s, store, &want, &refs, &err))
            fail_msg("%s: %s", kinds[i], err.msg);
        check_row(kinds[i], repo_store_has(store, &want), "not there");
        fsck(arena_fmt(&fx.a, "pinned%zu", i));
        bool ok = repo_session_fetch_commit(s, store, &absent, &refs, &err);
        check_row(kinds[i], !ok && err.kind == ERR_NOT_FOUND && text_eq(err.msg, "object not found"), "%s",
                  ok ? "found" : err.msg);
    }
    check_done();
}

// After many small packs the store is made anew, and still answers.
static void test_rotation(void **state) {
    (void)state;
    autostore *store = open_store("rotate");
    struct repo_traffic t;
    assert_string_equal(fetch_ref(url_of("demo.git"), "refs/heads/main", store, &t), "no error");
    uint64_t first = t.pack_bytes;
    bool afresh = false;
    for (int i = 0; i < REPO_MAX_PACKS + 2; i++) {
        commit(arena_fmt(&fx.a, "echo %d >>rotating", i));
        assert_string_equal(fetch_ref(url_of("demo.git"), "refs/heads/main", store, &t), "no error");
        afresh |= t.pack_bytes > first / 2;
        struct repo_oid tip = oid_of(head("main"));
        assert_true(repo_store_has(store, &tip));
    }
    assert_true(afresh);
    fsck("rotate");
    assert_string_equal(
        shell(&fx, "ls rotate/objects/pack/*.pack | wc -l | tr -d ' '; ls -d rotate.new 2>/dev/null || true",
              NULL),
        "3");
}

/* ---- credentials, faults ---- */

static const struct {
    const char *user, *password, *error;
} logins[] = {
    { "me", "pa:ss", "no error" },
    { "me", "wrong", "authentication required: Unauthorized" },
    { NULL, NULL, "authentication required: Unauthorized" },
};

static void test_login(void **state) {
    (void)state;
    for (size_t i = 0; i < countof(logins); i++) {
        struct err err = { .a = &fx.a };
        struct repo_remote remote =
            remote_to(&fx, arena_fmt(&fx.a, "http://127.0.0.1:%d/demo.git", locked.port));
        struct repo_refs refs;
        autosession *s = NULL;
        remote.user = logins[i].user;
        remote.password = logins[i].password;
        bool ok = repo_session_open(&remote, &s, &err) && repo_session_refs(&fx.a, s, NULL, &refs, &err);
        check_row(logins[i].error, text_eq(ok ? "no error" : err.msg, logins[i].error), "got %s",
                  ok ? "no error" : err.msg);
        check_row(logins[i].error, ok || err.kind == ERR_AUTH, "kind %s", err_kind_name(err.kind));
    }
    struct err err = { .a = &fx.a };
    struct repo_remote remote =
        remote_to(&fx, arena_fmt(&fx.a, "http://me:pa%%3Ass@127.0.0.1:%d/demo.git", locked.port));
    struct repo_refs refs;
    autosession *s = NULL;
    bool ok = repo_session_open(&remote, &s, &err) && repo_session_refs(&fx.a, s, NULL, &refs, &err);
    check_row("in the URL", ok, "%s", err.msg);
    check_done();
}

static const struct {
    const char *path, *error; // a part of the message
    enum err_kind kind;
} faults[] = {
    { "nothing.git", "repository not found", ERR_NOT_FOUND },
    { "_500/demo.git", "unexpected client error: unexpected requesting \"", ERR_IO },
    { "_403/demo.git", "authorization failed: made to fail", ERR_AUTH },
    { "_html/demo.git", "not a Git smart HTTP server", ERR_IO },
    { "_redirect/demo.git", "no error", ERR_NONE },
    { "_redirect-host/demo.git", "no error", ERR_NONE },
    { "_redirect-post/demo.git", "http redirect: redirect on non-initial request", ERR_INVALID },
    { "_truncated/demo.git", "", ERR_IO },
    { "_garbage/demo.git", "invalid pkt-len found", ERR_INVALID },
    { "_corrupt/demo.git", "", ERR_IO },
    { "_silent/demo.git", "context deadline exceeded", ERR_TIMEOUT },
    { "_silent-pack/demo.git", "context deadline exceeded", ERR_TIMEOUT },
    { "_slow/demo.git", "context deadline exceeded", ERR_TIMEOUT },
    { "_endless/demo.git", "", ERR_TIMEOUT },
};

static void test_faults(void **state) {
    (void)state;
    for (size_t i = 0; i < countof(faults); i++) {
        struct err err = { .a = &fx.a };
        struct repo_remote remote = remote_to(&fx, url_of(faults[i].path));
        struct repo_refs refs;
        const char *prefixes[] = { "refs/heads/main", NULL };
        int64_t start = now_mono_ns();
        remote.deadline_ns = start + 700 * NS_PER_MS;
        autosession *s = NULL;
        autostore *store = open_store(arena_fmt(&fx.a, "fault%zu", i));
        bool ok = repo_session_open(&remote, &s, &err) &&
                  repo_session_refs(&fx.a, s, prefixes, &refs, &err) && refs.n == 1 &&
                  repo_session_fetch(s, store, &refs.items[0].oid, 1, REPO_DEPTH_1, &err);
        const char *got = ok ? "no error" : err.msg ? err.msg : "no refs";
        bool as_wanted = strstr(got, faults[i].error) && err.kind == faults[i].kind;
        check_row(faults[i].path, as_wanted, "got %s: %s", err_kind_name(err.kind), got);
        check_row(faults[i].path, !strstr(got, "@127"), "credentials in the message");
        check_row(faults[i].path, now_mono_ns() - start < 3 * NS_PER_S, "took too long");
        // The store is usable after any fault.
        check_row(faults[i].path,
                  text_eq(fetch_ref(url_of("demo.git"), "refs/heads/main", store, NULL), "no error"),
                  "store is broken");
    }
    check_done();
}

static void test_refused(void **state) {
    (void)state;
    struct err err = { .a = &fx.a };
    struct repo_remote remote = remote_to(&fx, "http://user:hidden@127.0.0.1:1/x.git");
    struct repo_refs refs;
    autosession *s = NULL;
    assert_true(repo_session_open(&remote, &s, &err));
    assert_false(repo_session_refs(&fx.a, s, NULL, &refs, &err));
    assert_null(strstr(err.msg, "hidden"));
    print_message("  %s\n", err.msg);
}

struct check_blob {
    uint64_t total;
    size_t largest, pieces;
};

static bool count_piece(void *arg, struct str piece, struct err *err) {
    struct check_blob *c = arg;
    (void)err;
    c->total += piece.n;
    c->pieces++;
    if (piece.n > c->largest)
        c->largest = piece.n;
    return true;
}

// A big file is fetched and read in pieces, never as a whole; a small change of it (a delta) still comes out right; damage is noticed.
static void test_large_blobs(void **state) {
    (void)state;
    struct err err = { .a = &fx.a };
    autostore *store = open_store("huge");
    struct repo_traffic t;
    shell(&fx,
          "cd work; git checkout -q -b huge; head -c 20000000 /dev/urandom >big; git add big; git commit -q "
          "-m big; git push -q "
          "../srv/demo.git huge; git checkout -q main",
          NULL);
    assert_string_equal(fetch_ref(url_of("demo.git"), "refs/heads/huge", store, &t), "no error");
    assert_true(t.pack_bytes > 20000000);
    struct repo_oid big = oid_of(head("huge:big"));
    struct check_blob c = { 0 };
    assert_true(repo_store_blob(store, &big, count_piece, &c, &err));
    assert_int_equal(c.total, 20000000);
    assert_true(c.largest <= 65536 && c.pieces > 300);
    shell(&fx,
          "cd work; git checkout -q huge; printf x >>big; git commit -q -a -m appended; git push -q "
          "../srv/demo.git huge; git checkout -q main",
          NULL);
    assert_string_equal(fetch_ref(url_of("demo.git"), "refs/heads/huge", store, &t), "no error");
    print_message("  a byte more in 20 MB: %llu pack bytes\n", (unsigned long long)t.pack_bytes);
    struct repo_oid changed = oid_of(head("huge:big"));
    c = (struct check_blob) { 0 };
    assert_true(repo_store_blob(store, &changed, count_piece, &c, &err));
    assert_int_equal(c.total, 20000001);
    shell(&fx,
          "for f in huge/objects/pack/*.pack; do chmod u+w $f; s=$(stat -c %s $f); [ $s -lt 1000000 ] || "
          "printf XXXX | dd of=$f bs=1 seek=$((s / 2)) conv=notrunc 2>/dev/null; done",
          NULL);
    assert_false(repo_store_blob(store, &big, count_piece, &c, &err));
    assert_string_equal(err.msg, "object not readable: the pack is damaged");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_refs),        cmocka_unit_test(test_empty),  cmocka_unit_test(test_shallow),
        cmocka_unit_test(test_tags),        cmocka_unit_test(test_pinned), cmocka_unit_test(test_rotation),
        cmocka_unit_test(test_login),       cmocka_unit_test(test_faults), cmocka_unit_test(test_refused),
        cmocka_unit_test(test_large_blobs),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
