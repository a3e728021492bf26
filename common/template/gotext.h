// SPDX-License-Identifier: Apache-2.0
/* Texts of Go: quoted strings read back, numbers read and written as strconv does. Inside of the room. */
#ifndef TEMPLATE_GOTEXT_H
#define TEMPLATE_GOTEXT_H

#include "common/base/buf.h"

// strconv.UnquoteChar: one character of *rest, which is cut. *out_byte: a byte (\x, \ooo), not a rune.
bool go_unquote_char(struct str *rest, char quote, uint32_t *out, bool *out_byte);
// strconv.Unquote of "..." or `...`. false: invalid syntax.
bool go_unquote(struct arena *a, struct str s, struct str *out);
// strconv.ParseInt(s, base, 64): base 0 takes prefixes and underscores. false: syntax, or (*range) out of range.
bool go_parse_int(struct str s, int base, int64_t *out, bool *range);
bool go_parse_uint(struct str s, int base, uint64_t *out, bool *range);
// strconv.ParseFloat(s, 64)
bool go_parse_float(struct str s, double *out, bool *range);
// strconv.FormatFloat(f, verb, precision, 64); verbs e E f g G x X b, precision -1 = shortest
void go_format_float(struct buf *out, double f, char verb, int precision);
bool go_rune_printable(uint32_t rune); // strconv.IsPrint
void go_quote_ascii(struct buf *out, struct str s, char quote);

#endif
