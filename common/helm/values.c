// SPDX-License-Identifier: Apache-2.0
/* Reading values and putting those of users, charts and subcharts together.
 * Helm: pkg/chart/v2/loader/load.go, pkg/chart/common/util/coalesce.go */
#include "common/helm/chart_internal.h"
#include "common/helm/values.h"
#include "common/helm/values_internal.h"
#include "common/value/number.h"
#include "common/value/yaml.h"

bool values_read(struct arena *a, struct str text, struct value **out, struct err *err) {
    struct value *values = value_map(a), *one;
    struct str rest = text, piece;
    while (yaml_split(&rest, &piece, err)) {
        if (!yaml_read(a, piece, YAML_GO_SIGS, &one, err))
            return err_wrap(err, "cannot unmarshal yaml document: error converting YAML to JSON");
        if (one->type != VALUE_MAP && one->type != VALUE_NULL)
            return err_set(
                err, ERR_INVALID,
                "cannot unmarshal yaml document: error unmarshaling JSON: while decoding JSON: json: cannot "
                "unmarshal %s into Go value of type map[string]interface {}",
                chart_json_type(one));
        if (one->type == VALUE_MAP)
            values = value_len(values) ? values_merge(a, values, one) : one;
    }
    if (err->kind)
        return err_wrap(err, "error reading yaml document");
    return *out = values, true;
}

static void merge_into(struct arena *a, struct value *base, const struct value *over) {
    for (size_t i = 0; i < over->map.n; i++) {
        const struct value_pair *p = &over->map.pairs[i];
        struct value *below = value_get_n(base, p->key);
        if (value_is(below, VALUE_MAP) && value_is(p->value, VALUE_MAP))
            merge_into(a, below, p->value);
        else
            value_set_n(a, base, p->key, value_copy(a, p->value));
    }
}

struct value *values_merge(struct arena *a, const struct value *base, const struct value *over) {
    struct value *out = value_is(base, VALUE_MAP) ? value_copy(a, base) : value_map(a);
    if (value_is(over, VALUE_MAP))
        merge_into(a, out, over);
    return out;
}

/* ---- coalescing ---- */

static bool is_null(const struct value *v) {
    return v && v->type == VALUE_NULL;
}

void values_drop_nulls(struct value *map) {
    size_t i = 0;
    while (i < map->map.n) {
        struct value_pair *p = &map->map.pairs[i];
        if (p->value->type == VALUE_NULL) {
            value_set_n(NULL, map, p->key, NULL);
            continue;
        }
        if (p->value->type == VALUE_MAP)
            values_drop_nulls(p->value);
        i++;
    }
}

struct value *values_tables(struct arena *a, struct value *dst, struct value *src, bool keep) {
    if (!src)
        return dst;
    if (!dst)
        return src;
    size_t n = src->map.n;
    bool *has = arena_array(a, bool, n + 1); // by key of src: was not null
    for (size_t i = 0; i < n; i++)
        has[i] = !is_null(src->map.pairs[i].value);
    for (size_t i = 0; i < dst->map.n; i++)
        if (is_null(dst->map.pairs[i].value))
            value_set_n(a, src, dst->map.pairs[i].key, value_null(a));
    for (size_t i = 0; i < src->map.n; i++) {
        const struct value_pair p = src->map.pairs[i];
        struct value *have = value_get_n(dst, p.key);
        if (!have)
            value_set_n(a, dst, p.key, p.value);
        else if (!keep && is_null(have) && i < n && has[i])
            value_set_n(a, dst, p.key, NULL);
        else if (value_is(have, VALUE_MAP) && value_is(p.value, VALUE_MAP))
            values_tables(a, have, p.value, keep);
    }
    return dst;
}

// One default of the chart.
static void coalesce_key(struct arena *a, const struct chart *c, struct value *values, struct str key,
                         struct value *def, bool keep) {
    struct value *have = value_get_n(values, key);
    if (!have) {
        if (!keep && is_null(def))
            return;
        if (!keep && def->type == VALUE_MAP)
            values_drop_nulls(def);
        value_set_n(a, values, key, def);
    } else if (is_null(have) && !keep) {
        value_set_n(a, values, key, NULL);
    } else if (have->type == VALUE_MAP && def->type == VALUE_MAP) {
        bool keep_below = keep || chart_sub(c, key.p);
        if (!keep_below)
            values_drop_nulls(def);
        values_tables(a, have, def, keep_below);
    }
}

static struct value *map_shallow(struct arena *a, const struct value *map) {
    struct value *out = value_map(a);
    for (size_t i = 0; i < map->map.n; i++)
        value_set_n(a, out, map->map.pairs[i].key, map->map.pairs[i].value);
    return out;
}

static void coalesce_global(struct arena *a, struct value *to, struct str key, struct value *v) {
    struct value *have = value_get_n(to, key);
    if (v->type != VALUE_MAP) {
        if (!value_is(have, VALUE_MAP))
            value_set_n(a, to, key, v);
        return;
    }
    if (have && have->type != VALUE_MAP)
        return;
    struct value *merged = map_shallow(a, v);
    values_tables(a, merged, have, true);
    value_set_n(a, to, key, merged);
}

static void coalesce_globals(struct arena *a, struct value *child, const struct value *parent) {
    struct value *to = value_get(child, "global"), *from = value_get(parent, "global");
    if ((to && to->type != VALUE_MAP) || (from && from->type != VALUE_MAP))
        return;
    if (!to)
        to = value_map(a);
    for (size_t i = 0; from && i < from->map.n; i++)
        coalesce_global(a, to, from->map.pairs[i].key, from->map.pairs[i].value);
    value_set(a, child, "global", to);
}

// Go: fmt's %t of what is not a bool
static void put_percent_t(struct arena *a, struct buf *out, const struct value *v) {
    char digits[NUMBER_TEXT];
    switch (v->type) {
    case VALUE_NULL: buf_puts(out, "%!t(<nil>)"); break;
    case VALUE_BOOL: buf_puts(out, v->b ? "true" : "false"); break;
    case VALUE_INT:
        if (!v->text) {
            buf_fmt(out, "%%!t(int64=%lld)", (long long)v->i);
            break;
        }
        digits[number_fmt_v((double)v->i, digits)] = '\0';
        buf_fmt(out, "%%!t(float64=%s)", digits);
        break;
    case VALUE_FLOAT:
        digits[number_fmt_v(v->f, digits)] = '\0';
        buf_fmt(out, "%%!t(float64=%s)", digits);
        break;
    case VALUE_STRING: buf_fmt(out, "%%!t(string=%s)", v->s.p); break;
    case VALUE_LIST:
        buf_putc(out, '[');
        for (size_t i = 0; i < v->list.n; i++) {
            buf_puts(out, i ? " " : "");
            put_percent_t(a, out, v->list.items[i]);
        }
        buf_putc(out, ']');
        break;
    case VALUE_MAP: break;
    }
}

static bool coalesce(struct arena *a, const struct chart *c, struct value *values, bool keep,
                     struct err *err) {
    struct value *defaults = value_copy(a, c->values);
    for (size_t i = 0; defaults && i < defaults->map.n; i++)
        coalesce_key(a, c, values, defaults->map.pairs[i].key, defaults->map.pairs[i].value, keep);
    for (size_t i = 0; i < c->n_subs; i++) {
        const struct chart *sub = c->subs[i];
        struct value *below = value_get(values, sub->meta.name);
        if (!below) {
            below = value_map(a);
            value_set(a, values, sub->meta.name, below);
        }
        if (below->type != VALUE_MAP) {
            autobuf text = { 0 };
            put_percent_t(a, &text, below);
            return err_set(err, ERR_INVALID, "type mismatch on %s: %s", sub->meta.name, text.p);
        }
        coalesce_globals(a, below, values);
        if (!coalesce(a, sub, below, keep, err))
            return false;
    }
    return true;
}

static bool coalesce_copy(struct arena *a, const struct chart *c, const struct value *user, bool keep,
                          struct value **out, struct err *err) {
    struct value *values = value_is(user, VALUE_MAP) ? value_copy(a, user) : value_map(a);
    if (!coalesce(a, c, values, keep, err))
        return false;
    return *out = values, true;
}

bool values_coalesce(struct arena *a, const struct chart *c, const struct value *user, struct value **out,
                     struct err *err) {
    return coalesce_copy(a, c, user, false, out, err);
}

bool values_coalesce_keeping(struct arena *a, const struct chart *c, const struct value *user,
                             struct value **out, struct err *err) {
    return coalesce_copy(a, c, user, true, out, err);
}
