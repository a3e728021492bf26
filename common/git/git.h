// SPDX-License-Identifier: Apache-2.0
/* Git: fetching over the smart protocol (http, https, ssh) into a bare cache, and reading commits, tags and
 * trees from it.
 *
 * What it is     an own client of protocol v2, with v0/v1 where the server has no v2: ls-refs first, then
 * depth-1 fetches that name the last commit as `have`, streamed into libgit2's indexer. A next commit costs
 * about a kilobyte. What it is not a Git working tree, a push, or libgit2's transports (no time-outs, no
 * shallow fetch: libraries.md). Deadlines      everything that talks to a server ends at
 * repo_remote.deadline_ns ("context deadline exceeded"), or when repo_remote.cancel becomes readable
 * (ERR_CANCELED). Errors         ERR_AUTH "authentication required: ...", "ssh: handshake failed: ...";
 * ERR_NOT_FOUND "repository not found", "couldn't find remote ref \"refs/heads/x\""; ERR_TIMEOUT; ERR_IO;
 * ERR_LIMIT; ERR_INVALID (URL, key). Credentials are in no message. Threads        any thread, but not the
 * loop's; one store, session or reader by one thread at a time. Call repo_init once, early. Flux
 * pkg/git/gogit: client.go, clone.go (words of the errors)
 */
#ifndef GIT_GIT_H
#define GIT_GIT_H

#include "common/net/http.h"

// libgit2 without any file outside the repository, with small caches. Before the first use of anything here.
void repo_init(void);

#define REPO_OID_BYTES 20
struct repo_oid {
    uint8_t bytes[REPO_OID_BYTES];
};
char *repo_oid_text(struct arena *a, const struct repo_oid *oid);     // 40 hex digits
must_check bool repo_oid_parse(struct str hex, struct repo_oid *out); // false: not 40 hex digits
static inline bool repo_oid_equal(const struct repo_oid *x, const struct repo_oid *y) {
    return memcmp(x, y, sizeof(*x)) == 0;
}

/* ---- the remote ---- */
struct repo_remote {
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

struct repo_ref {
    const char *name; // "HEAD", "refs/heads/main"
    struct repo_oid oid;
    bool has_peeled; // an annotated tag: what it points to in the end
    struct repo_oid peeled;
    const char *symref; // HEAD -> "refs/heads/main"; NULL = none or not told
};

struct repo_refs {
    struct repo_ref *items;
    size_t n;
};
const struct repo_ref *repo_refs_find(const struct repo_refs *refs, const char *name); // NULL: absent

/* One conversation with a remote; over ssh one connection, over http the pooled ones. */
struct repo_session;
must_check bool repo_session_open(const struct repo_remote *remote, struct repo_session **out,
                                  struct err *err);
void repo_session_close(struct repo_session **s); // for AUTO(...); NULL ok
#define autosession AUTO(repo_session_close) struct repo_session

/* The refs below the prefixes ("refs/heads/main", "refs/tags/"; NULL-terminated; NULL = all). Asked for with
 * ref-prefix where the server speaks v2, else filtered here. An empty repository gives n = 0. The result
 * lives in `a`. */
must_check bool repo_session_refs(struct arena *a, struct repo_session *s, const char *const *prefixes,
                                  struct repo_refs *out, struct err *err);

/* What the session cost until now, for logs, metrics and tests. */
struct repo_traffic {
    int protocol; // 0, 1, 2; -1 before the first answer
    uint64_t received_bytes, pack_bytes, objects;
    unsigned requests;
};
struct repo_traffic repo_session_traffic(const struct repo_session *s);

/* ---- the cache ---- */
/* A bare repository at dir, made when absent, and thrown away and made anew when broken. */
struct repo_store;
must_check bool repo_store_open(const char *dir, struct repo_store **out, struct err *err);
void repo_store_close(struct repo_store **s); // NULL ok
#define autostore AUTO(repo_store_close) struct repo_store
// Forgets everything (a broken cache, another remote).
must_check bool repo_store_reset(struct repo_store *s, struct err *err);
bool repo_store_has(struct repo_store *s, const struct repo_oid *oid);
// It was fetched, with everything that belongs to it.
bool repo_store_has_tip(const struct repo_store *s, const struct repo_oid *oid);

enum repo_depth {
    REPO_DEPTH_1,    // that commit (or tag and its commit) with its tree, no history
    REPO_DEPTH_FULL, // all history of the wanted ids
};
/* Brings `want` into the store. Already complete there: nothing is sent. want: commits or tag objects, all by
 * id. Few packs are kept: after REPO_MAX_PACKS fetches the store is fetched afresh beside the old one and
 * renamed over it. A server that does not give an id that is no ref tip: ERR_NOT_FOUND. */
#define REPO_MAX_PACKS 20
must_check bool repo_session_fetch(struct repo_session *s, struct repo_store *store,
                                   const struct repo_oid *want, size_t n_want, enum repo_depth depth,
                                   struct err *err);

/* A commit by id that no ref needs to point at: alone when the server gives it, else by fetching the full
 * history of `refs` (branches) and looking for it there. Errors: ERR_NOT_FOUND "object not found". */
must_check bool repo_session_fetch_commit(struct repo_session *s, struct repo_store *store,
                                          const struct repo_oid *commit, const struct repo_refs *refs,
                                          struct err *err);

/* ---- reading ---- */
enum repo_object_type { REPO_COMMIT, REPO_TREE, REPO_BLOB, REPO_TAG };

struct repo_person {
    const char *name, *email;
    int64_t at; // seconds since 1970
    int offset_minutes;
};

struct repo_commit {
    struct repo_oid oid, tree;
    struct repo_oid *parents;
    size_t n_parents;
    struct repo_person author, committer;
    const char *message;
    const char *signature;     // armoured; NULL = none
    struct str signed_payload; // what the signature covers; empty without one
};

struct repo_tag {
    struct repo_oid oid, target;
    enum repo_object_type target_type;
    const char *name;
    const char *message; // without the signature
    struct repo_person tagger;
    const char *signature;
    struct str signed_payload;
};

must_check bool repo_store_type(struct repo_store *s, const struct repo_oid *oid, enum repo_object_type *out,
                                struct err *err);
must_check bool repo_store_commit(struct arena *a, struct repo_store *s, const struct repo_oid *oid,
                                  struct repo_commit *out, struct err *err);
must_check bool repo_store_tag(struct arena *a, struct repo_store *s, const struct repo_oid *oid,
                               struct repo_tag *out, struct err *err);

struct repo_tree_entry {
    const char *name;
    unsigned mode; // 040000 tree, 0100644, 0100755, 0120000 link, 0160000 commit (submodule)
    struct repo_oid oid;
};
struct repo_tree {
    struct repo_tree_entry *items; // in Git's order (a tree sorts as if its name ended in '/')
    size_t n;
};
must_check bool repo_store_tree(struct arena *a, struct repo_store *s, const struct repo_oid *oid,
                                struct repo_tree *out, struct err *err);

// Content of a blob in pieces, in bounded memory where the pack holds it whole. sink returns false to stop
// (its err set).
typedef bool (*repo_blob_sink)(void *arg, struct str piece, struct err *err);
must_check bool repo_store_blob(struct repo_store *s, const struct repo_oid *oid, repo_blob_sink sink,
                                void *arg, struct err *err);
must_check bool repo_store_blob_size(struct repo_store *s, const struct repo_oid *oid, uint64_t *out,
                                     struct err *err);

/* ---- .gitmodules ---- */
struct repo_module {
    const char *name, *path, *url, *branch; // url as written (may be relative); branch NULL = none
};
struct repo_modules {
    struct repo_module *items;
    size_t n;
};
// Entries without path or url, or with a path or url that could be taken for an option or leaves the tree,
// are ERR_INVALID.
must_check bool repo_modules_parse(struct arena *a, struct str text, struct repo_modules *out,
                                   struct err *err);
// "../x.git" against the URL of the repository that names it; "git@host:path" as ssh://git@host/path.
must_check bool repo_module_url(struct arena *a, const char *parent_url, const char *url, char **out,
                                struct err *err);

/* ---- ssh ---- */
// True when the key needs a passphrase.
bool repo_ssh_key_encrypted(const char *pem);
// Errors: ERR_AUTH "ssh: no key found", "x509: decryption password incorrect", "ssh: this private key is passphrase protected".
must_check bool repo_ssh_key_check(const char *pem, const char *passphrase, struct err *err);

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
