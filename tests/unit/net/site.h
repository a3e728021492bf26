// SPDX-License-Identifier: Apache-2.0
/* The site that the tests of the client visit: what it answers is in site.c, path by path. */
#ifndef TESTS_UNIT_NET_SITE_H
#define TESTS_UNIT_NET_SITE_H

#include "tests/unit/net/fixture.h"

#include <stdatomic.h>

#define BIG_BYTES (8u << 20) // of /big; byte i is i * 31 >> 8

struct site {
    struct fixture f;
    struct http_push *pushes[64];
    int n_pushes;
    atomic_int n_closed, n_created, n_opened, n_silent;
    struct http_exchange *silent[128]; // answered when the site stops
    char other_base[64];               // another origin with the same handler
};

void site_start(struct site *s);
void site_stop(struct site *s);
void site_answer_silent(struct site *s);
void site_handle(void *arg, struct http_exchange *x);
const char *site_url(struct arena *a, const struct site *s, const char *path);

#endif
