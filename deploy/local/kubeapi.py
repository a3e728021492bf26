"""A small Kubernetes REST client on Python's standard library, for the supervisor and the tests: kubeconfig, apply, watch."""
import base64, http.client, json, os, socket, ssl, tempfile, urllib.parse

import yaml


class ApiError(Exception):
    def __init__(self, status, body):
        self.status, self.body = status, body
        try:
            message = json.loads(body).get('message', '')
        except ValueError:
            message = body.decode('utf-8', 'replace')[:300] if isinstance(body, bytes) else str(body)
        super().__init__(f'{status}: {message}')


class Api:
    """One user's view of one API server. Each request has a connection of its own; safe to use from several threads."""

    def __init__(self, kubeconfig, context=None, user_agent='runnel-supervisor'):
        with open(kubeconfig) as f:
            config = yaml.safe_load(f)
        base = os.path.dirname(os.path.abspath(kubeconfig))
        name = context or config.get('current-context')
        ctx = _named(config['contexts'], name)['context']
        cluster = _named(config['clusters'], ctx['cluster'])['cluster']
        user = _named(config.get('users') or [], ctx.get('user', ''), {'user': {}})['user'] or {}
        self.server = urllib.parse.urlsplit(cluster['server'])
        self.headers = {'User-Agent': user_agent, 'Accept': 'application/json'}
        if user.get('token'):
            self.headers['Authorization'] = 'Bearer ' + user['token']
        self.tls = None
        if self.server.scheme == 'https':
            ca = _data(cluster, 'certificate-authority', base)
            self.tls = ssl.create_default_context(cadata=ca.decode() if ca else None)
            if cluster.get('insecure-skip-tls-verify'):
                self.tls.check_hostname, self.tls.verify_mode = False, ssl.CERT_NONE
            cert, key = _data(user, 'client-certificate', base), _data(user, 'client-key', base)
            if cert and key:
                with tempfile.NamedTemporaryFile() as f:  # the ssl module loads certificates from files only
                    f.write(cert + b'\n' + key)
                    f.flush()
                    self.tls.load_cert_chain(f.name)
        self._resources = {}

    def _connection(self, timeout):
        host, port = self.server.hostname, self.server.port
        if self.tls:
            return http.client.HTTPSConnection(host, port or 443, timeout=timeout, context=self.tls)
        return http.client.HTTPConnection(host, port or 80, timeout=timeout)

    def request(self, method, path, body=None, content_type='application/json', timeout=60, raw=False, headers=None):
        conn = self._connection(timeout)
        try:
            send = dict(self.headers, **(headers or {}))
            if body is not None:
                send['Content-Type'] = content_type
                body = body if isinstance(body, (bytes, str)) else json.dumps(body)
            conn.request(method, self.server.path.rstrip('/') + path, body, send)
            answer = conn.getresponse()
            data = answer.read()
            if answer.status >= 400:
                raise ApiError(answer.status, data)
            return data if raw else (json.loads(data) if data else None)
        finally:
            conn.close()

    def watch(self, path, timeout=300):
        """Yields (type, object) until the server ends the stream or nothing comes for `timeout` seconds."""
        conn = self._connection(timeout)
        try:
            conn.request('GET', self.server.path.rstrip('/') + path, None, self.headers)
            answer = conn.getresponse()
            if answer.status >= 400:
                raise ApiError(answer.status, answer.read())
            while True:
                line = answer.readline()
                if not line:
                    return
                event = json.loads(line)
                yield event['type'], event['object']
        except socket.timeout:
            return
        finally:
            conn.close()

    def resource(self, api_version, kind):
        """(plural, namespaced) by discovery, asked again when a kind is not known yet."""
        prefix = '/api/v1' if api_version == 'v1' else '/apis/' + api_version
        if (api_version, kind) not in self._resources:
            for r in self.request('GET', prefix)['resources']:
                if '/' not in r['name']:
                    self._resources[(api_version, r['kind'])] = (r['name'], r['namespaced'])
        return self._resources[(api_version, kind)]

    def path(self, api_version, kind, namespace=None, name=None):
        plural, namespaced = self.resource(api_version, kind)
        p = '/api/v1' if api_version == 'v1' else '/apis/' + api_version
        if namespaced and namespace:
            p += '/namespaces/' + namespace
        return p + '/' + plural + ('/' + name if name else '')

    def object_path(self, o, default_namespace='default'):
        m = o['metadata']
        return self.path(o['apiVersion'], o['kind'], m.get('namespace') or default_namespace, m['name'])

    def get(self, api_version, kind, namespace, name):
        return self.request('GET', self.path(api_version, kind, namespace, name))

    def list(self, api_version, kind, namespace=None, query=''):
        return self.request('GET', self.path(api_version, kind, namespace) + query)['items']

    def apply(self, o, manager='runnel-supervisor', force=True):
        """Server-side apply."""
        query = f'?fieldManager={manager}' + ('&force=true' if force else '')
        return self.request('PATCH', self.object_path(o) + query, o, 'application/apply-patch+yaml')

    def patch(self, api_version, kind, namespace, name, body, content_type='application/merge-patch+json'):
        return self.request('PATCH', self.path(api_version, kind, namespace, name), body, content_type)

    def delete(self, api_version, kind, namespace, name):
        return self.request('DELETE', self.path(api_version, kind, namespace, name))


def _named(items, name, fallback=None):
    for i in items:
        if i['name'] == name:
            return i
    if fallback is None:
        raise ValueError(f'kubeconfig: no entry named {name!r}')
    return fallback


def _data(section, key, base):
    if section.get(key + '-data'):
        return base64.b64decode(section[key + '-data'])
    if section.get(key):
        with open(os.path.join(base, section[key]), 'rb') as f:
            return f.read()
    return None
