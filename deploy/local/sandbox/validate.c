// SPDX-License-Identifier: Apache-2.0
// Validation of built-in kinds: the table of their functions, and what several share.
#include "deploy/local/sandbox/builtin.h"
#include "deploy/local/sandbox/validate.h"

static const struct {
    const char *key;
    void (*fn)(const struct value *tree, struct field_errors *fe);
} kinds[] = {
    { NULL, NULL },
};

void builtin_validate(struct sandbox *sb, const struct resource *r, const struct value *tree, const struct value *old,
                      struct field_errors *fe) {
    (void)sb;
    for (size_t i = 0; i < countof(kinds); i++)
        if (kinds[i].key && text_eq(kinds[i].key, r->key))
            kinds[i].fn(tree, fe);
    if (old)
        immutable_validate(r, tree, old, fe);
}
