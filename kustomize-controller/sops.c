// SPDX-License-Identifier: Apache-2.0
// SOPS trees: which values are encrypted, and their decryption.
#include "kustomize-controller/sops.h"

#include "common/base/buf.h"
#include "common/crypto/aesgcm.h"
#include "common/crypto/encoding.h"
#include "common/crypto/secret.h"
#include "common/text/regex.h"
#include "common/value/json.h"
#include "kustomize-controller/sops_key.h"

#define TREE_DEPTH 128

// Which values of the document are encrypted; at most one of the four is set.
struct rule {
    const char *encrypted_suffix, *unencrypted_suffix;
    struct regex *encrypted, *unencrypted;
};

struct walk {
    struct arena *a;
    struct rule rule;
    struct str key;
    struct buf path; // "a:b:"
    struct err *err;
};

bool sops_is_encrypted(const struct value *object) {
    return value_is(value_at(object, "sops", "mac", NULL), VALUE_STRING);
}

static bool rule_regex(struct arena *a, const struct value *meta, const char *key, struct regex **out,
                       struct err *err) {
    const char *text = value_text(value_get(meta, key), "");
    if (!*text)
        return true;
    return regex_compile(a, text, out, err) || err_wrap(err, "sops.%s", key);
}

static bool rule_read(struct arena *a, const struct value *meta, struct rule *out, struct err *err) {
    out->encrypted_suffix = value_text(value_get(meta, "encrypted_suffix"), "");
    out->unencrypted_suffix = value_text(value_get(meta, "unencrypted_suffix"), "");
    if (!rule_regex(a, meta, "encrypted_regex", &out->encrypted, err) ||
        !rule_regex(a, meta, "unencrypted_regex", &out->unencrypted, err))
        return false;
    if (!*out->encrypted_suffix && !*out->unencrypted_suffix && !out->encrypted && !out->unencrypted)
        out->unencrypted_suffix = "_unencrypted";
    return true;
}

// Is what stands below this key encrypted, given that of its parent? Each step of the path may decide.
static bool rule_step(const struct rule *r, const char *key, bool above) {
    if (*r->unencrypted_suffix && text_ends(key, r->unencrypted_suffix))
        return false;
    if (r->unencrypted && regex_match(r->unencrypted, str_of(key)))
        return false;
    if (*r->encrypted_suffix && text_ends(key, r->encrypted_suffix))
        return true;
    if (r->encrypted && regex_match(r->encrypted, str_of(key)))
        return true;
    return above;
}

static bool take_until(struct str *rest, const char *label, const char *end, struct str *out) {
    if (!str_starts(*rest, label))
        return false;
    *rest = str_sub(*rest, strlen(label), rest->n);
    ptrdiff_t at = str_find(*rest, str_of(end));
    if (at < 0)
        return false;
    *out = str_sub(*rest, 0, (size_t)at);
    *rest = str_sub(*rest, (size_t)at, rest->n);
    return true;
}

struct sealed {
    struct str data, iv, tag, type;
};

// ENC[AES256_GCM,data:...,iv:...,tag:...,type:...]
static bool sealed_parse(struct arena *a, struct str text, struct sealed *out) {
    struct str rest = text, data, iv, tag;
    return str_starts(rest, "ENC[AES256_GCM,data:") && str_ends(rest, "]") &&
           (rest = str_sub(rest, sizeof "ENC[AES256_GCM," - 1, rest.n),
            take_until(&rest, "data:", ",", &data)) &&
           take_until(&rest, ",iv:", ",", &iv) && take_until(&rest, ",tag:", ",", &tag) &&
           take_until(&rest, ",type:", "]", &out->type) && rest.n == 1 &&
           base64_decode_as(a, data, 0, &out->data) && base64_decode_as(a, iv, 0, &out->iv) &&
           base64_decode_as(a, tag, 0, &out->tag);
}

static bool typed(struct arena *a, struct str plain, struct str type, struct value *out) {
    struct value *v = NULL;
    struct err err = { .a = a };
    if (str_is(type, "str") || str_is(type, "bytes") || str_is(type, "comment") || str_is(type, "time"))
        v = value_string_n(a, plain);
    else if (str_is(type, "bool"))
        v = value_bool(a, str_is(plain, "True") || str_is(plain, "true"));
    else if ((str_is(type, "int") || str_is(type, "float")) && json_read(a, plain, &v, &err) &&
             (value_is(v, VALUE_INT) || value_is(v, VALUE_FLOAT)))
        (void)v;
    else
        return false;
    uint32_t line = out->line;
    *out = *v;
    out->line = line;
    return true;
}

static bool walk_leaf(struct walk *w, struct value *v) {
    struct sealed s;
    struct str plain;
    if (!value_is(v, VALUE_STRING) || !v->s.n)
        return true; // what was empty or no string is not encrypted
    const char *path = arena_text(w->a, w->path.p, w->path.n ? w->path.n - 1 : 0);
    if (!sealed_parse(w->a, v->s, &s))
        return err_set(w->err, ERR_INVALID,
                       "error decrypting sops tree: value at '%s' does not match sops' data format", path);
    if (!aes256gcm_open(w->a, w->key, s.iv, buf_str(&w->path), s.data, s.tag, &plain))
        return err_set(w->err, ERR_INVALID,
                       "error decrypting sops tree: value at '%s' cannot be authenticated", path);
    if (!typed(w->a, plain, s.type, v))
        return err_set(w->err, ERR_INVALID, "error decrypting sops tree: value at '%s' has an unknown type",
                       path);
    return true;
}

static bool walk_value(struct walk *w, struct value *v, bool encrypted, unsigned depth) {
    if (depth > TREE_DEPTH)
        return err_set(w->err, ERR_LIMIT, "error decrypting sops tree: deeper than %d levels", TREE_DEPTH);
    if (value_is(v, VALUE_LIST)) {
        for (size_t i = 0; i < v->list.n; i++)
            if (!walk_value(w, v->list.items[i], encrypted, depth + 1))
                return false;
        return true;
    }
    if (!value_is(v, VALUE_MAP))
        return !encrypted || walk_leaf(w, v);
    for (size_t i = 0; i < v->map.n; i++) {
        struct str key = v->map.pairs[i].key;
        size_t mark = w->path.n;
        buf_put_str(&w->path, key);
        buf_putc(&w->path, ':');
        if (!walk_value(w, v->map.pairs[i].value, rule_step(&w->rule, key.p, encrypted), depth + 1))
            return false;
        w->path.n = mark;
    }
    return true;
}

bool sops_decrypt(struct arena *a, struct value *tree, const struct sops_keys *keys, struct err *err) {
    struct walk w = { .a = a, .err = err };
    const struct value *meta = value_get(tree, "sops");
    if (!value_is(tree, VALUE_MAP) || !value_is(meta, VALUE_MAP))
        return err_set(err, ERR_INVALID, "sops metadata not found");
    if (!rule_read(a, meta, &w.rule, err) || !sops_data_key(a, meta, keys, &w.key, err))
        return false;
    value_remove(tree, "sops");
    bool all = *w.rule.unencrypted_suffix || w.rule.unencrypted;
    bool ok = walk_value(&w, tree, all, 0);
    buf_done(&w.path);
    secret_wipe((void *)(uintptr_t)w.key.p, w.key.n);
    return ok;
}
