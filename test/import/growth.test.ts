import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { yamlDocument } from '../../src/import/document.ts';
import { readHaproxyFile } from '../../src/import/read-haproxy.ts';
import { folderOf } from '../support/folder.ts';
import { podfront } from '../support/podfront.ts';

const repeated = (count: number, section: (i: number) => string): string => Array.from({ length: count }, (_, i) => section(i)).join('\n');
const hash = `$6$qFm$${'x'.repeat(86)}`;
const server = (i: number) => ` server s s${i}.default.svc.cluster.local:80`;

/** Files of which reading took minutes, or memory without limit, when each listen was compared with all before it. */
const files: readonly { readonly what: string; readonly text: string; readonly listens: number }[] = [
  {
    what: '8,000 listens on one address',
    text: repeated(8_000, (i) => `listen l${i}\n bind 127.0.0.1:${i + 1}\n${server(i)}`),
    listens: 8_000,
  },
  {
    what: '8,000 frontends with their backends',
    text: repeated(8_000, (i) => `frontend f${i}\n bind 127.0.0.1:${i + 1}\n default_backend b${i}\nbackend b${i}\n${server(i)}`),
    listens: 8_000,
  },
  {
    what: '2,000 ranges of ports on as many addresses',
    text: repeated(2_000, (i) => `listen l${i}\n bind 127.${i >> 8}.${i & 255}.1:1-65535\n${server(i)}`),
    listens: 2_000,
  },
  {
    what: '2,000 different lists of addresses',
    text: repeated(2_000, (i) => `listen l${i}\n bind 127.0.0.1:${i + 1}\n server n${i} 192.0.2.1:80\n server n${i + 1} 192.0.2.1:80`),
    listens: 200,
  },
  {
    what: '2,000 lines of a second defaults section for 2,000 listens',
    text: `defaults a\n timeout connect 5s\ndefaults b\n${repeated(2_000, (i) => ` timeout x${i} 5s`)}\n${repeated(2_000, (i) => `listen l${i}\n bind 127.0.0.1:${i + 1}\n${server(i)}`)}`,
    listens: 50,
  },
  {
    what: '20,000 defaults sections, each of which takes from the one before it',
    text: repeated(
      20_000,
      (i) => `defaults d${i}${i === 0 ? '' : ` from d${i - 1}`}\n timeout x${i} 5s\nlisten l${i}\n bind 127.0.0.1:${i + 1}\n${server(i)}`,
    ),
    listens: 100,
  },
  {
    what: '4,000 frontends that choose by the host, below a defaults section of 10,000 lines',
    text: `defaults\n${repeated(10_000, (i) => ` timeout x${i} 5s`)}\n${repeated(4_000, (i) => `frontend f${i}\n bind 127.0.0.1:${i + 1}\n mode http\n use_backend b${i} if { hdr(host) h${i}.example.org }\nbackend b${i}\n mode http\n${server(i)}`)}`,
    listens: 4_000,
  },
  {
    what: 'a frontend that chooses between 8,000 backends by the host',
    text: `frontend f\n bind 127.0.0.1:80\n mode http\n${repeated(8_000, (i) => ` use_backend b${i} if { hdr(host) h${i}.example.org }`)}\n${repeated(8_000, (i) => `backend b${i}\n mode http\n${server(i)}`)}`,
    listens: 8_000,
  },
  {
    what: '20,000 ranges of ports on every address',
    text: repeated(20_000, (i) => `listen l${i}\n bind :${2 * i + 1}-${2 * i + 2}\n${server(i)}`),
    listens: 2_000,
  },
  {
    what: 'a list of 10,000 users for 8,000 listens',
    text: `userlist people\n${repeated(10_000, (i) => ` user u${i} password ${hash}`)}\n${repeated(8_000, (i) => `listen l${i}\n bind 127.0.0.1:${i + 1}\n mode http\n http-request auth unless { http_auth(people) }\n${server(i)}`)}`,
    listens: 10,
  },
];

for (const { what, text, listens } of files) {
  test(`Importing ends soon, and what is too much is left out with a note: ${what}`, (t) => {
    const { imported, notes } = readHaproxyFile(text, true);
    t.is(imported.listens.length, listens);
    t.true(yamlDocument(imported, 'haproxy.cfg').length > 0);
    const leftOut = notes.filter(({ kind }) => kind === 'left-out').length;
    t.is(leftOut > 0, text.match(/^(listen|backend) /gm)?.length !== listens);
  });
}

test('A bind that overlaps another is left out, also by its range or as every address', (t) => {
  const second = (first: string, bind: string) => {
    const text = `listen one\n bind ${first}\n${server(1)}\nlisten two\n bind ${bind}\n${server(2)}`;
    return readHaproxyFile(text).imported.listens.length === 1;
  };
  for (const [first, bind] of [
    ['127.0.0.1:80', '127.0.0.1:80'],
    ['127.0.0.1:80', ':80'],
    [':80', '127.0.0.1:80'],
    ['127.0.0.1:70-90', '127.0.0.1:80'],
    ['127.0.0.1:80', '127.0.0.1:70-90'],
    ['127.0.0.1:70-80', ':80-90'],
    [':70-80', '127.0.0.1:80-90'],
    ['[::]:80', '[::1]:80'],
  ] as const)
    t.true(second(first, bind), `${first} and ${bind}`);
  for (const [first, bind] of [
    ['127.0.0.1:80', '127.0.0.2:80'],
    ['127.0.0.1:80', '127.0.0.1:81-90'],
    [':80', '[::]:80'],
    ['127.0.0.1:70-80', '127.0.0.1:81'],
  ] as const)
    t.false(second(first, bind), `${first} and ${bind}`);
});

test('thousands of listens are imported, and those that ask for a password rendered, within the time of the test', async (t) => {
  const cwd = folderOf(t);
  const text = `userlist people\n user a password ${hash}\n${repeated(8_000, (i) => `listen l${i}\n bind 127.0.0.1:${i + 1}\n mode http\n http-request auth unless { http_auth(people) }\n${server(i)}`)}\n`;
  writeFileSync(join(cwd, 'haproxy.cfg'), text);
  const { status, stderr } = await podfront(['import', 'haproxy.cfg', '--users', '.', '--output', 'podfront.yaml'], {
    cwd,
    // Without HAProxy, which takes a minute for that many lists of users.
    env: { PATH: '' },
  });
  t.is(status, 0, stderr.slice(0, 1_000));
  t.regex(stderr, /not checked with HAProxy, which is not installed here\n.*rendered again, 8000 listens/s);
});
