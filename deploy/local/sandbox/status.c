// SPDX-License-Identifier: Apache-2.0
// Refusals and field errors in the API server's words.
#include "deploy/local/sandbox/status.h"

#include "common/base/buf.h"
#include "common/base/map.h"
#include "common/value/json.h"
#include "deploy/local/sandbox/resource.h"

/* ---- field errors ---- */

static const struct {
    const char *words, *reason;
} field_error_types[] = {
    [FIELD_REQUIRED] = { "Required value", "FieldValueRequired" },
    [FIELD_INVALID] = { "Invalid value", "FieldValueInvalid" },
    [FIELD_TYPE_INVALID] = { "Invalid value", "FieldValueTypeInvalid" },
    [FIELD_NOT_SUPPORTED] = { "Unsupported value", "FieldValueNotSupported" },
    [FIELD_FORBIDDEN] = { "Forbidden", "FieldValueForbidden" },
    [FIELD_DUPLICATE] = { "Duplicate value", "FieldValueDuplicate" },
    [FIELD_NOT_FOUND] = { "Not found", "FieldValueNotFound" },
    [FIELD_TOO_LONG] = { "Too long", "FieldValueTooLong" },
    [FIELD_TOO_MANY] = { "Too many", "FieldValueTooMany" },
    [FIELD_INTERNAL] = { "Internal error", "InternalError" },
};

static void field_error_push(struct field_errors *fe, struct field_error e) {
    fe->items = arena_grow(fe->a, fe->items, &fe->cap, fe->n + 1, sizeof *fe->items);
    fe->items[fe->n++] = e;
}

// As Go prints the value with %#v or JSON: strings quoted, nil as null.
static const char *bad_text(struct arena *a, const struct value *bad) {
    return bad ? json_text(a, bad, JSON_SORT_KEYS | JSON_GO_FLOATS).p : NULL;
}

void field_error_add(struct field_errors *fe, enum field_error_type type, const char *field,
                     const struct value *bad, const char *detail_fmt, ...) {
    va_list ap;
    va_start(ap, detail_fmt);
    const char *detail = arena_vfmt(fe->a, detail_fmt, ap);
    va_end(ap);
    field_error_push(fe,
                     (struct field_error) { type, arena_strdup(fe->a, field), bad_text(fe->a, bad), detail });
}

void field_error_add_raw(struct field_errors *fe, enum field_error_type type, const char *field,
                         const char *bad, const char *detail_fmt, ...) {
    va_list ap;
    va_start(ap, detail_fmt);
    const char *detail = arena_vfmt(fe->a, detail_fmt, ap);
    va_end(ap);
    field_error_push(
        fe, (struct field_error) { type, arena_strdup(fe->a, field), arena_strdup(fe->a, bad), detail });
}

// What stands after the field: "Invalid value: \"x\": must be y".
static char *field_error_body(struct arena *a, const struct field_error *e) {
    const char *words = field_error_types[e->type].words;
    bool shows_value = e->bad && e->type != FIELD_REQUIRED && e->type != FIELD_FORBIDDEN &&
                       e->type != FIELD_TOO_LONG && e->type != FIELD_INTERNAL;
    char *text = shows_value ? arena_fmt(a, "%s: %s", words, e->bad) : arena_strdup(a, words);
    return e->detail && e->detail[0] ? arena_fmt(a, "%s: %s", text, e->detail) : text;
}

char *field_error_text(struct arena *a, const struct field_error *e) {
    return arena_fmt(a, "%s: %s", e->field && e->field[0] ? e->field : "<nil>", field_error_body(a, e));
}

/* ---- refusals ---- */

static bool status_fill(struct status *st, int code, const char *reason, const char *message) {
    if (st->code)
        abort(); // refused twice
    st->code = code;
    st->reason = reason;
    st->message = message;
    return false;
}

static struct value *details_of(struct status *st, const struct resource *r, const char *kind,
                                const char *name) {
    st->details = value_map(st->a);
    if (!text_empty(name))
        value_set(st->a, st->details, "name", value_string(st->a, name));
    if (!text_empty(r->group))
        value_set(st->a, st->details, "group", value_string(st->a, r->group));
    value_set(st->a, st->details, "kind", value_string(st->a, kind));
    return st->details;
}

void status_add_cause(struct status *st, const char *reason, const char *message, const char *field) {
    if (!st->details)
        st->details = value_map(st->a);
    struct value *causes = value_get(st->details, "causes"), *cause = value_map(st->a);
    if (!causes)
        value_set(st->a, st->details, "causes", causes = value_list(st->a));
    if (!text_empty(reason))
        value_set(st->a, cause, "reason", value_string(st->a, reason));
    if (!text_empty(message))
        value_set(st->a, cause, "message", value_string(st->a, message));
    if (!text_empty(field))
        value_set(st->a, cause, "field", value_string(st->a, field));
    value_append(st->a, causes, cause);
}

/* Go: errors are aggregated: one stands alone, several in brackets, equal texts once. */
static const char *field_errors_text(struct arena *a, const struct field_errors *fe) {
    autobuf b = { 0 };
    automap seen = { 0 };
    for (size_t i = 0; i < fe->n; i++) {
        const char *text = field_error_text(a, &fe->items[i]);
        if (map_set(&seen, text, (void *)text))
            continue;
        if (b.n)
            buf_puts(&b, ", ");
        buf_puts(&b, text);
    }
    if (seen.count > 1)
        return arena_fmt(a, "[%s]", b.p);
    return buf_to_arena(&b, a).p;
}

bool status_invalid(struct status *st, const struct resource *r, const char *name,
                    const struct field_errors *fe) {
    const char *kind = resource_qualified_kind(st->a, r);
    status_fill(
        st, 422, "Invalid",
        arena_fmt(st->a, "%s \"%s\" is invalid: %s", kind, name ? name : "", field_errors_text(st->a, fe)));
    details_of(st, r, r->kind, name);
    for (size_t i = 0; i < fe->n; i++)
        status_add_cause(st, field_error_types[fe->items[i].type].reason,
                         field_error_body(st->a, &fe->items[i]), fe->items[i].field);
    return false;
}

bool status_not_found(struct status *st, const struct resource *r, const char *name) {
    status_fill(st, 404, "NotFound", arena_fmt(st->a, "%s \"%s\" not found", resource_qualified(r), name));
    details_of(st, r, r->plural, name);
    return false;
}

bool status_no_route(struct status *st) {
    st->details = value_map(st->a);
    return status_fill(st, 404, "NotFound", "the server could not find the requested resource");
}

bool status_exists(struct status *st, const struct resource *r, const char *name) {
    status_fill(st, 409, "AlreadyExists",
                arena_fmt(st->a, "%s \"%s\" already exists", resource_qualified(r), name));
    details_of(st, r, r->plural, name);
    return false;
}

static const char *text_of(struct status *st, const char *fmt, va_list ap) {
    return arena_vfmt(st->a, fmt, ap);
}

bool status_conflict(struct status *st, const struct resource *r, const char *name, const char *fmt, ...) {
    va_list ap;
    va_start(ap, fmt);
    const char *text = text_of(st, fmt, ap);
    va_end(ap);
    status_fill(st, 409, "Conflict",
                arena_fmt(st->a, "Operation cannot be fulfilled on %s \"%s\": %s", resource_qualified(r),
                          name, text));
    details_of(st, r, r->plural, name);
    return false;
}

bool status_forbidden(struct status *st, const struct resource *r, const char *name, const char *fmt, ...) {
    va_list ap;
    va_start(ap, fmt);
    const char *text = text_of(st, fmt, ap), *what = resource_qualified(r);
    va_end(ap);
    if (!text_empty(name))
        what = arena_fmt(st->a, "%s \"%s\"", what, name);
    status_fill(st, 403, "Forbidden", arena_fmt(st->a, "%s is forbidden: %s", what, text));
    details_of(st, r, r->plural, name);
    return false;
}

bool status_bad_request(struct status *st, const char *fmt, ...) {
    va_list ap;
    va_start(ap, fmt);
    const char *text = text_of(st, fmt, ap);
    va_end(ap);
    return status_fill(st, 400, "BadRequest", text);
}

bool status_internal(struct status *st, const char *fmt, ...) {
    va_list ap;
    va_start(ap, fmt);
    const char *text = text_of(st, fmt, ap);
    va_end(ap);
    status_fill(st, 500, "InternalError", arena_fmt(st->a, "Internal error occurred: %s", text));
    status_add_cause(st, NULL, text, NULL);
    return false;
}

bool status_set(struct status *st, int code, const char *reason, const char *fmt, ...) {
    va_list ap;
    va_start(ap, fmt);
    const char *text = text_of(st, fmt, ap);
    va_end(ap);
    return status_fill(st, code, reason, text);
}

struct value *status_value(struct arena *a, const struct status *st) {
    struct value *v = value_map(a);
    value_set(a, v, "kind", value_string(a, "Status"));
    value_set(a, v, "apiVersion", value_string(a, "v1"));
    value_set(a, v, "metadata", value_map(a));
    value_set(a, v, "status", value_string(a, "Failure"));
    value_set(a, v, "message", value_string(a, st->message));
    if (!text_empty(st->reason))
        value_set(a, v, "reason", value_string(a, st->reason));
    if (st->details)
        value_set(a, v, "details", st->details);
    value_set(a, v, "code", value_int(a, st->code));
    return v;
}
