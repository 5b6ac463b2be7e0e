import { readdirSync, readFileSync } from 'node:fs';
import test from 'ava';
import type { Listen } from '../../src/config/config.ts';
import { renderer } from '../../src/haproxy/file/render.ts';
import { allocateServers } from '../../src/haproxy/slots/allocate.ts';
import { parseBind } from '../../src/haproxy-syntax/bind.ts';
import { assumedVersion } from '../../src/haproxy-syntax/version.ts';
import { withHeldBack } from '../../src/plan/held-back.ts';
import { problem } from '../../src/problem/problem.ts';
import { config, listen, observed } from '../support/config-sample.ts';

const folder = new URL('../../templates/', import.meta.url);
const parts = new Map(readdirSync(folder).map((file) => [file.replace('.mustache', ''), readFileSync(new URL(file, folder), 'utf8')]));
const render = renderer(parts, assumedVersion);
const udp = { tcp: false, payload: 8192, warnings: [] };

const refused = problem('haproxy.refused', { hint: 'x' });
const taken = problem('bind.taken', { bind: 'x', owner: 'x', port: 1 });

/** A listen that shares an address by its name, with a certificate. */
const shared = (name: string, crt: string | null, address = '127.0.0.1:443'): Listen =>
  listen({ name, hosts: [`${name}.example.org`], binds: [{ ...parseBind(address), tls: crt === null ? null : { crt, alpn: [] } }] });

const file = (listens: readonly Listen[], pods: readonly string[] = []) =>
  render(
    config(listens),
    allocateServers(
      config(listens),
      listens.map((one) => observed(one, pods)),
      new Map(),
      false,
    ),
    udp,
  );

function left(was: readonly Listen[] | null, now: readonly Listen[], why: Readonly<Record<string, typeof refused>>): string {
  return withHeldBack(file(now), was === null ? null : file(was), config(now), [], new Map(Object.entries(why)));
}
const binds = (text: string) => text.split('\n').filter((line) => line.startsWith('    bind '));

test('a refused listen keeps the certificates it had at a shared address, in its place among the others', (t) => {
  const was = [shared('a', '/a.pem'), shared('b', '/b.pem')];
  const now = [shared('a', '/broken.pem'), shared('b', '/b2.pem'), shared('c', '/c.pem')];
  // The old certificate of b is told from that of a by nothing but its path: both stay until a is mended.
  t.deepEqual(binds(left(was, now, { a: refused })), ['    bind 127.0.0.1:443 ssl crt /a.pem crt /b.pem crt /b2.pem crt /c.pem']);
  t.deepEqual(binds(left(was, [shared('a', '/broken.pem'), shared('b', '/b.pem')], { a: refused })), [
    '    bind 127.0.0.1:443 ssl crt /a.pem crt /b.pem',
  ]);
});

test('a new listen that is refused has no certificate there, and its name leads nowhere', (t) => {
  const text = left([shared('a', '/a.pem')], [shared('a', '/a.pem'), shared('b', '/broken.pem')], { b: refused });
  t.deepEqual(binds(text), ['    bind 127.0.0.1:443 ssl crt /a.pem']);
  t.true(text.includes('use_backend b if'));
  t.true(text.endsWith('\nbackend b\n    mode tcp\n'));
});

test('where no certificate would be left, the frontend is as it was, or out', (t) => {
  const other = listen({ name: 'other' });
  t.deepEqual(binds(left([other], [other, shared('a', '/broken.pem')], { a: refused })), ['    bind 127.0.0.1:8443']);
  t.deepEqual(left(null, [shared('a', '/broken.pem')], { a: refused }).includes('_shared_'), false);
});

test('an address that cannot be had leaves the frontend and its listens as they were', (t) => {
  const was = [shared('a', null), shared('b', null)];
  const now = [shared('a', null, '127.0.0.1:444'), shared('b', null, '127.0.0.1:444')];
  t.is(left(was, now, { a: taken, b: taken }), file(was));
  t.is(left(was, now, { a: taken, b: problem('defect', { what: 'cluster DNS fails for it' }) }), file(was));
  // Alone with an address of its own before, it stays so.
  const alone = [listen({ name: 'a' })];
  t.is(left(alone, [shared('a', null, '127.0.0.1:444')], { a: taken }), file(alone));
});

test('a listen that cluster DNS fails for keeps its certificate', (t) => {
  const all = [shared('a', '/a.pem'), shared('b', '/b.pem')];
  const text = left(all, all, { b: problem('defect', { what: 'it stands for any failure of DNS' }) });
  t.deepEqual(binds(text), ['    bind 127.0.0.1:443 ssl crt /a.pem crt /b.pem']);
});
