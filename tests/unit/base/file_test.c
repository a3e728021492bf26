// SPDX-License-Identifier: Apache-2.0
// Files and paths.
#include "common/base/file.h"
#include "tests/unit/check.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

static int make_dir(void **state) {
    char *dir = strdup("/tmp/runnel-file-test.XXXXXX");
    *state = dir;
    return !dir || !mkdtemp(dir);
}

static int drop_dir(void **state) {
    autoarena a = { 0 };
    struct err err = { .a = &a };
    bool ok = dir_remove(*state, &err);
    free(*state);
    return !ok;
}

static void test_write_read(void **state) {
    autoarena a = { 0 };
    struct err err = { .a = &a };
    struct str got;
    const char *path = path_join(&a, *state, "f");
    assert_true(file_write(path, STR("one"), 0640, &err));
    assert_true(file_write(path, STR("two\0x"), 0600, &err));
    assert_true(file_read(&a, path, 100, &got, &err));
    assert_int_equal(got.n, 5);
    assert_memory_equal(got.p, "two\0x", 6);
    struct stat st;
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
    assert_false(file_read(&a, path, 4, &got, &err));
    assert_int_equal(err.kind, ERR_LIMIT);
    err_clear(&err);
    assert_true(file_read(&a, path, 5, &got, &err)); // exactly the limit
}

static void test_messages(void **state) {
    autoarena a = { 0 };
    struct err err = { .a = &a };
    struct str got;
    const char *path = path_join(&a, *state, "absent");
    assert_false(file_read(&a, path, 100, &got, &err));
    assert_int_equal(err.kind, ERR_NOT_FOUND);
    assert_string_equal(err.msg, arena_fmt(&a, "open %s: no such file or directory", path));
    err_clear(&err);
    assert_false(file_read(&a, *state, 100, &got, &err));
    assert_string_equal(err.msg, arena_fmt(&a, "read %s: is a directory", (const char *)*state));
}

static void test_dirs(void **state) {
    autoarena a = { 0 };
    struct err err = { .a = &a };
    const char *outside = path_join(&a, *state, "outside"), *tree = path_join(&a, *state, "tree");
    assert_true(file_write(outside, STR("keep"), 0600, &err));
    assert_true(dir_make(path_join(&a, tree, "a/b/c"), 0700, &err));
    assert_true(dir_make(path_join(&a, tree, "a/b/c"), 0700, &err)); // there already
    assert_true(file_write(path_join(&a, tree, "a/f"), STR(""), 0600, &err));
    assert_int_equal(symlink(*state, path_join(&a, tree, "link")), 0);
    assert_true(dir_remove(tree, &err));
    assert_int_equal(access(tree, F_OK), -1);
    assert_int_equal(access(outside, F_OK), 0); // never through a link
    assert_true(dir_remove(tree, &err));        // absent is success
}

static void test_clean(void **state) {
    (void)state;
    static const struct {
        const char *path, *want; // NULL: leaves its root
    } cases[] = {
        { "", "." },          { ".", "." },         { "a", "a" },          { "a/b/", "a/b" },
        { "a//b", "a/b" },    { "./a/./b", "a/b" }, { "a/../b", "b" },     { "a/b/../..", "." },
        { "..", NULL },       { "a/../..", NULL },  { "../a", NULL },      { "/a", NULL },
        { "a/..b", "a/..b" }, { "a/...", "a/..." }, { "a/../../a", NULL },
    };
    for (size_t i = 0; i < countof(cases); i++) {
        autoarena a = { 0 };
        const char *got = path_clean_inside(&a, str_of(cases[i].path));
        check_row(cases[i].path, (!got && !cases[i].want) || (got && text_eq(got, cases[i].want)), "got %s",
                  got ? got : "NULL");
    }
    check_done();
}

static void test_fd(void **state) {
    (void)state;
    int fd = open("/dev/null", O_RDONLY | O_CLOEXEC), keep;
    {
        autofd scoped = fd;
        keep = fd_steal(&scoped);
    }
    assert_int_not_equal(fcntl(keep, F_GETFD), -1);
    {
        autofd scoped = keep;
        assert_true(scoped >= 0);
    }
    assert_int_equal(fcntl(keep, F_GETFD), -1);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_write_read, make_dir, drop_dir),
        cmocka_unit_test_setup_teardown(test_messages, make_dir, drop_dir),
        cmocka_unit_test_setup_teardown(test_dirs, make_dir, drop_dir),
        cmocka_unit_test(test_clean),
        cmocka_unit_test(test_fd),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
