// SPDX-License-Identifier: Apache-2.0
// Properties: text without "$" comes out as it is, up to a NUL; strict fails only where lenient does or where a variable is
// not set; the output is bounded.
#include "common/text/envsubst.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool lookup(void *arg, struct str name, struct str *out) {
    (void)arg;
    if (name.n % 3 == 0)
        return false;
    *out = name.n % 3 == 1 ? STR("some/value.tar.gz") : STR("");
    return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    autoarena a = { 0 };
    struct err err = { .a = &a };
    struct str text = str_make(data, size), out, strict;
    struct envsubst_options options = { .max_out_bytes = 1 << 20 };
    bool ok = envsubst(&a, text, &options, lookup, NULL, &out, &err);
    if (ok && out.n > options.max_out_bytes)
        abort();
    if (str_chr(text, '$') < 0 && (!ok || !str_eq(out, str_sub(text, 0, strnlen(text.p, text.n)))))
        abort();
    err_clear(&err);
    options.strict = true;
    bool strict_ok = envsubst(&a, text, &options, lookup, NULL, &strict, &err);
    if (strict_ok && (!ok || !str_eq(out, strict)))
        abort();
    if (ok && !strict_ok && !text_starts(err.msg, "variable not set (strict mode): \""))
        abort();
    return 0;
}
