// SPDX-License-Identifier: Apache-2.0
/* Signatures of commits and tags. Flux: gitrepository_controller.go#verifySignature, pkg/git/signature */
#include "source-controller/gitrepository.h"

#include "common/crypto/openpgp.h"
#include "common/crypto/sshsig.h"

static bool wants_head(const char *mode) {
    return text_eq(mode, "head") || text_eq(mode, "HEAD") || text_eq(mode, "TagAndHEAD");
}

static bool wants_tag(const char *mode) {
    return text_eq(mode, "Tag") || text_eq(mode, "TagAndHEAD");
}

// Flux: requiresVerification
bool git_verification_is_due(const struct run *r) {
    const struct git_verify_spec *verify = git_spec(r)->verify;
    const char *observed = value_text(value_get(r->status, "sourceVerificationMode"), "");
    if (!verify)
        return false;
    if (!*observed)
        return true;
    return (wants_head(verify->mode) && !wants_head(observed)) ||
           (wants_tag(verify->mode) && !wants_tag(observed));
}

static enum step_result not_verified(struct run *r, bool stall, const char *reason, const char *message) {
    err_clear(&r->err);
    run_set(r, CONDITION_VERIFIED, CONDITION_FALSE, reason, "%s", message);
    return stall ? run_stall(r, reason, "%s", message) : run_fail(r, ERR_INVALID, reason, "%s", message);
}

/* ---- keys ---- */

#define MAX_KEY_FILES 64

// The Secret's entries by their suffix: ".sshpub" are authorized_keys, all others OpenPGP rings.
struct keys {
    struct str rings[MAX_KEY_FILES], ssh[MAX_KEY_FILES];
    size_t n_rings, n_ssh;
};

static void sort_keys(const struct value *data, struct keys *out) {
    for (size_t i = 0; i < value_len(data); i++) {
        const struct value_pair *pair = &data->map.pairs[i];
        if (!value_is(pair->value, VALUE_STRING))
            continue;
        if (str_ends(pair->key, ".sshpub") && out->n_ssh < MAX_KEY_FILES)
            out->ssh[out->n_ssh++] = pair->value->s;
        else if (!str_ends(pair->key, ".sshpub") && out->n_rings < MAX_KEY_FILES)
            out->rings[out->n_rings++] = pair->value->s;
    }
}

/* ---- one signature ---- */

static const char *signature_type(struct str signature) {
    static const struct {
        const char *armour, *type;
    } types[] = {
        { "-----BEGIN PGP SIGNATURE-----", "openpgp" },
        { "-----BEGIN SSH SIGNATURE-----", "ssh" },
        { "-----BEGIN SIGNED MESSAGE-----", "x509" },
    };
    for (size_t i = 0; i < countof(types); i++)
        if (str_starts(str_trim(signature), types[i].armour))
            return types[i].type;
    return signature.n == 0 ? "empty" : "unknown";
}

// what: "Git commit" or "Git tag", for messages. *out: id or fingerprint of the key.
static bool verify_one(struct run *r, const struct keys *keys, const char *what, const char *signature_text,
                       struct str payload, const char **out, struct err *err) {
    struct str signature = str_of(signature_text);
    const char *type = signature_type(signature);
    if (text_eq(type, "openpgp")) {
        if (keys->n_rings == 0)
            return err_set(
                err, ERR_INVALID,
                "PGP signature detected but no PGP public keys found in secret (keys with .asc suffix)");
        return openpgp_verify(r->a, signature, payload, keys->rings, keys->n_rings, out, err)
                   ? true
                   : err_wrap(err, "unable to verify %s", what);
    }
    if (!text_eq(type, "ssh"))
        return err_set(err, ERR_INVALID, "unsupported signature type: %s", type);
    if (keys->n_ssh == 0)
        return err_set(
            err, ERR_INVALID,
            "SSH signature detected but no SSH public keys found in secret (keys with .sshpub suffix)");
    return sshsig_verify(r->a, signature, payload, "git", keys->ssh, keys->n_ssh, out, err)
               ? true
               : err_wrap(err, "unable to verify %s SSH signature", what);
}

static enum step_result verify_tag(struct run *r, const struct keys *keys, char **message) {
    const struct git_state *st = git_state(r);
    const char *id;
    bool tag_reference = st->reference && text_starts(st->reference, "refs/tags/");
    if (!tag_reference)
        return not_verified(r, true, "InvalidVerificationMode",
                            "cannot verify tag object's signature if a tag reference is not specified");
    const char *hash = repo_oid_text(r->a, st->has_tag ? &st->tag.oid : &st->commit_oid);
    const char *plain = st->reference + strlen("refs/tags/");
    const char *name = arena_fmt(r->a, "%s@sha1:%s", st->has_tag ? st->tag.name : plain, hash);
    if (!st->has_tag || text_empty(st->tag.signature))
        return not_verified(
            r, false, "InvalidGitObject",
            arena_fmt(r->a, "cannot verify signature of tag '%s' since it is not signed", name));
    if (!verify_one(r, keys, "Git tag", st->tag.signature, st->tag.signed_payload, &id, &r->err))
        return not_verified(
            r, false, "InvalidTagSignature",
            arena_fmt(r->a, "signature verification of tag '%s' failed: %s", name, r->err.msg));
    *message = arena_fmt(r->a, "%s\n\t- tag '%s' with key '%s'", *message, name, id);
    return STEP_NEXT;
}

static enum step_result verify_head(struct run *r, const struct keys *keys, char **message) {
    const struct git_state *st = git_state(r);
    const char *hash = repo_oid_text(r->a, &st->commit_oid), *id;
    if (!verify_one(r, keys, "Git commit", st->commit.signature, st->commit.signed_payload, &id, &r->err))
        return not_verified(
            r, false, "InvalidCommitSignature",
            arena_fmt(r->a, "signature verification of commit '%s' failed: %s", hash, r->err.msg));
    *message = arena_fmt(r->a, "%s\n\t- commit '%s' with key '%s'", *message, hash, id);
    return STEP_NEXT;
}

enum step_result git_step_verify(struct run *r) {
    const struct git_verify_spec *verify = git_spec(r)->verify;
    struct value *data = NULL;
    struct keys keys = { .n_rings = 0 };
    char *message = arena_strdup(r->a, "verified signature of");
    enum step_result result = STEP_NEXT;
    if (!verify || text_empty(verify->mode)) {
        value_remove(r->status, "sourceVerificationMode");
        condition_delete(r->object, CONDITION_VERIFIED);
        return STEP_NEXT;
    }
    if (!runtime_secret(r->rt, r->a, r->ns, verify->secret, &data, &r->err))
        return not_verified(r, false, "VerificationError",
                            arena_fmt(r->a, "public keys secret error: %s", r->err.msg));
    sort_keys(data, &keys);
    if (wants_tag(verify->mode))
        result = verify_tag(r, &keys, &message);
    if (result == STEP_NEXT && wants_head(verify->mode))
        result = verify_head(r, &keys, &message);
    if (result != STEP_NEXT)
        return result;
    const char *mode = text_eq(verify->mode, "head") ? "HEAD" : verify->mode;
    value_set(r->a, r->status, "sourceVerificationMode", value_string(r->a, mode));
    run_set(r, CONDITION_VERIFIED, CONDITION_TRUE, REASON_SUCCEEDED, "%s", message);
    return STEP_NEXT;
}
