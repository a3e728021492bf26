"""A Secret's values never show: not in conditions, events or logs, whatever is wrong with the Secret."""
import base64, json

import pytest
import yaml

from system import condition

VALUE = 'hunter2-of-the-user'
BROKEN = {
    'not base64': {'data': {'p': VALUE}},
    'a list where a map belongs': {'stringData': [VALUE]},
    'a text where a map belongs': {'stringData': VALUE},
    'a text where a boolean belongs': {'immutable': VALUE, 'stringData': {'p': 'x'}},
    'a key that is not allowed': {'stringData': {'a b': VALUE}},
    'a name that is not allowed': {'stringData': {'p': VALUE}, 'metadata': {'name': 'NOT ALLOWED', 'namespace': 'default'}},
}


@pytest.mark.parametrize('what', sorted(BROKEN))
def test_refused_secret_shows_no_value(system, what):
    s, name = system, 'qa-' + what.replace(' ', '-').lower()
    o = {'apiVersion': 'v1', 'kind': 'Secret', 'metadata': {'name': 'qa-refused', 'namespace': 'default'}, **BROKEN[what]}
    repo = s.repository(name, {'secret.yaml': yaml.safe_dump(o)})
    s.apply(s.git_repository(name, repo), s.kustomization(name, name))
    seen = s.wait_not_ready('Kustomization', name, reason='ReconciliationFailed', contains='Secret/default/')
    assert 'dry-run failed' in condition(seen, 'Ready')['message'], 'the cause is still told'
    s.wait_event('Kustomization', name, lambda e: e['type'] == 'Warning' and 'dry-run failed' in e['message'])
    for needle in (VALUE, base64.b64encode(VALUE.encode()).decode()[:20]):
        assert needle not in json.dumps(seen['status'])
        assert needle not in json.dumps(s.events('Kustomization', name))
        for process in s.sup.state['logs']:
            assert needle not in s.log(process), process
    s.delete('Kustomization', name)
    s.wait_gone('Kustomization', name)
