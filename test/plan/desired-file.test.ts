import test from 'ava';
import { listenBlocks } from '../../src/haproxy/file/sections.ts';
import { readSlots } from '../../src/haproxy/file/slot-lines.ts';
import { type DesiredFileInput, desiredFile } from '../../src/plan/desired-file.ts';
import { listenKeyIn } from '../../src/plan/listen-key.ts';
import { descriptorsNeeded, fileWarnings } from '../../src/plan/warnings.ts';
import { problem } from '../../src/problem/problem.ts';
import { config, listen, observed, podAddresses } from '../support/config-sample.ts';
import { render, version } from '../support/daemon-with-fakes.ts';

const web = listen({ name: 'web' });
const api = listen({ name: 'api' });
const setup = config([web, api]);
const input = (given: Partial<DesiredFileInput> = {}): DesiredFileInput => ({
  ...{ config: setup, render, version, observations: [observed(web, ['10.1.0.1']), observed(api, ['10.1.0.2'])], currentFile: null },
  ...given,
});
const many = [observed(web, podAddresses(100)), observed(api, ['10.1.0.2'])];
const slotsOf = (text: string) => readSlots(text).get('web')?.count;

test('the same input gives the same bytes, and no changes against them', (t) => {
  const { text } = desiredFile(input());
  t.deepEqual(desiredFile(input({ currentFile: text })).changes, { listens: [], otherSections: false });
  t.is(desiredFile(input({ currentFile: text })).text, text);
});

test('changes are against the current file', (t) => {
  const { text } = desiredFile(input());
  const { changes } = desiredFile(
    input({ currentFile: text, observations: [observed(web, ['10.1.0.1', '10.1.0.9']), observed(api, ['10.1.0.2'])] }),
  );
  t.like(changes.listens, [{ listen: 'web', kind: 'changed', added: [{ server: 'pod2' }], needsReload: false }]);
});

test('slots are given back with a reload that happens anyway, or when they may be', (t) => {
  const large = desiredFile(input({ observations: many })).text;
  t.is(slotsOf(large), 160);
  t.is(slotsOf(desiredFile(input({ currentFile: large })).text), 160);
  t.is(slotsOf(desiredFile(input({ currentFile: large, releaseSlots: true })).text), 20);
  const other = config([web, { ...api, balance: 'roundrobin' }]);
  t.is(
    slotsOf(
      desiredFile(
        input({
          currentFile: large,
          config: other,
          observations: [observed(web, ['10.1.0.1']), observed({ ...api, balance: 'roundrobin' })],
        }),
      ).text,
    ),
    20,
  );
  t.is(slotsOf(desiredFile(input({ currentFile: large, runningDigest: 'another' })).text), 20);
});

test('a listen without an observation is held back with its reason; one that was refused until its block changes', (t) => {
  const gone = problem('haproxy.absent', { why: 'x' });
  const failing = desiredFile(input({ observations: [observed(web, ['10.1.0.1'])], failing: new Map([['api', gone]]) }));
  t.deepEqual([...failing.heldBack], [['api', gone]]);
  t.deepEqual([...listenBlocks(failing.text).keys()], ['web']);
  const refusedListens = new Map([[listenKeyIn(desiredFile(input()).text, 'web'), gone]]);
  t.deepEqual([...desiredFile(input({ refusedListens })).heldBack], [['web', gone]]);
  t.deepEqual([...desiredFile(input({ refusedListens, observations: many })).heldBack], [], 'more slots are another block');
});

test('HAProxy asks over TCP until a reload happens anyway', (t) => {
  const tcp = desiredFile(input({ tcp: true }));
  t.true(tcp.text.includes('tcp@'));
  const kept = desiredFile(input({ currentFile: tcp.text, tcp: true }));
  t.is(kept.text, tcp.text);
  t.false(desiredFile(input({ currentFile: tcp.text, tcp: true, releaseSlots: true })).text.includes('tcp@'));
});

test('pods without a slot and warnings of observations are warnings with their place', (t) => {
  const small = listen({ name: 'web', maxExpectedPods: 20 });
  const odd = problem('dns.answer-too-large', { bytes: 70_000 });
  const observations = [observed(small, podAddresses(23), { warnings: [odd] })];
  const all = config([small]);
  const warnings = fileWarnings(all, desiredFile(input({ config: all, observations })), observations);
  t.deepEqual(
    warnings.map(({ code, at }) => [code, at?.path]),
    [
      ['dns.answer-too-large', 'listen.web'],
      ['render.overflow', 'listen.web'],
    ],
  );
});

test('HAProxy needs a file descriptor for each checked server and each bind', (t) => {
  t.is(descriptorsNeeded(desiredFile(input()).allocation), 100 + 40 + 1);
  const unchecked = listen({ name: 'web', check: false });
  t.is(descriptorsNeeded(desiredFile(input({ config: config([unchecked]), observations: [observed(unchecked)] })).allocation), 100 + 1);
});

test('listens of Services stay as they are where podfront.yaml alone is known, and nothing else that it does not have', (t) => {
  const web = listen({ name: 'web' });
  const block = 'listen default_shop_80\n    bind 198.51.100.10:80\n    mode tcp\n    server shop-1 10.1.0.1:8080 check\n';
  const currentFile = `${render(config([]), [], { tcp: false, payload: 8192, warnings: [] })}\n${block}\nlisten left\n    bind 127.0.0.1:9\n`;
  const desired = (keepServiceListens: boolean) =>
    desiredFile({ config: config([web]), observations: [observed(web)], currentFile, version, render, keepServiceListens }).text;
  t.true(desired(true).includes(block));
  t.true(desired(true).includes('listen web\n'));
  t.false(desired(true).includes('listen left\n'));
  t.false(desired(false).includes('default_shop_80'));
});
