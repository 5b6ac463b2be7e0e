import { readFileSync, writeFileSync } from 'node:fs';
import test from 'ava';
import type { Config, Listen } from '../../src/config/config.ts';
import { openLog } from '../../src/daemon/log.ts';
import { openReporter } from '../../src/daemon/reporter.ts';
import { noCounts } from '../../src/daemon/source-status.ts';
import { listenBlocks } from '../../src/haproxy/file/sections.ts';
import { readSlots } from '../../src/haproxy/file/slot-lines.ts';
import { parseBind } from '../../src/haproxy-syntax/bind.ts';
import { problem } from '../../src/problem/problem.ts';
import type { Observation } from '../../src/source/observation.ts';
import { config, listen, observed } from '../support/config-sample.ts';
import { startDaemon } from '../support/daemon-with-fakes.ts';
import { openFakeClock } from '../support/fake-clock.ts';
import { takenAddress } from '../support/fake-haproxy.ts';

/** The transcript that is expected; UPDATE=1 writes it anew. */
const expected = new URL('day.txt', import.meta.url);
const [second, minute, hour] = [1_000, 60_000, 3_600_000];

test('a day in the life of a frontend VM', async (t) => {
  const transcript: string[] = [];
  const clock = openFakeClock();
  const time = () => new Date(clock.now()).toISOString().slice(11, 19);
  const write = (line: string) => transcript.push(`${time()}   ${line.trimEnd()}`);
  const note = (line: string) => transcript.push('', `${time()} * ${line}`);

  const shop = listen({ name: 'shop', binds: [{ ...parseBind('127.0.0.1:8001'), tls: null }] });
  const wiki = listen({ name: 'wiki', binds: [{ ...parseBind('127.0.0.1:8002'), tls: null }] });
  const mail = listen({ name: 'mail', binds: [{ ...parseBind('127.0.0.1:8003'), tls: null }] });
  const setup = (listens: readonly Listen[]): Config => {
    const base = config(listens, { reload: { kind: 'pidfile', file: '/run/haproxy.pid' }, stats: null });
    return { ...base, pace: { ...base.pace, poll: 5 * second } };
  };

  // The cluster: the number of pods of each service, or null while cluster DNS does not answer.
  let pods: Readonly<Record<string, number>> | null = null;
  const observe = (of: Listen): Observation => {
    const count = pods?.[of.name];
    if (count !== undefined)
      return observed(
        of,
        Array.from({ length: count }, (_, i) => `10.1.${of.name.length}.${i + 1}`),
      );
    const why = problem('dns.timeout', { servers: '10.0.0.254:53', name: of.name, ms: 4000, dig: 'dig' });
    return observed(of, [], { state: 'failed', problem: why });
  };

  const log = openLog(write, { level: 'info', format: 'text', journal: false, clock });
  const notify = { ready: () => {}, reloading: () => {}, status: () => {}, alive: () => {}, stopping: async () => {} };
  const reporter = openReporter('1.0.0', { log, notify, clock, host: 'vm', apiCounts: () => noCounts, readServers: async () => null });
  const daemon = startDaemon(
    t,
    { config: setup([shop, wiki]), observe, report: reporter.report, log: (line) => write(`[${line}]`), running: false },
    () => clock,
  );
  const { haproxy } = daemon;
  /** Lets time pass, and then shows what is on disk, what HAProxy runs, and what the status says. */
  const pass = async (ms: number) => {
    await clock.advance(ms);
    const slots = readSlots(haproxy.current ?? '');
    const served = [...listenBlocks(haproxy.current ?? '').keys()].map((name) => {
      const of = slots.get(name);
      return `${name} ${of?.pods.size ?? 0} of ${of?.count ?? 0}`;
    });
    const status = reporter.status();
    const { haproxy: process, ready, problem: wrong } = status ?? {};
    const words = [
      process?.state,
      process?.current ? 'current' : 'not current',
      ready ? 'ready' : 'not ready',
      wrong?.code ?? 'no problem',
    ];
    write(`= file: ${served.join(', ') || 'none'}; HAProxy: ${words.join(', ')}`);
  };

  note('podfront starts at boot, before HAProxy and without cluster DNS');
  await pass(10 * second);
  note('cluster DNS answers: 2 pods of shop, 3 of wiki');
  pods = { shop: 2, wiki: 3 };
  await pass(10 * second);
  note('HAProxy is started');
  haproxy.start();
  await pass(10 * second);

  note('a pod of shop comes');
  pods = { ...pods, shop: 3 };
  await pass(hour);
  note('shop is scaled to 40 pods, more than it has slots');
  pods = { ...pods, shop: 40 };
  await pass(minute);
  note('shop is scaled back to 4 pods');
  pods = { ...pods, shop: 4 };
  await pass(minute);
  note('an hour later slots are given back');
  await pass(2 * hour);

  note('cluster DNS dies');
  const known = pods;
  pods = null;
  await pass(30 * minute);
  note('HAProxy is restarted meanwhile, on the file with the last known pods');
  haproxy.stop();
  haproxy.start();
  await pass(minute);
  note('the cluster answers again, and wiki has a pod less');
  pods = { ...known, wiki: 2 };
  await pass(minute);

  note('podfront.yaml gets a listen mail, and HAProxy refuses it');
  haproxy.refuses = (name) => (name === 'mail' ? `ALERT: unknown keyword 'frobnicate'` : null);
  pods = { ...pods, mail: 1 };
  daemon.configure(setup([shop, wiki, mail]));
  await pass(minute);
  note('wiki gets a pod: the others go on');
  pods = { ...pods, wiki: 3 };
  await pass(minute);
  note('SIGHUP: HAProxy still refuses it');
  daemon.hangup();
  await pass(minute);
  note('the listen is corrected, but its address is taken');
  haproxy.refuses = () => null;
  haproxy.takenBy.set('mail', takenAddress('mail', setup([mail])));
  daemon.configure(setup([shop, wiki, { ...mail, balance: 'roundrobin' }]));
  await pass(minute);
  note('the other program ends');
  haproxy.takenBy.clear();
  await pass(minute);

  note('a file that HAProxy loads beside ours gets a fault');
  haproxy.refusesOthers = problem('haproxy.refused', { hint: 'look at the lines above' });
  const beside = setup([shop, wiki, { ...mail, balance: 'roundrobin' }]);
  daemon.configure({ ...beside, haproxy: { ...beside.haproxy, with: ['/etc/haproxy/other.cfg'] } });
  await pass(minute);
  note('a pod of shop comes, and HAProxy refuses the file as a whole');
  pods = { ...pods, shop: 5 };
  await pass(minute);
  note('the other file is corrected');
  haproxy.refusesOthers = null;
  daemon.configure(setup([shop, wiki, mail]));
  await pass(minute);

  note('a reload fails');
  haproxy.failsNextReload = 'its master kept the old worker';
  daemon.configure(setup([{ ...shop, balance: 'roundrobin' }, wiki, mail]));
  await pass(minute);
  note('SIGHUP: it succeeds');
  daemon.hangup();
  await pass(minute);

  note('the disk is full');
  haproxy.preventsNext = problem('apply.unwritable', { file: '/etc/haproxy/haproxy.cfg', why: 'no space left on the device' });
  pods = { ...pods, shop: 6 };
  await pass(minute);

  note('podfront.yaml cannot be read, and then it can');
  daemon.configure(problem('config.syntax', { what: 'a quote is not closed', hint: 'close it' }));
  await pass(minute);
  daemon.configure(setup([shop, wiki]));
  await pass(minute);

  note('HAProxy stops, and starts again');
  haproxy.stop();
  await pass(10 * second);
  haproxy.start();
  await pass(10 * second);
  note('SIGTERM in the evening');
  await daemon.end();

  const text = `${transcript.join('\n').trimStart()}\n`;
  if (process.env.UPDATE === '1') writeFileSync(expected, text);
  t.deepEqual(text.split('\n'), readFileSync(expected, 'utf8').split('\n'));
});
