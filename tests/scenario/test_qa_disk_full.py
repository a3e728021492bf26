"""A full artifact volume: what was applied stays, the failure says so in the same words at each try, room again is enough to recover."""
import os, subprocess

import pytest

from system import System, condition, config_map


@pytest.fixture
def small_volume(tmp_path):
    data = tmp_path / 'runnel' / 'data'
    data.mkdir(parents=True)
    if subprocess.run(['mount', '-t', 'tmpfs', '-o', 'size=2m,mode=0700', 'tmpfs', data], capture_output=True).returncode:
        pytest.skip('needs the right to mount a tmpfs')
    try:
        with System(tmp_path / 'runnel') as s:
            yield s, data
    finally:
        subprocess.run(['umount', '-l', data])


def test_full_artifact_volume(small_volume):
    s, data = small_volume
    repo = s.repository('full', {'m/cm.yaml': config_map('full', {'v': '1'}, 'default'), 'blob': os.urandom(500_000)})
    s.apply(s.git_repository('full', repo), s.kustomization('full', 'full', './m'))
    s.wait_ready('Kustomization', 'full')
    before = repo.revision()
    repo.commit({'m/cm.yaml': config_map('full', {'v': '2'}, 'default'), 'blob': os.urandom(1_900_000)})
    s.flux('reconcile', 'source', 'git', 'full', check=False)
    o = s.wait_not_ready('GitRepository', 'full', contains='No space left on device')
    assert o['status']['artifact']['revision'] == before
    text = condition(o, 'Ready')['message']
    assert str(data) not in text and 'pack_' not in text, 'names of temporary files: another message at each try'
    s.wait_event('GitRepository', 'full', lambda e: 'No space left' in e['message'] and e.get('count', 1) >= 2)
    s.reconcile('Kustomization', 'full')  # from the artifact that is there
    assert s.get('ConfigMap', 'full', 'default')['data'] == {'v': '1'}
    subprocess.run(['mount', '-o', 'remount,size=20m', data], check=True)
    s.wait_ready('Kustomization', 'full', revision=repo.revision())
