// SPDX-License-Identifier: Apache-2.0
// Flags: parsing by table, defaults, the manual.
#include "common/runtime/flags.h"

#include "common/base/timeutil.h"

#define HELP_COLUMNS 80
#define HELP_INDENT 8
#define HELP_SECTIONS 32

static bool parse_bool(struct str s, bool *out) {
    static const char *const yes[] = { "1", "t", "T", "true", "TRUE", "True" };
    static const char *const no[] = { "0", "f", "F", "false", "FALSE", "False" };
    for (size_t i = 0; i < countof(yes); i++) {
        if (str_is(s, yes[i]))
            return *out = true, true;
        if (str_is(s, no[i]))
            return *out = false, true;
    }
    return false;
}

static void text_add(struct arena *a, struct flag_strings *list, struct str text) {
    list->items = arena_grow(a, list->items, &list->cap, list->n + 2, sizeof *list->items);
    list->items[list->n++] = arena_text(a, text.p, text.n);
    list->items[list->n] = NULL;
}

static void strings_add(struct arena *a, struct flag_strings *list, struct str text) {
    struct str piece;
    while (str_split(&text, ',', &piece))
        text_add(a, list, piece);
}

static bool set_value(struct arena *a, const struct flag *f, const char *text, struct err *err) {
    switch (f->type) {
    case FLAG_BOOL:
        if (!parse_bool(str_of(text), f->at))
            return err_set(err, ERR_INVALID, "strconv.ParseBool: parsing \"%s\": invalid syntax", text);
        return true;
    case FLAG_STRING: *(const char **)f->at = arena_strdup(a, text); return true;
    case FLAG_INT:
        if (!str_to_i64(str_of(text), f->at))
            return err_set(err, ERR_INVALID, "strconv.ParseInt: parsing \"%s\": invalid syntax", text);
        return true;
    case FLAG_DURATION: return duration_parse(text, f->at, err);
    case FLAG_STRINGS: strings_add(a, f->at, str_of(text)); return true;
    case FLAG_TEXTS: text_add(a, f->at, str_of(text)); return true;
    }
    return err_set(err, ERR_BUG, "flag %s has no type", f->name);
}

static bool set_default(struct arena *a, const struct flag *f, struct err *err) {
    const char *from_env = f->env ? getenv(f->env) : NULL;
    const char *text = !text_empty(from_env) ? from_env : f->value_if_absent;
    if (f->type == FLAG_STRINGS || f->type == FLAG_TEXTS) {
        struct flag_strings *list = f->at;
        *list = (struct flag_strings) { .items = arena_array(a, const char *, 1), .cap = 1 };
        if (text_empty(text))
            return true;
    }
    if (!text)
        text = f->type == FLAG_BOOL       ? "false"
               : f->type == FLAG_INT      ? "0"
               : f->type == FLAG_DURATION ? "0s"
                                          : "";
    if (set_value(a, f, text, err))
        return true;
    return err_wrap(err, "invalid value \"%s\" for \"--%s\"%s%s", text, f->name, from_env ? " from " : "",
                    from_env ? f->env : "");
}

bool flags_defaults(struct arena *a, const struct flag *const *tables, struct err *err) {
    for (size_t t = 0; tables[t]; t++)
        for (const struct flag *f = tables[t]; f->name; f++)
            if (!set_default(a, f, err))
                return false;
    return true;
}

static const struct flag *find(const struct flag *const *tables, struct str name) {
    for (size_t t = 0; tables[t]; t++)
        for (const struct flag *f = tables[t]; f->name; f++)
            if (str_is(name, f->name))
                return f;
    return NULL;
}

// One word that begins with "--". *at is moved past a value that is a word of its own.
static bool parse_word(struct arena *a, const struct flag *const *tables, int argc, char **argv, int *at,
                       struct err *err) {
    struct str word = str_of(argv[*at] + 2), name = word;
    ptrdiff_t eq = str_chr(word, '=');
    if (eq >= 0)
        name = str_sub(word, 0, (size_t)eq);
    const struct flag *f = find(tables, name);
    if (!f || !name.n)
        return err_set(err, ERR_INVALID, "unknown flag: --%.*s", (int)name.n, name.p);
    const char *text = "true";
    if (eq >= 0)
        text = word.p + eq + 1;
    else if (f->type != FLAG_BOOL && *at + 1 >= argc)
        return err_set(err, ERR_INVALID, "flag needs an argument: --%s", f->name);
    else if (f->type != FLAG_BOOL)
        text = argv[++*at];
    if (set_value(a, f, text, err))
        return true;
    return err_wrap(err, "invalid argument \"%s\" for \"--%s\" flag", text, f->name);
}

static const struct flag *find_letter(const struct flag *const *tables, char letter) {
    for (size_t t = 0; tables[t]; t++)
        for (const struct flag *f = tables[t]; f->name; f++)
            if (f->letter && f->letter == letter)
                return f;
    return NULL;
}

// One word of short flags: "-A", "-Aw", "-n x", "-nx", "-n=x".
static bool parse_letters(struct arena *a, const struct flag *const *tables, int argc, char **argv, int *at,
                          struct err *err) {
    const char *word = argv[*at];
    for (const char *p = word + 1; *p; p++) {
        const struct flag *f = find_letter(tables, *p);
        if (!f)
            return err_set(err, ERR_INVALID, "unknown shorthand flag: '%c' in %s", *p, word);
        const char *text = "true";
        bool takes_rest = f->type != FLAG_BOOL;
        if (takes_rest && p[1])
            text = p[1] == '=' ? p + 2 : p + 1;
        else if (takes_rest && *at + 1 >= argc)
            return err_set(err, ERR_INVALID, "flag needs an argument: '%c' in %s", *p, word);
        else if (takes_rest)
            text = argv[++*at];
        if (!set_value(a, f, text, err))
            return err_wrap(err, "invalid argument \"%s\" for \"-%c, --%s\" flag", text, *p, f->name);
        if (takes_rest)
            return true;
    }
    return true;
}

static void words_add(struct arena *a, struct flag_strings *words, const char *word) {
    words->items = arena_grow(a, words->items, &words->cap, words->n + 2, sizeof *words->items);
    words->items[words->n++] = word;
    words->items[words->n] = NULL;
}

bool flags_parse_words(struct arena *a, const struct flag *const *tables, int argc, char **argv,
                       struct flag_strings *words, bool *out_help, struct err *err) {
    *out_help = false;
    if (!flags_defaults(a, tables, err))
        return false;
    bool only_words = false;
    for (int i = 1; i < argc; i++) {
        const char *word = argv[i];
        bool ok = true;
        if (only_words)
            words_add(a, words, word);
        else if (!strcmp(word, "--"))
            only_words = true;
        else if (!strcmp(word, "--help") || !strcmp(word, "-h"))
            *out_help = true;
        else if (text_starts(word, "--"))
            ok = parse_word(a, tables, argc, argv, &i, err);
        else if (word[0] == '-' && word[1])
            ok = parse_letters(a, tables, argc, argv, &i, err);
        else
            words_add(a, words, word);
        if (!ok)
            return false;
    }
    return true;
}

bool flags_parse(struct arena *a, const struct flag *const *tables, int argc, char **argv, bool *out_help,
                 struct err *err) {
    struct flag_strings words = { 0 };
    if (!flags_parse_words(a, tables, argc, argv, &words, out_help, err))
        return false;
    if (words.n && !*out_help)
        return err_set(err, ERR_INVALID, "unexpected argument \"%s\"", words.items[0]);
    return true;
}

/* ---- the manual ---- */

// Words of `text`, wrapped, each line indented.
static void put_wrapped(struct buf *out, const char *text, size_t indent) {
    struct str rest = str_of(text), word;
    size_t column = 0;
    while (str_split(&rest, ' ', &word)) {
        if (!word.n)
            continue;
        if (column && column + 1 + word.n > HELP_COLUMNS) {
            buf_putc(out, '\n');
            column = 0;
        }
        if (column) {
            buf_putc(out, ' ');
            column++;
        } else {
            buf_fmt(out, "%*s", (int)indent, "");
            column = indent;
        }
        buf_put_str(out, word);
        column += word.n;
    }
    buf_putc(out, '\n');
}

static const char *word_of(const struct flag *f) {
    static const char *const words[] = {
        [FLAG_BOOL] = NULL,           [FLAG_STRING] = "TEXT",      [FLAG_INT] = "N",
        [FLAG_DURATION] = "DURATION", [FLAG_STRINGS] = "TEXT,...", [FLAG_TEXTS] = "TEXT"
    };
    return f->what ? f->what : words[f->type];
}

static void put_flag(struct buf *out, const struct flag *f) {
    const char *what = word_of(f);
    if (f->letter)
        buf_fmt(out, "    -%c,", f->letter);
    buf_fmt(out, "%s--%s%s%s", f->letter ? " " : "    ", f->name,
            what ? (f->type == FLAG_BOOL ? "[=" : "=") : "", what ? what : "");
    if (f->type == FLAG_BOOL && what)
        buf_putc(out, ']');
    buf_putc(out, '\n');
    autobuf text = { 0 };
    buf_puts(&text, f->help ? f->help : "");
    if (!text_empty(f->value_if_absent) && !(f->type == FLAG_BOOL && !strcmp(f->value_if_absent, "false")))
        buf_fmt(&text, " Default: %s.", f->value_if_absent);
    if (f->env)
        buf_fmt(&text, " Environment: %s.", f->env);
    put_wrapped(out, text.p, HELP_INDENT);
}

static bool is_wanted(const char *name, const char *const *wanted) {
    for (; wanted && *wanted; wanted++)
        if (text_eq(name, *wanted))
            return true;
    return !wanted;
}

void flags_help_rows(struct buf *out, const struct flag *table, const char *const *wanted) {
    const char *section = NULL;
    for (const struct flag *f = table; f->name; f++) {
        if (!is_wanted(f->name, wanted))
            continue;
        if (f->section && !text_eq(section, f->section)) {
            section = f->section;
            buf_fmt(out, "\n%s\n", section);
        }
        put_flag(out, f);
    }
}

static bool seen_before(const char *const *sections, size_t n, const char *section) {
    for (size_t i = 0; i < n; i++)
        if (!strcmp(sections[i], section))
            return true;
    return false;
}

// The flags of one heading, out of all tables.
static void put_section(struct buf *out, const struct flag *const *tables, const char *section) {
    buf_fmt(out, "\n%s\n", section);
    for (size_t t = 0; tables[t]; t++) {
        const char *current = "OPTIONS";
        for (const struct flag *f = tables[t]; f->name; f++) {
            current = f->section ? f->section : current;
            if (!strcmp(current, section))
                put_flag(out, f);
        }
    }
}

void flags_help(struct buf *out, const char *name, const char *summary, const struct flag *const *tables) {
    const char *sections[HELP_SECTIONS];
    size_t n = 0;
    buf_fmt(out, "%s\n\n", name);
    put_wrapped(out, summary, 4);
    buf_fmt(out, "\nUSAGE\n    %s [--flag=value ...]\n", name);
    for (size_t t = 0; tables[t]; t++) {
        for (const struct flag *f = tables[t]; f->name; f++) {
            const char *section = f->section ? f->section : f == tables[t] ? "OPTIONS" : NULL;
            if (!section || seen_before(sections, n, section) || n == HELP_SECTIONS)
                continue;
            sections[n++] = section;
            put_section(out, tables, section);
        }
    }
    buf_puts(out, "\nOTHER\n    --help, -h\n        This page.\n"
                  "\nEXIT CODES\n    0   --help, or an orderly end after SIGTERM or SIGINT\n"
                  "    1   a value was refused, no API server to be used, or leadership lost\n"
                  "    2   unknown flag, or a value that does not parse\n");
}
