// SPDX-License-Identifier: Apache-2.0
/* What a plain YAML scalar means, by the rules of Go's readers. Inside of the room. */
#ifndef VALUE_YAML_RESOLVE_H
#define VALUE_YAML_RESOLVE_H

#include "common/base/arena.h"

enum yaml_kind { YAML_NULL, YAML_BOOL, YAML_INT, YAML_UINT, YAML_FLOAT, YAML_TIME, YAML_STR };

struct yaml_time {
    int year, month, day, hour, minute, second, ns, offset_s;
};

struct yaml_scalar {
    enum yaml_kind kind;
    union {
        bool b;
        int64_t i;
        uint64_t u; // YAML_UINT: past INT64_MAX
        double f;
        struct yaml_time t;
    };
};

/* Go: yaml.v2 and yaml.v3 resolve(): v3 has no yes/no/on/off/y/n, and 0o17 is an integer with a sign too.
 * dates: also look for timestamps (a scalar without tag, or with !!timestamp). */
struct yaml_scalar yaml_resolve(struct str s, bool v3, bool dates);
const char *yaml_kind_tag(enum yaml_kind kind); // "!!int"
// y, yes, on, n, no, off in their usual cases: booleans of YAML 1.1
bool yaml_is_old_bool(struct str s);
// "1:30", "-1:59.5": numbers to base 60 of YAML 1.1, which writers still quote
bool yaml_is_base60(struct str s);
char *yaml_time_text(struct arena *a,
                     const struct yaml_time *t); // RFC 3339 with the digits of the fraction that count

#endif
