import test from 'ava';
import { watchedPaths } from '../../src/config/watched-paths.ts';
import { config, listen } from '../support/config-sample.ts';

test('every file that a configuration names is watched, each once, and files with private keys are not read', (t) => {
  const [bind] = listen().binds;
  if (bind === undefined) return t.fail();
  const crt = '/etc/haproxy/certs/a.pem';
  const basicAuth = { file: '/etc/local/htpasswd', group: 'login', groupFile: null };
  const one = listen({ name: 'one', basicAuth, binds: [bind, { ...bind, tls: { crt, alpn: [] } }] });
  const two = listen({
    name: 'two',
    basicAuth: { ...basicAuth, groupFile: '/etc/group' },
    binds: [{ ...bind, tls: { crt, alpn: [] } }],
    tls: { kind: 'verified', caFile: '/etc/ca.pem', sni: null },
  });
  t.deepEqual(watchedPaths(config([one, two, listen()], { with: ['/etc/base.cfg'], templates: '/etc/templates' }), '/etc/podfront.yaml'), {
    read: ['/etc/podfront.yaml', '/etc/templates', '/etc/base.cfg', '/etc/local/htpasswd', '/etc/group'],
    stamped: [crt, '/etc/ca.pem'],
  });
});
