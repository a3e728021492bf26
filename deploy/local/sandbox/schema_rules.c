// SPDX-License-Identifier: Apache-2.0
// CEL rules of schemas. Until common/cel is there each rule is a warning that names it.
#include "deploy/local/sandbox/schema_rules.h"

#include "deploy/local/sandbox/request.h"

struct schema_rules *rules_compile(struct arena *a, const struct schema *s, const struct value *json,
                                   const char *path, struct warnings *w, struct field_errors *fe) {
    (void)s;
    for (size_t i = 0; i < value_len(json); i++) {
        const char *rule = value_text(value_get(value_item(json, i), "rule"), "");
        if (text_empty(rule))
            field_error_add(fe, FIELD_REQUIRED, arena_fmt(a, "%s[%zu].rule", path, i), NULL,
                            "rule is not specified");
        else
            warning_add(w, "%s[%zu].rule is not evaluated here: %s", path, i, rule);
    }
    return NULL;
}

void rules_check(const struct schema_rules *r, const struct schema *s, const struct value *self,
                 const struct value *old, const char *path, struct field_errors *fe) {
    (void)r, (void)s, (void)self, (void)old, (void)path, (void)fe; // there is never a compiled rule
}
