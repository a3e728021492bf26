// SPDX-License-Identifier: Apache-2.0
/* From JSON data to structs by tables, with the checks and words of Go's encoding/json.
 * A struct starts with zeroes; texts are never NULL after kz_decode. Upstream: encoding/json (Go 1.26), sigs.k8s.io/yaml */
#ifndef KUSTOMIZE_DECODE_H
#define KUSTOMIZE_DECODE_H

#include "common/kustomize/res.h"

enum kz_field_kind {
    KZ_F_TEXT = 1, // const char *
    KZ_F_TEXT_PTR, // const char *, NULL = absent
    KZ_F_BOOL,
    KZ_F_INT,      // int64_t
    KZ_F_MAP,      // struct kz_pairs *, NULL = absent
    KZ_F_TEXTS,    // struct kz_texts
    KZ_F_STRUCT,   // inline
    KZ_F_PTR,      // pointer to struct, NULL = absent
    KZ_F_LIST,     // struct kz_items of structs
    KZ_F_PTR_LIST, // struct kz_items of pointers to structs
    KZ_F_VALUE,    // const struct value *: anything
};

struct kz_texts {
    const char **items;
    size_t n;
    bool set; // also by []
};
struct kz_items {
    void *items;
    size_t n;
    bool set;
};

struct kz_struct;
struct kz_field {
    const char *name;
    enum kz_field_kind kind;
    size_t offset;
    const char *type;     // Go's name of the type where it is not the plain one
    const char *embedded; // "GeneratorArgs.KvPairSources.": embedded structs it comes from
    const struct kz_struct *sub;
};
struct kz_struct {
    const char *name, *type; // "Patch", "types.Patch"
    size_t size;
    const struct kz_field *fields; // ends with { 0 }
};

enum kz_decode_flags {
    KZ_STRICT = 1, // unknown fields are an error
    KZ_COERCE = 2, // numbers and booleans become text where text is wanted (not in embedded structs)
};

// Fills *out (zeroed by the caller). Errors "json: unknown field \"x\"", "json: cannot unmarshal ...". The first in order of keys.
must_check bool kz_decode(struct kz *kz, struct value *v, const struct kz_struct *type, unsigned flags,
                          void *out, struct err *err);
// Sets the texts of a zeroed struct to "".
void kz_decode_defaults(const struct kz_struct *type, void *out);
bool kz_decode_is_zero(const struct kz_struct *type, const void *in, const char *except_embedded);

// JSON when the text begins with `first`, else YAML.
must_check bool kz_read_data(struct kz *kz, struct str text, char first, struct value **out, struct err *err);

#define KZ_AT(S, m) .offset = offsetof(S, m)

#endif
