// SPDX-License-Identifier: Apache-2.0
/* The compiled form of a structural schema; shared by schema_*.c only. */
#ifndef SANDBOX_SCHEMA_NODE_H
#define SANDBOX_SCHEMA_NODE_H

#include "common/text/regex.h"
#include "deploy/local/sandbox/schema.h"

enum {
    SCHEMA_STRING = 1 << 0,
    SCHEMA_INTEGER = 1 << 1,
    SCHEMA_NUMBER = 1 << 2,
    SCHEMA_BOOLEAN = 1 << 3,
    SCHEMA_ARRAY = 1 << 4,
    SCHEMA_OBJECT = 1 << 5,
};

struct schema_property {
    struct str name;
    struct schema *schema;
};

struct schema_list {
    struct schema **items;
    size_t n;
};

struct schema_limit { // a number that may be absent
    bool set, exclusive;
    double value;
};

struct schema_rules; // schema_rules.h

struct schema {
    const struct value *json;
    unsigned types;         // 0: any
    const char *type_names; // as messages list them: "integer,string"
    bool nullable, preserve_unknown, embedded, int_or_string, unique_items;
    struct schema_property *properties; // sorted by name
    size_t n_properties;
    struct schema *items, *additional; // additional: schema of other keys
    bool additional_any;               // additionalProperties: true
    bool additional_none;              // additionalProperties: false
    const struct value *fallback;      // default; NULL: none
    const struct value *enumeration, *required;
    struct schema_limit maximum, minimum, multiple_of;
    struct schema_limit max_length, min_length, max_items, min_items, max_properties, min_properties;
    const char *format; // NULL: none that is checked
    const char *pattern_text;
    struct regex *pattern; // NULL: none
    struct schema_list all_of, any_of, one_of;
    struct schema *not_;
    enum shape_list list;
    const struct value *map_keys;
    bool map_atomic;
    struct schema_rules *rules; // NULL: none
    struct shape *shape;        // of the root and of all below
    bool has_rules;             // here or below
};

struct schema *schema_property(const struct schema *s, struct str name); // NULL: none
// The schema of a key of an object: the property's or that of other keys.
struct schema *schema_of_key(const struct schema *s, struct str key);

#endif
