"""A whole Runnel for a scenario: sandbox, four controllers, Git repositories over HTTP, and the flux client, on free ports in a
temporary directory. Built on the supervisor, so that tests run what users run.

    with System(tmp_path) as s:
        repo = s.repository('app', {'manifests/cm.yaml': '...'})
        s.apply(s.git_repository('app', repo), s.kustomization('app', 'app', './manifests'))
        s.wait_ready('Kustomization', 'app')

Nothing here decides what is right: waits watch the API server until a predicate of the test holds, or fail with the last object seen.
"""
import argparse, json, os, signal, subprocess, sys, time

here = os.path.dirname(os.path.abspath(__file__))
root = os.path.dirname(os.path.dirname(here))
sys.path.insert(0, os.path.join(root, 'deploy', 'local'))
import supervisor
import yaml
from kubeapi import Api, ApiError

BUILD = os.environ.get('RUNNEL_BUILD', os.path.join(root, 'build'))
GIT_ENV = dict(os.environ, GIT_CONFIG_GLOBAL='/dev/null', GIT_CONFIG_NOSYSTEM='1', GIT_AUTHOR_NAME='t', GIT_AUTHOR_EMAIL='t@example.com',
               GIT_COMMITTER_NAME='t', GIT_COMMITTER_EMAIL='t@example.com', GIT_TERMINAL_PROMPT='0')
VERSIONS = {'GitRepository': 'source.toolkit.fluxcd.io/v1', 'HelmRepository': 'source.toolkit.fluxcd.io/v1',
            'OCIRepository': 'source.toolkit.fluxcd.io/v1', 'HelmChart': 'source.toolkit.fluxcd.io/v1', 'Bucket': 'source.toolkit.fluxcd.io/v1',
            'Kustomization': 'kustomize.toolkit.fluxcd.io/v1', 'HelmRelease': 'helm.toolkit.fluxcd.io/v2',
            'Receiver': 'notification.toolkit.fluxcd.io/v1', 'Alert': 'notification.toolkit.fluxcd.io/v1beta3',
            'Provider': 'notification.toolkit.fluxcd.io/v1beta3', 'Deployment': 'apps/v1', 'StatefulSet': 'apps/v1', 'DaemonSet': 'apps/v1',
            'Job': 'batch/v1', 'Lease': 'coordination.k8s.io/v1', 'CustomResourceDefinition': 'apiextensions.k8s.io/v1'}


def condition(o, type_):
    for c in (o or {}).get('status', {}).get('conditions') or []:
        if c['type'] == type_:
            return c
    return {}


def ready(o):
    m = o['metadata']
    return condition(o, 'Ready').get('status') == 'True' and o['status'].get('observedGeneration') == m['generation']


class Repository:
    """A bare repository and a work tree that pushes to it."""

    def __init__(self, bare, work, url):
        self.bare, self.work, self.url = bare, work, url

    def git(self, *argv, check=True):
        r = subprocess.run(['git', '-C', self.work, *argv], capture_output=True, text=True, env=GIT_ENV)
        if check and r.returncode:
            raise AssertionError(f'git {argv}: {r.stderr}')
        return r.stdout.strip()

    def commit(self, files=None, remove=(), message='change', push=True):
        """files: path -> text (None removes). Returns the new commit's hash."""
        for path, text in (files or {}).items():
            full = os.path.join(self.work, path)
            if text is None:
                os.remove(full)
                continue
            os.makedirs(os.path.dirname(full), exist_ok=True)
            with open(full, 'wb') as f:
                f.write(text if isinstance(text, bytes) else text.encode())
        for path in remove:
            os.remove(os.path.join(self.work, path))
        self.git('add', '-A')
        self.git('commit', '-q', '--allow-empty', '-m', message)
        if push:
            self.git('push', '-q', '--force', self.bare, 'HEAD:main')
        return self.head()

    def head(self):
        return self.git('rev-parse', 'HEAD')

    def revision(self, branch='main'):
        return f'{branch}@sha1:{self.head()}'


class System:
    def __init__(self, directory, flags=(), controllers=None, prepare=None):
        o = argparse.Namespace(dir=str(directory), build_dir=BUILD, kubeconfig=None, no_demo=True, detach=False, wait=60,
                               flags=['--log-level=debug', *flags])
        self.sup = supervisor.System(o)
        self.dir = str(directory)
        self.prepare = prepare
        self.git_process = None

    def __enter__(self):
        try:
            self.sup.start()
        except BaseException:
            self.sup.stop()
            raise
        self.api = Api(self.sup.kubeconfig, user_agent='scenario')
        self.apply({'apiVersion': 'v1', 'kind': 'Namespace', 'metadata': {'name': 'flux-system'}})
        self._serve_git()
        return self

    def __exit__(self, kind, error, trace):
        crashed = self.crashes()
        self.sup.stop()
        if kind is None and crashed:
            raise AssertionError('controllers ended by themselves: ' + ', '.join(crashed))
        if kind is not None:
            for name in self.sup.state['logs']:
                tail = self.log(name)[-4000:]
                print(f'---- log of {name}\n{tail}')

    def _serve_git(self):
        port = supervisor.free_port()
        self.git_port = port
        self.git_process = self.sup.run('git-http', [sys.executable, supervisor.GIT_HTTP, '--root', self.sup.path('git'), '--port', str(port)])
        self.sup.wait_for('the Git server', lambda: supervisor._get(port, '/') > 0)

    def crashes(self):
        """Names of processes that ended by themselves or wrote a sanitizer's report. Kills by the test (self.kill) are forgiven."""
        names = []
        for p in self.sup.processes:
            text = self.log(p.name)
            if 'Sanitizer' in text or 'runtime error:' in text or p.starts - 1 > getattr(p, 'killed', 0):
                names.append(p.name)
        return names

    def log(self, name):
        with open(self.sup.path('log', name + '.log'), errors='replace') as f:
            return f.read()

    def process(self, name):
        return next(p for p in self.sup.processes if p.name == name)

    def kill(self, name, sig=signal.SIGKILL):
        """kill -9; the supervisor starts it again after its back-off."""
        p = self.process(name)
        p.killed = getattr(p, 'killed', 0) + 1
        p.delay = 0.1
        p.child.send_signal(sig)

    # ---- repositories and objects ----
    def repository(self, name, files, branch='main'):
        bare, work = self.sup.path('git', name + '.git'), self.sup.path('work-' + name)
        subprocess.run(['git', 'init', '-q', '--bare', '-b', branch, bare], check=True, env=GIT_ENV)
        subprocess.run(['git', 'init', '-q', '-b', branch, work], check=True, env=GIT_ENV)
        r = Repository(bare, work, f'http://127.0.0.1:{self.git_port}/{name}.git')
        r.commit(files)
        return r

    def git_repository(self, name, repo, namespace='flux-system', **spec):
        url = repo if isinstance(repo, str) else repo.url
        return {'apiVersion': VERSIONS['GitRepository'], 'kind': 'GitRepository', 'metadata': {'name': name, 'namespace': namespace},
                'spec': {'interval': '10m', 'url': url, 'ref': {'branch': 'main'}, **spec}}

    def kustomization(self, name, source, path='./', namespace='flux-system', **spec):
        return {'apiVersion': VERSIONS['Kustomization'], 'kind': 'Kustomization', 'metadata': {'name': name, 'namespace': namespace},
                'spec': {'interval': '10m', 'prune': True, 'path': path, 'sourceRef': {'kind': 'GitRepository', 'name': source}, **spec}}

    def apply(self, *objects):
        return [self.api.apply(o, manager='kubectl') for o in objects]

    def get(self, kind, name, namespace='flux-system'):
        try:
            return self.api.get(VERSIONS.get(kind, 'v1'), kind, namespace, name)
        except ApiError as e:
            if e.status == 404:
                return None
            raise

    def delete(self, kind, name, namespace='flux-system'):
        return self.api.delete(VERSIONS.get(kind, 'v1'), kind, namespace, name)

    def patch(self, kind, name, body, namespace='flux-system', content_type='application/merge-patch+json'):
        return self.api.patch(VERSIONS.get(kind, 'v1'), kind, namespace, name, body, content_type)

    # ---- waiting on what the API server says ----
    def wait(self, kind, name, predicate, namespace='flux-system', seconds=30, what='the condition'):
        """The first version of the object (None: absent) for which predicate is true."""
        deadline, last = time.monotonic() + seconds, None
        while time.monotonic() < deadline:
            try:
                last = self.get(kind, name, namespace)
                if predicate(last):
                    return last
                version = last['metadata']['resourceVersion'] if last else '0'
                path = self.api.path(VERSIONS.get(kind, 'v1'), kind, namespace) + f'?watch=1&fieldSelector=metadata.name={name}&resourceVersion={version}'
                for type_, o in self.api.watch(path, timeout=max(0.2, min(5, deadline - time.monotonic()))):
                    if type_ == 'ERROR':
                        break
                    if type_ != 'BOOKMARK':
                        last = None if type_ == 'DELETED' else o
                        if predicate(last):
                            return last
            except (OSError, ApiError, ValueError):
                time.sleep(0.05)  # the API server is gone or refuses, as some tests want it
        raise AssertionError(f'{what} did not come within {seconds} s; last seen of {kind}/{namespace}/{name}:\n' + yaml.safe_dump(last))

    def wait_ready(self, kind, name, namespace='flux-system', revision=None, seconds=30):
        def good(o):
            if not o or not ready(o):
                return False
            if revision is None:
                return True
            s = o['status']
            return revision in (s.get('lastAppliedRevision'), s.get('artifact', {}).get('revision'))
        return self.wait(kind, name, good, namespace, seconds, 'Ready=True' + (f' at {revision}' if revision else ''))

    def wait_not_ready(self, kind, name, namespace='flux-system', reason=None, contains='', seconds=30):
        def bad(o):
            c = condition(o, 'Ready')
            return c.get('status') == 'False' and (reason is None or c['reason'] == reason) and contains in c.get('message', '')
        return self.wait(kind, name, bad, namespace, seconds, f'Ready=False {reason or ""} {contains!r}')

    def wait_gone(self, kind, name, namespace='flux-system', seconds=30):
        self.wait(kind, name, lambda o: o is None, namespace, seconds, 'its end')

    def events(self, kind, name, namespace='flux-system'):
        return [e for e in self.api.list('v1', 'Event', namespace)
                if e['involvedObject'].get('kind') == kind and e['involvedObject'].get('name') == name]

    def wait_event(self, kind, name, predicate, namespace='flux-system', seconds=15):
        deadline = time.monotonic() + seconds
        while True:
            found = [e for e in self.events(kind, name, namespace) if predicate(e)]
            if found:
                return found[0]
            if time.monotonic() > deadline:
                texts = '\n'.join(f'{e["type"]} {e["reason"]}: {e["message"]}' for e in self.events(kind, name, namespace))
                raise AssertionError(f'no such event of {kind}/{name}; there are:\n{texts}')
            time.sleep(0.1)  # events have no condition to watch for

    # ---- the client ----
    def flux(self, *argv, check=True, timeout=60):
        env = dict(os.environ, KUBECONFIG=self.sup.kubeconfig, LC_ALL='C.UTF-8')
        r = subprocess.run([self.sup.exe('flux'), *argv], capture_output=True, text=True, env=env, timeout=timeout)
        if check and r.returncode:
            raise AssertionError(f'flux {" ".join(argv)} ended with {r.returncode}:\n{r.stdout}{r.stderr}')
        return r

    def reconcile(self, kind, name, namespace='flux-system'):
        words = {'GitRepository': ['source', 'git'], 'Kustomization': ['kustomization'], 'Receiver': ['receiver']}[kind]
        return self.flux('reconcile', *words, name, '-n', namespace)


def config_map(name, data=None, namespace=None, **metadata):
    m = {'name': name, **metadata}
    if namespace:
        m['namespace'] = namespace
    return yaml.safe_dump({'apiVersion': 'v1', 'kind': 'ConfigMap', 'metadata': m, 'data': data or {'key': 'value'}}, sort_keys=False)


def deployment(name, image='nginx:1.27', namespace=None, annotations=None, replicas=1):
    m = {'name': name}
    if namespace:
        m['namespace'] = namespace
    if annotations:
        m['annotations'] = annotations
    return yaml.safe_dump({'apiVersion': 'apps/v1', 'kind': 'Deployment', 'metadata': m,
                           'spec': {'replicas': replicas, 'selector': {'matchLabels': {'app': name}},
                                    'template': {'metadata': {'labels': {'app': name}},
                                                 'spec': {'containers': [{'name': 'main', 'image': image}]}}}}, sort_keys=False)
