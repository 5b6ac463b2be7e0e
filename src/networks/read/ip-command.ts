import { spawn } from 'node:child_process';

/** How asking `ip` ended: `failed` says why the host must be read otherwise. */
export type IpEnd = { readonly kind: 'done' } | { readonly kind: 'failed'; readonly why: string };

/** Longest wait for `ip`, in milliseconds. It answers in two; a full routing table takes seconds. */
const limit = 60_000;

/**
 * Asks iproute2 for addresses and routes in one process (starting one takes longer than its answer), and hands on its
 * output as it comes: one JSON array after the other. Never throws.
 */
export function askIp(
  take: (bytes: Uint8Array) => boolean,
  env: Readonly<Record<string, string | undefined>>,
  signal: AbortSignal,
): Promise<IpEnd> {
  return new Promise((resolve) => {
    // NixOS activation scripts have a short PATH; the usual places are added at its end.
    const path = [env.PATH, '/run/current-system/sw/bin', '/usr/sbin', '/sbin', '/usr/bin', '/bin']
      .filter((part) => part !== undefined)
      .join(':');
    const child = spawn('ip', ['-j', '-batch', '-'], { env: { ...env, PATH: path }, stdio: ['pipe', 'pipe', 'pipe'] });
    let said = '';
    let usable = true;
    const kill = () => child.kill('SIGKILL');
    const timer = setTimeout(kill, limit);
    signal.addEventListener('abort', kill, { once: true });
    const end = (ended: IpEnd) => {
      clearTimeout(timer);
      signal.removeEventListener('abort', kill);
      resolve(ended);
    };
    child.once('error', (error: NodeJS.ErrnoException) =>
      end({ kind: 'failed', why: error.code === 'ENOENT' ? 'there is no ip on PATH' : error.message }),
    );
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      said = (said + text).slice(0, 500);
    });
    child.stdout.on('data', (bytes: Uint8Array) => {
      if (usable) usable = take(bytes);
      if (!usable) kill();
    });
    child.stdin.on('error', () => {});
    child.stdin.end('address show\nroute show table all\n');
    child.once('close', (status, killedBy) => {
      if (status === 0 && usable) end({ kind: 'done' });
      else end({ kind: 'failed', why: said.split('\n')[0] || (usable ? `ip ended with ${status ?? killedBy}` : 'ip does not write JSON') });
    });
  });
}
