import test, { type ExecutionContext } from 'ava';
import { type ApiObject, type KubernetesApi, kubeconfigText, refuse, startKubernetesApi } from '../../../demo/kubernetes-api.ts';
import { selfSigned } from '../../../demo/self-signed.ts';
import { until } from '../../support/kubernetes/objects.ts';
import { ready, serviceJson, sliceJson } from '../../support/kubernetes/samples.ts';
import { watched } from '../../support/kubernetes/watched.ts';

// The API server is a double here, because a real one does not lie, stall or break off at will. What a real one does is in real.test.ts.

async function startedApi(t: ExecutionContext, options: { readonly days?: number } = {}): Promise<KubernetesApi> {
  const api = await startKubernetesApi(options);
  t.teardown(api.close);
  api.set('services', serviceJson() as unknown as ApiObject);
  pods(api, '10.1.0.1');
  return api;
}

function pods(api: KubernetesApi, ...addresses: readonly string[]): void {
  api.set('endpointslices', sliceJson(addresses.map((address) => ready(address))) as unknown as ApiObject);
}

const web = '{web: {podPort: 8080}}';
const isWatch = (url = '') => url.includes('watch=true');
const isSlices = (url = '') => url.includes('endpointslices');
/** A whole list: for one object the version is asked for. */
const isList = (url = '') => !isWatch(url) && !url.includes('limit=1&') && !url.endsWith('limit=1');

test('what changes is reported, and the watch goes on from where it was after each cut', async (t) => {
  const api = await startedApi(t);
  const it = watched(t, api.kubeconfig, web);
  await it.has('web', ['10.1.0.1']);
  for (let i = 2; i <= 5; i++) {
    api.cut();
    pods(api, `10.1.0.${i}`);
    await it.has('web', [`10.1.0.${i}`]);
  }
  t.is(api.requests.filter((one) => isSlices(one) && isList(one)).length, 1, 'it was listed once');
  t.true(it.counts.restart >= 4);
  t.false(
    it.reports.some(({ state }) => state === 'failed'),
    'a cut connection is no outage',
  );
});

test('a history that is gone leads to a new list, whether the HTTP status or an event says so', async (t) => {
  const api = await startedApi(t);
  const it = watched(t, api.kubeconfig, web);
  await it.has('web', ['10.1.0.1']);
  pods(api, '10.1.0.2');
  await it.has('web', ['10.1.0.2']);
  pods(api, '10.1.0.3');
  api.compact();
  api.cut();
  await it.has('web', ['10.1.0.3']);

  let expired = false;
  api.intercept(({ url }, response) => {
    if (expired || !isWatch(url) || !isSlices(url)) return false;
    expired = true;
    response.writeHead(200);
    response.end(`${JSON.stringify({ type: 'ERROR', object: { kind: 'Status', code: 410, reason: 'Expired', message: 'too old' } })}\n`);
    return true;
  });
  api.cut();
  await until('it was told', () => expired);
  pods(api, '10.1.0.4');
  await it.has('web', ['10.1.0.4']);
  t.is(api.requests.filter((one) => isSlices(one) && isList(one)).length, 3);
});

test('a list that breaks off, or whose next page has expired, removes nothing', async (t) => {
  const api = await startedApi(t);
  const it = watched(t, api.kubeconfig, web);
  await it.has('web', ['10.1.0.1']);
  const faults = ['cut', 'no list', 'no version', 'not JSON', 'expired page'];
  let seen = 0;
  api.intercept(({ url }, response) => {
    if (!isList(url) || !isSlices(url) || seen === faults.length) return false;
    const fault = url?.includes('continue=') ? 'expired page' : faults[seen];
    if (fault === 'expired page' && !url?.includes('continue=')) {
      const body = { metadata: { resourceVersion: '5', continue: 'next' }, items: [] };
      response.end(JSON.stringify(body));
      return true;
    }
    seen++;
    if (fault === 'expired page') refuse(response, 410, 'the continue token is too old', 'Expired');
    else if (fault === 'cut') {
      response.writeHead(200, { 'content-length': '1000' });
      response.write('{"metadata":{"resourceVersion":"5"},"items":[');
      setImmediate(() => response.destroy());
    } else response.end(fault === 'no list' ? '{"metadata":{"resourceVersion":"5"}}' : fault === 'no version' ? '{"items":[]}' : '<html>');
    return true;
  });
  api.compact();
  pods(api, '10.1.0.7');
  api.compact();
  api.cut();
  await it.fails('web', 'api.garbage');
  t.deepEqual(it.addresses('web'), ['10.1.0.1']);
  await it.has('web', ['10.1.0.7']);
  t.is(seen, faults.length);
});

test('objects that lie cost themselves alone, and a slice that was good before stays as it was', async (t) => {
  const api = await startedApi(t);
  api.set('endpointslices', sliceJson([ready('10.1.0.2')], { name: 'web-2' }) as unknown as ApiObject);
  const it = watched(t, api.kubeconfig, web);
  await it.has('web', ['10.1.0.1', '10.1.0.2']);
  api.set('endpointslices', sliceJson([ready('10.1.0.3\nserver x 192.0.2.1:1')], { name: 'web-2' }) as unknown as ApiObject);
  api.set('endpointslices', sliceJson([ready('10.1.0.4')], { name: 'web-3', ports: [{ port: 0 }] }) as unknown as ApiObject);
  api.set('endpointslices', sliceJson([ready('10.1.0.5')], { name: 'web-4' }) as unknown as ApiObject);
  await it.has('web', ['10.1.0.1', '10.1.0.2', '10.1.0.5']);
  t.deepEqual(
    it
      .known()
      .get('web')
      ?.observation?.warnings.map(({ message }) => message),
    [
      'EndpointSlice web-2 in namespace default is not used: an endpoint has no IPv4 address',
      'EndpointSlice web-3 in namespace default is not used: a port is invalid',
    ],
  );
});

test('a slice that goes to another Service, or to none, leaves the first', async (t) => {
  const api = await startedApi(t);
  api.set('services', serviceJson({}, 'other') as unknown as ApiObject);
  const it = watched(t, api.kubeconfig, '{web: {podPort: 8080}, other: {podPort: 8081}}');
  await it.has('web', ['10.1.0.1']);
  api.set('endpointslices', sliceJson([ready('10.1.0.1')], { service: 'other' }) as unknown as ApiObject);
  await it.has('other', ['10.1.0.1']);
  t.deepEqual(it.addresses('web'), []);
});

test('a Service that is deleted loses its servers, and comes back as another kind', async (t) => {
  const api = await startedApi(t);
  const it = watched(t, api.kubeconfig, web);
  await it.has('web', ['10.1.0.1']);
  api.remove('services', 'default', 'web');
  await it.has('web', []);
  api.set('services', serviceJson({ type: 'ExternalName', externalName: 'db.example.org', clusterIPs: [] }) as unknown as ApiObject);
  await it.fails('web', 'api.external-name');
  t.deepEqual(it.addresses('web'), []);
  api.set('services', serviceJson({ clusterIPs: ['None'] }) as unknown as ApiObject);
  await it.has('web', ['10.1.0.1']);
});

test('credentials that are refused, and permissions that are missing, keep what is known and name what to do', async (t) => {
  const api = await startedApi(t);
  const it = watched(t, api.kubeconfig, web);
  await it.has('web', ['10.1.0.1']);
  let status = 401;
  api.intercept((_, response) => {
    refuse(response, status, 'endpointslices.discovery.k8s.io is forbidden');
    return true;
  });
  api.cut();
  await it.fails('web', 'api.unauthorized');
  status = 403;
  await it.fails('web', 'api.forbidden');
  t.regex(
    it.known().get('web')?.failing?.problem.message ?? '',
    /does not let podfront (list|watch) (services|endpointslices) in namespace default/,
  );
  t.deepEqual(it.addresses('web'), ['10.1.0.1']);
  api.intercept(null);
  await it.recovers('web');
});

test('a server of another authority, and one whose certificate has ended, is not asked', async (t) => {
  const api = await startedApi(t);
  const other = watched(t, kubeconfigText(api.url, selfSigned('other').certificate, { token: api.token }), web);
  await other.fails('web', 'api.tls');
  const ended = await startedApi(t, { days: -1 });
  await watched(t, ended.kubeconfig, web).fails('web', 'api.tls');
  t.deepEqual([...api.requests, ...ended.requests], []);
});

test('a server that is not verified is a warning that stays', async (t) => {
  const api = await startedApi(t);
  const unverified = JSON.parse(api.kubeconfig) as { clusters: { cluster: Record<string, unknown> }[] };
  unverified.clusters[0] = { ...unverified.clusters[0], cluster: { server: api.url, 'insecure-skip-tls-verify': true } };
  const it = watched(t, JSON.stringify(unverified), web);
  await it.has('web', ['10.1.0.1']);
  t.deepEqual(
    it
      .known()
      .get('web')
      ?.observation?.warnings.map(({ code }) => code),
    ['api.insecure'],
  );
});

test('a watch that sends no events, or a line without end, is restarted', async (t) => {
  const api = await startedApi(t);
  const bad = ['{}\n', 'nonsense\n', '{"type":"ADDED","object":{}}\n', 'x'.repeat(9 * 1024 * 1024)];
  let sent = 0;
  api.intercept(({ url }, response) => {
    const line = isWatch(url) && isSlices(url) ? bad[sent] : undefined;
    if (line === undefined) return false;
    sent++;
    response.writeHead(200);
    response.write(line);
    return true;
  });
  const it = watched(t, api.kubeconfig, web);
  await it.has('web', ['10.1.0.1']);
  await until('all were sent', () => sent === bad.length);
  pods(api, '10.1.0.2');
  await it.has('web', ['10.1.0.2']);
  t.true(it.counts.restart >= bad.length);
});

test('listens of many namespaces share two watches, or have two each where that is not allowed', async (t) => {
  const api = await startedApi(t);
  const namespaces = Array.from({ length: 12 }, (_, i) => `n${i}`);
  for (const [i, namespace] of namespaces.entries()) {
    api.set('services', serviceJson({}, 'web', namespace) as unknown as ApiObject);
    api.set('endpointslices', sliceJson([ready(`10.1.1.${i + 1}`)], { namespace }) as unknown as ApiObject);
  }
  const listens = `{${namespaces.map((namespace, i) => `${namespace}: {serviceName: web, namespace: ${namespace}, podPort: ${8100 + i}}`).join(', ')}}`;
  await watched(t, api.kubeconfig, listens).has('n11', ['10.1.1.12']);
  await until('two watches', () => api.requests.filter(isWatch).length >= 2);
  t.is(new Set(api.requests.filter(isWatch)).size, 2);

  api.intercept(({ url = '' }, response) => {
    if (url.includes('/namespaces/')) return false;
    refuse(response, 403, 'not in all namespaces');
    return true;
  });
  const before = api.requests.length;
  const it = watched(t, api.kubeconfig, listens);
  for (const [i, namespace] of namespaces.entries()) await it.has(namespace, [`10.1.1.${i + 1}`]);
  await until('24 watches', () => api.requests.slice(before).filter((one) => isWatch(one) && one.includes('/namespaces/')).length === 24);
  t.false(it.reports.some(({ state }) => state === 'failed'));
});

test('the Service of fallbackServiceName is followed too', async (t) => {
  const api = await startedApi(t);
  const it = watched(t, api.kubeconfig, '{web: {podPort: 8080, fallbackServicePort: 8443, fallbackServiceName: web-vip}}');
  await it.has('web', ['10.1.0.1']);
  const backup = () => it.known().get('web')?.observation?.backup?.address.text ?? null;
  t.is(backup(), null);
  api.set('services', serviceJson({ clusterIPs: ['10.0.0.9'] }, 'web-vip') as unknown as ApiObject);
  await until('its ClusterIP is the backup', () => backup() === '10.0.0.9');
  api.remove('services', 'default', 'web-vip');
  await until('it is gone', () => backup() === null);
  t.deepEqual(it.addresses('web'), ['10.1.0.1']);
});
