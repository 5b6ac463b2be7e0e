import { readdirSync, readFileSync } from 'node:fs';
import test from 'ava';
import fc from 'fast-check';
import { parseConfig } from '../../../src/config/parse.ts';
import { renderer } from '../../../src/haproxy/file/render.ts';
import { assumedVersion, parseVersion } from '../../../src/haproxy-syntax/version.ts';
import { desiredFile } from '../../../src/plan/desired-file.ts';
import { Problem } from '../../../src/problem/problem.ts';
import type { Endpoint } from '../../../src/source/observation.ts';
import { address, config, endpoint, listen, observed, podAddresses } from '../../support/config-sample.ts';

const folder = new URL('../../../templates/', import.meta.url);
const parts = new Map(readdirSync(folder).map((file) => [file.replace('.mustache', ''), readFileSync(new URL(file, folder), 'utf8')]));
const render = renderer(parts, assumedVersion);
const version = parseVersion('2.6');

test('answers in any order give the same bytes', (t) => {
  const web = listen();
  const all = config([web]);
  const pods = podAddresses(40).map(endpoint);
  const text = (endpoints: readonly Endpoint[]) =>
    desiredFile({ config: all, observations: [observed(web, [], { endpoints, state: 'found' })], currentFile: null, version, render }).text;
  fc.assert(fc.property(fc.shuffledSubarray([...pods], { minLength: 40 }), (shuffled) => text(shuffled) === text(pods)));
  t.pass();
});

/** The sections of a file, and for each its lines by their first word. */
function outline(text: string): readonly string[] {
  return text
    .split('\n')
    .filter((line) => line.trim() !== '' && !line.startsWith('#'))
    .map((line) => (/^\S/.test(line) ? line : `  ${line.trim().split(/\s/)[0]}`));
}

test('whatever strings the configuration holds, it is refused or the file has exactly the sections and lines it should', (t) => {
  const hostile = fc.oneof(
    fc.string(),
    fc.string({ unit: 'binary' }),
    fc.constantFrom(
      'a\nlisten evil',
      'x\n    server evil 192.0.2.1:80',
      'a b',
      '"a',
      'a #',
      'a\\',
      `$\{HOME}`,
      'a\r\nb',
      '\u2028',
      '{{name}}',
      '{{{name}}}',
      '*',
      '-',
    ),
    fc.stringMatching(/^[a-z][a-z0-9-]{0,9}$/),
  );
  const field = fc.constantFrom(
    'name',
    'serviceName',
    'namespace',
    'balance',
    'bind',
    'podPort',
    'caFile',
    'sni',
    'options',
    'extra',
    'domain',
    'socket',
    'global',
    'defaults',
    'stats',
  );
  fc.assert(
    fc.property(field, hostile, (where, text) => {
      const at = (name: string, usual: string) => (where === name ? text : usual);
      const document = JSON.stringify({
        cluster: { nameservers: ['127.0.0.1:53'], domain: at('domain', 'cluster.local') },
        haproxy: {
          socket: at('socket', '/run/h.sock'),
          global: at('global', 'maxconn 100'),
          defaults: at('defaults', 'maxconn 50'),
          stats: at('stats', '127.0.0.1:8000'),
        },
        listen: {
          [at('name', 'web')]: {
            binds: [at('bind', '127.0.0.1:8443')],
            serviceName: at('serviceName', 'web'),
            namespace: at('namespace', 'default'),
            podPort: at('podPort', 'https'),
            balance: at('balance', 'leastconn'),
            sslBackend: { verify: 'required', caFile: at('caFile', '/ca.crt'), sni: at('sni', 'example.org') },
            extraPodTemplateOptions: at('options', 'inter 2s'),
            haproxyExtraConfig: at('extra', 'option tcpka'),
          },
        },
      });
      const made = refusedOr(() => {
        const parsed = parseConfig(document, 'podfront.yaml');
        const [one] = parsed.listens;
        if (one === undefined) throw new Error('a configuration without listens was taken');
        const name = '_https._tcp.web.default.svc.cluster.local';
        return {
          parsed,
          text: desiredFile({
            config: parsed,
            observations: [observed(one, ['127.1.0.1'], { records: 'srv', resolution: { kind: 'name', name } })],
            currentFile: null,
            version,
            render,
          }).text,
        };
      });
      if (made === null) return;
      const { parsed, text: file } = made;
      const verbatim = (lines: readonly string[] | undefined) => (lines ?? []).filter((line) => line.trim() !== '').length;
      const lines = outline(file);
      const sections = lines.filter((line) => !line.startsWith(' ')).map((line) => line.split(' ')[0]);
      const expected = ['global', 'defaults', ...(parsed.haproxy.stats === null ? [] : ['listen']), 'resolvers', 'listen'];
      if (sections.join() !== expected.join()) throw new Error(`sections ${sections.join()} from ${document}`);
      const free = verbatim(parsed.haproxy.global) + verbatim(parsed.haproxy.defaults) + verbatim(parsed.listens[0]?.haproxyExtraConfig);
      const fixed = lines.length - free - sections.length;
      const wanted = 1 + 1 + 8 + (parsed.haproxy.stats === null ? 0 : 5) + 11 + 3 + 2;
      if (parsed.haproxy.socket === null ? fixed !== wanted - 1 : fixed !== wanted)
        throw new Error(`${fixed} lines for ${wanted} from ${document}\n${file}`);
    }),
    { numRuns: 2000 },
  );
  t.pass();
});

test('whatever DNS says, no line of the file comes from it', (t) => {
  const web = listen({ fallbackServicePort: 80 });
  const all = config([web]);
  const plain = outline(
    desiredFile({
      config: all,
      observations: [observed(web, ['127.1.0.1'], { serviceAddresses: [address('127.0.0.9')] })],
      currentFile: null,
      version,
      render,
    }).text,
  );
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), fc.string(), (text, name) => {
      const forged = { ...address('127.1.0.1'), text };
      const observation = observed(web, [], {
        state: 'found',
        resolution: { kind: 'name', name },
        endpoints: [{ address: forged, port: 443, details: null }],
        serviceAddresses: [forged],
      });
      const made = refusedOr(() => desiredFile({ config: all, observations: [observation], currentFile: null, version, render }).text);
      return made === null || outline(made).join('\n') === plain.join('\n');
    }),
    { numRuns: 2000 },
  );
  t.pass();
});

function refusedOr<T>(make: () => T): T | null {
  try {
    return make();
  } catch (error) {
    if (error instanceof Problem && error.code !== 'defect') return null;
    throw error;
  }
}
