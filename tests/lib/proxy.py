# SPDX-License-Identifier: Apache-2.0
"""A small proxy for tests: HTTP (CONNECT and absolute URLs) and SOCKS5 on one port, with or without a password.

    with Proxy() as p: p.url("http"), p.url("socks5"), p.connections
    python3 proxy.py [--user U --password P]      prints one JSON line {"port": N}, ends when its standard input does
"""
import argparse
import base64
import json
import socket
import sys
import threading
from urllib.parse import urlsplit


def pump(source, target):
    try:
        while data := source.recv(65536):
            target.sendall(data)
    except OSError:
        pass
    finally:
        for s in (source, target):
            try:
                s.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass


class Proxy:
    def __init__(self, user=None, password=None):
        self.user, self.password, self.connections = user, password, 0
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()

    def url(self, scheme, user=None, password=None):
        login = f"{user}:{password}@" if user else ""
        return f"{scheme}://{login}127.0.0.1:{self.port}"

    def accept(self):
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self.serve, args=(client,), daemon=True).start()

    def serve(self, client):
        try:
            first = client.recv(1, socket.MSG_PEEK)
            if first == b"\5":
                self.socks(client)
            elif first:
                self.http(client)
        except (OSError, ValueError, IndexError):
            pass
        finally:
            client.close()

    def tunnel(self, client, host, port, greeting, first=b""):
        server = socket.create_connection((host, port), timeout=10)
        server.settimeout(None)
        self.connections += 1
        if greeting:
            client.sendall(greeting)
        if first:
            server.sendall(first)
        threading.Thread(target=pump, args=(server, client), daemon=True).start()
        pump(client, server)
        server.close()

    def http(self, client):
        head = b""
        while not head.endswith(b"\r\n\r\n"):
            byte = client.recv(1)
            if not byte:
                return
            head += byte
        lines = head.decode("latin-1").split("\r\n")
        method, target, version = lines[0].split(" ")
        headers = {l.split(":", 1)[0].lower(): l.split(":", 1)[1].strip() for l in lines[1:] if ":" in l}
        if self.user is not None:
            want = "Basic " + base64.b64encode(f"{self.user}:{self.password}".encode()).decode()
            if headers.get("proxy-authorization") != want:
                client.sendall(b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
                return
        if method == "CONNECT":
            host, _, port = target.rpartition(":")
            self.tunnel(client, host, int(port), b"HTTP/1.1 200 OK\r\n\r\n")
            return
        url = urlsplit(target)
        path = url.path + ("?" + url.query if url.query else "")
        kept = [l for l in lines[1:-2] if not l.lower().startswith(("proxy-", "connection:"))]
        request = "\r\n".join([f"{method} {path} {version}", *kept, "Connection: close", "", ""])
        self.tunnel(client, url.hostname, url.port or 80, b"", request.encode("latin-1"))

    def exactly(self, client, n):
        data = b""
        while len(data) < n:
            piece = client.recv(n - len(data))
            if not piece:
                raise OSError("end")
            data += piece
        return data

    def socks(self, client):
        methods = self.exactly(client, self.exactly(client, 2)[1])
        wanted = 0 if self.user is None else 2
        if wanted not in methods:
            client.sendall(b"\5\xff")
            return
        client.sendall(bytes([5, wanted]))
        if wanted == 2:
            user = self.exactly(client, self.exactly(client, 2)[1])
            password = self.exactly(client, self.exactly(client, 1)[0])
            good = (user.decode(), password.decode()) == (self.user, self.password)
            client.sendall(bytes([1, 0 if good else 1]))
            if not good:
                return
        _, _, _, kind = self.exactly(client, 4)
        if kind == 3:
            host = self.exactly(client, self.exactly(client, 1)[0]).decode()
        else:
            host = socket.inet_ntop(socket.AF_INET if kind == 1 else socket.AF_INET6, self.exactly(client, 4 if kind == 1 else 16))
        port = int.from_bytes(self.exactly(client, 2), "big")
        try:
            self.tunnel(client, host, port, b"\5\0\0\1\0\0\0\0\0\0")
        except ConnectionRefusedError:
            client.sendall(b"\5\5\0\1\0\0\0\0\0\0")

    def stop(self):
        self.listener.close()

    def __enter__(self):
        return self

    def __exit__(self, *args):
        self.stop()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--user")
    parser.add_argument("--password")
    proxy = Proxy(**vars(parser.parse_args()))
    print(json.dumps({"port": proxy.port}), flush=True)
    while sys.stdin.read(1):
        pass


if __name__ == "__main__":
    main()
