/** Bytes that `podfront import` takes at most. */
const largest = 4 * 1024 * 1024;

/** A file to import, made when it is needed. */
interface HostileFile {
  readonly name: string;
  readonly text: () => string;
}

const server = (i: number) => ` server s s${i}.default.svc.cluster.local:80\n`;
const address = (i: number) => `127.${(i >> 14) & 255}.${(i >> 7) & 127}.${i & 127}:80`;
const listen = (i: number, lines = '') => `listen l${i}\n bind ${address(i)}\n mode http\n${lines}${server(i)}`;

/** As many parts as fit beside what stands around them. */
function filled(part: (i: number) => string, before = '', after = ''): string {
  const parts: string[] = [before];
  let size = before.length + after.length;
  for (let i = 0; ; i++) {
    const next = part(i);
    size += next.length;
    if (size > largest) return [...parts, after].join('');
    parts.push(next);
  }
}

const file = (name: string, part: (i: number) => string, before = '', after = ''): HostileFile => ({
  name,
  text: () => filled(part, before, after),
});

const one = 'listen l\n bind 127.0.0.1:80\n mode http\n';
const hash = `$6$qFm$${'x'.repeat(86)}`;

export const hostileFiles: readonly HostileFile[] = [
  file('listens', (i) => listen(i)),
  file('frontends with their backends', (i) => `frontend f${i}\n bind ${address(i)}\n default_backend b${i}\nbackend b${i}\n${server(i)}`),
  file('listens with an option in defaults', (i) => listen(i), `defaults\n${' default-server weight 1\n'.repeat(80_000)}`),
  file(
    'listens with a password each',
    (i) => listen(i, ' http-request auth unless { http_auth(p) }\n'),
    `userlist p\n user a password ${hash}\n`,
  ),
  file(
    'a list of many users for many listens',
    (i) => listen(i, ' http-request auth unless { http_auth(p) }\n'),
    `userlist p\n${Array.from({ length: 15_000 }, (_, i) => ` user u${i} password ${hash}\n`).join('')}`,
  ),
  file('defaults that take from each other', (i) => `defaults d${i}${i === 0 ? '' : ` from d${i - 1}`}\n timeout x${i} 5s\n${listen(i)}`),
  file('ranges of ports', (i) => `listen l${i}\n bind :${(i % 60_000) + 1}-${(i % 60_000) + 2}\n${server(i)}`),
  file(
    'different lists of nodes',
    (i) => `listen l${i}\n bind ${address(i)}\n server n${i} 192.0.2.1:80\n server n${i + 1} 192.0.2.1:80\n`,
  ),
  file('one listen with many servers', (i) => ` server s${i} 192.0.${(i >> 8) & 255}.${i & 255}:80\n`, one),
  file('one listen with many addresses', (i) => ` bind ${address(i)}\n`, one, server(0)),
  file('one listen with many rules', (i) => ` http-request set-header X-${i} y if { path /${i} }\n`, one, server(0)),
  file('one listen with many acls', (i) => ` http-request auth unless a${i}\n acl a${i} http_auth(p)\n`, one, server(0)),
  file(
    'one frontend with many backends',
    (i) => ` use_backend b${i} if { hdr(host) h${i}.example.org }\n`,
    'frontend f\n bind 127.0.0.1:80\n mode http\n',
  ),
  file('one line of spaces', () => ' ', `${one} option x`, `y\n${server(0)}`),
  file('one line of quotes', () => '"', `${one} option `, `\n${server(0)}`),
  file('one line of backslashes', () => '\\', `${one} option `, `\n${server(0)}`),
  file('one line of commas in a bind', () => ',', 'listen l\n bind ', `\n${server(0)}`),
  file('the word password', () => 'password ', `${one}# `, `\n${server(0)}`),
  file('.if that never ends', () => '.if x\n'),
  file('bidirectional characters', () => '\u202e', '', ''),
  file('line breaks', () => '\n'),
];
