// SPDX-License-Identifier: Apache-2.0
/* known_hosts: who a server says it is against what the Secret says.
 * Flux: pkg/ssh/knownhosts (x/crypto/ssh/knownhosts): words, markers, hashed and negated names. sshd(8), SSH_KNOWN_HOSTS FILE FORMAT. */
#include "common/git/git.h"
#include "common/base/buf.h"
#include "common/crypto/hmac.h"
#include "common/value/base64.h"

enum marker { MARKER_NONE, MARKER_CA, MARKER_REVOKED };

struct host_line {
    enum marker marker;
    struct str hosts, type, key;
};

static struct str next_word(struct str *rest) {
    struct str s = str_trim(*rest);
    size_t n = 0;
    while (n < s.n && s.p[n] != ' ' && s.p[n] != '\t')
        n++;
    *rest = str_sub(s, n, s.n);
    return str_sub(s, 0, n);
}

// Returns NULL, or what is wrong with the line. A blank line or comment leaves out->hosts empty.
static const char *parse_line(struct str text, struct host_line *out) {
    *out = (struct host_line) { 0 };
    text = str_trim(text);
    if (text.n == 0 || text.p[0] == '#')
        return NULL;
    struct str word = next_word(&text);
    if (str_is(word, "@cert-authority"))
        out->marker = MARKER_CA;
    else if (str_is(word, "@revoked"))
        out->marker = MARKER_REVOKED;
    if (out->marker != MARKER_NONE)
        word = next_word(&text);
    struct str type = next_word(&text), key = next_word(&text);
    if (word.n == 0 || type.n == 0)
        return word.n == 0 ? "knownhosts: missing host pattern" : "knownhosts: missing key type pattern";
    if (key.n == 0)
        return "knownhosts: missing key blob";
    out->hosts = word;
    out->type = type;
    out->key = key;
    return NULL;
}

// '*' and '?' over a name; iterative, so that a hostile pattern costs |pattern| * |name| at most.
static bool wildcard_match(struct str pattern, struct str name) {
    size_t p = 0, n = 0, star = SIZE_MAX, star_n = 0;
    while (n < name.n) {
        if (p < pattern.n && pattern.p[p] == '*') {
            star = p++;
            star_n = n;
        } else if (p < pattern.n && (pattern.p[p] == '?' || pattern.p[p] == name.p[n])) {
            p++;
            n++;
        } else if (star != SIZE_MAX) {
            p = star + 1;
            n = ++star_n;
        } else {
            return false;
        }
    }
    while (p < pattern.n && pattern.p[p] == '*')
        p++;
    return p == pattern.n;
}

// "|1|salt|hmac-sha1(salt, name)"
static bool hashed_match(struct arena *a, struct str pattern, const char *address) {
    struct str version, salt, hash, rest = str_sub(pattern, 1, pattern.n);
    if (!str_split(&rest, '|', &version) || !str_is(version, "1") || !str_split(&rest, '|', &salt) ||
        !str_split(&rest, '|', &hash))
        return false;
    struct str salt_bytes, want;
    struct digest got;
    if (!base64_decode(a, salt, &salt_bytes) || !base64_decode(a, hash, &want) || salt_bytes.n > 64)
        return false;
    hmac_of(DIGEST_SHA1, salt_bytes, str_of(address), &got);
    return want.n == got.n && memcmp(got.bytes, want.p, got.n) == 0;
}

// The name as it stands in the file: "host", or "[host]:port" when the port is not 22.
static char *file_address(struct arena *a, const char *host, int port) {
    char *address = port == 22 ? arena_strdup(a, host) : arena_fmt(a, "[%s]:%d", host, port);
    for (char *c = address; *c; c++)
        if (*c >= 'A' && *c <= 'Z')
            *c = (char)(*c - 'A' + 'a');
    return address;
}

static bool one_pattern_matches(struct arena *a, struct str pattern, const char *address) {
    if (pattern.n > 0 && pattern.p[0] == '|')
        return hashed_match(a, pattern, address);
    char *lower = arena_text(a, pattern.p, pattern.n);
    for (char *c = lower; *c; c++)
        if (*c >= 'A' && *c <= 'Z')
            *c = (char)(*c - 'A' + 'a');
    return wildcard_match(str_of(lower), str_of(address));
}

static bool line_matches(struct arena *a, const struct host_line *line, const char *address) {
    bool found = false;
    struct str rest = line->hosts, pattern;
    while (str_split(&rest, ',', &pattern)) {
        bool negated = pattern.n > 0 && pattern.p[0] == '!';
        if (negated)
            pattern = str_sub(pattern, 1, pattern.n);
        if (pattern.n == 0 || !one_pattern_matches(a, pattern, address))
            continue;
        if (negated)
            return false;
        found = true;
    }
    return found;
}

enum known_host_result known_hosts_check(struct str known_hosts, const char *host, int port,
                                         const char *key_type, const char *key_base64) {
    autoarena a = { 0 };
    const char *address = file_address(&a, host, port);
    bool ok = false, other = false, ca = false;
    struct str text;
    while (str_split(&known_hosts, '\n', &text)) {
        struct host_line line;
        if (parse_line(text, &line) || line.hosts.n == 0)
            continue;
        bool same_key = str_is(line.type, key_type) && str_is(line.key, key_base64);
        if (line.marker == MARKER_REVOKED && same_key) // for every host, as x/crypto
            return KNOWN_HOST_REVOKED;
        if (line.marker == MARKER_REVOKED || !line_matches(&a, &line, address))
            continue;
        if (line.marker == MARKER_CA)
            ca = true;
        else if (same_key)
            ok = true;
        else
            other = true;
    }
    if (ok)
        return KNOWN_HOST_OK;
    if (other)
        return KNOWN_HOST_MISMATCH;
    return ca ? KNOWN_HOST_CA_ONLY : KNOWN_HOST_UNKNOWN;
}

static bool listed(const struct buf *list, struct str type) {
    struct str rest = buf_str(list), word;
    while (list->n > 0 && str_split(&rest, ',', &word))
        if (str_eq(word, type))
            return true;
    return false;
}

static void add_type(struct buf *list, struct str type) {
    if (listed(list, type))
        return;
    if (list->n > 0)
        buf_putc(list, ',');
    // One RSA key serves three algorithms; SHA-2 first.
    if (str_is(type, "ssh-rsa"))
        buf_puts(list, "rsa-sha2-512,rsa-sha2-256,");
    buf_put_str(list, type);
}

char *known_hosts_types(struct arena *a, struct str known_hosts, const char *host, int port) {
    autobuf list = { 0 };
    const char *address = file_address(a, host, port);
    struct str text;
    while (str_split(&known_hosts, '\n', &text)) {
        struct host_line line;
        if (parse_line(text, &line) || line.hosts.n == 0 || line.marker != MARKER_NONE)
            continue;
        if (line_matches(a, &line, address) && line.type.n < 64 && list.n < 1024)
            add_type(&list, line.type);
    }
    return list.n > 0 ? arena_text(a, list.p, list.n) : NULL;
}

bool known_hosts_validate(struct str known_hosts, struct err *err) {
    struct str text;
    while (str_split(&known_hosts, '\n', &text)) {
        struct host_line line;
        const char *wrong = parse_line(text, &line);
        if (wrong)
            return err_set(err, ERR_INVALID, "knownhosts: %s", wrong);
    }
    return true;
}
