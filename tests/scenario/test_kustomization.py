"""kustomize-controller against the sandbox, with artifacts made by the test: conditions, inventory, prune, drift, marks, health,
dependencies, deletion (contract/kustomization.md). What needs a real Git source is in test_homelab.py."""
import os
import time

import pytest

import kustomize_world
from kustomize_world import World, cm, condition

pytestmark = pytest.mark.skipif(not os.path.exists(kustomize_world.controller_path()), reason="kustomize-controller is not built")

DEPLOYMENT = """apiVersion: apps/v1
kind: Deployment
metadata:
  name: {name}
  namespace: default
  annotations: {annotations}
spec:
  replicas: 1
  selector: {{matchLabels: {{app: {label}}}}}
  template:
    metadata: {{labels: {{app: {label}}}}}
    spec: {{containers: [{{name: c, image: "nginx:{image}"}}]}}
"""


def deployment(name, label=None, annotations="{}", image=1):
    return DEPLOYMENT.format(name=name, label=label or name, annotations=annotations, image=image)


@pytest.fixture(scope="module")
def w(tmp_path_factory):
    with World(tmp_path_factory.mktemp("ks")) as world:
        yield world


def ids(o):
    return [e["id"] for e in o["status"]["inventory"]["entries"]]


# ---- one run ----

def test_applies_and_says_so(w):
    w.publish("one", "a1", {"cm.yaml": cm("one-cm"), "sub/ns.yaml": "apiVersion: v1\nkind: Namespace\nmetadata: {name: one-ns}\n",
                            "README.md": "no manifest"}, origin="v1.2.3@sha1:beef")
    w.kustomization("one", "one")
    o = w.ready("one", "a1")
    assert condition(o, "Ready")["reason"] == "ReconciliationSucceeded"
    assert condition(o, "Ready")["message"] == "Applied revision: main@sha1:a1"
    assert [c["type"] for c in o["status"]["conditions"]] == ["Ready"]
    assert o["status"]["inventory"]["entries"] == [{"id": "_one-ns__Namespace", "v": "v1"}, {"id": "default_one-cm__ConfigMap", "v": "v1"}]
    assert o["status"]["lastAppliedRevision"] == o["status"]["lastAttemptedRevision"] == "main@sha1:a1"
    assert o["status"]["lastAppliedOriginRevision"] == "v1.2.3@sha1:beef"
    assert o["metadata"]["finalizers"] == ["finalizers.fluxcd.io"]
    [entry] = o["status"]["history"]
    assert entry["lastReconciledStatus"] == "ReconciliationSucceeded" and entry["totalReconciliations"] == 1
    assert entry["metadata"] == {"revision": "main@sha1:a1", "originRevision": "v1.2.3@sha1:beef"}
    live = w.cm("one-cm")
    assert live["metadata"]["labels"] == {"kustomize.toolkit.fluxcd.io/name": "one", "kustomize.toolkit.fluxcd.io/namespace": "flux-system"}
    assert [(m["manager"], m["operation"]) for m in live["metadata"]["managedFields"]] == [("kustomize-controller", "Apply")]
    e = w.event("one", "Namespace/one-ns created\nConfigMap/default/one-cm created")
    assert e["reason"] == "Progressing" and e["type"] == "Normal" and e["source"]["component"] == "kustomize-controller"
    assert e["metadata"]["annotations"] == {"kustomize.toolkit.fluxcd.io/revision": "main@sha1:a1",
                                            "kustomize.toolkit.fluxcd.io/originRevision": "v1.2.3@sha1:beef"}
    e = w.event("one", "Reconciliation finished in ")
    assert e["reason"] == "ReconciliationSucceeded" and "next run in 10m0s" in e["message"]
    assert e["metadata"]["annotations"]["kustomize.toolkit.fluxcd.io/commit_status"] == "update"


def test_a_run_that_changes_nothing_writes_next_to_nothing(w):
    w.publish("idle", "a1", {f"cm{i}.yaml": cm(f"idle-{i}") for i in range(5)})
    w.kustomization("idle", "idle")
    before = w.ready("idle", "a1")
    versions = [w.cm(f"idle-{i}")["metadata"]["resourceVersion"] for i in range(5)]
    w.counters_reset()
    after = w.ask("idle")
    assert [w.cm(f"idle-{i}")["metadata"]["resourceVersion"] for i in range(5)] == versions
    mine = [r for r in w.requests() if "runnel" in r["agent"]]
    writes = [r for r in mine if r["method"] != "GET" and "dryRun" not in r["target"] and "/events" not in r["target"]]
    assert len(writes) == 1, writes
    assert condition(after, "Ready") == condition(before, "Ready")
    assert after["status"]["history"][0]["totalReconciliations"] == 2


def test_prunes_what_left_the_source(w):
    w.publish("prune", "a1", {"a.yaml": cm("prune-a"), "b.yaml": cm("prune-b"), "c.yaml": cm("prune-c"),
                              "d.yaml": cm("prune-d", annotations={"kustomize.toolkit.fluxcd.io/prune": "disabled"})})
    w.kustomization("prune", "prune")
    w.ready("prune", "a1")
    w.patch("/api/v1/namespaces/default/configmaps/prune-c", {"metadata": {"labels": {"kustomize.toolkit.fluxcd.io/name": "somebody"}}})
    w.publish("prune", "a2", {"a.yaml": cm("prune-a")})
    o = w.ready("prune", "a2")
    assert ids(o) == ["default_prune-a__ConfigMap"]
    assert w.no_cm("prune-b") and not w.no_cm("prune-c") and not w.no_cm("prune-d")
    w.event("prune", "ConfigMap/default/prune-d skipped\nConfigMap/default/prune-c skipped\nConfigMap/default/prune-b deleted")
    # nothing at all: prunes everything; and back
    w.publish("prune", "a3", {"README": "empty"})
    assert ids(w.ready("prune", "a3")) == []
    assert w.no_cm("prune-a")
    w.publish("prune", "a4", {"a.yaml": cm("prune-a")})
    w.ready("prune", "a4")
    assert not w.no_cm("prune-a")


def test_prune_false_leaves_them(w):
    w.publish("keep", "a1", {"a.yaml": cm("keep-a"), "b.yaml": cm("keep-b")})
    w.kustomization("keep", "keep", prune=False)
    w.ready("keep", "a1")
    w.publish("keep", "a2", {"a.yaml": cm("keep-a")})
    assert ids(w.ready("keep", "a2")) == ["default_keep-a__ConfigMap"]
    assert not w.no_cm("keep-b")


def test_reverts_drift(w):
    w.publish("drift", "a1", {"a.yaml": cm("drift-a", a="git"), "b.yaml": cm("drift-b")})
    w.kustomization("drift", "drift")
    w.ready("drift", "a1")
    w.patch("/api/v1/namespaces/default/configmaps/drift-a?fieldManager=kubectl-edit", {"data": {"a": "hand", "extra": "x"}})
    w.delete("/api/v1/namespaces/default/configmaps/drift-b")
    w.ask("drift")
    assert w.cm("drift-a")["data"] == {"a": "git"}  # what kubectl added goes too
    assert not w.no_cm("drift-b")
    w.event("drift", "ConfigMap/default/drift-a configured\nConfigMap/default/drift-b created")
    # what another controller owns stays
    w.apply("/api/v1/namespaces/default/configmaps/drift-a",
            {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "drift-a"}, "data": {"theirs": "1"}}, manager="other")
    w.ask("drift")
    assert w.cm("drift-a")["data"] == {"a": "git", "theirs": "1"}


def test_marks(w):
    mark = "kustomize.toolkit.fluxcd.io/"
    files = {
        "disabled.yaml": cm("marks-disabled", annotations={mark + "reconcile": "disabled"}),
        "live.yaml": cm("marks-live"),
        "once.yaml": cm("marks-once", annotations={mark + "ssa": "IfNotPresent"}, a="1"),
        "ignore.yaml": cm("marks-ignore", annotations={mark + "ssa": "ignore"}),
        "merge.yaml": cm("marks-merge", annotations={mark + "ssa": "Merge"}, a="1"),
    }
    w.publish("marks", "a1", files)
    w.kustomization("marks", "marks", wait=True)
    o = w.ready("marks", "a1")
    assert ids(o) == [f"default_marks-{n}__ConfigMap" for n in ("disabled", "ignore", "live", "merge", "once")]
    assert w.no_cm("marks-disabled") and w.no_cm("marks-ignore")
    edit = "?fieldManager=kubectl-edit"
    w.patch("/api/v1/namespaces/default/configmaps/marks-live" + edit, {"metadata": {"annotations": {mark + "reconcile": "Disabled"}}, "data": {"a": "hand"}})
    w.patch("/api/v1/namespaces/default/configmaps/marks-merge" + edit, {"data": {"theirs": "1", "a": "hand"}})
    w.publish("marks", "a2", {**files, "once.yaml": cm("marks-once", annotations={mark + "ssa": "IfNotPresent"}, a="2")})
    w.ready("marks", "a2")
    assert w.cm("marks-live")["data"] == {"a": "hand"}
    assert w.cm("marks-once")["data"] == {"a": "1"}
    assert w.cm("marks-merge")["data"] == {"a": "1", "theirs": "1"}
    w.patch("/api/v1/namespaces/default/configmaps/marks-live" + edit, {"metadata": {"annotations": {mark + "reconcile": "enabled"}}})
    w.ask("marks")
    assert w.cm("marks-live")["data"] == {"a": "1"}
    w.delete_ks("marks")
    w.gone("marks")
    assert w.no_cm("marks-live") and w.no_cm("marks-once") and w.no_cm("marks-merge")


# ---- failures ----

def test_a_build_that_fails_touches_nothing(w):
    w.publish("broken", "a1", {"a.yaml": cm("broken-a"), "b.yaml": cm("broken-b")})
    w.kustomization("broken", "broken", retryInterval="1h")
    before = w.ready("broken", "a1")
    w.publish("broken", "a2", {"a.yaml": "kind: ConfigMap\n  x: [\n"})
    o = w.failed("broken", "BuildFailed", "failed to decode Kubernetes YAML from /a.yaml")
    assert condition(o, "Reconciling")["reason"] == "ProgressingWithRetry"
    assert condition(o, "Reconciling")["message"].startswith("Building manifests for revision main@sha1:a2 with a timeout of ")
    assert o["status"]["lastAppliedRevision"] == "main@sha1:a1" and o["status"]["lastAttemptedRevision"] == "main@sha1:a2"
    assert o["status"]["inventory"] == before["status"]["inventory"] and len(o["status"]["history"]) == 1
    assert not w.no_cm("broken-a") and not w.no_cm("broken-b")
    e = w.event("broken", "failed to decode Kubernetes YAML")
    assert e["type"] == "Warning" and e["reason"] == "BuildFailed"
    w.publish("broken", "a3", {"a.yaml": cm("broken-a")})  # the new revision does not wait for the retry
    o = w.ready("broken", "a3")
    assert condition(o, "Reconciling") == {} and w.no_cm("broken-b")


def test_sources_that_are_not_there(w):
    w.kustomization("nosource", "nosource-git")
    o = w.failed("nosource", "ArtifactFailed")
    assert condition(o, "Ready")["message"] == 'GitRepository.source.toolkit.fluxcd.io "nosource-git" not found'
    assert o["status"].get("observedGeneration", -1) == -1
    w.post(kustomize_world.GIT.format("flux-system"), {"apiVersion": "source.toolkit.fluxcd.io/v1", "kind": "GitRepository",
                                                       "metadata": {"name": "nosource-git"}, "spec": {"url": "http://127.0.0.1:1/", "interval": "1h"}})
    w.failed("nosource", "ArtifactFailed", "Source artifact not found, retrying in 30s")
    w.publish("nosource-git", "a1", {"a.yaml": cm("nosource-a")})
    w.ready("nosource", "a1")
    del w.artifacts.files["/flux-system/nosource-git/a1.tar.gz"]
    w.ask("nosource")
    w.failed("nosource", "ArtifactFailed", "Source is not ready, artifact not found, retrying in 30s")
    w.publish("nosource-git", "a2", {"a.yaml": cm("nosource-a")}, digest="sha256:" + "0" * 64)
    w.failed("nosource", "ArtifactFailed", "digest")
    w.edit("nosource", {"path": "./gone/deep"})
    w.publish("nosource-git", "a3", {"a.yaml": cm("nosource-a")})
    w.failed("nosource", "ArtifactFailed", "kustomization path not found: stat /gone/deep: no such file or directory")
    w.edit("nosource", {"path": "../../.."})
    w.ready("nosource", "a3")


def test_what_the_cluster_refuses(w):
    w.publish("refuse", "a1", {"d.yaml": deployment("refuse", "one")})
    w.kustomization("refuse", "refuse", retryInterval="1h")
    w.ready("refuse", "a1")
    uid = w.get("/apis/apps/v1/namespaces/default/deployments/refuse")["metadata"]["uid"]
    w.publish("refuse", "a2", {"d.yaml": deployment("refuse", "two"), "cm.yaml": cm("refuse-cm")})
    o = w.failed("refuse", "ReconciliationFailed", "Deployment/default/refuse dry-run failed (Invalid): ")
    assert "immutable" in condition(o, "Ready")["message"]
    assert w.no_cm("refuse-cm")  # nothing of the stage
    assert [h["lastReconciledStatus"] for h in o["status"]["history"]] == ["ReconciliationFailed", "ReconciliationSucceeded"]
    w.edit("refuse", {"force": True})
    w.ready("refuse", "a2")
    assert w.get("/apis/apps/v1/namespaces/default/deployments/refuse")["metadata"]["uid"] != uid
    w.publish("refuse", "a3", {"x.yaml": "apiVersion: example.com/v1\nkind: Widget\nmetadata: {name: w, namespace: default}\n"})
    w.failed("refuse", "ReconciliationFailed", 'Widget/default/w dry-run failed: no matches for kind "Widget" in version "example.com/v1"')
    w.publish("refuse", "a4", {"x.yaml": cm("x", ns="nowhere")})
    w.failed("refuse", "ReconciliationFailed", 'ConfigMap/nowhere/x not found: namespaces "nowhere" not found')
    w.publish("refuse", "a5", {"x.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: x}\n"})
    w.failed("refuse", "ReconciliationFailed", "ConfigMap/x namespace not specified: ")


def test_fields_that_kubernetes_does_not_know_are_dropped(w):
    odd = deployment("odd").replace("replicas: 1", "replicas: 1\n  nonsense: {a: 1}").replace("name: c,", "name: c, typo: 1,")
    w.publish("odd", "a1", {"d.yaml": odd, "s.yaml": "apiVersion: v1\nkind: Secret\nmetadata: {name: odd, namespace: default}\nstringData: {k: v}\nfoo: bar\n"})
    w.kustomization("odd", "odd")
    w.ready("odd", "a1")
    assert w.get("/api/v1/namespaces/default/secrets/odd")["data"] == {"k": "dg=="}
    version = w.get("/api/v1/namespaces/default/secrets/odd")["metadata"]["resourceVersion"]
    w.ask("odd")
    assert w.get("/api/v1/namespaces/default/secrets/odd")["metadata"]["resourceVersion"] == version


CRD = """apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: gizmos.stage.example}
spec:
  group: stage.example
  scope: Namespaced
  names: {plural: gizmos, singular: gizmo, kind: Gizmo}
  versions:
  - name: v1
    served: true
    storage: true
    schema: {openAPIV3Schema: {type: object, x-kubernetes-preserve-unknown-fields: true}}
"""


def test_stages(w):
    w.publish("stages", "a1", {"crd.yaml": CRD, "cr.yaml": "apiVersion: stage.example/v1\nkind: Gizmo\nmetadata: {name: g, namespace: stages-ns}\nspec: {a: 1}\n",
                               "ns.yaml": "apiVersion: v1\nkind: Namespace\nmetadata: {name: stages-ns}\n"})
    w.kustomization("stages", "stages", wait=True)
    o = w.ready("stages", "a1")
    assert ids(o) == ["_gizmos.stage.example_apiextensions.k8s.io_CustomResourceDefinition", "_stages-ns__Namespace",
                      "stages-ns_g_stage.example_Gizmo"]
    w.delete_ks("stages")
    w.gone("stages")
    w.wait(lambda: w.missing("/apis/apiextensions.k8s.io/v1/customresourcedefinitions/gizmos.stage.example"), "the CRD is gone")


def test_many_objects_in_flight(w):
    w.publish("many", "a1", {"all.yaml": "---\n".join(cm(f"many-{i}") for i in range(300))})
    w.kustomization("many", "many")
    w.counters_reset()
    w.fault(method="PATCH", path="*configmaps/many-*", delayMs=10)
    o = w.ready("many", "a1", seconds=60)
    assert len(ids(o)) == 300
    w.no_faults()
    assert 8 <= w.counters()["maxInFlight"] <= 70
    w.publish("many", "a2", {"all.yaml": cm("many-1")})
    assert len(ids(w.ready("many", "a2", seconds=60))) == 1


# ---- health ----

def test_waits_for_health(w):
    w.publish("health", "a1", {"d.yaml": deployment("health")})
    w.kustomization("health", "health", wait=True)
    o = w.until("health", lambda o: condition(o, "Healthy").get("status") == "Unknown")
    assert condition(o, "Ready")["status"] == "Unknown" and condition(o, "Ready")["message"] == "Reconciliation in progress"
    assert condition(o, "Reconciling")["message"] == condition(o, "Healthy")["message"]
    assert condition(o, "Healthy")["message"] == "Running health checks for revision main@sha1:a1 with a timeout of 9m30s"
    o = w.ready("health", "a1")
    assert condition(o, "Healthy")["status"] == "True" and condition(o, "Healthy")["message"].startswith("Health check passed in ")
    w.event("health", "Health check passed in ")
    w.edit("health", {"wait": False})
    o = w.until("health", lambda o: o["status"]["observedGeneration"] == o["metadata"]["generation"])
    assert condition(o, "Healthy") == {}


def test_fails_early_and_names_the_cause(w):
    w.publish("sick", "a1", {"d.yaml": deployment("sick", annotations='{"sandbox.runnel.dev/fail": crash}')})
    w.kustomization("sick", "sick", wait=True, retryInterval="1h")
    o = w.failed("sick", "HealthCheckFailed")
    message = condition(o, "Ready")["message"]
    assert message.startswith("health check failed after ")
    assert "failed early due to stalled resources: [Deployment/default/sick status: 'Failed'" in message and "CrashLoopBackOff" in message
    assert condition(o, "Healthy")["status"] == "False" and condition(o, "Healthy")["reason"] == "HealthCheckFailed"
    assert condition(o, "Healthy")["message"].startswith("failed early due to stalled resources: [")
    assert o["status"]["history"][0]["lastReconciledStatus"] == "HealthCheckFailed"
    assert "lastAppliedRevision" not in o["status"] and ids(o) == ["default_sick_apps_Deployment"]
    w.publish("sick", "a2", {"d.yaml": deployment("sick", image=2)})
    w.ready("sick", "a2")


def test_a_new_revision_ends_a_wait(w):
    w.publish("super", "a1", {"d.yaml": deployment("super", annotations='{"sandbox.runnel.dev/never-ready": "true"}')})
    w.kustomization("super", "super", wait=True)
    w.until("super", lambda o: condition(o, "Healthy").get("status") == "Unknown")
    start = time.monotonic()
    w.publish("super", "a2", {"d.yaml": deployment("super", image=2)})
    w.ready("super", "a2")
    assert time.monotonic() - start < 10
    e = w.event("super", "Health checks canceled due to new reconciliation triggered by GitRepository/flux-system/super")
    assert e["reason"] == "HealthCheckCanceled" and e["type"] == "Normal"


def test_requests_do_not_postpone_a_wait(w):
    w.publish("patient", "a1", {"d.yaml": deployment("patient", annotations='{"sandbox.runnel.dev/never-ready": "true"}'), "cm.yaml": cm("patient-cm")})
    w.kustomization("patient", "patient", wait=True)
    w.until("patient", lambda o: condition(o, "Healthy").get("status") == "Unknown")
    w.patch("/api/v1/namespaces/default/configmaps/patient-cm?fieldManager=kubectl", {"data": {"a": "hand"}})
    w.patch(kustomize_world.KS.format("flux-system") + "/patient", {"metadata": {"annotations": {"reconcile.fluxcd.io/requestedAt": "now"}}})
    w.wait(lambda: w.cm("patient-cm")["data"] == {"a": "1"}, "the request applies again while it waits")
    # suspended while it waits: the wait goes on, nothing new is applied; then resumed
    w.edit("patient", {"suspend": True})
    w.publish("patient", "a2", {"d.yaml": deployment("patient", image=2)})
    w.patch("/apis/apps/v1/namespaces/default/deployments/patient", {"metadata": {"labels": {"touched": "1"}}})
    o = w.ks("patient")
    assert condition(o, "Healthy")["status"] == "Unknown" and o["status"]["lastAttemptedRevision"] == "main@sha1:a1"
    w.edit("patient", {"suspend": False})
    w.ready("patient", "a2")


def test_a_wait_ends_while_suspended(w):
    checks = [{"apiVersion": "v1", "kind": "ConfigMap", "name": "slow-elsewhere", "namespace": "default"}]
    w.publish("slow", "a1", {"cm.yaml": cm("slow-cm")})
    w.kustomization("slow", "slow", healthChecks=checks)
    w.until("slow", lambda o: condition(o, "Healthy").get("status") == "Unknown")
    w.edit("slow", {"suspend": True})
    w.publish("slow", "a2", {"cm.yaml": cm("slow-cm", a="2")})
    w.post("/api/v1/namespaces/default/configmaps", {"metadata": {"name": "slow-elsewhere"}})
    w.ready("slow", "a1")
    assert w.cm("slow-cm")["data"] == {"a": "1"}


def test_health_checks_by_name(w):
    w.publish("named", "a1", {"cm.yaml": cm("named-cm"), "d.yaml": deployment("named", annotations='{"sandbox.runnel.dev/never-ready": "true"}')})
    checks = [{"apiVersion": "v1", "kind": "ConfigMap", "name": "elsewhere", "namespace": "default"}]
    w.kustomization("named", "named", healthChecks=checks)
    w.until("named", lambda o: condition(o, "Healthy").get("status") == "Unknown")
    w.post("/api/v1/namespaces/default/configmaps", {"metadata": {"name": "elsewhere"}})  # the watch wakes it, no poll
    w.ready("named", "a1", seconds=3)


# ---- dependencies ----

def test_dependents_start_at_once(w):
    w.publish("deps", "a1", {"a/cm.yaml": cm("deps-a"), "b/cm.yaml": cm("deps-b"), "c/cm.yaml": cm("deps-c")})
    w.kustomization("deps-c", "deps", path="./c", dependsOn=[{"name": "deps-b"}])
    w.kustomization("deps-b", "deps", path="./b", dependsOn=[{"name": "deps-a"}])
    o = w.failed("deps-b", "DependencyNotReady")
    assert condition(o, "Ready")["message"] == ("dependency 'flux-system/deps-a' not found: "
                                                'kustomizations.kustomize.toolkit.fluxcd.io "deps-a" not found')
    w.failed("deps-c", "DependencyNotReady", "dependency 'flux-system/deps-b' is not ready")
    w.event("deps-b", "Dependencies do not meet ready condition, retrying in 30s")
    assert w.no_cm("deps-b") and w.no_cm("deps-c")
    start = time.monotonic()
    w.kustomization("deps-a", "deps", path="./a")
    w.ready("deps-c", "a1")
    assert time.monotonic() - start < 5
    # the next commit goes through the chain in order, without a status that says that somebody waits
    seen = len(w.events("deps-c", reason="DependencyNotReady"))
    start = time.monotonic()
    w.publish("deps", "a2", {"a/cm.yaml": cm("deps-a", a="2"), "b/cm.yaml": cm("deps-b", a="2"), "c/cm.yaml": cm("deps-c", a="2")})
    w.ready("deps-c", "a2")
    assert time.monotonic() - start < 5
    assert w.ks("deps-a")["status"]["lastAppliedRevision"] == "main@sha1:a2"
    assert len(w.events("deps-c", reason="DependencyNotReady")) == seen
    # a dependent can be deleted while its dependency fails
    w.edit("deps-a", {"path": "./gone"})
    w.failed("deps-a", "ArtifactFailed")
    w.delete_ks("deps-c")
    w.gone("deps-c")
    assert w.no_cm("deps-c")


# ---- suspend, deletion ----

def test_suspend_and_deletion(w):
    w.publish("end", "a1", {"a.yaml": cm("end-a")})
    w.kustomization("end", "end")
    w.ready("end", "a1")
    w.edit("end", {"suspend": True})
    w.publish("end", "a2", {"a.yaml": cm("end-a", a="2")})
    o = w.ask("end")
    assert o["status"]["lastAppliedRevision"] == "main@sha1:a1" and w.cm("end-a")["data"] == {"a": "1"}
    w.delete_ks("end")
    w.gone("end")
    assert not w.no_cm("end-a")


@pytest.mark.parametrize("policy,prune,kept", [("MirrorPrune", True, False), ("MirrorPrune", False, True), ("Delete", False, False),
                                               ("Orphan", True, True), ("WaitForTermination", False, False)])
def test_deletion_policies(w, policy, prune, kept):
    name = f"policy-{policy.lower()}-{str(prune).lower()}"
    w.publish(name, "a1", {"a.yaml": cm(name)})
    w.kustomization(name, name, prune=prune, deletionPolicy=policy)
    w.ready(name, "a1")
    w.delete_ks(name)
    w.gone(name)
    assert w.no_cm(name) != kept
    if not kept:
        w.event(name, f"ConfigMap/default/{name} deleted")


def test_waits_for_termination(w):
    w.publish("term", "a1", {"a.yaml": cm("term-a")})
    w.kustomization("term", "term", deletionPolicy="WaitForTermination")
    w.ready("term", "a1")
    path = "/api/v1/namespaces/default/configmaps/term-a"
    w.patch(path, {"metadata": {"finalizers": ["example.com/slow"]}})
    w.delete_ks("term")
    w.wait(lambda: w.get(path)["metadata"].get("deletionTimestamp"), "the ConfigMap is being deleted")
    assert w.ks("term")["metadata"]["finalizers"] == ["finalizers.fluxcd.io"]
    w.patch(path, {"metadata": {"finalizers": None}})
    w.gone("term")


def test_a_delete_that_is_refused_is_tried_again(w):
    w.publish("stuck", "a1", {"a.yaml": cm("stuck-a"), "b.yaml": cm("stuck-b")})
    w.kustomization("stuck", "stuck", retryInterval="1s")
    w.ready("stuck", "a1")
    w.fault(method="DELETE", path="*configmaps/stuck-b", status=403, count=1)
    w.publish("stuck", "a2", {"a.yaml": cm("stuck-a")})
    o = w.failed("stuck", "PruneFailed", "delete failed, errors: ConfigMap/default/stuck-b delete failed: ")
    assert sorted(ids(o)) == ["default_stuck-a__ConfigMap", "default_stuck-b__ConfigMap"]
    assert o["status"]["history"][0]["lastReconciledStatus"] == "PruneFailed"
    w.ready("stuck", "a2")
    assert w.no_cm("stuck-b") and ids(w.ks("stuck")) == ["default_stuck-a__ConfigMap"]
    w.no_faults()


# ---- the spec ----

def test_common_metadata_and_substitution(w):
    w.post("/api/v1/namespaces/flux-system/configmaps", {"metadata": {"name": "vars"}, "data": {"domain": "example.com", "port": "80"}})
    w.post("/api/v1/namespaces/flux-system/secrets", {"metadata": {"name": "vars"}, "stringData": {"port": "8080", "q": '"'}})
    text = cm("subst-a", host="www.${domain}", port="${q}${port}${q}", kept="$${domain}", default="${unset:-none}")
    w.publish("subst", "a1", {"a.yaml": text.replace('"${q}${port}${q}"', "${q}${port}${q}"),
                              "b.yaml": cm("subst-b", annotations={"kustomize.toolkit.fluxcd.io/substitute": "disabled"}, x="${domain}")})
    w.kustomization("subst", "subst", commonMetadata={"labels": {"team": "a"}, "annotations": {"note": "b"}},
                    postBuild={"substituteFrom": [{"kind": "ConfigMap", "name": "vars"}, {"kind": "Secret", "name": "vars"},
                                                  {"kind": "ConfigMap", "name": "absent", "optional": True}]})
    w.ready("subst", "a1")
    live = w.cm("subst-a")
    assert live["data"] == {"host": "www.example.com", "port": "8080", "kept": "${domain}", "default": "none"}
    assert live["metadata"]["labels"]["team"] == "a" and live["metadata"]["annotations"]["note"] == "b"
    assert w.cm("subst-b")["data"] == {"x": "${domain}"}
    w.edit("subst", {"retryInterval": "1h", "postBuild": {"substituteFrom": [{"kind": "ConfigMap", "name": "absent", "optional": False}]}})
    w.failed("subst", "BuildFailed", "post build failed for 'ConfigMap.v1.[noGrp]/subst-a': substitute from 'ConfigMap/absent' error: ")
    w.edit("subst", {"postBuild": {"substitute": {"some": "x"}, "substituteFrom": None}})
    w.failed("subst", "BuildFailed", 'envsubst error: variable substitution failed: variable not set (strict mode): "')


def test_remote_entries(w):
    w.artifacts.files["/base.yaml"] = cm("rem-base").encode()
    url = f"http://127.0.0.1:{w.artifacts.server_port}"
    w.publish("rem", "a1", {"kustomization.yaml": f"resources: [{url}/base.yaml]\nnameSuffix: -x\n"})
    w.kustomization("rem", "rem", retryInterval="1h")
    w.ready("rem", "a1")
    assert not w.no_cm("rem-base-x")
    w.publish("rem", "a2", {"kustomization.yaml": f"resources: [{url}/gone.yaml]\n"})
    w.failed("rem", "BuildFailed", "HTTP Error: status code 404 (Not Found)")
    w.publish("rem", "a3", {"kustomization.yaml": "resources: ['github.com/a/b//c?ref=v1']\n"})
    w.failed("rem", "BuildFailed", "Git bases are not supported by this version (github.com/a/b//c?ref=v1)")


def test_drift_that_is_ignored(w):
    w.publish("scale", "a1", {"d.yaml": deployment("scale")})
    w.kustomization("scale", "scale", ignore=[{"paths": ["/spec/replicas"], "target": {"kind": "Deploy.*"}}])
    w.ready("scale", "a1")
    path = "/apis/apps/v1/namespaces/default/deployments/scale"
    w.patch(path + "?fieldManager=autoscaler", {"spec": {"replicas": 3}})
    w.ask("scale")
    assert w.get(path)["spec"]["replicas"] == 3
    w.patch(path + "?fieldManager=hand", {"spec": {"replicas": 3}, "metadata": {"labels": {"kustomize.toolkit.fluxcd.io/name": "x"}}})
    w.ask("scale")
    assert w.get(path)["spec"]["replicas"] == 3 and w.get(path)["metadata"]["labels"]["kustomize.toolkit.fluxcd.io/name"] == "scale"


GADGET = """apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: sprockets.health.example}
spec:
  group: health.example
  scope: Namespaced
  names: {plural: sprockets, singular: sprocket, kind: Sprocket}
  versions:
  - name: v1
    served: true
    storage: true
    subresources: {status: {}}
    schema: {openAPIV3Schema: {type: object, x-kubernetes-preserve-unknown-fields: true}}
---
apiVersion: health.example/v1
kind: Sprocket
metadata: {name: one, namespace: default}
"""


def test_health_by_expressions(w):
    status = "/apis/health.example/v1/namespaces/default/sprockets/one/status"
    rule = {"apiVersion": "health.example/v1", "kind": "Sprocket", "current": "status.turns > 3", "failed": "status.turns < 0"}
    w.publish("expr", "a1", {"all.yaml": GADGET})
    w.kustomization("expr", "expr", wait=True, retryInterval="1h", healthCheckExprs=[rule])
    w.until("expr", lambda o: condition(o, "Healthy").get("status") == "Unknown")
    w.patch(status, {"status": {"turns": 4}})
    w.ready("expr", "a1")
    w.patch(status, {"status": {"turns": -1}})
    w.ask("expr", "again")
    w.failed("expr", "HealthCheckFailed", "failed early due to stalled resources: [Sprocket/default/one status: 'Failed'")
    w.edit("expr", {"healthCheckExprs": [{**rule, "current": "1 +"}]})
    o = w.failed("expr", "InvalidCELExpression", "Reconciliation failed terminally due to configuration error: failed to create custom status "
                                                 "evaluator for healthchecks[0]: failed to parse the expression Current: ")
    assert condition(o, "Stalled")["status"] == "True" and o["status"]["observedGeneration"] == o["metadata"]["generation"]
    w.edit("expr", {"healthCheckExprs": [rule, rule]})
    w.failed("expr", "InvalidCELExpression", "duplicate custom health check for GroupKind Sprocket.health.example at healthchecks[1]")
    w.edit("expr", {"healthCheckExprs": [{"apiVersion": "health.example/v1", "current": "has(metadata.name)"}]})
    assert condition(w.ready("expr", "a1"), "Stalled") == {}


def test_ready_by_expression(w):
    w.publish("rexpr", "a1", {"a/a.yaml": cm("rexpr-a"), "b/b.yaml": cm("rexpr-b")})
    w.kustomization("rexpr-a", "rexpr", path="./a", labels={"version": "v1"})
    w.ready("rexpr-a", "a1")
    w.kustomization("rexpr-b", "rexpr", path="./b", dependsOn=[{"name": "rexpr-a", "readyExpr": "dep.metadata.labels['version'] == 'v2'"}])
    w.failed("rexpr-b", "DependencyNotReady", "dependency 'flux-system/rexpr-a' is not ready according to readyExpr eval")
    w.edit("rexpr-b", {"dependsOn": [{"name": "rexpr-a", "readyExpr": "dep.metadata.labels['no'] == self.metadata.name"}]})
    w.failed("rexpr-b", "DependencyNotReady", "no such key: no")
    w.edit("rexpr-b", {"dependsOn": [{"name": "rexpr-a", "readyExpr": "nobody.x"}]})
    w.failed("rexpr-b", "InvalidCELExpression", "Reconciliation failed terminally due to configuration error: terminal error: failed to evaluate "
                                                "dependency rexpr-a: ")
    w.edit("rexpr-b", {"dependsOn": [{"name": "rexpr-a", "readyExpr": "dep.metadata.labels['version'] == 'v1'"}]})
    w.ready("rexpr-b", "a1")


def test_another_cluster(w):
    w.publish("remote", "a1", {"a.yaml": cm("remote-a"), "d.yaml": deployment("remote")})
    w.kustomization("remote", "remote", kubeConfig={"secretRef": {"name": "remote"}}, retryInterval="1s", wait=True)
    w.failed("remote", "ReconciliationFailed", "unable to read KubeConfig secret 'flux-system/remote' error: secrets \"remote\" not found")
    w.post("/api/v1/namespaces/flux-system/secrets", {"metadata": {"name": "remote"}, "stringData": {"other": "x"}})
    w.failed("remote", "ReconciliationFailed", "KubeConfig secret 'flux-system/remote' does not contain a 'value' key with a kubeconfig")
    with open(w.kubeconfig) as f:
        text = f.read()
    path = "/api/v1/namespaces/flux-system/secrets/remote"
    w.patch(path, {"stringData": {"value": text.replace("token:", "exec: {command: evil}\n    token:")}})
    w.failed("remote", "ReconciliationFailed", 'gets its credentials from the exec plugin "evil"; Runnel starts no programs')
    w.patch(path, {"stringData": {"value": text}})
    w.ready("remote", "a1")
    assert not w.no_cm("remote-a")
    w.delete_ks("remote")
    w.gone("remote")
    assert w.no_cm("remote-a")
    w.kustomization("cloud", "remote", kubeConfig={"configMapRef": {"name": "x"}}, retryInterval="1h")
    w.failed("cloud", "ReconciliationFailed", "spec.kubeConfig.configMapRef is not supported")
    w.edit("cloud", {"kubeConfig": None})
    w.ready("cloud", "a1")


def test_impersonation(w):
    w.publish("tenant", "a1", {"a.yaml": cm("tenant-a"), "d.yaml": deployment("tenant")})
    w.kustomization("tenant", "tenant", serviceAccountName="nobody", retryInterval="1s", wait=True)
    w.failed("tenant", "ReconciliationFailed", 'User "system:serviceaccount:flux-system:nobody" cannot')
    assert w.no_cm("tenant-a")
    w.post("/apis/rbac.authorization.k8s.io/v1/clusterroles",
           {"metadata": {"name": "tenant"}, "rules": [{"apiGroups": ["*"], "resources": ["*"], "verbs": ["*"]}]})
    w.post("/apis/rbac.authorization.k8s.io/v1/clusterrolebindings",
           {"metadata": {"name": "tenant"}, "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "tenant"},
            "subjects": [{"kind": "ServiceAccount", "name": "nobody", "namespace": "flux-system"}]})
    w.ready("tenant", "a1")
    # its account is not there: the Kustomization goes, what it applied stays
    w.delete_ks("tenant")
    w.gone("tenant")
    assert not w.no_cm("tenant-a")
    w.event("tenant", "unable to prune objects: \nConfigMap/default/tenant-a\nDeployment/default/tenant")


# ---- trouble ----

def test_survives_trouble_with_the_api_server(w):
    w.publish("trouble", "a1", {"a.yaml": cm("trouble-a")})
    w.kustomization("trouble", "trouble", retryInterval="1s")
    w.ready("trouble", "a1")
    w.fault(path="*configmaps/trouble-*", status=429, retryAfter=0, count=3)
    w.publish("trouble", "a2", {"a.yaml": cm("trouble-a", a="2")})
    w.ready("trouble", "a2")
    w.fault(path="*kustomizations/trouble/status*", status=409, count=2)
    w.publish("trouble", "a3", {"a.yaml": cm("trouble-a", a="3")})
    w.ready("trouble", "a3")
    w.fault(path="*configmaps/trouble-*", status=500, count=1)
    w.publish("trouble", "a4", {"a.yaml": cm("trouble-a", a="4")})
    w.ready("trouble", "a4")
    for mode in ("end", "drop"):
        w.close_watches(mode=mode)
        w.publish("trouble", "b" + mode, {"a.yaml": cm("trouble-a", a=mode)})
        w.ready("trouble", "b" + mode)
    w.compact()
    w.close_watches()
    w.publish("trouble", "a6", {"a.yaml": cm("trouble-a", a="6")})
    w.ready("trouble", "a6")
    w.no_faults()


def test_kill_9_in_the_middle(tmp_path):
    with World(tmp_path) as w:
        w.publish("crash", "a1", {f"{i}.yaml": cm(f"crash-{i}") for i in range(40)})
        w.kustomization("crash", "crash")
        w.wait(lambda: not w.no_cm("crash-0"), "the first object")
        w.end(sig=9)
        w.run()
        o = w.ready("crash", "a1")
        assert len(ids(o)) == 40
        uid = w.cm("crash-7")["metadata"]["uid"]
        w.publish("crash", "a2", {f"{i}.yaml": cm(f"crash-{i}") for i in range(20)})
        w.wait(lambda: w.no_cm("crash-39"), "the first deletion")
        w.end(sig=9)
        w.run()
        o = w.ready("crash", "a2")
        assert len(ids(o)) == 20 and all(w.no_cm(f"crash-{i}") for i in range(20, 40))
        assert w.cm("crash-7")["metadata"]["uid"] == uid


def test_access_is_denied_across_namespaces(tmp_path):
    with World(tmp_path, flags=["--no-cross-namespace-refs"]) as w:
        w.namespace("tenant")
        w.publish("src", "a1", {"a.yaml": cm("cross-a")})
        w.kustomization("cross", "src", ns="tenant", sourceRef={"kind": "GitRepository", "name": "src", "namespace": "flux-system"})
        o = w.failed("cross", "AccessDenied", ns="tenant")
        assert condition(o, "Ready")["message"] == ("can't access 'GitRepository/flux-system/src', cross-namespace references have been blocked")
        assert condition(o, "Stalled")["reason"] == "AccessDenied"
        assert o["status"].get("observedGeneration", -1) == -1
