// SPDX-License-Identifier: Apache-2.0
/* JSON: reader (RFC 8259, strict), streaming reader, writer.
 *
 * Reader errors carry line and column, then the words of encoding/json ("line 3, column 7: invalid character
 * 'x' after object key"). Limits: LIMIT_JSON_DEPTH, LIMIT_DOCUMENT_BYTES. Duplicate keys: the last wins, as
 * encoding/json. Invalid UTF-8 becomes U+FFFD, as encoding/json.
 */
#ifndef VALUE_JSON_H
#define VALUE_JSON_H

#include "common/base/buf.h"
#include "common/value/value.h"

must_check bool json_read(struct arena *a, struct str text, struct value **out, struct err *err);

/* A sequence of JSON documents that arrives in pieces (a watch stream, JSON lines, a large list). Memory: the
 * bytes of the document that is not complete yet, at most max_bytes of it (ERR_LIMIT).
 *
 *     json_stream_init(&s, LIMIT_KUBE_OBJECT_BYTES);
 *     json_stream_feed(&s, bytes);
 *     while (json_stream_next(&s, &text, &err)) json_read(a, text, &v, &err);   // text is valid until the
 * next feed
 */
struct json_stream {
    struct buf pending;
    size_t max_bytes, scanned, taken;
    unsigned depth;
    bool in_string, escaped, scalar;
};
void json_stream_init(struct json_stream *s, size_t max_bytes);
void json_stream_done(struct json_stream *s);
void json_stream_feed(struct json_stream *s, struct str bytes);
// true: one whole document in *out. false: more bytes are needed, or err is set.
must_check bool json_stream_next(struct json_stream *s, struct str *out, struct err *err);
/* At the end of the input: true when bytes are left that json_stream_next has not given (a document cut
 * short, or a number or word, which nothing but a blank ends); valid until the next feed. */
bool json_stream_rest(const struct json_stream *s, struct str *out);

/* Calls `item` for each element of the list at top-level key `key` ("items" of a Kubernetes list) without
 * keeping the list in memory; the other top-level keys are collected into *out_rest. Fed in pieces. Each
 * element's tree is in an arena that is rewound after the call. `item` returns false to stop (err is then the
 * caller's own to set). */
struct json_list_reader;
typedef bool (*json_list_item_fn)(void *arg, struct arena *a, struct value *item, struct err *err);
struct json_list_reader *json_list_reader_new(const char *key, size_t max_item_bytes, json_list_item_fn item,
                                              void *arg);
void json_list_reader_free(struct json_list_reader *r);
must_check bool json_list_reader_feed(struct json_list_reader *r, struct str bytes, struct err *err);
// The end of the input: ERR_INVALID when it is cut short. *out_rest: the other keys, in `a`.
must_check bool json_list_reader_end(struct json_list_reader *r, struct arena *a, struct value **out_rest,
                                     struct err *err);

enum json_flags {
    JSON_COMPACT = 0,
    JSON_INDENT_2 = 1, // two spaces
    JSON_INDENT_4 = 2,
    JSON_SORT_KEYS = 4,   // byte order
    JSON_ESCAPE_HTML = 8, // < > & as \u003c ..., as Go's json.Marshal
    JSON_GO_FLOATS = 16,  // floats as Go writes float64 even when their text is known: 1.0 is 1, 1e2 is 100
};
/* Strings are escaped as encoding/json does. Floats: the text they were read from if it is JSON, else as
 * encoding/json; NaN and infinities are null. NULL is null. */
void json_write(struct buf *out, const struct value *v, unsigned flags);
struct str json_text(struct arena *a, const struct value *v, unsigned flags); // NUL-terminated

#endif
