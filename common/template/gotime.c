// SPDX-License-Identifier: Apache-2.0
// Go's time: civil calendar, Format and Parse by layout. Go: src/time/format.go
#include "common/template/gotime.h"

#include <stdio.h>

enum std {
    STD_NONE,
    STD_LONG_MONTH,
    STD_MONTH,
    STD_NUM_MONTH,
    STD_ZERO_MONTH,
    STD_LONG_WEEKDAY,
    STD_WEEKDAY,
    STD_DAY,
    STD_UNDER_DAY,
    STD_ZERO_DAY,
    STD_UNDER_YEARDAY,
    STD_ZERO_YEARDAY,
    STD_HOUR,
    STD_HOUR12,
    STD_ZERO_HOUR12,
    STD_MINUTE,
    STD_ZERO_MINUTE,
    STD_SECOND,
    STD_ZERO_SECOND,
    STD_LONG_YEAR,
    STD_YEAR,
    STD_PM,
    STD_pm,
    STD_TZ,
    STD_ISO_TZ, // Z0700 and so on
    STD_NUM_TZ, // -0700 and so on
    STD_FRACTION0,
    STD_FRACTION9,
};

static const struct {
    const char *text;
    enum std std;
} chunks[] = {
    // longer ones first
    { "January", STD_LONG_MONTH },
    { "Jan", STD_MONTH },
    { "Monday", STD_LONG_WEEKDAY },
    { "Mon", STD_WEEKDAY },
    { "MST", STD_TZ },
    { "002", STD_ZERO_YEARDAY },
    { "01", STD_ZERO_MONTH },
    { "02", STD_ZERO_DAY },
    { "03", STD_ZERO_HOUR12 },
    { "04", STD_ZERO_MINUTE },
    { "05", STD_ZERO_SECOND },
    { "06", STD_YEAR },
    { "15", STD_HOUR },
    { "1", STD_NUM_MONTH },
    { "2006", STD_LONG_YEAR },
    { "2", STD_DAY },
    { "__2", STD_UNDER_YEARDAY },
    { "_2", STD_UNDER_DAY },
    { "3", STD_HOUR12 },
    { "4", STD_MINUTE },
    { "5", STD_SECOND },
    { "PM", STD_PM },
    { "pm", STD_pm },
    { "-07:00:00", STD_NUM_TZ },
    { "-070000", STD_NUM_TZ },
    { "-07:00", STD_NUM_TZ },
    { "-0700", STD_NUM_TZ },
    { "-07", STD_NUM_TZ },
    { "Z07:00:00", STD_ISO_TZ },
    { "Z070000", STD_ISO_TZ },
    { "Z07:00", STD_ISO_TZ },
    { "Z0700", STD_ISO_TZ },
    { "Z07", STD_ISO_TZ },
};

static const char *const long_months[] = { "January",   "February", "March",    "April",
                                           "May",       "June",     "July",     "August",
                                           "September", "October",  "November", "December" };
static const char *const long_days[] = { "Sunday",   "Monday", "Tuesday", "Wednesday",
                                         "Thursday", "Friday", "Saturday" };

static bool is_digit(struct str s, size_t i) {
    return i < s.n && s.p[i] >= '0' && s.p[i] <= '9';
}

static bool lower_at(struct str s, size_t i) {
    return i < s.n && s.p[i] >= 'a' && s.p[i] <= 'z';
}

static enum std fraction_at(struct str s, size_t i, size_t *out_len) {
    if ((s.p[i] != '.' && s.p[i] != ',') || i + 1 >= s.n || (s.p[i + 1] != '0' && s.p[i + 1] != '9'))
        return STD_NONE;
    char ch = s.p[i + 1];
    size_t j = i + 1;
    while (j < s.n && s.p[j] == ch)
        j++;
    if (is_digit(s, j))
        return STD_NONE;
    *out_len = j - i;
    return ch == '0' ? STD_FRACTION0 : STD_FRACTION9;
}

static enum std chunk_at(struct str s, size_t i, size_t *out_len) {
    struct str rest = str_sub(s, i, s.n);
    for (size_t k = 0; k < countof(chunks); k++) {
        if (!str_starts(rest, chunks[k].text))
            continue;
        size_t len = strlen(chunks[k].text);
        if ((chunks[k].std == STD_MONTH || chunks[k].std == STD_WEEKDAY) && lower_at(s, i + len))
            continue;
        if (chunks[k].std == STD_UNDER_DAY && str_starts(rest, "_2006"))
            return STD_NONE;
        *out_len = len;
        return chunks[k].std;
    }
    return fraction_at(s, i, out_len);
}

/* ---- calendar ---- */

static int64_t days_of(int64_t y, int64_t m, int64_t d) { // days since 1970-01-01; m from 1
    y -= m <= 2;
    int64_t era = (y >= 0 ? y : y - 399) / 400, yoe = y - era * 400;
    int64_t doy = (153 * (m + (m > 2 ? -3 : 9)) + 2) / 5 + d - 1, doe = yoe * 365 + yoe / 4 - yoe / 100 + doy;
    return era * 146097 + doe - 719468;
}

static int64_t floor_div(int64_t x, int64_t y) {
    return x / y - (x % y < 0);
}

int64_t gotime_seconds(int64_t year, int64_t month, int64_t day, int64_t hour, int64_t minute,
                       int64_t second) {
    int64_t m = month - 1;
    year += floor_div(m, 12);
    m -= floor_div(m, 12) * 12;
    return (days_of(year, m + 1, 1) + day - 1) * 86400 + hour * 3600 + minute * 60 + second;
}

struct tcivil gotime_civil(const struct ttime *t) {
    int64_t s = t->seconds + t->offset, days = floor_div(s, 86400), left = s - days * 86400;
    int64_t z = days + 719468, era = floor_div(z, 146097), doe = z - era * 146097;
    int64_t yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365,
            doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
    int64_t mp = (5 * doy + 2) / 153;
    struct tcivil c = { .year = yoe + era * 400, .day = (int)(doy - (153 * mp + 2) / 5 + 1) };
    c.month = (int)(mp < 10 ? mp + 3 : mp - 9);
    c.year += c.month <= 2;
    c.hour = (int)(left / 3600);
    c.minute = (int)(left / 60 % 60);
    c.second = (int)(left % 60);
    c.weekday = (int)((days % 7 + 11) % 7);
    c.yearday = (int)(days - days_of(c.year, 1, 1)) + 1;
    return c;
}

bool gotime_same(const struct ttime *x, const struct ttime *y) {
    return x->seconds == y->seconds && x->ns == y->ns && x->offset == y->offset && text_eq(x->zone, y->zone);
}

/* ---- format ---- */

static void put_zone(struct buf *out, struct str chunk, const struct ttime *t) {
    int32_t offset = t->offset, abs = offset < 0 ? -offset : offset;
    bool colon = str_chr(chunk, ':') >= 0;
    if (chunk.p[0] == 'Z' && !offset) {
        buf_putc(out, 'Z');
        return;
    }
    buf_fmt(out, "%c%02d", offset < 0 ? '-' : '+', abs / 3600);
    if (chunk.n > 3)
        buf_fmt(out, colon ? ":%02d" : "%02d", abs / 60 % 60);
    if (chunk.n > 6)
        buf_fmt(out, colon ? ":%02d" : "%02d", abs % 60);
}

static void put_fraction(struct buf *out, struct str chunk, int32_t ns, bool trim) {
    char digits[16];
    size_t n = chunk.n - 1;
    snprintf(digits, sizeof digits, "%09d", ns);
    if (n > 9)
        n = 9;
    while (trim && n && digits[n - 1] == '0')
        n--;
    if (trim && !n)
        return;
    buf_putc(out, chunk.p[0]);
    buf_add(out, digits, n);
}

static void put_tz_name(struct buf *out, const struct ttime *t) {
    int32_t minutes = t->offset / 60;
    if (!text_empty(t->zone)) {
        buf_puts(out, t->zone);
        return;
    }
    buf_fmt(out, "%c%02d", minutes < 0 ? '-' : '+', abs(minutes) / 60);
    if (minutes % 60)
        buf_fmt(out, "%02d", abs(minutes) % 60);
}

static void put_year(struct buf *out, int64_t year) {
    buf_fmt(out, year < 0 ? "-%04lld" : "%04lld", (long long)(year < 0 ? -year : year));
}

static void put_std(struct buf *out, enum std std, struct str chunk, const struct ttime *t,
                    const struct tcivil *c) {
    int hour12 = c->hour % 12 ? c->hour % 12 : 12;
    switch (std) {
    case STD_NONE: break;
    case STD_LONG_MONTH: buf_puts(out, long_months[c->month - 1]); break;
    case STD_MONTH: buf_fmt(out, "%.3s", long_months[c->month - 1]); break;
    case STD_NUM_MONTH: buf_fmt(out, "%d", c->month); break;
    case STD_ZERO_MONTH: buf_fmt(out, "%02d", c->month); break;
    case STD_LONG_WEEKDAY: buf_puts(out, long_days[c->weekday]); break;
    case STD_WEEKDAY: buf_fmt(out, "%.3s", long_days[c->weekday]); break;
    case STD_DAY: buf_fmt(out, "%d", c->day); break;
    case STD_UNDER_DAY: buf_fmt(out, "%2d", c->day); break;
    case STD_ZERO_DAY: buf_fmt(out, "%02d", c->day); break;
    case STD_UNDER_YEARDAY: buf_fmt(out, "%3d", c->yearday); break;
    case STD_ZERO_YEARDAY: buf_fmt(out, "%03d", c->yearday); break;
    case STD_HOUR: buf_fmt(out, "%02d", c->hour); break;
    case STD_HOUR12: buf_fmt(out, "%d", hour12); break;
    case STD_ZERO_HOUR12: buf_fmt(out, "%02d", hour12); break;
    case STD_MINUTE: buf_fmt(out, "%d", c->minute); break;
    case STD_ZERO_MINUTE: buf_fmt(out, "%02d", c->minute); break;
    case STD_SECOND: buf_fmt(out, "%d", c->second); break;
    case STD_ZERO_SECOND: buf_fmt(out, "%02d", c->second); break;
    case STD_LONG_YEAR: put_year(out, c->year); break;
    case STD_YEAR: buf_fmt(out, "%02d", (int)(c->year < 0 ? -c->year : c->year) % 100); break;
    case STD_PM: buf_puts(out, c->hour >= 12 ? "PM" : "AM"); break;
    case STD_pm: buf_puts(out, c->hour >= 12 ? "pm" : "am"); break;
    case STD_TZ: put_tz_name(out, t); break;
    case STD_ISO_TZ:
    case STD_NUM_TZ: put_zone(out, chunk, t); break;
    case STD_FRACTION0: put_fraction(out, chunk, t->ns, false); break;
    case STD_FRACTION9: put_fraction(out, chunk, t->ns, true); break;
    }
}

struct str gotime_format_n(struct arena *a, const struct ttime *t, struct str layout) {
    autobuf out = { 0 };
    struct tcivil c = gotime_civil(t);
    for (size_t i = 0; i < layout.n;) {
        size_t len = 1;
        enum std std = chunk_at(layout, i, &len);
        if (std == STD_NONE)
            buf_putc(&out, layout.p[i++]);
        else
            put_std(&out, std, str_sub(layout, i, i + len), t, &c), i += len;
    }
    return buf_to_arena(&out, a);
}

struct str gotime_format(struct arena *a, const struct ttime *t, const char *layout) {
    return gotime_format_n(a, t, str_of(layout));
}

struct str gotime_text(struct arena *a, const struct ttime *t) {
    return gotime_format(a, t, "2006-01-02 15:04:05.999999999 -0700 MST");
}

/* ---- parse ---- */

struct parsed {
    int64_t year;
    int month, day, yearday, hour, minute, second, ns, offset;
    bool pm, pm_set, has_offset, zulu;
    struct str zone;
    const char *range; // what is out of range
};

static bool take_number(struct str *v, size_t min, size_t max, int *out) {
    size_t n = 0;
    int number = 0;
    while (n < max && is_digit(*v, n))
        number = number * 10 + (v->p[n++] - '0');
    if (n < min)
        return false;
    *v = str_sub(*v, n, v->n);
    *out = number;
    return true;
}

static bool take_name(struct str *v, const char *const *names, size_t n, size_t len, int *out) {
    for (size_t i = 0; i < n; i++) {
        size_t k = len ? len : strlen(names[i]), same = 0;
        while (same < k && same < v->n && (v->p[same] | 0x20) == (names[i][same] | 0x20))
            same++;
        if (same < k)
            continue;
        *v = str_sub(*v, k, v->n);
        *out = (int)i;
        return true;
    }
    return false;
}

static bool take_offset(struct str *v, struct str chunk, struct parsed *p) {
    int hours, minutes = 0, seconds = 0;
    bool colon = str_chr(chunk, ':') >= 0;
    if (chunk.p[0] == 'Z' && str_starts(*v, "Z")) {
        *v = str_sub(*v, 1, v->n);
        return p->zulu = true;
    }
    if (!v->n || (v->p[0] != '+' && v->p[0] != '-'))
        return false;
    int sign = v->p[0] == '-' ? -1 : 1;
    struct str s = str_sub(*v, 1, v->n);
    if (!take_number(&s, 2, 2, &hours))
        return false;
    for (int part = 0; part < 2; part++) {
        if (chunk.n <= (part ? 6 : 3))
            break;
        if (colon && (!s.n || s.p[0] != ':'))
            return false;
        s = str_sub(s, colon, s.n);
        if (!take_number(&s, 2, 2, part ? &seconds : &minutes))
            return false;
    }
    if (hours > 24)
        p->range = "time zone offset hour";
    else if (minutes > 60)
        p->range = "time zone offset minute";
    p->has_offset = true;
    p->offset = sign * (hours * 3600 + minutes * 60 + seconds);
    *v = s;
    return true;
}

static bool take_fraction(struct str *v, size_t digits, bool exact, int *out) {
    int64_t ns = 0, scale = 100000000;
    size_t n = 1;
    if (!v->n || (v->p[0] != '.' && v->p[0] != ','))
        return !exact;
    for (; is_digit(*v, n) && (!exact || n <= digits); n++, scale /= 10)
        ns += (v->p[n] - '0') * scale;
    if (exact && n != digits + 1)
        return false;
    *out = (int)ns;
    *v = str_sub(*v, n, v->n);
    return true;
}

static bool take_zone(struct str *v, struct parsed *p) {
    size_t n = 0;
    while (n < v->n && n < 6 && v->p[n] >= 'A' && v->p[n] <= 'Z')
        n++;
    if (n < 3 || n > 5)
        return false;
    p->zone = str_sub(*v, 0, n);
    p->zulu |= str_is(p->zone, "UTC");
    *v = str_sub(*v, n, v->n);
    return true;
}

static void skip_space(struct str *v) {
    if (v->n && v->p[0] == ' ')
        *v = str_sub(*v, 1, v->n);
}

static bool in_range(struct parsed *p, int value, int low, int high, const char *what) {
    if ((value < low || value > high) && !p->range)
        p->range = what;
    return true;
}

static bool take_second(struct str *v, bool fixed, struct str layout_rest, struct parsed *p) {
    size_t len;
    if (!take_number(v, fixed ? 2 : 1, 2, &p->second) || !in_range(p, p->second, 0, 59, "second"))
        return false;
    // a fraction may follow although the layout has none
    bool expected = layout_rest.n && fraction_at(layout_rest, 0, &len) != STD_NONE;
    if (v->n >= 2 && (v->p[0] == '.' || v->p[0] == ',') && is_digit(*v, 1) && !expected)
        return take_fraction(v, 0, false, &p->ns);
    return true;
}

static bool take_year(struct str *v, size_t digits, struct parsed *p) {
    int year;
    if (!take_number(v, digits, digits, &year))
        return false;
    p->year = digits == 4 ? year : year >= 69 ? 1900 + year : 2000 + year;
    return true;
}

static bool take_half(struct str *v, bool upper, struct parsed *p) {
    bool pm = str_starts(*v, upper ? "PM" : "pm");
    if (!pm && !str_starts(*v, upper ? "AM" : "am"))
        return false;
    p->pm_set = true;
    p->pm = pm;
    *v = str_sub(*v, 2, v->n);
    return true;
}

static bool take_std(struct str *v, enum std std, struct str chunk, struct str rest, struct parsed *p) {
    int number;
    switch (std) {
    case STD_NONE: return false;
    case STD_LONG_MONTH: return take_name(v, long_months, 12, 0, &p->month) && ++p->month;
    case STD_MONTH: return take_name(v, long_months, 12, 3, &p->month) && ++p->month;
    case STD_NUM_MONTH:
    case STD_ZERO_MONTH:
        return take_number(v, std == STD_ZERO_MONTH ? 2 : 1, 2, &p->month) &&
               in_range(p, p->month, 1, 12, "month");
    case STD_LONG_WEEKDAY: return take_name(v, long_days, 7, 0, &number);
    case STD_WEEKDAY: return take_name(v, long_days, 7, 3, &number);
    case STD_UNDER_DAY: skip_space(v); return take_number(v, 1, 2, &p->day);
    case STD_DAY:
    case STD_ZERO_DAY: return take_number(v, std == STD_ZERO_DAY ? 2 : 1, 2, &p->day);
    case STD_UNDER_YEARDAY:
        skip_space(v);
        skip_space(v);
        return take_number(v, 1, 3, &p->yearday);
    case STD_ZERO_YEARDAY: return take_number(v, 3, 3, &p->yearday);
    case STD_HOUR: return take_number(v, 1, 2, &p->hour) && in_range(p, p->hour, 0, 23, "hour");
    case STD_HOUR12:
    case STD_ZERO_HOUR12:
        return take_number(v, std == STD_ZERO_HOUR12 ? 2 : 1, 2, &p->hour) &&
               in_range(p, p->hour, 0, 12, "hour");
    case STD_MINUTE:
    case STD_ZERO_MINUTE:
        return take_number(v, std == STD_ZERO_MINUTE ? 2 : 1, 2, &p->minute) &&
               in_range(p, p->minute, 0, 59, "minute");
    case STD_SECOND:
    case STD_ZERO_SECOND: return take_second(v, std == STD_ZERO_SECOND, rest, p);
    case STD_LONG_YEAR: return take_year(v, 4, p);
    case STD_YEAR: return take_year(v, 2, p);
    case STD_PM:
    case STD_pm: return take_half(v, std == STD_PM, p);
    case STD_TZ: return take_zone(v, p);
    case STD_ISO_TZ:
    case STD_NUM_TZ: return take_offset(v, chunk, p);
    case STD_FRACTION0: return take_fraction(v, chunk.n - 1, true, &p->ns);
    case STD_FRACTION9: return take_fraction(v, 0, false, &p->ns);
    }
    return false;
}

static struct ttime *assemble(struct arena *a, struct parsed *p) {
    static const char days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
    bool leap = p->year % 4 == 0 && (p->year % 100 != 0 || p->year % 400 == 0);
    if (p->pm_set && p->pm && p->hour < 12)
        p->hour += 12;
    else if (p->pm_set && !p->pm && p->hour == 12)
        p->hour = 0;
    if (p->yearday > 0) {
        p->month = 1;
        p->day = p->yearday;
        if (p->yearday > 365 + leap)
            p->range = "day-of-year";
    } else {
        p->month = p->month > 0 ? p->month : 1;
        p->day = p->day >= 0 ? p->day : 1;
        if (p->month <= 12 && (p->day < 1 || p->day > days[p->month - 1] + (p->month == 2 && leap)))
            p->range = p->range ? p->range : "day";
    }
    if (p->range)
        return NULL;
    struct ttime *t = arena_new(a, struct ttime);
    t->seconds = gotime_seconds(p->year, p->month, p->day, p->hour, p->minute, p->second) - p->offset;
    t->ns = p->ns;
    t->offset = p->offset;
    t->zone = p->zone.n ? arena_text(a, p->zone.p, p->zone.n) : p->has_offset && p->offset ? "" : "UTC";
    return t;
}

static const char *quoted(struct arena *a, struct str s) {
    return arena_fmt(a, "\"%s\"", arena_text(a, s.p, s.n));
}

struct ttime *gotime_parse(struct arena *a, struct str layout, struct str text, const char **out_error) {
    struct parsed p = { .month = -1, .day = -1, .yearday = -1 };
    struct str v = text;
    for (size_t i = 0; i < layout.n && !p.range;) {
        size_t len = 1;
        struct str hold = v;
        enum std std = chunk_at(layout, i, &len);
        struct str chunk = str_sub(layout, i, std == STD_NONE ? layout.n : i + len);
        bool ok = std == STD_NONE ? v.n && v.p[0] == layout.p[i]
                                  : take_std(&v, std, chunk, str_sub(layout, i + len, layout.n), &p);
        if (std == STD_NONE && ok)
            v = str_sub(v, 1, v.n);
        if (!ok) {
            *out_error = arena_fmt(a, "parsing time %s as %s: cannot parse %s as %s", quoted(a, text),
                                   quoted(a, layout), quoted(a, hold), quoted(a, chunk));
            return NULL;
        }
        i += len;
    }
    if (!p.range && v.n) {
        *out_error = arena_fmt(a, "parsing time %s: extra text: %s", quoted(a, text), quoted(a, v));
        return NULL;
    }
    struct ttime *t = p.range ? NULL : assemble(a, &p);
    if (!t)
        *out_error = arena_fmt(a, "parsing time %s: %s out of range", quoted(a, text), p.range);
    return t;
}

bool gotime_in_zone(struct arena *a, struct ttime *t, struct str zone) {
    (void)a;
    bool utc = !zone.n || str_is(zone, "UTC") || str_is(zone, "Local");
    t->offset = 0;
    t->zone = "UTC";
    return utc;
}
