import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { reservePorts } from '../../../demo/ports.ts';
import type { Nameserver } from '../../../src/config/config.ts';
import { openResolver } from '../../../src/dns/resolver.ts';
import { parseAddress } from '../../../src/ip/address.ts';
import { binaryOf, type Version } from './build.ts';

/** The set-up of one server of a CoreDNS: lines of its Corefile beside `kubernetes`. */
export interface Setup {
  readonly plugins: readonly string[];
}

export interface CoreDns {
  /** One for each setup, in order. */
  readonly nameservers: readonly Nameserver[];
  readonly close: () => Promise<void>;
}

/** Starts a real CoreDNS against the API double, or the API server of a kubeconfig, one server block for each setup, and waits until it answers. */
export async function startCoreDns(
  version: Version,
  api: string | { readonly kubeconfig: string },
  setups: readonly Setup[],
  ready: 'synced' | 'up' = 'synced',
): Promise<CoreDns> {
  const folder = mkdtempSync(join(tmpdir(), 'podfront-coredns-'));
  const ports = await reservePorts(setups.length);
  const corefile = join(folder, 'Corefile');
  writeFileSync(corefile, setups.map(({ plugins }, i) => block(ports[i] ?? 0, api, plugins)).join(''));
  const child = spawn(binaryOf(version), ['-conf', corefile], { stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (said += String(chunk)));
  const ended = once(child, 'exit');
  // A test that is cut short leaves nothing running.
  const orphan = () => child.kill('SIGKILL');
  process.once('exit', orphan);
  const address = parseAddress('127.0.0.1');
  if (address === null) throw new Error('127.0.0.1 is no address');
  const nameservers = ports.map((port) => ({ address, port, transport: 'udp' as const }));
  const close = async () => {
    orphan();
    process.off('exit', orphan);
    await ended;
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    for (const nameserver of nameservers) await answers(nameserver, ready, () => child.exitCode !== null);
  } catch {
    await close();
    throw new Error(`CoreDNS ${version} does not answer; it said:\n${said}`);
  }
  return { nameservers, close };
}

function block(port: number, api: string | { readonly kubeconfig: string }, plugins: readonly string[]): string {
  const access = typeof api === 'string' ? `endpoint ${api}` : `kubeconfig ${api.kubeconfig}`;
  const lines = ['bind 127.0.0.1', 'errors', `kubernetes cluster.local {\n        ${access}\n    }`, ...plugins];
  return `.:${port} {\n    ${lines.join('\n    ')}\n}\n`;
}

/** CoreDNS listens some seconds after it started, and answers SERVFAIL until it is synced. */
async function answers(nameserver: Nameserver, ready: 'synced' | 'up', isOver: () => boolean): Promise<void> {
  const resolver = openResolver({ nameservers: [nameserver], timeouts: { overall: 1000, tries: 2 } });
  try {
    for (let tries = 0; tries < 300 && !isOver(); tries++) {
      const { outcome } = await resolver.ask({ name: 'default.svc.cluster.local', type: 'A' }, new AbortController().signal);
      if (outcome.kind === 'empty' || (ready === 'up' && outcome.kind === 'failed' && outcome.problem.code === 'dns.servfail')) return;
      await sleep(100);
    }
    throw new Error('no answer');
  } finally {
    resolver.close();
  }
}
