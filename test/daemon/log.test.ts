import test from 'ava';
import { type LogOptions, openLog } from '../../src/daemon/log.ts';
import { problem, problemWith } from '../../src/problem/problem.ts';

function opened(options: Partial<LogOptions> = {}) {
  const lines: string[] = [];
  const clock = { now: () => Date.UTC(2026, 0, 2, 3, 4, 5, 6) };
  const log = openLog((text) => lines.push(text), { level: 'info', format: 'text', journal: false, clock, ...options });
  return { log, lines };
}

const refused = problemWith({ lines: ['listen web: ALERT: bad', 'second'] }, 'haproxy.refused', { hint: 'look at listen.web' });

test('a line of text has its level, and fields that are quoted where they need it', (t) => {
  const { log, lines } = opened();
  log.info('wrote the file', { listens: ['web', 'api'], count: 2, why: 'a b', empty: null });
  log.warn('odd', { name: 'a=b' });
  log.error('bad');
  t.deepEqual(lines, [
    'podfront: wrote the file listens=web,api count=2 why="a b" empty=null\n',
    'podfront: warning: odd name="a=b"\n',
    'podfront: error: bad\n',
  ]);
});

test('a line of JSON has level, time, fields and msg', (t) => {
  const { log, lines } = opened({ format: 'json' });
  log.info('wrote the file', { listens: ['web', 'api'], count: 2 });
  t.is(lines.join(''), '{"level":"info","time":"2026-01-02T03:04:05.006Z","listens":["web","api"],"count":2,"msg":"wrote the file"}\n');
});

test('a level below the chosen one is not written', (t) => {
  const { log, lines } = opened({ level: 'warn' });
  log.info('x');
  log.debug('x');
  log.problem('warn', problem('haproxy.absent', { why: 'x' }));
  t.is(lines.length, 1);
});

test('in the journal every line begins with its priority', (t) => {
  const { log, lines } = opened({ level: 'debug', journal: true });
  for (const level of ['error', 'warn', 'info', 'debug'] as const) log[level]('x');
  t.deepEqual(
    lines.map((line) => line.slice(0, 3)),
    ['<3>', '<4>', '<6>', '<7>'],
  );
});

test('a problem is one line with its code, its hint and the lines of HAProxy', (t) => {
  const { log, lines } = opened();
  log.problem('error', refused, { listens: ['web'] });
  t.is(lines.length, 1);
  t.regex(
    lines[0] ?? '',
    /^podfront: error: .* code=haproxy\.refused listens=web hint="[^"]*look at listen\.web" lines="listen web: ALERT: bad \| second"\n$/,
  );
});

test('what HAProxy says is cut where it is long, and control characters cannot forge a line', (t) => {
  const { log, lines } = opened();
  const many = Array.from({ length: 1000 }, () => `${'x'.repeat(10_000)}\n<0>podfront: forged`);
  log.problem('error', problemWith({ lines: many }, 'haproxy.refused', { hint: 'x' }));
  log.info(`a\nb\u001b[31m${'y'.repeat(1_000_000)}`);
  t.true(lines.every((line) => line.length < 10_000 && line.indexOf('\n') === line.length - 1 && !line.includes('\u001b')));
  t.regex(lines[0] ?? '', /and 990 more lines/);
});
