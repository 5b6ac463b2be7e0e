import test from 'ava';
import { problemWith } from '../../src/problem/problem.ts';
import { type MessageOptions, openMessages } from '../../src/terminal/messages.ts';

function opened(options: Partial<MessageOptions> = {}) {
  const written: string[] = [];
  const messages = openMessages((text) => written.push(text), { level: 'info', format: 'text', colour: false, ...options });
  return { messages, text: () => written.join('') };
}

const part = problemWith({ at: { file: 'podfront.yaml', line: 3, column: 5, path: 'listen.web' } }, 'config.missing', {
  key: 'podPort',
  hint: '',
});
const whole = problemWith({ parts: [part], lines: ['ALERT: bad'] }, 'haproxy.refused', { hint: 'look there' });

test('a problem is its parts, its message, its lines and its hint', (t) => {
  const { messages, text } = opened();
  messages.problem(whole);
  const [first, second, third, fourth] = text().split('\n');
  t.is(first, 'podfront: error: podfront.yaml:3:5: listen.web: this needs podPort');
  t.is(second, `podfront: error: ${whole.message}`);
  t.is(third, '    ALERT: bad');
  t.is(fourth, `podfront: hint: ${whole.hint}`);
});

test('under json each line is an object', (t) => {
  const { messages, text } = opened({ format: 'json' });
  messages.warning(whole);
  messages.info('done');
  const records = text()
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
  t.like(records[0], { level: 'warn', code: 'config.missing', place: { file: 'podfront.yaml', line: 3 } });
  t.like(records[1], { level: 'warn', code: 'haproxy.refused', lines: ['ALERT: bad'] });
  t.deepEqual(records[2], { level: 'info', msg: 'done' });
});

test('colour is for the word of the level alone, and text of others cannot bring its own', (t) => {
  const { messages, text } = opened({ colour: true });
  messages.warn('odd \u001b[31m');
  t.true(text().startsWith('podfront: \u001b[33mwarning\u001b[0m: odd '));
  t.is(text().split('\u001b').length, 3);
});

test('a level below the chosen one is not shown, and a stack only under debug', (t) => {
  const quiet = opened({ level: 'error' });
  quiet.messages.warning(whole);
  quiet.messages.info('x');
  t.is(quiet.text(), '');
  const loud = opened({ level: 'debug' });
  loud.messages.problem(whole);
  t.regex(loud.text(), /\n {4}at /);
  t.false(opened().text().includes('    at '));
});
