import { readdirSync, readFileSync } from 'node:fs';
import test from 'ava';
import fc from 'fast-check';
import type { Listen } from '../../src/config/config.ts';
import { reloadDigest } from '../../src/haproxy/file/reload-digest.ts';
import { renderer } from '../../src/haproxy/file/render.ts';
import { readSlots } from '../../src/haproxy/file/slot-lines.ts';
import { allocateServers } from '../../src/haproxy/slots/allocate.ts';
import { assumedVersion } from '../../src/haproxy-syntax/version.ts';
import { changesBetween } from '../../src/plan/changes.ts';
import { address, config, listen, observed, podAddresses } from '../support/config-sample.ts';

const folder = new URL('../../templates/', import.meta.url);
const parts = new Map(readdirSync(folder).map((file) => [file.replace('.mustache', ''), readFileSync(new URL(file, folder), 'utf8')]));
const render = renderer(parts, assumedVersion);
const udp = { tcp: false, payload: 8192, warnings: [] };

const web = listen({ name: 'web' });
const api = listen({ name: 'api', fallbackServicePort: 80 });

function file(pods: Readonly<Record<string, readonly string[]>>, listens: readonly Listen[] = [web, api], current = ''): string {
  const all = config(listens);
  const serviceAddresses = [address('127.0.0.9')];
  const observations = listens.map((one) => observed(one, pods[one.name] ?? [], { serviceAddresses }));
  return render(all, allocateServers(all, observations, readSlots(current), false), udp);
}

const base = file({ web: ['127.1.0.1', '127.1.0.2'], api: ['127.1.0.5'] });
const unchanged = {
  kind: 'changed',
  added: [],
  removed: [],
  moved: [],
  pods: null,
  slots: null,
  otherLines: false,
  runtime: false,
  needsReload: false,
} as const;

test('one and the same file has no changes', (t) => {
  t.deepEqual(changesBetween(base, base), { listens: [], otherSections: false });
});

test('pods that come and go are servers added, removed and moved, and need no reload', (t) => {
  const second = file({ web: ['127.1.0.2', '127.1.0.3', '127.1.0.4'], api: [] }, [web, api], base);
  t.deepEqual(changesBetween(base, second), {
    otherSections: false,
    listens: [
      {
        ...unchanged,
        listen: 'web',
        moved: [{ server: 'pod1', from: '127.1.0.1:443', to: '127.1.0.3:443' }],
        added: [{ server: 'pod3', address: '127.1.0.4:443' }],
        pods: { from: 2, to: 3 },
      },
      { ...unchanged, listen: 'api', removed: [{ server: 'pod1', address: '127.1.0.5:443' }], pods: { from: 1, to: 0 } },
    ],
  });
});

test('a change of the number of slots is given as such, and not as other lines', (t) => {
  const [change, ...more] = changesBetween(base, file({ web: podAddresses(20), api: ['127.1.0.5'] }, [web, api], base)).listens;
  t.deepEqual(more, []);
  t.like(change, { listen: 'web', slots: { from: 20, to: 40 }, otherLines: false, needsReload: true });
  t.is(change?.added.length, 18);
});

test('a bind, an option and the name that slots follow are other lines', (t) => {
  for (const [from, to] of [
    ['    bind 127.0.0.1:8443', '    bind 127.0.0.1:8444'],
    ['resolve-prefer ipv4', 'resolve-prefer ipv6'],
    ['balance leastconn', 'balance source'],
  ] as const) {
    const second = base.replace(from, to);
    t.not(second, base);
    t.deepEqual(changesBetween(base, second).listens, [{ ...unchanged, listen: 'web', otherLines: true, needsReload: true }], to);
  }
});

test('a listen that is new, one that is gone, and sections around them', (t) => {
  const second = file({ web: ['127.1.0.1', '127.1.0.2'], shop: ['127.1.0.7'] }, [web, listen({ name: 'shop' })]);
  const { listens, otherSections } = changesBetween(base, second.replace('retries 3', 'retries 2'));
  t.true(otherSections);
  t.deepEqual(
    listens.map(({ listen, kind, added, removed, slots, needsReload }) => ({ listen, kind, added, removed, slots, needsReload })),
    [
      {
        listen: 'shop',
        kind: 'added',
        added: [{ server: 'pod1', address: '127.1.0.7:443' }],
        removed: [],
        slots: { from: 0, to: 20 },
        needsReload: true,
      },
      {
        listen: 'api',
        kind: 'removed',
        added: [],
        removed: [
          { server: 'pod1', address: '127.1.0.5:443' },
          { server: 'service', address: '127.0.0.9:80' },
        ],
        slots: { from: 20, to: 0 },
        needsReload: true,
      },
    ],
  );
  t.is(changesBetween(null, base).listens.length, 2);
});

test('servers with addresses of their own are added, removed and moved by name; only a reload or the runtime API brings them', (t) => {
  const block = (servers: string) => `\nlisten web\n    mode tcp\n${servers}`;
  const one = block('    server web-a 127.1.0.1:80 check\n    server web-b 127.1.0.2:80 check\n');
  const two = block('    server web-b 127.1.0.3:80 check\n    server web-c [::1]:80 check\n');
  t.deepEqual(changesBetween(one, two).listens, [
    {
      ...unchanged,
      listen: 'web',
      added: [{ server: 'web-c', address: '[::1]:80' }],
      removed: [{ server: 'web-a', address: '127.1.0.1:80' }],
      moved: [{ server: 'web-b', from: '127.1.0.2:80', to: '127.1.0.3:80' }],
      needsReload: true,
    },
  ]);
});

test('a reload is needed exactly where the digests of the files differ', (t) => {
  const pods = () => fc.subarray([...podAddresses(40)]);
  fc.assert(
    fc.property(pods(), pods(), fc.boolean(), (first, second, other) => {
      const one = file({ web: first });
      const two = file({ web: second }, [web, api], one).replace('retries 3', other ? 'retries 2' : 'retries 3');
      const { listens, otherSections } = changesBetween(one, two);
      return (listens.some(({ needsReload }) => needsReload) || otherSections) === (reloadDigest(one) !== reloadDigest(two));
    }),
  );
  t.pass();
});

test('whatever text is compared, nothing throws', (t) => {
  fc.assert(fc.property(fc.string(), fc.string(), (one, two) => changesBetween(one, two).listens.length >= 0));
  t.pass();
});
