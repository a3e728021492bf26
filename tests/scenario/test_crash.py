"""Row 16 of the homelab: kill -9 of any process at any time, a lost artifact volume, a dead bus, a faulty API server."""
import os, shutil, time

import pytest
import yaml

from system import condition, config_map, deployment

CONTROLLERS = ['source-controller', 'kustomize-controller', 'helm-controller', 'notification-controller']


def many(n, value, prefix='cm'):
    return {f'{prefix}-{i}.yaml': config_map(f'{prefix}-{i}', {'v': value}, 'default') for i in range(n)}


def uids(s):
    return {o['metadata']['name']: o['metadata']['uid'] for o in s.api.list('v1', 'ConfigMap', 'default') if o['metadata']['name'].startswith('cm-')}


@pytest.mark.parametrize('victim', CONTROLLERS)
def test_kill_in_the_middle_of_a_push(own_system, victim):
    s = own_system
    repo = s.repository('app', many(60, '1'))
    s.apply(s.git_repository('app', repo, interval='2s'), s.kustomization('app', 'app', retryInterval='1s'))
    s.wait_ready('Kustomization', 'app')
    before = uids(s)
    assert len(before) == 60
    for round_ in range(3):
        repo.commit(many(60, f'round {round_}'))
        time.sleep(0.05 * round_)  # another instant each round; whichever it hits must be survived
        s.kill(victim)
        s.wait_ready('Kustomization', 'app', revision=repo.revision(), seconds=40)
    assert uids(s) == before, 'nothing may be created again or pruned'
    assert all(o['data'] == {'v': 'round 2'} for o in s.api.list('v1', 'ConfigMap', 'default') if o['metadata']['name'].startswith('cm-'))


def test_all_controllers_killed_at_once(own_system):
    s = own_system
    repo = s.repository('app', many(20, '1'))
    s.apply(s.git_repository('app', repo, interval='2s'), s.kustomization('app', 'app'))
    s.wait_ready('Kustomization', 'app')
    before = uids(s)
    for name in CONTROLLERS:
        s.kill(name)
    repo.commit(many(20, '2'))
    s.wait_ready('Kustomization', 'app', revision=repo.revision(), seconds=40)
    assert uids(s) == before


def test_lost_artifact_volume(own_system):
    s = own_system
    repo = s.repository('app', many(5, '1'))
    s.apply(s.git_repository('app', repo), s.kustomization('app', 'app'))
    s.wait_ready('Kustomization', 'app')
    before = uids(s)
    s.kill('source-controller')
    for name in os.listdir(s.sup.path('data')):
        path = s.sup.path('data', name)
        shutil.rmtree(path) if os.path.isdir(path) else os.remove(path)
    s.wait('GitRepository', 'app', lambda o: o['status'].get('artifact') and os.path.exists(s.sup.path('data', o['status']['artifact']['path'])), seconds=30)
    s.wait_ready('GitRepository', 'app')
    s.reconcile('Kustomization', 'app')
    assert uids(s) == before


def test_tampered_artifact_is_refused(own_system):
    s = own_system
    repo = s.repository('app', many(3, '1'))
    s.apply(s.git_repository('app', repo), s.kustomization('app', 'app', suspend=True))
    o = s.wait_ready('GitRepository', 'app')
    path = s.sup.path('data', o['status']['artifact']['path'])
    with open(path, 'r+b') as f:
        f.seek(20)
        f.write(b'\xff\xff\xff')
    s.patch('Kustomization', 'app', {'spec': {'suspend': False}})
    s.wait_not_ready('Kustomization', 'app', reason='ArtifactFailed', contains='digest')
    assert not uids(s)
    s.reconcile('GitRepository', 'app')  # finds the damage and stores it again
    s.reconcile('Kustomization', 'app')
    assert len(uids(s)) == 3


def test_dead_bus(own_system):
    """Everything works through watches: the bus's directory is gone, the key is another one after a restart of one side."""
    s = own_system
    with open(s.sup.path('bus', 'key'), 'w') as f:
        f.write('00' * 32)
    s.kill('source-controller')  # comes back with another key: none of its frames opens
    repo = s.repository('app', many(3, '1'))
    s.apply(s.git_repository('app', repo), s.kustomization('app', 'app'))
    s.wait_ready('Kustomization', 'app')
    repo.commit(many(3, '2'))
    s.reconcile('GitRepository', 'app')
    s.wait_ready('Kustomization', 'app', revision=repo.revision())


@pytest.mark.parametrize('fault', [
    {'status': 429, 'retryAfter': 1, 'count': 20}, {'status': 500, 'count': 20}, {'status': 409, 'count': 10, 'method': 'PATCH'},
    {'drop': True, 'count': 10}, {'delayMs': 300, 'count': 50}], ids=lambda f: str(f.get('status') or next(iter(f))))
def test_faulty_api_server(own_system, fault):
    s = own_system
    repo = s.repository('app', many(30, '1'))
    s.apply(s.git_repository('app', repo, interval='1s'), s.kustomization('app', 'app', retryInterval='1s', interval='1s'))
    s.wait_ready('Kustomization', 'app')
    before = uids(s)
    s.api.request('POST', '/sandbox/faults', {'userAgent': '*-controller*', **fault})
    repo.commit(many(30, '2'))
    s.wait_ready('Kustomization', 'app', revision=repo.revision(), seconds=60)
    s.api.request('DELETE', '/sandbox/faults')
    assert uids(s) == before


def test_closed_watches_and_compaction(own_system):
    s = own_system
    repo = s.repository('app', many(3, '1'))
    s.apply(s.git_repository('app', repo), s.kustomization('app', 'app'))
    s.wait_ready('Kustomization', 'app')
    for i in range(3):
        s.api.request('POST', '/sandbox/compact')
        s.api.request('POST', '/sandbox/watches', {'mode': ['end', 'expired', 'abort'][i]})
        repo.commit(many(3, f'again {i}'))
        s.reconcile('GitRepository', 'app')
        s.wait_ready('Kustomization', 'app', revision=repo.revision(), seconds=40)


def test_api_server_killed_and_back(own_system):
    """The sandbox keeps its state in a file; the controllers outlive its absence."""
    s = own_system
    repo = s.repository('app', many(3, '1'))
    s.apply(s.git_repository('app', repo, interval='2s'), s.kustomization('app', 'app', retryInterval='1s'))
    s.wait_ready('Kustomization', 'app')
    before = uids(s)
    s.kill('runnel-sandbox', 15)
    repo.commit(many(3, '2'))
    s.wait_ready('Kustomization', 'app', revision=repo.revision(), seconds=60)
    assert uids(s) == before
