// SPDX-License-Identifier: Apache-2.0
/* SSH signatures; see sshsig.h. */
#include "common/crypto/sshsig.h"

#include "common/base/buf.h"
#include "common/crypto/digest.h"
#include "common/crypto/encoding.h"
#include "common/crypto/sshkey.h"

#define BEGIN "-----BEGIN SSH SIGNATURE-----"
#define END "-----END SSH SIGNATURE-----"
#define MAX_SIGNATURE_BYTES 65536

struct sshsig {
    struct str key, namespace_, reserved, hash, signature;
};

static bool parse_blob(struct str blob, struct sshsig *out) {
    struct str rest = blob;
    uint32_t version;
    if (!str_starts(rest, "SSHSIG"))
        return false;
    rest = str_sub(rest, 6, rest.n);
    return sshwire_u32(&rest, &version) && version == 1 && sshwire_string(&rest, &out->key) &&
           sshwire_string(&rest, &out->namespace_) && sshwire_string(&rest, &out->reserved) &&
           sshwire_string(&rest, &out->hash) && sshwire_string(&rest, &out->signature) && rest.n == 0;
}

static bool unarmor(struct arena *a, struct str text, struct sshsig *out, struct err *err) {
    struct str blob;
    text = str_trim(text);
    if (!str_starts(text, BEGIN) || !str_ends(text, END) || text.n > MAX_SIGNATURE_BYTES ||
        !base64_decode_as(a, str_sub(text, strlen(BEGIN), text.n - strlen(END)), BASE64_LENIENT, &blob) ||
        !parse_blob(blob, out))
        return err_set(err, ERR_INVALID, "unable to unarmor SSH signature: malformed signature");
    return true;
}

static void put_string(struct buf *b, struct str s) {
    const uint8_t length[4] = { (uint8_t)(s.n >> 24), (uint8_t)(s.n >> 16), (uint8_t)(s.n >> 8),
                                (uint8_t)s.n };
    buf_add(b, length, 4);
    buf_put_str(b, s);
}

// What was signed: the digest of the payload, with all that surrounds it.
static void signed_bytes(const struct sshsig *s, struct str payload, enum digest_algorithm algorithm,
                         struct buf *out) {
    struct digest d;
    digest_of(algorithm, payload, &d);
    buf_puts(out, "SSHSIG");
    put_string(out, s->namespace_);
    put_string(out, s->reserved);
    put_string(out, s->hash);
    put_string(out, str_make(d.bytes, d.n));
}

static const char *fingerprint(struct arena *a, struct str key) {
    struct digest d;
    digest_of(DIGEST_SHA256, key, &d);
    return arena_fmt(a, "SHA256:%s", base64_encode_as(a, d.bytes, d.n, BASE64_NO_PADDING));
}

// The wire form of the key in a line of authorized_keys: options may stand in front. false: not a key.
static bool line_key(struct arena *a, struct str line, struct str *out) {
    struct str rest = line, word;
    bool quoted = false;
    for (size_t i = 0; i < line.n; i++) { // the first blank outside of quotes ends the options
        if (line.p[i] == '"' && (i == 0 || line.p[i - 1] != '\\'))
            quoted = !quoted;
        if (!quoted && (line.p[i] == ' ' || line.p[i] == '\t')) {
            struct str first = str_sub(line, 0, i);
            if (!sshkey_type_known(first))
                rest = str_trim(str_sub(line, i, line.n));
            break;
        }
    }
    ptrdiff_t blank = str_chr(rest, ' ');
    struct str type = str_sub(rest, 0, blank < 0 ? 0 : (size_t)blank), name, copy;
    if (!sshkey_type_known(type))
        return false;
    rest = str_trim(str_sub(rest, (size_t)blank, rest.n));
    if (!str_split(&rest, ' ', &word) || !base64_decode_as(a, word, 0, out))
        return false;
    copy = *out;
    return sshwire_string(&copy, &name) && str_eq(name, type);
}

enum file_result { FILE_BAD, FILE_NO_MATCH, FILE_MATCH };

// Is the signature's key in this file?
static enum file_result look_in(struct arena *a, struct str file, struct str key) {
    enum file_result result = FILE_NO_MATCH;
    struct str line, got;
    while (str_split(&file, '\n', &line)) {
        line = str_trim(line);
        if (line.n == 0 || line.p[0] == '#')
            continue;
        if (!line_key(a, line, &got))
            return FILE_BAD;
        if (str_eq(got, key))
            result = FILE_MATCH;
    }
    return result;
}

static bool no_match(struct err *err, const char *why) {
    return err_set(err, ERR_INVALID,
                   "unable to verify payload with any of the given authorized keys: no matching key%s%s",
                   *why ? ": " : "", why);
}

bool sshsig_verify(struct arena *a, struct str signature, struct str payload, const char *namespace_,
                   const struct str *authorized_keys, size_t n_files, const char **out_fingerprint,
                   struct err *err) {
    struct sshsig s;
    enum digest_algorithm algorithm = DIGEST_SHA512;
    autobuf bytes = { 0 };
    bool any = false, match = false;
    if (str_trim(signature).n == 0)
        return err_set(err, ERR_INVALID, "unable to verify payload: signature is empty");
    if (!unarmor(a, signature, &s, err))
        return false;
    for (size_t i = 0; i < n_files; i++) {
        enum file_result result = look_in(a, authorized_keys[i], s.key);
        any |= result != FILE_BAD;
        match |= result == FILE_MATCH;
    }
    if (!any)
        return err_set(err, ERR_INVALID,
                       "unable to parse authorized keys: unable to parse authorized key: ssh: no key found");
    if (!match)
        return no_match(err, "public key does not match");
    if (!str_is(s.namespace_, namespace_))
        return no_match(err, "namespace does not match");
    if (str_is(s.hash, "sha256"))
        algorithm = DIGEST_SHA256;
    else if (!str_is(s.hash, "sha512"))
        return no_match(err, "unsupported hash algorithm");
    signed_bytes(&s, payload, algorithm, &bytes);
    if (!sshkey_verify(s.key, s.signature, buf_str(&bytes)))
        return no_match(err, "");
    *out_fingerprint = fingerprint(a, s.key);
    return true;
}
