// SPDX-License-Identifier: Apache-2.0
// Timestamps: reading, writing, their parts in a time zone. Go: google/cel-go common/types/timestamp.go
#include "common/cel/cel_ast.h"

#include <stdio.h>
#include <time.h>

static const int64_t min_s = -62135596800, max_s = 253402300799; // years 1 to 9999

static bool digits(struct str s, size_t at, size_t n, int *out) {
    int v = 0;
    if (at + n > s.n)
        return false;
    for (size_t i = at; i < at + n; i++) {
        if (s.p[i] < '0' || s.p[i] > '9')
            return false;
        v = v * 10 + (s.p[i] - '0');
    }
    *out = v;
    return true;
}

// "+02:00", "-7:30", "05:00"
static bool zone_offset(struct str s, int32_t *out) {
    int h, m, sign = 1;
    if (s.n && (s.p[0] == '+' || s.p[0] == '-')) {
        sign = s.p[0] == '-' ? -1 : 1;
        s = str_sub(s, 1, s.n);
    }
    ptrdiff_t colon = str_chr(s, ':');
    if (colon < 1 || colon > 2 || s.n != (size_t)colon + 3 || !digits(s, 0, (size_t)colon, &h) ||
        !digits(s, (size_t)colon + 1, 2, &m))
        return false;
    *out = sign * (h * 3600 + m * 60);
    return true;
}

static bool fraction(struct str *s, int32_t *out_ns) {
    int32_t scale = 100000000;
    *out_ns = 0;
    if (!s->n || (s->p[0] != '.' && s->p[0] != ','))
        return true;
    size_t i = 1;
    for (; i < s->n && s->p[i] >= '0' && s->p[i] <= '9'; i++, scale /= 10)
        *out_ns += scale * (s->p[i] - '0');
    if (i == 1)
        return false;
    *s = str_sub(*s, i, s->n);
    return true;
}

bool cv_time_parse(struct str s, struct cv_time *out) {
    struct tm tm = { 0 };
    struct cv_time t = { 0 };
    if (s.n < 20 || s.p[4] != '-' || s.p[7] != '-' || s.p[10] != 'T' || s.p[13] != ':' || s.p[16] != ':' ||
        !digits(s, 0, 4, &tm.tm_year) || !digits(s, 5, 2, &tm.tm_mon) || !digits(s, 8, 2, &tm.tm_mday) ||
        !digits(s, 11, 2, &tm.tm_hour) || !digits(s, 14, 2, &tm.tm_min) || !digits(s, 17, 2, &tm.tm_sec))
        return false;
    int day = tm.tm_mday;
    tm.tm_year -= 1900;
    tm.tm_mon--;
    if (tm.tm_mon < 0 || tm.tm_mon > 11 || day < 1 || tm.tm_hour > 23 || tm.tm_min > 59 || tm.tm_sec > 59)
        return false;
    t.s = timegm(&tm);
    s = str_sub(s, 19, s.n);
    if (tm.tm_mday != day || !fraction(&s, &t.ns))
        return false;
    if (!str_is(s, "Z") && (s.n != 6 || (s.p[0] != '+' && s.p[0] != '-') || !zone_offset(s, &t.zone_s)))
        return false;
    t.s -= t.zone_s;
    *out = t;
    return t.s >= min_s && t.s <= max_s;
}

static void broken_down(const struct cv_time *t, int32_t zone_s, struct tm *out) {
    time_t s = t->s + zone_s;
    gmtime_r(&s, out);
}

char *cv_time_print(struct arena *a, const struct cv_time *t) {
    struct tm tm;
    char frac[16] = "", zone[16] = "Z";
    broken_down(t, t->zone_s, &tm);
    if (t->ns) {
        snprintf(frac, sizeof frac, ".%09d", t->ns);
        for (size_t n = strlen(frac); frac[n - 1] == '0';)
            frac[--n] = '\0';
    }
    int32_t z = t->zone_s < 0 ? -t->zone_s : t->zone_s;
    if (z)
        snprintf(zone, sizeof zone, "%c%02d:%02d", t->zone_s < 0 ? '-' : '+', z / 3600, z / 60 % 60);
    return arena_fmt(a, "%04d-%02d-%02dT%02d:%02d:%02d%s%s", tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday,
                     tm.tm_hour, tm.tm_min, tm.tm_sec, frac, zone);
}

static int64_t duration_part(struct str name, int64_t ns, bool *known) {
    *known = true;
    if (str_is(name, "getHours"))
        return ns / 3600000000000;
    if (str_is(name, "getMinutes"))
        return ns / 60000000000;
    if (str_is(name, "getSeconds"))
        return ns / 1000000000;
    *known = str_is(name, "getMilliseconds");
    return ns / 1000000;
}

struct cv cel_time_part(struct cel_run *r, const struct cel_node *call, const struct cv *args, size_t n) {
    static const struct {
        const char *name;
        size_t offset;
        int add;
    } parts[] = {
        { "getFullYear", offsetof(struct tm, tm_year), 1900 },
        { "getMonth", offsetof(struct tm, tm_mon), 0 },
        { "getDayOfYear", offsetof(struct tm, tm_yday), 0 },
        { "getDayOfMonth", offsetof(struct tm, tm_mday), -1 },
        { "getDate", offsetof(struct tm, tm_mday), 0 },
        { "getDayOfWeek", offsetof(struct tm, tm_wday), 0 },
        { "getHours", offsetof(struct tm, tm_hour), 0 },
        { "getMinutes", offsetof(struct tm, tm_min), 0 },
        { "getSeconds", offsetof(struct tm, tm_sec), 0 },
    };
    bool known;
    int32_t zone = 0;
    struct tm tm;
    if (args[0].type == CV_DURATION && n == 1) {
        int64_t part = duration_part(call->name, args[0].i, &known);
        return known ? CV_INT(part) : cv_no_overload(r);
    }
    if (args[0].type != CV_TIMESTAMP || (n == 2 && args[1].type != CV_STRING) || n > 2)
        return cv_no_overload(r);
    if (n == 2 && !str_is(args[1].s, "UTC") && args[1].s.n && !zone_offset(args[1].s, &zone))
        return cv_error(r, "unknown time zone %.*s", (int)args[1].s.n, args[1].s.p);
    broken_down(&args[0].time, zone, &tm);
    for (size_t i = 0; i < countof(parts); i++)
        if (str_is(call->name, parts[i].name))
            return CV_INT(*(const int *)((const char *)&tm + parts[i].offset) + parts[i].add);
    return CV_INT(args[0].time.ns / 1000000);
}
