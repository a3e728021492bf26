// SPDX-License-Identifier: Apache-2.0
#include "common/base/base64.h"

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

struct str base64_encode(struct arena *a, struct str bytes) {
    size_t n = (bytes.n + 2) / 3 * 4;
    char *out = arena_alloc(a, n + 1);
    char *p = out;
    for (size_t i = 0; i < bytes.n; i += 3) {
        const unsigned char *in = (const unsigned char *)bytes.p + i;
        size_t left = bytes.n - i;
        uint32_t bits =
            (uint32_t)in[0] << 16 | (left > 1 ? (uint32_t)in[1] << 8 : 0) | (left > 2 ? in[2] : 0);
        *p++ = alphabet[bits >> 18];
        *p++ = alphabet[bits >> 12 & 63];
        *p++ = left > 1 ? alphabet[bits >> 6 & 63] : '=';
        *p++ = left > 2 ? alphabet[bits & 63] : '=';
    }
    *p = '\0';
    return str_make(out, n);
}

static int digit_of(char c) {
    if (c >= 'A' && c <= 'Z')
        return c - 'A';
    if (c >= 'a' && c <= 'z')
        return c - 'a' + 26;
    if (c >= '0' && c <= '9')
        return c - '0' + 52;
    return c == '+' ? 62 : c == '/' ? 63 : -1;
}

bool base64_decode(struct arena *a, struct str text, struct str *out, size_t *bad_at) {
    unsigned char *bytes = arena_alloc(a, text.n / 4 * 3 + 4);
    size_t n = 0, digits = 0, pads = 0, i = 0;
    uint32_t bits = 0;
    for (; i < text.n; i++) {
        char c = text.p[i];
        if (c == '\n' || c == '\r')
            continue;
        int digit = digit_of(c);
        bool is_pad = c == '=' && digits % 4 >= 2 && digits % 4 + pads < 4;
        if ((digit < 0 && !is_pad) || (digit >= 0 && pads))
            break;
        if (is_pad) {
            pads++;
            continue;
        }
        bits = bits << 6 | (uint32_t)digit;
        if (digits++ % 4)
            bytes[n++] = (unsigned char)(bits >> (6 - 2 * ((digits - 1) % 4)));
    }
    if (i < text.n || (digits + pads) % 4) {
        if (bad_at)
            *bad_at = i;
        return false;
    }
    bytes[n] = '\0';
    *out = str_make(bytes, n);
    return true;
}
