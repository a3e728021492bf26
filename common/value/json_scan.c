// SPDX-License-Identifier: Apache-2.0
// The end of a JSON value.
#include "common/value/json_scan.h"

static bool is_blank(char c) {
    return c == ' ' || c == '\n' || c == '\t' || c == '\r';
}

size_t json_skip_blanks(struct str s, size_t from) {
    while (from < s.n && is_blank(s.p[from]))
        from++;
    return from;
}

// Behind the closing quote, or s.n with in_string still set.
static size_t scan_string(struct json_scan *scan, struct str s, size_t i) {
    for (; i < s.n; i++) {
        if (scan->escaped)
            scan->escaped = false;
        else if (s.p[i] == '\\')
            scan->escaped = true;
        else if (s.p[i] == '"') {
            scan->in_string = false;
            return i + 1;
        }
    }
    return i;
}

// A byte outside of strings. Returns true when the value ends; *out_behind: the byte belongs to it.
static bool scan_byte(struct json_scan *scan, char c, bool *out_behind) {
    *out_behind = true;
    switch (c) {
    case '{':
    case '[': scan->depth++; return false;
    case '}':
    case ']':
        if (scan->depth == 0) {
            *out_behind = !scan->scalar; // a lone bracket is a (wrong) value: never an endless loop
            return true;
        }
        scan->depth--;
        return scan->depth == 0;
    case '"': scan->in_string = true; return false;
    case ',':
    case ':':
    case ' ':
    case '\n':
    case '\t':
    case '\r':
        if (scan->depth)
            return false;
        *out_behind = !scan->scalar;
        return true;
    default: scan->scalar = scan->depth == 0; return false;
    }
}

bool json_scan(struct json_scan *scan, struct str s, size_t from, size_t *out_end) {
    size_t i = from;
    while (i < s.n) {
        if (scan->in_string) {
            i = scan_string(scan, s, i);
            if (!scan->in_string && scan->depth == 0) {
                *out_end = i;
                return true;
            }
            continue;
        }
        bool behind;
        if (scan_byte(scan, s.p[i], &behind)) {
            *out_end = i + behind;
            return true;
        }
        i++;
    }
    return false;
}
