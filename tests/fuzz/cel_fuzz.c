// SPDX-License-Identifier: Apache-2.0
// Properties: what the checker calls a bool is a bool or an error; evaluating ends within its cost; the same twice.
#include "common/cel/cel.h"
#include "common/value/json.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char variables[] =
    "{\"res\":{\"a\":1,\"b\":2.5,\"s\":\"text\",\"l\":[1,2,3],\"m\":{\"x\":null}},\"req\":{}}";

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static const char *const names[] = { "res", "req", NULL };
    autoarena a = { 0 };
    struct err err = { .a = &a };
    struct value *vars, *v, *again;
    struct cel_expression *e;
    struct cel_options options = { .check = size % 2,
                                   .variables = names,
                                   .output = size % 2 ? CEL_BOOL : CEL_ANY };
    bool b;
    if (size > 2000 || !json_read(&a, str_of(variables), &vars, &err))
        return 0;
    if (!cel_compile(&a, arena_text(&a, data, size), &options, &e, &err))
        return 0;
    if (!cel_eval(&a, e, vars, &v, &err))
        return 0;
    if (!cel_eval(&a, e, vars, &again, &err))
        abort();
    if (!str_eq(json_text(&a, v, JSON_SORT_KEYS), json_text(&a, again, JSON_SORT_KEYS)))
        abort();
    if (options.check && !cel_eval_bool(&a, e, vars, &b, &err))
        abort();
    return 0;
}
