// SPDX-License-Identifier: Apache-2.0
/* Archives: first byte even: tar.gz, odd: tar. Properties: no name leaves the tree; what was accepted is archived again, and that archive is
 * accepted and archived to the same bytes. */
#include "common/base/buf.h"
#include "common/fileset/tar.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool to_buf(void *arg, struct str bytes, struct err *err) {
    struct buf *b = arg;
    if (b->n > 8 << 20)
        return err_set(err, ERR_LIMIT, "enough");
    buf_put_str(b, bytes);
    return true;
}

static bool check_entry(void *arg, struct arena *a, const struct fileset_entry *e, struct err *err) {
    (void)arg;
    (void)a;
    (void)err;
    if (e->name[0] == '/' || text_starts(e->name, "../") || strstr(e->name, "/../") ||
        text_ends(e->name, "/..") || !*e->name)
        abort();
    return true;
}

static struct fileset *read_tar(struct str bytes, bool plain, enum tar_links links, struct err *err) {
    const struct tar_options options = {
        .plain = plain, .links = links, .max_bytes = 1 << 20, .max_entries = 1000, .temp_dir = "/tmp"
    };
    struct fileset *fs = NULL;
    return fileset_from_tar(byte_source_mem(&bytes), &options, &fs, err) ? fs : NULL;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    autoarena a = { 0 };
    struct err err = { .a = &a };
    autobuf first = { 0 }, second = { 0 };
    if (size < 1)
        return 0;
    autofileset *fs = read_tar(str_make(data + 1, size - 1), data[0] & 1, (data[0] >> 1) % 3, &err);
    if (!fs)
        return 0;
    if (!fileset_walk(fs, ".", check_entry, NULL, &err) ||
        !archive_write(fs, NULL, NULL, (struct byte_sink) { to_buf, &first }, &err))
        return 0;
    autofileset *again = read_tar(buf_str(&first), true, TAR_LINKS_REFUSE, &err);
    if (!again || !archive_write(again, NULL, NULL, (struct byte_sink) { to_buf, &second }, &err) ||
        !str_eq(buf_str(&first), buf_str(&second)))
        abort();
    return 0;
}
