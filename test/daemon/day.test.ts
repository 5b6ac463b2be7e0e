import { readFileSync, writeFileSync } from 'node:fs';
import test from 'ava';
import type { Config, Listen } from '../../src/config/config.ts';
import { openLog } from '../../src/daemon/log.ts';
import { openReporter } from '../../src/daemon/reporter.ts';
import { noCounts } from '../../src/daemon/source-status.ts';
import { runtimeListens } from '../../src/haproxy/file/runtime-listens.ts';
import { listenBlocks } from '../../src/haproxy/file/sections.ts';
import { readSlots } from '../../src/haproxy/file/slot-lines.ts';
import { parseBind } from '../../src/haproxy-syntax/bind.ts';
import { problem } from '../../src/problem/problem.ts';
import type { Observation } from '../../src/source/observation.ts';
import { config, listen, observed, observedEndpoints } from '../support/config-sample.ts';
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
    const base = config(listens, { reload: { kind: 'master', socket: '/run/haproxy.sock' }, stats: null });
    return { ...base, pace: { ...base.pace, poll: 5 * second } };
  };

  // The cluster: the number of pods of each service, or null while cluster DNS does not answer.
  let pods: Readonly<Record<string, number>> | null = null;
  // The endpoints of shop in the API, or null while the API server does not answer.
  let slice: readonly string[] | null = null;
  const observe = (of: Listen): Observation => {
    if (of.records === 'endpoints' && slice !== null) return observedEndpoints(of, slice);
    const count = of.records === 'endpoints' ? undefined : pods?.[of.name];
    if (count !== undefined)
      return observed(
        of,
        Array.from({ length: count }, (_, i) => `10.1.${of.name.length}.${i + 1}`),
      );
    const api = 'kubernetes.example.org:6443';
    if (of.records === 'endpoints')
      return observedEndpoints(of, [], { state: 'failed', problem: problem('api.unreachable', { server: api, why: 'ETIMEDOUT' }) });
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
      return of === undefined || of.count === 0 ? name : `${name} ${of.pods.size} of ${of.count}`;
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
    const atRunTime = runtimeListens(haproxy.current ?? '').get('shop');
    if (atRunTime === undefined) return;
    const inFile = atRunTime.servers.map(({ name, state }) => `${name} ${state}`);
    write(`= shop in the file: ${inFile.join(', ') || 'no pod'}; in HAProxy: ${haproxy.servers('shop').join(', ') || 'no pod'}`);
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

  note('podfront.yaml gets a kubeconfig, and shop has its pods from the API');
  slice = ['a 10.1.4.1', 'b 10.1.4.2'];
  const fromApi = setup([{ ...shop, records: 'endpoints' }, wiki]);
  daemon.configure({ ...fromApi, pace: { ...fromApi.pace, drain: 10 * minute } });
  await pass(minute);
  note('a pod comes, and another one terminates');
  slice = ['a 10.1.4.1', 'b 10.1.4.2 draining', 'c 10.1.4.3'];
  await pass(minute);
  note('the one that terminates is gone, and has a connection left');
  haproxy.connected.add('shop/b');
  slice = ['a 10.1.4.1', 'c 10.1.4.3'];
  await pass(3 * second);
  note('that connection ends');
  haproxy.connected.clear();
  await pass(minute);
  note('the API server dies');
  slice = null;
  await pass(minute);
  note('somebody restarts HAProxy meanwhile');
  haproxy.stop();
  haproxy.start();
  await pass(minute);
  note('the API answers again: a pod came, one left');
  slice = ['c 10.1.4.3', 'd 10.1.4.4'];
  await pass(minute);
  note('HAProxy does not answer from the middle of a change on');
  haproxy.failsPatches = { kind: 'unanswered', problem: problem('runtime.unreachable', { socket: '/run/haproxy.sock', why: 'timeout' }) };
  slice = ['e 10.1.4.5', 'f 10.1.4.6'];
  await pass(10 * second);
  note('it answers again');
  haproxy.failsPatches = null;
  await pass(minute);
  note('somebody reloads HAProxy on an older file, and a pod leaves');
  const current = haproxy.current ?? '';
  haproxy.current = current.replace(/ +server e .*\n/, '');
  haproxy.start();
  slice = ['e 10.1.4.5'];
  await pass(minute);
  note('HAProxy refuses a change half way');
  const refused = problem('runtime.refused', { server: 'shop/g', what: 'add', reply: 'Frobnicated.' });
  haproxy.failsPatches = { kind: 'unpatchable', listen: 'shop', problem: refused };
  slice = ['e 10.1.4.5', 'g 10.1.4.7', 'h 10.1.4.8'];
  await pass(minute);
  haproxy.failsPatches = null;
  note('another pod comes: by a reload as well, until SIGHUP');
  slice = ['g 10.1.4.7', 'h 10.1.4.8'];
  await pass(minute);
  daemon.hangup();
  await pass(minute);
  slice = ['h 10.1.4.8'];
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
