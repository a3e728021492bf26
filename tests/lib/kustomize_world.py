"""kustomize-controller alone against the sandbox: the test publishes artifacts itself, so that it knows every byte and every moment.

    with World(tmp_path) as w:
        w.publish("src", "a1", {"cm.yaml": "..."})
        w.kustomization("app", "src", prune=True)
        w.ready("app", "a1")
"""
import gzip
import hashlib
import http.server
import io
import os
import signal
import subprocess
import tarfile
import threading
import time

import sandbox as sandbox_lib
from sandbox import ApiError, Sandbox

ROOT = sandbox_lib.ROOT
KS = "/apis/kustomize.toolkit.fluxcd.io/v1/namespaces/{}/kustomizations"
GIT = "/apis/source.toolkit.fluxcd.io/v1/namespaces/{}/gitrepositories"


def controller_path():
    if os.environ.get("RUNNEL_KUSTOMIZE_CONTROLLER"):
        return os.environ["RUNNEL_KUSTOMIZE_CONTROLLER"]
    return os.path.join(os.environ.get("RUNNEL_BUILD", os.path.join(ROOT, "build")), "kustomize-controller/kustomize-controller")


def tarball(files):
    raw = io.BytesIO()
    with tarfile.open(fileobj=raw, mode="w", format=tarfile.USTAR_FORMAT) as tar:
        for path, text in sorted(files.items()):
            data = text if isinstance(text, bytes) else text.encode()
            entry = tarfile.TarInfo(path)
            entry.size = len(data)
            tar.addfile(entry, io.BytesIO(data))
    return gzip.compress(raw.getvalue(), mtime=0)


class Artifacts(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self):
        self.files, self.hits = {}, 0
        super().__init__(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.serve_forever, daemon=True).start()


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.server.hits += 1
        data = self.server.files.get(self.path)
        self.send_response(404 if data is None else 200)
        self.send_header("Content-Length", str(len(data or b"")))
        self.end_headers()
        self.wfile.write(data or b"")

    def log_message(self, *args):
        pass


def condition(o, kind):
    return next((c for c in (o.get("status", {}).get("conditions") or []) if c["type"] == kind), {})


class World(Sandbox):
    def __init__(self, folder, flags=(), sandbox_args=()):
        super().__init__(folder, args=sandbox_args)
        self.flags, self.controller, self.killed = list(flags), None, False

    def __enter__(self):
        self.start()
        self.artifacts = Artifacts()
        for name in sorted(os.listdir(os.path.join(ROOT, "deploy/crds"))):
            if not name.endswith(".yaml") or name == "kustomization.yaml":
                continue
            with open(os.path.join(ROOT, "deploy/crds", name)) as f:
                self.request("PATCH", "/apis/apiextensions.k8s.io/v1/customresourcedefinitions/" + name[:-5] + "?fieldManager=tests", f.read(),
                             content_type="application/apply-patch+yaml")
        self.namespace("flux-system")
        self.run()
        return self

    def __exit__(self, kind, *args):
        self.artifacts.shutdown()
        problem = self.end()
        super().__exit__(kind, *args)
        if kind is not None:
            print(self.controller_log()[-6000:])
        elif problem:
            raise AssertionError(problem)

    # ---- the controller ----
    def run(self):
        self.log_file = os.path.join(self.folder, "controller.log")
        with open(self.log_file, "ab") as log:
            self.controller = subprocess.Popen(
                [controller_path(), "--kubeconfig=" + self.kubeconfig, "--metrics-addr=127.0.0.1:0", "--health-addr=127.0.0.1:0", "--log-level=debug",
                 *self.flags], stdout=log, stderr=log, stdin=subprocess.DEVNULL, cwd=self.folder)

    def end(self, sig=signal.SIGTERM):
        """What was wrong with its end; None: nothing."""
        if not self.controller:
            return None
        self.controller.send_signal(sig)
        try:
            code = self.controller.wait(20)
        except subprocess.TimeoutExpired:
            self.controller.kill()
            code = "killed after 20 s"
        self.controller = None
        log = self.controller_log()
        if "Sanitizer" in log or "runtime error" in log or (sig == signal.SIGTERM and code != 0):
            return f"the controller ended with {code}:\n{log[-8000:]}"
        return None

    def controller_log(self):
        with open(self.log_file, errors="replace") as f:
            return f.read()

    # ---- objects ----
    def namespace(self, name):
        self.call("POST", "/api/v1/namespaces", {"metadata": {"name": name}})

    def publish(self, name, revision, files, ns="flux-system", origin=None, digest=None):
        data = tarball(files)
        path = f"/{ns}/{name}/{revision}.tar.gz"
        self.artifacts.files[path] = data
        where = GIT.format(ns) + "/" + name
        if self.missing(where):
            self.post(GIT.format(ns), {"apiVersion": "source.toolkit.fluxcd.io/v1", "kind": "GitRepository", "metadata": {"name": name},
                                       "spec": {"url": "http://127.0.0.1:1/", "interval": "10m"}})
        artifact = {"path": path, "url": f"http://127.0.0.1:{self.artifacts.server_port}{path}", "revision": f"main@sha1:{revision}",
                    "digest": digest or "sha256:" + hashlib.sha256(data).hexdigest(), "lastUpdateTime": "2026-01-01T00:00:00Z", "size": len(data)}
        if origin:
            artifact["metadata"] = {"org.opencontainers.image.revision": origin}
        return self.patch(where + "/status", {"status": {"artifact": artifact}})

    def kustomization(self, name, source, ns="flux-system", labels=None, **spec):
        body = {"apiVersion": "kustomize.toolkit.fluxcd.io/v1", "kind": "Kustomization", "metadata": {"name": name, "labels": labels or {}},
                "spec": {"interval": "10m", "prune": True, "path": "./", "sourceRef": {"kind": "GitRepository", "name": source}, **spec}}
        return self.post(KS.format(ns), body)

    def ks(self, name, ns="flux-system"):
        return self.get(KS.format(ns) + "/" + name)

    def edit(self, name, spec, ns="flux-system"):
        return self.patch(KS.format(ns) + "/" + name, {"spec": spec})

    def ask(self, name, token=None, ns="flux-system"):
        """requestedAt; returns when the run that it asked for has ended."""
        token = token or str(time.time_ns())
        self.patch(KS.format(ns) + "/" + name, {"metadata": {"annotations": {"reconcile.fluxcd.io/requestedAt": token}}})
        return self.until(name, lambda o: o.get("status", {}).get("lastHandledReconcileAt") == token, ns)

    def until(self, name, match, ns="flux-system", seconds=20):
        """The Kustomization as soon as match(object) is true; None: it is gone."""
        path = KS.format(ns)
        start = self.get(path + "?fieldSelector=metadata.name=" + name)
        last = start["items"][0] if start["items"] else None
        if match(last):
            return last
        deadline = time.monotonic() + seconds
        try:
            with self.watch(f"{path}?fieldSelector=metadata.name={name}&resourceVersion={start['metadata']['resourceVersion']}", timeout=seconds) as w:
                while time.monotonic() < deadline:
                    event = w.next()
                    assert event and event["type"] != "ERROR", f"the watch ended: {event}"
                    if event["type"] == "BOOKMARK":
                        continue
                    last = None if event["type"] == "DELETED" else event["object"]
                    if match(last):
                        return last
        except OSError:
            pass
        raise AssertionError(f"it did not come within {seconds} s; last seen: {last}")

    def ready(self, name, revision=None, ns="flux-system", seconds=20):
        def match(o):
            return (o and condition(o, "Ready").get("status") == "True" and o["status"].get("observedGeneration") == o["metadata"]["generation"] and
                    (not revision or o["status"].get("lastAppliedRevision") == "main@sha1:" + revision))
        return self.until(name, match, ns, seconds)

    def failed(self, name, reason, text="", ns="flux-system", seconds=20):
        def match(o):
            c = condition(o or {}, "Ready")
            return c.get("status") == "False" and c["reason"] == reason and text in c["message"]
        return self.until(name, match, ns, seconds)

    def gone(self, name, ns="flux-system"):
        self.until(name, lambda o: o is None, ns)

    def delete_ks(self, name, ns="flux-system"):
        self.delete(KS.format(ns) + "/" + name)

    def events(self, name, ns="flux-system", reason=None):
        """Messages of the Kustomization's events, oldest first; waits for nothing."""
        found = self.get(f"/api/v1/namespaces/{ns}/events?fieldSelector=involvedObject.name={name}")["items"]
        found.sort(key=lambda e: int(e["metadata"]["resourceVersion"]))
        return [e["message"] for e in found if reason in (None, e["reason"])]

    def event(self, name, text, ns="flux-system"):
        """The first event of the Kustomization whose message has the text."""
        def look():
            items = self.get(f"/api/v1/namespaces/{ns}/events?fieldSelector=involvedObject.name={name}")["items"]
            return next((e for e in items if text in e["message"]), None)
        return self.wait(look, f"event of {name} with {text!r}")

    def cm(self, name, ns="default"):
        return self.get(f"/api/v1/namespaces/{ns}/configmaps/{name}")

    def no_cm(self, name, ns="default"):
        return self.missing(f"/api/v1/namespaces/{ns}/configmaps/{name}")


def cm(name, ns="default", annotations=None, **data):
    lines = ["apiVersion: v1", "kind: ConfigMap", "metadata:", f"  name: {name}", f"  namespace: {ns}"]
    if annotations:
        lines.append("  annotations:")
        lines += [f'    {k}: "{v}"' for k, v in annotations.items()]
    lines.append("data:")
    lines += [f'  {k}: "{v}"' for k, v in (data or {"a": "1"}).items()]
    return "\n".join(lines) + "\n"


__all__ = ["World", "ApiError", "condition", "cm", "controller_path"]
