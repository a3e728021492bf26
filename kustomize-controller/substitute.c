// SPDX-License-Identifier: Apache-2.0
/* Post-build substitution: ${variables} in built objects.
 * Flux: pkg/kustomize/kustomize_varsub.go */
#include "kustomize-controller/kustomization.h"

#include "common/base/buf.h"
#include "common/text/envsubst.h"
#include "common/value/yaml.h"

#define EXACT_INTEGERS (1LL << 53)

// Line breaks are deleted from every value.
static struct value *without_breaks(struct arena *a, struct str text) {
    char *p = arena_alloc(a, text.n + 1);
    size_t n = 0;
    for (size_t i = 0; i < text.n; i++)
        if (text.p[i] != '\n')
            p[n++] = text.p[i];
    return value_string_n(a, str_make(p, n));
}

static void add_all(struct arena *a, struct value *vars, const struct value *data) {
    for (size_t i = 0; value_is(data, VALUE_MAP) && i < value_len(data); i++) {
        const struct value *v = data->map.pairs[i].value;
        if (value_is(v, VALUE_STRING))
            value_set_n(a, vars, data->map.pairs[i].key, without_breaks(a, v->s));
    }
}

static bool load_one(struct run *r, const struct ks_substitute_from *from, struct value *vars,
                     struct err *err) {
    struct err inner = { .a = r->a };
    struct value *found = NULL;
    bool secret = text_eq(from->kind, "Secret");
    bool ok = secret ? runtime_secret(r->rt, r->a, r->ns, from->name, &found, &inner)
                     : runtime_get(r->rt, r->a, "v1", "ConfigMap", r->ns, from->name, &found, &inner);
    if (!ok && inner.kind == ERR_NOT_FOUND && from->optional)
        return true;
    if (!ok)
        return err_set(err, inner.kind, "substitute from '%s/%s' error: %s", from->kind, from->name,
                       inner.msg);
    add_all(r->a, vars, secret ? found : value_get(found, "data"));
    return true;
}

/* Variables are read once for the pass, at the first object that wants them; later ones win over earlier ones, the spec's own over all. */
static bool load_variables(struct run *r, struct value **out, struct err *err) {
    const struct ks_post_build *p = ks_spec(r)->post_build;
    struct value *vars = value_map(r->a);
    for (size_t i = 0; i < p->n_from; i++)
        if (!load_one(r, &p->from[i], vars, err))
            return false;
    add_all(r->a, vars, p->substitute);
    for (size_t i = 0; i < value_len(vars); i++)
        if (!envsubst_name_valid(vars->map.pairs[i].key))
            return err_set(
                err, ERR_INVALID,
                "envsubst error: '%s' var name is invalid, must match '^[_[:alpha:]][_[:alpha:][:digit:]]*$'",
                vars->map.pairs[i].key.p);
    *out = vars;
    return true;
}

static bool look_up(void *arg, struct str name, struct str *out) {
    const struct value *v = value_get_n(arg, name);
    if (!v)
        return false;
    *out = v->s;
    return true;
}

// Numbers pass through a double on their way back.
static void through_doubles(struct value *v) {
    if (value_is(v, VALUE_INT) && (v->i > EXACT_INTEGERS || v->i < -EXACT_INTEGERS)) {
        v->i = (int64_t)(double)v->i;
        v->text = NULL;
    }
    for (size_t i = 0; value_is(v, VALUE_LIST) && i < value_len(v); i++)
        through_doubles(value_item(v, i));
    for (size_t i = 0; value_is(v, VALUE_MAP) && i < value_len(v); i++)
        through_doubles(v->map.pairs[i].value);
}

static bool expand(struct run *r, struct value *vars, struct value **object, struct err *err) {
    struct buf yaml = { 0 };
    yaml_write(&yaml, *object, YAML_WRITE_SIGS);
    struct str text = buf_to_arena(&yaml, r->a), expanded;
    struct envsubst_options options = { .strict = runtime_gate(r->rt, "StrictPostBuildSubstitutions") };
    if (!envsubst(r->a, text, &options, look_up, vars, &expanded, err))
        return err_wrap(err, "envsubst error: variable substitution failed");
    struct value *out;
    if (!yaml_read(r->a, expanded, YAML_GO_SIGS, &out, err))
        return err_wrap(err, "envsubst error: YAMLToJSON");
    if (!value_is(out, VALUE_MAP))
        return err_set(
            err, ERR_INVALID,
            "UnmarshalJSON: json: cannot unmarshal %s into Go value of type map[string]interface {}",
            value_type_name(out->type));
    through_doubles(out);
    *object = out;
    return true;
}

bool ks_substitute(struct run *r, struct value **vars, struct value **object, struct err *err) {
    static const char key[] = GROUP "/substitute";
    const struct ks_post_build *p = ks_spec(r)->post_build;
    if (text_eq(object_label(*object, key), "disabled") ||
        text_eq(object_annotation(*object, key), "disabled"))
        return true;
    if (!*vars && !load_variables(r, vars, err))
        return false;
    if (!value_len(*vars) && !text_eq(p->strategy, "Always"))
        return true;
    return expand(r, *vars, object, err);
}
