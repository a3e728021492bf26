// SPDX-License-Identifier: Apache-2.0
// Character rules of names, with the API server's words.
#include "deploy/local/sandbox/names.h"

#include <ctype.h>

#define LABEL_REGEX "[a-z0-9]([-a-z0-9]*[a-z0-9])?"
#define SUBDOMAIN_REGEX LABEL_REGEX "(\\." LABEL_REGEX ")*"

static bool lower_alnum(char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

static bool label_ok(struct str s) {
    if (!s.n || !lower_alnum(s.p[0]) || !lower_alnum(s.p[s.n - 1]))
        return false;
    for (size_t i = 0; i < s.n; i++)
        if (!lower_alnum(s.p[i]) && s.p[i] != '-')
            return false;
    return true;
}

static bool subdomain_ok(struct str s) {
    struct str part;
    if (!s.n)
        return false;
    while (str_split(&s, '.', &part))
        if (!label_ok(part))
            return false;
    return true;
}

static const char *too_long(struct arena *a, size_t max) {
    return arena_fmt(a, "must be no more than %zu characters", max);
}

const char *name_dns_label(struct arena *a, struct str s) {
    if (s.n > 63)
        return too_long(a, 63);
    if (label_ok(s))
        return NULL;
    if (subdomain_ok(s))
        return "must not contain dots";
    return "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must "
           "start and end with "
           "an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is "
           "'" LABEL_REGEX "')";
}

const char *name_dns_subdomain(struct arena *a, struct str s) {
    if (s.n > 253)
        return too_long(a, 253);
    if (subdomain_ok(s))
        return NULL;
    return "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', "
           "and must start and "
           "end with an alphanumeric character (e.g. 'example.com', regex used for validation is "
           "'" SUBDOMAIN_REGEX "')";
}

const char *name_dns1035_label(struct arena *a, struct str s) {
    if (s.n > 63)
        return too_long(a, 63);
    if (label_ok(s) && !isdigit((unsigned char)s.p[0]))
        return NULL;
    return "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an "
           "alphabetic character, and "
           "end with an alphanumeric character (e.g. 'my-name',  or 'abc-123', regex used for validation is "
           "'[a-z]([-a-z0-9]*[a-z0-9])?')";
}

const char *name_path_segment(struct arena *a, struct str s) {
    if (str_is(s, ".") || str_is(s, ".."))
        return arena_fmt(a, "may not be '%.*s'", (int)s.n, s.p);
    if (str_chr(s, '/') >= 0)
        return "may not contain '/'";
    if (str_chr(s, '%') >= 0)
        return "may not contain '%'";
    return NULL;
}

// [A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?
static bool qualified_part_ok(struct str s) {
    if (!s.n || !isalnum((unsigned char)s.p[0]) || !isalnum((unsigned char)s.p[s.n - 1]))
        return false;
    for (size_t i = 0; i < s.n; i++)
        if (!isalnum((unsigned char)s.p[i]) && !strchr("-_.", s.p[i]))
            return false;
    return true;
}

#define QUALIFIED_WORDS                                                                                      \
    "name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an "    \
    "alphanumeric "                                                                                          \
    "character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is "                  \
    "'([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')"

const char *name_qualified(struct arena *a, struct str s) {
    ptrdiff_t slash = str_chr(s, '/');
    struct str name = slash < 0 ? s : str_sub(s, (size_t)slash + 1, s.n);
    if (str_chr(name, '/') >= 0)
        return "a valid label key must consist of alphanumeric characters, '-', '_' or '.', and must start "
               "and end with an "
               "alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for "
               "validation is "
               "'([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]') with an optional DNS subdomain prefix and '/' "
               "(e.g. "
               "'example.com/MyName')";
    if (slash == 0)
        return "prefix part must be non-empty";
    if (slash > 0) {
        const char *prefix = name_dns_subdomain(a, str_sub(s, 0, (size_t)slash));
        if (prefix)
            return arena_fmt(a, "prefix part %s", prefix);
    }
    if (!name.n)
        return "name part must be non-empty";
    if (name.n > 63)
        return "name part must be no more than 63 bytes";
    return qualified_part_ok(name) ? NULL : QUALIFIED_WORDS;
}

const char *name_label_value(struct arena *a, struct str s) {
    if (s.n > 63)
        return arena_strdup(a, "must be no more than 63 bytes");
    if (!s.n || qualified_part_ok(s))
        return NULL;
    return "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', "
           "and must start and end "
           "with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for "
           "validation is "
           "'(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')";
}

const char *name_config_key(struct arena *a, struct str s) {
    if (s.n > 253)
        return too_long(a, 253);
    if (str_is(s, "."))
        return "must not be '.'";
    if (str_is(s, ".."))
        return "must not be '..'";
    bool ok = s.n > 0;
    for (size_t i = 0; i < s.n; i++)
        ok = ok && (isalnum((unsigned char)s.p[i]) || (s.p[i] && strchr("-_.", s.p[i])));
    if (!ok)
        return "a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. "
               "'key.name',  or 'KEY_NAME',  or "
               "'key-name', regex used for validation is '[-._a-zA-Z0-9]+')";
    return str_starts(s, "..") ? "must not start with '..'" : NULL;
}

const char *name_port(struct arena *a, struct str s) {
    if (s.n > 15)
        return too_long(a, 15);
    bool letter = false;
    for (size_t i = 0; i < s.n; i++) {
        if (!lower_alnum(s.p[i]) && s.p[i] != '-')
            return "must contain only alpha"
                   "-numeric characters (a-z, 0-9), and hyphens (-)";
        letter |= s.p[i] >= 'a';
    }
    if (!letter)
        return "must contain at least one letter (a-z)";
    if (str_find(s, STR("--")) >= 0)
        return "must not contain consecutive hyphens";
    return s.p[0] == '-' || s.p[s.n - 1] == '-' ? "must not begin or end with a hyphen" : NULL;
}

const char *name_env(struct arena *a, struct str s) {
    (void)a;
    bool ok = s.n > 0;
    for (size_t i = 0; i < s.n; i++)
        ok = ok && s.p[i] >= 0x20 && s.p[i] < 0x7f && s.p[i] != '=';
    return ok ? NULL
              : "a valid environment variable name must consist only of printable ASCII characters other "
                "than '='";
}

const char *name_of_resource(struct arena *a, const struct resource *r, struct str s) {
    switch (r->name_rule) {
    case NAME_SUBDOMAIN: return name_dns_subdomain(a, s);
    case NAME_LABEL: return name_dns_label(a, s);
    case NAME_LABEL_1035: return name_dns1035_label(a, s);
    case NAME_PATH_SEGMENT: return name_path_segment(a, s);
    }
    return NULL;
}
