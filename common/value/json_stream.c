// SPDX-License-Identifier: Apache-2.0
// JSON in pieces: a sequence of documents, and a list whose elements are given one by one.
#include "common/value/json.h"
#include "common/base/log.h"
#include "common/value/json_scan.h"

// ---- a sequence of documents ----

void json_stream_init(struct json_stream *s, size_t max_bytes) {
    *s = (struct json_stream) { .max_bytes = max_bytes };
}

void json_stream_done(struct json_stream *s) {
    buf_done(&s->pending);
    *s = (struct json_stream) { 0 };
}

void json_stream_feed(struct json_stream *s, struct str bytes) {
    buf_shift(&s->pending, s->taken);
    s->scanned -= s->taken;
    s->taken = 0;
    buf_put_str(&s->pending, bytes);
}

bool json_stream_next(struct json_stream *s, struct str *out, struct err *err) {
    struct str all = buf_str(&s->pending);
    if (s->scanned == s->taken)
        s->scanned = s->taken = json_skip_blanks(all, s->taken);
    struct json_scan scan = { s->depth, s->in_string, s->escaped, s->scalar };
    size_t end;
    bool whole = json_scan(&scan, all, s->scanned, &end);
    if (!whole)
        end = all.n;
    if (end - s->taken > s->max_bytes)
        return err_set(err, ERR_LIMIT, "JSON document is larger than %zu bytes", s->max_bytes);
    if (whole) {
        *out = str_sub(all, s->taken, end);
        s->taken = end;
        scan = (struct json_scan) { 0 };
    }
    s->scanned = end;
    s->depth = scan.depth;
    s->in_string = scan.in_string;
    s->escaped = scan.escaped;
    s->scalar = scan.scalar;
    return whole;
}

bool json_stream_rest(const struct json_stream *s, struct str *out) {
    struct str all = buf_str(&s->pending);
    *out = str_trim(str_sub(all, s->taken, all.n));
    return out->n > 0;
}

// ---- a list, element by element ----

enum place {
    PLACE_START,
    PLACE_FIRST_KEY, // behind {: a key or }
    PLACE_KEY,       // behind a comma: a key
    PLACE_COLON,
    PLACE_VALUE,
    PLACE_AFTER_VALUE, // comma or }
    PLACE_FIRST_ITEM,  // behind [: an element or ]
    PLACE_ITEM,
    PLACE_AFTER_ITEM,
    PLACE_END,
};

struct json_list_reader {
    char *key;
    size_t max_item_bytes;
    json_list_item_fn item;
    void *arg;
    enum place place;
    bool in_token;         // a token is being collected
    struct json_scan scan; // of that token
    struct buf token;      // its bytes from earlier pieces
    struct buf rest;       // `"key":value` of the other keys, with commas
    bool wanted;           // the key just read is `key`
    bool had_list;
    size_t n_items;
    struct arena a; // of one element
};

struct json_list_reader *json_list_reader_new(const char *key, size_t max_item_bytes, json_list_item_fn item,
                                              void *arg) {
    struct json_list_reader *r = calloc(1, sizeof *r);
    if (!r || !(r->key = strdup(key)))
        abort();
    r->max_item_bytes = max_item_bytes;
    r->item = item;
    r->arg = arg;
    return r;
}

void json_list_reader_free(struct json_list_reader *r) {
    if (!r)
        return;
    free(r->key);
    buf_done(&r->token);
    buf_done(&r->rest);
    arena_done(&r->a);
    free(r);
}

static bool take_key(struct json_list_reader *r, struct str token, struct err *err) {
    struct arena_mark m = arena_mark(&r->a);
    struct err inner = { .a = &r->a };
    struct value *key;
    bool ok = json_read(&r->a, token, &key, &inner);
    if (!ok)
        err_move(err, &inner);
    else if (!value_is(key, VALUE_STRING))
        ok = err_set(err, ERR_INVALID, "invalid JSON: a key must be a string");
    if (ok) {
        r->wanted = str_is(key->s, r->key) && !r->had_list;
        if (!r->wanted) {
            if (r->rest.n)
                buf_putc(&r->rest, ',');
            buf_put_str(&r->rest, token);
        }
        r->place = PLACE_COLON;
    }
    arena_rewind(&r->a, m);
    return ok;
}

static bool take_item(struct json_list_reader *r, struct str token, struct err *err) {
    struct arena_mark m = arena_mark(&r->a);
    struct err inner = { .a = &r->a };
    struct value *v;
    bool ok = json_read(&r->a, token, &v, &inner);
    if (ok)
        ok = r->item(r->arg, &r->a, v, err);
    else {
        err_move(err, &inner);
        err_wrap(err, "%s[%zu]", r->key, r->n_items);
    }
    r->n_items++;
    r->place = PLACE_AFTER_ITEM;
    arena_rewind(&r->a, m);
    return ok;
}

static bool take_value(struct json_list_reader *r, struct str token, struct err *err) {
    if (r->rest.n + token.n > r->max_item_bytes)
        return err_set(err, ERR_LIMIT, "the keys beside \"%s\" are larger than %zu bytes", r->key,
                       r->max_item_bytes);
    if (r->wanted) { // it is not a list, so it is one of the others
        if (r->rest.n)
            buf_putc(&r->rest, ',');
        json_quote(&r->rest, str_of(r->key));
        r->wanted = false;
    }
    buf_putc(&r->rest, ':');
    buf_put_str(&r->rest, token);
    r->place = PLACE_AFTER_VALUE;
    return true;
}

static bool take_token(struct json_list_reader *r, struct str token, struct err *err) {
    if (r->place == PLACE_FIRST_KEY || r->place == PLACE_KEY)
        return take_key(r, token, err);
    return r->place == PLACE_VALUE ? take_value(r, token, err) : take_item(r, token, err);
}

// A byte of punctuation. Returns false when it is the first byte of a token instead.
static bool punctuation(struct json_list_reader *r, char c) {
    static const struct {
        enum place from;
        char c;
        enum place to;
    } moves[] = {
        { PLACE_START, '{', PLACE_FIRST_KEY }, { PLACE_FIRST_KEY, '}', PLACE_END },
        { PLACE_COLON, ':', PLACE_VALUE },     { PLACE_AFTER_VALUE, ',', PLACE_KEY },
        { PLACE_AFTER_VALUE, '}', PLACE_END }, { PLACE_FIRST_ITEM, ']', PLACE_AFTER_VALUE },
        { PLACE_AFTER_ITEM, ',', PLACE_ITEM }, { PLACE_AFTER_ITEM, ']', PLACE_AFTER_VALUE },
    };
    if (r->place == PLACE_VALUE && r->wanted && c == '[') {
        r->place = PLACE_FIRST_ITEM;
        r->had_list = true;
        return true;
    }
    for (size_t i = 0; i < countof(moves); i++)
        if (moves[i].from == r->place && moves[i].c == c) {
            r->place = moves[i].to;
            return true;
        }
    return false;
}

static bool wants_token(enum place place) {
    return place == PLACE_FIRST_KEY || place == PLACE_KEY || place == PLACE_VALUE ||
           place == PLACE_FIRST_ITEM || place == PLACE_ITEM;
}

// Collects a token that begins or goes on at *at; calls take_token when it is whole.
static bool feed_token(struct json_list_reader *r, struct str bytes, size_t *at, struct err *err) {
    size_t end, from = *at;
    bool whole = json_scan(&r->scan, bytes, from, &end);
    if (!whole)
        end = bytes.n;
    *at = end;
    if (r->token.n + (end - from) > r->max_item_bytes)
        return err_set(err, ERR_LIMIT, "an element of \"%s\" is larger than %zu bytes", r->key,
                       r->max_item_bytes);
    struct str token = str_sub(bytes, from, end);
    if (!whole || r->token.n) {
        buf_put_str(&r->token, token);
        token = buf_str(&r->token);
    }
    if (!whole)
        return true;
    r->in_token = false;
    r->scan = (struct json_scan) { 0 };
    bool ok = take_token(r, token, err);
    buf_clear(&r->token);
    return ok;
}

bool json_list_reader_feed(struct json_list_reader *r, struct str bytes, struct err *err) {
    for (size_t at = 0; at < bytes.n;) {
        if (!r->in_token) {
            at = json_skip_blanks(bytes, at);
            if (at == bytes.n)
                break;
            if (punctuation(r, bytes.p[at])) {
                at++;
                continue;
            }
            if (!wants_token(r->place))
                return err_set(err, ERR_INVALID,
                               "invalid JSON: unexpected character 0x%02x around element %zu of \"%s\"",
                               (unsigned char)bytes.p[at], r->n_items, r->key);
            r->in_token = true;
        }
        if (!feed_token(r, bytes, &at, err))
            return false;
    }
    return true;
}

bool json_list_reader_end(struct json_list_reader *r, struct arena *a, struct value **out_rest,
                          struct err *err) {
    if (r->place != PLACE_END)
        return err_set(err, ERR_INVALID, "unexpected end of JSON input");
    autobuf whole = { 0 };
    buf_putc(&whole, '{');
    buf_put_str(&whole, buf_str(&r->rest));
    buf_putc(&whole, '}');
    return json_read(a, buf_str(&whole), out_rest, err);
}
