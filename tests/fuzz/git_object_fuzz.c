// SPDX-License-Identifier: Apache-2.0
/* Commits, tags and trees as they are in a pack. First byte: which. Properties: what a signature covers is shorter than the object and has no
 * signature header in it; no tree entry has a name that leaves its directory. */
#include "common/git/store.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void commit(struct arena *a, struct str raw, struct err *err) {
    struct repo_commit c;
    if (!commit_parse(a, raw, &c, err) || !c.signature)
        return;
    if (c.signed_payload.n > raw.n + 1 || str_starts(c.signed_payload, "gpgsig "))
        abort();
}

static void tag(struct arena *a, struct str raw, struct err *err) {
    struct repo_tag t;
    if (tag_parse(a, raw, &t, err) && t.signature && t.signed_payload.n + strlen(t.signature) > raw.n)
        abort();
}

static void tree(struct arena *a, struct str raw, struct err *err) {
    struct repo_tree t;
    if (!tree_parse(a, raw, &t, err))
        return;
    for (size_t i = 0; i < t.n; i++)
        if (!t.items[i].name[0] || strchr(t.items[i].name, '/') || text_eq(t.items[i].name, ".") ||
            text_eq(t.items[i].name, ".."))
            abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    autoarena a = { 0 };
    struct err err = { .a = &a };
    if (size < 1)
        return 0;
    struct str raw = str_make(data + 1, size - 1);
    switch (data[0] % 3) {
    case 0: commit(&a, raw, &err); break;
    case 1: tag(&a, raw, &err); break;
    default: tree(&a, raw, &err); break;
    }
    return 0;
}
