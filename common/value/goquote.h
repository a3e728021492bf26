// SPDX-License-Identifier: Apache-2.0
/* Text as Go's %q and %#v print it, for messages that must read as the reference tools'. */
#ifndef VALUE_GOQUOTE_H
#define VALUE_GOQUOTE_H

#include "common/base/buf.h"
#include "common/value/value.h"

// strconv.Quote: "a\tb". Printable runes past ASCII stay; which those are is approximate for unassigned code points.
void go_quote(struct buf *out, struct str s);
char *go_quoted(struct arena *a, struct str s);

/* %#v of a decoded YAML value: map[interface {}]interface {}{"a":interface {}(nil)}. `key_type` is "interface {}" (yaml.v2)
 * or "string" (yaml.v3, encoding/json). Keys are sorted. */
void go_syntax(struct buf *out, const struct value *v, const char *key_type);

#endif
