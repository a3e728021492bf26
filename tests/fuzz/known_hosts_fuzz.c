// SPDX-License-Identifier: Apache-2.0
/* known_hosts. Property: a line for exactly this host and key is found in front of and behind any other text, unless that text revokes the
 * key, or negates nothing of ours. */
#include "common/git/git.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    autoarena a = { 0 };
    struct err err = { .a = &a };
    static const char key[] = "AAAAC3NzaC1lZDI1NTE5AAAAIAt6C2tKwwhNpcvxDN5Mk";
    struct str text = str_make(data, size);
    char *with = arena_fmt(&a, "git.example.com ssh-ed25519 %s\n%.*s\ngit.example.com ssh-ed25519 %s c\n",
                           key, (int)size, (const char *)data, key);
    enum known_host_result r = known_hosts_check(str_of(with), "git.example.com", 22, "ssh-ed25519", key);
    if (r != KNOWN_HOST_OK && r != KNOWN_HOST_REVOKED)
        abort();
    if (r == KNOWN_HOST_REVOKED && !strstr(with, "@revoked"))
        abort();
    (void)known_hosts_check(text, "git.example.com", 2222, "ssh-rsa", "AAAA");
    (void)known_hosts_types(&a, text, "git.example.com", 22);
    (void)!known_hosts_validate(text, &err);
    return 0;
}
