// SPDX-License-Identifier: Apache-2.0
/* A hostile Git server: its bytes for the advertisement, the list of refs and the pack, through the whole conversation into a store.
 * First byte: which kind of connection. Properties: refs that come out have plain names; the store is usable afterwards. */
#include "common/git/session.h"

#include "common/base/file.h"
#include <stdio.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct fake_wire {
    struct wire wire;
    struct str left;
};

static bool fake_discover(struct wire *w, struct err *err) {
    (void)w;
    (void)err;
    return true;
}

static bool fake_send(struct wire *w, struct str request, struct err *err) {
    (void)w;
    (void)err;
    (void)request;
    return true;
}

static bool fake_read(void *arg, void *to, size_t cap, size_t *out_n, struct err *err) {
    struct fake_wire *w = container_of((struct wire *)arg, struct fake_wire, wire);
    (void)err;
    size_t n = w->left.n < cap ? w->left.n : cap;
    memcpy(to, w->left.p, n);
    w->left = str_sub(w->left, n, w->left.n);
    *out_n = n;
    return true;
}

static void fake_close(struct wire *w) {
    free(container_of(w, struct fake_wire, wire));
}

static const struct wire_ops ops = {
    .discover = fake_discover, .send = fake_send, .read = fake_read, .close = fake_close
};

static char dir[] = "/tmp/runnel-fuzz-git-XXXXXX";
static struct repo_store *store; // made once: a repository costs a few milliseconds

static void clean_up(void) {
    autoarena a = { 0 };
    struct err err = { .a = &a };
    repo_store_close(&store);
    (void)!dir_remove(dir, &err);
}

static struct repo_store *store_of_process(void) {
    autoarena a = { 0 };
    struct err err = { .a = &a };
    if (!store && (!mkdtemp(dir) || !repo_store_open(dir, &store, &err) || atexit(clean_up) != 0))
        abort();
    return store;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    autoarena a = { 0 };
    struct err err = { .a = &a };
    struct repo_refs refs = { 0 };
    struct repo_store *git_store = store_of_process();
    if (size < 2)
        return 0;
    struct fake_wire *fake = calloc(1, sizeof(*fake));
    struct repo_session *s = calloc(1, sizeof(*s));
    if (!fake || !s)
        abort();
    fake->wire = (struct wire) { .ops = &ops, .stateless = (data[0] & 1) != 0 };
    fake->left = str_make(data + 1, size - 1);
    s->wire = &fake->wire;
    if (repo_session_refs(&a, s, NULL, &refs, &err)) {
        for (size_t i = 0; i < refs.n; i++)
            if (!refs.items[i].name[0] || strpbrk(refs.items[i].name, " \n\t"))
                abort();
        struct repo_oid want = refs.n > 0 ? refs.items[0].oid : (struct repo_oid) { { 1 } };
        (void)!repo_session_fetch(s, git_store, &want, 1, (data[0] & 2) ? REPO_DEPTH_1 : REPO_DEPTH_FULL,
                                  &err);
    }
    repo_session_close(&s);
    err_clear(&err);
    struct repo_oid nothing = { { 0 } };
    (void)repo_store_has(git_store, &nothing);
    return 0;
}
