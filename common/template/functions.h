// SPDX-License-Identifier: Apache-2.0
/* The function library: rows, and what functions have at hand. Inside of the room.
 *
 * How to add one  1. a row in the table of its topic's file  2. a case in tests/golden/template
 * params, one letter an argument; "*" before the last letter: any number of them
 *   a interface{} (never iface, NIL for nil)   r reflect.Value (as it is)   s string  i int  l int64  u uint32  b bool  f float64
 *   m map[string]interface{} (nil maps too)    A []interface{}              t time.Time  d time.Duration
 *   C certificate                              v *semver.Version
 */
#ifndef TEMPLATE_FUNCTIONS_H
#define TEMPLATE_FUNCTIONS_H

#include "common/template/template.h"

typedef bool (*tfunction_fn)(struct tctx *c, const struct tval *args, size_t n, struct tval *out);

enum tfunction_flags { TFUNCTION_AND = 1, TFUNCTION_OR = 2, TFUNCTION_CALL = 4 };

struct tfunction {
    const char *name, *params;
    tfunction_fn call;
    unsigned flags;
};

const struct tfunction *function_find(struct str name); // NULL: not defined

extern const struct tfunction functions_builtin[], functions_strings[], functions_text[], functions_lists[],
    functions_dicts[], functions_math[], functions_types[], functions_encoding[], functions_data[],
    functions_regex[], functions_semver[], functions_path[], functions_url[], functions_date[],
    functions_random[], functions_crypto[], functions_cert[], functions_engine[];

/* ---- at hand ---- */
// Counts n steps (elements, or 64 bytes of text). false: over the limit, the call has failed.
bool tctx_steps(struct tctx *c, size_t n);
// May a text of this size be made? Counts it. false: over the limit, the call has failed.
bool tctx_room(struct tctx *c, size_t n_bytes);
const struct template_options *tctx_options(const struct tctx *c);
const char *tctx_call_text(struct tctx *c); // the first argument's node, for `call`
// A result from a buffer, which is emptied.
bool tctx_text(struct tctx *c, struct buf *b, struct tval *out);

/* ---- values (tval.c, tvalue_*.c) ---- */
const char *tval_type_name(struct arena *a,
                           struct tval v);            // reflect.Type.String(); of an iface "interface {}"
const char *tval_kind_name(struct tval v);            // reflect.Kind.String()
static inline struct tval tval_plain(struct tval v) { // what is in the interface
    v.iface = false;
    return v;
}
bool tval_is_int(struct tval v);  // of a signed kind
bool tval_is_uint(struct tval v); // of an unsigned kind
bool tval_truth(struct tval v);
bool tval_empty(struct tval v);      // sprig's
bool tval_is_nil_ref(struct tval v); // a nil interface, map or list
// Elements of a list, with iface as the element type says.
struct tval tlist_at(const struct tlist *l, size_t i);
struct tval tmap_slot(const struct ttype *type, struct tval v); // an element as Go's index gives it
struct tval tslot_zero(enum tslot slot);
bool tval_deep_equal(struct tctx *c, struct tval x, struct tval y);
struct tlist *tlist_strings(struct arena *a, const struct str *items, size_t n);

/* ---- printing (print.c, printf.c) ---- */
struct tformat;
void tval_put(struct buf *out, struct tval v);           // %v
struct str tval_string(struct arena *a, struct tval v);  // fmt.Sprint of one
struct str tval_strval(struct arena *a, struct tval v);  // sprig's strval
void tval_put_addressed(struct buf *out, struct tval v); // as the engine prints: Stringers on pointers too
void tprintf(struct buf *out, struct str format, const struct tval *args, size_t n, size_t max);

/* ---- casts (cast.c) ---- */
int64_t tval_to_int64(struct tval v);
double tval_to_float(struct tval v);

#endif
