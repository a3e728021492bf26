// SPDX-License-Identifier: Apache-2.0
/* Gzip: what is written is read back, the header is Flux's, and no damage passes. */
#include "common/base/buf.h"
#include "common/fileset/tar.h"
#include "tests/unit/check.h"

static bool to_buf(void *arg, struct str bytes, struct err *err) {
    (void)err;
    buf_put_str(arg, bytes);
    return true;
}

static void compress(struct buf *out, struct str in) {
    autoarena a = { 0 };
    struct err err = { .a = &a };
    AUTO(gzip_free) struct gzip *g = gzip_new((struct byte_sink) { to_buf, out });
    struct byte_sink sink = gzip_sink(g);
    for (size_t at = 0; at < in.n; at += 1000)
        assert_true(sink.write(sink.arg, str_sub(in, at, at + 1000), &err));
    assert_true(gzip_end(g, &err));
}

static bool decompress(struct str in, uint64_t max, struct buf *out, struct err *err) {
    AUTO(gunzip_free) struct gunzip *g = gunzip_new(byte_source_mem(&in), max);
    struct byte_source src = gunzip_source(g);
    char bytes[777];
    size_t n;
    do {
        if (!src.read(src.arg, bytes, sizeof(bytes), &n, err))
            return false;
        buf_add(out, bytes, n);
    } while (n > 0);
    return true;
}

static void fill(struct buf *b, size_t n) {
    uint32_t x = 1;
    while (b->n < n) {
        x = x * 1103515245 + 12345;
        buf_fmt(b, "line %u\n", x >> 20);
    }
}

static void test_round_trip(void **state) {
    (void)state;
    static const size_t sizes[] = { 0, 1, 65535, 65536, 300000 };
    for (size_t i = 0; i < countof(sizes); i++) {
        autoarena a = { 0 };
        struct err err = { .a = &a };
        autobuf in = { 0 }, zipped = { 0 }, out = { 0 }, again = { 0 };
        if (sizes[i])
            fill(&in, sizes[i]);
        compress(&zipped, buf_str(&in));
        compress(&again, buf_str(&in));
        assert_memory_equal(zipped.p, "\x1f\x8b\x08\0\0\0\0\0\0\xff", 10);
        assert_true(str_eq(buf_str(&zipped), buf_str(&again)));
        bool ok = decompress(buf_str(&zipped), UINT64_MAX, &out, &err) && str_eq(buf_str(&in), buf_str(&out));
        check_row("size", ok, "%zu: %s", sizes[i], err.kind ? err.msg : "other bytes");
    }
    check_done();
}

// Any single flipped bit of body or trailer is noticed; so is any cut and any added byte.
static void test_damage(void **state) {
    (void)state;
    autobuf in = { 0 }, zipped = { 0 };
    fill(&in, 3000);
    compress(&zipped, buf_str(&in));
    for (size_t at = 10; at < zipped.n; at++) {
        autoarena a = { 0 };
        struct err err = { .a = &a };
        autobuf out = { 0 }, out2 = { 0 };
        zipped.p[at] ^= 0x10;
        bool ok = decompress(buf_str(&zipped), UINT64_MAX, &out, &err);
        zipped.p[at] ^= 0x10;
        // The last byte of the deflate stream has unused bits.
        check_row("flip", !ok || str_eq(buf_str(&out), buf_str(&in)), "byte %zu was not noticed", at);
        err_clear(&err);
        check_row("cut", !decompress(str_make(zipped.p, at), UINT64_MAX, &out2, &err),
                  "cut at %zu was not noticed", at);
    }
    autoarena a = { 0 };
    struct err err = { .a = &a };
    autobuf out = { 0 };
    buf_putc(&zipped, 0);
    assert_false(decompress(buf_str(&zipped), UINT64_MAX, &out, &err));
    assert_string_equal(err.msg, "gzip: trailing data after the end");
    check_done();
}

static void test_bomb(void **state) {
    (void)state;
    autoarena a = { 0 };
    struct err err = { .a = &a };
    autobuf in = { 0 }, zipped = { 0 }, out = { 0 };
    memset(buf_room(&in, 1 << 20), 0, 1 << 20);
    in.n = 1 << 20;
    compress(&zipped, buf_str(&in));
    assert_false(decompress(buf_str(&zipped), 100000, &out, &err));
    assert_string_equal(err.msg, "unpacked content is larger than 100000 bytes");
}

// Name, comment, extra field and header checksum of foreign writers.
static void test_header_fields(void **state) {
    (void)state;
    autoarena a = { 0 };
    struct err err = { .a = &a };
    autobuf zipped = { 0 }, foreign = { 0 }, out = { 0 };
    compress(&zipped, STR("hello"));
    buf_add(&foreign, "\x1f\x8b\x08\x1e\0\0\0\0\0\x03", 10);
    buf_add(&foreign, "\x03\0abc", 5);
    buf_add(&foreign, "name\0comment\0cc", 15);
    buf_add(&foreign, zipped.p + 10, zipped.n - 10);
    assert_true(decompress(buf_str(&foreign), UINT64_MAX, &out, &err));
    assert_true(str_is(buf_str(&out), "hello"));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_round_trip),
        cmocka_unit_test(test_damage),
        cmocka_unit_test(test_bomb),
        cmocka_unit_test(test_header_fields),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
