// SPDX-License-Identifier: Apache-2.0
// Status of objects, one row per rule of contract/kustomization.md 10.
#include "tests/unit/check.h"

#include "common/base/timeutil.h"
#include "common/kube/kstatus.h"
#include "common/value/json.h"

#define NOW "2026-01-01T00:01:00Z"

static const struct {
    const char *what, *api, *kind, *rest; // rest: what follows apiVersion and kind
    enum kstatus want;
} rows[] = {
    { "deleting", "v1", "X", "'metadata':{'deletionTimestamp':'2026-01-01T00:00:00Z'}", KSTATUS_TERMINATING },
    { "old generation", "v1", "X", "'metadata':{'generation':2},'status':{'observedGeneration':1}",
      KSTATUS_IN_PROGRESS },
    { "no observedGeneration", "v1", "X", "'metadata':{'generation':2},'status':{}", KSTATUS_CURRENT },
    { "reconciling", "v1", "X",
      "'status':{'conditions':[{'type':'Reconciling','status':'True'},{'type':'Ready','status':'True'}]}",
      KSTATUS_IN_PROGRESS },
    { "stalled", "v1", "X", "'status':{'conditions':[{'type':'Stalled','status':'True'}]}", KSTATUS_FAILED },
    { "first of the list wins", "v1", "X",
      "'status':{'conditions':[{'type':'Stalled','status':'True'},{'type':'Reconciling','status':'True'}]}",
      KSTATUS_FAILED },
    { "ready", "a.b/v1", "X", "'status':{'conditions':[{'type':'Ready','status':'True'}]}", KSTATUS_CURRENT },
    { "not ready", "a.b/v1", "X", "'status':{'conditions':[{'type':'Ready','status':'False'}]}",
      KSTATUS_IN_PROGRESS },
    { "unknown", "a.b/v1", "X", "'status':{'conditions':[{'type':'Ready','status':'Unknown'}]}",
      KSTATUS_IN_PROGRESS },
    { "nothing said", "a.b/v1", "X", "'spec':{}", KSTATUS_CURRENT },
    { "status of odd shape", "a.b/v1", "X", "'status':{'conditions':{'a':1}}", KSTATUS_CURRENT },
    { "new Flux object", "kustomize.toolkit.fluxcd.io/v1", "Kustomization",
      "'metadata':{'generation':1},'status':{'observedGeneration':-1}", KSTATUS_IN_PROGRESS },

    { "deployment without status", "apps/v1", "Deployment", "'spec':{'replicas':1}", KSTATUS_IN_PROGRESS },
    { "deployment of none", "apps/v1", "Deployment",
      "'spec':{'replicas':0},'status':{'conditions':[{'type':'Available','status':'True'}]}",
      KSTATUS_CURRENT },
    { "deployment deadline", "apps/v1", "Deployment",
      "'status':{'conditions':[{'type':'Progressing','status':'False','reason':'ProgressDeadlineExceeded'}]}",
      KSTATUS_FAILED },
    { "deployment updating", "apps/v1", "Deployment",
      "'spec':{'replicas':2},'status':{'replicas':2,'updatedReplicas':1}", KSTATUS_IN_PROGRESS },
    { "deployment surplus", "apps/v1", "Deployment",
      "'spec':{'replicas':1},'status':{'replicas':2,'updatedReplicas':1}", KSTATUS_IN_PROGRESS },
    { "deployment not available", "apps/v1", "Deployment",
      "'spec':{'replicas':1},'status':{'replicas':1,'updatedReplicas':1,'availableReplicas':0,'readyReplicas'"
      ":1}",
      KSTATUS_IN_PROGRESS },
    { "deployment not ready", "apps/v1", "Deployment",
      "'spec':{'replicas':1},'status':{'replicas':1,'updatedReplicas':1,'availableReplicas':1,'readyReplicas'"
      ":0}",
      KSTATUS_IN_PROGRESS },
    { "deployment rolling", "apps/v1", "Deployment",
      "'spec':{'replicas':1,'progressDeadlineSeconds':600},'status':{'replicas':1,'updatedReplicas':1,'"
      "availableReplicas':1,'readyReplicas':1,"
      "'conditions':[{'type':'Progressing','status':'True','reason':'ReplicaSetUpdated'},{'type':'Available',"
      "'status':'True'}]}",
      KSTATUS_IN_PROGRESS },
    { "deployment ready", "apps/v1", "Deployment",
      "'spec':{'replicas':1,'progressDeadlineSeconds':600},'status':{'replicas':1,'updatedReplicas':1,'"
      "availableReplicas':1,'readyReplicas':1,"
      "'conditions':[{'type':'Progressing','status':'True','reason':'NewReplicaSetAvailable'},{'type':'"
      "Available','status':'True'}]}",
      KSTATUS_CURRENT },
    { "another group's Deployment", "example.com/v1", "Deployment", "'spec':{'replicas':1}",
      KSTATUS_CURRENT },

    { "statefulset OnDelete", "apps/v1", "StatefulSet",
      "'spec':{'replicas':3,'updateStrategy':{'type':'OnDelete'}}", KSTATUS_CURRENT },
    { "statefulset missing", "apps/v1", "StatefulSet", "'spec':{'replicas':3},'status':{'replicas':2}",
      KSTATUS_IN_PROGRESS },
    { "statefulset partition", "apps/v1", "StatefulSet",
      "'spec':{'replicas':3,'updateStrategy':{'rollingUpdate':{'partition':2}}},'status':{'replicas':3,'"
      "readyReplicas':3,'updatedReplicas':1}",
      KSTATUS_CURRENT },
    { "statefulset revision", "apps/v1", "StatefulSet",
      "'spec':{'replicas':1},'status':{'replicas':1,'readyReplicas':1,'currentReplicas':1,'currentRevision':'"
      "a','updateRevision':'b'}",
      KSTATUS_IN_PROGRESS },
    { "statefulset ready", "apps/v1", "StatefulSet",
      "'spec':{'replicas':1},'status':{'replicas':1,'readyReplicas':1,'currentReplicas':1,'currentRevision':'"
      "a','updateRevision':'a'}",
      KSTATUS_CURRENT },

    { "daemonset unseen", "apps/v1", "DaemonSet",
      "'metadata':{'generation':1},'status':{'desiredNumberScheduled':0}", KSTATUS_IN_PROGRESS },
    { "daemonset without count", "apps/v1", "DaemonSet",
      "'metadata':{'generation':1},'status':{'observedGeneration':1}", KSTATUS_IN_PROGRESS },
    { "daemonset not ready", "apps/v1", "DaemonSet",
      "'metadata':{'generation':1},'status':{'observedGeneration':1,'desiredNumberScheduled':2,'"
      "currentNumberScheduled':2,"
      "'updatedNumberScheduled':2,'numberAvailable':2,'numberReady':1}",
      KSTATUS_IN_PROGRESS },
    { "daemonset on no node", "apps/v1", "DaemonSet",
      "'metadata':{'generation':1},'status':{'observedGeneration':1,'desiredNumberScheduled':0}",
      KSTATUS_CURRENT },

    { "replicaset failure", "apps/v1", "ReplicaSet",
      "'spec':{'replicas':0},'status':{'conditions':[{'type':'ReplicaFailure','status':'True'}]}",
      KSTATUS_IN_PROGRESS },
    { "replicaset ready", "apps/v1", "ReplicaSet",
      "'spec':{'replicas':1},'status':{'replicas':1,'fullyLabeledReplicas':1,'availableReplicas':1,'"
      "readyReplicas':1}",
      KSTATUS_CURRENT },

    { "pod without phase", "v1", "Pod", "'status':{}", KSTATUS_IN_PROGRESS },
    { "pod succeeded", "v1", "Pod", "'status':{'phase':'Succeeded'}", KSTATUS_CURRENT },
    { "pod failed", "v1", "Pod", "'status':{'phase':'Failed'}", KSTATUS_CURRENT },
    { "pod ready", "v1", "Pod",
      "'status':{'phase':'Running','conditions':[{'type':'Ready','status':'True'}]}", KSTATUS_CURRENT },
    { "pod crashes", "v1", "Pod",
      "'status':{'phase':'Running','containerStatuses':[{'name':'a','state':{'waiting':{'reason':'"
      "CrashLoopBackOff'}}}]}",
      KSTATUS_FAILED },
    { "pod starts", "v1", "Pod", "'status':{'phase':'Running'}", KSTATUS_IN_PROGRESS },
    { "pod pending", "v1", "Pod", "'status':{'phase':'Pending'}", KSTATUS_IN_PROGRESS },
    { "pod just unschedulable", "v1", "Pod",
      "'metadata':{'creationTimestamp':'2026-01-01T00:00:50Z'},'status':{'phase':'Pending','conditions':[{'"
      "type':'PodScheduled',"
      "'status':'False','reason':'Unschedulable'}]}",
      KSTATUS_IN_PROGRESS },
    { "pod long unschedulable", "v1", "Pod",
      "'metadata':{'creationTimestamp':'2026-01-01T00:00:10Z'},'status':{'phase':'Pending','conditions':[{'"
      "type':'PodScheduled',"
      "'status':'False','reason':'Unschedulable'}]}",
      KSTATUS_FAILED },
    { "pod of odd phase", "v1", "Pod", "'status':{'phase':'Dancing'}", KSTATUS_UNKNOWN },

    { "claim bound", "v1", "PersistentVolumeClaim", "'status':{'phase':'Bound'}", KSTATUS_CURRENT },
    { "claim pending", "v1", "PersistentVolumeClaim", "'status':{'phase':'Pending'}", KSTATUS_IN_PROGRESS },
    { "load balancer", "v1", "Service", "'spec':{'type':'LoadBalancer'}", KSTATUS_IN_PROGRESS },
    { "load balancer with address", "v1", "Service", "'spec':{'type':'LoadBalancer','clusterIP':'10.0.0.1'}",
      KSTATUS_CURRENT },
    { "service", "v1", "Service", "'spec':{}", KSTATUS_CURRENT },

    { "crd new", "apiextensions.k8s.io/v1", "CustomResourceDefinition", "'spec':{}", KSTATUS_IN_PROGRESS },
    { "crd established", "apiextensions.k8s.io/v1", "CustomResourceDefinition",
      "'status':{'conditions':[{'type':'NamesAccepted','status':'True'},{'type':'Established','status':'True'"
      "}]}",
      KSTATUS_CURRENT },
    { "crd installing", "apiextensions.k8s.io/v1", "CustomResourceDefinition",
      "'status':{'conditions':[{'type':'Established','status':'False','reason':'Installing'}]}",
      KSTATUS_IN_PROGRESS },
    { "crd refused", "apiextensions.k8s.io/v1", "CustomResourceDefinition",
      "'status':{'conditions':[{'type':'NamesAccepted','status':'False'}]}", KSTATUS_FAILED },

    { "job suspended", "batch/v1", "Job", "'spec':{'suspend':true}", KSTATUS_CURRENT },
    { "job complete", "batch/v1", "Job", "'status':{'conditions':[{'type':'Complete','status':'True'}]}",
      KSTATUS_CURRENT },
    { "job failed", "batch/v1", "Job",
      "'status':{'conditions':[{'type':'Failed','status':'True','message':'no'}]}", KSTATUS_FAILED },
    { "job runs", "batch/v1", "Job", "'status':{'active':1}", KSTATUS_IN_PROGRESS },
    { "job deleting: Flux's rule goes first", "batch/v1", "Job",
      "'metadata':{'deletionTimestamp':'2026-01-01T00:00:00Z'},'status':{'conditions':[{'type':'Complete','"
      "status':'True'}]}",
      KSTATUS_CURRENT },
    { "config", "v1", "ConfigMap", "'data':{}", KSTATUS_CURRENT },
    { "cronjob", "batch/v1", "CronJob", "'spec':{}", KSTATUS_CURRENT },
    { "budget", "policy/v1", "PodDisruptionBudget", "'spec':{}", KSTATUS_CURRENT },
};

static struct value *object(struct arena *a, const char *api, const char *kind, const char *rest) {
    char *json = arena_fmt(a, "{'apiVersion':'%s','kind':'%s',%s}", api, kind, rest);
    for (char *p = json; *p; p++)
        *p = *p == '\'' ? '"' : *p;
    struct err err = { .a = a };
    struct value *v;
    if (!json_read(a, str_of(json), &v, &err))
        fail_msg("%s: %s", json, err.msg);
    return v;
}

static int64_t now(void) {
    autoarena a = { 0 };
    struct err err = { .a = &a };
    int64_t ns;
    assert_true(time_parse_rfc3339(NOW, &ns, &err));
    return ns;
}

static void test_rows(void **state) {
    (void)state;
    for (size_t i = 0; i < countof(rows); i++) {
        autoarena a = { 0 };
        const char *message = NULL;
        enum kstatus got =
            kstatus_of(&a, object(&a, rows[i].api, rows[i].kind, rows[i].rest), now(), &message);
        check_row(rows[i].what, got == rows[i].want && message, "got %s (%s)", kstatus_name(got), message);
    }
    autoarena a = { 0 };
    assert_int_equal(kstatus_of(&a, NULL, now(), NULL), KSTATUS_NOT_FOUND);
    check_done();
}

static void test_pods(void **state) {
    (void)state;
    autoarena a = { 0 };
    const char *message = "as it was";
    struct value *pods = value_list(&a);
    value_append(&a, pods,
                 object(&a, "v1", "Pod",
                        "'metadata':{'name':'p','deletionTimestamp':'2026-01-01T00:00:00Z'},'status':{'phase'"
                        ":'Running','containerStatuses':"
                        "[{'name':'a','state':{'waiting':{'reason':'CrashLoopBackOff'}}}]}"));
    assert_int_equal(kstatus_with_pods(&a, KSTATUS_IN_PROGRESS, pods, now(), &message), KSTATUS_IN_PROGRESS);
    assert_string_equal(message, "as it was");
    value_append(&a, pods,
                 object(&a, "v1", "Pod",
                        "'metadata':{'name':'q'},'status':{'phase':'Running','containerStatuses':[{'name':'a'"
                        ",'state':{'waiting':{'reason':"
                        "'CrashLoopBackOff','message':'back-off "
                        "10s'}},'lastState':{'terminated':{'exitCode':3,'message':'boom'}}}]}"));
    assert_int_equal(kstatus_with_pods(&a, KSTATUS_CURRENT, pods, now(), &message), KSTATUS_CURRENT);
    assert_int_equal(kstatus_with_pods(&a, KSTATUS_IN_PROGRESS, pods, now(), &message), KSTATUS_FAILED);
    assert_string_equal(message,
                        "pod q: container a: CrashLoopBackOff: back-off 10s (last exit code 3: boom)");
}

int main(void) {
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_rows), cmocka_unit_test(test_pods) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
