// SPDX-License-Identifier: Apache-2.0
// Durations and times, in Go's words.
#include "common/base/timeutil.h"
#include "tests/unit/check.h"

static const struct {
    const char *text;
    int64_t ns;
    const char *want; // written back, or the message
    bool ok;
} durations[] = {
    { "1h30m", 5400000000000, "1h30m0s", true },
    { "-1.5s", -1500000000, "-1.5s", true },
    { "0", 0, "0s", true },
    { "+5m0.25s", 300250000000, "5m0.25s", true },
    { "1us", 1000, "1\xc2\xb5s", true },
    { "176163666ns", 176163666, "176.163666ms", true },
    { ".5m", 30000000000, "30s", true },
    { "-9223372036854775808ns", INT64_MIN, "-2562047h47m16.854775808s", true },
    { "9223372036854775808ns", 0, "time: invalid duration \"9223372036854775808ns\"", false },
    { "1d", 0, "time: unknown unit \"d\" in duration \"1d\"", false },
    { "5", 0, "time: missing unit in duration \"5\"", false },
    { "", 0, "time: invalid duration \"\"", false },
    { "-", 0, "time: invalid duration \"-\"", false },
    { ".s", 0, "time: invalid duration \".s\"", false },
    { "1 s", 0, "time: unknown unit \" s\" in duration \"1 s\"", false },
    { "1\"s", 0, "time: unknown unit \"\\\"s\" in duration \"1\\\"s\"", false },
};

static void test_durations(void **state) {
    (void)state;
    for (size_t i = 0; i < countof(durations); i++) {
        autoarena a = { 0 };
        struct err err = { .a = &a };
        int64_t ns = -77;
        bool ok = duration_parse(durations[i].text, &ns, &err);
        const char *got = ok ? duration_fmt(&a, ns) : err.msg;
        check_row(durations[i].text, ok == durations[i].ok && !strcmp(got, durations[i].want), "got %s", got);
        check_row(durations[i].text, ns == (ok ? durations[i].ns : -77), "got %lld ns", (long long)ns);
    }
    check_done();
}

static void test_human(void **state) {
    (void)state;
    static const struct {
        int64_t s;
        const char *want;
    } cases[] = {
        { -5, "<invalid>" }, { 0, "0s" },      { 119, "119s" },    { 120, "2m" },
        { 200, "3m20s" },    { 600, "10m" },   { 10740, "179m" },  { 10800, "3h" },
        { 14460, "4h1m" },   { 28800, "8h" },  { 172799, "47h" },  { 172800, "2d" },
        { 183600, "2d3h" },  { 691200, "8d" }, { 63072000, "2y" }, { 94608000, "3y" },
    };
    for (size_t i = 0; i < countof(cases); i++) {
        autoarena a = { 0 };
        const char *got = duration_human(&a, cases[i].s * NS_PER_S);
        check_row(cases[i].want, !strcmp(got, cases[i].want), "got %s", got);
    }
    check_done();
}

static const struct {
    const char *text, *utc; // NULL: refused
    int64_t ns;
} times[] = {
    { "2026-11-24T10:00:00Z", "2026-11-24T10:00:00Z", 1795514400000000000 },
    { "2026-11-24T11:30:00.25+01:30", "2026-11-24T10:00:00Z", 1795514400250000000 },
    { "1969-12-31T23:59:59.999999999Z", "1969-12-31T23:59:59Z", -1 },
    { "2000-02-29T00:00:00Z", "2000-02-29T00:00:00Z", 951782400000000000 },
    { "1900-02-29T00:00:00Z", NULL, 0 },
    { "2026-13-01T00:00:00Z", NULL, 0 },
    { "2026-11-24T24:00:00Z", NULL, 0 },
    { "2026-11-24 10:00:00Z", NULL, 0 },
    { "2026-11-24T10:00:00", NULL, 0 },
    { "2026-11-24T10:00:00Zx", NULL, 0 },
};

static void test_times(void **state) {
    (void)state;
    for (size_t i = 0; i < countof(times); i++) {
        autoarena a = { 0 };
        struct err err = { .a = &a };
        int64_t ns = 0;
        bool ok = time_parse_rfc3339(times[i].text, &ns, &err);
        const char *got = ok ? time_fmt_rfc3339(&a, ns) : NULL;
        check_row(times[i].text,
                  ok == (times[i].utc != NULL) && (!ok || (text_eq(got, times[i].utc) && ns == times[i].ns)),
                  "got %s, %lld", got ? got : err.msg, (long long)ns);
    }
    autoarena a = { 0 };
    assert_string_equal(time_fmt_micro(&a, 1795514400250000999), "2026-11-24T10:00:00.250000Z");
    check_done();
}

int main(void) {
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_durations), cmocka_unit_test(test_human),
                                        cmocka_unit_test(test_times) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
