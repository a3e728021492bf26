// SPDX-License-Identifier: Apache-2.0
/* Addresses of the bus. Host names stand for all their addresses (a headless Service: all replicas) and are looked up
 * again every 30 s, on a thread that exists only while it does so. */
#include "common/bus/bus_impl.h"
#include "common/base/file.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

enum { RESOLVER_STACK_BYTES = 256 * 1024, ADDRESSES_PER_NAME = 64, HOST_MAX = 256 };

struct endpoint {
    struct endpoint *next;
    void *handle;
    bool seen; // in the last answer
    char url[];
};

struct target {
    char *text;
    char host[HOST_MAX], port[8];
    bool by_name;
    struct endpoint *endpoints;
};

// What the thread works on. Freed by whoever is last: the thread, or the loop thread when it has the answer.
struct lookup {
    pthread_mutex_t lock;
    struct addresses *owner; // NULL: nobody waits any more
    bool posted;             // the thread is done
    struct loop *loop;
    size_t n;
    struct {
        char host[HOST_MAX], port[8];
        size_t n_found;
        char (*found)[80]; // URLs; NULL: the name was not found
    } names[];
};

struct addresses {
    struct loop *loop;
    struct address_callbacks cb;
    void *arg;
    struct loop_timer *timer;
    struct lookup *lookup; // running
    size_t n;
    struct target targets[];
};

/* ---- reading addresses ---- */

static bool private_dir(const char *path, struct err *err) {
    autoarena a = { 0 };
    const char *slash = strrchr(path, '/');
    const char *dir = slash == path ? "/" : arena_text(&a, path, (size_t)(slash - path));
    struct stat st;
    if (!dir_make(dir, 0700, err))
        return false;
    if (lstat(dir, &st) < 0 || !S_ISDIR(st.st_mode) || st.st_uid != geteuid() || st.st_mode & 077)
        return err_set(err, ERR_INVALID, "bus address ipc://%s: %s is not a private directory (mode 0700)",
                       path, dir);
    return true;
}

static bool split_tcp(const char *address, char host[HOST_MAX], char port[8]) {
    const char *text = address + strlen("tcp://"), *colon = strrchr(text, ':');
    if (!colon || colon == text || strlen(colon + 1) > 5 || (size_t)(colon - text) >= HOST_MAX)
        return false;
    uint64_t number;
    if (!str_to_u64(str_of(colon + 1), &number) || number == 0 || number > 65535)
        return false;
    struct str name = { text, (size_t)(colon - text) };
    if (*text == '[' && colon[-1] == ']')
        name = str_sub(name, 1, name.n - 1);
    else if (str_chr(name, ':') >= 0)
        return false;
    for (size_t i = 0; i < name.n; i++)
        if ((unsigned char)name.p[i] <= 0x20 || strchr("/;,[]", name.p[i]))
            return false;
    snprintf(host, HOST_MAX, "%.*s", (int)name.n, name.p);
    snprintf(port, 8, "%s", colon + 1);
    return name.n > 0;
}

static bool is_number(const char *host) {
    struct in6_addr any;
    return inet_pton(AF_INET, host, &any) == 1 || inet_pton(AF_INET6, host, &any) == 1;
}

bool address_check(const char *address, bool binding, struct err *err) {
    char host[HOST_MAX], port[8];
    if (text_starts(address, "ipc:///")) {
        const char *path = address + strlen("ipc://");
        if (strlen(path) >= sizeof((struct sockaddr_un *)0)->sun_path || text_ends(path, "/"))
            return err_set(err, ERR_INVALID, "bus address %s: not a path for a socket", address);
        return private_dir(path, err);
    }
    bool ok = text_starts(address, "tcp://") && split_tcp(address, host, port);
    if (ok && binding)
        ok = !strcmp(host, "*") || is_number(host);
    else if (ok)
        ok = strcmp(host, "*") != 0;
    return ok || err_set(err, ERR_INVALID, "bus address %s: want tcp://host:port or ipc:///directory/name",
                         address);
}

/* ---- keeping up with names ---- */

static struct endpoint **find(struct target *t, const char *url) {
    struct endpoint **at = &t->endpoints;
    while (*at && strcmp((*at)->url, url) != 0)
        at = &(*at)->next;
    return at;
}

static void up(struct addresses *a, struct target *t, const char *url) {
    struct endpoint **at = find(t, url);
    if (!*at) {
        *at = calloc(1, sizeof **at + strlen(url) + 1);
        if (!*at)
            abort();
        memcpy((*at)->url, url, strlen(url) + 1);
    }
    (*at)->seen = true;
    if (!(*at)->handle)
        (*at)->handle = a->cb.up(a->arg, url);
}

static void drop_unseen(struct addresses *a, struct target *t) {
    for (struct endpoint **at = &t->endpoints; *at;) {
        struct endpoint *e = *at;
        if (e->seen) {
            at = &e->next;
            continue;
        }
        *at = e->next;
        if (e->handle)
            a->cb.down(a->arg, e->handle);
        free(e);
    }
}

static void lookup_free(struct lookup *l) {
    for (size_t i = 0; i < l->n; i++)
        free(l->names[i].found);
    pthread_mutex_destroy(&l->lock);
    free(l);
}

static void look_later(struct addresses *a);

// On the loop thread.
static void on_answer(void *arg) {
    struct lookup *l = arg;
    struct addresses *a = l->owner;
    pthread_mutex_lock(&l->lock); // until the thread has let go of it
    pthread_mutex_unlock(&l->lock);
    size_t k = 0;
    for (size_t i = 0; i < a->n; i++) {
        struct target *t = &a->targets[i];
        if (!t->by_name)
            continue;
        size_t name = k++;
        if (!l->names[name].n_found)
            continue; // no answer, or nobody there at the moment: what is connected stays
        for (struct endpoint *e = t->endpoints; e; e = e->next)
            e->seen = false;
        for (size_t f = 0; f < l->names[name].n_found; f++)
            up(a, t, l->names[name].found[f]);
        drop_unseen(a, t);
    }
    a->lookup = NULL;
    lookup_free(l);
    look_later(a);
}

static void resolve(struct lookup *l, size_t i) {
    struct addrinfo hints = { .ai_socktype = SOCK_STREAM, .ai_flags = AI_ADDRCONFIG | AI_NUMERICSERV },
                    *list = NULL;
    if (getaddrinfo(l->names[i].host, l->names[i].port, &hints, &list) != 0)
        return;
    l->names[i].found = calloc(ADDRESSES_PER_NAME, sizeof *l->names[i].found);
    if (!l->names[i].found)
        abort();
    int family = AF_INET6; // one address of each peer is enough: IPv4 where there is any
    for (struct addrinfo *ai = list; ai; ai = ai->ai_next)
        family = ai->ai_family == AF_INET ? AF_INET : family;
    for (struct addrinfo *ai = list; ai && l->names[i].n_found < ADDRESSES_PER_NAME; ai = ai->ai_next) {
        if (ai->ai_family != family)
            continue;
        char ip[INET6_ADDRSTRLEN];
        bool v6 = ai->ai_family == AF_INET6;
        const void *raw = v6 ? (void *)&((struct sockaddr_in6 *)(void *)ai->ai_addr)->sin6_addr
                             : (void *)&((struct sockaddr_in *)(void *)ai->ai_addr)->sin_addr;
        if (inet_ntop(ai->ai_family, raw, ip, sizeof ip))
            snprintf(l->names[i].found[l->names[i].n_found++], sizeof *l->names[i].found,
                     v6 ? "tcp://[%s]:%s" : "tcp://%s:%s", ip, l->names[i].port);
    }
    freeaddrinfo(list);
}

static void *run_lookup(void *arg) {
    struct lookup *l = arg;
    for (size_t i = 0; i < l->n; i++)
        resolve(l, i);
    pthread_mutex_lock(&l->lock);
    bool wanted = l->owner != NULL;
    l->posted = wanted;
    if (wanted)
        loop_post(l->loop, on_answer, l); // under the lock: while the owner is there, so is the loop
    pthread_mutex_unlock(&l->lock);
    if (!wanted)
        lookup_free(l);
    return NULL;
}

static void look(void *arg) {
    struct addresses *a = arg;
    a->timer = NULL;
    struct lookup *l = calloc(1, sizeof *l + a->n * sizeof l->names[0]);
    if (!l || pthread_mutex_init(&l->lock, NULL) != 0)
        abort();
    l->owner = a;
    l->loop = a->loop;
    for (size_t i = 0; i < a->n; i++) {
        if (!a->targets[i].by_name)
            continue;
        snprintf(l->names[l->n].host, HOST_MAX, "%s", a->targets[i].host);
        snprintf(l->names[l->n++].port, sizeof l->names[0].port, "%s", a->targets[i].port);
    }
    pthread_attr_t attr;
    pthread_t thread;
    pthread_attr_init(&attr);
    pthread_attr_setstacksize(&attr, RESOLVER_STACK_BYTES);
    pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
    bool ok = pthread_create(&thread, &attr, run_lookup, l) == 0;
    pthread_attr_destroy(&attr);
    if (ok) {
        a->lookup = l;
        return;
    }
    lookup_free(l);
    look_later(a);
}

static void look_later(struct addresses *a) {
    a->timer = loop_timer_add(a->loop, now_mono_ns() + BUS_RESOLVE_NS, look, a);
}

struct addresses *addresses_new(struct loop *l, const char *const *list, const struct address_callbacks *cb,
                                void *arg) {
    size_t n = 0;
    bool names = false;
    while (list[n])
        n++;
    struct addresses *a = calloc(1, sizeof *a + n * sizeof a->targets[0]);
    if (!a)
        abort();
    *a = (struct addresses) { .loop = l, .cb = *cb, .arg = arg, .n = n };
    for (size_t i = 0; i < n; i++) {
        struct target *t = &a->targets[i];
        t->text = strdup(list[i]);
        t->by_name =
            text_starts(list[i], "tcp://") && split_tcp(list[i], t->host, t->port) && !is_number(t->host);
        names = names || t->by_name;
        if (!t->by_name)
            up(a, t, t->text);
    }
    if (names)
        look(a);
    return a;
}

static void forget(struct lookup *l) {
    pthread_mutex_lock(&l->lock);
    l->owner = NULL;
    bool posted = l->posted;
    pthread_mutex_unlock(&l->lock);
    if (!posted)
        return; // the thread frees it
    loop_unpost(l->loop, on_answer, l);
    lookup_free(l);
}

void addresses_free(struct addresses *a) {
    if (!a)
        return;
    loop_timer_cancel(a->timer);
    if (a->lookup)
        forget(a->lookup);
    for (size_t i = 0; i < a->n; i++) {
        for (struct endpoint *e = a->targets[i].endpoints; e; e = e->next)
            e->seen = false;
        drop_unseen(a, &a->targets[i]);
        free(a->targets[i].text);
    }
    free(a);
}
