import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { checkFile } from '../../../src/haproxy/process/check.ts';
import { config, listen } from '../../support/config-sample.ts';
import { folderOf } from '../../support/folder.ts';

// As HAProxy 3.4 says it, on a machine where the hash happens to take so long.
const slow =
  '[WARNING]  (1) : parsing [FILE:3]: the hash algorithm used for this password takes 12 milliseconds to verify, which can have devastating performance and stability impacts.';
const other = "[WARNING]  (1) : config : missing timeouts for proxy 'web'.";
const alert = '[ALERT]    (1) : config : something else is wrong';

test('a password that took HAProxy long to verify is no reason to refuse the file', async (t) => {
  t.deepEqual(await verdict(t, { strict: [slow], lax: [] }), { ok: true, warnings: [] });
});

test('another warning beside it is, and so is what HAProxy says without that warning', async (t) => {
  t.like(await verdict(t, { strict: [slow, other], lax: [] }), { ok: false });
  t.like(await verdict(t, { strict: [slow], lax: [alert] }), { ok: false });
});

/** The verdict on a file by a HAProxy that says these lines, and refuses when there are some: with `-dW`, and without it. */
async function verdict(t: ExecutionContext, { strict, lax }: { readonly strict: readonly string[]; readonly lax: readonly string[] }) {
  const folder = folderOf(t);
  const [binary, file] = [join(folder, 'haproxy'), join(folder, 'haproxy.cfg')];
  const saying = (lines: readonly string[]) =>
    `${lines.map((line) => `echo ${JSON.stringify(line)} >&2; `).join('')}exit ${lines.length > 0 ? 1 : 0}`;
  writeFileSync(binary, `#!/bin/sh\ncase "$*" in *-dW*) ${saying(strict)};; esac\n${saying(lax)}\n`);
  chmodSync(binary, 0o755);
  return checkFile(
    config([listen({ name: 'web' })], { binary, warnings: 'refuse' }),
    { file, text: 'listen web\n', replaces: null },
    {},
    new AbortController().signal,
    60_000,
  );
}
