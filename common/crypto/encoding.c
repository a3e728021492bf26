// SPDX-License-Identifier: Apache-2.0
// Hex and base64.
#include "common/crypto/encoding.h"

#include <ctype.h>

static int hex_digit(char c) {
    if (c >= '0' && c <= '9')
        return c - '0';
    c = (char)(c | 0x20);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

char *hex_encode(struct arena *a, const void *p, size_t n) {
    static const char digits[] = "0123456789abcdef";
    const uint8_t *from = p;
    char *to = arena_calloc(a, n + 1, 2);
    for (size_t i = 0; i < n; i++) {
        to[2 * i] = digits[from[i] >> 4];
        to[2 * i + 1] = digits[from[i] & 15];
    }
    return to;
}

bool hex_decode(struct arena *a, struct str text, struct str *out) {
    if (text.n % 2)
        return false;
    char *to = arena_alloc(a, text.n / 2 + 1);
    for (size_t i = 0; i < text.n; i += 2) {
        int high = hex_digit(text.p[i]), low = hex_digit(text.p[i + 1]);
        if (high < 0 || low < 0)
            return false;
        to[i / 2] = (char)(high << 4 | low);
    }
    *out = (struct str) { to, text.n / 2 };
    return true;
}

char *base64_encode_as(struct arena *a, const void *p, size_t n, unsigned flags) {
    const char *digits = flags & BASE64_URL
                             ? "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
                             : "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const uint8_t *from = p;
    char *to = arena_calloc(a, n / 3 + 2, 4), *at = to;
    for (size_t i = 0; i < n; i += 3) {
        size_t left = n - i;
        uint32_t v = (uint32_t)from[i] << 16;
        v |= left > 1 ? (uint32_t)from[i + 1] << 8 : 0;
        v |= left > 2 ? from[i + 2] : 0;
        size_t n_digits = left > 2 ? 4 : left + 1;
        for (size_t k = 0; k < 4; k++)
            if (k < n_digits)
                *at++ = digits[v >> (18 - 6 * k) & 63];
            else if (!(flags & BASE64_NO_PADDING))
                *at++ = '=';
    }
    return to;
}

static int base64_digit(char c, unsigned flags) {
    if (c >= 'A' && c <= 'Z')
        return c - 'A';
    if (c >= 'a' && c <= 'z')
        return c - 'a' + 26;
    if (c >= '0' && c <= '9')
        return c - '0' + 52;
    bool url = flags & (BASE64_URL | BASE64_LENIENT), std = !(flags & BASE64_URL) || flags & BASE64_LENIENT;
    if ((std && c == '+') || (url && c == '-'))
        return 62;
    if ((std && c == '/') || (url && c == '_'))
        return 63;
    return -1;
}

// Cuts the padding off; false when there is not as much as there must be.
static bool cut_padding(struct str *s, unsigned flags) {
    size_t n = 0;
    while (n < s->n && s->p[s->n - 1 - n] == '=')
        n++;
    bool whole = s->n % 4 == 0;
    s->n -= n;
    if (flags & BASE64_LENIENT)
        return true;
    return flags & BASE64_NO_PADDING ? n == 0 : n <= 2 && whole;
}

static struct str without_blanks(struct arena *a, struct str s) {
    char *to = arena_alloc(a, s.n + 1);
    size_t n = 0;
    for (size_t i = 0; i < s.n; i++)
        if (!isspace((unsigned char)s.p[i]))
            to[n++] = s.p[i];
    return (struct str) { to, n };
}

bool base64_decode_as(struct arena *a, struct str text, unsigned flags, struct str *out) {
    struct str s = flags & BASE64_LENIENT ? without_blanks(a, text) : text;
    if (!cut_padding(&s, flags) || s.n % 4 == 1)
        return false;
    char *to = arena_alloc(a, s.n / 4 * 3 + 4);
    size_t n = 0;
    uint32_t bits = 0;
    for (size_t i = 0; i < s.n; i++) {
        int v = base64_digit(s.p[i], flags);
        if (v < 0)
            return false;
        bits = bits << 6 | (uint32_t)v;
        if (i % 4)
            to[n++] = (char)(bits >> (6 - 2 * (i % 4)));
    }
    uint32_t unused = s.n % 4 == 2 ? bits & 15 : s.n % 4 == 3 ? bits & 3 : 0;
    if (unused && !(flags & BASE64_LENIENT))
        return false;
    to[n] = 0;
    *out = (struct str) { to, n };
    return true;
}
