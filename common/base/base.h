// SPDX-License-Identifier: Apache-2.0
/* The few macros that every file uses. */
#ifndef BASE_BASE_H
#define BASE_BASE_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define must_check __attribute__((warn_unused_result))
#define printf_like(fmt, args) __attribute__((format(printf, fmt, args)))
#define AUTO(fn) __attribute__((cleanup(fn)))

// Number of elements of an array; a pointer does not compile.
#define countof(a)                                                                                           \
    (sizeof(a) / sizeof((a)[0]) +                                                                            \
     0 * sizeof(char[1 - 2 * __builtin_types_compatible_p(__typeof__(a), __typeof__(&(a)[0]))]))

#define container_of(p, type, member) ((type *)((char *)(p)-offsetof(type, member)))

#endif
