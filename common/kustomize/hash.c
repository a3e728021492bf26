// SPDX-License-Identifier: Apache-2.0
/* The content hash of names. Upstream: api/hasher/hasher.go */
#include "common/kustomize/generate.h"
#include "common/crypto/digest.h"
#include "common/value/json.h"

static const char *encode(struct arena *a, struct str text) {
    static const char from[] = "013ae", to[] = "ghkmt";
    struct digest digest;
    digest_of(DIGEST_SHA256, text, &digest);
    char *hex = digest_hex(a, &digest);
    for (int i = 0; i < 10; i++) {
        const char *at = strchr(from, hex[i]);
        if (at)
            hex[i] = to[at - from];
    }
    hex[10] = '\0';
    return hex;
}

// encoding/json has made doubles of all numbers on the way.
static void to_doubles(struct value *v) {
    if (v->type == VALUE_INT && (v->i > (1LL << 53) || v->i < -(1LL << 53))) {
        double f = (double)v->i;
        v->type = VALUE_FLOAT;
        v->f = f;
        v->text = NULL;
    } else if (v->type == VALUE_FLOAT)
        v->text = NULL;
    for (size_t i = 0; v->type == VALUE_LIST && i < v->list.n; i++)
        to_doubles(v->list.items[i]);
    for (size_t i = 0; v->type == VALUE_MAP && i < v->map.n; i++)
        to_doubles(v->map.pairs[i].value);
}

// A field's content as the hash sees it: "" when absent, the text of a scalar, else data.
static bool field_value(struct kz *kz, const struct kz_node *root, const char *field, struct value **out,
                        struct err *err) {
    const struct kz_node *n = kz_node_get(root, field);
    if (!n || n->kind == KZ_SCALAR) {
        *out = value_string_n(kz->a, n ? n->value : STR(""));
        return true;
    }
    if (!kz_node_to_value(kz->a, n, out, err))
        return false;
    to_doubles(*out);
    if (!value_is(*out, VALUE_MAP))
        *out = value_null(kz->a);
    return true;
}

struct hashed {
    const char *field;
    bool only_map; // left out unless it is a map
};

static bool known_kind(struct kz *kz, const struct kz_node *root, const char *kind,
                       const struct hashed *fields, const char **out, struct err *err) {
    struct value *map = value_map(kz->a), *v;
    value_set(kz->a, map, "kind", value_string(kz->a, kind));
    value_set(kz->a, map, "name", value_string(kz->a, ""));
    for (; fields->field; fields++) {
        if (!field_value(kz, root, fields->field, &v, err))
            return false;
        if (!fields->only_map || value_is(v, VALUE_MAP))
            value_set(kz->a, map, fields->field, v);
    }
    *out = encode(kz->a, json_text(kz->a, map, JSON_SORT_KEYS | JSON_ESCAPE_HTML | JSON_GO_FLOATS));
    return true;
}

/* Other kinds: the parsed nodes themselves, as Go prints them. (Comments are not kept here: with any, the hash differs.) */
static void dump(struct kz *kz, struct buf *b, const struct kz_node *n) {
    static const int kinds[] = {
        [KZ_ZERO] = 0, [KZ_SEQ] = 2, [KZ_MAP] = 4, [KZ_SCALAR] = 8, [KZ_ALIAS] = 16
    };
    struct str tag = json_text(kz->a, value_string(kz->a, kz_tag_name(n, n->tag)), JSON_ESCAPE_HTML);
    struct str value =
        json_text(kz->a, value_string_n(kz->a, n->kind == KZ_SCALAR ? n->value : STR("")), JSON_ESCAPE_HTML);
    buf_fmt(b,
            "{\"Kind\":%d,\"Style\":%d,\"Tag\":%s,\"Value\":%s,\"Anchor\":\"\",\"Alias\":null,\"Content\":",
            kinds[n->kind], n->style, tag.p, value.p);
    if (!n->content || n->kind == KZ_SCALAR)
        buf_puts(b, "null");
    else {
        buf_putc(b, '[');
        for (size_t i = 0; i < n->n; i++) {
            if (i)
                buf_putc(b, ',');
            dump(kz, b, n->content[i]);
        }
        buf_putc(b, ']');
    }
    buf_fmt(b, ",\"HeadComment\":\"\",\"LineComment\":\"\",\"FootComment\":\"\",\"Line\":%u,\"Column\":%u}",
            n->line, n->column);
}

bool kz_hash(struct kz *kz, const struct kz_node *root, const char **out, struct err *err) {
    static const struct hashed config_map[] = { { "data", false }, { "binaryData", true }, { 0 } };
    static const struct hashed secret[] = {
        { "type", false }, { "data", false }, { "stringData", true }, { 0 }
    };
    const char *kind = kz_root_kind(root);
    if (!strcmp(kind, "ConfigMap"))
        return known_kind(kz, root, kind, config_map, out, err);
    if (!strcmp(kind, "Secret"))
        return known_kind(kz, root, kind, secret, out, err);
    autobuf b = { 0 };
    dump(kz, &b, root);
    *out = encode(kz->a, buf_str(&b));
    return true;
}
