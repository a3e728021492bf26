// SPDX-License-Identifier: Apache-2.0
/* Storage: names, atomic writes, confinement, garbage collection; ranges of the artifact server. */
#include "common/base/file.h"
#include "common/base/timeutil.h"
#include "source-controller/server.h"
#include "source-controller/storage.h"
#include "tests/unit/check.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

static char root[] = "/tmp/runnel-storage-XXXXXX";
static struct storage storage = { .host = "host:1", .ttl_ns = 60 * NS_PER_S, .records = 2 };
static struct arena a;

static int set_up(void **state) {
    (void)state;
    struct err err = { .a = &a };
    return mkdtemp(root) && storage_open(&storage, root, &err) ? 0 : -1;
}

static int tear_down(void **state) {
    (void)state;
    struct err err = { .a = &a };
    close(storage.root_fd);
    bool ok = dir_remove(root, &err);
    arena_done(&a);
    return ok ? 0 : -1;
}

static const char *full(const char *path) {
    return path_join(&a, root, path);
}

static char *store(const char *path, const char *text, bool end) {
    struct err err = { .a = &a };
    enum storage_stage stage;
    autowrite struct storage_write w = { 0 };
    if (!storage_write_begin(&storage, path, false, &w, &stage, &err))
        fail_msg("%s", err.msg);
    struct byte_sink sink = storage_sink(&w);
    assert_true(sink.write(sink.arg, str_of(text), &err));
    if (!end)
        return NULL;
    assert_true(storage_write_end(&w, &err));
    assert_int_equal(w.size_bytes, strlen(text));
    return digest_text(&a, &w.digest);
}

static size_t count_files(const char *dir) {
    size_t n = 0;
    DIR *d = opendir(full(dir));
    assert_non_null(d);
    for (const struct dirent *e = readdir(d); e; e = readdir(d))
        n += e->d_type == DT_REG;
    closedir(d);
    return n;
}

static void test_names(void **state) {
    (void)state;
    assert_string_equal(storage_path(&a, "GitRepository", "Ns", "Name", "X.tar.gz"),
                        "gitrepository/Ns/Name/X.tar.gz");
    assert_string_equal(storage_url(&a, &storage, "/a/b"), "http://host:1/a/b");
    struct storage https = { .host = "https://h" };
    assert_string_equal(storage_url(&a, &https, "a/b"), "https://h/a/b");
}

static void test_write(void **state) {
    (void)state;
    struct err err = { .a = &a };
    struct stat st;
    char *digest = store("kind/ns/write/f", "content", true);
    assert_true(storage_exists(&storage, "kind/ns/write/f"));
    assert_true(storage_verify(&storage, "kind/ns/write/f", digest, &err));
    assert_int_equal(stat(full("kind/ns/write/f"), &st), 0);
    assert_int_equal(st.st_mode & 07777, 0600);
    assert_int_equal(stat(full("kind/ns/write"), &st), 0);
    assert_int_equal(st.st_mode & 07777, 0700);
    // Given up: the old file stays and no temporary one is left.
    store("kind/ns/write/f", "half", false);
    assert_true(storage_verify(&storage, "kind/ns/write/f", digest, &err));
    assert_int_equal(count_files("kind/ns/write"), 2); // the file and its lock
    assert_false(storage_verify(&storage, "kind/ns/write/f", "", &err));
    assert_string_equal(err.msg, "artifact has no digest");
    err_clear(&err);
    store("kind/ns/write/f", "changed", true);
    assert_false(storage_verify(&storage, "kind/ns/write/f", digest, &err));
    assert_string_equal(err.msg, arena_fmt(&a, "computed digest doesn't match '%s'", digest));
}

// Two writers of one artifact: the second is refused, not mixed in.
static void test_lock(void **state) {
    (void)state;
    struct err err = { .a = &a };
    enum storage_stage stage;
    autowrite struct storage_write one = { 0 }, two = { 0 };
    assert_true(storage_write_begin(&storage, "kind/ns/lock/f", true, &one, &stage, &err));
    assert_false(storage_write_begin(&storage, "kind/ns/lock/f", true, &two, &stage, &err));
    assert_int_equal(stage, STORAGE_LOCK);
}

static void test_confined(void **state) {
    (void)state;
    static const char *const paths[] = { "../escape", "kind/../../escape", "link/escape", "kind/ns/link" };
    struct err err = { .a = &a };
    const char *outside = arena_fmt(&a, "%s-outside", root);
    assert_true(dir_make(outside, 0700, &err));
    assert_true(file_write(path_join(&a, outside, "escape"), STR("precious"), 0600, &err));
    assert_true(dir_make(full("kind/ns"), 0700, &err));
    assert_int_equal(symlink(outside, full("link")), 0);
    assert_int_equal(symlink(path_join(&a, outside, "escape"), full("kind/ns/link")), 0);
    for (size_t i = 0; i < countof(paths); i++) {
        enum storage_stage stage;
        autowrite struct storage_write w = { 0 };
        check_row(paths[i], !storage_exists(&storage, paths[i]), "readable");
        if (i < 3)
            check_row(paths[i], !storage_write_begin(&storage, paths[i], false, &w, &stage, &err),
                      "writable");
        err_clear(&err);
        (void)!storage_remove(&storage, paths[i], &err); // the link itself may go, what it leads to not
        err_clear(&err);
    }
    assert_int_equal(access(path_join(&a, outside, "escape"), F_OK), 0);
    assert_true(dir_remove(outside, &err));
    check_done();
}

static void age(const char *path, int64_t seconds) {
    struct timespec t[2] = { { .tv_sec = now_wall_ns() / NS_PER_S - seconds },
                             { .tv_sec = now_wall_ns() / NS_PER_S - seconds } };
    assert_int_equal(utimensat(AT_FDCWD, full(path), t, 0), 0);
}

static void test_collect(void **state) {
    (void)state;
    struct err err = { .a = &a };
    size_t n;
    for (int i = 0; i < 5; i++) {
        store(arena_fmt(&a, "kind/ns/gc/f%d", i), "x", true);
        age(arena_fmt(&a, "kind/ns/gc/f%d", i), 10 * (5 - i));
    }
    // The oldest go until two are left; the current one is never touched, however old.
    assert_true(storage_collect(&storage, "kind/ns/gc/f0", now_wall_ns(), &n, &err));
    assert_int_equal(n, 3);
    assert_true(storage_exists(&storage, "kind/ns/gc/f0") && storage_exists(&storage, "kind/ns/gc/f4"));
    assert_int_equal(count_files("kind/ns/gc"), 4); // two files, two locks
    // Replaced just now: the time to live begins.
    age("kind/ns/gc/f4", 61);
    storage_retire(&storage, "kind/ns/gc/f4");
    assert_true(storage_collect(&storage, "kind/ns/gc/f0", now_wall_ns(), &n, &err));
    assert_int_equal(n, 0);
    // Older than the time to live: it goes although there would be room.
    age("kind/ns/gc/f4", 61);
    assert_true(storage_collect(&storage, "kind/ns/gc/f0", now_wall_ns(), &n, &err));
    assert_int_equal(n, 1);
    assert_int_equal(count_files("kind/ns/gc"), 2);
    bool there;
    assert_true(storage_remove_object(&storage, "kind", "ns", "gc", &there, &err) && there);
    assert_true(storage_remove_object(&storage, "kind", "ns", "gc", &there, &err) && !there);
}

static const struct {
    const char *header;
    int status;
    uint64_t from, n;
} ranges[] = {
    { NULL, 200, 0, 100 },
    { "bytes=0-9", 206, 0, 10 },
    { "bytes=90-", 206, 90, 10 },
    { "bytes=-10", 206, 90, 10 },
    { "bytes=-1000", 206, 0, 100 },
    { "bytes=99-99", 206, 99, 1 },
    { "bytes=50-1000", 206, 50, 50 },
    { "bytes=100-", 416, 0, 100 },
    { "bytes=-0", 416, 0, 100 },
    { "bytes=9-0", 200, 0, 100 },
    { "bytes=0-1,3-4", 200, 0, 100 },
    { "bytes=a-b", 200, 0, 100 },
    { "items=0-9", 200, 0, 100 },
    { "bytes=", 200, 0, 100 },
    { "bytes=18446744073709551616-", 200, 0, 100 },
};

static void test_ranges(void **state) {
    (void)state;
    for (size_t i = 0; i < countof(ranges); i++) {
        uint64_t from, n;
        int status = range_parse(ranges[i].header, 100, &from, &n);
        bool ok =
            status == ranges[i].status && (status == 416 || (from == ranges[i].from && n == ranges[i].n));
        check_row(ranges[i].header ? ranges[i].header : "none", ok, "%d, %llu + %llu", status,
                  (unsigned long long)from, (unsigned long long)n);
    }
    check_done();
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_names),    cmocka_unit_test(test_write),   cmocka_unit_test(test_lock),
        cmocka_unit_test(test_confined), cmocka_unit_test(test_collect), cmocka_unit_test(test_ranges),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
