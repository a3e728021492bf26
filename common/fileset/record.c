// SPDX-License-Identifier: Apache-2.0
/* Notes of what was read from a fileset, and whether another one would have given the same. */
#include "common/fileset/backend.h"

#include "common/crypto/digest.h"

#include <stdio.h>

#define HEX_DIGEST_BYTES 65
#define MAX_RECORD_BYTES (16u << 20)

static void hex_sha256(const void *p, size_t n, char out[HEX_DIGEST_BYTES]) {
    autoarena a = { 0 };
    struct digest d;
    digest_of(DIGEST_SHA256, str_make(p, n), &d);
    memcpy(out, digest_hex(&a, &d), HEX_DIGEST_BYTES);
}

void record_note(struct fileset *fs, char kind, const char *path, const char *digest) {
    if (!fs->recording)
        return;
    autobuf key = { 0 };
    buf_fmt(&key, "%c %s", kind, path);
    char *copy = strdup(digest);
    if (!copy)
        abort();
    free(map_set(&fs->notes, key.p, copy));
}

void record_bytes(struct fileset *fs, const char *path, struct str bytes) {
    char hex[HEX_DIGEST_BYTES];
    if (!fs->recording)
        return;
    hex_sha256(bytes.p, bytes.n, hex);
    record_note(fs, 'F', path, hex);
}

static void list_digest(const struct fileset_entries *list, char out[HEX_DIGEST_BYTES]) {
    autobuf text = { 0 };
    for (size_t i = 0; i < list->n; i++) {
        buf_puts(&text, list->items[i].name);
        buf_fmt(&text, "%c%d\n", 0, list->items[i].type);
    }
    hex_sha256(text.p ? text.p : "", text.n, out);
}

void record_list(struct fileset *fs, const char *path, const struct fileset_entries *list) {
    char hex[HEX_DIGEST_BYTES];
    if (!fs->recording)
        return;
    list_digest(list, hex);
    record_note(fs, 'D', path, hex);
}

void fileset_record(struct fileset *fs) {
    fs->recording = true;
}

static int by_text(const void *x, const void *y) {
    return strcmp(*(const char *const *)x, *(const char *const *)y);
}

char *fileset_record_text(struct arena *a, struct fileset *fs) {
    autobuf text = { 0 };
    char **lines = arena_array(a, char *, fs->notes.count + 1);
    size_t n = 0;
    const char *key;
    void *value;
    for (size_t i = 0; map_next(&fs->notes, &i, &key, &value);)
        lines[n++] = arena_fmt(a, "%.1s %s %s\n", key, (const char *)value, key + 2);
    qsort(lines, n, sizeof(*lines), by_text);
    for (size_t i = 0; i < n; i++)
        buf_puts(&text, lines[i]);
    return arena_text(a, text.p ? text.p : "", text.n);
}

static bool file_holds(struct arena *a, struct fileset *fs, const char *path, struct str want) {
    struct err err = { .a = a };
    struct str bytes;
    char hex[HEX_DIGEST_BYTES];
    if (want.n != HEX_DIGEST_BYTES - 1) { // it was no file: it must still be none
        struct fileset_entry e;
        bool there = fileset_stat(a, fs, path, &e, &err);
        return str_is(want, !there                   ? "-"
                            : e.type == FILESET_DIR  ? "dir"
                            : e.type == FILESET_FILE ? "file"
                                                     : "other");
    }
    if (!fileset_read(a, fs, path, &bytes, &err))
        return false;
    hex_sha256(bytes.p, bytes.n, hex);
    return str_is(want, hex);
}

static bool list_holds(struct arena *a, struct fileset *fs, const char *path, struct str want) {
    struct err err = { .a = a };
    struct fileset_entries list;
    char hex[HEX_DIGEST_BYTES];
    if (want.n != HEX_DIGEST_BYTES - 1)
        return file_holds(a, fs, path, want);
    if (!fileset_list(a, fs, path, &list, &err))
        return false;
    list_digest(&list, hex);
    return str_is(want, hex);
}

static bool stat_holds(struct arena *a, struct fileset *fs, const char *path, struct str want, bool follow) {
    static const char *const words[] = { "file", "dir", "link", "other" };
    struct err err = { .a = a };
    struct fileset_entry e;
    bool there = follow ? fileset_stat(a, fs, path, &e, &err) : fileset_lstat(a, fs, path, &e, &err);
    return str_is(want, there ? words[e.type] : "-");
}

static bool line_holds(struct fileset *fs, struct str line) {
    autoarena a = { 0 };
    struct str kind, want;
    if (!str_split(&line, ' ', &kind) || !str_split(&line, ' ', &want) || !line.p || kind.n != 1)
        return false;
    const char *path = arena_text(&a, line.p, line.n);
    switch (kind.p[0]) {
    case 'F': return file_holds(&a, fs, path, want);
    case 'D': return list_holds(&a, fs, path, want);
    case 'S': return stat_holds(&a, fs, path, want, true);
    case 'L': return stat_holds(&a, fs, path, want, false);
    default: return false;
    }
}

bool fileset_record_holds(struct fileset *fs, const char *record) {
    struct str rest = str_of(record), line;
    bool recording = fs->recording, holds = rest.n > 0 && rest.n < MAX_RECORD_BYTES;
    fs->recording = false;
    while (holds && str_split(&rest, '\n', &line))
        if (line.n > 0)
            holds = line_holds(fs, line);
    fs->recording = recording;
    return holds;
}
