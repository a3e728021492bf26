// SPDX-License-Identifier: Apache-2.0
// TOML in. BurntSushi/toml v1.6: lex.go, parse.go
#include "common/template/toml.h"

bool toml_read(struct arena *a, struct str text, struct tval *out, struct err *err) {
    (void)a, (void)text, (void)out;
    return err_set(err, ERR_UNSUPPORTED, "toml: reading is not implemented");
}
