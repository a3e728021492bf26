"""Row 17 of the homelab, and row 2's webhook: alerts out, hooks in."""
import hashlib, hmac, http.server, json, socket, threading, time, urllib.error, urllib.request

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


def events_url(s):
    return next(a.split('=', 1)[1] for a in s.process('source-controller').argv if a.startswith('--events-addr='))


def event(s, message, severity='info', kind='GitRepository', revision='r1', raw=None):
    """Posts an event as a controller does; returns the status and the headers."""
    body = raw if raw is not None else json.dumps({
        'involvedObject': {'kind': kind, 'namespace': 'flux-system', 'name': 'posted', 'uid': 'u', 'apiVersion': 'source.toolkit.fluxcd.io/v1'},
        'severity': severity, 'timestamp': '2024-01-02T03:04:05Z', 'message': message, 'reason': 'Because',
        'metadata': {'source.toolkit.fluxcd.io/revision': revision, 'other.example/x': 'y'}, 'reportingController': 'test'}).encode()
    try:
        with urllib.request.urlopen(urllib.request.Request(events_url(s), data=body, method='POST'), timeout=10) as r:
            return r.status, dict(r.headers)
    except urllib.error.HTTPError as e:
        return e.code, dict(e.headers)


def test_event_endpoint(system, catcher):
    s = system
    s.apply(provider('posted', 'generic', catcher.url + 'posted'),
            alert('posted', 'posted', kind='GitRepository', source='posted', eventMetadata={'revision': 'hidden', 'cluster': 'home'}))
    s.wait('Provider', 'posted', lambda o: 'finalizers.fluxcd.io' in o['metadata'].get('finalizers', []))
    status, headers = event(s, 'hello')
    assert status == 202 and headers['X-RateLimit-Limit'] == '1' and headers['X-RateLimit-Remaining'] == '0'
    status, headers = event(s, 'hello', severity='error')
    assert status == 429 and headers['Retry-After'] == headers['X-RateLimit-Reset']
    assert event(s, 'hello', revision='r2')[0] == 202
    got = json.loads(catcher.wait(lambda c: c[0] == '/posted' and b'"r2"' in c[2])[2])
    assert got['metadata'] == {'revision': 'r2', 'cluster': 'home'}
    s.wait_event('Alert', 'posted', lambda e: e['reason'] == 'MetadataAppendFailed')
    assert event(s, '', raw=b'{')[0] == 400
    assert event(s, '', raw=b'[]')[0] == 400
    whole = json.dumps({'message': 'x'}).encode()
    assert event(s, '', raw=whole + b' ' * (3 * 1024 * 1024 - len(whole)))[0] == 202
    host, port = events_url(s).split('//')[1].rstrip('/').split(':')
    with socket.create_connection((host, int(port)), timeout=10) as c:  # one byte more is refused before it is sent
        c.sendall(b'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n' % (3 * 1024 * 1024 + 1))
        assert c.recv(100).split()[1] == b'413'


def test_unsupported_types_are_named(system):
    s = system
    s.apply(provider('queue', 'nats', 'nats://h'), alert('queue', 'queue', kind='GitRepository', source='posted'))
    s.wait('Provider', 'queue', lambda o: 'finalizers.fluxcd.io' in o['metadata'].get('finalizers', []))
    assert event(s, 'for nats')[0] == 202
    s.wait_event('Alert', 'queue', lambda e: e['reason'] == 'NotificationDispatchFailed' and "provider type 'nats' is not supported" in e['message'])
    s.apply({'apiVersion': 'v1', 'kind': 'Secret', 'metadata': {'name': 'hook', 'namespace': 'flux-system'}, 'stringData': {'token': 'tok'}},
            receiver('events', 'cdevents', [{'kind': 'GitRepository', 'name': 'x'}], 'hook'))
    o = s.wait_not_ready('Receiver', 'events', reason='NotSupported', contains="'cdevents'")
    assert condition(o, 'Stalled')['status'] == 'True'


def test_resources_by_label_and_filter(system):
    s = system
    repo = s.repository('labelled', {'cm.yaml': config_map('labelled', namespace='default')})
    for name in ('one', 'two', 'three'):
        o = s.git_repository(name, repo, interval='1h')
        o['metadata']['labels'] = {'hook': 'no' if name == 'three' else 'yes'}
        s.apply(o)
    s.apply({'apiVersion': 'v1', 'kind': 'Secret', 'metadata': {'name': 'hook', 'namespace': 'flux-system'}, 'stringData': {'token': 'tok'}})
    hook = receiver('labels', 'generic', [{'kind': 'GitRepository', 'name': '*', 'matchLabels': {'hook': 'yes'}}], 'hook')
    hook['spec']['resourceFilter'] = "req.only == 'all' || res.metadata.name == req.only"
    s.apply(hook)
    url = s.sup.state['urls']['webhooks'].rstrip('/') + s.wait_ready('Receiver', 'labels')['status']['webhookPath']

    def post(only):
        r = urllib.request.Request(url, data=json.dumps({'only': only}).encode(), headers={'Content-Type': 'application/json'}, method='POST')
        with urllib.request.urlopen(r, timeout=10) as answer:
            return answer.status

    asked = lambda n: s.get('GitRepository', n)['metadata'].get('annotations', {}).get('reconcile.fluxcd.io/requestedAt')
    assert post('two') == 200
    assert asked('two') and not asked('one') and not asked('three')
    before = asked('two')
    assert post('all') == 200
    assert asked('one') and asked('two') != before and not asked('three')
    bad = receiver('badcel', 'generic', [{'kind': 'GitRepository', 'name': 'one'}], 'hook')
    bad['spec']['resourceFilter'] = 'claims.sub == "x"'
    s.apply(bad)
    o = s.wait_not_ready('Receiver', 'badcel', reason='InvalidCELExpression', contains='undeclared reference')
    assert condition(o, 'Stalled')['reason'] == 'InvalidCELExpression'
