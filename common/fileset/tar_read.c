// SPDX-License-Identifier: Apache-2.0
/* Reading tar: ustar, PAX (path, linkpath, size), GNU long names. pax(1), GNU tar manual "Basic Tar Format".
 * What a header claims is checked before it is believed; nothing is allocated by its numbers beyond small limits. */
#include "common/fileset/tar.h"

#include "common/base/buf.h"
#include "common/base/limits.h"

#define BLOCK 512
#define MAX_META_BYTES (1u << 20) // a PAX record set or a GNU long name; Go has the same limit

struct tar_reader {
    struct byte_source src;
    size_t max_entries, n_entries;
    uint64_t max_bytes, total_bytes;
    uint64_t left_bytes, pad_bytes;    // of the entry that tar_next gave
    struct arena a;                    // of the current entry
    const char *next_name, *next_link; // from PAX or GNU headers, for the next entry
    bool has_size;
    uint64_t next_size;
};

struct tar_reader *tar_reader_new(struct byte_source src, size_t max_entries, uint64_t max_bytes) {
    struct tar_reader *r = calloc(1, sizeof(*r));
    if (!r)
        abort();
    r->src = src;
    r->max_entries = max_entries;
    r->max_bytes = max_bytes;
    return r;
}

void tar_reader_free(struct tar_reader **r) {
    if (!*r)
        return;
    arena_done(&(*r)->a);
    free(*r);
    *r = NULL;
}

// *out_n < want: the end came before.
static bool read_full(struct tar_reader *r, void *to, size_t want, size_t *out_n, struct err *err) {
    size_t have = 0, n;
    while (have < want) {
        if (!r->src.read(r->src.arg, (char *)to + have, want - have, &n, err))
            return false;
        if (n == 0)
            break;
        have += n;
    }
    *out_n = have;
    return true;
}

static bool cut_short(struct err *err) {
    return err_set(err, ERR_INVALID, "tar: unexpected EOF");
}

static bool skip(struct tar_reader *r, uint64_t n_bytes, struct err *err) {
    char scratch[16384];
    size_t n;
    while (n_bytes > 0) {
        size_t want = n_bytes > sizeof(scratch) ? sizeof(scratch) : (size_t)n_bytes;
        if (!read_full(r, scratch, want, &n, err))
            return false;
        if (n < want)
            return cut_short(err);
        n_bytes -= n;
    }
    return true;
}

static bool is_zero(const uint8_t *block) {
    for (size_t i = 0; i < BLOCK; i++)
        if (block[i])
            return false;
    return true;
}

// After the first zero block: another one, then nothing but zeros.
static bool read_end(struct tar_reader *r, struct err *err) {
    uint8_t block[BLOCK];
    size_t n;
    for (int i = 0;; i++) {
        if (!read_full(r, block, BLOCK, &n, err))
            return false;
        if (n == 0 && i > 0)
            return false; // in order: err is not set
        if (n < BLOCK)
            return cut_short(err);
        if (!is_zero(block))
            return err_set(err, ERR_INVALID, "tar: trailing data after the end");
    }
}

// An octal number with blanks or NULs around it, or GNU's base-256.
static bool number(const uint8_t *p, size_t n, uint64_t *out) {
    uint64_t v = 0;
    size_t i = 0;
    if (p[0] & 0x80) {
        if (p[0] & 0x40) // negative
            return false;
        for (i = 0; i < n; i++) {
            if (v >> 55)
                return false;
            v = v << 8 | (i == 0 ? p[0] & 0x3f : p[i]);
        }
        *out = v;
        return true;
    }
    while (i < n && (p[i] == ' ' || p[i] == 0))
        i++;
    for (; i < n && p[i] >= '0' && p[i] <= '7'; i++) {
        if (v >> 60)
            return false;
        v = v * 8 + (uint64_t)(p[i] - '0');
    }
    for (; i < n; i++)
        if (p[i] != ' ' && p[i] != 0)
            return false;
    *out = v;
    return true;
}

static bool checksum_ok(const uint8_t *block) {
    uint64_t want;
    uint64_t sum = 0;
    int64_t signed_sum = 0; // some old writers add signed bytes
    for (size_t i = 0; i < BLOCK; i++) {
        uint8_t c = i >= 148 && i < 156 ? ' ' : block[i];
        sum += c;
        signed_sum += (int8_t)c;
    }
    return number(block + 148, 8, &want) && (want == sum || (int64_t)want == signed_sum);
}

static size_t field_length(const uint8_t *p, size_t n) {
    size_t i = 0;
    while (i < n && p[i])
        i++;
    return i;
}

static const char *block_name(struct arena *a, const uint8_t *block) {
    size_t n_name = field_length(block, 100), n_prefix = field_length(block + 345, 155);
    if (memcmp(block + 257, "ustar\0", 6) != 0 || n_prefix == 0)
        return arena_text(a, block, n_name);
    return arena_fmt(a, "%.*s/%.*s", (int)n_prefix, (const char *)block + 345, (int)n_name,
                     (const char *)block);
}

/* ---- extended headers ---- */

static bool read_meta(struct tar_reader *r, uint64_t size, char **out, struct err *err) {
    size_t n;
    if (size > MAX_META_BYTES)
        return err_set(err, ERR_LIMIT, "tar: extended header of %llu bytes", (unsigned long long)size);
    char *text = arena_alloc(&r->a, (size_t)size + 1);
    if (!read_full(r, text, (size_t)size, &n, err))
        return false;
    if (n < size)
        return cut_short(err);
    *out = text;
    return skip(r, (BLOCK - size % BLOCK) % BLOCK, err);
}

static bool pax_keyword(struct tar_reader *r, struct str key, struct str value, struct err *err) {
    if (memchr(value.p, 0, value.n))
        return err_set(err, ERR_INVALID, "tar: invalid extended header");
    if (value.n == 0) // "as if it were not there"
        return true;
    if (str_is(key, "path"))
        r->next_name = arena_text(&r->a, value.p, value.n);
    else if (str_is(key, "linkpath"))
        r->next_link = arena_text(&r->a, value.p, value.n);
    else if (str_is(key, "size")) {
        if (!str_to_u64(value, &r->next_size))
            return err_set(err, ERR_INVALID, "tar: invalid extended header");
        r->has_size = true;
    } else if (str_starts(key, "GNU.sparse.")) {
        return err_set(err, ERR_UNSUPPORTED, "tar: sparse files are not supported");
    }
    return true;
}

// "length key=value\n", again and again; the length counts itself.
static bool pax_records(struct tar_reader *r, struct str text, struct err *err) {
    while (text.n > 0) {
        ptrdiff_t blank = str_chr(text, ' ');
        uint64_t length;
        if (blank < 1 || blank > 8 || !str_to_u64(str_sub(text, 0, (size_t)blank), &length) ||
            length > text.n || length < (uint64_t)blank + 3 || text.p[length - 1] != '\n')
            return err_set(err, ERR_INVALID, "tar: invalid extended header");
        struct str record = str_sub(text, (size_t)blank + 1, (size_t)length - 1);
        ptrdiff_t equals = str_chr(record, '=');
        if (equals < 1)
            return err_set(err, ERR_INVALID, "tar: invalid extended header");
        if (!pax_keyword(r, str_sub(record, 0, (size_t)equals), str_sub(record, (size_t)equals + 1, record.n),
                         err))
            return false;
        text = str_sub(text, (size_t)length, text.n);
    }
    return true;
}

static bool extended_header(struct tar_reader *r, char type, uint64_t size, struct err *err) {
    char *text = NULL;
    if (!read_meta(r, size, &text, err))
        return false;
    switch (type) {
    case 'x': return pax_records(r, str_make(text, (size_t)size), err);
    case 'L': r->next_name = text; return true;
    case 'K': r->next_link = text; return true;
    default: return true; // 'g': a comment, in all archives that were seen
    }
}

/* ---- entries ---- */

static enum tar_type entry_type(char type, const char *name) {
    switch (type) {
    case '0':
    case '\0':
    case '7': return text_ends(name, "/") ? TAR_DIR : TAR_FILE;
    case '5': return TAR_DIR;
    case '2': return TAR_SYMLINK;
    case '1': return TAR_HARDLINK;
    default: return TAR_OTHER;
    }
}

static bool make_entry(struct tar_reader *r, const uint8_t *block, uint64_t size, struct tar_entry *out,
                       struct err *err) {
    uint64_t mode;
    if (++r->n_entries > r->max_entries)
        return err_set(err, ERR_LIMIT, "tar: more than %zu entries", r->max_entries);
    if (!number(block + 100, 8, &mode))
        return err_set(err, ERR_INVALID, "tar: invalid header");
    if (block[156] == 'S')
        return err_set(err, ERR_UNSUPPORTED, "tar: sparse files are not supported");
    *out = (struct tar_entry) { .name = r->next_name ? r->next_name : block_name(&r->a, block),
                                .mode = (unsigned)(mode & 07777) };
    out->link = r->next_link ? r->next_link : arena_text(&r->a, block + 157, field_length(block + 157, 100));
    out->type = entry_type((char)block[156], out->name);
    if (strlen(out->name) > LIMIT_PATH_BYTES || strlen(out->link) > LIMIT_PATH_BYTES)
        return err_set(err, ERR_LIMIT, "tar: name longer than %d bytes", LIMIT_PATH_BYTES);
    if (r->has_size)
        size = r->next_size;
    if (out->type != TAR_FILE && block[156] >= '1' && block[156] <= '6')
        size = 0; // these types have no content, whatever they say
    if (size > r->max_bytes || r->total_bytes > r->max_bytes - size)
        return err_set(err, ERR_LIMIT, "tar: content larger than %llu bytes",
                       (unsigned long long)r->max_bytes);
    r->total_bytes += size;
    r->left_bytes = size;
    r->pad_bytes = (BLOCK - size % BLOCK) % BLOCK;
    out->size_bytes = out->type == TAR_FILE ? size : 0;
    return true;
}

bool tar_next(struct tar_reader *r, struct tar_entry *out, struct err *err) {
    uint8_t block[BLOCK];
    size_t n;
    if (!skip(r, r->left_bytes + r->pad_bytes, err))
        return false;
    r->left_bytes = r->pad_bytes = 0;
    arena_done(&r->a);
    r->next_name = r->next_link = NULL;
    r->has_size = false;
    for (size_t headers = 0;; headers++) {
        uint64_t size;
        if (!read_full(r, block, BLOCK, &n, err))
            return false;
        if (n < BLOCK)
            return cut_short(err);
        if (is_zero(block))
            return headers == 0 ? read_end(r, err) : cut_short(err);
        if (!checksum_ok(block) || !number(block + 124, 12, &size) || headers > 16)
            return err_set(err, ERR_INVALID, "tar: invalid header");
        char type = (char)block[156];
        if (type != 'x' && type != 'g' && type != 'L' && type != 'K')
            return make_entry(r, block, size, out, err);
        if (!extended_header(r, type, size, err))
            return false;
        if (type == 'g') // stands for itself: an entry follows in its own right
            headers = headers > 0 ? headers - 1 : SIZE_MAX;
    }
}

bool tar_read(struct tar_reader *r, void *to, size_t cap, size_t *out_n, struct err *err) {
    size_t want = r->left_bytes < cap ? (size_t)r->left_bytes : cap, n;
    *out_n = 0;
    if (want == 0)
        return true;
    if (!r->src.read(r->src.arg, to, want, &n, err))
        return false;
    if (n == 0)
        return cut_short(err);
    r->left_bytes -= n;
    *out_n = n;
    return true;
}
