// SPDX-License-Identifier: Apache-2.0
/* The park table: records, wakers, and the watches on demand that they need.
 *
 * A park is made on a worker (park_commit) and activated on the loop thread, where stores and their callbacks live: there the
 * wakers are compared with what the stores have by then, so that nothing that happened in between is missed. */
#include "common/runtime/internal.h"

#include <stdio.h>

enum waker_type { WAKER_OBJECT, WAKER_READY };

struct waker {
    enum waker_type type;
    struct park *park;
    char *id; // in parks.wakers: "<store>/ns/name" or "Kind/ns/name"
    char *kind, *ns, *name, *seen;
    size_t need;        // WAKER_OBJECT: index into the park's needs
    struct waker *next; // with the same id
    bool linked;
};

// A watch that a park's wakers look at.
struct need {
    struct kube_client *client;
    struct kube_resource resource;              // texts are heap copies
    char *ns, *field_selector, *label_selector; // NULL = none
    struct kube_store *store;                   // after activation
};

struct park {
    struct queue_key key; // heap texts
    uint64_t serial;
    char *resume_step; // NULL: from the first
    char *record;
    size_t record_bytes;
    int64_t deadline_ns, started_ns, started_at;
    int64_t not_before_ns; // wakers bring it back no sooner
    struct waker *wakers;
    size_t n_wakers;
    struct need *needs;
    size_t n_needs;
    struct runtime *rt;
};

// What a pass asked for so far; in its arena.
struct draft_waker {
    enum waker_type type;
    struct kube_client *client;
    const struct kube_resource *resource;
    const char *kind, *ns, *name, *seen, *selector;
};
struct park_draft {
    const char *resume_step;
    struct str record;
    int64_t deadline_ns;
    struct draft_waker *wakers;
    size_t n, cap;
};

static char *heap_text(const char *text) {
    char *copy = text ? strdup(text) : NULL;
    if (text && !copy)
        abort();
    return copy;
}

/* ---- what steps call ---- */

static struct park_draft *draft(struct run *r) {
    if (!r->inner->draft)
        r->inner->draft = arena_new(r->a, struct park_draft);
    return r->inner->draft;
}

enum step_result park_until(struct run *r, const char *resume_step, int64_t deadline_ns, const void *record,
                            size_t n_bytes) {
    if (n_bytes > PARK_RECORD_BYTES)
        abort(); // an inventory of that size belongs into the status
    struct park_draft *d = draft(r);
    d->resume_step = resume_step;
    d->deadline_ns = deadline_ns;
    d->record = str_make(arena_copy(r->a, n_bytes ? record : "", n_bytes), n_bytes);
    return STEP_PARK;
}

struct held_client {
    struct kube_client *client;
    struct held_client *next;
};

// A step gives its reference to the client back when it returns: before the park is made.
static void hold(struct run *r, struct kube_client *client) {
    for (struct held_client *h = r->inner->held; h; h = h->next)
        if (h->client == client)
            return;
    struct held_client *h = arena_new(r->a, struct held_client);
    *h = (struct held_client) { kube_client_ref(client), r->inner->held };
    r->inner->held = h;
}

void park_let_go(struct run *r) {
    for (struct held_client *h = r->inner->held; h; h = h->next)
        kube_client_unref(h->client);
    r->inner->held = NULL;
}

bool park_resumes_at(const struct park *p, const char *step) {
    return p->resume_step && text_eq(p->resume_step, step);
}

static void add_waker(struct run *r, struct draft_waker w) {
    struct park_draft *d = draft(r);
    if (w.client)
        hold(r, w.client);
    if (d->n >= PARK_WAKERS)
        return; // the deadline and the other wakers still hold
    d->wakers = arena_grow(r->a, d->wakers, &d->cap, d->n + 1, sizeof *d->wakers);
    d->wakers[d->n++] = w;
}

void park_on_object(struct run *r, struct kube_client *client, const struct kube_resource *resource,
                    const char *ns, const char *name, const char *seen_version, const char *selector) {
    add_waker(r, (struct draft_waker) { .type = WAKER_OBJECT,
                                        .client = client ? client : r->rt->kube,
                                        .resource = resource,
                                        .kind = resource->kind,
                                        .ns = arena_strdup(r->a, resource->namespaced ? ns : ""),
                                        .name = arena_strdup(r->a, name),
                                        .seen = arena_strdup(r->a, seen_version),
                                        .selector = selector });
}

void park_on_selected(struct run *r, struct kube_client *client, const struct kube_resource *resource,
                      const char *ns, const char *selector, const char *seen_version) {
    park_on_object(r, client, resource, ns, "", seen_version, arena_strdup(r->a, selector));
}

void park_on_ready(struct run *r, const char *kind, const char *ns, const char *name,
                   const char *seen_version) {
    struct watched *w = watched_find(r->rt, NULL, kind);
    if (!seen_version && w) {
        struct value *v = kube_store_get(r->a, w->store, ns, name);
        seen_version = v ? object_resource_version(v) : "";
    }
    add_waker(r, (struct draft_waker) { .type = WAKER_READY,
                                        .kind = kind,
                                        .ns = arena_strdup(r->a, ns),
                                        .name = arena_strdup(r->a, name),
                                        .seen = seen_version ? seen_version : "" });
}

int64_t park_draft_deadline(const struct run *r) {
    return r->inner->draft ? r->inner->draft->deadline_ns : now_mono_ns();
}

/* ---- making one ---- */

static bool same_text(const char *x, const char *y) {
    return text_eq(x ? x : "", y ? y : "");
}

static bool need_is(const struct need *n, const struct kube_client *client, const struct kube_resource *res,
                    const char *ns, const char *field, const char *label) {
    return n->client == client && same_text(n->resource.kind, res->kind) &&
           same_text(n->resource.group, res->group) && same_text(n->resource.version, res->version) &&
           same_text(n->ns, ns) && same_text(n->field_selector, field) && same_text(n->label_selector, label);
}

// One watch for all objects with the label, or one for the object alone.
static size_t need_for(struct arena *a, struct park *p, size_t *cap, const struct draft_waker *w) {
    const char *ns = (w->selector && *w->name) || text_empty(w->ns) ? NULL : w->ns;
    const char *field = w->selector ? NULL : arena_fmt(a, "metadata.name=%s", w->name);
    for (size_t i = 0; i < p->n_needs; i++)
        if (need_is(&p->needs[i], w->client, w->resource, ns, field, w->selector))
            return i;
    if (p->n_needs == *cap) {
        *cap = *cap ? 2 * *cap : 4;
        p->needs = reallocarray(p->needs, *cap, sizeof *p->needs);
        if (!p->needs)
            abort();
    }
    p->needs[p->n_needs] = (struct need) {
        .client = kube_client_ref(w->client),
        .resource = { .group = heap_text(w->resource->group),
                      .version = heap_text(w->resource->version),
                      .kind = heap_text(w->resource->kind),
                      .plural = heap_text(w->resource->plural),
                      .namespaced = w->resource->namespaced },
        .ns = heap_text(ns),
        .field_selector = heap_text(field),
        .label_selector = heap_text(w->selector),
    };
    return p->n_needs++;
}

// The longer a look takes, the longer changes are collected until the next one.
static int64_t collect_until(const struct run *r) {
    int64_t now = now_mono_ns(), wait = 2 * (now - r->inner->pass_started_ns);
    if (wait < PARK_COLLECT_MIN_NS)
        wait = PARK_COLLECT_MIN_NS;
    return now + (wait > PARK_COLLECT_MAX_NS ? PARK_COLLECT_MAX_NS : wait);
}

static struct park *park_new(struct run *r, const struct park_draft *d) {
    struct park *p = calloc(1, sizeof *p);
    if (!p || !(p->wakers = calloc(d->n + 1, sizeof *p->wakers)) || !(p->record = malloc(d->record.n + 1)))
        abort();
    const struct queue_key *key = &r->inner->key;
    p->key = (struct queue_key) { key->kind, heap_text(key->ns), heap_text(key->name) };
    p->resume_step = heap_text(d->resume_step);
    memcpy(p->record, d->record.n ? d->record.p : "", d->record.n);
    p->record_bytes = d->record.n;
    p->deadline_ns = d->deadline_ns;
    p->started_ns = r->started_ns;
    p->started_at = r->started_at;
    p->not_before_ns = collect_until(r);
    p->rt = r->rt;
    size_t cap = 0;
    for (size_t i = 0; i < d->n; i++) {
        const struct draft_waker *w = &d->wakers[i];
        p->wakers[p->n_wakers++] = (struct waker) {
            .type = w->type,
            .park = p,
            .kind = heap_text(w->kind),
            .ns = heap_text(w->ns),
            .name = heap_text(w->name),
            .seen = heap_text(w->seen),
            .need = w->type == WAKER_OBJECT ? need_for(r->a, p, &cap, w) : 0,
        };
    }
    return p;
}

static void park_free(struct park *p) {
    for (size_t i = 0; i < p->n_wakers; i++) {
        struct waker *w = &p->wakers[i];
        free(w->id);
        free(w->kind);
        free(w->ns);
        free(w->name);
        free(w->seen);
    }
    for (size_t i = 0; i < p->n_needs; i++) {
        struct need *n = &p->needs[i];
        kube_client_unref(n->client);
        free((char *)n->resource.group);
        free((char *)n->resource.version);
        free((char *)n->resource.kind);
        free((char *)n->resource.plural);
        free(n->ns);
        free(n->field_selector);
        free(n->label_selector);
    }
    free(p->wakers);
    free(p->needs);
    free(p->record);
    free(p->resume_step);
    free((char *)p->key.ns);
    free((char *)p->key.name);
    free(p);
}

/* ---- waker index (parks.lock held) ---- */

static void link_waker(struct parks *parks, struct waker *w, char *take_id) {
    w->id = take_id;
    w->next = map_set(&parks->wakers, w->id, w);
    w->linked = true;
}

static void unlink_waker(struct parks *parks, struct waker *w) {
    if (!w->linked)
        return;
    w->linked = false;
    struct waker *head = map_get(&parks->wakers, w->id);
    if (head == w) {
        if (w->next)
            map_set(&parks->wakers, w->id, w->next);
        else
            map_remove(&parks->wakers, w->id);
        return;
    }
    while (head->next != w)
        head = head->next;
    head->next = w->next;
}

static void unlink_all(struct parks *parks, struct park *p) {
    for (size_t i = 0; i < p->n_wakers; i++)
        unlink_waker(parks, &p->wakers[i]);
}

static char *object_id(const struct kube_store *s, const char *ns, const char *name) {
    char *id = NULL;
    if (asprintf(&id, "%p/%s/%s", (const void *)s, ns ? ns : "", name) < 0)
        abort();
    return id;
}

static char *ready_id(const char *kind, const char *ns, const char *name) {
    char *id = NULL;
    if (asprintf(&id, "%s/%s/%s", kind, ns ? ns : "", name) < 0)
        abort();
    return id;
}

/* ---- firing: loop thread ----
 * Parks are freed on the loop thread only (release_now), so a park found under the lock stays valid for the callback. */

struct park_list {
    struct arena a;
    struct park **items;
    size_t n, cap;
};

static void list_add(struct park_list *l, struct park *p) {
    if (l->n && l->items[l->n - 1] == p)
        return;
    l->items = arena_grow(&l->a, l->items, &l->cap, l->n + 1, sizeof *l->items);
    l->items[l->n++] = p;
}

static void fire(struct park *p) {
    queue_add(p->rt->queue, &p->key, p->not_before_ns, WAKE_PARK);
    working_wake(p->rt);
}

// Is what is there now ("" = absent) something else than what the step looked at?
static bool is_news(const char *version, const char *seen) {
    if (!seen)
        return true;
    return *version ? version_newer(version, seen) : *seen != 0;
}

// Fires all wakers of an id that saw something older. version NULL: whatever they saw.
static void fire_id(struct parks *parks, const char *id, const char *version) {
    struct park_list list = { 0 };
    pthread_mutex_lock(&parks->lock);
    for (struct waker *w = map_get(&parks->wakers, id); w; w = w->next)
        if (!version || is_news(version, w->seen))
            list_add(&list, w->park);
    pthread_mutex_unlock(&parks->lock);
    for (size_t i = 0; i < list.n; i++)
        fire(list.items[i]);
    arena_done(&list.a);
}

void park_ready_changed(struct runtime *rt, const char *kind, const char *ns, const char *name) {
    char *id = ready_id(kind, ns, name);
    fire_id(&rt->parks, id, NULL);
    free(id);
}

static void store_changed(void *arg, struct kube_store *s, const struct kube_change *change) {
    struct runtime *rt = arg;
    char *id = object_id(s, change->ns, change->name);
    const char *version = change->type == KUBE_DELETED ? "" : object_resource_version(change->object);
    fire_id(&rt->parks, id, version);
    free(id);
    id = object_id(s, change->ns, ""); // those that wait for any of them
    fire_id(&rt->parks, id, version);
    free(id);
}

struct newest {
    const char *seen;
    bool news;
};

static bool look_for_news(void *arg, struct arena *a, struct value *object) {
    struct newest *n = arg;
    (void)a;
    n->news = is_news(object_resource_version(object), n->seen);
    return !n->news;
}

static bool waker_has_news(const struct park *p, const struct waker *w) {
    autoarena a = { 0 };
    const struct watched *watched = w->type == WAKER_READY ? watched_find(p->rt, NULL, w->kind) : NULL;
    const struct kube_store *s = w->type == WAKER_OBJECT ? p->needs[w->need].store
                                 : watched               ? watched->store
                                                         : NULL;
    if (!s || !kube_store_synced(s))
        return false; // store_synced looks again
    if (!*w->name) {
        struct newest n = { .seen = w->seen };
        kube_store_each(s, look_for_news, &n);
        return n.news;
    }
    struct value *v = kube_store_get(&a, s, w->ns, w->name);
    return is_news(v ? object_resource_version(v) : "", w->seen);
}

// What the wakers wait for may have happened before they were linked, or before the store was filled. store NULL: all.
static void check_wakers(struct park *p, const struct kube_store *store) {
    for (size_t i = 0; i < p->n_wakers; i++) {
        const struct waker *w = &p->wakers[i];
        if (store && (w->type != WAKER_OBJECT || p->needs[w->need].store != store))
            continue;
        if (waker_has_news(p, w)) {
            fire(p);
            return;
        }
    }
}

static void store_synced(void *arg, struct kube_store *s) {
    struct runtime *rt = arg;
    struct park_list list = { 0 };
    const char *key;
    void *value;
    pthread_mutex_lock(&rt->parks.lock);
    for (size_t i = 0; map_next(&rt->parks.by_key, &i, &key, &value);)
        list_add(&list, value);
    pthread_mutex_unlock(&rt->parks.lock);
    for (size_t i = 0; i < list.n; i++)
        check_wakers(list.items[i], s);
    arena_done(&list.a);
}

/* ---- activation, loop thread ---- */

static void acquire_needs(struct park *p, struct kube_store **stores) {
    for (size_t i = 0; i < p->n_needs; i++) {
        const struct need *n = &p->needs[i];
        struct kube_store_options options = { .resource = n->resource,
                                              .ns = n->ns,
                                              .label_selector = n->label_selector,
                                              .field_selector = n->field_selector };
        stores[i] = kube_stores_acquire(p->rt->parks.stores, n->client, &options);
    }
}

// Work for the loop thread, in order: a park to activate, or one to release.
struct park_todo {
    struct park_todo *next;
    struct park *release; // NULL: activate
    char *id;
    uint64_t serial;
};

static struct park *still_there(struct parks *parks, const struct park_todo *act) {
    struct park *p = map_get(&parks->by_key, act->id);
    return p && p->serial == act->serial ? p : NULL;
}

static void link_all(struct parks *parks, struct park *p, struct kube_store **stores) {
    for (size_t i = 0; i < p->n_needs; i++)
        p->needs[i].store = stores[i];
    for (size_t i = 0; i < p->n_wakers; i++) {
        struct waker *w = &p->wakers[i];
        bool object = w->type == WAKER_OBJECT;
        link_waker(parks, w,
                   object ? object_id(p->needs[w->need].store, w->ns, w->name)
                          : ready_id(w->kind, w->ns, w->name));
    }
}

static void activate(struct parks *parks, const struct park_todo *act) {
    pthread_mutex_lock(&parks->lock);
    struct park *p = still_there(parks, act);
    pthread_mutex_unlock(&parks->lock);
    if (!p)
        return;
    autoarena a = { 0 };
    struct kube_store **stores = arena_array(&a, struct kube_store *, p->n_needs);
    acquire_needs(p, stores);
    pthread_mutex_lock(&parks->lock);
    bool linked = still_there(parks, act) == p; // a worker may have taken it meanwhile
    if (linked)
        link_all(parks, p, stores);
    pthread_mutex_unlock(&parks->lock);
    if (linked)
        check_wakers(p, NULL);
    for (size_t i = 0; !linked && i < p->n_needs; i++)
        kube_stores_release(parks->stores, stores[i]);
}

static void release_now(struct park *p) {
    for (size_t i = 0; i < p->n_needs; i++)
        if (p->needs[i].store)
            kube_stores_release(p->rt->parks.stores, p->needs[i].store);
    park_free(p);
}

static struct park_todo *take_todo(struct parks *parks) {
    pthread_mutex_lock(&parks->lock);
    struct park_todo *t = parks->todo;
    if (t)
        parks->todo = t->next;
    if (!parks->todo)
        parks->todo_tail = &parks->todo;
    parks->todo_posted &= t != NULL;
    pthread_mutex_unlock(&parks->lock);
    return t;
}

static void do_todo(void *arg) {
    struct parks *parks = arg;
    struct park_todo *t;
    while ((t = take_todo(parks))) {
        if (t->release)
            release_now(t->release);
        else
            activate(parks, t);
        free(t->id);
        free(t);
    }
}

// lock held. Returns whether do_todo has to be posted.
static bool add_todo(struct parks *parks, struct park *release, const char *id, uint64_t serial) {
    struct park_todo *t = calloc(1, sizeof *t);
    if (!t)
        abort();
    *t = (struct park_todo) { .release = release, .id = heap_text(id), .serial = serial };
    *parks->todo_tail = t;
    parks->todo_tail = &t->next;
    bool post = !parks->todo_posted;
    parks->todo_posted = true;
    return post;
}

void park_commit(struct run *r) {
    struct parks *parks = &r->rt->parks;
    struct park *p = park_new(r, r->inner->draft);
    char *id = key_text(r->a, &p->key);
    pthread_mutex_lock(&parks->lock);
    p->serial = ++parks->serial;
    struct park *old = map_set(&parks->by_key, id, p);
    bool post = add_todo(parks, NULL, id, p->serial);
    pthread_mutex_unlock(&parks->lock);
    if (old)
        abort(); // the pass took the old one
    if (post)
        loop_post(r->rt->loop, do_todo, parks);
}

/* ---- ending ---- */

void park_release(struct runtime *rt, struct park *p) {
    if (!p)
        return;
    pthread_mutex_lock(&rt->parks.lock);
    bool post =
        add_todo(&rt->parks, p, NULL, 0); // behind a successor's activation: what both watch stays open
    pthread_mutex_unlock(&rt->parks.lock);
    if (post)
        loop_post(rt->loop, do_todo, &rt->parks);
}

struct park *park_take(struct runtime *rt, const struct queue_key *key) {
    autoarena a = { 0 };
    pthread_mutex_lock(&rt->parks.lock);
    struct park *p = map_remove(&rt->parks.by_key, key_text(&a, key));
    if (p)
        unlink_all(&rt->parks, p);
    pthread_mutex_unlock(&rt->parks.lock);
    return p;
}

void park_drop(struct runtime *rt, const struct queue_key *key) {
    park_release(rt, park_take(rt, key));
}

void park_resume(struct run *r, struct park *p) {
    if (!p->resume_step)
        return; // STEP_WAIT: from the first step
    r->resume_step = arena_strdup(r->a, p->resume_step);
    r->record = str_make(arena_text(r->a, p->record, p->record_bytes), p->record_bytes);
    r->park_deadline_ns = p->deadline_ns;
    r->started_ns = p->started_ns;
    r->started_at = p->started_at;
    if (now_mono_ns() >= p->deadline_ns)
        r->wake |= WAKE_DEADLINE;
}

bool park_peek(struct run *r, struct kube_client *client, const struct kube_resource *resource,
               const char *ns, const char *name, const char *selector, struct value **out) {
    struct park *p = r->inner->old_park;
    const char *only = selector ? NULL : arena_fmt(r->a, "metadata.name=%s", name);
    const char *in = selector || !resource->namespaced || text_empty(ns) ? NULL : ns;
    for (size_t i = 0; p && i < p->n_needs; i++) {
        struct need *n = &p->needs[i];
        if (!n->store || !need_is(n, client ? client : r->rt->kube, resource, in, only, selector))
            continue;
        if (!kube_store_synced(n->store))
            return false;
        *out = kube_store_get(r->a, n->store, resource->namespaced ? ns : "", name);
        return true;
    }
    return false;
}

struct collected {
    struct arena *a;
    struct value *list;
};

static bool collect(void *arg, struct arena *a, struct value *object) {
    struct collected *c = arg;
    (void)a;
    value_append(c->a, c->list, value_copy(c->a, object));
    return true;
}

bool park_peek_selected(struct run *r, struct kube_client *client, const struct kube_resource *resource,
                        const char *ns, const char *selector, struct value **out) {
    struct park *p = r->inner->old_park;
    for (size_t i = 0; p && i < p->n_needs; i++) {
        struct need *n = &p->needs[i];
        if (!n->store || !need_is(n, client ? client : r->rt->kube, resource, ns, NULL, selector))
            continue;
        if (!kube_store_synced(n->store))
            return false;
        struct collected c = { r->a, value_list(r->a) };
        kube_store_each(n->store, collect, &c);
        *out = c.list;
        return true;
    }
    return false;
}

void parks_init(struct runtime *rt) {
    pthread_mutex_init(&rt->parks.lock, NULL);
    rt->parks.todo_tail = &rt->parks.todo;
    rt->parks.stores = kube_stores_new(store_changed, store_synced, rt);
}

size_t parks_len(struct runtime *rt) {
    pthread_mutex_lock(&rt->parks.lock);
    size_t n = rt->parks.by_key.count;
    pthread_mutex_unlock(&rt->parks.lock);
    return n;
}

void parks_free(struct runtime *rt) {
    struct parks *parks = &rt->parks;
    const char *key;
    void *value;
    loop_unpost(rt->loop, do_todo, parks);
    for (struct park_todo *t; (t = take_todo(parks));) {
        if (t->release)
            release_now(t->release);
        free(t->id);
        free(t);
    }
    for (size_t i = 0; map_next(&parks->by_key, &i, &key, &value);)
        release_now(value);
    map_done(&parks->by_key);
    map_done(&parks->wakers);
    kube_stores_free(parks->stores);
    pthread_mutex_destroy(&parks->lock);
}
