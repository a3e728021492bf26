// SPDX-License-Identifier: Apache-2.0
/* TOML as BurntSushi/toml v1.6 writes and reads it. Inside of the room. */
#ifndef TEMPLATE_TOML_H
#define TEMPLATE_TOML_H

#include "common/base/err.h"
#include "common/template/tval.h"

// Errors: ERR_INVALID, the library's text.
must_check bool toml_write(struct buf *out, struct tval v, struct err *err);
must_check bool toml_read(struct arena *a, struct str text, struct tval *out, struct err *err);

#endif
