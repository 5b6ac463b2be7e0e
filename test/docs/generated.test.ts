import { readFileSync } from 'node:fs';
import test from 'ava';
import { generatedPages } from '../../scripts/docs/pages.ts';

for (const [file, page] of Object.entries(generatedPages())) {
  test(`docs/${file} is what npm run docs writes`, (t) => {
    t.is(readFileSync(new URL(`../../docs/${file}`, import.meta.url), 'utf8'), page);
  });
}
