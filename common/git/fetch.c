// SPDX-License-Identifier: Apache-2.0
/* Fetching: what is asked for, and the pack that comes, straight into libgit2's indexer.
 * Git: gitprotocol-v2(5) "fetch", gitprotocol-pack(5) "Packfile Negotiation", shallow. Measured in libraries.md. */
#include "common/git/session.h"

#include "common/base/file.h"

#define MAX_PACK_BYTES (8ull << 30)
#define MAX_HAVES 8
#define UNSHALLOW_DEPTH 0x7fffffff // Git's "infinite" depth

struct fetch {
    struct repo_session *s;
    struct repo_store *store;
    const struct repo_oid *want;
    size_t n_want;
    enum repo_depth depth;
    struct arena a; // of this fetch
    struct repo_oid *shallow;
    size_t n_shallow, cap_shallow;
    git_indexer *indexer;
    git_indexer_progress progress;
    uint64_t pack_bytes;
};

/* ---- the request ---- */

static void put_depth(struct fetch *f, struct buf *b) {
    if (f->depth == REPO_DEPTH_1 && f->s->caps.shallow)
        pkt_put(b, "deepen 1\n");
    else if (f->n_shallow > 0)
        pkt_put(b, "deepen %d\n", UNSHALLOW_DEPTH);
}

static void put_haves(struct fetch *f, struct buf *b) {
    for (size_t i = 0; i < f->store->n_tips && i < MAX_HAVES; i++)
        pkt_put(b, "have %s\n", repo_oid_text(&f->a, &f->store->tips[i]));
}

static void put_shallow(struct fetch *f, struct buf *b) {
    for (size_t i = 0; i < f->n_shallow; i++)
        pkt_put(b, "shallow %s\n", repo_oid_text(&f->a, &f->shallow[i]));
}

static void request_v2(struct fetch *f, struct buf *b) {
    pkt_put(b, "command=fetch");
    if (f->s->caps.object_format)
        pkt_put(b, "object-format=sha1");
    pkt_put_delim(b);
    pkt_put(b, "thin-pack\n");
    pkt_put(b, "ofs-delta\n");
    pkt_put(b, "no-progress\n");
    put_shallow(f, b);
    put_depth(f, b);
    for (size_t i = 0; i < f->n_want; i++)
        pkt_put(b, "want %s\n", repo_oid_text(&f->a, &f->want[i]));
    put_haves(f, b);
    pkt_put(b, "done\n");
    pkt_put_flush(b);
}

static void request_v0(struct fetch *f, struct buf *b) {
    const struct repo_caps *c = &f->s->caps;
    for (size_t i = 0; i < f->n_want; i++)
        pkt_put(b, "want %s%s%s%s%s%s%s\n", repo_oid_text(&f->a, &f->want[i]),
                i == 0 && c->thin_pack ? " thin-pack" : "", i == 0 && c->ofs_delta ? " ofs-delta" : "",
                i == 0 && c->no_progress ? " no-progress" : "",
                i == 0 && c->side_band_64k ? " side-band-64k" : "",
                i == 0 && c->side_band && !c->side_band_64k ? " side-band" : "",
                i == 0 ? " agent=git/runnel" : "");
    put_shallow(f, b);
    put_depth(f, b);
    pkt_put_flush(b);
    put_haves(f, b);
    pkt_put(b, "done\n");
}

/* ---- the answer ---- */

static bool shallow_line(struct fetch *f, struct str line, struct err *err) {
    struct repo_oid oid;
    bool un = str_starts(line, "unshallow ");
    struct str hex = str_sub(line, un ? 10 : 8, line.n);
    if (!repo_oid_parse(str_trim(hex), &oid))
        return err_set(err, ERR_INVALID, "unexpected data in the shallow list");
    size_t at = 0;
    while (at < f->n_shallow && !repo_oid_equal(&f->shallow[at], &oid))
        at++;
    if (un && at < f->n_shallow)
        f->shallow[at] = f->shallow[--f->n_shallow];
    if (un || at < f->n_shallow)
        return true;
    if (f->n_shallow >= 1000000)
        return err_set(err, ERR_LIMIT, "the shallow list is too long");
    f->shallow = arena_grow(&f->a, f->shallow, &f->cap_shallow, f->n_shallow + 1, sizeof(*f->shallow));
    f->shallow[f->n_shallow++] = oid;
    return true;
}

static bool feed_pack(struct fetch *f, struct str bytes, struct err *err) {
    f->pack_bytes += bytes.n;
    if (f->pack_bytes > MAX_PACK_BYTES)
        return err_set(err, ERR_LIMIT, "the pack is larger than %llu bytes",
                       (unsigned long long)MAX_PACK_BYTES);
    if (git_indexer_append(f->indexer, bytes.p, bytes.n, &f->progress) != 0)
        return git2_error(err, "pack");
    return true;
}

// Packets with a band in their first byte, until the flush.
static bool side_band(struct fetch *f, struct str line, struct err *err) {
    for (;;) {
        if (line.n == 0)
            return err_set(err, ERR_INVALID, "empty side-band packet");
        struct str data = str_sub(line, 1, line.n);
        if (line.p[0] == 3)
            return session_server_error(data, err);
        if (line.p[0] == 1 && !feed_pack(f, data, err))
            return false;
        if (line.p[0] < 1 || line.p[0] > 3)
            return err_set(err, ERR_INVALID, "unknown side-band channel %d", line.p[0]);
        enum pkt_type type;
        if (!session_next(f->s, &type, &line, err))
            return false;
        if (type == PKT_FLUSH)
            return true;
        if (type != PKT_DATA)
            return err_set(err, ERR_IO, "unexpected EOF");
    }
}

// v2: "shallow-info", "packfile"; others are skipped to their delimiter.
static bool answer_v2(struct fetch *f, struct err *err) {
    enum pkt_type type;
    struct str line;
    bool shallow = false;
    for (unsigned i = 0; i < REPO_MAX_LINES; i++) {
        if (!session_next(f->s, &type, &line, err))
            return false;
        if (type == PKT_DELIM) {
            shallow = false;
            continue;
        }
        if (type != PKT_DATA)
            return err_set(err, ERR_IO, "unexpected EOF: the server sent no pack");
        struct str word = str_trim(line);
        if (str_is(word, "packfile")) {
            if (!session_next(f->s, &type, &line, err))
                return false;
            return type == PKT_DATA ? side_band(f, line, err)
                                    : err_set(err, ERR_IO, "unexpected EOF: the server sent no pack");
        }
        if (str_is(word, "shallow-info"))
            shallow = true;
        else if (shallow && !shallow_line(f, line, err))
            return false;
    }
    return err_set(err, ERR_LIMIT, "the server's answer has too many lines");
}

static bool raw_pack(struct fetch *f, struct err *err) {
    struct str bytes;
    do {
        if (!pkt_raw(&f->s->pkts, &bytes, err) || (bytes.n > 0 && !feed_pack(f, bytes, err)))
            return false;
    } while (bytes.n > 0);
    return true;
}

// v0: shallow lines and a flush when a depth was asked for, then ACK or NAK, then the pack.
static bool answer_v0(struct fetch *f, struct err *err) {
    bool banded = f->s->caps.side_band || f->s->caps.side_band_64k;
    enum pkt_type type;
    struct str line;
    for (unsigned i = 0; i < REPO_MAX_LINES; i++) {
        if (!session_next(f->s, &type, &line, err))
            return false;
        if (type == PKT_FLUSH)
            continue;
        if (type != PKT_DATA)
            return err_set(err, ERR_IO, "unexpected EOF: the server sent no pack");
        bool acknowledged = str_starts(line, "ACK ") || str_starts(line, "NAK");
        if (str_starts(line, "shallow ") || str_starts(line, "unshallow ")) {
            if (!shallow_line(f, line, err))
                return false;
        } else if (!acknowledged) {
            return banded ? side_band(f, line, err)
                          : err_set(err, ERR_INVALID, "unexpected data before the pack");
        } else if (!banded) {
            return raw_pack(f, err);
        }
    }
    return err_set(err, ERR_LIMIT, "the server's answer has too many lines");
}

/* ---- one fetch ---- */

static bool finish_pack(struct fetch *f, struct err *err) {
    f->s->traffic.pack_bytes += f->pack_bytes;
    f->s->traffic.objects += f->progress.total_objects;
    if (f->pack_bytes < 12 + GIT_OID_RAWSZ)
        return err_set(err, ERR_IO, "unexpected EOF in the pack");
    if (f->progress.total_objects > 0 && git_indexer_commit(f->indexer, &f->progress) != 0)
        return git2_error(err, "pack");
    git_odb_refresh(f->store->odb);
    return true;
}

static bool check_wanted(struct fetch *f, struct err *err) {
    for (size_t i = 0; i < f->n_want; i++)
        if (!repo_store_has(f->store, &f->want[i]))
            return err_set(err, ERR_IO, "the server's pack does not hold %s",
                           repo_oid_text(&f->a, &f->want[i]));
    return true;
}

static bool exchange(struct fetch *f, struct err *err) {
    autobuf request = { 0 };
    bool v2 = f->s->caps.version == 2;
    if (v2)
        request_v2(f, &request);
    else
        request_v0(f, &request);
    if (!session_send(f->s, buf_str(&request), err))
        return false;
    if (!v2 && !f->s->wire->stateless)
        f->s->state = SESSION_FINISHED;
    return v2 ? answer_v2(f, err) : answer_v0(f, err);
}

static bool run_fetch(struct fetch *f, struct err *err) {
    git_indexer_options options = GIT_INDEXER_OPTIONS_INIT;
    const char *packs = path_join(&f->a, f->store->dir, "objects/pack");
    if (!session_ready(f->s, err) || !store_shallow_read(&f->a, f->store, &f->shallow, &f->n_shallow, err))
        return false;
    f->cap_shallow = f->n_shallow;
    if (git_indexer_new(&f->indexer, packs, 0600, f->store->odb, &options) != 0)
        return git2_error(err, "pack");
    return exchange(f, err) && finish_pack(f, err) && check_wanted(f, err) &&
           store_shallow_write(f->store, f->shallow, f->n_shallow, err) &&
           store_add_tips(f->store, f->want, f->n_want, err);
}

static bool fetch_into(struct repo_session *s, struct repo_store *store, const struct repo_oid *want,
                       size_t n_want, enum repo_depth depth, struct err *err) {
    struct fetch f = { .s = s, .store = store, .want = want, .n_want = n_want, .depth = depth };
    bool ok = run_fetch(&f, err);
    if (f.indexer)
        git_indexer_free(f.indexer);
    arena_done(&f.a);
    if (!ok && s->state == SESSION_READY && !s->wire->stateless)
        s->state = SESSION_FINISHED; // the rest of the answer is still in the channel
    return ok;
}

// A fresh store beside the old one, then in its place.
static bool fetch_fresh(struct repo_session *s, struct repo_store *store, const struct repo_oid *want,
                        size_t n_want, enum repo_depth depth, struct err *err) {
    autoarena a = { 0 };
    struct repo_store *fresh = NULL;
    const char *dir = arena_fmt(&a, "%s.new", store->dir);
    if (!dir_remove(dir, err) || !repo_store_open(dir, &fresh, err))
        return false;
    bool ok = fetch_into(s, fresh, want, n_want, depth, err) && store_replace(store, &fresh, err);
    struct err ignored = { .a = &a };
    repo_store_close(&fresh);
    if (!ok)
        (void)!dir_remove(dir, &ignored);
    return ok;
}

static bool all_tips(const struct repo_store *store, const struct repo_oid *want, size_t n_want) {
    for (size_t i = 0; i < n_want; i++)
        if (!repo_store_has_tip(store, &want[i]))
            return false;
    return true;
}

bool repo_session_fetch(struct repo_session *s, struct repo_store *store, const struct repo_oid *want,
                        size_t n_want, enum repo_depth depth, struct err *err) {
    if (n_want == 0 || (depth == REPO_DEPTH_1 && all_tips(store, want, n_want)))
        return true;
    if (depth == REPO_DEPTH_1 && store_is_worn(store))
        return fetch_fresh(s, store, want, n_want, depth, err);
    return fetch_into(s, store, want, n_want, depth, err);
}

/* ---- a commit that no ref points at ---- */

static bool can_ask_alone(const struct repo_session *s, const struct repo_oid *commit,
                          const struct repo_refs *refs) {
    if (s->caps.version == 2 || s->caps.want_any)
        return true;
    for (size_t i = 0; i < refs->n; i++)
        if (repo_oid_equal(&refs->items[i].oid, commit))
            return true;
    return false;
}

bool repo_session_fetch_commit(struct repo_session *s, struct repo_store *store,
                               const struct repo_oid *commit, const struct repo_refs *refs, struct err *err) {
    autoarena a = { 0 };
    if (repo_store_has_tip(store, commit))
        return true;
    if (!session_ready(s, err))
        return false;
    if (can_ask_alone(s, commit, refs)) {
        if (repo_session_fetch(s, store, commit, 1, REPO_DEPTH_1, err))
            return true;
        if (err->kind != ERR_NOT_FOUND)
            return false;
        err_clear(err);
    }
    struct repo_oid *tips = arena_array(&a, struct repo_oid, refs->n + 1);
    for (size_t i = 0; i < refs->n; i++)
        tips[i] = refs->items[i].oid;
    if (!repo_session_fetch(s, store, tips, refs->n, REPO_DEPTH_FULL, err))
        return false;
    if (!repo_store_has(store, commit))
        return err_set(err, ERR_NOT_FOUND, "object not found");
    return store_add_tips(store, commit, 1, err);
}
