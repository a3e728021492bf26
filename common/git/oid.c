// SPDX-License-Identifier: Apache-2.0
/* Object ids and lists of refs. */
#include "common/git/git.h"
#include "common/git/hex.h"

char *repo_oid_text(struct arena *a, const struct repo_oid *oid) {
    static const char digits[] = "0123456789abcdef";
    char *text = arena_alloc(a, 2 * REPO_OID_BYTES + 1);
    for (size_t i = 0; i < REPO_OID_BYTES; i++) {
        text[2 * i] = digits[oid->bytes[i] >> 4];
        text[2 * i + 1] = digits[oid->bytes[i] & 15];
    }
    return text;
}

bool repo_oid_parse(struct str hex, struct repo_oid *out) {
    struct repo_oid oid;
    if (hex.n != 2 * REPO_OID_BYTES)
        return false;
    for (size_t i = 0; i < REPO_OID_BYTES; i++) {
        int high = hex_digit(hex.p[2 * i]), low = hex_digit(hex.p[2 * i + 1]);
        if (high < 0 || low < 0)
            return false;
        oid.bytes[i] = (uint8_t)(high * 16 + low);
    }
    *out = oid;
    return true;
}

const struct repo_ref *repo_refs_find(const struct repo_refs *refs, const char *name) {
    for (size_t i = 0; i < refs->n; i++)
        if (text_eq(refs->items[i].name, name))
            return &refs->items[i];
    return NULL;
}
