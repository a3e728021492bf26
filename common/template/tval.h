// SPDX-License-Identifier: Apache-2.0
/* Values of templates: what a reflect.Value is to Go's text/template.
 *
 * Go's types are visible in templates (typeOf, kindOf, %T, comparison and argument rules, error texts), so a value knows its
 * type: numbers are int, int64, float64 ..., lists and maps carry a descriptor with Go's name, the type of their elements and
 * their methods. `iface` is set on what came out of an interface{} slot (an element of a map[string]interface {}), as
 * reflect's Kind Interface: TVAL_NIL with iface is a nil interface, without it the invalid Value.
 * Ownership  the arena it was made in; lists never change once made, maps do (set, merge) and are shared by reference.
 */
#ifndef TEMPLATE_TVAL_H
#define TEMPLATE_TVAL_H

#include "common/base/buf.h"
#include "common/value/value.h"

struct semver;

enum tval_kind {
    TVAL_NIL,
    TVAL_BOOL,
    TVAL_INT,
    TVAL_INT32, // rune
    TVAL_INT64,
    TVAL_UINT8,
    TVAL_UINT64,
    TVAL_FLOAT64,
    TVAL_COMPLEX128,
    TVAL_STRING,
    TVAL_DURATION, // time.Duration, int64
    TVAL_MONTH,    // time.Month, int
    TVAL_WEEKDAY,  // time.Weekday, int
    TVAL_LIST,
    TVAL_MAP,
    TVAL_STRUCT,
    TVAL_TIME,   // time.Time
    TVAL_SEMVER, // *semver.Version
};

struct tlist;
struct tmap;
struct tstruct;
struct ttime;

struct tval {
    enum tval_kind kind : 8;
    bool iface : 1;
    bool unnamed : 1; // a map of a named type that was converted to map[string]interface {}
    union {
        bool b;
        int64_t i;
        uint64_t u;
        double f;
        struct {
            double re, im;
        } c;
        struct str s;
        struct tlist *list;
        struct tmap *map;
        struct tstruct *st;
        struct ttime *time;
        struct semver *semver;
    };
};

struct tctx; // the running function call: tctx_arena, tctx_fail

/* A method of a list, map or struct type. params: one letter an argument, as in functions.h ("s" = string). */
struct tmethod {
    const char *name, *params;
    bool (*call)(struct tctx *c, struct tval self, const struct tval *args, size_t n, struct tval *out);
};

// What a slot (element of a list or map, parameter) holds: a static type.
enum tslot { TSLOT_ANY, TSLOT_STRING, TSLOT_INT, TSLOT_BYTE, TSLOT_BYTES, TSLOT_LIST_ANY, TSLOT_MAP_ANY };

struct ttype {
    const char *name;              // "[]interface {}", "common.Values", "common.KubeVersion"
    enum tslot elem;               // of lists and maps
    const struct tmethod *methods; // {0} last; NULL = none
    const char *const *fields;     // structs: names, NULL last
    const char *const
        *json;       // structs: their JSON names; NULL = fields; a NULL entry is left out; "x,omitempty"
    bool pointer;    // a pointer to the struct: typeOf has a *, printf prints &{...}
    size_t n_hidden; // fields at the end that are not exported
    // fmt.Stringer on a pointer: printing the addressable value itself (never through %v) uses it
    void (*string)(const struct tstruct *st, struct buf *out);
};

struct tlist {
    const struct ttype *type;
    struct tval *items; // for TSLOT_BYTE unused: see bytes
    size_t n;
    struct str bytes; // []uint8
    bool nil;
};

struct tmap_entry {
    struct str key; // NUL-terminated
    struct tval value;
};

struct tmap {
    const struct ttype *type;
    struct tmap_entry *entries; // sorted by key
    size_t n, cap;
    bool nil;
};

struct tstruct {
    const struct ttype *type;
    struct tval *fields;
};

/* The types that the library itself makes. common.Values and others are used alike. */
extern const struct ttype ttype_list_any;  // []interface {}
extern const struct ttype ttype_list_str;  // []string
extern const struct ttype ttype_list_int;  // []int
extern const struct ttype ttype_bytes;     // []uint8
extern const struct ttype ttype_list_list; // [][]interface {}
extern const struct ttype ttype_list_map;  // []map[string]interface {}
extern const struct ttype ttype_map_any;   // map[string]interface {}
extern const struct ttype ttype_map_str;   // map[string]string
extern const struct ttype ttype_values;    // common.Values
extern const struct ttype ttype_map_bytes; // map[string][]uint8

/* ---- make ---- */
static inline struct tval tval_nil(void) {
    return (struct tval) { .kind = TVAL_NIL };
}
static inline struct tval tval_bool(bool b) {
    return (struct tval) { .kind = TVAL_BOOL, .b = b };
}
static inline struct tval tval_int(int64_t i) {
    return (struct tval) { .kind = TVAL_INT, .i = i };
}
static inline struct tval tval_int64(int64_t i) {
    return (struct tval) { .kind = TVAL_INT64, .i = i };
}
static inline struct tval tval_float(double f) {
    return (struct tval) { .kind = TVAL_FLOAT64, .f = f };
}
static inline struct tval tval_str(struct str s) { // borrowed; need not be NUL-terminated
    return (struct tval) { .kind = TVAL_STRING, .s = s };
}
static inline struct tval tval_text(const char *text) {
    return tval_str(str_of(text));
}
static inline struct tval tval_map(struct tmap *m) {
    return (struct tval) { .kind = TVAL_MAP, .map = m };
}
static inline struct tval tval_list(struct tlist *l) {
    return (struct tval) { .kind = TVAL_LIST, .list = l };
}
static inline struct tval tval_struct(struct tstruct *st) {
    return (struct tval) { .kind = TVAL_STRUCT, .st = st };
}
struct tval tval_bytes(struct arena *a, struct str bytes); // []uint8; borrowed
struct tmap *tmap_new(struct arena *a, const struct ttype *type);
struct tlist *tlist_new(struct arena *a, const struct ttype *type, size_t n); // n zeroed items to fill in
struct tstruct *tstruct_new(struct arena *a, const struct ttype *type);       // fields to fill in, by index

// NULL: absent. The element is kept as it is put in, without iface; tmap_slot gives what Go's index gives.
struct tval *tmap_find(const struct tmap *m, struct str key);
void tmap_put(struct arena *a, struct tmap *m, struct str key,
              struct tval v); // sets or replaces; the key is borrowed
void tmap_set(struct arena *a, struct tmap *m, const char *key, struct tval v);
bool tmap_remove(struct tmap *m, struct str key);

/* A data tree as Helm's values: all numbers are float64, except integers marked as what the program made (`--set`, targetPath:
 * value->line = TVAL_LINE_INT64), which are int64. Maps have `map_type` at the top (NULL: map[string]interface {}), plain ones
 * below. Strings and keys are borrowed from the tree. */
#define TVAL_LINE_INT64 UINT32_MAX
struct tval tval_of_value(struct arena *a, const struct value *v, const struct ttype *map_type);
/* A template value as a data tree, as JSON would carry it (structs by their JSON names, bytes as base64, times as RFC 3339).
 * Errors  ERR_INVALID: "json: unsupported value: NaN" */
must_check bool tval_to_value(struct arena *a, struct tval v, struct value **out, struct err *err);

/* ---- for functions, methods and callbacks ---- */
struct arena *tctx_arena(struct tctx *c);
// Fails the call: "error calling <name>: <message>". Returns false.
bool tctx_fail(struct tctx *c, const char *fmt, ...) printf_like(2, 3);

#endif
