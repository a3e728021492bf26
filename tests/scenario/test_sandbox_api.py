"""The sandbox's HTTP API: lists, watches, writes and their refusals, subresources, faults, state."""
import copy
import json
import random
import threading
import time

import pytest

from sandbox import Api, ApiError, Sandbox

CM = "/api/v1/namespaces/%s/configmaps"
BOOKMARK_END = {"k8s.io/initial-events-end": "true"}


@pytest.fixture(scope="module")
def box(tmp_path_factory):
    with Sandbox(tmp_path_factory.mktemp("sandbox"), args=["--no-simulator"]) as s:
        yield s


@pytest.fixture
def ns(box, request):
    name = request.node.name.lower().replace("_", "-").replace("[", "-").replace("]", "")[:60].strip("-")
    box.post("/api/v1/namespaces", {"metadata": {"name": name}})
    return name


def cm(name, data=None, **meta):
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name, **meta}, "data": data or {"a": "b"}}


def refused(call, code, *words):
    with pytest.raises(ApiError) as e:
        call()
    assert e.value.code == code, e.value
    for w in words:
        assert w in e.value.message
    return e.value.status


def names(answer):
    return [o["metadata"]["name"] for o in answer["items"]]


# ---- discovery ----

def test_discovery(box):
    accept = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,application/json"
    code, doc, headers = box.call("GET", "/apis", headers={"Accept": accept})
    assert doc["kind"] == "APIGroupDiscoveryList" and doc["apiVersion"] == "apidiscovery.k8s.io/v2"
    assert headers["Content-Type"] == "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList"
    apps = next(g for g in doc["items"] if g["metadata"]["name"] == "apps")
    deployments = next(r for r in apps["versions"][0]["resources"] if r["resource"] == "deployments")
    assert deployments["scope"] == "Namespaced" and deployments["shortNames"] == ["deploy"] and deployments["categories"] == ["all"]
    assert [s["subresource"] for s in deployments["subresources"]] == ["scale", "status"]
    assert box.call("GET", "/apis", headers={"Accept": accept, "If-None-Match": headers["ETag"]})[0] == 304
    beta = box.get("/api", headers={"Accept": accept.replace("v=v2", "v=v2beta1")})
    assert beta["apiVersion"] == "apidiscovery.k8s.io/v2beta1" and beta["items"][0]["metadata"] == {}
    assert {"apps", "batch"} <= {g["name"] for g in box.get("/apis")["groups"]}
    listed = box.get("/api/v1")["resources"]
    assert {"pods", "pods/status", "pods/log", "namespaces/finalize"} <= {r["name"] for r in listed}
    assert box.get("/apis/apps")["preferredVersion"]["version"] == "v1"
    assert box.get("/version")["major"] == "1" and box.get("/readyz") == "ok" and box.get("/livez/ping") == "ok"
    assert box.missing("/openapi/v2") and box.missing("/apis/nothing.example") and box.missing("/apis/apps/v9")
    assert refused(lambda: box.get("/apis/apps/v1/nothings"), 404)["reason"] == "NotFound"
    assert box.call("GET", "/apis/nothing.example/v1/things")[:2] == (404, "404 page not found\n")


def test_openapi(box):
    index = box.get("/openapi/v3")["paths"]
    doc = box.get(index["apis/apps/v1"]["serverRelativeURL"])
    patch = doc["paths"]["/apis/apps/v1/namespaces/{namespace}/deployments/{name}"]["patch"]
    assert {"fieldValidation", "dryRun"} <= {p["name"] for p in patch["parameters"]}
    assert patch["x-kubernetes-group-version-kind"] == {"group": "apps", "version": "v1", "kind": "Deployment"}
    spec = doc["components"]["schemas"]["io.k8s.api.PodSpec"]["properties"]["containers"]
    assert spec["x-kubernetes-patch-merge-key"] == "name" and spec["x-kubernetes-list-type"] == "map"


# ---- objects ----

def test_create_and_get(box, ns):
    made = box.post(CM % ns, cm("a"))
    meta = made["metadata"]
    assert meta["uid"] and meta["creationTimestamp"] and meta["namespace"] == ns and "generation" not in meta
    assert meta["managedFields"][0]["manager"] == "tests" and meta["managedFields"][0]["operation"] == "Update"
    assert box.get(CM % ns + "/a") == made
    status = refused(lambda: box.post(CM % ns, cm("a")), 409, 'configmaps "a" already exists')
    assert status["reason"] == "AlreadyExists" and status["details"] == {"name": "a", "kind": "configmaps"}
    status = refused(lambda: box.get(CM % ns + "/b"), 404, 'configmaps "b" not found')
    assert status["details"] == {"name": "b", "kind": "configmaps"} and status["status"] == "Failure"
    refused(lambda: box.post(CM % "nowhere", cm("a")), 404, 'namespaces "nowhere" not found')
    refused(lambda: box.post(CM % ns, cm("a", namespace="other")), 400,
            "the namespace of the provided object does not match the namespace sent on the request")
    generated = box.post(CM % ns, {"metadata": {"generateName": "gen-"}})
    assert len(generated["metadata"]["name"]) == 9 and generated["metadata"]["name"].startswith("gen-")


def test_refused_bodies(box, ns):
    path = CM % ns
    refused(lambda: box.post(path, "{"), 400)
    refused(lambda: box.post(path, "[]"), 400)
    refused(lambda: box.post(path, {"apiVersion": "v2", "kind": "ConfigMap", "metadata": {"name": "x"}}), 400,
            "the API version in the data (v2) does not match the expected API version (v1)")
    refused(lambda: box.post(path, "x", content_type="application/xml"), 415)
    status = refused(lambda: box.post(path, {"metadata": {"name": "Bad_Name"}}), 422, 'ConfigMap "Bad_Name" is invalid: metadata.name: Invalid value: "Bad_Name"')
    assert status["reason"] == "Invalid" and status["details"]["causes"][0]["field"] == "metadata.name"
    assert status["details"]["causes"][0]["reason"] == "FieldValueInvalid"
    refused(lambda: box.post(path, cm("x", {"bad key": "v"})), 422, 'data[bad key]: Invalid value: "bad key": a valid config key')
    refused(lambda: box.post(path, cm("x", {"k": 1})), 400, "json: cannot unmarshal number into Go struct field ConfigMap.data of type string")
    refused(lambda: box.post(path, cm("x", labels={"a": "b c"})), 422, 'metadata.labels: Invalid value: "b c": a valid label must be')
    refused(lambda: box.post(path, {"metadata": {}}), 422, "metadata.name: Required value: name or generateName is required")
    refused(lambda: box.post(path + "?dryRun=Some", cm("x")), 422, 'dryRun: Unsupported value: "Some"')
    refused(lambda: box.post(path + "?fieldValidation=Strict", {**cm("x"), "extra": 1}), 400, 'strict decoding error: unknown field "extra"')
    box.warnings.clear()
    assert "extra" not in box.post(path, {**cm("x"), "extra": 1})
    assert box.warnings == ['299 - "unknown field \\"extra\\""']
    refused(lambda: box.get(path, headers={"Accept": "application/vnd.kubernetes.protobuf"}), 406)
    refused(lambda: box.request("PUT", path, cm("x")), 405)
    refused(lambda: box.post("/api/v1/configmaps", cm("x")), 405)


def test_yaml_body(box, ns):
    made = box.post(CM % ns, "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: z}\ndata: {a: 'y'}\n", content_type="application/yaml")
    assert made["data"] == {"a": "y"}


def test_update_and_locking(box, ns):
    path = CM % ns + "/a"
    first = box.post(CM % ns, cm("a"))
    second = box.put(path, {**first, "data": {"x": "1"}})
    assert int(second["metadata"]["resourceVersion"]) > int(first["metadata"]["resourceVersion"])
    status = refused(lambda: box.put(path, {**first, "data": {"x": "2"}}), 409, 'Operation cannot be fulfilled on configmaps "a"')
    assert status["reason"] == "Conflict"
    assert box.put(path, second) == second  # nothing changed: nothing written
    no_rv = {**second, "metadata": {k: v for k, v in second["metadata"].items() if k != "resourceVersion"}, "data": {"x": "3"}}
    assert box.put(path, no_rv)["data"] == {"x": "3"}
    refused(lambda: box.put(path, cm("b")), 400, "the name of the object (b) does not match the name on the URL (a)")
    other_uid = {**cm("a"), "metadata": {"name": "a", "uid": "11111111-1111-1111-1111-111111111111"}}
    refused(lambda: box.put(path, other_uid), 409, "Precondition failed: UID in precondition: 11111111-1111-1111-1111-111111111111")
    refused(lambda: box.put(CM % ns + "/none", cm("none")), 404)
    lease = "/apis/coordination.k8s.io/v1/namespaces/%s/leases" % ns
    assert box.call("PUT", lease + "/l", {"apiVersion": "coordination.k8s.io/v1", "kind": "Lease", "metadata": {"name": "l"}, "spec": {}})[0] == 201
    refused(lambda: box.put(lease + "/l", {"apiVersion": "coordination.k8s.io/v1", "kind": "Lease", "metadata": {"name": "l"}, "spec": {}}), 422,
            'leases.coordination.k8s.io "l" is invalid: metadata.resourceVersion: Invalid value: 0: must be specified for an update')


def test_dry_run_writes_nothing(box, ns):
    before = box.counters()["resourceVersion"]
    made = box.post(CM % ns + "?dryRun=All", cm("a"))
    assert made["metadata"]["uid"] and "resourceVersion" not in made["metadata"] and box.missing(CM % ns + "/a")
    assert box.counters()["resourceVersion"] == before
    box.post(CM % ns, cm("a"))
    before = box.counters()["resourceVersion"]
    assert box.patch(CM % ns + "/a?dryRun=All", {"data": {"a": "c"}})["data"] == {"a": "c"}
    assert box.delete(CM % ns + "/a?dryRun=All")["status"] == "Success"
    assert box.get(CM % ns + "/a")["data"] == {"a": "b"} and box.counters()["resourceVersion"] == before


def test_patches(box, ns):
    path = CM % ns + "/a"
    box.post(CM % ns, cm("a", {"a": "1", "b": "2"}))
    assert box.patch(path, {"data": {"a": None, "c": "3"}})["data"] == {"b": "2", "c": "3"}
    assert box.patch(path, [{"op": "replace", "path": "/data/b", "value": "x"}], kind="json")["data"]["b"] == "x"
    rv = box.get(path)["metadata"]["resourceVersion"]
    assert box.patch(path, {})["metadata"]["resourceVersion"] == rv
    refused(lambda: box.patch(path, {"metadata": {"resourceVersion": "1"}, "data": {"z": "1"}}), 409)
    refused(lambda: box.patch(path, [{"op": "test", "path": "/data/b", "value": "y"}], kind="json"), 422)
    refused(lambda: box.patch(CM % ns + "/none", {}), 404)
    refused(lambda: box.patch(path + "?force=true", {}), 422, "force: Forbidden: may not be specified for non-apply patch")
    refused(lambda: box.request("PATCH", path, {}, content_type="application/json"), 415)
    refused(lambda: box.patch(path, cm("a"), kind="apply"), 422, "fieldManager: Required value: is required for apply patch")
    service = {"metadata": {"name": "s"}, "spec": {"ports": [{"name": "a", "port": 80}, {"name": "b", "port": 81}]}}
    box.post(f"/api/v1/namespaces/{ns}/services", service)
    merged = box.patch(f"/api/v1/namespaces/{ns}/services/s", {"spec": {"ports": [{"port": 81, "targetPort": 9}]}}, kind="strategic")
    assert [(p["port"], p["targetPort"]) for p in merged["spec"]["ports"]] == [(81, 9), (80, 80)] or \
        [(p["port"], p["targetPort"]) for p in merged["spec"]["ports"]] == [(80, 80), (81, 9)]


def test_server_side_apply(box, ns):
    path = CM % ns + "/a"
    code, made, _ = box.call("PATCH", path + "?fieldManager=one", json.dumps(cm("a", {"x": "1"})), content_type="application/apply-patch+yaml")
    assert code == 201 and made["metadata"]["managedFields"][0]["operation"] == "Apply"
    again = box.apply(path, cm("a", {"x": "1"}), manager="one")
    assert again == made
    status = refused(lambda: box.apply(path, cm("a", {"x": "2"}), manager="two"), 409, "Apply failed with 1 conflict: conflict with \"one\": .data.x")
    assert status["details"]["causes"] == [{"reason": "FieldManagerConflict", "message": 'conflict with "one"', "field": ".data.x"}]
    box.apply(path, cm("a", {"x": "2"}), manager="two", force=True)
    assert box.apply(path, {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a"}}, manager="two").get("data") is None
    refused(lambda: box.apply(path, {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "b"}}, manager="x"), 400)


def test_status_and_generation(box, ns):
    path = f"/apis/apps/v1/namespaces/{ns}/deployments"
    spec = {"selector": {"matchLabels": {"a": "b"}}, "template": {"metadata": {"labels": {"a": "b"}}, "spec": {"containers": [{"name": "c", "image": "i"}]}}}
    made = box.post(path, {"metadata": {"name": "d"}, "spec": spec, "status": {"replicas": 7}})
    assert made["metadata"]["generation"] == 1 and made["status"] == {} and made["spec"]["replicas"] == 1
    with_status = box.patch(path + "/d/status", {"status": {"replicas": 1, "observedGeneration": 1}, "spec": {"replicas": 9}})
    assert with_status["status"] == {"replicas": 1, "observedGeneration": 1} and with_status["spec"]["replicas"] == 1
    assert with_status["metadata"]["generation"] == 1
    assert [m.get("subresource") for m in with_status["metadata"]["managedFields"]].count("status") == 1
    changed = box.patch(path + "/d", {"spec": {"replicas": 3}, "status": {"replicas": 5}})
    assert changed["metadata"]["generation"] == 2 and changed["status"]["replicas"] == 1
    assert box.patch(path + "/d", {"metadata": {"labels": {"x": "y"}}})["metadata"]["generation"] == 2
    scale = box.get(path + "/d/scale")
    assert scale["kind"] == "Scale" and scale["spec"]["replicas"] == 3 and scale["status"] == {"replicas": 1, "selector": "a=b"}
    scale["spec"]["replicas"] = 4
    assert box.put(path + "/d/scale", scale)["spec"]["replicas"] == 4
    assert box.get(path + "/d")["metadata"]["generation"] == 3
    refused(lambda: box.put(path + "/d/scale", scale), 409)
    refused(lambda: box.get(path + "/d/nothing"), 404)


def test_finalizers_and_preconditions(box, ns):
    path = CM % ns + "/a"
    made = box.post(CM % ns, cm("a", finalizers=["example.com/x"]))
    refused(lambda: box.delete(path, {"preconditions": {"uid": "22222222-2222-2222-2222-222222222222"}}), 409, "does not match the UID in record")
    refused(lambda: box.delete(path, {"propagationPolicy": "Sideways"}), 422, "propagationPolicy: Unsupported value")
    gone = box.delete(path, {"preconditions": {"uid": made["metadata"]["uid"]}})
    assert gone["metadata"]["deletionTimestamp"]
    assert box.delete(path)["metadata"]["deletionTimestamp"] == gone["metadata"]["deletionTimestamp"]
    kept = box.patch(path, {"metadata": {"deletionTimestamp": None}, "data": {"still": "here"}})
    assert kept["metadata"]["deletionTimestamp"] and kept["data"]["still"] == "here"
    box.patch(path, {"metadata": {"finalizers": None}})
    assert box.missing(path)
    box.post(CM % ns, cm("b"))
    code, answer, _ = box.call("DELETE", CM % ns + "/b")
    assert code == 200 and answer["kind"] == "Status" and answer["details"]["kind"] == "configmaps" and answer["details"]["uid"]


def test_deletecollection(box, ns):
    for i in range(4):
        box.post(CM % ns, cm(f"c{i}", labels={"odd": str(i % 2)}))
    answer = box.delete(CM % ns + "?labelSelector=odd%3D1")
    assert names(answer) == ["c1", "c3"] and names(box.get(CM % ns)) == ["c0", "c2"]


def test_namespace_termination(box):
    box.post("/api/v1/namespaces", {"metadata": {"name": "ending", "finalizers": ["example.com/hold"]}})
    assert box.get("/api/v1/namespaces/ending")["metadata"]["labels"] == {"kubernetes.io/metadata.name": "ending"}
    box.post(CM % "ending", cm("a"))
    assert box.delete("/api/v1/namespaces/ending")["status"]["phase"] == "Terminating"
    status = refused(lambda: box.post(CM % "ending", cm("b")), 403,
                     'configmaps "b" is forbidden: unable to create new content in namespace ending because it is being terminated')
    assert status["details"]["causes"][0]["reason"] == "NamespaceTerminating"
    box.wait(lambda: names(box.get(CM % "ending")) == [], "the contents to be deleted")
    box.patch("/api/v1/namespaces/ending", {"metadata": {"finalizers": None}})
    box.wait(lambda: box.missing("/api/v1/namespaces/ending"), "the namespace to go")


def test_service_addresses(box, ns):
    path = f"/api/v1/namespaces/{ns}/services"
    made = box.post(path, {"metadata": {"name": "s"}, "spec": {"type": "NodePort", "ports": [{"port": 80}]}})
    ip, port = made["spec"]["clusterIP"], made["spec"]["ports"][0]["nodePort"]
    assert ip.startswith("10.96.") and 30000 <= port <= 32767 and made["spec"]["clusterIPs"] == [ip]
    put = box.put(path + "/s", {"metadata": {"name": "s"}, "spec": {"type": "NodePort", "ports": [{"port": 80}]}})
    assert put["spec"]["clusterIP"] == ip and put["spec"]["ports"][0]["nodePort"] == port
    refused(lambda: box.patch(path + "/s", {"spec": {"clusterIP": "10.96.9.9", "clusterIPs": ["10.96.9.9"]}}), 422,
            "spec.clusterIPs[0]: Invalid value", "may not change once set")
    assert box.post(path, {"metadata": {"name": "h"}, "spec": {"clusterIP": "None", "ports": [{"port": 80}]}})["spec"]["clusterIPs"] == ["None"]
    external = box.post(path, {"metadata": {"name": "e"}, "spec": {"type": "ExternalName", "externalName": "a.b"}})
    assert "clusterIP" not in external["spec"]


def test_secrets(box, ns):
    path = f"/api/v1/namespaces/{ns}/secrets"
    made = box.post(path, {"metadata": {"name": "s"}, "stringData": {"k": "text"}, "data": {"k": "YWJj", "b": "YWJj"}})
    assert made["data"] == {"k": "dGV4dA==", "b": "YWJj"} and "stringData" not in made and made["type"] == "Opaque"
    refused(lambda: box.post(path, {"metadata": {"name": "x"}, "data": {"k": "***"}}), 400, "illegal base64 data at input byte 0")
    refused(lambda: box.post(path, {"metadata": {"name": "x"}, "type": "kubernetes.io/tls"}), 422, "data[tls.crt]: Required value")
    box.patch(path + "/s", {"immutable": True})
    refused(lambda: box.patch(path + "/s", {"data": {"k": "YWJj"}}), 422, "data: Forbidden: field is immutable when `immutable` is set")


@pytest.mark.parametrize("path, body, change, words", [
    ("/apis/batch/v1/namespaces/%s/jobs", {"spec": {"template": {"spec": {"restartPolicy": "Never", "containers": [{"name": "c", "image": "i"}]}}}},
     {"spec": {"template": {"spec": {"containers": [{"name": "c", "image": "j"}]}}}}, "spec.template: Invalid value"),
    ("/apis/rbac.authorization.k8s.io/v1/namespaces/%s/rolebindings", {"roleRef": {"kind": "ClusterRole", "name": "a"}},
     {"roleRef": {"kind": "ClusterRole", "name": "b"}},
     'roleRef: Invalid value: {"APIGroup":"rbac.authorization.k8s.io","Kind":"ClusterRole","Name":"b"}: cannot change roleRef'),
    ("/api/v1/namespaces/%s/persistentvolumeclaims", {"spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}}},
     {"spec": {"accessModes": ["ReadWriteMany"]}}, "spec: Forbidden: spec is immutable after creation except"),
    ("/apis/apps/v1/namespaces/%s/statefulsets", {"spec": {"serviceName": "s", "selector": {"matchLabels": {"a": "b"}}, "template": {
        "metadata": {"labels": {"a": "b"}}, "spec": {"containers": [{"name": "c", "image": "i"}]}}}},
     {"spec": {"serviceName": "t"}}, "spec: Forbidden: updates to statefulset spec for fields other than 'replicas'"),
], ids=["job", "rolebinding", "claim", "statefulset"])
def test_immutable_fields(box, ns, path, body, change, words):
    path = path % ns
    box.post(path, {"metadata": {"name": "x"}, **body})
    refused(lambda: box.patch(path + "/x", change), 422, words)


def test_defaults_make_a_second_write_a_no_op(box, ns):
    objects = {
        "/apis/apps/v1/namespaces/%s/deployments": {"spec": {"selector": {"matchLabels": {"a": "b"}}, "template": {"metadata": {"labels": {"a": "b"}}, "spec": {
            "volumes": [{"name": "v", "secret": {"secretName": "s"}}, {"name": "e"}],
            "containers": [{"name": "c", "image": "i", "resources": {"limits": {"cpu": "0.5", "memory": "1024Mi"}}, "readinessProbe": {"httpGet": {"port": 80}},
                            "volumeMounts": [{"name": "v", "mountPath": "/v"}]}]}}}},
        "/apis/apps/v1/namespaces/%s/daemonsets": {"spec": {"selector": {"matchLabels": {"a": "b"}}, "template": {"metadata": {"labels": {"a": "b"}}, "spec": {
            "hostNetwork": False, "containers": [{"name": "c", "image": "i:latest", "ports": [{"containerPort": 1}]}]}}}},
        "/apis/batch/v1/namespaces/%s/cronjobs": {"spec": {"schedule": "* * * * *", "jobTemplate": {"spec": {"template": {"spec": {
            "restartPolicy": "Never", "containers": [{"name": "c", "image": "i"}]}}}}}},
        "/api/v1/namespaces/%s/services": {"spec": {"selector": {"a": "b"}, "ports": [{"port": 80}]}},
        "/apis/networking.k8s.io/v1/namespaces/%s/networkpolicies": {"spec": {"podSelector": {}, "ingress": [{"ports": [{"port": 80}]}]}},
        "/apis/networking.k8s.io/v1/namespaces/%s/ingresses": {"spec": {"rules": [{"host": "a.b", "http": {"paths": [
            {"path": "/", "pathType": "Prefix", "backend": {"service": {"name": "s", "port": {"number": 80}}}}]}}]}},
        "/apis/autoscaling/v2/namespaces/%s/horizontalpodautoscalers": {"spec": {"maxReplicas": 3, "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": "x"}}},
    }
    for path, body in objects.items():
        group, kind = path.split("/")[2:4] if path.startswith("/apis") else ("", "v1"), None
        api = "/".join(group) if group[0] else "v1"
        listed = box.get("/apis/" + api if group[0] else "/api/v1")["resources"]
        kind = next(r["kind"] for r in listed if r["name"] == path.rsplit("/", 1)[1])
        config = {"apiVersion": api, "kind": kind, "metadata": {"name": "x", "namespace": ns}, **body}
        first = box.apply(path % ns + "/x", config)
        again = box.apply(path % ns + "/x", config)
        assert again == first, path
        assert box.apply(path % ns + "/x?dryRun=All", config) == first, path
        assert box.put(path % ns + "/x", first) == first, path


# ---- lists ----

def test_limit_and_continue_is_a_snapshot(box, ns):
    for i in range(7):
        box.post(CM % ns, cm(f"c{i}"))
    first = box.get(CM % ns + "?limit=3")
    assert names(first) == ["c0", "c1", "c2"] and first["metadata"]["remainingItemCount"] == 4
    assert first["kind"] == "ConfigMapList" and "kind" not in first["items"][0]
    box.delete(CM % ns + "/c4")
    box.post(CM % ns, cm("c31"))
    second = box.get(CM % ns + "?limit=3&continue=" + first["metadata"]["continue"])
    assert names(second) == ["c3", "c4", "c5"] and second["metadata"]["resourceVersion"] == first["metadata"]["resourceVersion"]
    last = box.get(CM % ns + "?limit=3&continue=" + second["metadata"]["continue"])
    assert names(last) == ["c6"] and "continue" not in last["metadata"]
    box.compact()
    status = refused(lambda: box.get(CM % ns + "?limit=3&continue=" + first["metadata"]["continue"]), 410)
    assert status["reason"] == "Expired"
    refused(lambda: box.get(CM % ns + "?continue=abc"), 400, "continue key is not valid")


def test_list_resource_versions(box, ns):
    box.post(CM % ns, cm("a"))
    rv = box.get(CM % ns)["metadata"]["resourceVersion"]
    box.post(CM % ns, cm("b"))
    assert names(box.get(CM % ns + f"?resourceVersion={rv}&resourceVersionMatch=Exact")) == ["a"]
    assert names(box.get(CM % ns + f"?resourceVersion={rv}&resourceVersionMatch=NotOlderThan")) == ["a", "b"]
    assert names(box.get(CM % ns + "?resourceVersion=0")) == ["a", "b"]
    status = refused(lambda: box.get(CM % ns + "?resourceVersion=99999999"), 504, "Too large resource version: 99999999")
    assert status["details"]["causes"][0]["reason"] == "ResourceVersionTooLarge" and status["details"]["retryAfterSeconds"] == 1
    refused(lambda: box.get(CM % ns + "?resourceVersionMatch=Exact"), 422, "resourceVersionMatch is forbidden unless resourceVersion is provided")
    refused(lambda: box.get(CM % ns + "?labelSelector=a%3D%3D%3Db"), 400)
    refused(lambda: box.get(CM % ns + "?labelSelector=a%20in%20b"), 400, "unable to parse requirement")


def test_tables_and_partial_metadata(box, ns):
    box.post(CM % ns, cm("a"))
    table = box.get(CM % ns, headers={"Accept": "application/json;as=Table;v=v1;g=meta.k8s.io,application/json"})
    assert table["kind"] == "Table" and [c["name"] for c in table["columnDefinitions"]] == ["Name", "Data", "Age"]
    assert table["rows"][0]["cells"][:2] == ["a", 1] and table["rows"][0]["object"]["kind"] == "PartialObjectMetadata"
    whole = box.get(CM % ns + "?includeObject=Object", headers={"Accept": "application/json;as=Table;v=v1;g=meta.k8s.io"})
    assert whole["rows"][0]["object"]["data"] == {"a": "b"}
    none = box.get(CM % ns + "/a?includeObject=None", headers={"Accept": "application/json;as=Table;v=v1;g=meta.k8s.io"})
    assert "object" not in none["rows"][0]
    partial = box.get(CM % ns, headers={"Accept": "application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io"})
    assert partial["kind"] == "PartialObjectMetadataList" and "data" not in partial["items"][0]
    one = box.get(CM % ns + "/a", headers={"Accept": "application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io"})
    assert one["kind"] == "PartialObjectMetadata" and one["metadata"]["name"] == "a"


def test_event_selectors(box, ns):
    path = f"/api/v1/namespaces/{ns}/events"
    for i, kind in enumerate(["Pod", "Deployment"]):
        box.post(path, {"metadata": {"name": f"e{i}"}, "involvedObject": {"kind": kind, "name": "x", "namespace": ns}, "reason": "R", "type": "Normal",
                        "message": "m", "source": {"component": "c"}, "count": 1})
    assert names(box.get(path + "?fieldSelector=involvedObject.kind%3DPod,involvedObject.name%3Dx")) == ["e0"]
    assert names(box.get(path + "?fieldSelector=involvedObject.kind!%3DPod")) == ["e1"]
    refused(lambda: box.get(path + "?fieldSelector=count%3D1"), 400, "field label not supported: count")


# ---- watches ----

def test_watch_from_version_and_selectors(box, ns):
    rv = box.get(CM % ns)["metadata"]["resourceVersion"]
    box.post(CM % ns, cm("a", labels={"on": "yes"}))
    box.post(CM % ns, cm("b"))
    with box.watch(CM % ns + f"?resourceVersion={rv}") as w, box.watch(CM % ns + f"?resourceVersion={rv}&labelSelector=on%3Dyes") as selected, \
            box.watch(CM % ns + f"?resourceVersion={rv}&fieldSelector=metadata.name%3Db") as one:
        assert [(e["type"], e["object"]["metadata"]["name"]) for e in (w.next(), w.next())] == [("ADDED", "a"), ("ADDED", "b")]
        assert selected.next()["object"]["metadata"]["name"] == "a"
        box.patch(CM % ns + "/a", {"metadata": {"labels": {"on": "no"}}})
        event = selected.next()
        assert event["type"] == "DELETED" and event["object"]["metadata"]["labels"] == {"on": "yes"}
        assert event["object"]["metadata"]["resourceVersion"] == w.next()["object"]["metadata"]["resourceVersion"]
        box.patch(CM % ns + "/a", {"metadata": {"labels": {"on": "yes"}}})
        assert selected.next()["type"] == "ADDED" and w.next()["type"] == "MODIFIED"
        box.patch(CM % ns + "/a", {"data": {"x": "y"}})
        assert selected.next()["type"] == "MODIFIED"
        box.delete(CM % ns + "/a")
        assert selected.next()["type"] == "DELETED" and one.next()["object"]["metadata"]["name"] == "b"
        box.delete(CM % ns + "/b")
        assert one.next()["type"] == "DELETED"


def test_watch_without_version_lists_first(box, ns):
    box.post(CM % ns, cm("a"))
    with box.watch(CM % ns) as w, box.watch(CM % ns + "?resourceVersion=0") as zero, box.watch(CM % ns + "/a") as named:
        assert w.next()["type"] == "ADDED" and zero.next()["type"] == "ADDED" and named.next()["object"]["metadata"]["name"] == "a"


def test_watch_initial_events_and_bookmarks(box, ns):
    for name in "ba":
        box.post(CM % ns, cm(name))
    query = "?sendInitialEvents=true&allowWatchBookmarks=true&resourceVersionMatch=NotOlderThan"
    with box.watch(CM % ns + query) as w:
        events = [w.next() for _ in range(3)]
        assert [(e["type"], e["object"]["metadata"].get("name")) for e in events] == [("ADDED", "a"), ("ADDED", "b"), ("BOOKMARK", None)]
        assert events[2]["object"]["metadata"]["annotations"] == BOOKMARK_END and events[2]["object"]["kind"] == "ConfigMap"
        box.close_watches("bookmark")
        again = w.next()
        assert again["type"] == "BOOKMARK" and "annotations" not in again["object"]["metadata"]
    refused(lambda: box.watch(CM % ns + "?sendInitialEvents=true&resourceVersionMatch=NotOlderThan"), 422, "sendInitialEvents is forbidden for watch unless allowWatchBookmarks is true")


def test_watch_compacted_is_gone(box, ns):
    rv = box.post(CM % ns, cm("a"))["metadata"]["resourceVersion"]
    box.post(CM % ns, cm("b"))
    box.compact()
    with box.watch(CM % ns + f"?resourceVersion={rv}") as w:
        event = w.next()
        assert event["type"] == "ERROR" and event["object"]["code"] == 410 and event["object"]["reason"] == "Expired"
        assert event["object"]["message"].startswith(f"too old resource version: {rv} (")
        assert w.next() is None


def test_watch_timeout_and_closing(box, ns):
    with box.watch(CM % ns + "?timeoutSeconds=1&allowWatchBookmarks=true&resourceVersion=1000000") as w:
        started = time.monotonic()
        assert w.next()["type"] == "BOOKMARK" and w.next() is None and time.monotonic() - started < 5
    rv = box.get(CM % ns)["metadata"]["resourceVersion"]
    with box.watch(CM % ns + f"?resourceVersion={rv}") as w:
        box.wait(lambda: box.counters()["watches"] >= 1, "the watch to be there")
        assert box.close_watches("expired", "configmaps") >= 1
        assert w.next()["object"]["code"] == 410 and w.next() is None
    with box.watch(CM % ns + f"?resourceVersion={rv}") as w:
        box.close_watches("abort")
        with pytest.raises(Exception):
            assert w.next() is None and False


def test_watch_tables(box, ns):
    api = Api(box.host, box.port, headers={"Accept": "application/json;as=Table;v=v1;g=meta.k8s.io"})
    with api.watch(CM % ns + "?resourceVersion=0") as w:
        box.post(CM % ns, cm("a"))
        first = w.next()
        assert first["object"]["kind"] == "Table" and first["object"]["columnDefinitions"] and first["object"]["rows"][0]["cells"][0] == "a"
        box.delete(CM % ns + "/a")
        second = w.next()
        assert second["type"] == "DELETED" and not second["object"]["columnDefinitions"]


# ---- custom resources ----

def crd(group="w.example", versions=("v1",), storage=None):
    schema = {"openAPIV3Schema": {"type": "object", "properties": {"spec": {"type": "object", "properties": {"a": {"type": "string", "default": "d"}, "n": {"type": "integer"}}}}}}
    return {"apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition", "metadata": {"name": f"widgets.{group}"},
            "spec": {"group": group, "names": {"kind": "Widget", "plural": "widgets"}, "scope": "Namespaced",
                     "versions": [{"name": v, "served": True, "storage": v == (storage or versions[0]), "schema": schema} for v in versions]}}


def established(box, name):
    def yes():
        conditions = box.get("/apis/apiextensions.k8s.io/v1/customresourcedefinitions/" + name).get("status", {}).get("conditions") or []  # null at first, as in a cluster
        return any(c["type"] == "Established" and c["status"] == "True" for c in conditions)
    box.wait(yes, name + " to be established")


def test_custom_resource_versions(box, ns):
    box.post("/apis/apiextensions.k8s.io/v1/customresourcedefinitions", crd(versions=("v1", "v1beta1")))
    established(box, "widgets.w.example")
    path = f"/apis/w.example/v1beta1/namespaces/{ns}/widgets"
    made = box.post(path, {"apiVersion": "w.example/v1beta1", "kind": "Widget", "metadata": {"name": "x"}, "spec": {"n": 1}})
    assert made["spec"] == {"n": 1, "a": "d"} and made["metadata"]["generation"] == 1
    other = box.get(path.replace("v1beta1", "v1") + "/x")
    assert other["apiVersion"] == "w.example/v1" and other["spec"] == made["spec"]
    listed = box.get(path.replace("v1beta1", "v1"))
    assert listed["items"][0]["apiVersion"] == "w.example/v1" and listed["items"][0]["kind"] == "Widget"
    with box.watch(path.replace("v1beta1", "v1") + "?resourceVersion=0") as w:
        assert w.next()["object"]["apiVersion"] == "w.example/v1"
        box.patch(path + "/x", {"spec": {"n": 2}})
        assert w.next()["object"]["metadata"]["generation"] == 2
        assert box.patch(path + "/x", {"metadata": {"labels": {"a": "b"}}})["metadata"]["generation"] == 2
        refused(lambda: box.patch(path + "/x", {}, kind="strategic"), 415)
        refused(lambda: box.patch(path + "/x?fieldValidation=Strict", {"spec": {"zz": 1}}), 422, 'strict decoding error: unknown field "spec.zz"')
        refused(lambda: box.put(path + "/x", {"apiVersion": "w.example/v1beta1", "kind": "Widget", "metadata": {"name": "x"}}), 422,
                "metadata.resourceVersion: Invalid value: 0: must be specified for an update")
        box.delete("/apis/apiextensions.k8s.io/v1/customresourcedefinitions/widgets.w.example")
        while w.next() is not None:
            pass
    box.wait(lambda: box.missing(path), "the resource to go")


def test_custom_resource_metadata_is_checked(box, ns):
    box.post("/apis/apiextensions.k8s.io/v1/customresourcedefinitions", crd("meta.example"))
    established(box, "widgets.meta.example")
    path = f"/apis/meta.example/v1/namespaces/{ns}/widgets"
    widget = {"apiVersion": "meta.example/v1", "kind": "Widget", "metadata": {"name": "x", "labels": ["a"]}}
    refused(lambda: box.post(path, widget), 400, "json: cannot unmarshal array into Go struct field ObjectMeta.metadata.labels of type map[string]string")
    widget["metadata"] = {"name": "x", "title": "y"}
    refused(lambda: box.post(path + "?fieldValidation=Strict", widget), 400, 'unknown field "metadata.title"')


# ---- hostile input ----

JUNK = [None, True, 0, -1, 1.5, 10**30, "", "x", "a/b", "..", "\x00", [], {}, [None], [{}], {"": 1}, {"a": {"b": [1]}}, ["a", "a"], {"$patch": "delete"}, [[[]]]]


def mutated(o, rng):
    places = []

    def walk(v):
        for k in (v if isinstance(v, dict) else range(len(v)) if isinstance(v, list) else ()):
            places.append((v, k))
            walk(v[k])
    walk(o)
    for _ in range(rng.choice([1, 2, 4])):
        container, key = rng.choice(places)
        try:
            if rng.random() < 0.7:
                container[key] = copy.deepcopy(rng.choice(JUNK))
            else:
                del container[key]
        except (KeyError, IndexError):
            pass
    return o


@pytest.mark.parametrize("seed", range(3))
def test_mutated_bodies_are_refused_or_taken(box, ns, seed):
    rng = random.Random(seed)
    pod = {"metadata": {"labels": {"a": "b"}}, "spec": {"containers": [{"name": "c", "image": "i", "ports": [{"containerPort": 80}], "env": [{"name": "A", "value": "b"}],
           "resources": {"limits": {"cpu": "1"}}}], "volumes": [{"name": "v", "configMap": {"name": "x"}}]}}
    kinds = {"/apis/apps/v1/namespaces/%s/deployments": {"apiVersion": "apps/v1", "kind": "Deployment", "spec": {"selector": {"matchLabels": {"a": "b"}}, "template": pod}},
             "/api/v1/namespaces/%s/services": {"apiVersion": "v1", "kind": "Service", "spec": {"selector": {"a": "b"}, "ports": [{"port": 80}, {"name": "x", "port": 81}]}},
             "/api/v1/namespaces/%s/secrets": {"apiVersion": "v1", "kind": "Secret", "stringData": {"a": "b"}, "data": {"c": "YWJj"}},
             "/apis/rbac.authorization.k8s.io/v1/namespaces/%s/roles": {"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "Role", "rules": [
                 {"apiGroups": [""], "resources": ["pods"], "verbs": ["get"]}]}}
    types = ["application/json", "application/apply-patch+yaml", "application/merge-patch+json", "application/strategic-merge-patch+json"]
    for i in range(150):
        path, body = rng.choice(list(kinds.items()))
        o = mutated({**copy.deepcopy(body), "metadata": {"name": f"x{i % 5}", "namespace": ns, "labels": {"a": "b"}, "finalizers": ["example.com/a"],
                     "ownerReferences": [{"apiVersion": "v1", "kind": "Pod", "name": "p", "uid": "u"}]}}, rng)
        kind = rng.choice(types)
        method, target = ("POST", path % ns) if kind == "application/json" else ("PATCH", path % ns + f"/x{i % 5}?fieldManager=m&force=true" if "apply" in kind else path % ns + f"/x{i % 5}")
        code, answer, _ = box.call(method, target, json.dumps(o), content_type=kind)
        assert code in (200, 201, 400, 404, 409, 415, 422) or "typed patch" in answer["message"] or answer["message"].startswith("resourceVersion should not"), (code, answer)
        assert code < 400 or (answer["kind"] == "Status" and answer["message"]), answer
    for path in kinds:
        box.get(path % ns, headers={"Accept": "application/json;as=Table;v=v1;g=meta.k8s.io"})


def test_stops_in_order_with_open_streams(tmp_path):
    with Sandbox(tmp_path / "box") as s:
        with s.watch(CM % "default" + "?resourceVersion=0") as w:
            assert w.next()["type"] == "ADDED"
            s.fault(path="/api/v1/nodes", delayMs=60000)
            s.fault(path="/api/v1/pods", hang=True)

            def ask(path):
                with pytest.raises(Exception):  # never answered
                    s.call("GET", path)
            waiting = [threading.Thread(target=ask, args=(p,)) for p in ("/api/v1/nodes", "/api/v1/pods")]
            for t in waiting:
                t.start()
            s.wait(lambda: [f["hits"] for f in s.faults()] == [1, 1], "both requests to be held")
            s.stop()
            for t in waiting:
                t.join()


# ---- faults ----

def test_faults(box, ns):
    path = CM % ns
    box.fault(method="POST", path=path, status=429, retryAfter=7, count=1)
    with pytest.raises(ApiError) as e:
        box.post(path, cm("a"))
    assert e.value.code == 429 and e.value.headers["Retry-After"] == "7" and e.value.status["details"]["retryAfterSeconds"] == 7
    box.post(path, cm("a"))
    box.fault(path=path + "*", status=500, count=1, skip=1)
    box.get(path)
    refused(lambda: box.get(path + "/a"), 500)
    box.get(path)
    assert [f["hits"] for f in box.faults()] == [1, 1]
    box.no_faults()
    box.fault(userAgent="tests/*", drop=True, count=1)
    with pytest.raises(Exception):
        box.get(path)
    box.fault(path=path, delayMs=300, count=1)
    started = time.monotonic()
    box.get(path)
    assert time.monotonic() - started >= 0.3
    box.no_faults()
    box.fault(path=path, hang=True)
    with pytest.raises(TimeoutError):
        box.get(path, timeout=0.3)
    box.no_faults()
    assert box.call("POST", "/sandbox/faults", {"statsu": 500})[0] == 400


def test_freeze_and_counters(box, ns):
    box.counters_reset()
    box.freeze()
    answers = []
    threads = [threading.Thread(target=lambda i=i: answers.append(box.post(CM % ns, cm(f"c{i}"))["metadata"]["name"])) for i in range(5)]
    for t in threads:
        t.start()
    box.wait(lambda: box.counters()["unanswered"] == 5, "five requests to wait")
    assert answers == []
    box.thaw()
    for t in threads:
        t.join()
    counters = box.counters()
    assert sorted(answers) == [f"c{i}" for i in range(5)]
    assert counters["maxInFlight"] == 5 and counters["unanswered"] == 0 and counters["byVerb"] == {"create": 5}
    assert counters["byResource"] == {"create configmaps": 5} and counters["byAgent"] == {"tests": 5}
    assert [(r["method"], r["code"]) for r in box.requests()] == [("POST", 201)] * 5


def test_clock(box, ns):
    before = box.post(CM % ns, cm("a"))["metadata"]["creationTimestamp"]
    box.advance_clock(86400)
    assert box.post(CM % ns, cm("b"))["metadata"]["creationTimestamp"] > before
    box.advance_clock(-86400)


# ---- state ----

def test_state_survives_a_restart(tmp_path):
    state = tmp_path / "state.json"
    with Sandbox(tmp_path / "one", args=["--no-simulator"], state=state) as s:
        s.post("/apis/apiextensions.k8s.io/v1/customresourcedefinitions", crd())
        established(s, "widgets.w.example")
        s.post("/apis/w.example/v1/namespaces/default/widgets", {"apiVersion": "w.example/v1", "kind": "Widget", "metadata": {"name": "x"}})
        made = s.post(CM % "default", cm("a"))
        top = s.counters()["resourceVersion"]
    with Sandbox(tmp_path / "two", args=["--no-simulator"], state=state) as s:
        assert s.get(CM % "default" + "/a") == made
        assert names(s.get("/apis/w.example/v1/namespaces/default/widgets")) == ["x"]
        assert s.counters()["resourceVersion"] >= top
        with s.watch(CM % "default" + "?resourceVersion=1") as w:
            assert w.next()["object"]["code"] == 410
        s.post(CM % "default", cm("b"))
        s.wait(lambda: '"name":"b"' in state.read_text(), "the state to be written")
        s.kill()
    with Sandbox(tmp_path / "three", args=["--no-simulator"], state=state) as s:
        assert names(s.get(CM % "default")) == ["a", "b"]


def test_load_keeps_objects_as_they_are(tmp_path):
    o = {**cm("a"), "metadata": {"name": "a", "namespace": "default", "uid": "33333333-3333-3333-3333-333333333333", "resourceVersion": "4711",
                                 "creationTimestamp": "2020-01-01T00:00:00Z"}}
    (tmp_path / "l").mkdir()
    (tmp_path / "l" / "configmaps.json").write_text(json.dumps({"kind": "List", "apiVersion": "v1", "items": [o]}))
    with Sandbox(tmp_path / "box", load=[tmp_path / "l"]) as s:
        assert s.get(CM % "default" + "/a") == o
        assert s.counters()["resourceVersion"] > 4711


def test_bad_state_file(tmp_path):
    (tmp_path / "bad").write_text("{")
    with pytest.raises(RuntimeError, match="line 1"):
        Sandbox(tmp_path / "box", state=tmp_path / "bad").start()
