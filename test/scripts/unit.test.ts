import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import test from 'ava';
import { unitTests } from '../support/unit/choice.ts';

const chosen = [...unitTests(0), ...unitTests(1)];
const has = (file: string) => chosen.some((url) => url.endsWith(`/test/${file}.test.ts`));

test('npm run unit has the pure tests, each once', (t) => {
  for (const file of ['plan/plan', 'haproxy/slots/allocate', 'haproxy/file/render', 'dns/message/read-answer']) t.true(has(file), file);
  t.is(new Set(chosen).size, chosen.length);
  t.true(chosen.every((url) => existsSync(fileURLToPath(url))));
});

test('npm run unit has no test that starts a process or opens a socket, itself or through what it imports', (t) => {
  for (const file of ['main', 'demo/pods', 'daemon/owner', 'dns/replay', 'scripts/setup']) t.false(has(file), file);
});
