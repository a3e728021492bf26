// SPDX-License-Identifier: Apache-2.0
// The schemas of a chart and its subcharts against their values. Helm: pkg/chart/common/util/jsonschema.go
#include "common/helm/schema.h"
#include "common/base/buf.h"
#include "common/helm/values.h"

static const char *go_type(const struct value *v) {
    switch (v->type) {
    case VALUE_NULL: return "<nil>";
    case VALUE_BOOL: return "bool";
    case VALUE_INT: return v->text ? "float64" : "int64";
    case VALUE_FLOAT: return "float64";
    case VALUE_STRING: return "string";
    case VALUE_LIST: return "[]interface {}";
    case VALUE_MAP: return "map[string]interface {}";
    }
    return "";
}

static bool validate(struct arena *a, const struct chart *c, const struct value *values, struct buf *out,
                     struct err *err) {
    struct err inner = { .a = a };
    if (c->has_schema && !schema_validate(a, c->schema, values, &inner)) {
        if (inner.kind != ERR_INVALID)
            return err_move(err, &inner);
        buf_fmt(out, "%s:\n%s\n", c->meta.name, inner.msg);
    }
    for (size_t i = 0; i < c->n_subs; i++) {
        const struct value *below = value_get(values, c->subs[i]->meta.name);
        if (!below || below->type == VALUE_NULL)
            continue;
        if (below->type != VALUE_MAP)
            buf_fmt(out, "%s:\ninvalid type for values: expected object (map), got %s\n",
                    c->subs[i]->meta.name, go_type(below));
        else if (!validate(a, c->subs[i], below, out, err))
            return false;
    }
    return true;
}

bool values_validate(struct arena *a, const struct chart *c, const struct value *values, struct err *err) {
    autobuf out = { 0 };
    if (!validate(a, c, values, &out, err))
        return false;
    if (!out.n)
        return true;
    return err_set(err, ERR_INVALID,
                   "values don't meet the specifications of the schema(s) in the following chart(s):\n%s",
                   out.p);
}
