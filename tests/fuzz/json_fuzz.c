// SPDX-License-Identifier: Apache-2.0
// Properties: what parses is written to text that parses to an equal tree and is written the same again; a stream fed byte
// by byte gives the same document; applying the difference of two documents to the first gives the second.
#include "common/value/json.h"
#include "common/value/patch.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_stream(struct arena *a, struct str text) {
    struct err err = { .a = a };
    struct json_stream s;
    struct str doc;
    size_t n = 0;
    json_stream_init(&s, text.n + 1);
    for (size_t i = 0; i < text.n && err.kind == ERR_NONE; i++) {
        json_stream_feed(&s, str_sub(text, i, i + 1));
        while (json_stream_next(&s, &doc, &err)) {
            n++;
            if (!str_eq(doc, text))
                abort();
        }
    }
    if (err.kind != ERR_NONE || n != 1)
        abort();
    json_stream_done(&s);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    autoarena a = { 0 };
    struct err err = { .a = &a };
    struct value *v, *again;
    if (!json_read(&a, str_make(data, size), &v, &err))
        return 0;
    struct str text = json_text(&a, v, 0);
    if (!json_read(&a, text, &again, &err) || !value_equal(v, again) ||
        !str_eq(text, json_text(&a, again, 0)))
        abort();
    if (v->type == VALUE_MAP || v->type == VALUE_LIST)
        check_stream(&a, text);
    struct value *x = value_item(v, 0), *y = value_item(v, 1);
    if (!x || !y)
        return 0;
    struct value *ops = json_patch_diff(&a, x, y);
    if (value_len(ops) && (!json_patch_apply(&a, &x, ops, &err) || !value_equal(x, y)) &&
        (x->type == VALUE_MAP || x->type == VALUE_LIST) && (y->type == VALUE_MAP || y->type == VALUE_LIST))
        abort();
    return 0;
}
