// SPDX-License-Identifier: Apache-2.0
/* Reading commits, tags and trees. Commits and tags are parsed here, because what a signature covers must be the exact bytes.
 * Git: Documentation/gitformat-signature, commit.c (parse_buffer_signed_by_header). */
#include "common/git/pack_read.h"

#define MAX_COMMIT_BYTES (4u << 20) // of a commit or tag object
#define MAX_PARENTS 4096
#define MAX_TREE_BYTES (256u << 20)
#define LARGE_BLOB_BYTES (256u << 10)  // from here on read in pieces where the pack has it whole
#define MAX_DELTA_BYTES (512ull << 20) // else it has to fit in memory

static bool read_object(struct arena *a, struct repo_store *s, const struct repo_oid *oid, git_object_t want,
                        size_t max_bytes, struct str *out, struct err *err) {
    git_oid id;
    git_odb_object *object = NULL;
    size_t size = 0;
    git_object_t type;
    memcpy(id.id, oid->bytes, sizeof(oid->bytes));
    if (git_odb_read_header(&size, &type, s->odb, &id) != 0)
        return err_set(err, ERR_NOT_FOUND, "object not found");
    if (type != want)
        return err_set(err, ERR_INVALID, "object %s is a %s, not a %s", repo_oid_text(a, oid),
                       git_object_type2string(type), git_object_type2string(want));
    if (size > max_bytes)
        return err_set(err, ERR_LIMIT, "object %s has %zu bytes, more than %zu", repo_oid_text(a, oid), size,
                       max_bytes);
    if (git_odb_read(&object, s->odb, &id) != 0)
        return git2_error(err, "object not readable");
    *out = str_make(arena_text(a, git_odb_object_data(object), git_odb_object_size(object)),
                    git_odb_object_size(object));
    git_odb_object_free(object);
    return true;
}

bool repo_store_type(struct repo_store *s, const struct repo_oid *oid, enum repo_object_type *out,
                     struct err *err) {
    static const struct {
        git_object_t type;
        enum repo_object_type ours;
    } types[] = {
        { GIT_OBJECT_COMMIT, REPO_COMMIT },
        { GIT_OBJECT_TREE, REPO_TREE },
        { GIT_OBJECT_BLOB, REPO_BLOB },
        { GIT_OBJECT_TAG, REPO_TAG },
    };
    git_oid id;
    size_t size;
    git_object_t type;
    memcpy(id.id, oid->bytes, sizeof(oid->bytes));
    if (git_odb_read_header(&size, &type, s->odb, &id) != 0)
        return err_set(err, ERR_NOT_FOUND, "object not found");
    for (size_t i = 0; i < countof(types); i++)
        if (types[i].type == type) {
            *out = types[i].ours;
            return true;
        }
    return err_set(err, ERR_INVALID, "unexpected object type");
}

/* ---- headers of commits and tags ---- */

struct header {
    struct str key, value; // value: with its continuation lines, as they stand
    struct str whole;      // with the newline
};

// Takes one header off *rest. False at the blank line, which is taken too, and at the end.
static bool next_header(struct str *rest, struct header *out) {
    size_t n = 0;
    if (rest->n == 0)
        return false;
    if (rest->p[0] == '\n') {
        *rest = str_sub(*rest, 1, rest->n);
        return false;
    }
    do { // a line and those that start with a blank
        while (n < rest->n && rest->p[n] != '\n')
            n++;
        n += n < rest->n;
    } while (n < rest->n && rest->p[n] == ' ');
    out->whole = str_sub(*rest, 0, n);
    struct str line = out->whole;
    if (line.n > 0 && line.p[line.n - 1] == '\n')
        line.n--;
    ptrdiff_t blank = str_chr(line, ' ');
    out->key = str_sub(line, 0, blank < 0 ? line.n : (size_t)blank);
    out->value = blank < 0 ? STR("") : str_sub(line, (size_t)blank + 1, line.n);
    *rest = str_sub(*rest, n, rest->n);
    return true;
}

// Joins the continuation lines: each loses its leading blank.
static char *unfold(struct arena *a, struct str value) {
    char *out = arena_alloc(a, value.n + 2);
    size_t n = 0;
    for (size_t i = 0; i < value.n; i++) {
        out[n++] = value.p[i];
        if (value.p[i] == '\n' && i + 1 < value.n && value.p[i + 1] == ' ')
            i++;
    }
    if (n > 0 && out[n - 1] != '\n')
        out[n++] = '\n';
    out[n] = '\0';
    return out;
}

// "Name <mail> 1700000000 +0100"; what is not there stays empty, as go-git does.
static struct repo_person parse_person(struct arena *a, struct str s) {
    struct repo_person p = { .name = "", .email = "" };
    ptrdiff_t open = str_rchr(s, '<'), close = str_rchr(s, '>');
    if (open < 0 || close < open)
        return p;
    struct str name = str_trim(str_sub(s, 0, (size_t)open)),
               mail = str_sub(s, (size_t)open + 1, (size_t)close);
    p.name = arena_text(a, name.p, name.n);
    p.email = arena_text(a, mail.p, mail.n);
    struct str rest = str_trim(str_sub(s, (size_t)close + 1, s.n)), at;
    if (!str_split(&rest, ' ', &at) || !str_to_i64(at, &p.at))
        return p;
    struct str zone = str_trim(rest.p ? rest : STR(""));
    uint64_t digits;
    if (zone.n == 5 && str_to_u64(str_sub(zone, 1, 5), &digits)) {
        int minutes = (int)(digits / 100 * 60 + digits % 100);
        p.offset_minutes = zone.p[0] == '-' ? -minutes : minutes;
    }
    return p;
}

static bool add_parent(struct arena *a, struct repo_commit *c, size_t *cap, struct str value,
                       struct err *err) {
    struct repo_oid oid;
    if (!repo_oid_parse(value, &oid) || c->n_parents >= MAX_PARENTS)
        return err_set(err, ERR_INVALID, "malformed commit object");
    c->parents = arena_grow(a, c->parents, cap, c->n_parents + 1, sizeof(*c->parents));
    c->parents[c->n_parents++] = oid;
    return true;
}

bool commit_parse(struct arena *a, struct str raw, struct repo_commit *out, struct err *err) {
    struct repo_commit c = { .author = { .name = "", .email = "" },
                             .committer = { .name = "", .email = "" } };
    struct str rest = raw;
    struct header h;
    autobuf payload = { 0 };
    bool has_tree = false;
    size_t cap = 0;
    while (next_header(&rest, &h)) {
        bool signature = str_is(h.key, "gpgsig"), other = str_is(h.key, "gpgsig-sha256");
        if (signature && !c.signature)
            c.signature = unfold(a, h.value);
        if (!signature && !other)
            buf_put_str(&payload, h.whole);
        if (str_is(h.key, "tree") && !has_tree)
            has_tree = repo_oid_parse(h.value, &c.tree);
        else if (str_is(h.key, "parent") && !add_parent(a, &c, &cap, h.value, err))
            return false;
        else if (str_is(h.key, "author"))
            c.author = parse_person(a, h.value);
        else if (str_is(h.key, "committer"))
            c.committer = parse_person(a, h.value);
    }
    if (!has_tree)
        return err_set(err, ERR_INVALID, "malformed commit object");
    c.message = arena_text(a, rest.p, rest.n);
    buf_putc(&payload, '\n');
    buf_put_str(&payload, rest);
    if (c.signature)
        c.signed_payload = buf_to_arena(&payload, a);
    *out = c;
    return true;
}

bool repo_store_commit(struct arena *a, struct repo_store *s, const struct repo_oid *oid,
                       struct repo_commit *out, struct err *err) {
    struct str raw;
    if (!read_object(a, s, oid, GIT_OBJECT_COMMIT, MAX_COMMIT_BYTES, &raw, err) ||
        !commit_parse(a, raw, out, err))
        return false;
    out->oid = *oid;
    return true;
}

// A tag carries its signature behind its message: from the armour's first line to the end.
static size_t signature_start(struct str raw) {
    static const char *const armours[] = { "-----BEGIN PGP SIGNATURE-----", "-----BEGIN PGP MESSAGE-----",
                                           "-----BEGIN SSH SIGNATURE-----",
                                           "-----BEGIN SIGNED MESSAGE-----" };
    size_t found = raw.n;
    for (size_t at = 0; at < raw.n;) {
        struct str line = str_sub(raw, at, raw.n);
        for (size_t i = 0; i < countof(armours); i++)
            if (str_starts(line, armours[i]))
                found = at; // the last one, as Git
        ptrdiff_t newline = str_chr(line, '\n');
        at = newline < 0 ? raw.n : at + (size_t)newline + 1;
    }
    return found;
}

static bool tag_type(struct str word, enum repo_object_type *out) {
    static const char *const names[] = {
        [REPO_COMMIT] = "commit", [REPO_TREE] = "tree", [REPO_BLOB] = "blob", [REPO_TAG] = "tag"
    };
    for (size_t i = 0; i < countof(names); i++)
        if (str_is(word, names[i])) {
            *out = (enum repo_object_type)i;
            return true;
        }
    return false;
}

bool tag_parse(struct arena *a, struct str raw, struct repo_tag *out, struct err *err) {
    struct repo_tag t = { .name = "", .tagger = { .name = "", .email = "" } };
    size_t end = signature_start(raw);
    struct str rest = str_sub(raw, 0, end);
    struct header h;
    bool has_target = false, has_type = false;
    while (next_header(&rest, &h)) {
        if (str_is(h.key, "object"))
            has_target = repo_oid_parse(h.value, &t.target);
        else if (str_is(h.key, "type"))
            has_type = tag_type(h.value, &t.target_type);
        else if (str_is(h.key, "tag"))
            t.name = arena_text(a, h.value.p, h.value.n);
        else if (str_is(h.key, "tagger"))
            t.tagger = parse_person(a, h.value);
    }
    if (!has_target || !has_type)
        return err_set(err, ERR_INVALID, "malformed tag object");
    t.message = arena_text(a, rest.p, rest.n);
    if (end < raw.n) {
        t.signature = arena_text(a, raw.p + end, raw.n - end);
        t.signed_payload = arena_str(a, str_sub(raw, 0, end));
    }
    *out = t;
    return true;
}

bool repo_store_tag(struct arena *a, struct repo_store *s, const struct repo_oid *oid, struct repo_tag *out,
                    struct err *err) {
    struct str raw;
    if (!read_object(a, s, oid, GIT_OBJECT_TAG, MAX_COMMIT_BYTES, &raw, err) || !tag_parse(a, raw, out, err))
        return false;
    out->oid = *oid;
    return true;
}

/* ---- trees ---- */

// "mode name\0" and 20 bytes, again and again. Names that would be dangerous on a disk are refused here, once for everybody.
bool tree_parse(struct arena *a, struct str raw, struct repo_tree *out, struct err *err) {
    struct repo_tree t = { 0 };
    size_t cap = 0;
    while (raw.n > 0) {
        struct repo_tree_entry e = { 0 };
        size_t n = 0;
        while (n < raw.n && n < 7 && raw.p[n] >= '0' && raw.p[n] <= '7')
            e.mode = e.mode * 8 + (unsigned)(raw.p[n++] - '0');
        ptrdiff_t nul = str_chr(raw, '\0');
        if (n == 0 || n >= raw.n || raw.p[n] != ' ' || nul <= (ptrdiff_t)n + 1 ||
            (size_t)nul + 1 + REPO_OID_BYTES > raw.n)
            return err_set(err, ERR_INVALID, "malformed tree object");
        struct str name = str_sub(raw, n + 1, (size_t)nul);
        if (str_chr(name, '/') >= 0 || str_is(name, ".") || str_is(name, "..") || name.n > 255 * 4)
            return err_set(err, ERR_INVALID, "tree object with the file name \"%.*s\"",
                           (int)(name.n > 64 ? 64 : name.n), name.p);
        e.name = arena_text(a, name.p, name.n);
        memcpy(e.oid.bytes, raw.p + nul + 1, REPO_OID_BYTES);
        t.items = arena_grow(a, t.items, &cap, t.n + 1, sizeof(*t.items));
        t.items[t.n++] = e;
        raw = str_sub(raw, (size_t)nul + 1 + REPO_OID_BYTES, raw.n);
    }
    *out = t;
    return true;
}

bool repo_store_tree(struct arena *a, struct repo_store *s, const struct repo_oid *oid, struct repo_tree *out,
                     struct err *err) {
    struct str raw;
    return read_object(a, s, oid, GIT_OBJECT_TREE, MAX_TREE_BYTES, &raw, err) && tree_parse(a, raw, out, err);
}

/* ---- blobs ---- */

bool repo_store_blob_size(struct repo_store *s, const struct repo_oid *oid, uint64_t *out, struct err *err) {
    git_oid id;
    size_t size;
    git_object_t type;
    if (s->has_size && repo_oid_equal(&s->sized, oid)) {
        *out = s->size_bytes;
        return true;
    }
    memcpy(id.id, oid->bytes, sizeof(oid->bytes));
    if (git_odb_read_header(&size, &type, s->odb, &id) != 0)
        return err_set(err, ERR_NOT_FOUND, "object not found");
    if (type != GIT_OBJECT_BLOB)
        return err_set(err, ERR_INVALID, "the object is not a blob");
    s->sized = *oid;
    s->has_size = true;
    *out = s->size_bytes = size;
    return true;
}

static bool whole_blob(struct repo_store *s, const struct repo_oid *oid, repo_blob_sink sink, void *arg,
                       struct err *err) {
    git_oid id;
    git_odb_object *object = NULL;
    memcpy(id.id, oid->bytes, sizeof(oid->bytes));
    if (git_odb_read(&object, s->odb, &id) != 0)
        return git2_error(err, "object not readable");
    size_t n = git_odb_object_size(object);
    bool ok = git_odb_object_type(object) == GIT_OBJECT_BLOB
                  ? n == 0 || sink(arg, str_make(git_odb_object_data(object), n), err)
                  : err_set(err, ERR_INVALID, "the object is not a blob");
    git_odb_object_free(object);
    return ok;
}

bool repo_store_blob(struct repo_store *s, const struct repo_oid *oid, repo_blob_sink sink, void *arg,
                     struct err *err) {
    uint64_t size;
    if (!repo_store_blob_size(s, oid, &size, err))
        return false;
    if (size > LARGE_BLOB_BYTES) {
        enum pack_read result = pack_read_blob(s, oid, sink, arg, err);
        if (result != PACK_READ_NOT_WHOLE)
            return result == PACK_READ_DONE;
    }
    if (size > MAX_DELTA_BYTES)
        return err_set(err, ERR_LIMIT, "a file of %llu bytes is stored as a difference: too large for memory",
                       (unsigned long long)size);
    return whole_blob(s, oid, sink, arg, err);
}
