// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/check.h"

#include "common/base/base64.h"

static void test_rows(void **state) {
    (void)state;
    // RFC 4648, section 10, and what Go's decoder refuses.
    static const struct {
        const char *text, *bytes; // bytes NULL: refused
    } rows[] = {
        { "", "" },
        { "Zg==", "f" },
        { "Zm8=", "fo" },
        { "Zm9v", "foo" },
        { "Zm9vYg==", "foob" },
        { "Zm9vYmE=", "fooba" },
        { "Zm9vYmFy", "foobar" },
        { "Zm9v\nYmFy\r\n", "foobar" },
        { "Zg", NULL },
        { "Zg=", NULL },
        { "Z===", NULL },
        { "Zg==Zg==", NULL },
        { "Zm 9v", NULL },
        { "Zm9v=", NULL },
        { "=", NULL },
        { "Zm9_", NULL },
    };
    for (size_t i = 0; i < countof(rows); i++) {
        autoarena a = { 0 };
        struct str out;
        bool ok = base64_decode(&a, str_of(rows[i].text), &out, NULL);
        check_row(rows[i].text, ok == (rows[i].bytes != NULL), "decoded: %d", ok);
        if (!ok || !rows[i].bytes)
            continue;
        check_row(rows[i].text, str_is(out, rows[i].bytes), "got '%s'", out.p);
        if (!strpbrk(rows[i].text, "\r\n"))
            check_row(rows[i].text, str_is(base64_encode(&a, out), rows[i].text), "encoded otherwise");
    }
    check_done();
}

static void test_round_trip(void **state) {
    (void)state;
    autoarena a = { 0 };
    char bytes[256];
    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (char)(i * 7);
    for (size_t n = 0; n <= sizeof bytes; n++) {
        struct str out, in = str_make(bytes, n);
        if (!base64_decode(&a, base64_encode(&a, in), &out, NULL) || !str_eq(in, out))
            fail_msg("length %zu", n);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_rows), cmocka_unit_test(test_round_trip) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
