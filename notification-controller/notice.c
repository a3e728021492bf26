// SPDX-License-Identifier: Apache-2.0
// Reading events, what makes them equal, whose metadata wins.
#include "notification-controller/notice.h"

#include "common/base/buf.h"
#include "common/base/timeutil.h"
#include "common/crypto/digest.h"
#include "common/kube/object.h"
#include "common/value/json.h"

#include <ctype.h>
#include <strings.h>

/* ---- reading ---- */

// Texts of the event, and where they go.
static const struct {
    const char *key;
    size_t offset;
} texts[] = {
    { "severity", offsetof(struct notice, severity) },
    { "timestamp", offsetof(struct notice, timestamp) },
    { "message", offsetof(struct notice, message) },
    { "reason", offsetof(struct notice, reason) },
    { "reportingController", offsetof(struct notice, controller) },
    { "reportingInstance", offsetof(struct notice, instance) },
};

static const struct {
    const char *key;
    size_t offset;
} object_texts[] = {
    { "kind", offsetof(struct notice, kind) },
    { "namespace", offsetof(struct notice, ns) },
    { "name", offsetof(struct notice, name) },
    { "uid", offsetof(struct notice, uid) },
    { "apiVersion", offsetof(struct notice, api_version) },
};

static bool read_text(const struct value *from, const char *key, void *n, size_t offset, struct err *err) {
    const struct value *v = value_get(from, key);
    if (v && v->type != VALUE_STRING && v->type != VALUE_NULL)
        return err_set(err, ERR_INVALID, "field %s is no text", key);
    *(const char **)((char *)n + offset) = value_text(v, "");
    return true;
}

static bool has_prefix_of(struct str key, const char *group) {
    size_t n = strlen(group);
    return n && key.n > n + 1 && !memcmp(key.p, group, n) && key.p[n] == '/';
}

static bool is_dropped(struct str key, const char *group) {
    static const char *const dropped[] = { "checksum", "digest" };
    if (!has_prefix_of(key, group))
        return false;
    for (size_t i = 0; i < countof(dropped); i++)
        if (!strcasecmp(key.p + strlen(group) + 1, dropped[i]))
            return true;
    return false;
}

static bool clean_metadata(struct arena *a, const struct value *from, struct notice *n, struct err *err) {
    n->metadata = value_map(a);
    if (!from || from->type == VALUE_NULL)
        return true;
    if (from->type != VALUE_MAP)
        return err_set(err, ERR_INVALID, "field metadata is no map");
    for (size_t i = 0; i < from->map.n; i++) {
        const struct value_pair *p = &from->map.pairs[i];
        if (p->value->type != VALUE_STRING)
            return err_set(err, ERR_INVALID, "metadata %s is no text", p->key.p);
        bool keep = str_starts(p->key, META_PREFIX) || has_prefix_of(p->key, n->group);
        if (keep && !is_dropped(p->key, n->group))
            value_set_n(a, n->metadata, p->key, p->value);
    }
    return true;
}

static bool read_timestamp(const struct notice *n, struct err *err) {
    int64_t at;
    return text_empty(n->timestamp) || time_parse_rfc3339(n->timestamp, &at, err);
}

bool notice_read(struct arena *a, struct str json, struct notice *out, struct err *err) {
    struct value *v = NULL;
    struct notice n = { 0 };
    const char *version;
    if (!json_read(a, json, &v, err))
        return false;
    if (v->type != VALUE_MAP)
        return err_set(err, ERR_INVALID, "an event is an object, not %s", value_type_name(v->type));
    n.object = value_get(v, "involvedObject");
    if (n.object && n.object->type != VALUE_MAP)
        return err_set(err, ERR_INVALID, "field involvedObject is no object");
    for (size_t i = 0; i < countof(texts); i++)
        if (!read_text(v, texts[i].key, &n, texts[i].offset, err))
            return false;
    for (size_t i = 0; i < countof(object_texts); i++)
        if (!read_text(n.object, object_texts[i].key, &n, object_texts[i].offset, err))
            return false;
    api_version_split(a, n.api_version, &n.group, &version);
    if (!read_timestamp(&n, err) || !clean_metadata(a, value_get(v, "metadata"), &n, err))
        return false;
    *out = n;
    return true;
}

/* ---- names, keys ---- */

const char *notice_object_name(struct arena *a, const struct notice *n) {
    char *kind = arena_strdup(a, n->kind);
    for (char *c = kind; *c; c++)
        *c = (char)tolower((unsigned char)*c);
    return arena_fmt(a, "%s/%s.%s", kind, n->name, n->ns);
}

const char *notice_subject(struct arena *a, const struct notice *n) {
    return arena_fmt(a, "%s/%s/%s", n->kind, n->ns, n->name);
}

const char *notice_meta(struct arena *a, const struct notice *n, const char *key) {
    return value_text(value_get(n->metadata, arena_fmt(a, "%s/%s", n->group, key)), NULL);
}

const char *notice_key(struct arena *a, const struct notice *n) {
    static const char *const keys[] = { "originRevision", "revision", "token" };
    autobuf text = { 0 };
    buf_fmt(&text, "event/name=%s/namespace=%s/kind=%s/message=%s", n->name, n->ns, n->kind, n->message);
    for (size_t i = 0; i < countof(keys); i++) {
        const char *v = notice_meta(a, n, keys[i]);
        if (v)
            buf_fmt(&text, "/%s=%s", keys[i], v);
    }
    struct digest d;
    digest_of(DIGEST_SHA256, buf_str(&text), &d);
    return digest_hex(a, &d);
}

void notice_drop_token(struct arena *a, struct notice *n) {
    value_remove(n->metadata, arena_fmt(a, "%s/token", n->group));
}

/* ---- metadata ---- */

enum origin { FROM_ANNOTATIONS, FROM_EVENT_METADATA, FROM_SUMMARY, FROM_CONTROLLER, N_ORIGINS };
static const char *const origin_names[N_ORIGINS] = {
    "involved object annotations",
    "Alert object .spec.eventMetadata",
    "Alert object .spec.summary",
    "involved object controller metadata",
};

struct combination {
    struct arena *a;
    struct value *out, *origins; // key -> "x, y"
    struct value *conflicts;
};

static void put(struct combination *c, struct str key, struct value *v, enum origin from) {
    const char *before = value_text(value_get_n(c->origins, key), NULL);
    const char *now = before ? arena_fmt(c->a, "%s, %s", before, origin_names[from]) : origin_names[from];
    value_set_n(c->a, c->origins, key, value_string(c->a, now));
    value_set_n(c->a, c->out, key, v);
    if (before)
        value_set_n(c->a, c->conflicts, key, value_string(c->a, now));
}

static void put_prefixed(struct combination *c, const struct value *from, struct str prefix,
                         enum origin origin) {
    for (size_t i = 0; value_is(from, VALUE_MAP) && i < from->map.n; i++) {
        const struct value_pair *p = &from->map.pairs[i];
        if (p->key.n > prefix.n && !memcmp(p->key.p, prefix.p, prefix.n))
            put(c, str_sub(p->key, prefix.n, p->key.n), p->value, origin);
    }
}

struct value *notice_combine(struct arena *a, const struct notice *n, const struct value *event_metadata,
                             const char *summary, struct value **conflicts) {
    struct combination c = { a, value_map(a), value_map(a), value_map(a) };
    put_prefixed(&c, n->metadata, STR(META_PREFIX), FROM_ANNOTATIONS);
    put_prefixed(&c, event_metadata, STR(""), FROM_EVENT_METADATA);
    if (!text_empty(summary))
        put(&c, STR("summary"), value_string(a, summary), FROM_SUMMARY);
    if (!text_empty(n->group))
        put_prefixed(&c, n->metadata, str_of(arena_fmt(a, "%s/", n->group)), FROM_CONTROLLER);
    *conflicts = c.conflicts;
    value_sort_keys(c.out);
    return c.out;
}

struct value *notice_json(struct arena *a, const struct notice *n) {
    static const char *const keys[] = { "kind",       "namespace",       "name",     "uid",
                                        "apiVersion", "resourceVersion", "fieldPath" };
    struct value *out = value_map(a), *object = value_map(a);
    for (size_t i = 0; i < countof(keys); i++) {
        const char *v = value_text(value_get(n->object, keys[i]), "");
        if (*v)
            value_set(a, object, keys[i], value_string(a, v));
    }
    value_set(a, out, "involvedObject", object);
    value_set(a, out, "severity", value_string(a, n->severity));
    value_set(a, out, "timestamp", text_empty(n->timestamp) ? value_null(a) : value_string(a, n->timestamp));
    value_set(a, out, "message", value_string(a, n->message));
    value_set(a, out, "reason", value_string(a, n->reason));
    if (value_len(n->metadata)) {
        struct value *metadata = value_copy(a, n->metadata);
        value_sort_keys(metadata);
        value_set(a, out, "metadata", metadata);
    }
    value_set(a, out, "reportingController", value_string(a, n->controller));
    if (!text_empty(n->instance))
        value_set(a, out, "reportingInstance", value_string(a, n->instance));
    return out;
}

/* ---- masking ---- */

const char *mask_token(struct arena *a, const char *text, const char *token) {
    struct str t = str_trim(str_of(token));
    if (!t.n)
        return text;
    size_t stem = t.n - 1; // without its last character
    while (stem && ((unsigned char)t.p[stem] & 0xc0) == 0x80)
        stem--;
    struct str last = str_sub(t, stem, t.n), find = stem ? str_sub(t, 0, stem) : t, rest = str_of(text);
    autobuf out = { 0 };
    for (ptrdiff_t at; (at = str_find(rest, find)) >= 0;) {
        buf_put_str(&out, str_sub(rest, 0, (size_t)at));
        buf_puts(&out, "*****");
        rest = str_sub(rest, (size_t)at + find.n, rest.n);
        while (rest.n >= last.n && !memcmp(rest.p, last.p, last.n))
            rest = str_sub(rest, last.n, rest.n);
    }
    buf_put_str(&out, rest);
    return buf_to_arena(&out, a).p;
}
