// SPDX-License-Identifier: Apache-2.0
// Property: whatever is decoded is an object with apiVersion and kind; whatever is not has a status that says why.
#include "common/value/json.h"
#include "deploy/local/sandbox/protobuf.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    autoarena a = { 0 };
    struct status st = { .a = &a };
    struct value *v = NULL;
    if (!protobuf_decode(&a, str_make(data, size), &v, &st)) {
        if (st.code < 400 || !st.message)
            abort();
        return 0;
    }
    if (!value_is(v, VALUE_MAP) || !value_text(value_get(v, "kind"), NULL) ||
        !value_text(value_get(v, "apiVersion"), NULL))
        abort();
    struct err err = { .a = &a };
    struct value *again;
    if (!json_read(&a, json_text(&a, v, JSON_COMPACT), &again, &err))
        abort();
    return 0;
}
