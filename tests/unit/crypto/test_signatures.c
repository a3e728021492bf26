// SPDX-License-Identifier: Apache-2.0
/* SSH and OpenPGP signatures made by the real tools: good ones pass, everything that was touched does not. */
#include "common/base/file.h"
#include "common/crypto/openpgp.h"
#include "common/crypto/sshsig.h"
#include "tests/unit/check.h"

#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

static char dir[] = "/tmp/runnel-signatures-XXXXXX";

static const char script[] =
    "set -e; cd \"$0\"; printf 'tree 1\\n\\nmessage\\n' >payload; export GNUPGHOME=\"$0/gnupg\"; mkdir -m "
    "700 gnupg;"
    "ssh-keygen -q -t ed25519 -N '' -C a -f ed25519; ssh-keygen -q -t rsa -b 2048 -N '' -C a -f rsa;"
    "for n in 256 384 521; do ssh-keygen -q -t ecdsa -b $n -N '' -C a -f ecdsa$n; done; ssh-keygen -q -t "
    "ed25519 -N '' -f other;"
    "for k in ed25519 rsa ecdsa256 ecdsa384 ecdsa521; do ssh-keygen -Y sign -n git -f $k <payload >$k.sig "
    "2>/dev/null; done;"
    "ssh-keygen -Y sign -n file -f ed25519 <payload >namespace.sig 2>/dev/null;"
    "for a in rsa2048 ed25519; do"
    "  gpg -q --batch --passphrase '' --quick-generate-key $a@example.com $a sign never;"
    "  gpg -q --batch --armor --export $a@example.com >$a.asc;"
    "  gpg -q --batch --armor -u $a@example.com --detach-sign -o $a.pgp payload;"
    "  gpg --batch --with-colons --list-keys $a@example.com | awk -F: '/^pub/ { printf \"%s\", $5 }' >$a.id; "
    "done;"
    "gpg -q --batch --passphrase '' --quick-add-key $(gpg --batch --with-colons --list-keys "
    "ed25519@example.com | awk -F: '/^fpr/ { print $10; exit }') ed25519 sign never;"
    "gpg -q --batch --armor --export ed25519@example.com >sub.asc; gpg -q --batch --armor -u "
    "ed25519@example.com --detach-sign -o sub.pgp payload;"
    "gpgconf --kill all";

static int set_up(void **state) {
    (void)state;
    if (!mkdtemp(dir))
        return -1;
    pid_t pid = fork();
    if (pid == 0) {
        execl("/bin/sh", "sh", "-c", script, dir, (char *)NULL);
        _exit(127);
    }
    int status = 0;
    waitpid(pid, &status, 0);
    return status;
}

static int tear_down(void **state) {
    (void)state;
    autoarena a = { 0 };
    struct err err = { .a = &a };
    return dir_remove(dir, &err) ? 0 : -1;
}

static struct str text_of(struct arena *a, const char *name) {
    struct err err = { .a = a };
    struct str text = { 0 };
    if (!file_read(a, path_join(a, dir, name), 1 << 20, &text, &err))
        fail_msg("%s", err.msg);
    return text;
}

static const struct {
    const char *name, *signature, *keys, *error;
    bool change_payload;
} ssh_rows[] = {
    { "ed25519", "ed25519.sig", "ed25519.pub", NULL },
    { "rsa", "rsa.sig", "rsa.pub", NULL },
    { "P-256", "ecdsa256.sig", "ecdsa256.pub", NULL },
    { "P-384", "ecdsa384.sig", "ecdsa384.pub", NULL },
    { "P-521", "ecdsa521.sig", "ecdsa521.pub", NULL },
    { "another key", "ed25519.sig", "other.pub",
      "unable to verify payload with any of the given authorized keys: no matching key: public key does not "
      "match" },
    { "another payload", "ed25519.sig", "ed25519.pub",
      "unable to verify payload with any of the given authorized keys: no matching key", true },
    { "another payload, rsa", "rsa.sig", "rsa.pub",
      "unable to verify payload with any of the given authorized keys: no matching key", true },
    { "another payload, ecdsa", "ecdsa256.sig", "ecdsa256.pub",
      "unable to verify payload with any of the given authorized keys: no matching key", true },
    { "another namespace", "namespace.sig", "ed25519.pub",
      "unable to verify payload with any of the given authorized keys: no matching key: namespace does not "
      "match" },
    { "not a key file", "ed25519.sig", "ed25519.sig",
      "unable to parse authorized keys: unable to parse authorized key: ssh: no key found" },
    { "not a signature", "ed25519.pub", "ed25519.pub",
      "unable to unarmor SSH signature: malformed signature" },
};

static void test_ssh(void **state) {
    (void)state;
    for (size_t i = 0; i < countof(ssh_rows); i++) {
        autoarena a = { 0 };
        struct err err = { .a = &a };
        struct str keys[2] = { str_of("# comment\n\n"), text_of(&a, ssh_rows[i].keys) };
        struct str payload = ssh_rows[i].change_payload ? STR("other") : text_of(&a, "payload");
        const char *fingerprint = NULL;
        bool bad_file = ssh_rows[i].error && strstr(ssh_rows[i].error, "no key found");
        bool ok = sshsig_verify(&a, text_of(&a, ssh_rows[i].signature), payload, "git",
                                bad_file ? &keys[1] : keys, bad_file ? 1 : 2, &fingerprint, &err);
        const char *got = ok ? "no error" : err.msg,
                   *want = ssh_rows[i].error ? ssh_rows[i].error : "no error";
        check_row(ssh_rows[i].name, text_eq(got, want), "got %s", got);
        check_row(ssh_rows[i].name, !ok || (text_starts(fingerprint, "SHA256:") && strlen(fingerprint) == 50),
                  "fingerprint %s", fingerprint);
    }
    check_done();
}

// authorized_keys with options in front, as sshd(8) has them.
static void test_ssh_options(void **state) {
    (void)state;
    autoarena a = { 0 };
    struct err err = { .a = &a };
    struct str key = text_of(&a, "ed25519.pub");
    struct str file = str_of(arena_fmt(&a, "no-pty,command=\"echo \\\"a b\\\"\" %.*s", (int)key.n, key.p));
    const char *fingerprint;
    if (!sshsig_verify(&a, text_of(&a, "ed25519.sig"), text_of(&a, "payload"), "git", &file, 1, &fingerprint,
                       &err))
        fail_msg("%s", err.msg);
}

// No single flipped bit of the signature's body passes, and none crashes.
static void test_ssh_flips(void **state) {
    (void)state;
    autoarena a = { 0 };
    struct str file = text_of(&a, "ecdsa256.pub"), payload = text_of(&a, "payload"),
               signature = text_of(&a, "ecdsa256.sig");
    for (size_t i = 30; i + 29 < signature.n; i++) {
        autoarena scratch = { 0 };
        struct err err = { .a = &scratch };
        const char *fingerprint;
        char *text = arena_text(&scratch, signature.p, signature.n);
        if (text[i] == '\n' || text[i] == '=')
            continue;
        text[i] = text[i] == 'A' ? 'B' : 'A';
        if (text[i] == signature.p[i])
            continue;
        check_row("flip",
                  !sshsig_verify(&scratch, str_make(text, signature.n), payload, "git", &file, 1,
                                 &fingerprint, &err),
                  "at %zu", i);
    }
    check_done();
}

static const struct {
    const char *name, *signature, *ring, *id, *error;
    bool change_payload;
} pgp_rows[] = {
    { "rsa", "rsa2048.pgp", "rsa2048.asc", "rsa2048.id", NULL },
    { "ed25519", "ed25519.pgp", "ed25519.asc", "ed25519.id", NULL },
    { "signing subkey", "sub.pgp", "sub.asc", "ed25519.id", NULL },
    { "another key", "rsa2048.pgp", "ed25519.asc", NULL,
      "unable to verify payload with any of the given key rings: no matching key" },
    { "another payload", "rsa2048.pgp", "rsa2048.asc", NULL,
      "unable to verify payload with any of the given key rings: no matching key", true },
    { "not a ring", "rsa2048.pgp", "payload", NULL, "unable to read armored key ring: no key found" },
};

static void test_pgp(void **state) {
    (void)state;
    for (size_t i = 0; i < countof(pgp_rows); i++) {
        autoarena a = { 0 };
        struct err err = { .a = &a };
        struct str ring = text_of(&a, pgp_rows[i].ring);
        struct str payload = pgp_rows[i].change_payload ? STR("other") : text_of(&a, "payload");
        const char *id = NULL;
        bool ok = openpgp_verify(&a, text_of(&a, pgp_rows[i].signature), payload, &ring, 1, &id, &err);
        if (!ok && err.kind == ERR_UNSUPPORTED)
            skip(); // librnp is not installed
        const char *got = ok ? "no error" : err.msg,
                   *want = pgp_rows[i].error ? pgp_rows[i].error : "no error";
        check_row(pgp_rows[i].name, text_eq(got, want), "got %s", got);
        check_row(pgp_rows[i].name, !ok || str_is(text_of(&a, pgp_rows[i].id), id), "key %s", id);
    }
    check_done();
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_ssh),
        cmocka_unit_test(test_ssh_options),
        cmocka_unit_test(test_ssh_flips),
        cmocka_unit_test(test_pgp),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
