"""The demo homelab: makes its Git repository and knows what it holds."""
import glob, os, re, shutil, subprocess

import yaml

here = os.path.dirname(os.path.abspath(__file__))
CRDS = os.path.join(here, '..', 'crds')
URL = re.compile(r'^(  url: )\S+$', re.M)


def crds():
    """The eleven custom resource definitions of deploy/crds."""
    found = []
    for path in sorted(glob.glob(os.path.join(CRDS, '*.yaml'))):
        with open(path) as f:
            found += [d for d in yaml.safe_load_all(f) if d and d.get('kind') == 'CustomResourceDefinition']
    return found


def git(directory, *argv):
    env = dict(os.environ, GIT_CONFIG_GLOBAL='/dev/null', GIT_CONFIG_NOSYSTEM='1')
    subprocess.run(['git', '-C', directory, *argv], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, env=env)


def create(bare, url, clone):
    """A bare repository with the demo's files as its first commit, and a clone to work in."""
    os.makedirs(bare, exist_ok=True)
    subprocess.run(['git', 'init', '-q', '--bare', '-b', 'main', bare], check=True)
    git(bare, 'config', 'http.receivepack', 'true')  # anybody on this machine may push to the demo
    shutil.copytree(os.path.join(here, 'demo'), clone, dirs_exist_ok=True)
    with open(os.path.join(clone, 'clusters/home/flux-system/gotk-components.yaml'), 'w') as f:
        f.write('# What the cluster needs for Flux objects. The controllers run beside the cluster here, as local processes.\n')
        yaml.safe_dump_all([{'apiVersion': 'v1', 'kind': 'Namespace', 'metadata': {'name': 'flux-system'}}] + crds(), f, sort_keys=False)
    _write_url(clone, url)
    subprocess.run(['git', 'init', '-q', '-b', 'main', clone], check=True)
    git(clone, 'config', 'user.name', 'Homelab')
    git(clone, 'config', 'user.email', 'homelab@example.com')
    git(clone, 'remote', 'add', 'origin', url)
    git(clone, 'config', 'branch.main.remote', 'origin')  # a plain `git push` works
    git(clone, 'config', 'branch.main.merge', 'refs/heads/main')
    git(clone, 'add', '-A')
    git(clone, 'commit', '-q', '-m', 'the homelab')
    git(clone, 'push', '-q', bare, 'main')


def _write_url(clone, url):
    path = os.path.join(clone, 'clusters/home/flux-system/gotk-sync.yaml')
    with open(path) as f:
        text = f.read()
    changed = URL.sub(lambda m: m.group(1) + url, text)
    if changed != text:
        with open(path, 'w') as f:
            f.write(changed)
    return changed != text


def set_url(clone, bare, url):
    """After a restart the Git server has another port: say so in the repository."""
    git(clone, 'remote', 'set-url', 'origin', url)
    if _write_url(clone, url):
        git(clone, 'commit', '-q', '-m', 'another port', 'clusters/home/flux-system/gotk-sync.yaml')
        git(clone, 'push', '-q', bare, 'HEAD:main')


def flux_system(clone):
    """What `flux bootstrap` would apply first: the namespace and the two objects of gotk-sync.yaml."""
    found = [{'apiVersion': 'v1', 'kind': 'Namespace', 'metadata': {'name': 'flux-system'}}]
    with open(os.path.join(clone, 'clusters/home/flux-system/gotk-sync.yaml')) as f:
        return found + [d for d in yaml.safe_load_all(f) if d]


def expected():
    """Objects that the repository makes: 'Kind/namespace/name'."""
    names = []
    for path in glob.glob(os.path.join(here, 'demo', '**', '*.yaml'), recursive=True):
        with open(path) as f:
            for d in yaml.safe_load_all(f):
                if isinstance(d, dict) and str(d.get('apiVersion', '')).split('/')[0].endswith('.toolkit.fluxcd.io') and d['kind'] in ('Kustomization', 'GitRepository'):
                    names.append(f'{d["kind"]}/{d["metadata"]["namespace"]}/{d["metadata"]["name"]}')
    return names
