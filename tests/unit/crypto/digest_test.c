// SPDX-License-Identifier: Apache-2.0
// Digests and MACs against published vectors.
#include "tests/unit/check.h"

#include "common/crypto/digest.h"

static void test_vectors(void **state) {
    (void)state;
    static const struct {
        enum digest_algo algo;
        const char *text, *hex;
    } cases[] = {
        { DIGEST_SHA1, "abc", "a9993e364706816aba3e25717850c26c9cd0d89d" },
        { DIGEST_SHA256, "abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad" },
        { DIGEST_SHA256, "", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855" },
        { DIGEST_SHA384, "abc",
          "cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed8086072ba1e7cc2358baeca134c825a"
          "7" },
        { DIGEST_SHA512, "abc",
          "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23a3feebbd45"
          "4d4423643ce80e"
          "2a9ac94fa54ca49f" },
    };
    for (size_t i = 0; i < countof(cases); i++) {
        autoarena a = { 0 };
        const char *got = digest_hex(&a, cases[i].algo, str_of(cases[i].text));
        check_row(digest_name(cases[i].algo), !strcmp(got, cases[i].hex), "got %s", got);
    }
    check_done();
}

// RFC 2202 and RFC 4231, case 2.
static void test_hmac(void **state) {
    (void)state;
    static const struct {
        enum digest_algo algo;
        const char *hex;
    } cases[] = {
        { DIGEST_SHA1, "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79" },
        { DIGEST_SHA256, "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843" },
        { DIGEST_SHA512,
          "164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd610270cd7ea2505549758bf75c05a994a6d034f65f8f0e6fd"
          "caeab1a34d4a6b4b636e070a38bce737" },
    };
    for (size_t i = 0; i < countof(cases); i++) {
        autoarena a = { 0 };
        const char *got = hmac_hex(&a, cases[i].algo, STR("Jefe"), STR("what do ya want for nothing?"));
        check_row(digest_name(cases[i].algo), !strcmp(got, cases[i].hex), "got %s", got);
    }
    check_done();
}

static void test_parse(void **state) {
    (void)state;
#define HEX64 "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    static const struct {
        const char *text, *want;
    } cases[] = {
        { "sha256:" HEX64, "sha256" },
        { HEX64, "sha256" },
        { "sha1:a9993e364706816aba3e25717850c26c9cd0d89d", "sha1" },
        { "sha512:" HEX64 HEX64, "sha512" },
        { "sha512:" HEX64, "invalid checksum digest length \"sha512:" HEX64 "\"" },
        { "sha256:xyz0", "invalid checksum digest format \"sha256:xyz0\"" },
        { "sha256:abc", "invalid checksum digest format \"sha256:abc\"" },
        { "", "invalid checksum digest length \"\"" },
        { "md5:00", "unknown digest algorithm \"md5\"" },
        { "blake3:00", "digest algorithm blake3 is not supported" },
    };
    for (size_t i = 0; i < countof(cases); i++) {
        autoarena a = { 0 };
        struct err err = { .a = &a };
        enum digest_algo algo;
        struct str bytes;
        const char *got = digest_parse(&a, cases[i].text, &algo, &bytes, &err) ? digest_name(algo) : err.msg;
        check_row(cases[i].text, !strcmp(got, cases[i].want), "got %s", got);
    }
    check_row("equal",
              equal_constant_time(STR("ab"), STR("ab")) && !equal_constant_time(STR("ab"), STR("ac")) &&
                  !equal_constant_time(STR("ab"), STR("abc")),
              "wrong");
    check_done();
}

int main(void) {
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_vectors), cmocka_unit_test(test_hmac),
                                        cmocka_unit_test(test_parse) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
