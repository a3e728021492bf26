// SPDX-License-Identifier: Apache-2.0
/* Filesets: every backend shows the same tree; paths and links stay inside; what is put on top; records. */
#include "common/base/buf.h"
#include "common/base/file.h"
#include "common/fileset/gittree.h"
#include "common/fileset/tar.h"
#include "tests/unit/check.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static char temp[] = "/tmp/runnel-fileset-XXXXXX";

static void run(const char *const *argv) {
    pid_t pid = fork();
    if (pid == 0) {
        execvp(argv[0], (char *const *)(uintptr_t)argv);
        _exit(127);
    }
    int status = 0;
    waitpid(pid, &status, 0);
    assert_int_equal(status, 0);
}

// a, bin/run (executable), d/e/f, d/link -> ../a, out -> ../../etc/passwd, loop -> loop, dirlink -> d
static const char *make_tree(struct arena *a) {
    struct err err = { .a = a };
    const char *dir = path_join(a, temp, "tree");
    static const char *const script =
        "set -e; rm -rf \"$0\" \"$0.git\"; mkdir -p \"$0/bin\" \"$0/d/e\"; cd \"$0\"; printf one >a; printf "
        "run >bin/run; chmod 755 bin/run;"
        "printf deep >d/e/f; ln -s ../a d/link; ln -s ../../etc/passwd out; ln -s loop loop; ln -s d dirlink;"
        "git init -q -b main .; git add .; git -c user.name=t -c user.email=t@t commit -q -m first; git "
        "clone -q --bare . \"$0.git\"; rm -rf .git";
    const char *const argv[] = { "sh", "-c", script, dir, NULL };
    (void)err;
    run(argv);
    return dir;
}

static bool to_buf(void *arg, struct str bytes, struct err *err) {
    (void)err;
    buf_put_str(arg, bytes);
    return true;
}

static struct fileset *open_dir(struct arena *a, const char *dir, struct err *err) {
    struct fileset *fs = NULL;
    (void)a;
    assert_true(fileset_open_dir(dir, &fs, err));
    return fs;
}

static struct fileset *open_tar(struct arena *a, const char *dir, struct err *err) {
    struct fileset *fs = NULL;
    const char *tar = arena_fmt(a, "%s.tgz", dir);
    const char *const argv[] = { "tar", "-czf", tar, "-C", dir, ".", NULL };
    run(argv);
    autofd fd = open(tar, O_RDONLY | O_CLOEXEC);
    assert_true(
        fileset_from_tar(byte_source_fd(&fd), &(struct tar_options) { .links = TAR_LINKS_KEEP }, &fs, err));
    return fs;
}

static struct repo_store *git_store;

static struct fileset *open_git(struct arena *a, const char *dir, struct err *err) {
    struct str packed, line;
    struct repo_oid oid;
    struct repo_commit commit;
    const char *repo = arena_fmt(a, "%s.git", dir);
    repo_store_close(&git_store);
    assert_true(repo_store_open(repo, &git_store, err));
    assert_true(file_read(a, path_join(a, repo, "packed-refs"), 4096, &packed, err));
    while (str_split(&packed, '\n', &line) && line.p[0] == '#')
        ;
    assert_true(repo_oid_parse(str_sub(line, 0, 40), &oid));
    assert_true(repo_store_commit(a, git_store, &oid, &commit, err));
    assert_string_equal(commit.message, "first\n");
    return fileset_from_git(git_store, &commit.tree);
}

static struct fileset *open_mounted(struct arena *a, const char *dir, struct err *err) {
    struct fileset *outer = fileset_mem();
    assert_true(fileset_mount(outer, "m/n", open_tar(a, dir, err), ".", err));
    struct fileset *fs = fileset_mem();
    assert_true(fileset_mount(fs, "x", outer, "m/n", err));
    return fs;
}

static const struct {
    const char *name, *prefix;
    struct fileset *(*open)(struct arena *a, const char *dir, struct err *err);
} backends[] = {
    { "dir", "", open_dir },
    { "tar", "", open_tar },
    { "git", "", open_git },
    { "mount", "x/", open_mounted },
};

static const struct {
    const char *path, *want; // content or error; %s in errors is the path
} reads[] = {
    { "a", "one" },
    { "./d/../a", "one" },
    { "d/e/f", "deep" },
    { "d/link", "one" },
    { "dirlink/e/f", "deep" },
    { "dirlink/link", "one" },
    { "bin/run", "run" },
    { "nope", "open %s: no such file or directory" },
    { "a/b", "open %s: no such file or directory" },
    { "d/e", "read %s: is a directory" },
    { "loop", "open %s: too many levels of symbolic links" },
};

static void test_read(void **state) {
    (void)state;
    autoarena a = { 0 };
    const char *dir = make_tree(&a);
    for (size_t b = 0; b < countof(backends); b++) {
        struct err err = { .a = &a };
        autofileset *fs = backends[b].open(&a, dir, &err);
        for (size_t i = 0; i < countof(reads); i++) {
            struct str text = { 0 };
            char *path = arena_fmt(&a, "%s%s", backends[b].prefix, reads[i].path);
            const char *got = fileset_read(&a, fs, path, &text, &err) ? text.p : err.msg;
            char *want = strstr(reads[i].want, "%s") ? arena_fmt(&a, reads[i].want, path)
                                                     : arena_strdup(&a, reads[i].want);
            err_clear(&err);
            check_row(backends[b].name, text_eq(got, want), "%s: got '%s', want '%s'", path, got, want);
        }
        struct str text;
        check_row(backends[b].name,
                  !fileset_read(&a, fs, "../tree/a", &text, &err) && err.kind == ERR_INVALID, "dotdot");
        err_clear(&err);
        // Below a mount the link leads out of the mounted tree, but not out of the whole: it finds nothing there.
        char *out = arena_fmt(&a, "%sout", backends[b].prefix);
        check_row(backends[b].name, !fileset_read(&a, fs, out, &text, &err), "the link out was followed");
    }
    check_done();
}

static bool collect(void *arg, struct arena *a, const struct fileset_entry *e, struct err *err) {
    (void)a;
    (void)err;
    buf_fmt(arg, "%s%s ", e->name,
            e->type == FILESET_DIR    ? "/"
            : e->type == FILESET_LINK ? "@"
            : e->executable           ? "*"
                                      : "");
    return true;
}

static void test_walk(void **state) {
    (void)state;
    autoarena a = { 0 };
    const char *dir = make_tree(&a);
    for (size_t b = 0; b < countof(backends); b++) {
        struct err err = { .a = &a };
        autofileset *fs = backends[b].open(&a, dir, &err);
        autobuf names = { 0 };
        assert_true(fileset_walk(fs, *backends[b].prefix ? "x" : ".", collect, &names, &err));
        autobuf plain = { 0 };
        for (size_t i = 0; i < names.n; i++) // without the mount's prefix
            if (!(*backends[b].prefix && names.p[i] == 'x' && names.p[i + 1] == '/' &&
                  (i == 0 || names.p[i - 1] == ' ')))
                buf_putc(&plain, names.p[i]);
            else
                i++;
        check_row(backends[b].name,
                  str_is(buf_str(&plain), "a bin/ bin/run* d/ d/e/ d/e/f d/link@ dirlink@ loop@ out@ "),
                  "got %s", plain.p);
    }
    check_done();
}

// All backends give the same archive, byte for byte.
static void test_archive_equal(void **state) {
    (void)state;
    autoarena a = { 0 };
    const char *dir = make_tree(&a);
    autobuf first = { 0 };
    for (size_t b = 0; b < 3; b++) {
        struct err err = { .a = &a };
        autofileset *fs = backends[b].open(&a, dir, &err);
        autobuf out = { 0 };
        bool ok = archive_write(fs, NULL, NULL, (struct byte_sink) { to_buf, &out }, &err);
        check_row(backends[b].name, ok, "%s", err.msg);
        if (b == 0)
            buf_put_str(&first, buf_str(&out));
        check_row(backends[b].name, str_eq(buf_str(&first), buf_str(&out)), "another archive");
    }
    check_done();
}

static void test_on_top(void **state) {
    (void)state;
    autoarena a = { 0 };
    struct err err = { .a = &a };
    const char *dir = make_tree(&a);
    autofileset *fs = open_dir(&a, dir, &err);
    autobuf names = { 0 };
    struct str text;
    assert_true(fileset_put(fs, "a", STR("changed"), false, &err));
    assert_true(fileset_put(fs, "new/x/y", STR("new"), false, &err));
    assert_true(fileset_hide(fs, "d/e", &err));
    assert_true(fileset_put(fs, "d/e/g", STR("again"), false, &err));
    assert_true(fileset_hide(fs, "bin/run", &err));
    assert_false(fileset_put(fs, "../x", STR(""), false, &err));
    err_clear(&err);
    assert_true(fileset_walk(fs, ".", collect, &names, &err));
    assert_string_equal(names.p, "a bin/ d/ d/e/ d/e/g d/link@ dirlink@ loop@ new/ new/x/ new/x/y out@ ");
    assert_true(fileset_read(&a, fs, "d/link", &text, &err));
    assert_string_equal(text.p, "changed");
    assert_false(fileset_is_file(fs, "d/e/f"));
    assert_false(fileset_is_file(fs, "bin/run"));
    assert_true(fileset_is_dir(fs, "bin"));
}

static void test_record(void **state) {
    (void)state;
    autoarena a = { 0 };
    struct err err = { .a = &a };
    struct fileset_entries list;
    struct str text;
    autofileset *fs = fileset_mem(), *same = fileset_mem(), *changed = fileset_mem(), *more = fileset_mem(),
                *appeared = fileset_mem();
    struct fileset *all[] = { fs, same, changed, more, appeared };
    for (size_t i = 0; i < countof(all); i++) {
        assert_true(fileset_put(all[i], "d/a", STR("1"), false, &err));
        assert_true(fileset_put(all[i], "unread", str_of(i == 1 ? "other" : "x"), false, &err));
    }
    assert_true(fileset_put(changed, "d/a", STR("2"), false, &err));
    assert_true(fileset_put(more, "d/b", STR("1"), false, &err));
    assert_true(fileset_put(appeared, "kustomization.yaml", STR(""), false, &err));
    fileset_record(fs);
    assert_true(fileset_read(&a, fs, "d/a", &text, &err));
    assert_true(fileset_list(&a, fs, "d", &list, &err));
    assert_false(fileset_is_file(fs, "kustomization.yaml"));
    char *record = fileset_record_text(&a, fs);
    assert_true(fileset_record_holds(fs, record));
    assert_true(fileset_record_holds(same, record));
    assert_false(fileset_record_holds(changed, record));
    assert_false(fileset_record_holds(more, record));
    assert_false(fileset_record_holds(appeared, record));
    assert_false(fileset_record_holds(fs, ""));
}

static int set_up(void **state) {
    (void)state;
    repo_init();
    return mkdtemp(temp) ? 0 : -1;
}

static int tear_down(void **state) {
    (void)state;
    autoarena a = { 0 };
    struct err err = { .a = &a };
    repo_store_close(&git_store);
    return dir_remove(temp, &err) ? 0 : -1;
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_read),   cmocka_unit_test(test_walk),   cmocka_unit_test(test_archive_equal),
        cmocka_unit_test(test_on_top), cmocka_unit_test(test_record),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
