// SPDX-License-Identifier: Apache-2.0
// Cluster addresses and node ports of Services. Source: pkg/registry/core/service/storage/alloc.go.
#include "common/base/map.h"
#include "deploy/local/sandbox/builtin.h"

enum { NODE_PORT_FIRST = 30000, NODE_PORT_LAST = 32767, ADDRESSES = 65000 };

// What other Services hold: "ip" and "port" texts.
static void used_read(struct sandbox *sb, struct arena *a, const char *except_uid, struct map *used) {
    struct objects all = storage_list(sb->storage, a, "services", NULL, NULL);
    for (size_t i = 0; i < all.n; i++) {
        if (text_eq(all.items[i]->uid, except_uid))
            continue;
        const struct value *spec = value_get(object_value(a, all.items[i]), "spec"),
                           *ports = value_get(spec, "ports");
        map_set(used, value_text(value_get(spec, "clusterIP"), ""), used);
        for (size_t k = 0; k < value_len(ports); k++)
            map_set(
                used,
                arena_fmt(a, "%lld", (long long)value_int_or(value_get(value_item(ports, k), "nodePort"), 0)),
                used);
    }
    objects_unref(&all);
}

static const char *address_free(struct arena *a, const struct map *used, const char *seed) {
    uint64_t start = hash_bytes(seed, strlen(seed)) % ADDRESSES;
    for (uint64_t i = 0; i < ADDRESSES; i++) {
        uint64_t n = (start + i) % ADDRESSES + 10; // the first ones are for kubernetes and DNS
        const char *ip = arena_fmt(a, "10.96.%u.%u", (unsigned)(n >> 8), (unsigned)(n & 255));
        if (!map_has(used, ip))
            return ip;
    }
    return "10.96.255.254";
}

static int64_t port_free(struct arena *a, struct map *used, const char *seed) {
    uint64_t range = NODE_PORT_LAST - NODE_PORT_FIRST + 1, start = hash_bytes(seed, strlen(seed)) % range;
    for (uint64_t i = 0; i < range; i++) {
        int64_t port = NODE_PORT_FIRST + (int64_t)((start + i) % range);
        const char *text = arena_fmt(a, "%lld", (long long)port);
        if (!map_has(used, text)) {
            map_set(used, text, used);
            return port;
        }
    }
    return 0;
}

static void list_of(struct arena *a, struct value *spec, const char *key, const char *item) {
    struct value *list = value_list(a);
    value_append(a, list, value_string(a, item));
    value_set(a, spec, key, list);
}

// The node port that the same port had before.
static int64_t port_before(const struct value *old, const struct value *port) {
    const struct value *ports = value_at(old, "spec", "ports", NULL);
    for (size_t i = 0; i < value_len(ports); i++) {
        const struct value *p = value_item(ports, i);
        if (value_equal(value_get(p, "port"), value_get(port, "port")) &&
            value_equal(value_get(p, "protocol"), value_get(port, "protocol")))
            return value_int_or(value_get(p, "nodePort"), 0);
    }
    return 0;
}

static void ports_prepare(struct arena *a, struct value *tree, const struct value *old, struct map *used) {
    struct value *ports = value_at(tree, "spec", "ports", NULL);
    for (size_t i = 0; i < value_len(ports); i++) {
        struct value *port = value_item(ports, i);
        if (value_int_or(value_get(port, "nodePort"), 0))
            continue;
        int64_t n = port_before(old, port);
        if (!n)
            n = port_free(a, used,
                          arena_fmt(a, "%s/%zu", value_text(value_at(tree, "metadata", "uid", NULL), ""), i));
        value_set(a, port, "nodePort", value_int(a, n));
    }
}

static bool needs_address(const struct value *spec) {
    return spec && !text_eq(value_text(value_get(spec, "type"), "ClusterIP"), "ExternalName");
}

static void ports_drop(struct value *spec) {
    struct value *ports = value_get(spec, "ports");
    for (size_t i = 0; i < value_len(ports); i++)
        value_remove(value_item(ports, i), "nodePort");
}

// ExternalName has no address; what came along from before the type changed goes.
static void external_name_prepare(struct value *spec, const struct value *old) {
    static const char *const fields[] = { "clusterIP", "clusterIPs", "ipFamilies", "ipFamilyPolicy",
                                          "internalTrafficPolicy" };
    for (size_t i = 0; old && i < countof(fields); i++)
        if (value_equal(value_get(spec, fields[i]), value_at(old, "spec", fields[i], NULL)))
            value_remove(spec, fields[i]);
}

void service_prepare(struct sandbox *sb, struct arena *a, struct value *tree, const struct value *old) {
    struct value *spec = value_get(tree, "spec"), *old_spec = value_get(old, "spec");
    if (!needs_address(spec)) {
        external_name_prepare(spec, old);
        return;
    }
    automap used = { 0 };
    const char *uid = value_text(value_at(tree, "metadata", "uid", NULL), ""),
               *type = value_text(value_get(spec, "type"), "");
    used_read(sb, a, uid, &used);
    const char *ip = value_text(value_get(spec, "clusterIP"), "");
    if (!ip[0] && needs_address(old_spec))
        ip = value_text(value_get(old_spec, "clusterIP"), "");
    if (!ip[0])
        ip = address_free(a, &used, uid);
    value_set(a, spec, "clusterIP", value_string(a, ip));
    if (!value_len(value_get(spec, "clusterIPs")))
        list_of(a, spec, "clusterIPs", ip);
    if (!value_len(value_get(spec, "ipFamilies")))
        list_of(a, spec, "ipFamilies", "IPv4");
    default_text(a, spec, "ipFamilyPolicy", "SingleStack");
    bool balancer = text_eq(type, "LoadBalancer") &&
                    value_bool_or(value_get(spec, "allocateLoadBalancerNodePorts"), true);
    if (text_eq(type, "NodePort") || balancer)
        ports_prepare(a, tree, old, &used);
    else if (text_eq(type, "ClusterIP") && old &&
             !text_eq(value_text(value_get(old_spec, "type"), ""), "ClusterIP"))
        ports_drop(spec);
}
