"""Row 17 of the homelab, and row 2's webhook: alerts out, hooks in."""
import hashlib, hmac, http.server, json, threading, time, urllib.error, urllib.request

import pytest

from system import condition, config_map


class Catcher:
    """A webhook server that keeps what it gets."""

    def __init__(self):
        self.got, self.status = [], 200
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers.get('Content-Length', 0)))
                outer.got.append((self.path, {k.title(): v for k, v in self.headers.items()}, body))
                self.send_response(outer.status)
                self.end_headers()

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(('127.0.0.1', 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.url = f'http://127.0.0.1:{self.server.server_port}/'

    def wait(self, predicate, seconds=15):
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            for item in list(self.got):
                if predicate(item):
                    return item
            time.sleep(0.02)
        raise AssertionError(f'no such call; got {[(p, b) for p, _, b in self.got]}')


@pytest.fixture
def catcher():
    c = Catcher()
    yield c
    c.server.shutdown()


def provider(name, type_, address, **spec):
    return {'apiVersion': 'notification.toolkit.fluxcd.io/v1beta3', 'kind': 'Provider', 'metadata': {'name': name, 'namespace': 'flux-system'},
            'spec': {'type': type_, 'address': address, **spec}}


def alert(name, provider_, kind='Kustomization', source='*', severity='info', **spec):
    return {'apiVersion': 'notification.toolkit.fluxcd.io/v1beta3', 'kind': 'Alert', 'metadata': {'name': name, 'namespace': 'flux-system'},
            'spec': {'providerRef': {'name': provider_}, 'eventSeverity': severity, 'eventSources': [{'kind': kind, 'name': source}], **spec}}


def app(s, name, files=None):
    repo = s.repository(name, files or {'cm.yaml': config_map(name, namespace='default')})
    s.apply(s.git_repository(name, repo), s.kustomization(name, name, retryInterval='1s'))
    return repo


def test_failure_and_recovery_each_once(system, catcher):
    s = system
    s.apply(provider('once', 'generic', catcher.url), alert('once', 'once', source='alerted'))
    repo = app(s, 'alerted')
    s.wait_ready('Kustomization', 'alerted')
    path, headers, body = catcher.wait(lambda i: json.loads(i[2])['reason'] == 'ReconciliationSucceeded')
    event = json.loads(body)
    assert event['involvedObject'] | {'uid': '', 'resourceVersion': ''} == {
        'kind': 'Kustomization', 'namespace': 'flux-system', 'name': 'alerted', 'apiVersion': 'kustomize.toolkit.fluxcd.io/v1', 'uid': '', 'resourceVersion': ''}
    assert event['severity'] == 'info' and event['reportingController'] == 'kustomize-controller'
    assert event['metadata']['revision'] == repo.revision()
    assert headers['Gotk-Component'] == 'kustomize-controller'
    repo.commit({'cm.yaml': 'not: [valid'})
    s.reconcile('GitRepository', 'alerted')
    catcher.wait(lambda i: json.loads(i[2])['severity'] == 'error')
    time.sleep(4)  # several retries of the same failure: the same text, so no further message
    assert sum(json.loads(b)['severity'] == 'error' for _, _, b in catcher.got) == 1
    repo.commit({'cm.yaml': config_map('alerted', {'v': '2'}, 'default')})
    s.reconcile('GitRepository', 'alerted')
    catcher.wait(lambda i: json.loads(i[2])['metadata'].get('revision') == repo.revision() and json.loads(i[2])['reason'] == 'ReconciliationSucceeded')


def test_severity_error_keeps_successes_back(system, catcher):
    s = system
    s.apply(provider('errors', 'generic', catcher.url), alert('errors', 'errors', source='errors-only', severity='error'))
    repo = app(s, 'errors-only')
    s.wait_ready('Kustomization', 'errors-only')
    repo.commit({'cm.yaml': 'not: [valid'})
    s.reconcile('GitRepository', 'errors-only')
    catcher.wait(lambda i: json.loads(i[2])['severity'] == 'error')
    assert all(json.loads(b)['severity'] == 'error' for _, _, b in catcher.got)


def test_hmac_signature(system, catcher):
    s = system
    s.apply({'apiVersion': 'v1', 'kind': 'Secret', 'metadata': {'name': 'hmac-key', 'namespace': 'flux-system'}, 'stringData': {'token': 'key'}},
            provider('signed', 'generic-hmac', catcher.url, secretRef={'name': 'hmac-key'}), alert('signed', 'signed', source='signed-app'))
    app(s, 'signed-app')
    _, headers, body = catcher.wait(lambda i: True)
    assert headers['X-Signature'] == 'sha256=' + hmac.new(b'key', body, hashlib.sha256).hexdigest()


@pytest.mark.parametrize('type_', ['slack', 'discord', 'msteams'])
def test_chat_payloads(system, catcher, type_):
    s = system
    name = f'chat-{type_}'
    s.apply(provider(name, type_, catcher.url + ('webhook' if type_ != 'discord' else 'api/webhooks/1/2'), channel='general'), alert(name, name, source=name))
    s.repo_revision = app(s, name).revision()
    _, _, body = catcher.wait(lambda i: True)
    assert name in body.decode() and s.repo_revision in body.decode()
    json.loads(body)


def test_exclusion_list_and_dispatch_failure(system, catcher):
    s = system
    catcher.status = 400
    s.apply({'apiVersion': 'v1', 'kind': 'Secret', 'metadata': {'name': 'bad-hook', 'namespace': 'flux-system'}, 'stringData': {'address': catcher.url + 'secret-path'}},
            provider('refusing', 'generic', 'http://127.0.0.1:9/', secretRef={'name': 'bad-hook'}), alert('refusing', 'refusing', source='refused-app'),
            alert('excluded', 'refusing', source='refused-app', exclusionList=['.*']))
    app(s, 'refused-app')
    catcher.wait(lambda i: i[0] == '/secret-path')
    e = s.wait_event('Alert', 'refusing', lambda e: e['reason'] == 'NotificationDispatchFailed')
    assert e['type'] == 'Warning'
    assert not s.events('Alert', 'excluded')


def receiver(name, type_, resources, secret, events=None):
    spec = {'type': type_, 'secretRef': {'name': secret}, 'resources': resources}
    if events:
        spec['events'] = events
    return {'apiVersion': 'notification.toolkit.fluxcd.io/v1', 'kind': 'Receiver', 'metadata': {'name': name, 'namespace': 'flux-system'}, 'spec': spec}


def call(url, body=b'{}', **headers):
    try:
        with urllib.request.urlopen(urllib.request.Request(url, body, headers)) as r:
            return r.status
    except urllib.error.HTTPError as e:
        return e.code


def test_webhooks_reconcile_at_once(system):
    s = system
    repo = s.repository('hooked', {'cm.yaml': config_map('hooked', {'v': '1'}, 'default')})
    s.apply(s.git_repository('hooked', repo, interval='1h'), s.kustomization('hooked', 'hooked', interval='1h'))
    s.wait_ready('Kustomization', 'hooked')
    s.apply({'apiVersion': 'v1', 'kind': 'Secret', 'metadata': {'name': 'hook', 'namespace': 'flux-system'}, 'stringData': {'token': 'tok'}})
    resources = [{'kind': 'GitRepository', 'name': 'hooked'}]
    s.apply(receiver('plain', 'generic', resources, 'hook'), receiver('mac', 'generic-hmac', resources, 'hook'),
            receiver('hub', 'github', resources, 'hook', ['ping', 'push']))
    base = s.sup.state['urls']['webhooks'].rstrip('/')
    path = lambda n: base + s.wait_ready('Receiver', n)['status']['webhookPath']
    plain = path('plain')
    assert plain.endswith('/hook/' + hashlib.sha256(b'tok' + b'plain' + b'flux-system').hexdigest())
    sign = lambda body: hmac.new(b'tok', body, hashlib.sha256).hexdigest()
    for n, (url, headers) in enumerate([(plain, {}), (path('mac'), {'X-Signature': 'sha256=' + sign(b'{}')}),
                                        (path('hub'), {'X-GitHub-Event': 'push', 'X-Hub-Signature-256': 'sha256=' + sign(b'{}'), 'Content-Type': 'application/json'})]):
        repo.commit({'cm.yaml': config_map('hooked', {'v': f'hook {n}'}, 'default')})
        assert call(url, **headers) == 200
        s.wait_ready('Kustomization', 'hooked', revision=repo.revision())
    assert call(path('mac'), **{'X-Signature': 'sha256=' + '0' * 64}) == 400
    assert call(path('hub'), **{'X-GitHub-Event': 'push', 'X-Hub-Signature-256': 'sha256=' + '0' * 64}) == 400
    assert call(base + '/hook/' + '0' * 64) == 404
    s.patch('Receiver', 'plain', {'spec': {'suspend': True}})
    s.wait('Receiver', 'plain', lambda o: call(plain) == 503)


def test_receiver_without_its_secret(system):
    s = system
    s.apply(receiver('lost', 'generic', [{'kind': 'GitRepository', 'name': '*'}], 'no-such-secret'))
    s.wait_not_ready('Receiver', 'lost', reason='TokenNotFound', contains='no-such-secret')
