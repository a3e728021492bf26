// SPDX-License-Identifier: Apache-2.0
// String formats.
#include "deploy/local/sandbox/schema_format.h"

#include <arpa/inet.h>
#include <ctype.h>

#include "common/base/timeutil.h"

typedef bool (*format_fn)(struct str s);

static bool is_date_time(struct str s) {
    autoarena a = { 0 };
    struct err err = { .a = &a };
    char *text = arena_text(&a, s.p, s.n);
    for (char *p = text; *p; p++)
        *p = (char)toupper((unsigned char)*p);
    int64_t ns;
    return time_parse_rfc3339(text, &ns, &err);
}

static bool is_date(struct str s) {
    autoarena a = { 0 };
    struct err err = { .a = &a };
    int64_t ns;
    return s.n == 10 && time_parse_rfc3339(arena_fmt(&a, "%.10sT00:00:00Z", s.p), &ns, &err);
}

// Go's, or "3 days" as Scala writes it.
static bool is_duration(struct str s) {
    static const char *const units[] = {
        "ns",          "nano",         "nanos",       "nanosecond",   "nanoseconds", "us",     "µs",
        "micro",       "micros",       "microsecond", "microseconds", "ms",          "milli",  "millis",
        "millisecond", "milliseconds", "s",           "sec",          "secs",        "second", "seconds",
        "m",           "min",          "mins",        "minute",       "minutes",     "h",      "hr",
        "hour",        "hours",        "d",           "day",          "days",        "w",      "wk",
        "week",        "weeks"
    };
    autoarena a = { 0 };
    struct err err = { .a = &a };
    int64_t ns;
    if (duration_parse(arena_text(&a, s.p, s.n), &ns, &err))
        return true;
    size_t digits = 0;
    while (digits < s.n && isdigit((unsigned char)s.p[digits]))
        digits++;
    struct str unit = str_trim(str_sub(s, digits, s.n));
    for (size_t i = 0; digits && i < countof(units); i++)
        if (str_is(unit, units[i]))
            return true;
    return false;
}

static bool is_base64(struct str s) {
    size_t body = s.n;
    while (body && s.n - body < 2 && s.p[body - 1] == '=')
        body--;
    for (size_t i = 0; i < body; i++)
        if (!isalnum((unsigned char)s.p[i]) && s.p[i] != '+' && s.p[i] != '/')
            return false;
    return s.n && s.n % 4 == 0;
}

// As net/url.ParseRequestURI: absolute, or a path.
static bool is_uri(struct str s) {
    for (size_t i = 0; i < s.n; i++)
        if ((unsigned char)s.p[i] <= ' ' || s.p[i] == 0x7f)
            return false;
    if (s.n && s.p[0] == '/')
        return true;
    ptrdiff_t colon = str_chr(s, ':');
    if (colon <= 0 || !isalpha((unsigned char)s.p[0]))
        return false;
    for (ptrdiff_t i = 1; i < colon; i++)
        if (!isalnum((unsigned char)s.p[i]) && !strchr("+-.", s.p[i]))
            return false;
    return (size_t)colon + 1 < s.n && s.p[colon + 1] == '/';
}

static bool is_email(struct str s) {
    ptrdiff_t at = str_rchr(s, '@');
    if (at <= 0 || (size_t)at + 1 >= s.n)
        return false;
    for (size_t i = 0; i < s.n; i++)
        if ((unsigned char)s.p[i] <= ' ')
            return false;
    return str_chr(str_sub(s, 0, (size_t)at), '@') < 0;
}

static bool is_host_label(struct str s) {
    if (!s.n || s.n > 63 || s.p[0] == '-' || s.p[s.n - 1] == '-')
        return false;
    for (size_t i = 0; i < s.n; i++)
        if (!isalnum((unsigned char)s.p[i]) && (signed char)s.p[i] >= 0 && s.p[i] != '-')
            return false;
    return true;
}

/* Upstream's pattern: labels and a last one of letters; or a single label, with a hyphen nowhere but behind its first
 * character. */
static bool is_hostname(struct str s) {
    struct str label = s, rest = s;
    ptrdiff_t hyphen = str_rchr(s, '-');
    if (!s.n || s.n > 255)
        return false;
    if (str_chr(s, '.') < 0)
        return is_host_label(s) && (hyphen < 0 || hyphen == 1);
    while (str_split(&rest, '.', &label))
        if (!is_host_label(label))
            return false;
    for (size_t i = 0; i < label.n; i++)
        if (!isalpha((unsigned char)label.p[i]) && (signed char)label.p[i] >= 0)
            return false;
    return label.n >= 2;
}

static bool is_ip(struct str s, int family) {
    char text[INET6_ADDRSTRLEN];
    unsigned char address[16];
    if (!s.n || s.n >= sizeof text)
        return false;
    memcpy(text, s.p, s.n);
    text[s.n] = '\0';
    return inet_pton(family, text, address) == 1;
}

static bool is_ipv4(struct str s) {
    return is_ip(s, AF_INET);
}

static bool is_ipv6(struct str s) {
    return is_ip(s, AF_INET6);
}

static bool is_cidr(struct str s) {
    ptrdiff_t slash = str_chr(s, '/');
    uint64_t bits;
    if (slash <= 0 || !str_to_u64(str_sub(s, (size_t)slash + 1, s.n), &bits))
        return false;
    struct str address = str_sub(s, 0, (size_t)slash);
    return (is_ipv4(address) && bits <= 32) || (is_ipv6(address) && bits <= 128);
}

static bool is_mac(struct str s) {
    size_t digits = 0, separators = 0;
    for (size_t i = 0; i < s.n; i++) {
        digits += isxdigit((unsigned char)s.p[i]) != 0;
        separators += s.p[i] == ':' || s.p[i] == '-';
    }
    return digits + separators == s.n && (digits == 12 || digits == 16) && separators + 1 == digits / 2;
}

// version 0: any.
static bool is_uuid_of(struct str s, char version) {
    char hex[33];
    size_t n = 0;
    for (size_t i = 0; i < s.n; i++) {
        if (s.p[i] == '-' && (n == 8 || n == 12 || n == 16 || n == 20))
            continue;
        if (!isxdigit((unsigned char)s.p[i]) || n >= 32)
            return false;
        hex[n++] = s.p[i];
    }
    if (n != 32 || (version && hex[12] != version))
        return false;
    return version < '4' || strchr("89abAB", hex[16]) != NULL;
}

static bool is_uuid(struct str s) {
    return is_uuid_of(s, 0);
}

static bool is_uuid3(struct str s) {
    return is_uuid_of(s, '3');
}

static bool is_uuid4(struct str s) {
    return is_uuid_of(s, '4');
}

static bool is_uuid5(struct str s) {
    return is_uuid_of(s, '5');
}

static bool is_hex_color(struct str s) {
    if (s.n && s.p[0] == '#')
        s = str_sub(s, 1, s.n);
    for (size_t i = 0; i < s.n; i++)
        if (!isxdigit((unsigned char)s.p[i]))
            return false;
    return s.n == 3 || s.n == 6;
}

static bool is_anything(struct str s) {
    (void)s;
    return true;
}

static bool is_short_name(struct str s) {
    for (size_t i = 0; i < s.n; i++)
        if (isupper((unsigned char)s.p[i]) || (signed char)s.p[i] < 0)
            return false;
    return is_host_label(s);
}

static bool is_long_name(struct str s) {
    struct str label;
    if (!s.n || s.n > 253)
        return false;
    while (str_split(&s, '.', &label))
        if (!label.n || label.p[0] == '-' || label.p[label.n - 1] == '-')
            return false;
        else
            for (size_t i = 0; i < label.n; i++)
                if (!islower((unsigned char)label.p[i]) && !isdigit((unsigned char)label.p[i]) &&
                    label.p[i] != '-')
                    return false;
    return true;
}

static const struct {
    const char *name; // without "-"
    format_fn check;  // NULL: known to the API server, not checked here
} formats[] = {
    { "datetime", is_date_time },
    { "date", is_date },
    { "duration", is_duration },
    { "byte", is_base64 },
    { "password", is_anything },
    { "uri", is_uri },
    { "email", is_email },
    { "hostname", is_hostname },
    { "ipv4", is_ipv4 },
    { "ipv6", is_ipv6 },
    { "cidr", is_cidr },
    { "mac", is_mac },
    { "uuid", is_uuid },
    { "uuid3", is_uuid3 },
    { "uuid4", is_uuid4 },
    { "uuid5", is_uuid5 },
    { "hexcolor", is_hex_color },
    { "k8sshortname", is_short_name },
    { "k8slongname", is_long_name },
    { "bsonobjectid", NULL },
    { "isbn", NULL },
    { "isbn10", NULL },
    { "isbn13", NULL },
    { "creditcard", NULL },
    { "ssn", NULL },
    { "rgbcolor", NULL },
};

// Index of the row, or -1.
static int format_row(const char *name) {
    char plain[32];
    size_t n = 0;
    for (; *name && n + 1 < sizeof plain; name++)
        if (*name != '-')
            plain[n++] = *name;
    plain[n] = '\0';
    for (size_t i = 0; i < countof(formats); i++)
        if (!strcmp(formats[i].name, plain))
            return (int)i;
    return -1;
}

enum format_known format_find(const char *name) {
    int row = format_row(name);
    if (row < 0)
        return FORMAT_UNKNOWN;
    return formats[row].check ? FORMAT_CHECKED : FORMAT_NOT_CHECKED_HERE;
}

bool format_matches(const char *name, struct str text) {
    int row = format_row(name);
    return row < 0 || !formats[row].check || formats[row].check(text);
}
