// SPDX-License-Identifier: Apache-2.0
/* Unicode's categories, scripts and case mapping as Go's package unicode has them. Inside of the room; see textcase.h for
 * the functions. The tables are derived from Unicode's data files (Unicode License v3). */
#ifndef TEXT_UNICODE_TABLES_H
#define TEXT_UNICODE_TABLES_H

#include "common/value/unicode.h"

#define UNICODE_ALTERNATE 0x110000

struct unicode_script {
    const char *name;
    unsigned from, n; // in unicode_script_ranges
};
struct unicode_alias {
    const char *name, *category;
};
struct unicode_case {
    uint32_t from, to;
    int32_t upper, lower; // to be added
};

extern const char unicode_category_names[][3];
extern const size_t unicode_n_categories;
extern const uint32_t unicode_category_runs[];
extern const size_t unicode_n_category_runs;
extern const struct unicode_range unicode_script_ranges[];
extern const struct unicode_script unicode_scripts[];
extern const size_t unicode_n_scripts;
extern const struct unicode_alias unicode_category_aliases[];
extern const size_t unicode_n_category_aliases;
extern const struct unicode_case unicode_cases[];
extern const size_t unicode_n_cases;
extern const uint32_t unicode_orbit[][2];
extern const size_t unicode_n_orbit;

#endif
