"""Rows 2, 3, 5, 6, 7, 8 and 13 of the homelab: what a user does every day."""
import base64, json, subprocess, time

import yaml

from system import condition, config_map, deployment, ready

OWNER = 'kustomize.toolkit.fluxcd.io/'


def setup(s, name, files, path='./', **spec):
    repo = s.repository(name, files)
    s.apply(s.git_repository(name, repo), s.kustomization(name, name, path, **spec))
    s.wait_ready('Kustomization', name)
    return repo


def test_push_is_applied_after_reconcile(system):
    """Row 2."""
    s = system
    repo = setup(s, 'push', {'cm.yaml': config_map('push', {'v': '1'}, 'default')})
    assert s.get('ConfigMap', 'push', 'default')['data'] == {'v': '1'}
    repo.commit({'cm.yaml': config_map('push', {'v': '2'}, 'default')})
    out = s.reconcile('GitRepository', 'push')
    assert f'fetched revision {repo.revision()}' in out.stderr
    s.wait_ready('Kustomization', 'push', revision=repo.revision())
    assert s.get('ConfigMap', 'push', 'default')['data'] == {'v': '2'}


def test_push_is_applied_within_the_interval(system):
    """Row 2: without a word from anybody."""
    s = system
    repo = s.repository('interval', {'cm.yaml': config_map('interval', {'v': '1'}, 'default')})
    s.apply(s.git_repository('interval', repo, interval='2s'), s.kustomization('interval', 'interval'))
    s.wait_ready('Kustomization', 'interval')
    repo.commit({'cm.yaml': config_map('interval', {'v': '2'}, 'default')})
    s.wait_ready('Kustomization', 'interval', revision=repo.revision(), seconds=15)
    assert s.get('ConfigMap', 'interval', 'default')['data'] == {'v': '2'}


def test_objects_are_owned_listed_and_in_the_target_namespace(system):
    """Row 3."""
    s = system
    s.apply({'apiVersion': 'v1', 'kind': 'Namespace', 'metadata': {'name': 'owned'}})
    repo = setup(s, 'owned', {'app/cm.yaml': config_map('a'), 'app/deploy.yaml': deployment('web')}, './app', targetNamespace='owned', wait=True)
    o = s.get('Kustomization', 'owned')
    ids = [e['id'] for e in o['status']['inventory']['entries']]
    assert ids == ['owned_a__ConfigMap', 'owned_web_apps_Deployment']
    assert o['status']['inventory']['entries'][1]['v'] == 'v1'
    cm = s.get('ConfigMap', 'a', 'owned')
    assert cm['metadata']['labels'][OWNER + 'name'] == 'owned'
    assert cm['metadata']['labels'][OWNER + 'namespace'] == 'flux-system'
    managers = {(m['manager'], m['operation']) for m in cm['metadata']['managedFields']}
    assert managers == {('kustomize-controller', 'Apply')}
    assert o['status']['lastAppliedRevision'] == o['status']['lastAttemptedRevision'] == repo.revision()
    assert condition(o, 'Ready')['message'] == f'Applied revision: {repo.revision()}'
    assert condition(o, 'Ready')['reason'] == 'ReconciliationSucceeded'
    assert condition(o, 'Healthy')['status'] == 'True'
    assert o['metadata']['finalizers'] == ['finalizers.fluxcd.io']


def test_dependent_waits_and_starts_when_the_dependency_is_ready(system):
    """Row 5: and not 30 s later."""
    s = system
    repo = s.repository('deps', {'first/d.yaml': deployment('deps-first', namespace='default', annotations={'sandbox.runnel.dev/ready-after': '3s'}),
                                 'second/cm.yaml': config_map('deps-second', namespace='default')})
    s.apply(s.git_repository('deps', repo), s.kustomization('deps-second', 'deps', './second', dependsOn=[{'name': 'deps-first'}]))
    s.wait_not_ready('Kustomization', 'deps-second', reason='DependencyNotReady', contains="dependency 'flux-system/deps-first' not found")
    s.apply(s.kustomization('deps-first', 'deps', './first', wait=True))
    s.wait_not_ready('Kustomization', 'deps-second', reason='DependencyNotReady', contains="dependency 'flux-system/deps-first' is not ready")
    assert s.get('ConfigMap', 'deps-second', 'default') is None
    s.wait_ready('Kustomization', 'deps-first')
    began = time.monotonic()
    s.wait_ready('Kustomization', 'deps-second', seconds=10)
    assert time.monotonic() - began < 3, 'the dependent did not start at once'


def test_removed_line_prunes_and_restored_line_restores(system):
    """Row 6: a root Kustomization that lists services."""
    s = system
    ks = lambda n: yaml.safe_dump(s.kustomization(n, 'root', f'./manifests/{n}'))
    root = lambda *names: yaml.safe_dump({'apiVersion': 'kustomize.config.k8s.io/v1beta1', 'kind': 'Kustomization',
                                          'resources': [n + '.yaml' for n in names]})
    repo = setup(s, 'root', {'apps/kustomization.yaml': root('one', 'two'), 'apps/one.yaml': ks('one'), 'apps/two.yaml': ks('two'),
                             'manifests/one/cm.yaml': config_map('one', namespace='default'),
                             'manifests/two/cm.yaml': config_map('two', namespace='default')}, './apps')
    s.wait_ready('Kustomization', 'two')
    assert s.get('ConfigMap', 'two', 'default')
    repo.commit({'apps/kustomization.yaml': root('one')})
    s.reconcile('GitRepository', 'root')
    s.wait_gone('Kustomization', 'two')
    s.wait_gone('ConfigMap', 'two', 'default')
    assert s.get('ConfigMap', 'one', 'default'), 'the other service must stay'
    repo.commit({'apps/kustomization.yaml': root('one', 'two')})
    s.reconcile('GitRepository', 'root')
    s.wait_ready('Kustomization', 'two')
    assert s.get('ConfigMap', 'two', 'default')


def test_edits_by_hand_are_reverted_with_an_event_that_names_the_object(system):
    """Row 7."""
    s = system
    setup(s, 'drift', {'cm.yaml': config_map('drift', {'v': 'git'}, 'default'), 'gone.yaml': config_map('drift-gone', namespace='default')})
    s.patch('ConfigMap', 'drift', {'data': {'v': 'hand'}}, 'default')
    s.delete('ConfigMap', 'drift-gone', 'default')
    s.reconcile('Kustomization', 'drift')
    assert s.get('ConfigMap', 'drift', 'default')['data'] == {'v': 'git'}
    assert s.get('ConfigMap', 'drift-gone', 'default')
    e = s.wait_event('Kustomization', 'drift', lambda e: 'ConfigMap/default/drift configured' in e['message'])
    assert 'ConfigMap/default/drift-gone created' in e['message'] and e['type'] == 'Normal' and e['reason'] == 'Progressing'
    assert e['metadata']['annotations'][OWNER + 'revision'].startswith('main@sha1:')


def annotated(name, key, value, data='git'):
    return config_map(name, {'v': data}, 'default', annotations={OWNER + key: value})


def test_annotations_on_objects(system):
    """Row 8: each annotation does what it says."""
    s = system
    live = lambda n: s.get('ConfigMap', n, 'default')
    s.apply({'apiVersion': 'v1', 'kind': 'ConfigMap', 'metadata': {'name': 'ann-merge', 'namespace': 'default'}, 'data': {'mine': 'kept'}})
    files = {'prune.yaml': annotated('ann-prune', 'prune', 'disabled'), 'once.yaml': annotated('ann-once', 'ssa', 'IfNotPresent'),
             'merge.yaml': annotated('ann-merge', 'ssa', 'Merge'), 'ignore.yaml': annotated('ann-ignore', 'ssa', 'Ignore'),
             'plain.yaml': config_map('ann-plain', {'v': 'git'}, 'default')}
    repo = setup(s, 'annotations', files)
    assert live('ann-ignore') is None, 'ssa: Ignore is never created'
    assert live('ann-merge')['data'] == {'mine': 'kept', 'v': 'git'}
    s.patch('ConfigMap', 'ann-once', {'data': {'v': 'hand'}}, 'default')
    s.patch('ConfigMap', 'ann-merge', {'data': {'more': 'hand'}}, 'default')
    s.patch('ConfigMap', 'ann-plain', {'data': {'v': 'hand'}, 'metadata': {'annotations': {OWNER + 'reconcile': 'disabled'}}}, 'default')
    s.reconcile('Kustomization', 'annotations')
    assert live('ann-once')['data'] == {'v': 'hand'}, 'IfNotPresent is created once and left alone'
    assert live('ann-merge')['data'] == {'mine': 'kept', 'v': 'git', 'more': 'hand'}, 'Merge keeps foreign fields'
    assert live('ann-plain')['data'] == {'v': 'hand'}, 'disabled on the live object: not corrected'
    repo.commit({f: None for f in files} | {'left.yaml': config_map('ann-left', namespace='default')})
    s.reconcile('GitRepository', 'annotations')
    s.wait_ready('Kustomization', 'annotations', revision=repo.revision())
    assert live('ann-prune'), 'prune: disabled stays'
    assert live('ann-once') is None and live('ann-merge') is None
    assert live('ann-plain'), 'reconcile: disabled is not pruned either'


def test_placeholder_secret_is_created_once_and_never_overwritten(system):
    """Row 8: with --create-disabled-objects, which the supervisor sets."""
    s = system
    secret = {'apiVersion': 'v1', 'kind': 'Secret', 'metadata': {'name': 'placeholder', 'namespace': 'default',
                                                                 'annotations': {OWNER + 'reconcile': 'disabled'}}, 'stringData': {'password': 'change-me'}}
    repo = setup(s, 'placeholder', {'secret.yaml': yaml.safe_dump(secret)})
    value = lambda: base64.b64decode(s.get('Secret', 'placeholder', 'default')['data']['password'])
    assert value() == b'change-me'
    s.patch('Secret', 'placeholder', {'stringData': {'password': 'real'}}, 'default')
    s.reconcile('Kustomization', 'placeholder')
    assert value() == b'real'
    repo.commit({'secret.yaml': None, 'cm.yaml': config_map('placeholder-other', namespace='default')})
    s.reconcile('GitRepository', 'placeholder')
    s.wait_ready('Kustomization', 'placeholder', revision=repo.revision())
    assert value() == b'real', 'never pruned'


def test_force_annotation_recreates_on_immutable_fields(system):
    """Row 8, and spec.force: without it the failure names the field."""
    s = system
    secret = lambda v, **m: yaml.safe_dump({'apiVersion': 'v1', 'kind': 'Secret', 'metadata': {'name': 'immutable', 'namespace': 'default', **m},
                                            'stringData': {'v': v}, 'immutable': True})
    repo = setup(s, 'immutable', {'s.yaml': secret('1')})
    uid = s.get('Secret', 'immutable', 'default')['metadata']['uid']
    repo.commit({'s.yaml': secret('2')})
    s.reconcile_failed = s.flux('reconcile', 'source', 'git', 'immutable')
    s.wait_not_ready('Kustomization', 'immutable', reason='ReconciliationFailed', contains='immutable')
    assert s.get('Secret', 'immutable', 'default')['metadata']['uid'] == uid
    repo.commit({'s.yaml': secret('2', annotations={OWNER + 'force': 'enabled'})})
    s.flux('reconcile', 'source', 'git', 'immutable')
    s.wait_ready('Kustomization', 'immutable', revision=repo.revision())
    new = s.get('Secret', 'immutable', 'default')
    assert new['metadata']['uid'] != uid and base64.b64decode(new['data']['v']) == b'2'


def test_suspend_and_resume(system):
    """Row 13."""
    s = system
    repo = setup(s, 'suspended', {'cm.yaml': config_map('suspended', {'v': '1'}, 'default')})
    out = s.flux('suspend', 'kustomization', 'suspended')
    assert out.stderr.splitlines() == ['► suspending kustomization suspended in flux-system namespace', '✔ kustomization suspended']
    repo.commit({'cm.yaml': config_map('suspended', {'v': '2'}, 'default')})
    s.reconcile('GitRepository', 'suspended')
    failed = s.flux('reconcile', 'kustomization', 'suspended', check=False)
    assert failed.returncode == 1 and failed.stderr == '✗ resource is suspended\n'
    s.delete('ConfigMap', 'suspended', 'default')
    time.sleep(1)  # nothing must happen: there is no event to wait for
    assert s.get('ConfigMap', 'suspended', 'default') is None
    out = s.flux('resume', 'kustomization', 'suspended')
    assert '✔ kustomization resumed' in out.stderr and f'✔ applied revision {repo.revision()}' in out.stderr
    assert s.get('ConfigMap', 'suspended', 'default')['data'] == {'v': '2'}


def test_deleting_a_kustomization_deletes_what_it_applied(system):
    s = system
    setup(s, 'deleted', {'cm.yaml': config_map('deleted', namespace='default')})
    s.delete('Kustomization', 'deleted')
    s.wait_gone('Kustomization', 'deleted')
    assert s.get('ConfigMap', 'deleted', 'default') is None


def test_deleting_a_suspended_kustomization_leaves_its_objects(system):
    s = system
    setup(s, 'orphaned', {'cm.yaml': config_map('orphaned', namespace='default')})
    s.patch('Kustomization', 'orphaned', {'spec': {'suspend': True}})
    s.delete('Kustomization', 'orphaned')
    s.wait_gone('Kustomization', 'orphaned')
    assert s.get('ConfigMap', 'orphaned', 'default')


def test_new_revision_supersedes_a_running_wait(system):
    """A fix is applied at once, not when the broken one's timeout is over."""
    s = system
    never = {'sandbox.runnel.dev/never-ready': 'true'}
    repo = s.repository('supersede', {'d.yaml': deployment('supersede', namespace='default', annotations=never)})
    s.apply(s.git_repository('supersede', repo), s.kustomization('supersede', 'supersede', wait=True, timeout='5m'))
    s.wait('Kustomization', 'supersede', lambda o: 'Running health checks' in condition(o, 'Reconciling').get('message', ''))
    repo.commit({'d.yaml': deployment('supersede', 'nginx:1.28', namespace='default')})
    s.reconcile('GitRepository', 'supersede')
    s.wait_ready('Kustomization', 'supersede', revision=repo.revision(), seconds=15)


def test_unhealthy_deployment_fails_at_its_timeout_and_names_the_cause(system):
    s = system
    repo = s.repository('unhealthy', {'d.yaml': deployment('unhealthy', 'registry.invalid/none:1', 'default')})
    s.apply(s.git_repository('unhealthy', repo), s.kustomization('unhealthy', 'unhealthy', wait=True, timeout='30s', retryInterval='2s'))
    o = s.wait_not_ready('Kustomization', 'unhealthy', reason='HealthCheckFailed', contains='Deployment/default/unhealthy', seconds=45)
    assert condition(o, 'Reconciling')['reason'] == 'ProgressingWithRetry'
    assert o['status']['observedGeneration'] in (-1, 0), 'observedGeneration stays behind on failure'
    repo.commit({'d.yaml': deployment('unhealthy', 'nginx:1.27', 'default')})
    s.reconcile('GitRepository', 'unhealthy')
    s.wait_ready('Kustomization', 'unhealthy', revision=repo.revision())
