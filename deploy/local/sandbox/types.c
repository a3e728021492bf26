// SPDX-License-Identifier: Apache-2.0
// Reads the rows of types_*.c into field tables, each at its first use.
#include "deploy/local/sandbox/types.h"

#include "common/base/arena.h"
#include "common/base/map.h"
#include "deploy/local/sandbox/types_table.h"

struct types {
    struct arena a;
    struct map rows;   // name -> const struct type_row
    struct map parsed; // name -> struct type
};

static void rows_add(struct types *t, const struct type_row *rows) {
    for (; rows->name; rows++)
        if (map_set(&t->rows, rows->name, (void *)rows))
            abort(); // two rows of one name
}

struct types *types_new(void) {
    struct types *t = calloc(1, sizeof *t);
    if (!t)
        abort();
    rows_add(t, types_core);
    rows_add(t, types_volumes);
    rows_add(t, types_groups);
    return t;
}

void types_free(struct types *t) {
    if (!t)
        return;
    map_done(&t->rows);
    map_done(&t->parsed);
    arena_done(&t->a);
    free(t);
}

static const struct {
    char letter;
    enum field_kind kind;
} letters[] = {
    { 's', KIND_STRING },    { 'i', KIND_INT32 },    { 'l', KIND_INT64 },         { 'b', KIND_BOOL },
    { 'f', KIND_NUMBER },    { 'q', KIND_QUANTITY }, { 'x', KIND_INT_OR_STRING }, { 't', KIND_TIME },
    { 'm', KIND_MICROTIME }, { 'y', KIND_BYTES },    { 'j', KIND_ANY },
};

static void parse_type(struct str text, struct type_field *f) {
    if (str_starts(text, "[") || str_starts(text, "<")) {
        f->shape = text.p[0] == '[' ? SHAPE_LIST : SHAPE_MAP;
        text = str_sub(text, 1, text.n - 1);
        if (str_starts(text, "[")) {
            f->nested = true;
            text = str_sub(text, 1, text.n - 1);
        }
    }
    for (size_t i = 0; text.n == 1 && i < countof(letters); i++)
        if (letters[i].letter == text.p[0]) {
            f->kind = letters[i].kind;
            return;
        }
    f->kind = KIND_OBJECT;
    f->type_name = text;
}

// "map(a+b)": the part in the parentheses.
static struct str argument(struct str option) {
    ptrdiff_t open = str_chr(option, '(');
    return open < 0 ? (struct str) { "", 0 } : str_sub(option, (size_t)open + 1, option.n - 1);
}

static void parse_option(struct str option, struct type_field *f) {
    if (str_is(option, "set")) {
        f->ssa = SSA_SET;
    } else if (str_is(option, "atomic")) {
        f->ssa = SSA_ATOMIC;
    } else if (str_starts(option, "map(")) {
        f->ssa = SSA_MAP;
        struct str rest = argument(option), key;
        for (size_t i = 0; i < countof(f->keys) && str_split(&rest, '+', &key); i++)
            f->keys[i] = key;
    } else if (str_starts(option, "merge(")) {
        f->patch_merge = true;
        f->patch_key = argument(option);
    } else if (str_is(option, "retain")) {
        f->patch_retain = true;
    } else if (str_is(option, "req")) {
        f->required = true;
    } else if (str_is(option, "z")) {
        f->drop_zero = true;
    } else if (str_is(option, "!")) {
        f->always = true;
    } else if (str_starts(option, "d=")) {
        f->fallback = str_sub(option, 2, option.n);
    } else {
        abort(); // a row is wrong
    }
}

// "name:type{options}"
static void parse_field(struct str token, struct type_field *f) {
    ptrdiff_t colon = str_chr(token, ':'), brace = str_chr(token, '{');
    if (colon <= 0)
        abort();
    f->name = str_sub(token, 0, (size_t)colon);
    size_t type_end = brace < 0 ? token.n : (size_t)brace;
    parse_type(str_sub(token, (size_t)colon + 1, type_end), f);
    if (brace < 0)
        return;
    struct str rest = str_sub(token, (size_t)brace + 1, token.n - 1), option;
    while (str_split(&rest, '|', &option))
        parse_option(option, f);
}

static struct type *type_parse(struct arena *a, const struct type_row *row) {
    struct type *type = arena_new(a, struct type);
    type->name = row->name;
    struct str rest = str_of(row->fields), token;
    size_t cap = 0;
    while (rest.n && str_split(&rest, ' ', &token)) {
        if (str_is(token, "@atomic")) {
            type->atomic = true;
            continue;
        }
        type->fields = arena_grow(a, type->fields, &cap, type->n + 1, sizeof *type->fields);
        struct type_field f = { 0 };
        parse_field(token, &f);
        type->fields[type->n++] = f;
    }
    return type;
}

// The defaults of the keys of a keyed list ("protocol" is TCP) are those of the element type.
static void key_defaults_fill(struct types *t, struct type *type) {
    for (size_t i = 0; i < type->n; i++) {
        struct type_field *f = &type->fields[i];
        if (f->ssa != SSA_MAP)
            continue;
        const struct type *element = type_of_field(t, f);
        for (size_t k = 0; element && k < countof(f->keys) && f->keys[k].n; k++) {
            const struct type_field *key = type_field(element, f->keys[k]);
            if (key)
                f->key_defaults[k] = key->fallback;
        }
    }
}

const struct type *types_get(struct types *t, struct str name) {
    char key[160];
    if (name.n >= sizeof key)
        return NULL;
    memcpy(key, name.p, name.n);
    key[name.n] = '\0';
    struct type *type = map_get(&t->parsed, key);
    if (type)
        return type;
    const struct type_row *row = map_get(&t->rows, key);
    if (!row)
        return NULL;
    type = type_parse(&t->a, row);
    map_set(&t->parsed, key, type); // before the elements: types may contain themselves
    key_defaults_fill(t, type);
    return type;
}

// Where the name of a group in a row differs from the API group.
static const struct {
    const char *group, *word;
} group_words[] = {
    { "", "core" },
    { "rbac.authorization.k8s.io", "rbac" },
    { "events.k8s.io", "events" },
    { "discovery.k8s.io", "discovery" },
    { "storage.k8s.io", "storage" },
    { "authentication.k8s.io", "authentication" },
    { "admissionregistration.k8s.io", "admissionregistration" },
    { "apiregistration.k8s.io", "apiregistration" },
    { "apiextensions.k8s.io", "apiextensions" },
    { "flowcontrol.apiserver.k8s.io", "flowcontrol" },
};

const struct type *types_of_kind(struct types *t, const char *group, const char *version, const char *kind) {
    autoarena a = { 0 };
    const char *word = group;
    for (size_t i = 0; i < countof(group_words); i++)
        if (text_eq(group_words[i].group, group))
            word = group_words[i].word;
    const struct type *type = types_get(t, str_of(arena_fmt(&a, "%s/%s:%s", word, version, kind)));
    return type ? type : types_get(t, str_of(kind));
}

const struct type_field *type_field(const struct type *t, struct str name) {
    for (size_t i = 0; i < t->n; i++)
        if (str_eq(t->fields[i].name, name))
            return &t->fields[i];
    return NULL;
}

const struct type *type_of_field(struct types *t, const struct type_field *f) {
    return f->kind == KIND_OBJECT ? types_get(t, f->type_name) : NULL;
}
