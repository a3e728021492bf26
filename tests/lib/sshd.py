# SPDX-License-Identifier: Apache-2.0
"""A real sshd on loopback for tests, with host keys, client keys and known_hosts made on the spot.

    with Sshd(dir) as server: server.url("/path/to/demo.git"), server.key("ed25519"), server.known_hosts()
    python3 sshd.py --dir DIR [--host-key-types rsa,ecdsa,ed25519] [--accept-git-protocol]

The command prints one JSON line {"port": N, "user": U, "dir": DIR} and ends when its standard input does. In DIR: client keys id_rsa,
id_ed25519, id_ecdsa, id_ed25519_pass (passphrase "secret"), id_rsa_pem (PEM), id_ed25519_pkcs8, id_stranger (not authorized), and
known_hosts, known_hosts_hashed, known_hosts_wrong.
"""
import argparse
import getpass
import json
import os
import shutil
import socket
import subprocess
import sys
import time


def keygen(path, kind, *more):
    subprocess.run(["ssh-keygen", "-q", "-t", kind, "-N", "", "-C", "test", "-f", path, *more], check=True, stdin=subprocess.DEVNULL)


class Sshd:
    def __init__(self, directory, host_key_types=("rsa", "ecdsa", "ed25519"), accept_git_protocol=False):
        self.dir = os.path.abspath(directory)
        self.user = getpass.getuser()
        os.makedirs(self.dir, mode=0o700, exist_ok=True)
        self.make_keys(host_key_types)
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.write_known_hosts(host_key_types)
        self.start(host_key_types, accept_git_protocol)

    def path(self, name):
        return os.path.join(self.dir, name)

    def make_keys(self, host_key_types):
        for kind in host_key_types:
            keygen(self.path("host_" + kind), kind)
        keygen(self.path("host_other"), "ed25519")
        keygen(self.path("id_rsa"), "rsa", "-b", "2048")
        keygen(self.path("id_ed25519"), "ed25519")
        keygen(self.path("id_ecdsa"), "ecdsa")
        keygen(self.path("id_stranger"), "ed25519")
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "secret", "-C", "test", "-f", self.path("id_ed25519_pass")], check=True,
                       stdin=subprocess.DEVNULL)
        keygen(self.path("id_rsa_pem"), "rsa", "-b", "2048", "-m", "PEM")
        subprocess.run(["openssl", "genpkey", "-algorithm", "ed25519", "-out", self.path("id_ed25519_pkcs8")], check=True)
        self.authorize_pkcs8()

    def authorize_pkcs8(self):
        """ssh-keygen does not read PKCS#8 ed25519: the public line is made from the raw public key."""
        import base64
        import struct
        der = subprocess.run(["openssl", "pkey", "-in", self.path("id_ed25519_pkcs8"), "-pubout", "-outform", "DER"], check=True,
                             stdout=subprocess.PIPE).stdout
        name = b"ssh-ed25519"
        blob = struct.pack(">I", len(name)) + name + struct.pack(">I", 32) + der[-32:]
        names = ["id_rsa.pub", "id_ed25519.pub", "id_ecdsa.pub", "id_ed25519_pass.pub", "id_rsa_pem.pub"]
        with open(self.path("authorized_keys"), "w", encoding="ascii") as out:
            for name_ in names:
                with open(self.path(name_), encoding="ascii") as pub:
                    out.write(pub.read())
            out.write("ssh-ed25519 " + base64.b64encode(blob).decode() + " pkcs8\n")

    def write_known_hosts(self, host_key_types):
        def line(host, name):
            with open(self.path(name + ".pub"), encoding="ascii") as pub:
                kind, key = pub.read().split()[:2]
            return f"{host} {kind} {key}\n"
        host = f"[127.0.0.1]:{self.port}"
        plain = "".join(line(host, "host_" + kind) for kind in host_key_types)
        for name, text in (("known_hosts", plain), ("known_hosts_hashed", plain), ("known_hosts_wrong", line(host, "host_other")),
                           ("known_hosts_ca", "".join("@cert-authority " + l + "\n" for l in plain.splitlines())),
                           ("known_hosts_revoked", plain + "".join("@revoked * " + l.partition(" ")[2] + "\n" for l in plain.splitlines())),
                           ("known_hosts_elsewhere", plain.replace("127.0.0.1", "example.com"))):
            with open(self.path(name), "w", encoding="ascii") as out:
                out.write(text)
        subprocess.run(["ssh-keygen", "-q", "-H", "-f", self.path("known_hosts_hashed")], check=True, stdout=subprocess.DEVNULL,
                       stderr=subprocess.DEVNULL)

    def start(self, host_key_types, accept_git_protocol):
        config = [f"Port {self.port}", "ListenAddress 127.0.0.1", "UsePAM no", "StrictModes no", "PasswordAuthentication no",
                  "KbdInteractiveAuthentication no", "PermitRootLogin prohibit-password", "PidFile none", "MaxStartups 100", "LogLevel ERROR",
                  f"AuthorizedKeysFile {self.path('authorized_keys')}"]
        config += [f"HostKey {self.path('host_' + kind)}" for kind in host_key_types]
        if accept_git_protocol:
            config.append("AcceptEnv GIT_PROTOCOL")
        with open(self.path("sshd_config"), "w", encoding="ascii") as out:
            out.write("\n".join(config) + "\n")
        if os.getuid() == 0:
            os.makedirs("/run/sshd", mode=0o755, exist_ok=True)
        sshd = shutil.which("sshd", path="/usr/sbin:/usr/local/sbin:" + os.environ.get("PATH", ""))
        self.log = open(self.path("log"), "wb")
        self.process = subprocess.Popen([sshd, "-D", "-e", "-f", self.path("sshd_config")], stdin=subprocess.DEVNULL, stdout=self.log,
                                        stderr=self.log)
        deadline = time.monotonic() + 10
        while True:
            try:
                socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
                return
            except OSError:
                if time.monotonic() > deadline or self.process.poll() is not None:
                    raise RuntimeError("sshd did not start: " + open(self.path("log"), encoding="utf-8").read()) from None
                time.sleep(0.02)

    def url(self, path):
        return f"ssh://{self.user}@127.0.0.1:{self.port}{path}"

    def key(self, name):
        with open(self.path("id_" + name), encoding="ascii") as f:
            return f.read()

    def known_hosts(self, name="known_hosts"):
        with open(self.path(name), encoding="ascii") as f:
            return f.read()

    def stop(self):
        self.process.terminate()
        self.process.wait()
        self.log.close()

    def __enter__(self):
        return self

    def __exit__(self, *args):
        self.stop()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--dir", required=True)
    parser.add_argument("--host-key-types", default="rsa,ecdsa,ed25519")
    parser.add_argument("--accept-git-protocol", action="store_true")
    options = parser.parse_args()
    with Sshd(options.dir, options.host_key_types.split(","), options.accept_git_protocol) as server:
        print(json.dumps({"port": server.port, "user": server.user, "dir": server.dir}), flush=True)
        while sys.stdin.read(1):
            pass


if __name__ == "__main__":
    main()
