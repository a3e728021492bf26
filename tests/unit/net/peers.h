// SPDX-License-Identifier: Apache-2.0
/* Peers that are real programs: certificates made by openssl, HTTP/2 by nghttpx in front of a plain HTTP server. */
#ifndef TESTS_UNIT_NET_PEERS_H
#define TESTS_UNIT_NET_PEERS_H

#include "common/base/arena.h"

#include <sys/types.h>

// Runs a program to its end; its output is thrown away. Aborts when it fails.
void run_program(const char *const argv[]);

struct pki {
    char dir[64];
    const char *ca, *other_ca;            // texts
    const char *client_cert, *client_key; // signed by ca
};
// A CA, a server certificate for localhost and 127.0.0.1, an expired one, a client certificate, and an unrelated CA.
void pki_make(struct arena *a, struct pki *p);
void pki_remove(const struct pki *p);

struct tls_front {
    pid_t pid;
    int port;
};
// cert: "server" or "expired"; protocols: "h2,http/1.1"; client_ca: NULL or a file name in the directory.
void tls_front_start(struct tls_front *t, const struct pki *p, const char *cert, const char *protocols,
                     const char *client_ca, int backend_port);
void tls_front_stop(struct tls_front *t);

// Sockets of this process that are connected to the port.
int connections_to(int port);

#endif
