# SPDX-License-Identifier: Apache-2.0
"""A Git server over HTTP for tests and the demo: git's own http-backend behind a small CGI server, with faults on demand.

    with GitHttp(root) as server: server.url("demo.git")
    python3 git_http.py --root DIR [--port N] [--user U --password P] [--bearer T] [--cert F --key F]

The command prints one JSON line {"port": N} and ends when its standard input does. Bare repositories below DIR are served; pushing is
allowed only with --push. A first path element that starts with "_" is a fault: /_silent/demo.git, or for all
requests `server.fault = "silent"`, from outside POST /_control?fault=silent.

    silent         takes the request and never answers
    silent-pack    answers discovery and lists refs, never sends a pack
    slow           one byte a second
    truncated      the answer with the pack is cut in its middle
    garbage        the answer with the pack is random bytes
    corrupt        one bit of the pack is wrong
    500, 401, ...  that status
    html           status 200 with a page for people
    redirect       discovery is redirected to the plain path
    redirect-post  the POST is redirected
    redirect-host  discovery is redirected to another host name (localhost)
    v0             the server does not know protocol v2
    endless        an advertisement without end
"""
import argparse
import base64
import json
import os
import random
import ssl
import subprocess
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def log_message(self, *args):
        pass

    def do_GET(self):
        self.handle_request(b"")

    def do_POST(self):
        if self.headers.get("Transfer-Encoding", "").lower() == "chunked":
            body = b""
            while size := int(self.rfile.readline().split(b";")[0], 16):
                body += self.rfile.read(size)
                self.rfile.readline()
            self.rfile.readline()
        else:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.handle_request(body)

    def answer(self, status, text="", headers=(), content_type="text/plain"):
        data = text if isinstance(text, bytes) else text.encode()
        self.send_response(status)
        for name, value in headers:
            self.send_header(name, value)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(data)
        self.server.owner.sent_bytes += len(data)

    def handle_request(self, body):
        owner = self.server.owner
        parts = urlsplit(self.path)
        if parts.path == "/_control":
            owner.fault = parse_qs(parts.query).get("fault", [""])[0]
            return self.answer(200, "ok")
        if parts.path == "/_stats":
            return self.answer(200, json.dumps({"requests": owner.requests, "sent_bytes": owner.sent_bytes}))
        owner.requests += 1
        path, fault = parts.path, owner.fault
        if path.startswith("/_"):
            fault, _, rest = path[2:].partition("/")
            path = "/" + rest
        if not self.authorized():
            return self.answer(401, "", [("WWW-Authenticate", 'Basic realm="git"')])
        if not self.inject(fault, path, parts.query, body):
            self.backend(path, parts.query, body, fault)

    def authorized(self):
        owner = self.server.owner
        got = self.headers.get("Authorization", "")
        wanted = []
        if owner.user is not None:
            wanted.append("Basic " + base64.b64encode(f"{owner.user}:{owner.password}".encode()).decode())
        if owner.bearer is not None:
            wanted.append("Bearer " + owner.bearer)
        return not wanted or got in wanted

    def inject(self, fault, path, query, body):
        """True when the fault has dealt with the request."""
        post = self.command == "POST"
        target = path + ("?" + query if query else "")
        if fault == "silent" or (fault == "silent-pack" and b"want " in body):
            self.server.owner.stopped.wait()
            self.close_connection = True
        elif fault.isdigit():
            self.answer(int(fault), "made to fail")
        elif fault == "html":
            self.answer(200, "<html>please log in</html>", content_type="text/html")
        elif fault == "redirect" and not post:
            self.answer(302, "", [("Location", target)])
        elif fault == "redirect-host" and not post:
            self.answer(302, "", [("Location", f"http://localhost:{self.server.server_port}{target}")])
        elif fault == "redirect-post" and post:
            self.answer(302, "", [("Location", target)])
        elif fault == "endless" and not post:
            self.endless()
        else:
            return False
        return True

    def endless(self):
        self.send_response(200)
        self.send_header("Content-Type", "application/x-git-upload-pack-advertisement")
        self.send_header("Connection", "close")
        self.end_headers()
        self.close_connection = True
        line = b"%s refs/heads/x%%d" % (b"1" * 40)
        n = 0
        try:
            while not self.server.owner.stopped.is_set():
                text = line % n
                self.wfile.write(b"%04x%s" % (len(text) + 4, text))
                n += 1
        except OSError:
            pass

    def backend(self, path, query, body, fault):
        owner = self.server.owner
        env = {
            "PATH": os.environ.get("PATH", "/usr/bin:/bin"),
            "GIT_PROJECT_ROOT": owner.root,
            "GIT_HTTP_EXPORT_ALL": "1",
            "PATH_INFO": path,
            "QUERY_STRING": query,
            "REQUEST_METHOD": self.command,
            "CONTENT_TYPE": self.headers.get("Content-Type", ""),
            "CONTENT_LENGTH": str(len(body)),
            "REMOTE_ADDR": "127.0.0.1",
            "GIT_CONFIG_NOSYSTEM": "1",
            "HOME": "/nonexistent",
            "GIT_CONFIG_COUNT": "2",
            "GIT_CONFIG_KEY_0": "safe.directory",
            "GIT_CONFIG_VALUE_0": "*",
            "GIT_CONFIG_KEY_1": "http.receivepack",
            "GIT_CONFIG_VALUE_1": "true" if owner.push else "false",
        }
        if owner.push:
            env["REMOTE_USER"] = "pusher"
        if self.headers.get("Content-Encoding"):
            env["HTTP_CONTENT_ENCODING"] = self.headers["Content-Encoding"]
        if self.headers.get("Git-Protocol") and fault != "v0":
            env["GIT_PROTOCOL"] = self.headers["Git-Protocol"]
        run = subprocess.run(["git", "http-backend"], input=body, env=env, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                             check=False)
        head, _, data = run.stdout.partition(b"\r\n\r\n")
        status, headers, content_type = 200, [], "application/octet-stream"
        for line in head.split(b"\r\n"):
            name, _, value = line.decode().partition(": ")
            if name == "Status":
                status = int(value.split()[0])
            elif name == "Content-Type":
                content_type = value
            elif name:
                headers.append((name, value))
        self.send_data(status, headers, content_type, data, fault if b"want " in body or fault == "slow" else "")

    def send_data(self, status, headers, content_type, data, fault):
        if fault == "garbage":
            data = random.Random(7).randbytes(len(data))
        elif fault == "corrupt":
            at = len(data) - 40
            data = data[:at] + bytes([data[at] ^ 1]) + data[at + 1:]
        if fault not in ("truncated", "slow"):
            return self.answer(status, data, headers, content_type)
        self.send_response(status)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.close_connection = True
        if fault == "truncated":
            self.wfile.write(data[:len(data) // 2])
            return None
        for i in range(len(data)):
            self.wfile.write(data[i:i + 1])
            if self.server.owner.stopped.wait(1):
                return None
        return None


class Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64

    def handle_error(self, request, client_address):
        pass  # clients of tests hang up


class GitHttp:
    def __init__(self, root, port=0, host="127.0.0.1", user=None, password=None, bearer=None, cert=None, key=None, push=False):
        self.root, self.user, self.password, self.bearer, self.push = os.path.abspath(root), user, password, bearer, push
        self.fault, self.requests, self.sent_bytes = "", 0, 0
        self.stopped = threading.Event()
        self.server = Server((host, port), Handler)
        self.server.owner = self
        self.scheme = "http"
        if cert:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(cert, key)
            self.server.socket = context.wrap_socket(self.server.socket, server_side=True)
            self.scheme = "https"
        self.port = self.server.server_port
        self.thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        self.thread.start()

    def url(self, name, fault=""):
        return f"{self.scheme}://127.0.0.1:{self.port}/" + (f"_{fault}/" if fault else "") + name

    def stop(self):
        self.stopped.set()
        self.server.shutdown()
        self.server.server_close()

    def __enter__(self):
        return self

    def __exit__(self, *args):
        self.stop()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--root", required=True)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--host", default="127.0.0.1")
    for name in ("user", "password", "bearer", "cert", "key"):
        parser.add_argument("--" + name)
    parser.add_argument("--push", action="store_true")
    server = GitHttp(**vars(parser.parse_args()))
    print(json.dumps({"port": server.port}), flush=True)
    while sys.stdin.read(1):
        time.sleep(0)
    server.stop()


if __name__ == "__main__":
    main()
