// SPDX-License-Identifier: Apache-2.0
/* Row-wise checks on cmocka: a failing row is printed with its name and the other rows go on; the test fails
 * at its end.
 *
 *     static void test_x(void **state) {
 *         for each row: check_row(row.name, got == want, "got %d, want %d", got, want);
 *         check_done();
 *     }
 */
#ifndef TESTS_UNIT_CHECK_H
#define TESTS_UNIT_CHECK_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

static int check_failures;

__attribute__((unused, format(printf, 3, 4))) static void check_row(const char *row, int ok, const char *fmt,
                                                                    ...) {
    if (ok)
        return;
    check_failures++;
    va_list ap;
    va_start(ap, fmt);
    fprintf(stderr, "    row '%s': ", row);
    vfprintf(stderr, fmt, ap);
    fputc('\n', stderr);
    va_end(ap);
}

__attribute__((unused)) static void check_done(void) {
    int n = check_failures;
    check_failures = 0;
    if (n)
        fail_msg("%d row(s) failed", n);
}

#endif
