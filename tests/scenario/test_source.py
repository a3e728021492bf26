"""source-controller alone on the sandbox: what a GitRepository shows and serves, row by row of contract/source.md 2 to 6."""
import base64, hashlib, io, os, shutil, subprocess, sys, tarfile, time, urllib.error, urllib.request

import pytest
import yaml

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'lib'))
import supervisor
from system import GIT_ENV, VERSIONS, System, condition
from git_http import GitHttp
from proxy import Proxy

NS = 'flux-system'


@pytest.fixture(scope='module')
def s(tmp_path_factory):
    all_controllers, supervisor.CONTROLLERS = supervisor.CONTROLLERS, ('source-controller',)
    try:
        with System(tmp_path_factory.mktemp('source'), flags=['--artifact-retention-ttl=1h']) as system:
            yield system
    finally:
        supervisor.CONTROLLERS = all_controllers


def secret(name, **data):
    return {'apiVersion': 'v1', 'kind': 'Secret', 'metadata': {'name': name, 'namespace': NS},
            'stringData': {k.replace('__', '.'): v for k, v in data.items()}}


def fetch(url, method='GET', **headers):
    request = urllib.request.Request(url, method=method, headers={k.replace('_', '-'): v for k, v in headers.items()})
    try:
        with urllib.request.urlopen(request) as r:
            return r.status, r.headers, r.read()
    except urllib.error.HTTPError as e:
        return e.code, e.headers, e.read()


def tarball(o):
    status, _, data = fetch(o['status']['artifact']['url'])
    assert status == 200
    assert 'sha256:' + hashlib.sha256(data).hexdigest() == o['status']['artifact']['digest']
    assert len(data) == o['status']['artifact']['size']
    return tarfile.open(fileobj=io.BytesIO(data))


def files(o):
    return {m.name: tarball(o).extractfile(m.name).read().decode() for m in tarball(o) if m.isfile()}


def request(s, name, token=[0]):
    """Asks for a pass and waits for its end."""
    token[0] += 1
    value = f'request-{token[0]}'
    s.patch('GitRepository', name, {'metadata': {'annotations': {'reconcile.fluxcd.io/requestedAt': value}}})
    return s.wait('GitRepository', name, lambda o: o['status'].get('lastHandledReconcileAt') == value, what='the requested pass')


def test_artifact_is_what_flux_writes(s):
    repo = s.repository('bytes', {'b/run.sh': '#!/bin/sh\n', 'a.txt': 'hello\n', 'c.png': 'x', '.github/x': 'x'})
    os.chmod(os.path.join(repo.work, 'b/run.sh'), 0o755)
    os.symlink('a.txt', os.path.join(repo.work, 'link'))
    repo.commit(message='Ünïcode subject that is longer than fifty characters, it really is\n\nbody')
    s.apply(s.git_repository('bytes', repo))
    o = s.wait_ready('GitRepository', 'bytes', revision=repo.revision())
    members = [(m.name, m.mode, m.size, m.mtime, m.uid, m.type) for m in tarball(o)]
    assert members == [('.', 0o750, 0, 0, 0, tarfile.DIRTYPE), ('a.txt', 0o600, 6, 0, 0, tarfile.REGTYPE), ('b', 0o750, 0, 0, 0, tarfile.DIRTYPE),
                       ('b/run.sh', 0o700, 10, 0, 0, tarfile.REGTYPE)]
    a = o['status']['artifact']
    assert a['path'] == f'gitrepository/{NS}/bytes/{repo.head()}.tar.gz' and a['url'].endswith('/' + a['path'])
    assert o['metadata']['finalizers'] == ['finalizers.fluxcd.io']
    event = s.wait_event('GitRepository', 'bytes', lambda e: e['reason'] == 'NewArtifact')
    assert event['message'] == "stored artifact for commit 'Ünïcode subject that is longer than fifty characte...'"
    assert event['metadata']['annotations'] == {'source.toolkit.fluxcd.io/revision': repo.revision(), 'source.toolkit.fluxcd.io/digest': a['digest']}
    assert [c['type'] for c in o['status']['conditions']] == ['Ready', 'ArtifactInStorage']
    assert condition(o, 'Ready')['message'] == f"stored artifact for revision '{repo.revision()}'"


def test_server(s):
    repo = s.repository('serve', {'a.txt': 'x' * 1000})
    s.apply(s.git_repository('serve', repo))
    o = s.wait_ready('GitRepository', 'serve')
    url = o['status']['artifact']['url']
    base = url[:url.index('/gitrepository')]
    status, headers, data = fetch(url)
    assert (status, headers['Content-Type'], headers['Accept-Ranges']) == (200, 'application/gzip', 'bytes')
    assert fetch(url, 'HEAD')[0] == 200 and fetch(url, 'HEAD')[1]['Content-Length'] == str(len(data)) and fetch(url, 'HEAD')[2] == b''
    assert fetch(url, If_None_Match=headers['ETag'])[0] == 304 and fetch(url, If_Modified_Since=headers['Last-Modified'])[0] == 304
    assert fetch(url, If_None_Match='"other"')[0] == 200
    for header, want in [('bytes=0-9', data[:10]), ('bytes=10-', data[10:]), ('bytes=-5', data[-5:]), (f'bytes=5-{10 ** 9}', data[5:])]:
        status, h, part = fetch(url, Range=header)
        assert (status, part) == (206, want) and h['Content-Range'].endswith(f'/{len(data)}')
    assert fetch(url, Range='bytes=0-9', If_Range='"other"')[2] == data
    assert fetch(url, Range=f'bytes={len(data)}-')[0] == 416 and fetch(url, Range='bytes=x')[0] == 200
    assert fetch(base + '/')[0] == 200 and b'gitrepository/' in fetch(base + '/')[2] and b'.cache' not in fetch(base + '/')[2]
    listing = fetch(os.path.dirname(url) + '/')[2]
    assert repo.head().encode() in listing and b'.lock' not in listing
    for bad in ('/nope', '/.cache/', '/../etc/passwd', '/%2e%2e/%2e%2e/etc/passwd', '/gitrepository/..%2f..%2f..%2fetc/passwd', '/gitrepository%00'):
        assert fetch(base + bad)[0] in (400, 404), bad
    assert fetch(url, 'POST')[0] == 405 and fetch(url, 'DELETE')[0] == 405
    os.symlink('/etc/passwd', os.path.join(s.sup.path('data'), 'gitrepository', 'escape'))
    assert fetch(base + '/gitrepository/escape')[0] == 404


def test_no_op_writes_nothing_but_the_token(s):
    repo = s.repository('quiet', {'a': '1'})
    s.apply(s.git_repository('quiet', repo))
    before = s.wait_ready('GitRepository', 'quiet')
    after = request(s, 'quiet')
    assert int(after['metadata']['resourceVersion']) > int(before['metadata']['resourceVersion'])
    assert {k: v for k, v in after['status'].items() if k != 'lastHandledReconcileAt'} == before['status']
    assert s.sup.path('data')
    first = repo.head()
    repo.commit({'a': '2'})
    request(s, 'quiet')
    o = s.wait_ready('GitRepository', 'quiet', revision=repo.revision())
    folder = os.path.join(s.sup.path('data'), 'gitrepository', NS, 'quiet')
    assert {f for f in os.listdir(folder) if f.endswith('.gz')} == {first + '.tar.gz', repo.head() + '.tar.gz'}, 'two records are kept'
    third = repo.commit({'a': '3'})
    request(s, 'quiet')
    request(s, 'quiet')
    assert {f for f in os.listdir(folder) if f.endswith('.gz')} == {o['status']['artifact']['path'].split('/')[-1], third + '.tar.gz'}


def test_configuration_change_at_the_same_revision(s):
    repo = s.repository('config', {'a.yaml': 'a', 'docs/b.md': 'b'})
    s.apply(s.git_repository('config', repo))
    before = s.wait_ready('GitRepository', 'config')
    s.apply(s.git_repository('config', repo, ignore='docs/\n'))
    after = s.wait('GitRepository', 'config', lambda o: o['status'].get('observedIgnore') == 'docs/\n' and condition(o, 'Ready')['status'] == 'True')
    assert after['status']['artifact']['revision'] == before['status']['artifact']['revision']
    assert after['status']['artifact']['digest'] != before['status']['artifact']['digest'] and set(files(after)) == {'a.yaml'}


def test_include(s):
    inner = s.repository('inner', {'deploy/app.yaml': 'app', 'README': 'no'})
    outer = s.repository('outer', {'own.yaml': 'own'})
    spec = {'include': [{'repository': {'name': 'inner'}, 'fromPath': 'deploy', 'toPath': 'vendor/inner'}]}
    s.apply(s.git_repository('outer', outer, **spec))
    o = s.wait_not_ready('GitRepository', 'outer', reason='NotFound')
    assert condition(o, 'IncludeUnavailable')['status'] == 'True'
    s.apply(s.git_repository('inner', inner))
    o = s.wait_ready('GitRepository', 'outer', seconds=20)  # woken, long before the 30 s of --requeue-dependency
    assert files(o) == {'own.yaml': 'own', 'vendor/inner/app.yaml': 'app'}
    assert o['status']['observedInclude'] == spec['include']
    assert o['status']['includedArtifacts'] == [s.get('GitRepository', 'inner')['status']['artifact']]
    inner.commit({'deploy/app.yaml': 'app 2'})
    request(s, 'inner')  # and nobody asks outer
    o = s.wait('GitRepository', 'outer', lambda o: o['status']['includedArtifacts'][0]['revision'] == inner.revision(), what='the new include')
    assert files(s.wait_ready('GitRepository', 'outer'))['vendor/inner/app.yaml'] == 'app 2'
    for bad in ({'fromPath': 'nope'}, {'fromPath': '../../../deploy/nope'}):
        s.apply(s.git_repository('outer', outer, include=[{'repository': {'name': 'inner'}, **bad}]))
        s.wait_not_ready('GitRepository', 'outer', reason='CopyFailure')


def test_sparse_checkout(s):
    repo = s.repository('sparse', {'dir1/a': '1', 'dir10/b': '2', 'dir2/sub/c': '3', 'dir2/other': '4', 'root': '5'})
    s.apply(s.git_repository('sparse', repo, sparseCheckout=['./dir1', 'dir2/sub']))
    o = s.wait_ready('GitRepository', 'sparse')
    assert files(o) == {'dir1/a': '1', 'dir10/b': '2', 'dir2/sub/c': '3'}
    assert o['status']['observedSparseCheckout'] == ['./dir1', 'dir2/sub']
    s.apply(s.git_repository('sparse', repo, sparseCheckout=['nope']))
    o = s.wait_not_ready('GitRepository', 'sparse', reason='GitOperationFailed', contains="sparse checkout dir 'nope' does not exist in repository")
    assert o['status']['artifact'], 'the old artifact stays'


def test_submodules(s):
    leaf = s.repository('leaf', {'leaf.yaml': 'leaf'})
    middle = s.repository('middle', {'middle.yaml': 'middle'})
    top = s.repository('top', {'top.yaml': 'top'})
    for repo, sub in ((middle, '../leaf.git'), (top, middle.url)):
        env = dict(GIT_ENV)
        target = leaf if repo is middle else middle
        head = target.head()
        with open(os.path.join(repo.work, '.gitmodules'), 'w') as f:
            f.write(f'[submodule "sub"]\n\tpath = modules/sub\n\turl = {sub}\n')
        repo.git('update-index', '--add', '--cacheinfo', f'160000,{head},modules/sub')
        repo.git('add', '.gitmodules')
        repo.git('commit', '-q', '-m', 'submodule')
        repo.git('push', '-q', repo.bare, 'HEAD:main')
    s.apply(s.git_repository('top', top, recurseSubmodules=True))
    assert files(s.wait_ready('GitRepository', 'top')) == {'top.yaml': 'top', 'modules/sub/middle.yaml': 'middle', 'modules/sub/modules/sub/leaf.yaml': 'leaf'}
    s.apply(s.git_repository('top', top))
    o = s.wait('GitRepository', 'top', lambda o: 'observedRecurseSubmodules' not in o['status'] and condition(o, 'Ready')['status'] == 'True')
    assert files(o) == {'top.yaml': 'top'}


@pytest.fixture(scope='module')
def signing(s):
    """Keys, and a repository with signed and unsigned commits and tags."""
    d = s.sup.path('signing')
    os.makedirs(d)
    for name in ('good', 'other'):
        subprocess.run(['ssh-keygen', '-q', '-t', 'ed25519', '-N', '', '-f', f'{d}/{name}'], check=True)
    repo = s.repository('signed', {'a': '1'})
    sign = ['-c', 'gpg.format=ssh', '-c', f'user.signingkey={d}/good']
    repo.git('tag', '-a', '-m', 'unsigned', 'v0.1.0')
    repo.git('tag', 'light')
    repo.git(*sign, 'commit', '-q', '--allow-empty', '-S', '-m', 'signed')
    repo.git(*sign, 'tag', '-s', '-m', 'signed', 'v1.0.0')
    repo.git('push', '-q', repo.bare, 'HEAD:main', '--tags')
    keys = {n: open(f'{d}/{n}.pub').read() for n in ('good', 'other')}
    s.apply(secret('keys-good', author__sshpub=keys['good']), secret('keys-other', author__sshpub=keys['other']), secret('keys-pgp', author__asc='x'))
    fingerprint = subprocess.run(['ssh-keygen', '-lf', f'{d}/good.pub'], check=True, capture_output=True, text=True).stdout.split()[1]
    return repo, fingerprint


VERIFY = [
    ('head', {'branch': 'main'}, 'HEAD', 'keys-good', None, ''),
    ('tag', {'tag': 'v1.0.0'}, 'Tag', 'keys-good', None, ''),
    ('both', {'semver': '>=1.0.0'}, 'TagAndHEAD', 'keys-good', None, ''),
    ('other', {'branch': 'main'}, 'HEAD', 'keys-other', 'InvalidCommitSignature', 'no matching key'),
    ('pgp', {'branch': 'main'}, 'HEAD', 'keys-pgp', 'InvalidCommitSignature', '.sshpub suffix'),
    ('unsigned', {'tag': 'light'}, 'HEAD', 'keys-good', 'InvalidCommitSignature', 'unsupported signature type: empty'),
    ('unsigned-tag', {'tag': 'v0.1.0'}, 'Tag', 'keys-good', 'InvalidGitObject', 'since it is not signed'),
    ('light-tag', {'tag': 'light'}, 'Tag', 'keys-good', 'InvalidGitObject', 'since it is not signed'),
    ('no-tag', {'branch': 'main'}, 'TagAndHEAD', 'keys-good', 'InvalidVerificationMode', 'if a tag reference is not specified'),
    ('no-secret', {'branch': 'main'}, 'HEAD', 'keys-none', 'VerificationError', 'public keys secret error'),
]


@pytest.mark.parametrize('name,ref,mode,keys,reason,contains', VERIFY, ids=[v[0] for v in VERIFY])
def test_verify(s, signing, name, ref, mode, keys, reason, contains):
    repo, fingerprint = signing
    name = 'verify-' + name
    s.apply(s.git_repository(name, repo, ref=ref, verify={'mode': mode, 'secretRef': {'name': keys}}))
    if reason:
        o = s.wait_not_ready('GitRepository', name, reason=reason, contains=contains)
        assert condition(o, 'SourceVerified')['status'] == 'False' and 'artifact' not in o['status']
        assert ('Stalled' in [c['type'] for c in o['status']['conditions']]) == (reason == 'InvalidVerificationMode')
        return
    o = s.wait_ready('GitRepository', name)
    verified = condition(o, 'SourceVerified')
    assert verified['status'] == 'True' and f"with key '{fingerprint}'" in verified['message'] and o['status']['sourceVerificationMode'] == mode
    assert verified['message'].startswith('verified signature of\n\t- ')
    s.apply(s.git_repository(name, repo, ref=ref))
    s.patch('GitRepository', name, {'spec': {'verify': None}})
    o = request(s, name)
    o = s.wait('GitRepository', name, lambda o: not condition(o, 'SourceVerified'), what='the end of SourceVerified')


FAILURES = [
    ('no-secret', {'secretRef': {'name': 'nope'}}, 'AuthenticationFailed', "failed to get secret 'flux-system/nope'"),
    ('password-only', {'secretRef': {'name': 'f-password'}}, 'AuthenticationFailed', "'password' requires 'username' to be set"),
    ('no-proxy', {'proxySecretRef': {'name': 'nope'}}, 'AuthenticationFailed', 'failed to configure proxy options: '),
    ('bad-proxy', {'proxySecretRef': {'name': 'f-proxy'}}, 'AuthenticationFailed', 'must be one of: http, https, socks5'),
    ('dead-proxy', {'proxySecretRef': {'name': 'f-dead-proxy'}}, 'GitOperationFailed', 'failed to checkout and determine revision: '),
    ('ssh-no-secret', {'url': 'ssh://git@127.0.0.1/x.git'}, 'AuthenticationFailed', "'identity' is required"),
    ('branch', {'ref': {'branch': 'nope'}}, 'GitOperationFailed', 'couldn\'t find remote ref "refs/heads/nope"'),
    ('tag', {'ref': {'tag': 'nope'}}, 'GitOperationFailed', 'couldn\'t find remote ref "refs/tags/nope"'),
    ('name', {'ref': {'name': 'refs/pull/9/head'}}, 'GitOperationFailed', "unable to resolve ref 'refs/pull/9/head' to a specific commit"),
    ('semver', {'ref': {'semver': 'x.y'}}, 'GitOperationFailed', 'semver parse error: '),
    ('no-match', {'ref': {'semver': '>9'}}, 'GitOperationFailed', 'no match found for semver: >9'),
    ('commit', {'ref': {'commit': 'ab' * 20}}, 'GitOperationFailed', f"unable to resolve commit object for '{'ab' * 20}'"),
    ('app-data', {'secretRef': {'name': 'f-app'}}, 'InvalidProviderConfiguration', 'provider is not set to github'),
    ('github', {'provider': 'github'}, 'InvalidProviderConfiguration', 'secretRef with github app data must be specified'),
    ('azure', {'provider': 'azure'}, 'AuthenticationFailed', 'not supported'),
    ('identity', {'provider': 'azure', 'serviceAccountName': 'x'}, 'FeatureGateDisabled', 'ObjectLevelWorkloadIdentity'),
]


@pytest.fixture(scope='module')
def failing(s):
    s.apply(secret('f-password', password='p'), secret('f-proxy', address='ftp://x'), secret('f-dead-proxy', address='http://127.0.0.1:1'),
            secret('f-app', githubAppID='1'))
    return s.repository('failing', {'a': '1'})


@pytest.mark.parametrize('name,spec,reason,contains', FAILURES, ids=[f[0] for f in FAILURES])
def test_failures(s, failing, name, spec, reason, contains):
    name = 'fail-' + name
    s.apply(s.git_repository(name, failing, **spec))
    o = s.wait_not_ready('GitRepository', name, reason=reason, contains=contains)
    assert condition(o, 'FetchFailed')['status'] == 'True'
    stalled = reason in ('FeatureGateDisabled',) or name == 'fail-github'
    assert bool(condition(o, 'Stalled')) == stalled
    assert (condition(o, 'Reconciling').get('reason') == 'ProgressingWithRetry') == (not stalled)
    assert (o['status']['observedGeneration'] == o['metadata']['generation']) == stalled
    s.wait_event('GitRepository', name, lambda e: e['type'] == 'Warning' and e['reason'] == reason)
    s.delete('GitRepository', name)


def test_empty_repository(s):
    subprocess.run(['git', 'init', '-q', '--bare', s.sup.path('git', 'empty.git')], check=True, env=GIT_ENV)
    url = f'http://127.0.0.1:{s.git_port}/empty.git'
    s.apply(s.git_repository('empty', url))
    s.wait_not_ready('GitRepository', 'empty', reason='EmptyGitRepository', contains='git repository is empty')


def test_credentials_in_the_url_stay_secret(s):
    with GitHttp(s.sup.path('git'), user='u', password='right') as server:
        s.repository('cred', {'a': '1'})
        s.apply(s.git_repository('cred', f'http://u:hush-hush@127.0.0.1:{server.port}/cred.git'))
        o = s.wait_not_ready('GitRepository', 'cred', reason='GitOperationFailed', contains='authentication required')
        del o['spec'], o['metadata']
        assert 'hush-hush' not in yaml.safe_dump(o) and 'hush-hush' not in s.log('source-controller')
        s.apply(s.git_repository('cred', f'http://u:right@127.0.0.1:{server.port}/cred.git'))
        s.wait_ready('GitRepository', 'cred')
    s.delete('GitRepository', 'cred')


@pytest.fixture(scope='module')
def tls(s):
    """A CA, a server certificate of it for 127.0.0.1, and a CA that has nothing to do with them."""
    d = s.sup.path('tls')
    os.makedirs(d)

    def openssl(*argv):
        subprocess.run(['openssl', *argv], check=True, cwd=d, capture_output=True)
    for ca in ('ca', 'other'):
        openssl('req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-keyout', ca + '.key', '-out', ca + '.crt', '-subj', '/CN=' + ca)
    openssl('req', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-keyout', 'tls.key', '-out', 'tls.csr', '-subj', '/CN=server')
    with open(d + '/ext', 'w') as f:
        f.write('subjectAltName=IP:127.0.0.1\n')
    openssl('x509', '-req', '-in', 'tls.csr', '-CA', 'ca.crt', '-CAkey', 'ca.key', '-CAcreateserial', '-out', 'tls.crt', '-extfile', 'ext')
    with GitHttp(s.sup.path('git'), bearer='token', cert=d + '/tls.crt', key=d + '/tls.key') as server:
        yield server, {n: open(f'{d}/{n}.crt').read() for n in ('ca', 'other')}


def test_tls_and_bearer_token(s, tls):
    server, ca = tls
    repo = s.repository('tls', {'a': '1'})
    s.apply(secret('tls-good', bearerToken='token', ca__crt=ca['ca']), secret('tls-legacy', bearerToken='token', caFile=ca['ca']),
            secret('tls-other', bearerToken='token', ca__crt=ca['other']), secret('tls-broken', bearerToken='token', ca__crt='nonsense'),
            secret('tls-wrong', bearerToken='wrong', ca__crt=ca['ca']))
    for name in ('tls-good', 'tls-legacy'):
        s.apply(s.git_repository(name, server.url('tls.git'), secretRef={'name': name}))
        s.wait_ready('GitRepository', name, revision=repo.revision())
    for name, contains in (('tls-other', 'certificate'), ('tls-broken', ''), ('tls-wrong', 'authentication required')):
        s.apply(s.git_repository(name, server.url('tls.git'), secretRef={'name': name}))
        s.wait_not_ready('GitRepository', name, reason='GitOperationFailed', contains=contains)
        s.delete('GitRepository', name)


def test_proxy(s):
    repo = s.repository('proxied', {'a': '1'})
    with Proxy(user='me', password='pa:ss') as proxy:
        for scheme in ('http', 'socks5'):
            s.apply(secret('proxy-' + scheme, address=proxy.url(scheme), username='me', password='pa:ss'),
                    s.git_repository('proxied-' + scheme, repo, proxySecretRef={'name': 'proxy-' + scheme}))
            before = proxy.connections
            s.wait_ready('GitRepository', 'proxied-' + scheme, revision=repo.revision())
            assert proxy.connections > before
        s.apply(secret('proxy-wrong', address=proxy.url('http'), username='me', password='hush'),
                s.git_repository('proxied-wrong', repo, proxySecretRef={'name': 'proxy-wrong'}))
        o = s.wait_not_ready('GitRepository', 'proxied-wrong', reason='GitOperationFailed')
        assert 'hush' not in yaml.safe_dump(o)
    for name in ('proxied-http', 'proxied-socks5', 'proxied-wrong'):
        s.delete('GitRepository', name)


def test_silent_server_costs_its_timeout_and_no_worker(s):
    with GitHttp(s.sup.path('git')) as server:
        s.repository('silent', {'a': '1'})
        for i in range(4):  # more than --concurrent
            s.apply(s.git_repository(f'silent-{i}', server.url('silent.git', 'silent'), timeout='4s'))
        start = time.monotonic()
        s.apply(s.git_repository('lively', server.url('silent.git')))
        s.wait_ready('GitRepository', 'lively', seconds=20)
        assert time.monotonic() - start < 3.9, 'a silent server took a worker away'
        for i in range(4):
            s.wait_not_ready('GitRepository', f'silent-{i}', reason='GitOperationFailed', contains='context deadline exceeded')
            s.delete('GitRepository', f'silent-{i}')


def test_damaged_and_lost_artifacts_are_rebuilt(s):
    repo = s.repository('damage', {'a': '1'})
    s.apply(s.git_repository('damage', repo))
    o = s.wait_ready('GitRepository', 'damage')
    file = os.path.join(s.sup.path('data'), o['status']['artifact']['path'])
    with open(file, 'r+b') as f:
        f.seek(20)
        f.write(b'XX')
    request(s, 'damage')
    s.wait_event('GitRepository', 'damage', lambda e: e['reason'] == 'ArtifactVerificationFailed')
    assert files(s.wait_ready('GitRepository', 'damage')) == {'a': '1'}
    shutil.rmtree(s.sup.path('data') + '/gitrepository/' + NS)
    shutil.rmtree(s.sup.path('data') + '/.cache')
    request(s, 'damage')
    assert files(s.wait_ready('GitRepository', 'damage')) == {'a': '1'}
    # Objects of the cache, too: a pack that is cut.
    cache = s.sup.path('data') + f'/.cache/gitrepository/{NS}/damage/repository/objects/pack'
    for name in os.listdir(cache):
        if name.endswith('.pack'):
            os.chmod(os.path.join(cache, name), 0o600)
            os.truncate(os.path.join(cache, name), 40)
    s.apply(s.git_repository('damage', repo, ignore='x'))
    s.wait('GitRepository', 'damage', lambda o: o['status'].get('observedIgnore') == 'x' and condition(o, 'Ready')['status'] == 'True')


def test_status_path_cannot_leave_the_storage(s):
    repo = s.repository('evil', {'a': '1'})
    s.apply(s.git_repository('evil', repo))
    o = s.wait_ready('GitRepository', 'evil')
    victim = s.sup.path('victim')
    with open(victim, 'w') as f:
        f.write('precious')
    bad = dict(o['status']['artifact'], path='../victim', digest='sha256:' + '0' * 64)
    s.api.request('PATCH', s.api.path(VERSIONS['GitRepository'], 'GitRepository', NS, 'evil') + '/status', {'status': {'artifact': bad}},
                  content_type='application/merge-patch+json')
    request(s, 'evil')
    assert open(victim).read() == 'precious'
    assert files(s.wait_ready('GitRepository', 'evil')) == {'a': '1'}


def test_suspend_and_delete(s):
    repo = s.repository('gone', {'a': '1'})
    s.apply(s.git_repository('gone', repo))
    s.wait_ready('GitRepository', 'gone')
    s.patch('GitRepository', 'gone', {'spec': {'suspend': True}})
    repo.commit({'a': '2'})
    o = request(s, 'gone')
    assert o['status']['artifact']['revision'] != repo.revision() and condition(o, 'Ready')['status'] == 'True'
    folder = os.path.join(s.sup.path('data'), 'gitrepository', NS, 'gone')
    assert os.path.isdir(folder)
    s.delete('GitRepository', 'gone')
    s.wait_gone('GitRepository', 'gone')
    assert not os.path.exists(folder) and not os.path.exists(s.sup.path('data') + f'/.cache/gitrepository/{NS}/gone')


UNSUPPORTED = [
    ('OCIRepository', {'interval': '1m', 'url': 'oci://example.com/x'}),
    ('HelmRepository', {'interval': '1m', 'url': 'https://example.com'}),
    ('HelmChart', {'interval': '1m', 'chart': 'x', 'sourceRef': {'kind': 'HelmRepository', 'name': 'x'}}),
    ('Bucket', {'interval': '1m', 'bucketName': 'x', 'endpoint': 'example.com'}),
]


@pytest.mark.parametrize('kind,spec', UNSUPPORTED, ids=[u[0] for u in UNSUPPORTED])
def test_other_kinds_say_that_they_are_not_supported(s, kind, spec):
    s.apply({'apiVersion': VERSIONS[kind], 'kind': kind, 'metadata': {'name': 'x', 'namespace': NS}, 'spec': spec})
    o = s.wait_not_ready(kind, 'x', reason='NotSupported', contains='is not supported by this version')
    assert condition(o, 'Stalled')['status'] == 'True' and not o['metadata'].get('finalizers')
    s.delete(kind, 'x')
    s.wait_gone(kind, 'x')


def test_oci_helm_repository_is_left_alone(s):
    s.apply({'apiVersion': VERSIONS['HelmRepository'], 'kind': 'HelmRepository', 'metadata': {'name': 'oci', 'namespace': NS},
             'spec': {'type': 'oci', 'url': 'oci://example.com/x'}})
    s.apply(s.git_repository('after', s.repository('after', {'a': '1'})))
    s.wait_ready('GitRepository', 'after')
    o = s.get('HelmRepository', 'oci')
    assert not o.get('status', {}).get('conditions') and not o['metadata'].get('finalizers')
