// SPDX-License-Identifier: Apache-2.0
/* Numbers as Go's strconv reads and writes them. Independent of the locale. */
#ifndef VALUE_NUMBER_H
#define VALUE_NUMBER_H

#include "common/base/buf.h"

enum { NUMBER_TEXT = 32 }; // room for any shortest float64

/* Decimal text ([-+]digits[.digits][e[-+]digits], also ".5" and "5.") to float64, correctly rounded.
 * false: not such a number, or too large for float64. */
must_check bool number_to_double(struct str text, double *out);

/* Shortest decimal digits that give the same float64 back: digits without leading or trailing zeros ("0" for
 * zero), and the place of the decimal point before them (value = 0.DIGITS * 10^point). f is finite; the sign
 * is not written. */
size_t number_digits(double f, char digits[NUMBER_TEXT], int *out_point);

// strconv.FormatFloat(f, 'g', -1, 64): exponent when it is < -4 or >= 6 ("1e+06", "1e-05", "1.5", "+Inf", "NaN").
size_t number_fmt_g(double f, char out[NUMBER_TEXT]);
// fmt's %v and %#v of a float64: the same (recorded with Go 1.26: 1.2345675e+06, 1e+20).
size_t number_fmt_v(double f, char out[NUMBER_TEXT]);
// strconv.FormatFloat(f, 'g', -1, 32): as many digits as a float32 needs.
size_t number_fmt_g32(double f, char out[NUMBER_TEXT]);
// As encoding/json: exponent when |f| < 1e-6 or >= 1e21, without the zero in "e-09".
size_t number_fmt_json(double f, char out[NUMBER_TEXT]);

#endif
