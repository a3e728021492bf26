"""The stock kubectl against the sandbox: what a user types, and what comes out."""
import json
import re

import pytest

from sandbox import Sandbox, kubectl_path

pytestmark = pytest.mark.skipif(not kubectl_path(), reason="no kubectl: set RUNNEL_KUBECTL")

DEPLOYMENT = """
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, labels: {app: web}}
spec:
  replicas: 2
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers:
      - name: c
        image: nginx:1.2
        ports: [{containerPort: 80}]
"""
CONFIGMAP = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: %s}\ndata: {a: %s}\n"
CRD = """
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: lamps.example.com}
spec:
  group: example.com
  names: {kind: Lamp, plural: lamps, singular: lamp, shortNames: [la], categories: [all]}
  scope: Namespaced
  versions:
  - name: v1
    served: true
    storage: true
    subresources: {status: {}}
    additionalPrinterColumns:
    - {name: Watts, type: integer, jsonPath: .spec.watts}
    - {name: Ready, type: string, jsonPath: '.status.conditions[?(@.type=="Ready")].status'}
    - {name: Age, type: date, jsonPath: .metadata.creationTimestamp}
    schema:
      openAPIV3Schema:
        type: object
        description: A thing that shines.
        properties:
          spec:
            type: object
            description: What it should be.
            required: [watts]
            properties:
              watts: {type: integer, minimum: 1, description: How bright.}
              color: {type: string, default: white, enum: [white, red]}
          status:
            type: object
            properties:
              conditions:
                type: array
                items: {type: object, properties: {type: {type: string}, status: {type: string}}}
"""
LAMP = "apiVersion: example.com/v1\nkind: Lamp\nmetadata: {name: %s}\nspec: {watts: %s}\n"


@pytest.fixture(scope="module")
def box(tmp_path_factory):
    with Sandbox(tmp_path_factory.mktemp("sandbox")) as s:
        yield s


@pytest.fixture
def ns(box, request):
    name = re.sub("[^a-z0-9]+", "-", request.node.name.lower()).strip("-")[:50]
    box.kubectl("create", "namespace", name)

    def k(*args, **options):
        return box.kubectl("-n", name, *args, **options)
    k.name = name
    return k


def rows(text):
    return [re.split(r"\s{2,}", line.strip()) for line in text.strip().splitlines()]


def test_get_formats(box, ns):
    ns("apply", "-f", "-", input=CONFIGMAP % ("a", "x"))
    out = rows(ns("get", "cm", "a").stdout)
    assert out[0] == ["NAME", "DATA", "AGE"] and out[1][:2] == ["a", "1"]
    assert ns("get", "cm", "a", "-o", "jsonpath={.data.a}").stdout == "x"
    assert json.loads(ns("get", "cm", "a", "-o", "json").stdout)["data"] == {"a": "x"}
    assert "data:\n  a: x\n" in ns("get", "cm", "a", "-o", "yaml").stdout
    assert ns("get", "cm", "-o", "name").stdout.split() == ["configmap/a", "configmap/kube-root-ca.crt"]
    listed = json.loads(ns("get", "cm", "-o", "json").stdout)
    assert [o["kind"] for o in listed["items"]] == ["ConfigMap"] * 2
    wide = rows(box.kubectl("get", "nodes", "-o", "wide").stdout)
    assert wide[0][:5] == ["NAME", "STATUS", "ROLES", "AGE", "VERSION"]
    error = ns("get", "cm", "nothing", check=False)
    assert error.stderr == 'Error from server (NotFound): configmaps "nothing" not found\n' and error.returncode == 1
    assert 'the server doesn\'t have a resource type "nothings"' in ns("get", "nothings", check=False).stderr


def test_get_all_namespaces_and_selectors(box, ns):
    for i in range(3):
        ns("create", "configmap", f"c{i}")
        ns("label", "configmap", f"c{i}", f"n={i}", "set=yes")
    assert ns("get", "cm", "-l", "n in (0,2)", "-o", "name").stdout.split() == ["configmap/c0", "configmap/c2"]
    assert ns("get", "cm", "-l", "set,n!=1", "-o", "name").stdout.split() == ["configmap/c0", "configmap/c2"]
    assert ns("get", "cm", "--field-selector", "metadata.name=c1", "-o", "name").stdout.split() == ["configmap/c1"]
    assert ns.name in box.kubectl("get", "cm", "-A").stdout
    bad = ns("get", "cm", "--field-selector", "data.x=1", check=False)
    assert '"data.x" is not a known field selector: only "metadata.name", "metadata.namespace"' in bad.stderr
    chunked = ns("get", "cm", "--chunk-size=1", "-o", "name")
    assert len(chunked.stdout.split()) == 4


def test_apply_client_side(ns):
    assert ns("apply", "-f", "-", input=DEPLOYMENT).stdout == "deployment.apps/web created\n"
    assert ns("apply", "-f", "-", input=DEPLOYMENT).stdout == "deployment.apps/web unchanged\n"
    changed = DEPLOYMENT.replace("nginx:1.2", "nginx:1.3")
    assert ns("diff", "-f", "-", input=DEPLOYMENT).returncode == 0
    diff = ns("diff", "-f", "-", input=changed, check=False)
    assert diff.returncode == 1 and "+      - image: nginx:1.3" in diff.stdout and "generation: 2" in diff.stdout
    assert ns("apply", "-f", "-", "--dry-run=server", input=changed).stdout == "deployment.apps/web configured (server dry run)\n"
    assert ns("get", "deploy", "web", "-o", "jsonpath={.spec.template.spec.containers[0].image}").stdout == "nginx:1.2"
    assert ns("apply", "-f", "-", input=changed).stdout == "deployment.apps/web configured\n"
    assert ns("get", "deploy", "web", "-o", "jsonpath={.metadata.generation}").stdout == "2"
    # a list merged by its key: the port of another name stays, the removed one goes
    two = changed.replace("[{containerPort: 80}]", "[{containerPort: 80}, {containerPort: 81, name: b}]")
    ns("apply", "-f", "-", input=two)
    assert ns("get", "deploy", "web", "-o", "jsonpath={.spec.template.spec.containers[0].ports[*].containerPort}").stdout == "80 81"
    ns("apply", "-f", "-", input=changed)
    assert ns("get", "deploy", "web", "-o", "jsonpath={.spec.template.spec.containers[0].ports[*].containerPort}").stdout == "80"


def test_apply_strict_fields(ns):
    bad = ns("apply", "-f", "-", input=DEPLOYMENT.replace("  replicas: 2", "  replicas: 2\n  replicos: 3"), check=False)
    assert ('Error from server (BadRequest): error when creating "STDIN": Deployment in version "v1" cannot be handled as a Deployment: '
            'strict decoding error: unknown field "spec.replicos"') in bad.stderr
    bad = ns("apply", "-f", "-", input=DEPLOYMENT.replace("replicas: 2", "replicas: two"), check=False)
    assert ('Deployment in version "v1" cannot be handled as a Deployment: json: cannot unmarshal string into Go struct field '
            'DeploymentSpec.spec.replicas of type int32') in bad.stderr
    warn = ns("apply", "-f", "-", "--validate=warn", input=DEPLOYMENT.replace("  replicas: 2", "  replicas: 2\n  replicos: 3"))
    assert 'Warning: unknown field "spec.replicos"' in warn.stderr and "created" in warn.stdout


def test_apply_server_side(ns):
    assert ns("apply", "--server-side", "-f", "-", input=CONFIGMAP % ("s", "one")).stdout == "configmap/s serverside-applied\n"
    conflict = ns("apply", "--server-side", "--field-manager=other", "-f", "-", input=CONFIGMAP % ("s", "two"), check=False)
    assert 'Apply failed with 1 conflict: conflict with "kubectl": .data.a' in conflict.stderr and conflict.returncode == 1
    ns("apply", "--server-side", "--field-manager=other", "--force-conflicts", "-f", "-", input=CONFIGMAP % ("s", "two"))
    o = json.loads(ns("get", "cm", "s", "-o", "json", "--show-managed-fields").stdout)
    assert o["data"] == {"a": "two"}
    assert [(m["manager"], m["operation"]) for m in o["metadata"]["managedFields"]] == [("kubectl", "Apply"), ("other", "Apply")] or \
        [(m["manager"], m["operation"]) for m in o["metadata"]["managedFields"]] == [("other", "Apply")]
    # client-side first, then server-side: kubectl moves the ownership over
    ns("apply", "-f", "-", input=CONFIGMAP % ("both", "one"))
    ns("apply", "--server-side", "-f", "-", input=CONFIGMAP % ("both", "two"))
    o = json.loads(ns("get", "cm", "both", "-o", "json", "--show-managed-fields").stdout)
    assert o["data"] == {"a": "two"} and "kubectl-client-side-apply" not in [m["manager"] for m in o["metadata"]["managedFields"]]
    dry = ns("apply", "--server-side", "--dry-run=server", "-f", "-", input=CONFIGMAP % ("both", "three"))
    assert dry.stdout == "configmap/both serverside-applied (server dry run)\n"
    assert ns("get", "cm", "both", "-o", "jsonpath={.data.a}").stdout == "two"


def test_workload_life(ns):
    ns("apply", "-f", "-", input=DEPLOYMENT)
    assert 'successfully rolled out' in ns("rollout", "status", "deploy/web", "--timeout=20s").stdout
    assert rows(ns("get", "deploy", "web").stdout)[1][:4] == ["web", "2/2", "2", "2"]
    assert ns("wait", "--for=condition=Available", "deploy/web", "--timeout=10s").stdout == "deployment.apps/web condition met\n"
    assert [r[1:3] for r in rows(ns("get", "pods").stdout)[1:]] == [["1/1", "Running"]] * 2
    ns("scale", "deploy/web", "--replicas=3")
    ns("rollout", "status", "deploy/web", "--timeout=20s")
    assert rows(ns("get", "deploy", "web").stdout)[1][1] == "3/3"
    ns("set", "image", "deploy/web", "c=nginx:1.3")
    ns("rollout", "status", "deploy/web", "--timeout=20s")
    assert ns("rollout", "history", "deploy/web").stdout.count("<none>") == 2
    ns("rollout", "undo", "deploy/web")
    assert ns("get", "deploy", "web", "-o", "jsonpath={.spec.template.spec.containers[0].image}").stdout == "nginx:1.2"
    described = ns("describe", "deploy", "web").stdout
    assert re.search(r"Replicas: +3 desired", described) and "ScalingReplicaSet" in described
    assert "Scheduled" in ns("describe", "pods").stdout
    assert "ScalingReplicaSet" in ns("events").stdout and "ScalingReplicaSet" in ns("get", "events").stdout
    assert ns("delete", "deploy", "web", "--timeout=20s").stdout.startswith('deployment.apps "web" deleted')
    ns("wait", "--for=delete", "pods", "--all", "--timeout=20s")
    assert "No resources found" in ns("get", "pods").stderr


def test_patch_types(ns):
    ns("apply", "-f", "-", input=DEPLOYMENT)
    ns("patch", "deploy", "web", "-p", '{"spec":{"template":{"spec":{"containers":[{"name":"c","image":"x:1"}]}}}}')
    assert ns("get", "deploy", "web", "-o", "jsonpath={.spec.template.spec.containers[0].ports[0].containerPort}").stdout == "80"
    ns("patch", "deploy", "web", "--type=merge", "-p", '{"metadata":{"labels":{"x":"y"}}}')
    ns("patch", "deploy", "web", "--type=json", "-p", '[{"op":"test","path":"/metadata/labels/x","value":"y"},{"op":"remove","path":"/metadata/labels/x"}]')
    assert "x" not in json.loads(ns("get", "deploy", "web", "-o", "json").stdout)["metadata"]["labels"]
    bad = ns("patch", "deploy", "web", "--type=json", "-p", '[{"op":"remove","path":"/nothing"}]', check=False)
    assert "the server rejected our request due to an error in our request" in bad.stderr.lower()
    assert ns("patch", "deploy", "web", "--subresource=status", "--type=merge", "-p", '{"status":{"collisionCount":3}}').returncode == 0
    assert ns("get", "deploy", "web", "-o", "jsonpath={.status.collisionCount}").stdout == "3"


def test_label_and_annotate(ns):
    ns("create", "configmap", "a")
    assert ns("label", "cm", "a", "x=y").stdout == "configmap/a labeled\n"
    assert "already has a value" in ns("label", "cm", "a", "x=z", check=False).stderr
    assert ns("label", "cm", "a", "x=z", "--overwrite").stdout == "configmap/a labeled\n"
    assert ns("annotate", "cm", "a", "k=v").stdout == "configmap/a annotated\n"
    assert ns("label", "cm", "a", "x-").stdout == "configmap/a unlabeled\n"
    bad = ns("patch", "cm", "a", "--type=merge", "-p", '{"metadata":{"labels":{"x":"not valid!"}}}', check=False)
    assert 'The ConfigMap "a" is invalid: metadata.labels: Invalid value: "not valid!": a valid label must be' in bad.stderr


def test_delete(box, ns):
    ns("apply", "-f", "-", input=CONFIGMAP % ("held", "x"))
    ns("patch", "cm", "held", "--type=merge", "-p", '{"metadata":{"finalizers":["example.com/hold"]}}')
    ns("delete", "cm", "held", "--wait=false")
    o = json.loads(ns("get", "cm", "held", "-o", "json").stdout)
    assert o["metadata"]["deletionTimestamp"] and o["metadata"]["deletionGracePeriodSeconds"] == 0
    refused = ns("patch", "cm", "held", "--type=merge", "-p", '{"metadata":{"finalizers":["example.com/hold","example.com/more"]}}', check=False)
    assert 'no new finalizers can be added if the object is being deleted, found new finalizers []string{"example.com/more"}' in refused.stderr
    ns("patch", "cm", "held", "--type=json", "-p", '[{"op":"remove","path":"/metadata/finalizers"}]')
    assert "NotFound" in ns("get", "cm", "held", check=False).stderr
    ns("apply", "-f", "-", input=DEPLOYMENT)
    ns("rollout", "status", "deploy/web", "--timeout=20s")
    ns("delete", "deploy", "web", "--cascade=orphan")
    assert len(rows(ns("get", "rs").stdout)) == 2
    ns("delete", "rs", "--all", "--cascade=foreground", "--timeout=20s")
    assert "No resources found" in ns("get", "pods").stderr
    ns("delete", "cm", "--all")
    box.kubectl("delete", "ns", ns.name, "--timeout=20s")
    assert "NotFound" in box.kubectl("get", "ns", ns.name, check=False).stderr
    assert 'namespaces "default" is forbidden: this namespace may not be deleted' in box.kubectl("delete", "ns", "default", check=False).stderr


def test_custom_resources(box, ns):
    box.kubectl("apply", "-f", "-", input=CRD)
    box.kubectl("wait", "--for=condition=Established", "crd/lamps.example.com", "--timeout=10s")
    assert re.search(r"lamps +la +example.com/v1 +true +Lamp", box.kubectl("api-resources").stdout)
    assert ns("apply", "-f", "-", input=LAMP % ("desk", 5)).stdout == "lamp.example.com/desk created\n"
    assert ns("apply", "-f", "-", input=LAMP % ("desk", 5)).stdout == "lamp.example.com/desk unchanged\n"
    assert ns("get", "la", "desk", "-o", "jsonpath={.spec.color}").stdout == "white"
    assert rows(ns("get", "lamps").stdout)[0] == ["NAME", "WATTS", "READY", "AGE"]
    bad = ns("apply", "-f", "-", input=LAMP % ("desk", 0), check=False)
    assert ('The Lamp "desk" is invalid: spec.watts: Invalid value: 0: spec.watts in body should be greater than or equal to 1') in bad.stderr
    bad = ns("apply", "-f", "-", input="apiVersion: example.com/v1\nkind: Lamp\nmetadata: {name: x}\nspec: {}\n", check=False)
    assert 'The Lamp "x" is invalid: spec.watts: Required value' in bad.stderr
    ns("patch", "lamp", "desk", "--subresource=status", "--type=merge", "-p", '{"status":{"conditions":[{"type":"Ready","status":"True"}]}}')
    assert rows(ns("get", "lamps").stdout)[1][:3] == ["desk", "5", "True"]
    assert ns("apply", "--server-side", "--field-manager=x", "--force-conflicts", "-f", "-", input=LAMP % ("desk", 7)).returncode == 0
    assert ns("get", "lamp", "desk", "-o", "jsonpath={.metadata.generation}").stdout == "2"
    explained = box.kubectl("explain", "lamp.spec").stdout
    assert "What it should be." in explained and re.search(r"watts\s+<integer> -required-", explained)
    assert "Desk" not in ns("describe", "lamp", "desk").stdout and "Watts:  7" in ns("describe", "lamp", "desk").stdout
    ns("label", "lamp", "desk", "a=b")
    assert "strategic merge patch is not supported" not in ns("patch", "lamp", "desk", "--type=merge", "-p", '{"spec":{"watts":8}}').stdout
    ns("delete", "lamp", "desk")
    box.kubectl("delete", "crd", "lamps.example.com", "--timeout=20s")
    assert "the server could not find the requested resource" in ns("get", "lamps", check=False).stderr  # its cache still has it
    assert box.missing("/apis/example.com/v1")


def test_explain_built_in(box):
    out = box.kubectl("explain", "deployment.spec.strategy").stdout
    assert "KIND:       Deployment" in out and "rollingUpdate\t<RollingUpdateDeployment>" in out
    assert "containerPort\t<integer> -required-" in box.kubectl("explain", "pod.spec.containers.ports").stdout


def test_create_by_protobuf(box, ns):
    ns("create", "secret", "generic", "s", "--from-literal=user=me", "--type=Opaque")
    assert ns("get", "secret", "s", "-o", "jsonpath={.data.user}").stdout == "bWU="
    ns("create", "serviceaccount", "bot")
    token = ns("create", "token", "bot").stdout.strip()
    assert token.count(".") == 2
    # kubectl sends no credentials over plain http
    review = box.post("/apis/authentication.k8s.io/v1/selfsubjectreviews", {}, headers={"Authorization": "Bearer " + token})
    assert review["status"]["userInfo"]["username"] == f"system:serviceaccount:{ns.name}:bot"
    assert box.call("GET", "/api/v1/pods", headers={"Authorization": "Bearer " + token + "x"})[0] == 401
    refused = ns("create", "deployment", "x", "--image=y", check=False)
    assert "use apply -f" in refused.stderr
    refused = ns("create", "configmap", "bad_name", check=False)
    assert "a lowercase RFC 1123 subdomain must consist of" in refused.stderr
    again = ns("create", "secret", "generic", "s", check=False)
    assert 'error: failed to create secret secrets "s" already exists' in again.stderr


def test_auth(box, ns):
    assert ns("auth", "can-i", "delete", "pods").stdout == "yes\n"
    assert "kubernetes-admin" in ns("auth", "whoami").stdout
    account = f"system:serviceaccount:{ns.name}:bot"
    assert ns("auth", "can-i", "get", "pods", "--as", account, check=False).stdout == "no\n"
    forbidden = ns("get", "pods", "--as", account, check=False)
    assert (f'pods is forbidden: User "{account}" cannot list resource "pods" in API group "" in the namespace "{ns.name}"') in forbidden.stderr
    ns("apply", "-f", "-", input=f"""
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {{name: r}}
rules: [{{apiGroups: [""], resources: [pods], verbs: [list]}}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {{name: r}}
roleRef: {{apiGroup: rbac.authorization.k8s.io, kind: Role, name: r}}
subjects: [{{kind: ServiceAccount, name: bot, namespace: {ns.name}}}]
""")
    assert ns("get", "pods", "--as", account).returncode == 0
    assert ns("auth", "can-i", "list", "pods", "--as", account).stdout == "yes\n"
    assert ns("auth", "can-i", "create", "pods", "--as", account, check=False).stdout == "no\n"


def test_watch_flag(box, ns):
    import subprocess
    ns("create", "configmap", "first")
    with subprocess.Popen([kubectl_path(), "--kubeconfig", box.kubeconfig, "-n", ns.name, "get", "cm", "-w", "-l", "!none"],
                          stdout=subprocess.PIPE, text=True) as p:
        try:
            lines = [p.stdout.readline() for _ in range(3)]
            assert lines[0].split() == ["NAME", "DATA", "AGE"] and {x.split()[0] for x in lines[1:]} == {"first", "kube-root-ca.crt"}
            ns("create", "configmap", "second")
            assert p.stdout.readline().split()[0] == "second"
            ns("delete", "configmap", "second")
            assert p.stdout.readline().split()[0] == "second"
        finally:
            p.kill()


def test_immutable_and_invalid(ns):
    ns("apply", "-f", "-", input=DEPLOYMENT)
    bad = ns("apply", "-f", "-", input=DEPLOYMENT.replace("matchLabels: {app: web}", "matchLabels: {app: other}").replace("metadata: {labels: {app: web}}", "metadata: {labels: {app: other}}"), check=False)
    assert 'The Deployment "web" is invalid: spec.selector: Invalid value: {"matchLabels":{"app":"other"}}: field is immutable' in bad.stderr
    bad = ns("apply", "-f", "-", input="apiVersion: v1\nkind: Service\nmetadata: {name: s}\nspec: {ports: [{port: 99999}]}\n", check=False)
    assert 'The Service "s" is invalid: ' in bad.stderr
    assert "* spec.ports[0].port: Invalid value: 99999: must be between 1 and 65535, inclusive" in bad.stderr
    bad = ns("apply", "-f", "-", input=DEPLOYMENT.replace("image: nginx:1.2", "args: [x]").replace("name: web", "name: other"), check=False)
    assert 'spec.template.spec.containers[0].image: Required value' in bad.stderr
    bad = ns("apply", "-f", "-", input="apiVersion: v1\nkind: ConfigMap\nmetadata: {name: x, namespace: nowhere}\n", check=False)
    assert "does not match the namespace" in bad.stderr
    missing = ns("apply", "-f", "-", input="apiVersion: nope.example/v1\nkind: Nope\nmetadata: {name: x}\n", check=False)
    assert 'no matches for kind "Nope" in version "nope.example/v1"' in missing.stderr


def test_apply_prune_and_list(ns):
    two = CONFIGMAP % ("one", "x") + "---\n" + CONFIGMAP % ("two", "x")
    two = two.replace("metadata: {", "metadata: {labels: {set: a}, ")
    assert ns("apply", "-f", "-", "--prune", "-l", "set=a", "--prune-allowlist=core/v1/ConfigMap", input=two).returncode == 0
    one = two.split("---")[0]
    assert "configmap/two pruned" in ns("apply", "-f", "-", "--prune", "-l", "set=a", "--prune-allowlist=core/v1/ConfigMap", input=one).stdout


def test_replace_and_edit_conflict(ns):
    ns("create", "configmap", "a")
    o = json.loads(ns("get", "cm", "a", "-o", "json").stdout)
    o["data"] = {"x": "1"}
    ns("replace", "-f", "-", input=json.dumps(o))
    o["data"] = {"x": "2"}
    conflict = ns("replace", "-f", "-", input=json.dumps(o), check=False)
    assert ('Operation cannot be fulfilled on configmaps "a": the object has been modified; please apply your changes to the latest version '
            'and try again') in conflict.stderr


def test_other_commands(box, ns):
    assert "Kubernetes control plane" in box.kubectl("cluster-info").stdout
    assert "apps/v1" in box.kubectl("api-versions").stdout
    assert box.kubectl("get", "--raw", "/readyz").stdout == "ok"
    ns("run", "p", "--image=busybox")
    ns("wait", "--for=condition=Ready", "pod/p", "--timeout=20s")
    assert ns("logs", "p").returncode == 0
    ns("delete", "pod", "p", "--now", "--timeout=20s")
    assert "NotFound" in ns("get", "pod", "p", check=False).stderr
    assert "No resources found" in ns("get", "all").stderr
