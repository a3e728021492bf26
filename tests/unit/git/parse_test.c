// SPDX-License-Identifier: Apache-2.0
/* The pure parts of git: pkt-lines, advertisements, known_hosts, .gitmodules, URLs, objects. */
#include "common/git/advert.h"
#include "common/git/pktline.h"
#include "common/git/store.h"
#include "tests/unit/check.h"

/* ---- pkt-line ---- */

static bool read_slowly(void *arg, void *to, size_t cap, size_t *out_n, struct err *err) {
    struct str *s = arg; // a byte at a time: any split of the stream gives the same
    (void)err;
    *out_n = s->n > 0 && cap > 0;
    if (*out_n)
        *(char *)to = s->p[0];
    *s = str_sub(*s, *out_n, s->n);
    return true;
}

static const struct {
    const char *bytes, *want;
} pkt_rows[] = {
    { "", "end" },
    { "0000", "flush end" },
    { "0001", "delim end" },
    { "0002", "response-end end" },
    { "0003", "invalid pkt-len found" },
    { "0004", "'' end" },
    { "0009hello0000", "'hello' flush end" },
    { "0006a\n000Abcdefg", "'a\n' 'bcdefg' end" },
    { "000", "unexpected EOF" },
    { "0009hell", "unexpected EOF" },
    { "zzzz", "invalid pkt-len found" },
    { "fff1", "invalid pkt-len found" },
    { "<html>", "invalid pkt-len found" },
    { "-001", "invalid pkt-len found" },
};

static void test_pkt_lines(void **state) {
    (void)state;
    static const char *const words[] = { "", "flush ", "delim ", "response-end ", "end" };
    struct pkt_reader *r = calloc(1, sizeof(*r));
    assert_non_null(r);
    for (size_t i = 0; i < countof(pkt_rows); i++) {
        autoarena a = { 0 };
        struct err err = { .a = &a };
        struct str left = str_of(pkt_rows[i].bytes), line;
        autobuf got = { 0 };
        enum pkt_type type = PKT_DATA;
        pkt_reader_reset(r, read_slowly, &left);
        while (type != PKT_END && pkt_next(r, &type, &line, &err)) {
            if (type == PKT_DATA)
                buf_fmt(&got, "'%.*s' ", (int)line.n, line.p);
            buf_puts(&got, words[type]);
        }
        if (err.kind != ERR_NONE)
            buf_puts(&got, err.msg);
        check_row(pkt_rows[i].bytes, str_is(buf_str(&got), pkt_rows[i].want), "got %s", got.p);
    }
    free(r);
    autobuf b = { 0 };
    pkt_put(&b, "want %s\n", "x");
    pkt_put_flush(&b);
    assert_string_equal(b.p, "000bwant x\n0000");
    check_done();
}

/* ---- advertisements ---- */

#define ID1 "1111111111111111111111111111111111111111"
#define ID2 "2222222222222222222222222222222222222222"

static void test_advertisement(void **state) {
    (void)state;
    autoarena a = { 0 };
    struct err err = { .a = &a };
    static const char first[] =
        ID1 " HEAD\0multi_ack side-band-64k shallow symref=HEAD:refs/heads/main object-format=sha1\n";
    struct advert ad = { 0 };
    assert_true(advert_v0_line(&a, &ad, str_make(first, sizeof(first) - 1), true, &err));
    assert_true(advert_v0_line(&a, &ad, STR(ID1 " refs/tags/v1\n"), false, &err));
    assert_true(advert_v0_line(&a, &ad, STR(ID2 " refs/tags/v1^{}\n"), false, &err));
    assert_true(advert_v0_line(&a, &ad, STR(ID2 " refs/tags/other^{}\n"), false,
                               &err)); // not behind its tag: dropped
    assert_true(advert_v0_line(&a, &ad, STR(ID2 " refs/heads/bad name\n"), false, &err));
    assert_true(advert_v0_line(&a, &ad, STR("shallow " ID2 "\n"), false, &err));
    assert_int_equal(ad.n_refs, 2);
    assert_string_equal(ad.refs[0].symref, "refs/heads/main");
    assert_true(ad.refs[1].has_peeled && ad.refs[1].peeled.bytes[0] == 0x22);
    assert_true(ad.caps.side_band_64k && ad.caps.shallow && !ad.caps.thin_pack && ad.caps.object_format);
    assert_false(advert_v0_line(&a, &ad, STR("not a ref"), false, &err));
    assert_int_equal(err.kind, ERR_INVALID);
    err_clear(&err);
    static const char sha256[] = ID1 " HEAD\0object-format=sha256";
    assert_false(advert_v0_line(&a, &ad, str_make(sha256, sizeof(sha256) - 1), true, &err));
    assert_int_equal(err.kind, ERR_UNSUPPORTED);
}

static void test_ls_refs(void **state) {
    (void)state;
    autoarena a = { 0 };
    struct err err = { .a = &a };
    const char *prefixes[] = { "refs/tags/", "HEAD", NULL };
    struct advert ad = { .prefixes = prefixes };
    assert_true(advert_ls_refs_line(&a, &ad, STR(ID1 " HEAD symref-target:refs/heads/main\n"), &err));
    assert_true(advert_ls_refs_line(&a, &ad, STR(ID1 " refs/tags/v1 peeled:" ID2 " unknown:x\n"), &err));
    assert_true(advert_ls_refs_line(&a, &ad, STR(ID1 " refs/heads/main\n"),
                                    &err)); // a server that ignores ref-prefix
    assert_true(advert_ls_refs_line(&a, &ad, STR("unborn HEAD symref-target:refs/heads/main\n"), &err));
    assert_int_equal(ad.n_refs, 2);
    assert_true(ad.refs[1].has_peeled && text_eq(ad.refs[0].symref, "refs/heads/main"));
    assert_false(advert_ls_refs_line(&a, &ad, STR("garbage"), &err));
}

/* ---- known_hosts ---- */

#define KEY "AAAAkey"
static const struct {
    const char *name, *file, *host;
    int port;
    enum known_host_result want;
} host_rows[] = {
    { "plain", "h ssh-rsa " KEY "\n", "h", 22, KNOWN_HOST_OK },
    { "case", "H.Example ssh-rsa " KEY " comment", "h.example", 22, KNOWN_HOST_OK },
    { "port", "[h]:2222 ssh-rsa " KEY, "h", 2222, KNOWN_HOST_OK },
    { "port differs", "h ssh-rsa " KEY, "h", 2222, KNOWN_HOST_UNKNOWN },
    { "list", "x,h,y ssh-rsa " KEY, "h", 22, KNOWN_HOST_OK },
    { "wildcard", "*.example.com ssh-rsa " KEY, "git.example.com", 22, KNOWN_HOST_OK },
    { "question mark", "h? ssh-rsa " KEY, "h1", 22, KNOWN_HOST_OK },
    { "negated", "*,!h ssh-rsa " KEY, "h", 22, KNOWN_HOST_UNKNOWN },
    { "other key", "h ssh-rsa AAAAother", "h", 22, KNOWN_HOST_MISMATCH },
    { "other type", "h ssh-ed25519 " KEY, "h", 22, KNOWN_HOST_MISMATCH },
    { "second line", "h ssh-rsa AAAAother\nh ssh-rsa " KEY, "h", 22, KNOWN_HOST_OK },
    { "other host", "x ssh-rsa " KEY, "h", 22, KNOWN_HOST_UNKNOWN },
    { "revoked", "h ssh-rsa " KEY "\n@revoked x ssh-rsa " KEY, "h", 22, KNOWN_HOST_REVOKED },
    { "other key revoked", "h ssh-rsa " KEY "\n@revoked h ssh-rsa AAAAother", "h", 22, KNOWN_HOST_OK },
    { "authority", "@cert-authority h ssh-rsa AAAAca", "h", 22, KNOWN_HOST_CA_ONLY },
    { "authority is no key", "@cert-authority h ssh-rsa " KEY, "h", 22, KNOWN_HOST_CA_ONLY },
    { "comments", "# h ssh-rsa " KEY "\n\n  \n", "h", 22, KNOWN_HOST_UNKNOWN },
    { "carriage returns", "h ssh-rsa " KEY "\r\n", "h", 22, KNOWN_HOST_OK },
    // printf h | openssl dgst -sha1 -hmac salt -binary | base64
    { "hashed", "|1|c2FsdA==|jVqr1xnqQEuc7LKclislnCMCjPg= ssh-rsa " KEY, "h", 22, KNOWN_HOST_OK },
    { "hashed, another host", "|1|c2FsdA==|jVqr1xnqQEuc7LKclislnCMCjPg= ssh-rsa " KEY, "other", 22,
      KNOWN_HOST_UNKNOWN },
    { "hashed, broken", "|1|c2FsdA== ssh-rsa " KEY, "h", 22, KNOWN_HOST_UNKNOWN },
    { "many stars", "*a*a*a*a*a*a*a*a*a*a*b ssh-rsa " KEY,
      "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", 22, KNOWN_HOST_UNKNOWN },
};

static void test_known_hosts(void **state) {
    (void)state;
    for (size_t i = 0; i < countof(host_rows); i++) {
        enum known_host_result got = known_hosts_check(str_of(host_rows[i].file), host_rows[i].host,
                                                       host_rows[i].port, "ssh-rsa", KEY);
        check_row(host_rows[i].name, got == host_rows[i].want, "got %d", got);
    }
    autoarena a = { 0 };
    struct err err = { .a = &a };
    assert_string_equal(
        known_hosts_types(&a, STR("h ssh-rsa A\nh ssh-ed25519 B\nx ecdsa-sha2-nistp256 C\nh ssh-rsa D"), "h",
                          22),
        "rsa-sha2-512,rsa-sha2-256,ssh-rsa,ssh-ed25519");
    assert_null(known_hosts_types(&a, STR("x ssh-rsa A"), "h", 22));
    static const struct {
        const char *text, *error;
    } bad[] = {
        { "h", "knownhosts: knownhosts: missing key type pattern" },
        { "h ssh-rsa", "knownhosts: knownhosts: missing key blob" },
        { "@revoked", "knownhosts: knownhosts: missing host pattern" },
    };
    for (size_t i = 0; i < countof(bad); i++) {
        bool ok = known_hosts_validate(str_of(bad[i].text), &err);
        check_row(bad[i].text, !ok && text_eq(err.msg, bad[i].error), "got %s", ok ? "no error" : err.msg);
        err_clear(&err);
    }
    assert_true(known_hosts_validate(STR("# only\n\nh ssh-rsa A\n"), &err));
    check_done();
}

/* ---- .gitmodules ---- */

static const struct {
    const char *name, *text, *want; // "path=url ..." or the error
} module_rows[] = {
    { "one", "[submodule \"a\"]\n\tpath = x/y\n\turl = https://h/a.git\n", "x/y=https://h/a.git " },
    { "quotes", "[submodule \"a\"]\npath=\"x y\" ; c\nurl = \"u#v\" # c\n", "x y=u#v " },
    { "other sections", "[core]\npath = /etc\n[submodule \"a\"]\npath = a\nurl = u\n[other \"b\"]\nurl = z\n",
      "a=u " },
    { "none", "# nothing\n", "" },
    { "no url", "[submodule \"a\"]\npath = x\n", ".gitmodules: submodule 'a' has no url" },
    { "no path", "[submodule \"a\"]\nurl = x\n", ".gitmodules: submodule 'a' has no path" },
    { "leaves", "[submodule \"a\"]\npath = ../x\nurl = u\n",
      ".gitmodules: submodule 'a' has the path '../x' outside of the tree" },
    { "absolute", "[submodule \"a\"]\npath = /x\nurl = u\n",
      ".gitmodules: submodule 'a' has the path '/x' outside of the tree" },
    { "git directory", "[submodule \"a\"]\npath = .git/hooks\nurl = u\n",
      ".gitmodules: submodule 'a' has the path '.git/hooks' outside of the tree" },
    { "option", "[submodule \"a\"]\npath = x\nurl = --upload-pack=x\n",
      ".gitmodules: submodule 'a' has a path or url that starts with '-'" },
};

static void test_modules(void **state) {
    (void)state;
    for (size_t i = 0; i < countof(module_rows); i++) {
        autoarena a = { 0 };
        struct err err = { .a = &a };
        struct repo_modules list;
        autobuf got = { 0 };
        buf_puts(&got, "");
        if (repo_modules_parse(&a, str_of(module_rows[i].text), &list, &err))
            for (size_t m = 0; m < list.n; m++)
                buf_fmt(&got, "%s=%s ", list.items[m].path, list.items[m].url);
        else
            buf_puts(&got, err.msg);
        check_row(module_rows[i].name, str_is(buf_str(&got), module_rows[i].want), "got %s", got.p);
    }
    check_done();
}

static const struct {
    const char *parent, *url, *want;
} url_rows[] = {
    { "https://h/a/b.git", "../c.git", "https://h/a/c.git" },
    { "https://h/a/b.git/", "../c.git", "https://h/a/c.git" },
    { "https://h/a/b.git", "./c.git", "https://h/a/b.git/c.git" },
    { "https://h/a/b.git", "../../c.git", "https://h/c.git" },
    { "https://h/a/b.git", "../../../c.git", "the relative submodule url '../../../c.git' leaves its host" },
    { "https://h/a/b.git", "https://x/y", "https://x/y" },
    { "ssh://git@h:22/a/b", "../c", "ssh://git@h:22/a/c" },
    { "https://h/a", "git@x:o/r.git", "ssh://git@x/o/r.git" },
    { "https://h", "../c", "cannot resolve the relative submodule url '../c'" },
};

static void test_module_urls(void **state) {
    (void)state;
    for (size_t i = 0; i < countof(url_rows); i++) {
        autoarena a = { 0 };
        struct err err = { .a = &a };
        char *got = NULL;
        if (!repo_module_url(&a, url_rows[i].parent, url_rows[i].url, &got, &err))
            got = arena_strdup(&a, err.msg);
        check_row(url_rows[i].url, text_eq(got, url_rows[i].want), "got %s", got);
    }
    check_done();
}

/* ---- objects ---- */

static void test_commit(void **state) {
    (void)state;
    autoarena a = { 0 };
    struct err err = { .a = &a };
    struct repo_commit c;
    static const char raw[] =
        "tree " ID1 "\nparent " ID2 "\nauthor A <a@e> 1700000000 +0130\ncommitter C D <> 5 -0800\n"
        "gpgsig -----BEGIN SSH SIGNATURE-----\n abc\n \n -----END SSH SIGNATURE-----\nencoding "
        "x\n\nsubject\n\nbody\n";
    assert_true(commit_parse(&a, str_of(raw), &c, &err));
    assert_string_equal(c.message, "subject\n\nbody\n");
    assert_string_equal(c.signature, "-----BEGIN SSH SIGNATURE-----\nabc\n\n-----END SSH SIGNATURE-----\n");
    assert_string_equal(c.signed_payload.p, "tree " ID1 "\nparent " ID2 "\nauthor A <a@e> 1700000000 +0130\n"
                                            "committer C D <> 5 -0800\nencoding x\n\nsubject\n\nbody\n");
    assert_int_equal(c.n_parents, 1);
    assert_true(text_eq(c.author.name, "A") && text_eq(c.author.email, "a@e") && c.author.at == 1700000000 &&
                c.author.offset_minutes == 90);
    assert_true(text_eq(c.committer.name, "C D") && c.committer.offset_minutes == -480);
    assert_false(commit_parse(&a, STR("parent x\n\n"), &c, &err));
    err_clear(&err);
    assert_false(commit_parse(&a, STR(""), &c, &err));
}

static void test_tag(void **state) {
    (void)state;
    autoarena a = { 0 };
    struct err err = { .a = &a };
    struct repo_tag t;
    static const char head[] = "object " ID1 "\ntype commit\ntag v1\ntagger T <t@e> 1 +0000\n\nmessage\n";
    static const char signature[] = "-----BEGIN PGP SIGNATURE-----\n\nx\n-----END PGP SIGNATURE-----\n";
    assert_true(tag_parse(&a, str_of(arena_fmt(&a, "%s%s", head, signature)), &t, &err));
    assert_true(text_eq(t.name, "v1") && text_eq(t.message, "message\n") && t.target_type == REPO_COMMIT);
    assert_string_equal(t.signature, signature);
    assert_string_equal(t.signed_payload.p, head);
    assert_true(tag_parse(&a, str_of(head), &t, &err));
    assert_null(t.signature);
    assert_false(tag_parse(&a, STR("tag x\n\n"), &t, &err));
}

static const struct {
    const char *name;
    const char *bytes;
    size_t n;
    bool good;
} tree_rows[] = {
#define TREE(name, text, good)                                                                               \
    {                                                                                                        \
        name,                                                                                                \
            text "\0"                                                                                        \
                 "aaaaaaaaaaaaaaaaaaaa",                                                                     \
            sizeof(text) + 20, good                                                                          \
    }
    TREE("file", "100644 a", true),         TREE("dir", "40000 d", true),
    TREE("dot", "100644 .", false),         TREE("dotdot", "40000 ..", false),
    TREE("slash", "100644 a/b", false),     TREE("no name", "100644 ", false),
    TREE("no mode", " a", false),           TREE("letters", "1x0644 a", false),
    { "cut", "100644 a\0aaaa", 13, false }, { "empty", "", 0, true },
};

static void test_trees(void **state) {
    (void)state;
    for (size_t i = 0; i < countof(tree_rows); i++) {
        autoarena a = { 0 };
        struct err err = { .a = &a };
        struct repo_tree t;
        bool good = tree_parse(&a, str_make(tree_rows[i].bytes, tree_rows[i].n), &t, &err);
        check_row(tree_rows[i].name, good == tree_rows[i].good, "%s", good ? "accepted" : err.msg);
    }
    check_done();
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pkt_lines), cmocka_unit_test(test_advertisement),
        cmocka_unit_test(test_ls_refs),   cmocka_unit_test(test_known_hosts),
        cmocka_unit_test(test_modules),   cmocka_unit_test(test_module_urls),
        cmocka_unit_test(test_commit),    cmocka_unit_test(test_tag),
        cmocka_unit_test(test_trees),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
