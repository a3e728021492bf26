// SPDX-License-Identifier: Apache-2.0
/* Serving artifacts; see server.h. RFC 9110 sections 13 (conditional requests) and 14 (ranges). */
#include "source-controller/server.h"

#include "common/base/buf.h"
#include "common/base/file.h"
#include "source-controller/storage_inner.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define MAX_LISTED 10000

static bool digits_to(const char **p, uint64_t *out) {
    const char *start = *p;
    while (**p >= '0' && **p <= '9')
        ++*p;
    return str_to_u64(str_make(start, (size_t)(*p - start)), out);
}

int range_parse(const char *header, uint64_t size, uint64_t *out_from, uint64_t *out_n) {
    uint64_t from = 0, to = 0;
    *out_from = 0;
    *out_n = size;
    if (!header || !text_starts(header, "bytes=") || strchr(header, ','))
        return 200;
    const char *p = header + 6;
    if (*p == '-') { // the last n bytes
        p++;
        if (!digits_to(&p, &to) || *p)
            return 200;
        if (to == 0 || size == 0)
            return 416;
        *out_from = to < size ? size - to : 0;
        *out_n = size - *out_from;
        return 206;
    }
    if (!digits_to(&p, &from) || *p++ != '-')
        return 200;
    bool open_end = *p == '\0';
    if (!open_end && (!digits_to(&p, &to) || *p || to < from))
        return 200;
    if (from >= size)
        return 416;
    if (open_end || to >= size)
        to = size - 1;
    *out_from = from;
    *out_n = to - from + 1;
    return 206;
}

static char *http_date(struct arena *a, time_t t) {
    struct tm tm;
    char *text = arena_alloc(a, 40);
    gmtime_r(&t, &tm);
    strftime(text, 40, "%a, %d %b %Y %H:%M:%S GMT", &tm);
    return text;
}

static bool parse_http_date(const char *text, time_t *out) {
    struct tm tm = { 0 };
    const char *end = strptime(text, "%a, %d %b %Y %H:%M:%S GMT", &tm);
    if (!end || *end)
        return false;
    *out = timegm(&tm);
    return true;
}

static bool etag_listed(const char *header, const char *etag) {
    struct str rest = str_of(header), one;
    while (str_split(&rest, ',', &one)) {
        one = str_trim(one);
        if (str_starts(one, "W/"))
            one = str_sub(one, 2, one.n);
        if (str_is(one, etag) || str_is(one, "*"))
            return true;
    }
    return false;
}

static bool not_modified(const struct http_exchange *x, const char *etag, time_t modified) {
    const char *match = http_request_header(x, "If-None-Match"),
               *since = http_request_header(x, "If-Modified-Since");
    time_t t;
    if (match)
        return etag_listed(match, etag);
    return since && parse_http_date(since, &t) && modified <= t;
}

// If-Range: the range counts only for the same file.
static bool range_is_for_this(const struct http_exchange *x, const char *etag, const char *modified) {
    const char *if_range = http_request_header(x, "If-Range");
    return !if_range || text_eq(if_range, etag) || text_eq(if_range, modified);
}

static const char *content_type(const char *path) {
    static const struct {
        const char *suffix, *type;
    } types[] = {
        { ".gz", "application/gzip" },           { ".tgz", "application/gzip" },
        { ".yaml", "text/yaml; charset=utf-8" }, { ".json", "application/json" },
        { ".txt", "text/plain; charset=utf-8" },
    };
    for (size_t i = 0; i < countof(types); i++)
        if (text_ends(path, types[i].suffix))
            return types[i].type;
    return "application/octet-stream";
}

static void reply_file(struct http_exchange *x, const char *path, int take_fd, const struct stat *st) {
    struct arena *a = http_arena(x);
    autofd fd = take_fd;
    uint64_t size = (uint64_t)st->st_size, from = 0, n = size;
    // A stored file is replaced by rename, never changed: inode, time and size name its content.
    const char *etag = arena_fmt(
        a, "\"%llx-%llx-%llx\"", (unsigned long long)st->st_ino, (unsigned long long)size,
        (unsigned long long)st->st_mtim.tv_sec * 1000000000ull + (unsigned long long)st->st_mtim.tv_nsec);
    const char *modified = http_date(a, st->st_mtim.tv_sec);
    http_add_header(x, "ETag", etag);
    http_add_header(x, "Last-Modified", modified);
    http_add_header(x, "Accept-Ranges", "bytes");
    if (not_modified(x, etag, st->st_mtim.tv_sec)) {
        http_reply(x, 304, NULL, STR(""));
        return;
    }
    int status = 200;
    if (range_is_for_this(x, etag, modified))
        status = range_parse(http_request_header(x, "Range"), size, &from, &n);
    if (status == 416) {
        http_add_header(x, "Content-Range", arena_fmt(a, "bytes */%llu", (unsigned long long)size));
        http_reply_text(x, 416, "requested range not satisfiable\n");
        return;
    }
    if (status == 206)
        http_add_header(x, "Content-Range",
                        arena_fmt(a, "bytes %llu-%llu/%llu", (unsigned long long)from,
                                  (unsigned long long)(from + n - 1), (unsigned long long)size));
    http_reply_file(x, status, content_type(path), fd_steal(&fd), from, n);
}

static int by_text(const void *x, const void *y) {
    return strcmp(*(const char *const *)x, *(const char *const *)y);
}

static bool is_hidden(const char *name) {
    return name[0] == '.' || text_ends(name, ".lock");
}

static void put_html(struct buf *b, const char *text) {
    for (; *text; text++) {
        if (strchr("<>&\"'", *text))
            buf_fmt(b, "&#%d;", *text);
        else
            buf_putc(b, *text);
    }
}

static void reply_listing(struct http_exchange *x, int take_fd) {
    struct arena *a = http_arena(x);
    autofd fd = take_fd;
    DIR *d = fdopendir(fd);
    if (!d) {
        http_reply_text(x, 500, "Error reading directory\n");
        return;
    }
    fd_steal(&fd); // closedir closes it
    const char **names = arena_array(a, const char *, MAX_LISTED);
    size_t n = 0;
    for (const struct dirent *e = readdir(d); e && n < MAX_LISTED; e = readdir(d))
        if (!is_hidden(e->d_name))
            names[n++] = arena_fmt(a, "%s%s", e->d_name, e->d_type == DT_DIR ? "/" : "");
    closedir(d);
    if (n > 0)
        qsort(names, n, sizeof(*names), by_text);
    autobuf html = { 0 };
    buf_puts(&html, "<!doctype html>\n<meta name=\"viewport\" content=\"width=device-width\">\n<pre>\n");
    for (size_t i = 0; i < n; i++) {
        buf_fmt(&html, "<a href=\"%s%s\">",
                url_path_escape(a, str_sub(str_of(names[i]), 0, strcspn(names[i], "/"))),
                strchr(names[i], '/') ? "/" : "");
        put_html(&html, names[i]);
        buf_puts(&html, "</a>\n");
    }
    buf_puts(&html, "</pre>\n");
    http_reply(x, 200, "text/html; charset=utf-8", buf_str(&html));
}

// No component that starts with a dot, no lock files: caches and temporary files are nobody's business.
static bool path_is_public(struct str path) {
    struct str name;
    while (str_split(&path, '/', &name))
        if (name.n > 0 && (name.p[0] == '.' || str_ends(name, ".lock")))
            return false;
    return true;
}

static void handle(void *arg, struct http_exchange *x) {
    const struct storage *s = arg;
    const char *method = http_method(x), *path = http_path(x);
    struct stat st;
    if (!text_eq(method, "GET") && !text_eq(method, "HEAD")) {
        http_add_header(x, "Allow", "GET, HEAD");
        http_reply_text(x, 405, "method not allowed\n");
        return;
    }
    autofd fd = path_is_public(str_of(path)) ? storage_openat(s, path, O_RDONLY) : -1;
    if (fd < 0 || fstat(fd, &st) != 0 || !(S_ISREG(st.st_mode) || S_ISDIR(st.st_mode))) {
        http_reply_text(x, 404, "404 page not found\n");
        return;
    }
    bool slash = text_ends(path, "/");
    if (S_ISREG(st.st_mode) && !slash)
        reply_file(x, path, fd_steal(&fd), &st);
    else if (S_ISREG(st.st_mode))
        http_reply_text(x, 404, "404 page not found\n");
    else if (slash)
        reply_listing(x, fd_steal(&fd));
    else {
        const char *name = strrchr(path, '/');
        http_add_header(x, "Location",
                        arena_fmt(http_arena(x), "%s/", url_path_escape(http_arena(x), str_of(name + 1))));
        http_reply(x, 301, NULL, STR(""));
    }
}

bool artifact_server_start(struct loop *l, const char *address, const struct storage *storage,
                           struct http_server **out, struct err *err) {
    const struct http_server_config config = { .address = address,
                                               .max_body_bytes = 4096,
                                               .max_connections = 1024 };
    return http_server_start(l, &config, handle, (void *)(uintptr_t)storage, out, err);
}
