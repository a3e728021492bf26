// SPDX-License-Identifier: Apache-2.0
/* A conversation with a remote: which protocol it speaks, and its refs. Git: gitprotocol-v2(5), gitprotocol-pack(5). */
#include "common/git/session.h"

bool repo_session_open(const struct repo_remote *remote, struct repo_session **out, struct err *err) {
    autoarena a = { 0 };
    struct err hidden = { .a = &a }; // its text has the whole URL in it
    struct url url = { 0 };
    repo_init();
    if (!url_parse(&a, remote->url, &url, &hidden) || text_empty(url.host))
        return err_set(err, ERR_INVALID, "the Git URL cannot be parsed or has no host");
    bool ssh = text_eq(url.scheme, "ssh");
    if (!ssh && !text_eq(url.scheme, "http") && !text_eq(url.scheme, "https"))
        return err_set(err, ERR_INVALID, "unknown transport '%s'", url.scheme ? url.scheme : "");
    if (ssh && (text_empty(remote->known_hosts) || text_empty(remote->ssh_key)))
        return err_set(err, ERR_AUTH, "invalid 'ssh' auth option: '%s' is required",
                       text_empty(remote->ssh_key) ? "identity" : "known_hosts");
    if (ssh && !known_hosts_validate(str_of(remote->known_hosts), err))
        return false;
    struct repo_session *s = calloc(1, sizeof(*s));
    if (!s)
        abort();
    s->wire = ssh ? wire_ssh_new(remote, &url) : wire_http_new(remote, &url);
    s->traffic.protocol = -1;
    *out = s;
    return true;
}

void repo_session_close(struct repo_session **s) {
    if (!*s)
        return;
    (*s)->wire->ops->close((*s)->wire);
    arena_done(&(*s)->a);
    free(*s);
    *s = NULL;
}

struct repo_traffic repo_session_traffic(const struct repo_session *s) {
    struct repo_traffic t = s->traffic;
    t.requests = s->wire->requests;
    t.received_bytes = s->pkts.received_bytes;
    return t;
}

bool session_server_error(struct str text, struct err *err) {
    autoarena a = { 0 };
    if (advert_means_not_found(text))
        return err_set(err, ERR_NOT_FOUND, "repository not found");
    bool missing = str_find(text, STR("not our ref")) >= 0;
    return err_set(err, missing ? ERR_NOT_FOUND : ERR_IO, "remote: %s", server_text(&a, text));
}

bool session_next(struct repo_session *s, enum pkt_type *out_type, struct str *line, struct err *err) {
    if (!pkt_next(&s->pkts, out_type, line, err))
        return false;
    if (*out_type == PKT_DATA && str_starts(*line, "ERR "))
        return session_server_error(str_sub(*line, 4, line->n), err);
    return true;
}

bool session_send(struct repo_session *s, struct str request, struct err *err) {
    if (!s->wire->ops->send(s->wire, request, err))
        return false;
    if (s->wire->stateless)
        pkt_reader_reset(&s->pkts, s->wire->ops->read, s->wire);
    return true;
}

static bool read_v2_capabilities(struct repo_session *s, struct err *err) {
    enum pkt_type type;
    struct str line;
    for (unsigned i = 0; i < 1000; i++) {
        if (!session_next(s, &type, &line, err))
            return false;
        if (type == PKT_FLUSH) {
            s->state = SESSION_READY;
            return s->caps.ls_refs && s->caps.fetch
                       ? true
                       : err_set(err, ERR_UNSUPPORTED, "the server offers no fetch");
        }
        if (type != PKT_DATA)
            return err_set(err, ERR_IO, "unexpected EOF");
        if (!advert_v2_capability(&s->caps, line, err))
            return false;
    }
    return err_set(err, ERR_LIMIT, "the server announces too many capabilities");
}

// The first line of the advertisement, behind "# service=..." and its flush, which HTTP servers put in front.
static bool first_line(struct repo_session *s, enum pkt_type *type, struct str *line, struct err *err) {
    if (!session_next(s, type, line, err))
        return false;
    if (*type != PKT_DATA || !str_starts(*line, "# service="))
        return true;
    if (!session_next(s, type, line, err))
        return false;
    if (*type != PKT_FLUSH)
        return err_set(err, ERR_INVALID, "invalid pkt-len found");
    return session_next(s, type, line, err);
}

static bool discover(struct repo_session *s, struct err *err) {
    enum pkt_type type;
    struct str line;
    arena_done(&s->a);
    s->caps = (struct repo_caps) { 0 };
    if (!s->wire->ops->discover(s->wire, err))
        return false;
    pkt_reader_reset(&s->pkts, s->wire->ops->read, s->wire);
    if (!first_line(s, &type, &line, err))
        return false;
    if (type == PKT_DATA && str_starts(line, "version 2")) {
        s->caps.version = s->traffic.protocol = 2;
        return read_v2_capabilities(s, err);
    }
    s->traffic.protocol = 0;
    if (type == PKT_DATA && str_starts(line, "version 1")) {
        s->caps.version = s->traffic.protocol = 1;
        if (!session_next(s, &type, &line, err))
            return false;
    }
    if (type == PKT_END)
        return err_set(err, ERR_IO, "unexpected EOF");
    s->first_line = type == PKT_DATA ? arena_str(&s->a, line) : STR("");
    s->state = type == PKT_DATA ? SESSION_REFS : SESSION_READY; // a lone flush: an empty repository
    return true;
}

// v0: the rest of the advertisement.
static bool read_v0_refs(struct arena *a, struct repo_session *s, struct advert *ad, struct err *err) {
    enum pkt_type type = PKT_DATA;
    struct str line = s->first_line;
    for (unsigned i = 0; i < REPO_MAX_LINES; i++) {
        if (type == PKT_FLUSH) {
            int version = s->caps.version;
            s->caps = ad->caps;
            s->caps.version = version;
            s->state = SESSION_READY;
            return true;
        }
        if (type != PKT_DATA)
            return err_set(err, ERR_IO, "unexpected EOF");
        if (!advert_v0_line(a, ad, line, i == 0, err) || !session_next(s, &type, &line, err))
            return false;
    }
    return err_set(err, ERR_LIMIT, "the server lists too many refs");
}

static bool ls_refs(struct arena *a, struct repo_session *s, struct advert *ad, struct err *err) {
    autobuf request = { 0 };
    pkt_put(&request, "command=ls-refs\n");
    if (s->caps.object_format)
        pkt_put(&request, "object-format=sha1");
    pkt_put_delim(&request);
    pkt_put(&request, "peel\n");
    pkt_put(&request, "symrefs\n");
    for (const char *const *p = ad->prefixes; p && *p; p++)
        pkt_put(&request, "ref-prefix %.1000s\n", *p);
    pkt_put_flush(&request);
    if (!session_send(s, buf_str(&request), err))
        return false;
    for (unsigned i = 0; i < REPO_MAX_LINES; i++) {
        enum pkt_type type;
        struct str line;
        if (!session_next(s, &type, &line, err))
            return false;
        if (type == PKT_FLUSH)
            return true;
        if (type != PKT_DATA)
            return err_set(err, ERR_IO, "unexpected EOF");
        if (!advert_ls_refs_line(a, ad, line, err))
            return false;
    }
    return err_set(err, ERR_LIMIT, "the server lists too many refs");
}

bool session_ready(struct repo_session *s, struct err *err) {
    static const char *const none[] = { NULL };
    autoarena a = { 0 };
    struct advert ad = { .prefixes = none };
    bool fresh = s->state == SESSION_NEW || s->state == SESSION_FINISHED;
    if (fresh && !discover(s, err))
        return false;
    return s->state == SESSION_READY || read_v0_refs(&a, s, &ad, err);
}

bool repo_session_refs(struct arena *a, struct repo_session *s, const char *const *prefixes,
                       struct repo_refs *out, struct err *err) {
    struct advert ad = { .prefixes = prefixes };
    bool again = s->caps.version != 2 && s->state != SESSION_REFS;
    if ((s->state == SESSION_NEW || s->state == SESSION_FINISHED || again) && !discover(s, err))
        return false;
    if (s->caps.version == 2 ? !ls_refs(a, s, &ad, err)
                             : s->state == SESSION_REFS && !read_v0_refs(a, s, &ad, err))
        return false;
    *out = (struct repo_refs) { ad.refs, ad.n_refs };
    return true;
}
