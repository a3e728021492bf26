// SPDX-License-Identifier: Apache-2.0
// The verb patch: JSON patch, merge patch, strategic merge patch and server-side apply.
// Source: apiserver pkg/endpoints/handlers/patch.go.
#include "common/value/json.h"
#include "common/value/patch.h"
#include "common/value/yaml.h"
#include "deploy/local/sandbox/call.h"
#include "deploy/local/sandbox/smp.h"
#include "deploy/local/sandbox/ssa.h"
#include "deploy/local/sandbox/write.h"

enum patch_type { PATCH_NONE, PATCH_JSON, PATCH_MERGE, PATCH_STRATEGIC, PATCH_APPLY };
enum { JSON_PATCH_MAX_OPERATIONS = 10000 };

static const struct {
    const char *media_type;
    enum patch_type type;
} patch_types[] = {
    { "application/json-patch+json", PATCH_JSON },
    { "application/merge-patch+json", PATCH_MERGE },
    { "application/strategic-merge-patch+json", PATCH_STRATEGIC },
    { "application/apply-patch+yaml", PATCH_APPLY },
};

static enum patch_type type_of(struct call *c) {
    struct str type = str_of(http_request_header(c->x, "Content-Type"));
    ptrdiff_t semicolon = str_chr(type, ';');
    if (semicolon >= 0)
        type = str_trim(str_sub(type, 0, (size_t)semicolon));
    for (size_t i = 0; i < countof(patch_types); i++)
        if (str_is(type, patch_types[i].media_type))
            return c->r->crd && patch_types[i].type == PATCH_STRATEGIC ? PATCH_NONE : patch_types[i].type;
    return PATCH_NONE;
}

static bool type_refuse(struct call *c) {
    return status_set(
        &c->st, 415, "UnsupportedMediaType",
        "the body of the request was in an unknown format - accepted media types include: "
        "application/json-patch+json, application/merge-patch+json, %sapplication/apply-patch+yaml",
        c->r->crd ? "" : "application/strategic-merge-patch+json, ");
}

static bool options_refuse(struct call *c, enum field_error_type type, const char *field,
                           const char *detail) {
    struct field_errors fe = { .a = c->a };
    struct resource options = { .group = "meta.k8s.io", .kind = "PatchOptions", .plural = "", .key = "" };
    field_error_add(&fe, type, field, NULL, "%s", detail);
    return status_invalid(&c->st, &options, "", &fe);
}

static bool options_check(struct call *c, enum patch_type type) {
    if (type == PATCH_APPLY && text_empty(http_query(c->x, "fieldManager")))
        return options_refuse(c, FIELD_REQUIRED, "fieldManager", "is required for apply patch");
    if (type != PATCH_APPLY && http_query(c->x, "force"))
        return options_refuse(c, FIELD_FORBIDDEN, "force", "may not be specified for non-apply patch");
    return true;
}

/* ---- apply ---- */

static bool config_check(struct call *c, struct value *config) {
    const char *want = resource_api_version(c->a, c->r),
               *api = value_text(value_get(config, "apiVersion"), ""),
               *kind = value_text(value_get(config, "kind"), "");
    if (!kind[0])
        return status_bad_request(&c->st, "error decoding YAML: Object 'Kind' is missing in '%s'",
                                  json_text(c->a, config, JSON_COMPACT).p);
    if (!text_eq(api, want))
        return status_bad_request(
            &c->st, "Incorrect version specified in apply patch. Specified patch version: %s, expected: %s",
            api, want);
    return true;
}

static bool apply(struct call *c, const struct object *stored) {
    struct err err = { .a = c->a };
    struct value *config, *merged, *out;
    if (!yaml_read(c->a, http_body_bytes(c->x), YAML_GO_SIGS, &config, &err))
        return status_bad_request(&c->st, "error decoding YAML: %s", err.msg);
    if (!value_is(config, VALUE_MAP))
        return status_bad_request(&c->st,
                                  "error decoding YAML: error unmarshaling JSON: while decoding JSON: json: "
                                  "cannot unmarshal %s into Go value of type map[string]interface {}",
                                  value_type_name(config->type));
    if (!config_check(c, config))
        return false;
    struct value *live = stored ? object_stored(c->sb, c->a, c->r, stored) : NULL;
    struct field_manager m;
    field_manager_of(c->sb, c->a, c->r, &c->write, &m);
    if (!ssa_apply(c->a, resource_shape(c->sb, c->r), live, config, &m, call_flag(c, "force"), &merged,
                   &c->st))
        return false;
    c->write.patched = c->write.tracked = true;
    if (stored) // what the config says about its version is a precondition; else the stored one counts
        return sandbox_update(c->sb, c->a, c->r, c->ns, c->name, merged, &c->write, &out, &c->st) &&
               reply_object(c, 200, out);
    if (c->subresource[0])
        return status_not_found(&c->st, c->r, c->name);
    const char *uid = value_text(value_at(config, "metadata", "uid", NULL), ""),
               *name = value_text(value_at(merged, "metadata", "name", NULL), "");
    if (uid[0])
        return status_conflict(
            &c->st, c->r, c->name,
            "uid mismatch: the provided object specified uid %s, and no existing object was found", uid);
    if (!text_eq(name, c->name))
        return status_bad_request(
            &c->st, "the name of the object (%s) does not match the name on the URL (%s)", name, c->name);
    return sandbox_create(c->sb, c->a, c->r, c->ns, merged, &c->write, &out, &c->st) &&
           reply_object(c, 201, out);
}

/* ---- the others ---- */

static bool json_patch(struct call *c, struct value **tree, const struct value *patch) {
    struct err err = { .a = c->a };
    if (!value_is(patch, VALUE_LIST))
        return status_bad_request(
            &c->st,
            "error decoding patch: json: cannot unmarshal %s into Go value of type []handlers.jsonPatchOp",
            value_type_name(patch->type));
    if (value_len(patch) > JSON_PATCH_MAX_OPERATIONS)
        return status_set(
            &c->st, 413, "RequestEntityTooLarge",
            "Request entity too large: The allowed maximum operations in a JSON patch is %d, got %zu",
            JSON_PATCH_MAX_OPERATIONS, value_len(patch));
    if (json_patch_apply(c->a, tree, patch, &err))
        return true;
    status_set(&c->st, 422, "Invalid", "the server rejected our request due to an error in our request");
    c->st.details = value_map(c->a);
    return false;
}

static bool patch_tree(struct call *c, enum patch_type type, struct value **tree) {
    struct err err = { .a = c->a };
    struct value *patch;
    if (!json_read(c->a, http_body_bytes(c->x), &patch, &err))
        return status_bad_request(&c->st, "error decoding patch: %s", err.msg);
    if (type == PATCH_JSON)
        return json_patch(c, tree, patch);
    if (!value_is(patch, VALUE_MAP))
        return status_bad_request(
            &c->st,
            "error decoding patch: json: cannot unmarshal %s into Go value of type map[string]interface {}",
            value_type_name(patch->type));
    if (type == PATCH_MERGE) {
        *tree = merge_patch_apply(c->a, *tree, patch);
        return true;
    }
    if (!smp_apply(c->a, resource_shape(c->sb, c->r), *tree, patch, tree, &err))
        return status_bad_request(&c->st, "%s", err.msg);
    return true;
}

// The patch changed what kind of thing it is: not a version or name that this URL stands for.
static bool identity_check(struct call *c, const struct value *tree) {
    const char *want = resource_api_version(c->a, c->r), *api = value_text(value_get(tree, "apiVersion"), "");
    if (!value_is(tree, VALUE_MAP))
        return status_bad_request(&c->st, "error decoding patch: the patched object is not an object");
    if (!text_eq(api, want) || !text_eq(value_text(value_get(tree, "kind"), ""), c->r->kind))
        return status_bad_request(
            &c->st, "the API version in the data (%s) does not match the expected API version (%s)", api,
            want);
    return true;
}

bool verb_patch(struct call *c) {
    enum patch_type type = type_of(c);
    if (type == PATCH_NONE)
        return type_refuse(c);
    if (!options_check(c, type))
        return false;
    const struct object *stored = storage_get(c->sb->storage, c->r->key, c->ns, c->name);
    if (type == PATCH_APPLY)
        return apply(c, stored);
    if (!stored)
        return status_not_found(&c->st, c->r, c->name);
    struct value *tree = call_object(c, stored), *out;
    if (!patch_tree(c, type, &tree) || !identity_check(c, tree))
        return false;
    c->write.patched = true;
    return sandbox_update(c->sb, c->a, c->r, c->ns, c->name, tree, &c->write, &out, &c->st) &&
           reply_object(c, 200, out);
}
