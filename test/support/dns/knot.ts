import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { reservePort } from '../../../demo/ports.ts';
import type { Nameserver } from '../../../src/config/config.ts';
import { openResolver } from '../../../src/dns/resolver.ts';
import { parseAddress } from '../../../src/ip/address.ts';

export interface Knot {
  readonly nameserver: Nameserver;
  readonly close: () => Promise<void>;
}

/** Starts a real Knot DNS (Debian's `knot`) on 127.0.0.1 with one zone, given as the lines of a zone file without its SOA and NS. */
export async function startKnot(zone: string, lines: readonly string[], payload = 1232): Promise<Knot> {
  const folder = mkdtempSync(join(tmpdir(), 'podfront-knot-'));
  const port = await reservePort();
  const head = [`$ORIGIN ${zone}.`, '$TTL 5', '@ SOA ns.dns hostmaster 1 7200 1800 86400 5', '@ NS ns.dns', 'ns.dns A 127.0.0.1'];
  writeFileSync(join(folder, 'zone'), `${[...head, ...lines].join('\n')}\n`);
  const server = `server:\n  rundir: "${folder}"\n  listen: 127.0.0.1@${port}\n  udp-workers: 1\n  tcp-workers: 1\n  background-workers: 1\n  udp-max-payload: ${payload}\n`;
  const rest = `database:\n  storage: "${folder}"\nzone:\n  - domain: ${zone}\n    file: "${folder}/zone"\n    semantic-checks: off\n`;
  writeFileSync(join(folder, 'knot.conf'), server + rest);
  const child = spawn('knotd', ['-c', join(folder, 'knot.conf')], { stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (said += String(chunk)));
  const ended = once(child, 'exit');
  // A test that is cut short leaves nothing running.
  const orphan = () => child.kill('SIGKILL');
  process.once('exit', orphan);
  const address = parseAddress('127.0.0.1');
  if (address === null) throw new Error('127.0.0.1 is no address');
  const nameserver: Nameserver = { address, port, transport: 'udp' };
  const close = async () => {
    orphan();
    process.off('exit', orphan);
    await ended;
    rmSync(folder, { recursive: true, force: true });
  };
  const resolver = openResolver({ nameservers: [nameserver], timeouts: { overall: 500, tries: 1 } });
  for (let tries = 0; ; tries++) {
    const { outcome } = await resolver.ask({ name: `ns.dns.${zone}`, type: 'A' }, new AbortController().signal);
    if (outcome.kind === 'found') break;
    if (tries === 100 || child.exitCode !== null) {
      await close();
      throw new Error(`knotd does not answer; it said:\n${said}`);
    }
    await sleep(50);
  }
  resolver.close();
  return { nameserver, close };
}
