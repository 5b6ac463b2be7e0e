import { fileURLToPath } from 'node:url';
import test from 'ava';
import { reloadDigest } from '../../../src/haproxy/file/reload-digest.ts';
import { renderer } from '../../../src/haproxy/file/render.ts';
import { runtimeListens } from '../../../src/haproxy/file/runtime-listens.ts';
import { readTemplates } from '../../../src/haproxy/load-templates.ts';
import { assumedVersion } from '../../../src/haproxy-syntax/version.ts';
import { desiredFile } from '../../../src/plan/desired-file.ts';
import { refreshPods, refreshSlots } from '../../../src/plan/refresh-slots.ts';
import { config, listen, observedEndpoints } from '../../support/config-sample.ts';

const parts = readTemplates(fileURLToPath(new URL('../../../', import.meta.url)), null);
const web = listen({ name: 'web', records: 'endpoints' });
const api = listen({ name: 'api', records: 'endpoints', extraPodTemplateOptions: 'weight 5' });
const setup = config([web, api], { reload: { kind: 'master', socket: '/run/m.sock' } });

function desired(pods: readonly string[], own = setup, templates = parts) {
  const observations = own.listens.map((one) => observedEndpoints(one, one.name === 'web' ? pods : ['api-1 10.1.9.9']));
  return {
    observations,
    ...desiredFile({ config: own, render: renderer(templates, assumedVersion), version: assumedVersion, observations, currentFile: null }),
  };
}

const none = desired([]);
const some = desired(['web-a 10.1.0.1', 'web-b 10.1.0.2 draining', 'web-c 10.1.0.3:8443']);

test('pods alone are no reason for a reload, from none to some', (t) => {
  t.not(none.text, some.text);
  t.is(reloadDigest(none.text), reloadDigest(some.text));
  t.not(reloadDigest(some.text), reloadDigest(some.text.replace('weight 5', 'weight 6')));
  t.not(
    reloadDigest(some.text),
    reloadDigest(some.text.replace('server web-a 10.1.0.1:443 check', 'server web-a 10.1.0.1:443 check backup')),
  );
});

test('without a name server there is no resolvers section', (t) => {
  const without = desired(['web-a 10.1.0.1'], { ...setup, cluster: { ...setup.cluster, nameservers: [] } });
  t.regex(some.text, /^resolvers cluster$/m);
  t.notRegex(without.text, /resolvers/);
  t.is(without.text, desired(['web-a 10.1.0.1']).text.replace(/\nresolvers cluster\n(?: .*\n)+/, ''));
});

test('the pods of a file are read with what add server is to be given', (t) => {
  const found = runtimeListens(some.text);
  t.deepEqual([...found.keys()], ['web', 'api']);
  t.like(found.get('web'), { options: 'observe layer4 error-limit 1 on-error mark-down rise 1 downinter 200ms check', weight: 1 });
  t.deepEqual(
    found.get('web')?.servers.map(({ name, address, state }) => `${name} ${address} ${state}`),
    ['web-a 10.1.0.1:443 ready', 'web-b 10.1.0.2:443 drain', 'web-c 10.1.0.3:8443 ready'],
  );
  t.is(found.get('api')?.weight, 5);
});

test('the file with other pods is what rendering would write', (t) => {
  t.is(refreshPods(none.text, some.allocation), some.text);
  t.is(refreshPods(some.text, none.allocation), none.text);
  t.is(refreshSlots(none.text, setup, some.observations), some.text);
  t.is(refreshPods(none.text.replaceAll('# pods at run time', '# other'), some.allocation), null, 'not where pods need a reload');
});

test('without a way to tell HAProxy, and with templates that write more than a line, pods need a reload', (t) => {
  const blind = config([web], { reload: { kind: 'pidfile', file: '/run/haproxy.pid' } });
  t.regex(desired([], blind).text, /# pods by reload: neither haproxy\.reload\.master nor haproxy\.socket is set\n/);
  const twice = new Map([...parts, ['server', `${parts.get('server')}    # of {{id}} {{target}}\n`]]);
  const { text } = desired(['web-a 10.1.0.1'], setup, twice);
  t.regex(text, /# pods by reload: the template of its servers writes more than a line\n/);
  t.false(text.includes('POD'));
  t.regex(text, /server web-a 10\.1\.0\.1:443 check observe none\n {4}# of web-a 10\.1\.0\.1:443\n/);
});
