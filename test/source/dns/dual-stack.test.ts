import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { versions } from '../../support/coredns/build.ts';
import type { Seen } from '../../support/dual-stack/inside.ts';
import { needs } from '../../support/needs.ts';

const program = fileURLToPath(new URL('../../support/dual-stack/inside.ts', import.meta.url));

for (const version of Object.keys(versions))
  for (const families of ['both', 'ipv4'])
    needs(
      'haproxy',
      'root',
      'netns',
      'ip',
      'coredns',
    )(
      `CoreDNS ${version}, a dual-stack Service with a named port, the VM reaches ${families}: all pods are served, and it is said`,
      async (t) => {
        const words = ['--net', process.execPath, `--import=${import.meta.resolve('tsx')}`, program, version, families];
        const { stdout } = await promisify(execFile)('unshare', words, { maxBuffer: 1e7, timeout: 300_000 });
        const seen: Seen = JSON.parse(stdout);
        t.deepEqual(
          seen.served,
          Array.from({ length: 18 }, (_, i) => i + 1),
        );
        t.regex(seen.log, /web\.default\.svc\.cluster\.local has pods with addresses of both families.* 18 pods take 18 slots more/);
        const checks = new Map(seen.doctor.map((check) => [check.name, check]));
        t.like(checks.get('listen web: slots'), { result: 'pass' });
        t.regex(checks.get('listen web: slots')?.seen ?? '', /^18 pods with 36 SRV records, each of which takes a slot, \d\d slots/);
        t.true(
          seen.doctor.some(
            ({ name, result, seen: text }) => name.startsWith('listen web') && result === 'warn' && /both families/.test(text),
          ),
          'doctor warns',
        );
        t.deepEqual(
          seen.doctor.filter(({ name, result }) => name.startsWith('listen web') && result === 'fail'),
          [],
        );
      },
    );
