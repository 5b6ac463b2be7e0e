import test from 'ava';
import { readBinds } from '../../src/import/binds.ts';
import { configLines } from '../support/config-lines.ts';

const read = (line: string, mode = 'tcp') => readBinds(configLines(line), mode);

test('addresses are read, each of a list', (t) => {
  const { known, lines } = read('bind 192.0.2.1:80,[2001:db8::1]:80');
  t.deepEqual(
    known.map(({ text, original, tls }) => [text, original, tls]),
    [
      ['192.0.2.1:80', null, null],
      ['[2001:db8::1]:80', null, null],
    ],
  );
  t.deepEqual(lines, []);
});

test('an address with a colon too many is corrected, and the original is kept', (t) => {
  t.like(read('bind [2001:db8:::1]:80').known[0], { text: '[2001:db8::1]:80', original: '[2001:db8:::1]:80' });
});

test('TLS is a certificate and perhaps protocols; the usual ones of the mode need not be written', (t) => {
  const tls = (options: string, mode?: string) => read(`bind :443 ssl crt /a.pem${options}`, mode).known[0]?.tls;
  t.deepEqual(tls(''), { crt: '/a.pem', alpn: null });
  t.deepEqual(tls('', 'http'), { crt: '/a.pem', alpn: [] });
  t.deepEqual(tls(' alpn h2,http/1.1', 'http'), { crt: '/a.pem', alpn: null });
  t.deepEqual(tls(' alpn h2,http/1.1'), { crt: '/a.pem', alpn: ['h2', 'http/1.1'] });
});

test('comments stay with the first address of their line', (t) => {
  const [line] = configLines('bind :80,:81');
  if (line === undefined) throw new Error('there is one');
  t.deepEqual(
    readBinds([{ ...line, comments: ['both'] }], 'tcp').known.map(({ comments }) => comments),
    [['both'], []],
  );
});

for (const line of [
  'bind :443 ssl crt relative.pem',
  'bind :443 ssl crt /a.pem crt /b.pem',
  'bind :443 ssl crt /a.pem verify required',
  'bind :443 crt /a.pem',
  'bind :443 ssl',
  'bind :443 ssl crt',
  'bind :80 accept-proxy',
  'bind :80,web.example.org:80',
  'bind "$ADDRESS:80"',
  'bind unix@/run/a.sock',
  'bind',
])
  test(`${line} stays as it is`, (t) => {
    const { known, lines } = read(line);
    t.deepEqual(known, []);
    t.deepEqual(
      lines.map(({ text }) => text),
      [line],
    );
  });
