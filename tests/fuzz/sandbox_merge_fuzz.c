// SPDX-License-Identifier: Apache-2.0
/* Merging in the sandbox: the input is a JSON list [stored, applied, patch] of objects of a small custom kind (or anything).
 *
 * Properties: applying the same again changes nothing; what fieldset_write wrote reads back to the same text; a strategic merge
 * patch leaves its input alone. */
#include "common/value/json.h"
#include "deploy/local/sandbox/fieldset.h"
#include "deploy/local/sandbox/schema.h"
#include "deploy/local/sandbox/smp.h"
#include "deploy/local/sandbox/ssa.h"
#include "deploy/local/sandbox/typed.h"
#include "deploy/local/sandbox/types.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char thing_json[] = "{\"type\":\"object\",\"properties\":{\"spec\":{\"type\":\"object\","
                                 "\"properties\":{\"n\":{\"type\":\"integer\"},"
                                 "\"any\":{\"x-kubernetes-preserve-unknown-fields\":true},\"map\":{\"type\":"
                                 "\"object\",\"additionalProperties\":{\"type\":"
                                 "\"string\"}},\"set\":{\"type\":\"array\",\"items\":{\"type\":\"string\"},"
                                 "\"x-kubernetes-list-type\":\"set\"},\"keyed\":{"
                                 "\"type\":\"array\",\"x-kubernetes-list-type\":\"map\",\"x-kubernetes-list-"
                                 "map-keys\":[\"id\"],\"items\":{\"type\":"
                                 "\"object\",\"required\":[\"id\"],\"properties\":{\"id\":{\"type\":"
                                 "\"string\"},\"v\":{\"type\":\"string\"}}}}}}}}";

static void check_apply(struct arena *a, const struct shape *shape, const struct value *live,
                        const struct value *config) {
    struct field_manager m = { .name = "m", .api_version = "t/v1", .subresource = "" };
    struct status st = { .a = a };
    struct value *once, *twice, *third;
    if (!ssa_apply(a, shape, live, config, &m, true, &once, &st))
        return;
    if (!ssa_apply(a, shape, once, config, &m, true, &twice, &st))
        return; // what was stored was not valid and is not now
    if (!ssa_apply(a, shape, twice, config, &m, true, &third, &st) || !value_equal(twice, third))
        abort();
}

static void check_set(struct arena *a, const struct shape *shape, const struct value *v) {
    struct err err = { .a = a };
    struct fieldset *again;
    struct value *text = fieldset_write(a, typed_fields(a, shape, v));
    if (!fieldset_read(a, text, &again, &err) || !value_equal(text, fieldset_write(a, again)))
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    autoarena a = { 0 };
    struct err err = { .a = &a }, schema_err = { .a = &a };
    struct field_errors fe = { .a = &a };
    struct value *input, *json, *out;
    if (!json_read(&a, str_make(data, size), &input, &err) || value_len(input) < 3 ||
        input->type != VALUE_LIST)
        return 0;
    if (!json_read(&a, str_of(thing_json), &json, &schema_err))
        abort();
    const struct shape *shape = schema_shape(schema_compile(&a, json, "s", NULL, &fe));
    const struct value *live = value_item(input, 0), *config = value_item(input, 1),
                       *patch = value_item(input, 2);
    check_set(&a, shape, config);
    if (live->type == VALUE_MAP && config->type == VALUE_MAP)
        check_apply(&a, shape, live, config);
    struct types *types = types_new();
    struct shapes *shapes = shapes_new(types);
    struct str before = json_text(&a, live, JSON_COMPACT);
    (void)!smp_apply(&a, shapes_of_kind(shapes, "", "v1", "Pod"), live, patch, &out, &schema_err);
    if (!str_eq(before, json_text(&a, live, JSON_COMPACT)))
        abort();
    shapes_free(shapes);
    types_free(types);
    return 0;
}
