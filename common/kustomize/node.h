// SPDX-License-Identifier: Apache-2.0
/* Nodes: the tree that kustomize works on, inside this room only.
 *
 * Why not struct value: what kustomize prints depends on more than the data. A scalar has a tag that may be unset, explicit
 * or at odds with its text ("hello" tagged !!int fails at output); a key may be written twice; a name keeps the quotes of
 * the scalar it replaces; a label set by a transformer is one node that hangs in several places of the object. All that is
 * decided when the object is printed (kz_node_to_value), and only there a node becomes a struct value.
 * Ownership: everything lives in the build's arena. Content arrays may be shared after kz_node_assign.
 * Upstream: go.yaml.in/yaml/v3 Node; kyaml/yaml fns.go, rnode.go
 */
#ifndef KUSTOMIZE_NODE_H
#define KUSTOMIZE_NODE_H

#include "common/base/buf.h"
#include "common/value/value.h"

enum kz_kind { KZ_ZERO, KZ_SEQ, KZ_MAP, KZ_SCALAR, KZ_ALIAS };

enum kz_tag {
    KZ_TAG_NONE, // not said: decided from text and style
    KZ_TAG_NULL,
    KZ_TAG_BOOL,
    KZ_TAG_STR,
    KZ_TAG_INT,
    KZ_TAG_FLOAT,
    KZ_TAG_TIME,
    KZ_TAG_SEQ,
    KZ_TAG_MAP,
    KZ_TAG_BINARY,
    KZ_TAG_MERGE,
    KZ_TAG_OTHER, // custom_tag
};

// Bits, as several can be set.
enum kz_style {
    KZ_TAGGED = 1,
    KZ_DOUBLE = 2,
    KZ_SINGLE = 4,
    KZ_LITERAL = 8,
    KZ_FOLDED = 16,
    KZ_FLOW = 32,
    KZ_QUOTED = KZ_DOUBLE | KZ_SINGLE | KZ_LITERAL | KZ_FOLDED,
};

struct kz_node {
    uint8_t kind, tag, style;
    bool keep_null;        // a null that the user wrote and that a merge must not drop
    uint32_t line, column; // 1-based in the text it was read from; 0 = made here
    uint32_t n, cap;
    const char *custom_tag;
    struct str value;         // scalar text; NUL-terminated
    struct kz_node **content; // n of them: items, or key, value, key, value
    struct kz_node *alias;    // KZ_ALIAS until the reader has expanded it
};

/* ---- make ---- */
struct kz_node *kz_node_new(struct arena *a, enum kz_kind kind);
struct kz_node *kz_node_scalar(struct arena *a, struct str text); // no tag, plain
// A string that stays one; bytes that are not UTF-8 become !!binary, several lines a literal.
struct kz_node *kz_node_string(struct arena *a, struct str text);
struct kz_node *kz_node_copy(struct arena *a, const struct kz_node *n); // deep; NULL gives NULL
// *to becomes what *from is; both then share their content.
void kz_node_assign(struct kz_node *to, const struct kz_node *from);

/* ---- ask ---- */
static inline bool kz_node_is(const struct kz_node *n, enum kz_kind kind) {
    return n && n->kind == kind;
}
bool kz_node_null(const struct kz_node *n);                          // absent or tagged null
bool kz_node_empty(const struct kz_node *n);                         // absent, null, {} or []
bool kz_node_same(const struct kz_node *x, const struct kz_node *y); // kind, tag, style, text, place, content
bool kz_node_stringy(const struct kz_node *n);                       // a scalar tagged !!str or not tagged
bool kz_node_indicated_string(const struct kz_node *n);
// Value of the first pair with that key, NULL when absent or n is not a map.
struct kz_node *kz_node_get(const struct kz_node *n, const char *key);
struct kz_node *kz_node_get_n(const struct kz_node *n, struct str key);
struct kz_node *kz_node_key(const struct kz_node *n, struct str key); // the key node
/* Text below a path of keys, "" when anything on the way is absent. */
const char *kz_node_text_at(const struct kz_node *n, const char *key, const char *key2);
// The text of a scalar, "" for null and absent.
struct str kz_node_text(const struct kz_node *n);
// Fails when n is there, not null and of another kind: "wrong node kind: expected X but got Y: node contents:\n...".
must_check bool kz_node_expect(struct arena *a, const struct kz_node *n, enum kz_kind kind, struct err *err);

/* ---- change ---- */
void kz_node_reserve(struct arena *a, struct kz_node *n, size_t n_more); // room for more children
void kz_node_append(struct arena *a, struct kz_node *n, struct kz_node *child);
void kz_node_append_pair(struct arena *a, struct kz_node *n, struct kz_node *key, struct kz_node *value);
bool kz_node_clear(struct kz_node *map, struct str key); // removes the first pair with that key
/* Sets a field: an existing value is overwritten in place and keeps its style; a value that is NULL or a null not marked
 * keep_null removes the field; text that YAML 1.1 would not read as a string gets double quotes when it has no style.
 * Returns the node that is now in the tree (NULL when removed). map must be a map, null or absent. */
must_check bool kz_node_set(struct arena *a, struct kz_node *map, struct str key, struct kz_node *value,
                            uint8_t key_style, struct kz_node **out, struct err *err);
// The same on a scalar node: its text and tag change, its style stays.
must_check bool kz_node_set_scalar(struct arena *a, struct kz_node *n, struct kz_node *value,
                                   struct err *err);
// Field of a map, made with `kind` when absent (tag and style unset).
must_check bool kz_node_ensure(struct arena *a, struct kz_node *map, struct str key, enum kz_kind kind,
                               struct kz_node **out, struct err *err);

/* ---- scalars ---- */
// Base64 as yaml.v3 writes it: broken into lines of 70 when longer than that.
struct str kz_base64_lines(struct arena *a, struct str bytes);
struct kz_scalar {
    enum kz_tag tag;
    union {
        bool b;
        int64_t i;
        uint64_t u; // with is_unsigned
        double f;
    };
    bool is_unsigned;
    struct str text; // strings, binary (still base64), times (RFC 3339)
};
/* What a plain scalar means by yaml.v3's rules. `tag` KZ_TAG_NONE = from the text alone.
 * Errors  ERR_INVALID "cannot decode !!str `x` as a !!int" */
must_check bool kz_resolve(struct arena *a, const struct kz_node *n, enum kz_tag tag, struct str text,
                           struct kz_scalar *out, struct err *err);
enum kz_tag kz_resolve_tag(struct str text); // the tag alone, without arena
const char *kz_tag_name(const struct kz_node *n, enum kz_tag tag);
bool kz_yaml11_nonstring(struct str text); // YAML 1.1 (yaml.v2) reads it as something else than a string

/* ---- read and write ---- */
/* The documents of one file as kyaml reads them: split at lines that start with "---", CRLF turned to LF, a single List
 * expanded, anchors and merges expanded. out is an array in the arena.
 * Errors  "MalformedYAMLError: yaml: line 3: ..."; limits */
must_check bool kz_nodes_read(struct arena *a, struct str text, struct kz_node ***out, size_t *out_n,
                              struct err *err);
// One document, not split; *out NULL when empty. Errors "yaml: line 3: ...".
must_check bool kz_node_read(struct arena *a, struct str text, struct kz_node **out, struct err *err);
/* As plain JSON data (texts are shared with the nodes): what encoding with yaml.v3, decoding and JSON make of it.
 * Errors  in Go's words: "json: unsupported type: map[interface {}]interface {}", "yaml: unmarshal errors:\n..." */
must_check bool kz_node_to_value(struct arena *a, const struct kz_node *n, struct value **out,
                                 struct err *err);
// What yaml.v3 makes of JSON data that is marshalled and read again.
struct kz_node *kz_node_from_value(struct arena *a, const struct value *v);
// YAML text as kyaml's String() for messages and structured text.
struct str kz_node_yaml(struct arena *a, const struct kz_node *n);
struct str kz_node_yaml_sorted(struct arena *a, const struct kz_node *n); // keys in the order of yaml.v3
// %#v of the decoded tree; object: the keys of its outer map are all texts. The reader has bounded n's depth.
struct str kz_node_go_syntax(struct arena *a, const struct kz_node *n, bool object);

#endif
