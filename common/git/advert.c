// SPDX-License-Identifier: Apache-2.0
/* Parsing of what a Git server advertises; see advert.h. Git: gitprotocol-pack(5), gitprotocol-v2(5). */
#include "common/git/advert.h"

static struct str without_newline(struct str line) {
    if (line.n > 0 && line.p[line.n - 1] == '\n')
        line.n--;
    return line;
}

static bool wanted(const struct advert *ad, struct str name) {
    if (!ad->prefixes)
        return true;
    for (const char *const *p = ad->prefixes; *p; p++)
        if (str_starts(name, *p))
            return true;
    return false;
}

// A name that could not be a ref (control characters, blanks) is not kept: it would end up in messages and requests.
static bool name_is_plain(struct str name) {
    for (size_t i = 0; i < name.n; i++)
        if ((unsigned char)name.p[i] <= ' ' || name.p[i] == 0x7f)
            return false;
    return name.n > 0 && name.n < LIMIT_PATH_BYTES;
}

static bool add_ref(struct arena *a, struct advert *ad, struct repo_ref ref, struct str name,
                    struct err *err) {
    if (!wanted(ad, name) || !name_is_plain(name))
        return true;
    if (ad->n_refs >= REPO_MAX_REFS)
        return err_set(err, ERR_LIMIT, "the repository has more than %d refs", REPO_MAX_REFS);
    ad->refs = arena_grow(a, ad->refs, &ad->cap_refs, ad->n_refs + 1, sizeof(*ad->refs));
    ref.name = arena_text(a, name.p, name.n);
    ad->refs[ad->n_refs++] = ref;
    return true;
}

static bool object_format(struct repo_caps *caps, struct str value, struct err *err) {
    if (!str_is(value, "sha1"))
        return err_set(err, ERR_UNSUPPORTED, "the repository uses the hash '%.*s', only sha1 is supported",
                       (int)(value.n > 32 ? 32 : value.n), value.p);
    caps->object_format = true;
    return true;
}

bool advert_v2_capability(struct repo_caps *caps, struct str line, struct err *err) {
    line = without_newline(line);
    if (str_is(line, "ls-refs") || str_starts(line, "ls-refs="))
        caps->ls_refs = true;
    if (str_is(line, "fetch") || str_starts(line, "fetch=")) {
        caps->fetch = true;
        struct str words = str_sub(line, 6, line.n), word;
        while (str_split(&words, ' ', &word))
            if (str_is(word, "shallow"))
                caps->shallow = true;
    }
    if (str_starts(line, "object-format="))
        return object_format(caps, str_sub(line, 14, line.n), err);
    return true;
}

static bool v0_capabilities(struct arena *a, struct advert *ad, struct str words, struct err *err) {
    static const struct {
        const char *name;
        size_t offset;
    } flags[] = {
        { "shallow", offsetof(struct repo_caps, shallow) },
        { "side-band-64k", offsetof(struct repo_caps, side_band_64k) },
        { "side-band", offsetof(struct repo_caps, side_band) },
        { "ofs-delta", offsetof(struct repo_caps, ofs_delta) },
        { "thin-pack", offsetof(struct repo_caps, thin_pack) },
        { "no-progress", offsetof(struct repo_caps, no_progress) },
        { "allow-tip-sha1-in-want", offsetof(struct repo_caps, want_tip) },
        { "allow-reachable-sha1-in-want", offsetof(struct repo_caps, want_any) },
    };
    struct str word;
    while (str_split(&words, ' ', &word)) {
        for (size_t i = 0; i < countof(flags); i++)
            if (str_is(word, flags[i].name))
                *(bool *)((char *)&ad->caps + flags[i].offset) = true;
        if (str_starts(word, "symref=HEAD:") && name_is_plain(str_sub(word, 12, word.n)))
            ad->head_symref = arena_text(a, word.p + 12, word.n - 12);
        if (str_starts(word, "object-format=") && !object_format(&ad->caps, str_sub(word, 14, word.n), err))
            return false;
    }
    return true;
}

bool advert_v0_line(struct arena *a, struct advert *ad, struct str line, bool first, struct err *err) {
    line = without_newline(line);
    if (str_starts(line, "shallow "))
        return true;
    struct repo_ref ref = { 0 };
    if (line.n < 42 || line.p[40] != ' ' || !repo_oid_parse(str_sub(line, 0, 40), &ref.oid))
        return err_set(err, ERR_INVALID, "unexpected data in the ref advertisement");
    struct str name = str_sub(line, 41, line.n);
    ptrdiff_t nul = str_chr(name, '\0');
    if (nul >= 0) {
        struct str words = str_sub(name, (size_t)nul + 1, name.n);
        name.n = (size_t)nul;
        if (first && !v0_capabilities(a, ad, words, err))
            return false;
    }
    if (str_is(name, "capabilities^{}")) // an empty repository
        return true;
    if (str_ends(name, "^{}")) {
        name.n -= 3;
        struct repo_ref *last = ad->n_refs > 0 ? &ad->refs[ad->n_refs - 1] : NULL;
        if (last && str_is(name, last->name)) {
            last->has_peeled = true;
            last->peeled = ref.oid;
        }
        return true;
    }
    if (str_is(name, "HEAD"))
        ref.symref = ad->head_symref;
    return add_ref(a, ad, ref, name, err);
}

bool advert_ls_refs_line(struct arena *a, struct advert *ad, struct str line, struct err *err) {
    line = without_newline(line);
    if (str_starts(line, "unborn "))
        return true;
    struct repo_ref ref = { 0 };
    if (line.n < 42 || line.p[40] != ' ' || !repo_oid_parse(str_sub(line, 0, 40), &ref.oid))
        return err_set(err, ERR_INVALID, "unexpected data in the list of refs");
    struct str rest = str_sub(line, 41, line.n), name, word;
    if (!str_split(&rest, ' ', &name))
        name = STR("");
    while (str_split(&rest, ' ', &word)) {
        if (str_starts(word, "peeled:"))
            ref.has_peeled = repo_oid_parse(str_sub(word, 7, word.n), &ref.peeled);
        if (str_starts(word, "symref-target:") && name_is_plain(str_sub(word, 14, word.n)))
            ref.symref = arena_text(a, word.p + 14, word.n - 14);
    }
    return add_ref(a, ad, ref, name, err);
}

bool advert_means_not_found(struct str text) {
    static const char *const phrases[] = {
        "Repository not found",
        "repository does not exist",
        "does not appear to be a git repository",
        "no such repository",
        "access denied",
        "Repository does not exist or you do not have access",
        "The project you were looking for could not be found",
        "repository not exported",
    };
    for (size_t i = 0; i < countof(phrases); i++)
        if (str_find(text, str_of(phrases[i])) >= 0)
            return true;
    return false;
}
