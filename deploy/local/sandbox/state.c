// SPDX-License-Identifier: Apache-2.0
// State files and the contents of an empty cluster.
#include "deploy/local/sandbox/state.h"

#include <dirent.h>
#include <sys/stat.h>

#include "common/base/file.h"
#include "common/base/log.h"
#include "common/value/json.h"
#include "deploy/local/sandbox/crd.h"

enum { STATE_MAX_BYTES = 512 << 20 };

static void object_restore(struct sandbox *sb, struct arena *a, struct value *o) {
    const char *api = value_text(value_get(o, "apiVersion"), ""),
               *kind = value_text(value_get(o, "kind"), "");
    const struct resource *r = registry_find_api(sb->registry, api, kind);
    if (!r || !value_is(value_get(o, "metadata"), VALUE_MAP)) {
        log_info("object left out: kind not served", LOG_STR("apiVersion", api), LOG_STR("kind", kind),
                 LOG_STR("name", value_text_at(o, "metadata", "name", NULL)));
        return;
    }
    struct value *ordered = value_map(a); // apiVersion and kind first: read.c
    value_set(a, ordered, "apiVersion", value_get(o, "apiVersion"));
    value_set(a, ordered, "kind", value_get(o, "kind"));
    for (size_t i = 0; i < o->map.n; i++)
        value_set_n(a, ordered, o->map.pairs[i].key, o->map.pairs[i].value);
    storage_restore(sb->storage, a, r->key, ordered);
}

static bool is_custom(struct sandbox *sb, const struct value *o) {
    const struct resource *r = registry_find_api(sb->registry, value_text(value_get(o, "apiVersion"), ""),
                                                 value_text(value_get(o, "kind"), ""));
    return !r || r->crd;
}

static void list_restore(struct sandbox *sb, struct arena *a, const struct value *list, bool custom) {
    const struct value *items = value_get(list, "items");
    for (size_t i = 0; i < value_len(items); i++)
        if (is_custom(sb, value_item(items, i)) == custom)
            object_restore(sb, a, value_item(items, i));
    uint64_t rv;
    if (str_to_u64(str_of(value_text_at(list, "metadata", "resourceVersion", NULL)), &rv))
        storage_restore_rv(sb->storage, rv);
}

static bool list_read(struct arena *a, const char *path, struct value *lists, struct err *err) {
    struct str text;
    struct value *v;
    if (!file_read(a, path, STATE_MAX_BYTES, &text, err))
        return false;
    if (!json_read(a, text, &v, err))
        return err_wrap(err, "%s", path);
    if (!value_is(value_get(v, "items"), VALUE_LIST))
        return err_set(err, ERR_INVALID, "%s: not a List", path);
    value_append(a, lists, v);
    return true;
}

static bool path_read(struct arena *a, const char *path, struct value *lists, struct err *err) {
    struct stat st;
    if (stat(path, &st) != 0 || !S_ISDIR(st.st_mode))
        return list_read(a, path, lists, err);
    struct dirent **names = NULL;
    int n = scandir(path, &names, NULL, alphasort);
    bool ok = true;
    for (int i = 0; i < n; i++) {
        if (ok && text_ends(names[i]->d_name, ".json"))
            ok = list_read(a, path_join(a, path, names[i]->d_name), lists, err);
        free(names[i]);
    }
    free(names);
    return ok;
}

bool state_load(struct sandbox *sb, const struct sandbox_config *config, struct err *err) {
    autoarena a = { 0 };
    struct err own = { .a = &a };
    struct value *lists = value_list(&a);
    if (config->state_file && !list_read(&a, config->state_file, lists, &own)) {
        if (own.kind != ERR_NOT_FOUND)
            return err_move(err, &own);
        err_clear(&own);
    }
    for (size_t i = 0; config->load && config->load[i]; i++)
        if (!path_read(&a, config->load[i], lists, &own))
            return err_move(err, &own);
    for (size_t i = 0; i < value_len(lists); i++)
        list_restore(sb, &a, value_item(lists, i), false);
    crds_load(sb->crds);
    for (size_t i = 0; i < value_len(lists); i++)
        list_restore(sb, &a, value_item(lists, i), true);
    return true;
}

bool state_save(const struct sandbox *sb, const char *path, struct err *err) {
    autobuf b = { 0 };
    storage_dump(sb->storage, &b);
    return file_write(path, buf_str(&b), 0600, err);
}

/* ---- an empty cluster ---- */

static const char *const seeds[] = {
    "{\"apiVersion\":\"v1\",\"kind\":\"Namespace\",\"metadata\":{\"name\":\"default\"}}",
    "{\"apiVersion\":\"v1\",\"kind\":\"Namespace\",\"metadata\":{\"name\":\"kube-system\"}}",
    "{\"apiVersion\":\"v1\",\"kind\":\"Namespace\",\"metadata\":{\"name\":\"kube-public\"}}",
    "{\"apiVersion\":\"v1\",\"kind\":\"Namespace\",\"metadata\":{\"name\":\"kube-node-lease\"}}",
    "{\"apiVersion\":\"v1\",\"kind\":\"Service\",\"metadata\":{\"name\":\"kubernetes\",\"namespace\":"
    "\"default\",\"labels\":"
    "{\"component\":\"apiserver\",\"provider\":\"kubernetes\"}},\"spec\":{\"clusterIP\":\"10.96.0.1\","
    "\"ports\":"
    "[{\"name\":\"https\",\"port\":443,\"protocol\":\"TCP\",\"targetPort\":6443}]}}",
    "{\"apiVersion\":\"rbac.authorization.k8s.io/"
    "v1\",\"kind\":\"ClusterRole\",\"metadata\":{\"name\":\"cluster-admin\",\"labels\":"
    "{\"kubernetes.io/"
    "bootstrapping\":\"rbac-defaults\"}},\"rules\":[{\"apiGroups\":[\"*\"],\"resources\":[\"*\"],\"verbs\":["
    "\"*\"]},"
    "{\"nonResourceURLs\":[\"*\"],\"verbs\":[\"*\"]}]}",
    "{\"apiVersion\":\"rbac.authorization.k8s.io/"
    "v1\",\"kind\":\"ClusterRole\",\"metadata\":{\"name\":\"admin\",\"labels\":"
    "{\"kubernetes.io/"
    "bootstrapping\":\"rbac-defaults\"}},\"rules\":[{\"apiGroups\":[\"\",\"apps\",\"batch\",\"autoscaling\","
    "\"networking.k8s.io\",\"policy\",\"rbac.authorization.k8s.io\"],\"resources\":[\"*\"],\"verbs\":[\"*\"]}"
    "]}",
    "{\"apiVersion\":\"rbac.authorization.k8s.io/"
    "v1\",\"kind\":\"ClusterRole\",\"metadata\":{\"name\":\"edit\",\"labels\":"
    "{\"kubernetes.io/"
    "bootstrapping\":\"rbac-defaults\"}},\"rules\":[{\"apiGroups\":[\"\",\"apps\",\"batch\",\"autoscaling\","
    "\"networking.k8s.io\",\"policy\"],\"resources\":[\"*\"],\"verbs\":[\"*\"]}]}",
    "{\"apiVersion\":\"rbac.authorization.k8s.io/"
    "v1\",\"kind\":\"ClusterRole\",\"metadata\":{\"name\":\"view\",\"labels\":"
    "{\"kubernetes.io/"
    "bootstrapping\":\"rbac-defaults\"}},\"rules\":[{\"apiGroups\":[\"\",\"apps\",\"batch\",\"autoscaling\","
    "\"networking.k8s.io\",\"policy\"],\"resources\":[\"configmaps\",\"endpoints\","
    "\"persistentvolumeclaims\",\"pods\",\"services\","
    "\"serviceaccounts\",\"events\",\"namespaces\",\"deployments\",\"daemonsets\",\"statefulsets\","
    "\"replicasets\",\"jobs\",\"cronjobs\","
    "\"horizontalpodautoscalers\",\"ingresses\",\"networkpolicies\",\"poddisruptionbudgets\"],\"verbs\":["
    "\"get\",\"list\",\"watch\"]}]}",
    "{\"apiVersion\":\"rbac.authorization.k8s.io/"
    "v1\",\"kind\":\"ClusterRoleBinding\",\"metadata\":{\"name\":\"cluster-admin\",\"labels\":"
    "{\"kubernetes.io/"
    "bootstrapping\":\"rbac-defaults\"}},\"roleRef\":{\"apiGroup\":\"rbac.authorization.k8s.io\",\"kind\":"
    "\"ClusterRole\",\"name\":\"cluster-admin\"},\"subjects\":[{\"apiGroup\":\"rbac.authorization.k8s.io\","
    "\"kind\":\"Group\","
    "\"name\":\"system:masters\"}]}",
};

void state_seed(struct sandbox *sb) {
    for (size_t i = 0; i < countof(seeds); i++) {
        autoarena a = { 0 };
        struct err err = { .a = &a };
        struct status st = { .a = &a };
        struct value *o, *out;
        if (!json_read(&a, str_of(seeds[i]), &o, &err))
            abort();
        const struct resource *r = registry_find_api(sb->registry, value_text(value_get(o, "apiVersion"), ""),
                                                     value_text(value_get(o, "kind"), ""));
        const char *ns = value_text(value_at(o, "metadata", "namespace", NULL), ""),
                   *name = value_text(value_at(o, "metadata", "name", NULL), "");
        if (!r || storage_get(sb->storage, r->key, ns, name))
            continue;
        struct write_options options = { .manager = "kube-apiserver", .subresource = "", .internal = true };
        if (!sandbox_create(sb, &a, r, ns, o, &options, &out, &st))
            log_error("cannot make an object of the empty cluster", LOG_STR("name", name),
                      LOG_STR("error", st.message));
    }
}
