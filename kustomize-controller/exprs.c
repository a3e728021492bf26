// SPDX-License-Identifier: Apache-2.0
/* spec.healthCheckExprs and dependsOn[].readyExpr: CEL instead of the built-in rules.
 * Flux: pkg/runtime/cel (status_evaluator.go, status_reader.go); kustomization_controller.go#evalReadyExpr */
#include "kustomize-controller/exprs.h"

static bool compile(struct arena *a, const struct value *from, const char *key, const char *label,
                    struct cel_expression **out, struct err *err) {
    const char *text = value_text(value_get(from, key), "");
    struct cel_options options = { 0 }; // only parsed: objects may have any fields at their top
    if (text_empty(text))
        return true;
    return cel_compile(a, text, &options, out, err) ||
           err_wrap(err, "failed to parse the expression %s", label);
}

static bool read_one(struct arena *a, const struct value *from, struct health_expr *out, struct err *err) {
    const char *version;
    api_version_split(a, value_text(value_get(from, "apiVersion"), ""), &out->group, &version);
    out->kind = value_text(value_get(from, "kind"), "");
    if (text_empty(value_text(value_get(from, "current"), "")))
        return err_set(err, ERR_INVALID, "expression Current not specified");
    return compile(a, from, "current", "Current", &out->current, err) &&
           compile(a, from, "failed", "Failed", &out->failed, err) &&
           compile(a, from, "inProgress", "InProgress", &out->in_progress, err);
}

bool health_exprs_compile(struct arena *a, const struct value *list, struct health_exprs *out,
                          struct err *err) {
    struct health_exprs exprs = { .items = arena_array(a, struct health_expr, value_len(list)) };
    for (size_t i = 0; value_is(list, VALUE_LIST) && i < value_len(list); i++) {
        struct health_expr *e = &exprs.items[i];
        if (!read_one(a, value_item(list, i), e, err))
            return err_wrap(err, "failed to create custom status evaluator for healthchecks[%zu]", i);
        for (size_t j = 0; j < i; j++)
            if (text_eq(exprs.items[j].group, e->group) && text_eq(exprs.items[j].kind, e->kind))
                return err_set(err, ERR_INVALID,
                               "duplicate custom health check for GroupKind %s%s%s at healthchecks[%zu]",
                               e->kind, text_empty(e->group) ? "" : ".", e->group, i);
        exprs.n++;
    }
    *out = exprs;
    return true;
}

const struct health_expr *health_exprs_find(const struct health_exprs *exprs, const char *group,
                                            const char *kind) {
    const struct health_expr *of_group = NULL;
    for (size_t i = 0; i < exprs->n; i++) {
        const struct health_expr *e = &exprs->items[i];
        if (!text_eq(e->group, group))
            continue;
        if (text_eq(e->kind, kind))
            return e;
        if (text_empty(e->kind))
            of_group = e;
    }
    return of_group;
}

enum kstatus health_expr_status(struct arena *a, const struct health_expr *e, const struct value *object,
                                const char **out_why) {
    const struct value *generation = value_at(object, "metadata", "generation", NULL);
    const struct value *observed = value_at(object, "status", "observedGeneration", NULL);
    const struct {
        const struct cel_expression *expression;
        enum kstatus status;
    } rules[] = { { e->in_progress, KSTATUS_IN_PROGRESS },
                  { e->failed, KSTATUS_FAILED },
                  { e->current, KSTATUS_CURRENT } };
    *out_why = "";
    if (value_is(generation, VALUE_INT) && value_is(observed, VALUE_INT) && generation->i != observed->i)
        return KSTATUS_IN_PROGRESS;
    for (size_t i = 0; i < countof(rules); i++) {
        struct err err = { .a = a };
        bool holds = false;
        if (rules[i].expression && !cel_eval_bool(a, rules[i].expression, object, &holds, &err)) {
            *out_why = err.msg;
            return KSTATUS_UNKNOWN;
        }
        if (holds)
            return rules[i].status;
    }
    return KSTATUS_IN_PROGRESS;
}

bool ready_expr_eval(struct arena *a, const char *text, const struct value *self, const struct value *dep,
                     bool *out, bool *out_terminal, struct err *err) {
    static const char *const variables[] = { "self", "dep", NULL };
    const struct cel_options options = { .check = true, .variables = variables, .output = CEL_BOOL };
    struct cel_expression *expression;
    *out_terminal = !cel_compile(a, text, &options, &expression, err);
    if (*out_terminal)
        return err_wrap(err, "failed to evaluate dependency %s", object_name(dep));
    struct value *both = value_map(a);
    value_set(a, both, "self", value_copy(a, self));
    value_set(a, both, "dep", value_copy(a, dep));
    return cel_eval_bool(a, expression, both, out, err);
}
