#!/usr/bin/env python3
"""Supervisor: the sandbox API server, the four controllers and the demo Git repository as local processes.

usage: deploy/local/run [--dir DIR] [--detach] [--kubeconfig FILE] [--no-demo] [--wait SECONDS] [-- FLAG...]
       deploy/local/run stop [--dir DIR]
       deploy/local/run status [--dir DIR]

  --dir DIR          where everything is kept: logs, state, artifacts, repositories (default .run in the checkout). Two systems run
                     side by side with two directories; all ports are free ones.
  --kubeconfig FILE  use this cluster instead of the sandbox (the eleven CRDs are applied to it)
  --detach           return when everything is Ready and leave it running in the background
  --no-demo          start with an empty cluster: no Git repository, nothing applied but the CRDs
  --wait SECONDS     how long to wait for Ready (default 120)
  -- FLAG...         further flags for every controller

Ctrl-C, or `deploy/local/run stop`, ends all processes in order. A controller that ends is started again after 0.5 s, then 1 s, and so on up
to 30 s.
"""
import argparse, json, os, secrets, shutil, signal, socket, subprocess, sys, threading, time

here = os.path.dirname(os.path.abspath(__file__))
root = os.path.dirname(os.path.dirname(here))
sys.path.insert(0, here)
import demo
from kubeapi import Api, ApiError

GIT_HTTP = os.path.join(root, 'tests', 'lib', 'git_http.py')  # git's own http-backend behind a small server
CONTROLLERS = ['source-controller', 'kustomize-controller', 'helm-controller', 'notification-controller']
KINDS = [('source.toolkit.fluxcd.io/v1', 'GitRepository'), ('source.toolkit.fluxcd.io/v1', 'OCIRepository'),
         ('source.toolkit.fluxcd.io/v1', 'HelmRepository'), ('source.toolkit.fluxcd.io/v1', 'HelmChart'),
         ('source.toolkit.fluxcd.io/v1', 'Bucket'), ('kustomize.toolkit.fluxcd.io/v1', 'Kustomization'),
         ('helm.toolkit.fluxcd.io/v2', 'HelmRelease'), ('notification.toolkit.fluxcd.io/v1', 'Receiver')]


class StartError(Exception):
    """What keeps the system from running, in words for the user."""


def free_port():
    with socket.socket() as s:
        s.bind(('127.0.0.1', 0))
        return s.getsockname()[1]


def say(text):
    print(text, file=sys.stderr, flush=True)


class Process:
    """One child, its log file, and its restarts."""

    def __init__(self, name, argv, log, restart=True):
        self.name, self.argv, self.log, self.restart = name, argv, log, restart
        self.child, self.delay, self.stopping, self.starts = None, 0.5, False, 0

    def start(self):
        with open(self.log, 'ab') as log:
            self.child = subprocess.Popen(self.argv, stdin=subprocess.PIPE, stdout=log, stderr=log, start_new_session=True)
        self.starts += 1
        self.started = time.monotonic()
        threading.Thread(target=self._wait, daemon=True).start()

    def _wait(self):
        status = self.child.wait()
        if self.stopping:
            return
        if not self.restart:
            say(f'{self.name} ended with status {status}; its log is {self.log}')
            return
        if time.monotonic() - self.started > 60:
            self.delay = 0.5
        say(f'{self.name} ended with status {status}, starting it again in {self.delay:g} s (log: {self.log})')
        timer = threading.Timer(self.delay, lambda: None if self.stopping else self.start())
        timer.daemon = True
        timer.start()
        self.delay = min(self.delay * 2, 30)

    def stop(self, patience=10):
        self.stopping = True
        if not self.child or self.child.poll() is not None:
            return
        self.child.terminate()
        try:
            self.child.wait(patience)
        except subprocess.TimeoutExpired:
            self.child.kill()
            self.child.wait()


class System:
    def __init__(self, options):
        self.o = options
        self.dir = os.path.abspath(options.dir)
        self.processes = []
        self.state = {'pid': os.getpid(), 'dir': self.dir, 'logs': {}, 'pids': {}, 'urls': {}}

    def path(self, *parts):
        return os.path.join(self.dir, *parts)

    def exe(self, name):
        for folder in (name, 'deploy/local/sandbox', 'deploy/cli'):
            p = os.path.join(self.o.build_dir, folder, name)
            if os.path.isfile(p):
                return p
        raise StartError(f'{name} is not built in {self.o.build_dir}')

    def run(self, name, argv, restart=True):
        p = Process(name, argv, self.path('log', name + '.log'), restart)
        self.processes.append(p)
        p.start()
        self.state['logs'][name] = p.log
        return p

    def save(self):
        self.state['pids'] = {p.name: p.child.pid for p in self.processes if p.child}
        temp = self.path('supervisor.json.new')
        with open(temp, 'w') as f:
            json.dump(self.state, f, indent=2)
        os.replace(temp, self.path('supervisor.json'))

    def start(self):
        for folder in ('log', 'data', 'git', 'bus'):
            os.makedirs(self.path(folder), mode=0o700, exist_ok=True)
        self.start_api()
        self.apply_crds()
        if not self.o.no_demo:
            self.start_git()
        self.start_controllers()
        self.save()
        if not self.o.no_demo:
            self.apply_demo()

    def start_api(self):
        if self.o.kubeconfig:
            self.kubeconfig = os.path.abspath(self.o.kubeconfig)
        else:
            self.kubeconfig = self.path('kubeconfig')
            port = free_port()
            self.run('runnel-sandbox', [self.exe('runnel-sandbox'), f'--address=127.0.0.1:{port}', '--kubeconfig-out=' + self.kubeconfig,
                                        '--state=' + self.path('sandbox.state')])
        self.wait_for('the API server', self.api_answers)
        self.api = Api(self.kubeconfig)
        self.state['kubeconfig'] = self.kubeconfig

    def api_answers(self):
        if not os.path.exists(self.kubeconfig):
            return False
        return Api(self.kubeconfig).request('GET', '/readyz', raw=True) is not None

    def wait_for(self, what, ask, seconds=30):
        """Only for start-up of processes that have no event to wait on."""
        deadline, last = time.monotonic() + seconds, None
        while time.monotonic() < deadline:
            try:
                if ask():
                    return
            except (OSError, ApiError, ValueError) as e:
                last = e
            time.sleep(0.02)
        raise StartError(f'{what} did not answer within {seconds} s: {last}')

    def apply_crds(self):
        crds = demo.crds()
        for crd in crds:
            self.api.apply(crd)
        for crd in crds:
            name = crd['metadata']['name']
            self.wait_for('CRD ' + name, lambda: any(
                c['type'] == 'Established' and c['status'] == 'True'
                for c in self.api.get('apiextensions.k8s.io/v1', 'CustomResourceDefinition', None, name).get('status', {}).get('conditions') or []))

    def start_git(self):
        self.git_port = free_port()
        url = f'http://127.0.0.1:{self.git_port}/home.git'
        self.bare = self.path('git', 'home.git')
        if not os.path.isdir(self.bare):
            demo.create(self.bare, url, self.path('home'))
        self.run('git-http', [sys.executable, GIT_HTTP, '--root', self.path('git'), '--port', str(self.git_port), '--push'])
        self.wait_for('the Git server', lambda: _get(self.git_port, '/') > 0)
        self.git_url = url
        self.state['urls']['git'] = url
        demo.set_url(self.path('home'), self.bare, url)

    def start_controllers(self):
        key = self.path('bus', 'key')
        if not os.path.exists(key):
            with open(os.open(key, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), 'wb') as f:
                f.write(secrets.token_bytes(32).hex().encode())
        storage, events, hooks = free_port(), free_port(), free_port()
        bus = {name: 'ipc://' + self.path('bus', name) for name in CONTROLLERS}
        self.health = {}
        for name in CONTROLLERS:
            health, metrics = free_port(), free_port()
            self.health[name] = health
            argv = [self.exe(name), '--kubeconfig=' + self.kubeconfig, f'--health-addr=127.0.0.1:{health}',
                    f'--metrics-addr=127.0.0.1:{metrics}', '--bus-key-file=' + key, '--bus-address=' + bus[name]]
            peers = [bus[other] for other in CONTROLLERS if other != name]
            argv += ['--bus-peers=' + ','.join(peers)] if peers else []  # a test may run one controller alone
            if name == 'source-controller':
                argv += ['--storage-path=' + self.path('data'), f'--storage-addr=127.0.0.1:{storage}', f'--storage-adv-addr=127.0.0.1:{storage}']
            if name == 'notification-controller':
                argv += [f'--events-addr=127.0.0.1:{events}', f'--receiverAddr=127.0.0.1:{hooks}']
            else:
                argv += [f'--events-addr=http://127.0.0.1:{events}/']
            if name == 'kustomize-controller':
                argv += ['--create-disabled-objects']
            self.run(name, argv + self.o.flags)
            self.state['urls'][name + ' health'] = f'http://127.0.0.1:{health}/healthz'
            self.state['urls'][name + ' metrics'] = f'http://127.0.0.1:{metrics}/metrics'
        self.state['urls'].update(artifacts=f'http://127.0.0.1:{storage}/', webhooks=f'http://127.0.0.1:{hooks}/')
        for name, port in self.health.items():
            self.wait_for(name, lambda: _get(port, '/readyz') == 200)

    def apply_demo(self):
        for o in demo.flux_system(self.path('home')):
            self.api.apply(o)

    def watch_ready(self, seconds):
        """Prints each change of a Ready condition until all objects are Ready; True when they are."""
        states, lock, changed = {}, threading.Lock(), threading.Event()
        for api_version, kind in KINDS:
            threading.Thread(target=self._follow, args=(api_version, kind, states, lock, changed), daemon=True).start()
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            changed.wait(0.2)
            changed.clear()
            with lock:
                done = states and all(ready == 'True' for ready, _ in states.values())
                complete = self.o.no_demo or any(k.startswith('Kustomization/') for k in states)
            if done and complete and not self.expected_missing(states):
                return True
        with lock:
            for key, (ready, message) in sorted(states.items()):
                if ready != 'True':
                    say(f'  not ready: {key}: {message}')
        return False

    def expected_missing(self, states):
        return [] if self.o.no_demo else [n for n in demo.expected() if n not in states]

    def _follow(self, api_version, kind, states, lock, changed):
        while not getattr(self, 'ending', False):
            try:
                listing = self.api.request('GET', self.api.path(api_version, kind))
                for o in listing['items']:
                    self._note(kind, 'ADDED', o, states, lock, changed)
                path = self.api.path(api_version, kind) + '?watch=1&resourceVersion=' + listing['metadata']['resourceVersion']
                for type_, o in self.api.watch(path):
                    if type_ in ('ADDED', 'MODIFIED', 'DELETED'):
                        self._note(kind, type_, o, states, lock, changed)
            except (OSError, ApiError, ValueError, KeyError):
                time.sleep(0.2)  # the server is restarting

    def _note(self, kind, type_, o, states, lock, changed):
        key = f'{kind}/{o["metadata"]["namespace"]}/{o["metadata"]["name"]}'
        ready, message = 'Unknown', 'waiting to be reconciled'
        for c in o.get('status', {}).get('conditions') or []:
            if c['type'] == 'Ready':
                ready, message = c['status'], c.get('message', '')
        if kind == 'HelmRepository' and o.get('spec', {}).get('type') == 'oci':
            ready = 'True'
        with lock:
            before = states.get(key)
            if type_ == 'DELETED':
                states.pop(key, None)
            else:
                states[key] = (ready, message)
        if type_ != 'DELETED' and before != (ready, message):
            symbol = {'True': '✔', 'False': '✗'}.get(ready, '◎')
            say(f'{symbol} {key}: {message}')
        changed.set()

    def stop(self):
        self.ending = True
        order = [p for p in reversed(self.processes) if p.name != 'runnel-sandbox'] + [p for p in self.processes if p.name == 'runnel-sandbox']
        for p in order:
            p.stopping = True
        for p in order:
            p.stop()
        try:
            os.remove(self.path('supervisor.json'))
        except FileNotFoundError:
            pass

    def explain(self):
        flux = os.path.relpath(self.exe('flux'))
        print(f'\nRunnel is running in {self.dir}. Look at it with:\n\n'
              f'    export KUBECONFIG={self.kubeconfig} PATH={os.path.dirname(self.exe("flux"))}:$PATH\n'
              f'    flux get all -A\n    flux logs -A\n    kubectl get pods -A        (any kubectl from 1.30 on)\n', flush=True)
        if not self.o.no_demo:
            print(f'The homelab is the Git repository {self.git_url}; a clone of it is {self.path("home")}. Change something:\n\n'
                  f'    cd {self.path("home")} && sed -i "s/replicas: 1/replicas: 2/" manifests/whoami/deployment.yaml\n'
                  f'    git commit -am "two of them" && git push && flux reconcile source git flux-system\n', flush=True)
        print(f'End it with {"`deploy/local/run stop --dir " + self.dir + "`" if self.o.detach else "Ctrl-C"}.', flush=True)


def _get(port, path):
    import http.client
    conn = http.client.HTTPConnection('127.0.0.1', port, timeout=2)
    try:
        conn.request('GET', path)
        return conn.getresponse().status
    finally:
        conn.close()


def read_state(directory):
    try:
        with open(os.path.join(directory, 'supervisor.json')) as f:
            state = json.load(f)
        os.kill(state['pid'], 0)
        return state
    except (FileNotFoundError, ProcessLookupError, ValueError):
        return None


def stop(directory):
    state = read_state(directory)
    if not state:
        say(f'nothing runs in {directory}')
        return 0
    os.kill(state['pid'], signal.SIGTERM)
    for _ in range(600):
        if not read_state(directory):
            say('stopped')
            return 0
        time.sleep(0.05)
    say(f'error: process {state["pid"]} did not end')
    return 1


def status(directory):
    state = read_state(directory)
    if not state:
        print(f'nothing runs in {directory}')
        return 1
    for name, pid in state['pids'].items():
        print(f'{name:25} pid {pid}')
    print('KUBECONFIG=' + state['kubeconfig'])
    return 0


def detach():
    """The parent waits for the child's verdict (one byte through a pipe) and leaves."""
    r, w = os.pipe()
    pid = os.fork()
    if pid:
        os.close(w)
        verdict = os.read(r, 1)
        sys.exit(0 if verdict == b'0' else 1)
    os.close(r)
    os.setsid()
    return w


def parse():
    argv = sys.argv[1:]
    flags = []
    if '--' in argv:
        at = argv.index('--')
        argv, flags = argv[:at], argv[at + 1:]
    p = argparse.ArgumentParser(usage=__doc__.split('usage: ')[1].split('\n\n')[0], description=__doc__.split('\n')[0], epilog=__doc__,
                                formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument('command', nargs='?', choices=['start', 'stop', 'status'], default='start')
    p.add_argument('--build-dir', default=os.path.join(root, 'build'), help=argparse.SUPPRESS)
    p.add_argument('--dir', default=os.path.join(root, '.run'))
    p.add_argument('--kubeconfig')
    p.add_argument('--detach', action='store_true')
    p.add_argument('--no-demo', action='store_true')
    p.add_argument('--wait', type=float, default=120)
    o = p.parse_args(argv)
    o.flags = flags
    o.build_dir = os.path.abspath(o.build_dir)
    return o


def main():
    o = parse()
    if o.command == 'stop':
        return stop(o.dir)
    if o.command == 'status':
        return status(o.dir)
    if read_state(o.dir):
        say(f'error: already running in {o.dir} (stop it with: deploy/local/run stop --dir {o.dir})')
        return 1
    verdict = detach() if o.detach else None
    system = System(o)
    ended = threading.Event()
    for s in (signal.SIGINT, signal.SIGTERM):
        signal.signal(s, lambda *_: ended.set())
    ready = False
    try:
        began = time.monotonic()
        system.start()
        ready = o.no_demo or system.watch_ready(o.wait)
        say(f'everything is Ready after {time.monotonic() - began:.1f} s' if ready else f'not everything is Ready after {o.wait:g} s')
        system.save()
        if ready or not o.detach:
            system.explain()
        if verdict is not None:
            os.write(verdict, b'0' if ready else b'1')
            os.close(verdict)
            null = os.open(os.devnull, os.O_RDWR)
            for fd in (0, 1, 2):
                os.dup2(null, fd)
        if not ready and o.detach:
            return 1
        ended.wait()
        return 0 if ready else 1
    except StartError as e:
        say(f'error: {e}')
        return 1
    finally:
        system.stop()


if __name__ == '__main__':
    sys.exit(main())
