// SPDX-License-Identifier: Apache-2.0
// Digests, HMAC, hex and base64 against published vectors.
#include "common/crypto/digest.h"
#include "common/crypto/encoding.h"
#include "common/crypto/hmac.h"
#include "common/crypto/secret.h"
#include "tests/unit/check.h"

#include <fcntl.h>
#include <unistd.h>

// FIPS 180-4, RFC 1321, and the BLAKE3 project's own vectors (bytes 0, 1 ... 250, 0, 1 ...).
static const struct {
    const char *name;
    enum digest_algorithm algorithm;
    size_t pattern_bytes; // 0: text
    const char *text, *want;
} digests[] = {
    { "sha256", DIGEST_SHA256, 0, "abc",
      "sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad" },
    { "sha256 of nothing", DIGEST_SHA256, 0, "",
      "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855" },
    { "sha384", DIGEST_SHA384, 0, "abc",
      "sha384:"
      "cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed8086072ba1e7cc2358baeca134c825a7" },
    { "sha512", DIGEST_SHA512, 0, "abc",
      "sha512:ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"
      "2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f" },
    { "sha1", DIGEST_SHA1, 0, "abc", "sha1:a9993e364706816aba3e25717850c26c9cd0d89d" },
    { "md5", DIGEST_MD5, 0, "abc", "md5:900150983cd24fb0d6963f7d28e17f72" },
    { "blake3", DIGEST_BLAKE3, 0, "abc",
      "blake3:6437b3ac38465133ffb63b75273a8db548c558465d79db03fd359c6cd5bd9d85" },
    { "blake3 0", DIGEST_BLAKE3, 0, "",
      "blake3:af1349b9f5f9a1a6a0404dea36dcc9499bcb25c9adc112b7cc9a93cae41f3262" },
    { "blake3 1", DIGEST_BLAKE3, 1, NULL,
      "blake3:2d3adedff11b61f14c886e35afa036736dcd87a74d27b5c1510225d0f592e213" },
    { "blake3 1023", DIGEST_BLAKE3, 1023, NULL,
      "blake3:10108970eeda3eb932baac1428c7a2163b0e924c9a9e25b35bba72b28f70bd11" },
    { "blake3 1024", DIGEST_BLAKE3, 1024, NULL,
      "blake3:42214739f095a406f3fc83deb889744ac00df831c10daa55189b5d121c855af7" },
    { "blake3 1025", DIGEST_BLAKE3, 1025, NULL,
      "blake3:d00278ae47eb27b34faecf67b4fe263f82d5412916c1ffd97c8cb7fb814b8444" },
    { "blake3 2048", DIGEST_BLAKE3, 2048, NULL,
      "blake3:e776b6028c7cd22a4d0ba182a8bf62205d2ef576467e838ed6f2529b85fba24a" },
    { "blake3 102400", DIGEST_BLAKE3, 102400, NULL,
      "blake3:bc3e3d41a1146b069abffad3c0d44860cf664390afce4d9661f7902e7943e085" },
};

static struct str input_of(struct arena *a, size_t i) {
    if (!digests[i].pattern_bytes)
        return str_of(digests[i].text);
    char *p = arena_alloc(a, digests[i].pattern_bytes);
    for (size_t k = 0; k < digests[i].pattern_bytes; k++)
        p[k] = (char)(k % 251);
    return str_make(p, digests[i].pattern_bytes);
}

static void test_digests(void **state) {
    (void)state;
    for (size_t i = 0; i < countof(digests); i++) {
        autoarena a = { 0 };
        struct digest d, pieces;
        struct str in = input_of(&a, i);
        digest_of(digests[i].algorithm, in, &d);
        const char *got = digest_text(&a, &d);
        check_row(digests[i].name, text_eq(got, digests[i].want), "got %s", got);
        struct hasher h;
        hasher_init(&h, digests[i].algorithm);
        for (size_t at = 0, step = 1; at < in.n; at += step, step = step * 3 % 1021)
            hasher_add(&h, in.p + at, at + step < in.n ? step : in.n - at);
        hasher_finish(&h, &pieces);
        check_row(digests[i].name, digest_equal(&d, &pieces), "in pieces: %s", digest_text(&a, &pieces));
    }
    autohasher unfinished = { 0 };
    hasher_init(&unfinished, DIGEST_BLAKE3);
    check_done();
}

static void test_digest_of_fd(void **state) {
    (void)state;
    autoarena a = { 0 };
    struct err err = { .a = &a };
    char path[] = "/tmp/crypto-test.XXXXXX";
    int fd = mkostemp(path, O_CLOEXEC);
    unlink(path);
    assert_int_equal(write(fd, "abc", 3), 3);
    assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
    struct digest d;
    assert_true(digest_of_fd(DIGEST_MD5, fd, &d, &err));
    assert_string_equal(digest_hex(&a, &d), "900150983cd24fb0d6963f7d28e17f72");
    close(fd);
    assert_false(digest_of_fd(DIGEST_MD5, -1, &d, &err));
    assert_int_equal(err.kind, ERR_IO);
}

static void test_parse(void **state) {
    (void)state;
    static const struct {
        const char *text, *want; // want: the error, NULL = the text again
    } rows[] = {
        { "sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad", NULL },
        { "sha1:a9993e364706816aba3e25717850c26c9cd0d89d", NULL },
        { "sha1:A9993e364706816aba3e25717850c26c9cd0d89d", "invalid checksum digest format" },
        { "sha1:a9993e364706816aba3e25717850c26c9cd0d89g", "invalid checksum digest format" },
        { "sha1:a999", "invalid checksum digest length" },
        { "sha1:", "invalid checksum digest format" },
        { ":abc", "invalid checksum digest format" },
        { "", "invalid checksum digest format" },
        { "abc", "invalid checksum digest format" },
        { "md5:900150983cd24fb0d6963f7d28e17f72", "unsupported digest algorithm" },
        { "foo+bar:abc", "unsupported digest algorithm" },
        { "Foo:abc", "invalid checksum digest format" },
        { "foo+:abc", "invalid checksum digest format" },
        { "foo:a b", "invalid checksum digest format" },
    };
    for (size_t i = 0; i < countof(rows); i++) {
        autoarena a = { 0 };
        struct err err = { .a = &a };
        struct digest d;
        const char *got = digest_parse(str_of(rows[i].text), &d, &err) ? digest_text(&a, &d) : err.msg;
        check_row(rows[i].text, text_eq(got, rows[i].want ? rows[i].want : rows[i].text), "got %s", got);
    }
    check_done();
}

// RFC 4231 case 2, RFC 2202 case 2, and GitHub's documented example.
static void test_hmac(void **state) {
    (void)state;
    static const struct {
        enum digest_algorithm algorithm;
        const char *key, *data, *want;
    } rows[] = {
        { DIGEST_SHA256, "Jefe", "what do ya want for nothing?",
          "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843" },
        { DIGEST_SHA512, "Jefe", "what do ya want for nothing?",
          "164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd610270cd7ea250554"
          "9758bf75c05a994a6d034f65f8f0e6fdcaeab1a34d4a6b4b636e070a38bce737" },
        { DIGEST_SHA1, "Jefe", "what do ya want for nothing?", "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79" },
        { DIGEST_SHA256, "It's a Secret to Everybody", "Hello, World!",
          "757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17" },
        { DIGEST_SHA256, "", "", "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad" },
    };
    for (size_t i = 0; i < countof(rows); i++) {
        autoarena a = { 0 };
        struct str key = str_of(rows[i].key), data = str_of(rows[i].data);
        const char *got = hmac_hex(&a, rows[i].algorithm, key, data);
        check_row(rows[i].want, text_eq(got, rows[i].want), "got %s", got);
        check_row(rows[i].want, hmac_matches(rows[i].algorithm, key, data, str_of(got)),
                  "does not match itself");
        char *wrong = arena_strdup(&a, got);
        wrong[0] = wrong[0] == '0' ? '1' : '0';
        check_row(rows[i].want, !hmac_matches(rows[i].algorithm, key, data, str_of(wrong)),
                  "matches a wrong one");
        check_row(rows[i].want, !hmac_matches(rows[i].algorithm, key, data, str_sub(str_of(got), 0, 8)),
                  "a short one");
        check_row(rows[i].want, !hmac_matches(rows[i].algorithm, key, data, STR("zz")), "no hex");
    }
    check_done();
}

static void test_base64(void **state) {
    (void)state;
    static const struct {
        const char *text;
        unsigned flags;
        const char *want; // NULL: refused
    } rows[] = {
        { "", 0, "" }, // RFC 4648, section 10
        { "Zg==", 0, "f" },
        { "Zm8=", 0, "fo" },
        { "Zm9vYmFy", 0, "foobar" },
        { "Zg", 0, NULL },
        { "Zg=", 0, NULL },
        { "Zg===", 0, NULL },
        { "Zh==", 0, NULL }, // unused bits
        { "Z", 0, NULL },
        { "Z===", 0, NULL },
        { "Zm9v\n", 0, NULL },
        { "Zm=v", 0, NULL },
        { "-_-_", 0, NULL },
        { "Zg", BASE64_NO_PADDING, "f" },
        { "Zg==", BASE64_NO_PADDING, NULL },
        { "Pz8_Pj4-", BASE64_URL, "\x3f\x3f\x3f>>>" },
        { "Pz8/Pj4+", BASE64_URL, NULL },
        { "Pz8_Pg", BASE64_URL | BASE64_NO_PADDING, "\x3f\x3f\x3f>" },
        { " Pz8_\r\nPj4+ ", BASE64_LENIENT, "\x3f\x3f\x3f>>>" },
        { "Zh", BASE64_LENIENT, "f" },
        { "Zg=", BASE64_LENIENT, "f" },
        { "Zg==Zg==", BASE64_LENIENT, NULL },
        { "Z!", BASE64_LENIENT, NULL },
    };
    for (size_t i = 0; i < countof(rows); i++) {
        autoarena a = { 0 };
        struct str out = STR("");
        bool ok = base64_decode_as(&a, str_of(rows[i].text), rows[i].flags, &out);
        check_row(rows[i].text, ok == (rows[i].want != NULL) && (!ok || str_is(out, rows[i].want)),
                  "flags %u: got %s", rows[i].flags, ok ? out.p : "refused");
        const char *again = ok ? base64_encode_as(&a, out.p, out.n, rows[i].flags) : NULL;
        bool lenient = rows[i].flags & BASE64_LENIENT;
        check_row(rows[i].text, !ok || lenient || text_eq(again, rows[i].text), "written again: %s", again);
    }
    check_done();
}

static void test_hex_and_secrets(void **state) {
    (void)state;
    autoarena a = { 0 };
    struct str out;
    assert_string_equal(hex_encode(&a, "\x00\xff\x1a", 3), "00ff1a");
    assert_true(hex_decode(&a, STR("00fF1a"), &out));
    assert_int_equal(out.n, 3);
    assert_memory_equal(out.p, "\x00\xff\x1a", 3);
    assert_false(hex_decode(&a, STR("0"), &out));
    assert_false(hex_decode(&a, STR("0g"), &out));
    assert_true(secret_equal(STR("abc"), STR("abc")));
    assert_false(secret_equal(STR("abc"), STR("abd")));
    assert_false(secret_equal(STR("abc"), STR("ab")));
    char one[32] = "", two[32] = "";
    random_bytes(one, sizeof one);
    random_bytes(two, sizeof two);
    assert_memory_not_equal(one, two, sizeof one);
    secret_wipe(one, sizeof one);
    memset(two, 0, sizeof two);
    assert_memory_equal(one, two, sizeof one);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_digests), cmocka_unit_test(test_digest_of_fd),
        cmocka_unit_test(test_parse),   cmocka_unit_test(test_hmac),
        cmocka_unit_test(test_base64),  cmocka_unit_test(test_hex_and_secrets),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
