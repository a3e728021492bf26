// SPDX-License-Identifier: Apache-2.0
// Validation of objects against schemas, in the API server's words.
#include <math.h>

#include "common/value/json.h"
#include "deploy/local/sandbox/gotext.h"
#include "deploy/local/sandbox/schema_format.h"
#include "deploy/local/sandbox/schema_node.h"
#include "deploy/local/sandbox/schema_rules.h"

// Where we are; the text is only made when something is wrong.
struct at {
    const struct at *up;
    struct str key; // p NULL: an index
    size_t index;
    bool in_brackets; // a key of a map, as rules and list checks write it: spec.labels[a]
};

struct run {
    struct field_errors *fe;
    size_t matched; // checks that held, to choose the best of anyOf
};

static void at_print(struct buf *b, const struct at *at) {
    if (!at)
        return;
    at_print(b, at->up);
    if (!at->key.p) {
        buf_fmt(b, "[%zu]", at->index);
        return;
    }
    if (at->in_brackets) {
        buf_fmt(b, "[%.*s]", (int)at->key.n, at->key.p);
        return;
    }
    if (b->n)
        buf_putc(b, '.');
    buf_put_str(b, at->key);
}

static const char *at_text(struct arena *a, const struct at *at) {
    autobuf b = { 0 };
    at_print(&b, at);
    return b.n ? arena_text(a, b.p, b.n) : "";
}

// `fmt` starts behind "spec.x in body ".
static void wrong(struct run *r, const struct at *at, enum field_error_type type, const struct value *bad,
                  const char *fmt, ...) printf_like(5, 6);

static void wrong(struct run *r, const struct at *at, enum field_error_type type, const struct value *bad,
                  const char *fmt, ...) {
    const char *path = at_text(r->fe->a, at);
    va_list ap;
    va_start(ap, fmt);
    const char *text = arena_vfmt(r->fe->a, fmt, ap);
    va_end(ap);
    static const struct value empty = { .type = VALUE_STRING, .s = { "", 0 } };
    field_error_add(r->fe, type, path, bad ? bad : &empty, "%s in body %s", path, text);
}

static bool check(struct run *r, bool holds) {
    r->matched += holds;
    return !holds;
}

/* ---- types ---- */

static unsigned type_of(const struct value *v) {
    switch (v->type) {
    case VALUE_NULL: return 0;
    case VALUE_BOOL: return SCHEMA_BOOLEAN;
    case VALUE_INT: return SCHEMA_INTEGER;
    case VALUE_FLOAT: return SCHEMA_NUMBER;
    case VALUE_STRING: return SCHEMA_STRING;
    case VALUE_LIST: return SCHEMA_ARRAY;
    case VALUE_MAP: return SCHEMA_OBJECT;
    }
    return 0;
}

static void wrong_type(struct run *r, const struct at *at, const char *want, const char *got) {
    struct value *name = value_string(r->fe->a, got);
    wrong(r, at, FIELD_TYPE_INVALID, name, "must be of type %s: \"%s\"", want, got);
}

// false: nothing else about the value makes sense.
static bool type_fits(struct run *r, const struct schema *s, const struct value *v, const struct at *at) {
    unsigned type = type_of(v);
    if (v->type == VALUE_NULL) {
        if (check(r, !s->types || s->nullable))
            wrong_type(r, at, s->type_names, "null");
        return false;
    }
    bool fits = !s->types || (s->types & type);
    if (v->type == VALUE_FLOAT && s->types & SCHEMA_INTEGER)
        fits = fits || (isfinite(v->f) && v->f == floor(v->f));
    if (v->type == VALUE_INT && s->types & SCHEMA_NUMBER)
        fits = true;
    if (v->type == VALUE_LIST && s->format && !(s->types & (SCHEMA_INTEGER | SCHEMA_NUMBER)))
        fits = true; // as upstream: a list passes for a formatted text
    if (!check(r, fits))
        return true;
    bool text = v->type == VALUE_STRING || v->type == VALUE_LIST;
    const char *format = v->type == VALUE_INT ? "int64" : v->type == VALUE_FLOAT ? "float64" : "";
    if (s->format && !text)
        wrong_type(r, at, s->format, format);
    else
        wrong_type(r, at, s->type_names, value_type_name(v->type));
    return true; // the other checks go by the value's own type
}

/* ---- scalars ---- */

static const char *quoted(struct arena *a, struct str s) {
    autobuf b = { 0 };
    go_quote(&b, s);
    return arena_text(a, b.p, b.n);
}

static size_t rune_count(struct str s) {
    size_t n = 0;
    for (size_t i = 0; i < s.n; i++)
        n += ((unsigned char)s.p[i] & 0xc0) != 0x80;
    return n;
}

static void check_string(struct run *r, const struct schema *s, const struct value *v, const struct at *at) {
    size_t n = rune_count(v->s);
    struct arena *a = r->fe->a;
    if (s->max_length.set && check(r, (double)n <= s->max_length.value))
        field_error_add(r->fe, FIELD_TOO_LONG, at_text(a, at), NULL, "may not be more than %lld byte%s",
                        (long long)s->max_length.value, s->max_length.value == 1 ? "" : "s");
    else if (s->min_length.set && check(r, (double)n >= s->min_length.value))
        wrong(r, at, FIELD_INVALID, v, "should be at least %lld chars long", (long long)s->min_length.value);
    else if (s->pattern && check(r, regex_match(s->pattern, v->s)))
        wrong(r, at, FIELD_INVALID, v, "should match '%s'", s->pattern_text);
    if (s->format && check(r, format_matches(s->format, v->s)))
        wrong(r, at, FIELD_TYPE_INVALID, v, "must be of type %s: %s", s->format, quoted(a, v->s));
}

static const char *number_text(struct arena *a, double f, bool integer) {
    autobuf b = { 0 };
    if (integer && fabs(f) < 9e18)
        buf_fmt(&b, "%lld", (long long)f);
    else
        go_float(&b, f);
    return arena_text(a, b.p, b.n);
}

// Of an integer: in its format, and without fraction.
static bool in_range(const struct schema *s, const struct value *v) {
    double f = v->type == VALUE_INT ? (double)v->i : v->f;
    if (s->types == SCHEMA_INTEGER) {
        bool small = s->format && !strcmp(s->format, "int32");
        double limit = small ? 2147483648.0 : 9223372036854775808.0;
        return f == floor(f) && f >= -limit && f < limit;
    }
    return !s->format || strcmp(s->format, "float") || fabs(f) <= 3.4028234663852886e38;
}

static void check_number(struct run *r, const struct schema *s, const struct value *v, const struct at *at) {
    struct arena *a = r->fe->a;
    double f = v->type == VALUE_INT ? (double)v->i : v->f;
    bool integer = v->type == VALUE_INT;
    if (check(r, in_range(s, v)))
        field_error_add(r->fe, FIELD_INVALID, NULL, value_string(a, ""),
                        "Checked value must be of type %s %s%s%s in %s", s->type_names,
                        s->format ? "with format " : "(", s->format ? s->format : "default format",
                        s->format ? "" : ")", at_text(a, at));
    if (s->multiple_of.set) {
        double times = s->multiple_of.value < 1 ? 1 / s->multiple_of.value * f : f / s->multiple_of.value;
        if (check(r, fabs(times - round(times)) < 1e-9))
            wrong(r, at, FIELD_INVALID, v, "should be a multiple of %s",
                  number_text(a, s->multiple_of.value, integer));
    }
    if (s->maximum.set && check(r, s->maximum.exclusive ? f < s->maximum.value : f <= s->maximum.value))
        wrong(r, at, FIELD_INVALID, v, "should be less than %s%s", s->maximum.exclusive ? "" : "or equal to ",
              number_text(a, s->maximum.value, integer));
    if (s->minimum.set && check(r, s->minimum.exclusive ? f > s->minimum.value : f >= s->minimum.value))
        wrong(r, at, FIELD_INVALID, v, "should be greater than %s%s",
              s->minimum.exclusive ? "" : "or equal to ", number_text(a, s->minimum.value, integer));
}

// As upstream compares: a number is first made one of the enumeration's kind.
static bool is_enum_value(const struct value *one, const struct value *v) {
    if (one->type == VALUE_INT && v->type == VALUE_FLOAT && isfinite(v->f))
        return (double)one->i == trunc(v->f);
    return value_equal(one, v);
}

static void check_enum(struct run *r, const struct schema *s, const struct value *v, const struct at *at) {
    if (!s->enumeration)
        return;
    autobuf allowed = { 0 };
    bool found = false;
    for (size_t i = 0; i < s->enumeration->list.n && !found; i++) {
        const struct value *one = s->enumeration->list.items[i];
        found = is_enum_value(one, v);
        buf_puts(&allowed, i ? ", " : "");
        go_quote(&allowed, one->type == VALUE_STRING ? one->s : json_text(r->fe->a, one, JSON_COMPACT));
    }
    if (check(r, found))
        field_error_add(r->fe, FIELD_NOT_SUPPORTED, at_text(r->fe->a, at), v, "supported values: %s",
                        allowed.p);
}

/* ---- collections ---- */

static void check_value(struct run *r, const struct schema *s, const struct value *v, const struct value *old,
                        const struct at *at);

static void too_many(struct run *r, const struct at *at, size_t n, double max) {
    field_error_add_raw(r->fe, FIELD_TOO_MANY, at_text(r->fe->a, at), arena_fmt(r->fe->a, "%zu", n),
                        "must have at most %lld item%s", (long long)max, max == 1 ? "" : "s");
}

// The item of the old list that has the same keys; only keyed lists are compared item by item.
static const struct value *old_item(const struct schema *s, const struct value *old,
                                    const struct value *item) {
    if (s->list != LIST_MAP || !value_is(old, VALUE_LIST) || item->type != VALUE_MAP)
        return NULL;
    for (size_t i = 0; i < old->list.n; i++) {
        bool same = true;
        for (size_t k = 0; k < value_len(s->map_keys) && same; k++) {
            struct str key = s->map_keys->list.items[k]->s;
            const struct value *x = value_get_n(item, key), *y = value_get_n(old->list.items[i], key);
            same = x && y && value_equal(x, y);
        }
        if (same)
            return old->list.items[i];
    }
    return NULL;
}

/* As upstream compares an old and a new value: only as far as schemas lead; a map key or a keyed item that has none counts as a
 * change. */
static bool is_unchanged(const struct schema *s, const struct value *v, const struct value *old) {
    if (v->type == VALUE_LIST && old->type == VALUE_LIST && s->list == LIST_MAP && s->items) {
        for (size_t i = 0; i < v->list.n; i++) {
            const struct value *item = v->list.items[i], *was = old_item(s, old, item);
            if (!was || !is_unchanged(s->items, item, was))
                return false;
        }
        return v->list.n == old->list.n;
    }
    if (v->type != VALUE_MAP || old->type != VALUE_MAP)
        return value_equal(v, old);
    for (size_t i = 0; i < v->map.n; i++) {
        const struct schema *below = schema_of_key(s, v->map.pairs[i].key);
        const struct value *was = value_get_n(old, v->map.pairs[i].key);
        if (!below || !was || !is_unchanged(below, v->map.pairs[i].value, was))
            return false;
    }
    return v->map.n == old->map.n;
}

static bool has_duplicates(const struct value *v) {
    for (size_t i = 0; i < v->list.n; i++)
        for (size_t k = i + 1; k < v->list.n; k++)
            if (value_equal(v->list.items[i], v->list.items[k]))
                return true;
    return false;
}

static void check_list(struct run *r, const struct schema *s, const struct value *v, const struct value *old,
                       const struct at *at) {
    for (size_t i = 0; s->items && i < v->list.n; i++) {
        struct at below = { .up = at, .index = i };
        check_value(r, s->items, v->list.items[i], old_item(s, old, v->list.items[i]), &below);
    }
    if (s->min_items.set && check(r, (double)v->list.n >= s->min_items.value))
        wrong(r, at, FIELD_INVALID, value_int(r->fe->a, (int64_t)v->list.n),
              "should have at least %lld items", (long long)s->min_items.value);
    if (s->max_items.set && check(r, (double)v->list.n <= s->max_items.value))
        too_many(r, at, v->list.n, s->max_items.value);
    if (s->unique_items && check(r, !has_duplicates(v)))
        wrong(r, at, FIELD_INVALID, NULL, "shouldn't contain duplicates");
}

static void check_keys(struct run *r, const struct schema *s, const struct value *v, const struct value *old,
                       const struct at *at) {
    for (size_t i = 0; i < v->map.n; i++) {
        struct str key = v->map.pairs[i].key;
        struct at below = { .up = at, .key = key };
        const struct schema *property = schema_of_key(s, key);
        if (property)
            check_value(r, property, v->map.pairs[i].value, value_get_n(old, key), &below);
        else if (s->additional_none)
            field_error_add(r->fe, FIELD_INVALID, at_text(r->fe->a, at), value_string_n(r->fe->a, key),
                            "%s.%.*s in body is a forbidden property", at_text(r->fe->a, at), (int)key.n,
                            key.p);
    }
}

static void check_map(struct run *r, const struct schema *s, const struct value *v, const struct value *old,
                      const struct at *at) {
    struct value *n = value_int(r->fe->a, (int64_t)v->map.n);
    if (s->min_properties.set && check(r, (double)v->map.n >= s->min_properties.value))
        wrong(r, at, FIELD_INVALID, n, "should have at least %lld properties",
              (long long)s->min_properties.value);
    if (s->max_properties.set && check(r, (double)v->map.n <= s->max_properties.value))
        too_many(r, at, v->map.n, s->max_properties.value);
    check_keys(r, s, v, old, at);
    for (size_t i = 0; i < value_len(s->required); i++) {
        struct str key = s->required->list.items[i]->s;
        struct at below = { .up = at, .key = key };
        if (check(r, value_get_n(v, key) != NULL))
            field_error_add(r->fe, FIELD_REQUIRED, at_text(r->fe->a, &below), NULL, "%s", "");
    }
}

/* ---- combinations ---- */

struct trial { // one alternative, tried apart
    struct field_errors fe;
    size_t matched;
};

static struct trial try_schema(struct run *r, const struct schema *s, const struct value *v,
                               const struct value *old, const struct at *at) {
    struct trial t = { .fe = { .a = r->fe->a } };
    struct run inner = { .fe = &t.fe };
    check_value(&inner, s, v, old, at);
    t.matched = inner.matched;
    return t;
}

static void take_errors(struct run *r, const struct trial *t) {
    for (size_t i = 0; t && i < t->fe.n; i++) {
        struct field_errors *fe = r->fe;
        fe->items = arena_grow(fe->a, fe->items, &fe->cap, fe->n + 1, sizeof *fe->items);
        fe->items[fe->n++] = t->fe.items[i];
    }
}

// Without a field: these are no single field's.
static void wrong_choice(struct run *r, const struct at *at, const char *fmt, const char *more) {
    autobuf b = { 0 };
    go_quote(&b, str_of(at_text(r->fe->a, at)));
    field_error_add(r->fe, FIELD_INVALID, NULL, value_string(r->fe->a, ""), "%s %s%s", b.p, fmt, more);
}

/* How many of the list hold; *best: the failed one with most checks that held, NULL when one held. */
static size_t try_list(struct run *r, const struct schema_list *list, const struct value *v,
                       const struct value *old, const struct at *at, bool stop_at_first,
                       struct trial **best) {
    size_t held = 0;
    *best = NULL;
    for (size_t i = 0; i < list->n; i++) {
        struct trial *t = arena_new(r->fe->a, struct trial);
        *t = try_schema(r, list->items[i], v, old, at);
        if (!t->fe.n)
            held++;
        else if (!held && (!*best || t->matched > (*best)->matched))
            *best = t;
        if (held && stop_at_first)
            break;
    }
    if (held)
        *best = NULL;
    return held;
}

static void check_choices(struct run *r, const struct schema *s, const struct value *v,
                          const struct value *old, const struct at *at) {
    struct trial *best;
    if (s->any_of.n) {
        if (check(r, try_list(r, &s->any_of, v, old, at, true, &best)))
            wrong_choice(r, at, "must validate at least one schema (anyOf)", "");
        take_errors(r, best);
    }
    if (s->one_of.n) {
        size_t held = try_list(r, &s->one_of, v, old, at, false, &best);
        if (check(r, held == 1))
            wrong_choice(r, at, "must validate one and only one schema (oneOf). ",
                         held ? arena_fmt(r->fe->a, "Found %zu valid alternatives", held)
                              : "Found none valid");
        take_errors(r, best);
    }
    size_t held = 0;
    for (size_t i = 0; i < s->all_of.n; i++) {
        struct trial t = try_schema(r, s->all_of.items[i], v, old, at);
        held += !t.fe.n;
        take_errors(r, &t);
    }
    if (s->all_of.n && check(r, held == s->all_of.n))
        wrong_choice(r, at, "must validate all the schemas (allOf)", held ? "" : ". None validated");
    if (s->not_) {
        struct trial t = try_schema(r, s->not_, v, old, at);
        if (check(r, t.fe.n > 0))
            wrong_choice(r, at, "must not validate the schema (not)", "");
    }
}

// Errors of a value that is as it was before are dropped: an update need not mend what was there.
static void check_value(struct run *r, const struct schema *s, const struct value *v, const struct value *old,
                        const struct at *at) {
    size_t before = r->fe->n;
    if (type_fits(r, s, v, at)) {
        check_choices(r, s, v, old, at);
        if (v->type == VALUE_STRING)
            check_string(r, s, v, at);
        if (v->type == VALUE_INT || v->type == VALUE_FLOAT)
            check_number(r, s, v, at);
        if (v->type == VALUE_LIST)
            check_list(r, s, v, old, at);
        check_enum(r, s, v, at);
        if (v->type == VALUE_MAP)
            check_map(r, s, v, old, at);
    } else {
        check_enum(r, s, v, at);
    }
    if (r->fe->n > before && old && is_unchanged(s, v, old))
        r->fe->n = before;
}

/* ---- sets and keyed lists ---- */

static void duplicate(struct run *r, const struct at *at, size_t i, const struct value *bad) {
    struct at item = { .up = at, .index = i };
    field_error_add(r->fe, FIELD_DUPLICATE, at_text(r->fe->a, &item), bad, "%s", "");
}

// What tells items of the list apart.
static struct value *item_key(struct arena *a, const struct schema *s, const struct value *item) {
    if (s->list == LIST_SET)
        return (struct value *)item;
    struct value *key = value_map(a);
    for (size_t i = 0; i < value_len(s->map_keys); i++) {
        struct str name = s->map_keys->list.items[i]->s;
        struct value *v = value_get_n(item, name);
        if (v)
            value_set_n(a, key, name, v);
    }
    return key;
}

// Each key that is there more than once is told once, at its second place.
static void check_unique(struct run *r, const struct schema *s, const struct value *v, const struct at *at) {
    struct arena *a = r->fe->a;
    struct value **keys = arena_array(a, struct value *, v->list.n);
    for (size_t i = 0; i < v->list.n; i++) {
        if (s->list == LIST_MAP && v->list.items[i]->type != VALUE_MAP &&
            v->list.items[i]->type != VALUE_NULL) {
            struct at item = { .up = at, .index = i };
            field_error_add(r->fe, FIELD_INVALID, at_text(a, &item), v->list.items[i],
                            "must be an object for an array of list-type map");
            return;
        }
        keys[i] = item_key(a, s, v->list.items[i]);
    }
    for (size_t i = 1; i < v->list.n; i++) {
        size_t times = 0;
        for (size_t k = 0; k < i && times < 2; k++)
            times += value_equal(keys[k], keys[i]);
        if (times == 1)
            duplicate(r, at, i, keys[i]);
    }
}

static void check_lists(struct run *r, const struct schema *s, const struct value *v, const struct at *at) {
    if (v->type == VALUE_LIST && s->list != LIST_ATOMIC)
        check_unique(r, s, v, at);
    for (size_t i = 0; v->type == VALUE_LIST && s->items && i < v->list.n; i++) {
        struct at below = { .up = at, .index = i };
        check_lists(r, s->items, v->list.items[i], &below);
    }
    for (size_t i = 0; v->type == VALUE_MAP && i < v->map.n; i++) {
        const struct schema *property = schema_of_key(s, v->map.pairs[i].key);
        struct at below = { .up = at,
                            .key = v->map.pairs[i].key,
                            .in_brackets = property && property == s->additional };
        if (property)
            check_lists(r, property, v->map.pairs[i].value, &below);
    }
}

/* ---- rules ---- */

static void check_rules(struct run *r, const struct schema *s, const struct value *v, const struct value *old,
                        const struct at *at) {
    if (v->type == VALUE_NULL || !s->has_rules)
        return;
    if (s->rules)
        rules_check(s->rules, s, v, old, at_text(r->fe->a, at), r->fe);
    for (size_t i = 0; v->type == VALUE_LIST && s->items && i < v->list.n; i++) {
        struct at below = { .up = at, .index = i };
        check_rules(r, s->items, v->list.items[i], old_item(s, old, v->list.items[i]), &below);
    }
    for (size_t i = 0; v->type == VALUE_MAP && i < v->map.n; i++) {
        const struct schema *property = schema_of_key(s, v->map.pairs[i].key);
        struct at below = { .up = at,
                            .key = v->map.pairs[i].key,
                            .in_brackets = property && property == s->additional };
        if (property)
            check_rules(r, property, v->map.pairs[i].value, value_get_n(old, v->map.pairs[i].key), &below);
    }
}

static bool blocks_rules(const struct field_errors *fe, size_t from) {
    for (size_t i = from; i < fe->n; i++)
        switch (fe->items[i].type) {
        case FIELD_NOT_SUPPORTED:
        case FIELD_REQUIRED:
        case FIELD_TOO_LONG:
        case FIELD_TOO_MANY:
        case FIELD_TYPE_INVALID: return true;
        case FIELD_INVALID:
        case FIELD_FORBIDDEN:
        case FIELD_DUPLICATE:
        case FIELD_NOT_FOUND:
        case FIELD_INTERNAL: break;
        }
    return false;
}

static bool same_error(const struct field_error *x, const struct field_error *y) {
    return x->type == y->type && text_eq(x->field, y->field) && text_eq(x->bad, y->bad) &&
           text_eq(x->detail, y->detail);
}

// The same thing found on several ways is told once.
static void drop_repeated(struct field_errors *fe, size_t from) {
    size_t n = from;
    for (size_t i = from; i < fe->n; i++) {
        bool told = false;
        for (size_t k = from; k < n && !told; k++)
            told = same_error(&fe->items[k], &fe->items[i]);
        if (!told)
            fe->items[n++] = fe->items[i];
    }
    fe->n = n;
}

void schema_validate(const struct schema *s, const struct value *tree, const struct value *old,
                     struct field_errors *fe) {
    struct run r = { .fe = fe };
    size_t before = fe->n;
    check_value(&r, s, tree, old, NULL);
    drop_repeated(fe, before);
    check_lists(&r, s, tree, NULL);
    if (!s->has_rules)
        return;
    if (blocks_rules(fe, before))
        field_error_add_raw(
            fe, FIELD_INVALID, NULL, "null",
            "some validation rules were not checked because the object was invalid; correct the "
            "existing errors to complete validation");
    else
        check_rules(&r, s, tree, old, NULL);
}
