import test from 'ava';
import { problemWith } from '../../src/problem/problem.ts';
import { statusProblem } from '../../src/status/status.ts';

test('A problem is shown with the lines of HAProxy, also those of its parts, and without a password hash in them', (t) => {
  const part = problemWith({ lines: ["[ALERT] : unknown keyword 'foo'"] }, 'haproxy.refused', { hint: 'see below' });
  const lines = ['    user alice password $6$salt0123$abcdefghijklmnop', 'plain'];
  const whole = problemWith({ lines, parts: [part] }, 'haproxy.refused', { hint: 'look' });
  t.deepEqual(statusProblem(whole)?.lines, ['    user alice password [hidden]', 'plain', "[ALERT] : unknown keyword 'foo'"]);
});
