import test from 'ava';
import { listensFailed, listensRefused, suspectedListens } from '../../src/plan/blame.ts';
import { problem } from '../../src/problem/problem.ts';
import { config, listen } from '../support/config-sample.ts';

const one = '\nlisten one\n    bind 127.0.0.1:1\n    server a 127.0.0.1:9\n';
const two = '\nlisten two\n    bind 127.0.0.1:2\n    server b 127.0.0.1:9\n';
const head = 'global\n    log stderr\n';
const setup = config([listen({ name: 'one' }), listen({ name: 'two' })]);
const file = (text: string, heldBack: readonly string[] = []) => ({
  text,
  heldBack: new Map(heldBack.map((name) => [name, problem('haproxy.absent', { why: 'x' })])),
});
const alert = (owner: string | null) => ({ text: 'ALERT', listen: owner });

test('the listens that alerts name are to blame', (t) => {
  t.deepEqual(listensRefused([alert('two'), alert('one'), alert('two')], file(head + one + two)), ['two', 'one']);
});

test('none is when an alert names nothing, or a listen that is held back already', (t) => {
  t.deepEqual(listensRefused([alert('two'), alert(null)], file(head + one + two)), []);
  t.deepEqual(listensRefused([alert('two')], file(head + one + two, ['two'])), []);
});

test('after a failed reload the lines of HAProxy name a proxy, or a line of the file', (t) => {
  const text = head + one + two;
  t.deepEqual(listensFailed(['[ALERT] (1) : Starting proxy two: cannot bind for proxy two: x'], file(text), text, setup), ['two']);
  t.deepEqual(listensFailed(['[ALERT] (1) : parsing [/etc/haproxy.cfg:5] : bad'], file(text), text, setup), ['one']);
  t.deepEqual(listensFailed(['[ALERT] for proxy other', '[NOTICE] for proxy one'], file(text), text, setup), []);
});

test('where they name none, the listens that changed are suspected', (t) => {
  const changed = head + one.replace('server a', 'server c') + two;
  t.deepEqual(listensFailed([], file(changed), head + one + two, setup), ['one']);
  t.deepEqual(listensFailed(['[ALERT] for proxy two'], file(changed, ['two']), head + one + two, setup), ['one']);
  t.deepEqual(suspectedListens(head + one + two, head.replace('stderr', 'stdout') + one + two, setup), []);
});
