"""Row 18 of the homelab without charts: private repositories by password, token and SSH key; refs of every kind; a revoked credential."""
import base64, os, subprocess, sys

import pytest
import yaml

from system import GIT_ENV, condition, config_map

KEYS = ['rsa', 'rsa_pem', 'ed25519', 'ecdsa']


@pytest.fixture(scope='module')
def sshd(system):
    from sshd import Sshd
    with Sshd(system.sup.path('sshd')) as server:
        yield server


def secret(name, **data):
    return {'apiVersion': 'v1', 'kind': 'Secret', 'metadata': {'name': name, 'namespace': 'flux-system'},
            'data': {k.replace('__', '.'): base64.b64encode(v.encode() if isinstance(v, str) else v).decode() for k, v in data.items()}}


@pytest.mark.parametrize('kind', KEYS)
def test_ssh_deploy_key(system, sshd, kind):
    s = system
    name = 'ssh-' + kind.replace('_', '-')
    repo = s.repository(name, {'cm.yaml': config_map(name, namespace='default')})
    s.apply(secret(name, identity=sshd.key(kind), known_hosts=sshd.known_hosts()),
            s.git_repository(name, sshd.url(repo.bare), secretRef={'name': name}, timeout='20s'))
    s.wait_ready('GitRepository', name, revision=repo.revision())


def test_ssh_encrypted_key(system, sshd):
    s = system
    repo = s.repository('ssh-pass', {'cm.yaml': config_map('ssh-pass', namespace='default')})
    s.apply(secret('ssh-pass', identity=sshd.key('ed25519_pass'), password='wrong', known_hosts=sshd.known_hosts()),
            s.git_repository('ssh-pass', sshd.url(repo.bare), secretRef={'name': 'ssh-pass'}, timeout='20s'))
    s.wait_not_ready('GitRepository', 'ssh-pass', contains='pass')
    s.apply(secret('ssh-pass', identity=sshd.key('ed25519_pass'), password='secret', known_hosts=sshd.known_hosts()))
    s.reconcile('GitRepository', 'ssh-pass')
    s.wait_ready('GitRepository', 'ssh-pass', revision=repo.revision())


def test_ssh_unknown_host_key_is_refused(system, sshd):
    s = system
    repo = s.repository('ssh-mitm', {'cm.yaml': config_map('ssh-mitm', namespace='default')})
    s.apply(secret('ssh-mitm', identity=sshd.key('ed25519'), known_hosts=sshd.known_hosts('known_hosts_wrong')),
            s.git_repository('ssh-mitm', sshd.url(repo.bare), secretRef={'name': 'ssh-mitm'}, timeout='20s'))
    s.wait_not_ready('GitRepository', 'ssh-mitm', reason='GitOperationFailed', contains='known')


@pytest.fixture(scope='module')
def private_http(system):
    """A second Git server that wants user and password."""
    import supervisor
    s = system
    port = supervisor.free_port()
    s.sup.run('git-private', [sys.executable, supervisor.GIT_HTTP, '--root', s.sup.path('git'), '--port', str(port), '--user', 'u', '--password', 'p'])
    s.sup.wait_for('the private Git server', lambda: supervisor._get(port, '/') > 0)
    return port


def test_basic_auth_and_revoked_credential(system, private_http):
    s = system
    repo = s.repository('private', {'cm.yaml': config_map('private', {'v': '1'}, 'default')})
    url = f'http://127.0.0.1:{private_http}/private.git'
    s.apply(s.git_repository('private', url, secretRef={'name': 'private'}))
    s.apply(secret('private', username='u', password='wrong'))
    o = s.wait_not_ready('GitRepository', 'private', reason='GitOperationFailed')
    assert 'wrong' not in yaml.safe_dump(o) and 'wrong' not in s.log('source-controller'), 'a password must not show'
    s.apply(secret('private', username='u', password='p'))
    s.reconcile('GitRepository', 'private')
    o = s.wait_ready('GitRepository', 'private', revision=repo.revision())
    s.apply(s.kustomization('private', 'private'))
    s.wait_ready('Kustomization', 'private')
    s.apply(secret('private', username='u', password='revoked'))
    repo.commit({'cm.yaml': config_map('private', {'v': '2'}, 'default')})
    s.flux('reconcile', 'source', 'git', 'private', check=False)
    bad = s.wait_not_ready('GitRepository', 'private')
    assert bad['status']['artifact'] == o['status']['artifact'], 'the old artifact stays'
    s.reconcile('Kustomization', 'private')
    assert s.get('ConfigMap', 'private', 'default')['data'] == {'v': '1'}


def test_refs(system):
    s = system
    repo = s.repository('refs', {'f.yaml': config_map('refs', {'v': '1'}, 'default')})
    first = repo.head()
    repo.git('tag', '-a', 'v1.0.0', '-m', 'one')
    repo.commit({'f.yaml': config_map('refs', {'v': '2'}, 'default')})
    repo.git('tag', 'v1.1.0')
    repo.git('tag', 'v2.0.0-rc.1')
    repo.git('push', '-q', repo.bare, '--tags', 'HEAD:refs/heads/main', 'HEAD:refs/heads/other', 'HEAD:refs/pull/1/head')
    second = repo.head()
    for name, ref, want in [('tag', {'tag': 'v1.0.0'}, f'v1.0.0@sha1:{first}'), ('semver', {'semver': '>=1.0.0 <2.0.0'}, f'v1.1.0@sha1:{second}'),
                            ('pre', {'semver': '>=2.0.0-0'}, f'v2.0.0-rc.1@sha1:{second}'), ('commit', {'commit': first}, f'sha1:{first}'),
                            ('branch-commit', {'branch': 'main', 'commit': first}, f'main@sha1:{first}'),
                            ('name', {'name': 'refs/pull/1/head'}, f'refs/pull/1/head@sha1:{second}'), ('branch', {'branch': 'other'}, f'other@sha1:{second}')]:
        s.apply(s.git_repository('refs-' + name, repo, ref=ref))
        s.wait_ready('GitRepository', 'refs-' + name, revision=want)
    s.apply(s.git_repository('refs-none', repo, ref={'semver': '>=3.0.0'}))
    s.wait_not_ready('GitRepository', 'refs-none', reason='GitOperationFailed', contains='3.0.0')


def test_ignore_rules(system):
    s = system
    import io, tarfile, urllib.request
    repo = s.repository('ignore', {'a.yaml': 'a', 'secret/b.yaml': 'b', 'docs/c.md': 'c', '.sourceignore': 'secret/\n', 'pic.png': 'x', '.github/w.yaml': 'w'})

    def names():
        o = s.wait_ready('GitRepository', 'ignore')
        url = o['status']['artifact']['url']
        return sorted(m.name for m in tarfile.open(fileobj=io.BytesIO(urllib.request.urlopen(url).read())) if m.isfile())
    s.apply(s.git_repository('ignore', repo))
    assert names() == ['.github/w.yaml', '.sourceignore', 'a.yaml', 'docs/c.md', 'pic.png'], 'a pattern of its own switches the defaults off'
    s.apply(s.git_repository('ignore', repo, ignore='/*\n!/docs\n'))
    s.wait('GitRepository', 'ignore', lambda o: o['status'].get('observedIgnore') == '/*\n!/docs\n')
    assert names() == ['docs/c.md']
    repo.commit({'.sourceignore': None, 'other.md': 'x'})
    s.apply(s.git_repository('ignore-default', repo))
    o = s.wait_ready('GitRepository', 'ignore-default')
    found = sorted(m.name for m in tarfile.open(fileobj=io.BytesIO(urllib.request.urlopen(o['status']['artifact']['url']).read())) if m.isfile())
    assert found == ['a.yaml', 'docs/c.md', 'other.md', 'secret/b.yaml'], 'without any pattern: pictures and CI files are left out'


def test_unchanged_remote_is_one_ls_remote_and_no_new_artifact(system):
    s = system
    repo = s.repository('noop', {'a.yaml': config_map('noop', namespace='default')})
    s.apply(s.git_repository('noop', repo))
    before = s.wait_ready('GitRepository', 'noop')['status']['artifact']
    s.reconcile('GitRepository', 'noop')
    assert s.get('GitRepository', 'noop')['status']['artifact'] == before
