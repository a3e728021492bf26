// SPDX-License-Identifier: Apache-2.0
/* The functions of CEL by file. Inside of the room. */
#ifndef CEL_CEL_FUNCTIONS_H
#define CEL_CEL_FUNCTIONS_H

#include "common/cel/cel_ast.h"

#define CEL_FN(name)                                                                                         \
    struct cv name(struct cel_run *r, const struct cel_node *call, const struct cv *args, size_t n)

// cel_operators.c
CEL_FN(cel_add);
CEL_FN(cel_subtract);
CEL_FN(cel_multiply);
CEL_FN(cel_divide);
CEL_FN(cel_modulo);
CEL_FN(cel_negate);
CEL_FN(cel_not);
CEL_FN(cel_equal);
CEL_FN(cel_order);
CEL_FN(cel_in);
CEL_FN(cel_size);

// cel_convert.c
CEL_FN(cel_to_int);
CEL_FN(cel_to_uint);
CEL_FN(cel_to_double);
CEL_FN(cel_to_string);
CEL_FN(cel_to_bool);
CEL_FN(cel_to_bytes);
CEL_FN(cel_to_timestamp);
CEL_FN(cel_to_duration);
CEL_FN(cel_dyn);
CEL_FN(cel_type);

// cel_strings.c
CEL_FN(cel_substring_test); // contains, startsWith, endsWith
CEL_FN(cel_matches);
CEL_FN(cel_char_at);
CEL_FN(cel_index_of);
CEL_FN(cel_last_index_of);
CEL_FN(cel_join);
CEL_FN(cel_case);
CEL_FN(cel_replace);
CEL_FN(cel_split);
CEL_FN(cel_substring);
CEL_FN(cel_trim);
CEL_FN(cel_reverse);
CEL_FN(cel_quote);
CEL_FN(cel_format);

// cel_extensions.c
CEL_FN(cel_sets);
CEL_FN(cel_base64_encode);
CEL_FN(cel_base64_decode);
CEL_FN(cel_optional_of);
CEL_FN(cel_optional_none);
CEL_FN(cel_optional_value);
CEL_FN(cel_optional_unwrap);
CEL_FN(cel_first_last);

#endif
