"""Rows 9 to 13 of the homelab: what the client prints and how it ends."""
import json, re, subprocess, time

import pytest
import yaml

from system import condition, config_map, deployment

GET_KINDS = ['kustomizations', 'helmreleases', 'alerts', 'alert-providers', 'receivers', 'sources git', 'sources oci', 'sources helm',
             'sources chart', 'sources bucket', 'sources external']


@pytest.fixture(scope='module')
def app(system):
    s = system
    s.apply({'apiVersion': 'v1', 'kind': 'Namespace', 'metadata': {'name': 'tenant'}})
    repo = s.repository('app', {'a/cm.yaml': config_map('cli-a', namespace='default'), 'a/d.yaml': deployment('cli-a', namespace='default'),
                                'b/cm.yaml': config_map('cli-b', namespace='default'), 'bad/kustomization.yaml': 'resources: [nothing.yaml]\n',
                                'root/ks.yaml': yaml.safe_dump(s.kustomization('nested', 'app', './b'))})
    s.apply(s.git_repository('app', repo), s.kustomization('app', 'app', './a', wait=True), s.kustomization('bad', 'app', './bad'),
            s.kustomization('root', 'app', './root'))
    s.apply({'apiVersion': 'notification.toolkit.fluxcd.io/v1beta3', 'kind': 'Provider', 'metadata': {'name': 'hook', 'namespace': 'tenant'},
             'spec': {'type': 'generic', 'address': 'http://127.0.0.1:9/'}})
    s.wait_ready('Kustomization', 'app')
    s.wait_ready('Kustomization', 'nested')
    s.wait_not_ready('Kustomization', 'bad')
    return repo


def test_get_table_is_laid_out_as_flux_does(system, app):
    out = system.flux('get', 'kustomizations').stdout
    lines = out.split('\n')
    short = app.head()[:8]
    assert lines[0].split('\t')[0].rstrip() == 'NAME' and not lines[0].endswith('\t')
    cells = [c.rstrip() for c in lines[1].split('\t')]
    assert cells == ['app', f'main@sha1:{short}', 'False', 'True', f'Applied revision: main@sha1:{short}', '']
    widths = [len(c) for c in lines[0].split('\t')]
    for line in lines[1:5]:
        assert [len(c) for c in line.split('\t')[:-1]] == widths and line.endswith('\t')
    assert lines[-1] == ''


def test_get_one_no_header_all_namespaces_and_source(system, app):
    s = system
    assert s.flux('get', 'ks', 'app', '--no-header').stdout.startswith('app\tmain@sha1:')
    assert s.flux('get', 'ks', '-A').stdout.startswith('NAMESPACE  \tNAME')
    assert 'GitRepository/flux-system/app' in s.flux('get', 'kustomizations', '--show-source').stdout


def test_get_with_status_selector(system, app):
    names = lambda *a: [l.split('\t')[0].strip() for l in system.flux('get', 'ks', *a).stdout.split('\n')[1:] if l]
    assert names('--status-selector', 'ready=false') == ['bad']
    assert names('--status-selector', 'Ready!=False') == ['app', 'nested', 'root']
    assert names('--status-selector', 'nothing=true') == []
    r = system.flux('get', 'ks', '--status-selector', 'ready', check=False)
    assert (r.returncode, r.stderr) == (1, '✗ expected status selector in type=status or type!=status format, but found: ready\n')


@pytest.mark.parametrize('words', GET_KINDS)
def test_get_every_kind(system, app, words):
    r = system.flux('get', *words.split(), '-n', 'default', check=False)
    assert r.returncode == 1 and re.fullmatch(r'✗ no \w+ objects found in "default" namespace\n', r.stderr)


def test_get_missing_name(system, app):
    r = system.flux('get', 'ks', 'nope', check=False)
    assert (r.returncode, r.stderr) == (1, '✗ Kustomization object \'nope\' not found in "flux-system" namespace\n')


def test_get_all(system, app):
    out = system.flux('get', 'all', '-A').stdout
    tables = out.strip('\n').split('\n\n')
    kinds = [t.split('\n')[1].split('\t')[1].split('/')[0] for t in tables]
    assert kinds == ['gitrepository', 'kustomization', 'provider']
    assert out.endswith('\n\n')
    assert 'kustomization/nested' in out and 'provider/hook' in out


def test_get_watch_prints_changes(system, app):
    s = system
    import os
    p = subprocess.Popen([s.sup.exe('flux'), 'get', 'ks', 'nested', '-w'], stdout=subprocess.PIPE, text=True, env=dict(os.environ, KUBECONFIG=s.sup.kubeconfig))
    try:
        assert p.stdout.readline().startswith('NAME')
        assert p.stdout.readline().startswith('nested')
        s.flux('suspend', 'ks', 'nested')
        assert '\tTrue' in p.stdout.readline()
    finally:
        p.terminate()
        p.wait(10)
        s.flux('resume', 'ks', 'nested')


def test_reconcile_with_source_prints_both_dialogues(system, app):
    r = system.flux('reconcile', 'kustomization', 'app', '--with-source')
    rev = app.revision()
    assert r.stdout == '' and r.stderr.splitlines() == [
        '► annotating GitRepository app in flux-system namespace', '✔ GitRepository annotated', '◎ waiting for GitRepository reconciliation',
        f'✔ fetched revision {rev}', '► annotating Kustomization app in flux-system namespace', '✔ Kustomization annotated',
        '◎ waiting for Kustomization reconciliation', f'✔ applied revision {rev}']


def test_reconcile_of_a_failing_object_tells_the_cause_at_once(system, app):
    began = time.monotonic()
    r = system.flux('reconcile', 'kustomization', 'bad', check=False)
    assert r.returncode == 1 and time.monotonic() - began < 10
    assert re.search(r"^✗ Kustomization reconciliation failed: '.*nothing\.yaml.*'$", r.stderr, re.M | re.S)


def test_reconcile_wrong_input(system, app):
    f = lambda *a: (lambda r: (r.returncode, r.stderr))(system.flux(*a, check=False))
    assert f('reconcile', 'kustomization') == (1, '✗ Kustomization name is required\n')
    assert f('reconcile', 'kustomization', 'nope')[0] == 1 and '"nope" not found' in f('reconcile', 'kustomization', 'nope')[1]
    assert f('reconcile', 'nonsense', 'x') == (1, '✗ unknown command "nonsense" for "flux reconcile"\n')
    assert f('nonsense') == (1, '✗ unknown command "nonsense" for "flux"\n')
    assert f('get', 'ks', '--nope') == (1, '✗ unknown flag: --nope\n')
    assert f('get', 'ks', '--with-source') == (1, '✗ unknown flag: --with-source\n')
    assert f('get', 'ks', '-n', 'Not_A_Label')[0] == 1


def test_reconcile_times_out(system, app):
    s = system
    never = {'sandbox.runnel.dev/never-ready': 'true'}
    app.commit({'slow/d.yaml': deployment('cli-slow', namespace='default', annotations=never)})
    s.reconcile('GitRepository', 'app')
    s.apply(s.kustomization('slow', 'app', './slow', wait=True, timeout='5m'))
    r = s.flux('reconcile', 'ks', 'slow', '--timeout', '2s', check=False)
    assert r.returncode == 1 and r.stderr.endswith('✗ context deadline exceeded\n')
    s.delete('Kustomization', 'slow')
    s.wait_gone('Kustomization', 'slow')


def test_suspend_several_with_a_missing_one(system, app):
    r = system.flux('suspend', 'ks', 'nested', 'nope', 'root')
    assert r.stderr.splitlines() == ['► suspending kustomization nested in flux-system namespace', '✔ kustomization suspended',
                                     '✗ Kustomization nope not found in flux-system namespace',
                                     '► suspending kustomization root in flux-system namespace', '✔ kustomization suspended']
    r = system.flux('resume', 'ks', 'root', 'nested', '--wait')
    lines = r.stderr.splitlines()
    assert lines[4] == '◎ waiting for Kustomization reconciliation'
    assert lines[5] == '✔ Kustomization nested reconciliation completed' and lines[7] == '✔ Kustomization root reconciliation completed'


def test_describe_shows_conditions_inventory_and_events(system, app):
    out = system.flux('describe', 'kustomization', 'app').stdout
    for word in ['Name:', 'app', 'Conditions', 'ReconciliationSucceeded', 'Inventory (2 objects)', 'ConfigMap/default/cli-a', 'Deployment/default/cli-a', 'Current',
                 'Events', 'GitRepository/flux-system/app']:
        assert word in out, f'{word!r} is not in:\n{out}'
    assert 'nothing.yaml' in system.flux('describe', 'kustomization', 'bad').stdout


def test_logs_filters(system, app):
    s = system
    out = s.flux('logs', '--kind=Kustomization', '--name=bad', '--level=error').stdout
    assert out and all(re.match(r'\S+Z error Kustomization/bad\.flux-system - ', l) for l in out.strip().split('\n'))
    assert s.flux('logs', '-n', 'default').stdout == ''
    everyone = s.flux('logs', '--all-namespaces').stdout
    assert 'GitRepository/app.flux-system' in everyone and 'Kustomization/app.flux-system' in everyone
    assert len(s.flux('logs', '-A', '--tail=1').stdout.strip().split('\n')) <= 4
    assert s.flux('logs', '-A', '--since=1h').stdout
    r = s.flux('logs', '--since=1m', '--since-time=2026-01-01T00:00:00Z', check=False)
    assert r.returncode == 1 and 'at most one of `sinceTime` or `sinceDuration` may be specified' in r.stderr


def test_events(system, app):
    s = system
    out = s.flux('events', '--for', 'Kustomization/app').stdout
    assert out.startswith('LAST SEEN') and 'Kustomization/app' in out and 'GitRepository/app' in out and 'ReconciliationSucceeded' in out
    assert 'Kustomization/bad' not in out
    assert all('Warning' in l for l in s.flux('events', '--types', 'Warning').stdout.strip().split('\n')[1:])
    r = s.flux('events', '-n', 'default')
    assert (r.stdout, r.stderr) == ('', '✗ No events found in default namespace.\n')


def test_tree(system, app):
    assert system.flux('tree', 'kustomization', 'root').stdout == ('Kustomization/flux-system/root\n└── Kustomization/flux-system/nested\n'
                                                                    '    └── ConfigMap/default/cli-b\n')
    assert system.flux('tree', 'ks', 'root', '--compact').stdout == 'Kustomization/flux-system/root\n└── Kustomization/flux-system/nested\n'
    assert json.loads(system.flux('tree', 'ks', 'app', '-o', 'json').stdout)['resources'][0]['resource']['Name'] == 'cli-a'


def test_stats(system, app):
    rows = {l.split('\t')[0].strip(): [c.strip() for c in l.split('\t')[1:]] for l in system.flux('stats', '-A').stdout.strip('\n').split('\n')}
    assert list(rows)[0] == 'RECONCILERS' and len(rows) == 14
    assert rows['Kustomization'][:3] == ['4', '1', '0'] and rows['GitRepository'][3].endswith('B') and rows['HelmRelease'][3] == '-'


def test_version_and_completion_and_help_need_no_cluster(system):
    import os
    env = dict(os.environ, KUBECONFIG='/nonexistent', HOME='/nonexistent')
    run = lambda *a: subprocess.run([system.sup.exe('flux'), *a], capture_output=True, text=True, env=env)
    assert re.fullmatch(r'flux: v\d+\.\d+\.\d+\n', run('version', '--client').stdout)
    assert json.loads(run('version', '--client', '-o', 'json').stdout)['flux'].startswith('v')
    for shell in ['bash', 'zsh', 'fish']:
        assert 'flux' in run('completion', shell).stdout
    help_ = run('--help')
    assert help_.returncode == 0 and 'reconcile' in help_.stdout and '--kubeconfig' in help_.stdout
    assert '--with-source' in run('reconcile', '--help').stdout and '--watch' not in run('reconcile', '--help').stdout
    assert run('completion', 'csh').returncode == 1
    words = run('__complete', '--', 'reconcile', '').stdout.split()
    assert 'kustomization' in words and 'source' in words


def test_completion_offers_names(system, app):
    assert 'nested' in system.flux('__complete', '--', 'get', 'kustomizations', '').stdout.split()


def test_no_cluster_is_one_clear_line(system):
    import os
    r = subprocess.run([system.sup.exe('flux'), 'get', 'ks', '--server', 'http://127.0.0.1:9'], capture_output=True, text=True,
                       env=dict(os.environ, KUBECONFIG=system.sup.kubeconfig))
    assert r.returncode == 1 and r.stderr.startswith('✗ ') and '127.0.0.1:9' in r.stderr and r.stderr.count('\n') == 1


def test_render_prints_what_kustomize_prints(system, tmp_path):
    (tmp_path / 'kustomization.yaml').write_text('namePrefix: x-\nresources: [cm.yaml]\n')
    (tmp_path / 'cm.yaml').write_text(config_map('a'))
    assert system.flux('render', 'kustomization', str(tmp_path)).stdout == 'apiVersion: v1\ndata:\n  key: value\nkind: ConfigMap\nmetadata:\n  name: x-a\n'
    (tmp_path / 'kustomization.yaml').write_text('resources: [none.yaml]\n')
    r = system.flux('render', 'kustomization', str(tmp_path), check=False)
    assert r.returncode == 1 and 'none.yaml' in r.stderr
