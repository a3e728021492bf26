// SPDX-License-Identifier: Apache-2.0
// Reads protobuf bodies by tables of field numbers, of the few kinds that kubectl sends no other way.
#include "deploy/local/sandbox/protobuf.h"

#include "common/value/base64.h"

enum wire { WIRE_VARINT = 0, WIRE_64 = 1, WIRE_BYTES = 2, WIRE_32 = 5 };
enum { PROTO_DEPTH = 16 };

enum proto_kind {
    PROTO_STRING,
    PROTO_INT,
    PROTO_BOOL,
    PROTO_BYTES, // base64 in JSON
    PROTO_MESSAGE,
    PROTO_STRING_MAP, // map<string, string>
    PROTO_BYTES_MAP,  // map<string, bytes>
    PROTO_TIME,       // a message with seconds: dropped, the server sets times
};

struct proto_field {
    unsigned number;
    const char *name;
    enum proto_kind kind;
    bool repeated;
    const struct proto_field *message;
};

/* ---- messages. Source: k8s.io/api and k8s.io/apimachinery generated.proto ---- */

static const struct proto_field owner_fields[] = {
    { 1, "kind", PROTO_STRING },
    { 3, "name", PROTO_STRING },
    { 4, "uid", PROTO_STRING },
    { 5, "apiVersion", PROTO_STRING },
    { 6, "controller", PROTO_BOOL },
    { 7, "blockOwnerDeletion", PROTO_BOOL },
    { 0 },
};
static const struct proto_field meta_fields[] = {
    { 1, "name", PROTO_STRING },
    { 2, "generateName", PROTO_STRING },
    { 3, "namespace", PROTO_STRING },
    { 4, "selfLink", PROTO_STRING },
    { 5, "uid", PROTO_STRING },
    { 6, "resourceVersion", PROTO_STRING },
    { 7, "generation", PROTO_INT },
    { 8, "creationTimestamp", PROTO_TIME },
    { 9, "deletionTimestamp", PROTO_TIME },
    { 11, "labels", PROTO_STRING_MAP },
    { 12, "annotations", PROTO_STRING_MAP },
    { 13, "ownerReferences", PROTO_MESSAGE, true, owner_fields },
    { 14, "finalizers", PROTO_STRING, true },
    { 0 },
};
static const struct proto_field namespace_spec_fields[] = { { 1, "finalizers", PROTO_STRING, true }, { 0 } };
static const struct proto_field namespace_status_fields[] = { { 1, "phase", PROTO_STRING }, { 0 } };
static const struct proto_field namespace_fields[] = {
    { 1, "metadata", PROTO_MESSAGE, false, meta_fields },
    { 2, "spec", PROTO_MESSAGE, false, namespace_spec_fields },
    { 3, "status", PROTO_MESSAGE, false, namespace_status_fields },
    { 0 },
};
static const struct proto_field configmap_fields[] = {
    { 1, "metadata", PROTO_MESSAGE, false, meta_fields },
    { 2, "data", PROTO_STRING_MAP },
    { 3, "binaryData", PROTO_BYTES_MAP },
    { 4, "immutable", PROTO_BOOL },
    { 0 },
};
static const struct proto_field secret_fields[] = {
    { 1, "metadata", PROTO_MESSAGE, false, meta_fields },
    { 2, "data", PROTO_BYTES_MAP },
    { 3, "type", PROTO_STRING },
    { 4, "stringData", PROTO_STRING_MAP },
    { 5, "immutable", PROTO_BOOL },
    { 0 },
};
static const struct proto_field reference_fields[] = {
    { 1, "kind", PROTO_STRING }, { 2, "namespace", PROTO_STRING },  { 3, "name", PROTO_STRING },
    { 4, "uid", PROTO_STRING },  { 5, "apiVersion", PROTO_STRING }, { 0 }
};
static const struct proto_field local_reference_fields[] = { { 1, "name", PROTO_STRING }, { 0 } };
static const struct proto_field account_fields[] = {
    { 1, "metadata", PROTO_MESSAGE, false, meta_fields },
    { 2, "secrets", PROTO_MESSAGE, true, reference_fields },
    { 3, "imagePullSecrets", PROTO_MESSAGE, true, local_reference_fields },
    { 4, "automountServiceAccountToken", PROTO_BOOL },
    { 0 },
};
static const struct proto_field bound_fields[] = { { 1, "kind", PROTO_STRING },
                                                   { 2, "apiVersion", PROTO_STRING },
                                                   { 3, "name", PROTO_STRING },
                                                   { 4, "uid", PROTO_STRING },
                                                   { 0 } };
static const struct proto_field token_spec_fields[] = {
    { 1, "audiences", PROTO_STRING, true },
    { 3, "boundObjectRef", PROTO_MESSAGE, false, bound_fields },
    { 4, "expirationSeconds", PROTO_INT },
    { 0 },
};
static const struct proto_field token_fields[] = {
    { 1, "metadata", PROTO_MESSAGE, false, meta_fields },
    { 2, "spec", PROTO_MESSAGE, false, token_spec_fields },
    { 0 },
};
static const struct proto_field resource_attributes_fields[] = {
    { 1, "namespace", PROTO_STRING }, { 2, "verb", PROTO_STRING },
    { 3, "group", PROTO_STRING },     { 4, "version", PROTO_STRING },
    { 5, "resource", PROTO_STRING },  { 6, "subresource", PROTO_STRING },
    { 7, "name", PROTO_STRING },      { 0 },
};
static const struct proto_field path_attributes_fields[] = { { 1, "path", PROTO_STRING },
                                                             { 2, "verb", PROTO_STRING },
                                                             { 0 } };
static const struct proto_field access_spec_fields[] = {
    { 1, "resourceAttributes", PROTO_MESSAGE, false, resource_attributes_fields },
    { 2, "nonResourceAttributes", PROTO_MESSAGE, false, path_attributes_fields },
    { 0 },
};
static const struct proto_field access_fields[] = {
    { 1, "metadata", PROTO_MESSAGE, false, meta_fields },
    { 2, "spec", PROTO_MESSAGE, false, access_spec_fields },
    { 0 },
};
static const struct proto_field rules_spec_fields[] = { { 1, "namespace", PROTO_STRING }, { 0 } };
static const struct proto_field rules_fields[] = {
    { 1, "metadata", PROTO_MESSAGE, false, meta_fields },
    { 2, "spec", PROTO_MESSAGE, false, rules_spec_fields },
    { 0 },
};
static const struct proto_field self_fields[] = { { 1, "metadata", PROTO_MESSAGE, false, meta_fields },
                                                  { 0 } };
static const struct proto_field preconditions_fields[] = { { 1, "uid", PROTO_STRING },
                                                           { 2, "resourceVersion", PROTO_STRING },
                                                           { 0 } };
static const struct proto_field delete_fields[] = {
    { 1, "gracePeriodSeconds", PROTO_INT },
    { 2, "preconditions", PROTO_MESSAGE, false, preconditions_fields },
    { 3, "orphanDependents", PROTO_BOOL },
    { 4, "propagationPolicy", PROTO_STRING },
    { 5, "dryRun", PROTO_STRING, true },
    { 0 },
};

static const struct {
    const char *api_version, *kind; // NULL: of any group
    const struct proto_field *fields;
} kinds[] = {
    { "v1", "Namespace", namespace_fields },
    { "v1", "ConfigMap", configmap_fields },
    { "v1", "Secret", secret_fields },
    { "v1", "ServiceAccount", account_fields },
    { "authentication.k8s.io/v1", "TokenRequest", token_fields },
    { "authentication.k8s.io/v1", "SelfSubjectReview", self_fields },
    { "authorization.k8s.io/v1", "SelfSubjectAccessReview", access_fields },
    { "authorization.k8s.io/v1", "SelfSubjectRulesReview", rules_fields },
    { NULL, "DeleteOptions", delete_fields },
};

/* ---- the wire ---- */

static bool take_varint(struct str *s, uint64_t *out) {
    uint64_t n = 0;
    for (unsigned shift = 0; s->n && shift < 64; shift += 7) {
        unsigned char c = (unsigned char)s->p[0];
        *s = str_sub(*s, 1, s->n);
        n |= (uint64_t)(c & 0x7f) << shift;
        if (!(c & 0x80)) {
            *out = n;
            return true;
        }
    }
    return false;
}

struct token {
    unsigned number;
    uint64_t varint;
    struct str bytes;
    enum wire wire;
};

static bool take_fixed(struct str *s, size_t n) {
    if (s->n < n)
        return false;
    *s = str_sub(*s, n, s->n);
    return true;
}

static bool take_token(struct str *s, struct token *t) {
    uint64_t key, n;
    if (!take_varint(s, &key) || key >> 3 == 0 || key >> 3 > UINT32_MAX)
        return false;
    *t = (struct token) { .number = (unsigned)(key >> 3), .wire = key & 7 };
    switch (key & 7) {
    case WIRE_VARINT: return take_varint(s, &t->varint);
    case WIRE_64: return take_fixed(s, 8);
    case WIRE_32: return take_fixed(s, 4);
    case WIRE_BYTES:
        if (!take_varint(s, &n) || n > s->n)
            return false;
        t->bytes = str_sub(*s, 0, (size_t)n);
        *s = str_sub(*s, (size_t)n, s->n);
        return true;
    default: return false;
    }
}

static bool read_message(struct arena *a, struct str s, const struct proto_field *fields, struct value *out,
                         int depth);

// An entry of a map: key is 1, value is 2.
static bool read_entry(struct arena *a, struct str s, bool base64, struct value *map) {
    struct str key = STR(""), value = STR("");
    struct token t;
    while (s.n) {
        if (!take_token(&s, &t))
            return false;
        if (t.number == 1 && t.wire == WIRE_BYTES)
            key = t.bytes;
        else if (t.number == 2 && t.wire == WIRE_BYTES)
            value = t.bytes;
    }
    value_set_n(a, map, key, base64 ? value_string(a, base64_encode(a, value)) : value_string_n(a, value));
    return true;
}

static bool read_field(struct arena *a, const struct proto_field *f, const struct token *t, struct value *out,
                       int depth) {
    bool is_number = f->kind == PROTO_INT || f->kind == PROTO_BOOL;
    if (t->wire != (is_number ? WIRE_VARINT : WIRE_BYTES))
        return false;
    struct value *v = NULL;
    switch (f->kind) {
    case PROTO_STRING: v = value_string_n(a, t->bytes); break;
    case PROTO_INT: v = value_int(a, (int64_t)t->varint); break;
    case PROTO_BOOL: v = value_bool(a, t->varint != 0); break;
    case PROTO_BYTES: v = value_string(a, base64_encode(a, t->bytes)); break;
    case PROTO_MESSAGE:
        v = value_map(a);
        if (!read_message(a, t->bytes, f->message, v, depth + 1))
            return false;
        break;
    case PROTO_STRING_MAP:
    case PROTO_BYTES_MAP:
        return read_entry(a, t->bytes, f->kind == PROTO_BYTES_MAP, value_ensure(a, out, f->name, NULL));
    case PROTO_TIME: return true;
    }
    if (!f->repeated) {
        value_set(a, out, f->name, v);
        return true;
    }
    struct value *list = value_get(out, f->name);
    if (!list)
        value_set(a, out, f->name, list = value_list(a));
    value_append(a, list, v);
    return true;
}

static bool read_message(struct arena *a, struct str s, const struct proto_field *fields, struct value *out,
                         int depth) {
    struct token t;
    if (depth > PROTO_DEPTH)
        return false;
    while (s.n) {
        if (!take_token(&s, &t))
            return false;
        for (const struct proto_field *f = fields; f->name; f++)
            if (f->number == t.number && !read_field(a, f, &t, out, depth))
                return false;
    }
    return true;
}

/* Go's encoder writes fields that are not pointers even when they are empty ("name": ""): they say nothing. */
static void drop_empty(struct value *v) {
    for (size_t i = value_is(v, VALUE_MAP) ? v->map.n : 0; i > 0; i--) {
        struct value_pair *p = &v->map.pairs[i - 1];
        bool data = str_is(p->key, "data") || str_is(p->key, "binaryData") || str_is(p->key, "stringData") ||
                    str_is(p->key, "labels") || str_is(p->key, "annotations");
        if (p->value->type == VALUE_MAP && !data)
            drop_empty(p->value);
        bool empty = (p->value->type == VALUE_STRING && !p->value->s.n) ||
                     (p->value->type == VALUE_MAP && !p->value->map.n && !data) ||
                     (p->value->type == VALUE_INT && !p->value->i && str_is(p->key, "generation"));
        if (empty)
            value_remove(v, p->key.p);
    }
}

/* ---- the envelope ---- */

// runtime.Unknown: 1 = TypeMeta (1 apiVersion, 2 kind), 2 = raw.
static bool read_envelope(struct arena *a, struct str s, const char **api_version, const char **kind,
                          struct str *raw) {
    struct token t, inner;
    *api_version = *kind = "";
    *raw = STR("");
    while (s.n) {
        if (!take_token(&s, &t))
            return false;
        if (t.number == 2 && t.wire == WIRE_BYTES)
            *raw = t.bytes;
        if (t.number != 1 || t.wire != WIRE_BYTES)
            continue;
        struct str meta = t.bytes;
        while (meta.n) {
            if (!take_token(&meta, &inner))
                return false;
            if (inner.wire == WIRE_BYTES && inner.number <= 2)
                *(inner.number == 1 ? api_version : kind) = arena_text(a, inner.bytes.p, inner.bytes.n);
        }
    }
    return true;
}

bool protobuf_decode(struct arena *a, struct str body, struct value **out, struct status *st) {
    const char *api_version, *kind;
    struct str raw;
    if (body.n < 4 || memcmp(body.p, "k8s\0", 4) != 0)
        return status_bad_request(
            st, "provided data does not appear to be a protobuf message, expected prefix [107 56 115 0]");
    if (!read_envelope(a, str_sub(body, 4, body.n), &api_version, &kind, &raw))
        return status_bad_request(st, "unable to unmarshal unknown object: malformed protobuf");
    for (size_t i = 0; i < countof(kinds); i++) {
        if (!text_eq(kinds[i].kind, kind) ||
            (kinds[i].api_version && !text_eq(kinds[i].api_version, api_version)))
            continue;
        struct value *v = value_map(a);
        value_set(a, v, "apiVersion", value_string(a, api_version));
        value_set(a, v, "kind", value_string(a, kind));
        if (!read_message(a, raw, kinds[i].fields, v, 0))
            return status_bad_request(st, "malformed protobuf of %s %s", api_version, kind);
        drop_empty(v);
        *out = v;
        return true;
    }
    return status_set(
        st, 415, "UnsupportedMediaType",
        "the sandbox does not read %s %s in protobuf: use apply -f (or create -f) with a manifest instead",
        api_version, kind);
}
