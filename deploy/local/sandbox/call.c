// SPDX-License-Identifier: Apache-2.0
// Reads what a request asks for (representation, options, body) and writes the answers.
#include "deploy/local/sandbox/call.h"

#include "common/value/json.h"
#include "common/value/yaml.h"
#include "deploy/local/sandbox/protobuf.h"
#include "deploy/local/sandbox/ssa.h"
#include "deploy/local/sandbox/table.h"

void warning_add(struct warnings *w, const char *fmt, ...) {
    if (!w)
        return;
    va_list ap;
    va_start(ap, fmt);
    const char *text = arena_vfmt(w->a, fmt, ap);
    va_end(ap);
    for (size_t i = 0; i < w->n; i++)
        if (text_eq(w->items[i], text))
            return;
    w->items = arena_grow(w->a, w->items, &w->cap, w->n + 1, sizeof *w->items);
    w->items[w->n++] = text;
}

/* ---- representation ---- */

// One clause of an Accept header: "application/json;as=Table;v=v1;g=meta.k8s.io".
static bool clause_take(struct call *c, struct str clause) {
    struct str part, as = STR(""), v = STR("v1"), g = STR("meta.k8s.io");
    bool first = true, known = false;
    while (str_split(&clause, ';', &part)) {
        part = str_trim(part);
        if (first)
            known = str_is(part, "application/json") || str_is(part, "application/*") || str_is(part, "*/*");
        first = false;
        if (str_starts(part, "as="))
            as = str_sub(part, 3, part.n);
        else if (str_starts(part, "v="))
            v = str_sub(part, 2, part.n);
        else if (str_starts(part, "g="))
            g = str_sub(part, 2, part.n);
    }
    if (!known)
        return false;
    if (!as.n) {
        c->as = AS_OBJECT;
        return true;
    }
    if (!str_is(g, "meta.k8s.io") || !(str_is(v, "v1") || str_is(v, "v1beta1")))
        return false;
    c->table_v1beta1 = str_is(v, "v1beta1");
    c->as = str_is(as, "Table")                       ? AS_TABLE
            : str_is(as, "PartialObjectMetadataList") ? AS_PARTIAL_LIST
                                                      : AS_PARTIAL;
    return c->as != AS_PARTIAL || str_is(as, "PartialObjectMetadata");
}

bool call_negotiate(struct call *c) {
    const char *accept = http_request_header(c->x, "Accept"), *include = http_query(c->x, "includeObject");
    c->include_object = arena_strdup(c->a, include ? include : ""); // a watch needs it later
    if (text_empty(accept))
        return true;
    struct str rest = str_of(accept), clause;
    while (str_split(&rest, ',', &clause))
        if (clause_take(c, clause))
            return true;
    return status_set(&c->st, 406, "NotAcceptable",
                      "only the following media types are accepted: application/json");
}

/* ---- options ---- */

static const char *options_kind(const struct call *c) {
    if (text_eq(c->verb, "create"))
        return "CreateOptions";
    return text_eq(c->verb, "update")  ? "UpdateOptions"
           : text_eq(c->verb, "patch") ? "PatchOptions"
                                       : "DeleteOptions";
}

static bool option_refuse(struct call *c, struct field_errors *fe) {
    struct resource options = { .group = "meta.k8s.io", .kind = options_kind(c), .plural = "", .key = "" };
    return status_invalid(&c->st, &options, "", fe);
}

static bool option_unsupported(struct call *c, const char *field, const char *value, const char *supported) {
    struct field_errors fe = { .a = c->a };
    field_error_add(&fe, FIELD_NOT_SUPPORTED, field, value_string(c->a, value), "supported values: %s",
                    supported);
    return option_refuse(c, &fe);
}

bool call_options(struct call *c) {
    c->write = (struct write_options) { .subresource = c->subresource, .warnings = &c->warnings };
    const char *dry_run = http_query(c->x, "dryRun"), *validation = http_query(c->x, "fieldValidation"),
               *manager = http_query(c->x, "fieldManager");
    if (!text_empty(dry_run)) {
        if (!text_eq(dry_run, "All"))
            return option_unsupported(c, "dryRun", dry_run, "\"All\"");
        c->write.dry_run = true;
    }
    if (text_empty(validation) || text_eq(validation, "Warn"))
        c->write.field_validation = VALIDATE_WARN;
    else if (text_eq(validation, "Strict"))
        c->write.field_validation = VALIDATE_STRICT;
    else if (text_eq(validation, "Ignore"))
        c->write.field_validation = VALIDATE_IGNORE;
    else
        return option_unsupported(c, "fieldValidation", validation, "\"Ignore\", \"Strict\", \"Warn\"");
    if (manager && strlen(manager) > 128) {
        struct field_errors fe = { .a = c->a };
        field_error_add(&fe, FIELD_TOO_LONG, "fieldManager", NULL, "may not be more than 128 bytes");
        return option_refuse(c, &fe);
    }
    c->write.manager =
        !text_empty(manager) ? manager : ssa_manager_of_agent(c->a, http_request_header(c->x, "User-Agent"));
    return true;
}

/* ---- body ---- */

// The media type without parameters, lower case is assumed as clients send it.
static struct str media_type(struct call *c) {
    struct str type = str_of(http_request_header(c->x, "Content-Type"));
    ptrdiff_t semicolon = str_chr(type, ';');
    return str_trim(semicolon >= 0 ? str_sub(type, 0, (size_t)semicolon) : type);
}

static bool body_unsupported(struct call *c) {
    return status_set(&c->st, 415, "UnsupportedMediaType",
                      "the body of the request was in an unknown format - accepted media types include: "
                      "application/json, application/yaml, application/vnd.kubernetes.protobuf");
}

bool call_body(struct call *c, struct value **out) {
    struct str body = http_body_bytes(c->x), type = media_type(c);
    struct err err = { .a = c->a };
    *out = NULL;
    if (!body.n)
        return true;
    if (str_is(type, "application/vnd.kubernetes.protobuf"))
        return protobuf_decode(c->a, body, out, &c->st);
    if (str_is(type, "application/yaml")) {
        if (!yaml_read(c->a, body, YAML_GO_SIGS, out, &err))
            return status_bad_request(&c->st, "error decoding YAML: %s", err.msg);
        return true;
    }
    if (type.n && !str_is(type, "application/json") && !str_is(type, "text/plain") &&
        !str_is(type, "application/x-www-form-urlencoded"))
        return body_unsupported(c);
    if (!json_read(c->a, body, out, &err))
        return status_bad_request(&c->st, "couldn't get version/kind; json parse error: %s", err.msg);
    return true;
}

bool call_body_object(struct call *c, struct value **out) {
    if (!call_body(c, out))
        return false;
    if (!*out)
        return status_bad_request(&c->st, "the body of the request was empty");
    if (!value_is(*out, VALUE_MAP))
        return status_bad_request(
            &c->st,
            "couldn't get version/kind; json parse error: json: cannot unmarshal %s into Go "
            "value of type struct { APIVersion string \"json:\\\"apiVersion,omitempty\\\"\"; "
            "Kind string \"json:\\\"kind,omitempty\\\"\" }",
            value_type_name((*out)->type));
    const char *want = resource_api_version(c->a, c->r), *api = value_text(value_get(*out, "apiVersion"), ""),
               *kind = value_text(value_get(*out, "kind"), "");
    if (!api[0] && !c->r->crd)
        value_set(c->a, *out, "apiVersion", value_string(c->a, api = want));
    if (!kind[0] && !c->r->crd)
        value_set(c->a, *out, "kind", value_string(c->a, kind = c->r->kind));
    if (!kind[0])
        return status_bad_request(&c->st, "Object 'Kind' is missing in '%s'",
                                  json_text(c->a, *out, JSON_COMPACT).p);
    if (!text_eq(api, want))
        return status_bad_request(
            &c->st, "the API version in the data (%s) does not match the expected API version (%s)", api,
            want);
    if (!text_eq(kind, c->r->kind))
        return status_bad_request(
            &c->st, "%s in version \"%s\" cannot be handled as a %s: the object provided is unrecognized",
            kind, c->r->version, c->r->kind);
    return true;
}

/* ---- answers ---- */

// Warning: 299 - "text", as RFC 7234 quotes it.
static void warnings_send(struct call *c) {
    for (size_t i = 0; i < c->warnings.n; i++) {
        autobuf b = { 0 };
        buf_puts(&b, "299 - \"");
        for (const char *p = c->warnings.items[i]; *p; p++) {
            if (*p == '"' || *p == '\\')
                buf_putc(&b, '\\');
            buf_putc(&b, (unsigned char)*p < ' ' ? ' ' : *p);
        }
        buf_puts(&b, "\"");
        http_add_header(c->x, "Warning", b.p);
    }
}

bool reply_json(struct call *c, int code, struct str json) {
    warnings_send(c);
    c->code = code;
    http_add_header(c->x, "Cache-Control", "no-cache, private");
    http_reply(c->x, code, "application/json", json);
    return true;
}

bool reply_value(struct call *c, int code, const struct value *v) {
    autobuf b = { 0 };
    json_write(&b, v, JSON_COMPACT);
    buf_putc(&b, '\n');
    return reply_json(c, code, buf_str(&b));
}

bool reply_status(struct call *c, const struct status *st) {
    const struct value *retry = value_get(st->details, "retryAfterSeconds");
    if (retry)
        http_add_header(c->x, "Retry-After", arena_fmt(c->a, "%lld", (long long)value_int_or(retry, 1)));
    return reply_value(c, st->code, status_value(c->a, st));
}

bool reply_success(struct call *c, const struct value *object) {
    struct arena *a = c->a;
    struct value *v = value_map(a), *details = value_map(a);
    const struct value *meta = value_get(object, "metadata");
    value_set(a, v, "kind", value_string(a, "Status"));
    value_set(a, v, "apiVersion", value_string(a, "v1"));
    value_set(a, v, "metadata", value_map(a));
    value_set(a, v, "status", value_string(a, "Success"));
    value_set(a, details, "name", value_string(a, value_text(value_get(meta, "name"), "")));
    if (c->r->group[0])
        value_set(a, details, "group", value_string(a, c->r->group));
    value_set(a, details, "kind", value_string(a, c->r->plural));
    value_set(a, details, "uid", value_string(a, value_text(value_get(meta, "uid"), "")));
    value_set(a, v, "details", details);
    return reply_value(c, 200, v);
}

struct value *partial_object(struct arena *a, const struct value *object) {
    struct value *v = value_map(a);
    value_set(a, v, "kind", value_string(a, "PartialObjectMetadata"));
    value_set(a, v, "apiVersion", value_string(a, "meta.k8s.io/v1"));
    value_set(a, v, "metadata", value_copy(a, value_get(object, "metadata")));
    return v;
}

bool reply_object(struct call *c, int code, struct value *object) {
    switch (c->as) {
    case AS_OBJECT: break;
    case AS_PARTIAL_LIST:
    case AS_PARTIAL: object = partial_object(c->a, object); break;
    case AS_TABLE: return reply_value(c, code, table_of_object(c, object));
    }
    return reply_value(c, code, object);
}
