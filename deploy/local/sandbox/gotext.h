// SPDX-License-Identifier: Apache-2.0
/* Values as Go's fmt prints them, because the API server's messages do: %q, %v and %#v. */
#ifndef SANDBOX_GOTEXT_H
#define SANDBOX_GOTEXT_H

#include "common/value/goquote.h" // go_quote: %q of a string

void go_print(struct buf *out, const struct value *v);      // %v: map[a:1 b:[x y]]
void go_print_full(struct buf *out, const struct value *v); // %#v: map[string]interface {}{"a":1}
const char *go_type(const struct value *v);                 // %T: map[string]interface {}
void go_float(struct buf *out, double f);                   // %v of a float64

#endif
