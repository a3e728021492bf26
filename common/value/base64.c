// SPDX-License-Identifier: Apache-2.0
// Base64.
#include "common/value/base64.h"

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

static int sextet(char c) {
    if (c >= 'A' && c <= 'Z')
        return c - 'A';
    if (c >= 'a' && c <= 'z')
        return c - 'a' + 26;
    if (c >= '0' && c <= '9')
        return c - '0' + 52;
    return c == '+' ? 62 : c == '/' ? 63 : -1;
}

bool base64_decode(struct arena *a, struct str text, struct str *out) {
    char *bytes = arena_alloc(a, text.n / 4 * 3 + 4);
    size_t n = 0, quad = 0, pad = 0;
    uint32_t word = 0;
    for (size_t i = 0; i < text.n; i++) {
        char c = text.p[i];
        if (c == '\r' || c == '\n')
            continue;
        int v = sextet(c);
        bool padding = c == '=' && quad >= 2;
        if ((v < 0 && !padding) || (pad && !padding) || quad > 4)
            return false;
        if (padding) {
            quad++;
            pad++;
            word <<= 6;
        } else {
            word = word << 6 | (uint32_t)v;
            quad++;
        }
        if (quad < 4)
            continue;
        for (size_t k = 0; k < 3 - pad; k++)
            bytes[n++] = (char)(word >> (16 - 8 * k));
        word = 0;
        quad = pad ? 5 : 0; // after padding nothing may follow
    }
    if (quad != 0 && quad != 5)
        return false;
    bytes[n] = '\0';
    *out = str_make(bytes, n);
    return true;
}

void base64_put(struct buf *out, struct str bytes) {
    size_t n = (bytes.n + 2) / 3 * 4;
    char *p = buf_room(out, n);
    for (size_t i = 0; i < bytes.n; i += 3) {
        size_t left = bytes.n - i;
        uint32_t w = (uint32_t)(unsigned char)bytes.p[i] << 16;
        w |= left > 1 ? (uint32_t)(unsigned char)bytes.p[i + 1] << 8 : 0;
        w |= left > 2 ? (uint32_t)(unsigned char)bytes.p[i + 2] : 0;
        *p++ = alphabet[w >> 18];
        *p++ = alphabet[w >> 12 & 63];
        *p++ = left > 1 ? alphabet[w >> 6 & 63] : '=';
        *p++ = left > 2 ? alphabet[w & 63] : '=';
    }
    out->n += n;
}

char *base64_encode(struct arena *a, struct str bytes) {
    autobuf b = { 0 };
    base64_put(&b, bytes);
    return arena_text(a, b.p, b.n);
}
