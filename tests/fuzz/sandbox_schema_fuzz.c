// SPDX-License-Identifier: Apache-2.0
/* Schemas of CRDs: the input is a JSON list [schema, object, older object].
 *
 * Properties: pruning and defaulting a second time changes nothing; validation neither crashes nor changes the object. */
#include "common/value/json.h"
#include "deploy/local/sandbox/schema.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    autoarena a = { 0 };
    struct err err = { .a = &a };
    struct field_errors fe = { .a = &a };
    struct value *input;
    if (!json_read(&a, str_make(data, size), &input, &err) || input->type != VALUE_LIST ||
        value_len(input) < 3)
        return 0;
    struct schema *s = schema_compile(&a, value_item(input, 0), "s", NULL, &fe);
    struct value *tree = value_item(input, 1);
    if (!s || tree->type != VALUE_MAP)
        return 0;
    schema_prune(s, tree, NULL);
    schema_default(&a, s, tree);
    struct value *again = value_copy(&a, tree);
    schema_prune(s, again, NULL);
    schema_default(&a, s, again);
    if (!value_equal(tree, again))
        abort();
    schema_validate(s, tree, value_item(input, 2), &fe);
    schema_validate(s, tree, NULL, &fe);
    if (!value_equal(tree, again))
        abort();
    return 0;
}
