// SPDX-License-Identifier: Apache-2.0
// The tables of functions, searched by name. Helm: pkg/engine/funcs.go; sprig: functions.go
#include "common/template/functions.h"

const struct tfunction *function_find(struct str name) {
    static const struct tfunction *const tables[] = {
        functions_builtin, functions_strings, functions_text,     functions_lists, functions_dicts,
        functions_math,    functions_types,   functions_encoding, functions_data,  functions_regex,
        functions_semver,  functions_path,    functions_url,      functions_date,  functions_random,
        functions_crypto,  functions_cert,    functions_engine,
    };
    for (size_t t = 0; t < countof(tables); t++)
        for (const struct tfunction *f = tables[t]; f->name; f++)
            if (f->name[0] == name.p[0] && str_is(name, f->name))
                return f;
    return NULL;
}
