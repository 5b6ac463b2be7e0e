// npm start: builds podfront and shows it at work on this machine. Ends by itself; Ctrl-C ends it sooner, and nothing is left running.
import { spawnSync } from 'node:child_process';
import { networkInterfaces, tmpdir } from 'node:os';
import { env, execPath, stdout } from 'node:process';
import { fileURLToPath } from 'node:url';
import { register } from 'tsx/esm/api';
import { which } from './packages.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const say = (text) => stdout.write(`${text}\n`);
const stop = new AbortController();
const signals = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129, SIGPIPE: 141 };
for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(name, () => stop.abort(name));
stdout.on('error', () => stop.abort('SIGPIPE'));

say('== npm run build');
if (spawnSync(execPath, ['scripts/build.mjs'], { cwd: root, stdio: ['ignore', 'inherit', 'inherit'] }).status !== 0) process.exit(1);

register();
const { demo } = await import('../demo/demo.ts');
const ipv6 = Object.values(networkInterfaces()).some((addresses) => addresses.some(({ address }) => address === '::1'));
try {
  const seen = await demo({
    root,
    temporary: tmpdir(),
    env,
    podfront: [execPath, `${root}dist/main.js`],
    haproxy: which('haproxy') !== null,
    ipv6,
    write: (text) => stdout.write(text),
    signal: stop.signal,
  });
  say('\n== Seen');
  for (const sentence of seen) say(`- ${sentence}`);
  say('- everything that was started has been stopped');
} catch (error) {
  say(stop.signal.aborted ? `\nstopped by ${stop.signal.reason}; nothing is left running` : `\nfailed: ${error.message}`);
  process.exitCode = signals[stop.signal.reason] ?? 1;
}
