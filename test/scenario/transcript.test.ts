import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { folderOf } from '../support/folder.ts';
import { needs } from '../support/needs.ts';
import { play } from '../support/transcript.ts';

const folder = new URL('../../fixtures/transcript/', import.meta.url);

// Written anew with UPDATE=1; then read what changed before it is committed.
for (const file of readdirSync(folder)) {
  needs('haproxy')(`transcript: ${file.replace('.txt', '').replaceAll('-', ' ')}`, async (t) => {
    const written = readFileSync(new URL(file, folder), 'utf8');
    const played = await play(t, written, folderOf(t));
    if (process.env.UPDATE === '1') writeFileSync(new URL(file, folder), played);
    t.is(played, process.env.UPDATE === '1' ? played : written);
  });
}
