// SPDX-License-Identifier: Apache-2.0
/* Nodes: what a scalar's text means by yaml.v3's rules (YAML 1.2 booleans, 1.1 octals, dates as times). */
#include "common/kustomize/node.h"
#include "common/value/yaml.h"
#include "common/value/yaml_resolve.h"

const char *kz_tag_name(const struct kz_node *n, enum kz_tag tag) {
    switch (tag) {
    case KZ_TAG_NONE: return "";
    case KZ_TAG_NULL: return "!!null";
    case KZ_TAG_BOOL: return "!!bool";
    case KZ_TAG_STR: return "!!str";
    case KZ_TAG_INT: return "!!int";
    case KZ_TAG_FLOAT: return "!!float";
    case KZ_TAG_TIME: return "!!timestamp";
    case KZ_TAG_SEQ: return "!!seq";
    case KZ_TAG_MAP: return "!!map";
    case KZ_TAG_BINARY: return "!!binary";
    case KZ_TAG_MERGE: return "!!merge";
    case KZ_TAG_OTHER: return n && n->custom_tag ? n->custom_tag : "";
    }
    return "";
}

static enum kz_tag tag_of_kind(enum yaml_kind kind) {
    switch (kind) {
    case YAML_NULL: return KZ_TAG_NULL;
    case YAML_BOOL: return KZ_TAG_BOOL;
    case YAML_INT:
    case YAML_UINT: return KZ_TAG_INT;
    case YAML_FLOAT: return KZ_TAG_FLOAT;
    case YAML_TIME: return KZ_TAG_TIME;
    case YAML_STR: return KZ_TAG_STR;
    }
    return KZ_TAG_STR;
}

enum kz_tag kz_resolve_tag(struct str text) {
    return tag_of_kind(yaml_resolve(text, true, true).kind);
}

static void take(struct arena *a, const struct yaml_scalar *s, struct kz_scalar *out) {
    out->tag = tag_of_kind(s->kind);
    out->is_unsigned = s->kind == YAML_UINT;
    if (s->kind == YAML_BOOL)
        out->b = s->b;
    else if (s->kind == YAML_FLOAT)
        out->f = s->f;
    else if (s->kind == YAML_TIME)
        out->text = str_of(yaml_time_text(a, &s->t));
    else
        out->u = s->u; // the bits of an int64_t too
}

bool kz_resolve(struct arena *a, const struct kz_node *n, enum kz_tag tag, struct str text,
                struct kz_scalar *out, struct err *err) {
    *out = (struct kz_scalar) { .tag = tag, .text = text };
    switch (tag) {
    case KZ_TAG_STR:
    case KZ_TAG_BINARY:
    case KZ_TAG_MERGE:
    case KZ_TAG_OTHER:
    case KZ_TAG_SEQ:
    case KZ_TAG_MAP: return true;
    case KZ_TAG_NONE:
    case KZ_TAG_NULL:
    case KZ_TAG_BOOL:
    case KZ_TAG_INT:
    case KZ_TAG_FLOAT:
    case KZ_TAG_TIME: break;
    }
    struct yaml_scalar s = yaml_resolve(text, true, tag == KZ_TAG_NONE || tag == KZ_TAG_TIME);
    take(a, &s, out);
    if (tag == KZ_TAG_NONE || tag == out->tag)
        return true;
    if (tag == KZ_TAG_FLOAT && s.kind == YAML_INT) {
        out->tag = KZ_TAG_FLOAT;
        out->f = (double)s.i;
        return true;
    }
    return err_set(err, ERR_INVALID, "yaml: cannot decode %s `%s` as a %s", kz_tag_name(NULL, out->tag),
                   text.p, kz_tag_name(n, tag));
}

// A name, as nearly all texts are: nothing that YAML 1.1 could take for something else but words like "yes".
static bool simple_word(struct str s) {
    for (size_t i = 0; i < s.n; i++) {
        char c = (char)(s.p[i] | 0x20);
        bool letter = c >= 'a' && c <= 'z';
        bool last = i + 1 == s.n;
        if (!letter &&
            (i == 0 || !(strchr(last ? "./-_" : "./-_:@", s.p[i]) || (s.p[i] >= '0' && s.p[i] <= '9'))))
            return false;
    }
    return true;
}

bool kz_yaml11_nonstring(struct str text) {
    if (!text.n || str_chr(text, '\n') >= 0)
        return false;
    if (simple_word(text)) {
        enum yaml_kind kind = yaml_resolve(text, false, false).kind;
        return kind != YAML_STR;
    }
    autoarena a = { 0 };
    struct err err = { .a = &a };
    struct value *v = NULL;
    return yaml_read(&a, text, YAML_GO_SIGS, &v, &err) && !value_is(v, VALUE_STRING);
}
