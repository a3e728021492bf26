"""Row 14 of the homelab: a clear Ready=False that names the culprit, nothing pruned or lost, others unharmed, recovery by itself."""
import socket, threading

import yaml

from system import condition, config_map, deployment


def start(s, name, files, path='./', **spec):
    repo = s.repository(name, files)
    s.apply(s.git_repository(name, repo), s.kustomization(name, name, path, retryInterval='1s', **spec))
    return repo


def good_then(s, name, bad_files):
    """Applies a good revision, pushes the bad one and returns the repository."""
    repo = start(s, name, {'cm.yaml': config_map(name, {'v': '1'}, 'default')})
    s.wait_ready('Kustomization', name)
    repo.commit(bad_files)
    s.reconcile('GitRepository', name)
    return repo


def recovers(s, name, repo, files):
    repo.commit(files)
    s.reconcile('GitRepository', name)
    s.wait_ready('Kustomization', name, revision=repo.revision())


def test_invalid_yaml_names_the_file_and_prunes_nothing(system):
    s = system
    repo = good_then(s, 'bad-yaml', {'cm.yaml': None, 'broken.yaml': 'kind: ConfigMap\nmetadata: {name: x\n'})
    o = s.wait_not_ready('Kustomization', 'bad-yaml', reason='BuildFailed', contains='broken.yaml')
    assert s.get('ConfigMap', 'bad-yaml', 'default'), 'a failing build must not prune'
    assert [e['id'] for e in o['status']['inventory']['entries']] == ['default_bad-yaml__ConfigMap']
    assert o['status']['lastAppliedRevision'] != o['status']['lastAttemptedRevision'] == repo.revision()
    e = s.wait_event('Kustomization', 'bad-yaml', lambda e: e['type'] == 'Warning')
    assert e['reason'] == 'BuildFailed' and '/tmp/' not in e['message'], 'no random path: notifications must be de-duplicated'
    recovers(s, 'bad-yaml', repo, {'broken.yaml': None, 'cm.yaml': config_map('bad-yaml', {'v': '2'}, 'default')})
    assert s.get('ConfigMap', 'bad-yaml', 'default')['data'] == {'v': '2'}


def test_kustomization_that_does_not_build(system):
    s = system
    repo = good_then(s, 'no-build', {'kustomization.yaml': 'resources:\n- missing.yaml\n'})
    s.wait_not_ready('Kustomization', 'no-build', reason='BuildFailed', contains='missing.yaml')
    assert s.get('ConfigMap', 'no-build', 'default')
    recovers(s, 'no-build', repo, {'kustomization.yaml': 'resources:\n- cm.yaml\n'})


def test_missing_crd(system):
    s = system
    widget = yaml.safe_dump({'apiVersion': 'example.com/v1', 'kind': 'Widget', 'metadata': {'name': 'w', 'namespace': 'default'}, 'spec': {}})
    repo = good_then(s, 'no-crd', {'w.yaml': widget})
    s.wait_not_ready('Kustomization', 'no-crd', reason='ReconciliationFailed', contains='no matches for kind "Widget" in version "example.com/v1"')
    assert s.get('ConfigMap', 'no-crd', 'default')
    crd = {'apiVersion': 'apiextensions.k8s.io/v1', 'kind': 'CustomResourceDefinition', 'metadata': {'name': 'widgets.example.com'},
           'spec': {'group': 'example.com', 'scope': 'Namespaced', 'names': {'kind': 'Widget', 'plural': 'widgets', 'singular': 'widget', 'listKind': 'WidgetList'},
                    'versions': [{'name': 'v1', 'served': True, 'storage': True,
                                  'schema': {'openAPIV3Schema': {'type': 'object', 'x-kubernetes-preserve-unknown-fields': True}}}]}}
    s.apply(crd)
    s.wait_ready('Kustomization', 'no-crd', revision=repo.revision())  # by itself, at its retry interval


def test_path_that_is_not_there(system):
    s = system
    start(s, 'no-path', {'cm.yaml': config_map('no-path', namespace='default')}, './missing')
    o = s.wait_not_ready('Kustomization', 'no-path', reason='ArtifactFailed', contains='kustomization path not found')
    assert 'missing: no such file or directory' in condition(o, 'Ready')['message']


def test_path_that_leaves_the_artifact(system):
    s = system
    start(s, 'outside', {'a/kustomization.yaml': 'resources: [../../../../etc/passwd]\n'}, './a')
    s.wait_not_ready('Kustomization', 'outside', reason='BuildFailed', contains='etc/passwd')


def test_missing_source_and_source_without_artifact(system):
    s = system
    s.apply(s.kustomization('no-source', 'nowhere'))
    s.wait_not_ready('Kustomization', 'no-source', reason='ArtifactFailed', contains='"nowhere" not found')
    s.apply(s.git_repository('nowhere', f'http://127.0.0.1:{s.git_port}/nowhere.git'))
    s.wait_not_ready('Kustomization', 'no-source', reason='ArtifactFailed', contains='Source artifact not found, retrying in 30s')
    s.wait_not_ready('GitRepository', 'nowhere', reason='GitOperationFailed', contains='failed to checkout and determine revision')
    s.repository('nowhere', {'cm.yaml': config_map('nowhere', namespace='default')})
    s.reconcile('GitRepository', 'nowhere')
    s.wait_ready('Kustomization', 'no-source')


def test_missing_auth_secret(system):
    s = system
    repo = s.repository('no-secret', {'cm.yaml': config_map('no-secret', namespace='default')})
    s.apply(s.git_repository('no-secret', repo, secretRef={'name': 'no-such'}))
    s.wait_not_ready('GitRepository', 'no-secret', reason='AuthenticationFailed', contains='no-such')
    s.apply({'apiVersion': 'v1', 'kind': 'Secret', 'metadata': {'name': 'no-such', 'namespace': 'flux-system'}, 'stringData': {'username': 'u', 'password': 'p'}})
    s.wait_ready('GitRepository', 'no-secret', revision=repo.revision())


def test_silent_git_host_costs_its_timeout_not_a_worker(system):
    s = system
    with socket.socket() as silent:
        silent.bind(('127.0.0.1', 0))
        silent.listen(16)
        for i in range(4):  # more than source-controller has workers
            s.apply(s.git_repository(f'silent-{i}', f'http://127.0.0.1:{silent.getsockname()[1]}/x.git', timeout='4s'))
        repo = s.repository('beside-silent', {'cm.yaml': config_map('beside', namespace='default')})
        s.apply(s.git_repository('beside-silent', repo))
        s.wait_ready('GitRepository', 'beside-silent', seconds=3.5)
        s.wait_not_ready('GitRepository', 'silent-0', reason='GitOperationFailed', contains='deadline exceeded', seconds=15)
        for i in range(4):
            s.delete('GitRepository', f'silent-{i}')
        for i in range(4):
            s.wait_gone('GitRepository', f'silent-{i}')


def test_refused_connection_names_the_host(system):
    s = system
    with socket.socket() as closed:
        closed.bind(('127.0.0.1', 0))
        port = closed.getsockname()[1]
    s.apply(s.git_repository('refused', f'http://127.0.0.1:{port}/x.git'))
    s.wait_not_ready('GitRepository', 'refused', reason='GitOperationFailed', contains=f'127.0.0.1:{port}')


def test_branch_that_is_not_there(system):
    s = system
    repo = s.repository('no-branch', {'cm.yaml': config_map('no-branch', namespace='default')})
    s.apply(s.git_repository('no-branch', repo, ref={'branch': 'nope'}))
    s.wait_not_ready('GitRepository', 'no-branch', reason='GitOperationFailed', contains='nope')
    assert s.get('GitRepository', 'no-branch')['status'].get('artifact') is None


def test_object_that_the_api_server_refuses(system):
    s = system
    bad = yaml.safe_dump({'apiVersion': 'v1', 'kind': 'ConfigMap', 'metadata': {'name': 'Not_Valid', 'namespace': 'default'}})
    repo = good_then(s, 'refused-object', {'bad.yaml': bad})
    s.wait_not_ready('Kustomization', 'refused-object', reason='ReconciliationFailed', contains='Not_Valid')
    assert s.get('ConfigMap', 'refused-object', 'default')
    recovers(s, 'refused-object', repo, {'bad.yaml': None})


def test_image_that_cannot_be_pulled_is_named(system):
    s = system
    start(s, 'no-image', {'d.yaml': deployment('no-image', 'registry.invalid/app:1', 'default')}, wait=True, timeout='30s')
    o = s.wait_not_ready('Kustomization', 'no-image', reason='HealthCheckFailed', contains='no-image', seconds=45)
    assert 'pull' in condition(o, 'Ready')['message'].lower(), condition(o, 'Ready')['message']


def test_sops_secret_without_decryption_is_refused(system):
    s = system
    secret = yaml.safe_dump({'apiVersion': 'v1', 'kind': 'Secret', 'metadata': {'name': 'sealed', 'namespace': 'default'}, 'data': {'k': 'RU5D'},
                             'sops': {'mac': 'ENC[x]', 'version': '3.9.0'}})
    start(s, 'sealed', {'s.yaml': secret})
    s.wait_not_ready('Kustomization', 'sealed', contains='SOPS encrypted')
    assert s.get('Secret', 'sealed', 'default') is None


def test_unsupported_kinds_say_so(system):
    """Nothing pretends: helm-controller and the other sources are stalled with a clear reason, without finalizers."""
    s = system
    s.apply({'apiVersion': 'helm.toolkit.fluxcd.io/v2', 'kind': 'HelmRelease', 'metadata': {'name': 'release', 'namespace': 'flux-system'},
             'spec': {'interval': '1m', 'chart': {'spec': {'chart': 'x', 'sourceRef': {'kind': 'HelmRepository', 'name': 'x'}}}}})
    o = s.wait_not_ready('HelmRelease', 'release', reason='NotSupported')
    assert condition(o, 'Stalled')['status'] == 'True' and not o['metadata'].get('finalizers')


def test_others_go_on_beside_a_broken_one(system):
    s = system
    start(s, 'beside-broken', {'kustomization.yaml': 'resources: [nothing]\n'})
    s.wait_not_ready('Kustomization', 'beside-broken', reason='BuildFailed')
    repo = start(s, 'beside-good', {'cm.yaml': config_map('beside-good', namespace='default')})
    s.wait_ready('Kustomization', 'beside-good', revision=repo.revision())
