// SPDX-License-Identifier: Apache-2.0
/* Finds where a JSON value ends without reading it: for input in pieces. Inside of the room. What it delimits
 * still has to go through json_read, which checks the grammar. */
#ifndef VALUE_JSON_SCAN_H
#define VALUE_JSON_SCAN_H

#include "common/base/str.h"

struct json_scan {
    unsigned depth;
    bool in_string, escaped;
    bool scalar; // inside of a word or number
};

/* Looks at bytes [from, s.n). Returns true when the value ended; *out_end is behind it. Else the value goes
 * on in the next piece. Blanks before the value must have been skipped. */
bool json_scan(struct json_scan *scan, struct str s, size_t from, size_t *out_end);
size_t json_skip_blanks(struct str s, size_t from);

#endif
