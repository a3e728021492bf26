// SPDX-License-Identifier: Apache-2.0
// Workloads, claims, namespaces and garbage collection on a running sandbox.
#include "tests/unit/sandbox/cluster.h"

#include <stdlib.h>
#include <unistd.h>

#include "common/base/file.h"

#define DEPLOYMENT(name, annotations, image)                                                                 \
    "{'apiVersion':'apps/v1','kind':'Deployment','metadata':{'name':'" name "','annotations':{" annotations  \
    "}},"                                                                                                    \
    "'spec':{'replicas':2,'selector':{'matchLabels':{'app':'" name                                           \
    "'}},'template':{'metadata':{'labels':{'app':'" name                                                     \
    "'}},'spec':{'containers':[{'name':'c','image':'" image "'}]}}}}"

static int64_t status_int(const struct value *o, const char *key) {
    return value_int_or(value_at(o, "status", key, NULL), 0);
}

static bool is_current(const struct value *o) {
    return status_int(o, "observedGeneration") ==
           value_int_or(value_at(o, "metadata", "generation", NULL), -1);
}

static bool deployment_done(const struct value *o) {
    return is_current(o) && status_int(o, "updatedReplicas") == 2 &&
           status_int(o, "availableReplicas") == 2 && status_int(o, "replicas") == 2 &&
           condition_is(o, "Available", "True") &&
           text_eq(value_text(value_get(condition(o, "Progressing"), "reason"), ""),
                   "NewReplicaSetAvailable");
}

static bool deployment_waits(const struct value *o) {
    return is_current(o) && status_int(o, "updatedReplicas") == 2 &&
           status_int(o, "unavailableReplicas") == 2 && condition_is(o, "Available", "False");
}

// The pods of an app, as they are.
static size_t pods_of(struct cluster *c, const char *app, struct value **out, size_t max) {
    struct objects all = storage_list(c->sb->storage, &c->a, "pods", "default", NULL);
    size_t n = 0;
    for (size_t i = 0; i < all.n && n < max; i++) {
        struct value *pod = object_value(&c->a, all.items[i]);
        if (text_eq(value_text(value_at(pod, "metadata", "labels", "app", NULL), ""), app))
            out[n++] = pod;
    }
    objects_unref(&all);
    return n;
}

static const char *waiting(const struct value *pod) {
    const struct value *status = value_item(value_at(pod, "status", "containerStatuses", NULL), 0);
    return value_text(value_at(status, "state", "waiting", "reason", NULL), "");
}

static void test_deployment(void **state) {
    (void)state;
    struct cluster c;
    struct value *pods[8];
    cluster_start(&c, 1);
    cluster_put(&c, DEPLOYMENT("web", "", "nginx:1"));
    check_row("first rollout", cluster_until(&c, "deployments.apps", "default", "web", deployment_done),
              "not done");
    size_t n = pods_of(&c, "web", pods, 8);
    check_row("pods", n == 2, "%zu", n);
    check_row(
        "owner",
        text_eq(
            value_text(
                value_get(value_item(value_at(pods[0], "metadata", "ownerReferences", NULL), 0), "kind"), ""),
            "ReplicaSet"),
        "wrong");
    cluster_put(&c, DEPLOYMENT("web", "", "nginx:2"));
    check_row("second rollout", cluster_until(&c, "deployments.apps", "default", "web", deployment_done),
              "not done");
    struct value *d = cluster_get(&c, "deployments.apps", "default", "web");
    check_row(
        "revision",
        text_eq(
            value_text(value_at(d, "metadata", "annotations", "deployment.kubernetes.io/revision", NULL), ""),
            "2"),
        "wrong");
    check_row("replica sets", storage_count(c.sb->storage, "replicasets.apps") == 2, "%zu",
              storage_count(c.sb->storage, "replicasets.apps"));
    cluster_put(&c, DEPLOYMENT("web", "", "nginx:1"));
    check_row("back", cluster_until(&c, "deployments.apps", "default", "web", deployment_done), "not done");
    check_row("the old set again", storage_count(c.sb->storage, "replicasets.apps") == 2, "a third set");
    cluster_stop(&c);
    check_done();
}

static void test_stuck_pods(void **state) {
    static const struct {
        const char *app, *object, *waits;
    } rows[] = {
        { "pull", DEPLOYMENT("pull", "", "registry.invalid/x:1"), "ImagePullBackOff" },
        { "told", DEPLOYMENT("told", "'sandbox.runnel.dev/fail':'image-pull'", "x"), "ImagePullBackOff" },
        { "crash",
          DEPLOYMENT("crash", "'sandbox.runnel.dev/fail':'crash','sandbox.runnel.dev/log':'boom'", "x"),
          "CrashLoopBackOff" },
        { "never", DEPLOYMENT("never", "'sandbox.runnel.dev/never-ready':'true'", "x"), "" },
        { "nowhere", DEPLOYMENT("nowhere", "'sandbox.runnel.dev/fail':'unschedulable'", "x"), "" },
    };
    (void)state;
    struct cluster c;
    struct value *pods[8];
    cluster_start(&c, 1);
    for (size_t i = 0; i < countof(rows); i++) {
        cluster_put(&c, rows[i].object);
        check_row(rows[i].app,
                  cluster_until(&c, "deployments.apps", "default", rows[i].app, deployment_waits),
                  "does not wait");
    }
    cluster_put(&c, DEPLOYMENT("good", "'sandbox.runnel.dev/ready-after':'50ms'", "x"));
    check_row("ready after", cluster_until(&c, "deployments.apps", "default", "good", deployment_done),
              "not done");
    for (size_t i = 0; i < countof(rows); i++) { // by now they are where they stay
        size_t n = pods_of(&c, rows[i].app, pods, 8);
        check_row(rows[i].app, n == 2 && text_eq(waiting(pods[0]), rows[i].waits), "%zu pods, %s", n,
                  n ? waiting(pods[0]) : "");
    }
    pods_of(&c, "crash", pods, 8);
    const struct value *status = value_item(value_at(pods[0], "status", "containerStatuses", NULL), 0);
    check_row("last log line",
              text_eq(value_text(value_at(status, "lastState", "terminated", "message", NULL), ""), "boom"),
              "absent");
    pods_of(&c, "nowhere", pods, 8);
    check_row(
        "unschedulable",
        text_eq(value_text(value_get(condition(pods[0], "PodScheduled"), "reason"), ""), "Unschedulable"),
        "wrong");
    cluster_put(&c, DEPLOYMENT("never", "", "x"));
    check_row("the annotation goes",
              cluster_until(&c, "deployments.apps", "default", "never", deployment_done), "still waits");
    cluster_stop(&c);
    check_done();
}

static bool sts_done(const struct value *o) {
    return is_current(o) && status_int(o, "readyReplicas") == 2 && status_int(o, "updatedReplicas") == 2 &&
           text_eq(value_text(value_at(o, "status", "currentRevision", NULL), "a"),
                   value_text(value_at(o, "status", "updateRevision", NULL), "b"));
}

static bool ds_done(const struct value *o) {
    return is_current(o) && status_int(o, "numberReady") == 1 && status_int(o, "updatedNumberScheduled") == 1;
}

static bool claim_bound(const struct value *o) {
    return text_eq(value_text(value_at(o, "status", "phase", NULL), ""), "Bound");
}

#define STS(image)                                                                                           \
    "{'apiVersion':'apps/"                                                                                   \
    "v1','kind':'StatefulSet','metadata':{'name':'db'},'spec':{'replicas':2,'serviceName':'db',"             \
    "'selector':{'matchLabels':{'app':'db'}},'template':{'metadata':{'labels':{'app':'db'}},'spec':{'"       \
    "containers':[{"                                                                                         \
    "'name':'c','image':'" image                                                                             \
    "'}]}},'volumeClaimTemplates':[{'metadata':{'name':'data'},'spec':{'accessModes':["                      \
    "'ReadWriteOnce'],'resources':{'requests':{'storage':'1Gi'}}}}]}}"

#define DS(image)                                                                                            \
    "{'apiVersion':'apps/"                                                                                   \
    "v1','kind':'DaemonSet','metadata':{'name':'agent'},'spec':{'selector':{'matchLabels':{'app':'agent'}}," \
    "'template':{'metadata':{'labels':{'app':'agent'}},'spec':{'containers':[{'name':'c','image':'" image    \
    "'}]}}}}"

static void test_sets(void **state) {
    (void)state;
    struct cluster c;
    struct value *pods[8];
    cluster_start(&c, 1);
    cluster_put(&c, STS("x:1"));
    cluster_put(&c, DS("x:1"));
    check_row("stateful set", cluster_until(&c, "statefulsets.apps", "default", "db", sts_done), "not done");
    check_row("daemon set", cluster_until(&c, "daemonsets.apps", "default", "agent", ds_done), "not done");
    check_row("claim", cluster_until(&c, "persistentvolumeclaims", "default", "data-db-1", claim_bound),
              "not bound");
    cluster_put(&c, STS("x:2"));
    cluster_put(&c, DS("x:2"));
    check_row("stateful set, updated", cluster_until(&c, "statefulsets.apps", "default", "db", sts_done),
              "not done");
    check_row("daemon set, updated", cluster_until(&c, "daemonsets.apps", "default", "agent", ds_done),
              "not done");
    size_t n = pods_of(&c, "db", pods, 8);
    check_row(
        "pods",
        n == 2 &&
            text_eq(value_text(
                        value_get(value_item(value_at(pods[1], "spec", "containers", NULL), 0), "image"), ""),
                    "x:2"),
        "not new");
    check_row("volumes", storage_count(c.sb->storage, "persistentvolumes") == 2, "%zu",
              storage_count(c.sb->storage, "persistentvolumes"));
    cluster_stop(&c);
    check_done();
}

static bool job_complete(const struct value *o) {
    return condition_is(o, "Complete", "True") && status_int(o, "succeeded") == 2;
}

static bool job_failed(const struct value *o) {
    return condition_is(o, "Failed", "True") &&
           text_eq(value_text(value_get(condition(o, "Failed"), "reason"), ""), "BackoffLimitExceeded");
}

static void test_jobs(void **state) {
    (void)state;
    struct cluster c;
    cluster_start(&c, 1);
    cluster_put(&c, "{'apiVersion':'batch/"
                    "v1','kind':'Job','metadata':{'name':'good'},'spec':{'completions':2,'template':{'spec':{"
                    "'restartPolicy':'Never','containers':[{'name':'c','image':'x'}]}}}}");
    cluster_put(&c,
                "{'apiVersion':'batch/"
                "v1','kind':'Job','metadata':{'name':'bad','annotations':{'sandbox.runnel.dev/fail':'exit'}},"
                "'spec':{'backoffLimit':1,'template':{'spec':{'restartPolicy':'Never','containers':[{'name':'"
                "c','image':'x'}]}}}}");
    cluster_put(
        &c, "{'apiVersion':'batch/"
            "v1','kind':'Job','metadata':{'name':'again','annotations':{'sandbox.runnel.dev/fail':'crash'}},"
            "'spec':{'backoffLimit':0,'template':{'spec':{'restartPolicy':'OnFailure','containers':[{'name':'"
            "c','image':'x'}]}}}}");
    cluster_put(
        &c, "{'apiVersion':'batch/"
            "v1','kind':'Job','metadata':{'name':'short'},'spec':{'ttlSecondsAfterFinished':0,'template':{"
            "'spec':{'restartPolicy':'Never','containers':[{'name':'c','image':'x'}]}}}}");
    check_row("good", cluster_until(&c, "jobs.batch", "default", "good", job_complete), "not complete");
    check_row("bad", cluster_until(&c, "jobs.batch", "default", "bad", job_failed), "not failed");
    check_row("restarts count", cluster_until(&c, "jobs.batch", "default", "again", job_failed),
              "not failed");
    check_row("removed after its end", cluster_until(&c, "jobs.batch", "default", "short", is_gone),
              "still there");
    cluster_stop(&c);
    check_done();
}

static bool has_endpoint(const struct value *o) {
    return value_len(value_get(o, "endpoints")) == 2;
}

static bool is_there(const struct value *o) {
    return o;
}

static void test_cluster(void **state) {
    (void)state;
    struct cluster c;
    cluster_start(&c, 1);
    struct value *node = cluster_get(&c, "nodes", "", "sandbox");
    check_row("node", condition_is(node, "Ready", "True"), "not ready");
    cluster_put(&c, "{'apiVersion':'v1','kind':'Namespace','metadata':{'name':'new'}}");
    check_row("service account", cluster_until(&c, "serviceaccounts", "new", "default", is_there), "absent");
    check_row("root ca", cluster_until(&c, "configmaps", "new", "kube-root-ca.crt", is_there), "absent");
    cluster_put(&c, "{'apiVersion':'v1','kind':'Service','metadata':{'name':'web'},'spec':{'selector':{'app':"
                    "'web'},'ports':[{'port':80}]}}");
    cluster_put(&c, DEPLOYMENT("web", "", "x"));
    check_row("endpoints",
              cluster_until(&c, "endpointslices.discovery.k8s.io", "default", "web-sandbox", has_endpoint),
              "absent");
    cluster_stop(&c);
    check_done();
}

/* ---- garbage collection ---- */

static struct value *config_map(struct cluster *c, const char *name, const struct value *owner, bool blocks) {
    struct arena *a = &c->a;
    struct value *cm = quoted_json(a, "{'apiVersion':'v1','kind':'ConfigMap','metadata':{}}"),
                 *metadata = value_get(cm, "metadata");
    value_set(a, metadata, "name", value_string(a, name));
    if (owner) {
        struct value *ref = value_map(a), *refs = value_list(a);
        value_set(a, ref, "apiVersion", value_string(a, "v1"));
        value_set(a, ref, "kind", value_string(a, "ConfigMap"));
        value_set(a, ref, "name", value_copy(a, value_at(owner, "metadata", "name", NULL)));
        value_set(a, ref, "uid", value_copy(a, value_at(owner, "metadata", "uid", NULL)));
        if (blocks)
            value_set(a, ref, "blockOwnerDeletion", value_bool(a, true));
        value_append(a, refs, ref);
        value_set(a, metadata, "ownerReferences", refs);
    }
    const char *why;
    struct value *out = cluster_write(c, cm, &why);
    check_row(name, out != NULL, "%s", why);
    return out;
}

static bool has_no_owner(const struct value *o) {
    return o && !value_at(o, "metadata", "ownerReferences", NULL);
}

static void test_owners(void **state) {
    (void)state;
    struct cluster c;
    cluster_start(&c, 1);
    struct value *top = config_map(&c, "top", NULL, false), *middle = config_map(&c, "middle", top, false);
    config_map(&c, "bottom", middle, false);
    cluster_delete(&c, "configmaps", "default", "top", "Background");
    check_row("background", cluster_until(&c, "configmaps", "default", "bottom", is_gone), "still there");

    top = config_map(&c, "top", NULL, false);
    config_map(&c, "middle", top, true);
    cluster_delete(&c, "configmaps", "default", "top", "Foreground");
    check_row("foreground waits", cluster_get(&c, "configmaps", "default", "top") != NULL, "gone at once");
    check_row("foreground", cluster_until(&c, "configmaps", "default", "top", is_gone), "still there");
    check_row("its dependent went first", !cluster_get(&c, "configmaps", "default", "middle"), "still there");

    top = config_map(&c, "top", NULL, false);
    config_map(&c, "middle", top, true);
    cluster_delete(&c, "configmaps", "default", "top", "Orphan");
    check_row("orphan: the owner", cluster_until(&c, "configmaps", "default", "top", is_gone), "still there");
    check_row("orphan: the dependent", cluster_until(&c, "configmaps", "default", "middle", has_no_owner),
              "has an owner");

    struct value *ghost = quoted_json(&c.a, "{'metadata':{'name':'ghost','uid':'no-such'}}");
    config_map(&c, "late", ghost, false);
    check_row("an owner that is not there", cluster_until(&c, "configmaps", "default", "late", is_gone),
              "still there");
    cluster_stop(&c);
    check_done();
}

static bool is_waiting(const struct value *o) {
    return condition_is(o, "NamespaceFinalizersRemaining", "True") &&
           text_eq(value_text(value_get(condition(o, "NamespaceFinalizersRemaining"), "message"), ""),
                   "Some content in the namespace has finalizers remaining: x.dev/f in 1 resource instances");
}

static void test_namespace(void **state) {
    (void)state;
    struct cluster c;
    const char *why;
    cluster_start(&c, 1);
    cluster_put(&c, "{'apiVersion':'v1','kind':'Namespace','metadata':{'name':'n'}}");
    cluster_put(&c, "{'apiVersion':'v1','kind':'ConfigMap','metadata':{'name':'a','namespace':'n'}}");
    cluster_put(&c, "{'apiVersion':'v1','kind':'ConfigMap','metadata':{'name':'held','namespace':'n','"
                    "finalizers':['x.dev/f']}}");
    cluster_delete(&c, "namespaces", "", "n", NULL);
    check_row("waits for a finalizer", cluster_until(&c, "namespaces", "", "n", is_waiting), "does not");
    check_row("content went", !cluster_get(&c, "configmaps", "n", "a"), "still there");
    struct value *refused = cluster_write(
        &c,
        quoted_json(&c.a, "{'apiVersion':'v1','kind':'ConfigMap','metadata':{'name':'b','namespace':'n'}}"),
        &why);
    check_row("nothing new", !refused && strstr(why, "because it is being terminated"), "%s",
              refused ? "created" : why);
    struct value *held = cluster_get(&c, "configmaps", "n", "held");
    value_remove(value_get(held, "metadata"), "finalizers");
    check_row("released", cluster_write(&c, held, &why) != NULL, "%s", why);
    check_row("gone", cluster_until(&c, "namespaces", "", "n", is_gone), "still there");
    cluster_stop(&c);
    check_done();
}

/* ---- a cluster that was recorded ---- */

// The hashes in names and labels become others, as a real cluster has others than the sandbox computes.
static void hashes_change(struct cluster *c, char *text, const char *key, const char *label) {
    struct objects all = storage_list(c->sb->storage, &c->a, key, "default", NULL);
    for (size_t i = 0; i < all.n; i++) {
        const char *hash =
            value_text(value_at(object_value(&c->a, all.items[i]), "metadata", "labels", label, NULL), "");
        check_row(key, *hash, "no hash");
        for (char *at = strstr(text, hash); at && *hash; at = strstr(at, hash))
            memset(at, (int)('a' + i), strlen(hash));
    }
    objects_unref(&all);
}

// The cluster's objects in a file, one a line.
static char *record(struct cluster *c, char *path) {
    autobuf b = { 0 };
    struct err err = { .a = &c->a };
    storage_dump(c->sb->storage, &b);
    char *text = arena_text(&c->a, b.p, b.n);
    hashes_change(c, text, "replicasets.apps", "pod-template-hash");
    hashes_change(c, text, "controllerrevisions.apps", "controller-revision-hash");
    int fd = mkstemp(path);
    if (fd < 0 || close(fd) != 0 || !file_write(path, str_of(text), 0600, &err))
        fail_msg("%s: cannot write", path);
    return text;
}

// Each line of what was recorded is a line of what there is.
static void check_unchanged(struct cluster *c, const char *recorded) {
    autobuf b = { 0 };
    storage_dump(c->sb->storage, &b);
    const char *now = arena_text(&c->a, b.p, b.n);
    size_t n = 0;
    for (const char *line = strchr(recorded, '\n'); line; line = strchr(line, '\n')) {
        size_t len = strcspn(++line, "\n");
        const char *object = arena_text(&c->a, line, len && line[len - 1] == ',' ? len - 1 : len);
        if (*object != '{')
            continue;
        n++;
        check_row("unchanged", strstr(now, object) != NULL, "%s", object);
    }
    check_row("objects", n > 10, "%zu", n);
}

static void test_recorded(void **state) {
    (void)state;
    struct cluster before, c;
    char path[] = "/tmp/sandbox-recorded-XXXXXX";
    cluster_start(&before, 1);
    cluster_put(&before, STS("x:1"));
    cluster_put(&before, DS("x:1"));
    cluster_put(&before, DEPLOYMENT("web", "", "x"));
    struct value *owner =
        cluster_put(&before, "{'apiVersion':'v1','kind':'ConfigMap','metadata':{'name':'owner'}}");
    config_map(&before, "owned", owner, false);
    cluster_until(&before, "statefulsets.apps", "default", "db", sts_done);
    cluster_until(&before, "daemonsets.apps", "default", "agent", ds_done);
    cluster_until(&before, "deployments.apps", "default", "web", deployment_done);
    char *text = record(&before, path);

    cluster_start_with(&c, 1, path);
    unlink(path);
    const char *recorded = arena_strdup(&c.a, text);
    cluster_stop(&before);
    cluster_put(&c, DEPLOYMENT("later", "'sandbox.runnel.dev/ready-after':'50ms'", "x"));
    check_row("later", cluster_until(&c, "deployments.apps", "default", "later", deployment_done),
              "not done");
    check_unchanged(&c, recorded);
    // an owner and its dependent from before the start
    cluster_delete(&c, "configmaps", "default", "owner", "Background");
    check_row("owned", cluster_until(&c, "configmaps", "default", "owned", is_gone), "still there");
    cluster_stop(&c);
    check_done();
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_deployment), cmocka_unit_test(test_stuck_pods), cmocka_unit_test(test_sets),
        cmocka_unit_test(test_jobs),       cmocka_unit_test(test_cluster),    cmocka_unit_test(test_owners),
        cmocka_unit_test(test_namespace),  cmocka_unit_test(test_recorded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
