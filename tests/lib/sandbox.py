"""The sandbox API server for tests: start and stop, kubeconfig, a small JSON client, faults, counters, kubectl.

    with Sandbox(tmp_path) as s:
        s.post("/api/v1/namespaces", {"metadata": {"name": "a"}})
        s.kubectl("get", "ns")
        s.fault(path="/api/v1/*", status=429, retryAfter=1, count=2)

The binary is the one of RUNNEL_SANDBOX, else of RUNNEL_BUILD (a meson build folder), else of the newest build folder; kubectl is that of
RUNNEL_KUBECTL, else of PATH (kubectl_path() is None without one).
"""
import glob
import http.client
import json
import os
import shutil
import signal
import subprocess
import time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
TOKEN = "runnel-sandbox-admin"


def sandbox_path():
    if os.environ.get("RUNNEL_SANDBOX"):
        return os.environ["RUNNEL_SANDBOX"]
    builds = [os.environ["RUNNEL_BUILD"]] if os.environ.get("RUNNEL_BUILD") else glob.glob(os.path.join(ROOT, "build*"))
    found = [p for p in (os.path.join(b, "deploy/local/sandbox/runnel-sandbox") for b in builds) if os.path.exists(p)]
    if not found:
        raise FileNotFoundError("runnel-sandbox is not built: ninja -C BUILD deploy/local/sandbox/runnel-sandbox, or set RUNNEL_SANDBOX")
    return max(found, key=os.path.getmtime)


def kubectl_path():
    return os.environ.get("RUNNEL_KUBECTL") or shutil.which("kubectl")


class ApiError(Exception):
    """An answer of 400 or more; .code, .status (the Status object or text), .headers."""

    def __init__(self, method, path, code, status, headers):
        message = status.get("message") if isinstance(status, dict) else status
        super().__init__(f"{method} {path}: {code}: {message}")
        self.code, self.status, self.headers, self.message = code, status, headers, message


class Api:
    """JSON over HTTP. Each call is one connection, so that faults are seen one at a time."""

    def __init__(self, host, port, token=TOKEN, headers=None):
        self.host, self.port = host, port
        self.headers = {"Authorization": "Bearer " + token, "User-Agent": "tests/1.0", "Accept": "application/json", **(headers or {})}
        self.warnings = []

    def call(self, method, path, body=None, content_type="application/json", headers=None, timeout=30):
        """(code, parsed body or text, headers)"""
        conn = http.client.HTTPConnection(self.host, self.port, timeout=timeout)
        try:
            data = body if isinstance(body, (bytes, str)) or body is None else json.dumps(body)
            conn.request(method, path, data, {**self.headers, **({"Content-Type": content_type} if body is not None else {}), **(headers or {})})
            r = conn.getresponse()
            text = r.read().decode()
            self.warnings += r.headers.get_all("Warning") or []
            kind = r.headers.get("Content-Type", "")
            return r.status, json.loads(text) if kind.startswith("application/json") and text else text, r.headers
        finally:
            conn.close()

    def request(self, method, path, body=None, **options):
        code, answer, headers = self.call(method, path, body, **options)
        if code >= 400:
            raise ApiError(method, path, code, answer, headers)
        return answer

    def get(self, path, **options):
        return self.request("GET", path, **options)

    def post(self, path, body, **options):
        return self.request("POST", path, body, **options)

    def put(self, path, body, **options):
        return self.request("PUT", path, body, **options)

    def delete(self, path, body=None, **options):
        return self.request("DELETE", path, body, **options)

    def patch(self, path, body, kind="merge", **options):
        types = {"json": "application/json-patch+json", "merge": "application/merge-patch+json",
                 "strategic": "application/strategic-merge-patch+json", "apply": "application/apply-patch+yaml"}
        return self.request("PATCH", path, body, content_type=types[kind], **options)

    def apply(self, path, body, manager="tests", force=False, **options):
        sep = "&" if "?" in path else "?"
        return self.patch(f"{path}{sep}fieldManager={manager}{'&force=true' if force else ''}", body, kind="apply", **options)

    def missing(self, path):
        return self.call("GET", path)[0] == 404

    def watch(self, path, timeout=10):
        return Watch(self, path, timeout)


class Watch:
    """An open watch: next() gives the next event, with a deadline; it ends with None."""

    def __init__(self, api, path, timeout):
        self.conn = http.client.HTTPConnection(api.host, api.port, timeout=timeout)
        self.conn.request("GET", path + ("&" if "?" in path else "?") + "watch=true", headers=api.headers)
        self.response = self.conn.getresponse()
        if self.response.status >= 400:
            raise ApiError("GET", path, self.response.status, json.loads(self.response.read()), self.response.headers)

    def next(self):
        line = self.response.readline()
        return json.loads(line) if line.strip() else None

    def until(self, match):
        """Events up to the first that matches; raises when the stream ends before."""
        seen = []
        while True:
            event = self.next()
            if event is None:
                raise AssertionError(f"the watch ended; seen: {seen}")
            seen.append(event)
            if match(event):
                return seen

    def close(self):
        self.conn.close()

    def __enter__(self):
        return self

    def __exit__(self, *args):
        self.close()


class Sandbox(Api):
    def __init__(self, folder, args=(), port=0, state=None, load=()):
        self.folder = str(folder)
        self.args, self.wanted_port, self.state, self.load = list(args), port, state, load
        self.kubeconfig = os.path.join(self.folder, "kubeconfig")
        self.process = None
        super().__init__("127.0.0.1", port)

    def start(self):
        os.makedirs(self.folder, exist_ok=True)
        if os.path.exists(self.kubeconfig):
            os.unlink(self.kubeconfig)
        args = [sandbox_path(), f"--address=127.0.0.1:{self.wanted_port}", "--kubeconfig-out=" + self.kubeconfig, "--quiet", *self.args]
        if self.state:
            args.append("--state=" + str(self.state))
        args += ["--load=" + str(p) for p in self.load]
        self.log_path = os.path.join(self.folder, "sandbox.log")
        with open(self.log_path, "ab") as log:
            self.process = subprocess.Popen(args, stdout=log, stderr=log, stdin=subprocess.DEVNULL)
        deadline = time.monotonic() + 20
        while not os.path.exists(self.kubeconfig):
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError("the sandbox did not start: " + self.log()[-4000:])
            time.sleep(0.005)
        with open(self.kubeconfig) as f:
            server = next(line for line in f if "server:" in line).split()[1]
        self.url = server
        self.port = int(server.rsplit(":", 1)[1])
        return self

    def stop(self):
        """Ends it; raises when it did not end in order (a sanitizer's report, a crash)."""
        if not self.process:
            return
        self.process.send_signal(signal.SIGTERM)
        try:
            code = self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            code = "killed after 20 s"
        self.process = None
        if code != 0:
            raise RuntimeError(f"the sandbox ended with {code}: " + self.log()[-8000:])

    def kill(self):
        self.process.kill()
        self.process.wait()
        self.process = None

    def log(self):
        with open(self.log_path, errors="replace") as f:
            return f.read()

    def __enter__(self):
        return self.start()

    def __exit__(self, kind, *args):
        try:
            self.stop()
        except RuntimeError:
            if kind is None:
                raise

    # ---- control ----
    def fault(self, **fault):
        return self.post("/sandbox/faults", fault)

    def no_faults(self):
        return self.delete("/sandbox/faults")

    def faults(self):
        return self.get("/sandbox/faults")

    def counters(self):
        return self.get("/sandbox/counters")

    def counters_reset(self):
        self.delete("/sandbox/counters")
        self.delete("/sandbox/requests")

    def requests(self):
        return self.get("/sandbox/requests")

    def close_watches(self, mode="end", resource=None):
        return self.post("/sandbox/watches", {"mode": mode, **({"resource": resource} if resource else {})})["closed"]

    def compact(self):
        return self.post("/sandbox/compact", {})

    def freeze(self):
        return self.post("/sandbox/freeze", {})

    def thaw(self):
        return self.post("/sandbox/thaw", {})

    def advance_clock(self, seconds):
        return self.post("/sandbox/clock", {"advanceSeconds": seconds})["now"]

    # ---- kubectl ----
    def kubectl(self, *args, input=None, check=True, timeout=60):
        """subprocess.CompletedProcess with text; check=True raises with what was printed."""
        env = {**os.environ, "KUBECONFIG": self.kubeconfig, "HOME": self.folder, "KUBECTL_KUBERC": "false"}
        run = subprocess.run([kubectl_path(), *args], input=input, env=env, capture_output=True, text=True, timeout=timeout, check=False)
        if check and run.returncode:
            raise AssertionError(f"kubectl {' '.join(args)}: exit {run.returncode}\n{run.stdout}{run.stderr}")
        return run

    def wait(self, condition, what, seconds=20):
        """Polls until condition() is true; for what has no watch."""
        deadline = time.monotonic() + seconds
        while True:
            got = condition()
            if got:
                return got
            if time.monotonic() > deadline:
                raise AssertionError("timed out: " + what)
            time.sleep(0.02)
