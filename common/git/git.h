// SPDX-License-Identifier: Apache-2.0
/* Git: fetching over the smart protocol (http, https, ssh) into a bare cache, and reading commits, tags and
 * trees from it.
 *
 * What it is     an own client of protocol v2, with v0/v1 where the server has no v2: ls-refs first, then
 * depth-1 fetches that name the last commit as `have`, streamed into libgit2's indexer. A next commit costs
 * about a kilobyte. What it is not a Git working tree, a push, or libgit2's transports (no time-outs, no
 * shallow fetch: libraries.md). Deadlines      everything that talks to a server ends at
 * git_remote.deadline_ns ("context deadline exceeded"), or when git_remote.cancel becomes readable
 * (ERR_CANCELED). Errors         ERR_AUTH "authentication required: ...", "ssh: handshake failed: ...";
 * ERR_NOT_FOUND "repository not found", "couldn't find remote ref \"refs/heads/x\""; ERR_TIMEOUT; ERR_IO;
 * ERR_LIMIT; ERR_INVALID (URL, key). Credentials are in no message. Threads        any thread, but not the
 * loop's; one store, session or reader by one thread at a time. Call git_init once, early. Flux
 * pkg/git/gogit: client.go, clone.go (words of the errors)
 */
#ifndef GIT_GIT_H
#define GIT_GIT_H

#include "common/net/http.h"

// libgit2 without any file outside the repository, with small caches. Before the first use of anything here.
void git_init(void);

#define GIT_OID_BYTES 20
struct git_oid {
    uint8_t bytes[GIT_OID_BYTES];
};
char *git_oid_text(struct arena *a, const struct git_oid *oid);     // 40 hex digits
must_check bool git_oid_parse(struct str hex, struct git_oid *out); // false: not 40 hex digits
static inline bool git_oid_equal(const struct git_oid *x, const struct git_oid *y) {
    return memcmp(x, y, sizeof(*x)) == 0;
}

/* ---- the remote ---- */
struct git_remote {
    const char *url; // http://, https:// or ssh://; user:password in it is used when nothing else is given
    struct http_client *http;
    int64_t deadline_ns;
    const int *cancel; // a descriptor that becomes readable to cancel; NULL = none

    const char *user, *password, *bearer; // http; user also for ssh (default "git")
    const struct http_tls *tls;
    const char *proxy; // URL with its user and password; NULL: none, or the environment's
    bool use_env_proxy;

    const char *ssh_key;                           // PEM, in memory
    const char *ssh_passphrase;                    // NULL = none
    const char *known_hosts;                       // the text of the file; required for ssh
    const char *ssh_kex_algos, *ssh_hostkey_algos; // comma-separated; NULL = the defaults
};

struct git_ref {
    const char *name; // "HEAD", "refs/heads/main"
    struct git_oid oid;
    bool has_peeled; // an annotated tag: what it points to in the end
    struct git_oid peeled;
    const char *symref; // HEAD -> "refs/heads/main"; NULL = none or not told
};

struct git_refs {
    struct git_ref *items;
    size_t n;
};
const struct git_ref *git_refs_find(const struct git_refs *refs, const char *name); // NULL: absent

/* One conversation with a remote; over ssh one connection, over http the pooled ones. */
struct git_session;
must_check bool git_session_open(const struct git_remote *remote, struct git_session **out, struct err *err);
void git_session_close(struct git_session **s); // for AUTO(...); NULL ok
#define autosession AUTO(git_session_close) struct git_session

/* The refs below the prefixes ("refs/heads/main", "refs/tags/"; NULL-terminated; NULL = all). Asked for with
 * ref-prefix where the server speaks v2, else filtered here. An empty repository gives n = 0. The result
 * lives in `a`. */
must_check bool git_session_refs(struct arena *a, struct git_session *s, const char *const *prefixes,
                                 struct git_refs *out, struct err *err);

/* What the session cost until now, for logs, metrics and tests. */
struct git_traffic {
    int protocol; // 0, 1, 2; -1 before the first answer
    uint64_t received_bytes, pack_bytes, objects;
    unsigned requests;
};
struct git_traffic git_session_traffic(const struct git_session *s);

/* ---- the cache ---- */
/* A bare repository at dir, made when absent, and thrown away and made anew when broken. */
struct git_store;
must_check bool git_store_open(const char *dir, struct git_store **out, struct err *err);
void git_store_close(struct git_store **s); // NULL ok
#define autostore AUTO(git_store_close) struct git_store
// Forgets everything (a broken cache, another remote).
must_check bool git_store_reset(struct git_store *s, struct err *err);
bool git_store_has(struct git_store *s, const struct git_oid *oid);

enum git_depth {
    GIT_DEPTH_1,    // that commit (or tag and its commit) with its tree, no history
    GIT_DEPTH_FULL, // all history of the wanted ids
};
/* Brings `want` into the store. Already complete there: nothing is sent. want: commits or tag objects, all by
 * id. Few packs are kept: after GIT_MAX_PACKS fetches the store is fetched afresh beside the old one and
 * renamed over it. A server that does not give an id that is no ref tip: ERR_NOT_FOUND. */
#define GIT_MAX_PACKS 20
must_check bool git_session_fetch(struct git_session *s, struct git_store *store, const struct git_oid *want,
                                  size_t n_want, enum git_depth depth, struct err *err);

/* A commit by id that no ref needs to point at: alone when the server gives it, else by fetching the full
 * history of `refs` (branches) and looking for it there. Errors: ERR_NOT_FOUND "object not found". */
must_check bool git_session_fetch_commit(struct git_session *s, struct git_store *store,
                                         const struct git_oid *commit, const struct git_refs *refs,
                                         struct err *err);

/* ---- reading ---- */
enum git_object_type { GIT_OBJECT_COMMIT, GIT_OBJECT_TREE, GIT_OBJECT_BLOB, GIT_OBJECT_TAG };

struct git_person {
    const char *name, *email;
    int64_t at; // seconds since 1970
    int offset_minutes;
};

struct git_commit {
    struct git_oid oid, tree;
    struct git_oid *parents;
    size_t n_parents;
    struct git_person author, committer;
    const char *message;
    const char *signature;     // armoured; NULL = none
    struct str signed_payload; // what the signature covers; empty without one
};

struct git_tag {
    struct git_oid oid, target;
    enum git_object_type target_type;
    const char *name;
    const char *message; // without the signature
    struct git_person tagger;
    const char *signature;
    struct str signed_payload;
};

must_check bool git_store_type(struct git_store *s, const struct git_oid *oid, enum git_object_type *out,
                               struct err *err);
must_check bool git_store_commit(struct arena *a, struct git_store *s, const struct git_oid *oid,
                                 struct git_commit *out, struct err *err);
must_check bool git_store_tag(struct arena *a, struct git_store *s, const struct git_oid *oid,
                              struct git_tag *out, struct err *err);

struct git_tree_entry {
    const char *name;
    unsigned mode; // 040000 tree, 0100644, 0100755, 0120000 link, 0160000 commit (submodule)
    struct git_oid oid;
};
struct git_tree {
    struct git_tree_entry *items; // in Git's order (a tree sorts as if its name ended in '/')
    size_t n;
};
must_check bool git_store_tree(struct arena *a, struct git_store *s, const struct git_oid *oid,
                               struct git_tree *out, struct err *err);

// Content of a blob in pieces, in bounded memory where the pack holds it whole. sink returns false to stop
// (its err set).
typedef bool (*git_blob_sink)(void *arg, struct str piece, struct err *err);
must_check bool git_store_blob(struct git_store *s, const struct git_oid *oid, git_blob_sink sink, void *arg,
                               struct err *err);
must_check bool git_store_blob_size(struct git_store *s, const struct git_oid *oid, uint64_t *out,
                                    struct err *err);

/* ---- .gitmodules ---- */
struct git_module {
    const char *name, *path, *url, *branch; // url as written (may be relative); branch NULL = none
};
struct git_modules {
    struct git_module *items;
    size_t n;
};
// Entries without path or url, or with a path or url that could be taken for an option or leaves the tree,
// are ERR_INVALID.
must_check bool git_modules_parse(struct arena *a, struct str text, struct git_modules *out, struct err *err);
// "../x.git" against the URL of the repository that names it.
must_check bool git_module_url(struct arena *a, const char *parent_url, const char *url, char **out,
                               struct err *err);

/* ---- known_hosts ---- */
enum known_host_result {
    KNOWN_HOST_OK,
    KNOWN_HOST_UNKNOWN,
    KNOWN_HOST_MISMATCH,
    KNOWN_HOST_REVOKED,
    KNOWN_HOST_CA_ONLY
};
/* Is `key` (base64 of the wire form, as in the file) what known_hosts has for the host? Plain, [host]:port,
 * wildcard, negated and hashed names. */
enum known_host_result known_hosts_check(struct str known_hosts, const char *host, int port,
                                         const char *key_type, const char *key_base64);
// Key types that the file has for the host, comma-separated, for the key exchange; NULL: none.
char *known_hosts_types(struct arena *a, struct str known_hosts, const char *host, int port);
// A line that is no entry: ERR_INVALID in Go's words ("knownhosts: missing host pattern").
must_check bool known_hosts_validate(struct str known_hosts, struct err *err);

#endif
