import { codeOf, importsOf, type Tree } from './imports.ts';

/** The folders and files of src/ that are pure: they get everything as arguments, and touch no clock, network, file, process or log. */
export const pure: readonly string[] = [
  'src/plan/',
  'src/access/permissions.ts',
  'src/access/objects.ts',
  'src/haproxy/slots/',
  'src/haproxy/file/',
  'src/haproxy-syntax/',
  'src/ip/',
  'src/dns/message/',
  ...[
    'allocate',
    'balance',
    'cause',
    'lease-name',
    'lease-record',
    'publication',
    'requested-addresses',
    'service',
    'services-to-listens',
    'settings',
    'taken-ports',
  ].map((name) => `src/load-balancer/${name}.ts`),
  'src/doctor/judge/',
];

/** The packages that pure code may import: those that compute. Of Node it may import `createHash` and `isDeepStrictEqual`. */
const computing = ['dns-packet', 'ip-cidr', 'mustache', 'zod'];

/** Globals of JavaScript and Node that reach out of a program, under whatever name they are used later. */
const globals = [
  ...['process', 'console', 'performance', 'global', 'globalThis', 'navigator', 'crypto', 'fetch', 'eval', 'Function', 'Intl', 'Atomics'],
  ...['setTimeout', 'setInterval', 'setImmediate', 'queueMicrotask', 'WebSocket', 'EventSource', 'BroadcastChannel', 'Worker'],
];

/** Not within a word, and not a property; `...process` is none. */
const start = '(?<![\\w$]|(?<!\\.\\.)\\.)';

/** Uses of these globals, and of those parts of others whose result differs from call to call. Keys and properties of that name are none. */
const reachesOut = new RegExp(
  [
    `${start}(?:${globals.join('|')})\\b(?!\\??:)`,
    `${start}Date\\b(?!\\.(?:parse|UTC)\\b|\\((?!\\s*\\)))`,
    `${start}Math\\b(?!\\.(?!random\\b))`,
    '\\bAbortSignal\\.timeout\\b',
    '\\bimport\\.meta\\b',
  ].join('|'),
);

/** The imports and calls of pure files, and of the files that they run, that are not pure; a sentence each. */
export function purityFaults(tree: Tree): readonly string[] {
  const imports = importsOf(tree).filter(({ typeOnly }) => !typeOnly);
  const isPure = (file: string) => pure.some((place) => file.startsWith(place));
  const faultsOf = (file: string): readonly string[] => {
    const text = tree.get(file) ?? '';
    const foreign = imports
      .filter(({ from, to }) => from === file && !tree.has(to) && !mayImport(to, text))
      .map(({ to }) => `imports ${to}`);
    const call = reachesOut.exec(codeOf(text, ''))?.[0];
    return [...foreign, ...(call === undefined ? [] : [`uses ${call}`])];
  };
  const faults = new Set<string>();
  for (const start of [...tree.keys()].filter(isPure)) {
    const open = [start];
    const visited = new Set(open);
    for (let file = open.pop(); file !== undefined; file = open.pop()) {
      for (const fault of faultsOf(file))
        faults.add(
          file === start ? `${file} is pure, and ${fault}` : isPure(file) ? '' : `${start} is pure, and runs ${file}, which ${fault}`,
        );
      for (const { from, to } of imports)
        if (from === file && tree.has(to) && !visited.has(to)) {
          visited.add(to);
          open.push(to);
        }
    }
  }
  faults.delete('');
  return [...faults];
}

function mayImport(name: string, text: string): boolean {
  if (name === 'node:util') return /import \{ isDeepStrictEqual \} from 'node:util'/.test(text);
  if (name === 'node:crypto') return /import \{ createHash \} from 'node:crypto'/.test(text);
  return computing.some((one) => name === one || name.startsWith(`${one}/`));
}
