// SPDX-License-Identifier: Apache-2.0
// Paths. sprig: path.Base and its like; filepath's are the same on Unix
#include "common/template/functions.h"

#define ARGS struct tctx *c, const struct tval *args, size_t n, struct tval *out

// path.Clean
static struct str clean(struct arena *a, struct str s) {
    if (!s.n)
        return STR(".");
    char *text = arena_alloc(a, s.n + 1);
    bool rooted = s.p[0] == '/';
    size_t w = rooted, dotdot = rooted, r = rooted;
    text[0] = '/';
    while (r < s.n) {
        size_t end = r;
        while (end < s.n && s.p[end] != '/')
            end++;
        struct str part = str_sub(s, r, end);
        r = end + 1;
        if (!part.n || str_is(part, "."))
            continue;
        if (!str_is(part, "..")) {
            if (w != rooted)
                text[w++] = '/';
            memcpy(text + w, part.p, part.n);
            w += part.n;
        } else if (w > dotdot) {
            for (w--; w > dotdot && text[w] != '/';)
                w--;
        } else if (!rooted) {
            if (w)
                text[w++] = '/';
            memcpy(text + w, "..", 2);
            dotdot = w += 2;
        }
    }
    return w ? str_make(text, w) : STR(".");
}

static bool fn_base(ARGS) {
    struct str s = args[0].s;
    (void)c, (void)n;
    if (!s.n)
        return *out = tval_text("."), true;
    while (s.n && s.p[s.n - 1] == '/')
        s.n--;
    ptrdiff_t at = str_rchr(s, '/');
    s = at >= 0 ? str_sub(s, (size_t)at + 1, s.n) : s;
    return *out = s.n ? tval_str(s) : tval_text("/"), true;
}

static bool fn_dir(ARGS) {
    ptrdiff_t at = str_rchr(args[0].s, '/');
    (void)n;
    return *out = tval_str(clean(tctx_arena(c), str_sub(args[0].s, 0, (size_t)(at + 1)))), true;
}

static bool fn_ext(ARGS) {
    struct str s = args[0].s;
    ptrdiff_t dot = str_rchr(s, '.'), slash = str_rchr(s, '/');
    (void)c, (void)n;
    return *out = dot > slash ? tval_str(str_sub(s, (size_t)dot, s.n)) : tval_text(""), true;
}

static bool fn_clean(ARGS) {
    (void)n;
    return *out = tval_str(clean(tctx_arena(c), args[0].s)), true;
}

static bool fn_is_abs(ARGS) {
    (void)c, (void)n;
    return *out = tval_bool(str_starts(args[0].s, "/")), true;
}

const struct tfunction functions_path[] = {
    { "base", "s", fn_base },
    { "osBase", "s", fn_base },
    { "dir", "s", fn_dir },
    { "osDir", "s", fn_dir },
    { "ext", "s", fn_ext },
    { "osExt", "s", fn_ext },
    { "clean", "s", fn_clean },
    { "osClean", "s", fn_clean },
    { "isAbs", "s", fn_is_abs },
    { "osIsAbs", "s", fn_is_abs },
    { 0 },
};
