import test from 'ava';
import { page } from '../support/docs/pages.ts';
import { listenDetails, status } from '../support/page/sample.ts';

const [whole = '', listen = ''] = page('docs/status-json.md').split('\n## A listen\n');
const fieldsIn = (text: string) =>
  text
    .split('\n')
    .filter((line) => line.startsWith('| `'))
    .flatMap((line) => [...(line.split('|')[1] ?? '').matchAll(/`(\w+)`/g)].map(([, name = '']) => name))
    .sort();

test('docs/status-json.md has the fields of the status, each once', (t) => {
  t.deepEqual(fieldsIn(whole), Object.keys(status()).sort());
});

test('docs/status-json.md has the fields of a listen and of its servers, each once', (t) => {
  const { serverList, ...fields } = listenDetails();
  t.deepEqual(fieldsIn(listen), Object.keys(fields).sort());
  for (const name of Object.keys(serverList[0] ?? {})) t.true(listen.includes(`\`${name}\``), name);
});
