// SPDX-License-Identifier: Apache-2.0
// Dates and durations, and the methods of time values. sprig: date.go; Go: time
#include "common/base/timeutil.h"
#include "common/template/exec.h"
#include "common/template/gotext.h"
#include "common/template/gotime.h"

#define ARGS struct tctx *c, const struct tval *args, size_t n, struct tval *out
#define METHOD struct tctx *c, struct tval self, const struct tval *args, size_t n, struct tval *out

static struct ttime time_now(void) {
    int64_t ns = now_wall_ns();
    return (struct ttime) { .seconds = ns / NS_PER_S, .ns = (int32_t)(ns % NS_PER_S), .zone = "UTC" };
}

static bool give(struct tctx *c, struct ttime t, struct tval *out) {
    *out = (struct tval) { .kind = TVAL_TIME, .time = arena_copy(tctx_arena(c), &t, sizeof t) };
    return true;
}

static struct ttime moved(struct ttime t, int64_t ns) {
    int64_t s = ns / NS_PER_S, rest = t.ns + ns % NS_PER_S;
    t.seconds += s + (rest >= NS_PER_S) - (rest < 0);
    t.ns = (int32_t)(rest + (rest < 0 ? NS_PER_S : 0) - (rest >= NS_PER_S ? NS_PER_S : 0));
    return t;
}

// time.Time.Sub, saturating
static int64_t difference(struct ttime x, struct ttime y) {
    int64_t s, ns;
    if (__builtin_sub_overflow(x.seconds, y.seconds, &s) || __builtin_mul_overflow(s, NS_PER_S, &ns) ||
        __builtin_add_overflow(ns, (int64_t)x.ns - y.ns, &ns))
        return x.seconds < y.seconds ? INT64_MIN : INT64_MAX;
    return ns;
}

// sprig takes anything else for the present
static struct ttime date_arg(struct tval v) {
    if (v.kind == TVAL_TIME)
        return *v.time;
    if (v.kind == TVAL_INT || v.kind == TVAL_INT64 || v.kind == TVAL_INT32)
        return (struct ttime) { .seconds = v.i, .zone = "UTC" };
    return time_now();
}

static bool format_in(struct tctx *c, struct str layout, struct tval date, struct str zone,
                      struct tval *out) {
    struct arena *a = tctx_arena(c);
    struct ttime t = date_arg(date);
    if (!gotime_in_zone(a, &t, zone))
        gotime_in_zone(a, &t, STR("UTC"));
    return *out = tval_str(gotime_format_n(a, &t, layout)), true;
}

static bool fn_now(ARGS) {
    (void)args, (void)n;
    return give(c, time_now(), out);
}

static bool fn_date(ARGS) {
    (void)n;
    return format_in(c, args[0].s, args[1], STR("Local"), out);
}

static bool fn_date_in_zone(ARGS) {
    (void)n;
    return format_in(c, args[0].s, args[1], args[2].s, out);
}

static bool fn_html_date(ARGS) {
    (void)n;
    return format_in(c, STR("2006-01-02"), args[0], STR("Local"), out);
}

static bool fn_html_date_in_zone(ARGS) {
    (void)n;
    return format_in(c, STR("2006-01-02"), args[0], args[1].s, out);
}

static bool modify(struct tctx *c, const struct tval *args, bool must, struct tval *out) {
    struct err err = { .a = tctx_arena(c) };
    int64_t ns = 0;
    if (!duration_parse(arena_text(tctx_arena(c), args[0].s.p, args[0].s.n), &ns, &err)) {
        if (must)
            return tctx_fail(c, "%s", err.msg);
        ns = 0;
    }
    return give(c, moved(*args[1].time, ns), out);
}

static bool fn_date_modify(ARGS) {
    (void)n;
    return modify(c, args, false, out);
}

static bool fn_must_date_modify(ARGS) {
    (void)n;
    return modify(c, args, true, out);
}

static int64_t round_to_second(int64_t ns) { // half away from zero
    int64_t r = ns % NS_PER_S;
    if (r < 0 ? -r * 2 < NS_PER_S : r * 2 < NS_PER_S)
        return ns - r;
    return ns - r + (r < 0 ? -NS_PER_S : NS_PER_S);
}

static bool fn_ago(ARGS) {
    (void)n;
    int64_t ns = args[0].kind == TVAL_INT32 ? 0 : difference(time_now(), date_arg(args[0]));
    return *out = tval_text(duration_fmt(tctx_arena(c), round_to_second(ns))), true;
}

static bool to_date(struct tctx *c, const struct tval *args, bool must, struct tval *out) {
    const char *error = "";
    struct ttime *t = gotime_parse(tctx_arena(c), args[0].s, args[1].s, &error);
    if (!t && must)
        return tctx_fail(c, "%s", error);
    return give(c, t ? *t : (struct ttime) { .seconds = -62135596800, .zone = "UTC" }, out);
}

static bool fn_to_date(ARGS) {
    (void)n;
    return to_date(c, args, false, out);
}

static bool fn_must_to_date(ARGS) {
    (void)n;
    return to_date(c, args, true, out);
}

static bool fn_unix_epoch(ARGS) {
    (void)n;
    return *out = tval_text(arena_fmt(tctx_arena(c), "%lld", (long long)args[0].time->seconds)), true;
}

static bool fn_duration(ARGS) {
    int64_t s = 0;
    bool range;
    (void)n;
    if (args[0].kind == TVAL_INT64)
        s = args[0].i;
    else if (args[0].kind == TVAL_STRING && !go_parse_int(args[0].s, 10, &s, &range) && !range)
        s = 0;
    int64_t ns = (int64_t)((uint64_t)s * (uint64_t)NS_PER_S);
    return *out = tval_text(duration_fmt(tctx_arena(c), ns)), true;
}

static bool fn_duration_round(ARGS) {
    static const struct {
        uint64_t ns;
        const char *unit;
    } units[] = { { 8760ull * NS_PER_HOUR, "y" },
                  { 720ull * NS_PER_HOUR, "mo" },
                  { 24ull * NS_PER_HOUR, "d" },
                  { NS_PER_HOUR, "h" },
                  { NS_PER_MIN, "m" },
                  { NS_PER_S, "s" } };
    struct err err = { .a = tctx_arena(c) };
    int64_t d = 0;
    (void)n;
    if (args[0].kind == TVAL_INT64)
        d = args[0].i;
    else if (args[0].kind == TVAL_TIME)
        d = difference(time_now(), *args[0].time);
    else if (args[0].kind == TVAL_STRING &&
             !duration_parse(arena_text(tctx_arena(c), args[0].s.p, args[0].s.n), &d, &err))
        d = 0;
    uint64_t u = d < 0 ? 0 - (uint64_t)d : (uint64_t)d;
    for (size_t i = 0; i < countof(units); i++)
        if (u > units[i].ns)
            return *out = tval_text(arena_fmt(tctx_arena(c), "%llu%s", (unsigned long long)(u / units[i].ns),
                                              units[i].unit)),
                   true;
    return *out = tval_text("0s"), true;
}

/* ---- methods ---- */

static struct tval as_int(int64_t i) {
    return tval_int(i);
}

#define CIVIL(fn, expression)                                                                                \
    static bool fn(METHOD) {                                                                                 \
        struct tcivil t = gotime_civil(self.time);                                                           \
        (void)c, (void)args, (void)n, (void)t;                                                               \
        return *out = (expression), true;                                                                    \
    }
#define KIND(k, v) ((struct tval) { .kind = (k), .i = (v) })
CIVIL(m_year, as_int(t.year))
CIVIL(m_month, KIND(TVAL_MONTH, t.month))
CIVIL(m_day, as_int(t.day))
CIVIL(m_hour, as_int(t.hour))
CIVIL(m_minute, as_int(t.minute))
CIVIL(m_second, as_int(t.second))
CIVIL(m_weekday, KIND(TVAL_WEEKDAY, t.weekday))
CIVIL(m_yearday, as_int(t.yearday))
CIVIL(m_nanosecond, as_int(self.time->ns))
CIVIL(m_unix, tval_int64(self.time->seconds))
CIVIL(m_unix_milli, tval_int64(self.time->seconds * 1000 + self.time->ns / 1000000))
CIVIL(m_unix_micro, tval_int64(self.time->seconds * 1000000 + self.time->ns / 1000))
CIVIL(m_unix_nano,
      tval_int64((int64_t)((uint64_t)self.time->seconds * 1000000000u + (uint64_t)self.time->ns)))
CIVIL(m_is_zero, tval_bool(self.time->seconds == -62135596800 && !self.time->ns))

static bool m_format(METHOD) {
    (void)n;
    return *out = tval_str(gotime_format_n(tctx_arena(c), self.time, args[0].s)), true;
}

static bool m_string(METHOD) {
    (void)args, (void)n;
    return *out = tval_str(gotime_text(tctx_arena(c), self.time)), true;
}

static bool m_utc(METHOD) {
    struct ttime t = *self.time;
    (void)args, (void)n;
    t.offset = 0;
    t.zone = "UTC";
    return give(c, t, out);
}

static bool m_add(METHOD) {
    (void)n;
    return give(c, moved(*self.time, args[0].i), out);
}

static bool m_add_date(METHOD) {
    struct ttime t = *self.time;
    struct tcivil v = gotime_civil(&t);
    (void)n;
    t.seconds = gotime_seconds(v.year + args[0].i % 1000000, v.month + args[1].i % 10000000,
                               v.day + args[2].i % 400000000, v.hour, v.minute, v.second) -
                t.offset;
    return give(c, t, out);
}

static bool m_sub(METHOD) {
    (void)c, (void)n;
    return *out = KIND(TVAL_DURATION, difference(*self.time, *args[0].time)), true;
}

static int order(struct tval x, struct tval y) {
    if (x.time->seconds != y.time->seconds)
        return x.time->seconds < y.time->seconds ? -1 : 1;
    return (x.time->ns > y.time->ns) - (x.time->ns < y.time->ns);
}

static bool m_after(METHOD) {
    (void)c, (void)n;
    return *out = tval_bool(order(self, args[0]) > 0), true;
}

static bool m_before(METHOD) {
    (void)c, (void)n;
    return *out = tval_bool(order(self, args[0]) < 0), true;
}

static bool m_equal(METHOD) {
    (void)c, (void)n;
    return *out = tval_bool(order(self, args[0]) == 0), true;
}

static bool m_compare(METHOD) {
    (void)c, (void)n;
    return *out = as_int(order(self, args[0])), true;
}

const struct tmethod time_methods[] = {
    { "Year", "", m_year },
    { "Month", "", m_month },
    { "Day", "", m_day },
    { "Hour", "", m_hour },
    { "Minute", "", m_minute },
    { "Second", "", m_second },
    { "Nanosecond", "", m_nanosecond },
    { "Weekday", "", m_weekday },
    { "YearDay", "", m_yearday },
    { "Unix", "", m_unix },
    { "UnixMilli", "", m_unix_milli },
    { "UnixMicro", "", m_unix_micro },
    { "UnixNano", "", m_unix_nano },
    { "IsZero", "", m_is_zero },
    { "Format", "s", m_format },
    { "String", "", m_string },
    { "UTC", "", m_utc },
    { "Local", "", m_utc },
    { "Add", "d", m_add },
    { "AddDate", "iii", m_add_date },
    { "Sub", "t", m_sub },
    { "After", "t", m_after },
    { "Before", "t", m_before },
    { "Equal", "t", m_equal },
    { "Compare", "t", m_compare },
    { 0 },
};

static bool d_string(METHOD) {
    (void)args, (void)n;
    return *out = tval_str(tval_string(tctx_arena(c), self)), true;
}

static bool d_hours(METHOD) {
    (void)c, (void)args, (void)n;
    return *out = tval_float((double)(self.i / NS_PER_HOUR) +
                             (double)(self.i % NS_PER_HOUR) / (double)NS_PER_HOUR),
           true;
}

static bool d_minutes(METHOD) {
    (void)c, (void)args, (void)n;
    return *out =
               tval_float((double)(self.i / NS_PER_MIN) + (double)(self.i % NS_PER_MIN) / (double)NS_PER_MIN),
           true;
}

static bool d_seconds(METHOD) {
    (void)c, (void)args, (void)n;
    return *out = tval_float((double)(self.i / NS_PER_S) + (double)(self.i % NS_PER_S) / (double)NS_PER_S),
           true;
}

static bool d_nanoseconds(METHOD) {
    (void)c, (void)args, (void)n;
    return *out = tval_int64(self.i), true;
}

static bool d_milliseconds(METHOD) {
    (void)c, (void)args, (void)n;
    return *out = tval_int64(self.i / NS_PER_MS), true;
}

const struct tmethod duration_methods[] = {
    { "String", "", d_string },
    { "Hours", "", d_hours },
    { "Minutes", "", d_minutes },
    { "Seconds", "", d_seconds },
    { "Nanoseconds", "", d_nanoseconds },
    { "Milliseconds", "", d_milliseconds },
    { 0 },
};
const struct tmethod month_methods[] = { { "String", "", d_string }, { 0 } };
const struct tmethod weekday_methods[] = { { "String", "", d_string }, { 0 } };

const struct tfunction functions_date[] = {
    { "now", "", fn_now },
    { "date", "sa", fn_date },
    { "dateInZone", "sas", fn_date_in_zone },
    { "date_in_zone", "sas", fn_date_in_zone },
    { "htmlDate", "a", fn_html_date },
    { "htmlDateInZone", "as", fn_html_date_in_zone },
    { "dateModify", "st", fn_date_modify },
    { "date_modify", "st", fn_date_modify },
    { "mustDateModify", "st", fn_must_date_modify },
    { "must_date_modify", "st", fn_must_date_modify },
    { "ago", "a", fn_ago },
    { "toDate", "ss", fn_to_date },
    { "mustToDate", "ss", fn_must_to_date },
    { "unixEpoch", "t", fn_unix_epoch },
    { "duration", "a", fn_duration },
    { "durationRound", "a", fn_duration_round },
    { 0 },
};
