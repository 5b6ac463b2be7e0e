import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import test from 'ava';
import { page, pages, repository } from '../support/docs/pages.ts';

for (const path of pages) {
  test(`${path}: every link leads to a file, and to a heading where it names one`, (t) => {
    const links = [...page(path).matchAll(/\]\(([^)\s]+)\)/g)].map(([, link = '']) => link).filter((link) => !/^[a-z]+:/.test(link));
    for (const link of links) {
      const [file = '', anchor] = link.split('#');
      const target = file === '' ? path : join(dirname(path), file);
      t.true(existsSync(join(repository, target)), `${path}: ${link}`);
      if (anchor !== undefined) t.true(headings(target).includes(anchor), `${path}: ${link}`);
    }
    t.pass();
  });
}

/** The anchors of a page's headings, as GitHub makes them. */
function headings(path: string): readonly string[] {
  return [...page(path).matchAll(/^#+ (.*)$/gm)].map(([, title = '']) =>
    title
      .toLowerCase()
      .replace(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  );
}
