// SPDX-License-Identifier: Apache-2.0
// Property: what parses is written (as sigs.k8s.io/yaml does) to text that parses to an equal tree, and that text is stable.
#include "common/value/json.h"
#include "common/value/yaml.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

// On the way through JSON, as upstream, a next line (U+0085) becomes a blank and -0.0 becomes 0: such texts do not survive.
static bool survives(struct str text) {
    return str_find(text, STR("\xC2\x85")) < 0 && str_find(text, STR("\\N")) < 0 &&
           str_find(text, STR("\\x85")) < 0 && str_find(text, STR("\\u0085")) < 0 &&
           str_find(text, STR("\\U00000085")) < 0 && str_find(text, STR("!")) < 0 &&
           str_find(text, STR("-0")) < 0 && str_find(text, STR("-.0")) < 0;
}

// As JSON: a large float without fraction becomes an integer of its shortest digits, as upstream.
static bool same(struct arena *a, const struct value *x, const struct value *y) {
    return str_eq(json_text(a, x, JSON_SORT_KEYS | JSON_GO_FLOATS),
                  json_text(a, y, JSON_SORT_KEYS | JSON_GO_FLOATS));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    autoarena a = { 0 };
    autobuf first = { 0 }, second = { 0 };
    struct err err = { .a = &a };
    struct value *v, *again;
    struct str text = str_make(data, size);
    if (yaml_read_all(&a, text, YAML_GO_V3, &v, &err)) {
        yaml_write(&first, v, YAML_WRITE_V3 | YAML_WRITE_STYLES | YAML_WRITE_KEEP_ORDER);
        buf_clear(&first);
    }
    err_clear(&err);
    if (!yaml_read(&a, text, YAML_GO_SIGS, &v, &err) || !survives(text))
        return 0;
    yaml_write(&first, v, 0);
    if (first.n > 30000)
        return 0; // a key of over 1,024 characters in one line is not read back
    if (!yaml_read(&a, buf_str(&first), YAML_GO_SIGS, &again, &err) || !same(&a, v, again))
        abort();
    yaml_write(&second, again, 0);
    if (!str_eq(buf_str(&first), buf_str(&second)))
        abort();
    return 0;
}
