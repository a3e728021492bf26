// SPDX-License-Identifier: Apache-2.0
/* Messages about Secrets without what is secret: an API server that refuses an object quotes it, wholly or the value that does not fit,
 * and that text goes on into conditions, events, logs and notifications. */
#include "common/kube/object.h"

#include <string.h>

#include "common/base/buf.h"

#define MASK "*****"
#define MIN_MASKED 3 // bytes; shorter values are part of ordinary words

struct masked {
    struct arena *a;
    struct str *texts;
    size_t n, cap;
};

static void collect(struct masked *m, const struct value *v) {
    for (size_t i = 0; value_is(v, VALUE_LIST) && i < v->list.n; i++)
        collect(m, v->list.items[i]);
    for (size_t i = 0; value_is(v, VALUE_MAP) && i < v->map.n; i++)
        collect(m, v->map.pairs[i].value);
    if (!value_is(v, VALUE_STRING) || v->s.n < MIN_MASKED)
        return;
    m->texts = arena_grow(m->a, m->texts, &m->cap, m->n + 1, sizeof *m->texts);
    m->texts[m->n++] = v->s;
}

static bool is_public(struct str key) {
    static const char *const keys[] = { "apiVersion", "kind", "metadata", "type" };
    for (size_t i = 0; i < countof(keys); i++) {
        if (str_eq(key, str_of(keys[i])))
            return true;
    }
    return false;
}

// Length of the longest secret text that starts at `p`; 0: none.
static size_t secret_at(const struct masked *m, const char *p, size_t left) {
    size_t longest = 0;
    for (size_t i = 0; i < m->n; i++) {
        struct str s = m->texts[i];
        if (s.n > longest && s.n <= left && memcmp(p, s.p, s.n) == 0)
            longest = s.n;
    }
    return longest;
}

/* Length of a quotation of the object (or of a part that is no text) at `p`, which `before` bytes of message precede; 0: none.
 * `value: "{...}"` is a Go string; `got &{...}` a Go value without any quoting: it may end at the message's last brace only. */
static size_t quotation_at(const char *p, size_t before) {
    static const char json[] = "Invalid value: ", typed[] = "got ";
    if (p[0] == '"' && p[1] == '{' && before >= sizeof json - 1 &&
        memcmp(p - (sizeof json - 1), json, sizeof json - 1) == 0) {
        const char *end = p + 1;
        while (*end && *end != '"')
            end += *end == '\\' && end[1] ? 2 : 1;
        return (size_t)(end - p) + (*end == '"');
    }
    if (p[0] == '&' && p[1] == '{' && before >= sizeof typed - 1 &&
        memcmp(p - (sizeof typed - 1), typed, sizeof typed - 1) == 0) {
        const char *end = strrchr(p, '}');
        return end ? (size_t)(end - p) + 1 : strlen(p);
    }
    return 0;
}

const char *object_redact(struct arena *a, const struct value *object, const char *message) {
    if (!text_eq(object_kind(object), "Secret") || !text_eq(object_api_version(object), "v1"))
        return message;
    struct masked m = { .a = a };
    for (size_t i = 0; i < object->map.n; i++) {
        if (!is_public(object->map.pairs[i].key))
            collect(&m, object->map.pairs[i].value);
    }
    autobuf out = { 0 };
    size_t n = strlen(message);
    for (size_t i = 0; i < n;) {
        size_t skip = quotation_at(message + i, i);
        if (!skip)
            skip = secret_at(&m, message + i, n - i);
        if (skip)
            buf_puts(&out, MASK);
        else
            buf_putc(&out, message[i++]);
        i += skip;
    }
    return arena_text(a, out.p, out.n);
}
