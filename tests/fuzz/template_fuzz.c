// SPDX-License-Identifier: Apache-2.0
// Property: any template ends, within its limits, with an output or an error that has a text; what was parsed once parses again.
#include "common/template/template.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    autoarena a = { 0 };
    autobuf out = { 0 };
    struct err err = { .a = &a };
    struct template_options limits = { .max_steps = 200000,
                                       .max_output_bytes = 1u << 20,
                                       .max_memory_bytes = 32u << 20 };
    struct template_set *set = template_set_new(&a);
    struct str text = str_of(arena_text(&a, data, size));
    struct tmap *top = tmap_new(&a, &ttype_values), *values = tmap_new(&a, &ttype_values);
    struct tlist *list = tlist_new(&a, &ttype_list_any, 2);
    list->items[0] = tval_float(1.5);
    list->items[1] = tval_text("x");
    tmap_set(&a, values, "s", tval_text("str"));
    tmap_set(&a, values, "n", tval_float(3));
    tmap_set(&a, values, "l", tval_list(list));
    tmap_set(&a, top, "Values", tval_map(values));
    if (template_parse(set, "t", text, &err)) {
        if (!template_execute(set, "t", tval_map(top), &limits, &a, &out, &err) && !err.msg)
            abort();
        struct err again = { .a = &a };
        if (!template_parse(set, "t", text, &again))
            abort();
    }
    template_set_free(set);
    return 0;
}
