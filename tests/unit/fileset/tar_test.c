// SPDX-License-Identifier: Apache-2.0
/* Tar: the bytes that Flux's archives have, foreign archives, hostile archives. */
#include "common/base/buf.h"
#include "common/base/limits.h"
#include "common/fileset/tar.h"
#include "tests/unit/check.h"

#include <openssl/evp.h>
#include <stdio.h>

static bool to_buf(void *arg, struct str bytes, struct err *err) {
    (void)err;
    buf_put_str(arg, bytes);
    return true;
}

static void sha256_hex(struct str bytes, char out[65]) {
    uint8_t digest[32];
    unsigned n;
    assert_int_equal(EVP_Digest(bytes.p, bytes.n, digest, &n, EVP_sha256(), NULL), 1);
    for (size_t i = 0; i < 32; i++)
        snprintf(out + 2 * i, 3, "%02x", digest[i]);
}

static void put(struct fileset *fs, const char *path, const char *text, bool executable) {
    autoarena a = { 0 };
    struct err err = { .a = &a };
    assert_true(fileset_put(fs, path, str_of(text), executable, &err));
}

// contract source.md 3.1: the golden tree.
static void test_golden(void **state) {
    (void)state;
    autoarena a = { 0 };
    struct err err = { .a = &a };
    autofileset *fs = fileset_mem();
    autobuf out = { 0 };
    char hex[65];
    put(fs, "a.txt", "hello\n", false);
    put(fs, "bin/run.sh", "#!/bin/sh\n", true);
    assert_true(archive_write(fs, NULL, NULL, (struct byte_sink) { to_buf, &out }, &err));
    assert_int_equal(out.n, 4096);
    sha256_hex(buf_str(&out), hex);
    assert_string_equal(hex, "33ff6069d304567e26e6e61e9da3f9ae865aec7b59ff7cec49da2f1401ba1a7b");
}

// What is written is read back: names of every length and alphabet.
static void test_round_trip(void **state) {
    (void)state;
    static const struct {
        const char *name;
        int repeat; // of "d" x 20 directories in front
    } rows[] = {
        { "short", 0 },    { "long", 5 }, { "longer", 8 }, { "longest", 30 }, { "\xc3\xa4\xc3\xb6.txt", 0 },
        { "\xc3\xa4", 9 },
    };
    for (size_t i = 0; i < countof(rows); i++) {
        autoarena a = { 0 };
        struct err err = { .a = &a };
        autofileset *fs = fileset_mem(), *back = NULL;
        autobuf name = { 0 }, out = { 0 };
        struct str text;
        for (int d = 0; d < rows[i].repeat; d++)
            buf_puts(&name, "dddddddddddddddddddd/");
        buf_puts(&name, rows[i].name);
        put(fs, name.p, "content", false);
        assert_true(archive_write(fs, NULL, NULL, (struct byte_sink) { to_buf, &out }, &err));
        struct str bytes = buf_str(&out);
        bool ok =
            fileset_from_tar(byte_source_mem(&bytes), &(struct tar_options) { .plain = true }, &back, &err) &&
            fileset_read(&a, back, name.p, &text, &err) && str_is(text, "content");
        check_row(name.p, ok, "%s", err.kind ? err.msg : "other content");
    }
    check_done();
}

/* ---- hand-made archives ---- */

static void add_entry(struct buf *b, const char *name, char type, const char *link, const char *content) {
    char block[512] = { 0 };
    size_t n = strlen(content);
    memcpy(block, name, strlen(name) > 100 ? 100 : strlen(name));
    snprintf(block + 100, 8, "%07o", 0644);
    snprintf(block + 124, 12, "%011zo", n);
    memset(block + 148, ' ', 8);
    block[156] = type;
    memcpy(block + 157, link, strlen(link));
    memcpy(block + 257,
           "ustar\0"
           "00",
           8);
    unsigned sum = 0;
    for (size_t i = 0; i < 512; i++)
        sum += (unsigned char)block[i];
    snprintf(block + 148, 8, "%06o", sum);
    buf_add(b, block, 512);
    buf_add(b, content, n);
    while (b->n % 512)
        buf_putc(b, 0);
}

static void add_end(struct buf *b) {
    static const char zeros[1024];
    buf_add(b, zeros, sizeof(zeros));
}

static void build_simple(struct buf *b) {
    add_entry(b, "./", '5', "", "");
    add_entry(b, "./a", '0', "", "one");
    add_entry(b, "d/b", '0', "", "two");
    add_end(b);
}
static void build_gnu_long(struct buf *b) {
    char name[300];
    memset(name, 'n', sizeof(name) - 1);
    name[sizeof(name) - 1] = '\0';
    add_entry(b, "././@LongLink", 'L', "", name);
    add_entry(b, "nnn", '0', "", "x");
    add_end(b);
}
static void build_pax_global(struct buf *b) {
    add_entry(b, "pax_global_header", 'g', "", "20 comment=01234567\n");
    add_entry(b, "a", '0', "", "x");
    add_end(b);
}
static void build_pax_path(struct buf *b) {
    add_entry(b, "PaxHeaders.0/q", 'x', "", "14 path=d/new\n");
    add_entry(b, "q", '0', "", "x");
    add_end(b);
}
static void build_dotdot(struct buf *b) {
    add_entry(b, "../a", '0', "", "x");
    add_end(b);
}
static void build_absolute(struct buf *b) {
    add_entry(b, "/etc/passwd", '0', "", "x");
    add_end(b);
}
static void build_inner_dotdot(struct buf *b) {
    add_entry(b, "a/../../b", '0', "", "x");
    add_end(b);
}
static void build_backslash(struct buf *b) {
    add_entry(b, "a\\b", '0', "", "x");
    add_end(b);
}
static void build_link(struct buf *b) {
    add_entry(b, "l", '2', "/etc/passwd", "");
    add_end(b);
}
static void build_hardlink(struct buf *b) {
    add_entry(b, "l", '1', "a", "");
    add_end(b);
}
static void build_device(struct buf *b) {
    add_entry(b, "null", '3', "", "");
    add_end(b);
}
static void build_no_end(struct buf *b) {
    add_entry(b, "a", '0', "", "x");
}
static void build_one_zero_block(struct buf *b) {
    add_entry(b, "a", '0', "", "x");
    add_end(b);
    b->n -= 512;
}
static void build_junk(struct buf *b) {
    build_simple(b);
    buf_puts(b, "junk");
}
static void build_second(struct buf *b) {
    build_simple(b);
    build_simple(b);
}
static void build_cut(struct buf *b) {
    build_simple(b);
    b->n = 512 + 512 + 100;
}
static void build_checksum(struct buf *b) {
    build_simple(b);
    b->p[600] ^= 1;
}
static void build_file_as_dir(struct buf *b) {
    add_entry(b, "a", '0', "", "x");
    add_entry(b, "a/b", '0', "", "x");
    add_end(b);
}
static void build_twice(struct buf *b) {
    add_entry(b, "a", '0', "", "old");
    add_entry(b, "a", '0', "", "new");
    add_end(b);
}
static void build_dir_then_file(struct buf *b) {
    add_entry(b, "a/", '5', "", "");
    add_entry(b, "a", '0', "", "x");
    add_end(b);
}
static void build_pax_bad(struct buf *b) {
    add_entry(b, "x", 'x', "", "99 path=a\n");
    add_entry(b, "q", '0', "", "x");
    add_end(b);
}
static void build_pax_huge(struct buf *b) {
    add_entry(b, "x", 'x', "", "29 size=18446744073709551615\n");
    add_entry(b, "q", '0', "", "x");
    add_end(b);
}
static void build_pax_alone(struct buf *b) {
    add_entry(b, "x", 'x', "", "10 path=a\n");
    add_end(b);
}
static void build_deep(struct buf *b) {
    char name[1000] = "";
    for (size_t i = 0; i < 490; i++)
        memcpy(name + 2 * i, "d/", 2);
    name[980] = 'f';
    add_entry(b, "././@LongLink", 'L', "", name);
    add_entry(b, "d", '0', "", "x");
    add_end(b);
}

static const struct {
    const char *name;
    void (*build)(struct buf *b);
    const char *path, *text; // what is there when it is good
    const char *error;
} archives[] = {
    { "simple", build_simple, "d/b", "two", NULL },
    { "gnu long name", build_gnu_long, NULL, NULL, NULL },
    { "pax global", build_pax_global, "a", "x", NULL },
    { "pax path", build_pax_path, "d/new", "x", NULL },
    { "last of two", build_twice, "a", "new", NULL },
    { "dotdot", build_dotdot, NULL, NULL, "tar contained invalid name error \"../a\"" },
    { "absolute", build_absolute, NULL, NULL, "tar contained invalid name error \"/etc/passwd\"" },
    { "inner dotdot", build_inner_dotdot, NULL, NULL, "tar contained invalid name error \"a/../../b\"" },
    { "backslash", build_backslash, NULL, NULL, "tar contained invalid name error \"a\\b\"" },
    { "symlink", build_link, NULL, NULL, "tar file entry l contained unsupported file type" },
    { "hard link", build_hardlink, NULL, NULL, "tar file entry l contained unsupported file type" },
    { "device", build_device, NULL, NULL, "tar file entry null contained unsupported file type" },
    { "no end", build_no_end, NULL, NULL, "tar: unexpected EOF" },
    { "half an end", build_one_zero_block, NULL, NULL, "tar: unexpected EOF" },
    { "junk behind", build_junk, NULL, NULL, "tar: unexpected EOF" },
    { "second archive", build_second, NULL, NULL, "tar: trailing data after the end" },
    { "cut", build_cut, NULL, NULL, "tar: unexpected EOF" },
    { "checksum", build_checksum, NULL, NULL, "tar: invalid header" },
    { "file as directory", build_file_as_dir, NULL, NULL,
      "tar file entry a/b is below a, which is no directory" },
    { "directory, then file", build_dir_then_file, NULL, NULL,
      "tar file entry a appears twice with different types" },
    { "pax length", build_pax_bad, NULL, NULL, "tar: invalid extended header" },
    { "pax size", build_pax_huge, NULL, NULL, "tar: content larger than 4294967296 bytes" },
    { "pax alone", build_pax_alone, NULL, NULL, "tar: unexpected EOF" },
    { "too deep", build_deep, NULL, NULL, "tar: more than 250 directories deep" },
};

static void test_archives(void **state) {
    (void)state;
    for (size_t i = 0; i < countof(archives); i++) {
        autoarena a = { 0 };
        struct err err = { .a = &a };
        autobuf b = { 0 };
        autofileset *fs = NULL;
        struct str text;
        archives[i].build(&b);
        struct str bytes = buf_str(&b);
        bool ok =
            fileset_from_tar(byte_source_mem(&bytes), &(struct tar_options) { .plain = true }, &fs, &err);
        const char *want = archives[i].error ? archives[i].error : "no error";
        check_row(archives[i].name, text_eq(ok ? "no error" : err.msg, want), "got %s, want %s",
                  ok ? "no error" : err.msg, want);
        if (ok && archives[i].path)
            check_row(archives[i].name,
                      fileset_read(&a, fs, archives[i].path, &text, &err) && str_is(text, archives[i].text),
                      "content");
    }
    check_done();
}

static void test_links_kept(void **state) {
    (void)state;
    static const struct {
        const char *target, *error;
    } rows[] = {
        { "a", NULL },
        { "d/../a", NULL },
        { "/etc/passwd", "open l: the symbolic link leaves the tree" },
        { "../a", "open l: the symbolic link leaves the tree" },
        { "l", "open l: too many levels of symbolic links" },
        { "nowhere", "open l: no such file or directory" },
    };
    for (size_t i = 0; i < countof(rows); i++) {
        autoarena a = { 0 };
        struct err err = { .a = &a };
        autobuf b = { 0 };
        autofileset *fs = NULL;
        struct str text;
        add_entry(&b, "a", '0', "", "x");
        add_entry(&b, "d/c", '0', "", "x");
        add_entry(&b, "l", '2', rows[i].target, "");
        add_end(&b);
        struct str bytes = buf_str(&b);
        assert_true(fileset_from_tar(byte_source_mem(&bytes),
                                     &(struct tar_options) { .plain = true, .links = TAR_LINKS_KEEP }, &fs,
                                     &err));
        bool ok = fileset_read(&a, fs, "l", &text, &err);
        const char *want = rows[i].error ? rows[i].error : "no error";
        check_row(rows[i].target, text_eq(ok ? "no error" : err.msg, want), "got %s",
                  ok ? "no error" : err.msg);
    }
    check_done();
}

static void test_limits(void **state) {
    (void)state;
    static const struct {
        const char *name;
        struct tar_options options;
        const char *error;
    } rows[] = {
        { "bytes", { .plain = true, .max_bytes = 5 }, "tar: content larger than 5 bytes" },
        { "entries", { .plain = true, .max_entries = 2 }, "tar: more than 2 entries" },
        { "enough", { .plain = true, .max_bytes = 6, .max_entries = 3 }, "no error" },
        { "not compressed", { .plain = false }, "gzip: invalid header" },
    };
    for (size_t i = 0; i < countof(rows); i++) {
        autoarena a = { 0 };
        struct err err = { .a = &a };
        autobuf b = { 0 };
        autofileset *fs = NULL;
        build_simple(&b);
        struct str bytes = buf_str(&b);
        bool ok = fileset_from_tar(byte_source_mem(&bytes), &rows[i].options, &fs, &err);
        check_row(rows[i].name, text_eq(ok ? "no error" : err.msg, rows[i].error), "got %s",
                  ok ? "no error" : err.msg);
    }
    check_done();
}

static void test_strip(void **state) {
    (void)state;
    autoarena a = { 0 };
    struct err err = { .a = &a };
    autobuf b = { 0 };
    autofileset *fs = NULL;
    build_simple(&b);
    struct str bytes = buf_str(&b), text;
    assert_true(fileset_from_tar(byte_source_mem(&bytes),
                                 &(struct tar_options) { .plain = true, .strip_dir = "d/" }, &fs, &err));
    assert_true(fileset_read(&a, fs, "b", &text, &err));
    assert_false(fileset_is_file(fs, "a"));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_golden),     cmocka_unit_test(test_round_trip), cmocka_unit_test(test_archives),
        cmocka_unit_test(test_links_kept), cmocka_unit_test(test_limits),     cmocka_unit_test(test_strip),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
