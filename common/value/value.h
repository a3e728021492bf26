// SPDX-License-Identifier: Apache-2.0
/* Value: the one data tree for JSON and YAML.
 *
 * What it is     null, bool, integer, float, string, list, map, all in one arena. Maps keep insertion order
 * and find keys fast when large. A number keeps its original text, a YAML scalar its style, so that the
 * writers can give back what the reference tools give. What it is not a model of the Kubernetes API; not
 * thread-safe while it is changed (a tree that nobody changes may be read by many threads). Ownership
 * everything that hangs in a tree lives in the arena it was made with; putting a value from another,
 *                shorter-lived arena into it is the caller's error (value_copy first).
 * NULL           reading functions take NULL for "absent" and give it back, so that look-ups chain without
 * tests.
 */
#ifndef VALUE_VALUE_H
#define VALUE_VALUE_H

#include "common/base/err.h"

enum value_type { VALUE_NULL, VALUE_BOOL, VALUE_INT, VALUE_FLOAT, VALUE_STRING, VALUE_LIST, VALUE_MAP };

// How a scalar or collection was written in YAML; JSON readers leave VALUE_STYLE_ANY.
enum value_style {
    VALUE_STYLE_ANY,
    VALUE_STYLE_PLAIN,
    VALUE_STYLE_SINGLE_QUOTED,
    VALUE_STYLE_DOUBLE_QUOTED,
    VALUE_STYLE_LITERAL,
    VALUE_STYLE_FOLDED,
    VALUE_STYLE_FLOW, // a list or map in { } or [ ]
    VALUE_STYLE_BLOCK,
};

struct value_map_index; // hash index, built when a map grows past a few keys

struct value_pair {
    struct str key; // NUL-terminated
    struct value *value;
    enum value_style key_style;
};

struct value {
    enum value_type type;
    enum value_style style;
    uint32_t line; // 1-based line in the input it was read from, 0 = unknown
    /* Numbers: the original text ("1e3", "0x1f", "1.0"), NULL = made by the program. Integers that do not fit
     * int64_t are VALUE_FLOAT with text. YAML strings that carried an explicit tag keep it here ("!!str"). */
    const char *text;
    union {
        bool b;
        int64_t i;
        double f;
        struct str s; // NUL-terminated; may contain NUL bytes
        struct {
            struct value **items;
            size_t n, cap;
        } list;
        struct {
            struct value_pair *pairs;
            size_t n, cap;
            struct value_map_index *index;
        } map;
    };
};

/* ---- make ---- */
struct value *value_null(struct arena *a);
struct value *value_bool(struct arena *a, bool b);
struct value *value_int(struct arena *a, int64_t i);
struct value *value_float(struct arena *a, double f);
struct value *value_string(struct arena *a, const char *text); // copied; NULL gives ""
struct value *value_string_n(struct arena *a, struct str s);   // copied
struct value *value_fmt(struct arena *a, const char *fmt, ...) printf_like(2, 3);
// Of what is there already, without a copy: text (NUL-terminated) and pairs must live as long as the value.
struct value *value_string_in(struct arena *a, struct str s);
// NULL when two keys are the same. pairs is taken and may be changed; its values may be set later.
struct value *value_map_in(struct arena *a, struct value_pair *pairs, size_t n);
struct value *value_list(struct arena *a);
struct value *value_map(struct arena *a);
// Deep copy into another arena (or the same), styles and number texts included. NULL gives NULL.
struct value *value_copy(struct arena *a, const struct value *v);

/* ---- read ---- */
static inline bool value_is(const struct value *v, enum value_type type) {
    return v && v->type == type;
}
size_t value_len(const struct value *v);                           // of a list or map; else 0
struct value *value_item(const struct value *list, size_t i);      // NULL: not a list, or past its end
struct value *value_get(const struct value *map, const char *key); // NULL: not a map, or absent
struct value *value_get_n(const struct value *map, struct str key);
/* The value below a path of keys, ending with NULL: value_at(o, "metadata", "name", NULL). A key of digits
 * also indexes a list. NULL when any step is absent. */
struct value *value_at(const struct value *v, ...) __attribute__((sentinel));
// Text of a string; `fallback` when absent or of another type. NUL-terminated.
const char *value_text(const struct value *v, const char *fallback);
const char *value_text_at(const struct value *v, ...) __attribute__((sentinel)); // NULL when absent
int64_t value_int_or(const struct value *v, int64_t fallback); // VALUE_INT, or a float without fraction
bool value_bool_or(const struct value *v, bool fallback);
/* Same content: map order does not count, 1 and 1.0 are equal, styles do not count. */
bool value_equal(const struct value *x, const struct value *y);
const char *
value_type_name(enum value_type type); // "null", "boolean", "integer", "number", "string", "array", "object"

/* ---- change (the tree's own arena) ---- */
// Sets or replaces (the place in the order stays); the key is copied. `v` NULL removes the key.
void value_set(struct arena *a, struct value *map, const char *key, struct value *v);
void value_set_n(struct arena *a, struct value *map, struct str key, struct value *v);
bool value_remove(struct value *map, const char *key); // true: was there
void value_append(struct arena *a, struct value *list, struct value *v);
void value_insert(struct arena *a, struct value *list, size_t at, struct value *v); // at <= n
void value_remove_item(struct value *list, size_t at);
/* The map below a path of keys, made where absent: value_ensure(a, o, "metadata", "labels", NULL).
 * Returns NULL when something on the way is not a map (null is replaced). */
struct value *value_ensure(struct arena *a, struct value *v, ...) __attribute__((sentinel));
void value_sort_keys(struct value *v); // byte order, recursively: as Go marshals maps

#endif
