import { eventually, isCurrent, startWatch } from '../support/daemon-frontend.ts';
import { apiFrontend } from '../support/kubernetes/api-frontend.ts';
import { needs } from '../support/needs.ts';
import { podfront } from '../support/podfront.ts';

needs('haproxy')('a change at run time is shown by --dry-run and --explain, and made by --once, without a reload', async (t) => {
  const { front, run, setPods } = await apiFrontend(t);
  const [one = '', two = '', three = ''] = await run(3);
  setPods([one, two]);
  const watching = startWatch(t, front);
  await watching.says(/wrote the file/);
  const haproxy = await front.startHaproxy();
  await watching.until(isCurrent);
  watching.kill('SIGTERM');
  await watching.ended;
  // The Service is a server, too, and takes no connections.
  const podsOf = async () => (await haproxy.servers()).flatMap(({ name, address }) => (name === 'service' ? [] : [`${name} ${address}`]));
  const [before, pods] = [await front.text(), await podsOf()];

  setPods([two, three]);
  const ask = (...args: readonly string[]) => podfront(['--config', front.config, ...args], { cwd: front.folder });
  const asked = await ask('watch', '--once', '--dry-run');
  t.is(asked.status, 0, asked.stderr);
  const changed = `listen web: ${three}:${front.pods.port} added, ${one}:${front.pods.port} gone`;
  t.is(asked.stdout, `patch: servers change at run time, and then the file\n  listen web: 1 added, 1 removed\n  ${changed}\n`);
  const explained = await ask('render', front.output, '--check', '--explain');
  t.regex(explained.stderr, /web: endpoints: its EndpointSlice names them\n {2}2 pods; pods come and go at run time\n {2}added: /);
  t.regex(explained.stderr, /file: only pods differ; podfront watch changes them at run time/);
  t.is(await front.text(), before);
  t.deepEqual(await podsOf(), pods);

  const done = await ask('watch', '--once');
  t.is(done.status, 0, done.stderr);
  t.regex(done.stderr, /changed servers at run time: listen web: 1 added, 1 removed/);
  await eventually('HAProxy has the pods', async () => (await podsOf()).map((pod) => pod.split(' ')[1]).join() === [two, three].join());
  t.true((await front.text()).includes(three));
  t.false((await front.text()).includes(`${one}:`));
  t.is((await haproxy.processes()).reloads, 0);

  // A server that an earlier podfront took out of use, and could not remove while it had a connection.
  await haproxy.tell(`add server web/left 127.9.9.9:${front.pods.port}`);
  t.true((await podsOf()).some((pod) => pod.startsWith('left ')));
  const removed = await ask('watch', '--once');
  t.is(removed.status, 0, removed.stderr);
  t.regex(removed.stderr, /listen web: 1 removed/);
  t.false((await podsOf()).some((pod) => pod.startsWith('left ')));
});
