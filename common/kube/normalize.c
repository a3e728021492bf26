// SPDX-License-Identifier: Apache-2.0
/* From built documents to what is sent: the parts of upstream's typed round trip that can be seen from outside.
 *
 * Unknown fields of built-in kinds are not dropped here by a model of the Kubernetes API: the server names them in the dry run
 * (apply_drop_undeclared), so that its own schema decides.
 * Flux: pkg/ssa/normalize, pkg/ssa/utils (ReadObjects, RemoveCABundleFromCRD) */
#include "common/base/buf.h"
#include "common/kube/apply.h"
#include "common/value/base64.h"
#include "common/value/json.h"

static bool is_kind(const struct value *o, const char *api_version, const char *kind) {
    return text_eq(object_api_version(o), api_version) && text_eq(object_kind(o), kind);
}

static bool is_crd(const struct value *o) {
    return text_eq(object_kind(o), "CustomResourceDefinition") &&
           text_starts(object_api_version(o), "apiextensions.k8s.io/");
}

/* ---- lists ---- */

bool apply_flatten(struct arena *a, const struct value *objects, struct value **out, struct err *err) {
    struct value *flat = value_list(a);
    for (size_t i = 0; i < value_len(objects); i++) {
        struct value *o = value_item(objects, i), *items = object_items(o);
        for (size_t j = 0; j < value_len(items); j++) {
            if (!value_is(value_item(items, j), VALUE_MAP))
                return err_set(err, ERR_INVALID, "items list member has unexpected type %s",
                               value_type_name(value_item(items, j)->type));
            value_append(a, flat, value_item(items, j));
        }
        bool is_kustomization = text_eq(object_kind(o), "Kustomization") &&
                                text_starts(object_api_version(o), "kustomize.config.k8s.io/");
        bool whole =
            !text_empty(object_name(o)) && !text_empty(object_kind(o)) && !text_empty(object_api_version(o));
        if (!items && whole && !is_kustomization)
            value_append(a, flat, o);
    }
    *out = flat;
    return true;
}

/* ---- kinds ---- */

static void default_protocol(struct arena *a, struct value *ports) {
    for (size_t i = 0; value_is(ports, VALUE_LIST) && i < value_len(ports); i++) {
        struct value *port = value_item(ports, i);
        if (value_is(port, VALUE_MAP) && text_empty(value_text(value_get(port, "protocol"), "")))
            value_set(a, port, "protocol", value_string(a, "TCP"));
    }
}

static void pod_spec(struct arena *a, struct value *spec) {
    struct value *containers = value_get(spec, "containers");
    for (size_t i = 0; value_is(containers, VALUE_LIST) && i < value_len(containers); i++)
        default_protocol(a, value_get(value_item(containers, i), "ports"));
}

static void pod(struct arena *a, struct value *o) {
    pod_spec(a, value_get(o, "spec"));
}

static void workload(struct arena *a, struct value *o) {
    pod_spec(a, value_at(o, "spec", "template", "spec", NULL));
}

static void cronjob(struct arena *a, struct value *o) {
    pod_spec(a, value_at(o, "spec", "jobTemplate", "spec", "template", "spec", NULL));
}

static void service(struct arena *a, struct value *o) {
    default_protocol(a, value_at(o, "spec", "ports", NULL));
}

// Would Go's Secret take it? data: base64 texts, stringData: texts, null allowed.
static bool secret_converts(struct arena *a, const struct value *data, const struct value *texts) {
    if ((data && !value_is(data, VALUE_MAP) && !value_is(data, VALUE_NULL)) ||
        (texts && !value_is(texts, VALUE_MAP) && !value_is(texts, VALUE_NULL)))
        return false;
    struct str ignored;
    for (size_t i = 0; i < value_len(data); i++) {
        const struct value *v = data->map.pairs[i].value;
        if (!value_is(v, VALUE_NULL) && (!value_is(v, VALUE_STRING) || !base64_decode(a, v->s, &ignored)))
            return false;
    }
    for (size_t i = 0; i < value_len(texts); i++) {
        const struct value *v = texts->map.pairs[i].value;
        if (!value_is(v, VALUE_NULL) && !value_is(v, VALUE_STRING))
            return false;
    }
    return true;
}

// stringData moves into data, which is written in canonical base64, so that equal contents are equal payloads.
static void secret(struct arena *a, struct value *o) {
    struct value *data = value_get(o, "data"), *texts = value_get(o, "stringData");
    if (!secret_converts(a, data, texts))
        return;
    for (size_t i = 0; i < value_len(data); i++) {
        struct value_pair *p = &data->map.pairs[i];
        struct str bytes = { 0 };
        if (value_is(p->value, VALUE_STRING) && base64_decode(a, p->value->s, &bytes))
            p->value = value_string(a, base64_encode(a, bytes));
        else
            p->value = value_string(a, "");
    }
    if (value_len(texts)) {
        data = value_ensure(a, o, "data", NULL);
        for (size_t i = 0; i < value_len(texts); i++) {
            const struct value_pair *p = &texts->map.pairs[i];
            struct str bytes = value_is(p->value, VALUE_STRING) ? p->value->s : STR("");
            value_set_n(a, data, p->key, value_string(a, base64_encode(a, bytes)));
        }
    }
    value_remove(o, "stringData");
    if (!value_len(value_get(o, "data")))
        value_remove(o, "data");
}

// A caBundle that is no certificate would make the API server refuse the CRD; upstream drops it.
static void crd(struct arena *a, struct value *o) {
    struct value *config = value_at(o, "spec", "conversion", "webhook", "clientConfig", NULL);
    const struct value *bundle = value_get(config, "caBundle");
    struct str pem;
    if (!value_is(bundle, VALUE_STRING) || !bundle->s.n)
        return;
    if (!base64_decode(a, bundle->s, &pem) ||
        (pem.n && str_find(pem, STR("-----BEGIN CERTIFICATE-----")) < 0))
        value_remove(config, "caBundle");
}

static const struct {
    const char *api_version, *kind;
    void (*normalize)(struct arena *a, struct value *o);
} kinds[] = {
    { "v1", "Pod", pod },
    { "apps/v1", "Deployment", workload },
    { "apps/v1", "StatefulSet", workload },
    { "apps/v1", "DaemonSet", workload },
    { "apps/v1", "ReplicaSet", workload },
    { "batch/v1", "Job", workload },
    { "batch/v1", "CronJob", cronjob },
    { "v1", "Service", service },
    { "v1", "Secret", secret },
    { "apiextensions.k8s.io/v1", "CustomResourceDefinition", crd },
    { 0 },
};

/* ---- all ---- */

static bool is_encrypted(const struct value *o, const char *decrypt_key) {
    const char *decrypt = object_annotation(o, decrypt_key);
    return is_kind(o, "v1", "Secret") && value_get(o, "sops") &&
           !(decrypt && !strcasecmp(decrypt, "disabled"));
}

static void normalize_one(struct arena *a, struct value *o) {
    bool is_role = text_eq(object_kind(o), "Role") || text_eq(object_kind(o), "ClusterRole");
    if (is_role && text_eq(object_api_version(o), "rbac.authorization.k8s.io/v1"))
        return; // upstream leaves them alone
    for (size_t i = 0; kinds[i].kind; i++)
        if (is_kind(o, kinds[i].api_version, kinds[i].kind))
            kinds[i].normalize(a, o);
    value_remove(value_get(o, "metadata"), "creationTimestamp");
    if (!is_crd(o))
        value_remove(o, "status");
}

bool apply_normalize(struct arena *a, struct value *objects, struct err *err) {
    for (size_t i = 0; i < value_len(objects); i++) {
        struct value *o = value_item(objects, i);
        if (is_encrypted(o, "kustomize.toolkit.fluxcd.io/decrypt"))
            return err_set(
                err, ERR_INVALID,
                "%s is SOPS encrypted, configuring decryption is required for this secret to be reconciled",
                object_subject(a, o));
        normalize_one(a, o);
    }
    return true;
}

/* ---- fields that the server's schema does not know ---- */

#define UNDECLARED ": field not declared in schema"

// One step of a path in a server's message: ".key", "[i]", "[k=v,...]", "[=v]". NULL: it leads nowhere.
static struct value *step_key(struct value *at, const char **path, struct str *out_key) {
    // Names may hold dots: the longest key that fits.
    struct value *found = NULL;
    const char *end = *path;
    for (const char *p = *path + 1;; p++) {
        if (*p && *p != '.' && *p != '[')
            continue;
        struct str key = str_make(*path + 1, (size_t)(p - *path - 1));
        struct value *v = value_get_n(at, key);
        if (v) {
            found = v;
            *out_key = key;
            end = p;
        }
        if (!*p)
            break;
    }
    *path = end;
    return found;
}

static bool item_matches(struct arena *a, struct value *item, struct str key_text) {
    struct str pair;
    while (key_text.n && str_split(&key_text, ',', &pair)) {
        ptrdiff_t eq = str_chr(pair, '=');
        if (eq < 0)
            return false;
        struct err err = { .a = a };
        struct value *want;
        struct value *have = eq == 0 ? item : value_get_n(item, str_sub(pair, 0, (size_t)eq));
        if (!json_read(a, str_sub(pair, (size_t)eq + 1, pair.n), &want, &err) || !have ||
            !value_equal(have, want))
            return false;
    }
    return true;
}

static struct value *step_item(struct arena *a, struct value *at, const char **path) {
    const char *close = strchr(*path, ']');
    if (!close || !value_is(at, VALUE_LIST))
        return NULL;
    struct str inside = str_make(*path + 1, (size_t)(close - *path - 1));
    *path = close + 1;
    uint64_t index;
    if (str_to_u64(inside, &index))
        return value_item(at, index);
    for (size_t i = 0; i < value_len(at); i++)
        if (item_matches(a, value_item(at, i), inside))
            return value_item(at, i);
    return NULL;
}

static bool remove_path(struct arena *a, struct value *payload, const char *path) {
    struct value *at = payload, *parent = NULL;
    struct str key = { 0 };
    while (at && *path) {
        bool by_key = *path == '.';
        if (!by_key && *path != '[')
            return false;
        parent = by_key ? at : NULL;
        at = by_key ? step_key(at, &path, &key) : step_item(a, at, &path);
    }
    if (!at || !parent)
        return false;
    value_remove(parent, arena_text(a, key.p, key.n));
    return true;
}

bool apply_drop_undeclared(struct arena *a, struct value *payload, const char *message) {
    bool dropped = false;
    const char *hit;
    for (const char *rest = message; (hit = strstr(rest, UNDECLARED)); rest = hit + strlen(UNDECLARED)) {
        // The path starts after the last blank (of ": " or an indented line) before it; list keys may hold blanks in quotes.
        const char *start = hit;
        bool quoted = false;
        while (start > rest && (quoted || (start[-1] != ' ' && start[-1] != '\n'))) {
            start--;
            if (*start == '"')
                quoted = !quoted;
        }
        dropped |= remove_path(a, payload, arena_text(a, start, (size_t)(hit - start)));
    }
    return dropped;
}
