// SPDX-License-Identifier: Apache-2.0
// Time and durations, with Go's texts.
#include "common/base/timeutil.h"

#include "common/base/buf.h"

#include <stdio.h>
#include <time.h>

static int64_t clock_ns(clockid_t id) {
    struct timespec ts;
    clock_gettime(id, &ts);
    return (int64_t)ts.tv_sec * NS_PER_S + ts.tv_nsec;
}

int64_t now_mono_ns(void) {
    return clock_ns(CLOCK_MONOTONIC);
}

int64_t now_wall_ns(void) {
    return clock_ns(CLOCK_REALTIME);
}

// Go's quote() of src/time/format.go: printable ASCII as is, \" and \\ escaped, the rest as \xNN.
static const char *go_time_quote(struct arena *a, const char *text, size_t n) {
    autobuf b = { 0 };
    buf_putc(&b, '"');
    for (size_t i = 0; i < n; i++) {
        unsigned char c = (unsigned char)text[i];
        if (c == '"' || c == '\\')
            buf_fmt(&b, "\\%c", c);
        else if (c < ' ' || c >= 0x80)
            buf_fmt(&b, "\\x%02x", c);
        else
            buf_putc(&b, (char)c);
    }
    buf_putc(&b, '"');
    return buf_to_arena(&b, a).p;
}

static const struct {
    const char *name;
    uint64_t ns;
} units[] = {
    { "ns", 1 },           { "us", 1000 },    { "\xc2\xb5s", 1000 }, // micro sign
    { "\xce\xbcs", 1000 },                                           // Greek mu
    { "ms", NS_PER_MS },   { "s", NS_PER_S }, { "m", NS_PER_MIN },   { "h", NS_PER_HOUR },
};

static bool unit_find(struct str name, uint64_t *out) {
    for (size_t i = 0; i < countof(units); i++)
        if (str_is(name, units[i].name))
            return *out = units[i].ns, true;
    return false;
}

// One "12.5h" off the front of *s, added to *sum. 0 = fine, 1 = invalid, 2 = missing unit, 3 = unknown unit.
static int duration_part(const char **s, uint64_t *sum, struct str *unit) {
    const uint64_t top = 1ull << 63;
    uint64_t v = 0, f = 0;
    double scale = 1;
    const char *p = *s, *start = p;
    for (; *p >= '0' && *p <= '9'; p++) {
        if (v > top / 10)
            return 1;
        v = v * 10 + (uint64_t)(*p - '0');
        if (v > top)
            return 1;
    }
    bool digits = p != start;
    if (*p == '.') {
        const char *frac = ++p;
        bool overflow = false;
        for (; *p >= '0' && *p <= '9'; p++) {
            if (overflow)
                continue;
            if (f > (top - 1) / 10 || f * 10 + (uint64_t)(*p - '0') > top) {
                overflow = true;
                continue;
            }
            f = f * 10 + (uint64_t)(*p - '0');
            scale *= 10;
        }
        digits |= p != frac;
    }
    if (!digits)
        return 1;
    const char *u = p;
    while (*p && *p != '.' && (*p < '0' || *p > '9'))
        p++;
    *unit = str_make(u, (size_t)(p - u));
    if (p == u)
        return 2;
    uint64_t ns;
    if (!unit_find(*unit, &ns))
        return 3;
    if (v > top / ns)
        return 1;
    v *= ns;
    if (f > 0) {
        v += (uint64_t)((double)f * ((double)ns / scale));
        if (v > top)
            return 1;
    }
    *sum += v;
    *s = p;
    return *sum > top ? 1 : 0;
}

bool duration_parse(const char *text, int64_t *out_ns, struct err *err) {
    const char *s = text;
    const char *quoted = go_time_quote(err->a, text, strlen(text));
    bool negative = *s == '-';
    if (*s == '-' || *s == '+')
        s++;
    if (strcmp(s, "0") == 0)
        return *out_ns = 0, true;
    if (!*s)
        return err_set(err, ERR_INVALID, "time: invalid duration %s", quoted);
    uint64_t sum = 0;
    while (*s) {
        struct str unit;
        int bad = duration_part(&s, &sum, &unit);
        if (bad == 1)
            return err_set(err, ERR_INVALID, "time: invalid duration %s", quoted);
        if (bad == 2)
            return err_set(err, ERR_INVALID, "time: missing unit in duration %s", quoted);
        if (bad == 3)
            return err_set(err, ERR_INVALID, "time: unknown unit %s in duration %s",
                           go_time_quote(err->a, unit.p, unit.n), quoted);
    }
    if (!negative && sum > (uint64_t)INT64_MAX)
        return err_set(err, ERR_INVALID, "time: invalid duration %s", quoted);
    *out_ns = negative ? (int64_t)(0 - sum) : (int64_t)sum;
    return true;
}

// v / 10^digits without trailing zeros: (1500, 3) -> "1.5".
static void put_fraction(struct buf *b, uint64_t v, int digits) {
    uint64_t scale = 1;
    for (int i = 0; i < digits; i++)
        scale *= 10;
    buf_fmt(b, "%llu", (unsigned long long)(v / scale));
    uint64_t rest = v % scale;
    if (!rest)
        return;
    char text[24];
    int n = snprintf(text, sizeof text, "%0*llu", digits, (unsigned long long)rest);
    while (n > 0 && text[n - 1] == '0')
        n--;
    buf_putc(b, '.');
    buf_add(b, text, (size_t)n);
}

char *duration_fmt(struct arena *a, int64_t ns) {
    if (ns == 0)
        return arena_strdup(a, "0s");
    autobuf b = { 0 };
    uint64_t u = ns < 0 ? 0 - (uint64_t)ns : (uint64_t)ns;
    if (ns < 0)
        buf_putc(&b, '-');
    if (u < 1000) {
        buf_fmt(&b, "%lluns", (unsigned long long)u);
    } else if (u < (uint64_t)NS_PER_MS) {
        put_fraction(&b, u, 3);
        buf_puts(&b, "\xc2\xb5s");
    } else if (u < (uint64_t)NS_PER_S) {
        put_fraction(&b, u, 6);
        buf_puts(&b, "ms");
    } else {
        uint64_t hours = u / NS_PER_HOUR, minutes = u / NS_PER_MIN % 60;
        if (hours)
            buf_fmt(&b, "%lluh", (unsigned long long)hours);
        if (hours || minutes)
            buf_fmt(&b, "%llum", (unsigned long long)minutes);
        put_fraction(&b, u % NS_PER_MIN, 9);
        buf_putc(&b, 's');
    }
    return (char *)buf_to_arena(&b, a).p;
}

/* Flux: k8s.io/apimachinery/pkg/util/duration#HumanDuration: the same steps between units. */
char *duration_human(struct arena *a, int64_t ns) {
    long long s = ns / NS_PER_S;
    if (s < -1)
        return arena_strdup(a, "<invalid>");
    if (s < 0)
        return arena_strdup(a, "0s");
    if (s < 120)
        return arena_fmt(a, "%llds", s);
    long long m = s / 60, h = s / 3600, d = h / 24;
    if (m < 10)
        return s % 60 ? arena_fmt(a, "%lldm%llds", m, s % 60) : arena_fmt(a, "%lldm", m);
    if (m < 180)
        return arena_fmt(a, "%lldm", m);
    if (h < 8)
        return m % 60 ? arena_fmt(a, "%lldh%lldm", h, m % 60) : arena_fmt(a, "%lldh", h);
    if (h < 48)
        return arena_fmt(a, "%lldh", h);
    if (h < 192)
        return h % 24 ? arena_fmt(a, "%lldd%lldh", d, h % 24) : arena_fmt(a, "%lldd", d);
    if (h < 24 * 365 * 2)
        return arena_fmt(a, "%lldd", d);
    long long y = h / 24 / 365;
    if (h < 24 * 365 * 8)
        return d % 365 ? arena_fmt(a, "%lldy%lldd", y, d % 365) : arena_fmt(a, "%lldy", y);
    return arena_fmt(a, "%lldy", y);
}

static void split_wall(int64_t wall_ns, time_t *s, int64_t *ns) {
    *s = (time_t)(wall_ns / NS_PER_S);
    *ns = wall_ns % NS_PER_S;
    if (*ns < 0)
        *s -= 1, *ns += NS_PER_S;
}

static char *fmt_tm(struct arena *a, const struct tm *tm) {
    char text[64];
    size_t n = strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S", tm);
    return arena_text(a, text, n);
}

char *time_fmt_rfc3339(struct arena *a, int64_t wall_ns) {
    time_t s;
    int64_t ns;
    struct tm tm;
    split_wall(wall_ns, &s, &ns);
    gmtime_r(&s, &tm);
    return arena_fmt(a, "%sZ", fmt_tm(a, &tm));
}

char *time_fmt_micro(struct arena *a, int64_t wall_ns) {
    time_t s;
    int64_t ns;
    struct tm tm;
    split_wall(wall_ns, &s, &ns);
    gmtime_r(&s, &tm);
    return arena_fmt(a, "%s.%06dZ", fmt_tm(a, &tm), (int)(ns / 1000));
}

char *time_fmt_rfc3339nano(struct arena *a, int64_t wall_ns) {
    time_t s;
    int64_t ns;
    struct tm tm;
    split_wall(wall_ns, &s, &ns);
    tzset();
    localtime_r(&s, &tm);
    autobuf b = { 0 };
    buf_puts(&b, fmt_tm(a, &tm));
    if (ns) {
        char text[16];
        int n = snprintf(text, sizeof text, ".%09d", (int)ns);
        while (text[n - 1] == '0')
            n--;
        buf_add(&b, text, (size_t)n);
    }
    long off = tm.tm_gmtoff / 60;
    if (!off)
        buf_putc(&b, 'Z');
    else
        buf_fmt(&b, "%c%02ld:%02ld", off < 0 ? '-' : '+', labs(off) / 60, labs(off) % 60);
    return (char *)buf_to_arena(&b, a).p;
}

// n digits at s; -1 when there are fewer.
static int digits_at(const char *s, int n) {
    int v = 0;
    for (int i = 0; i < n; i++) {
        if (s[i] < '0' || s[i] > '9')
            return -1;
        v = v * 10 + (s[i] - '0');
    }
    return v;
}

// The fraction and zone behind the seconds. Returns false when malformed.
static bool parse_zone(const char *s, int64_t *frac_ns, int *offset_s) {
    *frac_ns = 0;
    if (*s == '.') {
        int64_t scale = NS_PER_S / 10;
        const char *start = ++s;
        for (; *s >= '0' && *s <= '9'; s++, scale /= 10)
            *frac_ns += (*s - '0') * scale;
        if (s == start)
            return false;
    }
    if (strcmp(s, "Z") == 0)
        return *offset_s = 0, true;
    if ((*s != '+' && *s != '-') || strlen(s) != 6 || s[3] != ':')
        return false;
    int h = digits_at(s + 1, 2), m = digits_at(s + 4, 2);
    if (h < 0 || h > 24 || m < 0 || m > 60)
        return false;
    *offset_s = (h * 60 + m) * 60 * (*s == '-' ? -1 : 1);
    return true;
}

bool time_parse_rfc3339(const char *text, int64_t *out_wall_ns, struct err *err) {
    struct tm tm = { 0 };
    int64_t frac;
    int offset;
    bool ok = strlen(text) >= 20 && text[4] == '-' && text[7] == '-' && text[10] == 'T' && text[13] == ':' &&
              text[16] == ':';
    if (ok) {
        tm.tm_year = digits_at(text, 4) - 1900;
        tm.tm_mon = digits_at(text + 5, 2) - 1;
        tm.tm_mday = digits_at(text + 8, 2);
        tm.tm_hour = digits_at(text + 11, 2);
        tm.tm_min = digits_at(text + 14, 2);
        tm.tm_sec = digits_at(text + 17, 2);
        ok = tm.tm_year >= -1900 && tm.tm_mon >= 0 && tm.tm_mon < 12 && tm.tm_mday > 0 && tm.tm_mday <= 31 &&
             tm.tm_hour >= 0 && tm.tm_hour < 24 && tm.tm_min >= 0 && tm.tm_min < 60 && tm.tm_sec >= 0 &&
             tm.tm_sec < 60 && parse_zone(text + 19, &frac, &offset);
    }
    int day = tm.tm_mday;
    int64_t seconds = ok ? (int64_t)timegm(&tm) - offset : 0, wall;
    ok = ok && tm.tm_mday == day; // timegm turned February 30 into March 1
    if (!ok || __builtin_mul_overflow(seconds, NS_PER_S, &wall) || __builtin_add_overflow(wall, frac, &wall))
        return err_set(err, ERR_INVALID, "parsing time \"%s\" as RFC 3339", text);
    *out_wall_ns = wall;
    return true;
}
