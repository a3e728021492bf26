// SPDX-License-Identifier: Apache-2.0
/* Rules: validation of built-in kinds as rows: a path, what must hold there, and the API server's words.
 *
 * Paths are dotted; "[*]" stands for each item of a list, and the message has its index. A rule is looked at only where what
 * the path leads through is there; the last step may be absent (REQUIRED).
 */
#ifndef SANDBOX_RULES_H
#define SANDBOX_RULES_H

#include "deploy/local/sandbox/status.h"

enum check {
    CHECK_REQUIRED, // absent, "", 0, or an empty list: Required value, text
    CHECK_ONE_OF,   // text: the values separated by "|", in the order in which the message has them
    CHECK_RANGE,    // lo to hi: must be between %d and %d, inclusive
    CHECK_NOT_NEGATIVE,
    CHECK_POSITIVE, // must be greater than 0
    CHECK_DNS_LABEL,
    CHECK_DNS_SUBDOMAIN,
    CHECK_PORT_NAME,
    CHECK_ENV_NAME,
    CHECK_UNIQUE, // the values at this path (with one [*]) differ: Duplicate value
    CHECK_LABELS,
    CHECK_ABSOLUTE, // starts with "/": text
};

struct rule {
    const char *path;
    enum check check;
    const char *text;
    int64_t lo, hi;
};

// Rules up to .path NULL, on the tree whose own path is `base` ("" or "spec.template.spec").
void rows_check(const struct rule *rules, const struct value *tree, const char *base,
                struct field_errors *fe);

// Calls fn with each value at the path (NULL: the last step is absent) and its path in messages.
void rows_each(struct arena *a, const struct value *tree, const char *path, const char *base,
               void (*fn)(void *arg, struct value *v, const char *at), void *arg);

#endif
